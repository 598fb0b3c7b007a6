//! What must hold for every input: nothing panics, every line is counted, and neither chunks, nor ranges, nor the
//! order of files changes a byte of the result.

#[path = "fuzz/src/checks.rs"]
mod checks;

use proptest::prelude::*;
use whichway::engine::dataset::{Dataset, SourceInfo};
use whichway::engine::model::Tally;
use whichway::engine::pipeline::{Context, Range, Reader, conclude, rejudge};
use whichway::engine::session::Partial;
use whichway::engine::settings::{Settings, Zone};
use whichway::engine::slices::Hands;
use whichway::engine::source::survey::Sample;

const NOW: i64 = 1_800_000_000_000_000;

/// Every sample log of the project, in order of its path.
fn samples() -> Vec<(String, Vec<u8>)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut files = Vec::new();
    for folder in std::fs::read_dir(root).expect("samples/ exists") {
        for file in
            std::fs::read_dir(folder.expect("readable").path()).expect("sample folders hold logs")
        {
            let path = file.expect("readable").path();
            files.push((
                path.to_string_lossy().into_owned(),
                std::fs::read(&path).expect("readable"),
            ));
        }
    }
    assert!(!files.is_empty());
    files.sort();
    files
}

/// Lines of all samples, mixed so that formats alternate.
fn mixed() -> Vec<u8> {
    let files = samples();
    let mut columns: Vec<Vec<&[u8]>> = files
        .iter()
        .map(|(_, text)| text.split(|byte| *byte == b'\n').collect())
        .collect();
    let mut text = Vec::new();
    while columns.iter().any(|lines| !lines.is_empty()) {
        for lines in &mut columns {
            if !lines.is_empty() {
                text.extend_from_slice(lines.remove(0));
                text.push(b'\n');
            }
        }
    }
    text
}

fn context(bytes: &[u8]) -> Option<Context> {
    Context::survey(&Sample::of(bytes), NOW).ok()
}

fn read(
    context: &Context,
    bytes: &[u8],
    range: Range,
    sizes: &mut dyn Iterator<Item = usize>,
) -> Partial {
    let mut reader = Reader::new(context, range, 7);
    let mut rest = &bytes[reader.from() as usize..];
    while !rest.is_empty() {
        let size = sizes.next().unwrap_or(rest.len()).clamp(1, rest.len());
        if !reader.feed(&rest[..size]) {
            break;
        }
        rest = &rest[size..];
    }
    reader.finish().part
}

fn whole(context: &Context, bytes: &[u8], source: u16) -> Partial {
    read(
        context,
        bytes,
        Range::whole(source),
        &mut std::iter::repeat(usize::MAX),
    )
}

fn total(part: &Partial) -> Tally {
    part.tallies
        .values()
        .fold(Tally::default(), |mut sum, tally| {
            sum += *tally;
            sum
        })
}

fn count_lines(bytes: &[u8]) -> u64 {
    let ends = memchr::memchr_iter(b'\n', bytes).count() as u64;
    ends + u64::from(bytes.last().is_some_and(|byte| *byte != b'\n'))
}

fn conclusions(part: Partial, names: &[&str]) -> String {
    let sources = names
        .iter()
        .map(|name| SourceInfo {
            name: (*name).to_string(),
            ..SourceInfo::default()
        })
        .collect();
    describe(&conclude(part, &Settings::default(), sources))
}

/// Everything that a person could see of the sessions, as text.
fn describe(data: &Dataset) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for session in &data.sessions {
        let (a, b) = session.ends(data);
        writeln!(
            out,
            "{:x} {} {} {:?} {} {} {:?} {:?} {:?} {} {} {} {}",
            session.id(data),
            a.text(&data.names),
            b.text(&data.names),
            session.side,
            session.score,
            session.tier,
            session.direction,
            session.verdict,
            session.outcome,
            session.first,
            session.n_events,
            session.tries,
            session.n_orphans
        )
        .expect("a String takes text");
        for beat in session.beats(data) {
            writeln!(out, " {}:{}", beat.place.source(), beat.line).expect("a String takes text");
        }
    }
    for incident in &data.incidents {
        writeln!(
            out,
            "{:x} {} {} {:?}",
            incident.id, incident.headline, incident.sentence, incident.sessions
        )
        .expect("a String takes text");
    }
    writeln!(
        out,
        "{:?} {:?} {:?} {:?} {:?}",
        data.tally, data.format_lines, data.unread, data.unknown, data.guessed
    )
    .expect("a String takes text");
    out
}

