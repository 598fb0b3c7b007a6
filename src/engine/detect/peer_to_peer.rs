//! Sees     One machine that exchanges packets with many unrelated machines, each on another port that no service has:
//!          it dials them, or they call one port of it, perhaps long after its program ended.
//! Matters  Looks like a scan, and is a program that shares files, calls, or keeps a currency's books with its like.
//! Misses   Peers behind ports of services (443); fewer than five peers, except where a public machine dials private
//!          addresses, which only its peers can have told it.
//! Source   Karagiannis et al. 2004 (one port of each peer per peer; both transports); domain §8, D7.

use super::attempts;
use super::{Detector, Finding, Watch, network};
use crate::engine::dataset::{Asked, Direction, Facts, Side};
use crate::engine::judge::Role;
use crate::engine::judge::address::{self, Class};
use crate::engine::model::order::Order;
use crate::engine::model::{Host, Micros, ports, proto, stamp};
use crate::engine::verdict::scene::{Brief, Marks, Scene};

/// Peers from which on there is something to tell; below `SURE_PEERS` it is told as less sure.
const MIN_PEERS: usize = 5;
pub const SURE_PEERS: usize = 10;
/// A public machine has no way to private addresses, so three of them with three ports are no accident.
const MIN_PRIVATE: usize = 3;
/// Peers choose their ports themselves: so many percent of them differ. A search for one service has one port.
const DISTINCT_PORTS: usize = 60;
/// Peers live anywhere: so many percent of them in different networks. A search goes through neighbours.
const DISTINCT_NETWORKS: usize = 70;
/// Thousands of peers share the networks of large providers.
const MANY_NETWORKS: usize = 50;
/// Callers at one port of a quiet machine come at such a rate, or make most of what is seen there; a machine dials so
/// many peers within this.
const TOGETHER_US: Micros = stamp::HOUR;
/// Old listening ports are tried by strangers one by one; programs of today listen above this one.
const FIRST_LIKELY_PORT: u16 = 10_000;
/// Route tracing sends to these.
const TRACED: std::ops::RangeInclusive<u16> = 33_434..=33_534;
/// As for scans: machines share counters, and only those that may reach a count are listed.
const COUNTERS: usize = 1 << 16;

pub use ports::peer_program as program;

/// A session as the machine in the middle sees it.
#[derive(Clone, Copy)]
struct Contact {
    hub: Host,
    peer: Host,
    session: u32,
    hub_port: u16,
    peer_port: u16,
    bits: u8,
}

/// The machine in the middle sent what the log shows, and did not answer with it; otherwise the peer called.
const DIALS: u8 = 1;
const UDP: u8 = 2;
const DENIED: u8 = 4;
/// It is the session's initiator.
const INITIATED: u8 = 8;
const IN_SCAN: u8 = 16;

impl Contact {
    fn dials(&self) -> bool {
        self.bits & DIALS != 0
    }
}

pub struct PeerToPeer;

impl Detector for PeerToPeer {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        let mut counts = vec![0_u32; COUNTERS];
        let mut candidates: Vec<u32> = Vec::new();
        let spread = |host: Host| {
            let bits = host.bits();
            let mixed = (bits as u64 ^ (bits >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed >> 48) as usize
        };
        for (idx, brief) in watch.scene.briefs.iter().enumerate() {
            if !is_candidate(brief) || watch.scene.marks[idx].has(Marks::BACKSCATTER) {
                continue;
            }
            counts[spread(brief.initiator)] += 1;
            counts[spread(brief.responder)] += 1;
            candidates.push(idx as u32);
        }
        if candidates.len() < MIN_PRIVATE {
            return;
        }
        let mut contacts: Vec<Contact> = Vec::new();
        for idx in candidates {
            let brief = &watch.scene.briefs[idx as usize];
            let (as_initiator, as_responder) = middle(watch, brief);
            for (initiated, hub) in [(true, brief.initiator), (false, brief.responder)] {
                let is_hub = if initiated {
                    as_initiator
                } else {
                    as_responder
                };
                if is_hub && counts[spread(hub)] as usize >= MIN_PRIVATE {
                    contacts.extend(contact(watch, idx, initiated));
                }
            }
        }
        contacts.sort_unstable_by_key(|contact| (contact.hub, contact.hub_port, contact.session));
        let (mut dialled, mut called) = (Vec::new(), Vec::new());
        for own in contacts.chunk_by(|left, right| left.hub == right.hub) {
            let mut take = |contact: &Contact| {
                let list = if contact.bits & INITIATED != 0 {
                    &mut dialled
                } else {
                    &mut called
                };
                list.push(contact.session);
            };
            if is_dialling(watch, own) || is_misled(own) {
                own.iter()
                    .filter(|contact| contact.dials())
                    .for_each(&mut take);
            }
            // What it dials with other ports than the one where it is called.
            let mut others: Vec<Contact> = Vec::new();
            for at_port in own.chunk_by(|left, right| left.hub_port == right.hub_port) {
                if is_listening(watch, at_port, own.len()) {
                    at_port.iter().for_each(&mut take);
                } else {
                    others.extend(at_port);
                }
            }
            if others.len() < own.len() && is_dialling(watch, &others) {
                others
                    .iter()
                    .filter(|contact| contact.dials())
                    .for_each(&mut take);
            }
        }
        for (mark, sessions) in [
            (Marks::PEER_INITIATED, dialled),
            (Marks::PEER_CALLED, called),
        ] {
            if !sessions.is_empty() {
                findings.push(Finding { mark, sessions });
            }
        }
    }
}

