//! Worked examples of the specification (domain §9) that need several devices or dialects of their own, and the
//! archetype in its CSV form. Where the specification slipped, a comment says so and why.

// Lines of a log are pushed one by one, which reads like the log.
#![allow(clippy::format_push_string)]

use whichway::engine::dataset::{
    Band, Cause, Dataset, Direction, PacketDirection, Session, Side, SourceInfo, Verdict,
};
use whichway::engine::explain::headline;
use whichway::engine::pipeline::{Context, Range, Reader, conclude};
use whichway::engine::settings::Settings;

fn run(text: &str) -> Dataset {
    let context = Context {
        now: 1_767_225_600_000_000,
        ..Context::default()
    };
    let mut reader = Reader::new(&context, Range::whole(0), 1);
    reader.feed(text.as_bytes());
    let sources = vec![SourceInfo {
        name: "test.log".into(),
        ..SourceInfo::default()
    }];
    let data = conclude(reader.finish().part, &Settings::default(), sources);
    assert!(data.tally.adds_up());
    for session in data.sessions.iter().take(3) {
        println!("{}", line(&data, session));
    }
    for incident in &data.incidents {
        println!("{}\n    {:?}", incident.headline, incident.cause);
    }
    data
}

fn line(data: &Dataset, session: &Session) -> String {
    let (a, b) = session.ends(data);
    format!(
        "{} -> {} {:?} score {} tier {} {:?} {}",
        a.text(&data.names),
        b.text(&data.names),
        session.side,
        session.score,
        session.tier,
        session.direction,
        session.verdict.id()
    )
}

fn initiator(data: &Dataset, session: &Session) -> String {
    session
        .parties(data)
        .map_or("?".into(), |(initiator, _)| initiator.text(&data.names))
}

#[test]
fn e4_a_late_close() {
    let mut text = String::new();
    for n in 0..21 {
        // 21 tuples, spread over two hours.
        let minute = n * 6;
        let (hour, minute) = (10 + minute / 60, minute % 60);
        let (client, port) = (45 + n, 51_515 + n);
        let head = |second: u32| {
            format!("<134>1 2024-02-19T{hour}:{minute:02}:{second:02}Z gw1 CheckPoint 1930 - ")
        };
        text.push_str(&format!(
            "{}[action:\"Accept\"; origin:\"10.9.9.1\"; src:\"203.0.113.{client}\"; s_port:\"{port}\"; dst:\"10.0.0.11\"; service:\"80\"; proto:\"6\"]\n",
            head(0)
        ));
        text.push_str(&format!(
            "{}[action:\"Drop\"; origin:\"10.9.9.1\"; src:\"10.0.0.11\"; s_port:\"80\"; dst:\"203.0.113.{client}\"; service:\"{port}\"; proto:\"6\"; tcp_flags:\"FIN-ACK\"; tcp_packet_out_of_state:\"First packet isn't SYN\"]\n",
            head(31)
        ));
    }
    let data = run(&text);
    assert_eq!(data.sessions.len(), 21);
    for session in &data.sessions {
        assert!(initiator(&data, session).starts_with("203.0.113."));
        assert_eq!(session.band(), Band::Certain);
        assert_eq!(
            (session.verdict, session.direction),
            (Verdict::OrphanedReply, Direction::Inbound)
        );
        assert_eq!(session.packet_direction, PacketDirection::Out);
    }
    assert_eq!(data.incidents.len(), 1);
    let cause = data.incidents[0].cause.expect("orphans have a cause");
    assert_eq!(cause.cause, Cause::Late);
    assert!(cause.named, "late p {}", cause.p_milli);
}

#[test]
fn e18_two_firewalls_an_hour_apart() {
    let mut text = String::new();
    for n in 0..8 {
        let port = 50_100 + n;
        text.push_str(&format!("Feb 19 2024 10:00:0{n} fw1 : %ASA-6-302013: Built outbound TCP connection {n} for outside:203.0.113.80/443 (203.0.113.80/443) to inside:10.1.1.5/{port} (10.1.1.5/{port})\n"));
        text.push_str(&format!("Feb 19 11:00:0{n} fw2 filterlog[1]: 4,,,1000000103,igb1,match,pass,in,4,0x0,,64,1261{n},0,DF,6,tcp,60,10.1.1.5,203.0.113.80,{port},443,0,S,18912867{n},,64240,,mss;nop\n"));
    }
    let data = run(&text);
    assert_eq!(data.sessions.len(), 8);
    for session in &data.sessions {
        assert!(initiator(&data, session).starts_with("10.1.1.5:501"));
        assert_eq!(session.band(), Band::Certain);
        assert_eq!((session.tier, session.direction), (1, Direction::Outbound));
        assert_eq!(session.n_events, 2, "two views of one connection");
    }
    // The example's translated port is left out: with it the second firewall would have to stand before the first.
    assert!(
        data.limits.iter().any(|note| note.contains("time zone")),
        "{:?}",
        data.limits
    );
}

