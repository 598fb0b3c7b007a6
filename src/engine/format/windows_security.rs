//! Windows' Security log about its filtering platform: events 5152, 5156, 5157 and their kin, as text or XML.
//!
//! Sample   `5152 … Direction: Inbound Source Address: 203.0.113.9 Source Port: 51022 Destination Address: 192.0.2.20 Destination Port: 3389 Protocol: 6`
//! Fields   by label; in XML by the name of `Data`
//! Quirks   XML has either quote; exports to JSON keep the names of `Data`. A text of many lines is complete at its protocol. Pasted XML loses its tags; then the values stand in a
//!          known order behind `%%14592` (inbound) or `%%14593` (outbound).
//! Ignored  Processes, filters, layers.
//! Spec     <https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/event-5152>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, has};
use super::{About, Check, Device, Timers, Topic};
use crate::engine::model::{Action, Event, Host, Init, Names, Way, WayBasis};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static WINDOWS_SECURITY: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[(
        Slot::Way,
        "direction",
        "Inbound: the packet came to this machine. Outbound: this machine sent it.",
    )],
};

static ABOUT: About = About {
    id: "windows_security",
    title: "Windows Security log, filtering platform (5152, 5156, 5157)",
    spec: "https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/event-5152",
    example: "The Windows Filtering Platform has blocked a packet. Direction: Inbound Source Address: 203.0.113.9 Source Port: 51022 Destination Address: 192.0.2.20 Destination Port: 3389 Protocol: 6 Filter Run-Time ID: 70111",
    device: Device {
        name: "Windows firewall",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[Check {
            about: Topic::Rules,
            place: "on the Windows machine",
            command: "netsh wfp show filters",
            why: "lists the filters; the line's Filter Run-Time ID names the one that decided",
        }],
    },
};

const TEXT: &[u8] = b"Windows Filtering Platform";

fn mine(record: &Record<'_>, memory: &Memory) -> bool {
    let text = record.text;
    has(text, TEXT)
        || has(text, b"%%1459")
        || has(text, b"SourceAddress")
            && (has(text, b"DestAddress") || has(text, b"<EventData>"))
            && !data(text, "SourceAddress").is_empty()
        || !memory.tie.is_empty() && is_label(text)
}

const STARTS: [&[u8]; 15] = [
    b"Application Information:",
    b"Network Information:",
    b"Filter Information:",
    b"Process ID:",
    b"Application Name:",
    b"Direction:",
    b"Source Address:",
    b"Source Port:",
    b"Destination Address:",
    b"Destination Port:",
    b"Protocol:",
    b"Process Id:",
    b"Filter Run-Time ID:",
    b"Layer Name:",
    b"Layer Run-Time ID:",
];

/// A line of a text that was begun: `Source Address: 203.0.113.9`.
fn is_label(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    // Its lines have one label each; what has bars between fields is somebody else's.
    STARTS.iter().any(|label| text.starts_with(label)) && !has(text, b" | ")
}

const LABELS: [(&str, Slot); 6] = [
    ("Direction:", Slot::Way),
    ("Source Address:", Slot::Src),
    ("Source Port:", Slot::SrcPort),
    ("Destination Address:", Slot::Dst),
    ("Destination Port:", Slot::DstPort),
    ("Protocol:", Slot::Proto),
];

