//! What home routers write, and reports of the same kind: sentences about one or two addresses.
//!
//! Sample   `[DoS Attack: ACK Scan] from source: 203.0.113.80, port 443, Monday, February 19, 2024 10:15:02`
//! Fields   what the router believes to be under attack by, the ports it names, the decision if it says one
//! Quirks   Such a router calls every packet of a forgotten connection an attack. The name of the alarm tells the
//!          flags of the packet that set it off (`ACK Scan`, `RST Scan`, `SYN Flood`), and no more.
//! Ignored  DHCP, logins, time servers.
//! Spec     <https://kb.netgear.com/24325/>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has};
use super::{About, Device, Timers};
use crate::engine::format::plain;
use crate::engine::model::event::Control;
use crate::engine::model::{
    Action, Endpoint, Event, Flags, FlagsScope, Host, IfRole, Inner, Kind, Names, Reason, State,
    WayBasis, ports, proto,
};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static HOME_ROUTER: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Reason,
            "alarm",
            "What the router believes to have seen. It judges by one packet, and is often wrong: late answers look like scans to it.",
        ),
        (
            Slot::Src,
            "source",
            "The machine whose packet set off the alarm.",
        ),
    ],
};

static ABOUT: About = About {
    id: "home_router",
    title: "Alarms of home routers (NETGEAR, D-Link, DrayTek and others)",
    spec: "https://kb.netgear.com/24325/",
    example: "[DoS Attack: ACK Scan] from source: 203.0.113.80, port 443, Monday, February 19, 2024 10:15:02",
    device: Device {
        name: "router",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[],
    },
};

/// What else such a router writes.
const OTHERS: [&[u8]; 13] = [
    b"DHCP lease IP ",
    b"[DHCP IP: ",
    b"Authentication Success ",
    b"[Time synchronized",
    b"[admin login]",
    b"[Internet connected]",
    b"[Internet disconnected]",
    b"FW.WANATTACK",
    b"FW.LANATTACK",
    b"[Initialized",
    b"[UPnP set event",
    b"[WLAN access ",
    b"[Access Control]",
];
const STARTS: [&[u8]; 9] = [
    b"[DoS ",
    b"DoS attack",
    b"DoS Attack",
    b"[LAN access from remote]",
    b"Attack Detect",
    b"IP Source (",
    b"Protocol: ",
    b"ACK Flood Attack",
    b"[TCP-SWEEP]",
];

fn is_other(text: &[u8]) -> bool {
    OTHERS.iter().any(|word| has(text, word))
}

/// `Blocked incoming TCP packet from 203.0.113.9:443 to 198.51.100.4:51022 as RST:ACK received but there is no active connection`
const BLOCKED: [&[u8]; 2] = [b"Blocked incoming ", b"Blocked outgoing "];

/// `[FILTER][Block][LAN->WAN, 0:53:53 ][@S:R=6:1, 10.0.0.11:60475->203.0.113.53:53][UDP][HLen=20, TLen=56]`
const FILTER: [&[u8]; 2] = [b"[FILTER][", b"][@S:R="];

/// Sentences of other routers: what all of them have, and the labels of their fields.
struct House {
    has: [&'static [u8]; 2],
    labels: &'static [(&'static str, Slot)],
    ends: &'static [u8],
}

