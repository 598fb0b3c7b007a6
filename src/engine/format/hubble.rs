//! Cilium's Hubble: flows as `hubble observe` prints them, in words or as JSON (`-o json`), and what `cilium monitor`
//! prints.
//!
//! Sample   `Jun 10 12:50:15.555: default/client:50012 -> default/server:8080 to-endpoint FORWARDED (TCP Flags: SYN)`
//!          `{"flow":{"verdict":"DROPPED","IP":{"source":"10.0.0.1",…},"l4":{"TCP":{"source_port":50012,…}},…},"time":"…"}`
//! Fields   ends, the place where the packet was seen, verdict, flags
//! Quirks   `<>`: the tool does not know which end asked; the packet went from left to right.
//!          `is_reply` of a packet that was dropped is often false because nobody looked.
//!          One packet is printed at every place that it passes. Names may carry their number: `name (ID:123)`.
//! Ignored  Identities.
//! Spec     <https://docs.cilium.io/en/stable/observability/hubble/>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has};
use super::dialect::{Dialect, Draft, Role, Shape, Spec, is_json};
use super::{About, Check, Device, Timers, Topic, plain};
use crate::engine::model::{
    Action, Event, Flags, FlagsScope, Icmp, Init, Kind, Names, Reason, WayBasis, ports, proto,
};
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
    device: DEVICE,
};

const DEVICE: Device = Device {
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
};

pub static HUBBLE_JSON: Dialect = Dialect(&Spec {
    about: About {
        id: "hubble_json",
        title: "Hubble flows as JSON (Cilium, Kubernetes)",
        spec: "https://docs.cilium.io/en/stable/_api/v1/flow/README/",
        example: "{\"flow\":{\"time\":\"2024-02-19T10:15:02.555Z\",\"verdict\":\"DROPPED\",\"IP\":{\"source\":\"10.0.14.100\",\"destination\":\"10.0.2.7\",\"ipVersion\":\"IPv4\"},\"l4\":{\"TCP\":{\"source_port\":50006,\"destination_port\":8080,\"flags\":{\"SYN\":true}}},\"node_name\":\"node-1\",\"traffic_direction\":\"INGRESS\",\"drop_reason_desc\":\"POLICY_DENIED\",\"is_reply\":false},\"node_name\":\"node-1\",\"time\":\"2024-02-19T10:15:02.555Z\"}",
        device: DEVICE,
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record)
            && record.has(b"\"verdict\"")
            && record.has(b"\"l4\"")
            && record.has(b"\"IP\"")
    },
    fields: &[
        (Role::Time, "time"),
        (Role::Src, "IP.source"),
        (Role::Dst, "IP.destination"),
        (Role::SrcPort, "source_port"),
        (Role::DstPort, "destination_port"),
        (Role::IcmpType, "ICMPv4.type ICMPv6.type"),
        (Role::IcmpCode, "ICMPv4.code ICMPv6.code"),
        (Role::Action, "verdict"),
        (Role::Reason, "drop_reason_desc"),
        (Role::Way, "traffic_direction"),
        (Role::Device, "node_name"),
        (Role::Own1, "is_reply"),
    ],
    tune,
});

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    const TRANSPORTS: [(&str, u8); 5] = [
        ("TCP", proto::TCP),
        ("UDP", proto::UDP),
        ("SCTP", proto::SCTP),
        ("ICMPv4", proto::ICMP),
        ("ICMPv6", proto::ICMP6),
    ];
    const FLAGS: [&str; 8] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
    let number = TRANSPORTS
        .iter()
        .find(|(name, _)| draft.says_anywhere(&format!("\"{name}\":")))
        .map_or(proto::UNKNOWN, |(_, number)| *number);
    let byte = |role: Role| {
        let value = draft.get(role).and_then(ports::decimal);
        value.and_then(|number| u8::try_from(number).ok())
    };
    let icmp = byte(Role::IcmpType).map(|kind| Icmp {
        kind,
        code: byte(Role::IcmpCode).unwrap_or(0),
        id: None,
        inner: None,
    });
    let set = FLAGS
        .into_iter()
        .filter(|name| draft.named(name) == Some(b"true"));
    let bits = set.filter_map(|name| Flags::from_word(name.as_bytes()));
    let flags = Flags(bits.fold(0, |all, bit| all | bit));
    let is_reply = draft.word(Role::Own1);
    let action = match draft.word(Role::Action) {
        b"FORWARDED" | b"REDIRECTED" | b"TRANSLATED" => Action::Allow,
        b"DROPPED" => Action::Drop,
        _ => Action::Unknown,
    };
    let state = plain::state(draft.word(Role::Reason));
    let event = &mut draft.event;
    (event.proto, event.action, event.kind) = (number, action, Kind::Packet);
    if matches!(number, proto::ICMP | proto::ICMP6) {
        event.icmp = icmp;
    }
    if number == proto::TCP && flags.0 != 0 {
        (event.flags, event.flags_scope) = (flags, FlagsScope::Packet);
    }
    event.init = match (is_reply, action) {
        (b"true", _) => Init::Dst,
        (b"false", Action::Allow) => Init::Src,
        _ => Init::Unsaid,
    };
    event.state = state;
    event.way_basis = WayBasis::NicSide;
    true
}

