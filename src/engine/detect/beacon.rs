//! Sees     One machine of ours that calls one service of another at even distances of time.
//! Matters  Programs do that to look for updates, malware to ask for orders.
//! Misses   Calls inside one long connection; calls whose distances vary by more than a fifth; name lookups, which are
//!          left out. How many machines of ours do the same, and histograms of hours, do not count yet.
//! Source   RITA v5 (Bowley's skew and median deviation of the gaps); domain §8, D6.

use super::{Detector, Finding, Watch};
use crate::engine::dataset::{Dataset, Direction};
use crate::engine::model::order::Order;
use crate::engine::model::{Host, Micros, proto, stamp};
use crate::engine::session::beat::NO_COUNT;
use crate::engine::verdict::scene::{Brief, Marks};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::BuildHasher;

/// Starts from which on a rhythm can be told, and the gaps between them that are left when echoes are put together.
const MIN_STARTS: u16 = 8;
const MIN_GAPS: usize = 6;
/// Shorter periods are a program that tries again, not one that calls now and then.
const MIN_PERIOD_US: Micros = 10 * stamp::SECOND;
/// Starts closer than this belong to one call.
const ECHO_US: Micros = 5 * stamp::SECOND;
/// Skew of the gaps, their median deviation as part of the median, and which part must lie how near to a multiple of
/// the median: all per mille. Gaps that vary evenly by a fifth lie near in three of four cases, and of a hundred gaps
/// seldom fewer than 62 do.
const MAX_SKEW: i64 = 300;
const MAX_DEVIATION: i64 = 150;
const NEAR: i64 = 150;
const MIN_NEAR: i64 = 620;
/// Of gaps that follow chance, 29 in 100 lie near by themselves; of a beacon's, about 75. The logarithms of both odds
/// must add up to this (six and a half nats, 1 to 665), or else a log with thousands of pairs shows some by chance.
const NEAR_ODDS: i64 = 957;
const FAR_ODDS: i64 = 1047;
const MIN_ODDS: i64 = 6500;
/// Calls that were missed: twice or three times the period is as good.
const MAX_MULTIPLE: i64 = 3;
/// Skew says nothing of gaps that are nearly equal.
const EVEN: i64 = 100;
/// Mean of regularity, size and duration from which on it is told, per mille.
const MIN_SCORE: i64 = 700;
const NAME_LOOKUP: u16 = 53;
/// Counters are shared by hash; only pairs that may reach the count are listed.
const COUNTER_BITS: u32 = 18;

pub struct Beacon;

impl Detector for Beacon {
    /// One finding for each initiator and service.
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        let Watch { data, scene, .. } = watch;
        let Some((first, last)) = data.span else {
            return;
        };
        let hasher = FixedState::with_seed(13);
        let key = |brief: &Brief| (brief.initiator, brief.responder, brief.responder_port);
        let slot = |brief: &Brief| (hasher.hash_one(key(brief)) >> (64 - COUNTER_BITS)) as usize;
        let is_call = |idx: usize| {
            is_call(&scene.briefs[idx])
                && !scene.marks[idx]
                    .has(Marks::PEER_INITIATED | Marks::PEER_CALLED | Marks::GUESSING)
        };
        let calls: Vec<u32> = (0..scene.briefs.len())
            .filter(|idx| is_call(*idx))
            .map(|idx| idx as u32)
            .collect();
        let mut counters = vec![0_u16; 1 << COUNTER_BITS];
        let mut most = 0;
        for idx in &calls {
            let counter = &mut counters[slot(&scene.briefs[*idx as usize])];
            *counter = counter.saturating_add(1);
            most = most.max(*counter);
        }
        if most < MIN_STARTS {
            return;
        }
        let mut places: HashMap<(Host, Host, u16), usize, FixedState> = HashMap::default();
        let mut all: Vec<Vec<u32>> = Vec::new();
        for idx in calls {
            let brief = &scene.briefs[idx as usize];
            if counters[slot(brief)] >= MIN_STARTS {
                let place = *places.entry(key(brief)).or_insert_with(|| {
                    all.push(Vec::new());
                    all.len() - 1
                });
                all[place].push(idx);
            }
        }
        for sessions in all {
            if is_beacon(data, &sessions, last - first) {
                findings.push(Finding { mark: 0, sessions });
            }
        }
    }
}

