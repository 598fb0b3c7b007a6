//! Palo Alto Networks: TRAFFIC rows and the like of PAN-OS, as syslog, as files, and as exported by its web page.
//!
//! Sample   `1,2024/02/19 10:15:02,000000000001,TRAFFIC,end,2305,2024/02/19 10:15:02,10.1.1.5,203.0.113.80,…`
//! Fields   by their place, which is the same in all versions; new ones are only added at the end
//! Quirks   The source is the client, but for `non-syn-tcp` (picked up in mid-stream). Packets that belong to no
//!          session are dropped without a line, so that a log without orphans proves nothing.
//!          `{a,b}` and quoted cells hold commas. Equal sessions within 5 s share a line (repeat count).
//! Ignored  Users, locations, tunnels, threats' names.
//! Spec     <https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions/traffic-log-fields>

use super::cells::{Found, Line, Memory, Slot, Textual, has};
use super::{About, Check, Device, Timers, Topic};
use crate::engine::model::event::{Control, ResetBy};
use crate::engine::model::stamp::{DAY, MINUTE, SECOND};
use crate::engine::model::{Action, End, Event, Init, Kind, Names, Reason, State};
use crate::engine::model::{Stamp, StampQuality};
use crate::engine::source::find::find;
use crate::engine::source::keyvalue::find_byte;
use crate::engine::source::{Record, time};

pub static PANOS: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Src,
            "source",
            "The machine that opened the connection, as the firewall tracked it.",
        ),
        (Slot::Dst, "destination", "The machine that was asked."),
        (
            Slot::Message,
            "subtype",
            "start, end: of a session; drop, deny: it never came to be.",
        ),
        (
            Slot::State,
            "type",
            "Which log the line is from; TRAFFIC tells of sessions.",
        ),
        (
            Slot::Reason,
            "end reason",
            "Why the session ended: tcp-fin normally, tcp-rst by a break, aged-out by silence (normal for UDP).",
        ),
        (
            Slot::Repeat,
            "repeat count",
            "How many equal sessions within five seconds share this line.",
        ),
        (Slot::Unread, "received", "When the log was received."),
    ],
};

static ABOUT: About = About {
    id: "panos",
    title: "Palo Alto Networks firewall (TRAFFIC, THREAT)",
    spec: "https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions/traffic-log-fields",
    example: "1,2024/02/19 10:15:02,000000000001,TRAFFIC,end,2305,2024/02/19 10:15:02,10.1.1.5,203.0.113.80,198.51.100.2,203.0.113.80,out-web,,,web-browsing,vsys1,trust,untrust,ethernet1/2,ethernet1/1,fwd,2024/02/19 10:15:02,91021,1,50012,80,22011,80,0x400019,tcp,allow,7734,1758,5976,36,2024/02/19 10:05:11,586,any,0,1002,0x0,10.0.0.0-10.255.255.255,United States,0,16,20,tcp-fin",
    device: Device {
        name: "Palo Alto firewall",
        stateless: false,
        deny_is_packet: false,
        timers: Timers {
            tcp: &[3600],
            half_open: &[5, 10],
            half_close: &[120, 15],
            udp: &[30],
            icmp: &[6],
        },
        checks: &[
            Check {
                about: Topic::Table,
                place: "on the firewall",
                command: "show session all filter source {client}",
                why: "shows whether it still knows a connection with this client",
            },
            Check {
                about: Topic::Timers,
                place: "on the firewall",
                command: "show session info",
                why: "shows how many sessions it keeps, and after how much silence it forgets one",
            },
            Check {
                about: Topic::Events,
                place: "on the firewall",
                command: "show high-availability state",
                why: "shows whether it took over from its partner and lost sessions",
            },
            Check {
                about: Topic::Rules,
                place: "on the firewall",
                command: "show counter global filter delta yes severity drop",
                why: "flow_tcp_non_syn_drop counts packets of unknown connections, which are dropped without a log line",
            },
        ],
    },
};