/// Two ports that no service has, or the usual port of such a program on one side; no leftover of a conversation, since
/// a server's replies have one port on many ends as well.
fn is_candidate(brief: &Brief) -> bool {
    // Who asks about such a report hides the own address and nobody else's.
    let is_told = !brief.is_blurred() || is_leak(brief);
    if !matches!(brief.proto, proto::TCP | proto::UDP) || !is_told {
        return false;
    }
    let (Some(from), Some(to)) = (brief.client_port(), brief.service_port()) else {
        return false;
    };
    let is_free = |port: u16| {
        program(port).is_some()
            || port >= 1024
                && !ports::is_top(port)
                && !ports::is_named(brief.proto, port)
                && !TRACED.contains(&port)
    };
    let facts = brief.facts;
    let opened = Facts::SYN_A | Facts::SYN_B | Facts::TRACKED | Facts::ALLOWED;
    let is_leftover = brief.proto == proto::TCP
        && facts.any(Facts::MID_A | Facts::MID_B | Facts::LOST)
        && !facts.any(opened);
    is_free(from) && is_free(to) && !is_leftover
}

/// Which of its ends may be the machine in the middle: (initiator, responder).
fn middle(watch: Watch<'_>, brief: &Brief) -> (bool, bool) {
    match brief.direction {
        Direction::Outbound | Direction::FromFirewall | Direction::Internal => (true, false),
        // A public machine that dials private addresses reads like a visitor of ours.
        Direction::Inbound | Direction::ToFirewall => {
            (is_leak(brief) && !brief.facts.has(Facts::DENIED), true)
        }
        Direction::Group => (false, false),
        Direction::Transit | Direction::Unknown => {
            let roles = &watch.data.roles;
            let ours = |host: Host| roles.of(host) == Role::Ours;
            match (ours(brief.initiator), ours(brief.responder)) {
                (false, true) => (is_leak(brief) && !brief.facts.has(Facts::DENIED), true),
                (one, other) => (one || !other, other || !one),
            }
        }
    }
}

/// From an address that the world can reach, or a name, to one that it cannot.
pub fn is_leak(brief: &Brief) -> bool {
    let private = |host| {
        matches!(
            address::class(host),
            Class::Private | Class::Shared | Class::LinkLocal
        )
    };
    matches!(address::class(brief.initiator), Class::Public | Class::Name)
        && private(brief.responder)
}

fn contact(watch: Watch<'_>, idx: u32, initiated: bool) -> Option<Contact> {
    let (brief, session) = (
        &watch.scene.briefs[idx as usize],
        &watch.data.sessions[idx as usize],
    );
    let from_initiator = (session.asked == Asked::FromA) != (session.side == Side::B);
    // An answer of the machine in the middle tells nothing of who looks for whom.
    if brief.is_decided() && !initiated && !from_initiator {
        return None;
    }
    let mut bits = 0;
    for (bit, set) in [
        (DIALS, from_initiator == initiated),
        (UDP, brief.proto == proto::UDP),
        (DENIED, brief.facts.has(Facts::DENIED)),
        (INITIATED, initiated),
        (IN_SCAN, watch.scene.marks[idx as usize].has(Marks::SCAN)),
    ] {
        bits |= if set { bit } else { 0 };
    }
    let (hub, hub_port, peer, peer_port) = (
        brief.initiator,
        brief.initiator_port,
        brief.responder,
        brief.responder_port,
    );
    let (hub, hub_port, peer, peer_port) = if initiated {
        (hub, hub_port, peer, peer_port)
    } else {
        (peer, peer_port, hub, hub_port)
    };
    Some(Contact {
        hub,
        peer,
        session: idx,
        hub_port,
        peer_port,
        bits,
    })
}

