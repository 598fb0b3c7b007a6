//! A mapping as text: small, one thing a line, with a version.
//!
//! ```text
//! whichway mapping 1
//! # 192.0.2.7|51022|198.51.100.10|443|tcp|J
//! table bar 6
//! source = 1
//! source port = 2
//! destination = 3
//! destination port = 4
//! protocol = 5
//! action = 6
//! allowed = J
//! denied = N
//!
//! pairs blank
//! source = von
//! destination = an
//! ```

use super::{Decision, Layout, MAX_COLUMNS, Mapping, Of, Pairs, Part, Split};
use crate::engine::format::generic_csv::Column;
use crate::engine::source::csv::Delimiter;
use crate::engine::source::time::DayOrder;
use std::fmt;

/// Bytes of a text.
pub const MAX_TEXT: usize = 64 << 10;
/// Kinds of lines that one text may describe: every line of a log is held against each.
pub const MAX_LAYOUTS: usize = 32;
/// Words of the action that need a meaning.
const MAX_DECISIONS: usize = 64;
/// Bytes of a name or of a word of the action.
const MAX_NAME: usize = 80;

const HEAD: &str = "whichway mapping";
const VERSION: &str = "1";

const DELIMITERS: [(&str, Delimiter); 6] = [
    ("comma", Delimiter::Byte(b',')),
    ("semicolon", Delimiter::Byte(b';')),
    ("tab", Delimiter::Byte(b'\t')),
    ("bar", Delimiter::Byte(b'|')),
    ("gap", Delimiter::Gap),
    ("blank", Delimiter::Blank),
];

const PAIRS: [(&str, Pairs); 6] = [
    ("blank", Pairs::Blank),
    ("comma", Pairs::Comma),
    ("semicolon", Pairs::Semicolon),
    ("bar", Pairs::Bar),
    ("colon", Pairs::Colon),
    ("json", Pairs::Json),
];

/// Why a text is no mapping: the line, from 1, and a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Fault {
    pub line: usize,
    pub reason: String,
}

/// Whether a text says of itself that it is a mapping, in whatever version.
pub fn is_mapping(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.trim_ascii_start().starts_with(HEAD.as_bytes())
}

/// Reads a mapping. Any text is safe.
pub fn parse(text: &str) -> Result<Mapping, Fault> {
    read(text, check)
}

/// Reads a mapping that somebody is still working at: an end may not have its place yet.
pub fn draft(text: &str) -> Result<Mapping, Fault> {
    read(text, |_, _| Ok(()))
}

fn read(text: &str, check: fn(usize, &Mapping) -> Result<(), Fault>) -> Result<Mapping, Fault> {
    if text.len() > MAX_TEXT {
        return fault(
            1,
            format!("a mapping is shorter than {} KiB", MAX_TEXT >> 10),
        );
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut mapping = Mapping::default();
    // Where the present layout begins.
    let mut begins = 0;
    let mut has_head = false;
    let mut last = 1;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        last = number;
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if !has_head {
            head(number, line)?;
            has_head = true;
            continue;
        }
        if let Some((name, value)) = line.split_once('=') {
            let Some(layout) = mapping.layouts.last_mut() else {
                return fault(
                    number,
                    "say first how lines are cut: “table comma 7” or “pairs blank”",
                );
            };
            part(number, layout, name.trim(), value.trim())?;
            continue;
        }
        check(begins, &mapping)?;
        let split = split(number, line)?;
        if mapping.layouts.len() == MAX_LAYOUTS {
            return fault(number, format!("more than {MAX_LAYOUTS} kinds of lines"));
        }
        if mapping.layouts.iter().any(|known| known.split == split) {
            return fault(number, format!("“{line}” stands here a second time"));
        }
        mapping.layouts.push(Layout::new(split));
        begins = number;
    }
    if !has_head {
        return fault(last, format!("a mapping begins with “{HEAD} {VERSION}”"));
    }
    check(begins, &mapping)?;
    Ok(mapping)
}

fn fault<T>(line: usize, reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault {
        line,
        reason: reason.into(),
    })
}

fn head(number: usize, line: &str) -> Result<(), Fault> {
    match line.strip_prefix(HEAD).map(str::trim) {
        Some(VERSION) => Ok(()),
        Some(other) => fault(
            number,
            format!(
                "this is version “{}”, and only {VERSION} is understood",
                shown(other)
            ),
        ),
        None => fault(number, format!("a mapping begins with “{HEAD} {VERSION}”")),
    }
}

/// The last layout must be able to give an event.
fn check(begins: usize, mapping: &Mapping) -> Result<(), Fault> {
    match mapping.layouts.last() {
        Some(layout) if !layout.has_both_ends() => fault(
            begins,
            "it says not where source and destination (or client and server) stand",
        ),
        _ => Ok(()),
    }
}

