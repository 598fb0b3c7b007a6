//! Bursts: many connections of all services of a device lost at one moment, or a trickle (domain §7.4: T-BURST, T-ALL,
//! T-FANO).

use super::cause::Feature;
use super::orphans::{Lost, Orphan};
use super::scene::{Brief, Scene};
use super::signs::Reading;
use crate::engine::dataset::{Dataset, Direction};
use crate::engine::model::order::Order;
use crate::engine::model::{Host, Micros, stamp};
use crate::engine::session::beat::NO_TIME;
use hashbrown::HashSet;

/// Smallest burst, and its share of all tuples of the incident, per cent.
const BURST_TUPLES: usize = 10;
const BURST_PERCENT: usize = 50;
/// How much denser than the usual minute a burst is.
const BURST_FACTOR: usize = 10;
/// With fewer other minutes in the log nobody can say what is usual: a short excerpt is no burst.
const OTHER_MINUTES: i64 = 5;
/// T-ALL: share of the active services that must be hit, per cent, and how many clients.
const ALL_PERCENT: usize = 80;
const ALL_CLIENTS: usize = 10;
const ALL_CLIENTS_OF_ONE: usize = 3;
const SEVERAL_SERVICES: usize = 3;
/// T-FANO: at least this many orphans over at least this long.
const STEADY_ORPHANS: usize = 10;
const STEADY_MINUTES: i64 = 10;

/// T-BURST, T-ALL and T-FANO of one group.
pub fn read(
    reading: &mut Reading,
    data: &Dataset,
    scene: &Scene,
    lost: &Lost,
    brief: &Brief,
    direction: Direction,
    group: &[Orphan],
) {
    let times: Vec<Micros> = group
        .iter()
        .map(|orphan| orphan.at)
        .filter(|at| *at != NO_TIME)
        .collect();
    steady(reading, &times);
    // All that the device lost, not only this service's: what happens to the device happens to all of them.
    let all: Vec<Micros> = lost
        .times
        .iter()
        .filter(|(at, session)| {
            *at != NO_TIME && scene.briefs[*session as usize].device == brief.device
        })
        .map(|(at, _)| *at)
        .collect();
    let Some((from, n_peak)) = densest(&all, stamp::MINUTE) else {
        return;
    };
    let own = times
        .iter()
        .filter(|at| (from..from + 2 * stamp::MINUTE).contains(*at))
        .count();
    if n_peak < BURST_TUPLES || own * 100 < times.len() * BURST_PERCENT || times.is_empty() {
        return;
    }
    let Some((start, end)) = scene.device(brief).and_then(|device| device.span) else {
        return;
    };
    let n_other = (end - start) / stamp::MINUTE;
    if n_other < OTHER_MINUTES {
        return;
    }
    let outside = all
        .iter()
        .filter(|at| !(from..from + stamp::MINUTE).contains(*at));
    if median_per_minute(outside.copied(), n_other as usize) * BURST_FACTOR > n_peak {
        return;
    }
    let hits = |any_way| everybody_hit(data, scene, lost, brief, direction, from, any_way);
    if hits(false) || hits(true) {
        reading.features.add(Feature::Burst);
        if !reading.features.has(Feature::ClosedIdle) {
            // Silences of connections that all end at one moment fit some limit by chance.
            reading.features.remove(Feature::Gap);
            reading.features.remove(Feature::Half);
        }
    }
    reading.burst = Some(from);
}

/// Start and size of the fullest window.
fn densest(sorted: &[Micros], width: Micros) -> Option<(Micros, usize)> {
    let mut best: Option<(Micros, usize)> = None;
    let mut to = 0;
    for (from, at) in sorted.iter().enumerate() {
        while to < sorted.len() && sorted[to] < at + width {
            to += 1;
        }
        if best.is_none_or(|(_, n)| to - from > n) {
            best = Some((*at, to - from));
        }
    }
    best
}

fn per_minute(sorted: impl Iterator<Item = Micros>) -> Vec<usize> {
    let mut counts = Vec::new();
    let mut current = None;
    for at in sorted {
        let minute = at.div_euclid(stamp::MINUTE);
        if current == Some(minute) {
            if let Some(last) = counts.last_mut() {
                *last += 1;
            }
        } else {
            counts.push(1);
            current = Some(minute);
        }
    }
    counts
}

