//! Zeek's `conn.log`: one line a connection, as a table of tabs or as JSON.
//!
//! Sample   `1708337702.107 CAbc12 10.1.1.5 50012 203.0.113.80 443 tcp ssl 3.2 1188 9224 SF T F 0 ShADadFf 12 1800 14 9960 -`
//! Fields   by the `#fields` line; without it the default columns
//! Quirks   The originator is who sent the first packet that was seen. A capital letter of the history is the
//!          originator's: S opening, H answer to one. `^` says that Zeek turned the ends round by a guess.
//!          ICMP has type and code where ports stand.
//! Ignored  Tunnels, missed bytes, VLANs, lines of other Zeek logs.
//! Spec     <https://docs.zeek.org/en/master/logs/conn.html>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, has, json_values};
use super::{About, Check, Device, Timers, Topic};
use crate::engine::format::plain;
use crate::engine::model::event::{Icmp, ResetBy};
use crate::engine::model::{End, Event, Init, Kind, Names, Reason, State, ports, proto};
use crate::engine::source::Record;

pub static ZEEK_CONN: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Src,
            "originator",
            "The side that sent the first packet Zeek saw.",
        ),
        (Slot::Dst, "responder", "The other side."),
        (
            Slot::State,
            "conn_state",
            "SF: opened and closed normally. S0: nobody answered. REJ: refused. RSTO, RSTR: broken off by originator or responder. OTH: seen from the middle.",
        ),
        (
            Slot::Reason,
            "history",
            "What was seen in which order; capitals are the originator's. S opening, H answer to it, A and D data, F end, R break.",
        ),
    ],
};

static ABOUT: About = About {
    id: "zeek_conn",
    title: "Zeek connection log (conn.log)",
    spec: "https://docs.zeek.org/en/master/logs/conn.html",
    example: "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\thistory\n\
              1708337702.107\tCAbc12\t10.1.1.5\t50012\t203.0.113.80\t443\ttcp\tssl\t3.2\t1188\t9224\tSF\tShADadFf",
    device: Device {
        name: "Zeek sensor",
        stateless: false,
        deny_is_packet: true,
        timers: Timers {
            tcp: &[300],
            half_open: &[5],
            half_close: &[],
            udp: &[60],
            icmp: &[60],
        },
        checks: &[Check {
            about: Topic::Routes,
            place: "where the sensor listens",
            command: "",
            why: "a sensor that sees one direction only reports half connections; missed_bytes and OTH lines tell of that",
        }],
    },
};

/// Bytes of packets stand in where Zeek counted no payload.
const NAMES: [(&str, Slot); 20] = [
    ("ts", Slot::Time),
    ("uid", Slot::Session),
    ("orig_h", Slot::Src),
    ("orig_p", Slot::SrcPort),
    ("resp_h", Slot::Dst),
    ("resp_p", Slot::DstPort),
    ("proto", Slot::Proto),
    ("service", Slot::App),
    ("duration", Slot::Seconds),
    ("orig_bytes", Slot::BytesF),
    ("resp_bytes", Slot::BytesR),
    ("conn_state", Slot::State),
    ("local_orig", Slot::Unread),
    ("local_resp", Slot::Unread),
    ("missed_bytes", Slot::Unread),
    ("history", Slot::Reason),
    ("orig_pkts", Slot::PktsF),
    ("orig_ip_bytes", Slot::BytesF),
    ("resp_pkts", Slot::PktsR),
    ("resp_ip_bytes", Slot::BytesR),
];

fn slot(name: &[u8]) -> Slot {
    let bare = name
        .strip_prefix(b"id.")
        .or_else(|| name.strip_prefix(b"id_"))
        .unwrap_or(name);
    NAMES
        .iter()
        .find(|(known, _)| known.as_bytes() == bare)
        .map_or(Slot::Unread, |(_, slot)| *slot)
}

