//! Juniper NetScreen (ScreenOS): traffic lines.
//!
//! Sample   `NetScreen device_id=ns1 [Root]system-notification-00257(traffic): start_time="2024-02-19 10:15:01" duration=0 policy_id=320001 service=tcp/port:445 proto=6 src zone=Untrust dst zone=self action=Deny sent=0 rcvd=48 src=203.0.113.9 dst=192.0.2.1 src_port=51022 dst_port=445`
//! Fields   by name; names hold blanks (`src zone`), and `port` follows the address that it belongs to
//! Quirks   Policies from 320000 on are the device's own: 320001 refuses what is for the device itself.
//! Ignored  Other messages.
//! Spec     <https://www.juniper.net/documentation/en_US/screenos6.3.0/information-products/pathway-pages/screenos/index.html>

use super::cells::{Found, Line, Memory, Slot, Textual, after, has};
use super::{About, Device, Timers, plain};
use crate::engine::model::event::Control;
use crate::engine::model::{Action, End, Event, Init, Kind, Names, Stamp, StampQuality};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static SCREENOS: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[(
        Slot::Rule,
        "policy_id",
        "The policy that decided; numbers from 320000 on are the device's own.",
    )],
};

static ABOUT: About = About {
    id: "screenos",
    title: "Juniper NetScreen, SSG, ISG (ScreenOS)",
    spec: "https://www.juniper.net/documentation/en_US/screenos6.3.0/information-products/pathway-pages/screenos/index.html",
    example: "Feb 19 10:15:02 ns1: NetScreen device_id=ns1 [Root]system-notification-00257(traffic): start_time=\"2024-02-19 10:15:01\" duration=0 policy_id=320001 service=tcp/port:445 proto=6 src zone=Untrust dst zone=self action=Deny sent=0 rcvd=48 src=203.0.113.9 dst=192.0.2.1 src_port=51022 dst_port=445",
    device: Device {
        name: "NetScreen firewall",
        stateless: false,
        deny_is_packet: true,
        timers: Timers {
            tcp: &[1800],
            half_open: &[20],
            half_close: &[],
            udp: &[60],
            icmp: &[60],
        },
        checks: &[],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    has(record.text, b"NetScreen device_id=") || alarm(record.text).is_some()
}

const LABELS: [(&str, Slot); 16] = [
    ("device_id=", Slot::Device),
    ("start_time=", Slot::Start),
    (" duration=", Slot::Seconds),
    (" policy_id=", Slot::Rule),
    (" proto=", Slot::Proto),
    (" src zone=", Slot::InZone),
    (" dst zone=", Slot::OutZone),
    (" action=", Slot::Action),
    (" sent=", Slot::BytesF),
    (" rcvd=", Slot::BytesR),
    (" src=", Slot::Src),
    (" dst=", Slot::Dst),
    (" src_port=", Slot::SrcPort),
    (" dst_port=", Slot::DstPort),
    (" icmp type=", Slot::IcmpType),
    (" session_id=", Slot::Session),
];

/// `[Root]system-alert-00016: Port scan! From 192.0.2.20:80 to 203.0.113.9:8254, proto TCP (zone Untrust, …)`: the ends of
/// a packet that a screen complains of. What became of it the alarm does not say.
fn alarm(text: &[u8]) -> Option<[&[u8]; 3]> {
    let text = &text[find(text, b"]system-")?..];
    let text = &text[find(text, b"! From ")?..];
    Some([
        after(text, b"! From ", b" "),
        after(text, b" to ", b","),
        after(text, b", proto ", b" "),
    ])
    .filter(|parts| parts.iter().all(|part| !part.is_empty()))
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    if let Some([from, to, proto]) = alarm(text) {
        for (end, host, port) in [
            (from, Slot::Src, Slot::SrcPort),
            (to, Slot::Dst, Slot::DstPort),
        ] {
            let address = plain::split_port(end).0;
            line.put(host, address);
            line.put(port, end[address.len()..].strip_prefix(b":").unwrap_or(b""));
        }
        line.put(Slot::Proto, proto);
        line.put(Slot::InZone, after(text, b"(zone ", b","));
        return Found::Row;
    }
    if !has(text, b"(traffic)") {
        return if has(text, b"changed state") || has(text, b"master") {
            Found::Control(Control::Failover)
        } else if has(text, b"system reset") || has(text, b"was powered on") {
            Found::Control(Control::Restart)
        } else {
            Found::Other
        };
    }
    line.labels(text, &LABELS, b" ");
    for (label, slot) in [
        (&b"src-xlated ip="[..], Slot::NatSrc),
        (b"dst-xlated ip=", Slot::NatDst),
    ] {
        if let Some(at) = find(text, label) {
            line.put(slot, after(&text[at..], label, b" "));
            let port = if slot == Slot::NatSrc {
                Slot::NatSrcPort
            } else {
                Slot::NatDstPort
            };
            line.put(port, after(&text[at..], b" port=", b" "));
        }
    }
    if let Some(at) = find(text, b"reason=") {
        line.put(Slot::Reason, text[at + 7..].trim_ascii_end());
    }
    Found::Row
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    // The header has no year, the beginning has.
    if let Some(start) = event.ts_start
        && event.ts.quality >= StampQuality::NoYear
    {
        let micros = start + event.duration_us.unwrap_or(0);
        event.ts = Stamp::new(micros, StampQuality::AssumedZone, 1_000_000);
    }
    event.implicit = line.get(Slot::Rule).starts_with(b"3200");
    if event.action.is_denied() || line.get(Slot::Action).is_empty() {
        return;
    }
    let reason = line.get(Slot::Reason);
    event.init = Init::Src;
    event.kind = if has(reason, b"Creation") {
        Kind::SessionStart
    } else {
        Kind::SessionEnd
    };
    event.action = if event.kind == Kind::SessionStart {
        Action::Start
    } else {
        Action::Allow
    };
    event.end = if has(reason, b"FIN") {
        End::Fin
    } else if has(reason, b"RST") {
        End::Rst
    } else if has(reason, b"AGE OUT") {
        End::Aged
    } else if has(reason, b"RESP") {
        End::Response
    } else {
        End::None
    };
}
