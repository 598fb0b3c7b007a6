//! The worked examples of the specification (domain §9), from lines to verdicts: exact sessions, initiators,
//! directions, verdicts, scores and probabilities. Where the specification slipped, a comment says so and why.

// Lines of a log are pushed one by one, which reads like the log.
#![allow(clippy::format_push_string, clippy::format_collect)]

use whichway::engine::dataset::{
    Band, Cause, Dataset, Direction, Incident, PacketDirection, Session, Severity, SourceInfo,
    Verdict,
};
use whichway::engine::explain::headline;
use whichway::engine::pipeline::{Context, Range, Reader, conclude};
use whichway::engine::settings::Settings;

/// 192.0.2.0/24 is ours in the examples; the rest is told from the addresses.
fn settings() -> Settings {
    Settings {
        ours: vec!["192.0.2.0/24".parse().expect("a network")],
        ..Settings::default()
    }
}

fn run(text: &str) -> Dataset {
    run_with(text, &settings())
}

fn run_with(text: &str, settings: &Settings) -> Dataset {
    let mut reader = Reader::new(
        &Context {
            now: 1_767_225_600_000_000,
            ..Context::default()
        },
        Range::whole(0),
        1,
    );
    reader.feed(text.as_bytes());
    let sources = vec![SourceInfo {
        name: "test.log".into(),
        ..SourceInfo::default()
    }];
    let data = conclude(reader.finish().part, settings, sources);
    assert!(data.tally.adds_up());
    show(&data);
    every_number_is_a_field(&data);
    data
}

/// Contract: a number in a sentence is also in `numbers`. Addresses are no numbers.
fn every_number_is_a_field(data: &Dataset) {
    for incident in &data.incidents {
        for text in [&incident.headline, &incident.sentence] {
            // Names come from the log and may hold numbers.
            let mut text = text.clone();
            for host in incident.initiators.iter().chain(&incident.responders) {
                let name = host.text(&data.names);
                let (first, rest) = name.split_at(1);
                text = text
                    .replace(&name, "")
                    .replace(&format!("{}{rest}", first.to_uppercase()), "");
            }
            for word in text.split(|letter: char| letter.is_whitespace() || "();:".contains(letter))
            {
                let digits = word.trim_end_matches(['.', ',']).replace(',', "");
                let Ok(number) = digits.parse::<i64>() else {
                    continue;
                };
                assert!(
                    incident.numbers.values().any(|known| *known == number),
                    "{number} of \"{text}\" in {:?}",
                    incident.numbers
                );
            }
        }
        assert!(!incident.headline.is_empty() && !incident.sentence.is_empty());
        assert!(
            incident.verdict == Verdict::AllowedNormal
                || incident.verdict == Verdict::NotEnough
                || !incident.evidence_for.is_empty()
        );
    }
    for session in &data.sessions {
        assert!(
            (session.incident as usize) < data.incidents.len(),
            "every session belongs to an incident"
        );
    }
}

/// What a failing test prints.
fn show(data: &Dataset) {
    println!(
        "{}\n{:?} ours {:?}",
        headline(data),
        data.tally,
        data.roles.ours
    );
    for session in data.sessions.iter().take(4) {
        let (a, b) = session.ends(data);
        println!(
            "{} -> {} {:?} score {} tier {} p {} {:?} {:?} pkt {:?} {} facts {:x} events {} tries {} orphans {}",
            a.text(&data.names),
            b.text(&data.names),
            session.side,
            session.score,
            session.tier,
            session.p_milli(),
            session.band(),
            session.direction,
            session.packet_direction,
            session.verdict.id(),
            session.facts.0,
            session.n_events,
            session.tries,
            session.n_orphans
        );
        for term in whichway::engine::judge::evidence(data, session) {
            println!("    {} {} {:?}", term.id, term.weight, term.toward);
        }
    }
    for incident in &data.incidents {
        println!(
            "{} {} p {} {:?} {:?} {:?} lines {} sessions {}\n  {}\n  {}",
            incident.verdict.id(),
            incident.direction.name(),
            incident.p_milli,
            incident.band,
            incident.cause,
            incident.severity,
            incident.n_lines,
            incident.sessions.len(),
            incident.headline,
            incident.sentence
        );
        for reason in &incident.evidence_for {
            println!(
                "    + {} {} ({})",
                reason.id,
                reason.text,
                reason.sessions.len()
            );
        }
        for reason in &incident.evidence_against {
            println!("    - {} {}", reason.id, reason.text);
        }
        for text in &incident.alternatives {
            println!("    ? {text}");
        }
        for check in &incident.checks {
            println!("    > {} | {} | {}", check.place, check.command, check.why);
        }
        println!(
            "    {:?} timeout {:?}",
            incident.numbers, incident.timeout_s
        );
    }
}

fn initiator(data: &Dataset, session: &Session) -> String {
    session
        .parties(data)
        .map_or("?".into(), |(initiator, _)| initiator.text(&data.names))
}