/// By their place, the first one being 0.
const PLACES: [(u8, Slot); 31] = [
    (1, Slot::Unread),
    (3, Slot::State),
    (4, Slot::Message),
    (6, Slot::Time),
    (7, Slot::Src),
    (8, Slot::Dst),
    (9, Slot::NatSrc),
    (10, Slot::NatDst),
    (11, Slot::Rule),
    (14, Slot::App),
    (15, Slot::Vsys),
    (16, Slot::InZone),
    (17, Slot::OutZone),
    (18, Slot::InIf),
    (19, Slot::OutIf),
    (22, Slot::Session),
    (23, Slot::Repeat),
    (24, Slot::SrcPort),
    (25, Slot::DstPort),
    (26, Slot::NatSrcPort),
    (27, Slot::NatDstPort),
    (29, Slot::Proto),
    (30, Slot::Action),
    (31, Slot::Bytes),
    (32, Slot::BytesF),
    (33, Slot::BytesR),
    (35, Slot::Start),
    (36, Slot::Seconds),
    (44, Slot::PktsF),
    (45, Slot::PktsR),
    (46, Slot::Reason),
];
/// Counters of tunnels that were looked into (START, END).
const TUNNEL: [(u8, Slot); 5] = [
    (47, Slot::Bytes),
    (48, Slot::BytesF),
    (49, Slot::BytesR),
    (51, Slot::PktsF),
    (52, Slot::PktsR),
];
/// The device's name.
const DEVICE: usize = 52;
/// A heading of the web page may have more columns than a line has that matter.
const MAX_CELLS: usize = 120;
/// All kinds of lines have the same fields up to the action; counters belong to TRAFFIC.
const N_COMMON: usize = 31;

/// Headings of the web page's export, without blanks and in lower case.
const HEADINGS: [(&str, Slot); 31] = [
    ("generatetime", Slot::Time),
    ("receivetime", Slot::Unread),
    ("type", Slot::State),
    ("threat/contenttype", Slot::Message),
    ("sourceaddress", Slot::Src),
    ("destinationaddress", Slot::Dst),
    ("natsourceip", Slot::NatSrc),
    ("natdestinationip", Slot::NatDst),
    ("rule", Slot::Rule),
    ("application", Slot::App),
    ("virtualsystem", Slot::Vsys),
    ("sourcezone", Slot::InZone),
    ("destinationzone", Slot::OutZone),
    ("inboundinterface", Slot::InIf),
    ("outboundinterface", Slot::OutIf),
    ("sessionid", Slot::Session),
    ("repeatcount", Slot::Repeat),
    ("sourceport", Slot::SrcPort),
    ("destinationport", Slot::DstPort),
    ("natsourceport", Slot::NatSrcPort),
    ("natdestinationport", Slot::NatDstPort),
    ("ipprotocol", Slot::Proto),
    ("action", Slot::Action),
    ("bytes", Slot::Bytes),
    ("bytessent", Slot::BytesF),
    ("bytesreceived", Slot::BytesR),
    ("starttime", Slot::Start),
    ("elapsedtime(sec)", Slot::Seconds),
    ("pkts_sent", Slot::PktsF),
    ("pkts_received", Slot::PktsR),
    ("sessionendreason", Slot::Reason),
];

/// Kinds of lines without two ends.
const OTHERS: [&[u8]; 10] = [
    b"SYSTEM,",
    b"CONFIG,",
    b"USERID,",
    b"HIPMATCH,",
    b"GLOBALPROTECT,",
    b"AUTHENTICATION,",
    b"AUTH,",
    b"CORRELATION,",
    b"IPTAG,",
    b"ALARM,",
];
const ROWS: [&[u8]; 7] = [
    b"TRAFFIC,",
    b"THREAT,",
    b"DECRYPTION,",
    b"GTP,",
    b"SCTP,",
    b"START,",
    b"END,",
];

/// Where the fourth field begins: after three commas.
fn fourth(text: &[u8]) -> Option<usize> {
    let mut commas = memchr::memchr_iter(b',', text);
    let (first, second, third) = (commas.next()?, commas.next()?, commas.next()?);
    let is_time = text.get(first + 1).is_some_and(u8::is_ascii_digit)
        && second - first > 8
        && second - first < 40;
    // The first field is for future use: a number or nothing.
    (is_time && (first == 0 || text[first - 1].is_ascii_digit())).then_some(third + 1)
}

fn mine(record: &Record<'_>, memory: &Memory) -> bool {
    let text = record.body;
    if let Some(at) = fourth(text) {
        let kind = &text[at..];
        return ROWS
            .iter()
            .chain(&OTHERS)
            .any(|word| kind.starts_with(word))
            || kind.starts_with(b"TUNNEL");
    }
    is_heading(text) || !memory.columns.is_empty() && has(text, b",TRAFFIC,")
}

fn is_heading(text: &[u8]) -> bool {
    text.first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'"')
        && (has(text, b"Session End Reason") || has(text, b"NAT Source IP"))
        && memchr::memmem::find_iter(text, b"ddress").count() >= 2
}

