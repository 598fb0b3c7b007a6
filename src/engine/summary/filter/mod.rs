//! The filter language: `dir:inbound port:443,8443 -src:203.0.113.7 time:10:00..10:05 "no session"`.
//!
//! All terms must hold; a comma means "or"; `-` before a term turns it round. `host` and `port` mean either side,
//! `client` and `server` the judged side, `src` and `dst` what the line says. A text without a key is looked for in
//! addresses and names.

mod matcher;
mod moment;
mod parse;
mod print;
mod suggest;
mod values;
pub mod words;

pub use matcher::Matcher;
pub use parse::FilterError;
pub use print::Chip;
pub use suggest::{Suggestion, Vocabulary, suggest};

use crate::engine::dataset::{Band, Cause, Direction, Outcome, Verdict};
use crate::engine::model::Micros;
use ipnet::IpNet;
use moment::When;
use serde::{Deserialize, Serialize};

/// Crosses to the page as its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Filter {
    pub terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Written with `-`: what must not hold.
    pub is_negated: bool,
    pub test: Test,
}

/// What a term looks at. Several values: any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    Direction(Vec<Direction>),
    Verdict(Vec<Verdict>),
    Outcome(Vec<Outcome>),
    Cause(Vec<Cause>),
    Band(Vec<Band>),
    Protocol(Vec<u8>),
    Service(Vec<ServiceMatch>),
    Host(End, Vec<HostMatch>),
    Port(Vec<Range>),
    Name(NameKey, Vec<String>),
    Time(Vec<When>),
    Count(CountKey, Vec<Range>),
    Id(IdKey, Vec<u64>),
    Text(String),
}

