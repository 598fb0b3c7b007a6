//! What the whole log says about its endpoints: confirmed services (K), fans (F), histories of pairs (H).
//!
//! Only endpoints that occur often enough to matter enter the tables. A small array of counters, indexed by a hash,
//! is filled first; it can only overestimate, so no endpoint that matters is missed, and a million clients that
//! appear once cost no table entry.

use super::weights::{FAN_IN_MOST, SWEEP_MOST};
use crate::engine::dataset::{Dataset, Facts, Session, Side};
use crate::engine::model::order::Order;
use crate::engine::model::{Endpoint, Host, ports, proto};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};

/// Sessions per endpoint that are looked at for the shape of a fan; both scores are at their caps long before.
const SAMPLE: usize = 128;
/// A fan-in needs this many different peers.
const MIN_PEERS: usize = 3;
/// A sweep needs this many different targets.
const MIN_TARGETS: usize = 5;
const MAX_SWEEP_PORTS: usize = 3;
const MIN_HISTORY: u32 = 3;
/// Counters per end of a session; one in nine single endpoints shares a counter with another.
const SLOTS_PER_END: usize = 8;
/// A counter counts to this.
const MANY: u8 = 3;
/// Words of the array that tells most pairs without a history from the others.
const PAIR_WORDS: usize = 1 << 12;

/// Words of a bit for each port.
const PORT_WORDS: usize = 1 << 10;

/// Where the bit of a port stands: those of datagrams after all others. A port that answers calls may be the one from
/// which its machine sends datagrams, so neither says anything of the other.
fn port_word(number: u8, port: u16) -> usize {
    let is_datagram = matches!(number, proto::UDP | proto::UDPLITE);
    usize::from(port) / 64 + usize::from(is_datagram) * PORT_WORDS
}

/// An endpoint with its protocol.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Service {
    host: Host,
    port: u16,
    proto: u8,
}

impl Service {
    fn of(proto: u8, endpoint: Endpoint) -> Option<Service> {
        let port = endpoint.port?;
        (!endpoint.host.is_none()).then_some(Service {
            host: endpoint.host,
            port,
            proto,
        })
    }
}

/// What is known of a service endpoint.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Known {
    /// Sessions whose responder it is by a handshake or by the word of a device.
    pub n_confirmed: u32,
    /// Of these, how many were allowed.
    pub n_allowed: u32,
}

/// The shape of the peers of one endpoint, or of the targets of one host.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Fan {
    /// Different peer addresses (F1) or targets (F2) in the sample.
    pub n_peers: u32,
    /// Different peer ports in the sample.
    pub n_ports: u32,
    pub is_server_like: bool,
    pub is_sweep_like: bool,
    /// 1/100 nat that the shape is worth.
    pub weight: i32,
}

/// An endpoint that occurs in at least two sessions.
#[derive(Default, Debug)]
pub struct End {
    service: Service,
    /// In how many sessions it occurs, at most (never less than the truth; `MANY` is that or more).
    n_seen: u8,
    pub known: Known,
    /// The shape of its peers, where there are enough.
    pub fan: Option<Fan>,
    sample: Sample,
}

#[derive(Default)]
pub struct Base {
    /// A session's `a_end` and `b_end`, less one, are places in this list.
    ends: Vec<End>,
    sweeps: HashMap<(u8, Host), Fan, FixedState>,
    /// (proto, lower host, upper host, service port) → sessions that the lower / upper host initiated.
    histories: HashMap<(u8, Host, Host, u16), (u32, u32), FixedState>,
    /// Bits by hashes of the pairs in `histories`.
    pairs: Vec<u64>,
    confirmed_ports: Vec<u64>,
}

impl End {
    pub fn occurs_often(&self) -> bool {
        self.n_seen >= MANY
    }
}

impl Base {
    pub fn end(&self, place: u32) -> Option<&End> {
        self.ends.get((place as usize).checked_sub(1)?)
    }

    pub fn sweep(&self, proto: u8, host: Host) -> Option<Fan> {
        if self.sweeps.is_empty() {
            return None;
        }
        self.sweeps.get(&(proto, host)).copied()
    }

