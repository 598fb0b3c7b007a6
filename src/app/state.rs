//! Everything the page knows, and the one way it changes.

use std::rc::Rc;

use yew::Reducible;

use crate::engine::settings::{Settings, Zone};
use crate::engine::summary::filter::Filter;
use crate::worker::look::{Look, Looked};
use crate::worker::protocol::{Kept, Numbers};
use crate::worker::view::{Detail, Lines, LinesOf, Report, Rows, ShapeOf, Sort, Teaching};

use super::drawn::Drawn;
use super::filter;
use super::overrule::Overrule;
use super::theme::Theme;

/// What the page is doing; mirrored to `<html data-phase>`.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    Empty,
    Reading(Progress),
    Ready,
    Failed(String),
}

impl Stage {
    pub fn name(&self) -> &'static str {
        match self {
            Stage::Empty => "empty",
            Stage::Reading(_) => "reading",
            Stage::Ready => "ready",
            Stage::Failed(_) => "failed",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    pub n_bytes_read: u64,
    pub n_bytes_total: u64,
    /// Since the drop.
    pub seconds: f64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    pub n_bytes: u64,
}

/// What was dropped, and when; the clock of the User Timing measures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Opening {
    /// `performance.now()` of the drop.
    pub at_ms: f64,
    /// Counts openings, so that an answer to an older one is told apart.
    pub nth: u32,
}

/// The answer so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub report: Rc<Report>,
    /// Grows with every answer, so that windows onto an older one are asked for again.
    pub edition: u32,
    /// Everything was read; else the answer is of a part.
    pub is_whole: bool,
}

/// Something that is looked at besides, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Looking {
    pub look: Look,
    /// Nobody looks where it is 0. What was seen is kept: a card that takes another's place looks again at once.
    pub n_lookers: u32,
    pub looked: Option<Rc<Looked>>,
}

/// A sentence above the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub is_alarm: bool,
}

/// What lies over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    Keys,
    Settings,
    Lines,
    Privacy,
    Export,
}

/// A question for lines: which, and from where on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinesAsk {
    pub of: LinesOf,
    pub title: String,
    pub first: u32,
}

/// A question for what lines of a shape hold: by which draft of a mapping, empty for a guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeachAsk {
    pub of: ShapeOf,
    pub draft: String,
}

/// How much left the tab since the lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub n_requests: u32,
    /// Attempts that the browser refused.
    pub n_refused: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub stage: Stage,
    pub is_locked: bool,
    pub traffic: Traffic,
    pub theme: Theme,
    pub sources: Rc<Vec<Source>>,
    pub opening: Opening,
    pub n_workers: u32,
    pub answer: Option<Answer>,
    pub settings: Rc<Settings>,
    /// Each of its terms is a chip.
    pub filter: Rc<Filter>,
    /// Earlier filters, for undo.
    pub earlier: Rc<Vec<Rc<Filter>>>,
    /// Why the filter cannot be understood.
    pub filter_fault: Option<String>,
    /// Counts questions; answers to older ones are dropped.
    pub turn: u32,
    pub numbers: Option<Rc<Numbers>>,
    pub drawn: Drawn,
    pub sort: Sort,
    /// First row on screen.
    pub first_row: u32,
    pub rows: Option<Rc<Rows>>,
    pub open_row: Option<String>,
    pub detail: Option<Rc<Detail>>,
    pub sheet: Option<Sheet>,
    pub lines_ask: Option<LinesAsk>,
    pub lines: Option<Rc<Lines>>,
    pub teach_ask: Option<TeachAsk>,
    pub teaching: Option<Rc<Teaching>>,
    pub notices: Rc<Vec<Notice>>,
    /// What clean-up did to pasted text.
    pub cleaned: Rc<Vec<String>>,
    /// Said for a moment, at the foot of the window.
    pub toast: Option<Rc<str>>,
    /// What is looked at besides, and what came of it.
    pub looks: Rc<Vec<Looking>>,
    /// What is said of the watch list, and of the normal day; empty where there is none.
    pub watching: Rc<str>,
    pub normal_day: Rc<str>,
}

