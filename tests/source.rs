//! The source room from outside: any bytes are safe, every line is counted, chunks do not matter, and pasting a
//! log through a mail or a terminal changes nothing.

use proptest::prelude::*;
use std::collections::BTreeMap;
use whichway::engine::format::{FORMATS, Sink};
use whichway::engine::model::Names;
use whichway::engine::source::cleanup::start::{self, Start};
use whichway::engine::source::time::{self, DayOrder};
use whichway::engine::source::{
    Clock, LineEnds, Lines, RawLine, RawRecord, RecordStream, Sample, SourceError, header, survey,
};

/// Text, offset, line, lines accounted for.
type Owned = (Vec<u8>, u64, u64, u32);

/// The records of a source fed in pieces of the given sizes, over and over.
fn read(bytes: &[u8], sizes: &[usize]) -> Result<Vec<Owned>, SourceError> {
    let found = survey(&Sample::of(bytes))?;
    let mut stream = RecordStream::new(&found, 0);
    let mut records: Vec<Owned> = Vec::new();
    let mut each = |record: RawRecord<'_>| {
        records.push((
            record.text.to_vec(),
            record.offset,
            record.line,
            record.n_lines,
        ));
    };
    let mut rest = bytes;
    let mut turn = 0;
    let mut result = Ok(());
    while !rest.is_empty() && result.is_ok() {
        let (chunk, after) = rest.split_at(sizes[turn % sizes.len()].min(rest.len()));
        result = stream.feed(chunk, &mut each);
        (rest, turn) = (after, turn + 1);
    }
    let finished = stream.finish(&mut each);
    let n_lines: u64 = records.iter().map(|record| u64::from(record.3)).sum();
    assert_eq!(
        n_lines,
        stream.n_lines(),
        "every line belongs to exactly one record"
    );
    result.and(finished).map(|()| records)
}

/// Asks all formats about a record; what they answer does not matter here.
fn ask_all(text: &[u8]) {
    let clock = Clock {
        now: 1_708_337_702_000_000,
    };
    let record = header::split(text, &clock);
    assert!(
        text.ends_with(record.body),
        "the body is the end of the record"
    );
    for format in FORMATS {
        let (mut names, mut sink) = (Names::default(), Sink::default());
        format.open(clock).parse(&record, &mut names, &mut sink);
        for span in format.gloss(text, None) {
            assert!(
                span.start <= span.value_start
                    && span.value_end <= span.end
                    && span.end <= text.len(),
                "{span:?}"
            );
        }
    }
    time::any(text, &clock, DayOrder::MonthFirst);
}

/// Pieces of logs, of what pasting does to them, and of what breaks readers.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "Feb 19 10:15:02 fw1 kernel: ", "2024-02-19T10:15:02.107Z ", "<134>1 ", "<189>", "date=2024-02-19 time=10:15:02 ",
            "%ASA-6-106015: Deny TCP ", "SRC=192.0.2.1 DST=198.51.100.7 ", "203.0.113.45:51515", " 10.0.0.11 443 ", "-> ", "TCP ",
            "aaa.bbb.ccc.6", "[2001:db8::1]:443", "src,dst,port,action", ";", ",", "\"", "\"\"", "{\"src_ip\":\"10.0.0.1\",", "}", "\t", "  ",
            "> ", "12: ", "```", "| ", "&lt;", "&#39;", "<br>", "<td>", "“", "\u{2028}", "\u{a0}", "kern.log:", "- ",
            "[123.456] ", "IN=eth0 OUT= ", "msg=\"no session matched\" ", "000123: *Feb 19 10:15:02.1: ", "1708337702.5 ",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        2 => prop::sample::select(vec!["\n", "\r\n", "\n\n", "\r", "\0", "\u{feff}"]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(fragment(), 0..60).prop_map(|fragments| fragments.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn chunks_do_not_matter_and_every_line_is_counted(bytes in text(), sizes in prop::collection::vec(1_usize..300, 1..5)) {
        prop_assert_eq!(read(&bytes, &sizes), read(&bytes, &[usize::MAX]));
        if let Ok(records) = read(&bytes, &[7]) {
            for (text, ..) in records {
                ask_all(&text);
            }
        }
    }

    #[test]
    fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..2000), sizes in prop::collection::vec(1_usize..300, 1..5)) {
        prop_assert_eq!(read(&bytes, &sizes), read(&bytes, &[usize::MAX]));
        ask_all(&bytes);
        let packed = [b"\x1f\x8b\x08\0\0\0\0\0\0\x03".as_slice(), &bytes].concat();
        prop_assert_eq!(read(&packed, &sizes).is_ok(), read(&packed, &[usize::MAX]).is_ok());
    }

    #[test]
    fn lines_of_any_ends_are_the_same_in_any_chunks(bytes in prop::collection::vec(prop::sample::select(b"ab\r\n\0".to_vec()), 0..200), size in 1_usize..20) {
        for ends in [LineEnds::Lf, LineEnds::Any] {
            let cut = |size: usize| {
                let (mut lines, mut all) = (Lines::new(ends, 0), Vec::new());
                let mut each = |line: RawLine<'_>| all.push((line.bytes.to_vec(), line.offset));
                bytes.chunks(size).for_each(|chunk| lines.feed(chunk, &mut each));
                lines.finish(&mut each);
                all
            };
            prop_assert_eq!(cut(size), cut(usize::MAX));
        }
    }
}

