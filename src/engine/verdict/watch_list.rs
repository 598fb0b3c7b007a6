//! V19: the log meets an entry of the user's watch list.
//!
//! Sees     Sessions with a listed address, network, name or port. It lies over their verdicts, which stay.
//! Matters  When the firewall let something pass, or something of ours called. Listed strangers who knock and are
//!          refused are what such lists are for.
//! Misses   Addresses behind a translation, and names that the log gives only as addresses.

use super::Rule;
use super::group::{Group, MAX_CITED, Trait};
use super::scene::Case;
use crate::engine::dataset::{Dataset, Facts, Incident, Outcome, Severity, Side, Verdict};
use crate::engine::explain::{checks, words};
use crate::engine::model::Host;
use crate::engine::watch::WatchList;
use crate::engine::watch::hits::{Hit, concerned};

/// Entries with a story of their own; nobody reads more of them one by one.
const MAX_STORIES: usize = 20;

pub struct WatchListHit;

impl Rule for WatchListHit {
    fn verdict(&self) -> Verdict {
        Verdict::WatchList
    }

    /// It is found after the sessions have their directions, for each distinct host once.
    fn holds(&self, _case: &Case<'_>) -> bool {
        false
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Unknown
    }

    fn severity(&self, group: &Group<'_>) -> Severity {
        if hits(group).any(Hit::matters) {
            Severity::Act
        } else {
            Severity::Look
        }
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let Some(list) = &group.data.settings.watch else {
            return;
        };
        let ending = ending(group, incident);
        let found: Vec<&Hit> = hits(group).collect();
        if let [hit] = found.as_slice() {
            one(group, incident, list, hit, &ending);
        } else {
            several(group, incident, &found, &ending);
        }
        let reasons = found
            .iter()
            .take(MAX_CITED)
            .map(|hit| reason(group, list, hit));
        incident.evidence_for.splice(0..0, reasons);
        incident.alternatives.push(
            "A list can be out of date, and many can share one address (a hosting provider, a proxy); the age of the \
             entry and what else happened at that time decide."
                .into(),
        );
        if found.iter().any(|hit| hit.n_outbound() > 0) {
            checks::look(
                incident,
                "on the machine that called",
                "ss -tunap",
                "Names the program, if it is run while a call lasts (Windows: netstat -anob).",
            );
        }
        if found.iter().any(|hit| hit.n_allowed > 0) {
            checks::look(
                incident,
                "in the rules of the firewall",
                "",
                "Shows which rule let it pass; one above it with this list would stop it.",
            );
        }
    }
}

/// What is told together: each entry that matters by itself, then the rest of these, then all that were only knocking.
pub fn stories(data: &Dataset) -> Vec<Vec<u32>> {
    let (grave, quiet): (Vec<u32>, Vec<u32>) =
        (0..data.watched.len() as u32).partition(|at| data.watched[*at as usize].matters());
    let n_alone = grave.len().min(MAX_STORIES);
    let mut stories: Vec<Vec<u32>> = grave[..n_alone].iter().map(|at| vec![*at]).collect();
    stories.push(grave[n_alone..].to_vec());
    stories.push(quiet);
    stories.retain(|story| !story.is_empty());
    stories
}

fn hits<'g>(group: &Group<'g>) -> impl Iterator<Item = &'g Hit> {
    let watched = &group.data.watched;
    let listed = group.listed.iter();
    listed.filter_map(move |at| watched.get(*at as usize))
}

/// A count that a sentence names, kept among the incident's numbers.
fn noted(incident: &mut Incident, name: &'static str, value: u64) -> String {
    incident.numbers.insert(name, value as i64);
    words::number(value)
}

/// What the firewall did with all of them.
fn ending(group: &Group<'_>, incident: &mut Incident) -> String {
    let of = |fact: u32| {
        let sessions = group.sessions.iter();
        let sessions = sessions.filter(|at| group.data.sessions[**at as usize].facts.has(fact));
        sessions.count() as u64
    };
    let (n, n_allowed, n_denied) = (group.n(), of(Facts::ALLOWED), of(Facts::DENIED));
    let allowed = noted(incident, "allowed", n_allowed);
    let denied = noted(incident, "denied", n_denied);
    let them = words::plural(n, "it", "all of them");
    match (n_allowed, n_denied) {
        (0, 0) => format!(
            "the lines do not say whether the firewall let {} pass",
            words::plural(n, "it", "them")
        ),
        (0, _) if n_denied == n => format!("the firewall refused {them}"),
        (0, _) => {
            format!("the firewall refused {denied} of them; of the others the lines do not say")
        }
        (_, 0) if n_allowed == n && n > 1 => "the firewall let all of them pass".into(),
        (_, 0) if n_allowed == n => "the firewall let it pass".into(),
        (_, 0) => format!("the firewall let {allowed} of them pass"),
        _ if n == 1 => "the firewall let a part of it pass and refused a part".into(),
        _ => format!(
            "the firewall let packets of {allowed} of them pass and refused packets of {denied}"
        ),
    }
}

