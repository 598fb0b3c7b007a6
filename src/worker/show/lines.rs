//! Lines, read again from their sources, and the gloss of their fields.

use crate::engine::model::order::Order;
use std::collections::BTreeMap;

use super::{Open, words};
use crate::engine::dataset::{Dataset, Session};
use crate::engine::model::Place;
use crate::engine::pipeline::Context;
use crate::engine::source::{LineEnds, MAX_LINE};
use crate::worker::feed::{Feed, is_direct};
use crate::worker::protocol::{Dropped, Kept};
use crate::worker::reader;
use crate::worker::view::{Line, Lines, LinesOf, Piece};

/// Bytes shown of one line.
const SHOWN_BYTES: usize = 8 << 10;
/// Sessions of an incident whose places are gathered before a window of lines is cut.
const MAX_PLACES: usize = 200_000;

/// A line to show.
pub(super) struct Wanted {
    place: Place,
    line: u32,
    reason: Option<&'static str>,
    /// The session that it is shown for decides what a field means here.
    session: Option<u32>,
}

impl Wanted {
    pub(super) fn of(place: Place, line: u32) -> Wanted {
        Wanted {
            place,
            line,
            reason: None,
            session: None,
        }
    }
}

impl Open {
    pub async fn lines(
        &self,
        of: &LinesOf,
        first: u32,
        count: u32,
        sources: &[Dropped],
        contexts: &[Context],
    ) -> Kept {
        let data = &self.data;
        let (title, wanted) = self.wanted(of);
        let n_total = wanted.len() as u32;
        let window: Vec<Wanted> = wanted
            .into_iter()
            .skip(first as usize)
            .take(count as usize)
            .collect();
        let texts = read_again(&window, sources, contexts).await;
        let lines = window
            .iter()
            .map(|wanted| {
                let source = sources.get(usize::from(wanted.place.source()));
                let text = texts.get(&wanted.place.record());
                Line {
                    source: source.map_or_else(|| "?".into(), |source| source.name.clone()),
                    number: u64::from(wanted.line) + 1,
                    reason: wanted.reason.map(str::to_string),
                    pieces: match text {
                        Some(text) => pieces(data, text, header_of(contexts, wanted), wanted),
                        None => vec![Piece {
                            text: "(this line cannot be read again: the file changed or moved)"
                                .into(),
                            ..Piece::default()
                        }],
                    },
                    is_cut: text.is_some_and(|text| text.len() > SHOWN_BYTES),
                }
            })
            .collect();
        Kept::Lines(Box::new(Lines {
            title,
            first,
            n_total,
            lines,
        }))
    }

    fn wanted(&self, of: &LinesOf) -> (String, Vec<Wanted>) {
        let data = &self.data;
        let incident = |text: &str| {
            let number = u64::from_str_radix(text, 16).ok()?;
            data.incidents.iter().find(|incident| incident.id == number)
        };
        match of {
            LinesOf::Unread => {
                let list = data.unread.iter().map(|unread| Wanted {
                    place: unread.place,
                    line: unread.line,
                    reason: Some(unread.reason.text()),
                    session: None,
                });
                (String::new(), list.collect())
            }
            LinesOf::Session { id } => {
                let number = u64::from_str_radix(id, 16).ok();
                let at = data
                    .sessions
                    .iter()
                    .position(|session| Some(session.id(data)) == number);
                (String::new(), of_sessions(data, at.map(|at| at as u32)))
            }
            LinesOf::Incident { id } => match incident(id) {
                Some(incident) => (
                    incident.headline.clone(),
                    of_sessions(data, incident.sessions.iter().copied()),
                ),
                None => (String::new(), Vec::new()),
            },
            LinesOf::Reason {
                incident: id,
                against,
                nth,
            } => {
                let reason = incident(id).and_then(|incident| {
                    let list = if *against {
                        &incident.evidence_against
                    } else {
                        &incident.evidence_for
                    };
                    list.get(*nth as usize)
                });
                match reason {
                    Some(reason) => (
                        reason.text.clone(),
                        of_sessions(data, reason.sessions.iter().copied()),
                    ),
                    None => (String::new(), Vec::new()),
                }
            }
        }
    }
}

/// The lines of sessions, each line once, in the order of the sources.
fn of_sessions(data: &Dataset, sessions: impl IntoIterator<Item = u32>) -> Vec<Wanted> {
    let mut list = Vec::new();
    for at in sessions {
        let Some(session) = data.sessions.get(at as usize) else {
            continue;
        };
        list.extend(session.beats(data).iter().map(|beat| Wanted {
            place: beat.place.record(),
            line: beat.line,
            reason: None,
            session: Some(at),
        }));
        if list.len() >= MAX_PLACES {
            break;
        }
    }
    list.order_by_key(|wanted| wanted.place);
    list.dedup_by_key(|wanted| wanted.place);
    list
}

