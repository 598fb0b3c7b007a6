//! Lines of one shape, cut into columns that a person can name, and what would be read of them.

use super::Open;
use super::lines::{Wanted, read_again};
use crate::engine::format::generic_csv::{Column, mapped};
use crate::engine::format::{Parsed, Sink, plain};
use crate::engine::mapping::{self, Layout, Mapping, Pairs, Split, guess};
use crate::engine::model::{Action, Event, Names, proto, stamp};
use crate::engine::pipeline::Context;
use crate::engine::source::csv::Delimiter;
use crate::engine::source::{Clock, header};
use crate::worker::protocol::{Dropped, Kept};
use crate::worker::view::{ShapeOf, ShapeRow, TaughtColumn, Teaching};

/// Kinds of lines that are offered, of those that were not read and of those that were guessed.
const MAX_SHAPES: usize = 30;
/// Lines that are shown as they would be read.
const MAX_PREVIEW: usize = 5;
/// Values shown of a column, and letters of each.
const MAX_VALUES: usize = 3;
const MAX_LETTERS: usize = 40;
/// Words of the action that are asked about.
const MAX_WORDS: usize = 8;

impl Open {
    pub(super) fn shapes(&self) -> Vec<ShapeRow> {
        let data = &self.data;
        let mut rows = Vec::new();
        for (is_guess, shapes) in [(false, &data.unknown), (true, &data.guessed)] {
            for (key, shape) in shapes.ranked().into_iter().take(MAX_SHAPES) {
                let first = shape.lines.first().and_then(|(place, line)| {
                    let source = data.sources.get(usize::from(place.source()))?;
                    Some((source.name.clone(), u64::from(*line) + 1))
                });
                rows.push(ShapeRow {
                    of: ShapeOf {
                        key: key.to_string(),
                        is_guess,
                    },
                    pattern: shape.pattern.clone(),
                    n_lines: shape.n_lines,
                    first: first.unwrap_or_default(),
                });
            }
        }
        rows
    }

    /// What the lines of a shape hold: by the draft, or as far as their values tell.
    pub async fn teach(
        &self,
        of: ShapeOf,
        draft: &str,
        sources: &[Dropped],
        contexts: &[Context],
    ) -> Kept {
        let shapes = if of.is_guess {
            &self.data.guessed
        } else {
            &self.data.unknown
        };
        let known = shapes.ranked().into_iter().find(|(key, _)| *key == of.key);
        let wanted: Vec<Wanted> = known
            .map(|(_, shape)| {
                shape
                    .lines
                    .iter()
                    .map(|(place, line)| Wanted::of(*place, *line))
            })
            .into_iter()
            .flatten()
            .collect();
        let texts = read_again(&wanted, sources, contexts).await;
        let lines: Vec<Vec<u8>> = texts.into_values().collect();
        let now = contexts.first().map_or(0, |context| context.now);
        Kept::Teaching(Box::new(teaching(of, &lines, draft, Clock { now })))
    }
}

/// A draft without any field is a wish to cut the lines that way and to look again.
pub fn teaching(of: ShapeOf, lines: &[Vec<u8>], draft: &str, clock: Clock) -> Teaching {
    let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    let splits = guess::splits(&lines);
    let drafted = mapping::draft(draft)
        .ok()
        .and_then(|mapping| mapping.layouts.into_iter().next());
    let layout = match (drafted, splits.first()) {
        (Some(layout), _) if !layout.parts.is_empty() => layout,
        (Some(layout), _) => guess::layout(layout.split, &lines),
        (None, Some(split)) => guess::layout(*split, &lines),
        (None, None) => {
            return Teaching {
                of,
                ..Teaching::default()
            };
        }
    };
    let columns = guess::columns(layout.split, &lines);
    let mut splits = splits;
    if !splits.contains(&layout.split) {
        splits.push(layout.split);
    }
    let (mut preview, mut n_read) = (Vec::new(), 0);
    for line in &lines {
        let read = read(&layout, line, clock);
        n_read += u32::from(read.is_ok());
        if preview.len() < MAX_PREVIEW {
            preview.push(read);
        }
    }
    Teaching {
        splits: splits
            .iter()
            .map(|split| (split.to_string(), said(*split)))
            .collect(),
        split: layout.split.to_string(),
        columns: columns
            .iter()
            .map(|cells| TaughtColumn {
                name: cells.of.to_string(),
                values: values(&cells.values),
                word: layout
                    .column_of(&cells.of)
                    .map_or_else(String::new, |column| column.word().to_string()),
            })
            .collect(),
        words: words(&layout, &columns),
        preview,
        n_read,
        n_lines: lines.len() as u32,
        is_whole: layout.has_both_ends(),
        draft: Mapping {
            layouts: vec![layout],
        }
        .to_string(),
        of,
    }
}

