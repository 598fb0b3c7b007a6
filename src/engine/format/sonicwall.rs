//! SonicWall (SonicOS 5 to 7): syslog in the default and the enhanced form.
//!
//! Sample   `id=firewall sn=000000000001 time="2024-02-19 10:15:02 UTC" fw=192.0.2.1 pri=5 c=512 m=888 msg="…" …`
//! Fields   `src`, `dst` = address:port:interface:name · `m` = number of the message · `note` = TCP flags
//! Quirks   The time in the record is better than the one before it. IPv6 stands in `srcV6`, its port in `src=:443:X0`.
//!          Slots for ports hold type and id where the protocol is ICMP.
//! Spec     <https://www.sonicwall.com/techdocs/pdf/sonicos-7-0-log-events-reference-guide.pdf>

use super::dialect::{Dialect, Draft, Role, Shape, Spec, contains, split_end};
use super::{About, Check, Device, Timers, Topic, plain};
use crate::engine::model::event::Control;
use crate::engine::model::{
    Action, End, Endpoint, FlagsScope, Host, IfRole, Init, Kind, State, Way, WayBasis, ports, proto,
};
use crate::engine::source::find::find;

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "sonicwall",
        title: "SonicWall (SonicOS)",
        spec: "https://www.sonicwall.com/support/technical-documentation/",
        example: "id=firewall sn=000000000001 time=\"2024-02-19 10:15:02 UTC\" fw=192.0.2.1 pri=5 c=512 m=888 msg=\"TCP packet received on non-existent/closed connection; TCP packet dropped\" n=1683 src=10.0.0.11:443:X0 dst=203.0.113.45:51515:X1 proto=tcp/51515 note=\"TCP Flag(s): ACK FIN\"",
        device: Device {
            name: "SonicWall",
            stateless: false,
            deny_is_packet: true,
            timers: Timers {
                tcp: &[900],
                half_open: &[10, 60],
                udp: &[30],
                ..Timers::NONE
            },
            checks: &[
                Check {
                    about: Topic::Timers,
                    place: "Network > Firewall > Flood Protection, and each access rule > Advanced",
                    command: "",
                    why: "TCP connection inactivity timeout, 15 minutes by default: replies that come later have no connection",
                },
                Check {
                    about: Topic::Table,
                    place: "Monitor > Connections",
                    command: "",
                    why: "shows whether a connection of {client} to port {port} is known now",
                },
            ],
        },
    },
    shape: Shape::Equals(b' '),
    // The id may be set to the name of the device.
    claims: |record| record.has(b" sn=") && record.has(b" m=") && record.has(b" fw="),
    fields: &[
        (Role::Time, "time"),
        (Role::Device, "fw"),
        (Role::Code, "m"),
        (Role::SrcEnd, "src"),
        (Role::Src, "srcV6"),
        (Role::DstEnd, "dst"),
        (Role::Dst, "dstV6"),
        (Role::NatSrc, "natSrc natSrcV6"),
        (Role::NatDst, "natDst natDstV6"),
        (Role::Proto, "proto"),
        (Role::Action, "fw_action"),
        (Role::Rule, "rule"),
        (Role::InZone, "srcZone"),
        (Role::OutZone, "dstZone"),
        (Role::BytesOut, "sent"),
        (Role::BytesIn, "rcvd"),
        (Role::PktsOut, "spkt"),
        (Role::PktsIn, "rpkt"),
        (Role::Millis, "cdur"),
        (Role::App, "appName"),
        (Role::IcmpType, "type icmpType"),
        (Role::IcmpCode, "icmpCode"),
        (Role::Reason, "note"),
        (Role::Message, "msg"),
    ],
    tune,
});

/// What records of the firewall about itself explain.
const EVENTS: [(&str, Control); 9] = [
    ("SonicWALL activated", Control::Restart),
    ("SonicWall activated", Control::Restart),
    ("cache is full", Control::TableFull),
    ("transitioned to Active", Control::Failover),
    ("transitioned to Idle", Control::Failover),
    ("HA Peer Firewall", Control::Failover),
    ("Link Is Up", Control::Routing),
    ("Link Is Down", Control::Routing),
    ("WAN Failover", Control::Routing),
];

