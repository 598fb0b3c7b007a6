//! JSON objects that were printed over many lines become one record each.
//!
//! An object that does not end within its block stays as it was. The bracket of an array around objects goes with the
//! first of them, the closing one with the last.

use super::{Counts, Row, StepKind};
use crate::engine::source::lines::MAX_LINE;

/// More lines than this are a document, not a record.
const MAX_LINES: usize = 4000;
/// Looks at each row, on average: thousands of brackets that never close are not worth more.
const MAX_LOOKS: usize = 8;

pub fn join(rows: Vec<Row>, counts: &mut Counts) -> Vec<Row> {
    if !rows.iter().any(|row| is_opening(&row.text)) {
        return rows;
    }
    let mut joined: Vec<Row> = Vec::new();
    let mut n_looks_left = MAX_LOOKS * rows.len();
    let mut at = 0;
    while let Some(row) = rows.get(at) {
        let n_rows = object(&rows[at..], &mut n_looks_left).unwrap_or(1);
        let mut record = row.clone();
        for rest in &rows[at + 1..at + n_rows] {
            append(&mut record, rest);
        }
        counts.add(StepKind::JoinedJson, n_rows as u64 - 1);
        at += n_rows;
        match joined.last_mut() {
            Some(last)
                if is_closing(&record.text)
                    && last
                        .text
                        .first()
                        .is_some_and(|byte| matches!(byte, b'{' | b'[' | b' ' | b'\t')) =>
            {
                append(last, &record);
                counts.add(StepKind::JoinedJson, 1);
            }
            _ => joined.push(record),
        }
    }
    joined
}

fn append(record: &mut Row, rest: &Row) {
    record.text.push(b' ');
    record.text.extend_from_slice(rest.text.trim_ascii_start());
    record.n_lines += rest.n_lines;
    record.truncated |= rest.truncated;
}

/// What printers put on a line of its own. A record that was wrapped at a width hardly ever begins so.
fn is_opening(text: &[u8]) -> bool {
    matches!(text.trim_ascii(), b"{" | b"[" | b"[{")
}

/// `]`, `],`, `]}`: what is left of the array.
fn is_closing(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    text.first() == Some(&b']') && text.len() <= 3
}

/// How many rows the object at the start of `rows` has; nothing if it does not end or ends on its first row.
fn object(rows: &[Row], n_looks_left: &mut usize) -> Option<usize> {
    if !is_opening(&rows.first()?.text) {
        return None;
    }
    let (mut depth, mut n_bytes, mut has_object) = (0_i32, 0, false);
    for (n, row) in rows.iter().take(MAX_LINES).enumerate() {
        n_bytes += row.text.len() + 1;
        *n_looks_left = n_looks_left.checked_sub(1)?;
        if n_bytes > MAX_LINE {
            return None;
        }
        let (mut is_string, mut is_escaped) = (false, false);
        for byte in &row.text {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = is_string,
                b'"' => is_string = !is_string,
                b'{' if !is_string => (depth, has_object) = (depth + 1, true),
                b'}' if !is_string => depth -= 1,
                _ => {}
            }
        }
        // A string cannot go on to the next line.
        if is_string || depth < 0 {
            return None;
        }
        if has_object && depth == 0 {
            return (n > 0).then_some(n + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, u32)]) {
        let rows = text.lines().map(|line| Row {
            text: line.as_bytes().to_vec(),
            n_lines: 1,
            ..Row::default()
        });
        let joined = join(rows.collect(), &mut Counts::default());
        let found: Vec<(String, u32)> = joined
            .iter()
            .map(|row| (String::from_utf8_lossy(&row.text).into_owned(), row.n_lines))
            .collect();
        let expected: Vec<(String, u32)> = expected
            .iter()
            .map(|(text, n_lines)| ((*text).to_string(), *n_lines))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn objects_over_lines() {
        check(
            "{\n  \"a\": {\n    \"b\": \"}\"\n  }\n}\n{\"c\":1}\n",
            &[("{ \"a\": { \"b\": \"}\" } }", 5), ("{\"c\":1}", 1)],
        );
        check(
            "[\n{\n\"a\":1\n},\n{\n\"a\":2\n}\n]\n",
            &[("[ { \"a\":1 },", 4), ("{ \"a\":2 } ]", 4)],
        );
        check("{\n\"a\":1\n", &[("{", 1), ("\"a\":1", 1)]);
        check("{\n\"a: 1\n}\n", &[("{", 1), ("\"a: 1", 1), ("}", 1)]);
    }
}
