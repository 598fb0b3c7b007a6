//! The traps of domain §3.4 and the lines of §3.3 that are no traffic, one entry each: what is easily read wrong, lines
//! that show it, and what must come of them.

#[path = "traps/pastes.rs"]
mod pastes;

use std::fmt::Write;
use whichway::engine::dataset::{Dataset, Session, Severity, Side, SourceInfo};
use whichway::engine::format::{self, FORMATS, Parse, Parsed, Sink};
use whichway::engine::model::event::Control;
use whichway::engine::model::{Endpoint, Event, Names, proto};
use whichway::engine::pipeline::{Context, Range, Reader, conclude};
use whichway::engine::settings::Settings;
use whichway::engine::source::{Clock, Sample, header};

/// 2024-02-27; lines without a year are of the days before.
const CLOCK: Clock = Clock {
    now: 1_709_000_000_000_000,
};

/// The parsers of a fresh paste.
struct Lines {
    parsers: Vec<Box<dyn Parse>>,
    last: usize,
    names: Names,
}

impl Lines {
    fn new() -> Lines {
        Lines {
            parsers: FORMATS.iter().map(|format| format.open(CLOCK)).collect(),
            last: 0,
            names: Names::default(),
        }
    }

    /// The format that reads the line, and its events.
    fn read(&mut self, line: &str) -> (&'static str, Vec<Event>) {
        let record = header::split(line.as_bytes(), &CLOCK);
        let mut sink = Sink::default();
        let (at, parsed) = format::ask(
            &mut self.parsers,
            &mut self.last,
            &record,
            &mut self.names,
            &mut sink,
        );
        match parsed {
            Parsed::Foreign => ("nobody", Vec::new()),
            _ => (FORMATS[at].about().id, sink.events),
        }
    }

    /// `a:p > b:q tcp Drop` and what else the event says, in words.
    fn words(&self, event: &Event) -> String {
        let end = |end: Endpoint| end.text(&self.names);
        let mut text = format!(
            "{} > {} {} {:?} {:?} flags={} state={:?} end={:?} f={} r={} n={}",
            end(event.src),
            end(event.dst),
            proto::name(event.proto),
            event.action,
            event.kind,
            event.flags.letters(),
            event.state,
            event.end,
            count(event.bytes_f),
            count(event.bytes_r),
            event.repeat
        );
        if let Some(icmp) = &event.icmp {
            write!(text, " icmp={}/{}", icmp.kind, icmp.code).expect("a string takes all");
            if let Some(id) = icmp.id {
                write!(text, " id={id}").expect("a string takes all");
            }
        }
        for (name, side) in [("nat_src", event.nat_src), ("nat_dst", event.nat_dst)] {
            if let Some(side) = side {
                write!(text, " {name}={}", end(side)).expect("a string takes all");
            }
        }
        if event.implicit {
            text.push_str(" implicit");
        }
        text
    }
}

fn count(bytes: Option<u64>) -> String {
    bytes.map_or("?".into(), |bytes| bytes.to_string())
}

fn conclusion(text: &str) -> Dataset {
    let context = Context::survey(&Sample::of(text.as_bytes()), CLOCK.now).expect("text");
    let mut reader = Reader::new(&context, Range::whole(0), 1);
    reader.feed(text.as_bytes());
    let sources = vec![SourceInfo {
        name: "trap.log".into(),
        ..SourceInfo::default()
    }];
    let data = conclude(reader.finish().part, &Settings::default(), sources);
    assert!(data.tally.adds_up());
    data
}

/// `initiator > responder direction verdict` and what was counted; `a ? b` where it cannot be told.
fn told(data: &Dataset, session: &Session) -> String {
    let (a, b) = session.ends(data);
    let (sign, first, second) = match session.parties(data) {
        Some((initiator, responder)) => ('>', initiator, responder),
        None => ('?', a, b),
    };
    let (there, back) = match session.side {
        Side::B => (session.bytes_b, session.bytes_a),
        _ => (session.bytes_a, session.bytes_b),
    };
    format!(
        "{} {sign} {} {} {} {} lines={} tries={} f={there} r={back}",
        first.text(&data.names),
        second.text(&data.names),
        session.direction.name(),
        session.verdict.id(),
        session.outcome.name(),
        session.n_events,
        session.tries
    )
}

/// Every word of `expected` stands in `found`.
fn holds(found: &str, expected: &str) -> bool {
    let words: Vec<&str> = found.split(' ').collect();
    expected.split(' ').all(|word| words.contains(&word))
}

fn check_all(what: &str, found: &[String], expected: &[&str]) {
    let fits = found.len() == expected.len()
        && expected
            .iter()
            .all(|words| found.iter().any(|line| holds(line, words)));
    assert!(fits, "{what}\nexpected {expected:#?}\nfound {found:#?}");
}

struct Trap {
    /// Number in §3.4 and what it is about.
    what: &'static str,
    lines: &'static str,
    /// One entry an event, in any order; empty where only the sessions count.
    events: &'static [&'static str],
    /// One entry a session.
    sessions: &'static [&'static str],
}

#[test]
fn every_trap_is_avoided() {
    for trap in TRAPS {
        let mut lines = Lines::new();
        let mut events = Vec::new();
        for line in trap.lines.lines() {
            let (_, found) = lines.read(line);
            events.extend(found.iter().map(|event| lines.words(event)));
        }
        if !trap.events.is_empty() {
            check_all(trap.what, &events, trap.events);
        }
        let data = conclusion(trap.lines);
        let sessions: Vec<String> = data
            .sessions
            .iter()
            .map(|session| told(&data, session))
            .collect();
        check_all(trap.what, &sessions, trap.sessions);
    }
}

