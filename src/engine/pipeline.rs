//! Read, merge, conclude, in sequence. What stands before the merge meets bad lines as data and bad sources as
//! errors; after it nothing can fail.

use super::dataset::{Dataset, SourceInfo};
use super::format::{self, FORMATS, GUESSES, N_GENERIC, Parse, Parsed, Sink, generic_csv};
use super::mapping;
use super::model::{Event, Micros, NameId, Names, Place, Reason, Tally, Unread, proto};
use super::session::beat::NO_TIME;
use super::session::partial::RangeRead;
use super::session::{Partial, join};
use super::settings::Settings;
use super::source::age;
use super::source::cleanup::{RawRecord, Step};
use super::source::container::SourceError;
use super::source::records::RecordStream;
use super::source::survey::{Sample, Survey, survey_asking};
use super::source::{Clock, Record, header, shape};
use super::{judge, verdict};

/// A line that named columns: (index into `FORMATS`, its text).
pub type Header = (u8, Vec<u8>);

/// What a range must know that only the start or the whole of its source can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Context {
    /// The file's date, or the present.
    pub now: Micros,
    pub survey: Survey,
    /// Headers in force where a range starts that is not the first, in the order in which they came.
    pub headers: Vec<Header>,
    /// What a person said about lines that no format knows, as text; may be empty.
    pub mapping: String,
    /// The newest line comes first, so of two events of one moment the later one happened before.
    pub is_descending: bool,
}

/// Bytes of a source read before it is read, where only its direction is asked for.
const MAX_LOOK: usize = 16 << 10;

impl Context {
    /// Looks at the samples of a source. An error is about the whole source: it holds no text that can be read.
    pub fn survey(sample: &Sample<'_>, now: Micros) -> Result<Context, SourceError> {
        Context::taught(sample, now, "")
    }

    /// As `survey`, with what a person said about unknown lines (`engine::mapping`).
    pub fn taught(sample: &Sample<'_>, now: Micros, mapping: &str) -> Result<Context, SourceError> {
        let survey = survey_asking(sample, format::said::said)?;
        let mut context = Context {
            now: age::present(sample, &survey, now),
            survey,
            mapping: mapping.to_string(),
            ..Context::default()
        };
        // What cannot be cut needs no headers, and its start is enough to see which way it runs.
        let n_read = if context.survey.shardable {
            sample.head.len()
        } else {
            sample.head.len().min(MAX_LOOK)
        };
        let mut reader = Reader::new(&context, Range::whole(0), 0);
        reader.feed(&sample.head[..n_read]);
        let is_tied = reader.records.is_tied();
        let finished = reader.finish();
        let beats = finished.part.beats.iter();
        let times: Vec<Micros> = beats
            .map(|beat| beat.ts)
            .filter(|ts| *ts != NO_TIME)
            .collect();
        context.is_descending = age::is_descending(&times);
        if context.survey.shardable {
            context.survey.shardable = !is_tied;
            context.headers = finished.headers;
        }
        Ok(context)
    }
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
        Range {
            source,
            start: 0,
            end: u64::MAX,
        }
    }
}

/// What a reader made of its range.
pub struct Finished {
    pub part: Partial,
    /// Headers in force where the range ended. The next range was read right if it was given these.
    pub headers: Vec<Header>,
    /// What clean-up did.
    pub steps: Vec<Step>,
    /// Why the source could not be read to its end; what was read is in the part.
    pub error: Option<SourceError>,
}

/// Turns the bytes of one range into a part. Feed it from `from()`: one byte before the range, because the line
/// that spans the border belongs to the range before.
pub struct Reader {
    range: Range,
    stream: RecordStream,
    border: Border,
    records: Records,
    error: Option<SourceError>,
}

/// Where a range begins and ends, in lines.
#[derive(Clone, Copy)]
struct Border {
    skip_first: bool,
    is_done: bool,
    end: u64,
}

