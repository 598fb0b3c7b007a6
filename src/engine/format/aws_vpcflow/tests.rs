//! What each row of a flow log says.

use super::*;
use crate::engine::format::outline::outline;

fn check(line: &str, expected: &str) {
    assert_eq!(outline(&AwsVpcFlow, line), expected, "{line}");
}

/// The last of some lines read by one parser.
fn check_after(header: &str, line: &str, expected_src: &str) -> Event {
    let (mut names, mut sink) = (Names::default(), Sink::default());
    let mut parser = AwsVpcFlow.open(Clock::default());
    assert_eq!(
        parser.parse(&Record::plain(header.as_bytes()), &mut names, &mut sink),
        Parsed::Header
    );
    assert_eq!(
        parser.parse(&Record::plain(line.as_bytes()), &mut names, &mut sink),
        Parsed::Events,
        "{line}"
    );
    let event = sink.events[0];
    assert_eq!(event.src.text(&names), expected_src);
    event
}

#[test]
fn a_row_counts_one_direction() {
    check(
        ABOUT.example,
        "flow_uni drop tcp 10.0.1.11:443 > 203.0.113.45:51515 bytes_f=156 pkts_f=3 seconds=58 raw=REJECT",
    );
    let (mut names, mut sink) = (Names::default(), Sink::default());
    AwsVpcFlow.open(Clock::default()).parse(
        &Record::plain(ABOUT.example.as_bytes()),
        &mut names,
        &mut sink,
    );
    let event = sink.events[0];
    assert_eq!(
        event.ts,
        Stamp::new(1_708_337_702 * SECOND, StampQuality::Zoned, 1_000_000)
    );
    assert_eq!(
        (event.ts_start, event.ts_end),
        (Some(1_708_337_702 * SECOND), Some(1_708_337_760 * SECOND))
    );
    assert_eq!(names.or_empty(event.device), "eni-0a1b2c3d4e5f60718");
}

#[test]
fn flags_are_those_of_one_direction_and_zero_says_nothing() {
    let row = |flags: &str| {
        format!(
            "5 123456789012 eni-0a1b2c3d 203.0.113.9 10.0.0.71 46945 443 6 1 73 1708337702 1708337760 ACCEPT OK vpc-0a1b subnet-0a1b i-0a1b {flags} IPv4 203.0.113.9 10.0.0.71 eu-west-1 euw1-az3 - - - - ingress -"
        )
    };
    let head = "flow_uni allow tcp 203.0.113.9:46945 > 10.0.0.71:443";
    let tail = "bytes_f=73 pkts_f=1 seconds=58 raw=ACCEPT way=In/NicSide";
    for (flags, said) in [
        ("2", "flags=S init=SrcSeen "),
        ("3", "flags=FS init=SrcSeen "),
        ("18", "flags=SA init=DstSeen "),
        ("19", "flags=FSA init=DstSeen "),
        ("4", "flags=R "),
        ("0", ""),
    ] {
        check(&row(flags), &format!("{head} {said}{tail}"));
    }
}

#[test]
fn the_ends_of_the_packet_are_preferred() {
    check(
        "5 123456789012 eni-0a1b2c3d 10.0.0.5 10.0.0.71 40000 443 6 1 73 1708337702 1708337760 ACCEPT OK vpc-0a1b subnet-0a1b - 2 IPv4 203.0.113.9 10.0.0.71 eu-west-1 euw1-az3 - - - - ingress -",
        "flow_uni allow tcp 203.0.113.9:40000 > 10.0.0.71:443 nat(10.0.0.5:40000 > -) flags=S init=SrcSeen bytes_f=73 pkts_f=1 seconds=58 raw=ACCEPT way=In/NicSide",
    );
}

#[test]
fn other_protocols_have_no_ports() {
    check(
        "2 123456789012 eni-0a1b2c3d 203.0.113.12 10.0.0.39 0 0 1 4 336 1708337702 1708337760 ACCEPT OK",
        "flow_uni allow icmp 203.0.113.12 > 10.0.0.39 bytes_f=336 pkts_f=4 seconds=58 raw=ACCEPT",
    );
    check(
        "2 123456789012 eni-0a1b2c3d 2001:db8::7 2001:db8:1::9 34892 22 6 54 8855 1708337702 1708337760 ACCEPT OK",
        "flow_uni allow tcp [2001:db8::7]:34892 > [2001:db8:1::9]:22 bytes_f=8855 pkts_f=54 seconds=58 raw=ACCEPT",
    );
}

