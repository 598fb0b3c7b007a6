//! WatchGuard Firebox: traffic lines of Fireware.
//!
//! Sample   `firewall: msg_id="3000-0148" Deny 1-Trusted 0-External 52 tcp 20 63 10.0.0.11 203.0.113.45 443 51515 offset 8 AF 832026162 win 8192 (Unhandled Internal Packet-00)`
//! Fields   action, interfaces, length, protocol, header length, TTL, ends, ports, flags, then `name="value"`, policy
//!          The traffic monitor writes the same in another order: action, ends, service, ports, interfaces, remark.
//! Quirks   Lines of proxies and of ended connections have no length. `Firebox` is the device itself.
//!          The header has the wall clock; the time in brackets has the year.
//! Ignored  Applications' categories, geography, users.
//! Spec     <https://www.watchguard.com/help/docs/fireware/12/en-US/log_catalog/12_10_Log-Catalog.pdf>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has};
use super::{About, Check, Device, Timers, Topic};
use crate::engine::format::plain;
use crate::engine::model::event::Control;
use crate::engine::model::stamp::{DAY, civil, civil_from_days};
use crate::engine::model::{
    Action, Event, IfRole, Init, Kind, Names, Reason, Stamp, StampQuality, State, Way, WayBasis,
    proto,
};
use crate::engine::source::Record;
use crate::engine::source::find::rfind;

pub static WATCHGUARD: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Rule,
            "policy",
            "The policy that decided. \"Unhandled\" means that none matched: blocked by default.",
        ),
        (
            Slot::Message,
            "msg_id",
            "Which kind of line it is: 3000-0148 a packet was let in or refused, 3000-0151 a connection ended.",
        ),
    ],
};

static ABOUT: About = About {
    id: "watchguard",
    title: "WatchGuard Firebox",
    spec: "https://www.watchguard.com/help/docs/fireware/12/en-US/log_catalog/12_10_Log-Catalog.pdf",
    example: "Feb 19 10:15:02 wg1 (2024-02-19T10:15:02) firewall: msg_id=\"3000-0148\" Deny 1-Trusted 0-External 52 tcp 20 63 10.0.0.11 203.0.113.45 443 51515 offset 8 AF 832026162 win 8192 (Unhandled Internal Packet-00)",
    device: Device {
        name: "WatchGuard Firebox",
        stateless: false,
        deny_is_packet: true,
        timers: Timers {
            tcp: &[3600, 3720],
            half_open: &[],
            half_close: &[],
            udp: &[30],
            icmp: &[],
        },
        checks: &[
            Check {
                about: Topic::Timers,
                place: "Setup > Global Settings > Networking",
                command: "",
                why: "shows the TCP connection idle timeout, and whether \"TCP SYN packet and connection state verification\" is on, which refuses packets of forgotten connections",
            },
            Check {
                about: Topic::Table,
                place: "Firebox System Manager > Status Report",
                command: "",
                why: "shows how many connections it keeps",
            },
        ],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    has(record.text, b"msg_id=\"") || unnumbered(record.text).is_some()
}

/// `firewall: Deny 1-Trusted 0-External 40 tcp …`: releases before messages had numbers.
fn unnumbered(text: &[u8]) -> Option<usize> {
    let at = memchr::memmem::find(text, b"firewall: ")? + 10;
    let rest = &text[at..];
    (rest.starts_with(b"Deny ") || rest.starts_with(b"Allow ")).then_some(at)
}

const KEYS: [(&str, Slot); 10] = [
    ("duration", Slot::Seconds),
    ("sent_bytes", Slot::BytesF),
    ("rcvd_bytes", Slot::BytesR),
    ("src_ip_nat", Slot::NatSrc),
    ("src_port_nat", Slot::NatSrcPort),
    ("dst_ip_nat", Slot::NatDst),
    ("dst_port_nat", Slot::NatDstPort),
    ("app_name", Slot::App),
    ("msg", Slot::Reason),
    ("id", Slot::IcmpId),
];

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    let mut scan = Scan::new(text);
    let Some(before) = scan.until(b"msg_id=\"") else {
        let Some(at) = unnumbered(text) else {
            return Found::Foreign;
        };
        scan.at = at;
        return packet(line, scan);
    };
    if let Some(at) = rfind(before, b"(20")
        && let Some(end) = memchr::memchr(b')', &before[at..])
    {
        line.put(Slot::Time, &before[at + 1..at + end]);
    }
    line.put(Slot::Message, scan.until(b"\"").unwrap_or_default());
    if let Some(found) = monitor(line, before, scan.rest()) {
        return found;
    }
    let action = scan.peek();
    if action != b"Allow" && action != b"Deny" {
        let rest = scan.rest();
        return if has(rest, b" attack ") {
            line.put(Slot::Src, after(rest, b" from ", b" ,"));
            line.put(Slot::Dst, after(rest, b" against ", b" ,"));
            Found::Control(Control::RateMeter)
        } else if has(rest, b"Traffic detected from ") {
            line.put(Slot::Src, after(rest, b"Traffic detected from ", b" ,"));
            let end = after(rest, b" to ", b" ,");
            line.put(Slot::Dst, end.strip_suffix(b".").unwrap_or(end));
            let port = after(rest, b" on port ", b" ,");
            line.put(Slot::DstPort, port.strip_suffix(b".").unwrap_or(port));
            line.put(Slot::Action, b"blocked");
            Found::Row
        } else if has(rest, b"Source IP") && has(rest, b"Destination IP") {
            const LABELS: [(&str, Slot); 6] = [
                ("Source IP Address:", Slot::Src),
                ("Source IP:", Slot::Src),
                ("Source Port:", Slot::SrcPort),
                ("Destination IP Address:", Slot::Dst),
                ("Destination IP:", Slot::Dst),
                ("Destination Port:", Slot::DstPort),
            ];
            line.labels(rest, &LABELS, b" ,");
            Found::Row
        } else if has(rest, b"luster") && (has(rest, b"failover") || has(rest, b"master")) {
            Found::Control(Control::Failover)
        } else {
            Found::Other
        };
    }
    packet(line, scan)
}

