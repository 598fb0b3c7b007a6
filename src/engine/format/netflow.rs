//! NetFlow and IPFIX records: nfdump's table, and the JSON of nfdump, goflow, pmacct, ElastiFlow and Logstash.
//!
//! Sample   `2024-02-19 10:15:02.123  3.200 TCP  10.1.1.5:50012 -> 203.0.113.80:443  12  1188  1`
//! Fields   of the table by order; of the objects by name
//! Quirks   A record counts one direction. Its flags are those of all its packets together: SYN without ACK means
//!          that the source opened something, SYN with ACK may be either side. Often one packet of many is counted.
//! Ignored  Autonomous systems, next hops, interfaces' numbers.
//! Spec     <https://www.iana.org/assignments/ipfix/ipfix.xhtml>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, has, json_values};
use super::{About, Check, Device, Timers, Topic};
use crate::engine::model::{
    End, Event, Flags, FlagsScope, Host, Init, Kind, Names, Reason, State, ports, proto,
};
use crate::engine::source::Record;

pub static NETFLOW: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Src,
            "source",
            "The machine that sent these packets; the answers are in a record of their own.",
        ),
        (
            Slot::Flags,
            "flags",
            "Marks of all packets of this direction together. SYN without ACK: the source opened something that nobody answered.",
        ),
    ],
};

static ABOUT: About = About {
    id: "netflow",
    title: "NetFlow and IPFIX (nfdump, goflow, pmacct, ElastiFlow)",
    spec: "https://www.iana.org/assignments/ipfix/ipfix.xhtml",
    example: "2024-02-19 10:15:02.123     3.200 TCP       10.1.1.5:50012 ->    203.0.113.80:443         12     1188     1",
    device: Device {
        name: "flow exporter",
        stateless: true,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[Check {
            about: Topic::Routes,
            place: "on the exporter",
            command: "",
            why: "look up whether it samples, and whether it sees both directions: a missing answer may only be one that was not counted",
        }],
    },
};

/// Keys without points, underscores and case; of nested objects the last part.
const KEYS: [(&str, Slot); 62] = [
    ("src4addr", Slot::Src),
    ("src6addr", Slot::Src),
    ("srcaddr", Slot::Src),
    ("ipv4srcaddr", Slot::Src),
    ("ipv6srcaddr", Slot::Src),
    ("sourceipv4address", Slot::Src),
    ("sourceipv6address", Slot::Src),
    ("ipsrc", Slot::Src),
    ("flowsrcipaddr", Slot::Src),
    ("flowclientipaddr", Slot::Src),
    ("dst4addr", Slot::Dst),
    ("dst6addr", Slot::Dst),
    ("dstaddr", Slot::Dst),
    ("ipv4dstaddr", Slot::Dst),
    ("ipv6dstaddr", Slot::Dst),
    ("destinationipv4address", Slot::Dst),
    ("destinationipv6address", Slot::Dst),
    ("ipdst", Slot::Dst),
    ("flowdstipaddr", Slot::Dst),
    ("flowserveripaddr", Slot::Dst),
    ("srcport", Slot::SrcPort),
    ("l4srcport", Slot::SrcPort),
    ("sourcetransportport", Slot::SrcPort),
    ("portsrc", Slot::SrcPort),
    ("flowsrcl4portid", Slot::SrcPort),
    ("dstport", Slot::DstPort),
    ("l4dstport", Slot::DstPort),
    ("destinationtransportport", Slot::DstPort),
    ("portdst", Slot::DstPort),
    ("flowdstl4portid", Slot::DstPort),
    ("proto", Slot::Proto),
    ("protocol", Slot::Proto),
    ("protocolidentifier", Slot::Proto),
    ("ipproto", Slot::Proto),
    ("l4protoname", Slot::Proto),
    ("tcpflags", Slot::Flags),
    ("tcpcontrolbits", Slot::Flags),
    ("inbytes", Slot::BytesF),
    ("bytes", Slot::BytesF),
    ("octetdeltacount", Slot::BytesF),
    ("inpackets", Slot::PktsF),
    ("inpkts", Slot::PktsF),
    ("packets", Slot::PktsF),
    ("packetdeltacount", Slot::PktsF),
    ("first", Slot::Time),
    ("tfirst", Slot::Time),
    ("firstswitched", Slot::Time),
    ("flowstartmilliseconds", Slot::Time),
    ("flowstartseconds", Slot::Time),
    ("timeflowstart", Slot::Time),
    ("timeflowstartns", Slot::Time),
    ("stampinserted", Slot::Time),
    ("timestampstart", Slot::Time),
    ("last", Slot::End),
    ("tlast", Slot::End),
    ("lastswitched", Slot::End),
    ("flowendmilliseconds", Slot::End),
    ("flowendseconds", Slot::End),
    ("timeflowend", Slot::End),
    ("timeflowendns", Slot::End),
    ("timestampend", Slot::End),
    ("sampleraddress", Slot::Device),
];

