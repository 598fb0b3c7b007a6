//! Lines cut at the width of a terminal, told by their lengths alone.
//!
//! Where text is cut at a width, every row that goes on is exactly that long and none is longer. So records come
//! back whole whatever they begin with, as long as the cuts can be told from records that happen to be equally long:
//! what follows a full row must not begin as records do.

use super::start::{self, Start};
use super::wrap::{USUAL, WIDTHS, first_word, n_chars, vote};
use super::{Counts, Row, StepKind};
use crate::engine::source::lines::MAX_LINE;
use std::collections::{BTreeMap, BTreeSet};

/// At a width that nobody would choose, chance needs so many full rows to be out of the question.
const MANY: usize = 8;
/// The rows of a block with pieces of records joined; nothing when they were not cut at a width.
pub fn join(rows: &[Row], counts: &mut Counts) -> Option<Vec<Row>> {
    let lengths: Vec<usize> = rows.iter().map(|row| n_chars(&row.text)).collect();
    let (width, beginnings) = width(rows, &lengths)?;
    let mut joined: Vec<Row> = Vec::new();
    let mut is_full = false;
    for (row, length) in rows.iter().zip(&lengths) {
        match joined.last_mut() {
            Some(record)
                if is_full
                    && record.text.len() < MAX_LINE
                    && !beginnings.has(&record.text, row) =>
            {
                record.text.extend_from_slice(&row.text);
                record.n_lines += row.n_lines;
                record.truncated |= row.truncated;
                counts.add(StepKind::Unwrapped, 1);
            }
            _ => joined.push(row.clone()),
        }
        is_full = *length == width;
    }
    Some(joined)
}

/// The width, and the beginnings of records.
fn width(rows: &[Row], lengths: &[usize]) -> Option<(usize, Beginnings)> {
    let width = *lengths.iter().max()?;
    let is_full = |at: usize| lengths[at] == width;
    let (rests, starts): (Vec<usize>, Vec<usize>) =
        (0..rows.len()).partition(|at| *at > 0 && is_full(at - 1));
    let enough = if USUAL.contains(&width) { 2 } else { MANY };
    if !WIDTHS.contains(&width) || rests.len() < enough {
        return None;
    }
    let beginnings = Beginnings::of(rows, &starts);
    // Broken between words instead: the next word would not have fitted. A very long one would have stuck out.
    let n_soft = starts
        .iter()
        .filter(|at| **at > 0 && !rows[**at - 1].text.is_empty() && sure(&rows[**at]).is_none())
        .filter(|at| {
            let n_word = n_chars(first_word(&rows[**at].text));
            n_word * 2 < width && lengths[**at - 1] + 1 + n_word > width
        })
        .count();
    if rests.len() < 4 * n_soft {
        return None;
    }
    // Where the first record has a sure beginning, most have one; else these may not be the beginnings.
    let n_sure = starts
        .iter()
        .filter(|at| sure(&rows[**at]).is_some())
        .count();
    let is_alike = sure(&rows[starts[0]]).is_none() || n_sure * 5 >= starts.len() * 3;
    let n_odd = rests
        .iter()
        .filter(|at| {
            !beginnings.has(&rows[**at - 1].text, &rows[**at])
                && !beginnings.resembles(&rows[**at].text)
        })
        .count();
    let votes: i32 = rests
        .iter()
        .map(|at| vote(&rows[at - 1].text, &rows[*at].text))
        .sum();
    let is_cut = votes > 0 || is_alike && -votes * 10 <= rests.len() as i32;
    (n_odd * 10 >= rests.len() * 7 && is_cut).then_some((width, beginnings))
}

/// How the records of a block begin.
#[derive(Default)]
pub struct Beginnings {
    kinds: BTreeSet<Start>,
    /// The shape that most of them have.
    common: Option<[u8; 16]>,
    shapes: BTreeSet<[u8; 6]>,
}

impl Beginnings {
    /// `starts`: rows that surely begin a record.
    pub fn of(rows: &[Row], starts: &[usize]) -> Beginnings {
        let mut n_of_shape: BTreeMap<[u8; 16], usize> = BTreeMap::new();
        for at in starts {
            *n_of_shape.entry(shape(&rows[*at].text)).or_default() += 1;
        }
        let commonest = n_of_shape.into_iter().max_by_key(|(_, n_rows)| *n_rows);
        Beginnings {
            kinds: starts.iter().filter_map(|at| sure(&rows[*at])).collect(),
            shapes: starts.iter().map(|at| shape(&rows[*at].text)).collect(),
            common: commonest
                .filter(|(_, n_rows)| *n_rows >= 2 && n_rows * 2 >= starts.len())
                .map(|(shape, _)| shape),
        }
    }

    /// The text looks like the beginning of some other record.
    pub fn resembles(&self, text: &[u8]) -> bool {
        self.shapes.contains(&shape(text))
    }

    /// The row begins as other records do, though the row before it is full.
    pub fn has(&self, before: &[u8], row: &Row) -> bool {
        // `…"properties":` and `{"a":1…`: an object inside another.
        let is_inner = matches!(
            before.trim_ascii_end().last(),
            Some(b':' | b',' | b'[' | b'{')
        );
        let is_known = sure(row)
            .is_some_and(|kind| self.kinds.contains(&kind) && !(kind == Start::Json && is_inner));
        is_known || self.common == Some(shape(&row.text))
    }
}

/// A beginning that the rest of a record hardly ever has.
fn sure(row: &Row) -> Option<Start> {
    start::of(&row.text)
        .filter(|start| !matches!(start, Start::Key(_) | Start::Clock))
        .or_else(|| row.text.starts_with(b"#").then_some(Start::Percent))
}

/// The first characters by their kinds.
fn shape<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut shape = [0; N];
    for (kind, byte) in shape.iter_mut().zip(text) {
        *kind = match byte {
            b'0'..=b'9' => b'9',
            b'A'..=b'Z' => b'A',
            b'a'..=b'z' => b'a',
            other => *other,
        };
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str], width: usize) -> Vec<Row> {
        let cut = lines
            .iter()
            .flat_map(|line| line.as_bytes().chunks(width).map(<[u8]>::to_vec));
        cut.map(|text| Row {
            text,
            n_lines: 1,
            ..Row::default()
        })
        .collect()
    }

    #[test]
    fn rows_without_a_known_beginning_are_joined_by_their_lengths() {
        let lines = [
            "2 123456789012 eni-0a1b2c3d 10.0.1.11 203.0.113.45 443 51515 6 3 180 1708337700 1708337758 REJECT OK",
            "2 123456789012 eni-0a1b2c3d 203.0.113.45 10.0.1.11 51515 443 6 3 180 1708337700 1708337758 ACCEPT OK",
            "2 123456789012 eni-0a1b2c3d - - - - - - - 1708337700 1708337758 - NODATA",
        ];
        for width in [72, 80] {
            let joined = join(&rows(&lines, width), &mut Counts::default()).expect("wrapped");
            let texts: Vec<&[u8]> = joined.iter().map(|row| row.text.as_slice()).collect();
            assert_eq!(texts, lines.map(str::as_bytes));
        }
        // Rows of one length, and lines that are whole.
        assert!(join(&rows(&[lines[0]; 20], 200), &mut Counts::default()).is_none());
        assert!(join(&rows(&lines, 200), &mut Counts::default()).is_none());
    }
}
