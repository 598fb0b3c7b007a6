//! The page's desk: it holds the files and the workers, hands out ranges, and turns what workers say into changes of
//! the page's state. Whatever a worker does, even dying, comes out here as a sentence and a next step.

mod aside;
mod heard;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use yew::Callback;

use super::measure::now_ms;
use super::state::{Change, Notice, Source};
use super::words;
use crate::engine::settings::Settings;
use crate::engine::source::cleanup::StepKind;
use crate::worker::link::{Link, Parts};
use crate::worker::protocol::{Ask, Document, Dropped};
use crate::worker::sharding::Plan;

/// More readers than this only wait for each other at the disk.
const MAX_READERS: usize = 8;
/// Progress is shown this often.
const TICK_MS: f64 = 80.0;
/// Readers rest so long when there is an answer to draw: they are as many as processors, and the page needs one.
const REST_MS: u32 = 150;
/// A worker that crashed this often without any success is not started again.
const MAX_CRASHES: u32 = 3;
/// After so long nobody who had a text at hand when the page came up has still to paste it.
const REHEARSE_MS: i32 = 1_200;
/// A reader that is silent for this long hangs.
const SILENCE_MS: f64 = 30_000.0;
const LOOK_MS: i32 = 5_000;
/// An answer of a part is worth its time again when this many times more has been read.
const REFINE_FACTOR: u64 = 3;

type Waiting = Box<dyn FnOnce(Result<String, String>)>;

/// Shared by the page's callbacks.
#[derive(Clone)]
pub struct Desk(Rc<RefCell<Inner>>);

impl PartialEq for Desk {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

struct Inner {
    me: std::rc::Weak<RefCell<Inner>>,
    parts: Parts,
    on: Callback<Change>,
    n_readers: usize,
    engine: Option<Link>,
    /// The engine worker has sources; a new log gets a new worker, because a worker's memory never shrinks.
    engine_is_used: bool,
    readers: BTreeMap<usize, Link>,
    /// Its first reader is busy with a rehearsal: a log does not wait for that.
    is_rehearsing: bool,
    /// Readers have read: their memory has grown, and never shrinks.
    readers_are_used: bool,
    plan: Plan,
    sources: Vec<Dropped>,
    contexts: BTreeMap<usize, Vec<u8>>,
    n_surveyed: usize,
    /// Sources that must not be cut.
    in_one_go: BTreeSet<usize>,
    /// What clean-up did, over all ranges.
    steps: BTreeMap<StepKind, u64>,
    unreadable: usize,
    settings: Settings,
    /// Networks that the last answer calls ours.
    ours: Vec<String>,
    aside: aside::Aside,
    now_us: Option<i64>,
    nth: u32,
    opened_ms: f64,
    is_reading: bool,
    /// What is open is a part that nobody waits for any more: the next log takes its place.
    was_cancelled: bool,
    is_concluding: bool,
    wants_conclusion: bool,
    n_bytes_merged: u64,
    n_bytes_concluded: u64,
    first_is_due: bool,
    last_tick_ms: f64,
    /// When each reader was last heard of.
    heard_ms: BTreeMap<usize, f64>,
    n_crashes: u32,
    rows_busy: bool,
    rows_next: Option<Ask>,
    tickets: BTreeMap<u32, Waiting>,
    next_ticket: u32,
}

impl Desk {
    pub fn new(parts: Parts, on: Callback<Change>) -> Self {
        let cores =
            web_sys::window().map_or(2.0, |window| window.navigator().hardware_concurrency());
        let inner = Rc::new_cyclic(|me| {
            RefCell::new(Inner {
                me: me.clone(),
                parts,
                on,
                n_readers: (cores as usize).clamp(1, MAX_READERS),
                engine: None,
                engine_is_used: false,
                readers: BTreeMap::new(),
                is_rehearsing: false,
                readers_are_used: false,
                plan: Plan::default(),
                sources: Vec::new(),
                contexts: BTreeMap::new(),
                n_surveyed: 0,
                in_one_go: BTreeSet::new(),
                steps: BTreeMap::new(),
                unreadable: 0,
                settings: Settings::default(),
                ours: Vec::new(),
                aside: aside::Aside::default(),
                now_us: None,
                nth: 0,
                opened_ms: 0.0,
                is_reading: false,
                was_cancelled: false,
                is_concluding: false,
                wants_conclusion: false,
                n_bytes_merged: 0,
                n_bytes_concluded: 0,
                first_is_due: false,
                last_tick_ms: 0.0,
                heard_ms: BTreeMap::new(),
                n_crashes: 0,
                rows_busy: false,
                rows_next: None,
                tickets: BTreeMap::new(),
                next_ticket: 0,
            })
        });
        // Both kinds of worker are up before anything is dropped.
        inner.borrow_mut().start_engine();
        inner.borrow_mut().start_reader(0);
        look_after(&inner);
        rehearse_soon(&inner);
        Self(inner)
    }

    /// Opens these, on top of what is open or in its place.
    pub fn open(&self, dropped: Vec<Dropped>, adding: bool) {
        if dropped.is_empty() {
            return;
        }
        self.0.borrow_mut().open(dropped, adding);
    }