fn is_call(brief: &Brief) -> bool {
    matches!(brief.proto, proto::TCP | proto::UDP)
        && matches!(
            brief.direction,
            Direction::Outbound | Direction::FromFirewall
        )
        && brief.has_time()
        && brief.is_decided()
        && !brief.is_blurred()
        && brief.service_port().is_some_and(|port| port != NAME_LOOKUP)
}

fn is_beacon(data: &Dataset, sessions: &[u32], span: Micros) -> bool {
    if sessions.len() < usize::from(MIN_STARTS) {
        return false;
    }
    let Some(rhythm) = Rhythm::of(data, sessions) else {
        return false;
    };
    // A rhythm that holds for one hour of a month is a chance.
    let length = rhythm.last - rhythm.first + rhythm.period;
    let duration = (length.saturating_mul(1000) / span.max(1)).min(1000);
    let mut scores = vec![rhythm.score, duration];
    scores.extend(evenness(data, sessions));
    let sum: i64 = scores.iter().sum();
    sum >= MIN_SCORE * scores.len() as i64
}

/// How alike the sizes are, per mille, where the log tells them.
fn evenness(data: &Dataset, sessions: &[u32]) -> Option<i64> {
    let mut sizes: Vec<i64> = sessions
        .iter()
        .map(|idx| data.sessions[*idx as usize].bytes().0)
        .map(|size| size.filter(|size| *size != NO_COUNT && *size > 0))
        .map(|size| size.and_then(|size| i64::try_from(size).ok()))
        .collect::<Option<_>>()?;
    let (median, deviation) = spread(&mut sizes);
    Some(1000 - (deviation.saturating_mul(1000) / median.max(1)).min(1000))
}

/// The median, and the median distance from it. Sorts the list.
fn spread(list: &mut [i64]) -> (i64, i64) {
    list.order();
    let median = list[list.len() / 2];
    let mut distances: Vec<i64> = list.iter().map(|value| (value - median).abs()).collect();
    distances.order();
    (median, distances[distances.len() / 2])
}

/// The even distance of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    pub period: Micros,
    pub n_gaps: u64,
    /// Gaps near the period or near twice or three times as much.
    pub n_near: u64,
    first: Micros,
    last: Micros,
    score: i64,
}

