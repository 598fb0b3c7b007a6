//! Measures a group of orphaned replies: the tests behind the features of `cause` (domain §7.4, "T-…").

use super::backoff;
use super::cause::{Feature, Features};
use super::orphans::{Lost, Orphan};
use super::scene::{self, Brief, Device, Scene};
use crate::engine::dataset::{Dataset, Direction};
use crate::engine::model::event::Control;
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
/// Idle limits that programs and devices are often set to, seconds (domain §7.4, "T set").
const COMMON_LIMITS: [u32; 4] = [1800, 3600, 7200, 10_800];
const PROGRAM_LIMITS: [u32; 6] = [60, 75, 120, 300, 600, 7200];
/// `teardown`, `data` and `synack` need this many packets with known flags.
const MIN_FLAGS: u32 = 3;
/// `single` needs this many tuples.
const MIN_TUPLES: usize = 3;
/// T-FANO: at least this many orphans over at least this long.
const STEADY_ORPHANS: usize = 10;
const STEADY_MINUTES: i64 = 10;
/// T-COVER: the log must reach this far back before a missing opening means anything.
const COVER_US: Micros = 10 * stamp::MINUTE;
/// Services with side channels that a firewall opens for them.
pub const HELPED_PORTS: [u16; 9] = [21, 69, 111, 135, 554, 1720, 1723, 2000, 5060];

/// What the log shows of a group.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub features: Features,
    /// The idle limit that fits, seconds.
    pub timeout_s: Option<u32>,
    /// Where the densest minute begins, when it is a burst.
    pub burst: Option<Micros>,
    /// The control line before it.
    pub control: Option<(Control, Micros)>,
    /// Orphaned packets with known flags: opening answers, data, bare acknowledgements, farewells, resets.
    pub flags: [u32; 5],
    /// Connections whose repeats double their distance.
    pub n_backoff: usize,
    /// Median silence before the orphan, where the log shows what came before.
    pub silence: Option<Micros>,
}

/// Reads one group. `lost` knows every orphan of the log; `group` holds those of this incident, in order of time.
pub fn read(data: &Dataset, scene: &Scene, lost: &Lost, group: &[Orphan]) -> Reading {
    let mut reading = Reading::default();
    let Some(first) = group.first() else {
        return reading;
    };
    let brief = scene.briefs[first.session as usize];
    let direction = data.sessions[first.session as usize].direction;
    let device = scene.device(&brief);
    let own_host = scene::is_own_host(data, first.session);
    flags(&mut reading, group, own_host);
    ends(&mut reading, group);
    silences(&mut reading, data, lost, device, &brief, group);
    burst(&mut reading, data, scene, lost, &brief, direction, group);
    surroundings(&mut reading, data, scene, lost, device, &brief, group);
    if own_host {
        reading.features.remove(Feature::NoForward);
    }
    reading
}

fn flags(reading: &mut Reading, group: &[Orphan], own_host: bool) {
    let mut n_retried = 0;
    let mut n_single = 0;
    for orphan in group {
        for (sum, own) in reading.flags.iter_mut().zip(orphan.flags) {
            *sum += u32::from(own);
        }
        n_retried += usize::from(orphan.is_retried);
        n_single += usize::from(orphan.is_single);
    }
    reading.n_backoff = n_retried;
    let [answers, data, _, farewells, resets] = reading.flags;
    let known: u32 = reading.flags.iter().sum();
    let share = |part: u32, percent: u32| known >= MIN_FLAGS && part * 100 >= percent * known;
    let features = &mut reading.features;
    features.set(Feature::Teardown, share(farewells + resets, 80));
    features.set(Feature::SynAck, share(answers, 50) && !own_host);
    features.set(
        Feature::Data,
        share(data, 30) || n_retried > 0 && n_retried * 100 >= group.len() * 30,
    );
    features.set(
        Feature::Single,
        group.len() >= MIN_TUPLES && n_single * 100 >= group.len() * 80,
    );
}

fn ends(reading: &mut Reading, group: &[Orphan]) {
    let (mut normal, mut idle, mut half_closed, mut helper) = (0, 0, 0, 0);
    let mut out_of_room = false;
    for orphan in group {
        normal += usize::from(orphan.after_normal_end);
        idle += usize::from(orphan.after_idle_end);
        half_closed += usize::from(orphan.after_half_close);
        helper += usize::from(orphan.after_helper_end);
        out_of_room |= orphan.after_resource_end;
    }
    let half = |n: usize| n * 2 >= group.len();
    reading.features.set(Feature::ClosedNormal, half(normal));
    reading.features.set(Feature::ClosedIdle, half(idle));
    reading.features.set(Feature::Half, half(half_closed));
    reading.features.set(Feature::Alg, half(helper));
    reading.features.set(Feature::Resource, out_of_room);
}