/// `Deny 1-Trusted 0-External 52 tcp 20 63 a b sport dport …`
fn packet<'a>(line: &mut Line<'a>, mut scan: Scan<'a>) -> Found {
    let text = scan.text;
    line.put(Slot::Action, scan.word());
    // Interfaces are names with blanks at times; the protocol, which an address follows soon, ends them.
    let start = scan.at;
    let (mut n_words, mut end) = (0, start);
    let mut last: &[u8] = b"";
    loop {
        let word = scan.word();
        if word.is_empty() || n_words > 12 {
            return Found::Other;
        }
        let name = word.rsplit(|byte| *byte == b'/').next().unwrap_or(word);
        if n_words > 0
            && proto::parse(name).is_some()
            && !name[0].is_ascii_digit()
            && has_address_soon(scan)
        {
            line.put(Slot::Proto, name);
            break;
        }
        n_words += 1;
        if word.iter().all(u8::is_ascii_digit) {
            last = word;
        } else {
            end = scan.at;
        }
    }
    line.put(Slot::Len, last);
    let places = text[start..end].trim_ascii();
    // `Guest WiFi 0-External`: the second name begins with its number, or is the last word.
    let middle = memchr::memchr_iter(b' ', places)
        .find(|at| matches!(places.get(at + 1..), Some([b'0'..=b'9', rest @ ..]) if rest.iter().take(3).any(|byte| *byte == b'-')))
        .or_else(|| memchr::memrchr(b' ', places))
        .unwrap_or(places.len());
    line.put(Slot::InIf, &places[..middle]);
    line.put(Slot::OutIf, places[middle..].trim_ascii());
    let mut word = scan.word();
    if word.iter().all(u8::is_ascii_digit) {
        line.put(Slot::Ttl, scan.word());
        word = scan.word();
    }
    line.put(Slot::Src, word);
    line.put(Slot::Dst, scan.word());
    let is_number = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_digit);
    if is_number(scan.peek()) {
        let is_icmp = line.get(Slot::Proto).starts_with(b"icmp");
        let (first, second) = if is_icmp {
            (Slot::IcmpType, Slot::IcmpCode)
        } else {
            (Slot::SrcPort, Slot::DstPort)
        };
        line.put(first, scan.word());
        if is_number(scan.peek()) {
            line.put(second, scan.word());
        }
    }
    let rest = scan.rest();
    if scan.peek() == b"offset" {
        scan.word();
        scan.word();
        line.put(Slot::Flags, scan.word());
        line.put(Slot::Seq, scan.word());
    }
    line.pairs(rest, &KEYS);
    // The policy is the last thing in brackets; a remark in brackets may come before.
    let tail = rest.trim_ascii_end();
    if let Some(inner) = tail.strip_suffix(b")")
        && let Some(open) = memchr::memrchr(b'(', inner)
    {
        line.put(Slot::Rule, &inner[open + 1..]);
    }
    if line.get(Slot::Dst).is_empty() {
        Found::Malformed(Reason::Cut)
    } else {
        Found::Row
    }
}

