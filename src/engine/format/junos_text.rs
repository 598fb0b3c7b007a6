//! Juniper SRX without names of fields (unstructured syslog), and firewall filters of Junos that log.
//!
//! Sample   `RT_FLOW_SESSION_CLOSE: session closed TCP FIN: 10.1.1.5/50012->203.0.113.80/443 junos-https 198.51.100.2/22011->203.0.113.80/443 src-nat-1 None 6 out trust untrust 5 6(337) 4(535) 3 …`
//! Fields   reason, ends, translated ends, then protocol policy zone zone id packets(bytes) packets(bytes) seconds
//! Quirks   What stands between the ends and the protocol differs between versions: the protocol is the first number
//!          of which a policy, two zones and an id follow. Packets that open nothing are dropped without a line.
//! Ignored  Applications, users, tags.
//! Spec     <https://www.juniper.net/documentation/us/en/software/junos/network-mgmt/topics/topic-map/understanding-system-logging-security-devices.html>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has};
use super::{About, Check, Device, Timers, Topic};
use crate::engine::format::plain;
use crate::engine::model::event::{Control, ResetBy};
use crate::engine::model::{Action, End, Event, Init, Kind, Names, Reason, ports, proto};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static JUNOS_TEXT: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Src,
            "source",
            "The client, as the firewall tracked it.",
        ),
        (Slot::Dst, "destination", "The server."),
        (Slot::Rule, "policy", "The policy that decided."),
    ],
};

static ABOUT: About = About {
    id: "junos_text",
    title: "Juniper SRX, lines without names of fields (RT_FLOW, filters)",
    spec: "https://www.juniper.net/documentation/us/en/software/junos/network-mgmt/topics/topic-map/understanding-system-logging-security-devices.html",
    example: "Feb 19 10:15:02 srx1 RT_FLOW: RT_FLOW_SESSION_CLOSE: session closed TCP FIN: 10.1.1.5/50012->203.0.113.80/443 junos-https 198.51.100.2/22011->203.0.113.80/443 src-nat-1 None 6 out trust untrust 5 6(337) 4(535) 3 UNKNOWN UNKNOWN N/A(N/A) ge-0/0/1.0",
    device: Device {
        name: "Juniper SRX",
        stateless: false,
        deny_is_packet: false,
        timers: Timers {
            tcp: &[1800],
            half_open: &[20],
            half_close: &[150],
            udp: &[60],
            icmp: &[60],
        },
        checks: &[
            Check {
                about: Topic::Table,
                place: "on the firewall",
                command: "show security flow session summary",
                why: "shows how many sessions it keeps",
            },
            Check {
                about: Topic::Timers,
                place: "on the firewall",
                command: "show security flow session destination-prefix {client}",
                why: "shows what is left of a connection's time",
            },
            Check {
                about: Topic::Events,
                place: "on the firewall",
                command: "show chassis cluster status",
                why: "shows whether the other node took over",
            },
            Check {
                about: Topic::Rules,
                place: "on the firewall",
                command: "show security flow statistics",
                why: "counts packets that were dropped because they belonged to no session",
            },
        ],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    let text = record.text;
    if has(text, b"[junos@") {
        return false;
    }
    has(text, b"session c")
        && (has(text, b"session closed ") || has(text, b"session created "))
        && has(text, b"->")
        || has(text, b"session denied ") && has(text, b"->")
        || has(text, b" FW: ")
        || text.starts_with(b"FW: ")
        || has(text, b"JSRPD_")
        || has(text, b"RT_SCREEN_") && has(text, b" source: ")
        || has(text, b"UI_LOGIN_EVENT: ")
        || has(text, b"->") && INSPECTED.iter().any(|(word, _)| has(text, word))
        || explained(text) != Control::None
}

/// What inspections say before the two ends, and what stands for it as a state.
const INSPECTED: [(&[u8], &[u8]); 3] = [
    (b"AppTrack volume update: ", b"update"),
    (b" Attack log <", b"attack"),
    (b"WebFilter: ACTION=\"", b"page"),
];

/// Lines of the firewall about itself that explain traffic.
fn explained(text: &[u8]) -> Control {
    const EVENTS: [(&[u8], Control); 4] = [
        (b"UI_COMMIT_COMPLETED", Control::PolicyOrClear),
        (b"SNMP_TRAP_LINK_", Control::Routing),
        (b"FLOW_SESSION_TABLE_FULL", Control::TableFull),
        (b"SYSTEM_STARTUP", Control::Restart),
    ];
    // All of them have a name in capitals with a line between.
    if !has(text, b"_") {
        return Control::None;
    }
    let found = EVENTS.iter().find(|(word, _)| has(text, word));
    found.map_or(Control::None, |(_, control)| *control)
}

/// `RT_SCREEN_TCP: TCP port scan! source: 203.0.113.9:50012, destination: 192.0.2.1:22, …, action: drop`
fn screen<'a>(line: &mut Line<'a>, text: &'a [u8]) -> Found {
    line.labels(
        text,
        &[
            ("source: ", Slot::Src),
            ("destination: ", Slot::Dst),
            ("zone name: ", Slot::InZone),
            ("interface name: ", Slot::InIf),
            ("action: ", Slot::Action),
            ("protocol-id: ", Slot::Proto),
        ],
        b",",
    );
    let (src, dst) = (line.get(Slot::Src), line.get(Slot::Dst));
    if dst.is_empty() {
        // A sweep has many destinations.
        return Found::Other;
    }
    line.put_end(Slot::Src, src);
    line.put_end(Slot::Dst, dst);
    let found = [&b"TCP"[..], b"UDP", b"ICMP"]
        .into_iter()
        .find(|name| find(text, b"RT_SCREEN_").is_some_and(|at| text[at + 10..].starts_with(name)));
    if let Some(name) = found {
        line.put(Slot::Proto, name);
    }
    line.put(Slot::State, b"screen");
    Found::Row
}