/// Different values, the first few.
fn values(all: &[Vec<u8>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in all.iter().filter(|value| !value.is_empty()) {
        let text: String = String::from_utf8_lossy(value)
            .chars()
            .take(MAX_LETTERS)
            .collect();
        if found.len() < MAX_VALUES && !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// Words of the action that say nothing by themselves, or of which the draft says something.
fn words(layout: &Layout, columns: &[guess::Cells]) -> Vec<(String, Option<bool>)> {
    let mut found: Vec<(String, Option<bool>)> = layout
        .decisions
        .iter()
        .map(|(word, decision)| (word.clone(), Some(*decision == mapping::Decision::Allowed)))
        .collect();
    let actions = columns
        .iter()
        .filter(|cells| layout.column_of(&cells.of) == Some(Column::Action));
    for value in actions.flat_map(|cells| &cells.values) {
        let Ok(word) = std::str::from_utf8(value) else {
            continue;
        };
        let is_new = !word.is_empty()
            && word.len() <= MAX_LETTERS
            && plain::action(value).is_none()
            && found.iter().all(|(known, _)| known != word);
        if is_new && found.len() < MAX_WORDS {
            found.push((word.to_string(), None));
        }
    }
    found
}

/// Time, ends, protocol and decision of a line, or why there are none.
fn read(layout: &Layout, line: &[u8], clock: Clock) -> Result<Vec<String>, String> {
    let (mut names, mut sink) = (Names::default(), Sink::default());
    let record = header::split(line, &clock);
    match mapped::with(layout, &record, clock, &mut names, &mut sink) {
        Parsed::Malformed(reason) => Err(reason.text().to_string()),
        _ => match sink.events.first() {
            Some(event) => Ok(told(event, &names)),
            None => Err("it is cut in another way, or no address stands where one belongs".into()),
        },
    }
}

fn told(event: &Event, names: &Names) -> Vec<String> {
    let time = if event.ts.is_missing() {
        "no time".to_string()
    } else {
        stamp::rfc3339(event.ts.micros)[..19].replace('T', " ")
    };
    let decision = match event.action {
        Action::Unknown => "decision unknown",
        action if action.is_denied() => "refused",
        action if action.is_allowed() => "let through",
        action => action.name(),
    };
    vec![
        time,
        event.src.text(names),
        event.dst.text(names),
        proto::name(event.proto),
        decision.to_string(),
    ]
}

fn said(split: Split) -> String {
    match split {
        Split::Table {
            delimiter,
            n_columns,
            or_more,
        } => {
            let mark = match delimiter {
                Delimiter::Byte(b'\t') => "tabs",
                Delimiter::Byte(b';') => "semicolons",
                Delimiter::Byte(b'|') => "bars",
                Delimiter::Byte(_) => "commas",
                Delimiter::Gap => "wide gaps",
                Delimiter::Blank => "blanks",
            };
            let more = if or_more { " or more" } else { "" };
            format!("{n_columns}{more} columns between {mark}")
        }
        Split::Pairs(pairs) => match pairs {
            Pairs::Blank => "name=value between blanks",
            Pairs::Comma => "name=value between commas",
            Pairs::Semicolon => "name=value between semicolons",
            Pairs::Bar => "name=value between bars",
            Pairs::Colon => "Name: value, Name: value",
            Pairs::Json => "JSON objects",
        }
        .into(),
    }
}
