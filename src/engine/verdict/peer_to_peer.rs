//! V17: a program that talks to its like on machines all over the world.
//!
//! Sees     What the detector of that name marked.
//! Matters  Hardly as such, but it is routinely taken for a scan, of ours or by others, and some networks forbid it.
//! Misses   Peers behind the ports of services.

use super::Rule;
use super::group::{Group, Trait};
use super::scene::{Case, Marks};
use crate::engine::dataset::{Asked, Band, Facts, Incident, Outcome, Severity, Side, Verdict};
use crate::engine::detect::peer_to_peer::{SURE_PEERS, hub, is_leak, program};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;
use crate::engine::judge::Role;
use crate::engine::model::Host;
use crate::engine::model::order::Order;

/// What the pattern is worth: with ten peers, and with fewer.
const SURE_MILLI: u16 = 950;
const LIKELY_MILLI: u16 = 800;

/// The specification lays this verdict over others. Here it is a session's own where the pattern holds, before late
/// answers, scans and blocked or allowed connections (which stay under "also"): each of these is true of the single
/// connection and misleading about the whole. "Your machine tried 300 doors, look at it" or "300 strangers tried to get
/// in" is what people misread such logs for. Where the hard rules decide (errors, impossible packets, forged senders,
/// replies to openings), those stay.
pub struct PeerToPeer;

impl Rule for PeerToPeer {
    fn verdict(&self) -> Verdict {
        Verdict::PeerToPeer
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        case.marks.has(Marks::PEER_INITIATED | Marks::PEER_CALLED)
    }

    fn outcome(&self, case: &Case<'_>) -> Outcome {
        if case.has(Facts::DENIED) {
            Outcome::Blocked
        } else if case.has(Facts::UNANSWERED) && !case.has(Facts::ANSWERED) {
            Outcome::Unanswered
        } else if case.has(Facts::ALLOWED) {
            Outcome::Worked
        } else {
            Outcome::Unknown
        }
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::Look
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let seen = Seen::of(group);
        let n_peers = seen.peers.len() as u64;
        incident.numbers.insert("peers", n_peers as i64);
        let sure = seen.peers.len() >= SURE_PEERS;
        let milli = if sure { SURE_MILLI } else { LIKELY_MILLI };
        (incident.p_milli, incident.band) =
            (milli, Some(if sure { Band::High } else { Band::Medium }));
        let names = &group.data.names;
        let ours = group.data.roles.of(seen.hub) == Role::Ours;
        let name = words::hosts(&[seen.hub], 1, names);
        let middle = if ours {
            format!("your machine {name}")
        } else {
            name
        };
        let machines = words::count(n_peers, "machine", "machines");
        let kind = match seen.program {
            Some((port, program)) => {
                incident.numbers.insert("program_port", i64::from(port));
                format!("{program} (usual port {port})")
            }
            None => "file sharing, calls or a digital currency".into(),
        };
        let refused = group.n_packets > 0 && group.tally(Trait::Allowed).n == 0;
        let is = if sure { "is" } else { "is probably" };
        let start = words::capital(&middle);
        (incident.headline, incident.sentence) = if seen.n_dialled == 0 {
            let door = seen.port.map_or("a few high ports".into(), |port| {
                incident.numbers.insert("hub_port", i64::from(port));
                format!("port {port}")
            });
            (
                format!(
                    "{machines} knocked at {door} of {middle}: this {is} peer-to-peer traffic, no attack."
                ),
                format!(
                    "{machines} from unrelated networks called {door} of {middle}, which belongs to no common service. \
                     Programs for {kind} tell their partners such a port, and partners go on calling for hours after the \
                     program has ended or the address has changed hands. They started this, and it is harmless."
                ),
            )
        } else if seen.n_leaks * 2 >= group.n() {
            incident.numbers.insert("private", seen.n_private as i64);
            (
                format!(
                    "{start} started this: it called private addresses that its partners gave it; this {is} peer-to-peer \
                     traffic, no scan."
                ),
                format!(
                    "{start} opened {} to {machines}, {}; {} of these {} in private or carrier networks, \
                     which cannot be reached from there. A program for {kind} does that when its \
                     partners announce their inner addresses. To stop it, forbid such addresses in that program or at the \
                     machine's own firewall.",
                    words::count(group.n(), "connection", "connections"),
                    if seen.n_peer_ports >= n_peers {
                        "each at another high port"
                    } else {
                        "all at ports of no common service"
                    },
                    words::number(seen.n_private),
                    words::plural(seen.n_private, "is", "are")
                ),
            )
        } else {
            (
                format!(
                    "{start} {} directly to {machines}, as programs for file sharing, calls or digital currencies do; \
                     this {is} peer-to-peer traffic, no scan.",
                    if refused { "tries to talk" } else { "talks" }
                ),
                format!(
                    "{start} {} {machines} in unrelated networks, nearly each at another port that \
                     belongs to no service ({}). A program for {kind} does that; a scan would try one port on many \
                     machines, or many ports on one. If such a program is wanted there, nothing needs to be done.",
                    if refused {
                        "was not allowed to reach"
                    } else {
                        "exchanged packets with"
                    },
                    words::count(group.n(), "connection", "connections"),
                ),
            )
        };
        let text = format!(
            "{machines}, {} of theirs and {} of {}; no port of a common service among them.",
            words::count(seen.n_peer_ports, "port", "different ports"),
            words::count(seen.n_hub_ports, "port", "ports"),
            middle
        );
        incident
            .evidence_for
            .push(group.stated("many_peers", 0, text));
        if seen.both {
            let text =
                "The same machine does so by both transports, TCP and UDP, as such programs do."
                    .into();
            incident
                .evidence_for
                .push(group.stated("both_transports", 0, text));
        }
        if !sure {
            let text =
                format!("These are only {machines}; the pattern needs more of them to be sure.");
            incident
                .evidence_against
                .push(group.stated("few_peers", 0, text));
        }
        incident.alternatives.push(
            if seen.n_dialled == 0 {
                "A search for a rare service at this port looks the same; then the callers would try the neighbouring \
                 addresses as well."
            } else {
                "A program that searches for open doors at random looks alike, but rarely finds anybody; the list of \
                 running programs tells."
            }
            .into(),
        );
        if ours || seen.n_dialled > 0 {
            checks::look(
                incident,
                "on the machine in the middle",
                "ss -tunap",
                "Names the program that holds these ports (Windows: netstat -anob); none means that it has ended.",
            );
        }
        checks::add(group, incident, &[Topic::Rules]);
    }
}

