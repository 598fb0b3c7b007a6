//! Sentences for the page. Those that the engine's `explain` room has are its own; this is the seam.

use crate::engine::dataset::{Dataset, Session};
use crate::engine::format::{FORMATS, Field};
use crate::engine::judge::Term;

/// Headline and what follows it.
pub fn headline(data: &Dataset) -> (String, String) {
    match data.incidents.first() {
        Some(incident) => (incident.headline.clone(), incident.sentence.clone()),
        None => ("Nothing in this log needs an explanation.".into(), String::new()),
    }
}

/// A term of the judgement as a sentence.
pub fn term(_data: &Dataset, _session: &Session, term: &Term) -> String {
    format!("{} ({})", term.id, term.count)
}

/// A field of a line, and what it means.
pub struct Gloss {
    pub start: usize,
    pub end: usize,
    pub name: String,
    pub value: String,
    pub meaning: String,
    pub is_key: bool,
}

pub fn gloss(data: &Dataset, session: Option<&Session>, line: &[u8]) -> Vec<Gloss> {
    let _ = session;
    let format = FORMATS.iter().find(|format| data.format_lines.contains_key(format.about().id));
    let Some(format) = format else { return Vec::new() };
    let spans = format.gloss(line, None).into_iter().map(|span| Gloss {
        start: span.start,
        end: span.end,
        value: String::from_utf8_lossy(line.get(span.value_start..span.value_end).unwrap_or_default()).into_owned(),
        name: span.name,
        meaning: span.meaning.to_string(),
        is_key: matches!(
            span.field,
            Field::Source | Field::SourcePort | Field::Destination | Field::DestinationPort | Field::Action | Field::Flags
        ),
    });
    spans.collect()
}