/// `SIG Attack log <203.0.113.9/50012->192.0.2.1/80> for TCP protocol … in policy P. attack: …, action=DROP, …,
/// name=HTTP:X, NAT <0.0.0.0:0->10.0.0.21:8080>, …`
fn attack<'a>(line: &mut Line<'a>, text: &'a [u8], mut scan: Scan<'a>) -> Found {
    let Some((src, dst)) = scan.until(b"> for ").and_then(arrow) else {
        return Found::Malformed(Reason::Cut);
    };
    line.put_end(Slot::Src, src);
    line.put_end(Slot::Dst, dst);
    line.put(Slot::Proto, scan.word());
    line.put(Slot::Rule, after(text, b" in policy ", b"."));
    line.put(Slot::Action, after(text, b" action=", b","));
    line.put(Slot::RuleName, after(text, b" name=", b","));
    if let Some((src, dst)) = arrow(after(text, b", NAT <", b",")) {
        line.put_end(Slot::NatSrc, src);
        line.put_end(Slot::NatDst, dst.strip_suffix(b">").unwrap_or(dst));
    }
    Found::Row
}

/// `WebFilter: ACTION="URL Blocked" 10.1.1.5(50012)->203.0.113.80(80) CATEGORY="…" …`
fn page<'a>(line: &mut Line<'a>, mut scan: Scan<'a>) -> Found {
    line.put(Slot::Action, scan.until(b"\"").unwrap_or_default());
    let Some((src, dst)) = arrow(scan.word()) else {
        return Found::Malformed(Reason::Cut);
    };
    line.put_end(Slot::Src, src);
    line.put_end(Slot::Dst, dst);
    line.put(Slot::Proto, b"tcp");
    Found::Row
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    let mut scan = Scan::new(text);
    if scan.past(b"session closed ") {
        line.put(Slot::State, b"closed");
        let Some(reason) = scan.until(b": ") else {
            return Found::Malformed(Reason::Cut);
        };
        line.put(Slot::Reason, reason);
    } else if scan.past(b"session created ") {
        line.put(Slot::State, b"created");
    } else if scan.past(b"session denied ") {
        line.put(Slot::State, b"denied");
        line.put(Slot::Action, b"denied");
    } else if scan.past(b"FW: ") {
        return filter(line, scan);
    } else if has(text, b"RT_SCREEN_") {
        return screen(line, text);
    } else if has(text, b"UI_LOGIN_EVENT: ") {
        // `ssh-connection '10.1.1.9 40382 10.1.1.1 22'`
        if !scan.past(b"ssh-connection '") {
            return Found::Other;
        }
        for slot in [Slot::Src, Slot::SrcPort, Slot::Dst] {
            line.put(slot, scan.word());
        }
        let port = scan.word();
        line.put(
            Slot::DstPort,
            port.split(|byte| *byte == b'\'').next().unwrap_or_default(),
        );
        line.put(Slot::Proto, b"tcp");
        line.put(Slot::State, b"created");
        return if line.get(Slot::DstPort).is_empty() {
            Found::Other
        } else {
            Found::Row
        };
    } else if let Some((_, state)) = INSPECTED.iter().find(|(word, _)| scan.past(word)) {
        line.put(Slot::State, state);
        match *state {
            b"attack" => return attack(line, text, scan),
            b"page" => return page(line, scan),
            _ => {}
        }
    } else if explained(text) != Control::None {
        return Found::Control(explained(text));
    } else if has(text, b"JSRPD_") {
        return if has(text, b"STATE") || has(text, b"tate change") {
            Found::Control(Control::Failover)
        } else {
            Found::Other
        };
    } else {
        return Found::Foreign;
    }
    let Some((src, dst)) = arrow(scan.word()) else {
        return Found::Foreign;
    };
    line.put_end(Slot::Src, src);
    line.put_end(Slot::Dst, dst);
    // The translated ends, then the protocol.
    loop {
        let word = scan.word();
        if word.is_empty() {
            return Found::Malformed(Reason::Cut);
        }
        if let Some((src, dst)) = arrow(word) {
            line.put_end(Slot::NatSrc, src);
            line.put_end(Slot::NatDst, dst);
        } else if let Some(tail) = tail(word, scan) {
            line.put(Slot::Proto, tail.0);
            if matches!(tail.0, b"1" | b"58") {
                line.put(Slot::IcmpType, after(word, b"(", b")"));
            }
            scan = tail.1;
            break;
        } else if !line.has(Slot::App) && !word.starts_with(b"0x") {
            line.put(Slot::App, word);
        }
    }
    line.put(Slot::Rule, scan.word());
    line.put(Slot::InZone, scan.word());
    line.put(Slot::OutZone, scan.word());
    if line.get(Slot::State) == b"denied" {
        return Found::Row;
    }
    line.put(Slot::Session, scan.word());
    for (packets, bytes) in [(Slot::PktsF, Slot::BytesF), (Slot::PktsR, Slot::BytesR)] {
        let word = scan.peek();
        if let Some(open) = memchr::memchr(b'(', word)
            && word[..open].iter().all(u8::is_ascii_digit)
            && word.ends_with(b")")
        {
            scan.word();
            line.put(packets, &word[..open]);
            line.put(bytes, &word[open + 1..word.len() - 1]);
        }
    }
    if line.has(Slot::PktsR) {
        line.put(Slot::Seconds, scan.word());
    }
    Found::Row
}

