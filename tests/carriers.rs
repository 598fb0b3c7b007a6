//! What collectors put around a line, done to every sample: the same values must come out, but for time and device,
//! which the carrier may know better.
//!
//! What is lost are tables whose columns are named in a line of their own, and pages that were copied from a screen:
//! nobody sends those through a collector.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use whichway::engine::format::Parsed;
use whichway::engine::model::{Event, NameId, Stamp};
use whichway::engine::pipeline::{Context, Range, Reader};
use whichway::engine::source::Sample;

/// 1 January 2026.
const NOW: i64 = 1_767_225_600_000_000;

/// The events of a text, each without its time and device, in the order of the lines.
fn said(text: &str) -> Vec<String> {
    let Ok(context) = Context::survey(&Sample::of(text.as_bytes()), NOW) else {
        return Vec::new();
    };
    let mut reader = Reader::new(&context, Range::whole(0), 0);
    let gathered: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&gathered);
    reader.tap(Box::new(move |tapped| {
        if tapped.parsed == Parsed::Events {
            let events = tapped.events.iter().map(|event| Event {
                ts: Stamp::MISSING,
                ts_start: None,
                ts_end: None,
                device: NameId::NONE,
                ..*event
            });
            let events: Vec<Event> = events.collect();
            let text = format!("{} {events:?}", tapped.format.unwrap_or(""));
            seen.lock().expect("one thread").push(text);
        }
    }));
    reader.feed(text.as_bytes());
    reader.finish();
    std::mem::take(&mut *gathered.lock().expect("one thread"))
}

fn json(line: &str) -> String {
    serde_json::to_string(line).expect("text")
}

type Carry = fn(&str) -> String;

const CARRIERS: [(&str, Carry); 7] = [
    ("kubernetes (CRI)", |line| {
        format!("2024-02-19T10:15:02.123456789Z stdout F {line}")
    }),
    ("kubectl --prefix", |line| format!("[pod/fw-0/fw] {line}")),
    ("docker json-file", |line| {
        format!(
            "{{\"log\":{},\"stream\":\"stdout\",\"time\":\"2024-02-19T10:15:02.1Z\"}}",
            json(&format!("{line}\n"))
        )
    }),
    ("docker-compose", |line| format!("fw-1  | {line}")),
    ("journalctl", |line| {
        format!("Feb 19 10:15:02 host1 collector[12]: {line}")
    }),
    ("journalctl -o json", |line| {
        format!(
            "{{\"__REALTIME_TIMESTAMP\":\"1708337702000000\",\"_HOSTNAME\":\"host1\",\"MESSAGE\":{}}}",
            json(line)
        )
    }),
    ("relay", |line| {
        format!("<134>Feb 19 10:15:03 relay1 {line}")
    }),
];

#[test]
fn carried_lines_say_the_same() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");
    let mut files: Vec<_> = std::fs::read_dir(root)
        .expect("samples/")
        .flatten()
        .flat_map(|folder| {
            std::fs::read_dir(folder.path())
                .expect("a folder")
                .flatten()
        })
        .map(|file| file.path())
        .filter(|path| !path.to_string_lossy().contains("several_lines"))
        .collect();
    files.sort();
    let mut report = String::new();
    let (mut all, mut kept) = (0, 0);
    for (carrier, carry) in CARRIERS {
        let (mut of_all, mut of_kept) = (0, 0);
        for path in &files {
            let text = std::fs::read_to_string(path).expect("UTF-8");
            let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
            let expected = said(&lines.join("\n"));
            let carried: Vec<String> = lines.iter().map(|line| carry(line)).collect();
            let mut found = said(&carried.join("\n"));
            found.sort();
            let n_kept = expected
                .iter()
                .filter(|one| {
                    let at = found.binary_search(one);
                    at.map(|at| found.remove(at)).is_ok()
                })
                .count();
            of_all += expected.len();
            of_kept += n_kept;
            if n_kept < expected.len() {
                let name = path.strip_prefix(root).expect("inside").display();
                let _ = writeln!(report, "{carrier}: {name} {n_kept}/{}", expected.len());
            }
        }
        let _ = writeln!(report, "{carrier}: {of_kept} of {of_all}");
        assert!(of_kept * 100 >= of_all * 94, "{report}");
        all += of_all;
        kept += of_kept;
    }
    assert!(kept * 1000 >= all * 960, "{kept} of {all}\n{report}");
}
