//! V02: a new connection from outside was blocked.
//!
//! Sees     A denied opening from theirs to ours (or between ends of which nobody knows whose they are).
//! Matters  Background noise, unless the service is meant to be offered.
//! Misses   Attempts that the firewall does not log.

use super::Rule;
use super::group::Group;
use super::scene::Case;
use crate::engine::dataset::{Direction, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;

pub struct BlockedInbound;

impl Rule for BlockedInbound {
    fn verdict(&self) -> Verdict {
        Verdict::BlockedInbound
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        matches!(
            case.direction(),
            Direction::Inbound | Direction::Transit | Direction::Unknown
        ) && case.opening_denied()
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Blocked
    }

    fn severity(&self, group: &Group<'_>) -> Severity {
        let offered = group.port.is_some_and(|port| {
            group
                .data
                .settings
                .services
                .iter()
                .any(|(number, offered)| (*number, *offered) == (group.proto, port))
        });
        if offered {
            Severity::Look
        } else {
            Severity::None
        }
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let inbound = group.direction == Direction::Inbound;
        let targets = if inbound {
            group.servers()
        } else {
            group.targets()
        };
        let clients = if inbound && group.n_initiators > 1 {
            format!("{} outside machines", words::number(group.n_initiators))
        } else {
            words::hosts(&group.initiators, group.n_initiators, &group.data.names)
        };
        incident.headline = if inbound {
            format!(
                "{} tried to reach {}; the firewall refused.",
                words::capital(&clients),
                group.whom()
            )
        } else {
            format!(
                "{} tried to reach {targets}; the firewall refused.",
                words::capital(&clients)
            )
        };
        incident.numbers.insert("attempts", group.n() as i64);
        incident.sentence = format!(
            "{} tried {} to reach {} on {targets}, and the firewall refused. {}",
            words::capital(&clients),
            words::times(group.n()),
            group.service(),
            if inbound {
                format!(
                    "{} started this. It is the normal noise of the internet unless you meant to offer {}.",
                    words::plural(group.n_initiators, "That machine", "Those machines"),
                    group.service()
                )
            } else {
                "Which of the two sides is yours, the log does not show; say so under \"ours\" and this gets clearer.".into()
            }
        );
        incident.alternatives.push(
            "If this service is meant to be reachable from there, a rule is missing or stands below one that denies.".into(),
        );
        checks::add(group, incident, &[Topic::Rules]);
    }
}