/// All sessions, each with initiator, direction, verdict.
fn all(data: &Dataset, direction: Direction, verdict: Verdict) -> impl Iterator<Item = &Session> {
    for session in &data.sessions {
        assert_eq!(
            (session.direction, session.verdict),
            (direction, verdict),
            "{}",
            initiator(data, session)
        );
    }
    data.sessions.iter()
}

fn only(data: &Dataset) -> &Incident {
    assert_eq!(data.incidents.len(), 1, "one incident");
    &data.incidents[0]
}

fn cause(incident: &Incident) -> (Cause, bool, u16) {
    incident
        .cause
        .map(|guess| (guess.cause, guess.named, guess.p_milli))
        .expect("orphans have a cause")
}

const E1: &str = "date=2024-02-19 time=10:15:02 devname=fw1 device_id=FG0 log_id=0038000003 type=traffic subtype=violation pri=warning vd=root src=10.0.0.11 src_port=80 src_int=\"dmz\" dst=203.0.113.45 dst_port=51515 dst_int=\"wan1\" SN=1 status=deny policyid=0 proto=6 duration=0 sent=0 rcvd=0";

#[test]
fn e1_one_denied_line_without_flags() {
    let data = run(E1);
    let session = all(&data, Direction::Inbound, Verdict::OrphanedReply)
        .next()
        .expect("one session");
    assert_eq!(data.sessions.len(), 1);
    assert_eq!(
        (session.score, session.p_milli(), session.band()),
        (-350, 971, Band::High)
    );
    assert_eq!(initiator(&data, session), "203.0.113.45:51515");
    assert_eq!(session.packet_direction, PacketDirection::Out);
    let incident = only(&data);
    assert_eq!(cause(incident), (Cause::Late, false, 360));
    assert!(
        incident
            .alternatives
            .iter()
            .any(|text| text.contains("cannot be excluded"))
    );
    assert!(
        incident
            .checks
            .iter()
            .any(|check| check.command.contains("src port 80 and tcp[13] & 18 = 2"))
    );
    assert!(
        headline(&data)
            .starts_with("A visitor opened this connection; your web server is not calling out.")
    );
}

#[test]
fn e1b_the_firewall_says_that_it_knew_no_session() {
    let data = run(&format!("{E1} msg=\"no session matched\""));
    let session = &data.sessions[0];
    assert_eq!(
        (session.score, session.p_milli(), session.band()),
        (-460, 990, Band::High)
    );
    assert_eq!(session.verdict, Verdict::OrphanedReply);
}

#[test]
fn e2_burst_after_a_switch_over() {
    let mut text = String::new();
    for minute in 0..60 {
        let server = 11 + minute % 8;
        text.push_str(&format!(
            "date=2024-02-19 time=09:{minute:02}:30 devname=\"fw1\" devid=\"FG0\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" srcip=198.51.100.{} srcport={} dstip=10.0.0.{server} dstport=443 proto=6 action=\"close\" policyid=4 sentbyte=1200 rcvdbyte=5300 duration=3\n",
            100 + minute, 40_000 + minute
        ));
    }
    text.push_str("date=2024-02-19 time=10:00:00 devname=\"fw1\" devid=\"FG0\" logid=\"0108037894\" type=\"event\" subtype=\"ha\" level=\"critical\" vd=\"root\" msg=\"Virtual cluster's member state moved\"\n");
    for n in 0..24 {
        text.push_str(&format!(
            "date=2024-02-19 time=10:00:{:02} devname=\"fw1\" devid=\"FG0\" logid=\"0000000007\" type=\"traffic\" subtype=\"forward\" srcip=10.0.0.{} srcport=443 dstip=198.51.100.{} dstport={} proto=6 action=\"deny\" policyid=0 msg=\"no session matched\"\n",
            1 + n * 19 / 23, 11 + n % 8, 1 + n % 12, 50_001 + n
        ));
    }
    let data = run(&text);
    let orphans: Vec<&Session> = data
        .sessions
        .iter()
        .filter(|session| session.verdict == Verdict::OrphanedReply)
        .collect();
    assert_eq!(orphans.len(), 24);
    for session in &orphans {
        assert_eq!(
            (session.p_milli(), session.direction),
            (990, Direction::Inbound)
        );
    }
    let before: Vec<&Session> = data
        .sessions
        .iter()
        .filter(|session| session.verdict == Verdict::AllowedNormal)
        .collect();
    assert_eq!(before.len(), 60);
    assert!(
        before
            .iter()
            .all(|session| session.direction == Direction::Inbound
                && session.band() == Band::Certain)
    );
    let incident = &data.incidents[0];
    assert_eq!(
        (incident.sessions.len(), cause(incident)),
        (24, (Cause::Reset, true, 950))
    );
}

