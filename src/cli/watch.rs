//! Watch lists from files.

use super::Fault;
use super::input::in_words;
use crate::engine::dataset::Dataset;
use crate::engine::settings::Settings;
use crate::engine::summary::filter::Filter;
use crate::engine::summary::{Index, matching};
use crate::engine::watch::WatchList;
use crate::engine::watch::hits::{self, Hit};
use std::path::PathBuf;
use std::sync::Arc;

/// Reads the lists into the settings; gives a sentence for each that was not read whole. A file that cannot be opened
/// is an error: an answer without the list would look like one without hits.
pub fn load(files: &[PathBuf], settings: &mut Settings) -> Result<Vec<String>, Fault> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let mut texts = Vec::new();
    for file in files {
        let bytes = std::fs::read(file).map_err(|error| {
            Fault::Usage(format!("--watch {}: {}", file.display(), in_words(&error)))
        })?;
        texts.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (list, unread) = WatchList::of(&texts);
    settings.watch = Some(Arc::new(list));
    let all = files.iter().zip(&unread);
    let some = all.filter(|(_, unread)| unread.n > 0);
    Ok(some
        .map(|(file, unread)| {
            let name = file.file_name().unwrap_or(file.as_os_str());
            unread.sentence(&name.to_string_lossy())
        })
        .collect())
}

/// What the list found among the sessions that pass the filter.
pub fn hits(data: &Dataset, index: &Index, filter: &Filter) -> Vec<Hit> {
    if filter.is_empty() || data.watched.is_empty() {
        return data.watched.clone();
    }
    let passing = matching(data, index, filter).into_list();
    hits::only(data, &data.watched, |at| passing.binary_search(&at).is_ok())
}
