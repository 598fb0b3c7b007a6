//! A dataset as the page sees it.

mod answer;
mod lines;
mod print;
mod rows;

use super::protocol::{Kept, Numbers};
use super::view::Sort;
use crate::engine::dataset::Dataset;
use crate::engine::model::{Micros, stamp};
use crate::engine::pipeline;
use crate::engine::session::beat::NO_TIME;
use crate::engine::settings::Settings;
use crate::engine::summary::filter::Filter;
use crate::engine::summary::{self, Index, Matched};

use super::serve::seed;

/// An open dataset, with what was worked out for the last questions.
pub struct Open {
    pub data: Dataset,
    index: Index,
    /// The sessions of the last filter, and their order.
    matched: Option<(String, Matched)>,
    ordered: Option<(String, Sort, Vec<u32>)>,
}

impl Open {
    pub fn new(data: Dataset) -> Self {
        let index = Index::new(&data, seed());
        Self { data, index, matched: None, ordered: None }
    }

    pub fn rejudge(&mut self, settings: &Settings) {
        pipeline::rejudge(&mut self.data, settings);
        self.index = Index::new(&self.data, seed());
        self.matched = None;
        self.ordered = None;
    }

    /// Charts and counts of a filter.
    pub fn numbers(&mut self, turn: u32, filter: &str) -> Kept {
        match filter.parse::<Filter>() {
            Ok(parsed) => {
                let summary = summary::summarize(&self.data, &self.index, &parsed);
                Kept::Numbers(Box::new(Numbers { turn, summary }))
            }
            Err(error) => Kept::BadFilter { turn, reason: error.to_string() },
        }
    }

    /// The sessions that match, remembered while the filter stays.
    fn match_all(&mut self, filter: &str) -> Result<&Matched, String> {
        if self.matched.as_ref().is_none_or(|(text, _)| text != filter) {
            let parsed = filter.parse::<Filter>().map_err(|error| error.to_string())?;
            self.matched = Some((filter.to_string(), summary::matching(&self.data, &self.index, &parsed)));
        }
        Ok(&self.matched.as_ref().expect("just made").1)
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