    /// Stops reading at once. What was merged so far stays.
    pub fn cancel(&self) {
        self.0.borrow_mut().cancel();
    }

    /// Forgets everything.
    pub fn close(&self) {
        let mut desk = self.0.borrow_mut();
        desk.stop_reading();
        desk.sources.clear();
        desk.restart_engine();
    }

    pub fn judge(&self, settings: Settings) {
        let mut desk = self.0.borrow_mut();
        if desk.settings != settings {
            desk.settings = settings.clone();
            let (nth, is_whole) = (desk.nth, !desk.is_reading);
            desk.ask(Ask::Judge {
                nth,
                settings,
                is_whole,
            });
            if desk.aside.has_day() {
                desk.read_normal_day();
            }
        }
    }

    pub fn mapping(&self) -> String {
        self.0.borrow().settings.mapping.clone()
    }

    /// Reads what is open again, by this mapping; what is opened later is read by it too.
    pub fn learn(&self, mapping: String) {
        let mut desk = self.0.borrow_mut();
        desk.settings.mapping = mapping;
        if !desk.sources.is_empty() {
            desk.was_cancelled = false;
            desk.open(Vec::new(), true);
        }
    }

    pub fn ask(&self, ask: Ask) {
        self.0.borrow_mut().ask(ask);
    }

    /// Windows of rows are asked for one at a time: while one is on its way only the newest wish is kept.
    pub fn ask_rows(&self, ask: Ask) {
        let mut desk = self.0.borrow_mut();
        if desk.rows_busy {
            desk.rows_next = Some(ask);
        } else {
            desk.rows_busy = true;
            desk.ask(ask);
        }
    }

    /// A document as the command line prints it.
    pub fn print(
        &self,
        kind: Document,
        filter: String,
        then: impl FnOnce(Result<String, String>) + 'static,
    ) {
        let mut desk = self.0.borrow_mut();
        let ticket = desk.next_ticket;
        desk.next_ticket += 1;
        desk.tickets.insert(ticket, Box::new(then));
        desk.ask(Ask::Print {
            ticket,
            kind,
            filter,
        });
    }

    /// For tests: kills a worker the way a bug would. While a log is read that is a reader, else the engine.
    pub fn crash(&self) {
        let desk = self.0.borrow();
        let busy = desk
            .plan
            .running()
            .next()
            .and_then(|reader| desk.readers.get(&reader));
        if let Some(link) = busy.or(desk.engine.as_ref()) {
            link.ask(Ask::Panic);
        }
    }

    /// For tests: the time that stamps without a year are read against.
    pub fn set_now(&self, now_us: i64) {
        self.0.borrow_mut().now_us = Some(now_us);
    }
}

impl Inner {
    fn say(&self, change: Change) {
        // Not from within a borrow of the desk: the page may answer by asking the desk something.
        let on = self.on.clone();
        wasm_bindgen_futures::spawn_local(async move { on.emit(change) });
    }

    fn note(&self, text: String, is_alarm: bool) {
        self.say(Change::Noted(Notice { text, is_alarm }));
    }

    fn start_engine(&mut self) {
        let me = self.me.clone();
        // What an engine that has been replaced still says is not heard.
        let alive = Rc::new(Cell::new(true));
        let link = Link::spawn(&self.parts, move |tell| {
            if let (true, Some(desk)) = (alive.get(), me.upgrade()) {
                desk.borrow_mut().engine_says(tell);
            }
        });
        match link {
            Ok(link) => self.engine = Some(link),
            Err(error) => self.say(Change::Failed(format!(
                "This browser does not start workers: {}",
                sentence(&error)
            ))),
        }
        self.engine_is_used = false;
    }

    fn restart_engine(&mut self) {
        self.engine = None;
        for (_, then) in std::mem::take(&mut self.tickets) {
            then(Err("the engine was started again".into()));
        }
        self.rows_busy = false;
        self.rows_next = None;
        self.is_concluding = false;
        self.wants_conclusion = false;
        self.start_engine();
    }

    fn start_reader(&mut self, reader: usize) {
        let me = self.me.clone();
        let link = Link::spawn(&self.parts, move |tell| {
            if let Some(desk) = me.upgrade() {
                desk.borrow_mut().reader_says(reader, tell);
            }
        });
        if let Ok(link) = link {
            self.readers.insert(reader, link);
        }
    }

    fn ask(&self, ask: Ask) {
        if let Some(engine) = &self.engine {
            engine.ask(ask);
        }
    }

