//! What an incident's sentences count, gathered session by session: all groups of a log at once, in one walk in order
//! of time, because a walk for each group would fetch a million sessions from memory again and again.

use super::group::{FIRST_FREE_PORT, MAX_CITED, N_TRAITS, Tally, Trait, is_service};
use super::scene::Brief;
use crate::engine::dataset::{Dataset, Direction, Facts, Session, Side};
use crate::engine::model::order::Order;
use crate::engine::model::{Host, Micros, proto};
use crate::engine::session::beat::NO_TIME;

/// The counts of one group so far.
#[derive(Default)]
pub struct Measuring {
    found: Found,
    n: u64,
    /// Records of sessions of which something was denied.
    pub n_denied_lines: u64,
    initiators: Distinct,
    responders: Distinct,
    client_ports: Ports,
    service_ports: Ports,
}

/// What was counted.
pub struct Found {
    pub direction: Direction,
    pub proto: u8,
    pub port: Option<u16>,
    pub n_initiators: u64,
    pub n_responders: u64,
    pub n_client_ports: u64,
    /// Distinct ports of the responders.
    pub n_services: u64,
    pub initiators: Vec<Host>,
    pub responders: Vec<Host>,
    pub first: Micros,
    pub last: Micros,
    /// Denied packets, repeats counted.
    pub n_packets: u64,
    /// Records of the input.
    pub n_lines: u64,
    /// (score, tier) of the least sure session whose initiator is known.
    pub weakest: Option<(i32, u8)>,
    pub tallies: [Tally; N_TRAITS],
}

impl Default for Found {
    fn default() -> Found {
        Found {
            direction: Direction::Unknown,
            proto: proto::UNKNOWN,
            port: None,
            n_initiators: 0,
            n_responders: 0,
            n_client_ports: 0,
            n_services: 0,
            initiators: Vec::new(),
            responders: Vec::new(),
            first: NO_TIME,
            last: NO_TIME,
            n_packets: 0,
            n_lines: 0,
            weakest: None,
            tallies: Default::default(),
        }
    }
}

impl Measuring {
    pub fn add(&mut self, data: &Dataset, session: &Session, brief: &Brief, idx: u32) {
        let found = &mut self.found;
        self.initiators.add(brief.initiator);
        self.responders.add(brief.responder);
        self.client_ports.add(brief.client_port());
        self.service_ports.add(brief.service_port());
        if self.n == 0 {
            found.direction = session.direction;
            found.proto = brief.proto;
            found.port = brief.service_port();
        } else if found.port != brief.service_port() {
            found.port = None;
        }
        self.n += 1;
        if session.has_time() {
            found.first = if found.first == NO_TIME {
                session.first
            } else {
                found.first.min(session.first)
            };
            found.last = found.last.max(session.last);
        }
        found.n_lines += u64::from(session.n_events);
        if session.side != Side::Unknown {
            let own = (session.score.abs(), session.tier);
            found.weakest = Some(found.weakest.map_or(own, |known| weaker(known, own)));
        }
        let facts = brief.facts;
        if facts.has(Facts::DENIED) {
            self.n_denied_lines += u64::from(session.n_events);
            // One record, one packet: the usual case needs no look at the record.
            let plain = session.n_events == 1 && session.tries <= 1;
            found.n_packets += if plain {
                1
            } else {
                denied_packets(data, session, idx)
            };
        }
        let service = brief.service_port();
        let client = brief.client_port();
        let is_throw_away = |port: Option<u16>| {
            port.is_some_and(|port| port >= FIRST_FREE_PORT && !is_service(port))
        };
        let hard = session.tier <= 3;
        let mut shown: u32 = [
            (Trait::Opening, facts.has(Facts::SYN_A)),
            (Trait::Answer, facts.has(Facts::SYNACK_B)),
            (Trait::Recorded, session.tier == 2),
            (Trait::Earlier, session.tier == 3),
            (Trait::MidStream, facts.any(Facts::MID_A | Facts::MID_B)),
            (Trait::Unknown, facts.has(Facts::LOST)),
            (Trait::AfterEnd, facts.has(Facts::AFTER_END)),
            (Trait::NoFlags, facts.has(Facts::DENIED_NO_FLAGS)),
            (Trait::Allowed, facts.has(Facts::ALLOWED)),
            (Trait::FromResponder, facts.has(Facts::DENIED_B)),
            (Trait::FromInitiator, facts.has(Facts::DENIED_A)),
            (
                Trait::PortShape,
                service.is_some_and(is_service) && is_throw_away(client),
            ),
            (
                Trait::PortsOppose,
                hard && client.is_some_and(is_service) && is_throw_away(service),
            ),
            (Trait::Unsure, session.side == Side::Unknown),
            (Trait::Blurred, facts.has(Facts::BLURRED)),
            (Trait::Answered, facts.has(Facts::ANSWERED)),
            (Trait::Content, session.facts.is_content_blocked()),
            (
                Trait::Kind,
                session.tier == 1 && !facts.any(Facts::SYN_A | Facts::SYNACK_B),
            ),
            (Trait::Alarm, session.alarmed),
        ]
        .into_iter()
        .map(|(which, is_shown)| u32::from(is_shown) << which as u32)
        .sum();
        // Most sessions show few.
        while shown != 0 {
            let tally = &mut found.tallies[shown.trailing_zeros() as usize];
            shown &= shown - 1;
            tally.n += 1;
            if tally.sample.len() < MAX_CITED {
                tally.sample.push(idx);
            }
        }
    }

