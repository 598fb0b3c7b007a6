//! JSON objects whose keys are the names that tables use, flat or nested (`{"source":{"ip":…}}`).

use super::columns::{Column, column};
use super::row::Row;
use crate::engine::format::{Parsed, Sink, Span};
use crate::engine::model::Names;
use crate::engine::source::cleanup::start;
use crate::engine::source::time::DayOrder;
use crate::engine::source::{Clock, Record};
use serde_json::Value;
use std::borrow::Cow;

/// Objects in objects in objects are as deep as logs go.
const MAX_DEPTH: usize = 3;

pub fn parse(record: &Record<'_>, clock: Clock, names: &mut Names, sink: &mut Sink) -> Parsed {
    // Most objects are not traffic; two addresses are looked for before the text is taken apart.
    if start::n_addresses(record.body, 2) < 2 {
        return Parsed::Foreign;
    }
    let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(record.body) else {
        return Parsed::Foreign;
    };
    let mut row = Row::new(DayOrder::MonthFirst, clock);
    let (mut n_source, mut n_destination) = (0, 0);
    visit(&object, "", 0, &mut |name, value| {
        let column = column(name.as_bytes());
        n_source += usize::from(column.is_source());
        n_destination += usize::from(column.is_destination());
        row.set(column, Cow::Owned(value.into_bytes()));
    });
    if n_source == 0 || n_destination == 0 || !row.is_plausible() {
        return Parsed::Foreign;
    }
    match row.event(record, names) {
        Ok(event) => sink.push(event),
        Err(reason) => Parsed::Malformed(reason),
    }
}

/// Every plain value of an object; `a.b` is `b` in `a`.
pub fn each(text: &[u8], each: &mut impl FnMut(&str, String)) {
    if let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(text) {
        visit(&object, "", 0, each);
    }
}

fn visit(
    object: &serde_json::Map<String, Value>,
    path: &str,
    depth: usize,
    each: &mut impl FnMut(&str, String),
) {
    for (key, value) in object {
        let name = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        match value {
            Value::Object(inner) if depth < MAX_DEPTH => visit(inner, &name, depth + 1, each),
            Value::String(text) => each(&name, text.clone()),
            Value::Number(number) => each(&name, number.to_string()),
            _ => {}
        }
    }
}

/// Keys with plain values, where they stand. Nested keys are glossed by their last part.
pub fn gloss(text: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    if text.trim_ascii_start().first() != Some(&b'{') {
        return spans;
    }
    let mut at = 0;
    while let Some((key_start, key_end)) = string(text, at) {
        at = key_end + 1;
        let Some(value_at) = skip(text, at, b':') else {
            continue;
        };
        let (value_start, value_end) = match text.get(value_at) {
            Some(b'"') => match string(text, value_at) {
                Some(value) => value,
                None => break,
            },
            Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'-' => {
                let n_value = text[value_at..]
                    .iter()
                    .take_while(|byte| !matches!(byte, b',' | b'}' | b']' | b' '))
                    .count();
                (value_at, value_at + n_value)
            }
            _ => continue,
        };
        at = value_end + usize::from(text.get(value_end) == Some(&b'"'));
        let name = &text[key_start..key_end];
        let (field, meaning) = column(name).meaning();
        if value_end > value_start && column(name) != Column::Other {
            spans.push(Span {
                start: key_start - 1,
                end: at,
                value_start,
                value_end,
                name: String::from_utf8_lossy(name).into_owned(),
                field,
                meaning,
            });
        }
    }
    spans
}

/// The inside of the next string at or behind `at`.
fn string(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let start = at + memchr::memchr(b'"', text.get(at..)?)? + 1;
    let mut end = start;
    loop {
        end += memchr::memchr2(b'"', b'\\', text.get(end..)?)?;
        if text[end] == b'"' {
            return Some((start, end));
        }
        end += 2;
    }
}

/// Where the text goes on after `byte` and blanks.
fn skip(text: &[u8], at: usize, byte: u8) -> Option<usize> {
    let n_before = text
        .get(at..)?
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    (text.get(at + n_before) == Some(&byte)).then_some(())?;
    let at = at + n_before + 1;
    Some(
        at + text
            .get(at..)?
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count(),
    )
}