fn read(line: &mut Line<'_>, memory: &mut Memory) -> Found {
    let text = line.text;
    if is_heading(text) {
        memory.columns.clear();
        each_cell(text, &mut |_, cell| {
            let folded = cell.to_ascii_lowercase();
            let folded: Vec<u8> = folded.into_iter().filter(|byte| *byte != b' ').collect();
            let known = HEADINGS.iter().find(|(name, _)| name.as_bytes() == folded);
            memory
                .columns
                .push(known.map_or(Slot::Unread, |(_, slot)| *slot));
        });
        return Found::Header;
    }
    let Some(at) = fourth(text) else {
        let n_cells = each_cell(text, &mut |index, cell| {
            if let Some(slot) = memory
                .columns
                .get(index)
                .filter(|slot| **slot != Slot::Unread)
            {
                line.put(*slot, cell);
            } else if index == 0 {
                line.put(Slot::Time, cell);
            }
        });
        return if n_cells == memory.columns.len() {
            Found::Row
        } else {
            Found::Malformed(Reason::FieldCount)
        };
    };
    if OTHERS.iter().any(|word| text[at..].starts_with(word)) {
        return other(line, &text[at..]);
    }
    let is_traffic = text[at..].starts_with(b"TRAFFIC,");
    let is_sctp = text[at..].starts_with(b"SCTP,");
    let limit = if is_traffic { 64 } else { N_COMMON };
    let counters: &[(u8, Slot)] =
        if is_traffic || !(text[at..].starts_with(b"START,") || text[at..].starts_with(b"END,")) {
            &[]
        } else {
            &TUNNEL
        };
    let mut next = 0;
    let n_cells = each_cell(text, &mut |index, cell| {
        // One more unused field stands before the protocol of SCTP.
        let index = if is_sctp && index > 28 {
            index - 1
        } else {
            index
        };
        if let Some((_, slot)) = counters
            .iter()
            .find(|(place, _)| usize::from(*place) == index)
        {
            line.put(*slot, cell);
        } else if let Some((place, slot)) = PLACES.get(next)
            && usize::from(*place) == index
        {
            next += 1;
            if index < limit {
                line.put(*slot, cell);
            }
        } else if index == DEVICE && is_traffic {
            line.put(Slot::Device, cell);
        }
    });
    if n_cells < N_COMMON {
        return Found::Malformed(Reason::Cut);
    }
    if line.get(Slot::Src).is_empty() && line.get(Slot::Dst).is_empty() {
        return Found::Other;
    }
    Found::Row
}