fn split(number: usize, line: &str) -> Result<Split, Fault> {
    let words: Vec<&str> = line.split_whitespace().take(6).collect();
    let table = |mark: &str, n: &str, or_more: bool| {
        let Some((_, delimiter)) = DELIMITERS.iter().find(|(word, _)| *word == mark) else {
            return fault(
                number,
                format!(
                    "“{}” is none of {}",
                    shown(mark),
                    listed(DELIMITERS.map(|(word, _)| word))
                ),
            );
        };
        match n.parse() {
            Ok(n_columns) if (2..=MAX_COLUMNS).contains(&n_columns) => Ok(Split::Table {
                delimiter: *delimiter,
                n_columns,
                or_more,
            }),
            _ => fault(
                number,
                format!(
                    "“{}” is no number of columns from 2 to {MAX_COLUMNS}",
                    shown(n)
                ),
            ),
        }
    };
    match words[..] {
        ["table", mark, n] => table(mark, n, false),
        ["table", mark, n, "or", "more"] => table(mark, n, true),
        ["pairs", mark] => match PAIRS.iter().find(|(word, _)| *word == mark) {
            Some((_, pairs)) => Ok(Split::Pairs(*pairs)),
            None => fault(
                number,
                format!(
                    "“{}” is none of {}",
                    shown(mark),
                    listed(PAIRS.map(|(word, _)| word))
                ),
            ),
        },
        _ => fault(
            number,
            format!(
                "“{}” is not understood; write “source = 1”, “table comma 7” or “pairs blank”",
                shown(line)
            ),
        ),
    }
}

fn part(number: usize, layout: &mut Layout, name: &str, value: &str) -> Result<(), Fault> {
    if value.is_empty() || value.len() > MAX_NAME {
        return fault(
            number,
            format!("behind “{} =” stand 1 to {MAX_NAME} letters", shown(name)),
        );
    }
    let decision = match name {
        "allowed" => Decision::Allowed,
        "denied" => Decision::Denied,
        "dates" => {
            layout.dates = match value {
                "day first" => DayOrder::DayFirst,
                "month first" => DayOrder::MonthFirst,
                _ => return fault(number, "dates are “day first” or “month first”"),
            };
            return Ok(());
        }
        _ => return assigned(number, layout, name, value),
    };
    if layout.decisions.len() == MAX_DECISIONS {
        return fault(
            number,
            format!("more than {MAX_DECISIONS} words of the action"),
        );
    }
    if layout.decisions.iter().any(|(word, _)| word == value) {
        return fault(number, format!("“{}” has a meaning already", shown(value)));
    }
    layout.decisions.push((value.to_string(), decision));
    Ok(())
}

fn assigned(number: usize, layout: &mut Layout, name: &str, value: &str) -> Result<(), Fault> {
    let Some(column) = Column::of_word(name) else {
        return fault(
            number,
            format!(
                "“{}” is no field; there are {}, allowed, denied and dates",
                shown(name),
                listed(Column::words())
            ),
        );
    };
    let of = match layout.split {
        Split::Pairs(_) => Of::Name(value.to_string()),
        Split::Table { n_columns, .. } => cells(number, value, n_columns)?,
    };
    if layout.parts.iter().any(|part| part.column == column) {
        return fault(number, format!("“{name}” stands here a second time"));
    }
    if layout.column_of(&of).is_some() {
        return fault(number, format!("“{}” has a meaning already", shown(value)));
    }
    layout.parts.push(Part { column, of });
    Ok(())
}

impl Split {
    /// The cell or the pair that is called so.
    pub fn place(self, text: &str) -> Option<Of> {
        match self {
            Split::Pairs(_) => Some(Of::Name(text.to_string())),
            Split::Table { n_columns, .. } => cells(0, text, n_columns).ok(),
        }
    }
}

/// `3`, or neighbours: `1 2 3`.
fn cells(number: usize, value: &str, n_columns: usize) -> Result<Of, Fault> {
    let mut range: Option<(usize, usize)> = None;
    for word in value.split_whitespace() {
        let at = word
            .parse::<usize>()
            .ok()
            .filter(|at| (1..=n_columns).contains(at));
        let Some(at) = at.map(|at| at - 1) else {
            return fault(
                number,
                format!("“{}” is no column from 1 to {n_columns}", shown(word)),
            );
        };
        range = match range {
            None => Some((at, at)),
            Some((first, last)) if at == last + 1 => Some((first, at)),
            Some(_) => return fault(number, "several columns of one field stand side by side"),
        };
    }
    match range {
        Some((first, last)) => Ok(Of::Cells { first, last }),
        None => fault(number, "a column is missing"),
    }
}

