//! Clean-up of pasted text, before records are read (domain §3.0): what mail programs, web pages, editors and
//! terminals did to log lines is undone, and every step that acted is counted so that the page can say so.
//!
//! A plan says which steps a source needs; the survey makes it by trying all of them on samples. Without a plan
//! nothing here runs. Steps that look at whole blocks hold the lines up to the next blank one.

pub mod asked;
pub mod columns;
pub mod envelope;
pub mod json;
pub mod paragraph;
pub mod prefix;
pub mod seam;
pub mod split;
pub mod start;
pub mod text;
pub mod wrap;

use super::lines::RawLine;
use asked::{Ask, nobody};

/// Which steps a source needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Plan {
    /// HTML entities.
    pub entities: bool,
    /// HTML tags; `<br>` and its like end records.
    pub tags: bool,
    /// Typographic quotes, dashes, arrows, blanks, invisible characters.
    pub typography: bool,
    /// Log lines inside JSON.
    pub envelopes: bool,
    /// Several records on one line.
    pub split: bool,
    /// Prefixes, wrapped lines, quoted line breaks: lines are held until the next blank one.
    pub blocks: bool,
}

impl Plan {
    pub const ALL: Plan = Plan {
        entities: true,
        tags: true,
        typography: true,
        envelopes: true,
        split: true,
        blocks: true,
    };
    /// What can be done line by line, whatever the size of the source.
    pub const BY_LINE: Plan = Plan {
        blocks: false,
        ..Plan::ALL
    };

    pub fn is_empty(self) -> bool {
        self == Plan::default()
    }
}

/// One thing that was undone.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
#[repr(u8)]
pub enum StepKind {
    Entities,
    Tags,
    Typography,
    QuoteMarks,
    TableBars,
    Numbering,
    FileNames,
    Bullets,
    Prompts,
    Backticks,
    Indent,
    Fences,
    Unwrapped,
    QuotedBreaks,
    Split,
    JoinedJson,
    Containers,
    Envelopes,
}

impl StepKind {
    pub const ALL: [StepKind; 18] = [
        StepKind::Entities,
        StepKind::Tags,
        StepKind::Typography,
        StepKind::QuoteMarks,
        StepKind::TableBars,
        StepKind::Numbering,
        StepKind::FileNames,
        StepKind::Bullets,
        StepKind::Prompts,
        StepKind::Backticks,
        StepKind::Indent,
        StepKind::Fences,
        StepKind::Unwrapped,
        StepKind::QuotedBreaks,
        StepKind::Split,
        StepKind::JoinedJson,
        StepKind::Containers,
        StepKind::Envelopes,
    ];

    /// What was done, for a person: "HTML entities decoded".
    pub fn text(self) -> &'static str {
        match self {
            StepKind::Entities => "HTML entities decoded",
            StepKind::Tags => "HTML tags removed",
            StepKind::Typography => "typographic quotes, dashes and blanks made plain",
            StepKind::QuoteMarks => "quotation marks of a mail or forum removed",
            StepKind::TableBars => "bars of a text table removed",
            StepKind::Numbering => "line numbers removed",
            StepKind::FileNames => "file names of a search removed",
            StepKind::Bullets => "bullets removed",
            StepKind::Prompts => "shell prompts removed",
            StepKind::Backticks => "backticks removed",
            StepKind::Indent => "indentation removed",
            StepKind::Fences => "lines that only mark a code block skipped",
            StepKind::Unwrapped => "wrapped lines joined",
            StepKind::QuotedBreaks => "line breaks inside quoted cells joined",
            StepKind::Split => "records that shared a line separated",
            StepKind::JoinedJson => "JSON objects over many lines joined",
            StepKind::Containers => "names of containers removed",
            StepKind::Envelopes => "log lines taken out of JSON",
        }
    }
}

/// A step that acted, and on how many lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Step {
    pub kind: StepKind,
    pub n_lines: u64,
}

/// How many lines each step changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts([u64; StepKind::ALL.len()]);

impl Counts {
    pub fn add(&mut self, kind: StepKind, n_lines: u64) {
        self.0[kind as usize] += n_lines;
    }

    pub fn of(&self, kind: StepKind) -> u64 {
        self.0[kind as usize]
    }

    /// The steps that acted, in the order in which they run.
    pub fn steps(&self) -> Vec<Step> {
        let all = StepKind::ALL.iter().map(|kind| Step {
            kind: *kind,
            n_lines: self.of(*kind),
        });
        all.filter(|step| step.n_lines > 0).collect()
    }

    /// The smallest plan that does what was done here.
    pub fn plan(&self) -> Plan {
        let by_line = [
            StepKind::Entities,
            StepKind::Tags,
            StepKind::Typography,
            StepKind::Envelopes,
            StepKind::Split,
        ];
        Plan {
            entities: self.of(StepKind::Entities) > 0,
            tags: self.of(StepKind::Tags) > 0,
            typography: self.of(StepKind::Typography) > 0,
            envelopes: self.of(StepKind::Envelopes) > 0,
            split: self.of(StepKind::Split) > 0,
            blocks: self
                .steps()
                .iter()
                .any(|step| !by_line.contains(&step.kind)),
        }
    }
}

/// The text of one record after clean-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawRecord<'a> {
    pub text: &'a [u8],
    /// Of its first line, in the decoded stream.
    pub offset: u64,
    /// Number of its first line, counted from 0 at the start of this range.
    pub line: u64,
    /// Lines that this record accounts for: 0 for a further record of the same line, more for a joined one.
    pub n_lines: u32,
    pub truncated: bool,
}

