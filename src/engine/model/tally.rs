//! What became of every line: `lines = with events + other + malformed + foreign + blank`.

use super::place::Place;
use std::ops::AddAssign;

/// Why a line of a known format could not be read, or why no format knew it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum Reason {
    /// No format claims it.
    NoFormat = 0,
    /// A required address is missing.
    NoAddress = 1,
    /// An address, port or protocol that is none.
    BadEndpoint = 2,
    BadTime = 3,
    /// Fewer or more fields than the format has.
    FieldCount = 4,
    /// The record stops in the middle.
    Cut = 5,
    /// A number that is none or does not fit.
    BadNumber = 6,
    /// Nesting, quoting or escaping is broken.
    BadSyntax = 7,
    /// More bytes on one line than are kept.
    TooLong = 8,
    /// A row that needs a header line, and none was seen.
    NoHeader = 9,
}

impl Reason {
    pub const ALL: [Reason; 10] = [
        Reason::NoFormat,
        Reason::NoAddress,
        Reason::BadEndpoint,
        Reason::BadTime,
        Reason::FieldCount,
        Reason::Cut,
        Reason::BadNumber,
        Reason::BadSyntax,
        Reason::TooLong,
        Reason::NoHeader,
    ];

    pub fn from_byte(byte: u8) -> Reason {
        Reason::ALL
            .get(usize::from(byte))
            .copied()
            .unwrap_or(Reason::NoFormat)
    }

    /// A sentence for a person.
    pub fn text(self) -> &'static str {
        match self {
            Reason::NoFormat => "no known log format looks like this line",
            Reason::NoAddress => "an address that this kind of line must have is missing",
            Reason::BadEndpoint => "an address, port or protocol in it is not one",
            Reason::BadTime => "its date or time is not one",
            Reason::FieldCount => "it has fewer or more fields than its format",
            Reason::Cut => "it stops in the middle",
            Reason::BadNumber => "a number in it is not one, or is too large",
            Reason::BadSyntax => "its quotes, brackets or escapes do not close",
            Reason::TooLong => {
                "it is longer than 64 KiB, of which only the start is read; a JSON document in one line can be printed one object a line first (`jq -c '.[]'`)"
            }
            Reason::NoHeader => {
                "it is a table row, and the header that names its columns was not seen"
            }
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Reason::NoFormat => "no_format",
            Reason::NoAddress => "no_address",
            Reason::BadEndpoint => "bad_endpoint",
            Reason::BadTime => "bad_time",
            Reason::FieldCount => "field_count",
            Reason::Cut => "cut",
            Reason::BadNumber => "bad_number",
            Reason::BadSyntax => "bad_syntax",
            Reason::TooLong => "too_long",
            Reason::NoHeader => "no_header",
        }
    }
}

/// A line that gave no event although it is not blank and not known chatter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub struct Unread {
    pub place: Place,
    /// Line within its range, from 0; from the start of the source once ranges are joined.
    pub line: u32,
    pub reason: Reason,
    /// False: no format claimed it. True: a format did and failed.
    pub malformed: bool,
}

/// Counts of lines and events.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    pub lines: u64,
    pub event_lines: u64,
    /// Ours, not traffic (headers, logins, statistics).
    pub other: u64,
    pub malformed: u64,
    pub foreign: u64,
    pub blank: u64,
    pub events: u64,
    pub bytes: u64,
}

impl Tally {
    /// The identity that must hold for every input.
    pub fn adds_up(&self) -> bool {
        self.lines == self.event_lines + self.other + self.malformed + self.foreign + self.blank
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.lines += other.lines;
        self.event_lines += other.event_lines;
        self.other += other.other;
        self.malformed += other.malformed;
        self.foreign += other.foreign;
        self.blank += other.blank;
        self.events += other.events;
        self.bytes += other.bytes;
    }
}
