//! Lines that no format knows: they are counted by shape, and what a person says of them is read the same way by
//! everybody.
#![cfg(feature = "cli")]

use proptest::prelude::*;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use whichway::engine::mapping::{self, guess};
use whichway::engine::pipeline::{Context, Range, Reader};
use whichway::engine::session::Partial;

const NOW: i64 = 1_800_000_000_000_000;

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_whichway"))
        .args(args)
        .args((args[0] != "formats").then_some("--now"))
        .args((args[0] != "formats").then_some("2026-01-01T00:00:00Z"))
        .current_dir(folder)
        .output()
        .expect("the command line runs")
}

fn printed(output: &Output) -> String {
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mapping")
}

#[test]
fn events() {
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "golden/mapping" }, {
        insta::glob!("mapping", "*.log", |path| {
            let log = path.file_name().expect("a file").to_string_lossy().into_owned();
            let mapping = log.replace(".log", ".mapping");
            insta::assert_snapshot!(printed(&run(&own(), &["events", "--all", "--mapping", &mapping, &log])));
        });
    });
}

#[test]
fn the_document_holds_a_mapping_and_every_field() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mapping.md");
    let text = std::fs::read_to_string(path).expect("the document");
    let example = text.split("```").nth(1).expect("an example");
    let example = example.strip_prefix("text\n").expect("marked as text");
    assert_eq!(mapping::parse(example).expect("a mapping").layouts.len(), 2);
    let fields: Vec<&str> = whichway::engine::format::generic_csv::Column::words().collect();
    assert!(text.contains(&format!("- Fields: {}.", fields.join(", "))));
}

#[test]
fn one_look_at_the_values_reads_what_the_mapping_reads() {
    // What the guess finds by itself; words that only a person knows are missing.
    for (log, n_events) in [
        ("bars.log", 5),
        ("columns.log", 3),
        ("objects.log", 2),
        ("names.log", 3),
    ] {
        let bytes = std::fs::read(own().join(log)).expect("a log");
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').take(3).collect();
        let split = guess::splits(&lines)[0];
        let layout = guess::layout(split, &lines);
        let text = mapping::Mapping {
            layouts: vec![layout],
        }
        .to_string();
        let part = read(&bytes, &text, &[(0, u64::MAX)]);
        assert_eq!(part.beats.len(), n_events, "{log}: {text}");
    }
}

