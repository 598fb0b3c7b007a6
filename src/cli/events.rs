//! `whichway events`: what each line says, while it is read.

use super::args::EventsArgs;
use super::input::{self, Bytes, Source};
use super::progress::Progress;
use super::{Fault, dataset, filter, look, read, settings};
use crate::engine::model::Place;
use crate::engine::pipeline::{Range, Reader, Tapped};
use crate::engine::settings::Zone;
use crate::engine::share::clean::visible;
use crate::engine::share::{self, events::Events};
use crate::engine::summary::{Index, matching};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::rc::Rc;

pub fn print(args: &EventsArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<usize, Fault> {
    let filter = filter(&args.input)?;
    let settings = settings(&args.input)?;
    // A filter asks about sessions, which are known only when everything was read; then it is read a second time.
    let wanted = if filter.is_empty() {
        None
    } else {
        if args.input.files.iter().any(|file| file.as_os_str() == "-") {
            return Err(Fault::Usage(
                "events --filter reads its input twice, so standard input (-) does not do".into(),
            ));
        }
        let (data, _) = dataset(&args.input, &args.input.files, &settings, &mut io::sink())?;
        let index = Index::new(&data, read::seed());
        let mut places = BTreeSet::new();
        matching(&data, &index, &filter).each(|at| {
            places.extend(data.sessions[at].beats(&data).iter().map(|beat| beat.place));
        });
        Some(places)
    };
    let (sources, mut failures) = input::open(&args.input.files, &look(&args.input, &settings)?)?;
    let progress = Progress::start(
        args.input.progress,
        sources.iter().filter_map(|source| source.n_bytes).sum(),
    );
    share::head(out, "events")?;
    let wanted = wanted.map(Rc::new);
    for (at, source) in sources.iter().enumerate() {
        let printer = Printer {
            name: source.name.clone(),
            zone: settings.zone.clone(),
            wanted: wanted.clone(),
            with_all: args.all,
        };
        let reason = one(source, at as u16, printer, out, &progress)?;
        failures.extend(reason.map(|reason| input::Failure {
            name: source.name.clone(),
            reason,
        }));
    }
    progress.stop();
    for failure in &failures {
        let _ = writeln!(err, "whichway: {}", visible(&failure.to_string()));
    }
    Ok(failures.len())
}

/// What the tap of one source carries.
struct Printer {
    name: String,
    zone: Zone,
    wanted: Option<Rc<BTreeSet<Place>>>,
    with_all: bool,
}

impl Printer {
    fn is_wanted(&self, tapped: &Tapped<'_>, nth: usize) -> bool {
        let place = Place::new(tapped.place.source(), tapped.place.offset(), nth);
        self.wanted
            .as_ref()
            .is_none_or(|wanted| wanted.contains(&place))
    }

    fn record(&self, text: &mut Vec<u8>, tapped: &Tapped<'_>) -> io::Result<()> {
        let mut events = Events::new(&self.zone, self.with_all && self.wanted.is_none());
        let line = u64::from(tapped.line);
        if self.wanted.is_none() || tapped.events.is_empty() {
            events.record(text, &self.name, line, tapped)?;
        } else {
            for (nth, event) in tapped
                .events
                .iter()
                .enumerate()
                .filter(|(nth, _)| self.is_wanted(tapped, *nth))
            {
                let only = Tapped {
                    events: std::slice::from_ref(event),
                    ..*tapped
                };
                debug_assert!(nth < tapped.events.len());
                events.record(text, &self.name, line, &only)?;
            }
        }
        events.finish(text)
    }
}

/// How much text is gathered before it is written.
const ENOUGH: usize = 1 << 20;

/// Reads one source; the tap gathers text, which is written between two chunks. Returns why it could not be read.
fn one(
    source: &Source,
    at: u16,
    printer: Printer,
    out: &mut dyn Write,
    progress: &Progress,
) -> Result<Option<String>, Fault> {
    let text: Rc<RefCell<Vec<u8>>> = Rc::new(RefCell::new(Vec::with_capacity(ENOUGH)));
    let mut reader = Reader::new(&source.context, Range::whole(at), read::seed());
    let gathered = Rc::clone(&text);
    reader.tap(Box::new(move |tapped| {
        printer
            .record(&mut gathered.borrow_mut(), tapped)
            .expect("memory takes all that is written");
    }));
    let mut chunk = vec![0; ENOUGH];
    let mut reason = None;
    match &source.bytes {
        Bytes::Memory(_) => {
            // One event at a time is remembered.
            read::feed(source, &mut reader, &mut chunk, &mut |_| Ok(()), progress)?;
        }
        Bytes::File(_) | Bytes::Pipe(_) => {
            let mut bytes = match open_bytes(source) {
                Ok(bytes) => bytes,
                Err(error) => return Ok(Some(input::in_words(&error))),
            };
            loop {
                let n = match bytes.read(&mut chunk) {
                    Ok(0) => break,
                    Ok(n) => n,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => {
                        reason = Some(input::in_words(&error));
                        break;
                    }
                };
                progress.add(n);
                let goes_on = reader.feed(chunk.get(..n).unwrap_or_default());
                write_out(&text, out)?;
                if !goes_on {
                    break;
                }
            }
        }
    }
    let finished = reader.finish();
    write_out(&text, out)?;
    Ok(reason.or(finished.error.map(|error| error.to_string())))
}

fn open_bytes(source: &Source) -> io::Result<Box<dyn io::Read>> {
    Ok(match &source.bytes {
        Bytes::File(path) => Box::new(std::fs::File::open(path)?),
        Bytes::Memory(bytes) => Box::new(io::Cursor::new(bytes.clone())),
        Bytes::Pipe(start) => {
            let start = start
                .lock()
                .ok()
                .and_then(|mut start| start.take())
                .unwrap_or_default();
            Box::new(io::Read::chain(io::Cursor::new(start), io::stdin()))
        }
    })
}

fn write_out(text: &Rc<RefCell<Vec<u8>>>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = text.borrow_mut();
    out.write_all(&text)?;
    text.clear();
    Ok(())
}
