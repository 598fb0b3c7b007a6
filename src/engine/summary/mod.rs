//! Summaries: dataset + filter → numbers. One chart, one file. Everything is counted in sessions unless a name says
//! otherwise, so the totals of all panels agree.

pub mod directions;
pub mod filter;
pub mod hosts;
pub mod index;
pub mod pairs;
pub mod ports;
pub mod raster;
pub mod rhythm;
pub mod rows;
pub mod rules;
pub mod split;
pub mod tally;
pub mod timeline;
pub mod wire;

#[cfg(test)]
pub mod fixture;

use super::dataset::Dataset;
use crate::engine::model::order::Order;
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
    let mut timeline = timeline::Counter::new(index, filter);
    let mut ends = hosts::Ends::new(index);
    let mut rules = rules::Counter::new(index);
    let mut tally = tally::Tally::of(data, index);
    matched.each(|at| {
        let (Some(session), Some(row)) = (data.sessions.get(at), index.rows.get(at)) else {
            return;
        };
        tally.add(session);
        directions.add(session);
        ports.add(session, row);
        timeline.add(data, session, row);
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
    let mut list: Vec<(u32, u32)> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(id, count)| (id as u32, *count))
        .collect();
    let by_rank = |one: &(u32, u32), two: &(u32, u32)| {
        two.1
            .cmp(&one.1)
            .then_with(|| order(one.0).cmp(&order(two.0)))
    };
    if list.len() > n {
        list.select_nth_unstable_by(n, by_rank);
        list.truncate(n);
    }
    list.order_by(by_rank);
    list
}

#[cfg(test)]
mod tests {
    use super::rows::{Column, Sort, order, window};
    use super::*;
    use crate::engine::dataset::{Direction, Outcome};

    fn filtered(data: &Dataset, text: &str) -> Summary {
        let index = Index::new(data, 3);
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        summarize(data, &index, &filter)
    }

    trait HostRowTotal {
        fn left(&self) -> u64;
    }

    impl HostRowTotal for hosts::HostRow {
        /// Each session has one client, or two ends of which nobody can tell.
        fn left(&self) -> u64 {
            self.as_client.total() * 2 + self.undecided.total()
        }
    }

    #[test]
    fn all_panels_count_the_same_sessions() {
        let data = fixture::office();
        let n = data.sessions.len() as u64;
        assert_eq!(n, 15);
        let index = Index::new(&data, 1);
        let summary = summarize(&data, &index, &Filter::default());
        let left: u64 = summary.hosts.rows.iter().map(HostRowTotal::left).sum();
        assert_eq!(left, (n - 1) * 2 + 2, "one undecided session has two ends");
        for text in [
            "dir:inbound",
            "-dir:inbound",
            "port:80",
            "verdict:V01,scan",
            "proto:tcp -host:10.20.1.14",
        ] {
            let summary = filtered(&data, text);
            let n = summary.tally.matched.total();
            assert!(n > 0 && n < 15, "{text}: {n}");
        }
        let inbound = summary.directions.rows[Direction::Inbound as usize].split;
        assert_eq!(
            (
                inbound.total(),
                inbound.of(Outcome::ReplyBlocked),
                inbound.of(Outcome::Blocked)
            ),
            (9, 2, 6)
        );
    }

    #[test]
    fn a_filter_narrows_every_panel_alike() {
        let data = fixture::office();
        for (text, n_decided) in [
            ("dir:inbound", 9),
            ("service:80", 3),
            ("client:203.0.113.45", 2),
            ("server:10.20.1.14:80", 2),
            ("src:203.0.113.9", 6),
            ("dst:203.0.113.45:51515", 1),
            ("host:10.20.1.0/24 -verdict:scan -dir:group", 7),
            ("rule:0", 6),
            ("format:fortigate verdict:V07", 4),
            ("time:08:00..08:20", 2),
            ("time:2014-02-19T09:00Z..", 8),
            ("tries:>1", 1),
            ("https", 2),
            ("\"edge-1\" outcome:noise", 1),
            ("10.20.1.12", 4),
            ("dir:inbound dir:outbound", 0),
            ("dir:inbound,outbound", 12),
        ] {
            let summary = filtered(&data, text);
            assert_eq!(summary.tally.matched.total(), n_decided, "{text}");
            let left: u64 = summary
                .hosts
                .rows
                .iter()
                .map(|row| row.as_client.total())
                .sum();
            assert_eq!(left, n_decided, "hosts of {text}");
            for total in [
                summary.directions.total(),
                summary.ports.total(),
                summary.timeline.total(),
                summary.pairs.total(),
                summary.rules.total(),
            ] {
                assert_eq!(total, n_decided, "{text}");
            }
        }
    }