impl Reader {
    pub fn new(context: &Context, range: Range, seed: u64) -> Reader {
        Reader {
            range,
            stream: RecordStream::asking(
                &context.survey,
                range.start.saturating_sub(1),
                format::said::said,
            ),
            border: Border {
                skip_first: range.start > 0,
                is_done: false,
                end: range.end,
            },
            records: Records::new(context, range, seed),
            error: None,
        }
    }

    /// Offset of the first byte that the reader wants.
    pub fn from(&self) -> u64 {
        self.range.start.saturating_sub(1)
    }

    /// Memory that what was read so far takes.
    pub fn n_bytes_held(&self) -> u64 {
        self.records.part.n_bytes_held()
    }

    /// Takes the next bytes. Returns false when it needs no more.
    pub fn feed(&mut self, chunk: &[u8]) -> bool {
        if self.error.is_some() {
            return false;
        }
        let (records, border) = (&mut self.records, &mut self.border);
        if let Err(error) = self
            .stream
            .feed(chunk, &mut |record| border.pass(record, records))
        {
            self.error = Some(error);
        }
        // One line longer than the range crosses it: nothing begins here, and the line is read by the range it began in.
        let n_fed = self.stream.n_bytes();
        if self.border.skip_first
            && self.stream.n_lines() == 0
            && n_fed > self.range.end.saturating_sub(self.from())
        {
            self.border.is_done = true;
        }
        !self.border.is_done && self.error.is_none()
    }

    /// Every line of the range, accounted for.
    pub fn finish(mut self) -> Finished {
        let (records, border) = (&mut self.records, &mut self.border);
        let ended = self
            .stream
            .finish(&mut |record| border.pass(record, records));
        let error = self.error.or(ended.err());
        let end = self
            .range
            .end
            .min(self.stream.offset())
            .max(self.range.start);
        let steps = self.stream.steps();
        let (part, headers) = self.records.finish(end);
        Finished {
            part,
            headers,
            steps,
            error,
        }
    }

    /// Shows each record to `tap`, with its events; the command `events` prints them.
    pub fn tap(&mut self, tap: Tap) {
        self.records.tap = Some(tap);
    }
}

impl Border {
    fn pass(&mut self, record: RawRecord<'_>, records: &mut Records) {
        if self.skip_first && record.line == 0 {
            records.n_skipped = 1;
            return;
        }
        if self.is_done || record.offset >= self.end {
            self.is_done = true;
            return;
        }
        records.take(record);
    }
}

/// Takes every record as it is read.
pub type Tap = Box<dyn FnMut(&Tapped<'_>)>;

/// What a tap sees of a record: its events, or why there are none.
pub struct Tapped<'a> {
    pub place: Place,
    /// From 0, within the range.
    pub line: u32,
    pub text: &'a [u8],
    pub format: Option<&'static str>,
    pub events: &'a [Event],
    pub parsed: Parsed,
    pub names: &'a Names,
    pub is_blank: bool,
}

/// Asks the formats about each record and keeps the counts.
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
    /// 1 when the first line fed belongs to the range before.
    n_skipped: u64,
    /// The line that may have further records.
    open: OpenLine,
    is_descending: bool,
    /// Key and pattern of the open line, where it is of a shape that is worth knowing.
    key: String,
    pattern: Option<String>,
    headers: Vec<Header>,
    tap: Option<Tap>,
}

/// A line is counted once, as the best of its records.
#[derive(Default)]
struct OpenLine {
    n_lines: u64,
    rank: u8,
    n_events: usize,
    unread: Option<Unread>,
    /// The line is of a shape that is worth knowing.
    shape: Option<Noted>,
}

/// A line whose shape is counted.
#[derive(Clone, Copy)]
struct Noted {
    place: Place,
    line: u32,
    /// It was read by a guess; else no format knew it.
    is_guess: bool,
}

