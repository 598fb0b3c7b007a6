//! Alerts of Snort and Suricata as text: fast, full (several lines), syslog, CSV, and the JSON of Snort 3.
//!
//! Sample   `02/19-10:15:02.123456 [**] [1:1000101:1] odd packet [**] [Priority: 2] {TCP} 203.0.113.9:51022 -> 192.0.2.20:22`
//! Fields   generator:signature:revision → rule · message · protocol and ends; CSV by place
//! Quirks   The full form has the ends two lines below its title and protocol and flags below these.
//!          An alert is no decision, `[Drop]` is, `would_drop` is not. Flags stand in eight places, stars where they are not set.
//! Ignored  Classification, priority, Ethernet addresses, options.
//! Spec     <https://docs.snort.org/start/alert_logging>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has, json_values};
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
    title: "Snort and Suricata alerts (fast, full, syslog, CSV, JSON)",
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
    if text.first() == Some(&b'{') {
        return has(text, b"\"src_ap\"")
            || has(text, b"\"src_addr\"")
                && has(text, b"\"dst_addr\"")
                && (has(text, b"\"rule\"") || has(text, b"\"sid\""));
    }
    if has(text, b"} ") && has(text, b"->") && signature(text).is_some() {
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

/// `1:2010937:3` out of the first brackets that hold three numbers, and what stands behind these brackets.
fn signature(text: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr::memchr_iter(b'[', text).find_map(|open| {
        let close = memchr::memchr(b']', &text[open..])?;
        let inner = &text[open + 1..open + close];
        let is_number = |part: &[u8]| ports::decimal(part).is_some();
        let mut parts = inner.split(|byte| *byte == b':');
        let is_signature = inner.first().is_some_and(u8::is_ascii_digit)
            && (0..3).all(|_| parts.next().is_some_and(is_number))
            && parts.next().is_none();
        is_signature.then(|| (inner, &text[open + close + 1..]))
    })
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
    if text.first() == Some(&b'{') {
        return object(line, text);
    }
    let is_row = starts_with_time(text)
        && !has(text, b"[**]")
        && memchr::memchr(b',', &text[..text.len().min(30)]).is_some();
    if is_row {
        return row(line, text);
    }
    let Some((rule, rest)) = signature(text) else {
        return Found::Other;
    };
    for word in [&b"[Drop]"[..], b"[Block]", b"[wDrop]"] {
        if has(&text[..text.len() - rest.len()], word) {
            line.put(Slot::Action, &word[1..word.len() - 1]);
        }
    }
    line.put(Slot::Rule, rule);
    let end = memchr::memchr2(b'[', b'{', rest).unwrap_or(rest.len());
    line.put(Slot::RuleName, rest[..end].trim_ascii());
    // The arrow stands between blanks; where a management centre wrote the line, it does not.
    let Some((arrow, behind)) = find(rest, b" -> ")
        .map(|at| (at, at + 4))
        .or_else(|| find(rest, b"->").map(|at| (at, at + 2)))
    else {
        return Found::Other;
    };
    // `203.0.113.9:51022 (unknown)->`
    let left = rest[..arrow]
        .strip_suffix(b")")
        .and_then(|left| left.iter().rposition(|byte| *byte == b'('))
        .map_or(&rest[..arrow], |open| rest[..open].trim_ascii_end());
    let src = memchr::memrchr(b' ', left).map_or(0, |blank| blank + 1);
    line.put_end(Slot::Src, &left[src..]);
    let mut scan = Scan {
        text: rest,
        at: behind,
    };
    line.put_end(Slot::Dst, scan.word());
    let before = &rest[..src];
    if let Some(open) = memchr::memrchr(b'{', before) {
        let name = after(&before[open..], b"{", b"}");
        line.put(Slot::Proto, name.strip_prefix(b"PROTO:").unwrap_or(name));
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

/// What Snort 3 writes where nobody chose: both ends with their ports, the signature, what became of the packet.
const SHORT: [(u8, Slot); 5] = [
    (2, Slot::Proto),
    (6, Slot::Src),
    (7, Slot::Dst),
    (8, Slot::Rule),
    (9, Slot::Action),
];

const NAMES: [(&[u8], Slot); 17] = [
    (b"timestamp", Slot::Time),
    (b"proto", Slot::Proto),
    (b"src_ap", Slot::Src),
    (b"dst_ap", Slot::Dst),
    (b"src_addr", Slot::Src),
    (b"dst_addr", Slot::Dst),
    (b"src_port", Slot::SrcPort),
    (b"dst_port", Slot::DstPort),
    (b"rule", Slot::Rule),
    (b"sid", Slot::Rule),
    (b"msg", Slot::RuleName),
    (b"action", Slot::Action),
    (b"tcp_flags", Slot::Flags),
    (b"ttl", Slot::Ttl),
    (b"icmp_type", Slot::IcmpType),
    (b"icmp_code", Slot::IcmpCode),
    (b"iface", Slot::InIf),
];

/// `{ "timestamp" : "02/19-10:15:02.123456", …, "src_ap" : "203.0.113.9:51022", "action" : "would_drop" }`
fn object<'a>(line: &mut Line<'a>, text: &'a [u8]) -> Found {
    json_values(text, &mut |key, value| {
        let Some((_, slot)) = NAMES.iter().find(|(name, _)| *name == key) else {
            return;
        };
        match slot {
            Slot::Src | Slot::Dst => line.put_end(*slot, value),
            _ => line.put(*slot, value),
        }
    });
    Found::Row
}

/// CSV in the order that nobody chose, or in pfSense's.
fn row<'a>(line: &mut Line<'a>, text: &'a [u8]) -> Found {
    let n_cells = memchr::memchr_iter(b',', text).count() + 1;
    let more: &[(u8, Slot)] = if n_cells > 20 {
        &LONG
    } else {
        &[(10, Slot::IpId), (14, Slot::Action)]
    };
    let is_short = n_cells == 10 && {
        let third = cells(text, Delimiter::Byte(b',')).nth(2);
        third.is_some_and(|cell| ports::decimal(cell.raw.trim_ascii()).is_none())
    };
    if is_short {
        for (index, cell) in cells(text, Delimiter::Byte(b',')).enumerate() {
            let known = SHORT.iter().find(|(place, _)| usize::from(*place) == index);
            match known {
                Some((_, slot @ (Slot::Src | Slot::Dst))) => line.put_end(*slot, cell.raw),
                Some((_, slot)) => line.put(*slot, cell.raw.trim_ascii()),
                None => {}
            }
        }
        let is_signed = memchr::memchr_iter(b':', line.get(Slot::Rule)).count() == 2;
        return if is_signed {
            Found::Row
        } else {
            Found::Foreign
        };
    }
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
    let word = line.get(Slot::Action);
    if word.starts_with(b"would_") || word.starts_with(b"cant_") {
        event.action = Action::Unknown;
    }
    // What is dropped by other generators than the texts of rules was no part of a connection, or broke it.
    let rule = line.get(Slot::Rule);
    let is_text = rule.starts_with(b"1:") || ports::decimal(rule).is_some();
    if is_text || !event.action.is_denied() {
        event.alarm(true);
    }
}
