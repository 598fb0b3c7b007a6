use super::Parsed::{Events, Foreign, Header, Other};
use super::*;
use crate::engine::format::outline::outline;

fn check(line: &str, expected: &str) {
    assert_eq!(outline(&WindowsFirewall, line), expected, "{line}");
}

fn parse_all(lines: &[&str]) -> (Vec<Parsed>, Vec<Event>) {
    let (mut names, mut sink) = (Names::default(), Sink::default());
    let mut parser = WindowsFirewall.open(Clock::default());
    let parsed = lines
        .iter()
        .map(|line| parser.parse(&Record::plain(line.as_bytes()), &mut names, &mut sink))
        .collect();
    (parsed, sink.events)
}

const HEADER: &str = "#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path";

#[test]
fn a_late_answer_is_a_packet_with_flags() {
    check(
        ABOUT.example,
        "packet drop tcp 203.0.113.80:443 > 192.0.2.10:51774 flags=A seq=123456789 len=40 raw=DROP way=In/HostSide",
    );
    check(
        "2024-02-19 10:15:02 DROP TCP 203.0.113.80 192.0.2.10 443 51774 0 FA 1 2 3 - - - RECEIVE 4",
        "packet drop tcp 203.0.113.80:443 > 192.0.2.10:51774 flags=FA seq=1 raw=DROP way=In/HostSide",
    );
}

#[test]
fn the_opener_is_the_source_of_an_allow() {
    check(
        "2024-02-19 10:00:00 ALLOW TCP 192.0.2.10 203.0.113.80 51774 443 0 - 0 0 0 - - - SEND",
        "session_start allow tcp 192.0.2.10:51774 > 203.0.113.80:443 init=Src raw=ALLOW way=Out/HostSide",
    );
    check(
        "2024-02-19 10:00:00 ALLOW UDP 203.0.113.9 192.0.2.10 40000 3389 0 - - - - - - - RECEIVE 1234",
        "session_start allow udp 203.0.113.9:40000 > 192.0.2.10:3389 init=Src raw=ALLOW way=In/HostSide",
    );
    check(
        "2005-04-11 08:05:58 OPEN UDP 192.0.2.10 203.0.113.4 500 500 - - - - - - - - -",
        "session_start start udp 192.0.2.10:500 > 203.0.113.4:500 init=Src raw=OPEN way=Out/HostSide",
    );
    check(
        "2005-04-11 08:05:58 OPEN-INBOUND TCP 203.0.113.4 192.0.2.10 4000 139 - - - - - - - - -",
        "session_start start tcp 203.0.113.4:4000 > 192.0.2.10:139 init=Src raw=OPEN-INBOUND way=In/HostSide",
    );
    check(
        "2005-04-11 08:06:02 CLOSE TCP 192.0.2.10 203.0.113.4 1607 139 - - - - - - - - -",
        "session_end close tcp 192.0.2.10:1607 > 203.0.113.4:139 end=unknown raw=CLOSE",
    );
}

#[test]
fn control_messages_have_no_ports() {
    check(
        "2024-02-19 10:15:02 DROP ICMP 203.0.113.9 192.0.2.10 - - 60 - - - - 8 0 - RECEIVE",
        "packet drop icmp 203.0.113.9 > 192.0.2.10 icmp=8/0 len=60 raw=DROP way=In/HostSide",
    );
    check(
        "2024-02-19 10:15:02 DROP 2 192.0.2.7 224.0.0.22 - - 40 - - - - - - - RECEIVE",
        "packet drop igmp 192.0.2.7 > 224.0.0.22 len=40 raw=DROP way=In/HostSide",
    );
    check(
        "2024-02-19 10:15:02 DROP UDP fe80::1 ff02::fb 5353 5353 93 - - - - - - - RECEIVE",
        "packet drop udp [fe80::1]:5353 > [ff02::fb]:5353 len=93 raw=DROP way=In/HostSide",
    );
}