impl State {
    pub fn looked(&self, look: &Look) -> Option<Rc<Looked>> {
        let found = self.looks.iter().find(|looking| looking.look == *look);
        found.and_then(|looking| looking.looked.clone())
    }

    /// The panels stay open; what they showed was of another log.
    fn looks_again(&self) -> Rc<Vec<Looking>> {
        let looks = self.looks.iter();
        let stay = looks
            .filter(|looking| looking.n_lookers > 0 && !matches!(looking.look, Look::Picture(_)));
        Rc::new(
            stay.map(|looking| Looking {
                looked: None,
                ..looking.clone()
            })
            .collect(),
        )
    }

    pub fn is_looking(&self, look: &Look) -> bool {
        self.looks
            .iter()
            .any(|looking| looking.look == *look && looking.n_lookers > 0)
    }

    pub fn new(is_locked: bool, theme: Theme, filter: Filter, sort: Sort) -> Self {
        Self {
            stage: Stage::Empty,
            is_locked,
            traffic: Traffic::default(),
            theme,
            sources: Rc::default(),
            opening: Opening::default(),
            n_workers: 0,
            answer: None,
            settings: Rc::new(Settings {
                zone: Zone::utc(),
                ..Settings::default()
            }),
            filter: Rc::new(filter),
            earlier: Rc::default(),
            filter_fault: None,
            turn: 1,
            numbers: None,
            drawn: Drawn::default(),
            sort,
            first_row: 0,
            rows: None,
            open_row: None,
            detail: None,
            sheet: None,
            lines_ask: None,
            lines: None,
            teach_ask: None,
            teaching: None,
            notices: Rc::default(),
            cleaned: Rc::default(),
            toast: None,
            looks: Rc::default(),
            watching: "".into(),
            normal_day: "".into(),
        }
    }

    pub fn edition(&self) -> u32 {
        self.answer.as_ref().map_or(0, |answer| answer.edition)
    }

    fn narrowed(self: Rc<Self>, filter: Result<Filter, String>) -> Rc<Self> {
        let filter = match filter {
            Ok(filter) => filter,
            Err(fault) => {
                return State {
                    filter_fault: Some(fault),
                    ..(*self).clone()
                }
                .into();
            }
        };
        if *self.filter == filter && self.filter_fault.is_none() {
            return self;
        }
        let mut earlier = (*self.earlier).clone();
        earlier.push(Rc::clone(&self.filter));
        let next = State {
            earlier: Rc::new(earlier),
            ..(*self).clone()
        };
        next.with_filter(Rc::new(filter)).into()
    }

    fn with_filter(self, filter: Rc<Filter>) -> State {
        State {
            filter,
            turn: self.turn + 1,
            first_row: 0,
            filter_fault: None,
            ..self
        }
    }
}

/// Everything that can happen.
#[derive(Clone, Debug)]
pub enum Change {
    Opening {
        sources: Vec<Source>,
        at_ms: f64,
        nth: u32,
        n_workers: u32,
        adding: bool,
    },
    Progress(Progress),
    Answered {
        report: Rc<Report>,
        is_whole: bool,
    },
    /// Reading is over; the last answer stands.
    Finished,
    Failed(String),
    Noted(Notice),
    Cleaned(Vec<String>),
    Dismiss(usize),
    StartOver,
    Counted(Traffic),
    Wear(Theme),
    Kept(Kept),
    /// The next part of the answer is put on the page.
    Draw,
    /// Adds terms to the filter.
    Narrow(String),
    /// Puts a whole filter in place of the present one.
    Filter(String),
    Widen(usize),
    Undo,
    Sort(Sort),
    Scroll(u32),
    OpenRow(Option<String>),
    Show(LinesAsk),
    Teach(Option<TeachAsk>),
    /// This mapping is learnt, and what is open is read again.
    Learn(String),
    Sheet(Option<Sheet>),
    Settings(Settings),
    /// Adds or takes back something that the reader knows better.
    Overrule(Overrule, bool),
    /// Begins or ends a look.
    Look(Look, bool),
    /// What became of a list or of a normal day.
    Says(Look, String),
    Toast(Option<Rc<str>>),
}

