//! Measures a group of orphaned replies: the tests behind the features of `cause` (domain §7.4, "T-…").

use super::cause::{Feature, Features, Ranking};
use super::orphans::{self, Lost, Orphan};
use super::scene::{self, Brief, Device, Scene};
use super::{backoff, burst};
use crate::engine::dataset::{Dataset, Facts};
use crate::engine::model::event::Control;
use crate::engine::model::order::Order;
use crate::engine::model::{Micros, stamp};
use crate::engine::session::beat::NO_TIME;

/// Idle limits that programs and devices are often set to, seconds (domain §7.4, "T set").
const COMMON_LIMITS: [u32; 4] = [1800, 3600, 7200, 10_800];
const PROGRAM_LIMITS: [u32; 6] = [60, 75, 120, 300, 600, 7200];
/// `teardown`, `data` and `synack` need this many packets with known flags.
const MIN_FLAGS: u32 = 3;
/// Where the device is not known: half-closed connections are mostly kept two minutes.
const USUAL_CLOSING: &[u32] = &[120];
/// Devices with longer limits for finished connections have a word of their own for them.
const LONG_CLOSING_US: Micros = 300 * stamp::SECOND;
/// So many allowed connections show that a log of them is kept, however many were lost.
const WELL_COVERED: u64 = 20;
/// `Soon`: less silence than any idle limit.
const SOON_US: Micros = stamp::MINUTE;
/// Refused openings of services in use that speak for a full table.
const REFUSED_NEW: usize = 5;
/// `single` needs this many tuples.
const MIN_TUPLES: usize = 3;
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
    /// Of the group's connections, so many were lost alike, 1/1000.
    pub alike_milli: u16,
}

impl Reading {
    pub fn ranking(&self) -> Ranking {
        // What happens to the device itself takes connections of every kind.
        let is_event = [Feature::Burst, Feature::Control, Feature::Resource]
            .into_iter()
            .any(|feature| self.features.has(feature));
        Ranking {
            at_most: if is_event { 1000 } else { self.alike_milli },
            ..Ranking::of(self.features)
        }
    }
}

/// Reads one group. `lost` knows every orphan of the log; `group` holds those of this incident, in order of time.
///
/// What needs many connections to show (limits, habits of senders) is read from all that the device lost in the same
/// way: a cause is the device's, and one service rarely loses enough of them. Counts that are told are the group's.
pub fn read(data: &Dataset, scene: &Scene, lost: &Lost, group: &[Orphan]) -> Reading {
    let mut reading = Reading::default();
    let Some(first) = group.first() else {
        return reading;
    };
    let brief = scene.briefs[first.session as usize];
    let direction = data.sessions[first.session as usize].direction;
    let device = scene.device(&brief);
    let own_host = scene::is_own_host(data, first.session);
    let alike = lost.alike(scene, group);
    flags(&mut reading, &alike, own_host);
    count(&mut reading, group);
    ends(&mut reading, data, device, group);
    silences(&mut reading, data, lost, device, &brief, group, &alike);
    burst::read(&mut reading, data, scene, lost, &brief, direction, group);
    surroundings(&mut reading, data, scene, lost, device, &brief, group);
    if own_host {
        reading.features.remove(Feature::NoForward);
    }
    reading
}

/// What is told of the group itself.
fn count(reading: &mut Reading, group: &[Orphan]) {
    for orphan in group {
        for (sum, own) in reading.flags.iter_mut().zip(orphan.flags) {
            *sum += u32::from(own);
        }
    }
    reading.n_backoff = group.iter().filter(|orphan| orphan.is_retried).count();
    let shape = |orphan: &Orphan| {
        let ends = [
            orphan.after_normal_end,
            orphan.after_idle_end,
            orphan.after_half_end,
            orphan.after_helper_end,
        ];
        // Where the device says how they ended, nothing else need be alike.
        let is_told = ends.contains(&true);
        let is_soon = orphan.since.map(|silence| silence < SOON_US);
        let seems = (orphan.is_retried, is_soon);
        (ends, (!is_told).then_some(seems))
    };
    let mut shapes: Vec<_> = group.iter().map(shape).collect();
    shapes.order();
    let most = shapes
        .chunk_by(|left, right| left == right)
        .map(<[_]>::len)
        .max();
    reading.alike_milli = (most.unwrap_or(0) * 1000 / group.len().max(1)) as u16;
}

