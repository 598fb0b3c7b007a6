//! ipfw and ipfilter, the older packet filters of FreeBSD, macOS and Solaris; ipchains and ipfwadm of old Linux.
//!
//! Sample   `ipfw: 65500 Deny TCP 203.0.113.9:51022 192.0.2.20:3389 in via em0`
//! Fields   rule, decision, protocol, ends, way, interface; of ipfilter interface, rule, decision letter, ends, flags
//! Quirks   ipfilter says p for passed and b for blocked, and writes ports behind a comma.
//! Ignored  Fragments' offsets.
//! Spec     <https://man.freebsd.org/cgi/man.cgi?ipfw(8)>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has};
use super::{About, Device, Timers};
use crate::engine::model::{Action, Event, Names, Reason, Way};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static IPFW: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[],
};

static ABOUT: About = About {
    id: "ipfw",
    title: "ipfw and ipfilter (FreeBSD, macOS, Solaris)",
    spec: "https://man.freebsd.org/cgi/man.cgi?ipfw(8)",
    example: "Feb 19 10:15:02 bsd1 kernel: ipfw: 65500 Deny TCP 203.0.113.9:51022 192.0.2.20:3389 in via em0",
    device: Device {
        name: "packet filter",
        stateless: false,
        deny_is_packet: true,
        timers: Timers {
            tcp: &[300],
            half_open: &[20],
            half_close: &[1],
            udp: &[10],
            icmp: &[],
        },
        checks: &[],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    let text = record.text;
    has(text, b"ipfw: ") && has(text, b" via ")
        || has(text, b"Packet log: ") && has(text, b" PROTO=")
        || has(text, b"IP fw-") && has(text, b" L=")
        || has(text, b" PR ") && has(text, b" -> ") && has(text, b" len ")
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    let mut scan = Scan::new(text);
    if scan.past(b"Packet log: ") {
        return chain(line, scan);
    }
    if scan.past(b"IP fw-") {
        return admin(line, scan);
    }
    if !scan.past(b"ipfw: ") {
        return ipfilter(line, text);
    }
    let first = scan.word();
    if first.iter().all(u8::is_ascii_digit) {
        line.put(Slot::Rule, first);
        line.put(Slot::Action, scan.word());
    } else {
        line.put(Slot::Action, first);
    }
    let mut word = scan.word();
    // `ICMP:8.0`; before it stand numbers of pipes and the like.
    while !word.is_empty()
        && (word.iter().all(u8::is_ascii_digit)
            || memchr::memchr(b'.', word).is_some() && !word.starts_with(b"ICMP"))
    {
        word = scan.word();
    }
    let end = memchr::memchr(b':', word).unwrap_or(word.len());
    line.put(
        Slot::Proto,
        word[..end]
            .strip_prefix(b"P")
            .filter(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
            .unwrap_or(&word[..end]),
    );
    if let Some(numbers) = word.get(end + 1..)
        && let Some(point) = memchr::memchr(b'.', numbers)
    {
        line.put(Slot::IcmpType, &numbers[..point]);
        line.put(Slot::IcmpCode, &numbers[point + 1..]);
    }
    line.put_end(Slot::Src, scan.word());
    line.put_end(Slot::Dst, scan.word());
    line.put(Slot::Way, scan.word());
    line.put(Slot::InIf, after(text, b" via ", b" "));
    Found::Row
}

/// ipchains: `input DENY eth0 PROTO=6 203.0.113.9:51022 192.0.2.20:23 L=60 S=0x00 I=1 F=0x4000 T=50 SYN (#5)`
fn chain<'a>(line: &mut Line<'a>, mut scan: Scan<'a>) -> Found {
    line.put(Slot::Way, scan.word());
    line.put(Slot::Action, scan.word());
    line.put(Slot::InIf, scan.word());
    let Some(number) = scan.word().strip_prefix(b"PROTO=") else {
        return Found::Foreign;
    };
    line.put(Slot::Proto, number);
    line.put_end(Slot::Src, scan.word());
    line.put_end(Slot::Dst, scan.word());
    if number == b"1" {
        line.put(Slot::IcmpType, line.get(Slot::SrcPort));
        line.put(Slot::IcmpCode, line.get(Slot::DstPort));
    }
    while !scan.peek().is_empty() {
        match scan.word() {
            [b'L', b'=', length @ ..] => line.put(Slot::Len, length),
            b"SYN" => line.put(Slot::Flags, b"SYN"),
            [b'(', b'#', rule @ ..] => {
                line.put(Slot::Rule, rule.strip_suffix(b")").unwrap_or(rule));
            }
            _ => {}
        }
    }
    Found::Row
}

/// ipfwadm: `IP fw-in rej eth0 TCP 203.0.113.9:51022 192.0.2.20:23 L=44 S=0x00 I=1 F=0x0040 T=50`
fn admin<'a>(line: &mut Line<'a>, mut scan: Scan<'a>) -> Found {
    line.put(Slot::Way, scan.word());
    line.put(Slot::Action, scan.word());
    line.put(Slot::InIf, scan.word());
    let name = scan.word();
    line.put(
        Slot::Proto,
        memchr::memchr(b'/', name).map_or(name, |end| &name[..end]),
    );
    line.put_end(Slot::Src, scan.word());
    line.put_end(Slot::Dst, scan.word());
    line.put(
        Slot::Len,
        scan.word().strip_prefix(b"L=").unwrap_or_default(),
    );
    Found::Row
}

