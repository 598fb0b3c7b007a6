//! The normal day in numbers: who of ours calls the internet and for what, who did most in each hour, and which
//! services ours offer to whom.

use super::place::{self, Kind, Seen};
use super::profile::covered;
use crate::engine::dataset::{Dataset, Direction};
use crate::engine::model::Micros;
use crate::engine::model::order::Order;
use crate::engine::model::stamp::{DAY, HOUR};
use crate::engine::session::beat::NO_TIME;
use crate::engine::summary::Index;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// Rows of each table; what lies beyond is counted.
const MAX_ROWS: usize = 200;
/// Services named of one machine, and machines named of one hour.
const MAX_NAMED: usize = 4;
const MAX_TOP: usize = 3;
/// A log of more hours is told by days.
const MAX_HOURS: i64 = 72;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Time that the log covers, without its gaps.
    pub covered_us: Micros,
    /// Most connections first.
    pub talkers: Vec<Talker>,
    pub n_talkers: u64,
    /// In order of time, those in which something called.
    pub slots: Vec<Slot>,
    /// An hour or a day.
    pub slot_us: Micros,
    /// Open to the internet first, then most connections first.
    pub offers: Vec<Offer>,
    pub n_offers: u64,
}

/// A machine of ours that calls the internet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talker {
    pub host: String,
    pub n: u64,
    pub n_refused: u64,
    /// Addresses that it called.
    pub n_targets: u64,
    /// The services that it asked for most, (protocol, port, connections), and how many there are.
    pub services: Vec<(u8, u16, u64)>,
    pub n_services: u64,
    /// `None` where the log counts no bytes.
    pub bytes_sent: Option<u64>,
    pub bytes_received: Option<u64>,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
}

/// An hour or a day, and who called most in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    pub start: Micros,
    pub n: u64,
    pub top: Vec<(String, u64)>,
}

/// A service that a machine of ours answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub host: String,
    pub proto: u8,
    pub port: u16,
    /// Connections from the internet and from ours, and the addresses they came from.
    pub n_outside: u64,
    pub n_inside: u64,
    pub n_clients: u64,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
}

/// Counts of one thing while sessions pass by.
#[derive(Clone, Copy)]
struct Sum {
    n: u64,
    n_other: u64,
    sent: Option<u64>,
    received: Option<u64>,
    first: Micros,
    last: Micros,
}

impl Sum {
    const NONE: Sum = Sum {
        n: 0,
        n_other: 0,
        sent: None,
        received: None,
        first: NO_TIME,
        last: NO_TIME,
    };

    fn see(&mut self, at: Micros) {
        if at != NO_TIME {
            self.first = if self.first == NO_TIME {
                at
            } else {
                self.first.min(at)
            };
            self.last = if self.last == NO_TIME {
                at
            } else {
                self.last.max(at)
            };
        }
    }
}

/// Numbers for keys, in order of first appearance.
struct Table<K, V> {
    places: HashMap<K, u32, FixedState>,
    rows: Vec<(K, V)>,
}

impl<K: Copy + Eq + std::hash::Hash, V> Table<K, V> {
    fn new() -> Table<K, V> {
        Table {
            places: HashMap::default(),
            rows: Vec::new(),
        }
    }

    fn at(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        let rows = &mut self.rows;
        let place = *self.places.entry(key).or_insert_with(|| {
            rows.push((key, new()));
            rows.len() as u32 - 1
        });
        &mut rows[place as usize].1
    }
}

/// Walks all sessions once.
pub fn day(data: &Dataset, index: &Index) -> Day {
    let slot_us = match index.span {
        Some((first, last)) if (last - first) / HOUR >= MAX_HOURS => DAY,
        _ => HOUR,
    };
    let mut talkers: Table<u32, Sum> = Table::new();
    let mut asked: Table<(u32, u8, u16), u64> = Table::new();
    let mut slots: Table<(Micros, u32), u64> = Table::new();
    let mut offers: Table<(u32, u8, u16), Sum> = Table::new();
    // (who, whom) and (service's place, who), each as one number.
    let (mut targets, mut clients) = (Vec::new(), Vec::new());
    for at in 0..data.sessions.len() {
        let Some(seen) = Seen::of(data, index, at) else {
            continue;
        };
        let session = &data.sessions[at];
        if seen.direction == Direction::Outbound {
            let sum = talkers.at(seen.initiator, || Sum::NONE);
            sum.n += 1;
            sum.n_other += u64::from(seen.was_refused);
            let (sent, received) = session.bytes();
            sum.sent = plus(sum.sent, sent);
            sum.received = plus(sum.received, received);
            sum.see(session.first);
            *asked.at((seen.initiator, seen.proto, seen.port), || 0) += 1;
            targets.push(u64::from(seen.initiator) << 32 | u64::from(seen.responder));
            if index.rows[at].has_date && session.has_time() {
                let start = session.first.div_euclid(slot_us) * slot_us;
                *slots.at((start, seen.initiator), || 0) += 1;
            }
        }
        let is_offer = seen
            .subjects()
            .into_iter()
            .flatten()
            .any(|(kind, _)| matches!(kind, Kind::Offers | Kind::Serves));
        if is_offer && seen.was_let_in {
            let sum = offers.at((seen.responder, seen.proto, seen.port), || Sum::NONE);
            let is_inside = seen.direction == Direction::Internal;
            sum.n += u64::from(!is_inside);
            sum.n_other += u64::from(is_inside);
            sum.see(session.first);
            let place = offers.places[&(seen.responder, seen.proto, seen.port)];
            clients.push(u64::from(place) << 32 | u64::from(seen.initiator));
        }
    }
    let n_targets = distinct(targets);
    let n_clients = distinct(clients);
    let n_talkers = talkers.rows.len() as u64;
    let n_offers = offers.rows.len() as u64;
    Day {
        covered_us: covered(index),
        talkers: told_talkers(data, talkers.rows, &asked.rows, &n_targets),
        n_talkers,
        slots: told_slots(data, slots.rows),
        slot_us,
        offers: told_offers(data, offers.rows, &n_clients),
        n_offers,
    }
}

