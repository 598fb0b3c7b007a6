//! Sessions over time, by their start: bins of a round length, 60 to 240 of them where the log is long enough.

use super::filter::Filter;
use super::index::Row;
use super::{Index, Split};
use crate::engine::dataset::{Dataset, Facts, Session};
use crate::engine::model::stamp::{DAY, HOUR, MINUTE, SECOND};
use crate::engine::model::{Kind, Micros};
use crate::engine::session::beat::NO_COUNT;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// Length of a bin.
    pub bin_us: i64,
    /// Start of the first bin; a multiple of `bin_us`.
    pub start: Micros,
    /// Without holes: an empty bin is there, and empty.
    pub bins: Vec<Split>,
    /// Sessions without a time or without a date, and those that start outside the bins.
    pub untimed: Split,
    pub outside: Split,
    /// Sessions that records of whole windows tell of; each is put somewhere in its window.
    pub n_spread: u64,
    /// Where the log itself says nothing, in order; whatever the filter.
    pub gaps: Vec<Gap>,
}

/// A stretch without a single event, or a line that says that lines are missing (`said`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    pub from: Micros,
    pub to: Micros,
    pub said: bool,
}

impl Timeline {
    pub fn total(&self) -> u64 {
        self.bins
            .iter()
            .chain([&self.untimed, &self.outside])
            .map(Split::total)
            .sum()
    }

    pub fn end(&self) -> Micros {
        self.start + self.bin_us * self.bins.len() as i64
    }

    pub fn bin_start(&self, bin: usize) -> Micros {
        self.start + self.bin_us * bin as i64
    }
}

/// The moment at which a session stands in the picture, and whether its record only names a window of time. The
/// sessions of such a window are spread over it evenly, always in the same way; the filter `time:` goes by this too.
pub fn moment(session: &Session, data: &Dataset) -> (Micros, bool) {
    if !session.facts.has(Facts::FLOW) {
        return (session.first, false);
    }
    let beat = session
        .beats(data)
        .first()
        .filter(|beat| beat.kind() == Kind::FlowUni);
    let meter = beat.and_then(|beat| data.meters.get((beat.meter as usize).checked_sub(1)?));
    let window_us = meter.map_or(0, |meter| {
        if meter.duration_us == NO_COUNT {
            0
        } else {
            meter.duration_us
        }
    });
    let window_us = window_us.min(DAY as u64);
    // An id is a hash, so its lowest 16 bits fall anywhere with equal chance.
    let into_us = (window_us * (session.id(data) & 0xffff)) >> 16;
    (session.first + into_us as i64, window_us > 0)
}

/// Lengths that people count time in.
const STEPS: [i64; 27] = [
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    84 * DAY,
    336 * DAY,
    1008 * DAY,
    3360 * DAY,
    10080 * DAY,
];
const MAX_BINS: i64 = 240;

/// The shortest step with at most 240 bins from `first` to `last`.
fn step(first: Micros, last: Micros) -> i64 {
    let n_bins = |step: i64| last.div_euclid(step) - first.div_euclid(step) + 1;
    STEPS
        .into_iter()
        .find(|step| n_bins(*step) <= MAX_BINS)
        .unwrap_or(STEPS[STEPS.len() - 1])
}

/// Counts while sessions pass by.
pub struct Counter {
    line: Timeline,
}

impl Counter {
    /// The bins cover the log, or the part of it to which the filter narrows the time.
    pub fn new(index: &Index, filter: &Filter) -> Counter {
        let mut line = Timeline {
            bin_us: SECOND,
            ..Timeline::default()
        };
        if let Some((first, last)) = index.span {
            let (first, last) = filter.narrows(first, last);
            line.bin_us = step(first, last);
            line.start = first.div_euclid(line.bin_us) * line.bin_us;
            let n_bins = (last - line.start) / line.bin_us + 1;
            line.bins = vec![Split::default(); n_bins.clamp(1, MAX_BINS) as usize];
        }
        Counter { line }
    }

    pub fn add(&mut self, data: &Dataset, session: &Session, row: &Row) {
        if !session.has_time() || !row.has_date {
            return self.line.untimed.add(session.outcome);
        }
        let (ts, is_spread) = moment(session, data);
        self.line.n_spread += u64::from(is_spread);
        let at = (ts - self.line.start).div_euclid(self.line.bin_us);
        let bin = usize::try_from(at)
            .ok()
            .and_then(|at| self.line.bins.get_mut(at));
        bin.unwrap_or(&mut self.line.outside).add(session.outcome);
    }

    pub fn finish(mut self, index: &Index) -> Timeline {
        let (start, end) = (self.line.start, self.line.end());
        let shown = index
            .gaps
            .iter()
            .filter(|gap| gap.to >= start && gap.from < end);
        self.line.gaps = shown
            .map(|gap| Gap {
                from: gap.from.max(start),
                to: gap.to.min(end),
                said: gap.said,
            })
            .collect();
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_log_of_a_minute_or_more_gets_sixty_to_two_hundred_and_forty_bins() {
        let mut span = MINUTE;
        while span < 40 * 365 * DAY {
            for first in [0, 17 * SECOND + 3, 1_392_804_902_000_000] {
                let step = step(first, first + span);
                let n_bins = (first + span).div_euclid(step) - first.div_euclid(step) + 1;
                assert!((60..=MAX_BINS).contains(&n_bins), "{span} {step} {n_bins}");
            }
            span += span / 7;
        }
    }
}
