//! Sees     A few attempts with the shape of a scan: five ports of one machine within a minute, or one service on five
//!          machines within minutes; and packets of no conversation that one fixed port sends to many.
//! Matters  Short excerpts hold no fifteen attempts, and a person wants to know all the same.
//! Misses   Machines of ours that use a new port for each attempt: a program that logs on to its domain tries five
//!          services at once as well.
//! Source   Domain §8, D2 ("probe"); psad's level 1 (five packets).

use super::attempts::{self, Tries};
use super::{Detector, Finding, Watch};
use crate::engine::dataset::{Facts, Side};
use crate::engine::model::{Host, Micros, ports, proto, stamp};
use crate::engine::session::beat::Class;
use crate::engine::verdict::group::is_service;
use crate::engine::verdict::scene::{Brief, Marks, Scene};

pub const MIN_DOORS: usize = 5;
const PORTS_WITHIN_US: Micros = stamp::MINUTE;
const MACHINES_WITHIN_US: Micros = 10 * stamp::MINUTE;
/// Programs pick their own ports mostly from here on; a server answers to such ports, a scan tries those below.
const FIRST_PICKED_PORT: u16 = 32_768;
const PICKED_PERCENT: usize = 20;
/// Route tracing sends to these, five and more, and means no harm.
const TRACED: std::ops::RangeInclusive<u16> = 33_434..=33_534;

pub struct Probe;

impl Detector for Probe {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        let mut sessions = Vec::new();
        for tries in watch.tries {
            few_doors(watch.scene, tries, &mut sessions);
        }
        strays(watch, &mut sessions);
        if !sessions.is_empty() {
            findings.push(Finding {
                mark: Marks::PROBE,
                sessions,
            });
        }
    }
}

/// Failed attempts of one machine that are too few for the scan detectors.
fn few_doors(scene: &Scene, tries: &Tries, sessions: &mut Vec<u32>) {
    let brief = |session: u32| &scene.briefs[session as usize];
    let mut take = |attempts: &[attempts::Attempt], is_deep: bool| {
        let first = brief(attempts[0].session);
        // A tool sends all from one port; a program takes a new one for each connection, but not for each datagram.
        let is_tool = attempts
            .iter()
            .all(|attempt| brief(attempt.session).initiator_port == first.initiator_port)
            && (is_deep || first.proto == proto::TCP);
        if tries.is_ours && !is_tool {
            return;
        }
        let doors: Vec<(Micros, Host)> = attempts
            .iter()
            .filter(|attempt| {
                brief(attempt.session).proto != proto::UDP || !TRACED.contains(&attempt.port)
            })
            .map(|attempt| {
                let port = Host::v4(u32::from(attempt.port));
                (attempt.at, if is_deep { port } else { attempt.target })
            })
            .collect();
        let width = if is_deep {
            PORTS_WITHIN_US
        } else {
            MACHINES_WITHIN_US
        };
        if attempts::reaches(&doors, width, MIN_DOORS) {
            sessions.extend(attempts.iter().map(|attempt| attempt.session));
        }
    };
    attempts::each(
        &tries.attempts,
        MIN_DOORS,
        |attempt| attempt.target,
        |attempts| take(attempts, true),
    );
    attempts::each(
        &tries.attempts,
        MIN_DOORS,
        |attempt| attempt.port,
        |attempts| take(attempts, false),
    );
}

