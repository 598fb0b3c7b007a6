//! V04: a new connection inside the network, or to the firewall itself, was blocked.
//!
//! Sees     A denied opening from ours to ours, or to an address of the device.
//! Matters  Often a missing rule between two parts of the network.
//! Misses   Traffic inside one segment, which does not cross the firewall.

use super::Rule;
use super::group::Group;
use super::scene::Case;
use crate::engine::dataset::{Direction, Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;
use crate::engine::model::proto;

pub struct BlockedInternal;

impl Rule for BlockedInternal {
    fn verdict(&self) -> Verdict {
        Verdict::BlockedInternal
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        let is_inside = match case.direction() {
            Direction::Internal => true,
            Direction::ToFirewall => !case.is_from_stranger(),
            _ => false,
        };
        is_inside && (case.opening_denied() || case.opening_unsaid())
    }

    fn outcome(&self, case: &Case<'_>) -> Outcome {
        if case.has(Facts::DENIED) {
            Outcome::Blocked
        } else {
            Outcome::Unknown
        }
    }

    fn severity(&self, group: &Group<'_>) -> Severity {
        if group.n_packets > 0 {
            Severity::Look
        } else {
            Severity::None
        }
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        if group.tell_content(incident) {
            return;
        }
        incident.numbers.insert("attempts", group.n() as i64);
        let times = words::times(group.n());
        let is_refused = group.n_packets > 0;
        let (end, refused) = group.refusal();
        if group.direction == Direction::ToFirewall {
            let who = words::hosts(&group.initiators, group.n_initiators, &group.data.names);
            incident.headline = format!(
                "{} knocked at the firewall itself; {}.",
                words::capital(&who),
                if is_refused { "it did not open" } else { end }
            );
            incident.sentence = format!(
                "{} tried {} on the firewall's own address, {times}, {}. {} started it. It matters only if \
                 that service of the firewall is meant to be reachable from there.",
                words::capital(&who),
                group.service(),
                if is_refused {
                    "and it did not open"
                } else {
                    refused
                },
                words::plural(group.n_initiators, "That machine", "Those machines"),
            );
        } else {
            let is_itself = group.initiators == group.responders;
            incident.headline = format!(
                "{} tried to reach {}; {}.",
                words::capital(&group.clients()),
                if is_itself {
                    "itself".into()
                } else {
                    group.whom()
                },
                if is_refused {
                    "an internal rule refused"
                } else {
                    end
                }
            );
            let (tried, on) = if proto::has_ports(group.proto) {
                ("tried", "on")
            } else {
                ("sent", "to")
            };
            incident.sentence = format!(
                "{} {tried} {} {on} {}, {times}, {}.",
                words::capital(&group.clients()),
                group.service(),
                if is_itself {
                    "its own address".into()
                } else {
                    group.servers()
                },
                if is_refused {
                    "and a rule inside your network refused"
                } else {
                    refused
                },
            );
        }
        if !is_refused {
            return;
        }
        if group.direction != Direction::ToFirewall {
            incident.sentence.push_str(
                " If this is meant to work, a rule is missing; if not, find out which program tries it.",
            );
        }
        incident.alternatives.push("Which of the two it is, a wrong rule or an unwanted program, the log cannot tell; the owner of the machine can.".into());
        checks::add(group, incident, &[Topic::Rules]);
    }
}
