//! Two logs beside each other: what is new, gone, much more or much less than on a normal day.
//!
//! Rates are compared, so a log of an hour can stand beside one of a week. What is told is unlikely to be chance, all
//! tests together; bursts count as what they are (see `profile`).

use super::place::Kind;
use super::profile::{Count, Profile, Subject};
use super::ratio::{Surprise, can_surprise, surprise, threshold};
use crate::engine::explain::words::{self, count, number, times, visible};
use crate::engine::model::order::Order;
use crate::engine::model::stamp::{HOUR, MINUTE};
use crate::engine::model::{Micros, ports, proto};
use serde::{Deserialize, Serialize};

/// Less than three times as often is no "much more".
const MUCH: f64 = 3.0;
/// Shorter stretches of time are too short to have a normal.
const SHORT_US: Micros = 5 * MINUTE;
/// Changes told; what lies beyond is counted.
pub const MAX_CHANGES: usize = 500;

/// How a count changed, in the order in which a person should read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum How {
    New,
    More,
    Less,
    Gone,
}

impl How {
    pub const ALL: [How; 4] = [How::New, How::More, How::Less, How::Gone];

    pub fn name(self) -> &'static str {
        match self {
            How::New => "new",
            How::More => "much_more",
            How::Less => "much_less",
            How::Gone => "gone",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub how: How,
    pub subject: Subject,
    pub now: Count,
    pub before: Count,
    /// How unlikely it is by chance: 3000 is one in a thousand.
    pub surprise: Surprise,
    pub sentence: String,
}

/// The comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Those that let something through first; then by surprise.
    pub list: Vec<Change>,
    /// Changes that are not in the list.
    pub n_beyond: u64,
    /// What was compared.
    pub n_compared: u64,
    /// Of both logs, the present one first.
    pub covered_us: [Micros; 2],
    pub n_sessions: [u64; 2],
    /// What this comparison cannot tell, as sentences.
    pub limits: Vec<String>,
}

impl Changes {
    pub fn n(&self, how: How) -> usize {
        self.list.iter().filter(|change| change.how == how).count()
    }

    /// One sentence for all.
    pub fn headline(&self) -> String {
        let [new, more, less, gone] = How::ALL.map(|how| number(self.n(how) as u64));
        if self.list.is_empty() {
            return format!(
                "Nothing differs from the normal day by more than chance; {} compared.",
                count(self.n_compared, "thing was", "things were")
            );
        }
        format!(
            "Compared with the normal day: {new} new, {more} much more often, {less} much less often, {gone} gone."
        )
    }
}

/// What is different in `now`.
pub fn compare(now: &Profile, before: &Profile) -> Changes {
    let share = share(now, before);
    let mut tested: Vec<Change> = Vec::new();
    let mut n_compared = 0;
    let has_targets = !now.is_without_targets && !before.is_without_targets;
    let (mut now_rest, mut before_rest) = (now.counts.as_slice(), before.counts.as_slice());
    while let Some(subject) = first(now_rest, before_rest) {
        let (now, before) = (
            take(&mut now_rest, subject),
            take(&mut before_rest, subject),
        );
        n_compared += 1;
        if subject.kind == Kind::Target && !has_targets {
            continue;
        }
        let burst = u64::from(now.burst.max(before.burst).max(100));
        let worth = |count: Count| count.n.saturating_mul(100) / burst;
        if !can_surprise(worth(now) + worth(before), share) {
            continue;
        }
        tested.push(Change {
            how: how(now.n, before.n, share),
            subject: subject.clone(),
            now,
            before,
            surprise: surprise(worth(now), worth(before), share),
            sentence: String::new(),
        });
    }
    let least = threshold(tested.iter().map(|change| change.surprise).collect());
    tested.retain(|change| change.surprise >= least && is_much(change, share));
    fold_into_machines(&mut tested);
    tested.order_by_key(|change| {
        (
            change.subject.kind == Kind::Knocks,
            change.how,
            change.subject.kind,
            std::cmp::Reverse(change.surprise),
        )
    });
    let n_beyond = tested.len().saturating_sub(MAX_CHANGES) as u64;
    tested.truncate(MAX_CHANGES);
    let covered_us = [now.covered_us, before.covered_us];
    for change in &mut tested {
        change.sentence = sentence(change, share, covered_us);
    }
    Changes {
        list: tested,
        n_beyond,
        n_compared,
        covered_us,
        n_sessions: [now.n_sessions, before.n_sessions],
        limits: limits(now, before),
    }
}

