//! Kerio Control (WinRoute): the filter log.
//!
//! Sample   `[19/Feb/2024 10:15:02] DROP "drop invalid" packet from LAN, proto:TCP, len:40, 10.0.0.11:443 -> 203.0.113.45:51515, flags:[ FIN ACK ], seq:1/2 ack:3, win:0, tcplen:0`
//! Fields   decision, rule, way and interface, then `name:value`
//! Quirks   Old versions write `ip/port:` before the ends, and flags without brackets.
//! Ignored  Windows, options.
//! Spec     <https://support.kerio.com/hc/en-us/articles/360015200519>

use super::cells::{Found, Line, Memory, Slot, Textual, after, has};
use super::{About, Check, Device, Timers, Topic};
use crate::engine::model::{Event, Names, Way};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static KERIO: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[],
};

static ABOUT: About = About {
    id: "kerio",
    title: "Kerio Control filter log",
    spec: "https://support.kerio.com/hc/en-us/articles/360015200519",
    example: "[19/Feb/2024 10:15:02] DROP \"drop invalid\" packet from LAN, proto:TCP, len:40, 10.0.0.11:443 -> 203.0.113.45:51515, flags:[ FIN ACK ], seq:1/2 ack:3, win:0, tcplen:0",
    device: Device {
        name: "Kerio Control",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[Check {
            about: Topic::Table,
            place: "Status > Active Connections",
            command: "",
            why: "shows which connections it remembers",
        }],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    let text = record.text;
    has(text, b" proto:") && has(text, b" -> ") && has(text, b" packet ")
}

const LABELS: [(&str, Slot); 5] = [
    (" proto:", Slot::Proto),
    (" len:", Slot::Len),
    (" seq:", Slot::Seq),
    (" type:", Slot::IcmpType),
    (" code:", Slot::IcmpCode),
];

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    let (Some(at), Some(arrow)) = (find(text, b" packet "), find(text, b" -> ")) else {
        return Found::Foreign;
    };
    if let Some(stamp) = text.strip_prefix(b"[") {
        line.put(
            Slot::Time,
            &stamp[..memchr::memchr(b']', stamp).unwrap_or(0)],
        );
    } else {
        line.put(Slot::Time, &text[..at]);
    }
    // Decision, then the rule in quotes.
    let before = text[..at].trim_ascii_end();
    let quote = *before.last().unwrap_or(&b' ');
    let rule = if matches!(quote, b'"' | b'\'') {
        let inner = &before[..before.len() - 1];
        let open = memchr::memrchr(quote, inner).unwrap_or(0);
        line.put(Slot::Rule, &inner[(open + 1).min(inner.len())..]);
        inner[..open].trim_ascii_end()
    } else {
        before
    };
    line.put(
        Slot::Action,
        &rule[memchr::memrchr(b' ', rule).map_or(0, |blank| blank + 1)..],
    );
    let rest = &text[at + 8..];
    let way = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
    line.put(Slot::Way, way);
    line.put(Slot::InIf, after(&rest[way.len()..], b" ", b","));
    line.labels(text, &LABELS, b", /");
    let src = &text[..arrow];
    let src = &src[memchr::memrchr(b' ', src).map_or(0, |blank| blank + 1)..];
    line.put_end(Slot::Src, src.strip_prefix(b"ip/port:").unwrap_or(src));
    let dst = &text[arrow + 4..];
    line.put_end(
        Slot::Dst,
        &dst[..dst
            .iter()
            .position(|byte| matches!(byte, b',' | b' '))
            .unwrap_or(dst.len())],
    );
    let flags = after(text, b" flags:", b",]");
    line.put(
        Slot::Flags,
        flags.strip_prefix(b"[").unwrap_or(flags).trim_ascii(),
    );
    Found::Row
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    (event.way, event.way_basis) = (Way::Unsaid, crate::engine::model::WayBasis::Unsaid);
    if line.get(Slot::Way) == b"to" {
        (event.out_if, event.in_if) = (event.in_if, event.out_if);
    }
}
