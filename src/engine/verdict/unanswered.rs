//! V08: allowed, but nobody answered.
//!
//! Sees     An allowed session whose way back is counted and empty, or whose handshake timed out.
//! Matters  The service is down, blocked further on, or its answers take another way.
//! Misses   Logs that do not count the way back.

use super::Rule;
use super::group::Group;
use super::scene::Case;
use crate::engine::dataset::{Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;
use crate::engine::model::{End, proto};

/// Services to which nobody answers: log collection, alarms, statistics, measurements.
const ONE_WAY_PORTS: [u16; 10] = [9, 162, 514, 2055, 4739, 6343, 6514, 8125, 9995, 9996];

pub struct Unanswered;

impl Rule for Unanswered {
    fn verdict(&self) -> Verdict {
        Verdict::AllowedUnanswered
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        if !case.has(Facts::ALLOWED)
            || case.any(Facts::DENIED | Facts::ANSWERED | Facts::SYNACK_B | Facts::MID_B)
        {
            return false;
        }
        let one_way = case.brief.proto == proto::UDP
            && case
                .brief
                .service_port()
                .is_some_and(|port| ONE_WAY_PORTS.contains(&port));
        !one_way && (case.has(Facts::UNANSWERED) || case.has(Facts::ENDED) && timed_out(case))
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Unanswered
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::Look
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        incident.headline = format!(
            "{} called {} and got no answer; the firewall had let {} pass.",
            words::capital(&group.clients()),
            group.servers(),
            words::plural(group.n(), "it", "them")
        );
        incident.numbers.insert("attempts", group.n() as i64);
        incident.sentence = format!(
            "{} of {} to {} ({}) {} allowed, but no answer came back. The service is down, something further on blocks it, or \
             its answers take another way.",
            words::capital(&words::count(group.n(), "attempt", "attempts")),
            group.clients(),
            group.servers(),
            group.aside(),
            words::plural(group.n(), "was", "were"),
        );
        incident.evidence_for.push(group.stated(
            "no_answer",
            0,
            "The device counts nothing on the way back.".into(),
        ));
        incident
            .alternatives
            .push("If answers come back through another device, this log cannot show them.".into());
        checks::add(group, incident, &[Topic::Routes, Topic::Table]);
    }
}

fn timed_out(case: &Case<'_>) -> bool {
    case.session
        .beats(case.data)
        .iter()
        .any(|beat| beat.end() == End::SynTimeout)
}
