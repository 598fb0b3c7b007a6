//! `whichway explain`: what every field of a line means, and what its value means here.

use super::args::ExplainArgs;
use super::{Fault, input, read};
use crate::engine::dataset::Dataset;
use crate::engine::explain::gloss;
use crate::engine::format::{FORMATS, Format, Parsed, Span};
use crate::engine::pipeline::{Range, Reader, conclude};
use crate::engine::settings::Settings;
use crate::engine::share::SCHEMA;
use crate::engine::share::clean::visible;
use crate::engine::share::json::Json;
use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::rc::Rc;

/// Standard input is cut here; nobody explains more lines at a time.
const MAX_BYTES: u64 = 1 << 20;

pub fn print(args: &ExplainArgs, out: &mut dyn Write) -> Result<usize, Fault> {
    let text = if let Some(line) = &args.line {
        line.clone().into_bytes()
    } else {
        let mut text = Vec::new();
        io::stdin().lock().take(MAX_BYTES).read_to_end(&mut text)?;
        text
    };
    let look = input::Look {
        now: jiff::Timestamp::now().as_microsecond(),
        ..input::Look::default()
    };
    let source = input::memory("line".into(), text, &look).map_err(Fault::Usage)?;
    let (lines, data) = understood(&source);
    for line in &lines {
        let told = Told::new(line, &lines, &data);
        if args.json {
            told.write_json(out)?;
        } else {
            told.write_text(out)?;
        }
    }
    Ok(0)
}

/// A record as the formats saw it.
struct Seen {
    text: Vec<u8>,
    line: u32,
    format: Option<&'static str>,
    parsed: Parsed,
    is_blank: bool,
}

fn understood(source: &input::Source) -> (Vec<Seen>, Dataset) {
    let mut reader = Reader::new(&source.context, Range::whole(0), read::seed());
    let seen: Rc<RefCell<Vec<Seen>>> = Rc::default();
    let gathered = Rc::clone(&seen);
    reader.tap(Box::new(move |tapped| {
        gathered.borrow_mut().push(Seen {
            text: tapped.text.to_vec(),
            line: tapped.line,
            format: tapped.format,
            parsed: tapped.parsed,
            is_blank: tapped.is_blank,
        });
    }));
    if let input::Bytes::Memory(bytes) = &source.bytes {
        reader.feed(bytes);
    }
    let part = reader.finish().part;
    let data = conclude(part, &Settings::default(), vec![source.info()]);
    let lines = std::mem::take(&mut *seen.borrow_mut());
    (
        lines.into_iter().filter(|line| !line.is_blank).collect(),
        data,
    )
}

struct Told<'a> {
    line: &'a Seen,
    spans: Vec<(Span, Option<String>)>,
}

impl<'a> Told<'a> {
    fn new(line: &'a Seen, lines: &[Seen], data: &Dataset) -> Told<'a> {
        let format: Option<&&dyn Format> = FORMATS
            .iter()
            .find(|format| Some(format.about().id) == line.format);
        let header = lines.iter().rev().find(|other| {
            other.line < line.line && other.parsed == Parsed::Header && other.format == line.format
        });
        let spans = format.map_or_else(Vec::new, |format| {
            format.gloss(&line.text, header.map(|header| header.text.as_slice()))
        });
        // The session that the line tells of, and its event.
        let found = data.sessions.iter().find_map(|session| {
            let beat = session
                .beats(data)
                .iter()
                .find(|beat| beat.line == line.line)?;
            Some((session, beat))
        });
        let here =
            |span: &Span| found.and_then(|(session, beat)| gloss::here(span, data, session, beat));
        Told {
            line,
            spans: spans
                .into_iter()
                .map(|span| (span.clone(), here(&span)))
                .collect(),
        }
    }

    fn value(&self, start: usize, end: usize) -> String {
        String::from_utf8_lossy(self.line.text.get(start..end).unwrap_or_default()).into_owned()
    }

    /// Why there is nothing to explain.
    fn excuse(&self) -> &'static str {
        match self.line.parsed {
            Parsed::Malformed(reason) => reason.text(),
            Parsed::Foreign => crate::engine::model::Reason::NoFormat.text(),
            Parsed::Events | Parsed::Other | Parsed::Header => "this line is not about traffic",
        }
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut json = Json::default();
        json.object(|json| {
            json.field("schema").number(SCHEMA);
            json.field("format").maybe(self.line.format, Json::text);
            json.field("line")
                .text(&String::from_utf8_lossy(&self.line.text));
            json.field("spans").list(&self.spans, |json, (span, here)| {
                json.object(|json| {
                    json.field("start").number(span.start);
                    json.field("end").number(span.end);
                    json.field("value_start").number(span.value_start);
                    json.field("value_end").number(span.value_end);
                    json.field("name").text(&span.name);
                    json.field("value")
                        .text(&self.value(span.value_start, span.value_end));
                    json.field("meaning").text(span.meaning);
                    json.field("here").maybe(here.as_deref(), Json::text);
                });
            });
            json.field("reason")
                .maybe(self.spans.is_empty().then(|| self.excuse()), Json::text);
        });
        json.end_line(out)
    }

    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{}",
            visible(&String::from_utf8_lossy(&self.line.text))
        )?;
        if let Some(format) = FORMATS
            .iter()
            .find(|format| Some(format.about().id) == self.line.format)
        {
            writeln!(out, "  ({})", format.about().title)?;
        }
        if self.spans.is_empty() {
            writeln!(out, "  {}", self.excuse())?;
        }
        for (span, here) in &self.spans {
            let value = visible(&self.value(span.value_start, span.value_end));
            let name = visible(&span.name);
            writeln!(out, "  {name} = {value}\n      {}", span.meaning)?;
            if let Some(here) = here {
                writeln!(out, "      Here: {}", visible(here))?;
            }
        }
        writeln!(out)
    }
}