/// Median of counts per minute where minutes without any count too.
fn median_per_minute(sorted: impl Iterator<Item = Micros>, n_minutes: usize) -> usize {
    let mut counts = per_minute(sorted);
    counts.order();
    let n_empty = n_minutes.saturating_sub(counts.len());
    let middle = n_minutes.max(counts.len()) / 2;
    middle
        .checked_sub(n_empty)
        .and_then(|at| counts.get(at).copied())
        .unwrap_or(0)
}

/// T-FANO: variance over mean of the counts per minute is at most 2.
fn steady(reading: &mut Reading, times: &[Micros]) {
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return;
    };
    let n_minutes = last.div_euclid(stamp::MINUTE) - first.div_euclid(stamp::MINUTE) + 1;
    if times.len() < STEADY_ORPHANS || last - first < STEADY_MINUTES * stamp::MINUTE {
        return;
    }
    let squares: usize = per_minute(times.iter().copied())
        .iter()
        .map(|count| count * count)
        .sum();
    let mean = times.len() as f64 / n_minutes as f64;
    let variance = squares as f64 / n_minutes as f64 - mean * mean;
    reading
        .features
        .set(Feature::Steady, variance <= 2.0 * mean);
}

/// T-ALL: within two minutes nearly every service that is in use is hit, and many clients.
fn everybody_hit(
    data: &Dataset,
    scene: &Scene,
    lost: &Lost,
    brief: &Brief,
    direction: Direction,
    from: Micros,
    any_way: bool,
) -> bool {
    type Set<T> = HashSet<T, foldhash::fast::FixedState>;
    let same = |session: u32| {
        let other = &scene.briefs[session as usize];
        let is_way = any_way || data.sessions[session as usize].direction == direction;
        other.device == brief.device && is_way
    };
    let (mut hit, mut clients): (Set<(Host, u16)>, Set<Host>) = (Set::default(), Set::default());
    let start = lost.times.partition_point(|(at, _)| *at < from);
    for (_, session) in lost.times[start..]
        .iter()
        .take_while(|(at, _)| *at < from + 2 * stamp::MINUTE)
    {
        if same(*session) {
            let other = &scene.briefs[*session as usize];
            hit.insert((other.responder, other.responder_port));
            clients.insert(other.initiator);
        }
    }
    let mut active: Set<(Host, u16)> = hit.clone();
    let start = data
        .sessions
        .partition_point(|session| session.first < from.saturating_sub(stamp::HOUR));
    for (idx, session) in data.sessions.iter().enumerate().skip(start) {
        if session.first > from + stamp::HOUR {
            break;
        }
        let used =
            session.n_orphans > 0 || !session.facts.any(crate::engine::dataset::Facts::DENIED);
        let other = &scene.briefs[idx];
        if used && other.proto == brief.proto && same(idx as u32) {
            active.insert((other.responder, other.responder_port));
        }
    }
    let enough = if active.len() == 1 {
        ALL_CLIENTS_OF_ONE
    } else {
        ALL_CLIENTS
    };
    // What was in use within the hour need not be open at that moment: several services at once are enough.
    let mut ports: Vec<u16> = hit.iter().map(|(_, port)| *port).collect();
    ports.order();
    ports.dedup();
    clients.len() >= enough
        && (hit.len() * 100 >= active.len() * ALL_PERCENT || ports.len() >= SEVERAL_SERVICES)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Micros = stamp::SECOND;

    #[test]
    fn the_usual_minute_counts_empty_minutes_too() {
        assert_eq!(median_per_minute([0, S, 61 * S].into_iter(), 60), 0);
        assert_eq!(median_per_minute([0, S, 61 * S].into_iter(), 2), 2);
        assert_eq!(
            densest(&[0, 30 * S, 59 * S, 200 * S], stamp::MINUTE),
            Some((0, 3))
        );
    }

    #[test]
    fn an_even_trickle_is_steady_and_a_heap_is_not() {
        let mut reading = Reading::default();
        steady(
            &mut reading,
            &(0..40).map(|n| n * 45 * S).collect::<Vec<_>>(),
        );
        assert!(reading.features.has(Feature::Steady));
        let mut reading = Reading::default();
        let mut heap: Vec<Micros> = (0..40).collect();
        heap.push(30 * stamp::MINUTE);
        steady(&mut reading, &heap);
        assert!(!reading.features.has(Feature::Steady));
    }
}