const HOUSES: [House; 4] = [
    // `fw,fwmon src=203.0.113.80 dst=198.51.100.4 ipprot=6 sport=80 dport=50544 Unknown inbound session stopped`
    House {
        has: [b" ipprot=", b" sport="],
        labels: &[
            ("src=", Slot::Src),
            ("dst=", Slot::Dst),
            ("ipprot=", Slot::Proto),
            ("sport=", Slot::SrcPort),
            ("dport=", Slot::DstPort),
        ],
        ends: b" ",
    },
    // `FIREWALL rule (1 of 3): Protocol: TCP  Src ip: 203.0.113.9  Src port: 51022  …  Chain: sink  Rule Id: 1  Action: drop`
    House {
        has: [b"Src ip: ", b"Dst ip: "],
        labels: &[
            ("Protocol: ", Slot::Proto),
            ("Src ip: ", Slot::Src),
            ("Src port: ", Slot::SrcPort),
            ("Dst ip: ", Slot::Dst),
            ("Dst port: ", Slot::DstPort),
            ("Chain: ", Slot::Rule),
            ("Action: ", Slot::Action),
        ],
        ends: b" ",
    },
    // `Unrecognized attempt blocked from 203.0.113.9:40245 to 198.51.100.4 TCP:8080`
    House {
        has: [b"attempt blocked from ", b" to "],
        labels: &[
            ("blocked from ", Slot::Src),
            (" to ", Slot::Dst),
            (" TCP:", Slot::DstPort),
            (" UDP:", Slot::DstPort),
        ],
        ends: b" ",
    },
    // Firestarter: `Time:Feb 19 10:15:02 Direction: Unknown In:eth0 Out: Port:45173 Source:203.0.113.9 … Length:48 TOS:0x00 …`
    House {
        has: [FIRESTARTER, b" TOS:0x"],
        labels: &[
            ("Port:", Slot::DstPort),
            ("Source:", Slot::Src),
            ("Destination:", Slot::Dst),
            ("Length:", Slot::Len),
            ("Protocol:", Slot::Proto),
        ],
        ends: b" ",
    },
];

/// What such a host's own guard lists was stopped.
const FIRESTARTER: &[u8] = b" Direction: ";

fn house(text: &[u8]) -> Option<&'static House> {
    HOUSES
        .iter()
        .find(|house| house.has.iter().all(|word| has(text, word)))
}

/// `IN: BLOCK [9] Packet invalid in connection (TCP 203.0.113.80:443->198.51.100.4:51022 on ppp1)`, and the remark of
/// the same router that it left lines out.
fn is_hub(text: &[u8]) -> bool {
    has(text, b": BLOCK [")
        || has(text, b": ACCEPT [")
        || has(text, b"BLOCKED ") && has(text, b" more packet")
}

/// `**TCP FIN Scan** 203.0.113.80, 443->> 192.168.2.3, 51234 (from PPPoE Inbound)`
const STARS: [&[u8]; 2] = [b"** ", b"->> "];
/// A desktop's own firewall: `Stealth Mode connection attempt to TCP 192.168.1.5:51514 from 203.0.113.80:443`
const STEALTH: &[u8] = b"Stealth Mode connection attempt to ";

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    let text = record.text;
    if is_hub(text) || house(text).is_some() || FILTER.iter().all(|sign| has(text, sign)) {
        return true;
    }
    if STARS.iter().all(|word| has(text, word)) || has(text, STEALTH) {
        return true;
    }
    if has(text, b" from ") && BLOCKED.iter().any(|word| has(text, word)) {
        return true;
    }
    if is_other(text) {
        return true;
    }
    STARTS.iter().any(|word| has(text, word))
        && (has(text, b"ource") || has(text, b"Attack") || has(text, b"attack packets") || has(text, b"[LAN access") || has(text, b"SWEEP]"))
        && !has(text, b"_ip=")
        // The Windows filtering platform has such a label, too.
        && !(has(text, b"Protocol:") && !has(text, b"Source IP:") && !has(text, b"ttack"))
}

