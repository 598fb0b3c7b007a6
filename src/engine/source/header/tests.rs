//! Tests of transport headers.

use super::*;
use crate::engine::model::StampQuality;
use crate::engine::model::stamp::{civil, rfc3339};

fn clock() -> Clock {
    Clock {
        now: civil(2024, 2, 19, 12, 0, 0, 0).expect("a real date"),
    }
}

/// `time host tag`, with `-` for what is missing, and the body.
fn check(text: &str, head: &str, body: &str) {
    let record = split(text.as_bytes(), &clock());
    let lossy = |bytes: &[u8]| {
        if bytes.is_empty() {
            "-".to_string()
        } else {
            String::from_utf8_lossy(bytes).into_owned()
        }
    };
    let time = match record.head.stamp.quality {
        StampQuality::Missing => "-".to_string(),
        StampQuality::Uptime => format!("up{}", record.head.stamp.micros),
        _ => rfc3339(record.head.stamp.micros)[11..23]
            .trim_end_matches(".000")
            .to_string(),
    };
    assert_eq!(
        format!(
            "{time} {} {}",
            lossy(record.head.host),
            lossy(record.head.tag)
        ),
        head,
        "{text}"
    );
    assert_eq!(String::from_utf8_lossy(record.body), body, "{text}");
    assert!(text.as_bytes().ends_with(record.body), "{text}");
}

