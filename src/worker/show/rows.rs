//! Windows of sessions, in any order, and one session with its reasons.

use super::{Open, id, time};
use crate::engine::dataset::{Dataset, Facts, Outcome, Session, Side, Verdict};
use crate::engine::judge;
use crate::engine::model::order::Order;
use crate::engine::model::{Endpoint, ports, proto};
use crate::engine::share;
use crate::engine::summary::filter::Filter;
use crate::engine::summary::rows;
use crate::worker::protocol::Kept;
use crate::worker::view::{Column, Detail, Evidence, Row, Rows, Sort};

impl Open {
    pub fn rows(&mut self, turn: u32, filter: &str, sort: Sort, first: u32, count: u32) -> Kept {
        if self
            .ordered
            .as_ref()
            .is_none_or(|(text, order, _)| text != filter || *order != sort)
        {
            let filter_terms = match Filter::parse(filter) {
                Ok(parsed) => parsed,
                Err(error) => {
                    return Kept::BadFilter {
                        turn,
                        reason: error.to_string(),
                    };
                }
            };
            let sorted = rows::Sort {
                column: column(sort.column),
                is_descending: sort.descending,
            };
            let list = rows::order(&self.data, &self.index, &filter_terms, sorted);
            self.ordered = Some((filter.to_string(), sort, list));
        }
        let list = self.ordered.as_ref().map_or(&[][..], |(_, _, list)| list);
        let end = (first as usize + count as usize).min(list.len());
        let window = list.get(first as usize..end).unwrap_or(&[]);
        let rows = window
            .iter()
            .filter_map(|at| self.data.sessions.get(*at as usize))
            .map(|session| row(&self.data, session));
        Kept::Rows {
            turn,
            rows: Rows {
                first,
                n_matching: list.len() as u32,
                rows: rows.collect(),
            },
        }
    }

    pub fn detail(&self, wanted: &str) -> Option<Kept> {
        let number = u64::from_str_radix(wanted, 16).ok()?;
        let data = &self.data;
        let session = data
            .sessions
            .iter()
            .find(|session| session.id(data) == number)?;
        // Positive speaks for the one who is said to have started it.
        let sign = if session.side == Side::B { -1 } else { 1 };
        let mut evidence: Vec<Evidence> = judge::evidence(data, session)
            .iter()
            .filter(|term| term.weight > 0)
            .map(|term| Evidence {
                id: term.id.into(),
                text: share::evidence::sentence(data, session, term),
                weight: term.signed() * sign,
                has_lines: false,
            })
            .collect();
        evidence.order_by_key(|reason| std::cmp::Reverse(reason.weight.abs()));
        let incident = data.incidents.get(session.incident as usize);
        Some(Kept::Detail(Box::new(Detail {
            row: row(data, session),
            sentence: incident
                .map(|incident| incident.sentence.clone())
                .unwrap_or_default(),
            evidence,
            facts: facts(data, session),
        })))
    }
}

fn column(column: Column) -> rows::Column {
    match column {
        Column::Started => rows::Column::First,
        Column::Initiator => rows::Column::Initiator,
        Column::Service => rows::Column::Responder,
        Column::Way => rows::Column::Direction,
        Column::What => rows::Column::Outcome,
        Column::Sure => rows::Column::Sure,
        Column::Tries => rows::Column::Tries,
        Column::Lines => rows::Column::Events,
    }
}

pub fn row(data: &Dataset, session: &Session) -> Row {
    let (initiator, responder) = session.parties(data).unwrap_or_else(|| session.ends(data));
    let text = |endpoint: Endpoint| endpoint.text(&data.names);
    let number = session.proto(data);
    let decided = session.side != Side::Unknown;
    let service = session
        .service_port(data)
        .map(|port| {
            ports::service_name(number, port).map_or_else(|| proto::name(number), str::to_string)
        })
        .or_else(|| (number != proto::UNKNOWN).then(|| proto::name(number)));
    Row {
        id: id(session.id(data)),
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

/// `2014-02-19 10:15:02`.
fn plain(stamp: String) -> String {
    stamp.get(..19).unwrap_or(&stamp).replace('T', " ")
}

/// What happened, in a few words.
fn what(session: &Session) -> String {
    let words = match session.outcome {
        Outcome::Worked if session.facts.has(Facts::ENDED) => "worked, and ended",
        Outcome::Worked => "worked",
        Outcome::Blocked => "blocked",
        Outcome::Refused => "refused by the other side",
        Outcome::Unanswered => "allowed, no answer",
        Outcome::ReplyBlocked if session.facts.has(Facts::AFTER_END) => {
            "reply blocked, after the end"
        }
        Outcome::ReplyBlocked => "reply blocked",
        Outcome::Noise => match session.verdict {
            Verdict::Backscatter => "answer to a forged packet",
            Verdict::ImpossiblePacket => "impossible packet",
            _ => "local noise",
        },
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
    add("From (UTC)", time(session.first).map(plain));
    add("To (UTC)", time(session.last).map(plain));
    add("Protocol", Some(proto::name(session.proto(data))));
    let setting = session
        .beats(data)
        .first()
        .and_then(|beat| data.circumstances.get(&beat.setting));
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
