//! Sees     One machine opens one login service again and again, and each connection is short; or many machines do so a
//!          few times each.
//! Matters  Somebody tries passwords. What was let through could succeed one day.
//! Misses   Slow guessing; guessing inside one long connection. Mail between servers (port 25) is left out: deliveries
//!          come as many and as short. Services that programs of ours call many times a minute by nature count only
//!          when a stranger calls them. Where the log does not say how long connections of ours lasted, it takes more.
//! Source   Practice (domain §8, D4); zeek's detect-bruteforcing.

use super::attempts;
use super::{Detector, Finding, Watch};
use crate::engine::dataset::{Dataset, Direction, Facts};
use crate::engine::model::order::Order;
use crate::engine::model::{Micros, proto, stamp};
use crate::engine::session::beat::NO_COUNT;
use crate::engine::verdict::scene::{Brief, Marks, Scene};

/// Where a person logs in: nobody opens these ten times in five minutes by hand.
const LOGIN_PORTS: [u16; 6] = [21, 22, 23, 3389, 5900, 2222];
/// Where programs log in as well, with a new connection for each question.
const CHATTY_PORTS: [u16; 11] = [110, 143, 389, 445, 587, 993, 1433, 3306, 5432, 5985, 5986];
const FAST: (usize, Micros) = (10, 5 * stamp::MINUTE);
const SLOW: (usize, Micros) = (30, stamp::HOUR);
/// A mail program fetches several folders at once, so the services that programs call need more in the same time; so
/// do openings by machines of ours of which nothing more is known.
const FAST_CHATTY: (usize, Micros) = (30, 5 * stamp::MINUTE);
const SLOW_CHATTY: (usize, Micros) = (90, stamp::HOUR);
/// The spread kind: so many machines, each so often, within an hour.
const SPREAD_MACHINES: usize = 10;
const SPREAD_TIMES: usize = 3;
/// A refused login is over soon or moves little.
const SHORT_US: Micros = 30 * stamp::SECOND;
const SMALL_BYTES: u64 = 10_000;

pub struct PasswordGuessing;

impl Detector for PasswordGuessing {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        let Watch { data, scene, .. } = watch;
        let mut logins: Vec<u32> = (0..scene.briefs.len() as u32)
            .filter(|idx| is_login(&scene.briefs[*idx as usize]))
            .collect();
        if logins.len() < FAST.0 {
            return;
        }
        let service = |idx: &u32| {
            let brief = &scene.briefs[*idx as usize];
            (brief.responder, brief.responder_port)
        };
        let client = |idx: &u32| scene.briefs[*idx as usize].initiator;
        logins.order_by_key(|idx| (service(idx), client(idx), *idx));
        let mut sessions = Vec::new();
        for logins in logins.chunk_by(|left, right| service(left) == service(right)) {
            // Those of each machine that came three times; the spread kind needs them together.
            let mut few: Vec<u32> = Vec::new();
            for own in logins.chunk_by(|left, right| client(left) == client(right)) {
                let tries: Vec<(Micros, u32)> = own
                    .iter()
                    .filter(|idx| is_short(data, **idx))
                    .map(|idx| (data.sessions[*idx as usize].first, *idx))
                    .collect();
                if is_guessing(data, scene, &tries) {
                    // The long ones too: after many short ones, they are what matters.
                    sessions.extend(own.iter().filter(|idx| **idx >= tries[0].1));
                } else if tries.len() >= SPREAD_TIMES {
                    few.extend(tries.iter().map(|(_, idx)| *idx));
                }
            }
            if is_spread(data, scene, &mut few) {
                sessions.append(&mut few);
            }
        }
        if !sessions.is_empty() {
            findings.push(Finding {
                mark: Marks::GUESSING,
                sessions,
            });
        }
    }
}

fn is_login(brief: &Brief) -> bool {
    if brief.proto != proto::TCP
        || !brief.facts.has(Facts::ALLOWED)
        || brief.facts.has(Facts::DENIED)
        || !brief.is_decided()
        || brief.is_blurred()
    {
        return false;
    }
    let port = brief.responder_port;
    LOGIN_PORTS.contains(&port)
        || CHATTY_PORTS.contains(&port)
            && matches!(brief.direction, Direction::Inbound | Direction::ToFirewall)
}

/// How long the log says that it took, at most.
fn duration(data: &Dataset, idx: u32) -> Option<Micros> {
    let beats = data.sessions[idx as usize].beats(data);
    beats
        .iter()
        .filter_map(|beat| data.meters.get((beat.meter as usize).checked_sub(1)?))
        .filter(|meter| meter.duration_us != NO_COUNT)
        .map(|meter| meter.duration_us as Micros)
        .max()
}

/// The bytes of the side that sent more, where both are told.
fn volume(data: &Dataset, idx: u32) -> Option<u64> {
    let session = &data.sessions[idx as usize];
    let (up, down) = (session.bytes_a, session.bytes_b);
    (up != NO_COUNT && down != NO_COUNT).then_some(up.max(down))
}

/// The log says how long it took or how much it moved.
pub fn is_measured(data: &Dataset, idx: u32) -> bool {
    duration(data, idx).is_some() || volume(data, idx).is_some()
}

/// Over soon, or next to nothing was moved. Where the log tells neither, an opening counts.
pub fn is_short(data: &Dataset, idx: u32) -> bool {
    let session = &data.sessions[idx as usize];
    let length = duration(data, idx).unwrap_or_else(|| session.last.saturating_sub(session.first));
    length < SHORT_US || volume(data, idx).is_some_and(|bytes| bytes < SMALL_BYTES)
}