/// " (entry, remark)", as far as it says more than the addresses before it.
fn label(list: &WatchList, hit: &Hit, hosts: &[Host], group: &Group<'_>) -> String {
    let (entry, remark) = (list.entry(hit.entry), list.remark(hit.entry));
    let is_said = matches!(hosts, [host] if host.text(&group.data.names) == entry);
    match (is_said, remark.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!(" ({})", words::visible(remark)),
        (false, true) => format!(" ({})", words::visible(entry)),
        (false, false) => format!(" ({}, {})", words::visible(entry), words::visible(remark)),
    }
}

/// Which ends of the sessions are on the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listed {
    Responders,
    Initiators,
    /// A port, whosever it is.
    Port,
    /// Now this end, now that one, or nobody can tell who started.
    Unclear,
}

fn listed(group: &Group<'_>, list: &WatchList, hit: &Hit) -> Listed {
    if list.is_of_any_host(hit.entry) {
        return Listed::Port;
    }
    let (mut responders, mut initiators) = (true, true);
    for at in group.sessions {
        let session = &group.data.sessions[*at as usize];
        let (of_a, of_b) = concerned(group.data, list, session, hit.entry);
        let (initiator, responder) = match session.side {
            Side::A => (of_a, of_b),
            Side::B => (of_b, of_a),
            Side::Unknown => return Listed::Unclear,
        };
        responders &= responder;
        initiators &= initiator;
    }
    match (responders, initiators) {
        (true, _) => Listed::Responders,
        (_, true) => Listed::Initiators,
        _ => Listed::Unclear,
    }
}

fn one(group: &Group<'_>, incident: &mut Incident, list: &WatchList, hit: &Hit, ending: &str) {
    if let Some(port) = list.port(hit.entry) {
        incident.numbers.insert("listed_port", i64::from(port));
    }
    let hosts = hit.hosts(group.data, list);
    let label = label(list, hit, &hosts, group);
    let all_worked = group
        .sessions
        .iter()
        .all(|at| group.data.sessions[*at as usize].outcome == Outcome::Worked);
    let verb = if all_worked {
        "reached"
    } else {
        "tried to reach"
    };
    let are = |n: u64| words::plural(n, "which is on your list", "which are on your list");
    let side = listed(group, list, hit);
    let what = match side {
        Listed::Responders => format!(
            "{} {verb} {}, {}{label}",
            words::capital(&group.clients()),
            group.targets(),
            are(group.n_responders),
        ),
        Listed::Initiators => format!(
            "{}, {}{label}, {verb} {}",
            words::capital(&group.sources()),
            are(group.n_initiators),
            group.targets(),
        ),
        Listed::Port if group.tally(Trait::Unsure).n == 0 => format!(
            "{} {verb} {} at a port that is on your list{label}",
            words::capital(&group.clients()),
            group.targets(),
        ),
        Listed::Port => format!(
            "{} and {} spoke at a port that is on your list{label}",
            words::capital(&group.sources()),
            group.targets(),
        ),
        Listed::Unclear => {
            let n_hosts = hosts.len() as u64;
            let others = words::n_others(n_hosts);
            if others > 0 {
                incident.numbers.insert("other_listed", others as i64);
            }
            format!(
                "{}, {}{label}, took part in {}",
                words::hosts(&hosts, n_hosts, &group.data.names),
                are(n_hosts),
                words::count(group.n(), "connection", "connections"),
            )
        }
    };
    incident.headline = format!("{what}; {ending}.");
    let n_lines = noted(incident, "lines", group.n_lines);
    let times = match side {
        Listed::Unclear => String::new(),
        _ => format!(", {}", words::times(group.n())),
    };
    incident.sentence = format!(
        "{what}{times} ({n_lines} {} of the log); {ending}.",
        words::plural(group.n_lines, "line", "lines"),
    );
}