fn flags(reading: &mut Reading, group: &[Orphan], own_host: bool) {
    let mut sums = [0_u32; 5];
    let mut n_retried = 0;
    let mut n_single = 0;
    let mut n_slow = 0;
    let (mut n_known, mut n_bye, mut n_data) = (0, 0, 0);
    for orphan in group {
        for (sum, own) in sums.iter_mut().zip(orphan.flags) {
            *sum += u32::from(own);
        }
        // Per connection: what is on its way when one side resets comes as several packets, and ends with a farewell.
        let says_bye = orphan.flags[3] + orphan.flags[4] > 0;
        n_known += usize::from(orphan.flags != [0; 5]);
        n_bye += usize::from(says_bye);
        n_data += usize::from(orphan.flags[1] > 0 && !says_bye);
        n_retried += usize::from(orphan.is_retried);
        n_single += usize::from(orphan.is_single);
        n_slow += usize::from(orphan.is_slow);
    }
    let answers = sums[0];
    let known: u32 = sums.iter().sum();
    let share = |part: u32, percent: u32| known >= MIN_FLAGS && part * 100 >= percent * known;
    let features = &mut reading.features;
    let most = |part: usize, percent: usize| known >= MIN_FLAGS && part * 100 >= percent * n_known;
    features.set(Feature::Teardown, most(n_bye, 80));
    features.set(Feature::SynAck, share(answers, 50) && !own_host);
    features.set(
        Feature::Data,
        most(n_data, 30) && n_data > 0 || n_retried > 0 && n_retried * 100 >= group.len() * 30,
    );
    // Where flags are known they say it better.
    features.set(
        Feature::SlowRetry,
        known == 0 && !own_host && n_slow >= MIN_TUPLES && n_slow * 2 >= group.len(),
    );
    features.set(
        Feature::Single,
        group.len() >= MIN_TUPLES && n_single * 100 >= group.len() * 80,
    );
}

fn ends(reading: &mut Reading, data: &Dataset, device: Option<&Device>, group: &[Orphan]) {
    let (mut normal, mut idle, mut finished, mut half_end, mut helper) = (0, 0, 0, 0, 0);
    let mut out_of_room = false;
    let closing = closing(device);
    for orphan in group {
        // Some devices write one word for every limit; how long the connection lasted tells which it was.
        let is_half = orphan.after_idle_end
            && orphans::duration(data, &data.sessions[orphan.session as usize])
                .is_some_and(|length| length < LONG_CLOSING_US && is_closing(length, closing));
        // Nobody sends data again and again over a connection that has ended well.
        let goes_on = orphan.is_retried && orphan.flags[3] + orphan.flags[4] == 0;
        normal += usize::from(orphan.after_normal_end && !goes_on);
        idle += usize::from(orphan.after_idle_end && !is_half);
        half_end += usize::from(orphan.after_half_end || is_half);
        finished += usize::from(orphan.after_half_close);
        helper += usize::from(orphan.after_helper_end);
        out_of_room |= orphan.after_resource_end;
    }
    let half = |n: usize| n * 2 >= group.len();
    reading.features.set(Feature::ClosedNormal, half(normal));
    reading.features.set(Feature::ClosedIdle, half(idle));
    reading.features.set(Feature::ClosedHalf, half(half_end));
    reading.features.set(Feature::Half, half(finished));
    reading.features.set(Feature::ClosedHelper, half(helper));
    reading.features.set(Feature::Resource, out_of_room);
}

/// How long the device keeps connections of which one side or both have finished, seconds.
fn closing(device: Option<&Device>) -> &'static [u32] {
    let row = device.and_then(|device| device.about);
    match row.map(|about| about.device.timers.half_close) {
        Some(limits) if !limits.is_empty() => limits,
        _ => USUAL_CLOSING,
    }
}

/// Just over one of the closing limits; the conversation before takes a while as well.
fn is_closing(length: Micros, closing: &[u32]) -> bool {
    closing.iter().any(|limit| {
        let limit = Micros::from(*limit) * stamp::SECOND;
        limit >= stamp::MINUTE && (limit / 100 * 98..=limit / 10 * 15).contains(&length)
    })
}

