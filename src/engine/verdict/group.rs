//! A group of sessions that becomes one incident, with the words and tallies that its sentences need.

use super::cause::Ranking;
use super::measure::{Found, Measuring};
use super::scene::{Device, Scene};
use super::signs::Reading;
use crate::engine::dataset::{Dataset, Direction, Incident, Reasoned, Severity, Verdict};
use crate::engine::explain::{service, words};
use crate::engine::model::{Micros, ports, proto};
use crate::engine::session::beat::NO_TIME;
use std::ops::Deref;

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
    /// Blocked for what the device found in it.
    Content,
    /// The kind of a message says who began: a question, an error, something for many.
    Kind,
    /// Inspection raised an alarm.
    Alarm,
}

pub(super) const N_TRAITS: usize = Trait::Alarm as usize + 1;

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
    /// Of a group of the watch list: places in `Dataset::watched`.
    pub listed: &'d [u32],
    /// Of a group of orphans: what was measured and which causes are probable.
    pub cause: Option<(&'d Reading, Ranking)>,
    /// What its sessions come to.
    pub found: Found,
}

impl Deref for Group<'_> {
    type Target = Found;

    fn deref(&self) -> &Found {
        &self.found
    }
}

/// Ports below this are given to services; programs pick theirs above.
pub(super) const FIRST_FREE_PORT: u16 = 1024;

/// An FTP server opens its data connections from here, unless the client asked for passive mode.
const FILE_DATA_PORT: u16 = 20;

impl<'d> Group<'d> {
    pub fn new(
        data: &'d Dataset,
        scene: &'d Scene,
        sessions: &'d [u32],
        measured: Measuring,
        cause: Option<(&'d Reading, Ranking)>,
    ) -> Group<'d> {
        Group {
            data,
            scene,
            sessions,
            listed: &[],
            cause,
            found: measured.finish(),
        }
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

    /// Opened from port 20: the data connections of an FTP server, which the client asked for.
    pub fn is_file_data(&self) -> bool {
        let is_named = |port| service::find(proto::TCP, port).is_some();
        self.proto == proto::TCP
            && !self.port.is_some_and(is_named)
            && self.sessions.iter().all(|idx| {
                let ends = self.data.sessions[*idx as usize].parties(self.data);
                ends.is_some_and(|(initiator, _)| initiator.port == Some(FILE_DATA_PORT))
            })
    }

    /// "web pages (port 80)", "8 different ports".
    pub fn service(&self) -> String {
        if self.is_file_data() {
            return match self.port.filter(|_| self.n_services <= 1) {
                Some(port) => format!("file transfer data (active FTP, port {port})"),
                None => "file transfer data (active FTP)".into(),
            };
        }
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

    /// How attempts ended: for a headline, and for a sentence. Without a refusal in the lines none is claimed.
    pub fn refusal(&self) -> (&'static str, &'static str) {
        if self.n_packets > 0 {
            ("the firewall refused", "and the firewall refused")
        } else {
            (
                "whether it got through, the lines do not say",
                "and the lines do not say whether the firewall let it pass",
            )
        }
    }

    /// Tells of connections that were blocked for what was in them; false when these are not.
    pub fn tell_content(&self, incident: &mut Incident) -> bool {
        if self.tally(Trait::Content).n < self.n() {
            return false;
        }
        let connections = words::count(self.n(), "connection", "connections");
        let (whom, it) = (self.whom(), words::plural(self.n(), "it", "them"));
        incident.numbers.insert("content", self.n() as i64);
        incident.headline = format!(
            "{} opened {connections} to {whom}; the firewall blocked what it found in {it}.",
            words::capital(&self.clients())
        );
        incident.sentence = format!(
            "The firewall looked into {connections} from {} to {} ({}) and blocked what it found there, so no rule is \
             missing. Its lines say what that was: read them before you allow anything.",
            self.clients(),
            self.servers(),
            self.aside(),
        );
        true
    }

    /// Adds that inspection raised an alarm and what follows from that, unless it is said that it blocked the content.
    pub fn tell_alarm(&self, incident: &mut Incident) {
        let n = self.tally(Trait::Alarm).n;
        if n == 0 {
            return;
        }
        incident.numbers.insert("alarms", n as i64);
        let text = format!(
            "Inspection raised an alarm about {}.",
            words::count(n, "connection", "connections")
        );
        let reason = self.shown("alarm", 0, Trait::Alarm, text);
        incident.evidence_for.push(reason);
        if self.tally(Trait::Content).n == self.n() {
            return;
        }
        let about = match n {
            _ if n == self.n() => words::plural(n, "it", "them").to_string(),
            _ => format!("{n} of them"),
        };
        let says = words::plural(n, "its line says", "their lines say");
        incident.sentence = format!(
            "{} Inspection raised an alarm about {about}; {says} what it recognized.",
            incident.sentence
        );
        let is_quiet = incident.severity == Severity::None && self.n_packets == 0;
        if is_quiet && incident.verdict != Verdict::Scan {
            incident.severity = Severity::Look;
        }
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
