//! Sees     One outside host answers many of our ports (connection answers, resets, datagrams from a service's port),
//!          and no packet of ours to it is in the log.
//! Matters  Somebody attacks that host with our addresses as false senders. Nothing to do here.
//! Misses   Fewer answers than the count; a single name server that answers late is left to that verdict.
//! Source   Moore et al. 2001 and 2006; Corsaro's DoS plugin.

use super::{Detector, Finding, Watch, network};
use crate::engine::dataset::{Dataset, Direction, Facts};
use crate::engine::judge::Role;
use crate::engine::model::order::Order;
use crate::engine::model::{Host, Micros, ports, proto};
use crate::engine::session::beat::Class;
use crate::engine::verdict::scene::{self, Brief, Marks, Scene};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

/// Distinct ends of ours that one host answered.
const MIN_PAIRS: usize = 5;
/// Senders that answer one end of ours from the same service: reflected datagrams.
const MIN_REFLECTORS: usize = 10;
/// Networks from which connection answers come that a machine never asked for, or senders of datagrams to a port from
/// which nobody asks.
const MIN_STRANGERS: usize = 3;

/// Without flags: addresses of ours that got answers and never called, and machines of ours that did call.
const MIN_SILENT: usize = 3;
const MIN_CALLERS: usize = 3;

/// Without flags, in a log of denied lines alone: so many addresses of ours, each about once, at ports from all over.
const MIN_SCATTERED: usize = 16;
/// Machines pick their ports above these or, long ago, below those; a flood's false senders have any.
const FIRST_OF_CLIENTS: u16 = 32_768;
const LAST_OF_OLD_CLIENTS: u16 = 5000;

pub struct Backscatter;

impl Detector for Backscatter {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        let Watch { data, scene, .. } = watch;
        let candidates = candidates(data, scene);
        if candidates.len() < MIN_STRANGERS {
            return;
        }
        let mut receivers: Vec<Host> = candidates
            .iter()
            .map(|idx| scene.briefs[*idx as usize].initiator)
            .collect();
        receivers.order();
        receivers.dedup();
        let several = receivers.len() > 1;
        let mut silent = Silence::default();
        let mut found = Vec::new();
        let mut by_sender = candidates.clone();
        by_sender.sort_unstable_by_key(|idx| (sender(scene, *idx), *idx));
        for answers in
            by_sender.chunk_by(|left, right| sender(scene, *left) == sender(scene, *right))
        {
            let (n_hosts, n_pairs) = spread(scene, answers);
            // One name server answering one machine late on many ports is no flood: datagrams need a second address.
            let is_udp = scene.briefs[answers[0] as usize].proto == proto::UDP;
            if n_pairs < MIN_PAIRS || n_hosts < 2 && (several || is_udp) {
                continue;
            }
            let is_clear = is_udp || answers.iter().all(|idx| shows_answer(data, *idx));
            if is_clear
                || n_hosts >= MIN_SILENT && silent.covers(data, scene, answers)
                || is_scattered(scene, answers, n_hosts, n_pairs)
            {
                found.push(answers.to_vec());
            }
        }
        found.extend(reflected(scene, &candidates));
        found.extend(strangers(data, scene, &candidates));
        if found.is_empty() {
            return;
        }
        let asked = asked(data, scene, &found);
        for mut sessions in found {
            sessions.retain(|idx| {
                let (host, first) = (sender(scene, *idx), data.sessions[*idx as usize].first);
                asked.get(&host).is_none_or(|at| *at > first)
            });
            sessions.sort_unstable();
            findings.push(Finding {
                mark: Marks::BACKSCATTER,
                sessions,
            });
        }
    }
}

fn sender(scene: &Scene, idx: u32) -> Host {
    scene.briefs[idx as usize].responder
}

/// Sessions of nothing but answers from outside. Their purported initiator is ours.
fn candidates(data: &Dataset, scene: &Scene) -> Vec<u32> {
    let mut candidates = Vec::new();
    for (idx, brief) in scene.briefs.iter().enumerate() {
        if !matches!(
            brief.direction,
            Direction::Outbound | Direction::FromFirewall
        ) {
            continue;
        }
        let facts = brief.facts;
        let ours =
            Facts::SYN_A | Facts::SYNACK_A | Facts::MID_A | Facts::DENIED_A | Facts::ALLOWED_A;
        if facts.any(ours | Facts::SYN_B | Facts::TRACKED | Facts::AFTER_END) || brief.is_blurred()
        {
            continue;
        }
        let is_answer = match brief.proto {
            proto::TCP => {
                shows_answer(data, idx as u32)
                    || !facts.has(Facts::FLAGS)
                        && brief.is_decided()
                        && brief.service_port().is_some_and(ports::is_top)
            }
            proto::UDP => facts.has(Facts::DENIED_B),
            _ => false,
        };
        if is_answer && facts.any(Facts::DENIED_B | Facts::MID_B) {
            candidates.push(idx as u32);
        }
    }
    candidates
}

