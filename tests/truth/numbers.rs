//! Numbers that sentences say, counted again from the sessions that an incident cites.

use serde_json::Value;
use std::collections::BTreeSet;
use whichway::engine::format::FORMATS;

/// A number in a sentence, with the words around it.
#[derive(Debug)]
struct Said {
    before: String,
    number: f64,
    after: String,
}

/// The numbers of an incident's headline and sentence that its sessions do not explain.
pub fn unexplained(incident: &Value, own: &[&Value]) -> Vec<String> {
    let text = format!(
        "{} {}",
        text(&incident["headline"]),
        text(&incident["sentence"])
    );
    let counts = counts(incident, own);
    let ports: BTreeSet<u64> = own
        .iter()
        .flat_map(|session| ends(session))
        .filter_map(|end| end["port"].as_u64())
        .collect();
    numbers(&without_names(&text, own))
        .into_iter()
        .filter(|said| {
            let whole = said.number as u64;
            !(said.number.fract() == 0.0 && (counts.contains(&whole) || ports.contains(&whole))
                || is_advice(said)
                || unit(said).is_some_and(|unit| is_time(said, unit, own)))
        })
        .map(|said| {
            let words = |text: &str| text.split(' ').take(4).collect::<Vec<&str>>().join(" ");
            let before = said.before.rsplit(' ').take(3).collect::<Vec<&str>>();
            let before: Vec<&str> = before.into_iter().rev().collect();
            format!(
                "{} {} {}",
                before.join(" "),
                said.number,
                words(&said.after)
            )
        })
        .collect()
}

/// What tells one host from another.
const HOST: &[&str] = &["ip", "name"];

/// How often everything that can be counted occurs.
fn counts(incident: &Value, own: &[&Value]) -> BTreeSet<u64> {
    let sum = |field: &str| {
        own.iter()
            .filter_map(|session| session[field].as_u64())
            .sum()
    };
    let views = |field: &str| {
        let views = own.iter().filter_map(|session| session["views"].as_array());
        views
            .flatten()
            .filter_map(|view| view[field].as_u64())
            .sum()
    };
    let side = |side: &'static str| {
        let known = own.iter().filter(move |session| !session[side].is_null());
        known
            .map(move |session| &session[side])
            .collect::<Vec<&Value>>()
    };
    let distinct = |ends: Vec<&Value>, fields: &[&str]| {
        let value = |end: &Value| fields.iter().map(|field| end[*field].to_string()).collect();
        ends.into_iter()
            .map(value)
            .collect::<BTreeSet<String>>()
            .len() as u64
    };
    let clients = distinct(side("initiator"), HOST);
    let servers = distinct(side("responder"), HOST);
    let all = distinct(own.iter().flat_map(|session| ends(session)).collect(), HOST);
    let mut counts = BTreeSet::from([
        own.len() as u64,
        text_lines(own),
        clients,
        servers,
        all,
        sum("tries"),
        sum("n_events"),
        sum("n_orphans"),
        views("n_denied"),
        views("n_allowed"),
        distinct(side("responder"), &["port"]),
        incident["n_lines"].as_u64().unwrap_or_default(),
    ]);
    // Of logins, those that lasted are told apart from the others.
    let long = own
        .iter()
        .filter(|session| span(&[session]) >= 30.0)
        .count() as u64;
    counts.extend([long, own.len() as u64 - long]);
    // Of many, two or three are named: "… and 5 others".
    for n_all in [clients, servers, all] {
        counts.extend((1..=3).filter_map(|named| n_all.checked_sub(named)));
    }
    counts
}

fn text_lines(own: &[&Value]) -> u64 {
    let lines: BTreeSet<String> = own
        .iter()
        .filter_map(|session| session["lines"].as_array())
        .flatten()
        .map(ToString::to_string)
        .collect();
    lines.len() as u64
}

fn ends(session: &Value) -> Vec<&Value> {
    match session["endpoints"].as_array() {
        Some(ends) => ends.iter().collect(),
        None => vec![&session["initiator"], &session["responder"]],
    }
}

/// Which ports a rule should allow is no count.
fn is_advice(said: &Said) -> bool {
    said.number >= 1024.0 && (said.before.ends_with("to ports") || said.before.ends_with("to"))
}