fn samples() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");
    let mut found = Vec::new();
    for format in std::fs::read_dir(folder).expect("the samples").flatten() {
        for file in std::fs::read_dir(format.path())
            .expect("a folder of samples")
            .flatten()
        {
            let name = file.path().display().to_string();
            // Records that are several lines by intention are joined, which here would count as cleaning.
            let is_log = file.path().extension().is_some_and(|end| end == "log");
            if is_log && !name.contains(".several_lines.") {
                found.push((
                    name,
                    std::fs::read_to_string(file.path()).expect("a sample in UTF-8"),
                ));
            }
        }
    }
    found.sort();
    assert!(found.len() > 5);
    found
}

fn texts(bytes: &[u8]) -> Vec<String> {
    let records = read(bytes, &[1000]).expect("text");
    records
        .into_iter()
        .map(|record| String::from_utf8_lossy(&record.0).into_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

#[test]
fn samples_need_no_cleaning() {
    for (name, text) in samples() {
        let found = survey(&Sample::of(text.as_bytes())).expect("text");
        assert!(found.plan.is_empty(), "{name}: {:?}", found.steps);
        assert_eq!(
            texts(text.as_bytes()),
            text.lines()
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>(),
            "{name}"
        );
    }
}

/// Breaks at blanks, as mail programs do.
fn soft_wrap(line: &str, width: usize) -> String {
    let (mut out, mut length) = (String::new(), 0);
    for word in line.split(' ') {
        if length > 0 && length + 1 + word.chars().count() > width {
            out.push('\n');
            length = 0;
        } else if !out.is_empty() {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += word.chars().count();
    }
    out
}

/// Breaks anywhere, as terminals do.
fn hard_wrap(line: &str, width: usize) -> String {
    let characters: Vec<char> = line.chars().collect();
    let pieces: Vec<String> = characters
        .chunks(width)
        .map(|piece| piece.iter().collect())
        .collect();
    pieces.join("\n")
}

/// Lines of one sample that begin alike, as those of one device do; what has no beginning (rows of bare tables)
/// cannot be told from the rest of a wrapped line and is left out.
fn alike(text: &str) -> BTreeMap<Start, Vec<&str>> {
    let mut groups: BTreeMap<Start, Vec<&str>> = BTreeMap::new();
    for line in text.lines() {
        if let Some(start) = start::of(line.as_bytes()) {
            groups.entry(start).or_default().push(line);
        }
    }
    groups
}

/// False where nothing was to wrap, or where nobody could tell how it was wrapped.
fn check_wrapped(
    name: &str,
    lines: &[&str],
    width: usize,
    wrap: fn(&str, usize) -> String,
) -> bool {
    let wrapped: Vec<String> = lines.iter().map(|line| wrap(line, width)).collect();
    let broken: Vec<&str> = wrapped
        .iter()
        .flat_map(|line| line.lines().rev().skip(1))
        .collect();
    // Words that end exactly at the width everywhere might as well be cut.
    let is_soft = wrap("a bc", 3) == "a\nbc";
    if broken.is_empty() || is_soft && broken.iter().all(|piece| piece.chars().count() == width) {
        return false;
    }
    assert_eq!(
        texts(wrapped.join("\n").as_bytes()),
        lines,
        "{name} at {width}"
    );
    let quoted: Vec<String> = wrapped
        .iter()
        .map(|line| format!("> {}", line.replace('\n', "\n> ")))
        .collect();
    assert_eq!(
        texts(quoted.join("\n").as_bytes()),
        lines,
        "{name} at {width}, quoted"
    );
    true
}

#[test]
fn wrapped_samples_give_the_same_records() {
    let mut n_wrapped = 0;
    for (name, text) in samples() {
        for lines in alike(&text).into_values() {
            for width in [72, 80, 100, 132] {
                // A word that is longer than the width sticks out of a mail, and then nothing tells the width.
                let has_long_word = lines
                    .iter()
                    .any(|line| line.split(' ').any(|word| word.chars().count() > width));
                n_wrapped += usize::from(check_wrapped(&name, &lines, width, hard_wrap));
                if !has_long_word {
                    n_wrapped += usize::from(check_wrapped(&name, &lines, width, soft_wrap));
                }
            }
        }
    }
    assert!(n_wrapped > 50, "{n_wrapped}");
}

#[test]
fn samples_survive_mails_pages_and_searches() {
    for (name, text) in samples() {
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        let each = |change: &dyn Fn(usize, &str) -> String| -> String {
            lines
                .iter()
                .enumerate()
                .map(|(nth, line)| change(nth, line))
                .collect::<Vec<_>>()
                .join("\n")
        };
        for (what, pasted) in [
            ("quoted twice", each(&|_, line| format!("> > {line}"))),
            (
                "numbered",
                each(&|nth, line| format!("{}: {line}", nth + 1)),
            ),
            ("indented", each(&|_, line| format!("    {line}"))),
            ("bulleted", each(&|_, line| format!("* {line}"))),
            ("fenced", format!("```\n{}\n```", lines.join("\n"))),
            ("with CRLF", lines.join("\r\n")),
        ] {
            assert_eq!(texts(pasted.as_bytes()), lines, "{name} {what}");
        }
    }
}
