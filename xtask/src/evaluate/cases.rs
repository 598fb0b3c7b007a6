//! What the engine says of real cases, held against what experts said of them.
//!
//! Shape    A file of one case a line: `log` (lines), `strength`, and `expected`: groups of lines with `clients`,
//!          `servers`, `direction`, `verdict` and what else would be right.
//! Rules    A group's roles are right when every line of it is in a session whose initiator is one of its clients and
//!          whose responder is one of its servers. Where the experts name neither, the right answer is to decide nothing.
//!          The engine is told nothing but the lines.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{places, run};

/// Which verdicts of the cases each of ours answers, besides its own name.
const ANSWERS: &[(&str, &[&str])] = &[
    (
        "V01",
        &[
            "late_or_orphaned_reply",
            "teardown_leftover",
            "own_reply_to_probe",
        ],
    ),
    (
        "V02",
        &[
            "unsolicited_inbound_probe",
            "blocked_by_policy",
            "rate_limited_new_connection",
        ],
    ),
    ("V03", &["new_outbound", "blocked_by_policy"]),
    ("V04", &["misconfigured_rule", "blocked_by_policy"]),
    ("V05", &["horizontal_scan", "vertical_scan"]),
    ("V06", &["backscatter"]),
    (
        "V07",
        &["new_outbound", "new_inbound_legit", "internal_allowed"],
    ),
    ("V08", &["unanswered_attempt", "syn_flood"]),
    ("V09", &["stateless_return_blocked"]),
    ("V10", &["spoofed_or_martian"]),
    ("V11", &["refused_by_server"]),
    ("V12", &["service_discovery", "broadcast_multicast_noise"]),
    ("V13", &["icmp_error_about_our_packet"]),
    ("V14", &["name_resolution_reply", "late_or_orphaned_reply"]),
    ("V15", &["brute_force"]),
    ("V16", &["suspected_c2_or_beacon"]),
    ("V17", &["p2p_activity"]),
    ("V21", &["new_outbound"]),
    ("V22", &["misconfigured_rule"]),
    ("V23", &["asymmetric_or_half_seen"]),
    ("V24", &["undetermined", "device_alarm_unproven"]),
];

/// Holds the engine's answers against those of a file of cases.
pub fn evaluate(file: &str, shows_wrong: bool) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))?;
    let mut score = Score::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let case: Value = serde_json::from_str(line)?;
        let sessions = judged(&case)?;
        for group in case["expected"].as_array().into_iter().flatten() {
            let outcome = score.add(&case, group, &sessions);
            if shows_wrong && let Some(outcome) = outcome {
                println!("{outcome}");
            }
        }
    }
    println!("{score}");
    Ok(())
}

/// The engine's sessions by line number, and the lines that it knows to be no traffic.
struct Judged {
    by_line: BTreeMap<u64, Vec<Value>>,
    other: Vec<u64>,
}

