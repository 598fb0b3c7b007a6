//! cargowall: what a build machine's outgoing firewall let through or not.
//!
//! Sample   `2024-02-19 10:15:02.046 Connection blocked (mid-stream) src=10.1.0.100:40019 dst=203.0.113.8 dst_ip=203.0.113.8 dst_port=23456 process= pid=0`
//! Fields   the sentence says what was decided; ends by name
//! Quirks   `(mid-stream)`: the packet opened nothing, so its source need not be who asked.
//! Ignored  Processes.
//! Spec     <https://github.com/code-cargo/cargowall>

use super::cells::{Found, Line, Memory, Slot, Textual, has};
use super::{About, Device, Timers};
use crate::engine::model::{Event, Names, State, proto};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static CARGOWALL: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[],
};

static ABOUT: About = About {
    id: "cargowall",
    title: "cargowall (outgoing firewall of build machines)",
    spec: "https://github.com/code-cargo/cargowall",
    example: "2024-02-19 10:15:02.046 Connection blocked (mid-stream) src=10.1.0.100:40019 dst=203.0.113.8 dst_ip=203.0.113.8 dst_port=23456 process= pid=0",
    device: Device {
        name: "cargowall",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    let text = record.text;
    has(text, b"Connection ") && has(text, b" dst_ip=") && has(text, b" src=")
}

const KEYS: [(&str, Slot); 5] = [
    ("src", Slot::Src),
    ("dst_ip", Slot::Dst),
    ("dst_port", Slot::DstPort),
    ("protocol", Slot::Proto),
    ("process", Slot::App),
];

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    let Some(at) = find(text, b"Connection ") else {
        return Found::Foreign;
    };
    line.put(Slot::Time, text[..at].trim_ascii());
    let rest = &text[at + 11..];
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    line.put(Slot::Action, &rest[..end]);
    line.pairs(rest, &KEYS);
    let src = line.get(Slot::Src);
    line.put_end(Slot::Src, src);
    Found::Row
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    if has(line.record.text, b"(mid-stream)") {
        (event.state, event.proto) = (State::NoState, proto::TCP);
    }
}
