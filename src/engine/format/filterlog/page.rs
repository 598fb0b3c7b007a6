//! A row copied from the firewall's web page: mark, time, interface, rule, source, destination, protocol.
//!
//! `✖ Feb 19 10:15:02 WAN Default deny rule IPv4 (1000000103) 203.0.113.80:443 192.0.2.10:51515 TCP:FA`.
//! OPNsense's live view has the columns in another order: `LAN 2024-02-19T10:15:02 10.0.0.11:443 203.0.113.45:51515 tcp
//! Default deny / state violation rule`.
//! The mark is a picture on newer pages and does not survive copying; then only the default rule tells the action.

use super::csv::is_default_rule;
use crate::engine::format::plain;
use crate::engine::model::{
    Action, Endpoint, Event, Flags, FlagsScope, Host, Kind, Names, Reason, State, Way, WayBasis,
    ports, proto,
};
use crate::engine::source::{Clock, Record, header, time};

const BLOCKED: [&str; 6] = ["✖", "✗", "✘", "❌", "×", "⛔"];
const PASSED: [&str; 4] = ["✔", "✓", "✅", "▶"];

/// The parts of a row, each a part of the line.
pub(super) struct Row<'a> {
    pub mark: &'a [u8],
    /// These two only where they do not stand as in a line of syslog.
    pub interface: &'a [u8],
    pub stamp: &'a [u8],
    pub action: Action,
    pub rule_name: &'a [u8],
    pub tracker: &'a [u8],
    pub src: &'a [u8],
    pub dst: &'a [u8],
    pub protocol: &'a [u8],
    pub flags: Option<&'a [u8]>,
}

pub(super) fn row(
    record: &Record<'_>,
    clock: Clock,
    names: &mut Names,
) -> Option<Result<Event, Reason>> {
    let row = Row::find(record.text)?;
    Some(event(
        &row,
        &header::split(without_mark(record.text).1, &clock),
        names,
    ))
}

/// Mark and the rest.
pub(super) fn without_mark(text: &[u8]) -> (&[u8], &[u8]) {
    let text = text.trim_ascii_start();
    for mark in BLOCKED.iter().chain(PASSED.iter()) {
        if let Some(rest) = text.strip_prefix(mark.as_bytes()) {
            // Emoji style is a letter of its own.
            let rest = rest.strip_prefix("\u{fe0f}".as_bytes()).unwrap_or(rest);
            return (&text[..mark.len()], rest.trim_ascii_start());
        }
    }
    (b"", text)
}

