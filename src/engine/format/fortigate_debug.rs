//! FortiGate's `diagnose debug flow`: what the unit thinks about one packet, in several lines.
//!
//! Sample   `id=20085 trace_id=101 func=print_pkt_detail line=5824 msg="vd-root:0 received a packet(proto=6, 10.0.0.11:443->203.0.113.45:51515) tun_id=0.0.0.0 from dmz. flag [F.], seq 1, ack 2, win 229"`
//! Fields   the packet in its first line; the decision in later ones of the same trace_id
//! Quirks   `no session matched` is FortiOS's word for a packet of a forgotten connection.
//! Ignored  Routes, sessions made, helpers.
//! Spec     <https://docs.fortinet.com/document/fortigate/7.4.3/administration-guide/54688/debugging-the-packet-flow>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has};
use super::{About, Device, Timers};
use crate::engine::model::{Action, Event, Init, Kind, Names, State};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static FORTIGATE_DEBUG: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[(
        Slot::Session,
        "trace_id",
        "Lines with the same number are about the same packet.",
    )],
};

static ABOUT: About = About {
    id: "fortigate_debug",
    title: "FortiGate debug flow",
    spec: "https://docs.fortinet.com/document/fortigate/7.4.3/administration-guide/54688/debugging-the-packet-flow",
    example: "id=20085 trace_id=101 func=print_pkt_detail line=5824 msg=\"vd-root:0 received a packet(proto=6, 10.0.0.11:443->203.0.113.45:51515) tun_id=0.0.0.0 from dmz. flag [F.], seq 1, ack 2, win 229\"",
    device: Device {
        name: "FortiGate",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    has(record.text, b"trace_id=") && has(record.text, b" func=")
        || record.text.starts_with(b"session info: proto=")
        || record.text.starts_with(b"hook=") && has(record.text, b" dir=")
}

/// `diagnose sys session list`: the protocol stands on the first line, the ends on the one that tells the way there.
/// `hook=post dir=org act=snat 10.1.1.5:50122->203.0.113.80:443(198.51.100.2:50122)`
fn listed(line: &mut Line<'_>, memory: &mut Memory) -> Found {
    const PROTOCOLS: [&[u8]; 7] = [b"1", b"6", b"17", b"47", b"50", b"58", b"132"];
    let text = line.record.text;
    if let Some(rest) = text.strip_prefix(b"session info: proto=") {
        memory.carry = rest
            .split(|byte| *byte == b' ')
            .next()
            .unwrap_or_default()
            .to_vec();
        return Found::Other;
    }
    let mut words = text.split(|byte| *byte == b' ').skip(1);
    let (way, act, ends) = (words.next(), words.next(), words.next().unwrap_or_default());
    let Some(arrow) = memchr::memmem::find(ends, b"->").filter(|_| way == Some(b"dir=org")) else {
        return Found::Other;
    };
    let known = PROTOCOLS
        .iter()
        .find(|number| **number == memory.carry.as_slice());
    line.put(Slot::Proto, known.copied().unwrap_or_default());
    line.put_end(Slot::Src, &ends[..arrow]);
    let (dst, translated) = ends[arrow + 2..]
        .split_at(memchr::memchr(b'(', &ends[arrow + 2..]).unwrap_or(ends.len() - arrow - 2));
    line.put_end(Slot::Dst, dst);
    let translated = translated
        .strip_prefix(b"(")
        .and_then(|rest| rest.strip_suffix(b")"));
    let side = match act {
        Some(b"act=snat") => Slot::NatSrc,
        Some(b"act=dnat") => Slot::NatDst,
        _ => Slot::Unread,
    };
    if let Some(end) = translated.filter(|_| side != Slot::Unread) {
        line.put_end(side, end);
    }
    line.put(Slot::State, b"listed");
    Found::Row
}

fn read(line: &mut Line<'_>, memory: &mut Memory) -> Found {
    let text = line.record.text;
    if text.starts_with(b"session info:") || text.starts_with(b"hook=") {
        return listed(line, memory);
    }
    let id = after(text, b"trace_id=", b" ");
    let Some(at) = find(text, b"msg=\"") else {
        return Found::Other;
    };
    let message = &text[at + 5..];
    if let Some(at) = find(message, b"packet(proto=") {
        let mut scan = Scan {
            text: message,
            at: at + 13,
        };
        line.put(Slot::Vsys, after(message, b"vd-", b": "));
        line.put(Slot::Proto, scan.until(b",").unwrap_or_default());
        let Some(tuple) = scan.until(b")") else {
            return Found::Other;
        };
        let Some(arrow) = find(tuple, b"->") else {
            return Found::Other;
        };
        line.put_end(Slot::Src, &tuple[..arrow]);
        line.put_end(Slot::Dst, &tuple[arrow + 2..]);
        let rest = scan.rest();
        let interface = after(rest, b"from ", b" \"");
        line.put(
            Slot::InIf,
            interface.strip_suffix(b".").unwrap_or(interface),
        );
        line.put(Slot::IcmpType, after(rest, b"type=", b","));
        line.put(Slot::IcmpCode, after(rest, b"code=", b","));
        line.put(Slot::Flags, after(rest, b"flag [", b"]"));
        line.put(Slot::Seq, after(rest, b"seq ", b",\""));
        line.put(Slot::Unread, id);
        memory.tie = id.to_vec();
        return Found::Row;
    }
    line.put(Slot::Message, message);
    let is_decision = decision(message).0 != Action::Unknown;
    if is_decision && memory.tie == id {
        Found::Again
    } else {
        Found::Other
    }
}

fn decision(message: &[u8]) -> (Action, State) {
    if has(message, b"no session matched") {
        (Action::Drop, State::NoState)
    } else if has(message, b"reverse path check fail") {
        (Action::Drop, State::Spoofed)
    } else if has(message, b"replay packet") || has(message, b"out-of-range") {
        (Action::Drop, State::Invalid)
    } else if has(message, b"Denied by") || has(message, b", drop") || has(message, b"deny") {
        (Action::Drop, State::Unsaid)
    } else if has(message, b"Allowed by") {
        (Action::Allow, State::New)
    } else {
        (Action::Unknown, State::Unsaid)
    }
}

fn finish(line: &Line<'_>, event: &mut Event, names: &mut Names) {
    if line.has(Slot::State) {
        (event.kind, event.init) = (Kind::SessionUpdate, Init::Src);
        event.action = Action::Allow;
        return;
    }
    let message = line.get(Slot::Message);
    if message.is_empty() {
        return;
    }
    (event.action, event.state) = decision(message);
    let end = memchr::memchr(b'"', message).unwrap_or(message.len());
    event.action_raw = names.id(&message[..end]);
}