fn mine(record: &Record<'_>, memory: &Memory) -> bool {
    let text = record.body;
    match text.first() {
        Some(b'{') => has(text, b"orig_h\"") && has(text, b"\"conn_state\""),
        Some(b'#') => {
            // Comments of other logs begin in the same way, but not with these words and a tab or blank.
            [
                &b"#separator"[..],
                b"#set_separator",
                b"#empty_field",
                b"#unset_field",
                b"#path",
                b"#open",
                b"#close",
                b"#types",
            ]
            .iter()
            .any(|word| text.starts_with(word))
                || text.starts_with(b"#fields") && has(text, b"orig_h")
        }
        Some(b'0'..=b'9' | b'-') => !memory.columns.is_empty() || is_default(text),
        Some(b'i') => text.starts_with(b"id.orig_h="),
        _ => false,
    }
}

/// Seconds with a fraction, an id, an address: the columns nobody chose.
fn is_default(text: &[u8]) -> bool {
    let mut scan = Scan::new(text);
    let (time, uid) = (scan.word(), scan.word());
    time.len() > 11
        && time.get(10) == Some(&b'.')
        && uid.first() == Some(&b'C')
        && (5..=20).contains(&uid.len())
        && plain::is_address(scan.word())
}

fn read(line: &mut Line<'_>, memory: &mut Memory) -> Found {
    let text = line.text;
    match text.first() {
        Some(b'{') => {
            let mut is_nested = [false; 4];
            json_values(text, &mut |key, value| {
                let slot = slot(key);
                if slot != Slot::Unread && !line.has(slot) {
                    line.put(slot, value);
                }
                is_nested[0] |= slot == Slot::Src;
            });
            return Found::Row;
        }
        Some(b'i') => {
            const KEYS: [(&str, Slot); 11] = [
                ("id.orig_h", Slot::Src),
                ("id.orig_p", Slot::SrcPort),
                ("id.resp_h", Slot::Dst),
                ("id.resp_p", Slot::DstPort),
                ("proto", Slot::Proto),
                ("conn_state", Slot::State),
                ("history", Slot::Reason),
                ("orig_bytes", Slot::BytesF),
                ("resp_bytes", Slot::BytesR),
                ("orig_pkts", Slot::PktsF),
                ("resp_pkts", Slot::PktsR),
            ];
            line.pairs(text, &KEYS);
            return Found::Row;
        }
        Some(b'#') if text.starts_with(b"#fields") => {
            memory.delimiter = text.get(7).copied().unwrap_or(b'\t');
            memory.columns.clear();
            let mut scan = Scan { text, at: 7 };
            while !scan.peek().is_empty() {
                memory.columns.push(slot(scan.word()));
            }
            // Other logs of Zeek have the ends, too, and speak of what was in the connection.
            if !memory.columns.contains(&Slot::State) {
                memory.columns.clear();
                memory.columns.push(Slot::Unread);
            }
            return Found::Header;
        }
        Some(b'#') => return Found::Other,
        _ => {}
    }
    let cells: Vec<&[u8]> = if memchr::memchr(b'\t', text).is_some() {
        text.split(|byte| *byte == b'\t').collect()
    } else {
        let mut scan = Scan::new(text);
        std::iter::from_fn(|| Some(scan.word()).filter(|word| !word.is_empty())).collect()
    };
    if fits(&cells, &memory.columns) {
        put_row(line, &cells, &memory.columns);
        return Found::Row;
    }
    if memory.columns.is_empty() {
        put_row(line, &cells, &NAMES.map(|(_, slot)| slot));
        return if cells.len() < LEAST_CELLS {
            Found::Malformed(Reason::Cut)
        } else {
            Found::Row
        };
    }
    // Rows of several logs stand under the last header of any.
    if let Some(columns) = by_ends(&cells) {
        put_row(line, &cells, &columns);
        return Found::Row;
    }
    if memory.columns.len() == cells.len() {
        // A masked address, say.
        put_row(line, &cells, &memory.columns);
        return Found::Row;
    }
    if memory.columns.len() == 1 {
        return Found::Other;
    }
    if is_default(text) {
        Found::Malformed(Reason::FieldCount)
    } else {
        Found::Foreign
    }
}

/// Up to the state of the connection.
const LEAST_CELLS: usize = 12;

fn put_row<'a>(line: &mut Line<'a>, cells: &[&'a [u8]], columns: &[Slot]) {
    for (cell, slot) in cells.iter().zip(columns) {
        if *slot != Slot::Unread && !line.has(*slot) && *cell != b"-" && *cell != b"(empty)" {
            line.put(*slot, cell);
        }
    }
}

