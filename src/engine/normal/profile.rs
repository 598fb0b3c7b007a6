//! A log as counts by what they are about, small enough to be kept beside another log: what a comparison needs.
//!
//! Connections of one machine come in bursts, so a count of them says less than as many independent events would. Each
//! count carries how much more it varies from one stretch of time to the next than independent events do; the days'
//! slow rise and fall does not count as such.

use super::place::{self, Kind, NO_HOST, Seen};
use crate::engine::dataset::Dataset;
use crate::engine::model::Micros;
use crate::engine::model::order::Order;
use crate::engine::model::stamp::{HOUR, SECOND};
use crate::engine::summary::Index;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// Stretches into which a log is cut to see how much a count varies, and how long one may be.
const N_STRETCHES: i64 = 96;
const STRETCH_US: (Micros, Micros) = (10 * SECOND, HOUR);

/// Who calls more addresses scans; a table of them would be larger than the log.
const MAX_TARGETS: usize = 200_000;

/// What is counted: of a machine as a whole and of knocking, some parts are empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    pub kind: Kind,
    /// As the log writes it; "" where it is about no single machine.
    pub host: String,
    /// (protocol number, port).
    pub service: Option<(u8, u16)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub n: u64,
    pub n_refused: u64,
    /// How many connections are worth one independent event, in hundredths; at least 100.
    pub burst: u32,
}

/// What a log is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Time that the log covers, without its gaps; 0 where it has no times.
    pub covered_us: Micros,
    pub n_sessions: u64,
    pub first: Option<Micros>,
    pub last: Option<Micros>,
    /// In order.
    pub counts: Vec<(Subject, Count)>,
    /// So many addresses were called that they are not counted one by one.
    pub is_without_targets: bool,
}

/// Counts every session once for each thing that it is about.
pub fn profile(data: &Dataset, index: &Index) -> Profile {
    let mut places: HashMap<(u8, u8, u16, u32), u32, FixedState> = HashMap::default();
    let mut tracks: Vec<(Kind, u32, u8, u16, Track)> = Vec::new();
    let stretch = Stretch::of(index);
    for at in 0..data.sessions.len() {
        let Some(seen) = Seen::of(data, index, at) else {
            continue;
        };
        let nth = stretch.nth(data.sessions[at].first);
        for (kind, host) in seen.subjects().into_iter().flatten() {
            let (number, port) = match kind {
                Kind::Machine => (0, 0),
                _ => (seen.proto, seen.port),
            };
            let place = *places
                .entry((kind as u8, number, port, host))
                .or_insert_with(|| {
                    tracks.push((kind, host, number, port, Track::default()));
                    tracks.len() as u32 - 1
                });
            tracks[place as usize].4.add(nth, seen.was_refused);
        }
    }
    let is_target = |kind: Kind| kind == Kind::Target;
    let n_targets = tracks.iter().filter(|track| is_target(track.0)).count();
    let is_without_targets = n_targets > MAX_TARGETS;
    if is_without_targets {
        tracks.retain(|track| !is_target(track.0));
    }
    let counts = tracks.into_iter().map(|(kind, host, number, port, track)| {
        let host = match host {
            NO_HOST => String::new(),
            at => place::host(data, at).text(&data.names),
        };
        let subject = Subject {
            kind,
            host,
            service: (kind != Kind::Machine).then_some((number, port)),
        };
        (subject, track.finish(&stretch))
    });
    let mut counts: Vec<(Subject, Count)> = counts.collect();
    counts.order_by(|one, other| one.0.cmp(&other.0));
    Profile {
        covered_us: stretch.covered_us,
        n_sessions: data.sessions.len() as u64,
        first: index.span.map(|(first, _)| first),
        last: index.span.map(|(_, last)| last),
        counts,
        is_without_targets,
    }
}

/// How much time a log covers: its span without the gaps that its lines or its silence show.
pub fn covered(index: &Index) -> Micros {
    let Some((first, last)) = index.span else {
        return 0;
    };
    let (mut covered, mut from) = (0, first);
    for gap in &index.gaps {
        covered += (gap.from.clamp(first, last) - from).max(0);
        from = from.max(gap.to.clamp(first, last));
    }
    covered + last - from
}

struct Stretch {
    start: Micros,
    length_us: Micros,
    n: i64,
    covered_us: Micros,
}

impl Stretch {
    fn of(index: &Index) -> Stretch {
        let (start, last) = index.span.unwrap_or((0, 0));
        let length_us = ((last - start) / N_STRETCHES).clamp(STRETCH_US.0, STRETCH_US.1);
        Stretch {
            start,
            length_us,
            n: (last - start) / length_us + 1,
            covered_us: covered(index),
        }
    }

    fn nth(&self, at: Micros) -> i64 {
        at.saturating_sub(self.start) / self.length_us
    }
}

/// The count of one subject, stretch after stretch: sessions come in order of time.
#[derive(Clone, Copy, Default)]
struct Track {
    n: u64,
    n_refused: u64,
    present: i64,
    n_present: u64,
    n_before: u64,
    /// Of the differences between neighbouring stretches.
    squares: f64,
}

impl Track {
    fn add(&mut self, nth: i64, was_refused: bool) {
        self.n += 1;
        self.n_refused += u64::from(was_refused);
        if nth > self.present {
            self.close(nth);
        }
        self.n_present += 1;
    }

    /// Goes on to the stretch `nth`; those between are empty.
    fn close(&mut self, nth: i64) {
        if self.present > 0 {
            self.step(self.n_before, self.n_present);
        }
        self.n_before = self.n_present;
        if nth > self.present + 1 {
            self.step(self.n_present, 0);
            self.n_before = 0;
        }
        (self.present, self.n_present) = (nth, 0);
    }

    fn step(&mut self, before: u64, after: u64) {
        let difference = before.abs_diff(after) as f64;
        self.squares += difference * difference;
    }

    fn finish(mut self, stretch: &Stretch) -> Count {
        // A stretch after the last one tells nothing; the last one itself does.
        self.close(stretch.n.max(self.present + 1));
        let mean = self.n as f64 / stretch.n as f64;
        let n_steps = (stretch.n - 1).max(1) as f64;
        let burst = if stretch.n > 1 {
            self.squares / (2.0 * n_steps) / mean
        } else {
            // All of it within seconds: one event.
            self.n as f64
        };
        let most = self.n as f64;
        Count {
            n: self.n,
            n_refused: self.n_refused,
            burst: libm::round(burst.clamp(1.0, most.max(1.0)) * 100.0) as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn burst(times: impl IntoIterator<Item = i64>, n: i64) -> f64 {
        let stretch = Stretch {
            start: 0,
            length_us: 10 * SECOND,
            n,
            covered_us: 0,
        };
        let mut track = Track::default();
        for nth in times {
            track.add(nth, false);
        }
        f64::from(track.finish(&stretch).burst) / 100.0
    }

    #[test]
    fn one_burst_is_one_event_and_a_steady_stream_is_many() {
        assert!(burst(vec![40; 500], 96) > 400.0);
        assert!(burst((0..96).flat_map(|nth| [nth; 10]), 96) < 1.01);
        // A working day of steady calls is nearly as good as one without nights.
        let day = (0..96).filter(|nth| (32..64).contains(nth));
        let worked = burst(day.flat_map(|nth| [nth; 25]), 96);
        assert!((1.0..12.0).contains(&worked), "{worked}");
        // Single calls far from each other.
        assert!(burst([3, 20, 41, 80], 96) < 1.2);
    }
}
