//! Alerts of Snort and Suricata as text: fast, full (several lines), syslog, and CSV.
//!
//! Sample   `02/19-10:15:02.123456 [**] [1:1000101:1] odd packet [**] [Priority: 2] {TCP} 203.0.113.9:51022 -> 192.0.2.20:22`
//! Fields   generator:signature:revision → rule · message · protocol and ends; CSV by place
//! Quirks   The full form has the ends two lines below its title and protocol and flags below these.
//!          An alert is no decision, `[Drop]` is. Flags stand in eight places, stars where they are not set.
//! Ignored  Classification, priority, Ethernet addresses, options.
//! Spec     <https://docs.snort.org/start/alert_logging>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has};
use super::{About, Device, Timers};
use crate::engine::model::{Action, Event, Names, ports};
use crate::engine::source::Record;
use crate::engine::source::csv::{Delimiter, cells};
use crate::engine::source::find::find;
use crate::engine::source::time;

pub static SNORT: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Rule,
            "signature",
            "Number of the pattern that fitted: generator, signature, revision.",
        ),
        (
            Slot::RuleName,
            "message",
            "What the pattern looks for. It may be wrong.",
        ),
    ],
};

static ABOUT: About = About {
    id: "snort",
    title: "Snort and Suricata alerts (fast, full, syslog, CSV)",
    spec: "https://docs.snort.org/start/alert_logging",
    example: "02/19-10:15:02.123456 [**] [1:1000101:1] odd packet [**] [Priority: 2] {TCP} 203.0.113.9:51022 -> 192.0.2.20:22",
    device: Device {
        name: "Snort sensor",
        stateless: true,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[],
    },
};

/// `02/19-10:15:02`, `02/19/24-10:15:02`, `02/19/2024-10:15:02`
fn starts_with_time(text: &[u8]) -> bool {
    text.len() > 14
        && text[2] == b'/'
        && text[0].is_ascii_digit()
        && text[3].is_ascii_digit()
        && memchr::memchr(b'-', &text[5..12]).is_some()
}

fn mine(record: &Record<'_>, memory: &Memory) -> bool {
    let text = record.text;
    if has(text, b"[**]") {
        return true;
    }
    if has(text, b"} ") && has(text, b"[Priority:") && has(text, b" -> ") {
        return true;
    }
    if !memory.carry.is_empty() {
        return true;
    }
    starts_with_time(text) && {
        let comma = memchr::memchr(b',', text);
        comma.is_some_and(|at| at < 30) && memchr::memchr_iter(b',', text).count() >= 9
    }
}