/// How many peers, ports of theirs, networks of theirs, and ports of the machine in the middle.
#[derive(Default)]
struct Spread {
    peers: usize,
    peer_ports: usize,
    networks: usize,
    hub_ports: usize,
}

impl Spread {
    fn of(contacts: &[&Contact], width: u32) -> Spread {
        let distinct = |key: &dyn Fn(&Contact) -> Host| {
            let mut list: Vec<Host> = contacts.iter().map(|contact| key(contact)).collect();
            list.order();
            list.dedup();
            list.len()
        };
        Spread {
            peers: distinct(&|contact| contact.peer),
            peer_ports: distinct(&|contact| Host::v4(u32::from(contact.peer_port))),
            networks: distinct(&|contact| network(contact.peer, width)),
            hub_ports: distinct(&|contact| Host::v4(u32::from(contact.hub_port))),
        }
    }

    fn has_own_ports(&self) -> bool {
        self.peer_ports * 100 >= self.peers * DISTINCT_PORTS
    }

    fn is_unrelated(&self) -> bool {
        self.networks * 100 >= self.peers * DISTINCT_NETWORKS || self.networks >= MANY_NETWORKS
    }
}

/// It calls many unrelated machines, each at a port of its own or at the usual port of such programs, and with many
/// ports: a server that answers does so with one.
fn is_dialling(watch: Watch<'_>, own: &[Contact]) -> bool {
    let dials: Vec<&Contact> = own.iter().filter(|contact| contact.dials()).collect();
    if dials.len() < MIN_PEERS || !is_busy(watch, &dials) {
        return false;
    }
    let all = Spread::of(&dials, 16);
    if all.peers >= MIN_PEERS
        && all.has_own_ports()
        && all.is_unrelated()
        && all.hub_ports * 2 >= all.peers
    {
        return true;
    }
    let known: Vec<&Contact> = dials
        .into_iter()
        .filter(|contact| program(contact.peer_port).is_some())
        .collect();
    let known = Spread::of(&known, 16);
    known.peers >= MIN_PEERS && known.is_unrelated()
}

/// Enough peers at a time: in the course of a day everybody meets some odd ports.
fn is_busy(watch: Watch<'_>, dials: &[&Contact]) -> bool {
    let mut sessions: Vec<(u32, Host)> = dials
        .iter()
        .map(|contact| (contact.session, contact.peer))
        .collect();
    sessions.order();
    let dialled: Vec<(Micros, Host)> = sessions
        .into_iter()
        .map(|(at, peer)| (watch.data.sessions[at as usize].first, peer))
        .collect();
    attempts::reaches(&dialled, TOGETHER_US, MIN_PEERS)
}

/// It calls private addresses that lead nowhere from a public one.
fn is_misled(own: &[Contact]) -> bool {
    let lost: Vec<&Contact> = own
        .iter()
        .filter(|contact| contact.dials() && contact.bits & INITIATED != 0)
        .filter(|contact| {
            matches!(address::class(contact.hub), Class::Public | Class::Name)
                && matches!(
                    address::class(contact.peer),
                    Class::Private | Class::Shared | Class::LinkLocal
                )
        })
        .collect();
    if lost.len() < MIN_PRIVATE {
        return false;
    }
    let all = Spread::of(&lost, 24);
    let is_udp = |contact: &&Contact| contact.bits & UDP != 0;
    let both = lost.iter().any(is_udp) && !lost.iter().all(is_udp);
    let own_ports = all.peer_ports >= all.peers && (all.networks >= 2 || both);
    // Many partners of one program keep its usual port; they live in networks of any kind, which a search does not.
    let anywhere = all.peers >= MIN_PEERS
        && Spread::of(&lost, 16).is_unrelated()
        && Spread::of(&lost, 8).networks >= 2;
    all.peers >= MIN_PRIVATE && (own_ports || anywhere)
}

