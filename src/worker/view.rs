//! What the page shows of a dataset: the shapes that cross from the engine worker. Text is text; nothing is markup.
//!
//! The answer, and windows: rows on screen, one session, a few lines. The page never holds the dataset.

use serde::{Deserialize, Serialize};

use crate::engine::summary::filter::Vocabulary;

/// The answer: the same headline and incidents that `whichway report` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub headline: String,
    pub tally: Tally,
    pub n_sessions: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    /// Title and lines, most lines first.
    pub formats: Vec<(String, u64)>,
    pub devices: Vec<String>,
    pub ours: Vec<String>,
    pub incidents: Vec<Incident>,
    /// How many there are; `incidents` holds the most important ones.
    pub n_incidents: u64,
    pub limits: Vec<String>,
    /// What lines that were not understood look like, and then lines that were read by a guess.
    pub shapes: Vec<ShapeRow>,
    pub n_guessed: u64,
    /// For the offers of the filter box.
    pub vocabulary: Vocabulary,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub lines: u64,
    pub event_lines: u64,
    pub other: u64,
    pub malformed: u64,
    pub foreign: u64,
    pub blank: u64,
    pub events: u64,
}

impl Tally {
    pub fn n_unread(&self) -> u64 {
        self.malformed + self.foreign
    }
}

/// One thing that happened, with its reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: String,
    pub verdict: String,
    pub verdict_name: String,
    /// The cause that the sentence may name.
    pub cause: Option<String>,
    pub headline: String,
    pub sentence: String,
    /// `none`, `look` or `act`.
    /// What it is, where that is not the verdict in words.
    pub words: Option<String>,
    pub severity: String,
    pub band: String,
    pub direction: String,
    /// What became of most of its sessions.
    pub outcome: String,
    pub n_sessions: u64,
    pub n_lines: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    pub service: Option<String>,
    pub n_initiators: u64,
    pub n_responders: u64,
    /// At most eight.
    pub initiators: Vec<String>,
    pub ways: Option<Ways>,
    pub evidence_for: Vec<Evidence>,
    pub evidence_against: Vec<Evidence>,
    pub alternatives: Vec<String>,
    pub checks: Vec<Check>,
    /// Narrows the page to its sessions.
    pub filter: String,
}

/// The picture with two arrows: one session that stands for all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ways {
    pub initiator: String,
    pub initiator_word: String,
    pub n_more_initiators: u64,
    pub responder: String,
    pub responder_word: String,
    pub n_more_responders: u64,
    /// The logged packet went from the responder to the initiator.
    pub packet_is_answer: bool,
    /// What became of it; empty where the log does not say.
    pub packet_fate: String,
    /// Somebody else sent the question, with the initiator's address as a false sender.
    pub is_forged: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub id: String,
    pub text: String,
    /// 1/100 nat, positive: speaks for the statement; 0 where it is not a weight.
    pub weight: i32,
    /// It can show lines.
    pub has_lines: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub place: String,
    pub command: String,
    pub why: String,
}

/// Which lines: those of one shape.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShapeOf {
    pub key: String,
    /// They were read by a guess; else not at all.
    pub is_guess: bool,
}

/// Lines of one shape in one line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShapeRow {
    pub of: ShapeOf,
    pub pattern: String,
    pub n_lines: u64,
    /// Source and number of the first one.
    pub first: (String, u64),
}

/// What lines of one shape would be read as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Teaching {
    pub of: ShapeOf,
    /// Ways to cut the lines, as a mapping and as a person says it. Empty: they hold nothing to cut.
    pub splits: Vec<(String, String)>,
    pub split: String,
    pub columns: Vec<TaughtColumn>,
    /// Words of the action, and whether they mean that the traffic was let through.
    pub words: Vec<(String, Option<bool>)>,
    /// Time, ends, protocol and decision of the first lines, or why a line would not be read.
    pub preview: Vec<Result<Vec<String>, String>>,
    pub n_read: u32,
    pub n_lines: u32,
    /// Both ends have a column: it can be used.
    pub is_whole: bool,
    /// All this as a mapping.
    pub draft: String,
}

/// A cell or a pair: what it is called, what it holds in the first lines, what it was said to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaughtColumn {
    pub name: String,
    pub values: Vec<String>,
    /// A field of a mapping; empty for none.
    pub word: String,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    pub first: u32,
    /// How many match.
    pub n_matching: u32,
    pub rows: Vec<Row>,
}

/// One session in one line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub row: Row,
    pub sentence: String,
    pub evidence: Vec<Evidence>,
    pub facts: Vec<(String, String)>,
}

/// Lines to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinesOf {
    Session {
        id: String,
    },
    Incident {
        id: String,
    },
    /// The lines that one reason of an incident stands on.
    Reason {
        incident: String,
        against: bool,
        nth: u32,
    },
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
    /// How much it bears on who started the connection: 0 not, 3 most.
    pub rank: u8,
}
