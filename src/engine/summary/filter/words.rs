//! Verdicts and outcomes in a few words, for chips, legends and table cells.

use crate::engine::dataset::{Incident, Outcome, Verdict};

/// A verdict in two or three words, for chips and table cells.
pub fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::OrphanedReply => "replies blocked",
        Verdict::BlockedInbound => "visitor blocked",
        Verdict::BlockedOutbound => "ours blocked going out",
        Verdict::BlockedInternal => "blocked inside",
        Verdict::Scan => "scan",
        Verdict::Backscatter => "back-scatter",
        Verdict::AllowedNormal => "worked normally",
        Verdict::AllowedUnanswered => "allowed, no answer",
        Verdict::StatelessReturnBlocked => "replies blocked by a rule",
        Verdict::ImpossiblePacket => "impossible packet",
        Verdict::Refused => "refused by the server",
        Verdict::LocalDiscovery => "local discovery",
        Verdict::NetworkError => "network error",
        Verdict::LateDatagramReply => "late answer",
        Verdict::PasswordGuessing => "password guessing",
        Verdict::Beacon => "regular call home",
        Verdict::PeerToPeer => "peer to peer",
        Verdict::HeavyTransfer => "heavy transfer",
        Verdict::WatchList => "on the watch list",
        Verdict::NewOrRare => "new or rare",
        Verdict::ServicePortAsSource => "service port as source",
        Verdict::HelperChannelBlocked => "side channel blocked",
        Verdict::HalfSeen => "half seen",
        Verdict::NotEnough => "not enough to tell",
    }
}

/// What an incident is, where the words for its verdict would say too much: no line says that something was refused,
/// what was in a connection was blocked, or an alarm was raised about what worked.
pub fn incident_words(incident: &Incident) -> Option<&'static str> {
    let count = |name| incident.numbers.get(name).copied();
    match incident.verdict {
        Verdict::BlockedInbound | Verdict::BlockedOutbound | Verdict::BlockedInternal => {
            let is_attempt = count("packets") == Some(0);
            let content = count("content").map(|_| "content blocked");
            is_attempt.then_some("attempt").or(content)
        }
        Verdict::AllowedNormal => count("alarms").map(|_| "alarm"),
        _ => None,
    }
}

/// An outcome as legends and table cells say it.
pub fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Worked => "worked",
        Outcome::Blocked => "blocked",
        Outcome::Refused => "refused",
        Outcome::Unanswered => "no answer",
        Outcome::ReplyBlocked => "reply blocked",
        Outcome::Noise => "noise",
        Outcome::Unknown => "unclear",
    }
}