#[test]
fn headers_are_mined_and_removed() {
    check(
        "Feb 19 10:15:02 fw1 kernel: [ 12.500000] [UFW BLOCK] IN=eth0 OUT=",
        "10:15:02 fw1 kernel",
        "[UFW BLOCK] IN=eth0 OUT=",
    );
    check(
        "<4>Feb 19 10:15:02 fw1 kernel: DROP IN=eth0",
        "10:15:02 fw1 kernel",
        "DROP IN=eth0",
    );
    check(
        "Feb 19 10:15:02 fw1 kernel: net2fw:DROP:IN=eth0",
        "10:15:02 fw1 kernel",
        "net2fw:DROP:IN=eth0",
    );
    check(
        "Feb 19 10:15:02 fw1 DROP_IN: IN=eth0",
        "10:15:02 fw1 -",
        "DROP_IN: IN=eth0",
    );
    check(
        "Feb 19 10:15:02 kernel: DROP IN=eth0",
        "10:15:02 - kernel",
        "DROP IN=eth0",
    );
    check(
        "Feb 19 10:15:02 gw user.info kernel: DROP IN=eth0",
        "10:15:02 gw kernel",
        "DROP IN=eth0",
    );
    check(
        "Mon Feb 19 10:15:02 2024 kern.warn kernel: [ 7.25] DROP IN=eth0",
        "10:15:02 - kernel",
        "DROP IN=eth0",
    );
    check("fw1 kernel: DROP IN=eth0", "- fw1 kernel", "DROP IN=eth0");
    check(
        "kernel: [7.250000] DROP IN=eth0",
        "up7250000 - kernel",
        "DROP IN=eth0",
    );
    check(
        "[    7.250000] DROP IN=eth0",
        "up7250000 - -",
        "DROP IN=eth0",
    );
    check(
        "[    7.250000] fw1 kernel: DROP IN=eth0",
        "up7250000 fw1 kernel",
        "DROP IN=eth0",
    );
    check(
        "[Mon Feb 19 10:15:02 2024] DROP IN=eth0",
        "10:15:02 - -",
        "DROP IN=eth0",
    );
    check(
        "2024-02-19T10:15:02.107+01:00 fw1 kernel: DROP IN=eth0",
        "09:15:02.107 fw1 kernel",
        "DROP IN=eth0",
    );
    check(
        "2024-02-19 10:15:02 fw1 kernel: DROP IN=eth0",
        "10:15:02 fw1 kernel",
        "DROP IN=eth0",
    );
    check(
        "Mon 2024-02-19 10:15:02 UTC fw1 kernel: DROP IN=eth0",
        "10:15:02 fw1 kernel",
        "DROP IN=eth0",
    );
    check(
        "2024-02-19T10:15:02.107000001Z stdout F date=2024-02-19 time=10:15:02",
        "10:15:02.107 - -",
        "date=2024-02-19 time=10:15:02",
    );
    check(
        "2024-02-19T10:15:02Z {\"a\":1}",
        "10:15:02 - -",
        "{\"a\":1}",
    );
    check(
        "2024:02:19-10:15:02 utm1 ulogd[12511]: id=\"2001\" sev=1",
        "10:15:02 utm1 ulogd",
        "id=\"2001\" sev=1",
    );
    check(
        "<134>1 2024-02-19T10:15:02.107Z gw filterlog 72237 - - 5,,,1,igb1",
        "10:15:02.107 gw filterlog",
        "5,,,1,igb1",
    );
    check(
        "1 2024-02-19T10:15:02Z gw kernel - - - [7.250000] DROP IN=eth0",
        "10:15:02 gw kernel",
        "DROP IN=eth0",
    );
    check(
        "<14>1 2024-02-19T10:15:02Z srx RT_FLOW - RT_FLOW_SESSION_CREATE [x@1 a=\"1\"]",
        "10:15:02 srx RT_FLOW",
        "RT_FLOW_SESSION_CREATE [x@1 a=\"1\"]",
    );
    check(
        "<14>1 2024-02-19T10:15:02Z gw app 3 - [action:\"Drop\"; src:\"192.0.2.1\"]",
        "10:15:02 gw app",
        "[action:\"Drop\"; src:\"192.0.2.1\"]",
    );
    check(
        "<14>1 2024-02-19T10:15:02Z gw app 3 - [timeQuality tzKnown=\"1\"] DROP IN=eth0",
        "10:15:02 gw app",
        "DROP IN=eth0",
    );
    check(
        "<134>1 1708337702.429996761 MX1 flows src=10.1.1.5 dst=203.0.113.25",
        "10:15:02.429 MX1 -",
        "flows src=10.1.1.5 dst=203.0.113.25",
    );
    check(
        "<189>date=2024-02-19 time=10:15:02",
        "- - -",
        "date=2024-02-19 time=10:15:02",
    );
    check(
        "Feb 19 10:15:02 10.0.0.1 date=2024-02-19 time=10:15:03",
        "10:15:02 10.0.0.1 -",
        "date=2024-02-19 time=10:15:03",
    );
    check(
        "Feb 19 10:15:02 pa1 1,2024/02/19 10:15:02,0001,TRAFFIC",
        "10:15:02 pa1 -",
        "1,2024/02/19 10:15:02,0001,TRAFFIC",
    );
    check(
        "2024-02-19T10:15:02+00:00 10.0.0.1 firewall,info drop input: in:e1",
        "10:15:02 10.0.0.1 -",
        "firewall,info drop input: in:e1",
    );
    check(
        "<142>Feb 19 10:15:02 wg1 FX0 (2024-02-19T10:15:02) firewall: msg_id=\"3000-0148\" Deny",
        "10:15:02 wg1 firewall",
        "msg_id=\"3000-0148\" Deny",
    );
}

#[test]
fn headers_of_percent_records() {
    let body = "%ASA-6-302013: Built";
    for (header, head) in [
        ("Feb 19 2024 09:00:00 fw1 : ", "09:00:00 fw1 -"),
        ("Feb 19 2024 09:00:00: ", "09:00:00 - -"),
        ("Feb 19 2024 09:00:00 fw1: ", "09:00:00 fw1 -"),
        ("<166>Feb 19 2024 09:00:00 UTC: ", "09:00:00 - -"),
        ("<166>:Feb 19 09:00:00 UTC: ", "09:00:00 - -"),
        ("Feb 19 09:00:00 fw1 ", "09:00:00 fw1 -"),
        ("Feb 19 09:00:00 fw1 app[99]: ", "09:00:00 fw1 app"),
        (
            "Feb 19 09:00:01 10.0.0.1 Feb 19 2024 09:00:00 fw1 : ",
            "09:00:00 fw1 -",
        ),
        (
            "Feb 19 09:00:01 10.0.0.1 <166>Feb 19 2024 09:00:00: ",
            "09:00:00 10.0.0.1 -",
        ),
        ("000123: Feb 19 09:00:00.107: ", "09:00:00.107 - -"),
        (
            "<189>000123: fw1: *Feb 19 09:00:00.107: ",
            "09:00:00.107 fw1 -",
        ),
        ("*Feb 19 09:00:00.107: ", "09:00:00.107 - -"),
        (
            "Feb 19 09:00:01 10.0.0.1 585918: Feb 19 09:00:00.107: ",
            "09:00:00.107 10.0.0.1 -",
        ),
        ("<166>1 2024-02-19T09:00:00Z fw1 - - - - ", "09:00:00 fw1 -"),
        (": ", "- - -"),
        ("<166>", "- - -"),
    ] {
        check(&format!("{header}{body}"), head, body);
    }
}

