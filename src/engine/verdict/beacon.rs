//! V16: a machine of ours calls the same service at even distances of time.
//!
//! Sees     What the detector of that name found. It lies over the verdicts of the single connections, which stay.
//! Matters  Most programs that do so are harmless; malware that asks for orders does it too.
//! Misses   What the detector misses.

use super::Rule;
use super::group::{Group, Trait};
use super::scene::Case;
use crate::engine::dataset::{Incident, Outcome, Severity, Verdict};
use crate::engine::detect::beacon::Rhythm;
use crate::engine::explain::{checks, words};

/// Services whose clients keep a rhythm by nature, and what they do.
const RHYTHMIC: [(u16, &str); 7] = [
    (123, "setting the clock does"),
    (161, "monitoring does"),
    (162, "monitoring does"),
    (514, "sending logs does"),
    (5666, "monitoring does"),
    (10_050, "monitoring does"),
    (10_051, "monitoring does"),
];

pub struct Beacon;

impl Rule for Beacon {
    fn verdict(&self) -> Verdict {
        Verdict::Beacon
    }

    /// It is found after the sessions have their verdicts, over many of them.
    fn holds(&self, _case: &Case<'_>) -> bool {
        false
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Unknown
    }

    fn severity(&self, group: &Group<'_>) -> Severity {
        if usual(group).is_some() {
            Severity::None
        } else {
            Severity::Act
        }
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let clients = words::capital(&group.clients());
        let own = of_first(group);
        let Some(rhythm) = Rhythm::of(group.data, &own) else {
            return;
        };
        let period = words::duration(rhythm.period);
        if let Some(number) = period
            .split(' ')
            .next()
            .and_then(|digits| digits.replace(',', "").parse().ok())
        {
            incident.numbers.insert("period", number);
        }
        incident.numbers.insert(
            "period_s",
            rhythm.period / crate::engine::model::stamp::SECOND,
        );
        incident.numbers.insert("calls", group.n() as i64);
        incident.numbers.insert("pauses", rhythm.n_gaps as i64);
        incident.numbers.insert("even_pauses", rhythm.n_near as i64);
        let verb = words::plural(group.n_initiators, "calls", "call");
        let targets = group.targets();
        incident.headline = match usual(group) {
            Some(does) => {
                format!(
                    "{clients} {verb} {targets} every {period}, as {does}; nothing speaks against it."
                )
            }
            None => format!(
                "{clients} {verb} {targets} every {period}: find out which program does that."
            ),
        };
        let blocked = group.tally(Trait::Allowed).n == 0;
        let length = group.span();
        incident.sentence = format!(
            "{clients} called {targets} ({}) {} within {}, about every {period}{}. Programs do that to look for updates, to \
             set the clock or to report that they are alive; malware does it to ask for orders. {}",
            group.aside(),
            words::times(group.n()),
            group.spell(incident, length),
            if blocked {
                ", and the firewall refused"
            } else {
                ""
            },
            match usual(group) {
                Some(does) => format!("On this port it is most likely what {does}."),
                None => "Which program on that machine is it?".into(),
            }
        );
        let text = format!(
            "{} of {} between the calls are near {period} or a multiple of it.",
            words::number(rhythm.n_near),
            words::count(rhythm.n_gaps, "pause", "pauses"),
        );
        let mut reason = group.stated("rhythm", 0, text);
        reason.sessions = own.into_iter().take(super::group::MAX_CITED).collect();
        incident.evidence_for.insert(0, reason);
        incident.alternatives.push(
            "The usual harmless reasons are clock synchronisation (NTP), programs that look for updates, and monitoring; \
             whose address it is and the name of the program decide."
                .into(),
        );
        checks::look(
            incident,
            "on the machine that calls",
            "ss -tunap",
            "Names the program, if it is run when a call is due (Windows: netstat -anob).",
        );
    }
}

/// What such a rhythm is at this port.
fn usual(group: &Group<'_>) -> Option<&'static str> {
    let port = group.port?;
    RHYTHMIC
        .into_iter()
        .find(|(known, _)| *known == port)
        .map(|(_, does)| does)
}

/// The sessions of the machine that called first: each has a rhythm of its own.
fn of_first(group: &Group<'_>) -> Vec<u32> {
    let ends = |idx: u32| {
        let brief = &group.scene.briefs[idx as usize];
        (brief.initiator, brief.responder, brief.responder_port)
    };
    let first = group.sessions.first().map(|idx| ends(*idx));
    group
        .sessions
        .iter()
        .copied()
        .filter(|idx| Some(ends(*idx)) == first)
        .collect()
}