fn judged(case: &Value) -> Result<Judged> {
    let folder = places::target().join("tmp");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("case.log");
    let lines: Vec<&str> = case["log"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    std::fs::write(&path, lines.join("\n") + "\n")?;
    let mut by_line: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    for session in objects(&path, &["sessions", "--lines", "all"])? {
        let own: Vec<u64> = session["lines"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|line| line["line"].as_u64())
            .collect();
        for line in own {
            by_line.entry(line).or_default().push(session.clone());
        }
    }
    let other = objects(&path, &["events", "--all"])?
        .iter()
        .filter(|event| {
            event["outcome"] == "other" || matches!(event["kind"].as_str(), Some("control" | "gap"))
        })
        .filter_map(|event| event["line"].as_u64())
        .collect();
    Ok(Judged { by_line, other })
}

fn objects(path: &Path, words: &[&str]) -> Result<Vec<Value>> {
    let mut program = Command::new(places::target().join("debug/whichway"));
    program.args(words).arg(path);
    let text = run::ask(&mut program).context("`whichway` failed")?;
    text.lines()
        .skip(1)
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Roles {
    Right,
    Wrong,
    Undecided,
    /// No session has the line.
    Unread,
}

#[derive(Default)]
struct Score {
    /// Of groups whose roles are given: right, wrong, undecided, unread; those of strong cases, then all.
    strong: [u32; 4],
    all: [u32; 4],
    /// Groups of which nobody can tell: we say so, or not.
    humble: [u32; 2],
    direction: [u32; 2],
    verdict: [u32; 2],
    one_session: [u32; 2],
}

impl Score {
    /// Counts a group; what is not right about it.
    fn add(&mut self, case: &Value, group: &Value, judged: &Judged) -> Option<String> {
        let lines: Vec<u64> = group["lines"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64)
            .collect();
        let sessions: Vec<&Value> = lines
            .iter()
            .filter_map(|line| judged.by_line.get(line))
            .flatten()
            .collect();
        let wanted: Vec<&str> = std::iter::once(&group["verdict"])
            .chain(group["verdict_also_ok"].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        let is_strong = matches!(case["strength"].as_str(), Some("fact" | "likely"));
        let mut faults = Vec::new();

        let has_roles = ["clients", "servers"]
            .iter()
            .all(|side| group[*side].as_array().is_some_and(|list| !list.is_empty()));
        if has_roles {
            let roles = lines
                .iter()
                .map(|line| roles(group, judged.by_line.get(line)))
                // A record of several lines has its event at one of them.
                .max_by_key(|roles| match roles {
                    Roles::Unread => 0,
                    Roles::Right => 1,
                    Roles::Undecided => 2,
                    Roles::Wrong => 3,
                })
                .unwrap_or(Roles::Unread);
            self.all[roles as usize] += 1;
            self.strong[roles as usize] += u32::from(is_strong);
            if roles != Roles::Right {
                faults.push(format!("roles {roles:?}"));
            }
        } else if !sessions.is_empty() {
            let is_humble = sessions.iter().all(|session| session["decided"] == false);
            self.humble[usize::from(!is_humble)] += 1;
            if !is_humble {
                faults.push("decided what nobody can tell".into());
            }
        }

        let said = |name: &str| -> Vec<String> {
            let mut said: Vec<String> = sessions
                .iter()
                .filter_map(|session| session[name].as_str())
                .map(str::to_string)
                .collect();
            said.sort();
            said.dedup();
            said
        };
        let directions: Vec<&str> = std::iter::once(&group["direction"])
            .chain(group["direction_also_ok"].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        let is_right_way = |session: &&Value| {
            let direction = match session["direction"].as_str() {
                Some("to_firewall") => "inbound",
                Some("from_firewall") => "outbound",
                Some("group") => "broadcast",
                Some("transit") | None => "unknown",
                Some(direction) => direction,
            };
            directions.contains(&direction)
        };
        let is_not_traffic =
            wanted.contains(&"not_traffic") && lines.iter().all(|line| judged.other.contains(line));
        let n_right = sessions
            .iter()
            .filter(|session| is_right_way(session))
            .count();
        let is_right = is_not_traffic || !sessions.is_empty() && n_right * 2 > sessions.len();
        self.direction[usize::from(!is_right)] += 1;
        if !is_right {
            faults.push(format!(
                "direction {:?}, not {directions:?}",
                said("direction")
            ));
        }

        let answers = |session: &&&Value| {
            let verdict = session["verdict"].as_str().unwrap_or("");
            let loops = session["tags"]
                .as_array()
                .is_some_and(|tags| tags.iter().any(|tag| tag == "loopback"));
            loops && wanted.contains(&"local_loopback")
                || ANSWERS
                    .iter()
                    .find(|(id, _)| *id == verdict)
                    .is_some_and(|(_, names)| names.iter().any(|name| wanted.contains(name)))
        };
        let n_right = sessions.iter().filter(answers).count();
        let is_right = is_not_traffic || !sessions.is_empty() && n_right * 2 > sessions.len();
        self.verdict[usize::from(!is_right)] += 1;
        if !is_right {
            faults.push(format!(
                "verdict {:?}, not {wanted:?}",
                said("verdict_name")
            ));
        }
        if group["one_session"] == true {
            let n = said("id").len();
            self.one_session[usize::from(n != 1)] += 1;
            if n != 1 {
                faults.push(format!("{n} sessions instead of one"));
            }
        }
        (!faults.is_empty()).then(|| {
            format!(
                "{} {} [{}{}] lines {lines:?} of {}: {}\n    want {} -> {}; got {}",
                case["id"].as_str().unwrap_or("?"),
                case["key"].as_str().unwrap_or("?"),
                case["strength"].as_str().unwrap_or("?"),
                if is_strong { "" } else { ", weak" },
                case["format"].as_str().unwrap_or("?"),
                faults.join("; "),
                group["client"],
                group["server"],
                sessions.first().map_or_else(
                    || "nothing".to_string(),
                    |session| { format!("{} -> {}", session["initiator"], session["responder"]) }
                ),
            )
        })
    }
}

fn roles(group: &Value, sessions: Option<&Vec<Value>>) -> Roles {
    let Some(sessions) = sessions else {
        return Roles::Unread;
    };
    if sessions.iter().any(|session| session["decided"] == false) {
        return Roles::Undecided;
    }
    let is_right = sessions.iter().all(|session| {
        is_one_of(&session["initiator"], &group["clients"])
            && is_one_of(&session["responder"], &group["servers"])
    });
    if is_right { Roles::Right } else { Roles::Wrong }
}

fn is_one_of(end: &Value, list: &Value) -> bool {
    list.as_array().into_iter().flatten().any(|wanted| {
        let same_address = match wanted["ip"].as_str() {
            // The address is not in the log.
            None => true,
            Some(address) => [&end["ip"], &end["name"]]
                .iter()
                .filter_map(|own| own.as_str())
                .any(|own| same(own, address)),
        };
        let own = end["port"].as_u64();
        let same_port = match &wanted["port"] {
            Value::Number(port) => own.is_none() || own == port.as_u64(),
            Value::String(ports) => match ports.split_once('-') {
                Some((low, high)) => own.is_none_or(|own| {
                    low.trim().parse().is_ok_and(|low: u64| own >= low)
                        && high.trim().parse().is_ok_and(|high: u64| own <= high)
                }),
                None => true,
            },
            _ => true,
        };
        same_address && same_port
    })
}

fn same(own: &str, wanted: &str) -> bool {
    let address = |text: &str| text.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    match (address(own), address(wanted)) {
        (Ok(own), Ok(wanted)) => own == wanted,
        _ => own.eq_ignore_ascii_case(wanted),
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let roles = |counts: &[u32; 4]| {
            format!(
                "{} right, {} wrong, {} undecided, {} unread",
                counts[0], counts[1], counts[2], counts[3]
            )
        };
        let share = |counts: &[u32; 2]| {
            let n = counts[0] + counts[1];
            format!(
                "{} of {n} ({:.0} %)",
                counts[0],
                100.0 * f64::from(counts[0]) / f64::from(n.max(1))
            )
        };
        writeln!(out, "roles, fact or likely   {}", roles(&self.strong))?;
        writeln!(out, "roles, all              {}", roles(&self.all))?;
        writeln!(out, "says it cannot be told  {}", share(&self.humble))?;
        writeln!(out, "direction               {}", share(&self.direction))?;
        writeln!(out, "verdict                 {}", share(&self.verdict))?;
        write!(out, "duplicates as one       {}", share(&self.one_session))
    }
}