/// What the columns say is in the cells.
fn fits(cells: &[&[u8]], columns: &[Slot]) -> bool {
    cells.len() == columns.len()
        && cells.iter().zip(columns).all(|(cell, slot)| match slot {
            Slot::Src | Slot::Dst => plain::is_address(cell),
            Slot::State => is_state(cell),
            _ => true,
        })
}

fn is_state(cell: &[u8]) -> bool {
    const STATES: [&[u8]; 14] = [
        b"SF", b"S0", b"S1", b"S2", b"S3", b"REJ", b"RSTO", b"RSTR", b"RSTOS0", b"RSTRH", b"SH",
        b"SHR", b"OTH", b"-",
    ];
    STATES.contains(&cell)
}

/// The usual columns, laid where the ends of the connection stand. Some logs have columns of their own before them, old
/// ones do not say on whose side the responder is. A row that was cut off is not taken for one.
fn by_ends(cells: &[&[u8]]) -> Option<Vec<Slot>> {
    const ENDS_AT: usize = 2;
    const STATE_AT: usize = 11;
    let is_number = |cell: &[u8]| ports::decimal(cell).is_some();
    let before = (ENDS_AT..cells.len().saturating_sub(4)).find(|at| {
        plain::is_address(cells[*at])
            && is_number(cells[at + 1])
            && plain::is_address(cells[at + 2])
            && is_number(cells[at + 3])
    })? - ENDS_AT;
    let after_state = cells.get(before + STATE_AT + 1..)?;
    if !is_state(cells[before + STATE_AT]) {
        return None;
    }
    // Whose side each end is on, before the first number.
    let n_sides = after_state.iter().position(|cell| is_number(cell))?;
    if n_sides > 2 || after_state.len() < n_sides + 7 {
        return None;
    }
    let usual = NAMES.map(|(_, slot)| slot);
    let mut columns = vec![Slot::Unread; before];
    columns.extend_from_slice(&usual[..=STATE_AT]);
    columns.resize(columns.len() + n_sides, Slot::Unread);
    columns.extend_from_slice(&usual[STATE_AT + 3..]);
    Some(columns)
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    event.kind = Kind::FlowBi;
    event.ts_start = (!event.ts.is_missing()).then_some(event.ts.micros);
    if let (Some(start), Some(length)) = (event.ts_start, event.duration_us) {
        event.ts_end = Some(start + length);
    }
    if matches!(event.proto, proto::ICMP | proto::ICMP6) {
        let small =
            |slot| ports::decimal(line.get(slot)).and_then(|number| u8::try_from(number).ok());
        // For questions that have an answer, Zeek puts the answer's type where the code stands else.
        event.icmp = small(Slot::SrcPort).map(|kind| Icmp {
            kind,
            code: small(Slot::DstPort)
                .filter(|_| !matches!(kind, 8 | 0 | 13..=18 | 128..=136))
                .unwrap_or(0),
            ..Icmp::default()
        });
        return;
    }
    let history = line.get(Slot::Reason);
    let saw = |letter: u8| memchr::memchr(letter, history).is_some();
    let state = line.get(Slot::State);
    event.init = if event.proto != proto::TCP {
        if saw(b'^') { Init::SrcWeak } else { Init::Src }
    } else if saw(b'S') {
        Init::SrcSeen
    } else if saw(b'h') {
        Init::Src
    } else if saw(b'H') {
        Init::DstSeen
    } else if saw(b's') {
        Init::Dst
    } else if saw(b'^') {
        Init::SrcWeak
    } else {
        Init::Unsaid
    };
    if event.proto != proto::TCP {
        return;
    }
    (event.end, event.reset_by, event.state) = match state {
        b"SF" => (End::Fin, ResetBy::Unknown, State::Unsaid),
        b"REJ" | b"RSTR" | b"RSTRH" => (End::RstServer, ResetBy::Server, State::Unsaid),
        b"RSTO" | b"RSTOS0" => (End::RstClient, ResetBy::Client, State::Unsaid),
        b"S1" => (End::None, ResetBy::Unknown, State::Established),
        _ => (End::None, ResetBy::Unknown, State::Unsaid),
    };
}