impl Reducible for State {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        match change {
            Change::Opening {
                sources,
                at_ms,
                nth,
                n_workers,
                adding,
            } => {
                let n_bytes_total = sources.iter().map(|source| source.n_bytes).sum();
                State {
                    stage: Stage::Reading(Progress {
                        n_bytes_total,
                        ..Progress::default()
                    }),
                    sources: Rc::new(sources),
                    opening: Opening { at_ms, nth },
                    n_workers,
                    answer: if adding { self.answer.clone() } else { None },
                    numbers: None,
                    drawn: Drawn::default(),
                    rows: None,
                    open_row: None,
                    detail: None,
                    sheet: None,
                    lines: None,
                    lines_ask: None,
                    teach_ask: None,
                    teaching: None,
                    looks: self.looks_again(),
                    notices: Rc::default(),
                    first_row: 0,
                    turn: self.turn + 1,
                    ..(*self).clone()
                }
                .into()
            }
            Change::Progress(progress) => match self.stage {
                Stage::Reading(before) if before != progress => State {
                    stage: Stage::Reading(progress),
                    ..(*self).clone()
                }
                .into(),
                _ => self,
            },
            Change::Answered { report, is_whole } => {
                let answer = Answer {
                    report,
                    edition: self.edition() + 1,
                    is_whole,
                };
                State {
                    answer: Some(answer),
                    turn: self.turn + 1,
                    ..(*self).clone()
                }
                .into()
            }
            Change::Finished => State {
                stage: Stage::Ready,
                ..(*self).clone()
            }
            .into(),
            Change::Failed(text) => State {
                stage: Stage::Failed(text),
                sheet: None,
                ..(*self).clone()
            }
            .into(),
            Change::Noted(notice) => {
                if self.notices.contains(&notice) {
                    return self;
                }
                let mut notices = (*self.notices).clone();
                notices.push(notice);
                State {
                    notices: Rc::new(notices),
                    ..(*self).clone()
                }
                .into()
            }
            Change::Cleaned(steps) => State {
                cleaned: Rc::new(steps),
                ..(*self).clone()
            }
            .into(),
            Change::Dismiss(idx) => {
                let mut notices = (*self.notices).clone();
                if idx < notices.len() {
                    notices.remove(idx);
                }
                State {
                    notices: Rc::new(notices),
                    ..(*self).clone()
                }
                .into()
            }
            Change::StartOver => State {
                traffic: self.traffic,
                turn: self.turn + 1,
                opening: self.opening,
                settings: Rc::clone(&self.settings),
                watching: Rc::clone(&self.watching),
                normal_day: Rc::clone(&self.normal_day),
                ..State::new(self.is_locked, self.theme, Filter::default(), self.sort)
            }
            .into(),
            Change::Counted(traffic) if traffic == self.traffic => self,
            Change::Counted(traffic) => State {
                traffic,
                ..(*self).clone()
            }
            .into(),
            Change::Wear(theme) => State {
                theme,
                ..(*self).clone()
            }
            .into(),
            Change::Kept(kept) => self.keep(kept),
            Change::Draw => match self.drawn_further() {
                Some(drawn) => State {
                    drawn,
                    ..(*self).clone()
                }
                .into(),
                None => self,
            },
            Change::Narrow(more) => {
                let filter = filter::narrowed(&self.filter, &more);
                self.narrowed(filter)
            }
            Change::Filter(text) => {
                self.narrowed(Filter::parse(&text).map_err(|error| error.to_string()))
            }
            Change::Widen(idx) => {
                let filter = self.filter.without(idx);
                self.narrowed(Ok(filter))
            }
            Change::Undo => {
                let mut earlier = (*self.earlier).clone();
                let Some(filter) = earlier.pop() else {
                    return self;
                };
                State {
                    earlier: Rc::new(earlier),
                    ..(*self).clone()
                }
                .with_filter(filter)
                .into()
            }
            Change::Sort(sort) => State {
                sort,
                first_row: 0,
                turn: self.turn + 1,
                ..(*self).clone()
            }
            .into(),
            Change::Scroll(first_row) if first_row == self.first_row => self,
            Change::Scroll(first_row) => State {
                first_row,
                ..(*self).clone()
            }
            .into(),
            Change::OpenRow(open_row) => State {
                open_row,
                detail: None,
                ..(*self).clone()
            }
            .into(),
            Change::Show(ask) => {
                let same = self
                    .lines_ask
                    .as_ref()
                    .is_some_and(|before| before.of == ask.of);
                let lines = if same { self.lines.clone() } else { None };
                State {
                    lines_ask: Some(ask),
                    lines,
                    sheet: Some(Sheet::Lines),
                    ..(*self).clone()
                }
                .into()
            }
            Change::Teach(teach_ask) => {
                let of = |ask: &Option<TeachAsk>| ask.as_ref().map(|ask| ask.of.clone());
                let is_same = of(&teach_ask) == of(&self.teach_ask);
                State {
                    teaching: self.teaching.clone().filter(|_| is_same),
                    teach_ask,
                    ..(*self).clone()
                }
                .into()
            }
            Change::Learn(mapping) => State {
                settings: Rc::new(Settings {
                    mapping,
                    ..(*self.settings).clone()
                }),
                ..(*self).clone()
            }
            .into(),
            Change::Sheet(sheet) => State {
                sheet,
                ..(*self).clone()
            }
            .into(),
            Change::Settings(settings) => State {
                settings: Rc::new(settings),
                ..(*self).clone()
            }
            .into(),
            Change::Overrule(overrule, is_added) => State {
                settings: Rc::new(overrule.apply(&self.settings, is_added)),
                ..(*self).clone()
            }
            .into(),
            Change::Look(look, is_on) => {
                let mut looks = (*self.looks).clone();
                let known = looks.iter().position(|looking| looking.look == look);
                match (known, is_on) {
                    (None, true) => looks.push(Looking {
                        look,
                        n_lookers: 1,
                        looked: None,
                    }),
                    (Some(at), true) => looks[at].n_lookers += 1,
                    (Some(at), false) => {
                        looks[at].n_lookers = looks[at].n_lookers.saturating_sub(1);
                    }
                    (None, false) => return self,
                }
                State {
                    looks: Rc::new(looks),
                    ..(*self).clone()
                }
                .into()
            }
            Change::Says(Look::Watch, says) => State {
                watching: says.into(),
                ..(*self).clone()
            }
            .into(),
            Change::Says(_, says) => State {
                normal_day: says.into(),
                ..(*self).clone()
            }
            .into(),
            Change::Toast(toast) => State {
                toast,
                ..(*self).clone()
            }
            .into(),
        }
    }
}

