//! V04: a new connection inside the network, or to the firewall itself, was blocked.
//!
//! Sees     A denied opening from ours to ours, or to an address of the device.
//! Matters  Often a missing rule between two parts of the network.
//! Misses   Traffic inside one segment, which does not cross the firewall.

use super::Rule;
use super::group::Group;
use super::scene::Case;
use crate::engine::dataset::{Direction, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;

pub struct BlockedInternal;

impl Rule for BlockedInternal {
    fn verdict(&self) -> Verdict {
        Verdict::BlockedInternal
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        matches!(
            case.direction(),
            Direction::Internal | Direction::ToFirewall
        ) && case.opening_denied()
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Blocked
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::Look
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        incident.numbers.insert("attempts", group.n() as i64);
        let times = words::times(group.n());
        if group.direction == Direction::ToFirewall {
            let who = words::hosts(&group.initiators, group.n_initiators, &group.data.names);
            incident.headline = format!(
                "{} knocked at the firewall itself; it did not open.",
                words::capital(&who)
            );
            incident.sentence = format!(
                "{} tried {} on the firewall's own address, {times}, and it did not open. {} started it. It matters only if \
                 that service of the firewall is meant to be reachable from there.",
                words::capital(&who),
                group.service(),
                words::plural(group.n_initiators, "That machine", "Those machines"),
            );
        } else {
            incident.headline = format!(
                "{} tried to reach {}; an internal rule refused.",
                words::capital(&group.clients()),
                group.whom()
            );
            incident.sentence = format!(
                "{} tried {} on {}, {times}, and a rule inside your network refused. If this is meant to work, a rule is \
                 missing; if not, find out which program tries it.",
                words::capital(&group.clients()),
                group.service(),
                group.servers(),
            );
        }
        incident.alternatives.push("Which of the two it is, a wrong rule or an unwanted program, the log cannot tell; the owner of the machine can.".into());
        checks::add(group, incident, &[Topic::Rules]);
    }
}