#[test]
fn e3_idle_timeout_with_retries() {
    let mut text = String::from(
        "Feb 19 2024 09:00:00 fw1 : %ASA-6-302013: Built inbound TCP connection 771 for outside:203.0.113.45/51515 (203.0.113.45/51515) to dmz:10.0.0.11/443 (192.0.2.11/443)\n\
         Feb 19 2024 10:02:10 fw1 : %ASA-6-302014: Teardown TCP connection 771 for outside:203.0.113.45/51515 to dmz:10.0.0.11/443 duration 1:02:10 bytes 48211 Conn-timeout\n",
    );
    for second in ["05:00", "05:01", "05:03", "05:07", "05:15"] {
        text.push_str(&format!("Feb 19 2024 10:{second} fw1 : %ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 203.0.113.45/51515 flags PSH ACK  on interface dmz\n"));
    }
    let data = run(&text);
    assert_eq!(data.sessions.len(), 1);
    let session = all(&data, Direction::Inbound, Verdict::OrphanedReply)
        .next()
        .expect("one session");
    assert_eq!((session.n_orphans, session.band()), (5, Band::Certain));
    assert_eq!(initiator(&data, session), "203.0.113.45:51515");
    let incident = only(&data);
    let (cause, named, p_milli) = cause(incident);
    assert_eq!((cause, named), (Cause::Idle, true));
    assert!(p_milli >= 985, "the device states it, no cap: {p_milli}");
    assert_eq!(incident.timeout_s, Some(3600));
}

#[test]
fn e8_backscatter() {
    let mut text = String::new();
    for n in 0..12 {
        text.push_str(&format!(
            "Feb 19 10:15:{:02} web1 kernel: [640032.155419] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=198.51.100.80 DST=192.0.2.10 LEN=44 TOS=0x00 PREC=0x00 TTL=50 ID={} DF PROTO=TCP SPT=80 DPT={} WINDOW=64240 RES=0x00 ACK SYN URGP=0\n",
            n * 5, 100 + n, 1025 + n * 4973
        ));
    }
    let data = run(&text);
    assert_eq!(data.sessions.len(), 12);
    for session in &data.sessions {
        // The purported initiator is ours, yet nothing left from here: the direction is that of what reached us.
        assert_eq!(
            (session.verdict, session.direction),
            (Verdict::Backscatter, Direction::Inbound)
        );
        assert!(initiator(&data, session).starts_with("192.0.2.10:"));
    }
    let incident = only(&data);
    assert_eq!(incident.band, Some(Band::Medium));
    assert!(
        incident
            .alternatives
            .iter()
            .any(|text| text.contains("late replies"))
    );

    let asked = "Feb 19 10:14:00 web1 kernel: [640001.1] [UFW ALLOW] IN= OUT=eth0 SRC=192.0.2.10 DST=198.51.100.80 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=40001 DPT=80 WINDOW=64240 RES=0x00 SYN URGP=0\n";
    let data = run(&format!("{asked}{text}"));
    let orphans = data
        .sessions
        .iter()
        .filter(|session| session.verdict == Verdict::OrphanedReply)
        .count();
    assert_eq!(orphans, 12, "a question of ours makes them late answers");
}

#[test]
fn e9_a_service_port_that_really_opens() {
    let line = "Feb 19 10:15:02 web1 kernel: [640032.1] [UFW BLOCK] IN= OUT=eth0 SRC=192.0.2.10 DST=203.0.113.77 LEN=44 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=TCP SPT=80 DPT=4444 WINDOW=1024 RES=0x00 SYN URGP=0\n";
    let data = run(line);
    let session = all(&data, Direction::Outbound, Verdict::ServicePortAsSource)
        .next()
        .expect("one session");
    assert_eq!((session.score, session.band()), (670, Band::Certain));
    assert_eq!(initiator(&data, session), "192.0.2.10:80");
    assert!(
        headline(&data).contains("really did open"),
        "{}",
        headline(&data)
    );
    assert!(headline(&data).contains("not a reply"));

    let data = run(&line
        .replace("DPT=4444", "DPT=51515")
        .replace(" SYN ", " ACK FIN "));
    let session = all(&data, Direction::Inbound, Verdict::OrphanedReply)
        .next()
        .expect("one session");
    assert_eq!((session.score, session.p_milli()), (-460, 990));
    assert_eq!(initiator(&data, session), "203.0.113.77:51515");
}

#[test]
fn e10_an_ecn_opening_is_an_opening() {
    let data = run(
        "Feb 19 10:15:02 web1 kernel: [640032.155419] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.0.113.9 DST=192.0.2.10 LEN=52 TOS=0x00 PREC=0x00 TTL=108 ID=27003 DF PROTO=TCP SPT=56160 DPT=25 WINDOW=64240 RES=0x00 CWR ECE SYN URGP=0\n",
    );
    let session = all(&data, Direction::Inbound, Verdict::BlockedInbound)
        .next()
        .expect("one session");
    assert_eq!(session.band(), Band::Certain);
    assert_eq!(initiator(&data, session), "203.0.113.9:56160");
}

