//! What the workers say, and what follows from it.

use std::rc::Rc;

use super::super::measure::{after_paint, measure, now_ms};
use super::super::state::{Change, Progress};
use super::super::words;
use super::{Inner, MAX_CRASHES, REFINE_FACTOR, REST_MS, SILENCE_MS, TICK_MS};
use crate::worker::look::Look;
use crate::worker::protocol::{Ask, Kept, Tell};
use crate::worker::sharding::Extent;

impl Inner {
    pub(super) fn engine_says(&mut self, tell: Tell) {
        match tell {
            Tell::Surveyed {
                source_idx,
                splittable,
                context,
            } => {
                let idx = source_idx as usize;
                let Some(source) = self.sources.get(idx) else {
                    return;
                };
                let splittable = splittable && !self.in_one_go.contains(&idx);
                let extent = Extent {
                    n_bytes: source.n_bytes,
                    splittable,
                };
                self.plan.add(&[extent], idx, self.n_readers);
                self.contexts.insert(idx, context);
                self.n_surveyed += 1;
                self.hand_out();
                self.finish_if_done();
            }
            Tell::Unreadable { source_idx, reason } => {
                self.n_surveyed += 1;
                self.cannot_read(source_idx as usize, &reason);
                self.finish_if_done();
            }
            Tell::Answered {
                nth,
                report,
                is_whole,
            } if nth == self.nth => {
                self.is_concluding = false;
                self.ours.clone_from(&report.ours);
                for reader in self
                    .plan
                    .running()
                    .filter_map(|busy| self.readers.get(&busy))
                {
                    reader.ask(Ask::Rest { ms: REST_MS });
                }
                if self.is_reading && !is_whole && std::mem::take(&mut self.wants_conclusion) {
                    self.conclude();
                }
                self.say(Change::Answered {
                    report: Rc::new(*report),
                    is_whole,
                });
                if self.first_is_due {
                    self.first_is_due = false;
                    let opened_ms = self.opened_ms;
                    after_paint(move || measure("whichway:first", opened_ms, &[]));
                }
                if is_whole {
                    measure("whichway:concluded", self.opened_ms, &[]);
                    let steps = self.steps.iter().map(|(kind, n)| {
                        format!("{} ({})", kind.text(), words::counted(*n, "line", "lines"))
                    });
                    self.say(Change::Cleaned(steps.collect()));
                    self.n_crashes = 0;
                    self.is_reading = false;
                    self.say(Change::Finished);
                }
            }
            Tell::Kept(kept) => {
                if matches!(kept, Kept::Rows { .. } | Kept::BadFilter { .. }) {
                    self.rows_busy = false;
                    if let Some(ask) = self.rows_next.take() {
                        self.rows_busy = true;
                        self.ask(ask);
                    }
                }
                self.say(Change::Kept(kept));
            }
            Tell::Printed { ticket, text } => {
                if let Some(then) = self.tickets.remove(&ticket) {
                    wasm_bindgen_futures::spawn_local(async move { then(Ok(text)) });
                }
            }
            Tell::Crashed { message } => self.engine_crashed(&message),
            Tell::Watching { says } => self.say(Change::Says(Look::Watch, says)),
            Tell::Hello
            | Tell::Rehearsed
            | Tell::Answered { .. }
            | Tell::Progress { .. }
            | Tell::Profiled { .. }
            | Tell::Read { .. } => {}
        }
    }

    pub(super) fn reader_says(&mut self, reader: usize, tell: Tell) {
        self.heard_ms.insert(reader, now_ms());
        match tell {
            Tell::Rehearsed => self.is_rehearsing = false,
            Tell::Progress { n_bytes } => {
                self.plan.progress(reader, n_bytes);
                self.tick(false);
            }
            Tell::Read {
                partial,
                fault,
                is_as_assumed,
                steps,
            } => {
                let Some(piece) = self.plan.finish(reader) else {
                    return;
                };
                let is_last = self
                    .sources
                    .get(piece.source_idx)
                    .is_none_or(|source| piece.bytes.end >= source.n_bytes);
                if !is_as_assumed && !is_last {
                    // The columns change in the middle of this log. Its later ranges were read under wrong names:
                    // read it in one go instead.
                    return self.read_whole_again(piece.source_idx);
                }
                for step in steps {
                    *self.steps.entry(step.kind).or_default() += step.n_lines;
                }
                if let Some(fault) = fault {
                    let name = self
                        .sources
                        .get(piece.source_idx)
                        .map_or("?", |source| source.name.as_str());
                    self.note(format!("{fault} ({name})"), true);
                }
                self.n_bytes_merged += piece.n_bytes();
                self.ask(Ask::Merge { partial });
                self.tick(true);
                self.hand_out();
                self.finish_if_done();
                if self.is_reading && !self.plan.is_done() && self.is_worth_refining() {
                    self.conclude();
                }
            }
            Tell::Unreadable { source_idx, reason } => {
                self.plan.finish(reader);
                self.cannot_read(source_idx as usize, &reason);
                self.hand_out();
                self.finish_if_done();
            }
            Tell::Crashed { message } => {
                self.readers.remove(&reader);
                let was_busy = self.plan.running().any(|busy| busy == reader);
                if self.plan.fail(reader) {
                    if was_busy {
                        self.note(
                            format!(
                                "A reader stopped ({message}). Its part of the log is read again."
                            ),
                            false,
                        );
                    }
                } else {
                    self.note(format!("A part of the log makes the reader stop each time ({message}). That part is left out."), true);
                }
                self.hand_out();
                self.finish_if_done();
            }
            _ => {}
        }
    }