#[test]
fn nothing_to_report_and_missing_records() {
    check(
        "2 123456789012 eni-0a1b2c3d - - - - - - - 1708337702 1708337760 - NODATA",
        "Other",
    );
    check(
        "2 123456789012 eni-0a1b2c3d - - - - - - - 1708337702 1708337760 - SKIPDATA",
        "gap unknown seconds=58 control=LinesMissing",
    );
}

#[test]
fn a_header_names_the_columns() {
    let event = check_after(
        "action dstaddr srcaddr dstport srcport protocol start end bytes packets tcp-flags",
        "REJECT 10.0.0.71 203.0.113.9 443 40000 6 1708337702 1708337760 60 1 2",
        "203.0.113.9:40000",
    );
    assert_eq!(
        (event.action, event.bytes_f, event.init),
        (Action::Drop, Some(60), Init::SrcSeen)
    );
    check_after(
        "${version} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol}",
        "3 203.0.113.9 10.0.0.71 40000 443 6",
        "203.0.113.9:40000",
    );
    check_after(
        "\"version\",\"account_id\",\"interface_id\",\"srcaddr\",\"dstaddr\",\"srcport\",\"dstport\"",
        "\"2\",\"123456789012\",\"eni-0a1b\",\"203.0.113.9\",\"10.0.0.71\",\"40000\",\"443\"",
        "203.0.113.9:40000",
    );
    check(
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status",
        "Header",
    );
}

#[test]
fn columns_without_a_header_are_told_by_their_looks() {
    check(
        "123456789012 eni-0a1b2c3d 203.0.113.9 10.0.0.71 40000 443 6 1 60 1708337702 1708337760 REJECT 2 IPv4",
        "flow_uni drop tcp 203.0.113.9:40000 > 10.0.0.71:443 flags=S init=SrcSeen bytes_f=60 pkts_f=1 seconds=58 raw=REJECT",
    );
}

#[test]
fn broken_and_foreign_rows() {
    check(
        "2 123456789012 eni-0a1b2c3d 203.0.113.12 10.0.0.39 0 0 1 4 336 17083 REJECT",
        "Malformed(Cut)",
    );
    check(
        "2 123456789012 eni-0a1b2c3d 203.0.113.12 10.0.0.39 99999 0 6 4 336 1708337702 1708337760 REJECT OK",
        "Malformed(BadEndpoint)",
    );
    check(
        "2 123456789012 eni-0a1b2c3d - - 1 2 6 4 336 1708337702 1708337760 REJECT OK",
        "Malformed(NoAddress)",
    );
    check(
        "2 123456789012 eni-0a1b2c3d 203.0.113.12 10.0.0.39 1 2 6 4 336 1 2 REJECT OK",
        "Malformed(BadTime)",
    );
    check(
        "IN=eth0 OUT= SRC=203.0.113.9 DST=10.0.0.1 REJECT",
        "Foreign",
    );
    check("iptables -A INPUT -s 10.0.0.1 -j ACCEPT", "Foreign");
    check(
        "{\"srcaddr\":\"10.0.0.1\",\"dstaddr\":\"10.0.0.2\",\"action\":\"ACCEPT\"}",
        "Foreign",
    );
    check(
        "{\"interface_id\":\"eni-0a1b\",\"srcaddr\":\"10.0.0.1\",\"dstaddr\":",
        "Malformed(BadSyntax)",
    );
}

#[test]
fn rows_as_objects() {
    check(
        "{\"version\":2,\"account_id\":\"123456789012\",\"interface_id\":\"eni-0a1b\",\"srcaddr\":\"203.0.113.9\",\"dstaddr\":\"10.0.0.71\",\"srcport\":40000,\"dstport\":443,\"protocol\":6,\"packets\":1,\"bytes\":60,\"start\":1708337702,\"end\":1708337760,\"action\":\"ACCEPT\",\"log_status\":\"OK\"}",
        "flow_uni allow tcp 203.0.113.9:40000 > 10.0.0.71:443 bytes_f=60 pkts_f=1 seconds=58 raw=ACCEPT",
    );
}

#[test]
fn the_gloss_names_every_column() {
    let line = ABOUT.example;
    let spans = AwsVpcFlow.gloss(line.as_bytes(), None);
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(
        names[..5],
        [
            "version",
            "account-id",
            "interface-id",
            "srcaddr",
            "dstaddr"
        ]
    );
    assert_eq!(&line[spans[12].value_start..spans[12].value_end], "REJECT");
    let header = "srcaddr dstaddr bytes az-id";
    let spans = AwsVpcFlow.gloss(b"10.0.0.1 10.0.0.2 12 euw1", Some(header.as_bytes()));
    assert_eq!(
        spans
            .iter()
            .map(|span| span.name.as_str())
            .collect::<Vec<_>>(),
        header.split(' ').collect::<Vec<_>>()
    );
}
