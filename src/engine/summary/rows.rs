//! The sessions table: which sessions, in which order, and what a window of them shows.

use super::index::{Index, NO_RULE};
use super::{Filter, matching, wire};
use crate::engine::dataset::{
    Band, Cause, Dataset, Direction, Outcome, PacketDirection, Session, Side, Verdict,
};
use crate::engine::model::{Endpoint, Micros, NameId, Names, ports, proto};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    #[default]
    First,
    Last,
    Initiator,
    Responder,
    Service,
    Direction,
    Verdict,
    Outcome,
    Sure,
    Rule,
    Tries,
    Events,
    Orphans,
    Bytes,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub column: Column,
    pub is_descending: bool,
}

/// Indices of the sessions that pass the filter, in order. Equal ones keep the order of time; sessions without a
/// value (no time, no bytes known) come last whichever way.
pub fn order(data: &Dataset, index: &Index, filter: &Filter, sort: Sort) -> Vec<u32> {
    let mut list = matching(data, index, filter).into_list();
    if sort.column == Column::First && data.sessions.first().is_none_or(Session::has_time) {
        if sort.is_descending {
            reverse_runs(&mut list, |at| data.sessions[at as usize].first);
        }
        return list;
    }
    let keys = Keys::new(data, index, sort.column);
    let mut keyed: Vec<(u64, u32)> = list
        .iter()
        .map(|at| {
            let key = keys.of(data, index, *at as usize);
            let turned = key.map(|key| {
                if sort.is_descending {
                    u64::MAX - 1 - key
                } else {
                    key
                }
            });
            (turned.unwrap_or(u64::MAX), *at)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, at)| at).collect()
}

/// Turns an ascending list round but keeps equal ones in their order.
fn reverse_runs<K: PartialEq>(list: &mut [u32], key: impl Fn(u32) -> K) {
    list.reverse();
    list.chunk_by_mut(|one, two| key(*one) == key(*two))
        .for_each(<[u32]>::reverse);
}

/// A column as a number that sorts alike.
struct Keys {
    column: Column,
    /// Rank by host id, service id, or rule id, as the column needs.
    rank: Vec<u32>,
}

impl Keys {
    fn new(data: &Dataset, index: &Index, column: Column) -> Keys {
        let rank = match column {
            Column::Initiator | Column::Responder => ranks(index.hosts.len(), |id| {
                let host = index.hosts[id];
                (host.as_name().map(|name| data.names.or_empty(name)), host)
            }),
            Column::Service => ranks(index.services.len(), |id| {
                let service = index.services[id];
                (
                    !service.decided,
                    service.port.is_none(),
                    service.port,
                    service.proto,
                )
            }),
            Column::Rule => ranks(index.rules.len(), |id| {
                let rule = index.rules[id];
                let text = data.names.or_empty(rule.rule);
                (
                    text.parse::<u64>().map_err(|_| text),
                    data.names.or_empty(rule.name),
                    rule.implicit,
                    data.names.or_empty(rule.device),
                )
            }),
            _ => Vec::new(),
        };
        Keys { column, rank }
    }

    fn of(&self, data: &Dataset, index: &Index, at: usize) -> Option<u64> {
        let (session, row) = (&data.sessions[at], &index.rows[at]);
        // Times fit 63 bits once they are moved above zero; no log is from before 1677.
        let time = |ts: Micros| {
            session
                .has_time()
                .then(|| (ts.saturating_add(1 << 62)).max(0) as u64)
        };
        let end = |host: u32, end: Endpoint| {
            Some(u64::from(self.rank[host as usize]) << 16 | u64::from(end.port.unwrap_or(0)))
        };
        let (left, right) = ends(session, data);
        match self.column {
            Column::First => time(session.first),
            Column::Last => time(session.last),
            Column::Initiator => end(row.left, left),
            Column::Responder => end(row.right, right),
            Column::Service => Some(u64::from(self.rank[row.service as usize])),
            Column::Direction => Some(session.direction as u64),
            Column::Verdict => Some(session.verdict as u64),
            Column::Outcome => Some(session.outcome as u64),
            Column::Sure => Some(session.band() as u64 * 2000 + u64::from(session.p_milli())),
            Column::Rule => (row.rule != NO_RULE).then(|| u64::from(self.rank[row.rule as usize])),
            Column::Tries => Some(u64::from(session.tries)),
            Column::Events => Some(u64::from(session.n_events)),
            Column::Orphans => Some(u64::from(session.n_orphans)),
            Column::Bytes => match session.bytes() {
                (None, None) => None,
                (one, two) => Some(
                    one.unwrap_or(0)
                        .saturating_add(two.unwrap_or(0))
                        .min(u64::MAX - 2),
                ),
            },
        }
    }
}