fn silences(
    reading: &mut Reading,
    data: &Dataset,
    lost: &Lost,
    device: Option<&Device>,
    brief: &Brief,
    group: &[Orphan],
) {
    let mut known: Vec<Micros> = group.iter().filter_map(|orphan| orphan.since).collect();
    known.sort_unstable();
    reading.silence = known.get(known.len() / 2).copied();
    let row = device
        .and_then(|device| device.about)
        .map(|about| &about.device.timers);
    let own: Vec<u32> = match data.settings.tcp_timeout_s {
        Some(limit) => vec![limit],
        None => row.map_or(Vec::new(), |row| row.tcp.to_vec()),
    };
    let limits = limits(&own);
    let resolution = group
        .iter()
        .map(|orphan| Micros::from(orphan.resolution_us))
        .max()
        .unwrap_or(0);
    let ended = lost.durations(brief);
    let fits = round(&known, &limits, resolution)
        .or_else(|| floor(&known, &limits))
        .or_else(|| lasted(ended, &limits));
    if fits.is_some() || shared(&known) {
        reading.features.add(Feature::Gap);
        reading.timeout_s = fits;
    }
    if reading.features.has(Feature::ClosedIdle) {
        reading.timeout_s = own.first().copied().or(reading.timeout_s);
    }
    let closing = row.map_or(&[] as &[u32], |row| row.half_close);
    let near = |silence: &&Micros| {
        closing.iter().any(|limit| {
            let limit = Micros::from(*limit) * stamp::SECOND;
            limit >= stamp::MINUTE
                && **silence >= limit / 100 * 98
                && **silence <= limit / 100 * 105 + resolution
        })
    };
    let n_near = known.iter().filter(near).count();
    reading.features.set(
        Feature::Half,
        reading.features.has(Feature::Half) || n_near >= 3 && n_near * 2 >= known.len(),
    );
}

/// The device's own limits, and those that are common wherever the device's are known; programs' limits always.
fn limits(own: &[u32]) -> Vec<u32> {
    let mut limits: Vec<u32> = own.iter().copied().chain(PROGRAM_LIMITS).collect();
    if !own.is_empty() {
        limits.extend(COMMON_LIMITS);
    }
    limits.retain(|limit| *limit >= 60);
    limits.sort_unstable();
    limits.dedup();
    limits
}

/// T-ROUND, first kind: most silences lie just above one limit.
fn round(sorted: &[Micros], limits: &[u32], resolution: Micros) -> Option<u32> {
    let inside = |limit: &u32| {
        let limit = Micros::from(*limit) * stamp::SECOND;
        let from = sorted.partition_point(|silence| *silence < limit / 100 * 98);
        let to = sorted.partition_point(|silence| *silence <= limit / 100 * 105 + resolution);
        to.saturating_sub(from)
    };
    let (n, limit) = limits
        .iter()
        .map(|limit| (inside(limit), *limit))
        .max_by_key(|(n, limit)| (*n, u32::MAX - limit))?;
    (n > 0 && n * 100 >= sorted.len() * 60).then_some(limit)
}

/// T-ROUND, second kind: most silences are alike, whatever their length.
fn shared(sorted: &[Micros]) -> bool {
    let long = &sorted[sorted.partition_point(|silence| *silence < stamp::MINUTE)..];
    if long.len() < 5 {
        return false;
    }
    let mut to = 0;
    (0..long.len()).any(|from| {
        while to < long.len() && long[to] <= long[from] / 98 * 102 {
            to += 1;
        }
        (to - from) * 100 >= sorted.len() * 60
    })
}

/// T-ROUND, third kind: half of the service's sessions ended just above a limit.
fn lasted(durations: &[Micros], limits: &[u32]) -> Option<u32> {
    let half = |limit: &u32| {
        let limit = Micros::from(*limit) * stamp::SECOND;
        let n = durations
            .iter()
            .filter(|length| (limit..=limit / 100 * 105).contains(*length))
            .count();
        n * 2 >= durations.len()
    };
    if durations.len() < 5 {
        None
    } else {
        limits.iter().copied().find(half)
    }
}

/// T-FLOOR: a sleeping connection can wake at any time after the limit, never before.
fn floor(sorted: &[Micros], limits: &[u32]) -> Option<u32> {
    let smallest = *sorted.first()?;
    let under = |limit: &&u32| {
        let limit = Micros::from(**limit) * stamp::SECOND;
        smallest >= limit / 100 * 98 && smallest <= limit / 10 * 13
    };
    if sorted.len() < 5 {
        None
    } else {
        limits.iter().rev().find(under).copied()
    }
}