    #[test]
    fn a_summary_crosses_to_the_page_unchanged() {
        let data = fixture::office();
        let summary = filtered(&data, "dir:inbound -port:22 time:08:00..10:00");
        let text = serde_json::to_string(&summary).expect("a summary is plain data");
        assert_eq!(
            serde_json::from_str::<Summary>(&text).expect("and reads back"),
            summary
        );
        let index = Index::new(&data, 3);
        let rows = window(&data, &index, &[0, 5]);
        let text = serde_json::to_string(&rows).expect("rows are plain data");
        assert_eq!(
            serde_json::from_str::<Vec<rows::RowView>>(&text).expect("and read back"),
            rows
        );
    }

    #[test]
    fn numbers_do_not_depend_on_the_seed() {
        let data = fixture::office();
        let one = summarize(&data, &Index::new(&data, 1), &Filter::default());
        let two = summarize(&data, &Index::new(&data, 99), &Filter::default());
        assert_eq!(one, two);
    }

    #[test]
    fn the_port_census_counts_addresses_and_says_what_is_odd() {
        let summary = filtered(&fixture::office(), "");
        let web = &summary.ports.rows[0];
        assert_eq!(
            (web.port, web.n_clients, web.n_servers, web.split.total()),
            (Some(80), 2, 2, 3)
        );
        let odd = summary
            .ports
            .rows
            .iter()
            .find(|row| row.port == Some(249))
            .expect("the scan asked for it");
        assert!(
            odd.odd
                && odd
                    .note
                    .as_deref()
                    .is_some_and(|note| note.contains("reserved")),
            "{odd:?}"
        );
    }

    #[test]
    fn rows_sort_by_every_column_both_ways() {
        let data = fixture::office();
        let index = Index::new(&data, 3);
        for column in [
            Column::First,
            Column::Last,
            Column::Initiator,
            Column::Responder,
            Column::Service,
            Column::Direction,
            Column::Verdict,
            Column::Outcome,
            Column::Sure,
            Column::Rule,
            Column::Tries,
            Column::Events,
            Column::Orphans,
            Column::Bytes,
        ] {
            let list = |is_descending| {
                order(
                    &data,
                    &index,
                    &Filter::default(),
                    Sort {
                        column,
                        is_descending,
                    },
                )
            };
            let (mut up, mut down) = (list(false), list(true));
            assert_eq!(up.len(), data.sessions.len(), "{column:?}");
            up.sort_unstable();
            down.sort_unstable();
            assert_eq!(up, down, "{column:?} loses or doubles a row");
        }
        let sort = Sort {
            column: Column::Tries,
            is_descending: true,
        };
        let list = order(&data, &index, &Filter::default(), sort);
        let tries: Vec<u32> = window(&data, &index, &list)
            .iter()
            .map(|row| row.tries)
            .collect();
        assert!(tries.is_sorted_by(|one, two| one >= two), "{tries:?}");
        let list = order(
            &data,
            &index,
            &Filter::default(),
            Sort {
                column: Column::First,
                is_descending: true,
            },
        );
        let first: Vec<_> = window(&data, &index, &list)
            .iter()
            .map(|row| row.first)
            .collect();
        assert!(first.is_sorted_by(|one, two| one >= two), "{first:?}");
    }

    #[test]
    fn windows_of_flow_records_are_spread_and_counted() {
        let data = fixture::windows(400, 600);
        let index = Index::new(&data, 1);
        let summary = summarize(&data, &index, &Filter::default());
        assert_eq!(summary.timeline.n_spread, 400);
        assert_eq!(summary.timeline.total(), 400);
        let largest = summary.timeline.bins.iter().map(Split::total).max();
        assert!(
            largest < Some(40),
            "{largest:?} of 400 sessions in one bin of a window"
        );
        let first_half = Filter::parse("time:..2014-02-19T08:05").expect("a filter");
        let n = matching(&data, &index, &first_half).len();
        assert!((150..250).contains(&n), "{n} of 400 in the first half");
    }
    #[test]
    fn a_click_adds_takes_away_and_replaces() {
        let term = |text: &str| filter::Term::parse(text).expect("a term");
        let filter = Filter::default()
            .toggled(&term("dir:inbound"))
            .toggled(&term("dir:outbound"));
        assert_eq!(filter.to_string(), "dir:inbound,outbound");
        let filter = filter.toggled(&term("dir:inbound"));
        assert_eq!(filter.to_string(), "dir:outbound");
        assert!(filter.toggled(&term("dir:outbound")).is_empty());
        let filter = filter
            .toggled(&Filter::between(0, 60_000_000))
            .toggled(&Filter::between(0, 120_000_000));
        assert_eq!(
            filter.to_string(),
            "dir:outbound time:1970-01-01T00:00Z..1970-01-01T00:02Z"
        );
        assert_eq!(filter.chips()[0].label, "dir: our machines → internet");
    }
}
