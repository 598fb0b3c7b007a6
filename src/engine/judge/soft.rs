//! Soft evidence: ports, fans, known services, bytes, history (tier 5, domain §5.3), and the prior (§5.2).
//! One term per group, the strongest that applies.

use super::address;
use super::base::{Base, End};
use super::hard::Hard;
use super::term::{Term, Terms};
use super::weights::{
    EARLIER_FLOW, FTP_DATA_RECEIVER, FTP_DATA_SENDER, HISTORY, KNOWN, MANY_BYTES, MIDDLE_RANGE,
    MOST_BYTES, NAMED, PRIOR_ALLOW, PRIOR_DROP, PRIOR_DROP_INBOUND, PRIVILEGED, SOME_BYTES,
    STRANGER, TOP, UPPER_RANGE, WELL_KNOWN,
};
use crate::engine::dataset::{Dataset, Facts, Session, Side};
use crate::engine::model::{Action, Endpoint, Kind, Micros, ports, proto};
use crate::engine::session::beat::{Class, NO_COUNT, NO_TIME};

/// Senders of more than this to a port are talking to a service that receives: mail, logs, printing.
const UPLOADS: [u16; 6] = [25, 465, 587, 514, 9100, 873];

/// Of the most common services those that answer datagrams; the others are only ever somebody's own port there.
const TOP_OF_DATAGRAMS: [u16; 6] = [53, 123, 161, 389, 443, 514];
/// Partners that exchange keys speak from one port to the same, and their first message is long.
const KEY_EXCHANGE: [u16; 2] = [500, 4500];
/// Servers that are asked from the very port they answer at: what is refused there is as often an answer as a question.
const ASKED_FROM_THE_SAME: [u16; 2] = [53, 123];

/// What the soft evidence of a session comes to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Soft {
    /// 1/100 nat, positive: `a` initiated. Without the prior.
    pub score: i32,
    /// Only the port ranges speak, and they never decide alone (domain §0.14).
    pub only_ranges: bool,
}

/// How often the sender of the first logged packet is the initiator, when nothing hard is known: 1/100 nat, positive:
/// `a` initiated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Prior {
    pub usual: i16,
    /// Where `a` is theirs and `b` is ours.
    pub inbound: i16,
}

impl Prior {
    fn of(weight: i32) -> Prior {
        Prior {
            usual: weight as i16,
            inbound: weight as i16,
        }
    }
}

/// `hard` is the session's own hard evidence: a session does not confirm itself. `services`: those that a person has
/// named.
pub fn collect(
    data: &Dataset,
    base: &Base,
    services: &[(u8, u16)],
    session: &Session,
    hard: Hard,
    terms: &mut impl Terms,
) -> Soft {
    let number = session.proto(data);
    if !matches!(
        number,
        proto::TCP | proto::UDP | proto::SCTP | proto::UDPLITE | proto::DCCP | proto::UNKNOWN
    ) {
        return Soft::default();
    }
    let (a, b) = session.ends(data);
    let mut sum = 0;
    let mut n_terms = 0;
    let mut add = |term: Option<Term>| {
        if let Some(term) = term.filter(|term| term.weight > 0) {
            sum += term.signed();
            n_terms += 1;
            terms.add(term);
        }
    };
    let own = (hard.tier <= 2).then_some(hard.side);
    let port =
        reset_term(data, session, number, a, b).or_else(|| port_term(number, a, b, base, services));
    let only_ranges = port.is_some_and(|term| matches!(term.id, "P3a" | "P3b"));
    add(port);
    let ends = Ends {
        a: base.end(session.a_end),
        b: base.end(session.b_end),
    };
    for term in fan_and_known(number, a, b, base, ends, own) {
        add(term);
    }
    add(bytes_term(session, a, b));
    if [ends.a, ends.b]
        .into_iter()
        .flatten()
        .any(End::occurs_often)
    {
        add(history_term(number, a, b, base));
    }
    Soft {
        score: sum,
        only_ranges: only_ranges && n_terms == 1,
    }
}

