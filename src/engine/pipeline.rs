//! Read, merge, conclude, in sequence. What stands before the merge meets bad lines as data and bad sources as
//! errors; after it nothing can fail.

use super::dataset::{Dataset, SourceInfo};
use super::format::{FORMATS, Parse, Parsed, Sink};
use super::model::{Event, Micros, NameId, Names, Place, Reason, Tally, Unread};
use super::session::partial::RangeRead;
use super::session::{Partial, join};
use super::settings::Settings;
use super::source::lines::{LineEnds, Lines, RawLine};
use super::source::{Clock, Record, header};
use super::{judge, verdict};

/// What a range must know that only the start or the whole of its source can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Context {
    /// The file's date, or the present.
    pub now: Micros,
    pub ends: LineEnds,
    /// Lines that named columns, in order: (index into `FORMATS`, text).
    pub headers: Vec<(u8, Vec<u8>)>,
}

/// Which bytes of a source a reader answers for: lines that begin in `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub source: u16,
    pub start: u64,
    pub end: u64,
}

impl Range {
    pub fn whole(source: u16) -> Range {
        Range { source, start: 0, end: u64::MAX }
    }
}

/// Turns the bytes of one range into a part. Feed it from `range.start`, or from one byte earlier if the range
/// does not begin at 0: the line that spans the border belongs to the range before.
pub struct Reader {
    range: Range,
    lines: Lines,
    skip_first: bool,
    is_done: bool,
    records: Records,
}

impl Reader {
    pub fn new(context: &Context, range: Range, seed: u64) -> Reader {
        let from = range.start.saturating_sub(1);
        Reader {
            range,
            lines: Lines::new(context.ends, from),
            skip_first: range.start > 0,
            is_done: false,
            records: Records::new(context, range, seed),
        }
    }

    /// Offset of the first byte that the reader wants.
    pub fn from(&self) -> u64 {
        self.range.start.saturating_sub(1)
    }

    /// Takes the next bytes. Returns false when it needs no more.
    pub fn feed(&mut self, chunk: &[u8]) -> bool {
        let (records, range) = (&mut self.records, self.range);
        let (skip_first, is_done) = (&mut self.skip_first, &mut self.is_done);
        self.lines.feed(chunk, &mut |line| take(line, range, skip_first, is_done, records));
        !self.is_done
    }

    /// The part, with every line of the range accounted for.
    pub fn finish(mut self) -> Partial {
        let (records, range) = (&mut self.records, self.range);
        let (skip_first, is_done) = (&mut self.skip_first, &mut self.is_done);
        self.lines.finish(&mut |line| take(line, range, skip_first, is_done, records));
        let end = self.range.end.min(self.lines.offset());
        self.records.finish(end)
    }

    /// Events are also handed to `tap`, with their place and line; the command `events` prints them.
    pub fn tap(&mut self, tap: Box<dyn FnMut(&Tapped<'_>)>) {
        self.records.tap = Some(tap);
    }
}

fn take(line: RawLine<'_>, range: Range, skip_first: &mut bool, is_done: &mut bool, records: &mut Records) {
    if *skip_first {
        *skip_first = false;
        return;
    }
    if *is_done || line.offset >= range.end {
        *is_done = true;
        return;
    }
    records.line(line);
}

/// What a tap sees of a record: its events, or why there are none.
pub struct Tapped<'a> {
    pub place: Place,
    pub line: u32,
    pub text: &'a [u8],
    pub format: Option<&'static str>,
    pub events: &'a [Event],
    pub parsed: Parsed,
    pub names: &'a Names,
    pub is_blank: bool,
}

/// Asks the formats about each line and keeps the counts.
struct Records {
    range: Range,
    clock: Clock,
    parsers: Vec<Box<dyn Parse>>,
    format_ids: Vec<NameId>,
    /// Lines that each format has claimed here.
    n_claimed: Vec<u64>,
    /// The format that answered last is asked first.
    last: usize,
    sink: Sink,
    part: Partial,
    tally: Tally,
    headers: Vec<(u8, Vec<u8>)>,
    tap: Option<Box<dyn FnMut(&Tapped<'_>)>>,
}

impl Records {
    fn new(context: &Context, range: Range, seed: u64) -> Records {
        let clock = Clock { now: context.now };
        let mut part = Partial::new(seed);
        let mut parsers: Vec<Box<dyn Parse>> = FORMATS.iter().map(|format| format.open(clock)).collect();
        let format_ids: Vec<NameId> = FORMATS.iter().map(|format| part.names.id(format.about().id.as_bytes())).collect();
        let mut sink = Sink::default();
        // Headers that came before this range change how its rows are read.
        for (format, text) in &context.headers {
            if range.start > 0
                && let Some(parser) = parsers.get_mut(usize::from(*format))
            {
                parser.parse(&header::split(text, &clock), &mut part.names, &mut sink);
                sink.events.clear();
            }
        }
        Records {
            range,
            clock,
            parsers,
            format_ids,
            n_claimed: vec![0; FORMATS.len()],
            last: context.headers.last().map_or(0, |(format, _)| usize::from(*format)),
            sink,
            part,
            tally: Tally::default(),
            headers: if range.start > 0 { context.headers.clone() } else { Vec::new() },
            tap: None,
        }
    }