fn silences(
    reading: &mut Reading,
    data: &Dataset,
    lost: &Lost,
    device: Option<&Device>,
    brief: &Brief,
    group: &[Orphan],
    alike: &[Orphan],
) {
    let own = orphans::silences(group);
    let known = orphans::silences(alike);
    reading.silence = own.get(own.len() / 2).copied();
    let row = device
        .and_then(|device| device.about)
        .map(|about| &about.device.timers);
    let usual: Vec<u32> = match data.settings.tcp_timeout_s {
        Some(limit) => vec![limit],
        None => row.map_or(Vec::new(), |row| row.tcp.to_vec()),
    };
    let limits = limits(&usual);
    let resolution = group
        .iter()
        .map(|orphan| Micros::from(orphan.resolution_us))
        .max()
        .unwrap_or(0);
    let ended = lost.durations(brief);
    let fits = round(&known, &limits, resolution)
        .or_else(|| floor(&known, &limits))
        .or_else(|| lasted(ended, &limits));
    let closing = closing(device);
    let smallest = known.first().copied().unwrap_or(0);
    // A silence as long as the limit for finished connections is that limit, unless the device says otherwise; who still
    // has something to say then had not finished. One last packet may also come after both had.
    let is_finished = known.len() >= MIN_TUPLES
        && known.len() * 2 >= alike.len()
        && is_closing(smallest, closing)
        && !reading.features.has(Feature::ClosedIdle);
    if is_finished {
        let says_more = reading.features.has(Feature::Data);
        reading.features.set(Feature::Half, says_more);
    } else if fits.is_some() || shared(&known) {
        reading.features.add(Feature::Gap);
        reading.timeout_s = fits;
    }
    let is_open_end =
        !reading.features.has(Feature::ClosedNormal) && !reading.features.has(Feature::ClosedIdle);
    let silence = reading.silence.filter(|_| own.len() * 2 >= group.len());
    let is_soon = |silence: Micros| silence < SOON_US;
    reading
        .features
        .set(Feature::Soon, is_open_end && silence.is_some_and(is_soon));
    reading
        .features
        .set(Feature::Passed, silence.is_some_and(|long| !is_soon(long)));
    if reading.features.has(Feature::ClosedIdle) {
        reading.timeout_s = usual.first().copied().or(reading.timeout_s);
    }
}

/// The device's own limits, those that people set, and programs'. Other devices' would fit any silence by chance.
fn limits(own: &[u32]) -> Vec<u32> {
    let common = COMMON_LIMITS.into_iter().chain(PROGRAM_LIMITS);
    let mut limits: Vec<u32> = own.iter().copied().chain(common).collect();
    limits.retain(|limit| *limit >= 60);
    limits.order();
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
    let from = start - 10 * stamp::MINUTE;
    let start = data
        .sessions
        .partition_point(|session| session.first < from);
    let n_refused = data.sessions[start..]
        .iter()
        .zip(&scene.briefs[start..])
        .take_while(|(session, _)| session.first <= last.at + stamp::MINUTE)
        .filter(|(session, other)| {
            other.device == brief.device
                && other.facts.has(Facts::DENIED_A)
                && !other.facts.has(Facts::LOST)
                && session.n_orphans == 0
                && (other.facts.has(Facts::SYN_A) || !other.facts.has(Facts::ALLOWED))
                && lost.allowed(other) >= REFUSED_NEW as u64
        })
        // More of them say no more, and a log may hold a million.
        .take(REFUSED_NEW)
        .count();
    reading
        .features
        .set(Feature::RefusedNew, n_refused >= REFUSED_NEW);
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
    // Few allowed connections of the service will do where the device writes down many others.
    let all = device
        .and_then(|device| data.coverage.devices.get(&device.name))
        .map_or(0, |(allowed, _)| *allowed);
    let keeps_all = all >= WELL_COVERED && all >= 2 * lost.times.len() as u64;
    let covered = (allowed.0 * 2 >= group.len() as u64 || allowed.0 >= WELL_COVERED || keeps_all)
        && n_late * 2 >= group.len();
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
    backoff::waits(&gaps, resolution_us)
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
}
