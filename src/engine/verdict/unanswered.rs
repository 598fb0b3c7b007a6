//! V08: allowed, but nobody answered.
//!
//! Sees     An allowed session whose way back is counted and empty, or whose handshake timed out.
//! Matters  The service is down, blocked further on, or its answers take another way.
//! Misses   Logs that do not count the way back.

use super::Rule;
use super::group::{Group, Trait};
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
        if case.was_seen_unanswered() {
            return true;
        }
        // A counter of one direction that saw openings only: had anybody answered, it would have seen more.
        let only_openings = case.has(Facts::FLOW | Facts::SYN_A)
            && !case.any(
                Facts::MID_A | Facts::DENIED | Facts::ANSWERED | Facts::SYNACK_B | Facts::MID_B,
            );
        if only_openings && !case.has(Facts::ALLOWED) {
            return true;
        }
        if !case.any(Facts::ALLOWED | Facts::TRACKED)
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
        let is_allowed = group.tally(Trait::Allowed).n > 0;
        incident.headline = format!(
            "{} called {} and got no answer{}.",
            words::capital(&group.clients()),
            group.servers(),
            match (is_allowed, group.n()) {
                (false, _) => "",
                (true, 1) => "; the firewall had let it pass",
                (true, _) => "; the firewall had let them pass",
            }
        );
        incident.numbers.insert("attempts", group.n() as i64);
        incident.sentence = format!(
            "{} of {} to {} ({}) {}, but no answer came back. The service is down, something further on blocks it, or \
             its answers take another way.",
            words::capital(&words::count(group.n(), "attempt", "attempts")),
            group.clients(),
            group.servers(),
            group.aside(),
            match (is_allowed, group.n()) {
                (false, 1) => "was sent",
                (false, _) => "were sent",
                (true, 1) => "was allowed",
                (true, _) => "were allowed",
            },
        );
        let counts = if is_allowed {
            "The device counts nothing on the way back."
        } else {
            "The counter saw openings only; after an answer it would have seen more."
        };
        incident
            .evidence_for
            .push(group.stated("no_answer", 0, counts.into()));
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