fn plus(sum: Option<u64>, more: Option<u64>) -> Option<u64> {
    match (sum, more) {
        (Some(sum), Some(more)) => Some(sum.saturating_add(more)),
        (sum, more) => sum.or(more),
    }
}

/// Of pairs packed into one number each: how many different lower halves each upper half has.
fn distinct(mut pairs: Vec<u64>) -> HashMap<u32, u64, FixedState> {
    pairs.sort_unstable();
    pairs.dedup();
    let mut counts = HashMap::default();
    for pair in pairs {
        *counts.entry((pair >> 32) as u32).or_default() += 1;
    }
    counts
}

fn told_talkers(
    data: &Dataset,
    mut rows: Vec<(u32, Sum)>,
    asked: &[((u32, u8, u16), u64)],
    n_targets: &HashMap<u32, u64, FixedState>,
) -> Vec<Talker> {
    rows.order_by_key(|(host, sum)| (std::cmp::Reverse(sum.n), place::host(data, *host)));
    rows.truncate(MAX_ROWS);
    let mut slot_of: HashMap<u32, usize, FixedState> = HashMap::default();
    for (slot, (host, _)) in rows.iter().enumerate() {
        slot_of.insert(*host, slot);
    }
    let mut services: Vec<Vec<(u8, u16, u64)>> = vec![Vec::new(); rows.len()];
    for ((host, number, port), n) in asked {
        if let Some(slot) = slot_of.get(host) {
            services[*slot].push((*number, *port, *n));
        }
    }
    rows.into_iter()
        .zip(services)
        .map(|((host, sum), mut services)| {
            services.order_by_key(|(number, port, n)| (std::cmp::Reverse(*n), *port, *number));
            let n_services = services.len() as u64;
            services.truncate(MAX_NAMED);
            Talker {
                host: place::host(data, host).text(&data.names),
                n: sum.n,
                n_refused: sum.n_other,
                n_targets: n_targets.get(&host).copied().unwrap_or(0),
                services,
                n_services,
                bytes_sent: sum.sent,
                bytes_received: sum.received,
                first: known(sum.first),
                last: known(sum.last),
            }
        })
        .collect()
}

fn told_slots(data: &Dataset, mut rows: Vec<((Micros, u32), u64)>) -> Vec<Slot> {
    rows.order_by_key(|((start, host), n)| {
        (*start, std::cmp::Reverse(*n), place::host(data, *host))
    });
    let slots = rows.chunk_by(|one, other| one.0.0 == other.0.0);
    slots
        .map(|chunk| Slot {
            start: chunk[0].0.0,
            n: chunk.iter().map(|(_, n)| n).sum(),
            top: chunk
                .iter()
                .take(MAX_TOP)
                .map(|((_, host), n)| (place::host(data, *host).text(&data.names), *n))
                .collect(),
        })
        .collect()
}

fn told_offers(
    data: &Dataset,
    rows: Vec<((u32, u8, u16), Sum)>,
    n_clients: &HashMap<u32, u64, FixedState>,
) -> Vec<Offer> {
    let mut rows: Vec<_> = rows.into_iter().enumerate().collect();
    rows.order_by_key(|(_, ((host, number, port), sum))| {
        (
            sum.n == 0,
            std::cmp::Reverse(sum.n + sum.n_other),
            place::host(data, *host),
            *port,
            *number,
        )
    });
    rows.truncate(MAX_ROWS);
    rows.into_iter()
        .map(|(place, ((host, number, port), sum))| Offer {
            host: place::host(data, host).text(&data.names),
            proto: number,
            port,
            n_outside: sum.n,
            n_inside: sum.n_other,
            n_clients: n_clients.get(&(place as u32)).copied().unwrap_or(0),
            first: known(sum.first),
            last: known(sum.last),
        })
        .collect()
}

fn known(at: Micros) -> Option<Micros> {
    (at != NO_TIME).then_some(at)
}