fn several(group: &Group<'_>, incident: &mut Incident, found: &[&Hit], ending: &str) {
    let entries = noted(incident, "entries", found.len() as u64);
    let matters = found.iter().any(|hit| hit.matters());
    let is_kept_out = found.iter().all(|hit| hit.is_kept_out());
    incident.headline = format!(
        "{entries} {}entries of your list were met; {ending}.",
        if matters { "more " } else { "" },
    );
    incident.sentence = format!(
        "{} in this log {} {entries} entries of your list, between {} and {}; {ending}.{}",
        words::count(group.n(), "connection", "connections"),
        words::plural(group.n(), "meets", "meet"),
        group.sources(),
        group.targets(),
        if is_kept_out {
            " Nothing of yours called them, and nothing of theirs was let in."
        } else {
            ""
        }
    );
}

/// One entry, and how it was met.
fn reason(group: &Group<'_>, list: &WatchList, hit: &Hit) -> crate::engine::dataset::Reasoned {
    let remark = list.remark(hit.entry);
    let text = format!(
        "Your list has {}{}: {}, {} allowed, {} denied.",
        words::visible(list.entry(hit.entry)),
        if remark.is_empty() {
            String::new()
        } else {
            format!(" ({})", words::visible(remark))
        },
        words::count(hit.sessions.len() as u64, "connection", "connections"),
        words::number(hit.n_allowed),
        words::number(hit.n_denied),
    );
    let mut reason = group.stated("watch_list", 0, text);
    reason.sessions = hit.sessions.iter().take(MAX_CITED).copied().collect();
    reason
}

#[cfg(test)]
mod tests {
    use super::super::decide;
    use super::super::fixture::{Stage, allowed, denied};
    use super::*;
    use crate::engine::dataset::Direction;
    use std::sync::Arc;

    /// Twelve calls outward to a listed address pass; forty listed strangers knock.
    fn stage(list: &str) -> Dataset {
        let mut stage = Stage::new();
        for at in 0..12 {
            let from = format!("10.0.0.5:{}", 50_000 + at);
            let notes = [allowed(f64::from(at) * 97.3, true, "S")];
            stage.tcp(
                &from,
                "203.0.113.9:443",
                Side::A,
                Direction::Outbound,
                &notes,
            );
        }
        for at in 0..40 {
            let from = format!("198.51.100.{at}:50000");
            let notes = [denied(f64::from(at), true, "S")];
            stage.tcp(&from, "10.0.0.11:22", Side::A, Direction::Inbound, &notes);
        }
        stage.data.settings.watch = Some(Arc::new(WatchList::read(list)));
        decide(&mut stage.data);
        stage.data
    }

    fn told(data: &Dataset) -> Vec<&Incident> {
        let all = data.incidents.iter();
        all.filter(|incident| incident.verdict == Verdict::WatchList)
            .collect()
    }

    #[test]
    fn what_was_let_out_comes_first_and_the_knocking_is_one_story() {
        let strangers: Vec<String> = (0..40).map(|at| format!("198.51.100.{at}")).collect();
        let strangers = strangers.join("\n");
        let data = stage(&format!(
            "{strangers}\n203.0.113.9 orders # old\n192.0.2.200\n"
        ));
        let told = told(&data);
        let [out, knocking] = told.as_slice() else {
            panic!("{} stories", told.len());
        };
        assert_eq!(
            (out.severity, knocking.severity),
            (Severity::Act, Severity::Look)
        );
        assert_eq!((out.sessions.len(), knocking.sessions.len()), (12, 40));
        assert_eq!(
            out.sentence,
            "Your machine 10.0.0.5 reached 203.0.113.9, which is on your list (orders # old), 12 times (12 lines of \
             the log); the firewall let all of them pass."
        );
        assert_eq!(knocking.numbers.get("entries"), Some(&40));
        assert!(
            knocking
                .headline
                .ends_with("the firewall refused all of them.")
        );
        let marked = data.sessions.iter();
        let marked = marked.filter(|session| session.also & 1 << Verdict::WatchList as u8 != 0);
        assert_eq!(marked.count(), 52);
        assert!(
            data.sessions
                .iter()
                .all(|session| session.verdict != Verdict::WatchList)
        );
    }

    #[test]
    fn a_net_and_an_address_in_it_have_ids_of_their_own() {
        let data = stage("203.0.113.0/24\n203.0.113.9\n:443\n203.0.113.9:443\n203.0.113.9:444\n");
        let told = told(&data);
        assert_eq!(told.len(), 4);
        for (nth, incident) in told.iter().enumerate() {
            assert!(told[..nth].iter().all(|other| other.id != incident.id));
            assert_eq!(incident.severity, Severity::Act);
        }
        assert!(stage("").watched.is_empty());
    }
}
