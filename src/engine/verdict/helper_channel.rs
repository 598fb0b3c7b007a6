//! V22: the side channel of a service was blocked although its main connection was allowed.
//!
//! Sees     A blocked connection between two machines that hold an allowed control connection of a service that opens
//!          further ones (file transfer, telephony, remote procedures).
//! Matters  Transfers hang and calls are silent.
//! Misses   Control connections that are not in the log.

use super::Rule;
use super::group::Group;
use super::scene::{Case, Marks};
use crate::engine::dataset::{Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;

pub struct HelperChannel;

impl Rule for HelperChannel {
    fn verdict(&self) -> Verdict {
        Verdict::HelperChannelBlocked
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        case.marks.has(Marks::HELPER) && case.opening_denied()
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Blocked
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::Look
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        incident.headline = format!(
            "{} opened the second connection of a service to {}, and it was blocked although the main connection was allowed.",
            words::capital(&words::hosts(
                &group.initiators,
                group.n_initiators,
                &group.data.names
            )),
            group.targets()
        );
        incident.sentence = format!(
            "{} between {} and {} {} blocked, although the same machines hold an allowed connection of a service that needs \
             more than one (file transfer and telephony do). Users see transfers that hang. Let the firewall follow that \
             service, or use its mode with one connection.",
            words::capital(&words::count(
                group.n(),
                "side connection",
                "side connections"
            )),
            words::hosts(&group.initiators, group.n_initiators, &group.data.names),
            group.targets(),
            words::plural(group.n(), "was", "were")
        );
        incident
            .numbers
            .insert("side_connections", group.n() as i64);
        let text =
            "The main connection of the same two machines is in this log, allowed.".to_string();
        incident
            .evidence_for
            .push(group.stated("control_channel", 0, text));
        incident.alternatives.push("An unrelated new connection between the same two machines looks alike; the server's own log tells.".into());
        checks::add(group, incident, &[Topic::Rules]);
    }
}
