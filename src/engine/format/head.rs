//! The gloss of a transport header: when a line was written and by which machine.

use super::{Field, Span};
use crate::engine::model::order::Order;
use crate::engine::model::stamp::civil;
use crate::engine::source::time::{self, DayOrder};
use crate::engine::source::{Clock, Record, header};

/// The record of a line, and what its header says in words.
pub fn spans(text: &[u8]) -> (Record<'_>, Vec<Span>) {
    // Only where the words stand matters here, so any present does.
    let clock = Clock {
        now: civil(2024, 12, 31, 0, 0, 0, 0).unwrap_or(0),
    };
    let record = header::split(text, &clock);
    let mut spans = Vec::new();
    let body = text.len() - record.body.len();
    if !record.head.stamp.is_missing()
        && let Some((start, end)) = stamp_place(&text[..body], &record, clock)
    {
        spans.push(span(
            start,
            end,
            "time",
            Field::Time,
            "When the line was written, by the clock of the machine that wrote it.",
        ));
    }
    if let Some((start, end)) = place_of(record.head.host, text) {
        spans.push(span(
            start,
            end,
            "device",
            Field::Device,
            "The machine that wrote the line.",
        ));
    }
    spans.order_by_key(|span| span.start);
    (record, spans)
}

/// Where `part`, which was cut out of `text`, stands in it; nothing for an empty part.
pub fn place_of(part: &[u8], text: &[u8]) -> Option<(usize, usize)> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let end = start + part.len();
    (!part.is_empty() && end <= text.len()).then_some((start, end))
}

pub fn span(start: usize, end: usize, name: &str, field: Field, meaning: &'static str) -> Span {
    Span {
        start,
        end,
        value_start: start,
        value_end: end,
        name: name.to_string(),
        field,
        meaning,
    }
}

/// Where the header's time stands: the last place that reads as the same moment.
fn stamp_place(head: &[u8], record: &Record<'_>, clock: Clock) -> Option<(usize, usize)> {
    let is_start = |at: usize| at == 0 || !head[at - 1].is_ascii_alphanumeric();
    (0..head.len())
        .rev()
        .filter(|at| is_start(*at))
        .find_map(|at| {
            let (_, used) = time::any(&head[at..], &clock, DayOrder::default())
                .or_else(|| time::uptime(&head[at..]))
                .filter(|(stamp, _)| *stamp == record.head.stamp)?;
            let length = head[at..at + used].trim_ascii_end().len();
            Some((at, at + length))
        })
}