#[test]
fn e11_a_late_answer_of_a_name_server() {
    let data = run(
        "Feb 19 10:00:05 gw kernel: ACCEPT IN= OUT=eth0 SRC=192.0.2.10 DST=203.0.113.53 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=7 PROTO=UDP SPT=41022 DPT=53 LEN=40\n\
         Feb 19 10:00:41 gw kernel: DROP IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.0.113.53 DST=192.0.2.10 LEN=145 TOS=0x00 PREC=0x00 TTL=50 ID=9 PROTO=UDP SPT=53 DPT=41022 LEN=125\n",
    );
    let session = all(&data, Direction::Outbound, Verdict::LateDatagramReply)
        .next()
        .expect("one session");
    assert_eq!((data.sessions.len(), session.p_milli()), (1, 990));
    assert_eq!(initiator(&data, session), "192.0.2.10:41022");
    let incident = only(&data);
    assert_eq!(
        (incident.timeout_s, incident.numbers.get("waited_s")),
        (Some(30), Some(&36))
    );
}

#[test]
fn e12_an_error_report_belongs_to_the_packet_it_quotes() {
    let data = run(
        "Feb 19 10:00:41 gw kernel: DENY: IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=198.51.100.1 DST=192.0.2.10 LEN=96 TOS=0x00 PREC=0x00 TTL=60 ID=5 PROTO=ICMP TYPE=3 CODE=3 [SRC=192.0.2.10 DST=198.51.100.1 LEN=60 TOS=0x00 PREC=0x00 TTL=60 ID=6 PROTO=UDP SPT=40000 DPT=161 LEN=40 ]\n",
    );
    let session = all(&data, Direction::Outbound, Verdict::NetworkError)
        .next()
        .expect("one session");
    assert_eq!(data.sessions.len(), 1);
    assert_eq!(
        (session.proto(&data), initiator(&data, session).as_str()),
        (17, "192.0.2.10:40000")
    );
    assert!(only(&data).sentence.contains("nobody listens on that port"));
}

#[test]
fn e15_the_data_channel_of_a_file_transfer() {
    let data = run(
        "Feb 19 2024 09:00:00 fw1 : %ASA-6-302013: Built inbound TCP connection 5 for outside:203.0.113.9/40100 (203.0.113.9/40100) to dmz:10.0.0.21/21 (192.0.2.21/21)\n\
         Feb 19 2024 09:00:04 fw1 : %ASA-4-106023: Deny tcp src dmz:10.0.0.21/20 dst outside:203.0.113.9/40101 by access-group \"dmz_in\" [0x0, 0x0]\n",
    );
    assert_eq!(data.sessions.len(), 2);
    let (control, side) = (&data.sessions[0], &data.sessions[1]);
    assert_eq!(
        (initiator(&data, control).as_str(), control.band()),
        ("203.0.113.9:40100", Band::Certain)
    );
    assert_eq!(
        (control.direction, control.verdict),
        (Direction::Inbound, Verdict::AllowedNormal)
    );
    assert_eq!(
        (initiator(&data, side).as_str(), side.score, side.p_milli()),
        ("10.0.0.21:20", 450, 989)
    );
    assert_eq!(
        (side.direction, side.verdict),
        (Direction::Outbound, Verdict::HelperChannelBlocked)
    );
}

#[test]
fn e19b_ports_speak_against_the_device_and_lose() {
    let data = run(
        "date=2024-02-19 time=10:15:02 devname=\"fw1\" devid=\"FG0\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" srcip=10.0.0.7 srcport=443 dstip=10.0.0.8 dstport=50500 proto=6 action=\"close\" policyid=4\n",
    );
    let session = &data.sessions[0];
    assert_eq!(
        (session.score, session.p_milli(), session.band()),
        (240, 917, Band::Medium)
    );
    assert_eq!(initiator(&data, session), "10.0.0.7:443");
    assert!(!data.incidents[0].evidence_against.is_empty());
}

#[test]
fn e20_everything_redacted() {
    let text: String = (1001..=1003)
        .map(|port| format!("Feb 19 2024 09:00:00 fw1 : %ASA-6-106015: Deny TCP (no connection) from x.x.x.x/443 to y.y.y.y/5{port} flags ACK  on interface dmz9\n"))
        .collect();
    let data = run(&text);
    assert_eq!(data.sessions.len(), 3);
    for session in all(&data, Direction::Unknown, Verdict::OrphanedReply) {
        assert!(initiator(&data, session).starts_with("y.y.y.y:"));
        assert_eq!(session.band(), Band::High);
    }
    assert!(!cause(only(&data)).1, "cause unknown");
}