    fn open(&mut self, dropped: Vec<Dropped>, adding: bool) {
        let adding = adding && !self.was_cancelled;
        self.was_cancelled = false;
        // A log that is added changes what the others mean, so all are read again, as one.
        let sources = if adding {
            std::mem::take(&mut self.sources)
                .into_iter()
                .chain(dropped)
                .collect()
        } else {
            dropped
        };
        self.opened_ms = now_ms();
        self.n_crashes = 0;
        self.nth += 1;
        if self.is_rehearsing || self.readers_are_used {
            self.stop_reading();
            self.start_reader(0);
        }
        self.plan = Plan::default();
        self.readers_are_used = true;
        self.contexts.clear();
        self.in_one_go.clear();
        self.steps.clear();
        self.n_surveyed = 0;
        self.unreadable = 0;
        self.n_bytes_merged = 0;
        self.n_bytes_concluded = 0;
        self.sources = sources;
        if self.engine_is_used {
            self.restart_engine();
        }
        self.first_is_due = true;
        self.is_reading = true;
        self.engine_is_used = true;
        self.say(Change::Opening {
            sources: self
                .sources
                .iter()
                .map(|source| Source {
                    name: source.name.clone(),
                    n_bytes: source.n_bytes,
                })
                .collect(),
            at_ms: self.opened_ms,
            nth: self.nth,
            n_workers: self.n_readers as u32,
            adding,
        });
        self.ask(Ask::Open {
            sources: self.sources.clone(),
            settings: self.settings.clone(),
            now_us: self.now_us(),
        });
        self.tell_asides();
    }

    fn now_us(&self) -> i64 {
        self.now_us
            .unwrap_or_else(|| (js_sys::Date::now() * 1000.0) as i64)
    }

    fn stop_reading(&mut self) {
        self.readers.clear();
        self.readers_are_used = false;
        self.is_rehearsing = false;
        self.plan = Plan::default();
        self.is_reading = false;
    }

    fn cancel(&mut self) {
        if !self.is_reading {
            return;
        }
        let (read, total) = (self.plan.n_bytes_read(), self.total_bytes());
        let merged = self.n_bytes_merged;
        self.was_cancelled = true;
        self.stop_reading();
        // What was being put together may take a while; the page is free at once.
        if merged == 0 {
            self.sources.clear();
            self.restart_engine();
            self.say(Change::Failed(format!(
                "You cancelled after {} of {}, before there was an answer.",
                words::bytes(read),
                words::bytes(total)
            )));
        } else {
            self.note(
                format!(
                    "You cancelled. The answer is of the {} that had been read, out of {}.",
                    words::bytes(merged),
                    words::bytes(total)
                ),
                false,
            );
            self.say(Change::Finished);
            self.conclude();
        }
        self.start_reader(0);
    }

    fn total_bytes(&self) -> u64 {
        self.sources.iter().map(|source| source.n_bytes).sum()
    }

    /// Gives every idle reader something to do, starting readers as long as there is work for them.
    fn hand_out(&mut self) {
        for reader in 0..self.n_readers {
            if self.plan.running().any(|busy| busy == reader) {
                continue;
            }
            let Some(piece) = self.plan.take(reader) else {
                return;
            };
            if !self.readers.contains_key(&reader) {
                self.start_reader(reader);
            }
            let file = self
                .sources
                .get(piece.source_idx)
                .map(|source| source.file.clone());
            self.heard_ms.insert(reader, now_ms());
            if let (Some(link), Some(file)) = (self.readers.get(&reader), file) {
                link.ask(Ask::Read {
                    source_idx: piece.source_idx as u32,
                    start: piece.bytes.start,
                    end: piece.bytes.end,
                    context: self
                        .contexts
                        .get(&piece.source_idx)
                        .cloned()
                        .unwrap_or_default(),
                    file,
                });
            }
        }
    }
}

/// Lets an idle reader rehearse once the page has been painted, and starts the others. A log that is opened meanwhile
/// gets another reader.
fn rehearse_soon(inner: &Rc<RefCell<Inner>>) {
    let desk = Rc::downgrade(inner);
    let rehearse = Closure::once_into_js(move || {
        let Some(desk) = desk.upgrade() else { return };
        let mut desk = desk.borrow_mut();
        if desk.is_reading || desk.readers_are_used {
            return;
        }
        if let Some(reader) = desk.readers.get(&0) {
            reader.ask(Ask::Rehearse);
            desk.is_rehearsing = true;
        }
        for reader in 1..desk.n_readers {
            desk.start_reader(reader);
        }
    });
    if let Some(window) = web_sys::window() {
        window
            .set_timeout_with_callback_and_timeout_and_arguments_0(
                rehearse.unchecked_ref(),
                REHEARSE_MS,
            )
            .ok();
    }
}

/// Looks after the readers for as long as the page lives.
fn look_after(inner: &Rc<RefCell<Inner>>) {
    let desk = Rc::downgrade(inner);
    let look = Closure::<dyn FnMut()>::new(move || {
        if let Some(desk) = desk.upgrade() {
            desk.borrow_mut().look_after_readers();
        }
    });
    if let Some(window) = web_sys::window() {
        window
            .set_interval_with_callback_and_timeout_and_arguments_0(
                look.as_ref().unchecked_ref(),
                LOOK_MS,
            )
            .ok();
        look.forget();
    }
}

/// What a thrown value says.
pub fn sentence(error: &wasm_bindgen::JsValue) -> String {
    js_sys::Reflect::get(error, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "no reason given".into())
}