/// The text of each wanted line. Sources that can be entered anywhere are; packed ones are read from their start.
pub(super) async fn read_again(
    wanted: &[Wanted],
    sources: &[Dropped],
    contexts: &[Context],
) -> BTreeMap<Place, Vec<u8>> {
    let mut texts = BTreeMap::new();
    let mut by_source: BTreeMap<usize, Vec<Place>> = BTreeMap::new();
    for wanted in wanted {
        by_source
            .entry(usize::from(wanted.place.source()))
            .or_default()
            .push(wanted.place.record());
    }
    for (idx, places) in by_source {
        let (Some(source), Some(context)) = (sources.get(idx), contexts.get(idx)) else {
            continue;
        };
        if is_direct(context) {
            for place in places {
                let end = (place.offset() + MAX_LINE as u64).min(source.n_bytes);
                if let Ok(bytes) = reader::read_whole(&source.file, place.offset(), end).await {
                    texts.insert(place, until_end(&bytes, context.survey.ends).to_vec());
                }
            }
        } else {
            walk(source, context, &places, &mut texts).await;
        }
    }
    texts
}

/// Reads a packed source from its start up to the last wanted line.
async fn walk(
    source: &Dropped,
    context: &Context,
    places: &[Place],
    texts: &mut BTreeMap<Place, Vec<u8>>,
) {
    let mut feed = Feed::new(context);
    let mut at = 0_u64;
    let mut kept: Vec<(Place, Vec<u8>)> = places.iter().map(|place| (*place, Vec::new())).collect();
    let last = places
        .last()
        .map_or(0, |place| place.offset() + MAX_LINE as u64);
    let mut each = |text: &[u8]| {
        let (start, end) = (at, at + text.len() as u64);
        for (place, bytes) in &mut kept {
            let (from, to) = (
                place.offset().max(start),
                (place.offset() + MAX_LINE as u64).min(end),
            );
            if from < to {
                bytes.extend_from_slice(&text[(from - start) as usize..(to - start) as usize]);
            }
        }
        at = end;
        at < last
    };
    reader::read(&source.file, 0, source.n_bytes, |chunk| {
        feed.push(chunk, &mut each)
    })
    .await
    .ok();
    feed.finish(&mut each);
    for (place, bytes) in kept {
        if !bytes.is_empty() {
            texts.insert(place, until_end(&bytes, context.survey.ends).to_vec());
        }
    }
}

fn until_end(bytes: &[u8], ends: LineEnds) -> &[u8] {
    let end = match ends {
        LineEnds::Lf => memchr::memchr(b'\n', bytes),
        LineEnds::Any => memchr::memchr2(b'\n', b'\r', bytes),
    };
    let line = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The line that names the columns, where the source begins with one, or what a person said of them.
fn header_of<'s>(contexts: &'s [Context], wanted: &Wanted) -> Option<&'s [u8]> {
    let context = contexts.get(usize::from(wanted.place.source()))?;
    match context.headers.last() {
        Some((_, text)) => Some(text.as_slice()),
        None => Some(context.mapping.as_bytes()).filter(|text| !text.is_empty()),
    }
}

/// The line cut into fields and what stands between them.
fn pieces(data: &Dataset, line: &[u8], header: Option<&[u8]>, wanted: &Wanted) -> Vec<Piece> {
    let line = line.get(..SHOWN_BYTES).unwrap_or(line);
    let text = |range: std::ops::Range<usize>| {
        String::from_utf8_lossy(line.get(range).unwrap_or_default()).into_owned()
    };
    let session: Option<&Session> = wanted.session.and_then(|at| data.sessions.get(at as usize));
    let mut pieces = Vec::new();
    let mut at = 0;
    for gloss in words::gloss(data, session, wanted.place, line, header) {
        if gloss.start < at || gloss.end > line.len() || gloss.start >= gloss.end {
            continue;
        }
        if gloss.start > at {
            pieces.push(Piece {
                text: text(at..gloss.start),
                ..Piece::default()
            });
        }
        pieces.push(Piece {
            text: text(gloss.start..gloss.end),
            name: gloss.name,
            value: gloss.value,
            meaning: gloss.meaning,
            rank: gloss.rank,
        });
        at = gloss.end;
    }
    if at < line.len() {
        pieces.push(Piece {
            text: text(at..line.len()),
            ..Piece::default()
        });
    }
    pieces
}
