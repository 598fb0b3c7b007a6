//! Who takes part: addresses by sessions, as the one who asks and as the one who is asked.

use super::index::{Index, Row};
use super::pairs::{PairRow, Pairs};
use super::{Matched, Split, top};
use crate::engine::dataset::{Dataset, Side};
use crate::engine::judge::Role;
use serde::{Deserialize, Serialize};

pub const MAX_ROWS: usize = 200;

/// Most sessions first, then by address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hosts {
    pub rows: Vec<HostRow>,
    /// All addresses that take part.
    pub n_hosts: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRow {
    /// Address, or the opaque name that stands for one.
    pub host: String,
    /// "ours", "theirs", "group", "unknown".
    pub role: String,
    /// Sessions that it started, that were started towards it, and of which nobody can tell.
    pub as_client: Split,
    pub as_server: Split,
    pub undecided: Split,
    /// Distinct addresses that it asked, and that asked it.
    pub n_servers: u64,
    pub n_clients: u64,
    pub bytes_sent: u64,
    pub bytes_received: u64,
}

impl HostRow {
    pub fn n_sessions(&self) -> u64 {
        self.as_client.total() + self.as_server.total() + self.undecided.total()
    }
}

/// Counts ends and pairs while sessions pass by; details of the largest come from a second walk.
pub struct Ends {
    by_host: Vec<u32>,
    by_pair: Vec<u32>,
}

/// No row.
const NONE: u16 = u16::MAX;

impl Ends {
    pub fn new(index: &Index) -> Ends {
        Ends {
            by_host: vec![0; index.hosts.len()],
            by_pair: vec![0; index.pairs.len()],
        }
    }

    pub fn add(&mut self, row: &Row) {
        self.by_host[row.left as usize] += 1;
        if row.right != row.left {
            self.by_host[row.right as usize] += 1;
        }
        self.by_pair[row.pair as usize] += 1;
    }

    pub fn finish(self, data: &Dataset, index: &Index, matched: &Matched) -> (Hosts, Pairs) {
        let host = |id: u32| index.hosts[id as usize];
        let hosts = top(&self.by_host, MAX_ROWS, host);
        let pairs = top(&self.by_pair, MAX_ROWS, |id| {
            let (left, right) = index.pairs[id as usize];
            (host(left), host(right))
        });
        let (host_slot, mut host_rows) = slots(self.by_host.len(), &hosts, |id| HostRow {
            host: host(id).text(&data.names),
            role: role(data.roles.of(host(id))).to_string(),
            ..HostRow::default()
        });
        let (pair_slot, mut pair_rows) = slots(self.by_pair.len(), &pairs, |id| {
            let (left, right) = index.pairs[id as usize];
            PairRow {
                left: host(left).text(&data.names),
                right: host(right).text(&data.names),
                ..PairRow::default()
            }
        });
        let mut services: Vec<Vec<(u32, u64)>> = vec![Vec::new(); pair_rows.len()];
        matched.each(|at| {
            let (Some(session), Some(row)) = (data.sessions.get(at), index.rows.get(at)) else {
                return;
            };
            let (asked, answered) = session.bytes();
            let (asked, answered) = (asked.unwrap_or(0), answered.unwrap_or(0));
            let is_decided = session.side != Side::Unknown;
            if let Some(left) = host_rows.get_mut(usize::from(host_slot[row.left as usize])) {
                let split = if is_decided {
                    &mut left.as_client
                } else {
                    &mut left.undecided
                };
                split.add(session.outcome);
                left.bytes_sent = left.bytes_sent.saturating_add(asked);
                left.bytes_received = left.bytes_received.saturating_add(answered);
            }
            if row.right != row.left
                && let Some(right) = host_rows.get_mut(usize::from(host_slot[row.right as usize]))
            {
                let split = if is_decided {
                    &mut right.as_server
                } else {
                    &mut right.undecided
                };
                split.add(session.outcome);
                right.bytes_sent = right.bytes_sent.saturating_add(answered);
                right.bytes_received = right.bytes_received.saturating_add(asked);
            }
            let slot = usize::from(pair_slot[row.pair as usize]);
            if let Some(pair) = pair_rows.get_mut(slot) {
                pair.split.add(session.outcome);
                pair.n_undecided += u64::from(!is_decided);
                pair.bytes_i = pair.bytes_i.saturating_add(asked);
                pair.bytes_r = pair.bytes_r.saturating_add(answered);
                count(&mut services[slot], row.service);
            }
        });
        let mut n_pairs = 0;
        for ((left, right), _) in index
            .pairs
            .iter()
            .zip(&self.by_pair)
            .filter(|(_, n)| **n > 0)
        {
            n_pairs += 1;
            if let Some(row) = host_rows.get_mut(usize::from(host_slot[*left as usize])) {
                row.n_servers += 1;
            }
            if let Some(row) = host_rows.get_mut(usize::from(host_slot[*right as usize])) {
                row.n_clients += 1;
            }
        }
        for (pair, services) in pair_rows.iter_mut().zip(services) {
            pair.name_services(services, index);
        }
        let n_hosts = self.by_host.iter().filter(|n| **n > 0).count() as u64;
        let beyond: u64 = self.by_pair.iter().map(|n| u64::from(*n)).sum::<u64>()
            - pair_rows.iter().map(|row| row.split.total()).sum::<u64>();
        (
            Hosts {
                rows: host_rows,
                n_hosts,
            },
            Pairs {
                rows: pair_rows,
                n_pairs,
                n_rest_sessions: beyond,
            },
        )
    }
}

/// A row for each id of `list`, and the slot of each id.
fn slots<R>(n_ids: usize, list: &[(u32, u32)], row: impl Fn(u32) -> R) -> (Vec<u16>, Vec<R>) {
    let mut slot_of = vec![NONE; n_ids];
    for (slot, (id, _)) in list.iter().enumerate() {
        slot_of[*id as usize] = slot as u16;
    }
    (slot_of, list.iter().map(|(id, _)| row(*id)).collect())
}

/// A pair with more services than this is a scan; which of its thousands come first says nothing.
const MAX_SERVICES: usize = 64;

fn count(services: &mut Vec<(u32, u64)>, service: u32) {
    if let Some((_, n)) = services.iter_mut().find(|(known, _)| *known == service) {
        *n += 1;
    } else if services.len() < MAX_SERVICES {
        services.push((service, 1));
    }
}

pub fn role(role: Role) -> &'static str {
    match role {
        Role::Ours => "ours",
        Role::Theirs => "theirs",
        Role::Group => "group",
        Role::Unknown => "unknown",
    }
}
