//! Tables of any origin whose first row names the columns: CSV and its relatives, tables set apart by blanks, and
//! flat JSON objects and `name=value` pairs with the same names.
//!
//! Sample   `Zeit;Aktion;Quelle;Quellport;Ziel;Zielport;Protokoll`
//! Fields   by the names of the columns, in four languages (`columns.rs`)
//! Quirks   A lone `port` is the destination's. Columns called client, initiator or originator say who opened
//!          the connection; columns called source and destination do not.
//!          Dates of two numbers are day first unless all headings are English.
//!          What has no headings is read by a mapping (`mapped.rs`).
//! Ignored  Columns whose names are not known.
//! Spec     <https://www.rfc-editor.org/rfc/rfc4180>

mod columns;
mod json;
mod keyvalue;
pub mod mapped;
mod row;

pub use self::columns::{Column, column};
pub use self::row::is_address;

use self::columns::is_foreign_word;
use self::row::Row;
use super::{About, Check, Device, Format, Parse, Parsed, Sink, Span, Timers, Topic};
use crate::engine::mapping::{self, Mapping};
use crate::engine::model::{Names, Reason};
use crate::engine::source::cleanup::start;
use crate::engine::source::csv::{Cell, Delimiter, cells};
use crate::engine::source::time::DayOrder;
use crate::engine::source::{Clock, Record};

/// A table with headings.
pub struct GenericCsv;

static ABOUT: About = About {
    id: "generic_csv",
    title: "Any table with headings or a mapping (CSV, TSV, semicolons, columns of blanks, JSON objects, name=value)",
    spec: "https://www.rfc-editor.org/rfc/rfc4180",
    example: "time,action,source ip,source port,destination ip,destination port,protocol\n\
              2024-02-19 10:15:02,denied,10.0.0.11,443,203.0.113.45,51515,tcp",
    device: Device {
        name: "firewall",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[
            Check {
                about: Topic::Events,
                place: "where the table was exported",
                command: "",
                why: "export the raw log of the same minutes, with TCP flags and the reason of each decision: a table often leaves them out, and they decide who opened a connection",
            },
            Check {
                about: Topic::Rules,
                place: "on the firewall",
                command: "",
                why: "look up the rule that decided about {client} and port {port}",
            },
        ],
    },
};

impl Format for GenericCsv {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, clock: Clock) -> Box<dyn Parse> {
        Box::new(Parser {
            clock,
            header: None,
            mapping: Mapping::default(),
        })
    }

    /// A mapping stands where a header would.
    fn gloss(&self, text: &[u8], header: Option<&[u8]>) -> Vec<Span> {
        if let Some(header) = header.filter(|header| mapping::is_mapping(header)) {
            let mapping = mapping::parse(&String::from_utf8_lossy(header)).unwrap_or_default();
            return mapped::gloss(&mapping, text);
        }
        match header.and_then(Header::read) {
            Some(header) => header.gloss(text),
            None if memchr::memchr(b'{', text).is_none() => keyvalue::gloss(text),
            None => json::gloss(text),
        }
    }
}

/// A parser that also reads the lines of a mapping.
pub fn taught(mapping: Mapping, clock: Clock) -> Box<dyn Parse> {
    Box::new(Parser {
        clock,
        header: None,
        mapping,
    })
}

struct Parser {
    clock: Clock,
    header: Option<Header>,
    mapping: Mapping,
}

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        if !self.mapping.is_empty() {
            match mapped::parse(&self.mapping, record, self.clock, names, sink) {
                Parsed::Foreign => {}
                parsed => return parsed,
            }
        }
        if record.body.first() == Some(&b'{') {
            return json::parse(record, self.clock, names, sink);
        }
        if let Some(header) = &self.header {
            match header.parse(record, self.clock, names, sink) {
                Parsed::Foreign => {}
                parsed => return parsed,
            }
        }
        match Header::read(record.text) {
            Some(header) => {
                self.header = Some(header);
                Parsed::Header
            }
            None => keyvalue::parse(record, self.clock, names, sink),
        }
    }
}

/// The row that names the columns.
struct Header {
    delimiter: Delimiter,
    columns: Vec<(Column, String)>,
    order: DayOrder,
}

/// Longer rows of headings are no table for people.
const MAX_HEADER: usize = 8 * 1024;
const MAX_COLUMNS: usize = 200;
/// Names of columns that a header has at least.
const MIN_KNOWN: usize = 3;
const DELIMITERS: [Delimiter; 6] = [
    Delimiter::Byte(b'\t'),
    Delimiter::Byte(b';'),
    Delimiter::Byte(b'|'),
    Delimiter::Byte(b','),
    Delimiter::Gap,
    Delimiter::Blank,
];

impl Header {
    /// `None` unless both ends of a connection have a column. Cheap for rows of data: they hold addresses.
    fn read(text: &[u8]) -> Option<Header> {
        let text = text.trim_ascii();
        // A row that begins with `#` belongs to a format that says so itself.
        if text.len() > MAX_HEADER
            || text.len() < 7
            || !text.is_ascii() && std::str::from_utf8(text).is_err()
        {
            return None;
        }
        if matches!(text[0], b'#' | b'<' | b'[' | b'%')
            || memchr::memchr(b'=', text).is_some()
            || text[0].is_ascii_digit()
        {
            return None;
        }
        DELIMITERS
            .iter()
            .find_map(|delimiter| Header::with(text, *delimiter))
    }