fn is_guessing(data: &Dataset, scene: &Scene, tries: &[(Micros, u32)]) -> bool {
    let Some((_, first)) = tries.first() else {
        return false;
    };
    let brief = &scene.briefs[*first as usize];
    let is_strange = matches!(brief.direction, Direction::Inbound | Direction::ToFirewall);
    let is_known = is_strange || is_measured(data, *first);
    let limits = if CHATTY_PORTS.contains(&brief.responder_port) || !is_known {
        [FAST_CHATTY, SLOW_CHATTY]
    } else {
        [FAST, SLOW]
    };
    limits
        .into_iter()
        .any(|(least, width)| attempts::reaches(tries, width, least))
}

/// Within an hour, enough of them from enough machines. Programs of ours that share a service look the same.
fn is_spread(data: &Dataset, scene: &Scene, few: &mut [u32]) -> bool {
    if few.len() < SPREAD_MACHINES * SPREAD_TIMES
        || few
            .iter()
            .any(|idx| scene.briefs[*idx as usize].direction != Direction::Inbound)
    {
        return false;
    }
    few.sort_unstable();
    let machines: Vec<_> = few
        .iter()
        .map(|idx| {
            (
                data.sessions[*idx as usize].first,
                scene.briefs[*idx as usize].initiator,
            )
        })
        .collect();
    attempts::reaches(&machines, stamp::HOUR, SPREAD_MACHINES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::Side;
    use crate::engine::model::End;
    use crate::engine::verdict::fixture::{Stage, allowed, denied, ended};

    fn marked(stage: &Stage) -> usize {
        let mut scene = Scene::of(&stage.data);
        super::super::mark(&stage.data, &mut scene);
        scene
            .marks
            .iter()
            .filter(|marks| marks.has(Marks::GUESSING))
            .count()
    }

    fn logins(n: usize, port: u16, gap_s: f64, length_s: i64, direction: Direction) -> Stage {
        let mut stage = Stage::new();
        for nth in 0..n {
            let client = format!("203.0.113.66:{}", 40_000 + nth);
            stage.tcp(
                &client,
                &format!("192.0.2.22:{port}"),
                Side::A,
                direction,
                &[ended(nth as f64 * gap_s, End::Fin, length_s)],
            );
        }
        stage
    }

    #[test]
    fn ten_short_logins_in_five_minutes_are_guessing() {
        let inbound = Direction::Inbound;
        assert_eq!(marked(&logins(10, 22, 20.0, 3, inbound)), 10);
        assert_eq!(marked(&logins(9, 22, 20.0, 3, inbound)), 0);
        assert_eq!(marked(&logins(30, 22, 110.0, 3, inbound)), 30);
        assert_eq!(
            marked(&logins(10, 22, 20.0, 600, inbound)),
            0,
            "long sessions are work"
        );
        assert_eq!(marked(&logins(40, 443, 1.0, 3, inbound)), 0, "no login");
    }

    #[test]
    fn programs_of_ours_may_call_a_database_often() {
        assert_eq!(marked(&logins(60, 3306, 1.0, 1, Direction::Internal)), 0);
        assert_eq!(marked(&logins(60, 3306, 1.0, 1, Direction::Inbound)), 60);
        assert_eq!(
            marked(&logins(20, 143, 1.0, 1, Direction::Inbound)),
            0,
            "a mail program"
        );
    }

    #[test]
    fn openings_of_ours_that_nobody_measured_need_more() {
        let opened = |n: usize, direction: Direction| {
            let mut stage = Stage::new();
            for nth in 0..n {
                let client = format!("10.0.0.9:{}", 40_000 + nth);
                let opened = [allowed(nth as f64 * 5.0, true, "S")];
                stage.tcp(&client, "10.0.0.22:22", Side::A, direction, &opened);
            }
            marked(&stage)
        };
        assert_eq!(opened(20, Direction::Internal), 0);
        assert_eq!(opened(20, Direction::Inbound), 20);
        assert_eq!(opened(40, Direction::Internal), 40);
    }

    #[test]
    fn the_long_one_after_many_short_ones_belongs_to_them() {
        let mut stage = logins(12, 22, 5.0, 3, Direction::Inbound);
        stage.tcp(
            "203.0.113.66:50000",
            "192.0.2.22:22",
            Side::A,
            Direction::Inbound,
            &[ended(90.0, End::Fin, 900)],
        );
        assert_eq!(marked(&stage), 13);
    }

    #[test]
    fn many_machines_with_few_tries_each_guess_together() {
        let spread = |n_machines: usize| {
            let mut stage = Stage::new();
            for nth in 0..n_machines * 3 {
                let client = format!("203.0.113.{}:{}", nth % n_machines + 1, 40_000 + nth);
                stage.tcp(
                    &client,
                    "192.0.2.22:22",
                    Side::A,
                    Direction::Inbound,
                    &[ended(nth as f64 * 20.0, End::Fin, 2)],
                );
            }
            marked(&stage)
        };
        assert_eq!(spread(10), 30);
        assert_eq!(spread(9), 0);
    }

    #[test]
    fn what_the_firewall_refused_is_no_guess() {
        let mut stage = Stage::new();
        for nth in 0..40 {
            let client = format!("203.0.113.66:{}", 40_000 + nth);
            stage.tcp(
                &client,
                "192.0.2.22:22",
                Side::A,
                Direction::Inbound,
                &[denied(f64::from(nth), true, "S")],
            );
        }
        assert_eq!(marked(&stage), 0);
    }
}
