//! FortiGate's `diagnose debug flow`: what the unit thinks about one packet, in several lines.
//!
//! Sample   `id=20085 trace_id=101 func=print_pkt_detail line=5824 msg="vd-root:0 received a packet(proto=6, 10.0.0.11:443->203.0.113.45:51515) tun_id=0.0.0.0 from dmz. flag [F.], seq 1, ack 2, win 229"`
//! Fields   the packet in its first line; the decision in later ones of the same trace_id
//! Quirks   `no session matched` is FortiOS's word for a packet of a forgotten connection.
//! Ignored  Routes, sessions made, helpers.
//! Spec     <https://docs.fortinet.com/document/fortigate/7.4.3/administration-guide/54688/debugging-the-packet-flow>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has};
use super::{About, Device, Timers};
use crate::engine::model::{Action, Event, Names, State};
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
}

fn read(line: &mut Line<'_>, memory: &mut Memory) -> Found {
    let text = line.record.text;
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
    let message = line.get(Slot::Message);
    if message.is_empty() {
        return;
    }
    (event.action, event.state) = decision(message);
    let end = memchr::memchr(b'"', message).unwrap_or(message.len());
    event.action_raw = names.id(&message[..end]);
}