const LABELS: [(&str, Slot); 15] = [
    ("source: ", Slot::Src),
    ("Source: ", Slot::Src),
    ("Source IP: ", Slot::Src),
    ("(ip=", Slot::Src),
    ("from ip [", Slot::Src),
    ("target: ", Slot::Dst),
    ("Target: ", Slot::Dst),
    ("destination: ", Slot::Dst),
    ("Destination IP: ", Slot::Dst),
    ("Source port: ", Slot::SrcPort),
    ("Destination port: ", Slot::DstPort),
    ("Protocol: ", Slot::Proto),
    (", port ", Slot::SrcPort),
    (",port ", Slot::SrcPort),
    ("Packet length: ", Slot::Len),
];

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    if is_other(text) {
        return Found::Other;
    }
    if is_hub(text) {
        return hub(line, text);
    }
    if FILTER.iter().all(|sign| has(text, sign)) {
        return filtered(line, text);
    }
    if let Some(house) = house(text) {
        line.labels(text, house.labels, house.ends);
        if !line.has(Slot::Proto) {
            let end = line.get(Slot::Src);
            line.put_end(Slot::Src, end);
            line.put(
                Slot::Proto,
                if has(text, b" UDP:") { b"udp" } else { b"tcp" },
            );
        }
        if let Some(at) = find(text, FIRESTARTER) {
            line.put(
                Slot::Time,
                text[..at].strip_prefix(b"Time:").unwrap_or_default(),
            );
            let is_out = has(text, b" In: ");
            line.put(Slot::Way, if is_out { b"out" } else { b"in" });
            line.put(Slot::Action, b"dropped");
        }
        if [
            &b"stopped"[..],
            b"dropped",
            b"blocked",
            b"with no outbound session",
        ]
        .iter()
        .any(|word| has(text, word))
        {
            line.put(Slot::Action, b"dropped");
        }
        return Found::Row;
    }
    if STARS.iter().all(|word| has(text, word)) {
        return starred(line, text);
    }
    if let Some(at) = find(text, STEALTH) {
        let rest = &text[at..];
        line.put(Slot::Proto, after(rest, STEALTH, b" "));
        line.put_end(Slot::Dst, after(&rest[STEALTH.len()..], b" ", b" "));
        line.put_end(Slot::Src, after(rest, b" from ", b" ,"));
        line.put(Slot::Action, b"dropped");
        line.put(Slot::Way, b"in");
        return Found::Row;
    }
    // The first word of a sentence is no machine.
    if matches!(line.record.head.host, b"Port" | b"Per-source" | b"Whole") {
        line.record.head.host = b"";
    }
    if let Some(way) = BLOCKED.iter().find(|word| has(text, word)) {
        return blocked(line, text, way);
    }
    if has(text, b"[LAN access from remote]") {
        line.put_end(Slot::Src, after(text, b"from remote] from ", b" ,"));
        line.put_end(Slot::Dst, after(text, b" to ", b" ,"));
        line.put(Slot::Action, b"allowed");
        time_behind(line, text);
        return Found::Row;
    }
    if has(text, b"[TCP-SWEEP]") {
        // Sums of a detector: no packet, no port of the sender.
        return Found::Control(Control::RateMeter);
    }
    line.labels(text, &LABELS, b", |)]\t;");
    if has(text, b"IP Source (") {
        line.put(Slot::Src, behind_colon(text, b"IP Source ("));
        line.put(Slot::Dst, behind_colon(text, b"IP Cible ("));
        line.put(Slot::Message, after(text, b"Score: ", b" "));
    }
    for slot in [Slot::Src, Slot::Dst] {
        let end = line.get(slot);
        line.put_end(slot, end);
    }
    if let Some(at) = STARTS.iter().take(3).find_map(|word| find(text, word)) {
        let rest = &text[at..];
        let rest = rest.strip_prefix(b"[").unwrap_or(rest);
        let end = memchr::memchr2(b']', b',', rest).unwrap_or(rest.len());
        let end = find(&rest[..end], b" from ").unwrap_or(end);
        line.put(Slot::Reason, &rest[..end]);
    } else if let Some(at) = find(text, b" Detect") {
        line.put(Slot::Reason, line_part(text, at));
    }
    time_behind(line, text);
    if has(text, b"Dropped") || has(text, b"dropped") || has(text, b"blocked") {
        line.put(Slot::Action, b"dropped");
    }
    if !plain::is_address(line.get(Slot::Src)) && !line.has(Slot::Dst) {
        // It counts all machines together.
        return if has(text, b"ttack") {
            Found::Control(Control::RateMeter)
        } else {
            Found::Foreign
        };
    }
    Found::Row
}

/// The ends stand in the last brackets, behind the protocol; addresses may have brackets of their own.
fn hub<'a>(line: &mut Line<'a>, text: &'a [u8]) -> Found {
    let Some(at) = find(text, b" [") else {
        return Found::Other;
    };
    line.put(
        Slot::Action,
        if has(text, b": BLOCK [") {
            b"blocked"
        } else {
            b"accepted"
        },
    );
    line.put(
        Slot::Way,
        if has(&text[..at], b"OUT:") {
            b"out"
        } else {
            b"in"
        },
    );
    let Some(arrow) = find(text, b"->") else {
        return Found::Other;
    };
    let mut before = text[..arrow].rsplit(|byte| matches!(byte, b' ' | b'('));
    line.put_end(Slot::Src, before.next().unwrap_or_default());
    line.put(Slot::Proto, before.next().unwrap_or_default());
    line.put_end(Slot::Dst, after(&text[arrow..], b"->", b" )"));
    line.put(Slot::InIf, after(&text[arrow..], b" on ", b" )"));
    Found::Row
}

