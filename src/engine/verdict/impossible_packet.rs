//! V10: a packet that no normal program sends.
//!
//! Sees     Flag combinations no network software produces, one end talking to itself, port 0, loopback or group
//!          addresses as sender, local addresses arriving from outside, and what the device itself calls forged.
//! Matters  A test tool, broken wiring, or a forged sender.
//! Misses   Forged packets that look normal.

use super::Rule;
use super::group::Group;
use super::local_discovery::is_local;
use super::scene::Case;
use crate::engine::dataset::{Dataset, Facts, Incident, Outcome, Session, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;
use crate::engine::judge::address;
use crate::engine::model::{Flags, FlagsScope, Host, IfRole, proto};
use crate::engine::session::beat::Beat;

pub struct ImpossiblePacket;

impl Rule for ImpossiblePacket {
    fn verdict(&self) -> Verdict {
        Verdict::ImpossiblePacket
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        if case.any(Facts::IMPOSSIBLE | Facts::SPOOF_SAID) {
            return true;
        }
        let brief = case.brief;
        let transport = matches!(brief.proto, proto::TCP | proto::UDP);
        if transport && (brief.client_port() == Some(0) || brief.service_port() == Some(0)) {
            return case.has(Facts::DENIED);
        }
        let (a, b) = (brief.initiator, brief.responder);
        let (a_class, b_class) = (address::class(a), address::class(b));
        let (a_loops, b_loops) = (
            a_class == address::Class::Loopback,
            b_class == address::Class::Loopback,
        );
        if a_loops != b_loops {
            return a_class != address::Class::Name && b_class != address::Class::Name;
        }
        if a == b {
            let real = !a.is_none() && !a.is_blurred() && !a_loops;
            return real && transport && brief.client_port() == brief.service_port();
        }
        // The sender's own account matters only where the address is one that outside cannot have.
        let local = |class| matches!(class, address::Class::Private | address::Class::LinkLocal);
        case.scene.knows_outside
            && case.has(Facts::DENIED)
            && (local(a_class) || local(b_class))
            && local_from_outside(case.data, case.session)
    }

    fn outcome(&self, case: &Case<'_>) -> Outcome {
        if case.has(Facts::DENIED) {
            Outcome::Blocked
        } else {
            Outcome::Noise
        }
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::Look
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let what = group
            .sessions
            .first()
            .map_or("it is malformed", |idx| reason(group, *idx));
        incident.headline = format!(
            "{} that no normal program sends: {what}.",
            words::capital(&words::count(
                group.n_packets.max(group.n()),
                "packet arrived",
                "packets arrived"
            ))
        );
        incident.sentence = format!(
            "{} from {} to {} cannot be ordinary traffic: {what}. A test tool, a broken device or a forged sender makes \
             such packets, so the sender's address proves nothing. The firewall is right to drop them; look for a loop or \
             wrong wiring if they come from inside.",
            words::capital(&words::count(group.n(), "exchange", "exchanges")),
            group.sources(),
            group.targets()
        );
        incident.numbers.insert("exchanges", group.n() as i64);
        incident.evidence_for.push(group.stated(
            "impossible",
            0,
            format!("{}.", words::capital(what)),
        ));
        incident.alternatives.push(
            "A wrong cable, a bridge or a second way between two networks can bring genuine packets to the wrong side of \
             the firewall; the hardware address in the packet would tell who really sent it."
                .into(),
        );
        checks::add(group, incident, &[Topic::Routes]);
    }
}

fn is_loopback(host: Host) -> bool {
    address::class(host) == address::Class::Loopback
}

/// A local address sent a packet that came in through an interface which the device calls outside.
fn local_from_outside(data: &Dataset, session: &Session) -> bool {
    let (a, b) = session.ends(data);
    session
        .beats(data)
        .iter()
        .filter(|beat| beat.action().is_denied())
        .any(|beat| {
            let sender = if session.is_from_a(beat) {
                a.host
            } else {
                b.host
            };
            let role = data
                .circumstances
                .get(&beat.setting)
                .map_or(IfRole::Unsaid, |setting| setting.in_role);
            role == IfRole::Wan && is_local(sender)
        })
}

fn reason(group: &Group<'_>, idx: u32) -> &'static str {
    let session = &group.data.sessions[idx as usize];
    let brief = &group.scene.briefs[idx as usize];
    if session.facts.has(Facts::IMPOSSIBLE) {
        let flags = session
            .beats(group.data)
            .iter()
            .filter(|beat| beat.flags_scope() == FlagsScope::Packet)
            .map(Beat::flags)
            .find(|flags| flags.impossible());
        return match flags {
            Some(flags) if flags.has(Flags::SYN | Flags::FIN) => {
                "it asks to open and to close at once"
            }
            Some(flags) if flags.has(Flags::SYN | Flags::RST) => {
                "it asks to open and to abort at once"
            }
            Some(flags) if flags.any(Flags::FIN) => {
                "it carries a set of marks that only test tools use"
            }
            _ => "it carries none of the marks that every packet of a connection has",
        };
    }
    if session.facts.has(Facts::SPOOF_SAID) {
        return "the firewall says that this sender cannot be where the packet came from";
    }
    if brief.client_port() == Some(0) || brief.service_port() == Some(0) {
        return "it uses port 0, which no program can have";
    }
    if brief.initiator == brief.responder {
        return "sender and receiver are the same end";
    }
    if is_loopback(brief.initiator) || is_loopback(brief.responder) {
        return "one of its addresses never leaves a machine";
    }
    "a local address arrived from outside"
}
