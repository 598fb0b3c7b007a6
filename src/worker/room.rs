//! What a worker knows and does: as a reader it turns a range into a part; as the engine it unites parts and answers.

use crate::engine::model::order::Order;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;

use super::look::Look;
use super::protocol::{Ask, Dropped, Kept, Tell};
use super::serve::{seed, tell};
use super::{aside, feed, reader, show, warm};
use crate::engine::dataset::{Dataset, SourceInfo};
use crate::engine::normal::Profile;
use crate::engine::pipeline::{self, Context, Range, Reader};
use crate::engine::session::Partial;
use crate::engine::settings::Settings;

/// Bytes between two reports of progress.
const PROGRESS_BYTES: u64 = 4 << 20;

/// The engine's side of a worker. A reader uses none of it.
#[derive(Default)]
pub struct Room {
    sources: Vec<Dropped>,
    contexts: Vec<Context>,
    settings: Settings,
    part: Option<Partial>,
    open: Option<show::Open>,
    /// The normal day.
    before: Option<Profile>,
}

impl Room {
    pub async fn answer(&mut self, ask: Ask) {
        match ask {
            Ask::Open {
                sources,
                settings,
                now_us,
            } => self.open(sources, settings, now_us).await,
            Ask::Merge { partial } => self.merge(&partial),
            Ask::Conclude { nth, is_whole } => {
                let data = self.conclude(is_whole);
                self.open = Some(show::Open::new(data));
                self.tell_answer(nth, is_whole);
            }
            Ask::Judge {
                nth,
                settings,
                is_whole,
            } => {
                let watch = self.settings.watch.take();
                self.settings = Settings { watch, ..settings };
                if let Some(open) = &mut self.open {
                    open.rejudge(&self.settings);
                    self.tell_answer(nth, is_whole);
                }
            }
            Ask::Read {
                source_idx,
                start,
                end,
                context,
                file,
            } => {
                read(source_idx, start, end, &context, &file).await;
            }
            Ask::Summarize { turn, filter } => {
                if let Some(open) = &mut self.open {
                    tell(&Tell::Kept(open.numbers(turn, &filter)));
                }
            }
            Ask::Rows {
                turn,
                filter,
                sort,
                first,
                count,
            } => {
                if let Some(open) = &mut self.open {
                    tell(&Tell::Kept(open.rows(turn, &filter, sort, first, count)));
                }
            }
            Ask::Detail { id } => {
                if let Some(detail) = self.open.as_ref().and_then(|open| open.detail(&id)) {
                    tell(&Tell::Kept(detail));
                }
            }
            Ask::Lines { of, first, count } => {
                if let Some(open) = &self.open {
                    let lines = open
                        .lines(&of, first, count, &self.sources, &self.contexts)
                        .await;
                    tell(&Tell::Kept(lines));
                }
            }
            Ask::Teach { of, draft } => {
                if let Some(open) = &self.open {
                    let taught = open.teach(of, &draft, &self.sources, &self.contexts).await;
                    tell(&Tell::Kept(taught));
                }
            }
            Ask::Print {
                ticket,
                kind,
                filter,
            } => {
                let text = match &mut self.open {
                    Some(open) => open.print(kind, &filter),
                    None => String::new(),
                };
                tell(&Tell::Printed { ticket, text });
            }
            Ask::Look { look } => self.look(&look),
            Ask::Watch {
                nth,
                lists,
                is_whole,
            } => {
                let (watch, says) = aside::watch_list(&lists).await;
                tell(&Tell::Watching { says });
                self.settings.watch = watch;
                if let Some(open) = &mut self.open {
                    open.rejudge(&self.settings);
                    self.tell_answer(nth, is_whole);
                }
            }
            Ask::Compare { profile } => {
                self.before = postcard::from_bytes(&profile).ok();
                self.look(&Look::Changes);
            }
            Ask::Profile {
                sources,
                settings,
                now_us,
            } => aside::profile(&sources, &settings, now_us).await,
            Ask::Rehearse => {
                warm::rehearse();
                tell(&Tell::Rehearsed);
            }
            Ask::Panic | Ask::Rest { .. } => {}
        }
    }