/// Its flags say that it answers an opening.
fn shows_answer(data: &Dataset, idx: u32) -> bool {
    data.sessions[idx as usize]
        .beats(data)
        .iter()
        .all(|beat| beat.is_about_error() || matches!(beat.class(), Class::SynAck | Class::Rst))
}

/// Addresses of ours from which nothing ever went out, in a log that shows what went out. Answers without flags to
/// several such addresses were never asked for.
#[derive(Default)]
struct Silence {
    /// Machines that opened something that passed; `None` until somebody asks.
    callers: Option<HashSet<Host, FixedState>>,
}

impl Silence {
    fn covers(&mut self, data: &Dataset, scene: &Scene, answers: &[u32]) -> bool {
        let callers = self.callers.get_or_insert_with(|| {
            let passed = |brief: &&Brief| {
                brief.facts.any(Facts::ALLOWED | Facts::TRACKED)
                    && data.roles.of(brief.initiator) == Role::Ours
            };
            let passed = scene.briefs.iter().filter(passed);
            passed.map(|brief| brief.initiator).collect()
        });
        callers.len() >= MIN_CALLERS
            && answers
                .iter()
                .all(|idx| !callers.contains(&scene.briefs[*idx as usize].initiator))
    }
}

/// Nobody's machines look like this: too many addresses that each asked once, from ports that no system picks.
pub fn is_scattered(scene: &Scene, answers: &[u32], n_hosts: usize, n_pairs: usize) -> bool {
    let ports = || {
        answers
            .iter()
            .map(|idx| scene.briefs[*idx as usize].initiator_port)
    };
    let n_high = ports().filter(|port| *port >= FIRST_OF_CLIENTS).count();
    let n_between = ports()
        .filter(|port| (LAST_OF_OLD_CLIENTS + 1..FIRST_OF_CLIENTS).contains(port))
        .count();
    n_hosts >= MIN_SCATTERED
        && n_pairs * 2 <= n_hosts * 3
        && n_high.min(n_between) * 4 >= answers.len()
}

/// Distinct addresses and distinct (address, port) of ours.
fn spread(scene: &Scene, answers: &[u32]) -> (usize, usize) {
    let mut pairs: Vec<(Host, u16)> = answers
        .iter()
        .map(|idx| {
            (
                scene.briefs[*idx as usize].initiator,
                scene.briefs[*idx as usize].initiator_port,
            )
        })
        .collect();
    pairs.order();
    pairs.dedup();
    (
        pairs.chunk_by(|left, right| left.0 == right.0).count(),
        pairs.len(),
    )
}

/// Datagrams from one service of many senders to one address of ours.
fn reflected(scene: &Scene, candidates: &[u32]) -> Vec<Vec<u32>> {
    let key = |idx: &u32| {
        let brief = &scene.briefs[*idx as usize];
        (brief.initiator, brief.responder_port)
    };
    let mut datagrams: Vec<u32> = candidates
        .iter()
        .copied()
        .filter(|idx| scene.briefs[*idx as usize].proto == proto::UDP)
        .collect();
    datagrams.sort_unstable_by_key(|idx| (key(idx), sender(scene, *idx), *idx));
    datagrams
        .chunk_by(|left, right| key(left) == key(right))
        .filter(|chunk| {
            // Nobody asks from the port of a web server; whoever floods one forges just that port.
            let from_service = chunk.iter().all(|idx| {
                let brief = &scene.briefs[*idx as usize];
                let port = brief.initiator_port;
                port < 1024 && ports::is_top(port) && port != brief.responder_port
            });
            let n_senders = chunk
                .chunk_by(|left, right| sender(scene, *left) == sender(scene, *right))
                .count();
            n_senders >= MIN_REFLECTORS || from_service && n_senders >= MIN_STRANGERS
        })
        .map(<[u32]>::to_vec)
        .collect()
}

