//! What must hold for any bytes, one function a part of the engine: nothing panics, every line is counted once, and
//! nothing depends on how the bytes were cut into chunks. The fuzz targets run these, and tests/properties.rs does.

use flate2::{Compression, write::GzEncoder};
use std::io::Write as _;
use whichway::engine::dataset::SourceInfo;
use whichway::engine::format::said::said;
use whichway::engine::format::{FORMATS, Format, N_GENERIC, Parse, Parsed, Sink};
use whichway::engine::mapping;
use whichway::engine::model::{Names, Tally};
use whichway::engine::pipeline::{Context, Finished, Range, Reader, conclude};
use whichway::engine::session::Partial;
use whichway::engine::settings::Settings;
use whichway::engine::share::{self, answer};
use whichway::engine::source::cleanup::{Cleaner, RawRecord};
use whichway::engine::source::{Clock, Container, LineEnds, Lines, Plan, Sample, Unpack, header};
use whichway::engine::summary::Index;
use whichway::engine::summary::filter::Filter;

/// A check of any bytes.
pub type Check = fn(&[u8]);

/// All of them, by the name of their fuzz target.
pub const CHECKS: &[(&str, Check)] = &[
    ("formats", formats),
    ("recognizer", recognizer),
    ("gzip", gzip),
    ("zip", zip),
    ("zstd", zstd),
    ("nested", nested),
    ("cleanup", cleanup),
    ("mapping", mapping),
    ("answers", answers),
];

const NOW: i64 = 1_800_000_000_000_000;
/// Chunks of sizes that divide nothing, so that borders fall everywhere.
const ODD_CHUNKS: [usize; 2] = [1, 61];
/// Texts longer than this are only counted.
const SHORT: u64 = 32 << 10;

/// The first line names the format, the rest are its lines.
pub fn formats(input: &[u8]) {
    let n_name = input.iter().take_while(|byte| **byte != b'\n').count();
    let (name, text) = input.split_at(n_name);
    let text = text.strip_prefix(b"\n").unwrap_or(text);
    let is_named = |format: &&&dyn Format| format.about().id.as_bytes() == name;
    // A name with a mistake is some format, too.
    let other = name.iter().map(|byte| usize::from(*byte)).sum::<usize>() % FORMATS.len();
    let format = FORMATS.iter().find(is_named).unwrap_or(&FORMATS[other]);
    let clock = Clock { now: NOW };
    let mut parser = format.open(clock);
    let (mut names, mut sink) = (Names::default(), Sink::default());
    let header = text.split(|byte| *byte == b'\n').next();
    for line in text.split(|byte| *byte == b'\n') {
        sink.events.clear();
        let parsed = parser.parse(&header::split(line, &clock), &mut names, &mut sink);
        assert_eq!(parsed == Parsed::Events, !sink.events.is_empty());
        for span in format.gloss(line, header) {
            assert!(span.start <= span.value_start && span.value_start <= span.value_end);
            assert!(span.value_end <= span.end && span.end <= line.len());
        }
    }
}

/// Any source, looked at and read: the same whole, in small chunks and in ranges.
pub fn recognizer(input: &[u8]) {
    let Ok(context) = Context::survey(&Sample::of(input), NOW) else {
        return;
    };
    let whole = read(&context, input, Range::whole(0), input.len());
    let tally = total(&whole.part);
    assert!(tally.adds_up(), "{tally:?}");
    let expected = whole.part.to_canonical_bytes();
    for size in ODD_CHUNKS {
        let again = read(&context, input, Range::whole(0), size);
        assert!(again.error == whole.error && again.part.to_canonical_bytes() == expected);
    }
    if context.survey.shardable && whole.headers == context.headers {
        let middle = input.len() as u64 / 2;
        let range = |start, end| Range {
            source: 0,
            start,
            end,
        };
        let front = read(&context, input, range(0, middle), 1000);
        let back = read(&context, input, range(middle, u64::MAX), 1000);
        // A header in the front half changes how the back half is read; then the caller reads it again.
        if front.headers == context.headers && claims_once(input) {
            assert!(back.part.merge(front.part).to_canonical_bytes() == expected);
        }
    }
}

/// No line is claimed by two formats. Two logs spliced in the middle of a line may be; then the format of the line
/// before it decides, and the first line of a range has none.
fn claims_once(input: &[u8]) -> bool {
    let clock = Clock { now: NOW };
    let specific = &FORMATS[..FORMATS.len() - N_GENERIC];
    let mut parsers: Vec<_> = specific.iter().map(|format| format.open(clock)).collect();
    let (mut names, mut sink) = (Names::default(), Sink::default());
    // As lines are handed to the formats: without NULs.
    input.split(|byte| *byte == b'\n').all(|line| {
        let line: Vec<u8> = line.iter().copied().filter(|byte| *byte != 0).collect();
        let record = header::split(&line, &clock);
        let mut is_claim = |parser: &mut Box<dyn Parse>| {
            parser.parse(&record, &mut names, &mut sink) != Parsed::Foreign
        };
        parsers
            .iter_mut()
            .map(|parser| usize::from(is_claim(parser)))
            .sum::<usize>()
            <= 1
    })
}

