//! Which entries of a watch list a log met, and how.
//!
//! An entry about a host holds for both ends. One about a port alone is about the service: the responder's port, or
//! either one where nobody can tell who started; the ports that programs pick for themselves say nothing.

use super::WatchList;
use crate::engine::dataset::{Dataset, Direction, Facts, Session, Side};
use crate::engine::model::order::Order;
use crate::engine::model::{Endpoint, Host};
use crate::engine::session::key::IS_ICMP;
use std::collections::BTreeMap;

/// One entry that was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hit {
    pub entry: u32,
    /// Indices, ascending.
    pub sessions: Vec<u32>,
    pub n_lines: u64,
    /// Sessions of which a packet was allowed, of which one was denied; some are both.
    pub n_allowed: u64,
    pub n_denied: u64,
    /// In the order of `Direction::ALL`.
    pub directions: [u64; Direction::ALL.len()],
}

impl Hit {
    fn of(data: &Dataset, entry: u32, sessions: Vec<u32>) -> Hit {
        let mut hit = Hit {
            entry,
            ..Hit::default()
        };
        for session in sessions
            .iter()
            .filter_map(|at| data.sessions.get(*at as usize))
        {
            hit.n_lines += u64::from(session.n_events);
            hit.n_allowed += u64::from(session.facts.has(Facts::ALLOWED));
            hit.n_denied += u64::from(session.facts.has(Facts::DENIED));
            hit.directions[session.direction as usize] += 1;
        }
        hit.sessions = sessions;
        hit
    }

    /// Sessions that something of ours opened towards others.
    pub fn n_outbound(&self) -> u64 {
        self.directions[Direction::Outbound as usize]
            + self.directions[Direction::FromFirewall as usize]
    }

    /// Something got through, or something of ours wanted to.
    pub fn matters(&self) -> bool {
        self.n_allowed > 0 || self.n_outbound() > 0
    }

    /// All of it came from outside, and all of it was refused.
    pub fn is_kept_out(&self) -> bool {
        let n = self.sessions.len() as u64;
        let n_inward = self.directions[Direction::Inbound as usize]
            + self.directions[Direction::ToFirewall as usize];
        n_inward == n && self.n_denied == n && self.n_allowed == 0
    }

    /// The hosts that the entry is about, ascending.
    pub fn hosts(&self, data: &Dataset, list: &WatchList) -> Vec<Host> {
        let mut hosts = Vec::new();
        for session in self
            .sessions
            .iter()
            .filter_map(|at| data.sessions.get(*at as usize))
        {
            let (a, b) = session.ends(data);
            let (of_a, of_b) = concerned(data, list, session, self.entry);
            hosts.extend(of_a.then_some(a.host));
            hosts.extend(of_b.then_some(b.host));
        }
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }
}

/// All entries that were met: those that let something pass first, then those that something of ours called, then by
/// sessions.
pub fn find(data: &Dataset) -> Vec<Hit> {
    let Some(list) = &data.settings.watch else {
        return Vec::new();
    };
    // The entries of each host stand between two of these places.
    let mut places = Vec::with_capacity(data.hosts.len() + 1);
    let (mut all, mut own) = (Vec::new(), Vec::new());
    places.push(0);
    for host in &data.hosts {
        own.clear();
        list.of_host(*host, &mut own);
        all.extend_from_slice(&own);
        places.push(all.len());
    }
    let of = |host: u32| {
        let at = host as usize;
        match (places.get(at), places.get(at + 1)) {
            (Some(start), Some(end)) => all.get(*start..*end).unwrap_or(&[]),
            _ => &[],
        }
    };
    let mut by_entry: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (idx, session) in data.sessions.iter().enumerate() {
        let (of_a, of_b) = (of(session.a_host), of(session.b_host));
        if of_a.is_empty() && of_b.is_empty() && !list.has_ports() {
            continue;
        }
        let (proto, a, b) = ends(data, session);
        let mut meet = |entry: u32| {
            let sessions = by_entry.entry(entry).or_default();
            if sessions.last() != Some(&(idx as u32)) {
                sessions.push(idx as u32);
            }
        };
        for (entries, end) in [(of_a, a), (of_b, b)] {
            entries
                .iter()
                .filter(|entry| list.fits(**entry, proto, end.port))
                .for_each(|entry| meet(*entry));
        }
        for port in services(session, a, b).into_iter().flatten() {
            list.of_port(proto, port).for_each(&mut meet);
        }
    }
    let hits = by_entry
        .into_iter()
        .map(|(entry, sessions)| Hit::of(data, entry, sessions));
    ordered(hits.collect())
}

/// The same, of the sessions that `keep` lets through.
pub fn only(data: &Dataset, hits: &[Hit], keep: impl Fn(u32) -> bool) -> Vec<Hit> {
    let kept = hits.iter().map(|hit| {
        let sessions = hit.sessions.iter().copied().filter(|at| keep(*at));
        Hit::of(data, hit.entry, sessions.collect())
    });
    ordered(kept.filter(|hit| !hit.sessions.is_empty()).collect())
}

fn ordered(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.order_by_key(|hit| {
        (
            hit.n_allowed == 0,
            hit.n_outbound() == 0,
            std::cmp::Reverse(hit.sessions.len()),
            hit.entry,
        )
    });
    hits
}

/// Which ends of a session an entry is about.
pub fn concerned(data: &Dataset, list: &WatchList, session: &Session, entry: u32) -> (bool, bool) {
    let (proto, a, b) = ends(data, session);
    let [of_a, of_b] =
        [a, b].map(|end| list.holds(entry, end.host) && list.fits(entry, proto, end.port));
    let [service_a, service_b] = services(session, a, b)
        .map(|port| port.is_some_and(|port| list.of_port(proto, port).any(|own| own == entry)));
    (of_a || service_a, of_b || service_b)
}

/// Protocol and ends. What stands in the place of ports in ICMP are none.
fn ends(data: &Dataset, session: &Session) -> (u8, Endpoint, Endpoint) {
    let (mut a, mut b) = session.ends(data);
    if data.keys[session.key as usize].bits & IS_ICMP != 0 {
        (a.port, b.port) = (None, None);
    }
    (session.proto(data), a, b)
}

/// The ports of `a` and `b` at which a service may be.
fn services(session: &Session, a: Endpoint, b: Endpoint) -> [Option<u16>; 2] {
    match session.side {
        Side::A => [None, b.port],
        Side::B => [a.port, None],
        Side::Unknown => [a.port, b.port],
    }
}