#[test]
fn e21_a_block_and_orphans_of_the_same_log_are_two_incidents() {
    let mut text = String::new();
    for n in 5..=9 {
        text.push_str(&format!("Feb 19 2024 09:00:0{n} fw1 : %ASA-4-106023: Deny tcp src inside:10.1.1.{n}/5000{n} dst outside:203.0.113.25/25 by access-group \"in\" [0x0, 0x0]\n"));
    }
    for n in 1..=5 {
        text.push_str(&format!("Feb 19 2024 09:01:0{n} fw1 : %ASA-6-106015: Deny TCP (no connection) from 10.1.1.30/25 to 203.0.113.6{n}/4000{n} flags FIN ACK  on interface inside\n"));
    }
    let data = run(&text);
    assert_eq!((data.sessions.len(), data.incidents.len()), (10, 2));
    for session in &data.sessions[..5] {
        assert_eq!(
            (session.direction, session.verdict, session.score),
            (Direction::Outbound, Verdict::BlockedOutbound, 460)
        );
    }
    for session in &data.sessions[5..] {
        assert_eq!(
            (session.direction, session.verdict, session.score),
            (Direction::Inbound, Verdict::OrphanedReply, -460)
        );
    }
    let orphans = data
        .incidents
        .iter()
        .find(|incident| incident.verdict == Verdict::OrphanedReply)
        .expect("orphans");
    assert_eq!(cause(orphans), (Cause::Late, true, 896));
}

#[test]
fn e6_a_filter_without_memory_blocks_the_replies() {
    let mut text = String::new();
    for n in 0..10 {
        let (client, port) = (45 + n, 51_515 + n);
        text.push_str(&format!("2 123456789012 eni-0a1b2c3d 203.0.113.{client} 10.0.1.11 {port} 443 6 6 720 1708337700 1708337758 ACCEPT OK\n"));
        text.push_str(&format!("2 123456789012 eni-0a1b2c3d 10.0.1.11 203.0.113.{client} 443 {port} 6 3 180 1708337700 1708337758 REJECT OK\n"));
    }
    let data = run(&text);
    assert_eq!(data.sessions.len(), 10);
    for session in all(&data, Direction::Inbound, Verdict::StatelessReturnBlocked) {
        assert_eq!((session.p_milli(), session.band()), (990, Band::High));
        assert!(initiator(&data, session).starts_with("203.0.113."));
    }
    assert!(only(&data).sentence.contains("49152 to 65535"));
}

#[test]
fn e7_a_probe_with_redacted_targets() {
    let text = "13845 aaa.bbb.ccc.0 22 TCP 13845 aaa.bbb.ccc.6 22 TCP 13845 aaa.bbb.ccc.21 22 TCP 13845 aaa.bbb.ccc.12 22 TCP 13845 aaa.bbb.ccc.20 22 TCP 13845 aaa.bbb.ccc.10 22 TCP 13845 aaa.bbb.ccc.41 22 TCP\n";
    let data = run(text);
    assert_eq!(data.sessions.len(), 7);
    for session in all(&data, Direction::Unknown, Verdict::NotEnough) {
        assert_eq!(session.score.abs(), 460);
        assert_eq!(
            session
                .parties(&data)
                .and_then(|(_, responder)| responder.port),
            Some(22)
        );
    }
    assert!(
        only(&data)
            .sentence
            .contains("7 targets on port 22 from one port: the shape of a probe.")
    );
}

#[test]
fn e13_a_late_answer_at_a_windows_machine() {
    let data = run(
        "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Time Format: Local\n#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path\n\n\
         2024-02-19 10:00:00 ALLOW TCP 192.0.2.10 203.0.113.80 51774 443 0 - 0 0 0 - - - SEND\n\
         2024-02-19 10:04:02 DROP TCP 203.0.113.80 192.0.2.10 443 51774 40 A 123456789 987654321 12345 - - - RECEIVE\n",
    );
    assert_eq!(data.sessions.len(), 1);
    let session = all(&data, Direction::Outbound, Verdict::OrphanedReply)
        .next()
        .expect("one session");
    assert_eq!(initiator(&data, session), "192.0.2.10:51774");
    assert_eq!(session.band(), Band::Certain);
    assert!(
        !cause(only(&data)).1,
        "242 seconds fit no timer of a device without a row"
    );
}

