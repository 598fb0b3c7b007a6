//! Services: the port of the one who was asked, by sessions, with what a port census needs.

use super::Split;
use super::index::{Index, Row, Service};
use crate::engine::dataset::{Facts, Session, Side};
use crate::engine::model::order::Order;
use crate::engine::model::{Micros, ports, proto};
use serde::{Deserialize, Serialize};

/// The rows that a table shows; what lies beyond is summed up in `rest`.
pub const MAX_ROWS: usize = 200;

/// Most sessions first, then by protocol and port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    pub rows: Vec<PortRow>,
    pub n_services: u64,
    /// Sessions of the services that have no row.
    pub rest: Split,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortRow {
    pub proto: u8,
    /// `None` where the protocol has no ports, the log gives none, or nobody can tell who was asked.
    pub port: Option<u16>,
    /// False: sessions whose initiator, hence service, cannot be told.
    pub decided: bool,
    /// Registered name; says what the port is meant for, not what ran there.
    pub name: Option<String>,
    pub note: Option<String>,
    /// Nobody has a plain reason to use this port.
    pub odd: bool,
    pub split: Split,
    /// Distinct addresses that asked, and that were asked.
    pub n_clients: u64,
    pub n_servers: u64,
    /// Sessions with an opening packet (attempts), with the answer to one, with a reset.
    pub n_openings: u64,
    pub n_answers: u64,
    pub n_resets: u64,
    pub tries: u64,
    pub bytes_i: u64,
    pub bytes_r: u64,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
}

impl PortRow {
    /// `443/tcp`, `icmp`, `cannot tell (tcp)`.
    pub fn label(&self) -> String {
        let protocol = proto::name(self.proto);
        match (self.port, self.decided) {
            (Some(port), _) => format!("{port}/{protocol}"),
            (None, true) => protocol,
            (None, false) => format!("cannot tell ({protocol})"),
        }
    }

    /// The filter that shows just these sessions.
    pub fn filter(&self) -> String {
        let protocol = proto::name(self.proto);
        match (self.port, self.decided) {
            (Some(port), _) => format!("service:{port}/{protocol}"),
            (None, true) => format!("service:{protocol}"),
            (None, false) => format!("dir:unknown proto:{protocol}"),
        }
    }
}

/// Counts while sessions pass by.
pub struct Counter {
    rows: Vec<PortRow>,
    /// The first service in which a host was met, by side; the rare further ones are listed and counted at the end.
    first: [Vec<u32>; 2],
    more: [Vec<u64>; 2],
}

const NONE: u32 = u32::MAX;

impl Counter {
    pub fn new(index: &Index) -> Counter {
        let unmet = || vec![NONE; index.hosts.len()];
        Counter {
            rows: vec![PortRow::default(); index.services.len()],
            first: [unmet(), unmet()],
            more: [Vec::new(), Vec::new()],
        }
    }

    pub fn add(&mut self, session: &Session, row: &Row) {
        let port = &mut self.rows[row.service as usize];
        port.split.add(session.outcome);
        port.tries += u64::from(session.tries);
        let (asked, answered) = session.bytes();
        port.bytes_i = port.bytes_i.saturating_add(asked.unwrap_or(0));
        port.bytes_r = port.bytes_r.saturating_add(answered.unwrap_or(0));
        let opening = match session.side {
            Side::A => Facts::SYN_A,
            Side::B => Facts::SYN_B,
            Side::Unknown => Facts::SYN_A | Facts::SYN_B,
        };
        port.n_openings += u64::from(session.facts.any(opening));
        port.n_answers += u64::from(session.facts.any(Facts::SYNACK_A | Facts::SYNACK_B));
        port.n_resets += u64::from(session.facts.any(Facts::RESET));
        if session.has_time() {
            port.first = Some(
                port.first
                    .map_or(session.first, |first| first.min(session.first)),
            );
            port.last = Some(
                port.last
                    .map_or(session.last, |last| last.max(session.last)),
            );
        }
        for (side, host) in [row.left, row.right].into_iter().enumerate() {
            let first = &mut self.first[side][host as usize];
            if *first == NONE {
                *first = row.service;
                let distinct = if side == 0 {
                    &mut port.n_clients
                } else {
                    &mut port.n_servers
                };
                *distinct += 1;
            } else if *first != row.service {
                self.more[side].push(u64::from(row.service) << 32 | u64::from(host));
            }
        }
    }

    pub fn finish(mut self, index: &Index) -> Ports {
        for side in 0..2 {
            let more = &mut self.more[side];
            more.sort_unstable();
            more.dedup();
            for both in more.iter() {
                let row = &mut self.rows[(both >> 32) as usize];
                let distinct = if side == 0 {
                    &mut row.n_clients
                } else {
                    &mut row.n_servers
                };
                *distinct += 1;
            }
        }
        let mut rows: Vec<(Service, PortRow)> =
            index.services.iter().copied().zip(self.rows).collect();
        rows.retain(|(_, row)| !row.split.is_empty());
        rows.order_by_key(|(service, row)| (std::cmp::Reverse(row.split.total()), *service));
        let n_services = rows.len() as u64;
        let mut rest = Split::default();
        for (_, row) in rows.iter().skip(MAX_ROWS) {
            rest += row.split;
        }
        rows.truncate(MAX_ROWS);
        Ports {
            rows: rows
                .into_iter()
                .map(|(service, row)| named(service, row))
                .collect(),
            n_services,
            rest,
        }
    }
}

fn named(service: Service, row: PortRow) -> PortRow {
    let name = service
        .port
        .and_then(|port| ports::service_name(service.proto, port));
    PortRow {
        proto: service.proto,
        port: service.port,
        decided: service.decided,
        name: name.map(String::from),
        note: service
            .port
            .and_then(|port| note(service.proto, port, name.is_some(), &row)),
        odd: service
            .port
            .is_some_and(|port| ports::is_odd(service.proto, port)),
        ..row
    }
}

/// What is known of the port, and whether hits on it were attempts or answers.
fn note(number: u8, port: u16, has_name: bool, row: &PortRow) -> Option<String> {
    let known = ports::note(number, port).map(String::from);
    let known = known.or_else(|| {
        let (nearest, name) = ports::nearest_named(number, port)?;
        let is_far = port >= 32768 || port - nearest > 20;
        (!has_name && !is_far).then(|| format!("no common use known; nearest is {nearest} {name}"))
    });
    let shape = match (row.n_openings, row.n_answers + row.n_resets) {
        (0, 1..) => Some("answers only, no openings"),
        (1.., 0) if row.split.of(crate::engine::dataset::Outcome::Worked) == 0 => {
            Some("openings only, no answers")
        }
        _ => None,
    };
    match (known, shape) {
        (Some(known), Some(shape)) => Some(format!("{known}; {shape}")),
        (Some(known), None) => Some(known),
        (None, Some(shape)) if !has_name => Some(shape.to_string()),
        _ => None,
    }
}

impl Ports {
    pub fn total(&self) -> u64 {
        self.rows.iter().map(|row| row.split.total()).sum::<u64>() + self.rest.total()
    }
}
