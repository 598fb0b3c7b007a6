//! Cilium's Hubble: flows as `hubble observe` prints them.
//!
//! Sample   `Jun 10 12:50:15.555: default/client:50012 -> default/server:8080 to-endpoint FORWARDED (TCP Flags: SYN)`
//! Fields   ends, the place where the packet was seen, verdict, flags
//! Quirks   `<>`: the tool does not know which end asked; the packet went from left to right.
//!          One packet is printed at every place that it passes. Names may carry their number: `name (ID:123)`.
//! Ignored  Identities.
//! Spec     <https://docs.cilium.io/en/stable/observability/hubble/>

use super::cells::{Found, Line, Memory, Slot, Textual, after, has};
use super::{About, Check, Device, Timers, Topic, plain};
use crate::engine::model::{Event, Names, Reason, proto};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static HUBBLE: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Reason,
            "place",
            "Where in the node the packet was seen, or why it was dropped.",
        ),
        (
            Slot::Action,
            "verdict",
            "FORWARDED went on, DROPPED did not.",
        ),
    ],
};

static ABOUT: About = About {
    id: "hubble",
    title: "Hubble flows (Cilium, Kubernetes)",
    spec: "https://docs.cilium.io/en/stable/observability/hubble/",
    example: "Feb 19 10:15:02.555: default/client-7d4b:50012 -> default/server-85c6:8080 to-endpoint FORWARDED (TCP Flags: SYN)",
    device: Device {
        name: "Cilium",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[Check {
            about: Topic::Rules,
            place: "where kubectl runs",
            command: "hubble observe --verdict DROPPED --follow",
            why: "shows what policies drop, as it happens",
        }],
    },
};

const VERDICTS: [&[u8]; 6] = [
    b" FORWARDED",
    b" DROPPED",
    b" AUDIT",
    b" REDIRECTED",
    b" ERROR",
    b" TRACED",
];

fn verdict(text: &[u8]) -> Option<usize> {
    VERDICTS.iter().find_map(|word| find(text, word))
}

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    let text = record.body;
    (has(text, b" -> ") || has(text, b" <> ") || has(text, b" <- ")) && verdict(text).is_some()
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.text;
    let arrows: [&[u8]; 3] = [b" -> ", b" <> ", b" <- "];
    let Some((at, arrow)) = arrows
        .iter()
        .find_map(|arrow| find(text, arrow).map(|at| (at, arrow)))
    else {
        return Found::Foreign;
    };
    let Some(end) = verdict(text) else {
        return Found::Foreign;
    };
    // The blank before the verdict may be the one behind the arrow.
    if end < at + 4 {
        return Found::Foreign;
    }
    // What stands in front of the ends is a time that nobody took for a header.
    let left = last_end(&text[..at]);
    let (right, rest) = first_end(&text[at + 4..end]);
    if right.is_empty() {
        return Found::Malformed(Reason::Cut);
    }
    let (src, dst) = if *arrow == b" <- " {
        (right, left)
    } else {
        (left, right)
    };
    line.put_end(Slot::Src, src);
    line.put_end(Slot::Dst, dst);
    line.put(Slot::Reason, rest.trim_ascii());
    let word_end = text[end + 1..]
        .iter()
        .position(|byte| *byte == b' ')
        .map_or(text.len(), |offset| end + 1 + offset);
    line.put(Slot::Action, &text[end + 1..word_end]);
    let tail = &text[word_end..];
    line.put(Slot::Flags, after(tail, b"TCP Flags: ", b")"));
    let proto = after(tail, b"(", b" )");
    line.put(
        Slot::Proto,
        if proto.starts_with(b"ICMP")
            || proto.starts_with(b"UDP")
            || proto.starts_with(b"TCP")
            || proto.starts_with(b"SCTP")
        {
            proto
        } else {
            b""
        },
    );
    Found::Row
}

/// The last word, without the remark in brackets behind it: `default/client:50012 (ID:1234)`.
fn last_end(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_end();
    let text = match text
        .strip_suffix(b")")
        .and_then(|inner| memchr::memrchr(b'(', inner))
    {
        Some(open) if open > 0 && text[open - 1] == b' ' => text[..open].trim_ascii_end(),
        _ => text,
    };
    &text[memchr::memrchr(b' ', text).map_or(0, |blank| blank + 1)..]
}

fn first_end(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    let rest = text[end..].trim_ascii_start();
    let rest = match rest.strip_prefix(b"(") {
        Some(_) => &rest[memchr::memchr(b')', rest).map_or(0, |at| at + 1)..],
        None => rest,
    };
    (&text[..end], rest)
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    if line.has(Slot::Flags) {
        event.proto = proto::TCP;
    }
    if line.get(Slot::Action) == b"FORWARDED" {
        event.action = crate::engine::model::Action::Allow;
    }
    event.state = plain::state(line.get(Slot::Reason));
}
