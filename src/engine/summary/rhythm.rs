//! The calls of one machine in rows of a few periods each, so that what comes at even distances stands in columns.

use crate::engine::dataset::{Dataset, Incident};
use crate::engine::detect::beacon::Rhythm;
use crate::engine::model::{Host, Micros};
use serde::{Deserialize, Serialize};

/// Rows, and the least periods of one.
const MAX_ROWS: i64 = 24;
const MIN_PERIODS: i64 = 12;
/// Calls that are drawn; of a month of calls every hour there are 720.
const MAX_CALLS: usize = 4000;

/// In order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// The machine that calls; where several do, the one that called first.
    pub client: String,
    pub period_us: Micros,
    pub n_periods_a_row: i64,
    pub first: Micros,
    pub calls: Vec<Micros>,
    /// All of the machine's calls, drawn or not.
    pub n_calls: u64,
    /// The incident's filter.
    pub filter: String,
}

/// One row: where it starts, and the calls in it.
pub struct Row<'c> {
    pub start: Micros,
    pub calls: &'c [Micros],
}

impl Calls {
    /// `None` where the incident has no rhythm.
    pub fn of(data: &Dataset, incident: &Incident) -> Option<Calls> {
        let ends = |at: u32| data.sessions.get(at as usize)?.parties(data);
        let (client, server) = ends(*incident.sessions.first()?)?;
        let is_own = |at: &u32| {
            ends(*at).is_some_and(|(own, other)| {
                (own.host, other.host, other.port) == (client.host, server.host, server.port)
            })
        };
        let own: Vec<u32> = incident.sessions.iter().copied().filter(is_own).collect();
        let rhythm = Rhythm::of(data, &own)?;
        let mut calls: Vec<Micros> = own
            .iter()
            .map(|at| data.sessions[*at as usize].first)
            .collect();
        let n_calls = calls.len() as u64;
        calls.truncate(MAX_CALLS);
        let (first, last) = (*calls.first()?, *calls.last()?);
        let n_periods = (last - first) / rhythm.period + 1;
        Some(Calls {
            client: Host::text(client.host, &data.names),
            period_us: rhythm.period,
            n_periods_a_row: (n_periods / MAX_ROWS + 1).max(MIN_PERIODS),
            first,
            calls,
            n_calls,
            filter: format!("incident:{:016x}", incident.id),
        })
    }

    pub fn row_us(&self) -> Micros {
        self.period_us * self.n_periods_a_row
    }

    /// Every call stands in one row. The first stands half a period into it, so that early and late ones keep to their
    /// column.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let origin = self.first - self.period_us / 2;
        let nth = |call: &Micros| (call - origin) / self.row_us().max(1);
        self.calls
            .chunk_by(|one, other| nth(one) == nth(other))
            .map(|calls| Row {
                start: origin + nth(&calls[0]) * self.row_us(),
                calls,
            })
            .collect()
    }
}