fn unit(said: &Said) -> Option<f64> {
    let word = said
        .after
        .split(|letter: char| !letter.is_alphabetic())
        .next()?;
    Some(match word.trim_end_matches('s') {
        "second" => 1.0,
        "minute" => 60.0,
        "hour" => 3600.0,
        "day" => 86_400.0,
        _ => return None,
    })
}

/// The length of it all, the pause between two of them, the length of one, or a limit that a device has.
fn is_time(said: &Said, unit: f64, own: &[&Value]) -> bool {
    let seconds = said.number * unit;
    let is_near = |length: f64, margin: f64| (length - seconds).abs() <= margin;
    let limits = FORMATS.iter().flat_map(|format| {
        let timers = &format.about().device.timers;
        [
            timers.tcp,
            timers.half_open,
            timers.half_close,
            timers.udp,
            timers.icmp,
        ]
    });
    let all = span(own);
    let pauses = (own.len().max(2) - 1) as f64;
    match said.before.rsplit(' ').next() {
        Some("every") => (seconds * pauses - all).abs() <= all * 0.25,
        Some("after") => own.iter().any(|session| is_near(span(&[session]), unit)),
        Some("than" | "waits" | "(") => limits
            .flatten()
            .any(|limit| is_near(f64::from(*limit), 0.5)),
        _ => is_near(all, unit),
    }
}

/// Seconds from the first of them to the last.
fn span(sessions: &[&Value]) -> f64 {
    let times = |field: &'static str| sessions.iter().filter_map(move |one| moment(&one[field]));
    times("last").fold(f64::MIN, f64::max) - times("first").fold(f64::MAX, f64::min)
}

/// Seconds of an RFC 3339 time within its month; no test log is longer.
fn moment(time: &Value) -> Option<f64> {
    let text = time.as_str()?;
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<f64>().ok();
    let days = number(5, 7)? * 31.0 + number(8, 10)?;
    Some(((days * 24.0 + number(11, 13)?) * 60.0 + number(14, 16)?) * 60.0 + number(17, 23)?)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// Addresses and names of machines and devices are no counts.
fn without_names(text: &str, own: &[&Value]) -> String {
    let mut names: Vec<&str> = own
        .iter()
        .flat_map(|session| ends(session))
        .flat_map(|end| [end["ip"].as_str(), end["name"].as_str()])
        .chain(own.iter().map(|session| session["device"].as_str()))
        .flatten()
        .collect();
    names.sort_unstable_by_key(|name| (std::cmp::Reverse(name.len()), *name));
    names.dedup();
    names
        .into_iter()
        .filter(|name| !name.is_empty())
        .fold(text.to_string(), |text, name| text.replace(name, "@"))
}

fn numbers(text: &str) -> Vec<Said> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while at < bytes.len() {
        if !is_digit(at) {
            at += 1;
            continue;
        }
        let mut end = at;
        while is_digit(end) || matches!(bytes.get(end), Some(b',' | b'.')) && is_digit(end + 1) {
            end += 1;
        }
        let glued = |at: Option<&u8>| {
            at.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"@.:/-_".contains(byte))
        };
        let is_alone = !glued(at.checked_sub(1).and_then(|at| bytes.get(at)));
        let is_sentence_end = bytes.get(end) == Some(&b'.') || bytes.get(end) == Some(&b':');
        if is_alone && (is_sentence_end || !glued(bytes.get(end))) {
            let number = text[at..end].replace(',', "").parse();
            found.push(Said {
                before: text[..at].trim_end().to_string(),
                number: number.unwrap_or(f64::NAN),
                after: text[end..].trim_start().to_string(),
            });
        }
        at = end;
    }
    found
}

#[test]
fn a_wrong_number_is_found() {
    let session = serde_json::json!({
        "initiator": {"ip": "203.0.113.9", "port": 51022}, "responder": {"ip": "192.0.2.22", "port": 22},
        "tries": 3, "n_events": 4, "views": [], "n_orphans": 0, "lines": [1, 2, 3, 4],
        "first": "2024-02-19T10:15:00.000000Z", "last": "2024-02-19T10:20:00.000000Z",
    });
    let check = |sentence: &str| {
        let incident = serde_json::json!({"headline": "", "sentence": sentence, "n_lines": 4});
        unexplained(&incident, &[&session]).len()
    };
    assert_eq!(
        check("203.0.113.9 tried 3 times within 5 minutes, port 22; 4 lines."),
        0
    );
    assert_eq!(
        check("203.0.113.9 tried 7 times within 9 minutes, port 23; 5 lines."),
        4
    );
}
