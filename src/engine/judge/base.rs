//! What the whole log says about its endpoints: confirmed services (K), fans (F), histories of pairs (H).
//!
//! Only endpoints that occur often enough to matter enter the tables. A small array of counters, indexed by a hash,
//! is filled first; it can only overestimate, so no endpoint that matters is missed, and a million clients that
//! appear once cost no table entry.

use super::hard::{self, Hard};
use crate::engine::dataset::{Dataset, Facts, Side};
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
const SKETCH_BITS: u32 = 21;

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
        (!endpoint.host.is_none()).then_some(Service { host: endpoint.host, port, proto })
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
}

#[derive(Default)]
pub struct Base {
    services: HashMap<Service, Known, FixedState>,
    fans: HashMap<Service, Fan, FixedState>,
    sweeps: HashMap<(u8, Host), Fan, FixedState>,
    /// (proto, lower host, upper host, service port) → sessions that the lower / upper host initiated.
    histories: HashMap<(u8, Host, Host, u16), (u32, u32), FixedState>,
    confirmed_ports: Vec<u64>,
    sketch: Sketch,
}

impl Base {
    pub fn known(&self, service: Service) -> Known {
        self.services.get(&service).copied().unwrap_or_default()
    }

    pub fn fan(&self, service: Service) -> Option<Fan> {
        if !self.sketch.may_hold(service.host, service.port) {
            return None;
        }
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
        self.confirmed_ports.get(usize::from(port) / 64).is_some_and(|word| word >> (port % 64) & 1 == 1)
    }

    /// Confirmed services, in order.
    pub fn services(&self) -> Vec<(Service, Known)> {
        let mut all: Vec<(Service, Known)> = self.services.iter().map(|(service, known)| (*service, *known)).collect();
        all.sort_unstable_by_key(|(service, _)| *service);
        all
    }
}

/// Reads services, fans and histories off the sessions; uses tiers 0–2 only.
pub fn base(data: &Dataset) -> Base {
    let mut base = Base { confirmed_ports: vec![0; 1024], ..Base::default() };
    let mut sketch = Sketch::new();
    let mut senders = Sketch::new();
    let mut pairs = Sketch::new();
    for session in &data.sessions {
        let key = &data.keys[session.key as usize];
        let number = key.proto;
        if !has_ports(number) {
            continue;
        }
        let (a, b) = session.ends(data);
        for end in [a, b] {
            if let Some(port) = end.port {
                sketch.add(end.host, port);
            }
        }
        senders.add(a.host, u16::from(number));
        let hard = hard::of(data, session);
        if hard.tier > 2 || hard.side == Side::Unknown {
            continue;
        }
        let (initiator, responder) = if hard.side == Side::A { (a, b) } else { (b, a) };
        let Some(service) = Service::of(number, responder) else { continue };
        let known = base.services.entry(service).or_default();
        known.n_confirmed += 1;
        known.n_allowed += u32::from(session.facts.has(Facts::ALLOWED));
        base.confirmed_ports[usize::from(service.port) / 64] |= 1 << (service.port % 64);
        let _ = initiator;
        pairs.add_pair(a.host, b.host, service.port);
    }
    add_fans(data, &sketch, &senders, &mut base);
    add_histories(data, &pairs, &mut base);
    base.sketch = sketch;
    base
}

fn has_ports(number: u8) -> bool {
    matches!(number, proto::TCP | proto::UDP | proto::SCTP | proto::UDPLITE | proto::DCCP | proto::UNKNOWN)
}

fn add_fans(data: &Dataset, endpoints: &Sketch, senders: &Sketch, base: &mut Base) {
    let mut peers: HashMap<Service, Sample, FixedState> = HashMap::default();
    let mut targets: HashMap<(u8, Host), Sample, FixedState> = HashMap::default();
    for session in &data.sessions {
        let number = data.keys[session.key as usize].proto;
        if !has_ports(number) {
            continue;
        }
        let (a, b) = session.ends(data);
        for (end, peer) in [(a, b), (b, a)] {
            let Some(service) = Service::of(number, end) else { continue };
            if endpoints.count(end.host, service.port) >= MIN_PEERS as u8 {
                peers.entry(service).or_default().add(peer, number);
            }
        }
        if !a.host.is_none() && !a.host.is_blurred() && senders.count(a.host, u16::from(number)) >= MIN_TARGETS as u8 {
            targets.entry((number, a.host)).or_default().add(b, number);
        }
    }
    for (service, sample) in &peers {
        let fan = sample.fan_in();
        if fan.n_peers as usize >= MIN_PEERS || fan.n_ports as usize >= MIN_PEERS {
            base.fans.insert(*service, fan);
        }
    }
    for (host, sample) in &targets {
        let fan = sample.sweep();
        if fan.is_sweep_like {
            base.sweeps.insert(*host, fan);
        }
    }
}

