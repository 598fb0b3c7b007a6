//! Lines of which a person has said what their cells hold.

use super::columns::{Column, column};
use super::json;
use super::row::Row;
use crate::engine::format::dialect::{Pair, Shape, at, read};
use crate::engine::format::{Parsed, Sink, Span};
use crate::engine::mapping::{Layout, Mapping, Of, Pairs, Split};
use crate::engine::model::Names;
use crate::engine::model::order::Order;
use crate::engine::source::csv::{Cell, cells};
use crate::engine::source::{Clock, Record};
use std::borrow::Cow;

/// The first layout that fits the line reads it.
pub fn parse(
    mapping: &Mapping,
    record: &Record<'_>,
    clock: Clock,
    names: &mut Names,
    sink: &mut Sink,
) -> Parsed {
    for layout in &mapping.layouts {
        match with(layout, record, clock, names, sink) {
            Parsed::Foreign => {}
            parsed => return parsed,
        }
    }
    Parsed::Foreign
}

/// `Foreign` unless the line is cut as the layout says and has an address where one belongs.
pub fn with(
    layout: &Layout,
    record: &Record<'_>,
    clock: Clock,
    names: &mut Names,
    sink: &mut Sink,
) -> Parsed {
    let row = row(layout, record.body, clock).or_else(|| row(layout, record.text, clock));
    let Some(row) = row else {
        return Parsed::Foreign;
    };
    match row.event(record, names) {
        Ok(event) => sink.push(event),
        Err(reason) => Parsed::Malformed(reason),
    }
}

fn row<'a>(layout: &'a Layout, text: &'a [u8], clock: Clock) -> Option<Row<'a>> {
    let mut row = Row::new(layout.dates, clock);
    row.decisions = &layout.decisions;
    for (column, value) in values(layout, text)? {
        row.set(column, value);
    }
    (row.has_ends() && row.is_plausible()).then_some(row)
}

/// What the cells hold; nothing when the line is cut in another way.
fn values<'a>(layout: &Layout, text: &'a [u8]) -> Option<Vec<(Column, Cow<'a, [u8]>)>> {
    let mut values = Vec::new();
    match layout.split {
        Split::Table { .. } => {
            let found = table(layout.split, text)?;
            for part in &layout.parts {
                let Of::Cells { first, last } = part.of else {
                    continue;
                };
                let (Some(one), Some(other)) = (found.get(first), found.get(last)) else {
                    continue;
                };
                values.push((
                    part.column,
                    if first == last {
                        one.text()
                    } else {
                        Cow::Borrowed(text.get(one.start..other.end())?)
                    },
                ));
            }
        }
        Split::Pairs(pairs) => named(pairs, text, &mut |name, value| {
            let column = layout
                .column_of(&Of::Name(String::from_utf8_lossy(name).into_owned()))
                .unwrap_or_else(|| usual(layout, name));
            values.push((column, value));
        }),
    }
    Some(values)
}

/// The cells of a line that has as many as the table.
pub fn table(split: Split, text: &[u8]) -> Option<Vec<Cell<'_>>> {
    let Split::Table {
        delimiter,
        n_columns,
        or_more,
    } = split
    else {
        return None;
    };
    let found: Vec<Cell<'_>> = cells(text, delimiter).take(n_columns + 1).collect();
    (found.len() == n_columns || or_more && found.len() > n_columns).then_some(found)
}

/// Names that everybody uses need no word, but never against one.
fn usual(layout: &Layout, name: &[u8]) -> Column {
    let column = column(name);
    let is_taken = layout.parts.iter().any(|part| part.column == column)
        || column.is_source()
        || column.is_destination();
    if is_taken { Column::Other } else { column }
}

/// Takes a name and its value.
pub type EachPair<'e, 'a> = dyn FnMut(&[u8], Cow<'a, [u8]>) + 'e;

/// All pairs of a line.
pub fn named<'a>(pairs: Pairs, text: &'a [u8], each: &mut EachPair<'_, 'a>) {
    let shape = match pairs {
        Pairs::Json => {
            json::each(text, &mut |name, value| {
                each(name.as_bytes(), Cow::Owned(value.into_bytes()));
            });
            return;
        }
        Pairs::Blank => Shape::Equals(b' '),
        Pairs::Comma => Shape::Equals(b','),
        Pairs::Semicolon => Shape::Equals(b';'),
        Pairs::Bar => Shape::Equals(b'|'),
        Pairs::Colon => Shape::List,
    };
    let mut found: Vec<Pair> = Vec::new();
    read(shape, text, &mut found);
    for pair in found {
        each(
            at(text, pair.name),
            Cow::Borrowed(at(text, pair.value).trim_ascii()),
        );
    }
}

/// The fields of a line, by the layout that fits it.
pub fn gloss(mapping: &Mapping, text: &[u8]) -> Vec<Span> {
    let record = crate::engine::source::header::split(text, &Clock::default());
    for layout in &mapping.layouts {
        for body in [record.body, text] {
            if row(layout, body, Clock::default()).is_some() {
                return spans(layout, body, text.len() - body.len());
            }
        }
    }
    Vec::new()
}

fn spans(layout: &Layout, body: &[u8], offset: usize) -> Vec<Span> {
    // Values are found again by where they stand: everything but JSON is borrowed from the line.
    let place = |value: &Cow<'_, [u8]>| match value {
        Cow::Borrowed(value) => (value.as_ptr() as usize).checked_sub(body.as_ptr() as usize),
        Cow::Owned(_) => None,
    };
    let mut spans: Vec<Span> = values(layout, body)
        .unwrap_or_default()
        .into_iter()
        .filter(|(column, value)| *column != Column::Other && !value.is_empty())
        .filter_map(|(column, value)| {
            let start = offset + place(&value)?;
            let (field, meaning) = column.meaning();
            Some(Span {
                start,
                end: start + value.len(),
                value_start: start,
                value_end: start + value.len(),
                name: column.word().to_string(),
                field,
                meaning,
            })
        })
        .collect();
    spans.order_by_key(|span| span.start);
    spans
}