#[test]
fn the_better_time_of_two_headers_is_kept() {
    check(
        "2024-02-19T10:15:02.5Z relay Feb 19 10:15:01 fw1 kernel: DROP IN=e",
        "10:15:02.500 fw1 kernel",
        "DROP IN=e",
    );
    check(
        "Feb 19 10:15:02 relay 2024-02-19T10:15:01.5+00:00 fw1 kernel: DROP IN=e",
        "10:15:01.500 fw1 kernel",
        "DROP IN=e",
    );
}

#[test]
fn what_is_no_header_stays() {
    for text in [
        "",
        "x",
        "date=2024-02-19 time=10:15:02 devname=fw1",
        "%ASA-6-302013: Built outbound TCP connection",
        "[UFW BLOCK] IN=eth0 OUT=",
        "DROP IN=eth0 OUT=",
        "iptables DROP_INPUT: IN=eth0 OUT=",
        "IN=eth0 OUT= SRC=192.0.2.1",
        "2024-02-19 10:15:02 DROP TCP 203.0.113.80 192.0.2.10 443 51774 40 A 1 2 3 - - - RECEIVE",
        "2 123456789012 eni-1 10.0.1.11 203.0.113.45 443 51515 6 3 180 1708337700 1708337758 REJECT OK",
        "2024-02-19 10:15:02,10.0.0.11,443,203.0.113.45,51515,TCP,deny",
        "19.02.2024 10:15:02;Blockiert;10.0.0.11;443;203.0.113.45;51515;TCP",
        "2024-02-19T10:15:02Z,10.0.0.11,443",
        "2024-02-19 10:15:02 10.0.0.11 443 203.0.113.45 51515 TCP",
        "1,2024/02/19 10:15:02,0001,TRAFFIC,end",
        "{\"timestamp\":\"2024-02-19T10:15:02Z\"}",
        "\"date=2024-02-19\",\"time=10:15:02\"",
        "13845 aaa.bbb.ccc.0 22 TCP",
        "version account-id interface-id srcaddr dstaddr",
        "#Fields: date time action protocol src-ip",
        "Date/Time,Source,Destination",
        "Source address,Destination address",
        "Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags ACK  on interface inside",
        "1708337702.107\tCAbc12\t10.1.1.5\t50012",
        "10:15:02.123456 IP 10.0.0.1.80 > 203.0.113.4.51515: Flags [S.]",
        "10.0.0.11:443 -> 203.0.113.45:51515 tcp",
    ] {
        assert_eq!(
            split(text.as_bytes(), &clock()),
            Record::plain(text.as_bytes()),
            "{text}"
        );
    }
    check(
        "Feb 19 10:15:02 DROP TCP 10.0.0.11 203.0.113.45",
        "10:15:02 - -",
        "DROP TCP 10.0.0.11 203.0.113.45",
    );
    check(
        "Feb 19 10:15:02 last message repeated 3 times",
        "10:15:02 - -",
        "last message repeated 3 times",
    );
    check(
        "Feb 19 10:15:02 10.0.0.11 443 203.0.113.45 51515 TCP",
        "10:15:02 - -",
        "10.0.0.11 443 203.0.113.45 51515 TCP",
    );
}