/// Of a flow, then of a policy asked about one.
const VERDICTS: [&[u8]; 8] = [
    b" FORWARDED",
    b" DROPPED",
    b" AUDIT",
    b" REDIRECTED",
    b" ERROR",
    b" TRACED",
    b" ALLOWED",
    b" DENIED",
];

fn verdict(text: &[u8]) -> Option<usize> {
    VERDICTS.iter().find_map(|word| find(text, word))
}

/// What the agent's monitor prints: `xx drop (Policy denied) flow 0x7d57 to endpoint 35, identity 1->2: A -> B tcp SYN`.
/// Nothing but the ends, the protocol and its flags stands behind the last arrow.
fn monitored(text: &[u8]) -> Option<(&[u8], Scan<'_>)> {
    if !has(text, b" flow 0x") && !has(text, b"xx drop (") {
        return None;
    }
    let arrow = memchr::memmem::rfind(text, b" -> ")?;
    let (before, behind) = (&text[..arrow], Scan::new(&text[arrow + 4..]));
    let src = &before[memchr::memrchr(b' ', before)? + 1..];
    let mut rest = behind;
    (!rest.word().is_empty() && !rest.word().is_empty()).then_some((src, behind))
}

/// Forwarded, unless the line says otherwise.
fn monitor<'a>(line: &mut Line<'a>, src: &'a [u8], mut behind: Scan<'a>) -> Found {
    let text = line.record.text;
    line.put_end(Slot::Src, src);
    line.put_end(Slot::Dst, behind.word());
    let word = behind.word();
    line.put(
        Slot::Proto,
        word.get(..4)
            .filter(|word| *word == b"Echo")
            .map_or(word, |_| b"icmp"),
    );
    line.put(
        Slot::Flags,
        behind
            .rest()
            .trim_ascii()
            .strip_suffix(b"\"")
            .unwrap_or(behind.rest()),
    );
    line.put(Slot::Reason, after(text, b"xx drop (", b")"));
    line.put(
        Slot::Action,
        match after(text, b" action ", b" ,") {
            b"" if has(text, b"xx drop") => b"DROPPED",
            b"" | b"redirect" => b"FORWARDED",
            word => word,
        },
    );
    Found::Row
}

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    let text = record.body;
    let is_flow = has(text, b" -> ") || has(text, b" <> ") || has(text, b" <- ");
    is_flow && (verdict(text).is_some() || monitored(record.text).is_some())
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
        let monitored = monitored(line.record.text);
        return monitored.map_or(Found::Foreign, |(src, behind)| monitor(line, src, behind));
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
    if line.has(Slot::Flags) && event.proto == proto::UNKNOWN {
        event.proto = proto::TCP;
    }
    if line.get(Slot::Action) == b"FORWARDED" {
        event.action = crate::engine::model::Action::Allow;
    }
    event.state = plain::state(line.get(Slot::Reason));
}