fn arrow(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = find(word, b"->")?;
    (at > 0).then(|| (&word[..at], &word[at + 2..]))
}

/// The protocol's number, perhaps with an ICMP type in brackets, and three words that are no numbers.
fn tail<'a>(word: &'a [u8], scan: Scan<'a>) -> Option<(&'a [u8], Scan<'a>)> {
    let number = &word[..memchr::memchr(b'(', word).unwrap_or(word.len())];
    if ports::decimal(number).is_none_or(|number| number > 255) {
        return None;
    }
    let mut ahead = scan;
    let is_name =
        |word: &[u8]| !word.is_empty() && memchr::memchr(b'(', word).is_none_or(|at| at > 0);
    (is_name(ahead.word()) && is_name(ahead.word()) && is_name(ahead.word()))
        .then_some((number, scan))
}

/// `FW: ge-0/0/1.0 D tcp 203.0.113.9 192.0.2.20 51022 3389 (1 packets)`: a filter, which knows no connections.
fn filter<'a>(line: &mut Line<'a>, mut scan: Scan<'a>) -> Found {
    line.put(Slot::InIf, scan.word());
    let action = scan.word();
    line.put(Slot::Action, action);
    line.put(Slot::Proto, scan.word());
    line.put(Slot::Src, scan.word());
    line.put(Slot::Dst, scan.word());
    if !matches!(action, b"A" | b"D" | b"R") || !plain::is_address(line.get(Slot::Src)) {
        return Found::Foreign;
    }
    let is_icmp = line.get(Slot::Proto).starts_with(b"icmp");
    let (first, second) = if is_icmp {
        (Slot::IcmpType, Slot::IcmpCode)
    } else {
        (Slot::SrcPort, Slot::DstPort)
    };
    line.put(first, scan.word());
    line.put(second, scan.word());
    if let Some(count) = scan.peek().strip_prefix(b"(") {
        line.put(Slot::Repeat, count);
    }
    Found::Row
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    match line.get(Slot::State) {
        b"closed" => {
            (event.kind, event.action, event.init) = (Kind::SessionEnd, Action::Close, Init::Src);
            let reason = line.get(Slot::Reason);
            let is = |word: &[u8]| has(reason, word);
            (event.end, event.reset_by) = if is(b"FIN") {
                (End::Fin, ResetBy::Unknown)
            } else if is(b"CLIENT RST") {
                (End::RstClient, ResetBy::Client)
            } else if is(b"SERVER RST") {
                (End::RstServer, ResetBy::Server)
            } else if is(b"RST") {
                (End::Rst, ResetBy::Unknown)
            } else if is(b"imeout") || is(b"ged out") {
                (End::IdleTimeout, ResetBy::Unknown)
            } else if is(b"response") {
                (End::Response, ResetBy::Unknown)
            } else if is(b"ICMP error") {
                (End::IcmpError, ResetBy::Unknown)
            } else if is(b"HA") {
                (End::Failover, ResetBy::Unknown)
            } else {
                (End::Unknown, ResetBy::Unknown)
            };
            if event.end == End::IdleTimeout {
                event.action = Action::Timeout;
            }
        }
        b"created" => {
            (event.kind, event.action, event.init) = (Kind::SessionStart, Action::Start, Init::Src);
        }
        b"denied" => event.init = Init::SrcDenied,
        b"update" => {
            (event.kind, event.action, event.init) =
                (Kind::SessionUpdate, Action::Allow, Init::Src);
        }
        // Inspection speaks about a connection that is tracked, but may name the server first.
        b"attack" | b"page" => {
            let word = line.get(Slot::Action);
            let is = |part: &[u8]| has(word, part);
            if is(b"Blocked") {
                event.action = Action::Drop;
            } else if is(b"Permitted") {
                event.action = Action::Allow;
            }
            (event.kind, event.init) = if event.action == Action::Allow {
                (Kind::SessionUpdate, Init::SrcWeak)
            } else {
                (Kind::Packet, Init::Unsaid)
            };
        }
        // `alarm-without-drop` lets it through.
        b"screen" => {
            let is_dropped = line.get(Slot::Action).starts_with(b"drop");
            event.action = if is_dropped {
                Action::Drop
            } else {
                Action::Allow
            };
        }
        _ => {
            event.action = match line.get(Slot::Action) {
                b"A" => Action::Allow,
                b"D" => Action::Drop,
                _ => Action::Reject,
            };
            if event.repeat > 1 {
                event.kind = Kind::Summary;
            }
        }
    }
    event.implicit = line.get(Slot::Rule).starts_with(b"default-deny")
        || line.get(Slot::Rule).starts_with(b"default-policy");
    if matches!(event.proto, proto::UNKNOWN) {
        event.proto = proto::parse(line.get(Slot::Proto)).unwrap_or(proto::UNKNOWN);
    }
}
