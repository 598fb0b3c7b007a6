//! The engine held against a small simulated day: what must never happen, in every format, with and without flags.
//! `cargo xtask evaluate` measures the same at size.

#[path = "truth/numbers.rs"]
mod numbers;

use std::collections::BTreeMap;

use serde_json::Value;
use xtask::simulate::{self, Cause, Flags, Format, Kind, Log, Scope, World};

/// Runs the command line on a log, and gives its objects.
fn objects(words: &[&str], text: &[u8], name: &str) -> Vec<Value> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("truth-{name}.log"));
    std::fs::write(&path, text).expect("the folder for tests can be written");
    let path_text = path.to_str().expect("a plain path");
    let args = ["whichway"].iter().chain(words).chain([&path_text]);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = whichway::cli::run(args.map(Into::into), &mut out, &mut err);
    assert_eq!(status, 0, "{}", String::from_utf8_lossy(&err));
    let text = String::from_utf8(out).expect("text");
    text.lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).expect("JSON Lines"))
        .collect()
}

fn each(size: u64, mut check: impl FnMut(&World, &Log, &[Value], &[Value])) {
    for format in Format::ALL {
        for (name, world) in [
            ("mixed", simulate::mixed(77, size, format)),
            ("floods", simulate::floods(78, size / 8, format)),
        ] {
            for flags in [Flags::Shown, Flags::Hidden] {
                for scope in [Scope::All, Scope::Denied] {
                    let log = world.log(format, flags, scope);
                    let name = format!("{name}-{size}-{format:?}-{flags:?}-{scope:?}");
                    let sessions = objects(&["sessions", "--lines", "all"], &log.text, &name);
                    let incidents = objects(&["incidents"], &log.text, &name);
                    check(&world, &log, &sessions, &incidents);
                }
            }
        }
    }
}

fn lines(session: &Value) -> impl Iterator<Item = usize> {
    let lines = session["lines"].as_array().expect("a list");
    lines
        .iter()
        .filter_map(|line| Some(line["line"].as_u64()? as usize - 1))
}

fn kind(world: &World, log: &Log, session: &Value) -> Option<Kind> {
    let talk = lines(session).find_map(|line| log.line_talks[line])?;
    Some(world.truth(talk.0).kind)
}

fn by_id(sessions: &[Value]) -> BTreeMap<&str, &Value> {
    let with_id = sessions
        .iter()
        .map(|session| (session["id"].as_str().expect("an id"), session));
    with_id.collect()
}

/// The sessions that an incident cites.
fn own<'s>(incident: &Value, by_id: &BTreeMap<&str, &'s Value>) -> Vec<&'s Value> {
    let ids = incident["sessions"].as_array().expect("a list");
    ids.iter()
        .map(|id| {
            let id = id.as_str().expect("an id");
            *by_id
                .get(id)
                .unwrap_or_else(|| panic!("{id} is no session: {incident}"))
        })
        .collect()
}

/// Nobody is told to act against, or to block, a machine whose packets are late answers or back-scatter.
#[test]
fn answers_are_never_called_an_attack() {
    each(1500, |world, log, sessions, incidents| {
        let by_id = by_id(sessions);
        for incident in incidents {
            let verdict = incident["verdict"].as_str().expect("a verdict");
            let n_answers = own(incident, &by_id)
                .into_iter()
                .map(|session| kind(world, log, session))
                .filter(|kind| {
                    matches!(
                        kind,
                        Some(Kind::LateReply | Kind::LateDatagram | Kind::Backscatter)
                    )
                })
                .count();
            let is_attack = matches!(verdict, "V05" | "V15" | "V21");
            assert!(
                !is_attack || n_answers == 0,
                "{:?} {:?} {:?}: {incident}",
                log.format,
                log.flags,
                log.scope
            );
            let says_block = incident["checks"]
                .to_string()
                .to_lowercase()
                .contains("block this address");
            assert!(!says_block || n_answers == 0, "{incident}");
        }
    });
}