/// What somebody else wrote, short enough for a sentence.
fn shown(text: &str) -> String {
    const MAX_SHOWN: usize = 40;
    let mut short: String = text.chars().take(MAX_SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn listed(words: impl IntoIterator<Item = &'static str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Mapping {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{HEAD} {VERSION}")?;
        for layout in &self.layouts {
            write!(out, "\n{layout}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Split {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Split::Table {
                delimiter,
                n_columns,
                or_more,
            } => {
                let known = DELIMITERS.iter().find(|(_, known)| known == delimiter);
                let mark = known.map_or("comma", |(word, _)| word);
                let more = if *or_more { " or more" } else { "" };
                write!(out, "table {mark} {n_columns}{more}")
            }
            Split::Pairs(pairs) => {
                let known = PAIRS.iter().find(|(_, known)| known == pairs);
                write!(out, "pairs {}", known.map_or("blank", |(word, _)| word))
            }
        }
    }
}

impl fmt::Display for Of {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Of::Name(name) => write!(out, "{name}"),
            Of::Cells { first, last } => {
                write!(out, "{}", first + 1)?;
                (first + 1..=*last).try_for_each(|at| write!(out, " {}", at + 1))
            }
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.split)?;
        for Part { column, of } in &self.parts {
            writeln!(out, "{} = {of}", column.word())?;
        }
        if self.dates == DayOrder::MonthFirst {
            writeln!(out, "dates = month first")?;
        }
        for (word, decision) in &self.decisions {
            let name = match decision {
                Decision::Allowed => "allowed",
                Decision::Denied => "denied",
            };
            writeln!(out, "{name} = {word}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "whichway mapping 1\n\ntable bar 6\ntime = 1 2\nsource = 3\ndestination = 4\n\
        destination port = 5\naction = 6\ndates = month first\nallowed = J\ndenied = kein Weg\n\n\
        pairs json\nsource = von.ip\ndestination = an.ip\n";

    #[test]
    fn a_text_is_read_and_printed_the_same() {
        let mapping = parse(TEXT).expect("a mapping");
        assert_eq!(mapping.to_string(), TEXT);
        let loose = TEXT
            .replace('\n', "\r\n")
            .replace(" = ", "=")
            .replace("table", "# two ends\n  table");
        assert_eq!(parse(&format!("\u{feff}{loose}")), Ok(mapping));
    }

    #[test]
    fn faults_name_their_line() {
        let check = |text: &str, line: usize, part: &str| {
            let found = parse(text).expect_err(text);
            assert_eq!(found.line, line, "{text}: {found}");
            assert!(found.reason.contains(part), "{text}: {found}");
        };
        check("", 1, "begins with");
        check("source = 1", 1, "begins with");
        check("# note\n\nwhichway mapping 2\n", 3, "version “2”");
        let body = |body: &str| format!("whichway mapping 1\n{body}");
        check(&body("source = 1"), 2, "how lines are cut");
        check(&body("table dot 4"), 2, "none of comma");
        check(&body("table comma many"), 2, "no number of columns");
        check(&body("table comma 1"), 2, "no number of columns");
        check(&body("pairs dot"), 2, "none of blank");
        check(&body("hello"), 2, "not understood");
        check(&body("table comma 4\ncolour = 1"), 3, "is no field");
        check(
            &body("table comma 4\nsource = 5"),
            3,
            "no column from 1 to 4",
        );
        check(&body("table comma 4\nsource ="), 3, "stand 1 to");
        check(
            &body("table comma 4\nsource = 1\nsource = 2"),
            4,
            "second time",
        );
        check(
            &body("table comma 4\nsource = 1\ndestination = 1"),
            4,
            "a meaning already",
        );
        check(&body("table comma 4\ntime = 1 3"), 3, "side by side");
        check(
            &body("table comma 4\nsource = 1\n\npairs blank"),
            2,
            "says not where",
        );
        check(&body("pairs blank\nsource = a\n"), 2, "says not where");
        check(&body("table comma 4\ndates = soon"), 3, "day first");
        check(&"x".repeat(MAX_TEXT + 1), 1, "shorter than");
        let ends = "source = 1\ndestination = 2\n";
        check(
            &body(&format!("table tab 2\n{ends}table tab 2\n{ends}")),
            5,
            "second time",
        );
    }

    #[test]
    fn a_mapping_says_that_it_is_one() {
        assert!(is_mapping(TEXT.as_bytes()) && is_mapping(b"\xef\xbb\xbf\nwhichway mapping 9"));
        assert!(!is_mapping(b"Feb 19 whichway mapping 1") && !is_mapping(b""));
    }

    #[test]
    fn an_assignment_moves() {
        let mut layout = parse(TEXT).expect("a mapping").layouts.remove(0);
        let cell = |at: usize| Of::Cells {
            first: at,
            last: at,
        };
        layout.assign(cell(4), Some(Column::SrcPort));
        layout.assign(cell(1), None);
        assert_eq!(layout.column_of(&cell(0)), None);
        layout.assign(cell(0), Some(Column::Time));
        layout.assign(cell(1), Some(Column::Time));
        let text = layout.to_string();
        assert!(
            text.contains("time = 1 2\nsource = 3\ndestination = 4\nsource port = 5\naction = 6\n"),
            "{text}"
        );
    }
}
