//! What leaves: JSON as the contract has it, tables, and the answer as text. One shape, one file; every writer
//! streams, so a million sessions need no memory of their own.

pub mod answer;
pub mod clean;
pub mod csv;
pub mod events;
pub mod evidence;
pub mod incidents;
pub mod json;
pub mod normal;
pub mod page;
pub mod report;
pub mod sessions;
pub mod summary;

use super::dataset::Dataset;
use super::model::{Endpoint, Micros, Place, ports, proto, stamp};
use super::session::beat::NO_TIME;
use json::Json;
use std::io::{self, Write};

/// Raised when the contract changes in any way but by adding.
pub const SCHEMA: u32 = 1;

/// The first line of JSON Lines.
pub fn head(out: &mut dyn Write, kind: &str) -> io::Result<()> {
    let mut json = Json::default();
    json.object(|json| {
        json.field("schema").number(SCHEMA);
        json.field("kind").text(kind);
    });
    json.end_line(out)
}

/// RFC 3339 in UTC with microseconds, or null.
fn time(json: &mut Json, ts: Option<Micros>) {
    match ts.filter(|ts| *ts != NO_TIME) {
        Some(ts) => json.text(&stamp::rfc3339(ts)),
        None => json.null(),
    }
}

/// `{"ip":…,"port":…}`, or `{"name":…,"port":…}` where there is no address.
fn endpoint(json: &mut Json, end: Endpoint, names: &super::model::Names) {
    json.object(|json| {
        match (end.host.ip(), end.host.as_name()) {
            (None, Some(name)) => json.field("name").text(names.or_empty(name)),
            (ip, _) => json
                .field("ip")
                .maybe(ip, |json, ip| json.text(&ip.to_string())),
        }
        json.field("port").maybe(end.port, Json::number);
    });
}

/// `{"proto":"tcp","port":80,"name":"http"}`.
fn service(json: &mut Json, number: u8, port: Option<u16>) {
    json.object(|json| {
        protocol(json.field("proto"), number);
        json.field("port").maybe(port, Json::number);
        let name = port.and_then(|port| ports::service_name(number, port));
        json.field("name").maybe(name, Json::text);
    });
}

fn protocol(json: &mut Json, number: u8) {
    if number == proto::UNKNOWN {
        json.null();
    } else {
        json.text(&proto::name(number));
    }
}