impl State {
    /// An answer of the engine worker to one of the page's questions. Answers to older questions are dropped.
    fn keep(self: Rc<Self>, kept: Kept) -> Rc<Self> {
        match kept {
            Kept::Rows { turn, .. } | Kept::BadFilter { turn, .. } if turn < self.turn => self,
            Kept::Numbers(numbers) if numbers.turn < self.turn => self,
            Kept::Numbers(numbers) => State {
                numbers: Some(Rc::from(numbers)),
                ..(*self).clone()
            }
            .into(),
            Kept::Rows { rows, .. } => State {
                rows: Some(Rc::new(rows)),
                ..(*self).clone()
            }
            .into(),
            Kept::BadFilter { reason, .. } => State {
                filter_fault: Some(reason),
                ..(*self).clone()
            }
            .into(),
            Kept::Detail(detail) if self.open_row.as_ref() == Some(&detail.row.id) => State {
                detail: Some(Rc::from(detail)),
                ..(*self).clone()
            }
            .into(),
            Kept::Teaching(teaching)
                if self
                    .teach_ask
                    .as_ref()
                    .is_some_and(|ask| ask.of == teaching.of) =>
            {
                State {
                    teaching: Some(Rc::from(teaching)),
                    ..(*self).clone()
                }
                .into()
            }
            Kept::Looked(looked) => {
                let mut looks = (*self.looks).clone();
                if let Some(known) = looks.iter_mut().find(|known| known.look == looked.look) {
                    known.looked = Some(Rc::from(looked));
                }
                State {
                    looks: Rc::new(looks),
                    ..(*self).clone()
                }
                .into()
            }
            Kept::Detail(_) | Kept::Teaching(_) => self,
            Kept::Lines(lines) => State {
                lines: Some(Rc::from(lines)),
                ..(*self).clone()
            }
            .into(),
        }
    }
}

#[cfg(test)]
mod tests;
