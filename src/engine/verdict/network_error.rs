//! V13: the network reported that a packet could not be delivered.
//!
//! Sees     An ICMP error that quotes a packet of the session, and no answer in the session itself.
//! Matters  A service is down, or a route or a rule further on refuses.
//!          One that quotes nothing is a session of its own, between who reports and who is told.
//! Misses   For whom the packet was, where the report does not say.

use super::Rule;
use super::group::Group;
use super::scene::Case;
use crate::engine::dataset::{Dataset, Facts, Incident, Outcome, Session, Severity, Verdict};
use crate::engine::explain::words;
use crate::engine::format::Topic;
use crate::engine::model::{Icmp, proto};

pub struct NetworkError;

impl Rule for NetworkError {
    fn verdict(&self) -> Verdict {
        Verdict::NetworkError
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        case.has(Facts::ICMP_ERROR) && !case.has(Facts::ANSWERED)
            || matches!(case.brief.proto, proto::ICMP | proto::ICMP6)
                && report(case.data, case.session).is_some()
    }

    fn outcome(&self, case: &Case<'_>) -> Outcome {
        let quoted = error(case.data, case.session.beats_start, case.session.n_beats);
        match quoted.or_else(|| report(case.data, case.session)) {
            Some(icmp) if says_nobody_listens(icmp) => Outcome::Refused,
            _ => Outcome::Unanswered,
        }
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::Look
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let first = group
            .sessions
            .first()
            .map(|idx| &group.data.sessions[*idx as usize]);
        let icmp =
            first.and_then(|session| error(group.data, session.beats_start, session.n_beats));
        if let (None, Some(icmp)) = (icmp, first.and_then(|session| report(group.data, session))) {
            return tell_of_reports(group, incident, meaning(icmp));
        }
        let what = icmp.map_or("it could not be delivered", meaning);
        let quoted = icmp.and_then(|icmp| icmp.inner).map(|inner| inner.src);
        let parties = first.and_then(|session| session.parties(group.data));
        if parties.is_some_and(|(_, responder)| Some(responder) == quoted) {
            return tell_of_answers(group, incident, what);
        }
        incident.headline = format!(
            "{} tried to reach {}; the network answered that {what}.",
            words::capital(&group.clients()),
            group.servers()
        );
        incident.sentence = format!(
            "{} to {} got a report instead of an answer: {what}. The report is about a packet that {} had sent; nobody \
             is attacking. Look at it if {}.",
            words::capital(&words::count(group.n(), "attempt", "attempts")),
            group.servers(),
            group.clients(),
            match group.port {
                Some(_) => format!("{} should have worked", group.service()),
                None => "something there does not work".into(),
            }
        );
        incident.numbers.insert("attempts", group.n() as i64);
        let text = format!(
            "The reports quote the packets that failed; they were sent by {}.",
            group.clients()
        );
        incident.evidence_for.push(group.stated("quoted", 0, text));
        crate::engine::explain::checks::add(group, incident, &[Topic::Routes, Topic::Rules]);
    }
}

/// The packet that could not be delivered was itself an answer.
fn tell_of_answers(group: &Group<'_>, incident: &mut Incident, what: &str) {
    incident.headline = format!(
        "{} asked {}; the answer could not be delivered, because {what}.",
        words::capital(&group.clients()),
        group.servers()
    );
    incident.sentence = format!(
        "{} of {} to {} ({}) could not be delivered: {what}. {} asked first and did not wait; nobody is attacking.",
        words::capital(&words::count(group.n(), "answer", "answers")),
        group.servers(),
        group.clients(),
        group.aside(),
        words::capital(&group.who())
    );
    incident.numbers.insert("answers", group.n() as i64);
    let text = format!(
        "The reports quote the packets that failed; they were sent by {}.",
        group.servers()
    );
    incident.evidence_for.push(group.stated("quoted", 0, text));
}

/// Reports of which the lines do not show what they are about.
fn tell_of_reports(group: &Group<'_>, incident: &mut Incident, what: &str) {
    incident.headline = format!(
        "{} reported to {} that {what}.",
        words::capital(&group.targets()),
        group.clients()
    );
    incident.sentence = format!(
        "{} of {} to {}: {what}. Such a report is about a packet that {} had sent before, so nobody is attacking. The \
         lines do not quote that packet, so for whom it was they do not say.",
        words::capital(&words::count(group.n(), "report", "reports")),
        group.targets(),
        group.clients(),
        group.clients()
    );
    incident.numbers.insert("reports", group.n() as i64);
    let text = "Machines send such reports only about packets that reached them.".to_string();
    incident.evidence_for.push(group.stated("report", 0, text));
}

/// An error of which no line shows the quotation.
fn report(data: &Dataset, session: &Session) -> Option<Icmp> {
    let is_v6 = session.proto(data) == proto::ICMP6;
    let icmp = session.beats(data).iter().find_map(|beat| {
        let extra = data.extras.get((beat.extra as usize).checked_sub(1)?)?;
        extra.icmp
    })?;
    let is_error = if is_v6 {
        matches!(icmp.kind, 1..=4)
    } else {
        matches!(icmp.kind, 3 | 4 | 11 | 12)
    };
    (is_error && icmp.inner.is_none()).then_some(icmp)
}

fn error(data: &Dataset, start: u32, n: u32) -> Option<Icmp> {
    let beats = data.beats.get(start as usize..(start + n) as usize)?;
    beats
        .iter()
        .filter(|beat| beat.is_about_error())
        .find_map(|beat| data.extras.get((beat.extra as usize).checked_sub(1)?)?.icmp)
}

fn is_v6(icmp: Icmp) -> bool {
    // Version 6 errors are 1 to 4; version 4 has no 1 and 2, and its 3 and 4 quote version 4 packets.
    icmp.kind <= 2
        || icmp
            .inner
            .is_some_and(|inner| inner.src.host.as_v4().is_none() && inner.src.host.ip().is_some())
}

fn says_nobody_listens(icmp: Icmp) -> bool {
    if is_v6(icmp) {
        (icmp.kind, icmp.code) == (1, 4)
    } else {
        (icmp.kind, icmp.code) == (3, 3)
    }
}

fn meaning(icmp: Icmp) -> &'static str {
    let tcp = icmp.inner.is_some_and(|inner| inner.proto == proto::TCP);
    match (is_v6(icmp), icmp.kind, icmp.code) {
        (false, 3, 0) | (true, 1, 0) => "no route leads to that network",
        (false, 3, 1) | (true, 1, 3) => "that machine cannot be reached",
        (false, 3, 3) | (true, 1, 4) if tcp => "nothing accepts connections there",
        (false, 3, 3) | (true, 1, 4) => "nobody listens on that port",
        (false, 3, 4) | (true, 2, _) => "the packet was too large for a link on the way",
        (false, 3, 9 | 10 | 13) | (true, 1, 1) => "a rule on the way forbids it",
        (false, 11, _) | (true, 3, _) => "the packet went round too long and was given up",
        (false, 5, _) => "another router knows a shorter way",
        _ => "it could not be delivered",
    }
}