/// A reset answers what came to a door that nobody opened, also where the knock came from a service's port: no program
/// of one's own would have picked either of two such ports.
fn reset_term(
    data: &Dataset,
    session: &Session,
    number: u8,
    a: Endpoint,
    b: Endpoint,
) -> Option<Term> {
    let is_door = |end: Endpoint| end.port.is_some_and(|port| port < 1024 && port != 20);
    if number != proto::TCP || !is_door(a) || !is_door(b) || a.port == b.port {
        return None;
    }
    let beats = session.beats(data);
    let from_a = session.is_from_a(beats.first()?);
    let only_resets = beats.iter().all(|beat| {
        !beat.is_about_error() && beat.class() == Class::Rst && session.is_from_a(beat) == from_a
    });
    let opener = if from_a { Side::B } else { Side::A };
    only_resets.then(|| Term::soft("P4", NAMED, opener, 0))
}

/// Group P. The side with the service-like port is the responder; the other one initiated.
fn port_term(
    number: u8,
    a: Endpoint,
    b: Endpoint,
    base: &Base,
    services: &[(u8, u16)],
) -> Option<Term> {
    let (a_port, b_port) = match (a.port, b.port) {
        (Some(a_port), Some(b_port)) => (a_port, b_port),
        // With one port hidden, a well-known port still names its side.
        (None, Some(port)) if ports::is_top(port) => {
            return Some(Term::soft("P1a", TOP, Side::A, 0));
        }
        (Some(port), None) if ports::is_top(port) => {
            return Some(Term::soft("P1a", TOP, Side::B, 0));
        }
        (None, Some(port)) if ports::is_named(number, port) => {
            return Some(Term::soft("P1b", NAMED, Side::A, 0));
        }
        (Some(port), None) if ports::is_named(number, port) => {
            return Some(Term::soft("P1b", NAMED, Side::B, 0));
        }
        _ => return None,
    };
    if a_port == 20 && number == proto::TCP && b_port != 20 {
        return Some(Term::soft("P4", FTP_DATA_SENDER, Side::A, 0));
    }
    if b_port == 20 && number == proto::TCP && a_port != 20 {
        return Some(Term::soft("P4", FTP_DATA_RECEIVER, Side::B, 0));
    }
    match (a_port, b_port) {
        (68, 67) | (546, 547) => return Some(Term::soft("P4", TOP, Side::A, 0)),
        (67, 68) | (547, 546) => return Some(Term::soft("P4", TOP, Side::B, 0)),
        _ if a_port == b_port => return None,
        _ => {}
    }
    let one_of = |id: &'static str, weight: i32, a_has: bool, b_has: bool| match (a_has, b_has) {
        (false, true) => Some(Some(Term::soft(id, weight, Side::A, 0))),
        (true, false) => Some(Some(Term::soft(id, weight, Side::B, 0))),
        (true, true) => Some(None),
        (false, false) => None,
    };
    let is_top = |port: u16, other: u16| {
        let is_sender_only = number == proto::UDP
            && !TOP_OF_DATAGRAMS.contains(&port)
            && (TOP_OF_DATAGRAMS.contains(&other) || has_name(number, other));
        ports::is_top(port) && !is_sender_only
    };
    let tops = (is_top(a_port, b_port), is_top(b_port, a_port));
    if let Some(term) = one_of("P1a", TOP, tops.0, tops.1) {
        return term;
    }
    let is_named = |port: u16| {
        has_name(number, port)
            || services.contains(&(number, port))
            || (port != 20 && base.is_confirmed_port(number, port))
    };
    if let Some(term) = one_of("P1b", NAMED, is_named(a_port), is_named(b_port)) {
        return term;
    }
    let is_low = |port: u16| port < 1024 && port != 20;
    if let Some(term) = one_of("P2", PRIVILEGED, is_low(a_port), is_low(b_port)) {
        return term;
    }
    let is_middle = |port: u16| (1024..=32767).contains(&port);
    if let Some(term) = one_of("P3a", MIDDLE_RANGE, is_middle(a_port), is_middle(b_port)) {
        return term;
    }
    let is_lower_half = |port: u16| (32768..=49151).contains(&port);
    one_of(
        "P3b",
        UPPER_RANGE,
        is_lower_half(a_port),
        is_lower_half(b_port),
    )
    .flatten()
}

