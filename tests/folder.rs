//! Logs of any origin: every file of a folder is read to its end, and every line of it is accounted for.
#![cfg(feature = "cli")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// All files below a folder, but not what the command line passes over. An empty one is complained about, and that is all
/// that can be said of it.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() {
            files(&path, found);
        } else if !is_hidden && path.metadata().expect("readable").len() > 0 {
            found.push(path);
        }
    }
}

fn count_lines(path: &Path) -> u64 {
    let bytes = std::fs::read(path).expect("readable");
    let ends = memchr::memchr_iter(b'\n', &bytes).count() as u64;
    ends + u64::from(bytes.last().is_some_and(|byte| *byte != b'\n'))
}

/// What `summary` counted; all was read, else it would say so.
fn tally(paths: &[PathBuf]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_whichway"))
        .args(["summary", "--now", "2026-01-01"])
        .args(paths)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        complaint
            .lines()
            .all(|line| line.ends_with("The file is empty.")),
        "{paths:?}: {complaint}"
    );
    let summary: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    summary["tally"].clone()
}

fn number(tally: &Value, name: &str) -> u64 {
    tally[name].as_u64().expect("a number")
}

fn check(folder: &Path) {
    let mut found = Vec::new();
    files(folder, &mut found);
    assert!(!found.is_empty(), "{} holds files", folder.display());
    for path in &found {
        let tally = tally(std::slice::from_ref(path));
        let parts = ["event_lines", "other", "malformed", "foreign", "blank"];
        let sum: u64 = parts.iter().map(|part| number(&tally, part)).sum();
        let n_lines = number(&tally, "lines");
        assert_eq!(sum, n_lines, "{}: {tally}", path.display());
        assert_eq!(n_lines, count_lines(path), "{}", path.display());
    }
    let n_all: u64 = found.iter().map(|path| count_lines(path)).sum();
    let whole = tally(&[folder.to_path_buf()]);
    assert_eq!(number(&whole, "lines"), n_all, "{}", folder.display());
}

#[test]
fn every_line_of_the_samples_is_accounted_for() {
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"));
}

/// Real logs, where there are some beside the project.
#[test]
fn every_line_of_real_logs_is_accounted_for() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if folder.is_dir() {
        check(&folder);
    }
}