static TRAPS: &[Trap] = &[
    Trap {
        what: "1 an opening packet with marks for congestion is an opening packet",
        lines: "Feb 19 10:15:02 web1 kernel: [UFW BLOCK] IN=eth0 OUT= MAC= SRC=203.0.113.9 DST=192.0.2.10 LEN=52 TOS=0x00 PREC=0x00 TTL=108 ID=27003 DF PROTO=TCP SPT=443 DPT=51022 WINDOW=64240 RES=0x00 CWR ECE SYN URGP=0\n\
                Feb 19 10:15:03 filterlog[72237]: 4,,,1000000103,igb1,match,block,in,4,0x0,,64,12617,0,DF,6,tcp,52,203.0.113.9,192.0.2.10,443,51023,0,SEC,1891286705,,501,,mss\n\
                Feb 19 10:15:04 gw firewall,info drop input: in:wan out:(unknown 0), connection-state:new proto TCP (SYN,ECE,CWR), 203.0.113.9:443->192.0.2.10:51024, len 52",
        events: &[
            "203.0.113.9:443 192.0.2.10:51022 flags=SEC state=Unsaid",
            "203.0.113.9:443 192.0.2.10:51023 flags=SEC state=Unsaid",
            "203.0.113.9:443 192.0.2.10:51024 flags=SEC state=New",
        ],
        sessions: &[
            "203.0.113.9:443 > 192.0.2.10:51022 V21",
            "203.0.113.9:443 > 192.0.2.10:51023 V21",
            "203.0.113.9:443 > 192.0.2.10:51024 V21",
        ],
    },
    Trap {
        what: "2 an answer to an opening packet has the word of one in it",
        lines: "Feb 19 10:15:02 web1 kernel: [UFW BLOCK] IN=eth0 OUT= MAC= SRC=203.0.113.80 DST=192.0.2.10 LEN=52 TOS=0x00 PREC=0x00 TTL=54 ID=0 DF PROTO=TCP SPT=443 DPT=51022 WINDOW=64240 RES=0x00 ACK SYN URGP=0\n\
                Feb 19 10:15:03 2024 fw1 : %ASA-6-106015: Deny TCP (no connection) from 203.0.113.81/443 to 192.0.2.10/51023 flags SYN ACK  on interface outside",
        events: &[
            "203.0.113.80:443 192.0.2.10:51022 flags=SA",
            "203.0.113.81:443 192.0.2.10:51023 flags=SA state=NoState",
        ],
        sessions: &[
            "192.0.2.10:51022 > 203.0.113.80:443 V01",
            "192.0.2.10:51023 > 203.0.113.81:443 V01",
        ],
    },
    Trap {
        what: "3 identifier, type and code of ICMP stand in the columns of the ports",
        lines: "<14>1 2024-02-19T10:15:02Z srx1 RT_FLOW - RT_FLOW_SESSION_DENY [junos@2636.1.1.1.2.40 source-address=\"203.0.113.9\" source-port=\"17\" destination-address=\"192.0.2.1\" destination-port=\"8000\" service-name=\"icmp\" protocol-id=\"1\" icmp-type=\"8\" policy-name=\"deny\" source-zone-name=\"untrust\" destination-zone-name=\"junos-host\"]\n\
                id=firewall sn=000000000001 time=\"2024-02-19 10:15:02\" fw=192.0.2.1 pri=5 c=256 m=38 msg=\"ICMP packet dropped due to Policy\" n=1 src=203.0.113.10:8:X1 dst=192.0.2.2:77:X1 proto=icmp type=8 code=0\n\
                date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" vd=\"root\" srcip=10.1.1.5 identifier=9 srcintf=\"lan\" dstip=203.0.113.80 dstintf=\"wan1\" sessionid=99 proto=1 action=\"accept\" policyid=7 service=\"PING\" trandisp=\"snat\" transip=198.51.100.2 transport=60417 duration=60 sentbyte=84 rcvdbyte=84\n\
                Feb 19 2024 10:15:02 fw1 : %ASA-6-302020: Built inbound ICMP connection for faddr 203.0.113.11/2 gaddr 198.51.100.3/0 laddr 10.1.1.9/0 type 8 code 0\n\
                02/19/2024-10:15:02.123456  [Drop] [**] [1:1000001:3] ping sweep [**] [Classification: Attempted Information Leak] [Priority: 2] {ICMP} 203.0.113.12:8 -> 192.0.2.20:0",
        events: &[
            "203.0.113.9 192.0.2.1 icmp icmp=8/0",
            "203.0.113.10 192.0.2.2 icmp icmp=8/0",
            "10.1.1.5 203.0.113.80 icmp icmp=8/0 id=9 nat_src=198.51.100.2",
            "203.0.113.11 10.1.1.9 icmp icmp=8/0 id=2",
            "203.0.113.12 192.0.2.20 icmp icmp=8/0",
        ],
        sessions: &[
            "203.0.113.9 > 192.0.2.1",
            "203.0.113.10 > 192.0.2.2",
            "10.1.1.5 > 203.0.113.80",
            "203.0.113.11 > 10.1.1.9",
            "203.0.113.12 > 192.0.2.20",
        ],
    },
    Trap {
        what: "4 one packet is logged where it comes in and where it goes out",
        lines: "Feb 19 10:15:02 filterlog[7]: 4,,,1700000001,igb1,match,pass,in,4,0x0,,64,12617,0,DF,6,tcp,60,10.0.0.11,203.0.113.45,50012,443,0,S,1891286705,,64240,,mss\n\
                Feb 19 10:15:02 filterlog[7]: 9,,,1700000002,igb0,match,pass,out,4,0x0,,63,12617,0,DF,6,tcp,60,10.0.0.11,203.0.113.45,50012,443,0,S,1891286705,,64240,,mss",
        events: &[],
        sessions: &["10.0.0.11:50012 > 203.0.113.45:443 outbound tries=1"],
    },
    Trap {
        what: "5 where the firewall says outbound, the responder is named first",
        lines: "Feb 19 2024 09:00:00 fw1 : %ASA-6-302013: Built outbound TCP connection 447 for outside:203.0.113.80/50443 (203.0.113.80/50443) to inside:10.1.1.5/50012 (198.51.100.2/22011)\n\
                Feb 19 2024 09:00:00 fw1 : %ASA-6-302013: Built inbound TCP connection 448 for outside:203.0.113.81/50443 (203.0.113.81/50443) to dmz:10.1.1.9/50012 (198.51.100.3/50012)",
        events: &[
            "10.1.1.5:50012 203.0.113.80:50443 nat_src=198.51.100.2:22011",
            "203.0.113.81:50443 10.1.1.9:50012 nat_dst=198.51.100.3:50012",
        ],
        sessions: &[
            "10.1.1.5:50012 > 203.0.113.80:50443 outbound",
            "203.0.113.81:50443 > 10.1.1.9:50012 inbound",
        ],
    },
    Trap {
        what: "6 with IPv6 the name of the protocol stands before its number",
        lines: "Feb 19 10:15:02 filterlog[7]: 4,,,1000000105,igb1,match,block,in,6,0x00,0x00000,64,UDP,17,80,2001:db8::9,2001:db8:1::20,41000,53,40\n\
                Feb 19 10:15:02 filterlog[7]: 4,,,1000000103,igb1,match,block,in,4,0x0,,64,1,0,none,17,udp,80,203.0.113.9,192.0.2.20,41000,53,40",
        events: &[
            "[2001:db8::9]:41000 [2001:db8:1::20]:53 udp",
            "203.0.113.9:41000 192.0.2.20:53 udp",
        ],
        sessions: &[
            "[2001:db8::9]:41000 > [2001:db8:1::20]:53",
            "203.0.113.9:41000 > 192.0.2.20:53",
        ],
    },
    Trap {
        what: "7 tranip is the translated destination, transip the translated source",
        lines: "date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" vd=\"root\" srcip=203.0.113.9 srcport=50012 srcintf=\"wan1\" dstip=192.0.2.20 dstport=443 dstintf=\"dmz\" sessionid=98 proto=6 action=\"close\" policyid=7 trandisp=\"dnat\" tranip=10.0.0.20 tranport=8443 duration=5 sentbyte=900 rcvdbyte=4000\n\
                date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" vd=\"root\" srcip=10.1.1.5 srcport=50013 srcintf=\"lan\" dstip=203.0.113.80 dstport=443 dstintf=\"wan1\" sessionid=99 proto=6 action=\"close\" policyid=7 trandisp=\"snat\" transip=198.51.100.2 transport=22011 duration=5 sentbyte=900 rcvdbyte=4000",
        events: &[
            "203.0.113.9:50012 192.0.2.20:443 nat_dst=10.0.0.20:8443",
            "10.1.1.5:50013 203.0.113.80:443 nat_src=198.51.100.2:22011",
        ],
        sessions: &[
            "203.0.113.9:50012 > 192.0.2.20:443 inbound",
            "10.1.1.5:50013 > 203.0.113.80:443 outbound",
        ],
    },
    Trap {
        what: "8 name lookups end by ageing out, which is no failure",
        lines: "Feb 19 10:15:02 pa1 1,2024/02/19 10:15:02,000000000001,TRAFFIC,end,2305,2024/02/19 10:15:02,10.1.1.5,203.0.113.53,198.51.100.2,203.0.113.53,out-dns,,,dns,vsys1,trust,untrust,ethernet1/2,ethernet1/1,fwd,2024/02/19 10:15:02,91022,1,50013,53,22012,53,0x400019,udp,allow,200,80,120,2,2024/02/19 10:14:31,0,any,0,1003,0x0,10.0.0.0-10.255.255.255,France,0,1,1,aged-out",
        events: &["10.1.1.5:50013 203.0.113.53:53 udp Allow end=Aged"],
        sessions: &["10.1.1.5:50013 > 203.0.113.53:53 outbound V07"],
    },
    Trap {
        what: "9 a service is the port of the destination, whichever side offers it",
        lines: "<134>1 2024-02-19T10:15:02Z gw1 CheckPoint 1930 - [action:\"Drop\"; ifdir:\"inbound\"; ifname:\"eth1\"; origin:\"10.9.9.1\"; src:\"10.0.0.11\"; dst:\"203.0.113.45\"; proto:\"6\"; s_port:\"443\"; service:\"51515\"; tcp_packet_out_of_state:\"First packet isn't SYN\"]\n\
                <134>1 1708337702.429996761 MX1 flows src=10.1.1.5 dst=203.0.113.25 mac=02:00:00:00:00:01 protocol=tcp sport=54791 dport=25 pattern: deny all",
        events: &[
            "10.0.0.11:443 203.0.113.45:51515 state=NoState",
            "10.1.1.5:54791 203.0.113.25:25 Drop",
        ],
        sessions: &[
            "203.0.113.45:51515 > 10.0.0.11:443 V01",
            "10.1.1.5:54791 > 203.0.113.25:25 V03",
        ],
    },
    Trap {
        what: "10 records that go on with a flow count what was added since the last one",
        lines: "\"1708337702,10.0.0.4,203.0.113.80,50012,443,T,O,A,B,,,,\"\n\
                \"1708337762,10.0.0.4,203.0.113.80,50012,443,T,O,A,C,10,1000,20,30000\"\n\
                \"1708337822,10.0.0.4,203.0.113.80,50012,443,T,O,A,E,2,200,4,6000\"",
        events: &[],
        sessions: &["10.0.0.4:50012 > 203.0.113.80:443 outbound f=1200 r=36000"],
    },
    Trap {
        what: "11 flags of a window are ORed; none of them says nothing about the opening",
        lines: "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags\n\
                2 123456789012 eni-0a1b2c3d 203.0.113.9 10.0.0.62 43416 5001 6 8 568 1708337702 1708337760 ACCEPT OK 3\n\
                2 123456789012 eni-0a1b2c3d 10.0.0.62 203.0.113.10 5001 43417 6 7 376 1708337702 1708337760 ACCEPT OK 19\n\
                2 123456789012 eni-0a1b2c3d 10.0.0.62 203.0.113.11 443 43418 6 7 376 1708337702 1708337760 ACCEPT OK 0",
        events: &[],
        sessions: &[
            "203.0.113.9:43416 > 10.0.0.62:5001 inbound",
            "203.0.113.10:43417 > 10.0.0.62:5001 inbound",
            "203.0.113.11:43418 > 10.0.0.62:443 inbound",
        ],
    },
    Trap {
        what: "12 policy 0 refuses what passes through; what is meant for the firewall itself it may let in",
        lines: "date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0001000014\" type=\"traffic\" subtype=\"local\" vd=\"root\" srcip=203.0.113.9 srcport=50012 srcintf=\"wan1\" dstip=192.0.2.1 dstport=22 dstintf=\"root\" sessionid=99 proto=6 action=\"close\" policyid=0 service=\"SSH\" duration=10 sentbyte=1200 rcvdbyte=1000\n\
                date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" vd=\"root\" srcip=10.1.1.5 srcport=50013 srcintf=\"lan\" dstip=203.0.113.80 dstport=25 dstintf=\"wan1\" sessionid=98 proto=6 action=\"deny\" policyid=0 service=\"SMTP\"",
        events: &[
            "203.0.113.9:50012 192.0.2.1:22 Close",
            "10.1.1.5:50013 203.0.113.80:25 Drop implicit",
        ],
        sessions: &[
            "203.0.113.9:50012 > 192.0.2.1:22 to_firewall worked",
            "10.1.1.5:50013 > 203.0.113.80:25 outbound V03",
        ],
    },
    Trap {
        what: "13 a line that a rule wrote says what was decided only in its prefix",
        lines: "Feb 19 10:15:02 gw kernel: IN=eth0 OUT= MAC= SRC=203.0.113.9 DST=192.0.2.10 LEN=60 TOS=0x00 PREC=0x00 TTL=50 ID=1 DF PROTO=TCP SPT=50012 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0\n\
                Feb 19 10:15:03 gw kernel: new-ssh IN=eth0 OUT= MAC= SRC=203.0.113.10 DST=192.0.2.10 LEN=60 TOS=0x00 PREC=0x00 TTL=50 ID=1 DF PROTO=TCP SPT=50013 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0\n\
                Feb 19 10:15:04 gw kernel: REJECT-ssh IN=eth0 OUT= MAC= SRC=203.0.113.11 DST=192.0.2.10 LEN=60 TOS=0x00 PREC=0x00 TTL=50 ID=1 DF PROTO=TCP SPT=50014 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0\n\
                Feb 19 10:15:05 gw firewall,info input: in:ether1 out:(unknown 0), connection-state:new proto TCP (SYN), 203.0.113.12:50015->192.0.2.10:22, len 60",
        events: &[
            "203.0.113.9:50012 192.0.2.10:22 Unknown",
            "203.0.113.10:50013 192.0.2.10:22 Unknown",
            "203.0.113.11:50014 192.0.2.10:22 Reject",
            "203.0.113.12:50015 192.0.2.10:22 Unknown",
        ],
        sessions: &[
            "203.0.113.9:50012 > 192.0.2.10:22 unknown",
            "203.0.113.10:50013 > 192.0.2.10:22 unknown",
            "203.0.113.11:50014 > 192.0.2.10:22 V02 blocked",
            "203.0.113.12:50015 > 192.0.2.10:22 unknown",
        ],
    },
    Trap {
        what: "14 hit counts multiply; the first hit is one of them",
        lines: "Feb 19 2024 10:00:00 fw1 : %ASA-6-106100: access-list inside_in denied tcp inside/10.1.1.5(50001) -> outside/203.0.113.25(25) hit-cnt 1 first hit [0x71a87d94, 0x0]\n\
                Feb 19 2024 10:05:00 fw1 : %ASA-6-106100: access-list inside_in denied tcp inside/10.1.1.5(50001) -> outside/203.0.113.25(25) hit-cnt 24 300-second interval [0x71a87d94, 0x0]\n\
                *Feb 19 10:15:02.107: %SEC-6-IPACCESSLOGP: list 120 denied tcp 203.0.113.9(51022) -> 192.0.2.20(3389), 7 packets\n\
                Feb 19 10:15:02 bsd1 ipmon[55]: 10:15:02.123456 3x em0 @0:12 b 203.0.113.10,51022 -> 192.0.2.20,3389 PR tcp len 20 52 -S IN",
        events: &[
            "10.1.1.5:50001 203.0.113.25:25 n=1",
            "10.1.1.5:50001 203.0.113.25:25 n=24",
            "203.0.113.9:51022 192.0.2.20:3389 n=7",
            "203.0.113.10:51022 192.0.2.20:3389 n=3 flags=S",
        ],
        sessions: &[
            "10.1.1.5:50001 > 203.0.113.25:25 tries=25",
            "203.0.113.9:51022 > 192.0.2.20:3389 tries=7",
            "203.0.113.10:51022 > 192.0.2.20:3389 tries=3",
        ],
    },
    Trap {
        what: "15 a machine talking to itself is logged twice",
        lines: "2024-02-19 10:15:02 ALLOW TCP 127.0.0.1 127.0.0.1 51774 8443 0 - 0 0 0 - - - SEND\n\
                2024-02-19 10:15:02 ALLOW TCP 127.0.0.1 127.0.0.1 51774 8443 0 - 0 0 0 - - - RECEIVE",
        events: &[],
        sessions: &["127.0.0.1:51774 > 127.0.0.1:8443 internal tries=1"],
    },
    Trap {
        what: "18 port 20 opens the data connections of FTP, so its side is the initiator",
        lines: "Feb 19 2024 10:15:02 fw1 : %ASA-4-106023: Deny tcp src dmz:10.0.0.21/20 dst outside:203.0.113.9/40101 by access-group \"dmz_in\" [0x0, 0x0]\n\
                Feb 19 10:15:02 ftp1 kernel: REJECT IN= OUT=eth0 SRC=192.0.2.21 DST=203.0.113.10 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=20 DPT=51200 WINDOW=64240 RES=0x00 SYN URGP=0",
        events: &[
            "10.0.0.21:20 203.0.113.9:40101",
            "192.0.2.21:20 203.0.113.10:51200 flags=S",
        ],
        sessions: &[
            "10.0.0.21:20 > 203.0.113.9:40101 outbound V03",
            "192.0.2.21:20 > 203.0.113.10:51200 outbound V03",
        ],
    },
    Trap {
        what: "who asked has sent SYN and ACK as well, once the flags of all its packets are one word",
        lines: "2024-02-19 10:15:02.123  3.200 TCP  10.1.1.5:50012 -> 203.0.113.80:443 .AP.SF 0 12 1188 1\n\
                2024-02-19 10:15:02.153  3.170 TCP  203.0.113.80:443 -> 10.1.1.5:50012 .AP.SF 0 14 9960 1\n\
                2024-02-19 10:15:03.153  0.100 TCP  10.1.1.6:50013 -> 203.0.113.80:9443 .AP.SF 0 6 800 1\n\
                2024-02-19 10:16:02.123  0.000 TCP  203.0.113.9:51022 -> 192.0.2.20:22 ....S. 0 1 60 1\n\
                2024-02-19 10:16:02.124  0.000 TCP  192.0.2.20:22 -> 203.0.113.9:51022 .A.R.. 0 1 40 1\n\
                2024-02-19 10:17:02.124  0.000 TCP  203.0.113.81:9444 -> 10.1.1.7:50014 .A..S. 0 1 60 1\n\
                {\"timestamp\":\"2024-02-19T10:18:05.000+0000\",\"event_type\":\"netflow\",\"src_ip\":\"10.1.1.8\",\"src_port\":50015,\"dest_ip\":\"203.0.113.80\",\"dest_port\":443,\"proto\":\"TCP\",\"netflow\":{\"pkts\":5,\"bytes\":500},\"tcp\":{\"tcp_flags\":\"1b\"}}",
        events: &[],
        sessions: &[
            "10.1.1.5:50012 > 203.0.113.80:443 V07 worked",
            "10.1.1.6:50013 > 203.0.113.80:9443 V24",
            "203.0.113.9:51022 > 192.0.2.20:22 V11 refused",
            "10.1.1.7:50014 > 203.0.113.81:9444",
            "10.1.1.8:50015 > 203.0.113.80:443 V24",
        ],
    },
    Trap {
        what: "what inspection blocks is no late answer, whichever end sent it, and the sender of a signature is no initiator",
        lines: "date=2024-02-19 time=10:16:58 devname=\"fw1\" devid=\"FG0000000000000\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" srcip=10.1.1.5 srcport=50012 dstip=203.0.113.80 dstport=443 sessionid=105048 proto=6 action=\"close\" policyid=7 sentbyte=900 rcvdbyte=1200\n\
                date=2024-02-19 time=10:18:32 devname=\"fw1\" devid=\"FG0000000000000\" logid=\"0316013056\" type=\"utm\" subtype=\"webfilter\" level=\"warning\" vd=\"root\" eventtype=\"ftgd_blk\" policyid=7 sessionid=105048 srcip=10.1.1.5 srcport=50012 dstip=203.0.113.80 dstport=443 proto=6 action=\"blocked\" direction=\"outgoing\"\n\
                date=2024-02-19 time=10:18:33 devname=\"fw1\" devid=\"FG0000000000000\" logid=\"0419016384\" type=\"utm\" subtype=\"ips\" level=\"alert\" vd=\"root\" eventtype=\"signature\" srcip=203.0.113.66 dstip=10.1.1.6 sessionid=4017 action=\"dropped\" proto=6 service=\"HTTP\" policyid=3 attack=\"Some.File\" srcport=80 dstport=50442 direction=\"incoming\"\n\
                Feb 19 10:18:34 fw2 1,2024/02/19 10:18:34,000000000001,THREAT,vulnerability,1,2024/02/19 10:18:34,203.0.113.67,10.1.1.7,0.0.0.0,0.0.0.0,out-web,,,web-browsing,vsys1,untrust,trust,ethernet1/1,ethernet1/2,forward,2024/02/19 10:18:34,23497,1,80,51849,0,0,0x2000,tcp,reset-both,\"file.bin\",Some File(30001),any,critical,server-to-client,0,0x0,United States,10.0.0.0-10.255.255.255,0,\n\
                CEF:0|Palo Alto Networks|PAN-OS|10.1|Some File(30001)|THREAT|4|rt=Feb 19 2024 10:18:35 GMT src=203.0.113.68 dst=10.1.1.8 spt=80 dpt=51850 proto=tcp act=reset-both flexString2Label=Direction flexString2=server-to-client\n\
                LEEF:1.0|Palo Alto Networks|PAN-OS Syslog Integration|8.1|Some File|cat=THREAT|Subtype=virus|src=203.0.113.69|dst=10.1.1.9|srcPort=80|dstPort=51851|proto=tcp|action=drop|Direction=server-to-client\n\
                <134>1 1708337715.348361125 MX1 security_event ids_alerted signature=1:45749:2 priority=1 timestamp=1708337715.322786 direction=ingress protocol=tcp/ip src=203.0.113.70:80 dst=10.1.1.10:56391 decision=blocked message: SERVER-WEBAPP code execution attempt",
        events: &[],
        sessions: &[
            "10.1.1.5:50012 > 203.0.113.80:443 outbound V03 blocked",
            "10.1.1.6:50442 > 203.0.113.66:80 outbound V03 blocked",
            "10.1.1.7:51849 > 203.0.113.67:80 outbound V03 blocked",
            "10.1.1.8:51850 > 203.0.113.68:80 outbound V03 blocked",
            "10.1.1.9:51851 > 203.0.113.69:80 outbound V03 blocked",
            "10.1.1.10:56391 > 203.0.113.70:80 outbound V03 blocked",
        ],
    },
    Trap {
        what: "a record that was broken between its pairs, one piece of which passes for a record of another dialect",
        lines: "CEF:0|Check Point|VPN-1 & FireWall-1|Check Point|Log|domain-udp|Unknown|act=Accept deviceDirection=0 rt=1708337702000 spt=50012 dpt=53 \n\
                cs2Label=Rule Name cs2=Names for all layer_name=Network match_id=169 \n\
                ifname=eth1.40 logid=0 origin=192.0.2.1 sequencenum=5\n\
                version=5 dst=10.0.0.53 inzone=Internal outzone=Internal product=VPN-1 & FireWall-1 proto=17 src=10.1.1.5\n\
                src_country=Internal",
        events: &[],
        sessions: &["10.1.1.5:50012 > 10.0.0.53:53 internal V07 lines=1"],
    },
    Trap {
        what: "so it is with every vendor's signatures, but not with what only says that a packet fits no connection",
        lines: "<113>2024-02-19T10:15:01Z ftd1 %FTD-1-430001: EventPriority: High, FirstPacketSecond: 2024-02-19T10:15:00Z, ConnectionID: 5, SrcIP: 203.0.113.80, DstIP: 10.1.1.5, SrcPort: 80, DstPort: 53011, Protocol: tcp, IngressInterface: outside, EgressInterface: inside, GID: 1, SID: 30001, Message: \"a file\", InlineResult: Dropped\n\
                <129>id=firewall sn=0017C5000000 time=\"2024-02-19 10:15:02\" fw=192.0.2.1 pri=1 c=32 m=609 msg=\"IPS Prevention Alert: a file\" sid=1881 ipscat=\"WEB-CLIENT\" ipspri=3 n=3 src=203.0.113.80:80:X1 dst=10.1.1.5:53012:X0\n\
                <134>1 2024-02-19T10:15:03Z gw1 CheckPoint 1234 - [action:\"Prevent\"; ifdir:\"inbound\"; ifname:\"eth0\"; origin:\"192.0.2.1\"; time:\"1708337703\"; attack:\"Web Client Enforcement Violation\"; src:\"203.0.113.80\"; dst:\"10.1.1.5\"; proto:\"6\"; s_port:\"80\"; service:\"53013\"; product:\"SmartDefense\"; protection_name:\"a file\"]\n\
                device=\"SFW\" date=2024-02-19 time=10:15:04 timezone=\"UTC\" device_name=\"XG1\" device_id=X1 log_id=020803407001 log_type=\"IDP\" log_component=\"Signatures\" log_subtype=\"Drop\" status=\"\" priority=Warning fw_rule_id=5 signature_id=1881 signature_msg=\"a file\" src_ip=203.0.113.80 dst_ip=10.1.1.5 protocol=\"TCP\" src_port=80 dst_port=53014\n\
                <140>Feb 19 10:15:05 Firebox firewall: msg_id=\"3000-0150\" Deny 0-External 1-Trusted tcp 203.0.113.80 10.1.1.5 80 53015 msg=\"IPS detected\" signature_name=\"a file\" signature_id=\"1110401\"  (Web-00)\n\
                {\"timestamp\":\"2024-02-19T10:15:06.000000+0000\",\"flow_id\":1,\"event_type\":\"alert\",\"src_ip\":\"203.0.113.80\",\"src_port\":80,\"dest_ip\":\"10.1.1.5\",\"dest_port\":53016,\"proto\":\"TCP\",\"alert\":{\"action\":\"blocked\",\"gid\":1,\"signature_id\":30001,\"signature\":\"a file\"}}\n\
                02/19-10:15:07.000000  [Drop] [**] [1:30001:1] a file [**] [Classification: x] [Priority: 1] {TCP} 203.0.113.80:80 -> 10.1.1.5:53017\n\
                2024:02:19-10:15:08 utm1 snort[5111]: id=\"2101\" severity=\"warn\" sys=\"SecureNet\" sub=\"ips\" name=\"Intrusion protection alert\" action=\"drop\" reason=\"a file\" group=\"500\" srcip=\"203.0.113.80\" dstip=\"10.1.1.5\" proto=\"6\" srcport=\"80\" dstport=\"53018\" sid=\"30001\"\n\
                {\"timestamp\":\"2024-02-19T10:15:09.000000+0000\",\"flow_id\":2,\"event_type\":\"alert\",\"src_ip\":\"203.0.113.80\",\"src_port\":80,\"dest_ip\":\"10.1.1.5\",\"dest_port\":53019,\"proto\":\"TCP\",\"alert\":{\"action\":\"blocked\",\"gid\":1,\"signature_id\":2210045,\"signature\":\"SURICATA STREAM Packet with invalid ack\"}}",
        events: &[],
        sessions: &[
            "10.1.1.5:53011 > 203.0.113.80:80 outbound V03 blocked",
            "10.1.1.5:53012 > 203.0.113.80:80 outbound V03 blocked",
            "10.1.1.5:53013 > 203.0.113.80:80 outbound V03 blocked",
            "10.1.1.5:53014 > 203.0.113.80:80 outbound V03 blocked",
            "10.1.1.5:53015 > 203.0.113.80:80 outbound V03 blocked",
            "10.1.1.5:53016 > 203.0.113.80:80 outbound V03 blocked",
            "10.1.1.5:53017 > 203.0.113.80:80 outbound V03 blocked",
            "10.1.1.5:53018 > 203.0.113.80:80 outbound V03 blocked",
            "10.1.1.5:53019 > 203.0.113.80:80 outbound V01",
        ],
    },
];