#[test]
fn e19a_a_handshake_beats_ports() {
    let data = run(
        "{\"ts\":1708337702.1,\"uid\":\"CKtT1c2XQ\",\"id.orig_h\":\"10.0.0.7\",\"id.orig_p\":443,\"id.resp_h\":\"10.0.0.8\",\"id.resp_p\":50500,\"proto\":\"tcp\",\"conn_state\":\"SF\",\"history\":\"ShADadFf\"}\n",
    );
    assert_eq!(data.sessions.len(), 1);
    let session = &data.sessions[0];
    assert_eq!(initiator(&data, session), "10.0.0.7:443");
    assert_eq!((session.side, session.tier), (Side::A, 1));
    // 900 of the handshake less half of 460: against a handshake soft evidence counts half. A session record of a
    // device speaks as well (700), which the example leaves out.
    assert!(session.score >= 670, "score {}", session.score);
    assert_eq!(session.band(), Band::Certain);
    assert_eq!(session.direction, Direction::Internal);
    assert_eq!(session.verdict, Verdict::ServicePortAsSource);
}

#[test]
fn the_archetype_as_csv_is_answered_in_the_first_sentence() {
    for n in [10, 300] {
        let mut text = String::new();
        for i in 0..n {
            let (server, visitor, port) = (11 + i % 8, 1 + i % 200, 30_000 + i * 97 % 30_000);
            let (minute, second) = (i / 30, i % 30 * 2);
            text.push_str(&format!(
                "\"date=2024-02-19\",\"time=10:{minute:02}:{second:02}\",\"devname=fw1\",\"devid=FG0\",\"logid=0000000007\",\"type=traffic\",\"subtype=forward\",\"level=warning\",\"vd=root\",\"srcip=10.0.0.{server}\",\"srcport=80\",\"srcintf=dmz\",\"dstip=203.0.113.{visitor}\",\"dstport={port}\",\"dstintf=wan1\",\"sessionid={i}\",\"proto=6\",\"action=deny\",\"policyid=0\"\n"
            ));
        }
        let data = run(&text);
        assert_eq!(data.sessions.len(), n);
        let text = headline(&data);
        assert!(
            text.starts_with(
                "Visitors opened these connections; your web servers are not calling out. "
            ),
            "{text}"
        );
        for session in &data.sessions {
            assert_eq!(
                (session.verdict, session.direction, session.packet_direction),
                (
                    Verdict::OrphanedReply,
                    Direction::Inbound,
                    PacketDirection::Out
                )
            );
        }
    }
}

/// The archetype as a person cuts it out of a spreadsheet: no protocol, no flags, no time.
#[test]
fn a_table_without_a_protocol_is_told_by_its_service() {
    let head = "Source IP\tSource Port\tDestination IP\tDestination Port\tAction\n";
    let row = |service: u16| format!("10.0.0.11\t{service}\t203.0.113.45\t51515\tDeny\n");
    for (service, verdict) in [
        (80, Verdict::OrphanedReply),
        (443, Verdict::OrphanedReply),
        (53, Verdict::LateDatagramReply),
    ] {
        let data = run(&format!("{head}{}", row(service)));
        assert_eq!(data.sessions.len(), 1, "{service}");
        assert_eq!(data.sessions[0].verdict, verdict, "{service}");
        assert_eq!(data.sessions[0].direction, Direction::Inbound, "{service}");
        assert_eq!(
            initiator(&data, &data.sessions[0]),
            "203.0.113.45:51515",
            "{service}"
        );
    }
}

/// A home router says in words what it refused.
#[test]
fn a_home_routers_sentence_is_a_late_packet() {
    let data = run(
        "[INFO] Mon Feb 19 10:15:10 2024 Blocked incoming TCP packet from 203.0.113.80:443 to 198.51.100.2:51022 as RST:ACK received but there is no active connection\n",
    );
    assert_eq!(data.sessions.len(), 1);
    assert_eq!(data.sessions[0].verdict, Verdict::OrphanedReply);
    assert_eq!(
        initiator(&data, &data.sessions[0]),
        "198.51.100.2:51022",
        "the web server only answers"
    );
}
