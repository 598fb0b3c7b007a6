//! What each session means. One verdict, one file; the registry below is the order of precedence (domain §7.2).
//!
//! To add one: `verdict/x.rs`, its `mod` line and its place in `RULES`. The first rule that holds gives the session its
//! verdict; every other rule that holds is kept as "also".

mod backoff;
mod burst;
pub mod cause;
pub mod group;
mod incidents;
mod orphans;
pub mod scene;
mod signs;

mod allowed_normal;
mod backscatter;
mod beacon;
mod blocked_inbound;
mod blocked_internal;
mod blocked_outbound;
mod half_seen;
mod helper_channel;
mod impossible_packet;
mod late_datagram;
mod local_discovery;
mod measure;
mod network_error;
mod not_enough;
mod orphaned_reply;
mod password_guessing;
mod peer_to_peer;
mod refused;
mod scan;
mod service_port_as_source;
mod stateless_return;
mod unanswered;
mod watch_list;

#[cfg(test)]
pub mod fixture;

use super::dataset::{Dataset, Direction, Incident, Outcome, Session, Severity, Side, Verdict};
use super::detect;
use super::detect::peer_to_peer::is_leak;
use super::detect::probe;
use super::judge::{self, address, direction};
use super::watch::hits;
use group::Group;
use scene::{Case, Marks, Scene, bit};

/// Nine in ten, in 1/100 nat: what a pattern over many sessions is worth to one of them.
const PATTERN_SCORE: i32 = 220;
const SOFT_TIER: u8 = 5;
/// In `Session::also`: part of a search for the way to a machine.
pub const TRACED: u32 = 1;

/// First that holds, wins.
pub static RULES: &[&dyn Rule] = &[
    &network_error::NetworkError,
    &local_discovery::LocalDiscovery,
    &impossible_packet::ImpossiblePacket,
    &backscatter::Backscatter,
    &service_port_as_source::ServicePortAsSource,
    &helper_channel::HelperChannel,
    &stateless_return::StatelessReturn,
    &half_seen::HalfSeen,
    &orphaned_reply::OrphanedReply,
    &peer_to_peer::PeerToPeer,
    &late_datagram::LateDatagram,
    &scan::Scan,
    &password_guessing::PasswordGuessing,
    &blocked_inbound::BlockedInbound,
    &blocked_outbound::BlockedOutbound,
    &blocked_internal::BlockedInternal,
    &refused::Refused,
    &unanswered::Unanswered,
    &allowed_normal::AllowedNormal,
    &not_enough::NotEnough,
];

/// These lie over the verdicts of sessions: an incident of its own, and "also" at its sessions.
pub static OVERLAYS: &[&dyn Rule] = &[&beacon::Beacon, &watch_list::WatchListHit];

/// A verdict: when it holds, what became of the session, whether it matters, and how to say it.
pub trait Rule: Sync {
    fn verdict(&self) -> Verdict;