impl Records {
    fn new(context: &Context, range: Range, seed: u64) -> Records {
        let clock = Clock { now: context.now };
        let mut part = Partial::new(seed);
        let mut parsers: Vec<Box<dyn Parse>> =
            FORMATS.iter().map(|format| format.open(clock)).collect();
        // A mapping that is none was refused where it came in.
        if let Some(mapping) = mapping::parse(&context.mapping)
            .ok()
            .filter(|m| !m.is_empty())
        {
            parsers[FORMATS.len() - N_GENERIC] = generic_csv::taught(mapping, clock);
        }
        let format_ids: Vec<NameId> = FORMATS
            .iter()
            .map(|format| part.names.id(format.about().id.as_bytes()))
            .collect();
        let mut sink = Sink::default();
        let headers = if range.start > 0 {
            context.headers.clone()
        } else {
            Vec::new()
        };
        // Headers that came before this range change how its rows are read.
        for (format, text) in &headers {
            if let Some(parser) = parsers.get_mut(usize::from(*format)) {
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
            last: headers
                .last()
                .map(|(format, _)| usize::from(*format))
                .filter(|format| format + N_GENERIC < FORMATS.len())
                .unwrap_or(0),
            sink,
            part,
            tally: Tally::default(),
            n_skipped: 0,
            open: OpenLine::default(),
            is_descending: context.is_descending,
            key: String::new(),
            pattern: None,
            headers,
            tap: None,
        }
    }

    fn take(&mut self, record: RawRecord<'_>) {
        if record.n_lines > 0 {
            self.close_line();
            self.open.n_lines = u64::from(record.n_lines);
        }
        let line = (record.line - self.n_skipped) as u32;
        let place = Place::new(self.range.source, record.offset, self.open.n_events);
        if record.text.trim_ascii().is_empty() {
            self.show(place, line, record.text, None, Parsed::Other, true);
            return;
        }
        let split = header::split(record.text, &self.clock);
        let (format, parsed) = self.ask(&split);
        let unread = |reason, malformed| {
            let reason = if record.truncated {
                Reason::TooLong
            } else {
                reason
            };
            Some(Unread {
                place: place.record(),
                line,
                reason,
                malformed,
            })
        };
        let rank = match parsed {
            Parsed::Events => {
                self.tally.events += self.sink.events.len() as u64;
                if format == GUESSES {
                    self.note_shape(&split, place, line, true);
                }
                for (nth, event) in self.sink.events.iter_mut().enumerate() {
                    // Some write ICMP for both; types and codes mean other things in IPv6.
                    if event.proto == proto::ICMP
                        && [event.src, event.dst]
                            .iter()
                            .any(|end| end.host.ip().is_some_and(|ip| ip.is_ipv6()))
                    {
                        event.proto = proto::ICMP6;
                    }
                    let place =
                        Place::new(self.range.source, record.offset, self.open.n_events + nth);
                    self.part.push(event, self.format_ids[format], place, line);
                }
                4
            }
            Parsed::Malformed(reason) => {
                self.open.unread = unread(reason, true);
                3
            }
            Parsed::Header => {
                self.headers
                    .retain(|(known, _)| usize::from(*known) != format);
                self.headers.push((format as u8, record.text.to_vec()));
                2
            }
            Parsed::Other => 2,
            Parsed::Foreign => {
                if self.open.unread.is_none() {
                    self.open.unread = unread(Reason::NoFormat, false);
                    self.note_shape(&split, place, line, false);
                }
                1
            }
        };
        self.open.rank = self.open.rank.max(rank);
        let claimed = (parsed != Parsed::Foreign).then_some(format);
        if let Some(format) = claimed
            && record.n_lines > 0
        {
            self.n_claimed[format] += u64::from(record.n_lines);
        }
        self.show(place, line, record.text, claimed, parsed, false);
        if parsed == Parsed::Events {
            self.open.n_events += self.sink.events.len();
        }
    }

    /// A line of several records has the shape of the first one.
    fn note_shape(&mut self, record: &Record<'_>, place: Place, line: u32, is_guess: bool) {
        if self.open.shape.is_some() {
            return;
        }
        self.open.shape = Some(Noted {
            place: place.record(),
            line,
            is_guess,
        });
        shape::key(record, &mut self.key);
        let shapes = if is_guess {
            &self.part.guessed
        } else {
            &self.part.unknown
        };
        self.pattern = (!shapes.knows(&self.key)).then(|| shape::pattern(record));
    }

    fn close_line(&mut self) {
        let line = std::mem::take(&mut self.open);
        self.tally.lines += line.n_lines;
        let count = match line.rank {
            4 => &mut self.tally.event_lines,
            3 => &mut self.tally.malformed,
            2 => &mut self.tally.other,
            1 => &mut self.tally.foreign,
            _ => &mut self.tally.blank,
        };
        *count += line.n_lines;
        if let Some(noted) = line.shape {
            let shapes = match (line.rank, noted.is_guess) {
                (1, false) => Some(&mut self.part.unknown),
                (4, true) => Some(&mut self.part.guessed),
                _ => None,
            };
            if let Some(shapes) = shapes {
                let pattern = || self.pattern.take().unwrap_or_default();
                shapes.note(&self.key, line.n_lines, (noted.place, noted.line), pattern);
            }
        }
        if let Some(unread) = line.unread
            && matches!(line.rank, 1 | 3)
        {
            self.part.note_unread(unread);
        }
    }

    fn ask(&mut self, record: &Record<'_>) -> (usize, Parsed) {
        let names = &mut self.part.names;
        format::ask(
            &mut self.parsers,
            &mut self.last,
            record,
            names,
            &mut self.sink,
        )
    }

    fn is_tied(&self) -> bool {
        self.parsers.iter().any(|parser| parser.is_tied())
    }

    fn show(
        &mut self,
        place: Place,
        line: u32,
        text: &[u8],
        format: Option<usize>,
        parsed: Parsed,
        is_blank: bool,
    ) {
        let Some(tap) = &mut self.tap else { return };
        let events = if parsed == Parsed::Events {
            self.sink.events.as_slice()
        } else {
            &[]
        };
        let format = format.map(|format| FORMATS[format].about().id);
        tap(&Tapped {
            place,
            line,
            text,
            format,
            events,
            parsed,
            names: &self.part.names,
            is_blank,
        });
    }

    fn finish(mut self, end: u64) -> (Partial, Vec<Header>) {
        self.close_line();
        self.tally.bytes = end.saturating_sub(self.range.start);
        self.part.tallies.insert(self.range.source, self.tally);
        for (format, n_lines) in self.n_claimed.iter().enumerate() {
            if *n_lines > 0 {
                *self
                    .part
                    .format_lines
                    .entry(self.format_ids[format])
                    .or_default() += n_lines;
            }
        }
        if self.is_descending {
            self.part.descending.insert(self.range.source);
        }
        let n_lines = self.tally.lines;
        self.part.ranges.push(RangeRead {
            source: self.range.source,
            start: self.range.start,
            end,
            n_lines,
        });
        (self.part, self.headers)
    }
}

/// A merged part becomes answers. Pure: the same part and settings give the same dataset.
pub fn conclude(part: Partial, settings: &Settings, sources: Vec<SourceInfo>) -> Dataset {
    let mut data = join(part, settings, sources);
    judge::prepare(&mut data);
    rejudge(&mut data, settings);
    data
}

/// Judges again after a change of settings. The log is not read again.
pub fn rejudge(data: &mut Dataset, settings: &Settings) {
    if data.settings.zone != settings.zone {
        data.rezone(settings);
        judge::prepare(data);
    }
    data.settings = settings.clone();
    judge::judge(data);
    verdict::decide(data);
}