    fn with(text: &[u8], delimiter: Delimiter) -> Option<Header> {
        // Most lines asked are no header: as soon as too many words are no names of columns, it is none.
        let n_cells = cells(text, delimiter).take(MAX_COLUMNS).count();
        let is_blank = matches!(delimiter, Delimiter::Gap | Delimiter::Blank);
        let n_allowed = if is_blank { n_cells * 3 / 10 } else { n_cells };
        let mut n_left = n_allowed.min(n_cells.checked_sub(MIN_KNOWN)?);
        let mut columns: Vec<(Column, String)> = Vec::with_capacity(n_cells);
        let mut is_english = true;
        for cell in cells(text, delimiter).take(MAX_COLUMNS) {
            let name = cell.text();
            if name.len() > 64 || start::n_addresses(&name, 1) > 0 {
                return None;
            }
            let column = column(&name);
            if column == Column::Other {
                n_left = n_left.checked_sub(1)?;
            }
            is_english &= !is_foreign_word(&name);
            columns.push((column, String::from_utf8_lossy(&name).into_owned()));
        }
        let has = |is: fn(Column) -> bool| columns.iter().any(|(column, _)| is(*column));
        if !has(Column::is_source) || !has(Column::is_destination) {
            return None;
        }
        // Prose has such words too: "from client to server".
        if is_prose(&columns) {
            return None;
        }
        // W3C logs write `s-ip` for the server's address, others `sip` for the source's.
        let has_client = columns
            .iter()
            .any(|(_, name)| name.eq_ignore_ascii_case("c-ip"));
        for (column, name) in &mut columns {
            if has_client && name.eq_ignore_ascii_case("s-ip") {
                *column = Column::Responder;
            }
        }
        Some(Header {
            delimiter,
            columns,
            order: if is_english {
                DayOrder::MonthFirst
            } else {
                DayOrder::DayFirst
            },
        })
    }

    fn parse(
        &self,
        record: &Record<'_>,
        clock: Clock,
        names: &mut Names,
        sink: &mut Sink,
    ) -> Parsed {
        let Some(found) = self.cells(record.body).or_else(|| self.cells(record.text)) else {
            // A row that is cut, or has a delimiter too many; anything else is not of this table.
            let n_cells = cells(record.body, self.delimiter).count();
            let is_torn = matches!(self.delimiter, Delimiter::Byte(_))
                && n_cells >= 3
                && n_cells * 2 >= self.columns.len()
                && start::n_addresses(record.body, 1) > 0
                && memchr::memchr(b'=', record.body).is_none();
            return if is_torn {
                Parsed::Malformed(Reason::FieldCount)
            } else {
                Parsed::Foreign
            };
        };
        if self.is_same(&found) {
            return Parsed::Other;
        }
        let mut row = Row::new(self.order, clock);
        for ((column, _), cell) in self.columns.iter().zip(&found) {
            row.set(*column, cell.text());
        }
        if !row.is_plausible() {
            return Parsed::Foreign;
        }
        match row.event(record, names) {
            Ok(event) => sink.push(event),
            Err(reason) => Parsed::Malformed(reason),
        }
    }

    /// The cells of a row that has as many of them as there are columns. Empty ones at the end may be missing.
    fn cells<'a>(&self, text: &'a [u8]) -> Option<Vec<Cell<'a>>> {
        let mut found: Vec<Cell<'a>> = cells(text, self.delimiter)
            .take(self.columns.len() + 2)
            .collect();
        if found.len() == self.columns.len() + 1
            && found.last().is_some_and(|cell| cell.raw.is_empty())
        {
            found.pop();
        }
        (found.len() == self.columns.len()).then_some(found)
    }

    /// The headings once more, as exports that were joined have them.
    fn is_same(&self, found: &[Cell<'_>]) -> bool {
        found
            .iter()
            .zip(&self.columns)
            .all(|(cell, (_, name))| cell.raw.eq_ignore_ascii_case(name.as_bytes()))
    }

    fn gloss(&self, text: &[u8]) -> Vec<Span> {
        let Some(found) = self.cells(text) else {
            return Vec::new();
        };
        let spans = found
            .iter()
            .zip(&self.columns)
            .filter(|(cell, _)| !cell.raw.is_empty())
            .map(|(cell, (column, name))| {
                let (field, meaning) = column.meaning();
                Span {
                    start: cell.start,
                    end: cell.end(),
                    value_start: cell.start,
                    value_end: cell.end(),
                    name: name.clone(),
                    field,
                    meaning,
                }
            });
        spans.collect()
    }
}

/// `from` and `to` alone are words of any sentence.
fn is_prose(columns: &[(Column, String)]) -> bool {
    let is_word = |name: &str| {
        ["from", "to", "von", "nach", "client", "server"]
            .iter()
            .any(|word| name.eq_ignore_ascii_case(word))
    };
    let n_certain = columns
        .iter()
        .filter(|(column, name)| *column != Column::Other && !is_word(name))
        .count();
    n_certain < 2
}

#[cfg(test)]
mod tests;