/// Every part in brackets; the rule's set and number before the ends.
fn filtered<'a>(line: &mut Line<'a>, text: &'a [u8]) -> Found {
    line.put(Slot::Action, after(text, FILTER[0], b"]"));
    let mut parts = Scan::new(text);
    parts.past(FILTER[1]);
    line.put(Slot::Rule, parts.until(b", ").unwrap_or_default());
    let (Some(src), Some(dst)) = (parts.until(b"->"), parts.until(b"]")) else {
        return Found::Malformed(Reason::Cut);
    };
    line.put_end(Slot::Src, src);
    line.put_end(Slot::Dst, dst);
    // `[PR 47]`
    let number = after(parts.rest(), b"[", b"]");
    line.put(Slot::Proto, number.strip_prefix(b"PR ").unwrap_or(number));
    line.labels(parts.rest(), &PACKET, b",]");
    Found::Row
}

const PACKET: [(&str, Slot); 5] = [
    ("TLen=", Slot::Len),
    ("Flag=", Slot::Flags),
    ("Seq=", Slot::Seq),
    ("Type=", Slot::IcmpType),
    ("Code=", Slot::IcmpCode),
];

/// Alarm between stars; a comma between address and port.
fn starred<'a>(line: &mut Line<'a>, text: &'a [u8]) -> Found {
    let (Some(behind), Some(arrow)) = (find(text, b"** "), find(text, b"->> ")) else {
        return Found::Foreign;
    };
    if arrow < behind {
        return Found::Foreign;
    }
    line.put(
        Slot::Time,
        text[..behind]
            .split(|byte| *byte == b'*')
            .next()
            .unwrap_or_default()
            .trim_ascii(),
    );
    line.put(Slot::Reason, after(text, b"**", b"*"));
    let mut src = text[behind + 3..arrow].splitn(2, |byte| *byte == b',');
    line.put(Slot::Src, src.next().unwrap_or_default().trim_ascii());
    line.put(Slot::SrcPort, src.next().unwrap_or_default().trim_ascii());
    let dst = &text[arrow + 3..];
    line.put(Slot::Dst, after(dst, b" ", b", ("));
    line.put(Slot::DstPort, after(dst, b", ", b" ("));
    Found::Row
}

/// The router says in words what it refused, and which flags there were.
fn blocked<'a>(line: &mut Line<'a>, text: &'a [u8], way: &[u8]) -> Found {
    // `[INFO] Mon Feb 19 10:15:02 2024 Blocked …`
    if let Some(at) = find(text, way) {
        let before = text[..at].trim_ascii();
        let day = before.len().saturating_sub("Feb 19 10:15:02 2024".len());
        line.put(Slot::Time, before[day..].trim_ascii());
    }
    line.put(Slot::Proto, after(text, way, b" "));
    line.put_end(Slot::Src, after(text, b" from ", b" ,"));
    line.put_end(Slot::Dst, after(text, b" to ", b" ,"));
    line.put(Slot::Action, b"blocked");
    line.put(Slot::Flags, after(text, b" as ", b" "));
    let icmp = after(text, b"(ICMP type ", b")");
    line.put(
        Slot::IcmpType,
        icmp.split(|byte| !byte.is_ascii_digit())
            .next()
            .unwrap_or(icmp),
    );
    Found::Row
}

/// `IP Source (your network): 192.0.2.1`
fn behind_colon<'a>(text: &'a [u8], label: &[u8]) -> &'a [u8] {
    let Some(at) = find(text, label) else {
        return b"";
    };
    after(&text[at..], b"): ", b" ,\t")
}

