//! A group of sessions that becomes one incident, with the words and tallies that its sentences need.

use super::cause::Ranking;
use super::scene::{Device, Scene};
use super::signs::Reading;
use crate::engine::dataset::{Dataset, Direction, Facts, Incident, Reasoned, Side};
use crate::engine::explain::{service, words};
use crate::engine::model::{Host, Micros, ports, proto};
use crate::engine::session::beat::NO_TIME;

/// Sessions cited with one statement.
pub const MAX_CITED: usize = 8;

/// What is said of the sessions of a group, one tally each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Trait {
    /// The opening packet of the initiator is in the log.
    Opening,
    /// The responder's answer to the opening is in the log.
    Answer,
    /// A device recorded the session and says who opened it.
    Recorded,
    /// Earlier lines of the same conversation decide.
    Earlier,
    /// Packets from the middle of a conversation.
    MidStream,
    /// The firewall said that it knew no such conversation.
    Unknown,
    /// A denied packet came after the conversation had ended.
    AfterEnd,
    /// A denied packet whose line has no flags.
    NoFlags,
    /// The same conversation was allowed before or elsewhere.
    Allowed,
    /// The denied packets came from the responder / from the initiator.
    FromResponder,
    FromInitiator,
    /// A service's port on the responder's side, a throw-away port on the other.
    PortShape,
    /// The side that holds the service's port opened it.
    PortsOppose,
    /// The opening could not be decided well.
    Unsure,
    Blurred,
    Answered,
}

const N_TRAITS: usize = Trait::Answered as usize + 1;

/// How many sessions show a trait, and some of them.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub n: u64,
    pub sample: Vec<u32>,
}

pub struct Group<'d> {
    pub data: &'d Dataset,
    pub scene: &'d Scene,
    pub sessions: &'d [u32],
    /// Of a group of orphans: what was measured and which causes are probable.
    pub cause: Option<(&'d Reading, Ranking)>,
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
    tallies: [Tally; N_TRAITS],
}

/// Ports below this are given to services; programs pick theirs above.
const FIRST_FREE_PORT: u16 = 1024;

impl<'d> Group<'d> {
    pub fn new(
        data: &'d Dataset,
        scene: &'d Scene,
        sessions: &'d [u32],
        cause: Option<(&'d Reading, Ranking)>,
    ) -> Group<'d> {
        let mut group = Group {
            data,
            scene,
            sessions,
            cause,
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
        };
        group.measure();
        group
    }

    fn measure(&mut self) {
        let (mut initiators, mut responders) = (Distinct::default(), Distinct::default());
        let (mut client_ports, mut service_ports) = (Ports::default(), Ports::default());
        let mut shared_port = None;
        for (nth, idx) in self.sessions.iter().enumerate() {
            let session = &self.data.sessions[*idx as usize];
            let brief = &self.scene.briefs[*idx as usize];
            initiators.add(brief.initiator);
            responders.add(brief.responder);
            client_ports.add(brief.client_port());
            service_ports.add(brief.service_port());
            if nth == 0 {
                self.direction = session.direction;
                self.proto = brief.proto;
                shared_port = brief.service_port();
            } else if shared_port != brief.service_port() {
                shared_port = None;
            }
            if session.has_time() {
                self.first = if self.first == NO_TIME {
                    session.first
                } else {
                    self.first.min(session.first)
                };
                self.last = self.last.max(session.last);
            }
            self.n_lines += u64::from(session.n_events);
            if session.side != Side::Unknown {
                let own = (session.score.abs(), session.tier);
                self.weakest = Some(self.weakest.map_or(own, |weakest| {
                    // The less direct evidence is the weaker one at equal scores.
                    if (own.0, std::cmp::Reverse(own.1)) < (weakest.0, std::cmp::Reverse(weakest.1))
                    {
                        own
                    } else {
                        weakest
                    }
                }));
            }
            let facts = brief.facts;
            if facts.has(Facts::DENIED) {
                // One record, one packet: the usual case needs no look at the record.
                let plain = session.n_events == 1 && session.tries <= 1;
                self.n_packets += if plain {
                    1
                } else {
                    denied_packets(self.data, *idx)
                };
            }
            let hard = session.tier <= 3;
            let service = brief.service_port().is_some_and(is_service);
            let client = brief
                .client_port()
                .is_some_and(|port| port >= FIRST_FREE_PORT && !is_service(port));
            let reversed = brief.client_port().is_some_and(is_service)
                && brief
                    .service_port()
                    .is_some_and(|port| port >= FIRST_FREE_PORT && !is_service(port));
            let shows = [
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
                (Trait::PortShape, service && client),
                (Trait::PortsOppose, reversed && hard),
                (Trait::Unsure, session.side == Side::Unknown),
                (Trait::Blurred, facts.has(Facts::BLURRED)),
                (Trait::Answered, facts.has(Facts::ANSWERED)),
            ];
            for (which, shown) in shows {
                if shown {
                    let tally = &mut self.tallies[which as usize];
                    tally.n += 1;
                    if tally.sample.len() < MAX_CITED {
                        tally.sample.push(*idx);
                    }
                }
            }
        }
        (self.n_initiators, self.initiators) = initiators.finish();
        (self.n_responders, self.responders) = responders.finish();
        self.n_client_ports = client_ports.count();
        self.n_services = service_ports.count();
        self.port = shared_port;
    }