/// What the sessions of one machine show.
struct Seen {
    hub: Host,
    peers: Vec<Host>,
    program: Option<(u16, &'static str)>,
    /// Its own port, where all calls went to one.
    port: Option<u16>,
    n_dialled: u64,
    n_leaks: u64,
    /// Peers with private addresses.
    n_private: u64,
    n_peer_ports: u64,
    n_hub_ports: u64,
    both: bool,
}

impl Seen {
    fn of(group: &Group<'_>) -> Seen {
        let mut seen = Seen {
            hub: Host::NONE,
            peers: Vec::new(),
            program: None,
            port: None,
            n_dialled: 0,
            n_leaks: 0,
            n_private: 0,
            n_peer_ports: 0,
            n_hub_ports: 0,
            both: false,
        };
        let (mut private, mut peer_ports, mut hub_ports) = (Vec::new(), Vec::new(), Vec::new());
        let mut n_tcp = 0;
        for idx in group.sessions {
            let brief = &group.scene.briefs[*idx as usize];
            let (hub, initiated) = hub(group.scene, *idx);
            let (peer, hub_port, peer_port) = if initiated {
                (brief.responder, brief.initiator_port, brief.responder_port)
            } else {
                (brief.initiator, brief.responder_port, brief.initiator_port)
            };
            seen.hub = hub;
            seen.peers.push(peer);
            hub_ports.push(Host::v4(u32::from(hub_port)));
            peer_ports.push(Host::v4(u32::from(peer_port)));
            // What the log shows came from the peer, and nothing hard says that it is an answer: the peer calls.
            let session = &group.data.sessions[*idx as usize];
            let is_sender = (session.asked == Asked::FromA) != (session.side == Side::B);
            let calls = is_sender == initiated || session.tier <= 3;
            seen.n_dialled += u64::from(initiated && calls);
            if initiated && is_leak(brief) {
                seen.n_leaks += 1;
                private.push(peer);
            }
            n_tcp += u64::from(brief.proto == crate::engine::model::proto::TCP);
            seen.program = seen.program.or_else(|| {
                [hub_port, peer_port]
                    .into_iter()
                    .find_map(|port| program(port).map(|name| (port, name)))
            });
            seen.port = Some(hub_port);
        }
        seen.both = n_tcp > 0 && n_tcp < group.n();
        for list in [
            &mut seen.peers,
            &mut private,
            &mut peer_ports,
            &mut hub_ports,
        ] {
            list.order();
            list.dedup();
        }
        seen.n_private = private.len() as u64;
        seen.n_peer_ports = peer_ports.len() as u64;
        seen.n_hub_ports = hub_ports.len() as u64;
        seen.port = seen.port.filter(|_| hub_ports.len() == 1);
        seen
    }
}