    /// Which of two hosts has started all of at least three earlier sessions on this service port.
    pub fn history(&self, proto: u8, a: Host, b: Host, port: u16) -> Option<Host> {
        let (low, high) = (a.min(b), a.max(b));
        let (word, bit) = pair_bit(low, high);
        if self.pairs.get(word).is_none_or(|bits| bits & bit == 0) {
            return None;
        }
        match self.histories.get(&(proto, low, high, port)) {
            Some((n, 0)) if *n >= MIN_HISTORY => Some(low),
            Some((0, n)) if *n >= MIN_HISTORY => Some(high),
            _ => None,
        }
    }

    /// Some endpoint on this port is a confirmed service of this input, by the same transport.
    pub fn is_confirmed_port(&self, number: u8, port: u16) -> bool {
        self.confirmed_ports
            .get(port_word(number, port))
            .is_some_and(|word| word >> (port % 64) & 1 == 1)
    }
}

/// Reads services, fans and histories off the sessions' hard evidence: K, F and H use tiers 0–2 only (domain §0.6).
/// Tells each session where its ends stand.
pub fn base(data: &Dataset, sessions: &mut [Session]) -> Base {
    let mut base = Base {
        pairs: vec![0; PAIR_WORDS],
        confirmed_ports: vec![0; 2 * PORT_WORDS],
        ..Base::default()
    };
    // In how many sessions a host occurs, and how many it sent the first packet of.
    let mut n_met = vec![0_u32; data.hosts.len()];
    let mut n_sent = vec![0_u32; data.hosts.len()];
    for session in sessions.iter() {
        n_met[session.a_host as usize] += 1;
        n_met[session.b_host as usize] += 1;
        n_sent[session.a_host as usize] += 1;
    }
    let n_again: u32 = n_met.iter().filter(|n| **n > 1).sum();
    let mut endpoints = Sketch::new(n_again as usize);
    let hashes: Vec<Hashes> = sessions
        .iter()
        .map(|session| {
            let key = &data.keys[session.key as usize];
            if !proto::has_ports(key.proto) {
                return Hashes::default();
            }
            let (a, b) = session.ends(data);
            if let Some(port) = confirmed(session, a, b).and_then(|responder| responder.port) {
                base.confirmed_ports[port_word(key.proto, port)] |= 1 << (port % 64);
            }
            let mut count = |end: Endpoint, host: u32| match end.port {
                Some(port) if n_met[host as usize] > 1 => endpoints.add(end.host, port),
                _ => 0,
            };
            Hashes {
                a: count(a, session.a_host),
                b: count(b, session.b_host),
            }
        })
        .collect();
    let mut places: HashTable<(u32, u32)> = HashTable::new();
    let mut targets: HashMap<(u8, Host), Sample, FixedState> = HashMap::default();
    let mut pending: Vec<u32> = Vec::new();
    for (nth, (session, hashes)) in sessions.iter_mut().zip(&hashes).enumerate() {
        let (a_seen, b_seen) = (endpoints.at(hashes.a), endpoints.at(hashes.b));
        let n_sent = n_sent[session.a_host as usize];
        (session.a_end, session.b_end) = (0, 0);
        // Most ends of a large log occur once and say nothing about each other.
        if a_seen < 2 && b_seen < 2 && n_sent < 2 {
            continue;
        }
        let number = data.keys[session.key as usize].proto;
        let (a, b) = session.ends(data);
        let responder = confirmed(session, a, b);
        let mut place = |end: Endpoint, hash: u32, n_seen: u8| {
            let service = Service::of(number, end).filter(|_| n_seen >= 2)?;
            let known = places.find(spread(hash), |(_, at)| {
                base.ends[*at as usize].service == service
            });
            let at = known.map_or(base.ends.len() as u32, |(_, at)| *at);
            if known.is_none() {
                // What occurs twice matters only if somewhere it is a confirmed service.
                if n_seen < MANY && responder != Some(end) {
                    return Some(PENDING);
                }
                places.insert_unique(spread(hash), (hash, at), |(hash, _)| spread(*hash));
                base.ends.push(End {
                    service,
                    n_seen,
                    ..End::default()
                });
            }
            Some(at)
        };
        let a_at = place(a, hashes.a, a_seen);
        let b_at = place(b, hashes.b, b_seen);
        (session.a_end, session.b_end) = (in_session(a_at), in_session(b_at));
        if [a_at, b_at].contains(&Some(PENDING)) {
            pending.push(nth as u32);
        }
        // A session does not confirm itself, so an endpoint of one session confirms nothing.
        if let Some(responder) = responder
            && let Some(at) = if session.hard.side == Side::A {
                b_at
            } else {
                a_at
            }
        {
            let end = &mut base.ends[at as usize];
            end.known.n_confirmed += 1;
            end.known.n_allowed += u32::from(session.facts.has(Facts::ALLOWED));
            // Three sessions of one pair are also three of one endpoint, unless the responder sent first.
            if end.n_seen >= MIN_HISTORY as u8
                && (session.hard.side == Side::B || n_sent >= MIN_HISTORY)
            {
                let (low, high) = (a.host.min(b.host), a.host.max(b.host));
                let (word, bit) = pair_bit(low, high);
                base.pairs[word] |= bit;
                let counts = base
                    .histories
                    .entry((number, low, high, end.service.port))
                    .or_default();
                if responder.host == high {
                    counts.0 += 1;
                } else {
                    counts.1 += 1;
                }
            }
        }
        for (at, peer) in [(a_at, b), (b_at, a)] {
            if let Some(end) = at.and_then(|at| base.ends.get_mut(at as usize))
                && end.n_seen >= MIN_PEERS as u8
            {
                end.sample.add(peer, number);
            }
        }
        if n_sent >= MIN_TARGETS as u32
            && proto::has_ports(number)
            && !a.host.is_none()
            && !a.host.is_blurred()
        {
            targets.entry((number, a.host)).or_default().add(b, number);
        }
    }
    for nth in pending {
        let session = &mut sessions[nth as usize];
        let hashes = &hashes[nth as usize];
        let number = data.keys[session.key as usize].proto;
        let (a, b) = session.ends(data);
        let found = |end: Endpoint, hash: u32| {
            let service = Service::of(number, end)?;
            places
                .find(spread(hash), |(_, at)| {
                    base.ends[*at as usize].service == service
                })
                .map(|(_, at)| *at)
        };
        if session.a_end == in_session(Some(PENDING)) {
            session.a_end = in_session(found(a, hashes.a));
        }
        if session.b_end == in_session(Some(PENDING)) {
            session.b_end = in_session(found(b, hashes.b));
        }
    }
    for end in &mut base.ends {
        let sample = std::mem::take(&mut end.sample);
        if !sample.peers.is_empty() {
            end.fan = Some(sample.fan_in()).filter(|fan| {
                fan.n_peers as usize >= MIN_PEERS || fan.n_ports as usize >= MIN_PEERS
            });
        }
    }
    // Each entry of one table becomes one entry of another, so the order of a map does not show.
    base.sweeps
        .extend(targets.into_iter().filter_map(|(host, sample)| {
            let fan = sample.sweep();
            fan.is_sweep_like.then_some((host, fan))
        }));
    base
}