/// The words before `at` that are no time.
fn line_part(text: &[u8], at: usize) -> &[u8] {
    let from = text[..at]
        .iter()
        .rposition(u8::is_ascii_digit)
        .map_or(0, |digit| digit + 1);
    text[from..at].trim_ascii()
}

const DAYS: [&[u8]; 7] = [
    b"Monday",
    b"Tuesday",
    b"Wednesday",
    b"Thursday",
    b"Friday",
    b"Saturday",
    b"Sunday",
];

/// `…, Monday, February 19, 2024 10:15:02`: the time at the end.
fn time_behind<'a>(line: &mut Line<'a>, text: &'a [u8]) {
    if !line.record.head.stamp.is_missing() {
        return;
    }
    if let Some((at, day)) = DAYS
        .iter()
        .find_map(|day| find(text, day).map(|at| (at, day)))
    {
        line.put(
            Slot::Time,
            text[at + day.len()..]
                .trim_ascii_start()
                .strip_prefix(b",")
                .unwrap_or_default()
                .trim_ascii(),
        );
    }
}

fn finish(line: &Line<'_>, event: &mut Event, names: &mut Names) {
    event.kind = Kind::Packet;
    let alarm = line.get(Slot::Reason);
    let text = line.record.text;
    if has(text, BLOCKED[0]) || has(text, b" Inbound)") {
        event.in_role = IfRole::Wan;
    } else if has(text, BLOCKED[1]) || has(text, b" Outbound)") {
        event.out_role = IfRole::Wan;
    } else if has(text, STEALTH) {
        event.way_basis = WayBasis::HostSide;
    }
    if is_hub(text) && (has(text, b"nvalid") || has(text, b"not a SYN")) {
        event.state = State::Invalid;
    }
    if let (Some(icmp), true) = (
        &mut event.icmp,
        has(text, b"no UDP session active between "),
    ) {
        // It says of which conversation the error speaks.
        let mut ends = [b"active between ".as_slice(), b" and "].map(|word| {
            let end = after(
                &text[find(text, b"active between ").unwrap_or(0)..],
                word,
                b" ",
            );
            let colon = memchr::memrchr(b':', end)?;
            Some(Endpoint::new(
                Host::parse(&end[..colon])?,
                Some(ports::port(&end[colon + 1..])?),
            ))
        });
        if let (Some(src), Some(dst)) = (ends[0].take(), ends[1].take()) {
            icmp.inner = Some(Inner {
                proto: proto::UDP,
                src,
                dst,
            });
        }
    }
    if has(line.record.text, b"there is no active connection") {
        event.state = State::NoState;
    } else if has(line.record.text, b" connection request ") {
        (event.flags, event.flags_scope) = (Flags(Flags::SYN), FlagsScope::Packet);
    }
    if event.ts.is_missing()
        && let Some(stamp) = long_month(line)
    {
        event.ts = stamp;
    }
    if alarm.is_empty() {
        return;
    }
    event.rule_name = names.id(alarm);
    let is = |word: &[u8]| has(alarm, word);
    let flags = if is(b"SYN/ACK Scan") {
        Flags::SYN | Flags::ACK
    } else if is(b"ACK Scan") || is(b"ACK Flood") {
        Flags::ACK
    } else if is(b"RST Scan") {
        Flags::RST
    } else if is(b"FIN Scan") {
        Flags::FIN
    } else if is(b"SYN Flood") {
        Flags::SYN
    } else {
        0
    };
    if flags != 0 {
        (event.proto, event.flags, event.flags_scope) =
            (proto::TCP, Flags(flags), FlagsScope::Packet);
    } else if is(b"UDP") {
        event.proto = proto::UDP;
    }
    if event.action == Action::Unknown && (is(b"DoS") || is(b"ttack")) {
        event.action = Action::Drop;
    }
}

/// `February 19, 2024 10:15:02`: the reader of times knows short months.
fn long_month(line: &Line<'_>) -> Option<crate::engine::model::Stamp> {
    let text = line.get(Slot::Time);
    let blank = memchr::memchr(b' ', text)?;
    let mut short = text.get(..3)?.to_vec();
    short.extend_from_slice(&text[blank..]);
    crate::engine::source::time::syslog(&short, &line.clock).map(|(stamp, _)| stamp)
}