/// Any source, to the end: every answer that a person can ask for.
pub fn answers(input: &[u8]) {
    let Ok(context) = Context::survey(&Sample::of(input), NOW) else {
        return;
    };
    let part = read(&context, input, Range::whole(0), input.len()).part;
    let tally = total(&part);
    let data = conclude(part, &Settings::default(), vec![SourceInfo::default()]);
    let n_events: u64 = data
        .sessions
        .iter()
        .map(|session| u64::from(session.n_events))
        .sum();
    assert!(n_events <= tally.events, "an event is in one session");
    let index = Index::new(&data, 7);
    let mut text = Vec::new();
    share::report::write(&mut text, &data, &index, &Filter::default()).expect("memory takes it");
    for style in [
        answer::Style::Text,
        answer::Style::Markdown,
        answer::Style::Html,
    ] {
        answer::write(&mut text, &data, &index, &Filter::default(), style)
            .expect("memory takes it");
    }
    assert!(std::str::from_utf8(&text).is_ok());
}

pub fn gzip(input: &[u8]) {
    unpacked(Container::Gzip, input);
}

pub fn zip(input: &[u8]) {
    unpacked(Container::Zip, input);
}

pub fn zstd(input: &[u8]) {
    unpacked(Container::Zstd, input);
}

/// Any source in a gzip layer that is right.
pub fn nested(input: &[u8]) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(input).expect("memory takes it");
    unpacked(Container::Gzip, &encoder.finish().expect("memory takes it"));
}

/// Unpacks whole and in chunks; then reads what `recognizer` reads.
fn unpacked(container: Container, input: &[u8]) {
    let unpack = |size: usize| {
        let mut unpack = Unpack::new(container).expect("a packer");
        // Of a bomb the length and the end are enough.
        let (mut n_bytes, mut last) = (0, 0);
        let mut each = |text: &[u8]| {
            n_bytes += text.len() as u64;
            last = text.last().copied().unwrap_or(last);
        };
        let mut fed = Ok(());
        for chunk in input.chunks(size.max(1)) {
            fed = fed.and_then(|()| unpack.feed(chunk, &mut each));
        }
        let ended = unpack.finish(&mut each);
        assert_eq!(unpack.n_text(), n_bytes);
        (
            fed.and(ended).map_err(|error| error.to_string()),
            n_bytes,
            last,
        )
    };
    let whole = unpack(input.len());
    if whole.1 < SHORT {
        assert_eq!(unpack(7), whole);
        recognizer(input);
    }
}

/// The first byte chooses the steps of clean-up, the rest is the text: every line is accounted for once.
pub fn cleanup(input: &[u8]) {
    let Some((choice, text)) = input.split_first() else {
        return;
    };
    let is_chosen = |bit: u8| choice >> bit & 1 == 1;
    let plan = Plan {
        entities: is_chosen(0),
        tags: is_chosen(1),
        typography: is_chosen(2),
        envelopes: is_chosen(3),
        split: is_chosen(4),
        blocks: is_chosen(5),
    };
    let ends = if is_chosen(6) {
        LineEnds::Any
    } else {
        LineEnds::Lf
    };
    let mut cleaner = if is_chosen(7) {
        Cleaner::new(plan)
    } else {
        Cleaner::asking(plan, said)
    };
    let mut lines = Lines::new(ends, 0);
    let (mut n_lines, mut number) = (0, 0);
    let mut each = |record: RawRecord<'_>| n_lines += u64::from(record.n_lines);
    lines.feed(text, &mut |line| {
        cleaner.feed(line, number, &mut each);
        number += 1;
    });
    lines.finish(&mut |line| {
        cleaner.feed(line, number, &mut each);
        number += 1;
    });
    cleaner.finish(&mut each);
    assert_eq!(n_lines, lines.n_lines());
}

/// A mapping up to the first NUL, then a log that is read by it.
pub fn mapping(input: &[u8]) {
    let n_text = input.iter().take_while(|byte| **byte != 0).count();
    let (text, log) = input.split_at(n_text);
    let text = String::from_utf8_lossy(text);
    let Ok(mapping) = mapping::parse(&text) else {
        return;
    };
    let printed = mapping.to_string();
    let again = mapping::parse(&printed).expect("what is printed can be read");
    assert_eq!(again.to_string(), printed);
    let Ok(context) = Context::taught(&Sample::of(log), NOW, &text) else {
        return;
    };
    let whole = read(&context, log, Range::whole(0), log.len());
    assert!(total(&whole.part).adds_up());
    let in_chunks = read(&context, log, Range::whole(0), 61);
    assert!(in_chunks.part.to_canonical_bytes() == whole.part.to_canonical_bytes());
}

fn read(context: &Context, input: &[u8], range: Range, size: usize) -> Finished {
    let mut reader = Reader::new(context, range, 7);
    let rest = input.get(reader.from() as usize..).unwrap_or_default();
    for chunk in rest.chunks(size.max(1)) {
        if !reader.feed(chunk) {
            break;
        }
    }
    reader.finish()
}

fn total(part: &Partial) -> Tally {
    part.tallies
        .values()
        .fold(Tally::default(), |mut sum, tally| {
            sum += *tally;
            sum
        })
}
