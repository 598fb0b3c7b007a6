//! Rules that fire: sessions by the rule that decided them, and how many events each rule allowed and denied.

use super::Split;
use super::index::{Index, NO_RULE, Row};
use crate::engine::dataset::{Dataset, Hits, Session};
use crate::engine::model::NameId;
use crate::engine::model::order::Order;
use serde::{Deserialize, Serialize};

pub const MAX_ROWS: usize = 200;

/// Most denied events first, then most sessions, then by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    pub rows: Vec<RuleRow>,
    pub n_rules: u64,
    pub rest: Split,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRow {
    /// All `None` in the row of sessions for which no rule is named.
    pub rule: Option<String>,
    pub name: Option<String>,
    pub device: Option<String>,
    /// The default deny at the end of a rule set.
    pub implicit: bool,
    /// Each session once, under the rule that decided it.
    pub split: Split,
    /// Events, under the rule that they name.
    pub n_allowed: u64,
    pub n_denied: u64,
    pub n_other: u64,
}

impl RuleRow {
    pub fn label(&self) -> String {
        match (&self.rule, &self.name) {
            (Some(rule), Some(name)) if rule != name => format!("{rule} {name}"),
            (Some(one), _) | (None, Some(one)) => one.clone(),
            (None, None) if self.implicit => "default deny".into(),
            (None, None) => "no rule named".into(),
        }
    }
}

pub struct Counter {
    splits: Vec<Split>,
    hits: Vec<Hits>,
}

impl Counter {
    pub fn new(index: &Index) -> Counter {
        Counter {
            splits: vec![Split::default(); index.rules.len()],
            hits: vec![Hits::default(); index.rules.len()],
        }
    }

    pub fn add(&mut self, session: &Session, row: &Row) {
        self.splits[row.rule as usize].add(session.outcome);
    }

    /// Without a filter the exact sums are at hand.
    pub fn add_all_hits(&mut self, data: &Dataset, index: &Index) {
        for (setting, hits) in &data.hits {
            let rule = index.rule_of.get(setting).copied().unwrap_or(NO_RULE);
            self.hits[rule as usize] += *hits;
        }
    }

    /// Events of one session. Those beyond the ones kept count under the rule that decided the session.
    pub fn add_hits(&mut self, data: &Dataset, index: &Index, at: usize) {
        let (Some(session), Some(row)) = (data.sessions.get(at), index.rows.get(at)) else {
            return;
        };
        for beat in session.beats(data) {
            let rule = index.rule_of.get(&beat.setting).copied().unwrap_or(NO_RULE);
            self.hits[rule as usize].count(beat);
        }
        if let Some(rest) = data.rests.get(&(at as u32)) {
            let hits = &mut self.hits[row.rule as usize];
            hits.allowed += rest.n_allowed;
            hits.denied += rest.n_denied;
            hits.other += rest.n_events - (rest.n_allowed + rest.n_denied).min(rest.n_events);
        }
    }

    pub fn finish(self, data: &Dataset, index: &Index) -> Rules {
        let text = |id: NameId| data.names.text(id).map(String::from);
        let mut rows: Vec<RuleRow> = index
            .rules
            .iter()
            .zip(self.splits.iter().zip(&self.hits))
            .map(|(rule, (split, hits))| RuleRow {
                rule: text(rule.rule),
                name: text(rule.name),
                device: text(rule.device),
                implicit: rule.implicit,
                split: *split,
                n_allowed: hits.allowed,
                n_denied: hits.denied,
                n_other: hits.other,
            })
            .filter(|row| !row.split.is_empty() || row.n_allowed + row.n_denied + row.n_other > 0)
            .collect();
        rows.order_by(|one, two| {
            let rank = |row: &RuleRow| {
                (
                    std::cmp::Reverse(row.n_denied),
                    std::cmp::Reverse(row.split.total()),
                )
            };
            rank(one).cmp(&rank(two)).then_with(|| {
                (&one.rule, &one.name, &one.device).cmp(&(&two.rule, &two.name, &two.device))
            })
        });
        let n_rules = rows.len() as u64;
        let mut rest = Split::default();
        for row in rows.iter().skip(MAX_ROWS) {
            rest += row.split;
        }
        rows.truncate(MAX_ROWS);
        Rules {
            rows,
            n_rules,
            rest,
        }
    }
}

impl Rules {
    pub fn total(&self) -> u64 {
        self.rows.iter().map(|row| row.split.total()).sum::<u64>() + self.rest.total()
    }
}
