//! V21: a new connection whose sender uses a service's port as its own.
//!
//! Sees     An opening packet (no acknowledgement) from a port where a well-known service listens.
//! Matters  Old file transfer does it, scanners do it to slip through simple filters, and so does what wants to hide.
//! Misses   Openings whose flags the log does not show; then it is an alternative of the orphaned reply.

use super::Rule;
use super::group::{Group, Trait};
use super::scene::{Case, Marks};
use crate::engine::dataset::{Direction, Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, service, words};
use crate::engine::format::Topic;
use crate::engine::model::{ports, proto};

pub struct ServicePortAsSource;

impl Rule for ServicePortAsSource {
    fn verdict(&self) -> Verdict {
        Verdict::ServicePortAsSource
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        let brief = case.brief;
        if brief.proto != proto::TCP || case.session.tier != 1 || !case.has(Facts::SYN_A) {
            return false;
        }
        let Some(port) = brief.client_port() else {
            return false;
        };
        // Two servers of one kind talk port to port (old mail and name servers do); that is no disguise.
        if !ports::is_top(port) || brief.service_port() == Some(port) {
            return false;
        }
        // A stranger who tries many doors with one fixed sender port is told as a scan.
        !(case.marks.has(Marks::SCAN | Marks::PROBE) && case.direction() == Direction::Inbound)
    }

    fn outcome(&self, case: &Case<'_>) -> Outcome {
        if case.has(Facts::DENIED) {
            Outcome::Blocked
        } else {
            Outcome::Worked
        }
    }

    fn severity(&self, group: &Group<'_>) -> Severity {
        match group.direction {
            Direction::Inbound | Direction::ToFirewall if group.n_packets > 0 => Severity::None,
            Direction::Inbound | Direction::ToFirewall => Severity::Look,
            _ => Severity::Act,
        }
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let port = group
            .sessions
            .first()
            .and_then(|idx| group.scene.briefs[*idx as usize].client_port())
            .unwrap_or(0);
        incident.numbers.insert("source_port", i64::from(port));
        let server = service::server(group.proto, Some(port), 1);
        let fate = if group.n_packets > 0 {
            "was blocked"
        } else {
            "was let through"
        };
        let to = words::hosts(&group.responders, group.n_responders, &group.data.names);
        if matches!(group.direction, Direction::Inbound | Direction::ToFirewall) {
            incident.headline = format!(
                "{} opened new connections to {to} using port {port} as the sender's own port.",
                words::capital(&group.clients())
            );
            incident.sentence = format!(
                "{} new {} from port {port} {fate}. Scanners use the port of {} as their own to slip through simple \
                 filters; these packets are openings, not replies.",
                words::number(group.n()),
                words::plural(group.n(), "connection", "connections"),
                words::article(&server)
            );
        } else {
            incident.headline = format!(
                "{} really did open {} to {to}, using port {port} as its own port; this is not a reply.",
                words::capital(&group.clients()),
                words::plural(group.n(), "a new connection", "new connections")
            );
            incident.sentence = format!(
                "The opening packet of {} from port {port} to {to} is in the log, so the machine that usually answers there \
                 as {} was calling out itself; it {fate}. Old file transfer, a test tool, or something that wants to look \
                 like replies does this. Find out which program sent it.",
                words::count(group.n(), "connection", "connections"),
                words::article(&server)
            );
        }
        let text = format!(
            "The opening packet of {} left from port {port}, where {} normally answers.",
            group.share(group.tally(Trait::Opening).n),
            words::article(&server)
        );
        incident
            .evidence_for
            .push(group.shown("opening_from_service", 900, Trait::Opening, text));
        incident.alternatives.push(format!(
            "A program that was told to use port {port} as its own port (some monitoring and load-balancing tools) does the \
             same without any harm; the process list of the machine tells."
        ));
        checks::look(
            incident,
            "on the machine that sent it",
            &format!("ss -tnp state syn-sent '( sport = :{port} )'"),
            "Names the program that opens connections from this port (Windows: netstat -ano).",
        );
        checks::add(group, incident, &[Topic::Rules]);
    }
}