/// What one fixed port sent that is no attempt by itself: packets of conversations that nobody opened, or packets of
/// which the log does not say what became of them.
fn strays(watch: Watch<'_>, sessions: &mut Vec<u32>) {
    let Watch { data, scene, .. } = watch;
    let brief = |idx: &u32| &scene.briefs[*idx as usize];
    let mut strays: Vec<u32> = (0..scene.briefs.len() as u32)
        .filter(|idx| {
            // Sessions are larger than what was gathered of them, so they are asked last.
            let from_initiator = || data.sessions[*idx as usize].side != Side::B;
            is_fateless(brief(idx)) || is_crafted(brief(idx)) && from_initiator()
        })
        .collect();
    if strays.len() < MIN_DOORS {
        return;
    }
    let from = |idx: &u32| (brief(idx).initiator, brief(idx).initiator_port);
    strays.sort_unstable_by_key(|idx| (from(idx), brief(idx).responder, *idx));
    let mut found: Vec<u32> = Vec::new();
    let at = |idx: &u32| data.sessions[*idx as usize].first;
    for own in strays.chunk_by(|left, right| from(left) == from(right)) {
        for deep in own.chunk_by(|left, right| brief(left).responder == brief(right).responder) {
            let doors: Vec<(Micros, Host)> = deep
                .iter()
                .map(|idx| (at(idx), Host::v4(u32::from(brief(idx).responder_port))))
                .collect();
            if attempts::reaches(&doors, PORTS_WITHIN_US, MIN_DOORS) && is_search(watch, deep) {
                found.extend(deep);
            }
        }
        let port = brief(&own[0]).responder_port;
        let mut machines: Vec<(Micros, Host)> = own
            .iter()
            .filter(|idx| is_fateless(brief(idx)) && brief(idx).responder_port == port)
            .map(|idx| (at(idx), brief(idx).responder))
            .collect();
        machines.sort_unstable();
        if machines.len() == own.len()
            && is_service(port)
            && attempts::reaches(&machines, MACHINES_WITHIN_US, MIN_DOORS)
        {
            found.extend(own);
        }
    }
    sessions.append(&mut found);
}

/// The line does not say whether it passed, and names one known sender.
fn is_fateless(brief: &Brief) -> bool {
    let told = Facts::DENIED | Facts::ALLOWED | Facts::TRACKED | Facts::ICMP_ERROR;
    brief.proto == proto::TCP
        && brief.is_decided()
        && !brief.is_blurred()
        && !brief.facts.any(told | Facts::MID_B | Facts::SYNACK_B)
        && brief.client_port().is_some_and(|port| !is_service(port))
}

/// Denied packets from the middle of a conversation that has no beginning, no data and no other side.
fn is_crafted(brief: &Brief) -> bool {
    let lived = Facts::SYN_A
        | Facts::SYN_B
        | Facts::SYNACK_A
        | Facts::SYNACK_B
        | Facts::MID_B
        | Facts::DENIED_B
        | Facts::ALLOWED
        | Facts::TRACKED
        | Facts::AFTER_END
        | Facts::DATA;
    brief.proto == proto::TCP
        && brief.facts.has(Facts::DENIED_A | Facts::MID_A)
        && !brief.facts.any(lived)
        && !brief.is_blurred()
        && brief.client_port().is_some_and(|port| !is_service(port))
}

/// A server's replies go from one port to many as well, but to ports that programs pick; and then there was something
/// before, or the other side speaks too.
fn is_search(watch: Watch<'_>, deep: &[u32]) -> bool {
    let Watch { data, scene, .. } = watch;
    let first = &scene.briefs[deep[0] as usize];
    let target = |idx: &u32| scene.briefs[*idx as usize].responder_port;
    let is_reset = |idx: &u32| {
        data.sessions[*idx as usize]
            .beats(data)
            .iter()
            .any(|beat| beat.class() == Class::Rst)
    };
    let n_picked = deep
        .iter()
        .filter(|idx| target(idx) >= FIRST_PICKED_PORT)
        .count();
    let is_aimed = first.initiator_port >= FIRST_PICKED_PORT
        && n_picked * 100 <= deep.len() * PICKED_PERCENT
        || deep.iter().filter(|idx| ports::is_top(target(idx))).count() >= 2;
    if !is_aimed || deep.iter().any(is_reset) {
        return false;
    }
    let ends = (first.initiator, first.responder);
    let answered = |brief: &Brief| {
        let same = (brief.initiator, brief.responder) == ends;
        let other = (brief.responder, brief.initiator) == ends;
        same && brief
            .facts
            .any(Facts::ALLOWED | Facts::TRACKED | Facts::SYNACK_B | Facts::MID_B)
            || other && brief.proto == proto::TCP
    };
    !scene.briefs.iter().any(answered)
}