/// A line, or a part of one, that is held until its block is complete.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub text: Vec<u8>,
    pub offset: u64,
    pub line: u64,
    pub n_lines: u32,
    pub truncated: bool,
}

/// Places without a beginning of their own at which one line is cut, at most.
const MAX_SEAMS: usize = 64;
/// A block without a blank line is cut after so many lines, so that memory stays bounded.
const MAX_BLOCK: usize = 10_000;

/// Runs a plan over lines.
#[derive(Debug)]
pub struct Cleaner {
    plan: Plan,
    ask: Ask,
    /// Places without a beginning of their own at which one line is cut, at most.
    max_seams: usize,
    counts: Counts,
    block: Vec<Row>,
    text: text::Scratch,
}

impl Cleaner {
    pub fn new(plan: Plan) -> Cleaner {
        Cleaner::asking(plan, nobody)
    }

    /// A cleaner that asks the formats where lengths and beginnings leave it open.
    pub fn asking(plan: Plan, ask: Ask) -> Cleaner {
        Cleaner {
            plan,
            ask,
            max_seams: MAX_SEAMS,
            counts: Counts::default(),
            block: Vec::new(),
            text: text::Scratch::default(),
        }
    }

    /// From now on lines are cut only where a beginning tells.
    pub fn ignore_seams(&mut self) {
        self.max_seams = 0;
    }

    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    pub fn feed(&mut self, line: RawLine<'_>, number: u64, each: &mut impl FnMut(RawRecord<'_>)) {
        let by = (self.plan, self.ask, self.max_seams);
        let cleaned = self.text.clean(line.bytes, self.plan, &mut self.counts);
        // Tags that end a line were turned into line ends; the parts share this line.
        for (nth, part) in cleaned.split(|byte| *byte == b'\n').enumerate() {
            let n_lines = u32::from(nth == 0);
            if self.plan.blocks {
                let row = Row {
                    text: part.to_vec(),
                    offset: line.offset,
                    line: number,
                    n_lines,
                    truncated: line.truncated,
                };
                if part.trim_ascii().is_empty() {
                    give_block(&mut self.block, by, &mut self.counts, false, each);
                    give(&row, by, &mut self.counts, each);
                } else {
                    self.block.push(row);
                }
            } else {
                let record = RawRecord {
                    text: part,
                    offset: line.offset,
                    line: number,
                    n_lines,
                    truncated: line.truncated,
                };
                give_parts(record, by, &mut self.counts, each);
            }
        }
        if self.block.len() >= MAX_BLOCK {
            give_block(&mut self.block, by, &mut self.counts, true, each);
        }
    }

    pub fn finish(&mut self, each: &mut impl FnMut(RawRecord<'_>)) {
        let by = (self.plan, self.ask, self.max_seams);
        give_block(&mut self.block, by, &mut self.counts, false, each);
    }
}

/// What is done to a line: the plan, who is asked, and the most seams.
type By = (Plan, Ask, usize);

/// `goes_on`: the block was cut for its length, so its last record may not be complete; it is kept.
fn give_block(
    block: &mut Vec<Row>,
    by: By,
    counts: &mut Counts,
    goes_on: bool,
    each: &mut impl FnMut(RawRecord<'_>),
) {
    if block.is_empty() {
        return;
    }
    let mut rows = json::join(std::mem::take(block), counts);
    prefix::strip(&mut rows, counts);
    let whole = asked::by_hand(&rows, by.1, counts)
        .or_else(|| asked::join(&rows, by.1, counts))
        .or_else(|| columns::join(&rows, counts));
    let mut rows = match whole {
        Some(whole) => paragraph::join(whole, counts),
        None => wrap::join(rows, by.1, counts),
    };
    if goes_on && rows.len() > 1 {
        block.extend(rows.pop());
    }
    for row in &rows {
        give(row, by, counts, each);
    }
}

fn give(row: &Row, by: By, counts: &mut Counts, each: &mut impl FnMut(RawRecord<'_>)) {
    let record = RawRecord {
        text: &row.text,
        offset: row.offset,
        line: row.line,
        n_lines: row.n_lines,
        truncated: row.truncated,
    };
    give_parts(record, by, counts, each);
}

fn give_parts(
    record: RawRecord<'_>,
    (plan, ask, max_seams): By,
    counts: &mut Counts,
    each: &mut impl FnMut(RawRecord<'_>),
) {
    let mut n_parts = 0;
    let mut is_split = false;
    let mut pass = |text: &[u8]| {
        let n_lines = if n_parts == 0 { record.n_lines } else { 0 };
        n_parts += 1;
        each(RawRecord {
            text,
            n_lines,
            ..record
        });
    };
    let mut split = |text: &[u8]| {
        if !plan.split {
            return pass(text);
        }
        let mut n_records = 0;
        split::parts(text, ask, max_seams, &mut |part| {
            n_records += 1;
            pass(part);
        });
        is_split |= n_records > 1;
    };
    let is_envelope = plan.envelopes && envelope::parts(record.text, &mut split);
    if is_envelope {
        counts.add(StepKind::Envelopes, 1);
    } else {
        split(record.text);
    }
    if is_split {
        counts.add(StepKind::Split, 1);
    }
}

#[cfg(test)]
mod tests;
