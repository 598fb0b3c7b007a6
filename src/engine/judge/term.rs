//! Terms: the statements that a judgement is made of, each with its weight and what it rests on.

use crate::engine::dataset::Side;

/// One typed, weighted statement about who initiated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Term {
    /// As in domain §5: `T1a`, `P1a`, `F1`, `K`, `prior`, …
    pub id: &'static str,
    /// 0 user … 3 hard, 5 soft.
    pub tier: u8,
    /// 1/100 nat, never negative.
    pub weight: i32,
    pub toward: Side,
    /// The session's beat that shows it.
    pub beat: u32,
    /// A count that the sentence needs (peers, sessions), else 0.
    pub count: u32,
}

impl Term {
    pub fn hard(id: &'static str, tier: u8, weight: i32, toward: Side, beat: u32) -> Term {
        Term {
            id,
            tier,
            weight,
            toward,
            beat,
            count: 0,
        }
    }

    pub fn soft(id: &'static str, weight: i32, toward: Side, count: u32) -> Term {
        Term {
            id,
            tier: 5,
            weight,
            toward,
            beat: 0,
            count,
        }
    }

    /// Positive toward `a`.
    pub fn signed(&self) -> i32 {
        match self.toward {
            Side::A => self.weight,
            Side::B => -self.weight,
            Side::Unknown => 0,
        }
    }
}

/// Takes terms. `()` forgets them: judging a million sessions keeps none, showing one keeps all, and both run the
/// same code.
pub trait Terms {
    fn add(&mut self, term: Term);
}

impl Terms for () {
    fn add(&mut self, _: Term) {}
}

impl Terms for Vec<Term> {
    fn add(&mut self, term: Term) {
        self.push(term);
    }
}