fn ranks<K: Ord>(n: usize, key: impl Fn(usize) -> K) -> Vec<u32> {
    let mut ids: Vec<u32> = (0..n as u32).collect();
    ids.sort_by_cached_key(|id| key(*id as usize));
    let mut rank = vec![0; n];
    for (place, id) in ids.into_iter().enumerate() {
        rank[id as usize] = place as u32;
    }
    rank
}

/// (initiator, responder), or (sender of the first event, its receiver) where nobody can tell.
pub fn ends(session: &Session, data: &Dataset) -> (Endpoint, Endpoint) {
    let (a, b) = session.ends(data);
    if session.side == Side::B {
        (b, a)
    } else {
        (a, b)
    }
}

/// One side of a session as a table shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndView {
    pub host: String,
    pub port: Option<u16>,
    /// "ours", "theirs", "group", "unknown".
    pub role: String,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowView {
    /// Index into the dataset's sessions; what questions about this session name.
    pub session_idx: u32,
    /// 16 hex digits, stable for the same input.
    pub id: String,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
    /// False: nobody can tell who started it; `left` is then the sender of the first event.
    pub is_decided: bool,
    pub left: EndView,
    pub right: EndView,
    pub proto: String,
    /// Registered name of the responder's port.
    pub service: Option<String>,
    #[serde(with = "wire::direction")]
    pub direction: Direction,
    #[serde(with = "wire::packet_direction")]
    pub packet_direction: PacketDirection,
    #[serde(with = "wire::verdict")]
    pub verdict: Verdict,
    #[serde(with = "wire::outcome")]
    pub outcome: Outcome,
    #[serde(with = "wire::cause")]
    pub cause: Option<Cause>,
    #[serde(with = "wire::band")]
    pub band: Band,
    pub p_milli: u16,
    pub tries: u32,
    pub n_events: u32,
    pub n_orphans: u32,
    /// Sent by the left and by the right.
    pub bytes_left: Option<u64>,
    pub bytes_right: Option<u64>,
    pub rule: Option<String>,
    pub device: Option<String>,
    pub incident_idx: Option<u32>,
}

/// What the rows of `list` show; ask for a window, not for all.
pub fn window(data: &Dataset, index: &Index, list: &[u32]) -> Vec<RowView> {
    list.iter().filter_map(|at| row(data, index, *at)).collect()
}

pub fn row(data: &Dataset, index: &Index, session_idx: u32) -> Option<RowView> {
    let session = data.sessions.get(session_idx as usize)?;
    let row = index.rows.get(session_idx as usize)?;
    let (left, right) = ends(session, data);
    let number = session.proto(data);
    let incident = data.incidents.get(session.incident as usize);
    let (sent_left, sent_right) = session.bytes();
    let rule = &index.rules[row.rule as usize];
    Some(RowView {
        session_idx,
        id: id_text(session.id(data)),
        first: session.has_time().then_some(session.first),
        last: session.has_time().then_some(session.last),
        is_decided: session.side != Side::Unknown,
        left: end_view(left, data),
        right: end_view(right, data),
        proto: proto::name(number),
        service: session
            .service_port(data)
            .and_then(|port| ports::service_name(number, port))
            .map(String::from),
        direction: session.direction,
        packet_direction: session.packet_direction,
        verdict: session.verdict,
        outcome: session.outcome,
        cause: incident
            .and_then(|incident| incident.cause)
            .filter(|guess| guess.named)
            .map(|guess| guess.cause),
        band: session.band(),
        p_milli: session.p_milli(),
        tries: session.tries,
        n_events: session.n_events,
        n_orphans: session.n_orphans,
        bytes_left: sent_left,
        bytes_right: sent_right,
        rule: rule_text(&data.names, rule.rule, rule.name, rule.implicit),
        device: device(session, data)
            .and_then(|device| data.names.text(device))
            .map(String::from),
        incident_idx: incident.map(|_| session.incident),
    })
}

/// As every document prints an id: 16 hex digits, because larger numbers do not survive JavaScript.
pub fn id_text(id: u64) -> String {
    format!("{id:016x}")
}

fn end_view(end: Endpoint, data: &Dataset) -> EndView {
    EndView {
        host: end.host.text(&data.names),
        port: end.port,
        role: super::hosts::role(data.roles.of(end.host)).to_string(),
    }
}

fn rule_text(names: &Names, rule: NameId, name: NameId, is_implicit: bool) -> Option<String> {
    let rule = names.text(rule).or_else(|| names.text(name));
    rule.map(String::from)
        .or_else(|| is_implicit.then(|| "default deny".into()))
}

/// The device that wrote the first event.
pub fn device(session: &Session, data: &Dataset) -> Option<NameId> {
    let beat = session.beats(data).first()?;
    data.circumstances
        .get(&beat.setting)
        .map(|setting| setting.device)
        .filter(|device| device.is_some())
}
