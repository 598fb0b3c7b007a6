//! What the fields of a line mean: the dialect's words, and what the value says of this connection.

use crate::engine::dataset::{Dataset, Session};
use crate::engine::explain;
use crate::engine::format::{FORMATS, Field, Format};
use crate::engine::model::Place;
use crate::engine::session::beat::Beat;

/// A field of a line, and what it means.
pub struct Gloss {
    pub start: usize,
    pub end: usize,
    pub name: String,
    pub value: String,
    pub meaning: String,
    pub rank: u8,
}

/// `header` names the columns, for dialects that have one.
pub fn gloss(
    data: &Dataset,
    session: Option<&Session>,
    place: Place,
    line: &[u8],
    header: Option<&[u8]>,
) -> Vec<Gloss> {
    let beat = session.and_then(|session| {
        session
            .beats(data)
            .iter()
            .find(|beat| beat.place.record() == place.record())
    });
    let Some(format) = format_of(data, beat) else {
        return Vec::new();
    };
    let spans = format.gloss(line, header).into_iter().map(|span| {
        let here = session
            .zip(beat)
            .and_then(|(session, beat)| explain::gloss::here(&span, data, session, beat));
        let mut meaning = span.meaning.to_string();
        if let Some(here) = here {
            // The general meaning first, unless the particular one says it again.
            meaning = if meaning.is_empty() || is_port(span.field) {
                here
            } else {
                format!("{meaning} {here}")
            };
        }
        Gloss {
            start: span.start,
            end: span.end,
            value: String::from_utf8_lossy(
                line.get(span.value_start..span.value_end)
                    .unwrap_or_default(),
            )
            .into_owned(),
            name: span.name,
            meaning,
            rank: match span.field {
                Field::SourcePort => 3,
                Field::DestinationPort | Field::Flags => 2,
                Field::Source | Field::Destination | Field::Action | Field::State => 1,
                _ => 0,
            },
        }
    });
    spans.collect()
}

fn is_port(field: Field) -> bool {
    matches!(field, Field::SourcePort | Field::DestinationPort)
}

fn format_of(data: &Dataset, beat: Option<&Beat>) -> Option<&'static dyn Format> {
    let id = match beat {
        Some(beat) => data
            .names
            .text(data.circumstances.get(&beat.setting)?.format)?,
        // A line that was not understood: what most lines of the log are.
        None => data
            .format_lines
            .iter()
            .max_by_key(|(_, n_lines)| **n_lines)?
            .0
            .as_str(),
    };
    FORMATS
        .iter()
        .copied()
        .find(|format| format.about().id == id)
}