#[test]
fn e5_the_other_half_takes_another_route() {
    let mut lines: Vec<(u32, String)> = Vec::new();
    for n in 0..40 {
        lines.push((n * 45, format!("fw1 filterlog[72237]: 4,,,1000000103,igb1,match,block,in,4,0x0,,64,{n},0,DF,6,tcp,60,10.0.0.11,10.20.0.{},443,{},0,SA,1891286705,77120,65535,,mss\n", 5 + n % 10, 50_000 + n)));
    }
    for n in 0..200 {
        lines.push((n * 9, format!("fw1 filterlog[72237]: 80,,,1000002000,igb0,match,pass,in,4,0x0,,64,{},0,DF,6,tcp,60,203.0.113.{},10.0.0.11,{},443,0,S,99286705,,65535,,mss\n", 1000 + n, 1 + n, 40_000 + n)));
    }
    lines.sort();
    let text: String = lines
        .into_iter()
        .map(|(at, line)| format!("Feb 19 10:{:02}:{:02} {line}", at / 60, at % 60))
        .collect();
    let data = run(&text);
    let half: Vec<&Session> = data
        .sessions
        .iter()
        .filter(|session| session.verdict == Verdict::HalfSeen)
        .collect();
    assert_eq!((half.len(), data.sessions.len()), (40, 240));
    for session in half {
        // The specification says S −12.6: 8 for the answer and 4.6 for the ports; the habits of the service (K) and the
        // pair (H) are within the same 4.6.
        assert_eq!(
            (session.score, session.direction, session.band()),
            (-1260, Direction::Internal, Band::Certain)
        );
        assert!(initiator(&data, session).starts_with("10.20.0."));
        assert_ne!(session.also & 1 << Verdict::OrphanedReply as u8, 0);
    }
    let incident = &data.incidents[0];
    assert_eq!(
        (incident.verdict, cause(incident)),
        (Verdict::HalfSeen, (Cause::Asym, true, 950))
    );
}

/// The archetype: replies of eight web servers to ports that programs pick, in the dialects of two versions.
fn archetype(n: usize, old: bool, with_allowed: bool, known: bool) -> String {
    let mut text = String::new();
    for i in 0..n {
        let (server, visitor, port) = (11 + i % 8, 1 + i % 200, 30_000 + i * 97 % 30_000);
        let (minute, second) = (i / 30, i % 30 * 2);
        let msg = if known {
            " msg=\"no session matched\""
        } else {
            ""
        };
        text.push_str(&if old {
            format!("date=2024-02-19 time=10:{minute:02}:{second:02} devname=fw1 device_id=FG0 log_id=0038000007 type=traffic subtype=other pri=warning vd=root src=10.0.0.{server} src_port=80 src_int=\"dmz\" dst=203.0.113.{visitor} dst_port={port} dst_int=\"wan1\" SN={i} status=deny policyid=0 proto=6 duration=0 sent=0 rcvd=0{msg}\n")
        } else {
            format!("date=2024-02-19 time=10:{minute:02}:{second:02} devname=\"fw1\" devid=\"FG0\" logid=\"0000000007\" type=\"traffic\" subtype=\"forward\" level=\"warning\" vd=\"root\" srcip=10.0.0.{server} srcport=80 srcintf=\"dmz\" dstip=203.0.113.{visitor} dstport={port} dstintf=\"wan1\" sessionid={i} proto=6 action=\"deny\" policyid=0{msg}\n")
        });
        if with_allowed && i % 3 == 0 && !old {
            text.push_str(&format!("date=2024-02-19 time=10:{minute:02}:{second:02} devname=\"fw1\" devid=\"FG0\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" srcip=198.51.100.{visitor} srcport={} srcintf=\"wan1\" dstip=10.0.0.{server} dstport=80 dstintf=\"dmz\" proto=6 action=\"close\" policyid=4 sentbyte=900 rcvdbyte=7000 duration=2\n", port + 1));
        }
    }
    text
}

#[test]
fn the_archetype_is_answered_in_the_first_sentence() {
    for n in [10, 60, 300] {
        for old in [false, true] {
            for with_allowed in [false, true] {
                for known in [false, true] {
                    let data = run_with(
                        &archetype(n, old, with_allowed, known),
                        &Settings::default(),
                    );
                    let text = headline(&data);
                    assert!(text.starts_with("Visitors opened these connections; your web servers are not calling out. "), "{text}");
                    assert!(text.contains("8 web servers of yours"), "{text}");
                    let orphans = data
                        .sessions
                        .iter()
                        .filter(|session| session.verdict == Verdict::OrphanedReply);
                    let n_right = orphans
                        .filter(|session| {
                            session.direction == Direction::Inbound
                                && session.packet_direction == PacketDirection::Out
                        })
                        .count();
                    assert_eq!(n_right, n);
                    let incident = &data.incidents[0];
                    assert!(
                        incident
                            .alternatives
                            .iter()
                            .any(|text| text.contains("cannot be excluded"))
                    );
                    assert!(
                        !incident
                            .checks
                            .iter()
                            .any(|check| check.why.contains("block "))
                    );
                }
            }
        }
    }
}

/// One short login by `client` every 17 seconds.
fn logins(client: &str, server: &str, n: usize) -> String {
    (0..n)
        .map(|n| format!("date=2024-02-19 time=10:0{}:{:02} devname=\"fw1\" devid=\"FG0\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" srcip={client} srcport=4{:04} dstip={server} dstport=22 proto=6 action=\"close\" policyid=4 sentbyte=1900 rcvdbyte=2300 duration=3\n", n * 17 / 60, n * 17 % 60, n + 1))
        .collect()
}

