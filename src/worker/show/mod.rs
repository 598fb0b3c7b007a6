//! A dataset as the page sees it.

mod answer;
mod lines;
mod look;
mod print;
mod rows;
pub mod teach;
mod words;

use super::protocol::{Kept, Numbers};
use super::view::Sort;
use crate::engine::dataset::Dataset;
use crate::engine::model::{Micros, stamp};
use crate::engine::pipeline;
use crate::engine::session::beat::NO_TIME;
use crate::engine::settings::Settings;
use crate::engine::summary::filter::Filter;
use crate::engine::summary::{self, Index, Summary};

use super::serve::seed;

/// An open dataset, with what was worked out for the last questions.
pub struct Open {
    pub data: Dataset,
    index: Index,
    /// The numbers of the last filter.
    summary: Option<(String, Summary)>,
    /// The sessions of the last filter, in the last order.
    ordered: Option<(String, Sort, Vec<u32>)>,
}

impl Open {
    pub fn new(data: Dataset) -> Self {
        let index = Index::new(&data, seed());
        Self {
            data,
            index,
            summary: None,
            ordered: None,
        }
    }

    pub fn rejudge(&mut self, settings: &Settings) {
        pipeline::rejudge(&mut self.data, settings);
        self.index = Index::new(&self.data, seed());
        self.summary = None;
        self.ordered = None;
    }

    /// Charts and counts of a filter.
    pub fn numbers(&mut self, turn: u32, filter: &str) -> Kept {
        match self.summary_of(filter) {
            Ok(summary) => Kept::Numbers(Box::new(Numbers {
                turn,
                summary: summary.clone(),
            })),
            Err(reason) => Kept::BadFilter { turn, reason },
        }
    }

    fn summary_of(&mut self, filter: &str) -> Result<&Summary, String> {
        let known = self.summary.take().filter(|(text, _)| text == filter);
        let entry = if let Some(entry) = known {
            entry
        } else {
            let parsed = Filter::parse(filter).map_err(|error| error.to_string())?;
            (
                filter.to_string(),
                summary::summarize(&self.data, &self.index, &parsed),
            )
        };
        Ok(&self.summary.insert(entry).1)
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
