//! `name=value` pairs of a dialect that no format claims, if the names are ones that tables use and two of the values
//! are addresses.

use super::columns::{Column, column};
use super::row::Row;
use crate::engine::format::dialect::{Pair, Shape, at, read};
use crate::engine::format::{Parsed, Sink, Span};
use crate::engine::model::{Host, Names};
use crate::engine::source::cleanup::start;
use crate::engine::source::time::DayOrder;
use crate::engine::source::{Clock, Record};
use std::borrow::Cow;

/// A line with fewer pairs is prose with an equals sign in it.
const MIN_PAIRS: usize = 3;

pub fn parse(record: &Record<'_>, clock: Clock, names: &mut Names, sink: &mut Sink) -> Parsed {
    let text = record.body;
    if memchr::memchr_iter(b'=', text).nth(MIN_PAIRS - 1).is_none()
        || start::n_addresses(text, 2) < 2
    {
        return Parsed::Foreign;
    }
    let mut row = Row::new(DayOrder::MonthFirst, clock);
    let (mut has_source, mut has_destination) = (false, false);
    for pair in pairs(text) {
        let column = column(at(text, pair.name));
        let value = at(text, pair.value);
        let is_address = || Host::parse(super::plain::split_port(value).0).is_some();
        has_source |= column.is_source() && is_address();
        has_destination |= column.is_destination() && is_address();
        row.set(column, Cow::Borrowed(value));
    }
    if !has_source || !has_destination || !row.is_plausible() {
        return Parsed::Foreign;
    }
    match row.event(record, names) {
        Ok(event) => sink.push(event),
        Err(reason) => Parsed::Malformed(reason),
    }
}

fn pairs(text: &[u8]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    read(Shape::Equals(b' '), text, &mut pairs);
    pairs
}

pub fn gloss(text: &[u8]) -> Vec<Span> {
    let known = pairs(text).into_iter().filter_map(|pair| {
        let name = at(text, pair.name);
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
