//! V23: the firewall sees one half of a connection only.
//!
//! Sees     One device that passes what another calls unknown; an answer that would leave the way it came; answers inside
//!          that are sent again to an opening that was never seen. (The other way to this verdict is an orphaned reply
//!          whose named cause is another route; `incidents` turns it over.)
//! Matters  Such connections fail from their very start, until routes are put right.
//! Misses   A missing half that no device of this log sees either.

use super::Rule;
use super::group::{Group, Trait};
use super::orphaned_reply;
use super::scene::{self, Case};
use crate::engine::dataset::{Direction, Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;
use crate::engine::model::proto;

pub struct HalfSeen;

/// The answer to an opening was refused where it would have left by the interface that it came in by: both ends stand
/// on one side of the firewall, and the opening went past it or was translated.
fn is_turned_round(case: &Case<'_>) -> bool {
    case.is_decided()
        && case.has(Facts::DENIED_B | Facts::SYNACK_B)
        && !case.any(Facts::SYN_A | Facts::ALLOWED)
        && case
            .session
            .beats(case.data)
            .iter()
            .filter_map(|beat| case.data.circumstances.get(&beat.setting))
            .any(|setting| setting.in_if.is_some() && setting.in_if == setting.out_if)
}

/// A machine of ours answers again and again an opening of another one of ours, and this firewall, which stands between
/// them, never saw it. From outside such answers may be meant for somebody who forged our address.
fn is_answered_past(case: &Case<'_>) -> bool {
    case.direction() == Direction::Internal
        && case.is_decided()
        && case.session.tries > 1
        && case.has(Facts::DENIED_B | Facts::SYNACK_B)
        && !case.any(Facts::SYN_A | Facts::ALLOWED | Facts::DENIED_A | Facts::TRACKED)
        && !scene::guards_itself(case.data, case.session)
}

impl Rule for HalfSeen {
    fn verdict(&self) -> Verdict {
        Verdict::HalfSeen
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        if is_turned_round(case) || is_answered_past(case) {
            return true;
        }
        case.is_decided()
            && case.has(Facts::SEVERAL_VIEWS | Facts::ALLOWED | Facts::LOST)
            && !case.has(Facts::AFTER_END)
            && matches!(case.brief.proto, proto::TCP | proto::SCTP)
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::ReplyBlocked
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::Act
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let are = words::plural(group.n_responders, "is", "are");
        incident.headline = format!(
            "{} opened {}; {} {are} only answering, and {} sees one half of the traffic.",
            words::capital(&group.who()),
            group.these(),
            group.whom(),
            group.firewall()
        );
        incident.sentence = format!(
            "{} from {} ({}) to {} {} blocked, because {} never saw how these connections were opened: the other half takes \
             another route. {} started them. Connections like these fail until both ways lead through the same firewall.",
            words::capital(&words::count(
                group.n_packets,
                "reply packet",
                "reply packets"
            )),
            group.servers(),
            group.aside(),
            group.clients(),
            words::plural(group.n_packets, "was", "were"),
            group.firewall(),
            words::capital(&group.who())
        );
        if group.cause.is_none() {
            let (id, which, text) = if group.tally(Trait::Allowed).n > 0 {
                let text = "One device let through what another one called unknown.";
                ("two_devices", Trait::Allowed, text)
            } else {
                let text = "The answer would have left by the interface that it came in by, and no opening was seen.";
                ("turned_round", Trait::Answer, text)
            };
            incident
                .evidence_for
                .push(group.shown(id, 0, which, text.to_string()));
        }
        orphaned_reply::not_excluded(group, incident);
        orphaned_reply::capture(group, incident);
        incident.alternatives.push(
            "If the firewall pair was switched over or restarted in those minutes, it may have forgotten the openings; its \
             event log tells."
                .into(),
        );
        checks::add(group, incident, &[Topic::Routes, Topic::Events]);
        checks::look(
            incident,
            "on the server that answers",
            "ip route get CLIENT",
            "Shows by which way its answers leave; compare it with the way by which requests arrive.",
        );
    }
}