fn add_histories(data: &Dataset, pairs: &Sketch, base: &mut Base) {
    let mut all: HashMap<(u8, Host, Host, u16), (u32, u32), FixedState> = HashMap::default();
    for session in &data.sessions {
        let number = data.keys[session.key as usize].proto;
        let (a, b) = session.ends(data);
        if !has_ports(number) {
            continue;
        }
        let candidate = [a.port, b.port].into_iter().flatten().any(|port| pairs.count_pair(a.host, b.host, port) >= MIN_HISTORY as u8);
        if !candidate {
            continue;
        }
        let Hard { side, tier, .. } = hard::of(data, session);
        if tier > 2 || side == Side::Unknown {
            continue;
        }
        let (initiator, responder) = if side == Side::A { (a, b) } else { (b, a) };
        let Some(port) = responder.port else { continue };
        let (low, high) = (a.host.min(b.host), a.host.max(b.host));
        let counts = all.entry((number, low, high, port)).or_default();
        if initiator.host == low {
            counts.0 += 1;
        } else {
            counts.1 += 1;
        }
    }
    all.retain(|_, (low, high)| *low >= MIN_HISTORY || *high >= MIN_HISTORY);
    base.histories = all;
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
        let mut hosts: Vec<Host> = self.peers.iter().map(|(host, _)| *host).filter(|host| !host.is_blurred() && !host.is_none()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let mut ports: Vec<u16> = self.peers.iter().map(|(_, port)| *port).collect();
        ports.sort_unstable();
        ports.dedup();
        (hosts.len(), ports)
    }

    /// Ports that look thrown away: unlisted and not below 1024.
    fn n_thrown_away(&self, ports: &[u16]) -> usize {
        ports.iter().filter(|port| **port >= 1024 && !ports::is_top(**port) && !ports::is_named(self.proto, **port)).count()
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
        }
    }

    fn sweep(&self) -> Fan {
        let (n_hosts, ports) = self.distinct();
        let mut targets = self.peers.clone();
        targets.sort_unstable();
        targets.dedup();
        let few_ports = ports.len() <= MAX_SWEEP_PORTS;
        let one_host = n_hosts == 1 && ports.len() >= MIN_TARGETS;
        let looks_like_replies = ports.len() * 10 >= targets.len() * 7 && self.n_thrown_away(&ports) * 10 >= ports.len() * 7;
        Fan {
            n_peers: targets.len() as u32,
            n_ports: ports.len() as u32,
            is_server_like: false,
            is_sweep_like: targets.len() >= MIN_TARGETS && (few_ports || one_host) && !looks_like_replies,
        }
    }
}

/// Counters that never underestimate.
#[derive(Default)]
struct Sketch {
    counts: Vec<u8>,
    hasher: FixedState,
}

impl Sketch {
    fn new() -> Sketch {
        Sketch { counts: vec![0; 1 << SKETCH_BITS], hasher: FixedState::with_seed(7) }
    }

    fn slot(&self, host: Host, port: u16) -> usize {
        (self.hasher.hash_one((host, port)) >> (64 - SKETCH_BITS)) as usize
    }

    fn add(&mut self, host: Host, port: u16) {
        let slot = self.slot(host, port);
        self.counts[slot] = self.counts[slot].saturating_add(1);
    }

    fn count(&self, host: Host, port: u16) -> u8 {
        self.counts.get(self.slot(host, port)).copied().unwrap_or(0)
    }

    fn may_hold(&self, host: Host, port: u16) -> bool {
        self.counts.is_empty() || self.count(host, port) >= MIN_PEERS as u8
    }

    fn pair(a: Host, b: Host) -> Host {
        Host::v6(a.bits().wrapping_add(b.bits().rotate_left(64)).wrapping_add(a.bits().rotate_left(64)).wrapping_add(b.bits()))
    }

    fn add_pair(&mut self, a: Host, b: Host, port: u16) {
        self.add(Sketch::pair(a, b), port);
    }

    fn count_pair(&self, a: Host, b: Host, port: u16) -> u8 {
        self.count(Sketch::pair(a, b), port)
    }
}
