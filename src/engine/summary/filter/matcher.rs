//! A filter made ready for a dataset: texts and networks are looked up once for each address and rule, so a session
//! costs a few integer tests.

use super::words::{outcome_words, verdict_words};
use super::{
    CountKey, End, Filter, HostMatch, HostPart, IdKey, NameKey, Range, ServiceMatch, Test,
};
use crate::engine::dataset::{Dataset, Session, Side};
use crate::engine::model::{Endpoint, Host, NameId, Names, ports};
use crate::engine::session::beat::Setting;
use crate::engine::summary::Index;
use crate::engine::summary::index::Row;
use crate::engine::summary::timeline::moment;
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use std::fmt::Write;

pub struct Matcher<'d> {
    data: &'d Dataset,
    index: &'d Index,
    terms: Vec<Ready>,
}

struct Ready {
    is_negated: bool,
    check: Check,
}

enum Check {
    /// Cheap tests read the filter's own values.
    Plain(Test),
    /// One bit set for each value, by host id, and the value's port.
    Host(End, Vec<(HostSet, Option<Range>)>),
    /// Circumstances.
    Settings(Settings),
    /// Session index ranges of incidents.
    Sessions(HashSet<u32, FixedState>),
    Text(TextCheck),
}

/// `None`: every host.
type HostSet = Option<Vec<bool>>;
type Settings = HashSet<u64, FixedState>;

struct TextCheck {
    needle: String,
    hosts: Vec<bool>,
    services: Vec<bool>,
    settings: Settings,
}

impl<'d> Matcher<'d> {
    pub fn new(filter: &Filter, data: &'d Dataset, index: &'d Index) -> Matcher<'d> {
        let ready = |test: &Test| match test {
            Test::Host(end, values) => {
                let ready = |value: &HostMatch| (hosts(value, data, index), value.port);
                Check::Host(*end, values.iter().map(ready).collect())
            }
            Test::Name(key, patterns) => Check::Settings(settings(data, |setting| {
                named(data, setting, *key, patterns)
            })),
            Test::Id(IdKey::Incident, ids) => {
                let wanted = data
                    .incidents
                    .iter()
                    .filter(|incident| ids.contains(&incident.id));
                let mut sessions = HashSet::with_hasher(FixedState::with_seed(1));
                sessions.extend(wanted.flat_map(|incident| incident.sessions.iter().copied()));
                Check::Sessions(sessions)
            }
            Test::Text(text) => Check::Text(text_check(text, data, index)),
            other => Check::Plain(other.clone()),
        };
        let terms = filter.terms.iter().map(|term| Ready {
            is_negated: term.is_negated,
            check: ready(&term.test),
        });
        Matcher {
            data,
            index,
            terms: terms.collect(),
        }
    }

    pub fn matches(&self, at: usize) -> bool {
        let (Some(session), Some(row)) = (self.data.sessions.get(at), self.index.rows.get(at))
        else {
            return false;
        };
        self.terms
            .iter()
            .all(|term| self.holds(&term.check, at, session, row) != term.is_negated)
    }

    fn holds(&self, check: &Check, at: usize, session: &Session, row: &Row) -> bool {
        match check {
            Check::Plain(test) => self.plain(test, session, row),
            Check::Host(end, values) => values
                .iter()
                .any(|(set, port)| self.host(*end, set, *port, session, row)),
            Check::Settings(settings) => session
                .beats(self.data)
                .iter()
                .any(|beat| settings.contains(&beat.setting)),
            Check::Sessions(sessions) => sessions.contains(&(at as u32)),
            Check::Text(check) => {
                check.hosts[row.left as usize]
                    || check.hosts[row.right as usize]
                    || check.services[row.service as usize]
                    || verdict_words(session.verdict).contains(&check.needle)
                    || session.verdict.name().contains(&check.needle)
                    || outcome_words(session.outcome).contains(&check.needle)
                    || session
                        .beats(self.data)
                        .iter()
                        .any(|beat| check.settings.contains(&beat.setting))
            }
        }
    }

    fn plain(&self, test: &Test, session: &Session, row: &Row) -> bool {
        match test {
            Test::Direction(list) => list.contains(&session.direction),
            Test::Verdict(list) => {
                list.contains(&session.verdict)
                    || list
                        .iter()
                        .any(|verdict| session.also >> (*verdict as u32) & 1 != 0)
            }
            Test::Outcome(list) => list.contains(&session.outcome),
            Test::Cause(list) => {
                let incident = self.data.incidents.get(session.incident as usize);
                incident
                    .and_then(|incident| incident.cause)
                    .is_some_and(|guess| list.contains(&guess.cause))
            }
            Test::Band(list) => list.contains(&session.band()),
            Test::Protocol(list) => list.contains(&session.proto(self.data)),
            Test::Service(list) => {
                let service = &self.index.services[row.service as usize];
                service.decided
                    && list.iter().any(|wanted: &ServiceMatch| {
                        wanted.proto.is_none_or(|number| number == service.proto)
                            && wanted.port.is_none_or(|range| {
                                service.port.is_some_and(|port| range.has(u64::from(port)))
                            })
                    })
            }
            Test::Port(list) => {
                let (a, b) = session.ends(self.data);
                let has = |end: Endpoint| {
                    end.port
                        .is_some_and(|port| list.iter().any(|range| range.has(u64::from(port))))
                };
                has(a) || has(b)
            }
            Test::Time(list) => {
                let (ts, _) = moment(session, self.data);
                session.has_time() && list.iter().any(|when| when.has(ts))
            }
            Test::Count(key, list) => {
                let value = match key {
                    CountKey::Bytes => match session.bytes() {
                        (None, None) => return false,
                        (asked, answered) => {
                            asked.unwrap_or(0).saturating_add(answered.unwrap_or(0))
                        }
                    },
                    CountKey::Tries => u64::from(session.tries),
                    CountKey::Lines => u64::from(session.n_events),
                };
                list.iter().any(|range| range.has(value))
            }
            Test::Id(IdKey::Session, ids) => ids.contains(&session.id(self.data)),
            Test::Host(..) | Test::Name(..) | Test::Id(..) | Test::Text(_) => false,
        }
    }

    fn host(
        &self,
        end: End,
        set: &HostSet,
        port: Option<Range>,
        session: &Session,
        row: &Row,
    ) -> bool {
        let has = |host: u32| set.as_ref().is_none_or(|set| set[host as usize]);
        let (left, right) = (has(row.left), has(row.right));
        if !left && !right {
            return false;
        }
        let (a, b) = session.ends(self.data);
        let (left_end, right_end) = if session.side == Side::B {
            (b, a)
        } else {
            (a, b)
        };
        let fits = |end: Endpoint| {
            port.is_none_or(|range| end.port.is_some_and(|port| range.has(u64::from(port))))
        };
        let (left, right) = (left && fits(left_end), right && fits(right_end));
        match end {
            End::Either => left || right,
            End::Client => left && session.side != Side::Unknown,
            End::Server => right && session.side != Side::Unknown,
            End::Source | End::Destination => {
                let left_is_a = session.side != Side::B;
                let beats = session.beats(self.data);
                beats
                    .iter()
                    .filter(|beat| !beat.is_about_error())
                    .any(|beat| {
                        let sender_is_left = session.is_from_a(beat) == left_is_a;
                        if sender_is_left == (end == End::Source) {
                            left
                        } else {
                            right
                        }
                    })
            }
        }
    }
}

