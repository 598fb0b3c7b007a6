//! V06: answers to packets that somebody else sent with our address forged as sender.
//!
//! Sees     What the detector of that name marked: answers from one host to many of our ports, and no question of ours.
//! Matters  Not at all here; the sender is the victim.
//! Misses   Fewer answers than the detector's count.
//! Source   Moore et al., "Inferring Internet Denial-of-Service Activity".

use super::Rule;
use super::group::{Group, Trait};
use super::scene::{Case, Marks};
use crate::engine::dataset::{Band, Incident, Outcome, Severity, Verdict};
use crate::engine::detect::backscatter::is_scattered;
use crate::engine::explain::words;
use crate::engine::model::proto;

/// On a log that holds no allowed traffic nobody can say that we did not ask; the band goes no higher then.
const MILLI_WITHOUT_COVERAGE: u16 = 900;

pub struct Backscatter;

impl Rule for Backscatter {
    fn verdict(&self) -> Verdict {
        Verdict::Backscatter
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        case.marks.has(Marks::BACKSCATTER)
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Noise
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::None
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let victims = words::count(group.n_responders, "machine", "machines");
        incident.headline = format!(
            "Nobody here started this: {} on the internet {} answering somebody who used your addresses as a false sender.",
            victims,
            words::plural(group.n_responders, "is", "are")
        );
        let ours = words::hosts(&group.initiators, group.n_initiators, &group.data.names);
        incident.sentence = format!(
            "{} answered {} that {ours} never asked. Somebody else sent the questions with your addresses forged as sender, ",
            words::capital(&group.targets()),
            words::count(group.n(), "question", "questions"),
        );
        // A flood of datagrams is aimed at the forged sender, one of openings at who answers them.
        let why = if group.proto == proto::UDP && group.n_responders > group.n_initiators {
            format!(
                "most likely to flood {ours} with the answers. Those who answer are misused, too. The firewall is right to \
                 drop them; if they fill your line, only your provider can stop them."
            )
        } else {
            format!(
                "most likely to flood {}. There is nothing to fix here, and blocking {} would only hit the victim.",
                words::plural(group.n_responders, "that machine", "those machines"),
                words::plural(group.n_responders, "it", "them"),
            )
        };
        incident.sentence.push_str(&why);
        incident.numbers.insert("questions", group.n() as i64);
        let text = format!(
            "All of it is answers from one kind of port to {} of your ports; no packet of yours to them is in the log.",
            words::number(group.n_client_ports)
        );
        incident
            .evidence_for
            .push(group.stated("only_answers", 0, text));
        let n_hosts = group.n_initiators as usize;
        if group.tally(Trait::NoFlags).n > 0
            && is_scattered(group.scene, group.sessions, n_hosts, group.sessions.len())
        {
            let text = format!(
                "They went to {} addresses of yours, hardly any of them twice, at ports from all over: your own machines \
                 would pick high ports, and call again.",
                words::number(group.n_initiators)
            );
            incident
                .evidence_for
                .push(group.stated("scattered", 0, text));
        }
        if group.data.coverage.deny_only {
            incident.p_milli = incident.p_milli.min(MILLI_WITHOUT_COVERAGE);
            incident.band = incident.band.min(Some(Band::Medium));
            incident.evidence_against.push(group.stated(
                "deny_only",
                0,
                "Allowed traffic is not in this log, so a question of yours could be missing from it.".into(),
            ));
            incident.alternatives.push(
                "These could be late replies to connections that your own machines opened; a log that shows allowed \
                 connections to the same addresses would tell."
                    .into(),
            );
        }
        if group.tally(Trait::Answer).n > 0 {
            incident.alternatives.push(
                "If one single address answers again and again from the start of each connection, your own packets may \
                 leave by another way than the answers come back."
                    .into(),
            );
        }
    }
}
