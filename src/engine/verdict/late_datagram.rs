//! V14: an answer without a connection (UDP, ICMP) that came after the firewall had stopped waiting.
//!
//! Sees     A denied packet of the side that answers.
//! Matters  Hardly ever; it is often mistaken for a scan because every question uses another port.
//! Misses   Reflected floods, which the backscatter detector takes first.

use super::Rule;
use super::group::{Group, Trait};
use super::scene::Case;
use crate::engine::dataset::{Direction, Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;
use crate::engine::model::{Micros, proto};

pub struct LateDatagram;

impl Rule for LateDatagram {
    fn verdict(&self) -> Verdict {
        Verdict::LateDatagramReply
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        case.brief.is_datagram()
            && case.is_decided()
            && case.has(Facts::DENIED_B)
            && !case.has(Facts::ICMP_ERROR)
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::ReplyBlocked
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::None
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let asked = match group.direction {
            Direction::Inbound if group.n_initiators == 1 => "the visitor had",
            Direction::Inbound => "the visitors had",
            Direction::Outbound if group.n_initiators == 1 => "your machine had",
            Direction::Outbound => "your machines had",
            _ => "the other side had",
        };
        let answers = words::count(group.n_packets.max(group.n()), "answer", "answers");
        incident
            .numbers
            .insert("answers", group.n_packets.max(group.n()) as i64);
        incident.headline = format!(
            "{answers} came too late: {asked} asked, and {} replied after the firewall had stopped waiting.",
            group.whom()
        );
        let mut sentence = format!(
            "{} from {} ({}) to {} {} blocked. {} asked first, so this is neither an attack nor a new attempt.",
            words::capital(&answers),
            group.servers(),
            group.aside(),
            group.clients(),
            words::plural(group.n_packets, "was", "were"),
            words::capital(asked.trim_end_matches(" had")),
        );
        if let Some((waited, limit)) = waited(group) {
            incident.numbers.insert("waited_s", waited);
            incident.numbers.insert("timeout_s", i64::from(limit));
            incident.timeout_s = Some(limit);
            let text = format!(
                " The first one came after {} seconds; the firewall waits {} seconds.",
                words::number(waited as u64),
                words::number(u64::from(limit))
            );
            sentence.push_str(&text);
        }
        incident.sentence = sentence;
        if group.tally(Trait::Allowed).n == 0 {
            incident.evidence_against.push(group.stated(
                "no_question",
                0,
                "The questions themselves are not in this log.".into(),
            ));
            incident.alternatives.push(
                "Answers that nobody asked for look the same: if they come from many senders at once, somebody may be using \
                 them to flood this address. A log of outgoing traffic decides."
                    .into(),
            );
        }
        checks::add(group, incident, &[Topic::Timers]);
    }
}

/// Seconds from the question to its late answer, and the limit of the device that it exceeds.
fn waited(group: &Group<'_>) -> Option<(i64, u32)> {
    let session = &group.data.sessions[*group.sessions.first()? as usize];
    let mut asked: Option<Micros> = None;
    let mut late = None;
    for beat in session
        .beats(group.data)
        .iter()
        .filter(|beat| beat.has_time())
    {
        if beat.action().is_denied() {
            late = late.or(asked.map(|at| beat.ts - at));
        } else {
            asked = Some(beat.ts);
        }
    }
    let seconds = late? / crate::engine::model::stamp::SECOND;
    let timers = &group.device()?.about?.device.timers;
    let own = if group.proto == proto::UDP {
        timers.udp
    } else {
        timers.icmp
    };
    let limit = match group.data.settings.udp_timeout_s {
        Some(limit) => limit,
        None => own
            .iter()
            .copied()
            .filter(|limit| i64::from(*limit) <= seconds)
            .max()?,
    };
    (seconds >= i64::from(limit)).then_some((seconds, limit))
}
