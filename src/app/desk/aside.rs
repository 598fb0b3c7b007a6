//! What lies beside the log: a watch list, and the log of a normal day. Both stay when another log is opened.

use super::super::state::Change;
use super::super::words;
use super::{Desk, Inner};
use crate::worker::link::Link;
use crate::worker::look::Look;
use crate::worker::protocol::{Ask, Dropped, Tell};

#[derive(Default)]
pub struct Aside {
    lists: Vec<Dropped>,
    days: Vec<Dropped>,
    /// What the normal day is made of, as its reader told.
    profile: Vec<u8>,
    /// Reads the normal day; gone when it has.
    reader: Option<Link>,
    /// Counts normal days, so that an older reader is not heard any more.
    nth: u32,
}

impl Aside {
    pub(super) fn has_day(&self) -> bool {
        !self.days.is_empty()
    }
}

impl Desk {
    /// Watches for what these say; nothing takes the list away.
    pub fn watch(&self, lists: Vec<Dropped>) {
        let mut desk = self.0.borrow_mut();
        desk.aside.lists = lists;
        if desk.aside.lists.is_empty() {
            desk.say(Change::Says(Look::Watch, String::new()));
        }
        desk.tell_list();
    }

    /// Holds the log against these; nothing takes the normal day away.
    pub fn compare(&self, days: Vec<Dropped>) {
        let mut desk = self.0.borrow_mut();
        desk.aside.days = days;
        desk.read_normal_day();
    }
}

impl Inner {
    /// A new engine knows nothing of what lay beside.
    pub(super) fn tell_asides(&mut self) {
        if !self.aside.lists.is_empty() {
            self.tell_list();
        }
        if !self.aside.profile.is_empty() {
            self.tell_day();
        }
    }

    fn tell_list(&self) {
        self.ask(Ask::Watch {
            nth: self.nth,
            lists: self.aside.lists.clone(),
            is_whole: !self.is_reading,
        });
    }

    fn tell_day(&self) {
        self.ask(Ask::Compare {
            profile: self.aside.profile.clone(),
        });
    }

    /// Reads it in a worker of its own, so that the page goes on answering; again when settings change.
    pub(super) fn read_normal_day(&mut self) {
        self.aside.nth += 1;
        self.aside.reader = None;
        self.aside.profile.clear();
        if self.aside.days.is_empty() {
            self.say(Change::Says(Look::Changes, String::new()));
            return self.tell_day();
        }
        let (me, nth) = (self.me.clone(), self.aside.nth);
        let link = Link::spawn(&self.parts, move |tell| {
            if let Some(desk) = me.upgrade() {
                desk.borrow_mut().day_says(nth, tell);
            }
        });
        let Ok(link) = link else { return };
        link.ask(Ask::Profile {
            sources: self.aside.days.clone(),
            settings: self.settings.for_baseline(&self.ours),
            now_us: self.now_us(),
        });
        self.aside.reader = Some(link);
        self.day_is_read(0);
    }

    fn day_is_read(&self, n_bytes: u64) {
        let total = self.aside.days.iter().map(|day| day.n_bytes).sum();
        let says = format!(
            "Reading the normal day: {} of {}.",
            words::bytes(n_bytes.min(total)),
            words::bytes(total)
        );
        self.say(Change::Says(Look::Changes, says));
    }

    fn day_says(&mut self, nth: u32, tell: Tell) {
        if nth != self.aside.nth {
            return;
        }
        match tell {
            Tell::Progress { n_bytes } => self.day_is_read(n_bytes),
            Tell::Profiled {
                profile,
                n_sessions,
                fault,
            } => {
                let names: Vec<&str> = self
                    .aside
                    .days
                    .iter()
                    .map(|day| day.name.as_str())
                    .collect();
                let mut says = format!(
                    "The normal day is {}: {}.",
                    names.join(", "),
                    words::counted(n_sessions, "connection", "connections")
                );
                if let Some(fault) = fault {
                    says = format!("{says} {fault}");
                }
                self.aside.profile = profile;
                self.aside.reader = None;
                self.say(Change::Says(Look::Changes, says));
                self.tell_day();
            }
            Tell::Crashed { message } => {
                self.aside.reader = None;
                self.say(Change::Says(
                    Look::Changes,
                    format!("The normal day could not be read ({message})."),
                ));
            }
            _ => {}
        }
    }
}
