//! Summaries: dataset + filter → numbers. One chart, one file. Everything is counted in sessions unless a name says
//! otherwise, so the totals of all panels agree.

pub mod split;
pub mod index;
pub mod filter;
pub mod tally;
pub mod directions;
pub mod ports;
pub mod timeline;
pub mod hosts;
pub mod pairs;
pub mod rules;
pub mod rows;
pub mod wire;

#[cfg(test)]
pub mod fixture;

use super::dataset::Dataset;
use filter::{Filter, Matcher};
pub use index::Index;
use serde::{Deserialize, Serialize};
pub use split::Split;

/// All panels of one filter. Integers and texts only, so two summaries can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub filter: Filter,
    pub tally: tally::Tally,
    pub directions: directions::Directions,
    pub ports: ports::Ports,
    pub timeline: timeline::Timeline,
    pub hosts: hosts::Hosts,
    pub pairs: pairs::Pairs,
    pub rules: rules::Rules,
}

/// Numbers of the sessions that pass the filter.
pub fn summarize(data: &Dataset, index: &Index, filter: &Filter) -> Summary {
    let matched = matching(data, index, filter);
    let mut directions = directions::Directions::default();
    let mut ports = ports::Counter::new(index);
    let mut timeline = timeline::Counter::new(data, index, filter);
    let mut ends = hosts::Ends::new(index);
    let mut rules = rules::Counter::new(index);
    let mut tally = tally::Tally::of(data);
    matched.each(|at| {
        let (Some(session), Some(row)) = (data.sessions.get(at), index.rows.get(at)) else { return };
        tally.add(session);
        directions.add(session);
        ports.add(session, row);
        timeline.add(session);
        ends.add(row);
        rules.add(session, row);
    });
    if filter.is_empty() {
        rules.add_all_hits(data, index);
    } else {
        matched.each(|at| rules.add_hits(data, index, at));
    }
    let (hosts, pairs) = ends.finish(data, index, &matched);
    Summary {
        filter: filter.clone(),
        tally,
        directions,
        ports: ports.finish(index),
        timeline: timeline.finish(index),
        hosts,
        pairs,
        rules: rules.finish(data, index),
    }
}

/// Sessions that pass a filter, by index.
pub enum Matched {
    /// All of this many.
    All(usize),
    /// Ascending.
    Some(Vec<u32>),
}

impl Matched {
    pub fn each(&self, mut visit: impl FnMut(usize)) {
        match self {
            Matched::All(n) => (0..*n).for_each(visit),
            Matched::Some(list) => list.iter().for_each(|at| visit(*at as usize)),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Matched::All(n) => *n,
            Matched::Some(list) => list.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn into_list(self) -> Vec<u32> {
        match self {
            Matched::All(n) => (0..n as u32).collect(),
            Matched::Some(list) => list,
        }
    }
}

pub fn matching(data: &Dataset, index: &Index, filter: &Filter) -> Matched {
    if filter.is_empty() {
        return Matched::All(data.sessions.len());
    }
    let matcher = Matcher::new(filter, data, index);
    let all = 0..data.sessions.len() as u32;
    Matched::Some(all.filter(|at| matcher.matches(*at as usize)).collect())
}

/// The `n` largest by (count, then smallest `order`), as (id, count). `order` settles ties without regard to ids.
fn top<K: Ord>(counts: &[u32], n: usize, order: impl Fn(u32) -> K) -> Vec<(u32, u32)> {
    let mut list: Vec<(u32, u32)> =
        counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(id, count)| (id as u32, *count)).collect();
    let by_rank = |one: &(u32, u32), two: &(u32, u32)| two.1.cmp(&one.1).then_with(|| order(one.0).cmp(&order(two.0)));
    if list.len() > n {
        list.select_nth_unstable_by(n, by_rank);
        list.truncate(n);
    }
    list.sort_unstable_by(by_rank);
    list
}