#[test]
fn every_sample_line_is_counted() {
    for (path, text) in samples() {
        let context = context(&text).expect("samples are text");
        let tally = total(&whole(&context, &text, 0));
        assert!(tally.adds_up(), "{path}: {tally:?}");
        assert_eq!(tally.lines, count_lines(&text), "{path}");
        assert!(tally.events > 0, "{path} gives no event");
    }
}

#[test]
fn chunks_do_not_matter() {
    let text = mixed();
    let context = context(&text).expect("samples are text");
    let expected = whole(&context, &text, 0).to_canonical_bytes();
    for seed in 0..6_usize {
        let mut state = seed * 7919 + 1;
        let mut sizes = std::iter::from_fn(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            Some((state >> 33) % 300 + 1)
        });
        let part = read(&context, &text, Range::whole(0), &mut sizes);
        assert!(part.to_canonical_bytes() == expected, "seed {seed}");
    }
}

/// Cuts a plain source into `n` ranges, reads each by itself, unites them in a strange order.
fn in_ranges(context: &Context, text: &[u8], n: u64) -> Partial {
    let length = text.len() as u64;
    let mut parts: Vec<Partial> = (0..n)
        .map(|index| {
            let range = Range {
                source: 0,
                start: length * index / n,
                end: length * (index + 1) / n,
            };
            read(context, text, range, &mut std::iter::repeat(4096))
        })
        .collect();
    let mut part = parts.remove((n / 2) as usize);
    while let Some(next) = parts.pop() {
        part = if parts.len().is_multiple_of(2) {
            part.merge(next)
        } else {
            next.merge(part)
        };
    }
    part
}

/// As the mixed samples, but long and without headers in the middle, so that ranges begin anywhere.
fn long_log() -> Vec<u8> {
    let (_, text) = samples()
        .into_iter()
        .find(|(path, _)| path.contains("fortigate"))
        .expect("a FortiGate sample");
    text.repeat(40)
}

#[test]
fn ranges_do_not_matter() {
    let text = long_log();
    let context = context(&text).expect("samples are text");
    let bytes = whole(&context, &text, 0).to_canonical_bytes();
    let answers = conclusions(whole(&context, &text, 0), &["a.log"]);
    for n in [2, 3, 7, 50] {
        assert!(
            in_ranges(&context, &text, n).to_canonical_bytes() == bytes,
            "{n} ranges"
        );
        assert_eq!(
            conclusions(in_ranges(&context, &text, n), &["a.log"]),
            answers,
            "{n} ranges"
        );
    }
}

#[test]
fn the_order_of_files_does_not_matter() {
    let files = samples();
    let names: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let parts = || -> Vec<Partial> {
        files
            .iter()
            .enumerate()
            .map(|(source, (_, text))| {
                whole(
                    &context(text).expect("samples are text"),
                    text,
                    source as u16,
                )
            })
            .collect()
    };
    let forward = parts().into_iter().reduce(Partial::merge).expect("some");
    let backward = parts()
        .into_iter()
        .rev()
        .reduce(Partial::merge)
        .expect("some");
    let shuffled = {
        let mut parts = parts();
        let n = parts.len();
        parts.rotate_left(n / 3);
        parts.swap(0, n / 2);
        parts
            .into_iter()
            .reduce(|left, right| right.merge(left))
            .expect("some")
    };
    let expected = conclusions(forward, &names);
    assert_eq!(conclusions(backward, &names), expected);
    assert_eq!(conclusions(shuffled, &names), expected);
}

