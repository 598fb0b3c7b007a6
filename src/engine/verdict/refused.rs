//! V11: the attempt arrived, and the other machine refused it at once.
//!
//! Sees     An allowed session that the responder reset within a second, with next to nothing sent.
//! Matters  The service is not running there, or does not want this client.
//! Misses   Resets that the log does not attribute.

use super::Rule;
use super::group::{Group, Trait};
use super::scene::Case;
use crate::engine::dataset::{Dataset, Facts, Incident, Outcome, Session, Severity, Side, Verdict};
use crate::engine::explain::words;
use crate::engine::model::{Action, End, Flags, ResetBy, stamp};
use crate::engine::session::beat::{Beat, NO_COUNT};

/// A refusal comes at once.
const AT_ONCE_US: i64 = stamp::SECOND;
/// More than handshake and reset in answer bytes means that something was served.
const FEW_BYTES: u64 = 200;

pub struct Refused;

impl Rule for Refused {
    fn verdict(&self) -> Verdict {
        Verdict::Refused
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        if was_seen_refused(case) {
            return true;
        }
        case.has(Facts::ALLOWED | Facts::RESET)
            && !case.has(Facts::DENIED)
            && case
                .session
                .bytes()
                .1
                .is_none_or(|answer| answer <= FEW_BYTES)
            && case
                .session
                .beats(case.data)
                .iter()
                .any(|beat| is_refusal(case.data, case.session, beat))
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Refused
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::Look
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        incident.headline = format!(
            "{} reached {}, which answered that nobody listens there.",
            words::capital(&group.clients()),
            group.servers()
        );
        incident.numbers.insert("attempts", group.n() as i64);
        let attempts = words::count(group.n(), "attempt", "attempts");
        let way = if group.tally(Trait::Allowed).n > 0 {
            format!(
                "The firewall let {attempts} of {} to {} pass",
                group.clients(),
                group.servers()
            )
        } else {
            format!(
                "{} of {} arrived at {}",
                words::capital(&attempts),
                group.clients(),
                group.servers()
            )
        };
        incident.sentence = format!(
            "{way}, and {} refused at once: nothing accepts {} there. The firewall is not the reason; look whether the \
             service is running.",
            words::plural(group.n_responders, "it", "they"),
            group.service()
        );
        let text = "The reset came from the server within a second.".to_string();
        incident
            .evidence_for
            .push(group.stated("reset_by_server", 0, text));
        incident.alternatives.push("A protecting program on the server, or a firewall further on, can send the same refusal.".into());
    }
}

/// A capture, or two counted flows, show the opening and the reset that answers it.
fn was_seen_refused(case: &Case<'_>) -> bool {
    case.brief.is_stream()
        && case.has(Facts::SYN_A)
        && !case.any(Facts::ALLOWED | Facts::DENIED | Facts::SYNACK_B | Facts::TRACKED)
        && case.session.last.saturating_sub(case.session.first) <= AT_ONCE_US
        && case.session.beats(case.data).iter().any(|beat| {
            let from_b = case.session.is_from_a(beat) == (case.session.side == Side::B);
            let resets = |flags: Flags| flags.any(Flags::RST) && !flags.any(Flags::SYN);
            from_b && beat.packet_flags().is_some_and(resets) && !beat.is_about_error()
        })
}

fn is_refusal(data: &Dataset, session: &Session, beat: &Beat) -> bool {
    let by_server = beat.end() == End::RstServer
        || beat.action() == Action::Reset && beat.reset_by() == ResetBy::Server;
    let length = (beat.meter as usize)
        .checked_sub(1)
        .and_then(|at| data.meters.get(at))
        .filter(|meter| meter.duration_us != NO_COUNT)
        .map_or(session.last.saturating_sub(session.first), |meter| {
            meter.duration_us as i64
        });
    by_server && length <= AT_ONCE_US
}