    /// What was counted of later sessions of the same group.
    pub fn absorb(&mut self, later: Measuring) {
        if self.n == 0 {
            *self = later;
            return;
        }
        if later.n == 0 {
            return;
        }
        let (found, own) = (&mut self.found, later.found);
        if found.port != own.port {
            found.port = None;
        }
        if found.first == NO_TIME || own.first != NO_TIME && own.first < found.first {
            found.first = own.first;
        }
        found.last = found.last.max(own.last);
        found.n_packets += own.n_packets;
        found.n_lines += own.n_lines;
        found.weakest = match (found.weakest, own.weakest) {
            (Some(one), Some(other)) => Some(weaker(one, other)),
            (one, other) => one.or(other),
        };
        for (tally, own) in found.tallies.iter_mut().zip(own.tallies) {
            tally.n += own.n;
            tally.sample.extend(own.sample);
            tally.sample.truncate(MAX_CITED);
        }
        self.n += later.n;
        self.n_denied_lines += later.n_denied_lines;
        self.initiators.absorb(later.initiators);
        self.responders.absorb(later.responders);
        self.client_ports.absorb(&later.client_ports);
        self.service_ports.absorb(&later.service_ports);
    }

    pub fn finish(self) -> Found {
        let mut found = self.found;
        (found.n_initiators, found.initiators) = self.initiators.finish();
        (found.n_responders, found.responders) = self.responders.finish();
        found.n_client_ports = self.client_ports.count();
        found.n_services = self.service_ports.count();
        found
    }
}

/// The less direct evidence is the weaker one at equal scores.
fn weaker(one: (i32, u8), other: (i32, u8)) -> (i32, u8) {
    if (other.0, std::cmp::Reverse(other.1)) < (one.0, std::cmp::Reverse(one.1)) {
        other
    } else {
        one
    }
}

/// Denied packets of a session, each record with its repeats.
fn denied_packets(data: &Dataset, session: &Session, idx: u32) -> u64 {
    let kept: u64 = session
        .beats(data)
        .iter()
        .filter(|beat| beat.action().is_denied())
        .map(|beat| {
            (beat.meter as usize)
                .checked_sub(1)
                .and_then(|at| data.meters.get(at))
        })
        .map(|meter| meter.map_or(1, |meter| u64::from(meter.repeat.max(1))))
        .sum();
    let rest = if session.facts.has(Facts::CAPPED) {
        data.rests.get(&idx).map_or(0, |rest| rest.n_denied)
    } else {
        0
    };
    kept + rest
}

/// Counts distinct ports: most groups have few, and those few need no table of all.
#[derive(Default)]
struct Ports {
    few: Vec<u16>,
    bits: Vec<u64>,
}

impl Ports {
    fn add(&mut self, port: Option<u16>) {
        let Some(port) = port else { return };
        if self.bits.is_empty() {
            if self.few.contains(&port) {
                return;
            }
            if self.few.len() < 32 {
                return self.few.push(port);
            }
            self.bits.resize(1 << 10, 0);
            for port in std::mem::take(&mut self.few) {
                self.bits[usize::from(port >> 6)] |= 1 << (port & 63);
            }
        }
        self.bits[usize::from(port >> 6)] |= 1 << (port & 63);
    }

    fn absorb(&mut self, other: &Ports) {
        for port in &other.few {
            self.add(Some(*port));
        }
        for (word, bits) in other.bits.iter().enumerate() {
            for bit in (0..64).filter(|bit| bits >> bit & 1 == 1) {
                self.add(Some((word << 6 | bit) as u16));
            }
        }
    }

    fn count(&self) -> u64 {
        let many: u64 = self
            .bits
            .iter()
            .map(|bits| u64::from(bits.count_ones()))
            .sum();
        many + self.few.len() as u64
    }
}

/// Counts distinct hosts exactly, with 4 bytes each where they are IPv4.
#[derive(Default)]
struct Distinct {
    v4: Vec<u32>,
    other: Vec<Host>,
}

impl Distinct {
    fn add(&mut self, host: Host) {
        match host.as_v4() {
            // Runs of one server are the usual case.
            Some(address) if self.v4.last() == Some(&address) => {}
            Some(address) => self.v4.push(address),
            None => self.other.push(host),
        }
        // A service with millions of packets has few hosts: keep the list near its distinct size.
        if self.v4.len() == self.v4.capacity() && self.v4.len() >= 1 << 16 {
            self.v4.sort_unstable();
            self.v4.dedup();
        }
    }

    fn absorb(&mut self, other: Distinct) {
        self.v4.extend(other.v4);
        self.other.extend(other.other);
    }

    /// How many there are, and the lowest of them.
    fn finish(mut self) -> (u64, Vec<Host>) {
        self.v4.sort_unstable();
        self.v4.dedup();
        self.other.sort_unstable();
        self.other.dedup();
        let mut sample: Vec<Host> = self
            .v4
            .iter()
            .take(MAX_CITED)
            .map(|address| Host::v4(*address))
            .collect();
        sample.extend(self.other.iter().take(MAX_CITED));
        sample.order();
        sample.truncate(MAX_CITED);
        ((self.v4.len() + self.other.len()) as u64, sample)
    }
}
