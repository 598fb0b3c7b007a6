//! TEMPORARY: a hand-built answer, so that the page can be looked at before the engine is there.

use super::protocol::{Ask, Document, Dropped, Kept, Numbers, Tell};
use super::serve::tell;
use super::view::*;

#[derive(Default)]
pub struct Room {
    sources: Vec<Dropped>,
}

impl Room {
    pub async fn answer(&mut self, ask: Ask) {
        match ask {
            Ask::Open { sources, .. } => {
                for (idx, _) in sources.iter().enumerate() {
                    tell(&Tell::Surveyed { source_idx: idx as u32, splittable: true, context: vec![] });
                }
                self.sources = sources;
            }
            Ask::Read { start, end, file, .. } => {
                let mut n_bytes = 0;
                let mut told = 0;
                super::reader::read(&file, start as f64 as u64, end, |chunk| {
                    n_bytes += chunk.len() as u64;
                    if n_bytes - told > 8 << 20 {
                        told = n_bytes;
                        tell(&Tell::Progress { n_bytes });
                    }
                })
                .await
                .ok();
                tell(&Tell::Read { partial: js_sys::ArrayBuffer::new(8) });
            }
            Ask::Conclude { nth, is_whole } | Ask::Judge { nth, is_whole, .. } => {
                tell(&Tell::Answered { nth, report: Box::new(report()), is_whole });
            }
            Ask::Summarize { turn, .. } => tell(&Tell::Kept(Kept::Numbers(Numbers { turn, n_sessions: 1866, n_matching: 1866 }))),
            Ask::Rows { turn, first, count, .. } => {
                let rows = (first..(first + count).min(1866)).map(row).collect();
                tell(&Tell::Kept(Kept::Rows { turn, rows: Rows { first, n_matching: 1866, rows } }));
            }
            Ask::Detail { id } => {
                let mut row = row(3);
                row.id = id;
                tell(&Tell::Kept(Kept::Detail(Detail {
                    row,
                    sentence: "The server answered; the firewall no longer remembered the connection.".into(),
                    last: None,
                    packet_direction: Some("out".into()),
                    evidence: vec![
                        Evidence { id: "P1a".into(), text: "Port 80 is where web servers answer; 51515 is a throw-away port.".into(), weight: 500, has_lines: false },
                        Evidence { id: "F".into(), text: "The same server port talks to 611 different visitors.".into(), weight: 240, has_lines: false },
                        Evidence { id: "X".into(), text: "The log has no flags.".into(), weight: -60, has_lines: false },
                    ],
                    facts: vec![("Device".into(), "edge-fw".into()), ("Rule".into(), "0".into())],
                })));
            }
            Ask::Lines { first, .. } => {
                let mut pieces = Vec::new();
                for (name, value, meaning, is_key) in [
                    ("date", "2014-02-19", "The day.", false),
                    ("time", "09:04:15", "The time, in the firewall's zone.", false),
                    ("src", "10.20.1.14", "Who sent this packet.", true),
                    ("src_port", "80", "The sender's port. 80 is where web servers answer, so this sender is answering, not asking.", true),
                    ("dst", "203.0.113.45", "Who should get it.", true),
                    ("dst_port", "51515", "A throw-away port.", true),
                ] {
                    pieces.push(Piece { text: format!("{name}={value}"), name: name.into(), value: value.into(), meaning: meaning.into(), is_key });
                    pieces.push(Piece { text: " ".into(), ..Piece::default() });
                }
                let line = Line { source: "edge.log".into(), number: 17, reason: None, pieces, is_cut: false };
                tell(&Tell::Kept(Kept::Lines(Lines { title: String::new(), first, n_total: 120, lines: vec![line; 20] })));
            }
            Ask::Print { ticket, kind, .. } => tell(&Tell::Printed { ticket, text: format!("{:?}", kind == Document::Report) }),
            _ => {}
        }
    }
}