/// Lines that explain traffic.
fn other(line: &mut Line<'_>, text: &[u8]) -> Found {
    let mut cells = text.split(|byte| *byte == b',');
    if let Some(time) = cells.nth(3) {
        let at = text.len() - find(text, time).map_or(0, |at| text.len() - at);
        line.put(
            Slot::Time,
            &line.text[line.text.len() - text.len() + at..][..time.len()],
        );
    }
    if text.starts_with(b"SYSTEM,ha") || has(text, b"HA Group") && has(text, b"moved from state") {
        Found::Control(Control::Failover)
    } else if text.starts_with(b"SYSTEM")
        && (has(text, b"system-start") || has(text, b"The system is starting up"))
    {
        Found::Control(Control::Restart)
    } else if text.starts_with(b"CONFIG") && has(text, b",commit,") {
        Found::Control(Control::PolicyOrClear)
    } else if text.starts_with(b"SYSTEM") && has(text, b"session table utilization") {
        Found::Control(Control::TableFull)
    } else if text.starts_with(b"SYSTEM,port")
        || text.starts_with(b"SYSTEM,routing") && has(text, b"path-monitor")
    {
        Found::Control(Control::Routing)
    } else {
        Found::Other
    }
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    let action = line.get(Slot::Action);
    event.action = match action {
        b"allow" | b"alert" | b"continue" | b"override" | b"wildcard" => Action::Allow,
        b"deny" | b"drop" | b"drop-all-packets" | b"drop-packet" | b"sinkhole" => Action::Drop,
        _ if action.starts_with(b"block") || action == b"random-drop" => Action::Drop,
        _ if action.starts_with(b"reset") || action.starts_with(b"drop") => Action::Reject,
        _ => event.action,
    };
    let is_midstream = line.get(Slot::App) == b"non-syn-tcp";
    event.kind = match line.get(Slot::Message) {
        b"start" => Kind::SessionStart,
        b"end" => Kind::SessionEnd,
        b"drop" | b"deny" => Kind::Packet,
        // An export may leave the subtype out.
        b"" if event.action.is_denied() => Kind::Packet,
        b"" if line.has(Slot::Reason) => Kind::SessionEnd,
        _ => Kind::SessionUpdate,
    };
    if matches!(
        line.get(Slot::Message),
        b"vulnerability" | b"virus" | b"spyware" | b"wildfire-virus" | b"ml-virus"
    ) {
        event.state = State::Alarm;
    }
    if is_midstream {
        event.state = State::NoState;
    } else if event.kind == Kind::Packet {
        event.init = Init::SrcDenied;
    } else if event.kind != Kind::SessionUpdate || !has(line.text, b"server-to-client") {
        event.init = Init::Src;
    } // Else what was found came from the server, which some of these records name first.
    (event.end, event.reset_by) = match line.get(Slot::Reason) {
        b"tcp-fin" => (End::Fin, ResetBy::Unknown),
        b"tcp-rst-from-client" => (End::RstClient, ResetBy::Client),
        b"tcp-rst-from-server" => (End::RstServer, ResetBy::Server),
        b"aged-out" => (End::Aged, ResetBy::Unknown),
        b"policy-deny" => (End::PolicyDeny, ResetBy::Unknown),
        b"threat" => (End::Threat, ResetBy::Unknown),
        b"resources-unavailable" => (End::Resources, ResetBy::Unknown),
        b"tcp-reuse" => (End::Reuse, ResetBy::Unknown),
        b"" | b"N/A" | b"n/a" => (End::None, ResetBy::Unknown),
        _ => (End::Unknown, ResetBy::Unknown),
    };
    // A time of making that is days from that of receiving is of a clock that is wrong. Nearly always both begin
    // with the same date, `2024/02/19`.
    let (made, received) = (line.get(Slot::Time), line.get(Slot::Unread));
    let is_same_day = made.len() > 10 && made.get(..10) == received.get(..10);
    if !is_same_day
        && let Some((received, _)) = time::any(received, &line.clock, line.order)
        && (received.micros - event.ts.micros).abs() > DAY
    {
        event.ts = received;
    }
    if event.ts.quality == StampQuality::AssumedZone
        && let Some(zoned) = high_resolution(line.text, event.ts.micros)
    {
        event.ts = zoned;
    }
    event.rule_name = event.rule;
    event.implicit = matches!(
        line.get(Slot::Rule),
        b"interzone-default" | b"intrazone-default"
    );
    if let (Some(start), Some(length)) = (event.ts_start, event.duration_us) {
        event.ts_end = Some(start + length);
    }
}

/// Time zones differ by multiples of this.
const ZONE_STEP: i64 = 15 * MINUTE;
/// The two times of one row may be this far apart.
const SLACK: i64 = 5 * SECOND;
/// How many letters T from the end are looked at.
const MAX_LETTERS: usize = 8;

/// Rows since PAN-OS 10 end with the time of making again, with thousandths and, unlike the first one, with its zone.
/// Other times of that form may stand behind it; the right one tells the same hour up to its zone.
fn high_resolution(text: &[u8], made: i64) -> Option<Stamp> {
    let mut end = text.len();
    for _ in 0..MAX_LETTERS {
        end = memchr::memrchr(b'T', &text[..end])?;
        let start = end.checked_sub(10)?;
        let rest = &text[start..];
        if rest.get(4) == Some(&b'-') && rest.get(7) == Some(&b'-') {
            let found = time::iso(rest).map(|(stamp, _)| stamp).filter(|stamp| {
                let apart = stamp.micros - made;
                stamp.quality == StampQuality::Zoned
                    && (apart + SLACK).rem_euclid(ZONE_STEP) <= 2 * SLACK
                    && apart.abs() <= DAY
            });
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

/// Calls `each` with every cell, without its quotes. Commas inside quotes and braces belong to the cell.
fn each_cell<'a>(text: &'a [u8], each: &mut dyn FnMut(usize, &'a [u8])) -> usize {
    let (mut at, mut index) = (0, 0);
    loop {
        let rest = &text[at..];
        let closing = match rest.first() {
            Some(b'"') => find(&rest[1..], b"\",").map(|end| (1, end + 1)),
            Some(b'{') => find(rest, b"},").map(|end| (0, end + 1)),
            _ => None,
        };
        let (from, to, used) = if let Some((from, to)) = closing {
            (from, to, to + from)
        } else {
            let end = find_byte(rest, 0, b',');
            (0, end, end)
        };
        let cell = &rest[from..to];
        each(
            index,
            cell.strip_prefix(b"\"")
                .and_then(|cell| cell.strip_suffix(b"\""))
                .unwrap_or(cell),
        );
        index += 1;
        // A table has no more.
        if used >= rest.len() || index > MAX_CELLS {
            return index;
        }
        at += used + 1;
    }
}