/// As ipmon writes them, and their numbers.
const ICMP_WORDS: [(&[u8], &[u8]); 6] = [
    (b"echorep", b"0"),
    (b"unreach", b"3"),
    (b"squench", b"4"),
    (b"redir", b"5"),
    (b"echo", b"8"),
    (b"timex", b"11"),
];

/// `em0 @0:12 b 203.0.113.9,51022 -> 192.0.2.20,22 PR tcp len 20 52 -S IN`
fn ipfilter<'a>(line: &mut Line<'a>, text: &'a [u8]) -> Found {
    let Some(arrow) = find(text, b" -> ") else {
        return Found::Foreign;
    };
    let mut before = text[..arrow].rsplit(|byte| *byte == b' ');
    let src = before.next().unwrap_or_default();
    let action = before.next().unwrap_or_default();
    if !matches!(action, b"p" | b"b" | b"P" | b"B" | b"S" | b"L" | b"n") {
        return Found::Foreign;
    }
    line.put(Slot::Action, action);
    line.put(Slot::Rule, before.next().unwrap_or_default());
    line.put(Slot::InIf, before.next().unwrap_or_default());
    // `2x em0 @0:12 b …`: so many packets like this one.
    let times = before.next().and_then(|word| word.strip_suffix(b"x"));
    line.put(Slot::Repeat, times.unwrap_or_default());
    let mut scan = Scan {
        text,
        at: arrow + 4,
    };
    for (slot, port, end) in [
        (Slot::Src, Slot::SrcPort, src),
        (Slot::Dst, Slot::DstPort, scan.word()),
    ] {
        let comma = memchr::memchr(b',', end).unwrap_or(end.len());
        line.put(slot, &end[..comma]);
        line.put(port, end.get(comma + 1..).unwrap_or_default());
    }
    line.put(Slot::Proto, after(text, b" PR ", b" "));
    if !scan.past(b" len ") {
        return Found::Malformed(Reason::Cut);
    }
    scan.word();
    line.put(Slot::Len, scan.word());
    while !scan.peek().is_empty() {
        let word = scan.word();
        match word {
            b"IN" | b"OUT" => line.put(Slot::Way, word),
            [b'-', flags @ ..] => line.put(Slot::Flags, flags),
            b"icmp" => {
                let numbers = scan.word();
                let slash = memchr::memchr(b'/', numbers).unwrap_or(numbers.len());
                let kind = ICMP_WORDS
                    .iter()
                    .find(|(word, _)| *word == &numbers[..slash]);
                line.put(
                    Slot::IcmpType,
                    kind.map_or(&numbers[..slash], |(_, number)| number),
                );
                line.put(Slot::IcmpCode, numbers.get(slash + 1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    Found::Row
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    event.action = match line.get(Slot::Action) {
        b"p" | b"P" | b"acc" => Action::Allow,
        b"b" | b"B" => Action::Drop,
        b"Unreach" | b"Reset" | b"rej" => Action::Reject,
        _ => event.action,
    };
    if event.way == Way::Out {
        (event.out_if, event.in_if) = (event.in_if, event.out_if);
    }
}
