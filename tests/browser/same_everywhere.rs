//! Native and wasm give the same bytes: every sample, through the command line and through the page.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use xtask::browser::testid;
use xtask::places;

use crate::support::{Result, SOON, Visit};

/// The moment both are told it is, for stamps without a year.
const NOW: &str = "2026-11-22T12:00:00Z";

const DOCUMENTS: [(&str, &[&str]); 3] = [
    ("report", &["report", "--json"]),
    ("sessions", &["sessions"]),
    ("summary", &["summary"]),
];

fn samples() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(folders) = std::fs::read_dir(places::samples()) else {
        return files;
    };
    for folder in folders.flatten().filter(|entry| entry.path().is_dir()) {
        files.extend(
            std::fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| {
                    path.is_file()
                        && !path
                            .extension()
                            .is_some_and(|end| end == "snap" || end == "md")
                }),
        );
    }
    files.sort();
    files
}

/// The first place where two texts part, for a message that can be read.
fn difference(native: &str, page: &str) -> String {
    let at = native
        .bytes()
        .zip(page.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    let around = |text: &str| {
        String::from_utf8_lossy(
            &text.as_bytes()[at.saturating_sub(80).min(text.len())..(at + 80).min(text.len())],
        )
        .into_owned()
    };
    format!(
        "at byte {at} of {} and {}:\n  native …{}…\n  page   …{}…",
        native.len(),
        page.len(),
        around(native),
        around(page)
    )
}

#[test]
fn every_sample_gives_the_same_bytes_natively_and_in_the_page() -> Result {
    let samples = samples();
    assert!(!samples.is_empty(), "there are no samples");
    let mut visit = Visit::new()?;
    let mut differences = Vec::new();
    for (nth, sample) in samples.iter().enumerate() {
        let name = sample
            .strip_prefix(places::samples())?
            .display()
            .to_string();
        // A tab of its own for each would take minutes; a fresh document does.
        if nth > 0 {
            visit = visit.again()?;
        }
        let browser = &visit.browser;
        browser.eval(&format!("__whichway.now({})", json!(NOW)))?;
        browser.drop_files(&testid("dropzone"), &[sample])?;
        browser.wait_for(
            "['failed', 'ready'].includes(document.documentElement.dataset.phase)",
            SOON,
        )?;
        for (document, arguments) in DOCUMENTS {
            let output = Command::new(env!("CARGO_BIN_EXE_whichway"))
                .args(arguments)
                .args(["--now", NOW])
                // By its bare name, as the page knows it.
                .current_dir(sample.parent().unwrap())
                .arg(sample.file_name().unwrap())
                .output()?;
            assert!(
                output.status.success(),
                "{name}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let native = String::from_utf8(output.stdout)?;
            let page = browser.eval(&format!("__whichway.json('{document}')"))?;
            let page = page.as_str().unwrap_or_default();
            // A terminal's last line has an end; a document in the page need not.
            let [native, page] =
                [native.as_str(), page].map(|text| text.strip_suffix('\n').unwrap_or(text));
            if native != page {
                differences.push(format!("{name}, {document}: {}", difference(native, page)));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
    Ok(())
}
