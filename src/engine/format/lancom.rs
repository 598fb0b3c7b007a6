//! LANCOM routers: the firewall's syslog.
//!
//! Sample   `PACKET_ALERT: Dst: 192.168.100.20:80 {web}, Src: 10.0.0.25:5123 {} (TCP): port filter`
//! Fields   destination first, names in braces, protocol, what took the packet
//! Ignored  The lines that tell which actions the filter had.
//! Spec     <https://www.lancom-systems.com/docs/LCOS/Refmanual/EN/topics/firewall.html>

use super::cells::{Found, Line, Memory, Slot, Textual, after, has, no_more};
use super::{About, Device, Timers};
use crate::engine::model::{Action, Event, Names};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static LANCOM: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[(
        Slot::Reason,
        "filter",
        "What took the packet: a port filter, an intrusion check, a limit.",
    )],
};

static ABOUT: About = About {
    id: "lancom",
    title: "LANCOM router",
    spec: "https://www.lancom-systems.com/docs/LCOS/Refmanual/EN/topics/firewall.html",
    example: "PACKET_ALERT: Dst: 192.168.100.20:80 {}, Src: 10.0.0.25:5123 {} (TCP): port filter",
    device: Device {
        name: "LANCOM router",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    has(record.text, b"PACKET_ALERT") || has(record.text, b"PACKET_INFO")
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    let src = after(text, b"Src: ", b" ,");
    let dst = after(text, b"Dst: ", b" ,");
    if src.is_empty() || dst.is_empty() {
        return Found::Other;
    }
    line.put_end(Slot::Src, src);
    line.put_end(Slot::Dst, dst);
    let Some(at) = find(text, b"Src: ") else {
        return Found::Other;
    };
    let rest = &text[at..];
    line.put(Slot::Proto, after(rest, b" (", b"):,"));
    line.put(Slot::Reason, after(rest, b"): ", b"\n"));
    Found::Row
}

fn finish(line: &Line<'_>, event: &mut Event, names: &mut Names) {
    no_more(line, event, names);
    let reason = line.get(Slot::Reason);
    event.action = if has(reason, b"accept") {
        Action::Allow
    } else {
        Action::Drop
    };
    event.action_raw = names.id(reason);
}