const LABELS: [(&str, Slot); 7] = [
    ("TTL:", Slot::Ttl),
    (" ID:", Slot::IpId),
    ("DgmLen:", Slot::Len),
    ("Seq: ", Slot::Seq),
    ("Type:", Slot::IcmpType),
    ("Code:", Slot::IcmpCode),
    ("  ID:", Slot::IcmpId),
];

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    if starts_with_time(text) {
        let end = text
            .iter()
            .position(|byte| matches!(byte, b' ' | b','))
            .unwrap_or(text.len());
        line.put(Slot::Time, &text[..end]);
    }
    if !has(text, b" -> ") {
        return if starts_with_time(text) && !has(text, b"[**]") {
            row(line, text)
        } else {
            Found::Other
        };
    }
    if starts_with_time(text)
        && memchr::memchr(b',', &text[..text.len().min(30)]).is_some()
        && !has(text, b"[**]")
    {
        return row(line, text);
    }
    let mut scan = Scan::new(text);
    // The signature: three numbers in brackets.
    while let Some(inner) = scan.until(b"[").and_then(|_| scan.until(b"]")) {
        if inner == b"Drop" || inner == b"Block" || inner == b"wDrop" {
            line.put(Slot::Action, inner);
        }
        if memchr::memchr_iter(b':', inner).count() == 2
            && inner.first().is_some_and(u8::is_ascii_digit)
        {
            line.put(Slot::Rule, inner);
            let rest = scan.rest();
            let end = memchr::memchr(b'[', rest).unwrap_or(rest.len());
            line.put(Slot::RuleName, rest[..end].trim_ascii());
            break;
        }
    }
    let rest = scan.rest();
    let Some(arrow) = find(rest, b" -> ") else {
        return Found::Other;
    };
    let src = memchr::memrchr(b' ', &rest[..arrow]).map_or(0, |blank| blank + 1);
    line.put_end(Slot::Src, &rest[src..arrow]);
    let mut scan = Scan {
        text: rest,
        at: arrow + 4,
    };
    line.put_end(Slot::Dst, scan.word());
    let before = &rest[..src];
    if let Some(open) = memchr::memrchr(b'{', before) {
        line.put(Slot::Proto, after(&before[open..], b"{", b"}"));
        // Suricata writes type and code of ICMP where ports stand.
        if line.get(Slot::Proto).ends_with(b"ICMP") && line.has(Slot::SrcPort) {
            line.put(Slot::IcmpType, line.get(Slot::SrcPort));
            line.put(Slot::IcmpCode, line.get(Slot::DstPort));
        }
        return Found::Row;
    }
    // The full form: time before the ends, the packet's header behind them.
    let stamp = before.trim_ascii_end();
    line.put(
        Slot::Time,
        &stamp[memchr::memrchr(b' ', stamp).map_or(0, |blank| blank + 1)..],
    );
    line.put(Slot::Proto, scan.word());
    let tail = scan.rest();
    line.labels(tail, &LABELS, b" ");
    let flags = tail
        .split(|byte| *byte == b' ')
        .find(|word| word.len() == 8 && is_flags(word));
    line.put(Slot::Flags, flags.unwrap_or_default());
    Found::Row
}

fn is_flags(word: &[u8]) -> bool {
    word.iter().all(|byte| {
        matches!(
            byte,
            b'*' | b'1' | b'2' | b'U' | b'A' | b'P' | b'R' | b'S' | b'F' | b'C' | b'E'
        )
    })
}

const COMMON: [(u8, Slot); 6] = [
    (4, Slot::RuleName),
    (5, Slot::Proto),
    (6, Slot::Src),
    (7, Slot::SrcPort),
    (8, Slot::Dst),
    (9, Slot::DstPort),
];

const LONG: [(u8, Slot); 8] = [
    (13, Slot::Flags),
    (14, Slot::Seq),
    (18, Slot::Ttl),
    (20, Slot::IpId),
    (21, Slot::Len),
    (23, Slot::IcmpType),
    (24, Slot::IcmpCode),
    (25, Slot::IcmpId),
];

/// CSV in the order that nobody chose, or in pfSense's.
fn row<'a>(line: &mut Line<'a>, text: &'a [u8]) -> Found {
    let n_cells = memchr::memchr_iter(b',', text).count() + 1;
    let more: &[(u8, Slot)] = if n_cells > 20 {
        &LONG
    } else {
        &[(10, Slot::IpId), (14, Slot::Action)]
    };
    for (index, cell) in cells(text, Delimiter::Byte(b',')).enumerate() {
        if index == 2 {
            line.put(Slot::Rule, cell.raw);
        }
        let known = COMMON
            .iter()
            .chain(more)
            .find(|(place, _)| usize::from(*place) == index);
        if let Some((_, slot)) = known {
            line.put(*slot, cell.raw);
        }
    }
    if ports::decimal(line.get(Slot::Rule)).is_none() {
        return Found::Foreign;
    }
    Found::Row
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    if let Some(stamp) = time::month_first(line.get(Slot::Time), line.clock) {
        event.ts = stamp;
    }
    if event.action == Action::Unknown && has(line.record.text, b"[Drop]") {
        event.action = Action::Drop;
    }
}
