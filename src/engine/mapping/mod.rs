//! What a person says about lines that no format knows: how they are cut into cells or pairs, and what those hold.
//!
//! A mapping is headings for a table that has none, or a dictionary for names that nobody else uses. It is a small
//! text (`text.rs`), so that it can be kept, sent and given back to the page and to the command line; it is worked
//! out from the values as far as they tell (`guess.rs`), and `format/generic_csv` reads lines by it.

pub mod guess;
mod text;

pub use text::{Fault, MAX_TEXT, draft, is_mapping, parse};

use super::format::generic_csv::Column;
use super::model::order::Order;
use super::source::csv::Delimiter;
use super::source::time::DayOrder;

/// Layouts, in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    pub layouts: Vec<Layout>,
}

/// One kind of line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub split: Split,
    pub parts: Vec<Part>,
    /// For dates of two numbers.
    pub dates: DayOrder,
    /// Words of the action and whether they mean that the traffic was let through, where they do not say it themselves.
    pub decisions: Vec<(String, Decision)>,
}

/// How a line is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    Table {
        delimiter: Delimiter,
        n_columns: usize,
        /// A line may have further columns, which mean nothing.
        or_more: bool,
    },
    Pairs(Pairs),
}

/// What stands between two pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairs {
    /// `a=1 b="2"`
    Blank,
    /// `a=1,b=2`
    Comma,
    Semicolon,
    Bar,
    /// `A: 1, B: 2`
    Colon,
    /// `{"a":1,"b":{"c":2}}`; the inner name is `b.c`.
    Json,
}

/// What a cell or a pair holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub column: Column,
    pub of: Of,
}

impl Part {
    /// Cells as they stand, names by what they mean.
    fn rank(&self) -> (usize, u8) {
        match self.of {
            Of::Cells { first, .. } => (first, 0),
            Of::Name(_) => (0, self.column as u8),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// Cells from 0, the last one included: a time may fill several.
    Cells {
        first: usize,
        last: usize,
    },
    Name(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    Denied,
}

/// More cells than this are no table for people.
pub const MAX_COLUMNS: usize = 200;

impl Mapping {
    pub fn is_empty(&self) -> bool {
        self.layouts.is_empty()
    }

    /// Puts a layout first; an older one for lines that are cut the same way goes.
    pub fn learn(&mut self, layout: Layout) {
        self.layouts.retain(|known| known.split != layout.split);
        self.layouts.insert(0, layout);
        self.layouts.truncate(text::MAX_LAYOUTS);
    }
}

impl Layout {
    pub fn new(split: Split) -> Layout {
        Layout {
            split,
            parts: Vec::new(),
            dates: DayOrder::DayFirst,
            decisions: Vec::new(),
        }
    }

    /// What a cell holds.
    pub fn column_of(&self, of: &Of) -> Option<Column> {
        let part = self.parts.iter().find(|part| part.of.meets(of))?;
        Some(part.column)
    }

    /// Gives a cell another meaning, or none. Neighbouring cells of a time become one; anything else has one place.
    pub fn assign(&mut self, of: Of, column: Option<Column>) {
        self.parts.retain(|part| !part.of.meets(&of));
        let Some(column) = column else { return };
        let mut of = of;
        let before = self.parts.iter().position(|part| part.column == column);
        if let Some(before) = before {
            let old = self.parts.remove(before);
            if column == Column::Time {
                of = of.joined(&old.of);
            }
        }
        self.parts.push(Part { column, of });
        self.parts.order_by_key(Part::rank);
    }

    /// Says what a word of the action means, or that it means nothing of the kind.
    pub fn decide(&mut self, word: &str, decision: Option<Decision>) {
        self.decisions.retain(|(known, _)| known != word);
        if let Some(decision) = decision {
            self.decisions.push((word.to_string(), decision));
        }
    }

    /// Both ends of a connection have a place.
    pub fn has_both_ends(&self) -> bool {
        let has = |is: fn(Column) -> bool| self.parts.iter().any(|part| is(part.column));
        has(Column::is_source) && has(Column::is_destination)
    }
}

impl Of {
    /// Whether two places share a cell.
    fn meets(&self, other: &Of) -> bool {
        match (self, other) {
            (
                Of::Cells { first, last },
                Of::Cells {
                    first: from,
                    last: to,
                },
            ) => first <= to && from <= last,
            (one, other) => one == other,
        }
    }

    /// With the neighbour; as it is when the other one stands elsewhere.
    fn joined(self, other: &Of) -> Of {
        match (&self, other) {
            (
                Of::Cells { first, last },
                Of::Cells {
                    first: from,
                    last: to,
                },
            ) if to + 1 == *first || last + 1 == *from => Of::Cells {
                first: *first.min(from),
                last: *last.max(to),
            },
            _ => self,
        }
    }
}