/// Many machines meet at one of its ports.
fn is_listening(watch: Watch<'_>, contacts: &[Contact], n_own: usize) -> bool {
    let all: Vec<&Contact> = contacts
        .iter()
        .filter(|contact| contact.bits & IN_SCAN == 0 || contact.dials())
        .collect();
    let (Some(first), true) = (all.first(), all.len() >= MIN_PEERS) else {
        return false;
    };
    let spread = Spread::of(&all, 16);
    if spread.peers < MIN_PEERS || !spread.is_unrelated() {
        return false;
    }
    let n = |bit: u8| all.iter().filter(|contact| contact.bits & bit != 0).count();
    let (n_udp, n_dials, n_denied) = (n(UDP), n(DIALS), n(DENIED));
    let port = first.hub_port;
    let is_known = program(port).is_some();
    let called_only = n_dials == 0;
    let signs = [
        is_known,
        n_udp > 0 && n_udp < all.len(),
        n_dials > 0 && n_dials < all.len(),
        n_udp > 0 && spread.has_own_ports(),
        // Nobody offers anything there, and still they call.
        called_only && n_denied == all.len(),
    ];
    let n_signs = signs.into_iter().filter(|sign| *sign).count();
    let is_most = all.len() * 2 >= n_own;
    if !called_only {
        return n_signs >= 2;
    }
    // Strangers try every port now and then; at this one they are many at a time, or nearly all there are.
    if !is_known && ports::note(proto::TCP, port).is_some() {
        return false;
    }
    let calls: Vec<(Micros, Host)> = all
        .iter()
        .map(|contact| {
            (
                watch.data.sessions[contact.session as usize].first,
                contact.peer,
            )
        })
        .collect();
    let at_once = attempts::reaches(&calls, TOGETHER_US, SURE_PEERS);
    if n_udp == 0 && !is_known {
        return is_most && n_denied == all.len() && port >= FIRST_LIKELY_PORT;
    }
    n_signs >= 2 && (is_most || at_once)
}

