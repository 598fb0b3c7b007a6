//! V02: a new connection from outside was blocked.
//!
//! Sees     A denied opening from theirs to ours, the firewall itself included (or between ends of which nobody knows
//!          whose they are).
//! Matters  Background noise, unless the service is meant to be offered.
//! Misses   Attempts that the firewall does not log.

use super::group::Group;
use super::scene::Case;
use super::{Rule, TRACED};
use crate::engine::dataset::{Direction, Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;
use crate::engine::model::proto;

pub struct BlockedInbound;

impl Rule for BlockedInbound {
    fn verdict(&self) -> Verdict {
        Verdict::BlockedInbound
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        match case.direction() {
            Direction::Inbound => case.opening_denied() || case.opening_unsaid(),
            Direction::ToFirewall => {
                case.is_from_stranger() && (case.opening_denied() || case.opening_unsaid())
            }
            Direction::Transit | Direction::Unknown => case.opening_denied(),
            _ => false,
        }
    }

    fn outcome(&self, case: &Case<'_>) -> Outcome {
        if case.has(Facts::DENIED) {
            Outcome::Blocked
        } else {
            Outcome::Unknown
        }
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
        if group.tell_content(incident) {
            return;
        }
        let inbound = matches!(group.direction, Direction::Inbound | Direction::ToFirewall);
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
        let (end, refused) = match group.refusal() {
            (_, refused) if group.direction == Direction::ToFirewall && group.n_packets > 0 => {
                ("it did not open", refused)
            }
            both => both,
        };
        let whom = if inbound {
            group.whom()
        } else {
            targets.clone()
        };
        incident.headline = format!("{} tried to reach {whom}; {end}.", words::capital(&clients));
        incident.numbers.insert("attempts", group.n() as i64);
        // ICMP and tunnels have no ports, so nothing is offered there; some lines name none.
        let is_open_port = group.port.is_some() || group.n_services > 1;
        let tried = if is_open_port || proto::has_ports(group.proto) {
            format!(
                "tried {} to reach {} on {targets}",
                words::times(group.n()),
                group.service()
            )
        } else {
            format!("sent {} to {targets}", group.service())
        };
        let is_tunnel = matches!(group.proto, proto::GRE | proto::ESP | proto::AH);
        let unless = if is_tunnel {
            " unless it is the partner of a VPN of yours".into()
        } else if group.is_file_data() {
            " unless a machine of yours is fetching files there: an FTP server opens the data connections that its client \
             asks for"
                .into()
        } else if group.n_services > 1 {
            " unless you meant to offer these ports".into()
        } else if is_open_port {
            format!(" unless you meant to offer {}", group.service())
        } else {
            String::new()
        };
        incident.sentence = format!(
            "{} {tried}, {refused}. {}",
            words::capital(&clients),
            if inbound {
                format!(
                    "{} started this. It is the normal noise of the internet{unless}.",
                    words::plural(group.n_initiators, "That machine", "Those machines"),
                )
            } else {
                "Which of the two sides is yours, the log does not show; say so under \"ours\" and this gets clearer.".into()
            }
        );
        let sessions = || {
            group
                .sessions
                .iter()
                .map(|idx| &group.data.sessions[*idx as usize])
        };
        if inbound && sessions().all(|session| session.also & TRACED != 0) {
            incident.headline = format!(
                "{} looked for the way to {whom}; nobody is attacked.",
                words::capital(&clients)
            );
            let text =
                "The ports are those that route tracing (traceroute) counts through.".to_string();
            incident.sentence.push(' ');
            incident.sentence.push_str(&text);
            incident.evidence_for.push(group.stated("traced", 0, text));
        }
        incident.alternatives.push(
            "If this service is meant to be reachable from there, a rule is missing or stands below one that denies.".into(),
        );
        checks::add(group, incident, &[Topic::Rules]);
    }
}
