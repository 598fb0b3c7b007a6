//! What the whole log says about its endpoints: confirmed services (K), fans (F), histories of pairs (H).
//!
//! Only endpoints that occur often enough to matter enter the tables. A small array of counters, indexed by a hash,
//! is filled first; it can only overestimate, so no endpoint that matters is missed, and a million clients that
//! appear once cost no table entry.

use crate::engine::dataset::{Dataset, Facts, Session, Side};
use crate::engine::model::order::Order;
use crate::engine::model::{Endpoint, Host, ports, proto};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::BuildHasher;

/// Sessions per endpoint that are looked at for the shape of a fan; both scores are at their caps long before.
const SAMPLE: usize = 128;
/// A fan-in needs this many different peers.
const MIN_PEERS: usize = 3;
/// A sweep needs this many different targets.
const MIN_TARGETS: usize = 5;
const MAX_SWEEP_PORTS: usize = 3;
const MIN_HISTORY: u32 = 3;
/// Counters per session; a quarter full, they let one in five hundred single endpoints through.
const SLOTS_PER_SESSION: usize = 8;

/// An endpoint with its protocol.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Service {
    pub host: Host,
    pub port: u16,
    pub proto: u8,
}

impl Service {
    pub fn of(proto: u8, endpoint: Endpoint) -> Option<Service> {
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

#[derive(Default)]
pub struct Base {
    services: HashMap<Service, Known, FixedState>,
    fans: HashMap<Service, Fan, FixedState>,
    sweeps: HashMap<(u8, Host), Fan, FixedState>,
    /// (proto, lower host, upper host, service port) → sessions that the lower / upper host initiated.
    histories: HashMap<(u8, Host, Host, u16), (u32, u32), FixedState>,
    confirmed_ports: Vec<u64>,
}

impl Base {
    pub fn known(&self, service: Service) -> Known {
        self.services.get(&service).copied().unwrap_or_default()
    }

    pub fn fan(&self, service: Service) -> Option<Fan> {
        self.fans.get(&service).copied()
    }

    pub fn sweep(&self, proto: u8, host: Host) -> Option<Fan> {
        if self.sweeps.is_empty() {
            return None;
        }
        self.sweeps.get(&(proto, host)).copied()
    }

    /// Which of two hosts has started all of at least three earlier sessions on this service port.
    pub fn history(&self, proto: u8, a: Host, b: Host, port: u16) -> Option<Host> {
        if self.histories.is_empty() {
            return None;
        }
        let (low, high) = (a.min(b), a.max(b));
        match self.histories.get(&(proto, low, high, port)) {
            Some((n, 0)) if *n >= MIN_HISTORY => Some(low),
            Some((0, n)) if *n >= MIN_HISTORY => Some(high),
            _ => None,
        }
    }

    /// Some endpoint on this port is a confirmed service of this input.
    pub fn is_confirmed_port(&self, port: u16) -> bool {
        self.confirmed_ports
            .get(usize::from(port) / 64)
            .is_some_and(|word| word >> (port % 64) & 1 == 1)
    }

    /// Confirmed services, in order.
    pub fn services(&self) -> Vec<(Service, Known)> {
        let mut all: Vec<(Service, Known)> = self
            .services
            .iter()
            .map(|(service, known)| (*service, *known))
            .collect();
        all.order_by_key(|(service, _)| *service);
        all
    }
}

/// Reads services, fans and histories off the sessions, whose tier and side hold the hard evidence alone: K, F and H
/// use tiers 0–2 only (domain §0.6). Tells each session how often its ends occur.
pub fn base(data: &Dataset, sessions: &mut [Session]) -> Base {
    let mut base = Base {
        confirmed_ports: vec![0; 1024],
        ..Base::default()
    };
    let mut endpoints = Sketch::new(sessions.len());
    let mut senders = Sketch::new(sessions.len());
    let slots: Vec<Slots> = sessions
        .iter()
        .map(|session| {
            let number = data.keys[session.key as usize].proto;
            if !has_ports(number) {
                return Slots::default();
            }
            let (a, b) = session.ends(data);
            if let Some(port) = confirmed(session, a, b).and_then(|responder| responder.port) {
                base.confirmed_ports[usize::from(port) / 64] |= 1 << (port % 64);
            }
            Slots {
                a: a.port.map_or(NO_SLOT, |port| endpoints.add(a.host, port)),
                b: b.port.map_or(NO_SLOT, |port| endpoints.add(b.host, port)),
                sender: senders.add(a.host, u16::from(number)),
            }
        })
        .collect();
    let mut tables = Tables::default();
    for (session, slots) in sessions.iter_mut().zip(&slots) {
        (session.a_seen, session.b_seen) = (endpoints.at(slots.a), endpoints.at(slots.b));
        let n_sent = senders.at(slots.sender);
        // Most ends of a large log occur once and say nothing about each other.
        if session.a_seen < 2 && session.b_seen < 2 && n_sent < 2 {
            continue;
        }
        let number = data.keys[session.key as usize].proto;
        let (a, b) = session.ends(data);
        if let Some(responder) = confirmed(session, a, b)
            && let Some(service) = Service::of(number, responder)
        {
            let n_seen = if session.side == Side::A {
                session.b_seen
            } else {
                session.a_seen
            };
            // A session does not confirm itself, so an endpoint of one session confirms nothing.
            if n_seen >= 2 {
                let known = base.services.entry(service).or_default();
                known.n_confirmed += 1;
                known.n_allowed += u32::from(session.facts.has(Facts::ALLOWED));
            }
            // Three sessions of one pair are also three of one endpoint, unless the responder sent first.
            if n_seen >= MIN_HISTORY as u8
                && (session.side == Side::B || n_sent >= MIN_HISTORY as u8)
            {
                let (low, high) = (a.host.min(b.host), a.host.max(b.host));
                let counts = base
                    .histories
                    .entry((number, low, high, service.port))
                    .or_default();
                if responder.host == high {
                    counts.0 += 1;
                } else {
                    counts.1 += 1;
                }
            }
        }
        for (end, peer, n_seen) in [(a, b, session.a_seen), (b, a, session.b_seen)] {
            if n_seen >= MIN_PEERS as u8
                && let Some(service) = Service::of(number, end)
            {
                tables.peers.entry(service).or_default().add(peer, number);
            }
        }
        if n_sent >= MIN_TARGETS as u8 && !a.host.is_none() && !a.host.is_blurred() {
            tables
                .targets
                .entry((number, a.host))
                .or_default()
                .add(b, number);
        }
    }
    tables.into_fans(&mut base);
    base
}

/// Where a session's ends are counted.
struct Slots {
    a: u32,
    b: u32,
    sender: u32,
}

const NO_SLOT: u32 = u32::MAX;

impl Default for Slots {
    fn default() -> Slots {
        Slots {
            a: NO_SLOT,
            b: NO_SLOT,
            sender: NO_SLOT,
        }
    }
}

/// The responder by hard evidence of tiers 0 to 2.
fn confirmed(session: &Session, a: Endpoint, b: Endpoint) -> Option<Endpoint> {
    match session.side {
        _ if session.tier > 2 => None,
        Side::A => Some(b),
        Side::B => Some(a),
        Side::Unknown => None,
    }
}

fn has_ports(number: u8) -> bool {
    matches!(
        number,
        proto::TCP | proto::UDP | proto::SCTP | proto::UDPLITE | proto::DCCP | proto::UNKNOWN
    )
}

#[derive(Default)]
struct Tables {
    peers: HashMap<Service, Sample, FixedState>,
    targets: HashMap<(u8, Host), Sample, FixedState>,
}

impl Tables {
    fn into_fans(self, base: &mut Base) {
        // Each entry of one table becomes one entry of another, so the order of a map does not show.
        base.fans
            .extend(self.peers.into_iter().filter_map(|(service, sample)| {
                let fan = sample.fan_in();
                (fan.n_peers as usize >= MIN_PEERS || fan.n_ports as usize >= MIN_PEERS)
                    .then_some((service, fan))
            }));
        base.sweeps
            .extend(self.targets.into_iter().filter_map(|(host, sample)| {
                let fan = sample.sweep();
                fan.is_sweep_like.then_some((host, fan))
            }));
    }
}

/// The first peers of an endpoint, in the order of sessions.
#[derive(Default)]
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
        ports.sort_unstable();
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
            weight: ((120.0 * libm::log(n_hosts.max(1) as f64)) as i32).min(350),
        }
    }

    fn sweep(&self) -> Fan {
        let (n_hosts, ports) = self.distinct();
        let mut targets = self.peers.clone();
        targets.sort_unstable();
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
            weight: ((80.0 * libm::log(targets.len().max(1) as f64)) as i32).min(300),
        }
    }
}

/// Counters that never underestimate.
#[derive(Default)]
struct Sketch {
    counts: Vec<u8>,
    shift: u32,
    hasher: FixedState,
}

impl Sketch {
    fn new(n_sessions: usize) -> Sketch {
        let bits = (n_sessions * SLOTS_PER_SESSION)
            .next_power_of_two()
            .trailing_zeros()
            .clamp(8, 24);
        Sketch {
            counts: vec![0; 1 << bits],
            shift: 64 - bits,
            hasher: FixedState::with_seed(7),
        }
    }

    fn slot(&self, host: Host, port: u16) -> usize {
        (self.hasher.hash_one((host, port)) >> self.shift) as usize
    }

    fn add(&mut self, host: Host, port: u16) -> u32 {
        let slot = self.slot(host, port);
        self.counts[slot] = self.counts[slot].saturating_add(1);
        slot as u32
    }

    fn at(&self, slot: u32) -> u8 {
        self.counts.get(slot as usize).copied().unwrap_or(0)
    }
}
