//! The first sentences of the answer: who started it, and whether it matters.

use super::words;
use crate::engine::dataset::{Dataset, Direction, Facts, Outcome, Severity, Verdict};

/// The answer in two or three sentences. The first names both sides and who started it.
pub fn headline(data: &Dataset) -> String {
    if data.sessions.is_empty() {
        return nothing(data);
    }
    let mut denied = [0_u64; 1 + Verdict::ALL.len()];
    for session in data
        .sessions
        .iter()
        .filter(|session| session.facts.has(Facts::DENIED))
    {
        denied[session.verdict as usize] += 1;
    }
    let n_denied: u64 = denied.iter().sum();
    let Some(lead) = data.incidents.first() else {
        return nothing(data);
    };
    let is_background = matches!(
        lead.verdict,
        Verdict::AllowedNormal | Verdict::LocalDiscovery
    );
    let is_main = lead.sessions.len() * 2 >= data.sessions.len();
    if n_denied == 0 && (is_background || !is_main && lead.severity != Severity::Act) {
        let mut text = ordinary(data);
        if let Some(other) = data
            .incidents
            .iter()
            .find(|incident| incident.severity != Severity::None)
        {
            text.push_str(" Worth a look: ");
            text.push_str(&other.headline);
        }
        return text;
    }
    let mut text = lead.headline.clone();
    if let Some(numbers) = first_sentence(&lead.sentence)
        && numbers != lead.headline
    {
        text.push(' ');
        text.push_str(numbers);
    }
    if let Some(other) = data
        .incidents
        .iter()
        .skip(1)
        .find(|incident| incident.severity == Severity::Act)
    {
        text.push_str(" Look at this too: ");
        text.push_str(&other.headline);
    } else {
        rest(denied[lead.verdict as usize], n_denied, &mut text);
    }
    text
}

/// Addresses hold dots, but none followed by a blank.
fn first_sentence(text: &str) -> Option<&str> {
    if text.is_empty() {
        return None;
    }
    Some(text.find(". ").map_or(text, |at| &text[..=at]))
}

/// What else was blocked, when the first incident is not the whole story.
fn rest(covered: u64, n_denied: u64, text: &mut String) {
    let others = n_denied.saturating_sub(covered);
    if others > 0 && covered > 0 {
        text.push(' ');
        text.push_str(&words::count(
            others,
            "other connection was",
            "other connections were",
        ));
        text.push_str(" blocked for other reasons; ");
        text.push_str(words::plural(others, "it is below.", "they are below."));
    }
}

/// Nothing was blocked: what the log shows.
fn ordinary(data: &Dataset) -> String {
    let mut by_direction = [0_u64; Direction::ALL.len()];
    let (mut worked, mut unanswered, mut refused, mut allowed) = (0_u64, 0_u64, 0_u64, 0_u64);
    for session in &data.sessions {
        by_direction[session.direction as usize] += 1;
        worked += u64::from(session.outcome == Outcome::Worked);
        unanswered += u64::from(session.outcome == Outcome::Unanswered);
        refused += u64::from(session.outcome == Outcome::Refused);
        allowed += u64::from(session.facts.has(Facts::ALLOWED));
    }
    let total = data.sessions.len() as u64;
    let one = |direction: Direction| {
        let mut hosts = data
            .sessions
            .iter()
            .filter(|session| session.direction == direction)
            .filter_map(|session| session.parties(data).map(|(initiator, _)| initiator.host));
        let first = hosts.next();
        hosts.all(|host| Some(host) == first)
    };
    let most = Direction::ALL.into_iter().max_by_key(|direction| {
        (
            by_direction[*direction as usize],
            std::cmp::Reverse(*direction),
        )
    });
    let connections = words::count(total, "connection", "connections");
    let n_most = most.map_or(0, |direction| by_direction[direction as usize]);
    let all = n_most == total;
    let part = if all {
        connections.clone()
    } else {
        format!("{} of {connections}", words::number(n_most))
    };
    let who = match most {
        Some(Direction::Inbound) if one(Direction::Inbound) => {
            format!("A visitor opened {part} to your machines")
        }
        Some(Direction::Inbound) => format!("Visitors opened {part} to your machines"),
        Some(Direction::Outbound) if one(Direction::Outbound) => {
            format!("Your machine opened {part} to the internet")
        }
        Some(Direction::Outbound) => format!("Your machines opened {part} to the internet"),
        Some(Direction::Internal) => {
            format!("Machines inside your network opened {part} to each other")
        }
        Some(Direction::Group) => {
            let whose = if all {
                String::new()
            } else {
                format!("In {part}, ")
            };
            words::capital(&format!(
                "{whose}machines on the local network called to everybody nearby"
            ))
        }
        Some(Direction::ToFirewall) => {
            format!("Other machines opened {part} to the firewall itself")
        }
        Some(Direction::FromFirewall) => format!("The firewall itself opened {part}"),
        Some(Direction::Transit) => {
            format!("Machines outside your network opened {part} to each other")
        }
        Some(Direction::Unknown) | None
            if data
                .sessions
                .iter()
                .any(|session| session.parties(data).is_some()) =>
        {
            format!(
                "This log shows {connections}, and who opened each of them; which side is yours it does not say"
            )
        }
        Some(Direction::Unknown) | None => {
            format!("This log shows {connections}; who opened them cannot be told from it")
        }
    };
    if allowed == 0 && worked < total {
        return format!("{who}; whether any of them was blocked, the lines do not say.");
    }
    let mut text = format!("{who}; nothing in this log was blocked.");
    let mut parts = Vec::new();
    if worked > 0 {
        parts.push(format!("{} worked", words::number(worked)));
    }
    if unanswered > 0 {
        parts.push(format!("{} got no answer", words::number(unanswered)));
    }
    if refused > 0 {
        parts.push(format!(
            "{} {} refused by the other side",
            words::number(refused),
            words::plural(refused, "was", "were")
        ));
    }
    if let Some((last, head)) = parts.split_last() {
        let list = if head.is_empty() {
            last.clone()
        } else {
            format!("{} and {last}", head.join(", "))
        };
        text.push(' ');
        text.push_str(&words::capital(&list));
        text.push('.');
    }
    text
}

fn nothing(data: &Dataset) -> String {
    let names: Vec<String> = data
        .sources
        .iter()
        .take(3)
        .map(|source| words::visible(&source.name))
        .collect();
    let others = data.sources.len().saturating_sub(names.len()) as u64;
    let place = match (names.as_slice(), others) {
        ([], _) => "this input".to_string(),
        ([one], 0) => one.clone(),
        ([head @ .., last], 0) => format!("{} and {last}", head.join(", ")),
        (some, others) => format!(
            "{} and {}",
            some.join(", "),
            words::count(others, "other file", "other files")
        ),
    };
    let tally = &data.tally;
    let unknown = tally.foreign + tally.malformed;
    let why = if tally.lines == 0 || tally.lines == tally.blank {
        "It is empty.".to_string()
    } else if unknown > 0 && tally.event_lines == 0 {
        format!(
            "{} of {} could not be read as a firewall log.",
            words::number(unknown),
            words::count(tally.lines, "line", "lines")
        )
    } else {
        format!(
            "{} {} about other things.",
            words::count(tally.other, "line", "lines"),
            words::plural(tally.other, "is", "are")
        )
    };
    format!("No connections were found in {place}. {why}")
}
