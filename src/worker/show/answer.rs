//! The answer: headline, facts, incidents.

use super::{Open, id, time};
use crate::engine::dataset::{Dataset, Direction, Incident, Outcome, Reasoned, Session, Verdict};
use crate::engine::explain;
use crate::engine::format::FORMATS;
use crate::engine::model::order::Order;
use crate::engine::model::{Kind, NameId, proto};
use crate::engine::session::beat::Beat;
use crate::engine::summary::filter::Vocabulary;
use crate::engine::summary::filter::words::incident_words;
use crate::worker::view;

/// More incidents than this nobody reads on a page; the command line prints them all.
const MAX_INCIDENTS: usize = 200;

impl Open {
    pub fn report(&mut self) -> view::Report {
        let everything = self.summary_of("").cloned().unwrap_or_default();
        let data = &self.data;
        let mut formats: Vec<(String, u64)> = data
            .format_lines
            .iter()
            .map(|(id, n_lines)| (format_title(id), *n_lines))
            .collect();
        formats.order_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let headline = explain::headline(data);
        view::Report {
            headline,
            tally: view::Tally {
                lines: data.tally.lines,
                event_lines: data.tally.event_lines,
                other: data.tally.other,
                malformed: data.tally.malformed,
                foreign: data.tally.foreign,
                blank: data.tally.blank,
                events: data.tally.events,
            },
            n_sessions: data.sessions.len() as u64,
            first: data.span.and_then(|(first, _)| time(first)),
            last: data.span.and_then(|(_, last)| time(last)),
            formats,
            devices: devices(data),
            ours: data.roles.ours.clone(),
            incidents: data
                .incidents
                .iter()
                .take(MAX_INCIDENTS)
                .map(|incident| shown(data, incident))
                .collect(),
            n_incidents: data.incidents.len() as u64,
            limits: data.limits.clone(),
            shapes: self.shapes(),
            n_guessed: guessed(data),
            vocabulary: Vocabulary::new(data, &self.index, &everything),
        }
    }
}

/// Lines that were read by the order of what stands in them.
fn guessed(data: &Dataset) -> u64 {
    let shapes = data.guessed.ranked();
    shapes.iter().map(|(_, shape)| shape.n_lines).sum()
}

fn format_title(id: &str) -> String {
    let format = FORMATS.iter().find(|format| format.about().id == id);
    format.map_or_else(|| id.to_string(), |format| format.about().title.to_string())
}

fn devices(data: &Dataset) -> Vec<String> {
    let ids: std::collections::BTreeSet<NameId> = data
        .circumstances
        .values()
        .map(|setting| setting.device)
        .collect();
    ids.into_iter()
        .filter_map(|id| data.names.text(id))
        .map(str::to_string)
        .collect()
}

fn shown(data: &Dataset, incident: &Incident) -> view::Incident {
    let outcome = main_outcome(data, incident);
    view::Incident {
        id: id(incident.id),
        verdict: incident.verdict.id(),
        verdict_name: incident.verdict.name().into(),
        cause: incident
            .cause
            .filter(|cause| cause.named)
            .map(|cause| cause.cause.name().into()),
        headline: incident.headline.clone(),
        sentence: incident.sentence.clone(),
        words: incident_words(incident).map(explain::words::capital),
        severity: incident.severity.name().into(),
        band: incident
            .band
            .map_or("cannot_tell", crate::engine::dataset::Band::name)
            .into(),
        direction: incident.direction.name().into(),
        outcome: outcome.name().into(),
        n_sessions: incident.sessions.len() as u64,
        n_lines: incident.n_lines,
        first: time(incident.first),
        last: time(incident.last),
        service: incident
            .port
            .map(|port| format!("{port}/{}", proto::name(incident.proto))),
        n_initiators: incident.n_initiators,
        n_responders: incident.n_responders,
        initiators: incident
            .initiators
            .iter()
            .map(|host| host.text(&data.names))
            .collect(),
        ways: incident
            .sessions
            .first()
            .and_then(|at| data.sessions.get(*at as usize))
            .and_then(|one| ways(data, incident, one)),
        evidence_for: incident.evidence_for.iter().map(evidence).collect(),
        evidence_against: incident.evidence_against.iter().map(evidence).collect(),
        alternatives: incident.alternatives.clone(),
        checks: incident
            .checks
            .iter()
            .map(|check| view::Check {
                place: check.place.clone(),
                command: check.command.clone(),
                why: check.why.clone(),
            })
            .collect(),
        filter: format!("incident:{}", id(incident.id)),
    }
}

fn evidence(reason: &Reasoned) -> view::Evidence {
    view::Evidence {
        id: reason.id.into(),
        text: reason.text.clone(),
        weight: reason.weight,
        has_lines: !reason.sessions.is_empty(),
    }
}

fn main_outcome(data: &Dataset, incident: &Incident) -> Outcome {
    let mut counts = [0_usize; Outcome::ALL.len()];
    for at in &incident.sessions {
        if let Some(session) = data.sessions.get(*at as usize) {
            counts[session.outcome as usize] += 1;
        }
    }
    let most = Outcome::ALL
        .into_iter()
        .rev()
        .max_by_key(|outcome| counts[*outcome as usize]);
    most.unwrap_or_default()
}

/// The picture of one session that stands for all: its first logged packet that was denied, else its first.
fn ways(data: &Dataset, incident: &Incident, session: &Session) -> Option<view::Ways> {
    let (initiator, responder) = session.parties(data)?;
    let beats = session.beats(data);
    let beat = beats
        .iter()
        .find(|beat| beat.action().is_denied())
        .or_else(|| beats.first())?;
    let (a, _) = session.ends(data);
    let sender_is_initiator = session.is_from_a(beat) == (a == initiator);
    let is_forged = incident.verdict == Verdict::Backscatter;
    let (initiator_word, responder_word) = if is_forged {
        ("your address, forged", "who was asked")
    } else {
        words(incident.direction)
    };
    Some(view::Ways {
        initiator: initiator.text(&data.names),
        n_more_initiators: incident.n_initiators.saturating_sub(1),
        initiator_word: initiator_word.into(),
        responder: responder.text(&data.names),
        n_more_responders: incident.n_responders.saturating_sub(1),
        responder_word: responder_word.into(),
        packet_is_answer: !sender_is_initiator,
        packet_fate: fate(beat).into(),
        is_forged,
    })
}

fn fate(beat: &Beat) -> &'static str {
    let action = beat.action();
    match (action.is_denied(), action.is_allowed()) {
        (true, _) if beat.kind() == Kind::SessionUpdate => "blocked for what is in it",
        (true, _) => "blocked",
        (_, true) => "allowed",
        _ => "",
    }
}

/// Whom a reader takes the two for.
fn words(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::Inbound => ("visitor", "your machine"),
        Direction::Outbound => ("your machine", "the internet"),
        Direction::Internal => ("your machine", "your other machine"),
        Direction::ToFirewall => ("caller", "the firewall"),
        Direction::FromFirewall => ("the firewall", "the other side"),
        Direction::Group => ("sender", "everybody"),
        Direction::Transit | Direction::Unknown => ("the opener", "the one asked"),
    }
}
