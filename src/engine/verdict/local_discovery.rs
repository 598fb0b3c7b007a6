//! V12: devices on the local network looking for each other.
//!
//! Sees     Packets to groups or to everybody, and the answers of discovery services between local addresses.
//! Matters  Hardly ever; it fills logs.
//! Misses   Private protocols on other ports.

use super::Rule;
use super::group::{Group, Trait};
use super::scene::Case;
use crate::engine::dataset::{Direction, Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::words;
use crate::engine::judge::address;
use crate::engine::model::{Host, proto};
use crate::engine::session::beat::Beat;

/// Address assignment, Windows names, UPnP, device discovery, mDNS, LLMNR, router discovery, Dropbox, UniFi.
const DISCOVERY_PORTS: [u16; 10] = [67, 68, 137, 138, 1900, 3702, 5353, 5355, 5678, 17_500];
/// Their unicast answers come from these ports; Windows names and DHCP between two machines may be a probe or a rule.
const ANSWERED_PORTS: [u16; 4] = [1900, 3702, 5353, 5355];

const NAME_PORT: u16 = 137;

pub struct LocalDiscovery;

impl Rule for LocalDiscovery {
    fn verdict(&self) -> Verdict {
        Verdict::LocalDiscovery
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        if case.direction() == Direction::Group {
            return true;
        }
        let brief = case.brief;
        if brief.proto == proto::ICMP6 {
            return is_of_neighbours(case);
        }
        if brief.proto != proto::UDP {
            return false;
        }
        let ports = [brief.service_port(), brief.client_port()];
        let has = |list: &[u16]| ports.iter().flatten().any(|port| list.contains(port));
        if has(&DISCOVERY_PORTS)
            && (address::is_group(brief.responder) || address::is_group(brief.initiator))
        {
            return true;
        }
        // Who asks for a name by Windows' way asks everybody, and is answered alone.
        let is_name = || {
            brief.service_port() == Some(NAME_PORT)
                && brief.client_port() != Some(NAME_PORT)
                && case.has(Facts::DENIED_B)
                && !case.has(Facts::DENIED_A)
        };
        (has(&ANSWERED_PORTS) || is_name())
            && is_local(brief.initiator)
            && is_local(brief.responder)
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Noise
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::None
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        if group.proto == proto::ICMP6 && group.n_packets > 0 {
            incident.alternatives.push(
                "IPv6 finds its routers and neighbours with such messages: where it does not work, let them in.".into(),
            );
        }
        let is_answer = group.proto != proto::ICMP6 && group.direction != Direction::Group;
        if is_answer && group.tally(Trait::FromResponder).n == group.n() {
            return tell_of_answers(group, incident);
        }
        let machines = words::count(group.n_initiators, "machine", "machines");
        incident.headline = format!(
            "{machines} on the local network {} calling to everybody nearby; nobody is attacked.",
            words::plural(group.n_initiators, "is", "are")
        );
        let messages = match group.proto {
            proto::ICMP => words::count(group.n(), "ICMP message", "ICMP messages"),
            proto::ICMP6 => {
                words::count(group.n(), "ICMP message of IPv6", "ICMP messages of IPv6")
            }
            _ => format!(
                "{} for {}",
                words::count(group.n(), "message", "messages"),
                group.service()
            ),
        };
        incident.sentence = format!(
            "{machines} sent {messages} to a group of machines or to all of them. Programs do that to find printers, \
             names and neighbours. It is harmless; a quiet rule without logging keeps it out of the log."
        );
        incident.numbers.insert("messages", group.n() as i64);
        let text =
            "The destination is a group or everybody on the segment, not one machine.".to_string();
        incident.evidence_for.push(group.stated("group", 900, text));
    }
}

/// Looking for routers and neighbours, and listening to groups: messages of IPv6 that no router passes on.
fn is_of_neighbours(case: &Case<'_>) -> bool {
    let kind = |beat: &Beat| {
        let extra = case.data.extras.get(beat.extra.checked_sub(1)? as usize)?;
        Some(extra.icmp?.kind)
    };
    case.session
        .beats(case.data)
        .iter()
        .all(|beat| kind(beat).is_some_and(|kind| matches!(kind, 130..=136 | 143)))
}

/// What comes back from the neighbours goes to one machine: the one that had called.
fn tell_of_answers(group: &Group<'_>, incident: &mut Incident) {
    let neighbours = words::count(group.n_responders, "neighbour", "neighbours");
    incident.headline = format!(
        "{} answered {}, which had asked everybody nearby; nobody is attacked.",
        neighbours,
        group.clients()
    );
    incident.sentence = format!(
        "{} from {} ({}) to {} {} blocked. It had asked a group of machines, so the firewall does not recognise the {} \
         as belonging to the question. It is harmless; let it in if finding printers, screens or neighbours does not work.",
        words::capital(&words::count(group.n(), "answer", "answers")),
        group.targets(),
        group.aside(),
        group.clients(),
        words::plural(group.n(), "was", "were"),
        words::plural(group.n(), "answer", "answers"),
    );
    incident.numbers.insert("answers", group.n() as i64);
    incident
        .numbers
        .insert("neighbours", group.n_responders as i64);
    let text = "They come from the port at which such questions are answered.".to_string();
    incident
        .evidence_for
        .push(group.stated("answers", 500, text));
}

/// Private and link-local addresses.
pub fn is_local(host: Host) -> bool {
    matches!(
        address::class(host),
        address::Class::Private | address::Class::LinkLocal
    )
}