/// The port of a service that has a name. By datagrams, peers call from the very port at which they are called.
fn has_name(number: u8, port: u16) -> bool {
    let of_peers = number == proto::UDP && ports::peer_program(port).is_some();
    // Scanners send from X11's port; displays answer nobody on the internet.
    !of_peers && port != 6000 && ports::is_named(number, port)
}

/// Groups F and K; where both apply, the larger and half of the other.
fn fan_and_known(
    number: u8,
    a: Endpoint,
    b: Endpoint,
    base: &Base,
    ends: Ends<'_>,
    own: Option<Side>,
) -> [Option<Term>; 2] {
    let fan = fan_term(number, a, b, base, ends);
    let known = known_term(ends, own);
    match (fan, known) {
        (Some(mut fan), Some(mut known)) if fan.toward == known.toward => {
            if fan.weight > known.weight {
                known.weight /= 2;
            } else {
                fan.weight /= 2;
            }
            [Some(fan), Some(known)]
        }
        both => both.into(),
    }
}

/// What is known of both ends; endpoints of one session are in no table.
#[derive(Clone, Copy)]
struct Ends<'d> {
    a: Option<&'d End>,
    b: Option<&'d End>,
}

fn fan_term(number: u8, a: Endpoint, b: Endpoint, base: &Base, ends: Ends<'_>) -> Option<Term> {
    let server_like = |endpoint: Endpoint, peer: Side, end: Option<&End>| {
        let fan = end?.fan.filter(|fan| fan.is_server_like)?;
        let port = endpoint.port?;
        let listed = ports::is_top(port) || has_name(number, port) || port < 1024;
        let weight = if listed {
            fan.weight
        } else {
            (fan.weight / 2).min(150)
        };
        Some(Term::soft("F1", weight, peer, fan.n_peers))
    };
    let sweep_like = |end: Endpoint, side: Side| {
        let fan = base.sweep(number, end.host)?;
        Some(Term::soft("F2", fan.weight, side, fan.n_peers))
    };
    [
        server_like(a, Side::B, ends.a),
        server_like(b, Side::A, ends.b),
        sweep_like(a, Side::A),
    ]
    .into_iter()
    .flatten()
    .reduce(|best, term| {
        if term.weight > best.weight {
            term
        } else {
            best
        }
    })
}

fn known_term(ends: Ends<'_>, own: Option<Side>) -> Option<Term> {
    let known = |end: Option<&End>, peer: Side| {
        let n = end?.known.n_confirmed;
        // This session's initiator is `peer` by its own hard evidence, so it is one of those that are counted.
        let n = n.saturating_sub(u32::from(own == Some(peer)));
        let weight = match n {
            0 => return None,
            1..=2 => KNOWN,
            _ => WELL_KNOWN,
        };
        Some(Term::soft("K", weight, peer, n))
    };
    match (known(ends.a, Side::B), known(ends.b, Side::A)) {
        // Both ends are services: no signal.
        (Some(_), Some(_)) => None,
        (left, right) => left.or(right),
    }
}

fn bytes_term(session: &Session, a: Endpoint, b: Endpoint) -> Option<Term> {
    if session.bytes_a == NO_COUNT
        || session.bytes_b == NO_COUNT
        || session.facts.has(Facts::DENIED)
    {
        return None;
    }
    if [a.port, b.port]
        .into_iter()
        .flatten()
        .any(|port| UPLOADS.contains(&port))
    {
        return None;
    }
    let weight = match session.bytes_a.saturating_add(session.bytes_b) {
        0..1_000 => return None,
        1_000..10_000 => SOME_BYTES,
        10_000..100_000 => MANY_BYTES,
        _ => MOST_BYTES,
    };
    match session.bytes_a.cmp(&session.bytes_b) {
        std::cmp::Ordering::Less => Some(Term::soft("B", weight, Side::A, 0)),
        std::cmp::Ordering::Greater => Some(Term::soft("B", weight, Side::B, 0)),
        std::cmp::Ordering::Equal => None,
    }
}