fn hosts(value: &HostMatch, data: &Dataset, index: &Index) -> HostSet {
    match &value.host {
        HostPart::Any => None,
        HostPart::Net(net) => Some(
            index
                .hosts
                .iter()
                .map(|host| host.ip().is_some_and(|ip| net.contains(&ip)))
                .collect(),
        ),
        HostPart::Name(pattern) => {
            let fits = |host: &Host| {
                host.as_name()
                    .is_some_and(|name| like(data.names.or_empty(name), pattern))
            };
            Some(index.hosts.iter().map(fits).collect())
        }
    }
}

/// Equal without regard to case; a `*` at the end of the pattern stands for anything.
fn like(text: &str, pattern: &str) -> bool {
    let text = text.to_lowercase();
    pattern
        .strip_suffix('*')
        .map_or_else(|| text == pattern, |start| text.starts_with(start))
}

fn settings(data: &Dataset, fits: impl Fn(&Setting) -> bool) -> Settings {
    let mut found = HashSet::with_hasher(FixedState::with_seed(2));
    found.extend(
        data.circumstances
            .iter()
            .filter(|(_, setting)| fits(setting))
            .map(|(id, _)| *id),
    );
    found
}

fn named(data: &Dataset, setting: &Setting, key: NameKey, patterns: &[String]) -> bool {
    let any = |id: NameId| {
        id.is_some()
            && patterns
                .iter()
                .any(|pattern| like(data.names.or_empty(id), pattern))
    };
    match key {
        NameKey::Rule => any(setting.rule) || any(setting.rule_name),
        NameKey::Format => any(setting.format),
        NameKey::Device => any(setting.device) || any(setting.vsys),
    }
}

fn text_check(text: &str, data: &Dataset, index: &Index) -> TextCheck {
    let needle = text.to_lowercase();
    let has = |names: &Names, id: NameId| {
        id.is_some() && names.or_empty(id).to_lowercase().contains(&needle)
    };
    let mut buffer = String::new();
    let hosts = index
        .hosts
        .iter()
        .map(|host| match (host.ip(), host.as_name()) {
            (Some(ip), _) => {
                buffer.clear();
                let _ = write!(buffer, "{ip}");
                buffer.contains(&needle)
            }
            (None, Some(name)) => has(&data.names, name),
            (None, None) => false,
        })
        .collect();
    let services = index
        .services
        .iter()
        .map(|service| {
            service.port.is_some_and(|port| {
                ports::service_name(service.proto, port).is_some_and(|name| name.contains(&needle))
                    || port.to_string() == needle
            })
        })
        .collect();
    let settings = settings(data, |setting| {
        let names = [
            setting.device,
            setting.vsys,
            setting.rule,
            setting.rule_name,
            setting.action_raw,
            setting.app,
            setting.in_if,
            setting.out_if,
            setting.in_zone,
            setting.out_zone,
        ];
        names.iter().any(|name| has(&data.names, *name))
    });
    TextCheck {
        needle,
        hosts,
        services,
        settings,
    }
}
