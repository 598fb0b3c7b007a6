//! Wrapped lines: a record that was broken at a width becomes one record again.
//!
//! Which lines begin a record is told by the beginning of the block's first record. A block counts as wrapped only
//! when the breaks fit one width: every broken line ends where its next word would not have fitted any more (or
//! exactly at the width, when words were cut through), and no line is longer.

use super::asked::Ask;
use super::start::{self, Start};
use super::{Counts, Row, StepKind, paragraph};
use crate::engine::source::csv;
use crate::engine::source::lines::MAX_LINE;
use std::collections::{BTreeMap, BTreeSet};

/// Widths that people and programs wrap at.
pub const WIDTHS: std::ops::RangeInclusive<usize> = 30..=400;
/// With so few breaks, chance may find a width; then the rest of a line must look like a log, too.
const FEW: usize = 3;
/// With so few breaks each is asked about.
const MAX_ASKED: usize = 16;
/// Widths at which a single break is believed to be a cut through a word.
pub const USUAL: [usize; 14] = [60, 64, 70, 72, 76, 78, 79, 80, 100, 120, 132, 150, 160, 200];

/// The rows of a block with wrapped ones joined.
pub fn join(rows: Vec<Row>, ask: Ask, counts: &mut Counts) -> Vec<Row> {
    let rows = paragraph::join(rows, counts);
    match Wrap::find(&rows, ask) {
        Some(wrap) => unwrap(rows, &wrap, counts),
        None => join_quoted(rows, counts),
    }
}

struct Wrap {
    starts: Vec<bool>,
    width: usize,
    is_hard: bool,
}

impl Wrap {
    fn find(rows: &[Row], ask: Ask) -> Option<Wrap> {
        if rows.len() < 2 {
            return None;
        }
        let mut starts = starts(rows)?;
        let first = starts.iter().position(|is_start| *is_start)?;
        let is_break = |at: usize| {
            at > first && !starts[at] && !rows[at].text.is_empty() && !rows[at - 1].text.is_empty()
        };
        let mut breaks: Vec<usize> = (1..rows.len()).filter(|at| is_break(*at)).collect();
        if breaks.len() <= MAX_ASKED {
            breaks.retain(|at| {
                starts[*at] = are_two(&rows[*at - 1], &rows[*at], ask);
                !starts[*at]
            });
        }
        if breaks.is_empty() {
            return None;
        }
        let lengths: Vec<usize> = rows.iter().map(|row| n_chars(&row.text)).collect();
        // The widths that a break allows: from the length of the broken line to where the next word would end.
        let span = |at: usize| {
            (
                lengths[at - 1],
                lengths[at - 1] + n_chars(first_word(&rows[at].text)),
            )
        };
        // A word without blanks may stick out; a line with blanks would have been broken.
        let breakable: Vec<usize> = lengths
            .iter()
            .zip(rows)
            .filter(|(_, row)| row.text.contains(&b' '))
            .map(|(length, _)| *length)
            .collect();
        let width = best_width(&breaks, span, &breakable)?;
        let fits = |at: usize| {
            let (shortest, longest) = span(at);
            (shortest..=longest).contains(&width)
        };
        let n_fit = breaks.iter().filter(|at| fits(**at)).count();
        let n_longer = breakable.iter().filter(|length| **length > width).count();
        if n_fit * 5 < breaks.len() * 4 || n_longer * 10 > breaks.len() {
            return None;
        }
        let is_inside_quotes = |at: usize| {
            let start = starts[..at]
                .iter()
                .rposition(|is_start| *is_start)
                .unwrap_or(0);
            rows[start..at]
                .iter()
                .filter(|row| csv::is_open(&row.text))
                .count()
                % 2
                == 1
        };
        // The last words of a sentence in the log do not look like one; then the width must be a usual one.
        let is_at_usual = |at: usize| {
            let (shortest, longest) = span(at);
            let n_words = rows[at]
                .text
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty())
                .count();
            USUAL.iter().any(|usual| {
                *usual == shortest || (n_words <= 3 && (shortest..=longest).contains(usual))
            })
        };
        let is_other = |at: usize| !matches!(start::of(&rows[at].text), None | Some(Start::Key(_)));
        // A comment is seldom wrapped; what follows it may be a row whose front was cut off.
        let is_rest = |at: usize| {
            let is_comment = rows[at - 1].text.starts_with(b"#");
            looks_like_log(&rows[at].text) && !is_other(at) && !is_comment
                || is_inside_quotes(at)
                || is_at_usual(at)
        };
        if breaks.len() < FEW && !breaks.iter().all(|at| is_rest(*at)) {
            return None;
        }
        let n_exact = breaks
            .iter()
            .filter(|at| lengths[**at - 1] == width)
            .count();
        // The same line over and over breaks at the same place: that is one piece of evidence, not many.
        let n_kinds = breaks
            .iter()
            .map(|at| span(*at))
            .collect::<BTreeSet<_>>()
            .len();
        let vote: i32 = breaks
            .iter()
            .map(|at| vote(&rows[*at - 1].text, &rows[*at].text))
            .sum();
        // Where words are cut through, nothing sticks out.
        let is_hard = lengths.iter().all(|length| *length <= width)
            && n_exact * 5 >= breaks.len() * 4
            && (vote > 0 || vote == 0 && (n_kinds >= FEW || USUAL.contains(&width)));
        Some(Wrap {
            starts,
            width,
            is_hard,
        })
    }
}