#[test]
fn a_part_survives_its_bytes() {
    let text = mixed();
    let context = context(&text).expect("samples are text");
    let part = whole(&context, &text, 0);
    let bytes = part.to_bytes();
    let again = Partial::from_bytes(&bytes, 99).expect("own bytes");
    assert!(again.to_canonical_bytes() == part.to_canonical_bytes());
    for cut in [0, 1, 7, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(
            Partial::from_bytes(&bytes[..cut], 0).is_err(),
            "{cut} bytes"
        );
    }
}

#[test]
fn crowded_conversations_are_the_same_however_they_are_cut() {
    use std::fmt::Write;
    let mut text = String::new();
    for second in 0..3600 {
        let (minute, second) = (second / 60, second % 60);
        for _ in 0..3 {
            writeln!(
                text,
                "date=2024-02-19 time=10:{minute:02}:{second:02} devname=fw1 device_id=FG0 log_id=0038000007 type=traffic subtype=other \
                 vd=root src=10.0.0.11 src_port=80 dst=203.0.113.45 dst_port=51515 status=deny policyid=0 proto=6"
            )
            .expect("a String takes text");
        }
    }
    let context = context(text.as_bytes()).expect("text");
    let expected = whole(&context, text.as_bytes(), 0).to_canonical_bytes();
    for n in [2, 7] {
        assert!(
            in_ranges(&context, text.as_bytes(), n).to_canonical_bytes() == expected,
            "{n} ranges"
        );
    }
    let data = conclude(
        whole(&context, text.as_bytes(), 0),
        &Settings::default(),
        vec![SourceInfo::default()],
    );
    assert_eq!(data.sessions.len(), 1);
    assert_eq!(data.sessions[0].n_events, 10_800);
    assert_eq!(data.sessions[0].tries, 10_800);
}

/// Settings to judge by, one after the other.
fn changes() -> [Settings; 4] {
    let net = |text: &str| vec![text.parse().expect("a network")];
    let plain = Settings::default();
    [
        Settings {
            ours: net("192.0.2.0/24"),
            theirs: net("10.0.0.0/8"),
            ..plain.clone()
        },
        Settings {
            ours: net("203.0.113.0/24"),
            scanners: net("198.51.100.0/24"),
            services: vec![(6, 51515), (17, 6881)],
            tcp_timeout_s: Some(900),
            ..plain.clone()
        },
        Settings {
            zone: Zone::fixed("+02:00", 7200),
            ..plain.clone()
        },
        plain,
    ]
}

#[test]
fn judging_again_is_as_judging_at_once() {
    for (path, text) in samples() {
        let part = whole(&context(&text).expect("samples are text"), &text, 0).to_bytes();
        let at_once = |settings: &Settings| {
            let part = Partial::from_bytes(&part, 7).expect("own bytes");
            conclude(part, settings, vec![SourceInfo::default()])
        };
        let mut data = at_once(&Settings::default());
        for (nth, settings) in changes().iter().enumerate() {
            rejudge(&mut data, settings);
            assert!(
                describe(&data) == describe(&at_once(settings)),
                "{path}, change {nth}"
            );
        }
    }
}

