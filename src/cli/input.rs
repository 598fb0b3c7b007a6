//! Sources: files, folders, standard input; each looked at before it is read.

use super::Fault;
use crate::engine::dataset::SourceInfo;
use crate::engine::model::Micros;
use crate::engine::pipeline::Context;
use crate::engine::source::survey::{MAX_BLOCK_SOURCE, SAMPLE_BYTES, Sample};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// One input, ready to be read.
pub struct Source {
    pub name: String,
    pub bytes: Bytes,
    /// `None` for a pipe.
    pub n_bytes: Option<u64>,
    pub context: Context,
}

pub enum Bytes {
    File(PathBuf),
    Memory(Vec<u8>),
    /// What was already taken of standard input to look at it; the rest follows. Can be read once.
    Pipe(Mutex<Option<Vec<u8>>>),
}

/// With what a source is looked at.
#[derive(Default)]
pub struct Look {
    /// Microseconds since the epoch.
    pub now: Micros,
    /// What was said about unknown lines; may be empty.
    pub mapping: String,
}

impl Look {
    fn at(&self, sample: &Sample<'_>) -> Result<Context, String> {
        Context::taught(sample, self.now, &self.mapping).map_err(|error| error.to_string())
    }
}

/// A source that could not be read, or not to its end.
#[derive(Debug)]
pub struct Failure {
    pub name: String,
    pub reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.name, self.reason)
    }
}

impl Source {
    pub fn info(&self) -> SourceInfo {
        SourceInfo {
            name: self.name.clone(),
            key: self.context.survey.key,
            bytes: self.n_bytes.unwrap_or(0),
            n_lines: 0,
        }
    }

    /// True when ranges of it can be read at the same time.
    pub fn is_splittable(&self) -> bool {
        self.context.survey.shardable && matches!(self.bytes, Bytes::File(_))
    }
}

/// A place has 16 bits for its source, and one number stands for all sources together.
const MAX_SOURCES: usize = 65_534;

/// Looks at all sources; they come back in an order that does not depend on the one given.
pub fn open(files: &[PathBuf], look: &Look) -> Result<(Vec<Source>, Vec<Failure>), Fault> {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut failures = Vec::new();
    for file in files {
        if file.is_dir() {
            walk(file, &mut paths, &mut failures);
        } else {
            paths.push(file.clone());
        }
    }
    if paths.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Fault::Usage(
            "standard input (-) can be read only once".into(),
        ));
    }
    if paths.len() > MAX_SOURCES {
        return Err(Fault::Usage(format!(
            "{} files are too many for one input; {MAX_SOURCES} are the most",
            paths.len()
        )));
    }
    let names = names(&paths);
    let mut sources = Vec::new();
    for (path, name) in paths.into_iter().zip(names) {
        let opened = if path.as_os_str() == "-" {
            standard_input(name.clone(), look)
        } else {
            file(&path, name.clone(), look)
        };
        match opened {
            Ok(source) => sources.push(source),
            Err(reason) => failures.push(Failure { name, reason }),
        }
    }
    let key = |source: &Source| source.context.survey.key;
    sources.sort_by(|one, two| (key(one), &one.name).cmp(&(key(two), &two.name)));
    Ok((sources, failures))
}

/// All files below a folder, in order of their names; hidden ones are left out.
fn walk(folder: &Path, paths: &mut Vec<PathBuf>, failures: &mut Vec<Failure>) {
    let fail = |error: &io::Error| Failure {
        name: folder.display().to_string(),
        reason: in_words(error),
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return failures.push(fail(&error)),
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    found.sort();
    for path in found {
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_hidden {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            walk(&path, paths, failures);
        } else if path.is_file() {
            paths.push(path);
        }
    }
}

/// File names; whole paths where two files have the same name.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let short = |path: &PathBuf| {
        if path.as_os_str() == "-" {
            return "(standard input)".to_string();
        }
        path.file_name().map_or_else(
            || path.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        )
    };
    let all: Vec<String> = paths.iter().map(short).collect();
    let is_shared = |name: &String| all.iter().filter(|other| *other == name).count() > 1;
    let name = |(path, name): (&PathBuf, &String)| {
        if is_shared(name) {
            path.display().to_string()
        } else {
            name.clone()
        }
    };
    paths.iter().zip(&all).map(name).collect()
}

fn file(path: &Path, name: String, look: &Look) -> Result<Source, String> {
    let looked = || -> io::Result<([Vec<u8>; 3], u64)> {
        let mut file = File::open(path)?;
        let len = file.metadata()?.len();
        let mut samples = [Vec::new(), Vec::new(), Vec::new()];
        for (sample, (start, end)) in samples.iter_mut().zip(Sample::ranges(len)) {
            *sample = range(&mut file, start, end)?;
        }
        Ok((samples, len))
    };
    let ([head, middle, tail], len) = looked().map_err(|error| in_words(&error))?;
    let sample = Sample {
        head: &head,
        middle: &middle,
        tail: &tail,
        len: Some(len),
    };
    let context = look.at(&sample)?;
    Ok(Source {
        name,
        bytes: Bytes::File(path.to_path_buf()),
        n_bytes: Some(len),
        context,
    })
}

fn standard_input(name: String, look: &Look) -> Result<Source, String> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_BLOCK_SOURCE)
        .read_to_end(&mut bytes)
        .map_err(|error| in_words(&error))?;
    if (bytes.len() as u64) < MAX_BLOCK_SOURCE {
        return memory(name, bytes, look);
    }
    let head = bytes.get(..SAMPLE_BYTES as usize).unwrap_or(&bytes);
    let sample = Sample {
        head,
        middle: &[],
        tail: &[],
        len: None,
    };
    let context = look.at(&sample)?;
    Ok(Source {
        name,
        bytes: Bytes::Pipe(Mutex::new(Some(bytes))),
        n_bytes: None,
        context,
    })
}

/// Text that is already here.
pub fn memory(name: String, bytes: Vec<u8>, look: &Look) -> Result<Source, String> {
    let context = look.at(&Sample::of(&bytes))?;
    let len = bytes.len() as u64;
    Ok(Source {
        name,
        bytes: Bytes::Memory(bytes),
        n_bytes: Some(len),
        context,
    })
}

fn range(file: &mut File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(end - start).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What the system says, as a sentence.
pub fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "There is no such file.".into(),
        // Our own limit, in its own words.
        io::ErrorKind::OutOfMemory => error.to_string(),
        io::ErrorKind::PermissionDenied => "This file may not be read by you.".into(),
        _ => format!("It could not be read: {error}."),
    }
}