fn read(line: &mut Line<'_>, memory: &mut Memory) -> Found {
    let text = line.record.text;
    if has(text, TEXT) {
        memory.carry.clear();
        memory.tie.clear();
        memory.tie.extend_from_slice(text);
    }
    if !data(text, "SourceAddress").is_empty() {
        const DATA: [(&str, Slot); 13] = [
            ("Direction", Slot::Way),
            ("SourceAddress", Slot::Src),
            ("SourcePort", Slot::SrcPort),
            ("DestAddress", Slot::Dst),
            ("DestPort", Slot::DstPort),
            ("Protocol", Slot::Proto),
            ("SystemTime", Slot::Time),
            ("TimeCreated", Slot::Time),
            ("@timestamp", Slot::Time),
            ("EventTime", Slot::Time),
            ("Computer", Slot::Device),
            ("computer_name", Slot::Device),
            ("Hostname", Slot::Device),
        ];
        for (name, slot) in DATA {
            if !line.has(slot) {
                line.put(slot, data(text, name));
            }
        }
        line.put(Slot::Action, event_id(numbers(text)));
        // Who listens or binds (5154, 5158) has no other end.
        return if line.has(Slot::Dst) {
            Found::Row
        } else {
            Found::Other
        };
    }
    if let Some(at) = find(text, b"%%1459").filter(|_| !is_label(text)) {
        let mut scan = Scan { text, at };
        line.put(Slot::Way, scan.word());
        line.put(Slot::Src, scan.word());
        line.put(Slot::SrcPort, scan.word());
        line.put(Slot::Dst, scan.word());
        line.put(Slot::DstPort, scan.word());
        line.put(Slot::Proto, scan.word());
        line.put(Slot::Action, event_id(&text[..at]));
        if Host::parse(line.get(Slot::Src)).is_none() {
            return Found::Other;
        }
        return Found::Row;
    }
    if has(text, TEXT) && has(text, b"Source Address:") {
        let at = find(text, TEXT).unwrap_or(0);
        line.labels(&text[at..], &LABELS, b" \t#,;");
        line.put(
            Slot::Action,
            if has(&text[at..], b"blocked") {
                b"blocked"
            } else {
                b"permitted"
            },
        );
        return if line.has(Slot::Src) {
            Found::Row
        } else {
            Found::Other
        };
    }
    memory.carry.extend_from_slice(text.trim_ascii());
    memory.carry.push(b'\n');
    if memory.carry.len() > 8192 {
        memory.carry.clear();
    }
    if !text.trim_ascii().starts_with(b"Protocol:") {
        return Found::Other;
    }
    whole(line, memory)
}

/// The text's last line that matters: what came before is read now, from the copy that was kept.
fn whole(line: &mut Line<'_>, memory: &mut Memory) -> Found {
    let carry = std::mem::take(&mut memory.carry);
    let record = Record {
        text: &carry,
        body: &carry,
        ..line.record
    };
    let mut copy = Line::new(&record, line.clock);
    copy.labels(&carry, &LABELS, b"\n");
    copy.put(
        Slot::Action,
        if has(&memory.tie, b"blocked") {
            b"blocked"
        } else {
            b"permitted"
        },
    );
    memory.event = copy.built(finish);
    if memory.event.is_some() {
        Found::Again
    } else {
        Found::Other
    }
}

/// What a name stands for: `Name='SourcePort'>50012<`, `"SourcePort":"50012"`, `SystemTime='…'`, `<Computer>pc1<`,
/// `"@Name":"SourcePort","#text":"50012"`.
fn data<'a>(text: &'a [u8], name: &str) -> &'a [u8] {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'');
    let value = |at: usize| {
        matches!(
            text[at.checked_sub(1)?],
            b'"' | b'\'' | b'<' | b'.' | b' ' | b'@'
        )
        .then_some(())?;
        let rest = &text[at + name.len()..];
        let rest = &rest[usize::from(rest.first().is_some_and(is_quote))..];
        let rest = rest.strip_prefix(b",\"#text\"").unwrap_or(rest);
        let (b'>' | b':' | b'=', rest) = rest.split_first()? else {
            return None;
        };
        let rest = rest.trim_ascii_start();
        let rest = &rest[usize::from(rest.first().is_some_and(is_quote))..];
        let stop = |byte: &u8| is_quote(byte) || matches!(byte, b'<' | b',' | b'{' | b'}' | b'>');
        let value = &rest[..rest.iter().position(stop).unwrap_or(rest.len())];
        (!value.is_empty() && value != b"-").then_some(value)
    };
    memchr::memmem::find_iter(text, name)
        .find_map(value)
        .unwrap_or_default()
}

/// Where the number of the event stands, among others of its head; a port may look like one.
fn numbers(text: &[u8]) -> &[u8] {
    let at = [&b"EventID"[..], b"event_id", b"EventId", b"eventid"]
        .iter()
        .find_map(|name| find(text, name))
        .unwrap_or(0);
    &text[at..text.len().min(at + 48)]
}

/// The number of the event, as the decision that it stands for.
fn event_id(text: &[u8]) -> &'static [u8] {
    if [&b"5152"[..], b"5157", b"5155", b"5153", b"5150", b"5151"]
        .iter()
        .any(|number| has(text, number))
    {
        b"blocked"
    } else {
        b"permitted"
    }
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    let way = line.get(Slot::Way);
    if way.is_empty() {
        return;
    }
    let is_in = way.starts_with(b"In") || way == b"%%14592";
    event.way = if is_in { Way::In } else { Way::Out };
    event.way_basis = WayBasis::HostSide;
    // A connection that was permitted: its source is who asked.
    if event.action == Action::Allow {
        event.init = Init::SrcWeak;
    }
}