    /// Surveys every source; the page hands out the ranges of those that can be read.
    async fn open(&mut self, sources: Vec<Dropped>, settings: Settings, now_us: i64) {
        *self = Self {
            settings,
            ..Self::default()
        };
        let mut surveyed = Vec::new();
        for (source_idx, source) in sources.into_iter().enumerate() {
            let survey = feed::survey(&source.file, now_us, &self.settings.mapping).await;
            surveyed.push((source_idx as u32, source, survey));
        }
        // Numbered by what they are, as the command line does, so that the order of a drop changes nothing.
        surveyed.order_by_key(|(_, source, survey)| {
            // What cannot be read comes last: the command line does not number it at all.
            (
                survey
                    .as_ref()
                    .map_or(u64::MAX, |context| context.survey.key),
                source.name.clone(),
            )
        });
        for (rank, (source_idx, source, survey)) in surveyed.into_iter().enumerate() {
            let context = match survey {
                Ok(context) => {
                    let splittable = context.survey.shardable;
                    tell(&Tell::Surveyed {
                        source_idx,
                        splittable,
                        // The page only keeps this for the readers: which number the source has, and what it is.
                        context: postcard::to_allocvec(&(rank as u16, &context))
                            .unwrap_or_default(),
                    });
                    context
                }
                Err(reason) => {
                    tell(&Tell::Unreadable { source_idx, reason });
                    Context::default()
                }
            };
            self.contexts.push(context);
            self.sources.push(source);
        }
    }

    fn look(&self, look: &Look) {
        let open = self.open.as_ref();
        if let Some(looked) = open.and_then(|open| open.look(look, self.before.as_ref())) {
            tell(&Tell::Kept(Kept::Looked(Box::new(looked))));
        }
    }

    fn merge(&mut self, partial: &ArrayBuffer) {
        let bytes = Uint8Array::new(partial).to_vec();
        match Partial::from_bytes(&bytes, seed()) {
            Ok(more) => {
                self.part = Some(match self.part.take() {
                    Some(part) => part.merge(more),
                    None => more,
                });
            }
            // Both ends are one program: this is a bug, and is treated like one.
            Err(error) => tell(&Tell::Crashed {
                message: format!("a part of the log was damaged on its way: {error}"),
            }),
        }
    }

    /// Of a whole log the parts are used up; while reading goes on they are still needed.
    fn conclude(&mut self, is_whole: bool) -> Dataset {
        let infos = self
            .sources
            .iter()
            .zip(&self.contexts)
            .map(|(source, context)| SourceInfo {
                name: source.name.clone(),
                key: context.survey.key,
                bytes: source.n_bytes,
                ..SourceInfo::default()
            })
            .collect();
        let part = match self.part.take() {
            Some(part) if is_whole => part,
            Some(part) => {
                let copy = Partial::from_bytes(&part.to_bytes(), seed());
                self.part = Some(part);
                copy.unwrap_or_else(|_| Partial::new(seed()))
            }
            None => Partial::new(seed()),
        };
        pipeline::conclude(part, &self.settings, infos)
    }

    fn tell_answer(&mut self, nth: u32, is_whole: bool) {
        if let Some(open) = &mut self.open {
            tell(&Tell::Answered {
                nth,
                report: Box::new(open.report()),
                is_whole,
            });
        }
    }
}

/// Reads one range and hands in its part. A damaged end of a packed file costs that end only.
async fn read(source_idx: u32, start: u64, end: u64, context: &[u8], file: &web_sys::Blob) {
    let (source, context): (u16, Context) = postcard::from_bytes(context).unwrap_or_default();
    // Offsets of a packed file are those of its text; it is read as a whole.
    let range = if context.survey.shardable {
        Range { source, start, end }
    } else {
        Range::whole(source)
    };
    let mut engine = Reader::new(&context, range, seed());
    let (mut n_bytes, mut n_told) = (0, 0);
    let result = reader::read(file, engine.from(), end, |chunk| {
        n_bytes += chunk.len() as u64;
        if n_bytes - n_told >= PROGRESS_BYTES {
            n_told = n_bytes;
            tell(&Tell::Progress { n_bytes });
        }
        engine.feed(chunk)
    })
    .await;
    if let Err(error) = result {
        return tell(&Tell::Unreadable {
            source_idx,
            reason: feed::unreadable(&error),
        });
    }
    let finished = engine.finish();
    let bytes = finished.part.to_bytes();
    tell(&Tell::Read {
        partial: Uint8Array::from(bytes.as_slice()).buffer().unchecked_into(),
        fault: finished.error.map(|error| error.to_string()),
        is_as_assumed: finished.headers == context.headers,
        steps: finished.steps,
    });
}
