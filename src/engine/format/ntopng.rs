//! ntopng: alerts about flows.
//!
//! Sample   `… [Flow: 203.0.113.208:443 192.168.1.100:50847] [TCP] [Application: TLS]`
//! Fields   ends behind `Flow:`, then protocol and application in brackets of their own
//! Quirks   The first end is the client as ntopng sees it, which for flows joined late is a guess.
//! Ignored  Scores.
//! Spec     <https://www.ntop.org/guides/ntopng/alerts/index.html>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has, no_more};
use super::{About, Device, Timers};
use crate::engine::model::{Event, Init, Kind, Names, Reason};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static NTOPNG: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[(
        Slot::Reason,
        "alert",
        "What ntopng finds remarkable. It blocks nothing.",
    )],
};

static ABOUT: About = About {
    id: "ntopng",
    title: "ntopng flow alerts",
    spec: "https://www.ntop.org/guides/ntopng/alerts/index.html",
    example: "Application not allowed by policy [Flow: 203.0.113.208:443 192.168.1.100:50847] [TCP] [Application: TLS]",
    device: Device {
        name: "ntopng",
        stateless: true,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    has(record.text, b"[Flow: ")
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    let Some(at) = find(text, b"[Flow: ") else {
        return Found::Foreign;
    };
    let inner = after(&text[at..], b"[Flow: ", b"]");
    let mut scan = Scan::new(inner);
    line.put_end(Slot::Src, scan.word());
    let mut second = scan.word();
    if matches!(second, b"->" | b"<->" | b"=>") {
        second = scan.word();
    }
    line.put_end(Slot::Dst, second);
    let rest = &text[at + 7 + inner.len()..];
    line.put(Slot::Proto, after(rest, b"] [", b"]"));
    line.put(Slot::App, after(rest, b"[Application: ", b"]"));
    line.put(Slot::Reason, text[..at].trim_ascii());
    if line.has(Slot::Dst) {
        Found::Row
    } else {
        Found::Malformed(Reason::Cut)
    }
}

fn finish(line: &Line<'_>, event: &mut Event, names: &mut Names) {
    no_more(line, event, names);
    event.kind = Kind::SessionUpdate;
    event.action = crate::engine::model::Action::Unknown;
    event.init = Init::Unsaid;
}