/// `{"source":…,"line":…}`; lines count from 1.
fn line(json: &mut Json, data: &Dataset, place: Place, line: u32) {
    json.object(|json| {
        let source = data.sources.get(usize::from(place.source()));
        json.field("source")
            .maybe(source, |json, source| json.text(&source.name));
        json.field("line").number(u64::from(line) + 1);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::{Incident, NextCheck, Reasoned, Severity, Verdict};
    use crate::engine::summary::filter::Filter;
    use crate::engine::summary::{Index, fixture, summarize};
    use serde_json::Value;

    fn office() -> Dataset {
        let mut data = fixture::office();
        data.incidents.push(Incident {
            id: 0xa1,
            verdict: Verdict::OrphanedReply,
            severity: Severity::Look,
            p_milli: 970,
            band: Some(crate::engine::dataset::Band::High),
            sessions: vec![1, 3],
            n_lines: 3,
            first: fixture::START,
            last: fixture::START + 5,
            proto: proto::TCP,
            port: Some(80),
            n_initiators: 2,
            n_responders: 2,
            headline: "Your servers are not calling out. \u{1b}[31m".into(),
            sentence: "Three packets | with *stars*.".into(),
            evidence_for: vec![Reasoned {
                id: "ports",
                text: "Port 80 answers.".into(),
                weight: 500,
                sessions: vec![1],
            }],
            checks: vec![NextCheck {
                place: "on the device".into(),
                command: "show session".into(),
                why: "is it full?".into(),
            }],
            numbers: [("packets", 3)].into(),
            ..Incident::default()
        });
        for at in [1, 3] {
            data.sessions[at].incident = 0;
        }
        data
    }

    fn lines(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Vec<Value> {
        let mut out = Vec::new();
        write(&mut out).expect("writing to memory");
        let text = String::from_utf8(out).expect("text");
        assert!(
            !text
                .chars()
                .any(|letter| letter != '\n' && clean::hides(letter)),
            "{text:?}"
        );
        text.lines()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    }

    fn keys(value: &Value) -> Vec<&str> {
        value
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect()
    }

    #[test]
    fn sessions_have_the_fields_of_the_contract_in_order() {
        let data = office();
        let options = sessions::Options {
            with_evidence: true,
            with_all_lines: false,
        };
        let all: Vec<u32> = (0..data.sessions.len() as u32).collect();
        let lines = lines(|out| sessions::write(out, &data, all, options));
        assert_eq!(
            lines[0],
            serde_json::json!({"schema": 1, "kind": "sessions"})
        );
        assert_eq!(lines.len(), data.sessions.len() + 1);
        let expected = [
            "id",
            "proto",
            "initiator",
            "responder",
            "decided",
            "p",
            "band",
            "direction",
            "packet_direction",
            "verdict",
            "verdict_name",
            "also",
            "cause",
            "outcome",
            "first",
            "last",
            "n_events",
            "tries",
            "bytes_i",
            "bytes_r",
            "lines",
            "evidence",
            "device",
            "service",
            "views",
            "tags",
            "n_orphans",
            "conflicts",
            "incident",
        ];
        for line in &lines[1..] {
            let decided = line["decided"] == true;
            let mut found = keys(line);
            found.retain(|key| *key != "endpoints");
            assert_eq!(found, expected);
            assert_eq!(line["initiator"].is_null(), !decided);
            assert_eq!(line.get("endpoints").is_some(), !decided);
        }
        let orphan = &lines[2];
        assert_eq!(
            orphan["responder"],
            serde_json::json!({"ip": "10.20.1.11", "port": 80})
        );
        assert_eq!(
            orphan["service"],
            serde_json::json!({"proto": "tcp", "port": 80, "name": "http"})
        );
        assert_eq!(orphan["bytes_i"], Value::Null);
        assert_eq!(orphan["first"], "2014-02-19T08:10:00.000000Z");
        assert_eq!(
            orphan["lines"],
            serde_json::json!([{"source": "edge.log", "line": 4}])
        );
    }

    #[test]
    fn a_weight_is_positive_toward_the_decided_initiator() {
        let data = office();
        let options = sessions::Options {
            with_evidence: true,
            with_all_lines: true,
        };
        let lines = lines(|out| sessions::write(out, &data, [1], options));
        let evidence = lines[1]["evidence"].as_array().expect("a list");
        let port = evidence
            .iter()
            .find(|term| term["id"] == "P1a")
            .expect("port 80 speaks");
        assert_eq!(
            (&port["weight"], &port["points_to"]),
            (&serde_json::json!(5.0), &serde_json::json!("initiator"))
        );
        for term in evidence {
            assert_eq!(keys(term), ["id", "weight", "points_to", "text", "lines"]);
        }
    }

    #[test]
    fn incidents_report_and_summary_have_the_fields_of_the_contract() {
        let data = office();
        let index = Index::new(&data, 1);
        let incidents = lines(|out| incidents::write(out, &data, &data.incidents));
        let expected = [
            "id",
            "verdict",
            "verdict_name",
            "cause",
            "headline",
            "sentence",
            "severity",
            "p",
            "band",
            "direction",
            "n_sessions",
            "n_lines",
            "first",
            "last",
            "service",
            "initiators",
            "responders",
            "evidence_for",
            "evidence_against",
            "alternatives",
            "checks",
            "numbers",
            "timeout_s",
            "sessions",
        ];
        assert_eq!(keys(&incidents[1]), expected);
        assert_eq!(
            keys(&incidents[1]["checks"][0]),
            ["where", "command", "why"]
        );
        let report = lines(|out| report::write(out, &data, &index, &Filter::default()));
        assert_eq!(
            keys(&report[0]),
            [
                "schema",
                "headline",
                "tally",
                "span",
                "formats",
                "devices",
                "ours",
                "incidents",
                "limits"
            ]
        );
        assert_eq!(
            keys(&report[0]["tally"]),
            [
                "lines",
                "event_lines",
                "other",
                "malformed",
                "foreign",
                "blank",
                "events"
            ]
        );
        let filter = Filter::parse("dir:inbound").expect("a filter");
        let summary =
            lines(|out| super::summary::write(out, &data, &summarize(&data, &index, &filter)));
        assert_eq!(
            keys(&summary[0]),
            [
                "schema",
                "tally",
                "directions",
                "ports",
                "timeline",
                "hosts",
                "pairs",
                "rules",
                "filter",
                "sessions",
                "beyond",
                "shapes"
            ]
        );
        let five = [
            "worked",
            "blocked",
            "reply_blocked",
            "unanswered",
            "unknown",
        ];
        assert_eq!(keys(&summary[0]["directions"][0])[2..7], five);
        assert_eq!(summary[0]["sessions"]["matched"], 9);
    }

    #[test]
    fn the_answer_escapes_what_a_log_says() {
        let data = office();
        let index = Index::new(&data, 1);
        for (style, needle) in [
            (answer::Style::Text, "with *stars*"),
            (answer::Style::Markdown, "\\| with \\*stars\\*"),
            (answer::Style::Html, "| with *stars*"),
        ] {
            let mut out = Vec::new();
            answer::write(&mut out, &data, &index, &Filter::default(), style)
                .expect("writing to memory");
            let text = String::from_utf8(out).expect("text");
            assert!(text.contains(needle), "{text}");
            assert!(
                text.contains("edge.log:4") || text.contains("edge.log:"),
                "{text}"
            );
            assert!(!text.contains('\u{1b}'), "{text:?}");
        }
    }
}