/// Connection answers to one machine that guards itself, from many unrelated senders. All packets of such a machine
/// pass its firewall, so questions of its own would have made the answers known.
fn strangers(data: &Dataset, scene: &Scene, candidates: &[u32]) -> Option<Vec<u32>> {
    let is_answer = |idx: u32| {
        scene.briefs[idx as usize].facts.has(Facts::SYNACK_B) && scene::is_own_host(data, idx)
    };
    let answers: Vec<u32> = candidates
        .iter()
        .copied()
        .filter(|idx| is_answer(*idx))
        .collect();
    let mut networks: Vec<Host> = answers
        .iter()
        .map(|idx| network(sender(scene, *idx), 16))
        .collect();
    networks.order();
    networks.dedup();
    (networks.len() >= MIN_STRANGERS).then_some(answers)
}

/// When a packet of ours to one of the senders is in the log for the first time.
fn asked(data: &Dataset, scene: &Scene, found: &[Vec<u32>]) -> HashMap<Host, Micros, FixedState> {
    let mut asked: HashMap<Host, Micros, FixedState> = HashMap::default();
    for idx in found.iter().flatten() {
        asked.insert(sender(scene, *idx), Micros::MAX);
    }
    for (session, brief) in data.sessions.iter().zip(&scene.briefs) {
        let contact = if brief
            .facts
            .any(Facts::SYN_A | Facts::ALLOWED_A | Facts::DENIED_A | Facts::TRACKED)
        {
            asked.get_mut(&brief.responder)
        } else {
            None
        };
        if let Some(at) = contact {
            *at = (*at).min(session.first);
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::Side;
    use crate::engine::verdict::fixture::{Stage, allowed, denied};

    fn answers(stage: &mut Stage, n: u16) {
        for port in 0..n {
            let ours = format!("192.0.2.10:{}", 1000 + 97 * port);
            stage.tcp(
                "198.51.100.80:80",
                &ours,
                Side::B,
                Direction::Outbound,
                &[denied(f64::from(port) + 10.0, true, "SA")],
            );
        }
    }

    fn marked(stage: &Stage) -> usize {
        let mut scene = Scene::of(&stage.data);
        super::super::mark(&stage.data, &mut scene);
        scene
            .marks
            .iter()
            .filter(|marks| marks.has(Marks::BACKSCATTER))
            .count()
    }

    #[test]
    fn answers_that_nobody_asked_for_are_marked() {
        let mut stage = Stage::new();
        answers(&mut stage, 12);
        assert_eq!(marked(&stage), 12);
    }

    /// One service's packets without flags to `n` of our addresses, at ports that `port` gives.
    fn unclear(n: u16, port: impl Fn(u16) -> u16) -> Stage {
        let mut stage = Stage::new();
        for nth in 0..n {
            stage.tcp(
                "198.51.100.80:443",
                &format!("192.0.2.{}:{}", nth + 1, port(nth)),
                Side::B,
                Direction::Outbound,
                &[denied(f64::from(nth), true, "")],
            );
        }
        stage
    }

    #[test]
    fn addresses_that_asked_once_from_ports_of_no_system_are_forged() {
        let anywhere = |nth: u16| (5100 + u32::from(nth) * 7919 % 60_000) as u16;
        assert_eq!(marked(&unclear(40, anywhere)), 40);
        assert_eq!(marked(&unclear(12, anywhere)), 0, "too few");
        let picked = |nth: u16| 49_152 + nth * 37;
        assert_eq!(marked(&unclear(40, picked)), 0, "clients of ours");
        let old = |nth: u16| {
            if nth.is_multiple_of(2) {
                1025 + nth
            } else {
                50_000 + nth
            }
        };
        assert_eq!(marked(&unclear(40, old)), 0, "old and new clients of ours");
    }

    #[test]
    fn four_answers_are_too_few() {
        let mut stage = Stage::new();
        answers(&mut stage, 4);
        assert_eq!(marked(&stage), 0);
    }

    #[test]
    fn a_question_of_ours_clears_the_host() {
        let mut stage = Stage::new();
        stage.tcp(
            "192.0.2.10:50000",
            "198.51.100.80:80",
            Side::A,
            Direction::Outbound,
            &[allowed(0.0, true, "S")],
        );
        answers(&mut stage, 12);
        assert_eq!(marked(&stage), 0);
    }
}