    pub fn tally(&self, which: Trait) -> &Tally {
        &self.tallies[which as usize]
    }

    pub fn n(&self) -> u64 {
        self.sessions.len() as u64
    }

    pub fn device(&self) -> Option<&Device> {
        self.sessions
            .first()
            .and_then(|idx| self.scene.device(&self.scene.briefs[*idx as usize]))
    }

    /// "the firewall", or its name in quotes where the log gives one and there are several.
    pub fn firewall(&self) -> String {
        match self.device() {
            Some(device) if device.name.is_some() && self.scene.devices.len() > 1 => {
                format!(
                    "the firewall {}",
                    words::visible(self.data.names.or_empty(device.name))
                )
            }
            _ => "the firewall".into(),
        }
    }

    /// "web pages (port 80)", "8 different ports".
    pub fn service(&self) -> String {
        if self.n_services > 1 {
            return words::count(self.n_services, "port", "different ports");
        }
        service::phrase(self.proto, self.port)
    }

    /// The same inside brackets: "port 80, web pages".
    pub fn aside(&self) -> String {
        if self.n_services > 1 {
            return self.service();
        }
        service::aside(self.proto, self.port)
    }

    /// "this connection" or "these connections".
    pub fn these(&self) -> &'static str {
        words::plural(self.n(), "this connection", "these connections")
    }

    /// Who opened the connections, without a number: "visitors", "your machine", "x.x.x.x".
    pub fn who(&self) -> String {
        let one = self.n_initiators == 1;
        match self.direction {
            Direction::Inbound if one => "a visitor".into(),
            Direction::Inbound => "visitors".into(),
            Direction::Outbound if one => "your machine".into(),
            Direction::Outbound => "your machines".into(),
            Direction::Internal if one => "a machine inside your network".into(),
            Direction::Internal => "machines inside your network".into(),
            Direction::FromFirewall => "the firewall itself".into(),
            _ if one => words::hosts(&self.initiators, 1, &self.data.names),
            _ => "the machines at the other end".into(),
        }
    }

    /// Who opened the connections, named or counted: "203.0.113.45", "611 visitors".
    pub fn clients(&self) -> String {
        if self.n_initiators == 1 {
            let host = words::hosts(&self.initiators, 1, &self.data.names);
            return match self.direction {
                Direction::Inbound => format!("the visitor {host}"),
                Direction::Outbound => format!("your machine {host}"),
                _ => host,
            };
        }
        let number = words::number(self.n_initiators);
        match self.direction {
            Direction::Inbound => format!("{number} visitors"),
            Direction::Outbound => format!("{number} of your machines"),
            Direction::Internal => format!("{number} machines inside your network"),
            _ => format!("{number} machines"),
        }
    }

    /// Who offers the service, without a number: "your web servers", "the mail server".
    pub fn whom(&self) -> String {
        let noun = service::server(self.proto, self.port, self.n_responders);
        match self.direction {
            Direction::Inbound | Direction::Internal => format!("your {noun}"),
            Direction::ToFirewall => "the firewall itself".into(),
            _ => format!("the {noun}"),
        }
    }

    /// Who offers the service, named or counted: "your web server 10.0.0.11", "8 web servers of yours".
    pub fn servers(&self) -> String {
        if self.n_responders == 1 {
            let host = words::hosts(&self.responders, 1, &self.data.names);
            return match self.direction {
                Direction::ToFirewall => format!("the firewall itself ({host})"),
                _ => format!("{} {host}", self.whom()),
            };
        }
        let noun = service::server(self.proto, self.port, self.n_responders);
        let number = words::number(self.n_responders);
        match self.direction {
            Direction::Inbound | Direction::Internal => format!("{number} {noun} of yours"),
            _ => format!("{number} {noun}"),
        }
    }

    /// The responders by name or number only: "192.0.2.20", "192.0.2.20, 192.0.2.21 and 6 others".
    pub fn targets(&self) -> String {
        words::hosts(&self.responders, self.n_responders, &self.data.names)
    }

    pub fn sources(&self) -> String {
        words::hosts(&self.initiators, self.n_initiators, &self.data.names)
    }

    pub fn span(&self) -> Micros {
        if self.first == NO_TIME {
            0
        } else {
            self.last - self.first
        }
    }

    /// The numbers that every sentence may use.
    pub fn numbers(&self, incident: &mut Incident) {
        let pairs = [
            ("connections", self.n()),
            ("packets", self.n_packets),
            ("clients", self.n_initiators),
            ("servers", self.n_responders),
        ];
        for (name, value) in pairs {
            incident.numbers.insert(name, value as i64);
        }
        if let Some(port) = self.port {
            incident.numbers.insert("port", i64::from(port));
        }
        if self.n_services > 1 {
            incident.numbers.insert("ports", self.n_services as i64);
        }
        for (name, total) in [
            ("other_clients", self.n_initiators),
            ("other_servers", self.n_responders),
        ] {
            let others = words::n_others(total);
            if others > 0 {
                incident.numbers.insert(name, others as i64);
            }
        }
    }

    /// A length of time in words; its number goes with the others.
    pub fn spell(&self, incident: &mut Incident, length: Micros) -> String {
        let text = words::duration(length);
        let mut parts = text.split(' ');
        if let (Some(Ok(value)), Some(unit)) = (
            parts.next().map(|digits| digits.replace(',', "").parse()),
            parts.next(),
        ) {
            let name = match unit {
                "minute" | "minutes" => "span_minutes",
                "hour" | "hours" => "span_hours",
                "day" | "days" => "span_days",
                _ => "span_seconds",
            };
            incident.numbers.insert(name, value);
        }
        text
    }

    /// A statement shown by the sessions of a tally.
    pub fn shown(&self, id: &'static str, weight: i32, which: Trait, text: String) -> Reasoned {
        Reasoned {
            id,
            text,
            weight,
            sessions: self.tally(which).sample.clone(),
        }
    }

    /// A statement about the whole group.
    pub fn stated(&self, id: &'static str, weight: i32, text: String) -> Reasoned {
        Reasoned {
            id,
            text,
            weight,
            sessions: self.sessions.iter().take(MAX_CITED).copied().collect(),
        }
    }

    /// "this connection", "both connections", "all 24 connections", "20 of the 24 connections".
    pub fn share(&self, n: u64) -> String {
        let total = self.n();
        match (n, total) {
            (_, 1) => "this connection".into(),
            (2, 2) => "both connections".into(),
            _ if n == total => format!("all {} connections", words::number(total)),
            _ => format!(
                "{} of the {} connections",
                words::number(n),
                words::number(total)
            ),
        }
    }
}

/// A port where something listens: it has a name, or is below the ports that programs pick. The side that uses
/// port 20 is the one that opens.
pub fn is_service(port: u16) -> bool {
    port != 20
        && port != 0
        && (port < FIRST_FREE_PORT || ports::is_top(port) || ports::is_named(proto::UNKNOWN, port))
}

/// Denied packets of a session, each record with its repeats.
fn denied_packets(data: &Dataset, idx: u32) -> u64 {
    let session = &data.sessions[idx as usize];
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

/// Counts distinct ports.
#[derive(Default)]
struct Ports(Vec<u64>);

impl Ports {
    fn add(&mut self, port: Option<u16>) {
        let Some(port) = port else { return };
        if self.0.is_empty() {
            self.0.resize(1 << 10, 0);
        }
        self.0[usize::from(port >> 6)] |= 1 << (port & 63);
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|bits| u64::from(bits.count_ones())).sum()
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
        sample.sort_unstable();
        sample.truncate(MAX_CITED);
        ((self.v4.len() + self.other.len()) as u64, sample)
    }
}
