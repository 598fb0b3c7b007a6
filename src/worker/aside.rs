//! What is read beside the log: watch lists, and the log of a normal day.

use super::feed;
use super::protocol::{Dropped, Tell};
use super::reader;
use super::serve::{seed, tell};
use crate::engine::dataset::SourceInfo;
use crate::engine::explain::words::count;
use crate::engine::model::order::Order;
use crate::engine::normal;
use crate::engine::pipeline::{self, Range, Reader};
use crate::engine::session::Partial;
use crate::engine::settings::Settings;
use crate::engine::summary::Index;
use crate::engine::watch::{MAX_BYTES, WatchList};
use std::sync::Arc;

/// Bytes between two reports of progress.
const PROGRESS_BYTES: u64 = 4 << 20;

/// The list of all files, and what came of it; without files there is none.
pub async fn watch_list(lists: &[Dropped]) -> (Option<Arc<WatchList>>, String) {
    if lists.is_empty() {
        return (None, String::new());
    }
    let mut texts = Vec::new();
    for list in lists {
        match reader::read_whole(&list.file, 0, list.n_bytes.min(MAX_BYTES as u64)).await {
            Ok(bytes) => texts.push(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => {
                return (
                    None,
                    format!("{} ({})", feed::unreadable(&error), list.name),
                );
            }
        }
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (list, unread) = WatchList::of(&texts);
    let mut says = vec![format!(
        "Watching for {}.",
        count(list.n_entries() as u64, "entry", "entries")
    )];
    let some = lists.iter().zip(&unread).filter(|(_, unread)| unread.n > 0);
    says.extend(some.map(|(list, unread)| unread.sentence(&list.name)));
    (Some(Arc::new(list)), says.join(" "))
}

/// Reads the sources one after the other in this worker, which is there for nothing else.
pub async fn profile(sources: &[Dropped], settings: &Settings, now_us: i64) {
    let mut surveyed = Vec::new();
    let mut fault = None;
    for source in sources {
        match feed::survey(&source.file, now_us, &settings.mapping).await {
            Ok(context) => surveyed.push((source, context)),
            Err(reason) => fault = Some(format!("{reason} ({})", source.name)),
        }
    }
    // As everywhere, the order of a drop changes nothing.
    surveyed.order_by_key(|(_, context)| context.survey.key);
    let mut part = Partial::new(seed());
    let mut infos = Vec::new();
    let mut n_read = 0;
    for (nth, (source, context)) in surveyed.iter().enumerate() {
        let mut engine = Reader::new(context, Range::whole(nth as u16), seed());
        let mut n_told = n_read;
        let read = reader::read(&source.file, 0, u64::MAX, |chunk| {
            n_read += chunk.len() as u64;
            if n_read - n_told >= PROGRESS_BYTES {
                n_told = n_read;
                tell(&Tell::Progress { n_bytes: n_read });
            }
            engine.feed(chunk)
        });
        if let Err(error) = read.await {
            fault = Some(format!("{} ({})", feed::unreadable(&error), source.name));
        }
        let finished = engine.finish();
        if let Some(error) = finished.error {
            fault = Some(format!("{error} ({})", source.name));
        }
        part = part.merge(finished.part);
        infos.push(SourceInfo {
            name: source.name.clone(),
            key: context.survey.key,
            bytes: source.n_bytes,
            ..SourceInfo::default()
        });
    }
    let data = pipeline::conclude(part, settings, infos);
    let profile = normal::profile(&data, &Index::new(&data, seed()));
    tell(&Tell::Profiled {
        profile: postcard::to_allocvec(&profile).unwrap_or_default(),
        n_sessions: profile.n_sessions,
        fault,
    });
}