impl Rhythm {
    /// Of sessions in order of time.
    pub fn of(data: &Dataset, sessions: &[u32]) -> Option<Rhythm> {
        let mut starts = sessions
            .iter()
            .map(|idx| data.sessions[*idx as usize].first);
        let first = starts.next()?;
        let mut last = first;
        let mut gaps: Vec<Micros> = Vec::with_capacity(sessions.len());
        for start in starts {
            if start - last >= ECHO_US {
                gaps.push(start - last);
                last = start;
            }
        }
        if gaps.len() < MIN_GAPS {
            return None;
        }
        let (period, deviation) = spread(&mut gaps);
        if period < MIN_PERIOD_US {
            return None;
        }
        let (low, high) = (gaps[gaps.len() / 4], gaps[gaps.len() * 3 / 4]);
        let skew = if (high - low).saturating_mul(1000) <= period.saturating_mul(EVEN) {
            0
        } else {
            ((low + high - 2 * period).saturating_mul(1000) / (high - low)).abs()
        };
        let deviation = deviation.saturating_mul(1000) / period;
        let is_near = |gap: &&Micros| {
            let multiple = ((**gap + period / 2) / period).clamp(1, MAX_MULTIPLE) * period;
            (**gap - multiple).abs().saturating_mul(1000) <= multiple.saturating_mul(NEAR)
        };
        let n_near = gaps.iter().filter(is_near).count();
        let near = n_near as i64 * 1000 / gaps.len() as i64;
        let odds = n_near as i64 * NEAR_ODDS - (gaps.len() - n_near) as i64 * FAR_ODDS;
        if skew > MAX_SKEW || deviation > MAX_DEVIATION || near < MIN_NEAR || odds < MIN_ODDS {
            return None;
        }
        Some(Rhythm {
            period,
            n_gaps: gaps.len() as u64,
            n_near: n_near as u64,
            first,
            last,
            score: (2000 - skew - deviation) / 2,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::Side;
    use crate::engine::verdict::fixture::{Stage, denied};
    use crate::engine::verdict::scene::Scene;

    /// Calls at distances of `period` seconds, each off by up to `percent`; found sessions.
    fn found(n: u32, period: f64, percent: f64, port: u16) -> usize {
        let mut stage = Stage::new();
        let (mut at, mut seed) = (0.0, 7_u64);
        for nth in 0..n {
            stage.tcp(
                &format!("10.1.1.5:{}", 20_000 + nth % 40_000),
                &format!("203.0.113.200:{port}"),
                Side::A,
                Direction::Outbound,
                &[denied(at, true, "S")],
            );
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let random = (seed >> 11) as f64 / (1_u64 << 53) as f64;
            at += period * (1.0 + (random * 2.0 - 1.0) * percent / 100.0);
        }
        count(&mut stage)
    }

    fn count(stage: &mut Stage) -> usize {
        let times = || stage.data.sessions.iter().map(|session| session.first);
        stage.data.span = times().min().zip(times().max());
        let scene = Scene::of(&stage.data);
        let mut findings = Vec::new();
        let watch = Watch {
            data: &stage.data,
            scene: &scene,
            tries: &[],
        };
        Beacon.detect(watch, &mut findings);
        findings.iter().map(|finding| finding.sessions.len()).sum()
    }

    #[test]
    fn one_call_an_hour_for_a_month_with_a_fifth_of_play() {
        assert_eq!(found(720, 3600.0, 20.0, 443), 720);
        assert_eq!(found(12, 60.0, 3.0, 443), 12);
    }

    #[test]
    fn calls_at_random_times_have_no_rhythm() {
        assert_eq!(found(720, 3600.0, 90.0, 443), 0);
        assert_eq!(found(7, 60.0, 0.0, 443), 0, "too few");
        assert_eq!(found(60, 2.0, 0.0, 443), 0, "a program that tries again");
        assert_eq!(found(60, 60.0, 0.0, 53), 0, "name lookups");
    }

    #[test]
    fn chance_makes_no_rhythm() {
        let mut stage = Stage::new();
        let mut seed = 11_u64;
        let mut times: Vec<(u64, u32)> = (0..4000)
            .map(|nth| {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                ((seed >> 33) % 86_400, nth % 400)
            })
            .collect();
        times.order();
        for (at, server) in times {
            stage.tcp(
                "10.1.1.5:40000",
                &format!("203.0.{}.{}:443", server / 200, server % 200 + 1),
                Side::A,
                Direction::Outbound,
                &[denied(at as f64, true, "S")],
            );
        }
        assert_eq!(count(&mut stage), 0);
    }

    #[test]
    fn a_rhythm_of_minutes_in_a_month_is_a_chance() {
        let mut stage = Stage::new();
        let mut call = |at: f64, server: &str| {
            stage.tcp(
                "10.1.1.5:40000",
                server,
                Side::A,
                Direction::Outbound,
                &[denied(at, true, "S")],
            );
        };
        for nth in 0..10 {
            call(f64::from(nth) * 60.0, "203.0.113.200:443");
        }
        call(30.0 * 86_400.0, "203.0.113.201:443");
        assert_eq!(count(&mut stage), 0);
    }
}