    pub(super) fn read_whole_again(&mut self, source_idx: usize) {
        self.in_one_go.insert(source_idx);
        let (sources, in_one_go, opened_ms) = (
            std::mem::take(&mut self.sources),
            self.in_one_go.clone(),
            self.opened_ms,
        );
        self.open(sources, false);
        (self.in_one_go, self.opened_ms) = (in_one_go, opened_ms);
    }

    pub(super) fn cannot_read(&mut self, source_idx: usize, reason: &str) {
        self.plan.drop_source(source_idx);
        self.unreadable += 1;
        let name = self
            .sources
            .get(source_idx)
            .map_or_else(|| "?".to_string(), |source| source.name.clone());
        if self.unreadable < self.sources.len() || self.n_bytes_merged > 0 {
            self.note(format!("{reason} ({name})"), true);
            return;
        }
        self.is_reading = false;
        self.readers.clear();
        self.readers_are_used = false;
        self.start_reader(0);
        self.say(Change::Failed(format!("{reason} ({name})")));
    }

    pub(super) fn finish_if_done(&mut self) {
        if !self.is_reading || self.n_surveyed < self.sources.len() || !self.plan.is_done() {
            return;
        }
        // Readers go, and their memory with them; another is up for the next log.
        self.readers.clear();
        self.readers_are_used = false;
        self.start_reader(0);
        measure("whichway:read", self.opened_ms, &[]);
        self.conclude_whole();
    }

    pub(super) fn conclude(&mut self) {
        if self.is_concluding && self.is_reading {
            self.wants_conclusion = true;
            return;
        }
        if self.is_reading {
            self.is_concluding = true;
            self.n_bytes_concluded = self.n_bytes_merged;
            self.ask(Ask::Conclude {
                nth: self.nth,
                is_whole: false,
            });
        } else {
            self.conclude_whole();
        }
    }

    pub(super) fn conclude_whole(&mut self) {
        self.is_concluding = true;
        self.wants_conclusion = false;
        self.n_bytes_concluded = self.n_bytes_merged;
        self.ask(Ask::Conclude {
            nth: self.nth,
            is_whole: true,
        });
    }

    /// An answer of a part takes time from the whole one, so it must be of much more than the last, and much must be
    /// left to wait for.
    pub(super) fn is_worth_refining(&self) -> bool {
        let left = self.total_bytes().saturating_sub(self.plan.n_bytes_read());
        let is_first = self.n_bytes_concluded == 0;
        is_first
            || (self.n_bytes_merged >= self.n_bytes_concluded * REFINE_FACTOR
                && left > self.total_bytes() / 3)
    }

    /// A reader that says nothing for long hangs; what hangs is treated like what crashed.
    pub(super) fn look_after_readers(&mut self) {
        let now_ms = now_ms();
        let busy: Vec<usize> = self.plan.running().collect();
        for reader in busy {
            let heard_ms = *self.heard_ms.entry(reader).or_insert(now_ms);
            if now_ms - heard_ms > SILENCE_MS {
                self.heard_ms.remove(&reader);
                let message = format!(
                    "it did not answer for {}",
                    words::about_seconds(SILENCE_MS / 1000.0)
                );
                self.reader_says(reader, Tell::Crashed { message });
            }
        }
    }

    pub(super) fn tick(&mut self, now: bool) {
        let now_ms = now_ms();
        if !now && now_ms - self.last_tick_ms < TICK_MS {
            return;
        }
        self.last_tick_ms = now_ms;
        self.say(Change::Progress(Progress {
            n_bytes_read: self.plan.n_bytes_read(),
            n_bytes_total: self.total_bytes(),
            seconds: (now_ms - self.opened_ms) / 1000.0,
        }));
    }

    /// The engine worker died and the answer with it. The files are still here, so they are read again.
    pub(super) fn engine_crashed(&mut self, message: &str) {
        self.n_crashes += 1;
        let sources = std::mem::take(&mut self.sources);
        if sources.is_empty() {
            self.restart_engine();
            return;
        }
        if self.n_crashes >= MAX_CRASHES {
            self.stop_reading();
            self.restart_engine();
            self.say(Change::Failed(format!(
                "The engine stopped {} times on this log ({message}). It cannot be read as it is; a part of it may work.",
                self.n_crashes
            )));
            return;
        }
        let (n_crashes, opened_ms) = (self.n_crashes, self.opened_ms);
        self.open(sources, false);
        (self.n_crashes, self.opened_ms) = (n_crashes, opened_ms);
        self.note(
            format!(
                "The engine stopped ({message}). It was started again, and the log is read again."
            ),
            true,
        );
    }
}