/// The row alone is traffic to one dialect, and the one before is known to another.
fn are_two(before: &Row, row: &Row, ask: Ask) -> bool {
    let own = ask(&row.text, None);
    own.is_complete()
        && ask(&before.text, None)
            .dialect()
            .is_some_and(|known| Some(known) != own.dialect())
}

/// Which rows begin a record. `None` when the block has no beginning that repeats or is known.
fn starts(rows: &[Row]) -> Option<Vec<bool>> {
    let kinds: Vec<Option<Start>> = rows.iter().map(|row| start::of(&row.text)).collect();
    let first_kind = kinds
        .iter()
        .flatten()
        .find(|kind| !matches!(kind, Start::Key(_)))
        .or(kinds.iter().flatten().next());
    // A table may begin with the names of its columns, so the first line alone does not decide.
    let is_known =
        |kind: &Start| !matches!(kind, Start::Key(_)) || kinds.first() == Some(&Some(*kind));
    if let Some(kind) = first_kind.filter(|kind| is_known(kind)) {
        // A relay's lines among others, a whole object, or a comment: also beginnings, whatever the first line is.
        let is_sure = |other: &Start, row: &Row| match other {
            Start::Priority | Start::Syslog | Start::DateKey => true,
            Start::Json => row.text.ends_with(b"}"),
            _ => false,
        };
        let is_start = |(other, row): (&Option<Start>, &Row)| {
            other
                .as_ref()
                .is_some_and(|other| other == kind || is_sure(other, row))
                || row.text.starts_with(b"#")
        };
        let mut starts: Vec<bool> = kinds.iter().zip(rows).map(is_start).collect();
        // `…"properties":` and `{"a":1…`: an inner object that the break put at the beginning of a line.
        for at in 1..rows.len() {
            let before = rows[at - 1].text.trim_ascii_end().last();
            if kinds[at] == Some(Start::Json) && matches!(before, Some(b':' | b',' | b'[' | b'{')) {
                starts[at] = false;
            }
        }
        return Some(starts);
    }
    let words: Vec<Option<Start>> = rows.iter().map(|row| start::word(&row.text)).collect();
    let mut n_of_word: BTreeMap<Start, usize> = BTreeMap::new();
    for word in words.iter().flatten() {
        *n_of_word.entry(*word).or_default() += 1;
    }
    let (word, n_rows) = n_of_word.into_iter().max_by_key(|(_, n_rows)| *n_rows)?;
    let is_start =
        |(other, row): (&Option<Start>, &Row)| *other == Some(word) || row.text.starts_with(b"#");
    (n_rows >= 2 && n_rows * 5 >= rows.len())
        .then(|| words.iter().zip(rows).map(is_start).collect())
}

/// The width that most breaks allow and the fewest lines exceed; the smallest of equals, where lines were full.
fn best_width(
    breaks: &[usize],
    span: impl Fn(usize) -> (usize, usize),
    lengths: &[usize],
) -> Option<usize> {
    // Width → how many spans begin there, and how many end just before.
    let mut edges: BTreeMap<usize, isize> = BTreeMap::new();
    for at in breaks {
        let (shortest, longest) = span(*at);
        *edges.entry(shortest).or_default() += 1;
        *edges.entry(longest + 1).or_default() -= 1;
    }
    // A last piece may be longer than every broken one.
    for length in lengths {
        edges.entry(*length).or_default();
    }
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let (mut n_open, mut best): (isize, Option<(isize, usize)>) = (0, None);
    for (width, change) in edges {
        n_open += change;
        let n_longer = sorted.len() - sorted.partition_point(|length| *length <= width);
        let score = n_open - n_longer as isize;
        if WIDTHS.contains(&width) && best.is_none_or(|(most, _)| score > most) {
            best = Some((score, width));
        }
    }
    best.map(|(_, width)| width)
}

fn unwrap(rows: Vec<Row>, wrap: &Wrap, counts: &mut Counts) -> Vec<Row> {
    let mut joined: Vec<Row> = Vec::new();
    let mut previous_length = 0;
    // Of the record so far; counted row by row, because a record may have thousands.
    let mut is_quoted = false;
    for (row, is_start) in rows.into_iter().zip(&wrap.starts) {
        let length = n_chars(&row.text);
        let has_odd_quote = csv::is_open(&row.text);
        match joined.last_mut() {
            Some(record)
                if !is_start && goes_on(record, is_quoted, &row, previous_length, wrap) =>
            {
                is_quoted ^= has_odd_quote;
                let is_inside_word = wrap.is_hard && previous_length == wrap.width;
                if !is_inside_word {
                    record.text.push(b' ');
                }
                record.text.extend_from_slice(&row.text);
                record.n_lines += row.n_lines;
                record.truncated |= row.truncated;
                counts.add(StepKind::Unwrapped, 1);
            }
            _ => {
                is_quoted = has_odd_quote;
                joined.push(row);
            }
        }
        previous_length = length;
    }
    joined
}

