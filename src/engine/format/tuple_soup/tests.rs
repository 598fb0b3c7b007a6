//! Tests of lines that hold only tuples.

use super::*;
use crate::engine::format::outline;

fn read(line: &str) -> String {
    let mut parser = TupleSoup.open(Clock::default());
    let (mut names, mut sink) = (Names::default(), Sink::default());
    match parser.parse(&Record::plain(line.as_bytes()), &mut names, &mut sink) {
        Parsed::Events => sink
            .events
            .iter()
            .map(|event| outline::event_text(event, &names))
            .collect::<Vec<_>>()
            .join(" | "),
        other => format!("{other:?}"),
    }
}

fn check(line: &str, expected: &str) {
    assert_eq!(read(line), expected, "{line}");
}

#[test]
fn a_cut_out_source_is_one_sender_per_port() {
    check(
        "13845 aaa.bbb.ccc.0 22 TCP 13845 aaa.bbb.ccc.6 22 TCP",
        "packet unknown tcp sender not shown, port 13845:13845 > aaa.bbb.ccc.0:22 | packet unknown tcp sender not shown, port 13845:13845 > aaa.bbb.ccc.6:22",
    );
    check(
        "40001 192.0.2.1 443 UDP",
        "packet unknown udp sender not shown, port 40001:40001 > 192.0.2.1:443",
    );
    let mut names = Names::default();
    assert!(unnamed(Some(1), &mut names).host.is_blurred());
}

#[test]
fn pairs_in_every_order() {
    let tuple = "packet unknown tcp 10.0.0.11:443 > 203.0.113.45:51515";
    for line in [
        "10.0.0.11:443 -> 203.0.113.45:51515 tcp",
        "10.0.0.11:443->203.0.113.45:51515 tcp",
        "10.0.0.11:443 203.0.113.45:51515 tcp",
        "TCP 10.0.0.11:443 203.0.113.45:51515",
        "tcp 10.0.0.11 443 203.0.113.45 51515",
        "10.0.0.11 443 -> 203.0.113.45 51515 tcp",
        "10.0.0.11 203.0.113.45 443 51515 TCP",
        "TCP: 10.0.0.11(443) to 203.0.113.45(51515)",
        "203.0.113.45:51515 <- 10.0.0.11:443 tcp",
        "10.0.0.11,443,203.0.113.45,51515,tcp",
        "from 10.0.0.11/443 to 203.0.113.45/51515 protocol tcp",
    ] {
        check(line, tuple);
    }
    check(
        "10.0.0.11 -> 203.0.113.45 icmp",
        "packet unknown icmp 10.0.0.11 > 203.0.113.45",
    );
    check(
        "[2001:db8::1]:443 → [2001:db8::2]:51515 TCP",
        "packet unknown tcp [2001:db8::1]:443 > [2001:db8::2]:51515",
    );
    check(
        "x.x.x.x:443 -> y.y.y.y:51001 tcp SYN ACK dropped",
        "packet drop tcp x.x.x.x:443 > y.y.y.y:51001 flags=SA raw=dropped",
    );
    check(
        "2024-02-19 10:15:02 DENY tcp 10.0.0.11:443 203.0.113.45:51515",
        "packet drop tcp 10.0.0.11:443 > 203.0.113.45:51515 raw=DENY",
    );
    check(
        "TCP   10.0.0.11 443  =>    203.0.113.45 51515",
        "packet unknown tcp 10.0.0.11:443 > 203.0.113.45:51515",
    );
    check(
        "2024-02-19 10:15:02.5 UTC  OURSERVER  443  ->  203.0.113.45  51515  149  TCP",
        "packet unknown tcp ourserver:443 > 203.0.113.45:51515",
    );
    check(
        "web/a:443 <> 203.0.113.45:51515 Policy denied DROPPED (TCP Flags: SYN)",
        "packet drop tcp web/a:443 > 203.0.113.45:51515 flags=S raw=denied",
    );
    assert_eq!(
        read("10.0.0.1:1 10.0.0.2:2 tcp 10.0.0.1:3 10.0.0.2:4 udp")
            .matches(" > ")
            .count(),
        2
    );
}

#[test]
fn lines_of_formats_are_left_to_them() {
    for line in [
        "2024-02-19 10:15:02 DROP TCP 203.0.113.80 192.0.2.10 443 51774 40 A 1 2 3 - - - RECEIVE",
        "2 123456789012 eni-1 10.0.1.11 203.0.113.45 443 51515 6 3 180 1708337700 1708337758 REJECT OK",
        "%ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags PSH ACK  on interface inside",
        "Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags PSH ACK  on interface inside",
        "IN=eth0 SRC=192.0.2.1 DST=198.51.100.1 PROTO=TCP SPT=1 DPT=2",
        "date=2024-02-19 srcip=10.0.0.1 dstip=10.0.0.2",
        "drop-inv forward: in:lan out:wan, connection-state:invalid src-mac 02:00:00:00:00:01, proto TCP (ACK,FIN), 10.0.0.11:443->203.0.113.45:51515, len 52",
        "5,,,1000000103,igb1,match,block,in,4,0x0,,64,0,0,DF,6,tcp,60,10.0.0.11,10.20.0.5,443,50001,0,SA,1,2,3,,",
        "the server 10.0.0.11 could not reach 203.0.113.45 any more",
        "10.0.0.11",
        "10.0.0.11 443 tcp",
        "version 1.2.3.4",
        "",
    ] {
        check(line, "Foreign");
    }
}

#[test]
fn every_part_is_glossed() {
    let line = b"13845 aaa.bbb.ccc.0 22 TCP 13846 aaa.bbb.ccc.6 22 TCP";
    let names: Vec<String> = TupleSoup
        .gloss(line, None)
        .into_iter()
        .map(|span| span.name)
        .collect();
    assert_eq!(
        names,
        ["source port", "destination", "destination port", "protocol"].repeat(2)
    );
}
