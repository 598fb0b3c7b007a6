//! V03: a new connection of ours to the outside was blocked.
//!
//! Sees     A denied opening from ours to theirs.
//! Matters  A program wanted something that the rules do not allow: a missing rule, or a program to look at.
//! Misses   Attempts that the firewall does not log.

use super::Rule;
use super::group::Group;
use super::scene::Case;
use crate::engine::dataset::{Direction, Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;
use crate::engine::model::proto;

pub struct BlockedOutbound;

impl Rule for BlockedOutbound {
    fn verdict(&self) -> Verdict {
        Verdict::BlockedOutbound
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        matches!(
            case.direction(),
            Direction::Outbound | Direction::FromFirewall
        ) && (case.opening_denied() || case.opening_unsaid())
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
        let who = if group.direction == Direction::FromFirewall {
            "the firewall itself".into()
        } else {
            group.clients()
        };
        let (end, refused) = if group.n_packets > 0 {
            (
                "your outgoing rules do not allow it",
                "and the outgoing rules refused",
            )
        } else {
            group.refusal()
        };
        incident.headline = format!(
            "{} tried to reach {} on the internet; {end}.",
            words::capital(&who),
            group.whom()
        );
        incident.numbers.insert("attempts", group.n() as i64);
        let (service, targets) = (group.service(), group.targets());
        let tried = if proto::has_ports(group.proto) {
            let times = words::times(group.n());
            format!("tried {times} to reach {service} at {targets}")
        } else {
            format!("sent {service} to {targets}")
        };
        incident.sentence = format!(
            "{} {tried}, {refused}. {} started it. {}",
            words::capital(&who),
            words::plural(group.n_initiators, "That machine", "Those machines"),
            if group.n_packets > 0 {
                "If the program behind it is wanted, allow it; if nobody knows it, look at the machine."
            } else {
                "If nobody knows the program behind it, look at the machine."
            }
        );
        if group.is_file_data() {
            incident.alternatives.push(
                "Port 20 is where an FTP server opens the data connections that a client asked for. Let the firewall follow \
                 FTP, or let clients use passive mode."
                    .into(),
            );
        }
        incident.alternatives.push(
            "Programs for updates, time and name lookup try such connections on their own; the list of running programs on \
             the machine tells which one it is."
                .into(),
        );
        checks::add(group, incident, &[Topic::Rules]);
    }
}
