//! Counting: who is right how often, how sure it said it was, and what was taken for what.

use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guess {
    Right,
    Wrong,
    Undecided,
}

impl Guess {
    pub fn of(said: Option<bool>) -> Guess {
        match said {
            Some(true) => Guess::Right,
            Some(false) => Guess::Wrong,
            None => Guess::Undecided,
        }
    }
}

/// Right, wrong, undecided.
#[derive(Clone, Copy, Default, Debug)]
pub struct Share {
    pub right: u64,
    pub wrong: u64,
    pub undecided: u64,
}

impl Share {
    pub fn add(&mut self, guess: Guess) {
        match guess {
            Guess::Right => self.right += 1,
            Guess::Wrong => self.wrong += 1,
            Guess::Undecided => self.undecided += 1,
        }
    }

    pub fn unite(&mut self, other: Share) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.undecided += other.undecided;
    }

    pub fn n(&self) -> u64 {
        self.right + self.wrong + self.undecided
    }

    /// Of the decided ones, per cent.
    pub fn accuracy(&self) -> f64 {
        percent(self.right, self.right + self.wrong)
    }

    /// Decided, per cent of all.
    pub fn coverage(&self) -> f64 {
        percent(self.right + self.wrong, self.n())
    }

    /// Errors over all sessions; an undecided one counts half.
    pub fn errors(&self) -> f64 {
        self.wrong as f64 + self.undecided as f64 / 2.0
    }
}

pub fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        100.0
    } else {
        part as f64 * 100.0 / whole as f64
    }
}

/// Stated probabilities against what was right.
#[derive(Clone, Default, Debug)]
pub struct Calibration {
    said: Vec<(f64, bool)>,
}

impl Calibration {
    pub fn add(&mut self, p: f64, right: bool) {
        self.said.push((p, right));
    }

    pub fn unite(&mut self, other: &Calibration) {
        self.said.extend(&other.said);
    }

    /// Mean distance of stated and observed in ten bins of equal mass.
    pub fn error(&self) -> f64 {
        let mut sorted = self.said.clone();
        sorted.sort_by(|left, right| left.partial_cmp(right).unwrap_or(std::cmp::Ordering::Equal));
        let n = sorted.len();
        let mut sum = 0.0;
        for bin in 0..10 {
            let part = &sorted[n * bin / 10..n * (bin + 1) / 10];
            let stated: f64 = part.iter().map(|(p, _)| p).sum();
            let right = part.iter().filter(|(_, right)| *right).count() as f64;
            sum += (stated - right).abs();
        }
        if n == 0 { 0.0 } else { sum / n as f64 }
    }

    /// Stated probability in bands: how many, stated on average, right.
    pub fn table(&self) -> String {
        const EDGES: [f64; 8] = [0.0, 0.6, 0.7, 0.8, 0.9, 0.95, 0.985, 0.995];
        let mut text =
            String::from("| stated | sessions | stated on average | right |\n|---|---|---|---|\n");
        for (nth, from) in EDGES.iter().enumerate() {
            let to = EDGES.get(nth + 1).copied().unwrap_or(1.01);
            let part: Vec<_> = self
                .said
                .iter()
                .filter(|(p, _)| (*from..to).contains(p))
                .collect();
            if part.is_empty() {
                continue;
            }
            let stated: f64 = part.iter().map(|(p, _)| p).sum::<f64>() / part.len() as f64;
            let right = part.iter().filter(|(_, right)| *right).count();
            let _ = writeln!(
                text,
                "| {from:.3}–{:.3} | {} | {stated:.3} | {:.3} |",
                to.min(1.0),
                part.len(),
                right as f64 / part.len() as f64
            );
        }
        text
    }
}

/// What it was, and what it was taken for.
#[derive(Clone, Default, Debug)]
pub struct Confusion {
    pub counts: BTreeMap<(String, String), u64>,
}

impl Confusion {
    pub fn add(&mut self, truth: &str, said: &str) {
        *self
            .counts
            .entry((truth.to_owned(), said.to_owned()))
            .or_default() += 1;
    }

    pub fn unite(&mut self, other: &Confusion) {
        for (key, n) in &other.counts {
            *self.counts.entry(key.clone()).or_default() += n;
        }
    }

    /// Precision, recall and F1 of one class.
    pub fn class(&self, name: &str) -> Hits {
        let mut hits = Hits::default();
        for ((truth, said), n) in &self.counts {
            hits.add_many(truth == name, said == name, *n);
        }
        hits
    }

    pub fn table(&self) -> String {
        let mut rows: Vec<&String> = self.counts.keys().map(|(truth, _)| truth).collect();
        let mut columns: Vec<&String> = self.counts.keys().map(|(_, said)| said).collect();
        rows.sort();
        rows.dedup();
        columns.sort();
        columns.dedup();
        let mut text = String::from("| really |");
        for column in &columns {
            let _ = write!(text, " {column} |");
        }
        text.push_str("\n|---|");
        text.push_str(&"---|".repeat(columns.len()));
        for row in rows {
            let _ = write!(text, "\n| {row} |");
            for column in &columns {
                match self.counts.get(&(row.clone(), (*column).clone())) {
                    Some(n) => {
                        let _ = write!(text, " {n} |");
                    }
                    None => text.push_str("  |"),
                }
            }
        }
        text.push('\n');
        text
    }
}

#[derive(Clone, Copy, Default, Debug)]
pub struct Hits {
    pub found: u64,
    pub missed: u64,
    pub invented: u64,
}

impl Hits {
    pub fn add_many(&mut self, is: bool, said: bool, n: u64) {
        match (is, said) {
            (true, true) => self.found += n,
            (true, false) => self.missed += n,
            (false, true) => self.invented += n,
            (false, false) => {}
        }
    }

    pub fn add(&mut self, is: bool, said: bool) {
        self.add_many(is, said, 1);
    }

    pub fn f1(&self) -> f64 {
        let twice = 2.0 * self.found as f64;
        let all = twice + (self.missed + self.invented) as f64;
        if all == 0.0 { 1.0 } else { twice / all }
    }
}