/// Hashes of a session's ends; 0 for what has no port or occurs once.
#[derive(Default)]
struct Hashes {
    a: u32,
    b: u32,
}

/// Occurs twice, and nothing is known of it yet.
const PENDING: u32 = u32::MAX - 1;

/// A place in `Base::ends` as a session holds it.
fn in_session(at: Option<u32>) -> u32 {
    at.map_or(0, |at| at + 1)
}

fn pair_bit(low: Host, high: Host) -> (usize, u64) {
    let hash = mix(fold(low).rotate_left(32) ^ fold(high));
    (hash as usize % PAIR_WORDS, 1 << (hash >> 26))
}

fn fold(host: Host) -> u64 {
    let bits = host.bits();
    (bits >> 64) as u64 ^ (bits as u64).rotate_left(16)
}

fn mix(text: u64) -> u32 {
    let mixed = text.wrapping_mul(GOLDEN);
    ((mixed ^ (mixed >> 32)).wrapping_mul(GOLDEN) >> 32) as u32
}

/// 64 bits from 32: a table looks at the lowest and the highest ones.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(GOLDEN)
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The responder by hard evidence of tiers 0 to 2.
fn confirmed(session: &Session, a: Endpoint, b: Endpoint) -> Option<Endpoint> {
    match session.hard.side {
        _ if session.hard.tier > 2 => None,
        Side::A => Some(b),
        Side::B => Some(a),
        Side::Unknown => None,
    }
}