/// A session of a probe that would be a leftover of a conversation, had it come alone.
pub fn is_stray(scene: &Scene, idx: usize) -> bool {
    scene.marks[idx].has(Marks::PROBE) && is_crafted(&scene.briefs[idx])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::Direction;
    use crate::engine::verdict::fixture::{Stage, denied};

    fn marked(stage: &Stage) -> usize {
        let mut scene = Scene::of(&stage.data);
        super::super::mark(&stage.data, &mut scene);
        scene
            .marks
            .iter()
            .filter(|marks| marks.has(Marks::PROBE))
            .count()
    }

    /// From one port, or from one port each, to the ports that `to` gives.
    fn sent(
        n: u16,
        ends: (&str, &str),
        from: impl Fn(u16) -> u16,
        to: impl Fn(u16) -> u16,
        how: (Side, Direction, &'static str),
    ) -> Stage {
        let mut stage = Stage::new();
        for nth in 0..n {
            stage.tcp(
                &format!("{}:{}", ends.0, from(nth)),
                &format!("{}:{}", ends.1, to(nth)),
                how.0,
                how.1,
                &[denied(f64::from(nth), true, how.2)],
            );
        }
        stage
    }

    const STRANGER: (&str, &str) = ("203.0.113.9", "192.0.2.1");

    #[test]
    fn five_ports_by_a_stranger_are_a_probe() {
        let how = (Side::A, Direction::Inbound, "S");
        let n = |n| marked(&sent(n, STRANGER, |nth| 40_000 + nth, |nth| 20 + nth, how));
        assert_eq!((n(4), n(5), n(8)), (0, 5, 8));
    }

    #[test]
    fn a_machine_of_ours_that_logs_on_is_none() {
        let ours = ("10.0.0.5", "10.0.0.1");
        let how = (Side::A, Direction::Internal, "S");
        let services = [53, 88, 135, 389, 445, 3268];
        let to = |nth: u16| services[usize::from(nth)];
        assert_eq!(marked(&sent(6, ours, |nth| 50_000 + nth, to, how)), 0);
        assert_eq!(
            marked(&sent(6, ours, |_| 50_000, to, how)),
            6,
            "from one port: a tool"
        );
    }

    #[test]
    fn bare_acknowledgements_from_one_port_are_a_probe() {
        let how = (Side::Unknown, Direction::Unknown, "A");
        let low = |nth: u16| 1000 + nth * 17;
        assert_eq!(marked(&sent(10, STRANGER, |_| 37_933, low, how)), 10);
        assert_eq!(
            marked(&sent(10, STRANGER, |nth| 37_933 + nth, low, how)),
            0,
            "one port each: leftovers of ten conversations"
        );
    }

    #[test]
    fn replies_to_many_ports_of_a_client_are_none() {
        let high = |nth: u16| 50_001 + nth * 17;
        let answers = (Side::B, Direction::Inbound, "A");
        let unclear = (Side::Unknown, Direction::Unknown, "A");
        let out = ("10.0.0.11", "203.0.113.45");
        assert_eq!(marked(&sent(30, out, |_| 443, high, answers)), 0);
        assert_eq!(marked(&sent(30, out, |_| 27_500, high, unclear)), 0);
        assert_eq!(marked(&sent(30, out, |_| 40_500, high, unclear)), 0);
        let old = |nth: u16| 1025 + nth * 17;
        assert_eq!(marked(&sent(30, out, |_| 8125, old, unclear)), 0);
    }

    #[test]
    fn what_was_a_conversation_is_none() {
        let how = (Side::Unknown, Direction::Unknown, "A");
        let mut stage = sent(10, STRANGER, |_| 37_933, |nth| 1000 + nth * 17, how);
        stage.tcp(
            "192.0.2.1:1000",
            "203.0.113.9:37933",
            Side::A,
            Direction::Outbound,
            &[crate::engine::verdict::fixture::allowed(0.0, true, "S")],
        );
        assert_eq!(marked(&stage), 0);
    }
}
