//! Records that are written in several lines by intention: a title and what belongs to it, a row and its counters.

use super::super::find::find;
use super::{Counts, Row, StepKind};
use memchr::memmem;

/// No record of this kind has more lines.
const MAX_LINES: u32 = 12;

/// The rows of a block with such records joined; a row that belongs to none stays.
pub fn join(rows: Vec<Row>, counts: &mut Counts) -> Vec<Row> {
    if !rows
        .iter()
        .any(|row| is_title(&row.text) || is_counters(&row.text) || is_header(&row.text))
    {
        return rows;
    }
    let mut joined: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        match joined.last_mut() {
            Some(record)
                if record.n_lines < MAX_LINES
                    && (is_title(&record.text) && !row.text.starts_with(b"[**]")
                        || is_counters(&row.text) && is_state(&record.text)
                        || is_header(&record.text) && row.text.starts_with(b" ")) =>
            {
                record.text.push(b' ');
                record.text.extend_from_slice(&row.text);
                record.n_lines += row.n_lines;
                record.truncated |= row.truncated;
                counts.add(StepKind::Unwrapped, 1);
            }
            _ => joined.push(row),
        }
    }
    joined
}

/// `[**] [1:1000101:1] words [**]`, and nothing of the packet itself in the title's own line.
fn is_title(text: &[u8]) -> bool {
    text.starts_with(b"[**] [")
        && memmem::rfind(text, b"[**]")
            .is_some_and(|at| at > 0 && find(&text[..at], b" -> ").is_none())
}

/// `10:15:06.000000 IP (tos 0x0, ttl 64, …, length 52)`: the ends stand in the next line, which is indented.
fn is_header(text: &[u8]) -> bool {
    text.ends_with(b")")
        && (find(text, b"IP (tos 0x").is_some() || find(text, b"IP6 (").is_some())
        && find(text, b" > ").is_none()
}

/// `[1000000001 + 2000000002] wscale 7 …`, `age 00:45:10, expires in 24:00:00, …`, `id: 5f… creatorid: 9a…`
fn is_counters(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let has = |needle: &[u8]| find(text, needle).is_some();
    text.starts_with(b"age ") && has(b"expires in ")
        || text.starts_with(b"[") && text.get(1).is_some_and(u8::is_ascii_digit) && has(b" + ")
        || text.starts_with(b"id: ") && has(b"creatorid: ")
}

/// A row with an arrow and a pair of states.
fn is_state(text: &[u8]) -> bool {
    (find(text, b" -> ").is_some() || find(text, b" <- ").is_some())
        && text.split(|byte| *byte == b' ').any(|word| {
            memchr::memchr(b':', word).is_some()
                && word.iter().all(|byte| {
                    byte.is_ascii_uppercase() || matches!(byte, b':' | b'_' | b'0'..=b'9')
                })
        })
}
