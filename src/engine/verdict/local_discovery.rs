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
        if has(&DISCOVERY_PORTS) && (is_everybody(brief.responder) || is_everybody(brief.initiator)) {
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
        let text = "The destination is a group or everybody on the segment, not one machine.".to_string();
        incident.evidence_for.push(group.stated("group", 900, text));
    }
}

/// 255.255.255.255, multicast, and the last address of a private /24.
fn is_everybody(host: Host) -> bool {
    match host.as_v4() {
        Some(address) => address == u32::MAX || address >> 28 == 0xe || is_local(host) && address & 0xff == 0xff,
        None => host.as_name().is_none() && host.bits() >> 120 == 0xff,
    }
}

/// Private and link-local addresses.
pub fn is_local(host: Host) -> bool {
    match host.as_v4() {
        Some(address) => {
            address >> 24 == 10
                || address >> 20 == 0xac1
                || address >> 16 == 0xc0a8
                || address >> 16 == 0xa9fe
        }
        None => host.as_name().is_none() && matches!(host.bits() >> 118, 0x3fa) || host.bits() >> 121 == 0x7e,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::verdict::fixture::host;

    #[test]
    fn local_and_everybody_are_told_from_the_bits() {
        for local in ["10.1.2.3", "172.16.0.1", "172.31.0.1", "192.168.1.1", "169.254.3.4", "fe80::1", "fd00::1", "fc00::1"] {
            assert!(is_local(host(local)), "{local}");
        }
        for other in ["172.32.0.1", "192.0.2.1", "2001:db8::1", "ff02::1"] {
            assert!(!is_local(host(other)), "{other}");
        }
        for all in ["255.255.255.255", "224.0.0.251", "239.255.255.250", "192.168.1.255", "ff02::1"] {
            assert!(is_everybody(host(all)), "{all}");
        }
        assert!(!is_everybody(host("192.0.2.255")));
        assert!(!is_everybody(host("2001:db8::ff")));
    }
}
