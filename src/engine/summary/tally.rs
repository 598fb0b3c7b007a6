//! What was read and how much of it the filter shows.

use super::{Index, Split};
use crate::engine::dataset::{Dataset, Session, Side};
use crate::engine::model::Micros;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// lines = event_lines + other + malformed + foreign + blank, whatever the filter.
    pub lines: u64,
    pub event_lines: u64,
    pub other: u64,
    pub malformed: u64,
    pub foreign: u64,
    pub blank: u64,
    pub events: u64,
    pub bytes: u64,
    /// All sessions of the input.
    pub n_sessions: u64,
    /// Those that pass the filter, by outcome.
    pub matched: Split,
    /// Their events.
    pub n_matched_events: u64,
    /// Those of them whose initiator cannot be told.
    pub n_undecided: u64,
    /// Those of them with denied packets of a conversation that was already open.
    pub n_orphaned: u64,
    pub n_incidents: u64,
    /// First and last time of any session of the input that has a date.
    pub first: Option<Micros>,
    pub last: Option<Micros>,
}

impl Tally {
    pub fn of(data: &Dataset, index: &Index) -> Tally {
        let tally = &data.tally;
        Tally {
            lines: tally.lines,
            event_lines: tally.event_lines,
            other: tally.other,
            malformed: tally.malformed,
            foreign: tally.foreign,
            blank: tally.blank,
            events: tally.events,
            bytes: tally.bytes,
            n_sessions: data.sessions.len() as u64,
            n_incidents: data.incidents.len() as u64,
            first: index.span.map(|(first, _)| first),
            last: index.span.map(|(_, last)| last),
            ..Tally::default()
        }
    }

    pub fn add(&mut self, session: &Session) {
        self.matched.add(session.outcome);
        self.n_matched_events += u64::from(session.n_events);
        self.n_undecided += u64::from(session.side == Side::Unknown);
        self.n_orphaned += u64::from(session.n_orphans > 0);
    }

    /// Lines that are neither events nor known chatter.
    pub fn n_not_understood(&self) -> u64 {
        self.malformed + self.foreign
    }
}
