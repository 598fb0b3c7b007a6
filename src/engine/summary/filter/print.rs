//! A filter as text again, and as chips that a person reads.

use super::words::{outcome_words, verdict_words};
use super::{CountKey, Filter, HostMatch, HostPart, Range, ServiceMatch, Term, Test};
use crate::engine::model::proto;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A term as a chip shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chip {
    /// For `Filter::without`.
    pub term_idx: usize,
    /// As typed: `verdict:orphaned_reply`.
    pub text: String,
    /// "not", where it is turned round, the key, and the values in words: `verdict: replies blocked`.
    pub label: String,
}

impl Filter {
    pub fn chips(&self) -> Vec<Chip> {
        let chip = |(term_idx, term): (usize, &Term)| Chip {
            term_idx,
            text: term.to_string(),
            label: term.label(),
        };
        self.terms.iter().enumerate().map(chip).collect()
    }
}

impl Term {
    fn label(&self) -> String {
        let values = match &self.test {
            Test::Verdict(list) => join(list, |verdict| verdict_words(*verdict).into()),
            Test::Outcome(list) => join(list, |outcome| outcome_words(*outcome).into()),
            Test::Direction(list) => join(list, |direction| {
                crate::engine::summary::directions::label(*direction).into()
            }),
            Test::Cause(list) => join(list, |cause| cause.name().into()),
            Test::Band(list) => join(list, |band| band.name().replace('_', " ")),
            Test::Text(text) => format!("“{text}”"),
            _ => self.values(),
        };
        let not = if self.is_negated { "not " } else { "" };
        match self.key() {
            Some(key) => format!("{not}{key}: {values}"),
            None => format!("{not}{values}"),
        }
    }

    /// The values as typed, without the key.
    fn values(&self) -> String {
        match &self.test {
            Test::Direction(list) => comma(list, |value| value.name().into()),
            Test::Verdict(list) => comma(list, |value| value.name().into()),
            Test::Outcome(list) => comma(list, |value| value.name().into()),
            Test::Cause(list) => comma(list, |value| value.name().into()),
            Test::Band(list) => comma(list, |value| value.name().into()),
            Test::Protocol(list) => comma(list, |value| proto::name(*value)),
            Test::Service(list) => comma(list, service),
            Test::Host(_, list) => comma(list, host),
            Test::Port(list) => comma(list, |value| range(*value, |number| number.to_string())),
            Test::Count(CountKey::Bytes, list) => comma(list, |value| range(*value, bytes)),
            Test::Count(_, list) => comma(list, |value| range(*value, |number| number.to_string())),
            Test::Name(_, list) => comma(list, |value| quoted(value)),
            Test::Time(list) => comma(list, |value| {
                let mut out = String::new();
                value.print(&mut out);
                out
            }),
            Test::Id(_, list) => comma(list, |value| format!("{value:016x}")),
            Test::Text(text) => always_quoted(text),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negated {
            out.write_str("-")?;
        }
        if let Some(key) = self.key() {
            write!(out, "{key}:")?;
        }
        out.write_str(&self.values())
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, term) in self.terms.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(out, "{space}{term}")?;
        }
        Ok(())
    }
}

impl From<Filter> for String {
    fn from(filter: Filter) -> String {
        filter.to_string()
    }
}

impl TryFrom<String> for Filter {
    type Error = super::FilterError;

    fn try_from(text: String) -> Result<Filter, super::FilterError> {
        Filter::parse(&text)
    }
}

fn comma<T>(list: &[T], text: impl Fn(&T) -> String) -> String {
    list.iter().map(text).collect::<Vec<String>>().join(",")
}

fn join<T>(list: &[T], text: impl Fn(&T) -> String) -> String {
    list.iter().map(text).collect::<Vec<String>>().join(" or ")
}

fn range(range: Range, text: impl Fn(u64) -> String) -> String {
    match (range.from, range.to) {
        (from, to) if from == to => text(from),
        (from, u64::MAX) => format!("{}..", text(from)),
        (from, to) => format!("{}..{}", text(from), text(to)),
    }
}

/// Exact: a unit only where nothing is lost.
fn bytes(count: u64) -> String {
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")] {
        if count >= unit && count.is_multiple_of(unit) {
            return format!("{}{name}", count / unit);
        }
    }
    count.to_string()
}

fn service(service: &ServiceMatch) -> String {
    let port = service
        .port
        .map(|port| range(port, |number| number.to_string()));
    match (port, service.proto) {
        (Some(port), Some(number)) => format!("{port}/{}", proto::name(number)),
        (Some(port), None) => port,
        (None, number) => number.map_or_else(String::new, proto::name),
    }
}

fn host(value: &HostMatch) -> String {
    let is_v6 = matches!(&value.host, HostPart::Net(net) if net.addr().is_ipv6());
    let text = match &value.host {
        HostPart::Any => String::new(),
        HostPart::Net(net) if net.prefix_len() == net.max_prefix_len() => net.addr().to_string(),
        HostPart::Net(net) => net.to_string(),
        HostPart::Name(name) => quoted(name),
    };
    match value.port {
        None => text,
        Some(port) => {
            let port = range(port, |number| number.to_string());
            if is_v6 {
                format!("[{text}]:{port}")
            } else {
                format!("{text}:{port}")
            }
        }
    }
}

fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "._-*/@#+".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_string()
    } else {
        always_quoted(text)
    }
}

fn always_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
