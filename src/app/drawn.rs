//! Which part of the answer is on the page already, and which comes next.

use std::rc::Rc;

use super::state::{Stage, State};
use crate::worker::protocol::Numbers;

/// What of the answer is on the page already. A large answer is put there in turns, a short task each, so that the
/// page listens in between: incidents, each chart, then the tables below the charts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// The answer whose filter box and connections stand there.
    pub tools_edition: u32,
    /// The answer whose further incidents stand there.
    pub edition: u32,
    pub charts: [Option<Rc<Numbers>>; N_CHARTS],
    /// Marks of the picture over time; it has hundreds.
    pub n_marks: usize,
    /// Rows of a chart's table; they come with the whole answer.
    pub n_twin_rows: usize,
}

/// Directions, services, time, who talks.
pub const N_CHARTS: usize = 4;
/// The picture whose marks come in turns of their own, again with every answer.
const OVER_TIME: usize = 2;
/// Rows of tables that one turn adds, and how many a table can have.
const TURN_ROWS: usize = 40;
const MAX_TWIN_ROWS: usize = 400;
const TURN_MARKS: usize = 64;
const MAX_MARKS: usize = 320;

impl State {
    /// Everything but the tables below the charts is on the page.
    pub fn is_drawn(&self) -> bool {
        self.drawn.edition == self.edition()
            && self.stale_chart().is_none()
            && self.drawn.n_marks >= MAX_MARKS
    }

    fn stale_chart(&self) -> Option<usize> {
        let numbers = self.numbers.as_ref()?;
        let is_fresh = |chart: &Option<Rc<Numbers>>| {
            chart
                .as_ref()
                .is_some_and(|drawn| Rc::ptr_eq(drawn, numbers))
        };
        self.drawn.charts.iter().position(|chart| !is_fresh(chart))
    }

    /// What is on the page after one more turn; nothing when all is there.
    pub fn drawn_further(&self) -> Option<Drawn> {
        let mut drawn = self.drawn.clone();
        if drawn.tools_edition != self.edition() {
            drawn.tools_edition = self.edition();
        } else if drawn.edition != self.edition() {
            drawn.edition = self.edition();
        } else if let Some(chart) = self.stale_chart() {
            drawn.charts[chart].clone_from(&self.numbers);
            if chart == OVER_TIME {
                drawn.n_marks = TURN_MARKS;
            }
        } else if self.numbers.is_some() && drawn.n_marks < MAX_MARKS {
            drawn.n_marks += TURN_MARKS;
        } else if self.stage == Stage::Ready
            && self.numbers.is_some()
            && drawn.n_twin_rows < MAX_TWIN_ROWS
        {
            drawn.n_twin_rows += TURN_ROWS;
        } else {
            return None;
        }
        Some(drawn)
    }
}
