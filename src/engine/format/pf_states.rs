//! pf's table of states, as `pfctl -ss` prints it.
//!
//! Sample   `all tcp 192.0.2.1:22011 (10.1.1.5:50012) -> 203.0.113.80:443       ESTABLISHED:ESTABLISHED`
//! Fields   interface, protocol, ends, states of both
//! Quirks   `->` was opened by the left end, `<-` by the right one. In brackets the address behind a translation.
//!          With -v, counters follow in lines of their own; they belong to the state above.
//! Ignored  Sequence numbers, age.
//! Spec     <https://man.openbsd.org/pfctl>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has, no_more};
use super::{About, Device, Timers};
use crate::engine::model::{Action, Event, Init, Kind, Names, Reason, State, proto};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static PF_STATES: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Src,
            "opened by",
            "The side that opened the connection: the arrow comes from it.",
        ),
        (Slot::Dst, "opened to", "The side that was asked."),
        (
            Slot::State,
            "states",
            "How far each side has come; MULTIPLE, SINGLE and NO_TRAFFIC count packets of UDP and ICMP.",
        ),
    ],
};

static ABOUT: About = About {
    id: "pf_states",
    title: "pf state table (pfctl -ss)",
    spec: "https://man.openbsd.org/pfctl",
    example: "all tcp 192.0.2.1:22011 (10.1.1.5:50012) -> 203.0.113.80:443       ESTABLISHED:ESTABLISHED",
    device: Device {
        name: "pf firewall",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[],
    },
};

/// `ESTABLISHED:FIN_WAIT_2`, `0:0`: the last word.
fn is_states(word: &[u8]) -> bool {
    let part = |part: &[u8]| {
        !part.is_empty()
            && part
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
    };
    memchr::memchr(b':', word).is_some_and(|at| part(&word[..at]) && part(&word[at + 1..]))
}

fn is_counters(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.starts_with(b"age ") && has(text, b"expires in ")
        || text.starts_with(b"[") && has(text, b" + ") && has(text, b"]")
        || text.starts_with(b"id: ") && has(text, b"creatorid: ")
}

fn mine(record: &Record<'_>, memory: &Memory) -> bool {
    let text = record.text;
    if !memory.tie.is_empty() && is_counters(text) {
        return true;
    }
    let mut scan = Scan::new(text);
    scan.word();
    let name = scan.word();
    !name.is_empty()
        && name[0].is_ascii_lowercase()
        && proto::parse(name).is_some()
        && (has(text, b" -> ") || has(text, b" <- "))
        && text.split(|byte| *byte == b' ').skip(4).any(is_states)
}

fn read(line: &mut Line<'_>, memory: &mut Memory) -> Found {
    let text = line.record.text;
    if is_counters(text) {
        return Found::Other;
    }
    let mut scan = Scan::new(text);
    let interface = scan.word();
    // Counters belong to the row before them.
    memory.tie.clear();
    memory.tie.extend_from_slice(interface);
    line.put(
        Slot::InIf,
        if interface == b"all" { b"" } else { interface },
    );
    line.put(Slot::Proto, scan.word());
    let mut sides: [[&[u8]; 2]; 2] = [[b""; 2]; 2];
    let (mut side, mut is_left) = (0, false);
    loop {
        let word = scan.word();
        match word {
            b"" => break,
            b"->" | b"<-" => {
                is_left = word == b"<-";
                side = 1;
            }
            _ if side == 1 && !sides[1][0].is_empty() && is_states(word) => {
                line.put(Slot::State, word);
                counters(line, scan.rest());
                break;
            }
            _ => match word
                .strip_prefix(b"(")
                .and_then(|word| word.strip_suffix(b")"))
            {
                Some(inner) => sides[side][1] = inner,
                None if sides[side][0].is_empty() => sides[side][0] = word,
                None => return Found::Foreign,
            },
        }
    }
    if side == 0 || sides[0][0].is_empty() || sides[1][0].is_empty() {
        return Found::Malformed(Reason::BadSyntax);
    }
    let [left, right] = sides;
    let (from, to) = if is_left {
        (right, left)
    } else {
        (left, right)
    };
    // Behind a translated source stands the machine itself; before a redirected destination what was asked for.
    if from[1].is_empty() {
        line.put_end(Slot::Src, from[0]);
    } else {
        line.put_end(Slot::Src, from[1]);
        line.put_end(Slot::NatSrc, from[0]);
    }
    if to[1].is_empty() {
        line.put_end(Slot::Dst, to[0]);
    } else {
        line.put_end(Slot::Dst, to[1]);
        line.put_end(Slot::NatDst, to[0]);
    }
    Found::Row
}

/// `age 00:45:10, expires in 24:00:00, 120:140 pkts, 11880:92240 bytes, rule 113`: the opening side's first.
fn counters<'a>(line: &mut Line<'a>, text: &'a [u8]) {
    line.put(Slot::Seconds, after(text, b"age ", b","));
    line.put(Slot::Rule, after(text, b", rule ", b", "));
    for (label, forth, back) in [
        (&b" pkts"[..], Slot::PktsF, Slot::PktsR),
        (b" bytes", Slot::BytesF, Slot::BytesR),
    ] {
        let Some(at) = find(text, label) else {
            continue;
        };
        let pair = text[..at]
            .rsplit(|byte| *byte == b' ')
            .next()
            .unwrap_or_default();
        if let Some(colon) = memchr::memchr(b':', pair) {
            line.put(forth, &pair[..colon]);
            line.put(back, &pair[colon + 1..]);
        }
    }
}

fn finish(line: &Line<'_>, event: &mut Event, names: &mut Names) {
    no_more(line, event, names);
    event.kind = Kind::SessionUpdate;
    // A state exists because a rule let its first packet pass.
    event.action = Action::Allow;
    event.init = Init::Src;
    event.state = match line.get(Slot::State) {
        b"ESTABLISHED:ESTABLISHED" => State::Established,
        states if states.starts_with(b"SYN_SENT") || states.ends_with(b"SYN_SENT") => State::New,
        _ => State::Unsaid,
    };
}
