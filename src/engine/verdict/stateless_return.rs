//! V09: requests pass, their replies are blocked by a rule that looks at each packet alone.
//!
//! Sees     The way out allowed and the way back denied for the same two ends at the same time, on a device that keeps
//!          no sessions, or for nearly all connections of a service.
//! Matters  The service does not work at all for these clients.
//! Misses   Logs that show one of the two ways only.

use super::Rule;
use super::group::Group;
use super::scene::{Case, Marks};
use crate::engine::dataset::{Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;

pub struct StatelessReturn;

impl Rule for StatelessReturn {
    fn verdict(&self) -> Verdict {
        Verdict::StatelessReturnBlocked
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        let is_told = case.is_decided() || case.brief.is_known() && case.has(Facts::FLOW);
        let opposite = is_told
            && case.has(Facts::ALLOWED_A | Facts::DENIED_B)
            && !case.any(Facts::LOST | Facts::AFTER_END | Facts::DENIED_A | Facts::ALLOWED_B);
        opposite
            && (case
                .device()
                .is_some_and(super::scene::Device::is_stateless)
                || case.marks.has(Marks::RETURN_BLOCKED))
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::ReplyBlocked
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::Act
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let ports = client_ports(group);
        incident.headline = format!(
            "{} reached {}, but a rule for outgoing packets blocks the answers.",
            words::capital(&group.clients()),
            group.servers()
        );
        incident.sentence = format!(
            "The requests of {} to {} ({}) were let in, and the answers to {} were blocked on their way back. The filter \
             looks at each packet alone, so the way back needs a rule of its own: allow replies to ports {} to {}. Until \
             then nothing works for these clients.",
            group.clients(),
            group.servers(),
            group.aside(),
            words::count(group.n(), "connection", "connections"),
            ports.0,
            ports.1
        );
        incident.numbers.insert("ports_from", i64::from(ports.0));
        incident.numbers.insert("ports_to", i64::from(ports.1));
        let text = format!(
            "The log shows the request of {} allowed and its answer denied at the same time.",
            group.share(group.n())
        );
        incident
            .evidence_for
            .insert(0, group.stated("both_ways", 0, text));
        incident.alternatives.push(
            "If the answers came long after the request, the filter may know sessions after all and have closed them; the \
             times of the two lines tell."
                .into(),
        );
        checks::add(group, incident, &[Topic::Rules, Topic::Routes]);
    }
}

/// Programs pick from 49152 up, many systems from 32768 or 1024; the range that covers all that were seen.
fn client_ports(group: &Group<'_>) -> (u16, u16) {
    let lowest = group
        .sessions
        .iter()
        .filter_map(|idx| group.scene.briefs[*idx as usize].client_port())
        .min()
        .unwrap_or(1024);
    let from = [49_152, 32_768, 1024]
        .into_iter()
        .find(|from| lowest >= *from)
        .unwrap_or(1024);
    (from, u16::MAX)
}