/// What only records of flows are called.
const SIGNS: [&[u8]; 9] = [
    b"src4_addr\"",
    b"src6_addr\"",
    b"ipv4_src_addr\"",
    b"ipv6_src_addr\"",
    b"IPv4Address\"",
    b"IPv6Address\"",
    b"time_flow_start",
    b"\"ip_src\"",
    b"flow.src.ip.addr\"",
];

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    let text = record.text;
    match text.first() {
        Some(b'{') => SIGNS.iter().any(|sign| has(text, sign)),
        Some(b's') => text.starts_with(b"src_addr=") && has(text, b" dst_addr="),
        Some(b'D') => text.starts_with(b"Date first seen") || text.starts_with(b"Date flow start"),
        Some(b'S') => text.starts_with(b"Summary: total flows:"),
        Some(b'T') => {
            text.starts_with(b"Time window: ") || text.starts_with(b"Total flows processed:")
        }
        Some(b'0'..=b'9') => {
            text.get(10) == Some(&b' ') && has(text, b" -> ") && table(text).is_some()
        }
        _ => false,
    }
}

/// Where the duration stands in nfdump's table: behind date and time, and an end with its port follows the protocol.
fn table(text: &[u8]) -> Option<Scan<'_>> {
    let mut scan = Scan::new(text);
    scan.word();
    scan.word();
    let rest = scan;
    let duration = scan.word();
    let is_seconds =
        memchr::memchr2(b'.', b':', duration).is_some() && duration[0].is_ascii_digit();
    let proto = scan.word();
    (is_seconds
        && proto::parse(proto).is_some()
        && memchr::memchr2(b':', b'.', scan.word()).is_some())
    .then_some(rest)
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    if text.first() == Some(&b'{') {
        json_values(text, &mut |key, value| put(line, key, value));
        return if line.has(Slot::Src) && line.has(Slot::Dst) {
            Found::Row
        } else {
            Found::Other
        };
    }
    if text.first() == Some(&b's') {
        for word in text.split(|byte| *byte == b' ') {
            if let Some(at) = memchr::memchr(b'=', word) {
                put(line, &word[..at], &word[at + 1..]);
            }
        }
        return Found::Row;
    }
    let Some(mut scan) = table(text) else {
        return Found::Other;
    };
    line.put(Slot::Time, &text[..scan.at]);
    line.put(Slot::Seconds, scan.word());
    line.put(Slot::Proto, scan.word());
    let src = scan.word();
    put_flow_end(line, Slot::Src, src);
    if scan.word() != b"->" {
        return Found::Malformed(Reason::BadSyntax);
    }
    let dst = scan.word();
    put_flow_end(line, Slot::Dst, dst);
    // Long tables have flags and the type of service before the counters.
    let mut next = scan.word();
    if next.len() >= 6
        && next
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || *byte == b'.')
    {
        line.put(Slot::Flags, next);
        scan.word();
        next = scan.word();
    }
    line.put(Slot::PktsF, scaled(text, next, &mut scan));
    let bytes = scan.word();
    line.put(Slot::BytesF, scaled(text, bytes, &mut scan));
    Found::Row
}