/// Whose address a term means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Either,
    Client,
    Server,
    Source,
    Destination,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKey {
    Rule,
    Format,
    Device,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountKey {
    Bytes,
    Tries,
    Lines,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdKey {
    Incident,
    Session,
}

/// Both ends are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub from: u64,
    pub to: u64,
}

impl Range {
    pub fn has(self, value: u64) -> bool {
        (self.from..=self.to).contains(&value)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceMatch {
    pub port: Option<Range>,
    pub proto: Option<u8>,
}

/// An address, a network or a name, and perhaps a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostMatch {
    pub host: HostPart,
    pub port: Option<Range>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPart {
    Any,
    Net(IpNet),
    /// An opaque name in lower case; a `*` at its end stands for anything.
    Name(String),
}

/// The words before the colon, the one that is printed first.
pub const KEYS: &[(&str, &str)] = &[
    ("dir", "who started it, from where to where"),
    ("verdict", "what we conclude"),
    ("outcome", "what became of it"),
    ("cause", "why the firewall forgot it"),
    ("sure", "how sure the statement is"),
    ("host", "an address or network on either side"),
    ("client", "the one who started it"),
    ("server", "the one who was asked"),
    ("service", "what was asked for: a port, a name, a protocol"),
    ("port", "a port on either side"),
    ("src", "the sender that a line names"),
    ("dst", "the receiver that a line names"),
    ("proto", "tcp, udp, icmp or a number"),
    ("rule", "number or name of a rule"),
    ("device", "the firewall that wrote the line"),
    ("format", "the kind of log"),
    ("time", "when it started (UTC)"),
    ("bytes", "how much was moved"),
    ("tries", "how often it was tried"),
    ("lines", "how many lines tell of it"),
    ("incident", "one finding"),
    ("session", "one session"),
];

impl Filter {
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Reads a filter as a person types it.
    pub fn parse(text: &str) -> Result<Filter, FilterError> {
        parse::filter(text)
    }

    /// The filter with one more term, as a click on a value means it: values of one key join with "or", a value that
    /// is already there goes away, a time or a finding takes the place of the last one.
    #[must_use]
    pub fn toggled(&self, term: &Term) -> Filter {
        let mut terms = self.terms.clone();
        if let Some(at) = terms.iter().position(|known| known == term) {
            terms.remove(at);
            return Filter { terms };
        }
        let same_key =
            |known: &&mut Term| known.is_negated == term.is_negated && known.key() == term.key();
        let replaces = matches!(term.test, Test::Time(_) | Test::Id(..)) && !term.is_negated;
        let joined = terms.iter_mut().find(same_key).is_some_and(|known| {
            if replaces {
                *known = term.clone();
            }
            replaces || known.toggle_values(term)
        });
        if !joined {
            terms.push(term.clone());
        }
        terms.retain(|term| !term.is_void());
        Filter { terms }
    }

    /// The filter without its n-th term (a chip's cross).
    #[must_use]
    pub fn without(&self, term_idx: usize) -> Filter {
        let mut terms = self.terms.clone();
        if term_idx < terms.len() {
            terms.remove(term_idx);
        }
        Filter { terms }
    }

    /// A term that narrows to a stretch of time, the end excluded.
    pub fn between(from: Micros, to: Micros) -> Term {
        Term {
            is_negated: false,
            test: Test::Time(vec![When::Span {
                from: Some(from),
                to: Some(to),
            }]),
        }
    }

    /// The part of `first..=last` that terms about absolute time leave.
    pub fn narrows(&self, first: Micros, last: Micros) -> (Micros, Micros) {
        let (mut from, mut to) = (first, last);
        for term in self.terms.iter().filter(|term| !term.is_negated) {
            let Test::Time(whens) = &term.test else {
                continue;
            };
            let mut bounds: Option<(Micros, Micros)> = None;
            for when in whens {
                let When::Span { from, to } = when else {
                    bounds = None;
                    break;
                };
                let one = (from.unwrap_or(first), to.map_or(last, |to| to - 1));
                bounds = Some(
                    bounds.map_or(one, |(a, b): (Micros, Micros)| (a.min(one.0), b.max(one.1))),
                );
            }
            if let Some((a, b)) = bounds {
                (from, to) = (from.max(a), to.min(b));
            }
        }
        if from <= to {
            (from, to)
        } else {
            (first, last)
        }
    }
}

impl Term {
    pub fn parse(text: &str) -> Result<Term, FilterError> {
        let filter = Filter::parse(text)?;
        filter
            .terms
            .into_iter()
            .next()
            .ok_or_else(|| FilterError::new(1, "a filter term is needed here".into()))
    }

    pub fn key(&self) -> Option<&'static str> {
        Some(match &self.test {
            Test::Direction(_) => "dir",
            Test::Verdict(_) => "verdict",
            Test::Outcome(_) => "outcome",
            Test::Cause(_) => "cause",
            Test::Band(_) => "sure",
            Test::Protocol(_) => "proto",
            Test::Service(_) => "service",
            Test::Host(End::Either, _) => "host",
            Test::Host(End::Client, _) => "client",
            Test::Host(End::Server, _) => "server",
            Test::Host(End::Source, _) => "src",
            Test::Host(End::Destination, _) => "dst",
            Test::Port(_) => "port",
            Test::Name(NameKey::Rule, _) => "rule",
            Test::Name(NameKey::Format, _) => "format",
            Test::Name(NameKey::Device, _) => "device",
            Test::Time(_) => "time",
            Test::Count(CountKey::Bytes, _) => "bytes",
            Test::Count(CountKey::Tries, _) => "tries",
            Test::Count(CountKey::Lines, _) => "lines",
            Test::Id(IdKey::Incident, _) => "incident",
            Test::Id(IdKey::Session, _) => "session",
            Test::Text(_) => return None,
        })
    }

    /// True when both hold values of one kind; then those of `more` are added, or taken away where all are there.
    fn toggle_values(&mut self, more: &Term) -> bool {
        match (&mut self.test, &more.test) {
            (Test::Direction(list), Test::Direction(more)) => toggle(list, more),
            (Test::Verdict(list), Test::Verdict(more)) => toggle(list, more),
            (Test::Outcome(list), Test::Outcome(more)) => toggle(list, more),
            (Test::Cause(list), Test::Cause(more)) => toggle(list, more),
            (Test::Band(list), Test::Band(more)) => toggle(list, more),
            (Test::Protocol(list), Test::Protocol(more)) => toggle(list, more),
            (Test::Service(list), Test::Service(more)) => toggle(list, more),
            (Test::Host(_, list), Test::Host(_, more)) => toggle(list, more),
            (Test::Port(list), Test::Port(more)) | (Test::Count(_, list), Test::Count(_, more)) => {
                toggle(list, more);
            }
            (Test::Name(_, list), Test::Name(_, more)) => toggle(list, more),
            (Test::Id(_, list), Test::Id(_, more)) => toggle(list, more),
            (Test::Time(list), Test::Time(more)) => toggle(list, more),
            _ => return false,
        }
        true
    }

    fn is_void(&self) -> bool {
        match &self.test {
            Test::Direction(list) => list.is_empty(),
            Test::Verdict(list) => list.is_empty(),
            Test::Outcome(list) => list.is_empty(),
            Test::Cause(list) => list.is_empty(),
            Test::Band(list) => list.is_empty(),
            Test::Protocol(list) => list.is_empty(),
            Test::Service(list) => list.is_empty(),
            Test::Host(_, list) => list.is_empty(),
            Test::Port(list) | Test::Count(_, list) => list.is_empty(),
            Test::Name(_, list) => list.is_empty(),
            Test::Time(list) => list.is_empty(),
            Test::Id(_, list) => list.is_empty(),
            Test::Text(text) => text.is_empty(),
        }
    }
}

fn toggle<T: Clone + PartialEq>(list: &mut Vec<T>, more: &[T]) {
    if more.iter().all(|value| list.contains(value)) {
        list.retain(|value| !more.contains(value));
    } else {
        list.extend(
            more.iter()
                .filter(|value| !list.contains(value))
                .cloned()
                .collect::<Vec<T>>(),
        );
    }
}
