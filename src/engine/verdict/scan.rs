//! V05: somebody tries many doors.
//!
//! Sees     What the scan detectors marked; of a few attempts with the same shape it says "probe".
//! Matters  From outside it is the noise of the internet; from a machine of ours it is the sign of a program that looks
//!          for others.
//! Misses   Scans that are slow or spread over many sources.

use super::Rule;
use super::group::{Group, Trait};
use super::scene::{Case, Marks};
use crate::engine::dataset::{Direction, Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;

pub struct Scan;

impl Rule for Scan {
    fn verdict(&self) -> Verdict {
        Verdict::Scan
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        case.marks.has(Marks::SCAN | Marks::PROBE)
    }

    fn outcome(&self, case: &Case<'_>) -> Outcome {
        if case.has(Facts::DENIED) {
            Outcome::Blocked
        } else if case.has(Facts::ALLOWED) {
            Outcome::Unanswered
        } else {
            Outcome::Unknown
        }
    }

    fn severity(&self, group: &Group<'_>) -> Severity {
        match group.direction {
            Direction::Outbound | Direction::Internal if is_probe(group) => Severity::Look,
            Direction::Outbound | Direction::Internal => Severity::Act,
            _ => Severity::None,
        }
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let doors = group.n_services;
        let ours = matches!(group.direction, Direction::Outbound | Direction::Internal);
        let who = words::hosts(&group.initiators, group.n_initiators, &group.data.names);
        let machines = match group.direction {
            Direction::Inbound => {
                words::count(group.n_responders, "machine of yours", "machines of yours")
            }
            _ => words::count(group.n_responders, "machine", "machines"),
        };
        incident.numbers.insert("ports", doors as i64);
        incident
            .numbers
            .insert("machines", group.n_responders as i64);
        let tried = match group.port.filter(|_| doors == 1) {
            Some(_) => format!("{} on {machines}", group.service()),
            None => format!("{} on {machines}", words::count(doors, "port", "ports")),
        };
        let whose = match (ours, group.n_initiators) {
            (true, 1) => "your machine ",
            (true, _) => "your machines ",
            (false, _) => "",
        };
        let is_probe = is_probe(group);
        let kind = if is_probe {
            "these few lines have the shape of a probe"
        } else {
            "that is a scan"
        };
        incident.headline = if ours {
            format!(
                "{}{who} {} trying {tried}: find out which program does that.",
                words::capital(whose),
                words::plural(group.n_initiators, "is", "are")
            )
        } else {
            let fate = if group.n_packets == 0 && group.tally(Trait::Allowed).n == 0 {
                "what became of it is not in the lines"
            } else {
                "the firewall kept it out"
            };
            let it = words::plural(group.n_initiators, "it", "they");
            format!("{who} started this: {it} tried {tried}, and {fate}.")
        };
        let n_open = group.tally(Trait::Answered).n;
        let length = group.span();
        let within = if length >= crate::engine::model::stamp::SECOND {
            format!(" within {}", group.spell(incident, length))
        } else {
            String::new()
        };
        let got = if n_open == 0 {
            "None of these attempts is known to have been answered.".to_string()
        } else {
            incident.numbers.insert("answered", n_open as i64);
            format!(
                "{} answered; look at those first.",
                words::count(n_open, "attempt was", "attempts were")
            )
        };
        incident.sentence = format!(
            "{}{who} tried {tried}{within}; {kind}. {got} {}",
            words::capital(whose),
            if ours {
                "Monitoring and inventory programs do this on purpose; otherwise treat the machine as suspect."
            } else {
                "Every address on the internet is tried like this all day; nothing needs to be done."
            }
        );
        let text = format!(
            "{} by {} to {} of {}, none of them part of a conversation that worked.",
            words::count(group.n(), "attempt", "attempts"),
            words::count(group.n_initiators, "machine", "machines"),
            words::count(doors, "port", "ports"),
            machines
        );
        incident
            .evidence_for
            .insert(0, group.stated("breadth", 0, text));
        if is_named(group) {
            let text = "You called who tries here a scanner.".to_string();
            incident
                .evidence_for
                .insert(0, group.stated("named", 0, text));
        }
        if is_probe {
            incident.evidence_against.push(
                group.stated(
                    "few_lines",
                    0,
                    "These are few attempts; a scan would go on, and a longer log would show it."
                        .into(),
                ),
            );
        }
        incident.alternatives.push(if ours {
            "A monitoring or inventory program, or a file-sharing program that looks for partners, makes the same picture; \
             its owner or the list of running programs tells."
                .into()
        } else {
            "A survey that measures the internet makes the same picture; it does no harm either.".into()
        });
        if ours {
            checks::look(
                incident,
                "on the machine that does it",
                "ss -tnp",
                "Names the program behind the attempts (Windows: netstat -anob).",
            );
        }
        checks::add(group, incident, &[Topic::Rules]);
    }
}

/// The user says so.
fn is_named(group: &Group<'_>) -> bool {
    let scanners = &group.data.settings.scanners;
    let mut initiators = group.initiators.iter().filter_map(|host| host.ip());
    initiators.any(|ip| scanners.iter().any(|net| net.contains(&ip)))
}

/// Only the shape of a scan, in a few lines.
fn is_probe(group: &Group<'_>) -> bool {
    !group
        .sessions
        .iter()
        .any(|idx| group.scene.marks[*idx as usize].has(Marks::SCAN))
}