#[test]
fn e16_password_guessing() {
    let data = run(&logins("203.0.113.66", "192.0.2.22", 14));
    assert_eq!(data.sessions.len(), 14);
    for session in all(&data, Direction::Inbound, Verdict::PasswordGuessing) {
        assert_eq!(session.band(), Band::Certain);
        assert!(initiator(&data, session).starts_with("203.0.113.66:"));
        assert_ne!(session.also & 1 << Verdict::AllowedNormal as u8, 0);
    }
    assert_eq!(only(&data).severity, Severity::Act);
    assert!(
        headline(&data).starts_with(
            "The visitor 203.0.113.66 opened your SSH server 192.0.2.22 14 times; that looks like password guessing"
        ),
        "{}",
        headline(&data)
    );
    let few = run(&logins("203.0.113.66", "192.0.2.22", 9));
    assert_eq!(only(&few).verdict, Verdict::AllowedNormal);
}

#[test]
fn a_guesser_of_ours_is_told_as_ours() {
    let data = run(&logins("192.0.2.30", "203.0.113.22", 14));
    let incident = only(&data);
    assert_eq!(
        (incident.verdict, incident.direction),
        (Verdict::PasswordGuessing, Direction::Outbound)
    );
    assert!(
        incident
            .headline
            .starts_with("Your machine 192.0.2.30 opened"),
        "{}",
        incident.headline
    );
    assert!(incident.sentence.contains("is yours"));
    assert!(
        incident
            .checks
            .iter()
            .any(|check| check.command.contains("ss -tnp"))
    );
}