#[test]
fn any_number_of_processors_judges_alike() {
    let all = ("all samples".to_string(), mixed());
    for (path, text) in samples().into_iter().chain([all]) {
        let part = whole(&context(&text).expect("samples are text"), &text, 0);
        let mut data = conclude(part, &Settings::default(), vec![SourceInfo::default()]);
        for (nth, settings) in changes().iter().enumerate() {
            let mut by = |n: usize| {
                data.hands = Hands::exactly(n);
                rejudge(&mut data, settings);
                let whole = format!("{:?} {:?}", data.sessions, data.incidents);
                whole + &describe(&data)
            };
            let alone = by(1);
            for n in [2, 7] {
                assert!(by(n) == alone, "{path}, change {nth}, {n} processors");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_and_counted(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let context = Context { now: NOW, ..Context::default() };
        let part = whole(&context, &bytes, 0);
        let tally = total(&part);
        prop_assert!(tally.adds_up());
        prop_assert_eq!(tally.lines, count_lines(&bytes));
        conclusions(part, &["x"]);
    }
}

/// The same numbers in every run.
struct Random(u64);

impl Default for Random {
    fn default() -> Random {
        Random(0x9e37_79b9_7f4a_7c15)
    }
}

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    /// Bytes changed, cut, doubled, or taken from another input.
    fn damage(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes.truncate(at),
                1 => bytes.drain(..at).for_each(drop),
                2 if !bytes.is_empty() => {
                    bytes[at] = b" !\"=,:|x0\xff"[self.below(10)];
                }
                3 => {
                    let from = self.below(other.len());
                    let to = (from + 40).min(other.len());
                    bytes.splice(at..at, other[from..to].iter().copied());
                }
                _ => {
                    let tail = bytes[at..].to_vec();
                    bytes.extend(tail);
                }
            }
        }
    }
}

/// Files below tests/fuzz; none where the folder is not there.
fn kept(folder: &str, check: &str) -> Vec<Vec<u8>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let Ok(files) = std::fs::read_dir(root.join(folder).join(check)) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = files.map(|file| file.expect("readable").path()).collect();
    paths.sort();
    let read = |path| std::fs::read(path).expect("readable");
    paths.iter().map(read).collect()
}

/// What a check of the fuzz targets starts from: the samples in its shape, and what is kept for it.
fn inputs(check: &str) -> Vec<Vec<u8>> {
    let mut inputs = kept("corpus", check);
    for (path, text) in samples() {
        let format = std::path::Path::new(&path).parent().expect("a folder");
        let prefix = match check {
            "formats" => [
                format.file_name().expect("a name").as_encoded_bytes(),
                b"\n",
            ]
            .concat(),
            "cleanup" => vec![0x3f],
            "recognizer" | "answers" => Vec::new(),
            _ => continue,
        };
        let start = text.len().min(1500);
        inputs.push([prefix.as_slice(), &text[..start]].concat());
    }
    inputs
}

#[test]
fn what_broke_once_holds() {
    for (name, check) in checks::CHECKS {
        for input in kept("broke", name) {
            check(&input);
        }
    }
}

/// The checks of the fuzz targets, without coverage to guide them.
#[test]
fn damaged_inputs_of_every_kind_hold() {
    const ROUNDS: usize = 400;
    for (name, check) in checks::CHECKS {
        let inputs = inputs(name);
        assert!(!inputs.is_empty(), "{name} has inputs");
        let mut random = Random::default();
        for input in &inputs {
            check(input);
        }
        for _ in 0..ROUNDS {
            let mut input = inputs[random.below(inputs.len())].clone();
            let other = &inputs[random.below(inputs.len())];
            random.damage(&mut input, other);
            check(&input);
        }
    }
}

/// Lines of the samples with bytes changed, cut, doubled or taken from another line: 10,000 of them.
#[test]
fn damaged_lines_are_counted_and_named() {
    let lines: Vec<Vec<u8>> = samples()
        .iter()
        .flat_map(|(_, text)| {
            text.split(|byte| *byte == b'\n')
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        })
        .filter(|line| !line.is_empty())
        .collect();
    let mut random = Random::default();
    let mut text = Vec::new();
    for _ in 0..10_000 {
        let mut line = lines[random.below(lines.len())].clone();
        let other = &lines[random.below(lines.len())];
        random.damage(&mut line, other);
        line.retain(|byte| *byte != b'\n');
        text.extend_from_slice(&line);
        text.push(b'\n');
    }
    let context = Context {
        now: NOW,
        ..Context::default()
    };
    let part = whole(&context, &text, 0);
    let tally = total(&part);
    assert!(tally.adds_up(), "{tally:?}");
    assert_eq!(tally.lines, 10_000);
    assert_eq!(
        part.unread.len() as u64,
        tally.malformed + tally.foreign,
        "each line that is not understood is named"
    );
    conclusions(part, &["damaged.log"]);
}