/// The row is the rest of the record before it: the break fits the width, or something is still open.
fn goes_on(record: &Row, is_quoted: bool, row: &Row, previous_length: usize, wrap: &Wrap) -> bool {
    let is_full = previous_length <= wrap.width
        && previous_length + n_chars(first_word(&row.text)) >= wrap.width;
    let is_open = is_quoted || matches!(record.text.last(), Some(b'=' | b',' | b'/' | b'('));
    !record.text.is_empty()
        && !row.text.is_empty()
        && record.text.len() < MAX_LINE
        && (is_full || is_open)
}

/// Rows of a table whose quoted cells hold line ends; joined only if the row then has as many cells as the others.
fn join_quoted(rows: Vec<Row>, counts: &mut Counts) -> Vec<Row> {
    /// More lines than this are no cell.
    const MAX_CELL_LINES: usize = 50;
    let n_open = rows.iter().filter(|row| csv::is_open(&row.text)).count();
    if n_open == 0 || n_open > rows.len() * 9 / 10 {
        return rows;
    }
    let whole: Vec<&[u8]> = rows
        .iter()
        .map(|row| row.text.as_slice())
        .filter(|text| !csv::is_open(text))
        .take(50)
        .collect();
    let Some((delimiter @ csv::Delimiter::Byte(_), n_cells)) = csv::detect(&whole, 4) else {
        return rows;
    };
    let mut joined: Vec<Row> = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        let mut record = rows[at].clone();
        let mut next = at + 1;
        let mut is_open = csv::is_open(&record.text);
        while is_open
            && next < rows.len()
            && next - at < MAX_CELL_LINES
            && record.text.len() < MAX_LINE
        {
            is_open ^= csv::is_open(&rows[next].text);
            record.text.push(b' ');
            record.text.extend_from_slice(&rows[next].text);
            record.n_lines += rows[next].n_lines;
            record.truncated |= rows[next].truncated;
            next += 1;
        }
        if next > at + 1 && !is_open && csv::cells(&record.text, delimiter).count() == n_cells {
            counts.add(StepKind::QuotedBreaks, (next - at - 1) as u64);
            joined.push(record);
            at = next;
        } else {
            joined.push(rows[at].clone());
            at += 1;
        }
    }
    joined
}

pub fn first_word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let n_word = text
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(text.len());
    &text[..n_word]
}

/// What one break says: +1 a word was cut through, -1 it stood between two words, 0 either.
pub fn vote(before: &[u8], after: &[u8]) -> i32 {
    let word = first_word(after);
    let last = before
        .rsplit(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default();
    let keeps_blank = last.is_empty() || after.first().is_some_and(u8::is_ascii_whitespace);
    if keeps_blank
        || last.ends_with(b"=")
        || matches!(word.first(), Some(b'=' | b'.' | b':' | b'/' | b','))
    {
        return 1;
    }
    // `TTL=51` and `ID=7` would become one word with two keys.
    let has_key = |word: &[u8]| memchr::memchr(b'=', word).is_some_and(|at| at > 0);
    if has_key(last) && has_key(word) && !last.contains(&b'"') {
        return -1;
    }
    // `flagsACK`, `ACKPSH`, `to203.0.113.9` and `443(203.0.113.9` would be odd words, too.
    let is_word = |word: &[u8]| word.len() >= 3 && word.iter().all(u8::is_ascii_uppercase);
    let ends_lower = last.len() > 1 && last.iter().all(u8::is_ascii_lowercase);
    let is_odd = ends_lower
        && (word.iter().all(u8::is_ascii_uppercase) || start::n_addresses(beginning(word), 1) > 0)
        || is_word(last) && is_word(word)
        || matches!(last.last(), Some(b')' | b']'))
            && matches!(word.first(), Some(b'0'..=b'9' | b'['))
        || start::n_addresses(ending(last), 1) > 0 && start::n_addresses(beginning(word), 1) > 0
        || matches!(word.first(), Some(b'(' | b'['))
            && last.last().is_some_and(u8::is_ascii_alphanumeric);
    if is_odd { -1 } else { 0 }
}

/// The digits, points and colons that a word ends with.
fn ending(word: &[u8]) -> &[u8] {
    let n_other = word
        .iter()
        .rposition(|byte| !is_address_byte(*byte))
        .map_or(0, |at| at + 1);
    &word[n_other..]
}

fn beginning(word: &[u8]) -> &[u8] {
    let n_own = word
        .iter()
        .position(|byte| !is_address_byte(*byte))
        .unwrap_or(word.len());
    &word[..n_own]
}

fn is_address_byte(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':')
}

fn looks_like_log(text: &[u8]) -> bool {
    memchr::memchr(b'=', text).is_some()
        || text.iter().filter(|byte| byte.is_ascii_digit()).count() * 8 >= text.len()
}

pub fn n_chars(text: &[u8]) -> usize {
    text.iter()
        .filter(|byte| !(0x80..0xc0).contains(*byte))
        .count()
}