/// The machine in the middle and whether it is the initiator.
pub fn hub(scene: &Scene, idx: u32) -> (Host, bool) {
    let brief = &scene.briefs[idx as usize];
    if scene.marks[idx as usize].has(Marks::PEER_INITIATED) {
        (brief.initiator, true)
    } else {
        (brief.responder, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::verdict::fixture::{Note, Stage, allowed, denied};

    fn marked(stage: &Stage) -> usize {
        let mut scene = Scene::of(&stage.data);
        super::super::mark(&stage.data, &mut scene);
        scene
            .marks
            .iter()
            .filter(|marks| marks.has(Marks::PEER_INITIATED | Marks::PEER_CALLED))
            .count()
    }

    /// A machine of ours at `from` and machines elsewhere, each with the port that `to` gives.
    fn dials(n: u32, from: impl Fn(u32) -> u32, to: impl Fn(u32) -> u32, note: Note) -> Stage {
        let mut stage = Stage::new();
        for nth in 0..n {
            stage.tcp(
                &format!("10.0.5.9:{}", from(nth)),
                &format!("203.{}.113.{}:{}", nth % 200, nth % 250 + 1, to(nth)),
                Side::A,
                Direction::Outbound,
                &[Note {
                    at_s: f64::from(nth),
                    ..note
                }],
            );
        }
        stage
    }

    fn calls(n: u32, number: u8, port: u16, note: Note) -> Stage {
        let mut stage = Stage::new();
        for nth in 0..n {
            stage.add(
                number,
                &format!(
                    "203.{}.113.{}:{}",
                    nth % 200,
                    nth % 250 + 1,
                    20_003 + nth * 977 % 40_000
                ),
                &format!("192.0.2.10:{port}"),
                Side::A,
                150,
                Direction::Inbound,
                &[Note {
                    at_s: f64::from(nth),
                    ..note
                }],
            );
        }
        stage
    }

    #[test]
    fn many_unrelated_machines_each_at_a_port_of_its_own() {
        let opening = denied(0.0, true, "S");
        let high = |nth: u32| 50_001 + nth * 37 % 15_000;
        assert_eq!(marked(&dials(6, |nth| 50_000 + nth, high, opening)), 6);
        assert_eq!(marked(&dials(4, |nth| 50_000 + nth, high, opening)), 0);
        assert_eq!(marked(&dials(300, |nth| 50_000 + nth, high, opening)), 300);
        assert_eq!(
            marked(&dials(8, |nth| 50_000 + nth, |_| 6881, opening)),
            8,
            "the usual port of such programs"
        );
    }

    #[test]
    fn odd_ports_in_the_course_of_a_day_are_none() {
        let every = |pause_s: u32| {
            let mut stage = Stage::new();
            for nth in 0..6 {
                stage.tcp(
                    &format!("10.0.5.9:{}", 50_000 + nth),
                    &format!("203.{nth}.113.7:{}", 17_843 + nth * 977),
                    Side::A,
                    Direction::Outbound,
                    &[allowed(f64::from(nth * pause_s), true, "S")],
                );
            }
            marked(&stage)
        };
        assert_eq!((every(60), every(7200)), (6, 0));
    }

    #[test]
    fn a_client_of_many_web_servers_is_none() {
        let opening = denied(0.0, true, "S");
        assert_eq!(marked(&dials(60, |nth| 50_000 + nth, |_| 443, opening)), 0);
        assert_eq!(
            marked(&dials(60, |nth| 50_000 + nth, |_| 23_456, opening)),
            0,
            "one port on many machines is a search for that port"
        );
    }

    #[test]
    fn a_flood_of_replies_is_none() {
        let high = |nth: u32| 50_001 + nth * 7;
        assert_eq!(
            marked(&dials(60, |_| 443, high, denied(0.0, true, "PA"))),
            0
        );
        assert_eq!(
            marked(&dials(60, |_| 24_800, high, denied(0.0, true, "PA"))),
            0
        );
        assert_eq!(
            marked(&dials(60, |_| 24_800, high, denied(0.0, true, ""))),
            0,
            "one port of ours and nothing else that speaks for it"
        );
    }

    #[test]
    fn a_search_through_neighbours_is_none() {
        let mut stage = Stage::new();
        for nth in 0..60 {
            stage.tcp(
                &format!("10.0.5.9:{}", 50_000 + nth),
                &format!("198.51.100.{}:{}", nth + 1, 20_001 + nth * 977 % 30_000),
                Side::A,
                Direction::Outbound,
                &[denied(f64::from(nth), true, "S")],
            );
        }
        assert_eq!(marked(&stage), 0);
    }

    #[test]
    fn strangers_who_knock_at_one_high_port_after_the_program_ended() {
        let datagram = denied(0.0, true, "");
        let opening = denied(0.0, true, "S");
        assert_eq!(marked(&calls(7, proto::UDP, 28_943, datagram)), 7);
        assert_eq!(marked(&calls(7, proto::TCP, 28_943, opening)), 7);
        assert_eq!(marked(&calls(7, proto::TCP, 6881, opening)), 7);
        assert_eq!(
            marked(&calls(7, proto::TCP, 8291, opening)),
            0,
            "a port that strangers look for"
        );
        assert_eq!(marked(&calls(60, proto::TCP, 443, opening)), 0);
        assert_eq!(
            marked(&calls(60, proto::UDP, 28_943, allowed(0.0, true, ""))),
            0,
            "a service of ours"
        );
    }

    #[test]
    fn noise_at_all_ports_is_none() {
        let mut stage = Stage::new();
        for nth in 0..2000 {
            stage.tcp(
                &format!("203.{}.113.{}:{}", nth % 200, nth % 250 + 1, 40_000 + nth),
                &format!("192.0.2.10:{}", 10_001 + nth * 7919 % 200),
                Side::A,
                Direction::Inbound,
                &[denied(f64::from(nth) * 60.0, true, "S")],
            );
        }
        assert_eq!(marked(&stage), 0);
    }

    #[test]
    fn a_public_machine_that_dials_private_addresses() {
        let mut stage = Stage::new();
        for (nth, peer) in [
            "100.89.127.19:41542",
            "192.168.50.36:52199",
            "10.4.1.15:51061",
        ]
        .into_iter()
        .enumerate()
        {
            let note = Note {
                action: crate::engine::model::Action::Unknown,
                ..allowed(nth as f64, true, "")
            };
            stage.tcp(
                &format!("95.217.199.24:{}", 44_000 + nth),
                peer,
                Side::Unknown,
                Direction::Unknown,
                &[note],
            );
        }
        assert_eq!(marked(&stage), 3);
    }
}