/// What records of inspection are called.
const FINDINGS: [&str; 4] = [
    "Prevention Alert",
    "Detection Alert",
    "Anti-Virus Alert",
    "Anti-Spyware",
];

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    if draft.event.src.host.is_none() && draft.event.dst.host.is_none() {
        draft.explain(&EVENTS);
        return false;
    }
    let (src, dst) = (draft.word(Role::SrcEnd), draft.word(Role::DstEnd));
    // With IPv6 only the port stands there.
    let has_ports = draft.has_ports();
    if draft.get(Role::Src).is_some() {
        draft.event.src.port = split_end(src).1.filter(|_| has_ports);
    }
    if draft.get(Role::Dst).is_some() {
        draft.event.dst.port = split_end(dst).1.filter(|_| has_ports);
    }
    draft.event.in_if = draft.names.id(interface(src));
    draft.event.out_if = draft.names.id(interface(dst));
    let note = draft.word(Role::Reason);
    if draft.event.proto == proto::TCP
        && let Some(at) = find(note, b"TCP Flag(s): ")
        && let Some(flags) = plain::flags(&note[at + 13..])
    {
        draft.event.flags = flags;
        draft.event.flags_scope = FlagsScope::Packet;
    }
    let message = draft.word(Role::Message);
    let is_stray = contains(message, "non-existent") || contains(message, "closed connection");
    let code = draft.number(Role::Code).unwrap_or(0);
    let action = match code {
        98 => Some(Action::Start),
        537 => Some(Action::Close),
        97 => Some(Action::Allow),
        36..=38 | 173..=175 | 181 | 524 | 526 | 706..=713 | 888 => Some(Action::Drop),
        _ => draft.get(Role::Action).and_then(plain::action).or_else(|| {
            const REFUSED: [&str; 5] = [
                "dropped",
                "denied",
                "blocked",
                "rejected",
                "Prevention Alert",
            ];
            let is_refused = REFUSED.iter().any(|word| contains(message, word));
            let is_let = contains(message, "allowed") || contains(message, "Successful");
            match (is_refused, is_let) {
                (true, _) => Some(Action::Drop),
                (false, true) => Some(Action::Allow),
                (false, false) => None,
            }
        }),
    };
    draft.decide(action);
    if code == 1197 {
        mapped(draft, note);
    }
    if draft.get(Role::Action).is_none() {
        draft.event.action_raw = draft.names.id(message);
    }
    let event = &mut draft.event;
    if event.action.is_denied() && (is_stray || matches!(code, 181 | 708..=713 | 888)) {
        event.state = State::NoState;
    } else if event.action.is_denied() && contains(message, "spoof") {
        event.state = State::Spoofed;
    }
    if code == 537 {
        event.end = End::Unknown;
    }
    // Exchanges over UDP that idled out may be opened again by their answers.
    if event.init == Init::Src {
        event.init = Init::SrcWeak;
    }
    if FINDINGS.iter().any(|word| contains(message, word)) {
        event.alarm(true);
    } else if event.kind == Kind::SessionUpdate && event.duration_us.is_some() {
        event.kind = Kind::SessionEnd;
    }
    event.way = Way::Unsaid;
    event.way_basis = WayBasis::Unsaid;
    let has_zones = !event.in_zone.is_none() || !event.out_zone.is_none();
    let is_translated = event.nat_src.is_some() || event.nat_dst.is_some();
    if !has_zones {
        event.in_role = role(interface(src));
        event.out_role = role(interface(dst));
    }
    // `fw` is the firewall's own address.
    if let Some(own) = Host::parse(draft.word(Role::Device)).filter(|_| !is_translated) {
        let event = &mut draft.event;
        if event.dst.host == own {
            (event.way, event.out_role) = (Way::LocalIn, IfRole::Local);
        } else if event.src.host == own {
            (event.way, event.in_role) = (Way::LocalOut, IfRole::Local);
        }
        if event.way != Way::Unsaid {
            event.way_basis = WayBasis::PacketAtInterface;
        }
    }
    true
}

/// `Source: 198.51.100.2, 63130, Destination: 203.0.113.4, 443, Protocol: 6`: both ends after translation.
fn mapped(draft: &mut Draft<'_, '_>, note: &[u8]) {
    draft.decide(Some(Action::Nat));
    let end = |label: &[u8], of: Endpoint| {
        let rest = &note[find(note, label)? + label.len()..];
        let mut parts = rest.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        let host = Host::parse(parts.next()?)?;
        let port = of.port.and(parts.next().and_then(ports::port));
        let end = Endpoint::new(host, port);
        (end != of).then_some(end)
    };
    draft.event.nat_src = end(b"Source: ", draft.event.src);
    draft.event.nat_dst = end(b"Destination: ", draft.event.dst);
}

/// What the first two interfaces are on every model as it comes.
fn role(name: &[u8]) -> IfRole {
    match name {
        b"X0" => IfRole::Lan,
        b"X1" => IfRole::Wan,
        _ => IfRole::Unsaid,
    }
}

/// The third part of an end.
fn interface(text: &[u8]) -> &[u8] {
    let part = text.split(|byte| *byte == b':').nth(2);
    part.filter(|part| part.len() < 16).unwrap_or_default()
}