/// An alarm is no reason to call a connection normal, and no reason to say that it was stopped.
#[test]
fn what_raised_an_alarm_and_passed_is_worth_a_look() {
    let line = |seconds: u32, event: &str, more: &str| {
        format!(
            "{{\"timestamp\":\"2024-02-19T10:15:{seconds:02}.000000+0000\",\"flow_id\":{seconds},\"event_type\":\"{event}\",\"src_ip\":\"10.1.1.5\",\"src_port\":{},\"dest_ip\":\"203.0.113.80\",\"dest_port\":80,\"proto\":\"TCP\",{more}}}\n",
            50_000 + seconds
        )
    };
    let flow = "\"flow\":{\"pkts_toserver\":5,\"pkts_toclient\":4,\"bytes_toserver\":600,\"bytes_toclient\":900,\"state\":\"closed\"}";
    let alert = "\"alert\":{\"action\":\"allowed\",\"gid\":1,\"signature_id\":30001,\"signature\":\"a file\"}";
    let lines = (0..6)
        .map(|nth| line(nth, "flow", flow))
        .collect::<String>()
        + &line(7, "alert", alert)
        + &line(8, "alert", alert);
    let data = conclusion(&lines);
    let told: Vec<(Severity, usize)> = data
        .incidents
        .iter()
        .map(|incident| (incident.severity, incident.sessions.len()))
        .collect();
    assert_eq!(told, [(Severity::Look, 2), (Severity::None, 6)]);
    let alarm = &data.incidents[0];
    assert!(
        alarm.headline.contains("inspection raised an alarm"),
        "{}",
        alarm.headline
    );
    assert!(
        !alarm.sentence.contains("normal course"),
        "{}",
        alarm.sentence
    );
}