/// The first peers of an endpoint, in the order of sessions.
#[derive(Default, Debug)]
struct Sample {
    /// (host, port); at most `SAMPLE`.
    peers: Vec<(Host, u16)>,
    proto: u8,
}

impl Sample {
    fn add(&mut self, peer: Endpoint, number: u8) {
        if self.peers.len() < SAMPLE
            && let Some(port) = peer.port
        {
            self.peers.push((peer.host, port));
            self.proto = number;
        }
    }

    fn distinct(&self) -> (usize, Vec<u16>) {
        let mut hosts: Vec<Host> = self
            .peers
            .iter()
            .map(|(host, _)| *host)
            .filter(|host| !host.is_blurred() && !host.is_none())
            .collect();
        hosts.sort_unstable();
        hosts.dedup();
        let mut ports: Vec<u16> = self.peers.iter().map(|(_, port)| *port).collect();
        ports.order();
        ports.dedup();
        (hosts.len(), ports)
    }

    /// Ports that look thrown away: unlisted and not below 1024.
    fn n_thrown_away(&self, ports: &[u16]) -> usize {
        ports
            .iter()
            .filter(|port| {
                **port >= 1024 && !ports::is_top(**port) && !ports::is_named(self.proto, **port)
            })
            .count()
    }

    fn fan_in(&self) -> Fan {
        let (n_hosts, ports) = self.distinct();
        let n = self.peers.len();
        let diverse = ports.len() * 10 >= n * 7;
        let thrown_away = self.n_thrown_away(&ports) * 10 >= ports.len() * 7;
        Fan {
            n_peers: n_hosts as u32,
            n_ports: ports.len() as u32,
            is_server_like: n_hosts >= MIN_PEERS && diverse && thrown_away,
            is_sweep_like: false,
            weight: ((120.0 * libm::log(n_hosts.max(1) as f64)) as i32).min(FAN_IN_MOST),
        }
    }

    fn sweep(&self) -> Fan {
        let (n_hosts, ports) = self.distinct();
        let mut targets = self.peers.clone();
        targets.order();
        targets.dedup();
        let few_ports = ports.len() <= MAX_SWEEP_PORTS;
        let one_host = n_hosts == 1 && ports.len() >= MIN_TARGETS;
        let looks_like_replies = ports.len() * 10 >= targets.len() * 7
            && self.n_thrown_away(&ports) * 10 >= ports.len() * 7;
        Fan {
            n_peers: targets.len() as u32,
            n_ports: ports.len() as u32,
            is_server_like: false,
            is_sweep_like: targets.len() >= MIN_TARGETS
                && (few_ports || one_host)
                && !looks_like_replies,
            weight: ((80.0 * libm::log(targets.len().max(1) as f64)) as i32).min(SWEEP_MOST),
        }
    }
}

/// Counters from 0 to 3 that never underestimate, found by the highest bits of a hash. Four share a byte: how many
/// of them the processor has at hand is what takes the time.
struct Sketch {
    counts: Vec<u8>,
    shift: u32,
}

impl Sketch {
    fn new(n_ends: usize) -> Sketch {
        let bits = (n_ends * SLOTS_PER_END)
            .next_power_of_two()
            .trailing_zeros()
            .clamp(8, 26);
        Sketch {
            counts: vec![0; 1 << (bits - 2)],
            shift: 32 - bits,
        }
    }

    /// Gives the hash, never 0.
    fn add(&mut self, host: Host, port: u16) -> u32 {
        let hash = mix(fold(host) ^ u64::from(port)).max(1);
        let (byte, shift) = self.slot(hash);
        if self.at(hash) < MANY {
            self.counts[byte] += 1 << shift;
        }
        hash
    }

    fn at(&self, hash: u32) -> u8 {
        let (byte, shift) = self.slot(hash);
        if hash == 0 {
            0
        } else {
            self.counts[byte] >> shift & MANY
        }
    }

    fn slot(&self, hash: u32) -> (usize, u32) {
        let slot = hash >> self.shift;
        ((slot >> 2) as usize, (slot & 3) * 2)
    }
}
