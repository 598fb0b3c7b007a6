//! How many sessions ended in which way: the unit that every panel counts with, so their totals agree.

use crate::engine::dataset::Outcome;
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Sessions by outcome, in the order of `Outcome::ALL`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Split(pub [u64; Outcome::ALL.len()]);

impl Split {
    pub fn add(&mut self, outcome: Outcome) {
        self.0[outcome as usize] += 1;
    }

    pub fn of(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }

    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// (outcome, sessions) where there are any, in the order in which charts stack them.
    pub fn parts(&self) -> impl Iterator<Item = (Outcome, u64)> {
        STACK
            .iter()
            .map(|outcome| (*outcome, self.of(*outcome)))
            .filter(|(_, n)| *n > 0)
    }
}

impl AddAssign for Split {
    fn add_assign(&mut self, other: Split) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum += more;
        }
    }
}

/// From what went well to what nobody knows.
pub const STACK: [Outcome; 7] = [
    Outcome::Worked,
    Outcome::ReplyBlocked,
    Outcome::Blocked,
    Outcome::Refused,
    Outcome::Unanswered,
    Outcome::Noise,
    Outcome::Unknown,
];
