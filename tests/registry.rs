//! Every format has samples, every sample folder a format, and no line is claimed by two formats.

use std::collections::BTreeSet;
use whichway::engine::format::{FORMATS, N_GENERIC, Parsed, Sink};
use whichway::engine::model::Names;
use whichway::engine::pipeline::{Context, Range, Reader, conclude};
use whichway::engine::settings::Settings;
use whichway::engine::source::{Clock, Sample, header};

fn folders() -> BTreeSet<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    std::fs::read_dir(root)
        .expect("samples/ exists")
        .map(|folder| {
            folder
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

#[test]
fn formats_and_sample_folders_are_the_same() {
    let ids: BTreeSet<String> = FORMATS
        .iter()
        .map(|format| format.about().id.to_string())
        .collect();
    assert_eq!(ids.len(), FORMATS.len(), "ids are distinct");
    assert_eq!(ids, folders());
}

#[test]
fn no_line_is_claimed_twice() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let clock = Clock {
        now: 1_800_000_000_000_000,
    };
    for folder in folders() {
        for file in std::fs::read_dir(root.join(&folder)).expect("readable") {
            let path = file.expect("readable").path();
            let text = std::fs::read(&path).expect("readable");
            let mut parsers: Vec<_> = FORMATS
                .iter()
                .map(|format| (format.about().id, format.open(clock)))
                .collect();
            for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
                let (mut names, mut sink) = (Names::default(), Sink::default());
                let record = header::split(line, &clock);
                // The generic formats are asked only when all others declined, and of those the first answer counts.
                let (specific, generic) = parsers.split_at_mut(FORMATS.len() - N_GENERIC);
                let is_generic = generic.iter().any(|(id, _)| *id == folder);
                let asked = specific
                    .iter_mut()
                    .chain(generic.iter_mut().filter(|_| is_generic));
                let mut claims: Vec<&str> = asked
                    .filter_map(|(id, parser)| {
                        let n_names = names.len();
                        let parsed = parser.parse(&record, &mut names, &mut sink);
                        // What is left behind would depend on who was asked before.
                        assert!(
                            parsed != Parsed::Foreign || names.len() == n_names,
                            "{}:{}: {id} declines it, and leaves a name",
                            path.display(),
                            number + 1
                        );
                        (parsed != Parsed::Foreign).then_some(*id)
                    })
                    .collect();
                if is_generic {
                    claims.truncate(1);
                }
                assert!(
                    claims.len() <= 1 && claims.iter().all(|id| *id == folder),
                    "{}:{}: claimed by {claims:?}",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

/// So few rows could be one that was broken at some width.
#[test]
fn two_lines_of_two_formats_stay_two() {
    let n_events = |text: &str| {
        let now = 1_800_000_000_000_000;
        let context = Context::survey(&Sample::of(text.as_bytes()), now).expect("text");
        let mut reader = Reader::new(&context, Range::whole(0), 1);
        reader.feed(text.as_bytes());
        let data = conclude(reader.finish().part, &Settings::default(), Vec::new());
        data.tally.events
    };
    // Those that need no heading.
    let lines: Vec<(&str, &str)> = FORMATS[..FORMATS.len() - N_GENERIC]
        .iter()
        .map(|format| format.about())
        .filter_map(|about| Some((about.id, about.example.lines().last()?)))
        .filter(|(_, line)| n_events(line) == 1)
        .collect();
    assert!(lines.len() * 10 > FORMATS.len() * 8, "{}", lines.len());
    let mut lost = Vec::new();
    for (one, first) in &lines {
        for (other, second) in lines.iter().filter(|(other, _)| other != one) {
            if n_events(&format!("{first}\n{second}\n")) != 2 {
                lost.push(format!("{one}, then {other}"));
            }
        }
    }
    assert!(lost.is_empty(), "{}: {lost:#?}", lost.len());
}

#[test]
fn every_example_is_read_by_its_own_format() {
    let clock = Clock {
        now: 1_800_000_000_000_000,
    };
    for format in FORMATS {
        let about = format.about();
        let (mut names, mut sink) = (Names::default(), Sink::default());
        let mut parser = format.open(clock);
        for line in about.example.lines() {
            parser.parse(
                &header::split(line.as_bytes(), &clock),
                &mut names,
                &mut sink,
            );
        }
        assert!(
            !sink.events.is_empty(),
            "{}: the example gives no event",
            about.id
        );
        let line = about.example.lines().last().expect("an example has a line");
        let spans = format.gloss(
            line.as_bytes(),
            about.example.lines().next().map(str::as_bytes),
        );
        assert!(!spans.is_empty(), "{}: the example has no gloss", about.id);
        for span in spans {
            assert!(
                span.start <= span.value_start
                    && span.value_end <= span.end
                    && span.end <= line.len(),
                "{}",
                about.id
            );
        }
    }
}
