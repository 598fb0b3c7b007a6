//! Linux's table of connections: `conntrack -L`, `conntrack -E`, `/proc/net/nf_conntrack`.
//!
//! Sample   `tcp      6 431999 ESTABLISHED src=10.1.1.5 dst=203.0.113.80 sport=50012 dport=443 packets=12 bytes=1188 src=203.0.113.80 dst=192.0.2.1 sport=443 dport=22011 packets=14 bytes=9224 [ASSURED] mark=0 use=1`
//! Fields   state, then ends and counters as asked, then as answered; the second pair shows address translation
//! Quirks   The first `src` sent the first packet the kernel saw; without it having seen the start, a guess.
//! Ignored  Marks, zones, helpers.
//! Spec     <https://conntrack-tools.netfilter.org/manual.html>

use super::cells::{Found, Line, Memory, Slot, Textual, has};
use super::{About, Check, Device, Timers, Topic};
use crate::engine::model::{Action, Event, Init, Kind, Names, Reason, State};
use crate::engine::source::Record;

pub static CONNTRACK: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::State,
            "state",
            "How far the connection has come; UNREPLIED: nobody has answered.",
        ),
        (
            Slot::Message,
            "event",
            "NEW, UPDATE, DESTROY: what happened to the entry.",
        ),
    ],
};

static ABOUT: About = About {
    id: "conntrack",
    title: "Linux connection table (conntrack -L, conntrack -E)",
    spec: "https://conntrack-tools.netfilter.org/manual.html",
    example: "tcp      6 431999 ESTABLISHED src=10.1.1.5 dst=203.0.113.80 sport=50012 dport=443 src=203.0.113.80 dst=192.0.2.1 sport=443 dport=22011 [ASSURED] mark=0 use=1",
    device: Device {
        name: "Linux firewall",
        stateless: false,
        deny_is_packet: true,
        timers: Timers {
            tcp: &[432_000],
            half_open: &[120, 60],
            half_close: &[120, 60, 30, 10],
            udp: &[30, 120],
            icmp: &[30],
        },
        checks: &[Check {
            about: Topic::Table,
            place: "on the Linux machine",
            command: "conntrack -S",
            why: "counts entries that could not be made, and packets that fitted none",
        }],
    },
};

fn second_tuple(text: &[u8]) -> Option<(usize, usize)> {
    let mut found = memchr::memmem::find_iter(text, b"src=");
    Some((found.next()?, found.next()?))
}

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    let text = record.text;
    second_tuple(text).is_some_and(|(first, second)| {
        let between = &text[first..second];
        has(between, b" dst=")
            && (has(between, b" sport=") && has(between, b" dport=")
                || has(between, b" type=")
                || has(between, b" srckey=")
                || has(&text[..first], b"unknown"))
            && !has(&text[..first], b"=")
    })
}

const ASKED: [(&str, Slot); 9] = [
    ("src", Slot::Src),
    ("dst", Slot::Dst),
    ("sport", Slot::SrcPort),
    ("dport", Slot::DstPort),
    ("packets", Slot::PktsF),
    ("bytes", Slot::BytesF),
    ("type", Slot::IcmpType),
    ("code", Slot::IcmpCode),
    ("id", Slot::IcmpId),
];

const ANSWERED: [(&str, Slot); 7] = [
    ("src", Slot::NatDst),
    ("dst", Slot::NatSrc),
    ("sport", Slot::NatDstPort),
    ("dport", Slot::NatSrcPort),
    ("packets", Slot::PktsR),
    ("bytes", Slot::BytesR),
    ("delta-time", Slot::Seconds),
];

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    let Some((first, second)) = second_tuple(text) else {
        return Found::Malformed(Reason::Cut);
    };
    // What answers come from is where the question went; what they go to is how the asking side appears.
    line.pairs(&text[first..second], &ASKED);
    line.pairs(&text[second..], &ANSWERED);
    for word in text[..first].split(u8::is_ascii_whitespace) {
        if !line.has(Slot::Proto)
            && matches!(
                word,
                b"tcp"
                    | b"udp"
                    | b"icmp"
                    | b"icmpv6"
                    | b"sctp"
                    | b"udplite"
                    | b"dccp"
                    | b"gre"
                    | b"unknown"
            )
        {
            line.put(Slot::Proto, word);
        } else if matches!(word, b"[NEW]" | b"[UPDATE]" | b"[DESTROY]") {
            line.put(Slot::Message, word);
        } else if word.len() > 3
            && word
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || *byte == b'_' || byte.is_ascii_digit())
            && word[0].is_ascii_uppercase()
        {
            line.put(Slot::State, word);
        }
    }
    if let Some(end) = text
        .strip_prefix(b"[")
        .and_then(|rest| memchr::memchr(b']', rest))
        && text[1].is_ascii_digit()
    {
        line.put(Slot::Time, &text[1..=end]);
    }
    Found::Row
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    event.init = Init::Src;
    event.kind = match line.get(Slot::Message) {
        b"[NEW]" => Kind::SessionStart,
        b"[DESTROY]" => Kind::SessionEnd,
        _ => Kind::SessionUpdate,
    };
    event.action = match event.kind {
        Kind::SessionStart => Action::Start,
        Kind::SessionEnd => Action::Close,
        // An entry exists because nothing dropped its first packet.
        _ => Action::Allow,
    };
    event.state = if has(line.record.text, b"[UNREPLIED]") || line.get(Slot::State) == b"SYN_SENT" {
        State::New
    } else if line.get(Slot::State) == b"ESTABLISHED" {
        State::Established
    } else {
        State::Unsaid
    };
}