    /// Asked of one session after the other while they are written: `Dataset::sessions` is empty meanwhile.
    fn holds(&self, case: &Case<'_>) -> bool;

    fn outcome(&self, case: &Case<'_>) -> Outcome;

    fn severity(&self, group: &Group<'_>) -> Severity;

    /// Writes headline, sentence and what is peculiar to this verdict into an incident whose counts are filled.
    fn tell(&self, group: &Group<'_>, incident: &mut Incident);
}

/// Gives every session its verdict and outcome, and groups them into incidents, most important first.
pub fn decide(data: &mut Dataset) {
    let mut scene = Scene::of(data);
    detect::mark(data, &mut scene);
    let mut sessions = std::mem::take(&mut data.sessions);
    data.hands.share(&mut sessions, |start, sessions| {
        for (idx, session) in (start..).zip(sessions) {
            conclude(data, &scene, idx, session);
        }
    });
    data.sessions = sessions;
    let overlays = detect::overlays(data, &scene);
    for idx in overlays.iter().flat_map(|finding| &finding.sessions) {
        data.sessions[*idx as usize].also |= bit(Verdict::Beacon);
    }
    data.watched = hits::find(data);
    for idx in data.watched.iter().flat_map(|hit| &hit.sessions) {
        data.sessions[*idx as usize].also |= bit(Verdict::WatchList);
    }
    incidents::build(data, &scene, overlays);
}

/// Gives one session its verdict.
fn conclude(data: &Dataset, scene: &Scene, idx: usize, session: &mut Session) {
    let (brief, marks) = (&scene.briefs[idx], scene.marks[idx]);
    // Bare packets that one port sends to many doors were never a conversation.
    let is_stray = probe::is_stray(scene, idx);
    let ruling = rule(&scene.case(data, session, idx), is_stray);
    session.verdict = ruling.verdict;
    session.also = ruling.also;
    if marks.has(Marks::TRACE) {
        session.also |= TRACED;
    }
    session.outcome = ruling.outcome;
    match ruling.verdict {
        Verdict::ImpossiblePacket => {
            let a_loops = address::class(brief.initiator) == address::Class::Loopback;
            let b_loops = address::class(brief.responder) == address::Class::Loopback;
            if a_loops != b_loops {
                // An address that cannot be where the packet was seen tells no way.
                session.direction = Direction::Unknown;
            }
        }
        // Its purported initiator is ours, but nobody here sent anything: what reached us came from outside.
        Verdict::Backscatter => session.direction = Direction::Inbound,
        Verdict::PeerToPeer if marks.has(Marks::PEER_INITIATED) && is_leak(brief) => {
            // No private address can have called a public one, whosever it is.
            settle(session);
            session.direction = Direction::Outbound;
        }
        Verdict::Scan if session.side == Side::Unknown => {
            settle(session);
            let ends = judge::roles_of_ends(data, session);
            session.direction = direction::session(data, &data.roles, session, ends);
        }
        _ => {}
    }
}

/// What only many sessions show may decide who started, where a single one does not: then its first sender did.
fn settle(session: &mut Session) {
    if session.side == Side::Unknown {
        (session.side, session.score, session.tier) = (Side::A, PATTERN_SCORE, SOFT_TIER);
    }
}

struct Ruling {
    verdict: Verdict,
    outcome: Outcome,
    also: u32,
}

fn rule(case: &Case<'_>, is_stray: bool) -> Ruling {
    let mut holding = RULES
        .iter()
        .filter(|rule| !(is_stray && rule.verdict() == Verdict::OrphanedReply))
        .filter(|rule| rule.holds(case));
    let Some(first) = holding.next() else {
        return Ruling {
            verdict: Verdict::NotEnough,
            outcome: Outcome::Unknown,
            also: 0,
        };
    };
    // "Not enough" holds for everything and says nothing beside another verdict.
    let also = holding
        .map(|rule| rule.verdict())
        .filter(|other| *other != Verdict::NotEnough)
        .map(bit)
        .sum();
    Ruling {
        verdict: first.verdict(),
        outcome: first.outcome(case),
        also,
    }
}

/// The rule of a verdict.
pub fn rule_of(verdict: Verdict) -> &'static dyn Rule {
    RULES
        .iter()
        .chain(OVERLAYS)
        .copied()
        .find(|rule| rule.verdict() == verdict)
        .unwrap_or(&not_enough::NotEnough)
}

#[cfg(test)]
mod tests {
    use super::fixture::{Stage, allowed, denied};
    use super::*;

    #[test]
    fn the_registry_is_the_order_of_precedence() {
        let order: Vec<u8> = RULES.iter().map(|rule| rule.verdict() as u8).collect();
        // V16 and V18 to V20 lie over other verdicts and are none of a session's own; V17 has its reason in its file.
        assert_eq!(
            order,
            [
                13, 12, 10, 6, 21, 22, 9, 23, 1, 17, 14, 5, 15, 2, 3, 4, 11, 8, 7, 24
            ]
        );
    }

    fn verdict_of(stage: Stage) -> (Verdict, Vec<Verdict>) {
        let mut data = stage.data;
        decide(&mut data);
        let session = &data.sessions[0];
        let also = Verdict::ALL
            .into_iter()
            .filter(|verdict| session.also & bit(*verdict) != 0)
            .collect();
        assert_eq!(data.incidents.len(), 1);
        assert_eq!(data.incidents[0].sessions, [0]);
        (session.verdict, also)
    }

    fn one(
        a: &str,
        b: &str,
        side: Side,
        direction: Direction,
        note: fixture::Note,
    ) -> (Verdict, Vec<Verdict>) {
        let mut stage = Stage::new();
        stage.tcp(a, b, side, direction, &[note]);
        stage.data.sessions[0].tier = if note.flags == "S" { 1 } else { 5 };
        verdict_of(stage)
    }

    #[test]
    fn one_packet_gets_its_verdict() {
        let (server, client) = ("10.0.0.11:80", "203.0.113.45:51515");
        let reply = one(
            server,
            client,
            Side::B,
            Direction::Inbound,
            denied(0.0, true, "FA"),
        );
        assert_eq!(reply, (Verdict::OrphanedReply, vec![]));
        let attempt = one(
            client,
            server,
            Side::A,
            Direction::Inbound,
            denied(0.0, true, "S"),
        );
        assert_eq!(attempt, (Verdict::BlockedInbound, vec![]));
        let opening = one(
            server,
            client,
            Side::A,
            Direction::Outbound,
            denied(0.0, true, "S"),
        );
        assert_eq!(
            opening,
            (Verdict::ServicePortAsSource, vec![Verdict::BlockedOutbound])
        );
        let passed = one(
            client,
            server,
            Side::A,
            Direction::Inbound,
            allowed(0.0, true, "S"),
        );
        assert_eq!(passed, (Verdict::AllowedNormal, vec![]));
        let crafted = one(
            client,
            server,
            Side::A,
            Direction::Inbound,
            denied(0.0, true, "SF"),
        );
        assert_eq!(crafted.0, Verdict::ImpossiblePacket);
        let nobody_knows = one(
            "10.0.0.1:40000",
            "10.0.0.2:41000",
            Side::Unknown,
            Direction::Internal,
            denied(0.0, true, "A"),
        );
        assert_eq!(nobody_knows.0, Verdict::NotEnough);
        let farewell = one(
            "10.0.0.1:40000",
            "10.0.0.2:41000",
            Side::Unknown,
            Direction::Internal,
            denied(0.0, true, "FA"),
        );
        assert_eq!(farewell.0, Verdict::OrphanedReply);
        let leftover = one(
            client,
            server,
            Side::A,
            Direction::Inbound,
            denied(0.0, true, "FA"),
        );
        assert_eq!(
            leftover.0,
            Verdict::OrphanedReply,
            "a late packet of the visitor is no new attempt"
        );
    }

    #[test]
    fn a_pause_begins_a_new_incident() {
        let mut stage = Stage::new();
        for at_s in [0.0, 60.0, 4000.0, 4060.0] {
            let client = format!("203.0.113.45:{}", 51_000 + at_s as u32);
            stage.tcp(
                &client,
                "10.0.0.11:80",
                Side::A,
                Direction::Inbound,
                &[denied(at_s, true, "S")],
            );
        }
        let mut data = stage.data;
        decide(&mut data);
        let sizes: Vec<usize> = data
            .incidents
            .iter()
            .map(|incident| incident.sessions.len())
            .collect();
        assert_eq!(sizes, [2, 2]);
        assert_ne!(data.incidents[0].id, data.incidents[1].id);
    }
}