/// The subject that comes next in two lists.
fn first<'s>(one: &'s [(Subject, Count)], other: &'s [(Subject, Count)]) -> Option<&'s Subject> {
    let (one, other) = (one.first(), other.first());
    let (one, other) = (
        one.map(|(subject, _)| subject),
        other.map(|(subject, _)| subject),
    );
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The count of a subject that may head the list; it is taken off.
fn take(rest: &mut &[(Subject, Count)], subject: &Subject) -> Count {
    match *rest {
        [(own, count), after @ ..] if own == subject => {
            *rest = after;
            *count
        }
        _ => Count::default(),
    }
}

/// The present log's part of all the time; of all connections where a log has no times.
fn share(now: &Profile, before: &Profile) -> f64 {
    let (now_part, before_part) = if now.covered_us > 0 && before.covered_us > 0 {
        (now.covered_us as f64, before.covered_us as f64)
    } else {
        (now.n_sessions as f64, before.n_sessions as f64)
    };
    now_part / (now_part + before_part).max(1.0)
}

fn how(now: u64, before: u64, share: f64) -> How {
    match (now, before) {
        (0, _) => How::Gone,
        (_, 0) => How::New,
        _ if now as f64 > (now + before) as f64 * share => How::More,
        _ => How::Less,
    }
}

/// How many times as often.
fn ratio(change: &Change, share: f64) -> f64 {
    change.now.n as f64 / change.before.n.max(1) as f64 * (1.0 - share) / share
}

fn is_much(change: &Change, share: f64) -> bool {
    match change.how {
        How::New | How::Gone => true,
        How::More => ratio(change, share) >= MUCH,
        How::Less => ratio(change, share) * MUCH <= 1.0,
    }
}

/// What a new machine does is new, all of it; saying so once is enough.
fn fold_into_machines(changes: &mut Vec<Change>) {
    let whole: Vec<(How, String)> = changes
        .iter()
        .filter(|change| change.subject.kind == Kind::Machine)
        .filter(|change| matches!(change.how, How::New | How::Gone))
        .map(|change| (change.how, change.subject.host.clone()))
        .collect();
    changes.retain(|change| {
        change.subject.kind == Kind::Machine
            || !whole.contains(&(change.how, change.subject.host.clone()))
    });
}

/// "443/tcp (https)".
pub fn service(service: (u8, u16)) -> String {
    let (number, port) = service;
    let protocol = proto::name(number);
    match ports::service_name(number, port) {
        _ if port == 0 => protocol,
        Some(name) => format!("{port}/{protocol} ({name})"),
        None => format!("{port}/{protocol}"),
    }
}

/// Plain words: what happens, and how it was on the normal day.
fn sentence(change: &Change, share: f64, covered_us: [Micros; 2]) -> String {
    let Change {
        subject,
        now,
        before,
        ..
    } = change;
    let host = visible(&subject.host);
    let service = subject.service.map(service).unwrap_or_default();
    let what = match subject.kind {
        Kind::Machine => format!("your machine {host} takes part in connections"),
        Kind::Calls => format!("your machine {host} asks the internet for {service}"),
        Kind::Offers => format!("the internet asks your machine {host} for {service}"),
        Kind::Serves => format!("your own machines ask {host} for {service}"),
        Kind::Target => format!("your machines call {host} on the internet for {service}"),
        Kind::Knocks => format!("strangers try {service} and the firewall refuses"),
    };
    let refused = match now.n_refused {
        0 => String::new(),
        _ if subject.kind == Kind::Knocks => String::new(),
        n if n == now.n && n > 1 => " (all of them refused)".into(),
        n if n == now.n => " (refused)".into(),
        n => format!(" ({} refused)", number(n)),
    };
    let within = |covered_us: Micros| match covered_us {
        0 => String::new(),
        covered_us => format!(" in {}", words::duration(covered_us)),
    };
    let (now_in, before_in) = (within(covered_us[0]), within(covered_us[1]));
    let what = words::capital(&what);
    let times_as_often = ratio(change, share);
    match change.how {
        How::New => format!(
            "{what}: {}{refused}{now_in}. The normal day has none of it{before_in}.",
            times(now.n)
        ),
        How::Gone => format!(
            "No longer: {}. The normal day has {} of it{before_in}, this log none{now_in}.",
            lower(&what),
            count(before.n, "connection", "connections"),
        ),
        How::More => format!(
            "{what} about {} times as often: {}{refused}{now_in}, on the normal day {}{before_in}.",
            number(libm::round(times_as_often) as u64),
            times(now.n),
            times(before.n),
        ),
        How::Less => format!(
            "{what} about {} times less often: {}{refused}{now_in}, on the normal day {}{before_in}.",
            number(libm::round(1.0 / times_as_often) as u64),
            times(now.n),
            times(before.n),
        ),
    }
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// "less than once in a million".
pub fn chance(surprise: Surprise) -> String {
    match surprise / 1000 {
        0 | 1 => "perhaps chance".into(),
        order @ 2..=5 => format!("chance: 1 in {}", number(10_u64.pow(order))),
        6..=8 => "chance: less than 1 in a million".into(),
        _ => "chance: less than 1 in a billion".into(),
    }
}

fn limits(now: &Profile, before: &Profile) -> Vec<String> {
    let mut limits = Vec::new();
    if now.covered_us == 0 || before.covered_us == 0 {
        limits.push(
            "One of the logs has no times, so shares of all connections are compared, not rates."
                .into(),
        );
    } else if now.covered_us < SHORT_US || before.covered_us < SHORT_US {
        limits.push(
            "One of the logs covers only a few minutes; what is rare may be missing in it by chance."
                .into(),
        );
    }
    if hours_shared(now, before) == Some(false) {
        limits.push(
            "The two logs cover different hours of the day, so some of this may only be the time of day."
                .into(),
        );
    }
    if now.is_without_targets || before.is_without_targets {
        limits.push(
            "So many addresses of the internet were called that they are not compared one by one."
                .into(),
        );
    }
    if before.n_sessions == 0 {
        limits.push("The normal day holds no connections, so everything is new.".into());
    }
    limits
}

/// Whether at least half of the present log's hours of the day are also in the other; `None` without times.
fn hours_shared(now: &Profile, before: &Profile) -> Option<bool> {
    let (now, before) = (hours(now)?, hours(before)?);
    Some((now & before).count_ones() * 2 >= now.count_ones())
}

/// Hours of the day, one bit each.
fn hours(profile: &Profile) -> Option<u32> {
    let (first, last) = (
        profile.first?.div_euclid(HOUR),
        profile.last?.div_euclid(HOUR),
    );
    let of_day = (first..=last.min(first + 23)).map(|hour| 1 << hour.rem_euclid(24));
    Some(of_day.fold(0, |all, hour| all | hour))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(kind: Kind, host: &str, port: u16) -> Subject {
        Subject {
            kind,
            host: host.into(),
            service: (kind != Kind::Machine).then_some((proto::TCP, port)),
        }
    }

    fn log(hours: i64, counts: &[(Kind, &str, u16, u64)]) -> Profile {
        let counts = counts.iter().map(|(kind, host, port, n)| {
            let count = Count {
                n: *n,
                n_refused: 0,
                burst: 100,
            };
            (subject(*kind, host, *port), count)
        });
        let mut counts: Vec<(Subject, Count)> = counts.collect();
        counts.sort_by(|one, other| one.0.cmp(&other.0));
        Profile {
            covered_us: hours * HOUR,
            n_sessions: 1000,
            first: Some(0),
            last: Some(hours * HOUR - 1),
            counts,
            is_without_targets: false,
        }
    }

    fn told(now: &Profile, before: &Profile) -> Vec<(How, u16, String)> {
        let changes = compare(now, before);
        let list = changes.list.iter();
        list.map(|change| {
            let port = change.subject.service.map_or(0, |(_, port)| port);
            (change.how, port, change.sentence.clone())
        })
        .collect()
    }

    #[test]
    fn the_same_rate_over_another_length_is_no_change() {
        let week = log(
            168,
            &[
                (Kind::Calls, "10.0.0.5", 443, 16_800),
                (Kind::Calls, "10.0.0.5", 25, 3),
            ],
        );
        let day = log(24, &[(Kind::Calls, "10.0.0.5", 443, 2_450)]);
        assert!(told(&day, &week).is_empty());
        assert!(told(&week, &day).is_empty());
    }

    #[test]
    fn new_gone_more_and_less_are_told_in_plain_words() {
        let before = log(
            24,
            &[
                (Kind::Calls, "10.0.0.5", 443, 100),
                (Kind::Calls, "10.0.0.5", 80, 900),
                (Kind::Offers, "10.0.0.80", 443, 500),
            ],
        );
        let now = log(
            24,
            &[
                (Kind::Calls, "10.0.0.5", 443, 900),
                (Kind::Calls, "10.0.0.5", 80, 90),
                (Kind::Calls, "10.0.0.5", 4444, 34),
            ],
        );
        let told = told(&now, &before);
        let hows: Vec<(How, u16)> = told.iter().map(|(how, port, _)| (*how, *port)).collect();
        assert_eq!(
            hows,
            [
                (How::New, 4444),
                (How::More, 443),
                (How::Less, 80),
                (How::Gone, 443)
            ]
        );
        assert!(
            told[0]
                .2
                .starts_with("Your machine 10.0.0.5 asks the internet for 4444/tcp"),
            "{}",
            told[0].2
        );
        assert!(
            told[1].2.contains(
                "about 9 times as often: 900 times in 24 hours, on the normal day 100 times"
            ),
            "{}",
            told[1].2
        );
        assert!(
            told[3]
                .2
                .starts_with("No longer: the internet asks your machine 10.0.0.80"),
            "{}",
            told[3].2
        );
    }

    #[test]
    fn one_burst_is_not_told_and_a_new_machine_is_told_once() {
        let before = log(24, &[(Kind::Calls, "10.0.0.5", 443, 1000)]);
        let mut now = log(
            24,
            &[
                (Kind::Calls, "10.0.0.5", 443, 1000),
                (Kind::Calls, "10.0.0.5", 22, 500),
                (Kind::Machine, "10.0.0.9", 0, 80),
                (Kind::Calls, "10.0.0.9", 443, 80),
            ],
        );
        let burst = subject(Kind::Calls, "10.0.0.5", 22);
        for (_, count) in now.counts.iter_mut().filter(|(own, _)| *own == burst) {
            count.burst = 50_000;
        }
        let told = told(&now, &before);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].2.starts_with(
                "Your machine 10.0.0.9 takes part in connections: 80 times in 24 hours."
            )
        );
    }

    #[test]
    fn an_hour_of_night_beside_a_day_says_so() {
        let mut night = log(2, &[]);
        (night.first, night.last) = (Some(26 * HOUR), Some(28 * HOUR - 1));
        let mut day = log(8, &[]);
        (day.first, day.last) = (Some(8 * HOUR), Some(16 * HOUR - 1));
        assert_eq!(compare(&night, &day).limits.len(), 1);
        assert!(compare(&day, &log(24, &[])).limits.is_empty());
    }
}