fn row(nth: u32) -> Row {
    let outcome = ["reply_blocked", "worked", "blocked", "unanswered"][nth as usize % 4];
    Row {
        id: format!("s{nth}"),
        started: Some(format!("2014-02-19T08:{:02}:{:02}.000000Z", nth / 60 % 60, nth % 60)),
        initiator: format!("203.0.113.{}:{}", nth % 250 + 1, 49152 + nth),
        responder: "10.20.1.14:80".into(),
        decided: nth % 9 != 4,
        service: Some("http".into()),
        direction: "inbound".into(),
        outcome: outcome.into(),
        verdict_name: "orphaned_reply".into(),
        what: "reply blocked, idle 3,604 s".into(),
        band: "high".into(),
        n_tries: nth % 5 + 1,
        n_lines: nth % 7 + 1,
    }
}

fn report() -> Report {
    let evidence = |text: &str| Evidence { id: "P1a".into(), text: text.into(), weight: 500, has_lines: true };
    let incident = Incident {
        id: "1".into(),
        verdict: "V01".into(),
        verdict_name: "orphaned_reply".into(),
        cause: None,
        headline: "8 web servers answered 611 visitors; the firewall had forgotten the connections".into(),
        sentence: "1,204 reply packets from your servers (port 80) to 611 visitors were blocked, because the firewall no longer remembered those connections. The visitors started them; your servers are not calling out.".into(),
        severity: "none".into(),
        band: "high".into(),
        direction: "inbound".into(),
        outcome: "reply_blocked".into(),
        n_sessions: 698,
        n_lines: 1204,
        first: Some("2014-02-19T08:04:00.000000Z".into()),
        last: Some("2014-02-19T09:58:00.000000Z".into()),
        service: Some("80/tcp http".into()),
        n_initiators: 611,
        n_responders: 8,
        ways: Some(Ways { initiator: "203.0.113.45:51515".into(), initiator_word: "visitor".into(), responder: "10.20.1.14:80".into(), responder_word: "your server".into(), packet_is_answer: true, packet_was_denied: true }),
        evidence_for: vec![evidence("Port 80 is where web servers answer; 51515 is a throw-away port."), evidence("The same server port talks to 611 different visitors."), evidence("43 of these visitors had an allowed connection before.")],
        evidence_against: vec![evidence("This log has no TCP flags.")],
        alternatives: vec!["A real new connection from port 80 cannot be ruled out without flags; a packet capture would decide.".into()],
        checks: vec![Check { place: "on the FortiGate".into(), command: "show system session-ttl".into(), why: "is the limit near 3,600 s?".into() }, Check { place: "on the FortiGate".into(), command: "diagnose sys session stat".into(), why: "is the session table full?".into() }],
        filter: "verdict:orphaned_reply port:80".into(),
    };
    let scan = Incident {
        id: "2".into(), verdict: "V05".into(), verdict_name: "scan".into(), headline: "203.0.113.9 tried port 22 on 41 of your addresses in 12 seconds".into(),
        sentence: "None answered.".into(), severity: "none".into(), band: "certain".into(), outcome: "blocked".into(), n_sessions: 41, n_lines: 41,
        first: Some("2014-02-19T09:12:03.000000Z".into()), last: Some("2014-02-19T09:12:15.000000Z".into()), ..Incident::default()
    };
    Report {
        headline: "Your web servers are not calling out. Visitors opened these connections, and the firewall no longer remembered them.".into(),
        lead: "1,204 blocked packets from 8 servers (port 80) went to 611 visitors. They are replies. Most came about an hour after the last packet, so the firewall's idle limit is the likely reason.".into(),
        tally: Tally { lines: 5310, event_lines: 5290, other: 8, malformed: 4, foreign: 8, blank: 0, events: 5290 },
        n_sessions: 1866,
        first: Some("2014-02-19T08:00:00.000000Z".into()),
        last: Some("2014-02-19T10:00:00.000000Z".into()),
        formats: vec![("FortiGate".into(), 5290)],
        devices: vec![],
        ours: vec!["10.20.1.0/24".into()],
        incidents: vec![incident, scan],
        n_incidents: 2,
        limits: vec![],
    }
}
