//! `name=value` pairs of a dialect that no format claims, if the names are ones that tables use and two of the values
//! are addresses.

use super::columns::{Column, column};
use super::row::Row;
use crate::engine::format::dialect::{Pair, Shape, at, read};
use crate::engine::format::{Parsed, Sink, Span, plain};
use crate::engine::model::{Action, Names};
use crate::engine::source::cleanup::start;
use crate::engine::source::find::find;
use crate::engine::source::time::{self, DayOrder};
use crate::engine::source::{Clock, Record};
use std::borrow::Cow;

/// A line with fewer pairs is prose with an equals sign in it.
const MIN_PAIRS: usize = 3;

pub fn parse(record: &Record<'_>, clock: Clock, names: &mut Names, sink: &mut Sink) -> Parsed {
    let text = record.body;
    if memchr::memchr_iter(b'=', text).nth(MIN_PAIRS - 1).is_none()
        || start::n_addresses(text, 2) < 2 && n_masked(text) < 2
    {
        return Parsed::Foreign;
    }
    let mut row = Row::new(DayOrder::MonthFirst, clock);
    let (mut has_source, mut has_destination) = (false, false);
    let pairs = pairs(text);
    for pair in &pairs {
        let column = column(name(text, pair));
        let value = at(text, pair.value);
        let is_address = || plain::is_address(plain::split_port(value).0);
        has_source |= column.is_source() && is_address();
        has_destination |= column.is_destination() && is_address();
        row.set(column, Cow::Borrowed(value));
    }
    // A time in front that was not taken for a header.
    if record.head.stamp.is_missing()
        && let Some((_, used)) = time::any(text, &clock, DayOrder::MonthFirst)
    {
        row.set(Column::Time, Cow::Borrowed(&text[..used]));
    }
    if !has_source || !has_destination || !row.is_plausible() {
        return Parsed::Foreign;
    }
    if let Some(word) = decision(text, &pairs) {
        row.set(Column::Action, Cow::Borrowed(word));
    }
    let before = prose(text, &pairs);
    row.set(Column::Message, Cow::Borrowed(before));
    match row.event(record, names) {
        Ok(event) => sink.push(event),
        Err(reason) => Parsed::Malformed(reason),
    }
}

/// The decision, of dialects that have no field for it: one of these says it in a word or two, or the sentence in
/// front of the pairs does. A field of that name comes first.
fn decision<'t>(text: &'t [u8], pairs: &[Pair]) -> Option<&'t [u8]> {
    let is_short = |value: &&[u8]| value.split(|byte| *byte == b' ').count() <= 2;
    let said = pairs
        .iter()
        .filter(|pair| {
            let is_one = |known: &[u8]| name(text, pair).eq_ignore_ascii_case(known);
            is_one(b"note") || is_one(b"event")
        })
        .map(|pair| at(text, pair.value))
        .filter(is_short)
        .find(|value| plain::action(value).is_some());
    // `%%01POLICY/6/POLICYPERMIT(l):` names what was done.
    let before = || {
        Some(prose(text, pairs)).filter(|text| {
            let action = plain::action(text);
            action == Some(Action::Drop) || action.is_some() && find(text, b"%%").is_some()
        })
    };
    said.or_else(before)
}

/// What stands in front of the first pair.
fn prose<'t>(text: &'t [u8], pairs: &[Pair]) -> &'t [u8] {
    let end = pairs.first().map_or(0, |pair| pair.name.0 as usize);
    text.get(..end).unwrap_or_default().trim_ascii()
}

/// Without a number in brackets.
fn name<'t>(text: &'t [u8], pair: &Pair) -> &'t [u8] {
    let name = at(text, pair.name);
    name.split(|byte| *byte == b'(').next().unwrap_or(name)
}

fn pairs(text: &[u8]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    read(Shape::Equals(b' '), text, &mut pairs);
    pairs
}

pub fn gloss(text: &[u8]) -> Vec<Span> {
    let known = pairs(text).into_iter().filter_map(|pair| {
        let name = name(text, &pair);
        let (column, (start, end)) = (column(name), pair.value);
        let (field, meaning) = column.meaning();
        (column != Column::Other && end > start).then(|| Span {
            start: pair.name.0 as usize,
            end: end as usize,
            value_start: start as usize,
            value_end: end as usize,
            name: String::from_utf8_lossy(name).into_owned(),
            field,
            meaning,
        })
    });
    known.collect()
}
/// Addresses of which a person left no number.
fn n_masked(text: &[u8]) -> usize {
    text.split(|byte| matches!(byte, b' ' | b'=' | b'"' | b',' | b';' | b':' | b'/'))
        .filter(|word| plain::is_masked(word))
        .count()
}