/// A count with its unit, which nfdump writes from a million on: `1.2 M`.
fn scaled<'a>(text: &'a [u8], count: &'a [u8], scan: &mut Scan<'a>) -> &'a [u8] {
    if !matches!(scan.peek(), b"M" | b"G" | b"T") {
        return count;
    }
    let start = scan.at - count.len();
    scan.word();
    &text[start..scan.at]
}

fn from_scaled(text: &[u8]) -> Option<u64> {
    let (unit, count) = text.split_last()?;
    let power = match unit {
        b'M' => 6,
        b'G' => 9,
        b'T' => 12,
        _ => return None,
    };
    let mut parts = count.trim_ascii().splitn(2, |byte| *byte == b'.');
    let whole = ports::decimal(parts.next()?)?;
    let tenths = ports::decimal(parts.next()?).filter(|tenths| *tenths < 10)?;
    whole
        .checked_mul(10)?
        .checked_add(tenths)?
        .checked_mul(10_u64.pow(power - 1))
}

/// nfdump writes the port of IPv6 behind a point.
fn put_flow_end<'a>(line: &mut Line<'a>, slot: Slot, text: &'a [u8]) {
    if Host::parse(text).is_none()
        && let Some(at) = memchr::memrchr(b'.', text)
        && memchr::memchr_iter(b':', &text[..at]).count() > 1
    {
        let port = if slot == Slot::Src {
            Slot::SrcPort
        } else {
            Slot::DstPort
        };
        line.put(slot, &text[..at]);
        line.put(port, &text[at + 1..]);
    } else {
        line.put_end(slot, text);
    }
}

fn put<'a>(line: &mut Line<'a>, key: &[u8], value: &'a [u8]) {
    let mut folded = [0_u8; 32];
    let mut n_bytes = 0;
    for byte in key
        .iter()
        .filter(|byte| !matches!(byte, b'_' | b'.' | b'-' | b' '))
    {
        let Some(place) = folded.get_mut(n_bytes) else {
            return;
        };
        *place = byte.to_ascii_lowercase();
        n_bytes += 1;
    }
    let known = KEYS
        .iter()
        .find(|(name, _)| name.as_bytes() == &folded[..n_bytes]);
    if let Some((_, slot)) = known
        && !line.has(*slot)
        && value != b"null"
    {
        line.put(*slot, value);
    }
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    event.kind = Kind::FlowUni;
    event.bytes_f = event
        .bytes_f
        .or_else(|| from_scaled(line.get(Slot::BytesF)));
    event.pkts_f = event.pkts_f.or_else(|| from_scaled(line.get(Slot::PktsF)));
    if !event.ts.is_missing() {
        event.ts_start = Some(event.ts.micros);
        event.ts_end = event
            .ts_end
            .or(event.duration_us.map(|length| event.ts.micros + length));
        if let Some(end) = event.ts_end {
            event.duration_us = Some((end - event.ts.micros).max(0));
        }
    }
    if event.proto == proto::UNKNOWN && event.flags.0 != 0 {
        event.proto = proto::TCP;
    }
    if event.proto != proto::TCP {
        (event.flags, event.flags_scope) = (Flags(0), FlagsScope::Unknown);
    } else if event.flags_scope == FlagsScope::Packet {
        event.flags_scope = FlagsScope::OneDirection;
    }
    event.init = Init::of_one_direction(event.flags, event.pkts_f);
    // Whoever sent this was answered, or it would not have gone on.
    if event.flags.has(Flags::SYN | Flags::ACK) && event.flags.any(Flags::PSH | Flags::FIN) {
        event.state = State::Established;
        if event.flags.any(Flags::FIN) {
            event.end = End::Fin;
        }
    }
}