/// Counts of an incident are those of the sessions and lines that it cites.
#[test]
fn numbers_are_those_of_the_cited_lines() {
    each(800, |_, _, sessions, incidents| {
        let by_id = by_id(sessions);
        for incident in incidents {
            let own = own(incident, &by_id);
            assert_eq!(incident["n_sessions"], own.len(), "{incident}");
            let distinct = |side: &str| {
                let hosts: std::collections::BTreeSet<String> = own
                    .iter()
                    .filter(|session| session["decided"] == true)
                    .map(|session| session[side]["ip"].to_string())
                    .collect();
                hosts.len()
            };
            if own.iter().all(|session| session["decided"] == true) {
                assert_eq!(
                    incident["initiators"]["count"],
                    distinct("initiator"),
                    "{incident}"
                );
                assert_eq!(
                    incident["responders"]["count"],
                    distinct("responder"),
                    "{incident}"
                );
            }
            let mut all: Vec<usize> = own.iter().flat_map(|session| lines(session)).collect();
            all.sort_unstable();
            all.dedup();
            let is_capped = own
                .iter()
                .any(|session| session["tags"].to_string().contains("rolled_up"));
            if !is_capped {
                assert_eq!(incident["n_lines"], all.len(), "{incident}");
            }
        }
    });
}

/// Each number that a headline or a sentence says is what the cited sessions come to when they are counted again: in
/// every sample, and in a simulated day.
#[test]
fn every_number_in_a_sentence_is_counted_again() {
    let mut n_incidents = 0;
    let mut check = |name: &str, sessions: &[Value], incidents: &[Value]| {
        let by_id = by_id(sessions);
        for incident in incidents {
            let own = own(incident, &by_id);
            let is_capped = own
                .iter()
                .any(|session| session["tags"].to_string().contains("rolled_up"));
            let wrong = numbers::unexplained(incident, &own);
            assert!(
                is_capped || wrong.is_empty(),
                "{name}: {wrong:?} {incident}"
            );
            n_incidents += 1;
        }
    };
    each(300, |_, log, sessions, incidents| {
        check(
            &format!("{:?} {:?}", log.format, log.flags),
            sessions,
            incidents,
        );
    });
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let files = std::fs::read_dir(folder)
        .expect("samples")
        .flat_map(|dialect| {
            std::fs::read_dir(dialect.expect("readable").path()).expect("a folder")
        });
    for (nth, file) in files.enumerate() {
        let path = file.expect("readable").path();
        let text = std::fs::read(&path).expect("readable");
        let name = format!("sample-{nth}");
        let sessions = objects(&["sessions", "--lines", "all"], &text, &name);
        let incidents = objects(&["incidents"], &text, &name);
        check(&path.display().to_string(), &sessions, &incidents);
    }
    assert!(n_incidents > 500, "{n_incidents}");
}

/// Why a device forgot connections is named for most of them, and hardly ever wrongly: in every format, for every cause
/// that its lines can show.
#[test]
fn lost_connections_are_told_why() {
    let (mut n_all, mut n_wrong) = (0, 0);
    for format in Format::ALL {
        for cause in Cause::ALL {
            // A table of packets has no place for what its device says of itself.
            if format == Format::Csv && cause == Cause::Full {
                continue;
            }
            for flags in [Flags::Shown, Flags::Hidden] {
                // Without flags, one late packet after two minutes may be a farewell or anything else.
                if (format, cause, flags) == (Format::Netfilter, Cause::Late, Flags::Hidden) {
                    continue;
                }
                let world = simulate::lost(79, 250, format, cause);
                let log = world.log(format, flags, Scope::All);
                let name = format!("lost-{format:?}-{}-{flags:?}", cause.name());
                let sessions = objects(&["sessions", "--lines", "all"], &log.text, &name);
                let (mut n, mut n_right) = (0, 0);
                for session in &sessions {
                    let talk = lines(session).find_map(|line| log.line_talks[line]);
                    if talk.is_none_or(|talk| world.truth(talk.0).cause != Some(cause)) {
                        continue;
                    }
                    let is_right = session["cause"]["name"] == cause.name();
                    let is_sure = session["cause"]["p"].as_f64().is_some_and(|p| p >= 0.8);
                    n += 1;
                    n_right += usize::from(is_right);
                    n_wrong += usize::from(is_sure && !is_right);
                }
                n_all += n;
                assert!(n_right * 2 > n, "{name}: {n_right} of {n}");
            }
        }
    }
    assert!(n_wrong * 50 <= n_all, "{n_wrong} of {n_all}");
}
