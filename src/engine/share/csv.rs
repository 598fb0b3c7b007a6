//! Sessions as a table for spreadsheets (CSV, RFC 4180).
//!
//! A text that a spreadsheet would take for a formula gets a `'` in front; numbers stay numbers. Programs read the
//! JSON, which is not touched.

use super::clean::visible;
use crate::engine::dataset::Dataset;
use crate::engine::model::stamp;
use crate::engine::summary::Index;
use crate::engine::summary::rows::{RowView, row};
use std::fmt::Write as _;
use std::io::{self, Write};

const COLUMNS: &[&str] = &[
    "first",
    "last",
    "initiator",
    "initiator_port",
    "responder",
    "responder_port",
    "decided",
    "proto",
    "service",
    "direction",
    "packet_direction",
    "verdict",
    "verdict_name",
    "cause",
    "outcome",
    "band",
    "p",
    "tries",
    "events",
    "orphans",
    "bytes_initiator",
    "bytes_responder",
    "rule",
    "device",
    "id",
];

const ENOUGH: usize = 64 * 1024;

/// `list` gives indices into the dataset's sessions, in the order of the rows.
pub fn write(out: &mut dyn Write, data: &Dataset, index: &Index, list: &[u32]) -> io::Result<()> {
    let mut text = COLUMNS.join(",");
    text.push_str("\r\n");
    for at in list {
        if let Some(row) = row(data, index, *at) {
            record(&mut text, &row);
        }
        if text.len() >= ENOUGH {
            out.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    out.write_all(text.as_bytes())
}

fn record(out: &mut String, row: &RowView) {
    let time = |ts: Option<i64>| ts.map(stamp::rfc3339).unwrap_or_default();
    let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    let port = |port: Option<u16>| number(port.map(u64::from));
    let texts = [
        time(row.first),
        time(row.last),
        cell(&row.left.host),
        port(row.left.port),
        cell(&row.right.host),
        port(row.right.port),
        row.is_decided.to_string(),
        cell(&row.proto),
        cell(row.service.as_deref().unwrap_or("")),
        row.direction.name().into(),
        row.packet_direction.name().into(),
        row.verdict.id(),
        row.verdict.name().into(),
        row.cause
            .map(|cause| cause.name().to_string())
            .unwrap_or_default(),
        row.outcome.name().into(),
        row.band.name().into(),
        format!("{}.{:03}", row.p_milli / 1000, row.p_milli % 1000),
        row.tries.to_string(),
        row.n_events.to_string(),
        row.n_orphans.to_string(),
        number(row.bytes_left),
        number(row.bytes_right),
        cell(row.rule.as_deref().unwrap_or("")),
        cell(row.device.as_deref().unwrap_or("")),
        row.id.clone(),
    ];
    for (at, text) in texts.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(out, "{comma}{text}");
    }
    out.push_str("\r\n");
}

/// A text cell: guarded, then quoted where CSV asks for it.
pub fn cell(text: &str) -> String {
    let text = visible(text);
    let guarded = if is_formula(&text) {
        format!("'{text}")
    } else {
        text
    };
    if guarded.contains(['"', ',', '\n', '\r', ';', '\''])
        || guarded.starts_with(' ')
        || guarded.ends_with(' ')
    {
        return format!("\"{}\"", guarded.replace('"', "\"\""));
    }
    guarded
}

/// Spreadsheets look past blanks and byte-order marks before they decide.
fn is_formula(text: &str) -> bool {
    let start = text.trim_start_matches([' ', '\u{a0}', '\u{feff}', '"']);
    let is_number = start.parse::<f64>().is_ok();
    start.starts_with([
        '=', '+', '-', '@', '\t', '\r', '|', '%', '＝', '＋', '－', '＠',
    ]) && !is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_disarmed_and_a_number_is_left_alone() {
        for (text, expected) in [
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\""),
            (" @SUM(1)", "\"' @SUM(1)\""),
            ("-1+2", "\"'-1+2\""),
            ("-5", "-5"),
            ("web, mail", "\"web, mail\""),
            ("10.0.0.1", "10.0.0.1"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(cell(text), expected, "{text}");
        }
    }

    #[test]
    fn every_record_has_every_column() {
        let data = crate::engine::summary::fixture::office();
        let index = Index::new(&data, 1);
        let list: Vec<u32> = (0..data.sessions.len() as u32).collect();
        let mut out = Vec::new();
        write(&mut out, &data, &index, &list).expect("writing to memory");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text.lines().count(), list.len() + 1);
        assert!(
            text.lines()
                .all(|line| line.split(',').count() == COLUMNS.len()),
            "{text}"
        );
    }
}