/// 16: the year turns inside a log whose lines have none.
#[test]
fn new_year_comes_between_two_lines() {
    let mut lines = Lines::new();
    let mut read = |line: &str| lines.read(line).1[0].ts.micros;
    let deny = "fw1 : %ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/80 to 203.0.113.45/51515 flags RST  on interface dmz";
    let before = read(&format!("Dec 31 23:59:58 {deny}"));
    let after = read(&format!("Jan  1 00:00:01 {deny}"));
    assert_eq!(after - before, 3_000_000);
}

/// 17: the relay's clock and the firewall's own.
#[test]
fn the_time_in_the_record_counts_more_than_the_one_in_front() {
    let mut lines = Lines::new();
    let (_, events) = lines.read(
        "Feb 19 11:15:07 relay1 id=firewall sn=000000000001 time=\"2024-02-19 10:15:02 UTC\" fw=192.0.2.1 pri=5 c=64 m=36 msg=\"TCP connection dropped\" n=1 src=203.0.113.9:50012:X1 dst=192.0.2.1:22:X1 proto=tcp/ssh",
    );
    assert_eq!(events[0].ts.micros, 1_708_337_702_000_000);
}

/// §3.3, row by row: what a line that is no traffic explains.
#[test]
fn lines_that_explain_traffic() {
    for (control, texts) in EXPLAINING {
        for line in texts.lines() {
            let mut lines = Lines::new();
            let (format, events) = lines.read(line);
            let found: Vec<Control> = events.iter().map(|event| event.control).collect();
            assert_eq!(found, [*control], "{format}: {line}");
            // None of them is a session, whatever addresses it names.
            let data = conclusion(line);
            assert!(data.sessions.is_empty(), "{line}");
        }
    }
}