    fn line(&mut self, line: RawLine<'_>) {
        let number = self.tally.lines as u32;
        self.tally.lines += 1;
        let place = Place::new(self.range.source, line.offset, 0);
        if line.bytes.trim_ascii().is_empty() {
            self.tally.blank += 1;
            self.show(place, number, line.bytes, None, Parsed::Other, true);
            return;
        }
        let record = header::split(line.bytes, &self.clock);
        let (format, parsed) = self.ask(&record);
        match parsed {
            Parsed::Events => {
                self.tally.event_lines += 1;
                self.tally.events += self.sink.events.len() as u64;
                for (nth, event) in self.sink.events.iter().enumerate() {
                    let place = Place::new(self.range.source, line.offset, nth);
                    self.part.push(event, self.format_ids[format], place, number);
                }
            }
            Parsed::Other => self.tally.other += 1,
            Parsed::Header => {
                self.tally.other += 1;
                let header = (format as u8, line.bytes.to_vec());
                self.headers.retain(|(known, _)| usize::from(*known) != format);
                self.headers.push(header);
            }
            Parsed::Malformed(reason) => {
                self.tally.malformed += 1;
                let reason = if line.truncated { Reason::TooLong } else { reason };
                self.part.note_unread(Unread { place, line: number, reason, malformed: true });
            }
            Parsed::Foreign => {
                self.tally.foreign += 1;
                let reason = if line.truncated { Reason::TooLong } else { Reason::NoFormat };
                self.part.note_unread(Unread { place, line: number, reason, malformed: false });
            }
        }
        let claimed = (parsed != Parsed::Foreign).then_some(format);
        if let Some(format) = claimed {
            self.n_claimed[format] += 1;
        }
        self.show(place, number, line.bytes, claimed, parsed, false);
    }

    fn ask(&mut self, record: &Record<'_>) -> (usize, Parsed) {
        self.sink.events.clear();
        let first = self.last;
        let parsed = self.parsers[first].parse(record, &mut self.part.names, &mut self.sink);
        if parsed != Parsed::Foreign {
            return (first, parsed);
        }
        for index in (0..self.parsers.len()).filter(|index| *index != first) {
            self.sink.events.clear();
            let parsed = self.parsers[index].parse(record, &mut self.part.names, &mut self.sink);
            if parsed != Parsed::Foreign {
                self.last = index;
                return (index, parsed);
            }
        }
        (first, Parsed::Foreign)
    }

    fn show(&mut self, place: Place, line: u32, text: &[u8], format: Option<usize>, parsed: Parsed, is_blank: bool) {
        let Some(tap) = &mut self.tap else { return };
        let events = if parsed == Parsed::Events { self.sink.events.as_slice() } else { &[] };
        let format = format.map(|format| FORMATS[format].about().id);
        tap(&Tapped { place, line, text, format, events, parsed, names: &self.part.names, is_blank });
    }

    fn finish(mut self, end: u64) -> Partial {
        self.tally.bytes = end.saturating_sub(self.range.start);
        self.part.tallies.insert(self.range.source, self.tally);
        for (format, n_lines) in self.n_claimed.iter().enumerate() {
            if *n_lines > 0 {
                *self.part.format_lines.entry(self.format_ids[format]).or_default() += n_lines;
            }
        }
        self.part.ranges.push(RangeRead { source: self.range.source, start: self.range.start, end, n_lines: self.tally.lines });
        self.part
    }
}

/// A merged part becomes answers. Pure: the same part and settings give the same dataset.
pub fn conclude(part: Partial, settings: &Settings, sources: Vec<SourceInfo>) -> Dataset {
    let mut data = join(part, settings, sources);
    rejudge(&mut data, settings);
    data
}

/// Judges again after a change of settings. The log is not read again.
pub fn rejudge(data: &mut Dataset, settings: &Settings) {
    if data.settings.zone != settings.zone {
        data.rezone(settings);
    }
    data.settings = settings.clone();
    judge::judge(data);
    verdict::decide(data);
}