/// A session record at `second` of the day.
fn closed(second: usize, from: &str, to: &str, number: u8, sent: usize) -> String {
    let end = |end: &str| {
        let (address, port) = end.split_once(':').expect("address and port");
        (address.to_string(), port.to_string())
    };
    let ((src, from), (dst, to)) = (end(from), end(to));
    format!(
        "date=2024-02-19 time={:02}:{:02}:{:02} devname=\"fw1\" devid=\"FG0\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" srcip={src} srcport={from} dstip={dst} dstport={to} proto={number} action=\"accept\" policyid=4 sentbyte={sent} rcvdbyte=188 duration=1\n",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[test]
fn e14_a_call_every_minute() {
    let text: String = (0..12)
        .map(|n| {
            let at = 36_000 + (n + usize::from(n >= 7)) * 60 + usize::from(n % 4 == 1) * 2;
            let from = format!("10.1.1.5:{}", 50_000 + n);
            closed(at, &from, "203.0.113.200:443", 6, 408 + n * 5 % 9)
        })
        .collect();
    let data = run(&text);
    for session in all(&data, Direction::Outbound, Verdict::AllowedNormal) {
        assert_ne!(session.also & 1 << Verdict::Beacon as u8, 0);
        assert_eq!(session.band(), Band::Certain);
    }
    let incident = &data.incidents[0];
    assert_eq!(
        (incident.verdict, incident.severity, incident.sessions.len()),
        (Verdict::Beacon, Severity::Act, 12)
    );
    assert_eq!(incident.numbers.get("period"), Some(&60));
    assert_eq!(
        (
            incident.numbers.get("pauses"),
            incident.numbers.get("even_pauses")
        ),
        (Some(&11), Some(&11))
    );
    assert!(
        headline(&data).starts_with("Your machine 10.1.1.5 calls 203.0.113.200 every 60 seconds"),
        "{}",
        headline(&data)
    );
    assert_eq!(
        data.incidents.len(),
        2,
        "what lies over leaves the rest as it was"
    );
}

#[test]
fn a_clock_that_is_set_is_explained() {
    let text: String = (0..20)
        .map(|n| {
            let from = format!("10.1.1.5:{}", 50_000 + n);
            closed(36_000 + n * 64, &from, "203.0.113.123:123", 17, 76)
        })
        .collect();
    let data = run(&text);
    for session in all(&data, Direction::Outbound, Verdict::AllowedNormal) {
        assert_ne!(session.also & 1 << Verdict::Beacon as u8, 0);
    }
    let beacon = data
        .incidents
        .iter()
        .find(|incident| incident.verdict == Verdict::Beacon)
        .expect("it is told");
    assert_eq!(beacon.severity, Severity::None);
    assert!(beacon.headline.contains("as setting the clock does"));
    assert!(headline(&data).contains("nothing in this log was blocked"));
}

#[test]
fn e17_a_peer_to_peer_program() {
    let mut text = String::new();
    for n in 0..30 {
        let peer = format!("203.{}.113.7:{}", n * 3, 20_003 + n * 977);
        let (from, to) = if n % 2 == 0 {
            (peer.as_str(), "10.0.5.9:51413")
        } else {
            ("10.0.5.9:51413", peer.as_str())
        };
        text.push_str(&closed(36_000 + n * 10, from, to, 17, 400));
    }
    for n in 0..8 {
        let peer = format!("203.{}.113.7:{}", n * 3, 20_003 + n * 977);
        text.push_str(&closed(36_400 + n * 10, &peer, "10.0.5.9:51413", 6, 400));
    }
    let data = run(&text);
    assert_eq!(data.sessions.len(), 38);
    for session in &data.sessions {
        assert_eq!(session.verdict, Verdict::PeerToPeer);
        assert_ne!(session.also & 1 << Verdict::AllowedNormal as u8, 0);
    }
    let incident = only(&data);
    assert_eq!(
        (
            incident.severity,
            incident.band,
            incident.numbers.get("peers")
        ),
        (Severity::Look, Some(Band::High), Some(&30))
    );
    assert!(
        headline(&data).starts_with("Your machine 10.0.5.9 talks directly to 30 machines"),
        "{}",
        headline(&data)
    );
    assert!(incident.sentence.contains("BitTorrent"));
}

#[test]
fn strangers_at_one_port_after_the_program_ended() {
    let text: String = (0..7)
        .map(|n| format!("Feb 19 10:15:{n:02} web1 kernel: [1.{n}] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.{}.113.9 DST=192.0.2.10 LEN=131 TOS=0x00 PREC=0x00 TTL=50 ID={n} PROTO=UDP SPT={} DPT=28943 LEN=111\n", n * 11, 20_003 + n * 4_977))
        .collect();
    let data = run(&text);
    let incident = only(&data);
    assert_eq!(
        (incident.verdict, incident.band, incident.sessions.len()),
        (Verdict::PeerToPeer, Some(Band::Medium), 7)
    );
    assert!(
        headline(&data).starts_with(
            "7 machines knocked at port 28943 of your machine 192.0.2.10: this is probably peer-to-peer traffic"
        ),
        "{}",
        headline(&data)
    );
}

/// Packets of one stranger, one a line.
fn packets(n: usize, from: usize, to: impl Fn(usize) -> usize, flags: &str) -> String {
    (0..n)
        .map(|n| format!("Feb 19 10:15:{n:02} web1 kernel: [1.{n}] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.0.113.9 DST=192.0.2.10 LEN=40 TOS=0x00 PREC=0x00 TTL=50 ID={n} PROTO=TCP SPT={from} DPT={} WINDOW=1024 RES=0x00 {flags} URGP=0\n", to(n)))
        .collect()
}

#[test]
fn few_lines_with_the_shape_of_a_scan_are_a_probe() {
    for flags in ["SYN", "ACK", "FIN"] {
        let data = run(&packets(8, 37_933, |n| 1_003 + n * 21, flags));
        let incident = only(&data);
        assert_eq!(
            (incident.verdict, incident.sessions.len()),
            (Verdict::Scan, 8),
            "{flags}"
        );
        assert!(incident.sentence.contains("shape of a probe"));
        for session in all(&data, Direction::Inbound, Verdict::Scan) {
            assert_eq!(initiator(&data, session), "203.0.113.9:37933");
        }
    }
    let empty = run(&packets(8, 37_933, |n| 1_003 + n * 21, ""));
    for session in &empty.sessions {
        assert_eq!(session.verdict, Verdict::ImpossiblePacket);
        assert_ne!(session.also & 1 << Verdict::Scan as u8, 0);
    }
    let few = run(&packets(4, 37_933, |n| 1_003 + n * 21, "SYN"));
    assert!(
        few.sessions
            .iter()
            .all(|session| session.verdict == Verdict::BlockedInbound)
    );
}

#[test]
fn replies_to_many_ports_are_no_probe() {
    for flags in ["ACK", "ACK FIN", "ACK PSH"] {
        let data = run(&packets(12, 443, |n| 50_003 + n * 21, flags));
        for session in &data.sessions {
            assert_eq!(session.verdict, Verdict::OrphanedReply, "{flags}");
            assert_eq!(session.also & 1 << Verdict::Scan as u8, 0);
        }
    }
}

#[test]
fn a_scan_is_told_as_one() {
    let text: String = (0..40)
        .map(|n| format!("Feb 19 10:15:{n:02} web1 kernel: [1.{n}] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.0.113.9 DST=192.0.2.10 LEN=44 TOS=0x00 PREC=0x00 TTL=50 ID={n} PROTO=TCP SPT=443 DPT={} WINDOW=1024 RES=0x00 SYN URGP=0\n", 20 + n * 7))
        .collect();
    let data = run(&text);
    for session in all(&data, Direction::Inbound, Verdict::Scan) {
        assert_ne!(
            session.also & 1 << Verdict::BlockedInbound as u8,
            0,
            "it is a blocked attempt too"
        );
    }
    assert!(
        headline(&data)
            .starts_with("203.0.113.9 started this: it tried 40 ports on 1 machine of yours"),
        "{}",
        headline(&data)
    );
}

#[test]
fn an_input_without_connections_says_so() {
    assert_eq!(
        headline(&run("")),
        "No connections were found in test.log. It is empty."
    );
    assert_eq!(
        headline(&run("hello\nworld\n")),
        "No connections were found in test.log. 2 of 2 lines could not be read as a firewall log."
    );
}