fn burst(
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
    let Some((from, n_peak)) = densest(&times, stamp::MINUTE) else {
        return;
    };
    if n_peak < BURST_TUPLES.max((times.len() * BURST_PERCENT).div_ceil(100)) {
        return;
    }
    let Some((start, end)) = scene.device(brief).and_then(|device| device.span) else {
        return;
    };
    let n_other = (end - start) / stamp::MINUTE;
    if n_other < OTHER_MINUTES {
        return;
    }
    let outside = times
        .iter()
        .filter(|at| !(from..from + stamp::MINUTE).contains(*at));
    if median_per_minute(outside.copied(), n_other as usize) * BURST_FACTOR > n_peak {
        return;
    }
    if everybody_hit(data, scene, lost, brief, direction, from) {
        reading.features.add(Feature::Burst);
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
    counts.sort_unstable();
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
) -> bool {
    type Set<T> = HashSet<T, foldhash::fast::FixedState>;
    let same = |session: u32| {
        let other = &scene.briefs[session as usize];
        other.device == brief.device && data.sessions[session as usize].direction == direction
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
    clients.len() >= enough && hit.len() * 100 >= active.len() * ALL_PERCENT
}

/// Control lines, missing openings, services with helpers.
fn surroundings(
    reading: &mut Reading,
    data: &Dataset,
    scene: &Scene,
    lost: &Lost,
    device: Option<&Device>,
    brief: &Brief,
    group: &[Orphan],
) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return;
    };
    let start = reading.burst.unwrap_or(first.at);
    let most_follow = group
        .iter()
        .filter(|orphan| orphan.at <= start + 10 * stamp::MINUTE)
        .count()
        * 2
        >= group.len();
    for mark in data.controls.iter().filter(|mark| mark.ts != NO_TIME) {
        match mark.control {
            Control::Failover | Control::Restart | Control::PolicyOrClear => {
                let lead = start - mark.ts;
                if most_follow
                    && reading.control.is_none()
                    && (-10 * stamp::SECOND..=120 * stamp::SECOND).contains(&lead)
                {
                    reading.features.add(Feature::Control);
                    reading.control = Some((mark.control, mark.ts));
                }
            }
            Control::TableFull
                if (first.at - 10 * stamp::MINUTE..=last.at + stamp::MINUTE).contains(&mark.ts) =>
            {
                reading.features.add(Feature::Resource);
            }
            _ => {}
        }
    }
    let known_before = group.iter().any(|orphan| orphan.has_allowed);
    let log_start = device
        .and_then(|device| device.span)
        .map_or(first.at, |(start, _)| start);
    let n_late = group
        .iter()
        .filter(|orphan| orphan.at - log_start >= COVER_US)
        .count();
    let allowed =
        group
            .iter()
            .map(|orphan| orphan.session)
            .fold((0_u64, None), |(sum, last), session| {
                let brief = &scene.briefs[session as usize];
                let service = Some((brief.responder, brief.responder_port));
                if service == last {
                    (sum, last)
                } else {
                    (sum.max(lost.allowed(brief)), service)
                }
            });
    let covered = allowed.0 * 2 >= group.len() as u64 && n_late * 2 >= group.len();
    reading.features.set(
        Feature::NoForward,
        !known_before && allowed.0 > 0 && covered,
    );
    let helped = brief
        .service_port()
        .is_some_and(|port| HELPED_PORTS.contains(&port));
    reading
        .features
        .set(Feature::Alg, reading.features.has(Feature::Alg) || helped);
}

/// Distances between the repeats of one orphan double.
pub fn is_retried(times: &[Micros], resolution_us: u32) -> bool {
    let gaps: Vec<Micros> = times
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|gap| *gap > 0)
        .collect();
    backoff::doubles(&gaps, resolution_us)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Micros = stamp::SECOND;

    #[test]
    fn silences_just_above_a_limit_name_it() {
        let limits = limits(&[3600]);
        assert_eq!(round(&[3605 * S], &limits, S), Some(3600));
        assert_eq!(round(&[3500 * S], &limits, S), None);
        assert_eq!(
            round(&[242 * S], &super::limits(&[]), S),
            None,
            "no timer of a device without a row"
        );
        assert_eq!(
            floor(
                &[1900 * S, 2500 * S, 9000 * S, 9500 * S, 20_000 * S],
                &super::limits(&[1800])
            ),
            Some(1800)
        );
        assert_eq!(floor(&[1900 * S, 2500 * S], &super::limits(&[1800])), None);
        assert!(shared(&[400 * S, 401 * S, 402 * S, 403 * S, 404 * S]));
        assert!(!shared(&[100 * S, 200 * S, 300 * S, 400 * S, 500 * S]));
        assert_eq!(lasted(&[350 * S; 6], &[350]), Some(350));
    }

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
