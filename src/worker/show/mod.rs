//! A dataset as the page sees it.

mod answer;
mod lines;
mod print;
mod rows;
mod words;

use super::protocol::{Kept, Numbers};
use super::view::Sort;
use crate::engine::dataset::Dataset;
use crate::engine::model::{Micros, stamp};
use crate::engine::pipeline;
use crate::engine::session::beat::NO_TIME;
use crate::engine::settings::Settings;
use crate::engine::summary::filter::Filter;
use crate::engine::summary::{self, Index};

use super::serve::seed;

/// An open dataset, with what was worked out for the last questions.
pub struct Open {
    pub data: Dataset,
    index: Index,
    /// The sessions of the last filter, in the last order.
    ordered: Option<(String, Sort, Vec<u32>)>,
}

impl Open {
    pub fn new(data: Dataset) -> Self {
        let index = Index::new(&data, seed());
        Self { data, index, ordered: None }
    }

    pub fn rejudge(&mut self, settings: &Settings) {
        pipeline::rejudge(&mut self.data, settings);
        self.index = Index::new(&self.data, seed());
        self.ordered = None;
    }

    /// Charts and counts of a filter.
    pub fn numbers(&mut self, turn: u32, filter: &str) -> Kept {
        match Filter::parse(filter) {
            Ok(parsed) => {
                let summary = summary::summarize(&self.data, &self.index, &parsed);
                Kept::Numbers(Box::new(Numbers { turn, summary }))
            }
            Err(error) => Kept::BadFilter { turn, reason: error.to_string() },
        }
    }
}

/// A stamp as text; `None` where the log gives none.
fn time(micros: Micros) -> Option<String> {
    (micros != NO_TIME).then(|| stamp::rfc3339(micros))
}

/// The id of a session or an incident as everybody writes it.
fn id(number: u64) -> String {
    format!("{number:016x}")
}