#[test]
fn a_mapping_that_cannot_be_read_is_wrong_usage() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mapping_faults");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let log = own().join("bars.log");
    for (text, said) in [
        (
            "whichway mapping 1\ntable bar 9\ncolour = 1\n",
            "bad.mapping: line 3: “colour” is no field",
        ),
        ("", "bad.mapping: line 1: a mapping begins with"),
    ] {
        std::fs::write(folder.join("bad.mapping"), text).expect("written");
        let output = run(
            &folder,
            &[
                "summary",
                "--mapping",
                "bad.mapping",
                &log.display().to_string(),
            ],
        );
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(problem.contains(said), "{problem}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    }
    let output = run(
        &folder,
        &[
            "report",
            "--mapping",
            "none.mapping",
            &log.display().to_string(),
        ],
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_summary_names_the_shapes_of_what_was_not_read() {
    let json: Value = serde_json::from_str(&printed(&run(
        &own(),
        &["summary", "bars.log", "names.log"],
    )))
    .expect("JSON");
    let shapes = json["shapes"].as_array().expect("a list");
    let n_lines = |read: &str| -> u64 {
        let of = shapes.iter().filter(|shape| shape["read"] == read);
        of.map(|shape| shape["lines"].as_u64().expect("a number"))
            .sum()
    };
    assert_eq!(Some(n_lines("no")), json["tally"]["foreign"].as_u64());
    let prose = shapes
        .iter()
        .find(|shape| shape["pattern"] == "counter reset by operator")
        .expect("the prose");
    assert_eq!(
        (&prose["source"], &prose["line"]),
        (&"bars.log".into(), &7.into())
    );
    // With both mappings nothing but the prose and the row without addresses is left.
    let args = [
        "summary",
        "--mapping",
        "bars.mapping",
        "--mapping",
        "names.mapping",
        "bars.log",
        "names.log",
    ];
    let json: Value = serde_json::from_str(&printed(&run(&own(), &args))).expect("JSON");
    assert_eq!(json["tally"]["foreign"], 2, "{json}");
    let report = printed(&run(&own(), &["report", "bars.log"]));
    assert!(report.contains("of no known format like"), "{report}");
}

/// Without a survey: these logs are clean, and cutting them must not depend on their size.
fn read(bytes: &[u8], mapping: &str, ranges: &[(u64, u64)]) -> Partial {
    let context = Context {
        now: NOW,
        mapping: mapping.to_string(),
        ..Context::default()
    };
    let one = |(start, end): &(u64, u64)| {
        let mut reader = Reader::new(
            &context,
            Range {
                source: 0,
                start: *start,
                end: *end,
            },
            3,
        );
        for chunk in bytes[reader.from() as usize..].chunks(4096) {
            if !reader.feed(chunk) {
                break;
            }
        }
        reader.finish().part
    };
    // The last one first: neither order nor grouping may matter.
    let mut parts: Vec<Partial> = ranges.iter().map(one).collect();
    let mut sum = parts.pop().expect("a range");
    while !parts.is_empty() {
        sum = sum.merge(parts.swap_remove(parts.len() / 2));
    }
    sum
}

/// Many shapes: more than are told apart.
fn unknown_log() -> Vec<u8> {
    let mut text = String::new();
    for at in 0..6_000_u64 {
        let n = at.wrapping_mul(2_654_435_761) % 900;
        let line = match at % 5 {
            0 => format!("worker{} finished job kind{n} after {at} ms\n", n % 3),
            1 => format!(
                "2024-02-19 10:15:{:02}|192.0.2.{}|443|203.0.113.9|{}|tcp|N|R-17|wan0\n",
                at % 60,
                n % 250,
                1024 + n
            ),
            2 => format!(
                "cache hit user{} page{n}\n",
                (b'a' + (n % 26) as u8) as char
            ),
            3 => format!("a{}=1 b{}=2 c=3 d=4\n", n % 40, n % 7),
            _ => format!("192.0.2.1 {n} 198.51.100.{} 443 tcp\n", n % 250),
        };
        text.push_str(&line);
    }
    text.into_bytes()
}

#[test]
fn shapes_and_mapped_lines_do_not_depend_on_the_cuts() {
    let bytes = unknown_log();
    let mapping = std::fs::read_to_string(own().join("bars.mapping")).expect("a mapping");
    for mapping in ["", mapping.as_str()] {
        let whole = read(&bytes, mapping, &[(0, u64::MAX)]);
        let tally = whole.tallies[&0];
        let n_lines: u64 = whole
            .unknown
            .ranked()
            .iter()
            .map(|(_, shape)| shape.n_lines)
            .sum();
        assert_eq!(n_lines, tally.foreign);
        assert!(whole.unknown.ranked().len() <= 256 && !whole.unknown.is_empty());
        let n_guessed: u64 = whole
            .guessed
            .ranked()
            .iter()
            .map(|(_, shape)| shape.n_lines)
            .sum();
        assert!(n_guessed >= 1200, "{n_guessed}");
        let expected = whole.to_canonical_bytes();
        for n in [2, 3, 17] {
            let len = bytes.len() as u64;
            let ranges: Vec<(u64, u64)> = (0..n)
                .map(|at| {
                    (
                        len * at / n,
                        if at + 1 == n {
                            u64::MAX
                        } else {
                            len * (at + 1) / n
                        },
                    )
                })
                .collect();
            assert!(
                read(&bytes, mapping, &ranges).to_canonical_bytes() == expected,
                "{n} ranges"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_mapping_or_a_fault(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        check(&text);
        check(&format!("whichway mapping 1\n{text}"));
    }

    #[test]
    fn any_words_are_a_mapping_or_a_fault(words in proptest::collection::vec(prop_oneof![
        Just("table"), Just("pairs"), Just("comma"), Just("blank"), Just("json"), Just("9"), Just("3"), Just("or more"),
        Just("source"), Just("destination"), Just("time"), Just("action"), Just("allowed"), Just("dates"), Just("month first"),
        Just("="), Just("\n"), Just("#"), Just(" "), Just("200"), Just("-1"), Just("18446744073709551616"),
    ], 0..60)) {
        check(&format!("whichway mapping 1\n{}", words.join(" ")));
    }

    #[test]
    fn any_lines_can_be_cut_and_taught(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte % 16 == 10).collect();
        for split in guess::splits(&lines) {
            let text = mapping::Mapping { layouts: vec![guess::layout(split, &lines)] }.to_string();
            prop_assert!(mapping::draft(&text).is_ok(), "{}", text);
        }
    }
}

/// A mapping prints as itself, reads any line, and a fault points into the text.
fn check(text: &str) {
    match mapping::parse(text) {
        Ok(known) => {
            let printed = known.to_string();
            assert_eq!(mapping::parse(&printed).as_ref(), Ok(&known), "{printed}");
            for log in ["bars.log", "names.log", "columns.log", "objects.log"] {
                let bytes = std::fs::read(own().join(log)).expect("a log");
                let tally = read(&bytes, text, &[(0, u64::MAX)]).tallies[&0];
                assert!(tally.adds_up());
            }
        }
        Err(fault) => {
            assert!(
                fault.line >= 1 && fault.line <= text.lines().count().max(1),
                "{text:?}: {fault}"
            );
        }
    }
}