#[test]
fn a_syn_with_congestion_bits_is_a_syn() {
    let (_, events) = parse_all(&[
        "2024-02-19 10:15:02 DROP TCP 203.0.113.9 192.0.2.10 40000 22 52 SEC 1 0 64240 - - - RECEIVE",
    ]);
    assert!(events[0].flags.opens());
}

#[test]
fn missing_lines_are_a_gap() {
    check(
        "2024-02-19 08:52:26 INFO-EVENTS-LOST - - - - - - - - - - - - 59 -",
        "gap unknown repeat=59 raw=INFO-EVENTS-LOST control=LinesMissing",
    );
    check(
        "2024-02-19 08:52:26 INFO-EVENTS-LOST - - - -",
        "Malformed(Cut)",
    );
}

#[test]
fn the_header_names_the_columns_and_again_means_a_restart() {
    let swapped = "#Fields: date time action protocol dst-ip src-ip src-port dst-port path";
    let lines = [
        "#Version: 1.5",
        "#Software: Microsoft Windows Firewall",
        "#Time Format: Local",
        HEADER,
        "",
        "2024-02-19 10:00:00 ALLOW TCP 192.0.2.10 203.0.113.80 51774 443 0 - 0 0 0 - - - SEND",
        "#Version: 1.5",
        "#Software: Microsoft Windows Firewall",
        swapped,
        "2024-02-19 10:00:00 DROP TCP 192.0.2.10 203.0.113.80 443 51774 RECEIVE",
    ];
    let (parsed, events) = parse_all(&lines);
    assert_eq!(
        parsed,
        [
            Other, Other, Other, Header, Foreign, Events, Other, Events, Header, Events
        ]
    );
    assert_eq!(events[1].control, Control::Restart);
    assert_eq!(events[2].dst.host, Host::v4(0xc000_020a));
    assert_eq!(
        (events[0].ts.quality, events[0].ts.resolution_us),
        (StampQuality::AssumedZone, 1_000_000)
    );
}

#[test]
fn other_logs_are_not_ours() {
    check("#Fields: date time s-ip cs-method cs-uri-stem", "Foreign");
    check(
        "#Software: Microsoft Internet Information Services 10.0",
        "Foreign",
    );
    check(
        "2024-02-19 10:15:02 192.0.2.10 GET /index.html - 443 - 203.0.113.9 Agent - 200 0 0 15",
        "Foreign",
    );
    check(
        "2024-02-19 10:15:02 ERROR something else happened here",
        "Foreign",
    );
    check(
        "2024-02-19 10:15:02 DROP TCP 203.0.113.80:443 -> 192.0.2.10:51515",
        "Foreign",
    );
}

#[test]
fn broken_rows_say_why() {
    check(
        "2024-02-19 10:15:02 DROP TCP 203.0.113.80 192.0.2.10 443",
        "Malformed(Cut)",
    );
    check(
        "2024-02-30 10:15:02 DROP TCP 203.0.113.80 192.0.2.10 443 51774 40 A 1 2 3 - - - RECEIVE",
        "Malformed(BadTime)",
    );
    check(
        "2024-02-19 10:15:02 DROP TCP 203.0.113.80 192.0.2.10 99443 51774 40 A 1 2 3 - - - RECEIVE",
        "Malformed(BadEndpoint)",
    );
    check(
        "2024-02-19 10:15:02 DROP TCP 203.0.113.80 192.0.2.10 1 2 40 A 1 2 3 - - - RECEIVE 1 2 3",
        "Malformed(FieldCount)",
    );
}

#[test]
fn the_gloss_names_every_column() {
    let line = ABOUT.example.as_bytes();
    let spans = WindowsFirewall.gloss(line, Some(HEADER.as_bytes()));
    assert_eq!(spans.len(), 17);
    assert_eq!(spans, WindowsFirewall.gloss(line, None));
    let flags = spans
        .iter()
        .find(|span| span.field == Field::Flags)
        .expect("flags");
    assert_eq!(
        (
            &line[flags.value_start..flags.value_end],
            flags.name.as_str()
        ),
        (&b"A"[..], "tcpflags")
    );
}