static EXPLAINING: &[(Control, &str)] = &[
    (
        Control::Failover,
        "date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0108037893\" type=\"event\" subtype=\"ha\" level=\"critical\" vd=\"root\" logdesc=\"Virtual cluster member state moved\" msg=\"Virtual cluster's member state moved\"\n\
         date=2024-02-19 time=10:15:02 device_id=FG0 log_id=0105035008 type=event subtype=ha pri=critical vd=root msg=\"HA slave became master\"\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-1-104001: (Primary) Switching to ACTIVE - Other unit wants me Active\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-1-104004: (Secondary) Switching to OK.\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-1-105005: (Primary) Lost Failover communications with mate on interface inside\n\
         1,2024/02/19 10:15:02,000000000001,SYSTEM,ha,0,2024/02/19 10:15:02,,state-change,,0,0,general,critical,\"HA Group 1: Moved from state Passive to state Active\",1,0x0\n\
         <134>1 2024-02-19T10:15:02Z gw1 CheckPoint 1930 - [action:\"Accept\"; origin:\"10.9.9.1\"; cluster_info:\"(ClusterXL) member 2 (10.9.9.2) is active\"; product:\"VPN-1 & FireWall-1\"]\n\
         Feb 19 10:15:02 srx1 jsrpd[1700]: JSRPD_RG_STATE_CHANGE: Redundancy-group 1 transitioned from 'secondary' to 'primary' state due to Monitor failed\n\
         Feb 19 10:15:02 fw kernel: carp: 1@igb0: BACKUP -> MASTER (preempting a slower master)\n\
         Feb 19 10:15:02 lb1 Keepalived_vrrp[99]: (VI_1) Entering MASTER STATE\n\
         000123: Feb 19 10:15:02: %HSRP-5-STATECHANGE: Vlan10 Grp 1 state Standby -> Active",
    ),
    (
        Control::Restart,
        "date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0100032009\" type=\"event\" subtype=\"system\" vd=\"root\" logdesc=\"FortiGate started\" msg=\"FortiGate started\"\n\
         Feb 19 10:15:02 gw1 syslogd 1.4.1: restart.\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-6-199002: Startup completed. Beginning operation.\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-6-199005: Startup begin\n\
         Feb 19 10:15:02 gw1 kernel: [    0.000000] Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)\n\
         000123: Feb 19 10:15:02: %SYS-5-RESTART: System restarted --\n\
         Feb 19 10:15:02 gw1 system,info router rebooted",
    ),
    (
        Control::PolicyOrClear,
        "<134>1 2024-02-19T10:15:02Z gw1 CheckPoint 1930 - [action:\"Accept\"; origin:\"10.9.9.1\"; sys_message::\"installed Standard\"]\n\
         <134>1 2024-02-19T10:15:02Z gw1 CheckPoint 1930 - [origin:\"10.9.9.1\"; sys_message::\"installed Standard\"; product:\"System Monitor\"]\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-5-111008: User 'admin' executed the 'clear conn' command.\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-5-111010: User 'admin', running 'CLI' from IP 10.1.1.2, executed 'clear xlate'\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-5-111008: User 'admin' executed the 'clear local-host all' command.\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-5-111008: User 'admin' executed the 'write standby' command.\n\
         1,2024/02/19 10:15:02,000000000001,CONFIG,0,0,2024/02/19 10:15:02,10.1.1.2,,commit,admin,Web,Succeeded,,1,0x0\n\
         Feb 19 10:15:02 fw check_reload_status[123]: Reloading filter\n\
         date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0100044547\" type=\"event\" subtype=\"system\" vd=\"root\" logdesc=\"Object attribute configured\" user=\"admin\" action=\"Edit\" cfgpath=\"firewall.policy\" cfgobj=\"3\" msg=\"Edit firewall.policy 3\"\n\
         date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0100032131\" type=\"event\" subtype=\"system\" vd=\"root\" logdesc=\"Session clear\" user=\"admin\" action=\"session clear\" msg=\"User admin cleared all sessions\"\n\
         Feb 19 10:15:02 gw1 systemd[1]: Starting netfilter persistent configuration...",
    ),
    (
        Control::TableFull,
        "Feb 19 10:15:02 gw1 kernel: nf_conntrack: nf_conntrack: table full, dropping packet\n\
         Feb 19 10:15:02 gw1 kernel: [1234.567] ip_conntrack: table full, dropping packet.\n\
         date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0100022011\" type=\"event\" subtype=\"system\" vd=\"root\" logdesc=\"Memory conserve mode entered\" msg=\"Kernel enters memory conserve mode\"\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-3-201011: Connection limit exceeded 1000/1000 for inbound packet from 203.0.113.9/51022 to 192.0.2.20/443 on interface outside\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-3-201013: Per-client connection limit exceeded 100/100 for inbound packet from 203.0.113.9/51022 to 192.0.2.20/443 on interface outside\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-3-321001: Resource 'conns' limit of 10000 reached.\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-6-302010: 50000 in use, 50000 most used\n\
         1,2024/02/19 10:15:02,000000000001,SYSTEM,general,0,2024/02/19 10:15:02,,general,,0,0,general,critical,\"session table utilization above 90%\",1,0x0\n\
         Feb 19 10:15:02 srx1 PFE: FLOW_SESSION_TABLE_FULL: session table is full\n\
         Feb 19 10:15:02 fw kernel: [zone: pf states] PF states limit reached\n\
         <134>1 2024-02-19T10:15:02Z gw1 CheckPoint 1930 - [action:\"Accept\"; origin:\"10.9.9.1\"; description:\"connections table is full\"; product:\"VPN-1 & FireWall-1\"]",
    ),
    (
        Control::Routing,
        "Feb 19 2024 10:15:02 fw1 : %ASA-4-411002: Line protocol on Interface outside, changed state to down\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-6-622001: Adding tracked route 0.0.0.0 0.0.0.0 203.0.113.1, distance 1, table Default-IP-Routing-Table, on interface outside\n\
         date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0100022922\" type=\"event\" subtype=\"system\" vd=\"root\" logdesc=\"Link monitor status\" interface=\"wan1\" msg=\"Link Monitor changed state from alive to die, protocol: ping.\"\n\
         date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0113022923\" type=\"event\" subtype=\"sdwan\" vd=\"root\" logdesc=\"SDWAN status\" eventtype=\"Health Check\" msg=\"Member status changed. Member out-of-sla.\"\n\
         Feb 19 10:15:02 fw dpinger[123]: WAN_DHCP 203.0.113.1: Alarm latency 0us stddev 0us loss 100%\n\
         000123: Feb 19 10:15:02: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/1, changed state to down\n\
         Feb 19 10:15:02 gw1 interface,info ether1 link down",
    ),
    (
        Control::RateMeter,
        "Feb 19 2024 10:15:02 fw1 : %ASA-4-733100: [ Scanning] drop rate-1 exceeded. Current burst rate is 12 per second, max configured rate is 10\n\
         Feb 19 2024 10:15:02 fw1 : %ASA-4-733101: Host 203.0.113.9 is attacking. Current burst rate is 200 per second\n\
         date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 logid=\"0720018432\" type=\"utm\" subtype=\"anomaly\" eventtype=\"anomaly\" level=\"alert\" vd=root srcip=203.0.113.9 dstip=192.0.2.20 srcintf=\"wan1\" sessionid=0 action=\"clear_session\" proto=6 count=120 attack=\"tcp_syn_flood\" srcport=50012 dstport=443 policyid=1 msg=\"anomaly: tcp_syn_flood, 2001 > threshold 2000, repeats 120 times\"\n\
         Feb 19 10:15:02 web1 kernel: TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.  Check SNMP counters.",
    ),
    (
        Control::LinesMissing,
        "2024-02-19 10:15:02 INFO-EVENTS-LOST - - - - - - - - - - - - 7 -\n\
         2 123456789012 eni-0a1b2c3d - - - - - - - 1708337702 1708337760 - SKIPDATA\n\
         000128: Feb 19 10:15:02: %SEC-6-IPACCESSLOGRL: access-list logging rate-limited or missed 7 packets\n\
         Feb 19 10:15:02 fw1 last message repeated 4 times\n\
         Feb 19 10:15:02 fw1 rsyslogd: imuxsock[pid 1]: begin to drop messages due to rate-limiting\n\
         Feb 19 10:15:02 fw1 kernel: net_ratelimit: 214 callbacks suppressed\n\
         Feb 19 10:15:02 fw1 systemd-journald[88]: Suppressed 1204 messages from kernel",
    ),
];
