//! V07: allowed, and nothing speaks against a normal course.
//!
//! Sees     Sessions and packets that were let through and not denied.
//! Matters  Not; it is the background against which the rest stands out.
//! Misses   Whether the traffic was wanted.

use super::Rule;
use super::group::{Group, Trait};
use super::scene::Case;
use crate::engine::dataset::{Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::words;
use crate::engine::model::{FlagsScope, Kind};
use crate::engine::session::beat::Class;

pub struct AllowedNormal;

impl Rule for AllowedNormal {
    fn verdict(&self) -> Verdict {
        Verdict::AllowedNormal
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        // A monitor lets nothing through or not; that both sides talked says as much, unless all that one of them said
        // was an opening.
        let is_flow = case.has(Facts::FLOW) && !case.any(Facts::SYN_A | Facts::SYN_B);
        !case.has(Facts::DENIED)
            && (case.has(Facts::ALLOWED)
                || talked(case)
                || case.has(Facts::ANSWERED) && (is_flow || case.has(Facts::TRACKED)))
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Worked
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::None
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let connections = words::count(group.n(), "connection", "connections");
        if group.tally(Trait::Unsure).n == group.n() {
            incident.headline = format!(
                "{connections} between {} and {} worked.",
                group.sources(),
                group.targets()
            );
            incident.sentence = format!(
                "{connections} between {} and {} {} allowed. Who opened them, the lines do not tell.",
                group.sources(),
                group.targets(),
                words::plural(group.n(), "was", "were")
            );
            return;
        }
        let is_alarming = group.tally(Trait::Alarm).n == group.n();
        incident.headline = format!(
            "{} opened {connections} to {}; {}nothing was blocked.",
            words::capital(&group.clients()),
            group.whom(),
            if is_alarming {
                "inspection raised an alarm, and "
            } else {
                ""
            }
        );
        let passed = match (group.tally(Trait::Allowed).n, group.n()) {
            (0, _) => "Both sides talked",
            (_, 1) => "The firewall let it pass",
            _ => "The firewall let them pass",
        };
        incident.sentence = format!(
            "{} opened {connections} to {} ({}). {passed}{}.",
            words::capital(&group.clients()),
            group.servers(),
            group.aside(),
            if is_alarming {
                ""
            } else {
                "; nothing speaks against a normal course"
            }
        );
    }
}

/// Packets of both sides, of which no line says what was decided: more than openings, their answers and resets.
fn talked(case: &Case<'_>) -> bool {
    let is_stream = case.brief.is_stream();
    let (mut of_a, mut of_b, mut goes_on) = (false, false, !is_stream);
    for beat in case.session.beats(case.data) {
        let class = beat.class();
        if beat.is_about_error() || beat.kind() != Kind::Packet || beat.state().is_lost() {
            return false;
        }
        let is_said = !is_stream
            || beat.flags_scope() == FlagsScope::Packet
                && matches!(class, Class::SynAck | Class::Ack | Class::Data | Class::Fin);
        let from_a = case.session.is_from_a(beat);
        of_a |= is_said && from_a;
        of_b |= is_said && !from_a;
        goes_on |= is_said && class != Class::SynAck;
    }
    of_a && of_b && goes_on
}
