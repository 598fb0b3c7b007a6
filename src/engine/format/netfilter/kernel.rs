//! Lines of the kernel that carry no packet but explain packets: a full table, suppressed lines, a start.

use super::prefix;
use crate::engine::format::{Parsed, Sink};
use crate::engine::model::event::Control;
use crate::engine::model::{
    Action, Endpoint, Event, Host, Kind, Names, State, Way, WayBasis, ports,
};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub(super) fn line(record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
    if !is_kernel(record) {
        return Parsed::Foreign;
    }
    // The name of the table can have been taken for a program's.
    let body = record.text;
    let has = |words: &[u8]| find(body, words).is_some();
    let mut event = Event {
        ts: record.head.stamp,
        ..Event::default()
    };
    if event.ts.is_missing() {
        event.ts = prefix::stamp(record.text);
    }
    if has(b"conntrack: table full") {
        (event.kind, event.control) = (Kind::Control, Control::TableFull);
    } else if has(b" callbacks suppressed") || has(b" messages suppressed") {
        (event.kind, event.control) = (Kind::Gap, Control::LinesMissing);
        event.repeat = suppressed(body).unwrap_or(1).max(1);
    } else if has(b"Linux version ") {
        (event.kind, event.control) = (Kind::Control, Control::Restart);
    } else if has(b"SYN flooding on port") {
        (event.kind, event.control) = (Kind::Control, Control::RateMeter);
    } else if let Some(at) = find(body, b"martian ") {
        if martian(&body[at..], &mut event, names).is_none() {
            return Parsed::Foreign;
        }
    } else if has(b"ll header: ") {
        // The frame of the martian packet above it.
        return Parsed::Other;
    } else {
        return Parsed::Foreign;
    }
    event.device = names.id(record.head.host);
    sink.push(event)
}

fn is_kernel(record: &Record<'_>) -> bool {
    [
        &b"kernel"[..],
        b"nf_conntrack",
        b"ip_conntrack",
        b"net_ratelimit",
    ]
    .contains(&record.head.tag)
        || matches!(record.body.first(), Some(b'['))
        || [
            &b"kernel:"[..],
            b"nf_conntrack:",
            b"ip_conntrack:",
            b"net_ratelimit:",
            b"IPv4: martian",
            b"martian source ",
            b"martian destination ",
            b"ll header: ",
        ]
        .iter()
        .any(|start| record.body.starts_with(start))
}

/// `net_ratelimit: 45 callbacks suppressed`.
fn suppressed(body: &[u8]) -> Option<u32> {
    let at =
        find(body, b" callbacks suppressed").or_else(|| find(body, b" messages suppressed"))?;
    let digits = body[..at].rsplit(|byte| !byte.is_ascii_digit()).next()?;
    ports::decimal(digits).and_then(|number| u32::try_from(number).ok())
}

/// `martian source 192.0.2.10 from 10.0.0.5, on dev eth0`: the receiver comes first. Newer kernels write
/// `martian source (src=10.0.0.5, dst=192.0.2.10, dev=eth0)`.
fn martian(text: &[u8], event: &mut Event, names: &mut Names) -> Option<()> {
    let mut words = text
        .split(|byte| matches!(byte, b' ' | b',' | b'(' | b')'))
        .filter(|word| !word.is_empty());
    if !matches!(words.nth(1)?, b"source" | b"destination") {
        return None;
    }
    let first = words.next()?;
    let (src, dst, device) = if let Some(src) = first.strip_prefix(b"src=") {
        (
            src,
            words.next()?.strip_prefix(b"dst=")?,
            words.next()?.strip_prefix(b"dev=")?,
        )
    } else {
        if words.next()? != b"from" {
            return None;
        }
        let src = words.next()?;
        (
            src,
            first,
            words
                .find(|word| *word == b"dev")
                .and_then(|_| words.next())?,
        )
    };
    event.kind = Kind::Packet;
    event.src = Endpoint::new(Host::read(src, names), None);
    event.dst = Endpoint::new(Host::read(dst, names), None);
    event.action = Action::Drop;
    event.state = State::Spoofed;
    event.in_if = names.id(device);
    event.way = Way::In;
    event.way_basis = WayBasis::PacketAtInterface;
    Some(())
}