fn history_term(number: u8, a: Endpoint, b: Endpoint, base: &Base) -> Option<Term> {
    let found = |port: Option<u16>| base.history(number, a.host, b.host, port?);
    let initiator = found(b.port).or_else(|| found(a.port))?;
    let side = if initiator == a.host {
        Side::A
    } else {
        Side::B
    };
    Some(Term::soft("H", HISTORY, side, 0))
}

/// The prior of a session, whatever the roles of its ends turn out to be.
pub fn prior(data: &Dataset, session: &Session) -> Prior {
    let beats = session.beats(data);
    let number = session.proto(data);
    let Some(first) = beats.iter().find(|beat| !beat.is_about_error()) else {
        // Who sent the datagram that a report quotes spoke first more often than not.
        let from_a = beats.first().is_some_and(|beat| session.is_from_a(beat));
        let weight = if from_a { PRIOR_DROP } else { -PRIOR_DROP };
        return Prior::of(if number == proto::UDP { weight } else { 0 });
    };
    let (a, b) = session.ends(data);
    // An alarm that names one machine and no port says nothing of who called.
    if a.port.or(b.port).is_none() && (a.host.is_blurred() || b.host.is_blurred()) {
        return Prior::default();
    }
    let is_like_answer = match (a.port, b.port) {
        (_, Some(b)) => a.port.is_none_or(|a| a < 32768) && b >= 32768,
        // A later part of a datagram; answers are the longer ones.
        _ => proto::has_ports(number),
    };
    match first.kind() {
        Kind::FlowUni | Kind::FlowBi => Prior::of(flow_prior(data, session)),
        Kind::Control | Kind::Gap => Prior::default(),
        _ if session.facts.any(Facts::FLAGS | Facts::LOST) => Prior::default(),
        _ if session.facts.has(Facts::DATA) && !is_between(data, session, KEY_EXCHANGE) => Prior {
            inbound: if number == proto::UDP && !is_like_answer {
                STRANGER as i16
            } else {
                0
            },
            ..Prior::default()
        },
        _ => match first.action() {
            Action::Drop | Action::Reject if is_between(data, session, ASKED_FROM_THE_SAME) => {
                // Nobody outside can ask a private address; it gets answers.
                let is_private = address::class(b.host) == address::Class::Private;
                Prior {
                    inbound: if is_private { -STRANGER as i16 } else { 0 },
                    ..Prior::default()
                }
            }
            Action::Drop | Action::Reject => Prior {
                inbound: PRIOR_DROP_INBOUND as i16,
                ..Prior::of(PRIOR_DROP)
            },
            Action::Allow | Action::Start | Action::Close | Action::Timeout | Action::Reset => {
                Prior::of(PRIOR_ALLOW)
            }
            Action::Unknown
                if !matches!(number, proto::TCP | proto::UNKNOWN) && !is_like_answer =>
            {
                Prior::of(STRANGER)
            }
            Action::Unknown | Action::Nat => Prior::default(),
        },
    }
}

/// Datagrams from one of these ports to the same.
fn is_between(data: &Dataset, session: &Session, at: [u16; 2]) -> bool {
    let (a, b) = session.ends(data);
    a.port == b.port
        && a.port.is_some_and(|port| at.contains(&port))
        && session.proto(data) == proto::UDP
}

/// Counters of one direction each: whose began earlier, by at least a second and the resolution of the stamps.
fn flow_prior(data: &Dataset, session: &Session) -> i32 {
    let mut begins: [Option<Micros>; 2] = [None, None];
    for beat in session.beats(data) {
        let at = crate::engine::session::join::begins(data, beat);
        if at != NO_TIME {
            let slot = &mut begins[usize::from(!session.is_from_a(beat))];
            *slot = Some(slot.map_or(at, |known| known.min(at)));
        }
    }
    let [Some(a), Some(b)] = begins else { return 0 };
    match a - b {
        ..=-1_000_000 => EARLIER_FLOW,
        1_000_000.. => -EARLIER_FLOW,
        _ => 0,
    }
}