impl<'a> Row<'a> {
    pub fn find(text: &'a [u8]) -> Option<Row<'a>> {
        Row::numbered(text)
            .or_else(|| Row::live(text))
            .or_else(|| Row::plain(text))
    }

    /// Older pages have no column for the rule; two ends and `TCP:FA` are theirs alone.
    fn plain(text: &'a [u8]) -> Option<Row<'a>> {
        let last_word = |text: &'a [u8]| {
            let text = text.trim_ascii_end();
            let start = text.iter().rposition(u8::is_ascii_whitespace)? + 1;
            Some((&text[..start], &text[start..]))
        };
        let (text, last) = last_word(text)?;
        let flags = last.strip_prefix(b"TCP:")?;
        let (text, dst) = last_word(text)?;
        let (text, src) = last_word(text)?;
        let (mark, rest) = without_mark(text);
        if !is_end(src) || !is_end(dst) || Flags::from_letters(flags).is_none() || rest.len() > 40 {
            return None;
        }
        let is = |marks: &[&str]| marks.iter().any(|known| known.as_bytes() == mark);
        Some(Row {
            mark,
            interface: b"",
            stamp: b"",
            // What is let through is only written down where it opens.
            action: match (is(&BLOCKED) || flags != b"S", is(&PASSED)) {
                (_, true) => Action::Allow,
                (true, _) => Action::Drop,
                _ => Action::Unknown,
            },
            rule_name: b"",
            tracker: b"",
            src,
            dst,
            protocol: b"TCP",
            flags: Some(flags),
        })
    }

    /// OPNsense's live view: interface, perhaps an arrow, time, source, destination, protocol, the rule's label.
    /// The decision is a colour that is lost in copying, but the rule that nobody wrote says it.
    fn live(text: &'a [u8]) -> Option<Row<'a>> {
        let is_gap = |byte: &u8| matches!(byte, b' ' | b'\t');
        let (mark, rest) = without_mark(text);
        let mut at = text.len() - rest.len();
        let mut next = || {
            let start = at
                + text
                    .get(at..)?
                    .iter()
                    .take_while(|byte| is_gap(byte))
                    .count();
            let n_word = text
                .get(start..)?
                .iter()
                .take_while(|byte| !is_gap(byte))
                .count();
            at = start + n_word;
            (n_word > 0).then(|| (&text[start..at], at))
        };
        let (interface, _) = next()?;
        let mut stamp = next()?.0;
        if matches!(stamp, b"->" | b"<-" | b"in" | b"out") || !stamp.is_ascii() {
            stamp = next()?.0;
        }
        // A day and a time in one word, with the year first; nothing else begins like this.
        time::iso(stamp)?;
        let (src, dst) = (next()?.0, next()?.0);
        let (protocol, end) = next()?;
        let label = text[end..].trim_ascii();
        if label.is_empty() || proto::parse(protocol).is_none() || !is_end(src) || !is_end(dst) {
            return None;
        }
        let is = |marks: &[&str]| marks.iter().any(|known| known.as_bytes() == mark);
        let action = if is(&BLOCKED) || label.starts_with(b"Default deny") {
            Action::Drop
        } else if is(&PASSED) || label.starts_with(b"let out anything") {
            Action::Allow
        } else {
            Action::Unknown
        };
        Some(Row {
            mark,
            interface,
            stamp,
            action,
            rule_name: label,
            tracker: b"",
            src,
            dst,
            protocol,
            flags: None,
        })
    }

    fn numbered(text: &'a [u8]) -> Option<Row<'a>> {
        // The rule's number in brackets is what no other table has before two ends and a protocol.
        let close = memchr::memrchr(b')', text)?;
        let open = memchr::memrchr(b'(', &text[..close])?;
        let tracker = &text[open + 1..close];
        if tracker.len() < 4 || !tracker.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut words = text[close + 1..]
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .filter(|word| !word.is_empty());
        let (src, dst, last) = (words.next()?, words.next()?, words.next()?);
        if words.next().is_some() {
            return None;
        }
        let (protocol, flags) = match memchr::memchr(b':', last) {
            Some(colon) => (&last[..colon], Some(&last[colon + 1..])),
            None => (last, None),
        };
        if !protocol.first().is_some_and(u8::is_ascii_uppercase) || proto::parse(protocol).is_none()
        {
            return None;
        }
        let (mark, rest) = without_mark(text);
        let is = |marks: &[&str]| marks.iter().any(|known| known.as_bytes() == mark);
        let action = if is(&BLOCKED) || (mark.is_empty() && is_default_rule(tracker)) {
            Action::Drop
        } else if is(&PASSED) {
            Action::Allow
        } else {
            Action::Unknown
        };
        let body = header::split(rest, &Clock::default()).body;
        let before = text.len() - body.len();
        let rule_name = text.get(before..open).unwrap_or_default().trim_ascii();
        Some(Row {
            mark,
            interface: b"",
            stamp: b"",
            action,
            rule_name,
            tracker,
            src,
            dst,
            protocol,
            flags,
        })
    }
}

fn event(row: &Row<'_>, record: &Record<'_>, names: &mut Names) -> Result<Event, Reason> {
    let mut event = Event {
        kind: Kind::Packet,
        ts: record.head.stamp,
        action: row.action,
        ..Event::default()
    };
    event.proto = proto::parse(row.protocol).ok_or(Reason::BadEndpoint)?;
    event.src = endpoint(row.src, names)?;
    event.dst = endpoint(row.dst, names)?;
    if event.proto == proto::TCP
        && let Some(letters) = row.flags
    {
        event.flags = Flags::from_letters(letters).ok_or(Reason::BadSyntax)?;
        event.flags_scope = FlagsScope::Packet;
        let opens = event.flags.has(Flags::SYN) && !event.flags.any(Flags::ACK);
        if event.action.is_denied() && !opens && event.flags.0 != 0 {
            event.state = State::NoState;
        }
    }
    event.rule = names.id(row.tracker);
    event.rule_name = names.id(row.rule_name);
    event.implicit = is_default_rule(row.tracker) || row.rule_name.starts_with(b"Default deny");
    // The word after the time is the interface here; the page does not name the firewall.
    event.in_if = names.id(record.head.host);
    if let Some((stamp, _)) = time::iso(row.stamp) {
        event.ts = stamp;
        event.in_if = names.id(row.interface);
    }
    if row.interface.is_empty() && row.tracker.is_empty() {
        // These pages mark what goes out with an arrow.
        (event.way, event.way_basis) = (Way::In, WayBasis::PacketAtInterface);
    }
    Ok(event)
}

/// An address, with or without a port.
fn is_end(text: &[u8]) -> bool {
    Host::parse(plain::split_port(text).0).is_some()
}

/// `203.0.113.80:443`, `[2001:db8::1]:443`, or an address alone.
fn endpoint(text: &[u8], names: &mut Names) -> Result<Endpoint, Reason> {
    let (address, port) = match text {
        [b'[', inside @ ..] => {
            let close = memchr::memchr(b']', inside).ok_or(Reason::BadSyntax)?;
            (&inside[..close], inside[close + 1..].strip_prefix(b":"))
        }
        _ => match (memchr::memchr(b':', text), memchr::memrchr(b':', text)) {
            (Some(first), Some(last)) if first == last => {
                (&text[..first], Some(&text[first + 1..]))
            }
            _ => (text, None),
        },
    };
    let port = match port {
        Some(digits) => Some(ports::port(digits).ok_or(Reason::BadEndpoint)?),
        None => None,
    };
    let host = Host::read(address, names);
    if host.is_none() {
        Err(Reason::NoAddress)
    } else {
        Ok(Endpoint::new(host, port))
    }
}