/// `Deny 10.0.0.11 203.0.113.45 https/tcp 443 51515 1-Trusted 0-External Denied 52 63 (Policy-00) … tcp_info="offset 8 AF …"`
fn monitor<'a>(line: &mut Line<'a>, before: &'a [u8], behind: &'a [u8]) -> Option<Found> {
    let action: &[u8] = if has(before, b" Deny ") {
        b" Deny "
    } else {
        b" Allow "
    };
    let mut scan = Scan::new(before);
    line.put(Slot::Time, scan.until(action)?.trim_ascii());
    let (src, dst, service) = (scan.word(), scan.word(), scan.word());
    if !plain::is_address(src) || !plain::is_address(dst) {
        return None;
    }
    line.put(Slot::Action, action.trim_ascii());
    line.put(Slot::Src, src);
    line.put(Slot::Dst, dst);
    let slash = memchr::memrchr(b'/', service)?;
    line.put(Slot::Proto, &service[slash + 1..]);
    let has_ports = scan.peek().iter().all(u8::is_ascii_digit);
    if has_ports && !service.ends_with(b"icmp") {
        line.put(Slot::SrcPort, scan.word());
        line.put(Slot::DstPort, scan.word());
    }
    line.put(Slot::InIf, scan.word());
    line.put(Slot::OutIf, scan.word());
    if let Some(open) = memchr::memrchr(b'(', before)
        && let Some(end) = memchr::memchr(b')', &before[open..])
    {
        line.put(Slot::Rule, &before[open + 1..open + end]);
    }
    let mut packet = Scan::new(behind);
    if packet.until(b"tcp_info=\"offset ").is_some() {
        packet.word();
        line.put(Slot::Flags, packet.word());
        line.put(Slot::Seq, packet.word());
    }
    line.pairs(behind, &KEYS);
    Some(Found::Row)
}

fn has_address_soon(mut scan: Scan<'_>) -> bool {
    for _ in 0..3 {
        let word = scan.word();
        if plain::is_address(word) {
            return true;
        }
        if !word.iter().all(u8::is_ascii_digit) {
            return false;
        }
    }
    false
}

/// The header has the wall clock, the brackets have the year.
fn year(line: &Line<'_>, event: &mut Event) {
    let head = line.record.head.stamp;
    if head.quality != StampQuality::NoYear {
        return;
    }
    let (said, _, _) = civil_from_days(event.ts.micros.div_euclid(DAY));
    let (guessed, month, day) = civil_from_days(head.micros.div_euclid(DAY));
    if let Some(midnight) = civil(
        if line.has(Slot::Time) { said } else { guessed },
        month,
        day,
        0,
        0,
        0,
        0,
    ) {
        let micros = midnight + head.micros.rem_euclid(DAY);
        event.ts = Stamp::new(micros, StampQuality::AssumedZone, head.resolution_us);
    }
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    year(line, event);
    let text = line.record.text;
    if has(text, b"syn checking failed") {
        event.state = State::NoState;
    } else if has(text, b"spoof") {
        event.state = State::Spoofed;
    }
    event.implicit = after(text, b"(Unhandled", b")").len() > 1;
    let itself = |slot: Slot| line.get(slot) == b"Firebox";
    if itself(Slot::OutIf) {
        (event.way, event.out_role) = (Way::LocalIn, IfRole::Local);
    } else if itself(Slot::InIf) {
        (event.way, event.in_role) = (Way::LocalOut, IfRole::Local);
    }
    if event.way != Way::Unsaid {
        event.way_basis = if event.action == Action::Allow {
            WayBasis::InitiatorSide
        } else {
            WayBasis::PacketAtInterface
        };
    }
    if event.action != Action::Allow {
        if has(text, b" virus=") {
            event.alarm(false);
        } else if has(text, b"ProxyD") || has(text, b"ProxyB") {
            event.inspect(false);
        } else if has(text, b"signature_") {
            event.alarm(true);
        }
        return;
    }
    event.init = Init::Src;
    event.kind = if line.has(Slot::Seconds) || line.get(Slot::Message) == b"3000-0151" {
        Kind::SessionEnd
    } else if line.has(Slot::Flags) || line.has(Slot::Len) {
        Kind::SessionStart
    } else {
        Kind::SessionUpdate
    };
}
