//! Windows of sessions, in any order, and one session with its reasons.

use std::cmp::Ordering;

use super::{Open, id, time};
use crate::engine::dataset::{Dataset, Facts, Outcome, Session, Side};
use crate::engine::explain;
use crate::engine::judge;
use crate::engine::model::{Endpoint, ports, proto};
use crate::worker::protocol::Kept;
use crate::worker::view::{Column, Detail, Evidence, Row, Rows, Sort};

impl Open {
    pub fn rows(&mut self, turn: u32, filter: &str, sort: Sort, first: u32, count: u32) -> Kept {
        if self.ordered.as_ref().is_none_or(|(text, order, _)| text != filter || *order != sort) {
            let list = match self.match_all(filter) {
                Ok(matched) => matched.to_list(),
                Err(reason) => return Kept::BadFilter { turn, reason },
            };
            let list = ordered(&self.data, list, sort);
            self.ordered = Some((filter.to_string(), sort, list));
        }
        let list = self.ordered.as_ref().map_or(&[][..], |(_, _, list)| list);
        let end = (first as usize + count as usize).min(list.len());
        let window = list.get(first as usize..end).unwrap_or(&[]);
        let rows = window.iter().filter_map(|at| self.data.sessions.get(*at as usize)).map(|session| row(&self.data, session));
        Kept::Rows { turn, rows: Rows { first, n_matching: list.len() as u32, rows: rows.collect() } }
    }

    pub fn detail(&self, wanted: &str) -> Option<Kept> {
        let number = u64::from_str_radix(wanted, 16).ok()?;
        let data = &self.data;
        let session = data.sessions.iter().find(|session| session.id == number)?;
        // Positive speaks for the one who is said to have started it.
        let sign = if session.side == Side::B { -1 } else { 1 };
        let mut evidence: Vec<Evidence> = judge::evidence(data, session)
            .iter()
            .filter(|term| term.weight > 0)
            .map(|term| Evidence {
                id: term.id.into(),
                text: explain::term(data, session, term),
                weight: term.signed() * sign,
                has_lines: false,
            })
            .collect();
        evidence.sort_by_key(|reason| std::cmp::Reverse(reason.weight.abs()));
        let incident = data.incidents.get(session.incident as usize);
        Some(Kept::Detail(Box::new(Detail {
            row: row(data, session),
            sentence: incident.map(|incident| incident.sentence.clone()).unwrap_or_default(),
            evidence,
            facts: facts(data, session),
        })))
    }
}

/// Session indices in the wanted order; equal ones stay in the order of time.
fn ordered(data: &Dataset, mut list: Vec<u32>, sort: Sort) -> Vec<u32> {
    let session = |at: &u32| &data.sessions[*at as usize];
    let key_order = |one: &Session, other: &Session| -> Ordering {
        match sort.column {
            Column::Started => Ordering::Equal,
            Column::Initiator => left(data, one).cmp(&left(data, other)),
            Column::Service => right(data, one).cmp(&right(data, other)),
            Column::Way => one.direction.cmp(&other.direction),
            Column::What => one.outcome.cmp(&other.outcome).then(one.verdict.cmp(&other.verdict)),
            Column::Sure => one.p_milli().cmp(&other.p_milli()),
            Column::Tries => one.tries.cmp(&other.tries),
            Column::Lines => one.n_events.cmp(&other.n_events),
        }
    };
    if sort.column == Column::Started {
        // Sessions are kept in the order of their start.
        if sort.descending {
            list.reverse();
        }
        return list;
    }
    list.sort_by(|one, other| {
        let order = key_order(session(one), session(other));
        if sort.descending { order.reverse() } else { order }
    });
    list
}

fn left(data: &Dataset, session: &Session) -> (crate::engine::model::Host, Option<u16>) {
    let (initiator, _) = session.parties(data).unwrap_or_else(|| session.ends(data));
    (initiator.host, initiator.port)
}

fn right(data: &Dataset, session: &Session) -> (Option<u16>, crate::engine::model::Host) {
    let (_, responder) = session.parties(data).unwrap_or_else(|| session.ends(data));
    (responder.port, responder.host)
}

pub fn row(data: &Dataset, session: &Session) -> Row {
    let (initiator, responder) = session.parties(data).unwrap_or_else(|| session.ends(data));
    let text = |endpoint: Endpoint| endpoint.text(&data.names);
    let number = session.proto(data);
    let decided = session.side != Side::Unknown;
    let service = session
        .service_port(data)
        .map(|port| ports::service_name(number, port).map_or_else(|| proto::name(number), str::to_string))
        .or_else(|| (number != proto::UNKNOWN).then(|| proto::name(number)));
    Row {
        id: id(session.id),
        started: time(session.first),
        initiator: text(initiator),
        responder: text(responder),
        decided,
        service,
        direction: session.direction.name().into(),
        outcome: session.outcome.name().into(),
        verdict_name: session.verdict.name().into(),
        what: what(session),
        band: session.band().name().into(),
        n_tries: session.tries,
        n_lines: session.n_events,
    }
}

/// What happened, in a few words.
fn what(session: &Session) -> String {
    let words = match session.outcome {
        Outcome::Worked if session.facts.has(Facts::ENDED) => "worked, and ended",
        Outcome::Worked => "worked",
        Outcome::Blocked => "blocked",
        Outcome::Refused => "refused by the other side",
        Outcome::Unanswered => "allowed, no answer",
        Outcome::ReplyBlocked if session.facts.has(Facts::AFTER_END) => "reply blocked, after the end",
        Outcome::ReplyBlocked => "reply blocked",
        Outcome::Noise => "local noise",
        Outcome::Unknown => "cannot tell",
    };
    words.into()
}

/// What the log says about it, beside who and what.
fn facts(data: &Dataset, session: &Session) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.push((name.to_string(), value));
        }
    };
    add("From (UTC)", time(session.first));
    add("To (UTC)", time(session.last));
    add("Protocol", Some(proto::name(session.proto(data))));
    let setting = session.beats(data).first().and_then(|beat| data.circumstances.get(&beat.setting));
    let name = |id| data.names.text(id).map(str::to_string);
    if let Some(setting) = setting {
        add("Device", name(setting.device));
        add("Rule", name(setting.rule));
        add("Rule name", name(setting.rule_name));
        add("Application", name(setting.app));
        add("In", name(setting.in_if));
        add("Out", name(setting.out_if));
        add("The firewall's word", name(setting.action_raw));
    }
    let (asked, answered) = session.bytes();
    add("Bytes asked", asked.map(|n| n.to_string()));
    add("Bytes answered", answered.map(|n| n.to_string()));
    if session.n_orphans > 0 {
        add("Denied although open", Some(session.n_orphans.to_string()));
    }
    facts
}
