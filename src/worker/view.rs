//! What the page shows of a dataset: the shapes that cross from the engine worker. Text is text; nothing is markup.
//!
//! `Report` has the fields of `whichway report --json`, because it is read from exactly that document: the page
//! cannot say anything else than the command line does. The rest are windows: rows on screen, one session, a few lines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The answer (`contract.md`, `report --json`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    pub headline: String,
    pub tally: Tally,
    pub span: Option<Span>,
    pub formats: Vec<FormatShare>,
    pub devices: Vec<String>,
    pub ours: Vec<String>,
    pub incidents: Vec<Incident>,
    pub limits: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    pub lines: u64,
    pub event_lines: u64,
    pub other: u64,
    pub malformed: u64,
    pub foreign: u64,
    pub blank: u64,
    pub events: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Span {
    pub first: Option<String>,
    pub last: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FormatShare {
    pub id: String,
    pub title: Option<String>,
    pub lines: u64,
}

/// One thing that happened, with its reasons.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Incident {
    pub id: String,
    pub verdict: String,
    pub verdict_name: Option<String>,
    pub cause: Option<Cause>,
    pub headline: String,
    pub sentence: String,
    /// `none`, `look` or `act`.
    pub severity: String,
    pub p: f64,
    pub band: String,
    pub n_sessions: u64,
    pub n_lines: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    pub service: Option<Service>,
    pub initiators: Crowd,
    pub responders: Crowd,
    pub direction: Option<String>,
    pub packet_direction: Option<String>,
    pub outcome: Option<String>,
    pub evidence_for: Vec<Evidence>,
    pub evidence_against: Vec<Evidence>,
    pub alternatives: Vec<Alternative>,
    pub checks: Vec<Check>,
    pub numbers: BTreeMap<String, serde_json::Value>,
    pub timeout_s: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cause {
    pub name: String,
    pub p: f64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    pub name: Option<String>,
    pub proto: Option<String>,
    pub port: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Crowd {
    pub count: u64,
    pub sample: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    pub id: String,
    pub weight: f64,
    pub text: String,
    pub lines: Vec<LineRef>,
}

/// What it could be instead, and what would decide.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alternative {
    pub text: String,
    pub decide: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Check {
    #[serde(rename = "where")]
    pub place: String,
    pub command: String,
    pub why: String,
}

/// A line of a source, as the command line names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct LineRef {
    pub source: String,
    pub line: u64,
}

/// Settings that change the judgement but not what was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Networks that are ours, as typed; empty means "work it out".
    pub ours: Vec<String>,
    /// Zone of stamps without one: `UTC`, `+02:00`.
    pub zone: String,
}

/// By what the sessions are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    #[default]
    Started,
    Initiator,
    Service,
    Way,
    What,
    Sure,
    Tries,
    Lines,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub column: Column,
    pub descending: bool,
}

/// A window of the sessions that match a filter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    pub first: u32,
    /// How many match.
    pub n_matching: u32,
    pub rows: Vec<Row>,
}

/// One session in one line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub id: String,
    pub started: Option<String>,
    /// `192.0.2.7:50211`. Empty when nobody can say who started it; then `ends` names both.
    pub initiator: String,
    pub responder: String,
    pub decided: bool,
    pub service: Option<String>,
    pub direction: String,
    pub outcome: String,
    pub verdict_name: String,
    /// What happened, in a few words.
    pub what: String,
    pub band: String,
    pub n_tries: u32,
    pub n_lines: u32,
}

/// One session with its reasons.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    pub row: Row,
    pub sentence: String,
    pub last: Option<String>,
    pub packet_direction: Option<String>,
    pub cause: Option<Cause>,
    pub evidence: Vec<Evidence>,
    pub facts: Vec<(String, String)>,
}

/// Lines to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinesOf {
    Session { id: String },
    Incident { id: String },
    /// The lines that one reason of an incident or of a session stands on.
    Evidence { title: String, lines: Vec<LineRef> },
    /// Lines that were not understood.
    Unread,
}

/// A window of lines, read again from the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    pub title: String,
    pub first: u32,
    pub n_total: u32,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub source: String,
    pub number: u64,
    /// Why it was not understood.
    pub reason: Option<String>,
    /// The whole line in order; pieces with a name are fields.
    pub pieces: Vec<Piece>,
    /// It was longer than what is shown.
    pub is_cut: bool,
}

/// A stretch of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub text: String,
    /// What the format calls it; empty between fields.
    pub name: String,
    pub value: String,
    pub meaning: String,
    /// It bears on who started the connection.
    pub is_key: bool,
}
