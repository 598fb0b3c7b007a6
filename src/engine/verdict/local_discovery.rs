//! V12: devices on the local network looking for each other.
//!
//! Sees     Packets to groups or to everybody, and the answers of discovery services between local addresses.
//! Matters  Hardly ever; it fills logs.
//! Misses   Private protocols on other ports.

use super::Rule;
use super::group::Group;
use super::scene::Case;
use crate::engine::dataset::{Direction, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::words;
use crate::engine::judge::address;
use crate::engine::model::{Host, proto};

/// Address assignment, Windows names, UPnP, device discovery, mDNS, LLMNR, router discovery, Dropbox, UniFi.
const DISCOVERY_PORTS: [u16; 10] = [67, 68, 137, 138, 1900, 3702, 5353, 5355, 5678, 17_500];
/// Their unicast answers come from these ports; Windows names and DHCP between two machines may be a probe or a rule.
const ANSWERED_PORTS: [u16; 4] = [1900, 3702, 5353, 5355];

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
        has(&ANSWERED_PORTS) && is_local(brief.initiator) && is_local(brief.responder)
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Noise
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::None
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let machines = words::count(group.n_initiators, "machine", "machines");
        incident.headline = format!(
            "{machines} on the local network {} calling to everybody nearby; nobody is attacked.",
            words::plural(group.n_initiators, "is", "are")
        );
        incident.sentence = format!(
            "{machines} sent {} for {} to a group of machines or to all of them. Programs do that to find printers, \
             names and neighbours. It is harmless; a quiet rule without logging keeps it out of the log.",
            words::count(group.n(), "message", "messages"),
            group.service()
        );
        incident.numbers.insert("messages", group.n() as i64);
        let text =
            "The destination is a group or everybody on the segment, not one machine.".to_string();
        incident.evidence_for.push(group.stated("group", 900, text));
    }
}

/// Private and link-local addresses.
pub fn is_local(host: Host) -> bool {
    matches!(
        address::class(host),
        address::Class::Private | address::Class::LinkLocal
    )
}
