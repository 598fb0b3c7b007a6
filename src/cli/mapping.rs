//! What was said about unknown lines, from files.

use super::Fault;
use super::input::in_words;
use crate::engine::mapping::{self, MAX_TEXT, Mapping};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// All mappings as one text; of two layouts for the same cut the first one counts. A mapping that cannot be read is
/// an error: without it the lines would silently stay unknown.
pub fn load(files: &[PathBuf]) -> Result<String, Fault> {
    let mut all = Mapping::default();
    for file in files.iter().rev() {
        let read = mapping::parse(&text(file)?);
        let known =
            read.map_err(|fault| Fault::Usage(format!("--mapping {}: {fault}", file.display())))?;
        for layout in known.layouts.into_iter().rev() {
            all.learn(layout);
        }
    }
    if all.is_empty() {
        return Ok(String::new());
    }
    Ok(all.to_string())
}

fn text(file: &Path) -> Result<String, Fault> {
    let mut bytes = Vec::new();
    let opened = File::open(file);
    // One byte more than allowed is enough to be told so.
    let read = opened.and_then(|file| file.take(MAX_TEXT as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| {
        Fault::Usage(format!(
            "--mapping {}: {}",
            file.display(),
            in_words(&error)
        ))
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
