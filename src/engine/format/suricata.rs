//! Suricata EVE JSON: flows, halves of flows, alerts, drops and what protocols say; also inside AWS Network Firewall.
//!
//! Sample   `{"timestamp":"2024-02-19T10:15:02.1+0000","event_type":"flow","src_ip":"10.1.1.5","src_port":50012,…}`
//! Fields   `src_ip`, `flow.bytes_toserver`, `flow.reason`, `tcp.tcp_flags_ts`, `alert.action`
//! Quirks   The source of a flow is its client, after Suricata's own judgement; the source of an alert sent the packet.
//!          Flags are ORed over one direction. Only a flow that begins with a SYN proves who opened it.
//! Spec     <https://docs.suricata.io/en/latest/output/eve/eve-json-format.html>

use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall, is_json};
use super::{About, plain};
use crate::engine::model::{Action, End, Flags, FlagsScope, Init, Kind, proto};

const FIELDS: &[(Role, &str)] = &[
    (Role::Time, "timestamp"),
    (Role::Kind, "event_type"),
    (Role::Src, "src_ip"),
    (Role::SrcPort, "src_port"),
    (Role::Dst, "dest_ip"),
    (Role::DstPort, "dest_port"),
    (Role::Proto, "proto"),
    (Role::App, "app_proto"),
    (Role::Session, "flow_id"),
    (Role::Device, "host firewall_name sensor_name"),
    (Role::InIf, "in_iface"),
    (Role::Action, "alert.action verdict.action flow.action"),
    (Role::Rule, "alert.signature_id"),
    (Role::RuleName, "alert.signature"),
    (Role::BytesOut, "flow.bytes_toserver netflow.bytes"),
    (Role::BytesIn, "flow.bytes_toclient"),
    (Role::PktsOut, "flow.pkts_toserver netflow.pkts"),
    (Role::PktsIn, "flow.pkts_toclient"),
    (Role::Start, "flow.start netflow.start"),
    (Role::End, "flow.end netflow.end"),
    (Role::Sub, "flow.state"),
    (Role::Reason, "flow.reason"),
    (Role::Own1, "tcp.tcp_flags_ts"),
    (Role::Own2, "tcp.tcp_flags_tc"),
    (Role::Own3, "tcp.tcp_flags"),
    (Role::Way, "direction"),
    (Role::IcmpType, "icmp_type"),
    (Role::IcmpCode, "icmp_code"),
];

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "suricata",
        title: "Suricata (EVE JSON)",
        spec: "https://docs.suricata.io/en/latest/output/eve/eve-json-format.html",
        example: "{\"timestamp\":\"2024-02-19T10:15:02.1+0000\",\"event_type\":\"flow\",\"src_ip\":\"10.1.1.5\",\"src_port\":50012,\"dest_ip\":\"203.0.113.80\",\"dest_port\":443,\"proto\":\"TCP\",\"app_proto\":\"tls\",\"flow\":{\"pkts_toserver\":12,\"pkts_toclient\":14,\"bytes_toserver\":1800,\"bytes_toclient\":9960,\"state\":\"closed\",\"reason\":\"timeout\"},\"tcp\":{\"tcp_flags_ts\":\"1b\",\"tcp_flags_tc\":\"1b\"}}",
        device: firewall("Suricata"),
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record)
            && (record.has(b"\"event_type\"") || record.has(b"\"flow_id\""))
            && record.has(b"\"dest_ip\"")
            && record.has(b"\"proto\"")
            && !record.has(b"\"firewall_name\"")
    },
    fields: FIELDS,
    tune,
});

pub static AWS: Dialect = Dialect(&Spec {
    about: About {
        id: "aws_network_firewall",
        title: "AWS Network Firewall",
        spec: "https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-contents.html",
        example: "{\"firewall_name\":\"fw1\",\"availability_zone\":\"eu-central-1a\",\"event_timestamp\":\"1708337702\",\"event\":{\"timestamp\":\"2024-02-19T10:15:02.637611+0000\",\"flow_id\":706471429191862,\"event_type\":\"alert\",\"src_ip\":\"10.0.1.5\",\"src_port\":51254,\"dest_ip\":\"203.0.113.25\",\"dest_port\":25,\"proto\":\"TCP\",\"alert\":{\"action\":\"blocked\",\"signature_id\":1000003,\"signature\":\"no mail from here\"}}}",
        device: firewall("AWS Network Firewall"),
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record) && record.has(b"\"firewall_name\"") && record.has(b"\"event_type\"")
    },
    fields: FIELDS,
    tune,
});

/// Of a packet that was dropped, each flag has a name of its own.
const DROP_FLAGS: [(&str, u16); 6] = [
    ("syn", Flags::SYN),
    ("ack", Flags::ACK),
    ("fin", Flags::FIN),
    ("rst", Flags::RST),
    ("psh", Flags::PSH),
    ("urg", Flags::URG),
];

fn hex(text: Option<&[u8]>) -> Option<Flags> {
    let text = std::str::from_utf8(text?).ok()?;
    u16::from_str_radix(text, 16).ok().map(Flags)
}

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let kind = draft.word(Role::Kind);
    let (there, back) = (hex(draft.get(Role::Own1)), hex(draft.get(Role::Own2)));
    let one_way = hex(draft.get(Role::Own3));
    let action = match (kind, draft.get(Role::Action)) {
        (b"drop", None) => Some(Action::Drop),
        (b"flow" | b"netflow", None) => None,
        (_, Some(b"alert" | b"pass")) => Some(Action::Allow),
        (_, word) => word.and_then(plain::action),
    };
    draft.decide(action);
    let (reason, state) = (draft.word(Role::Reason), draft.word(Role::Sub));
    let is_reply = draft.word(Role::Way) == b"to_client" && kind != b"flow";
    let is_tcp = draft.event.proto == proto::TCP;
    let event = &mut draft.event;
    event.way = crate::engine::model::Way::Unsaid;
    if is_reply {
        // Counters are the client's; this packet came from the server.
        std::mem::swap(&mut event.bytes_f, &mut event.bytes_r);
        std::mem::swap(&mut event.pkts_f, &mut event.pkts_r);
    }
    match kind {
        b"flow" => {
            event.kind = Kind::FlowBi;
            event.end = match (state, reason) {
                (b"closed", _) if is_tcp => End::Fin,
                (_, b"timeout") => End::IdleTimeout,
                (_, b"tcp_reuse") => End::Reuse,
                _ => End::Unknown,
            };
            if let Some(flags) = there.filter(|_| is_tcp) {
                (event.flags, event.flags_scope) = (flags, FlagsScope::OneDirection);
            }
            let syn = |flags: Option<Flags>| flags.is_some_and(|flags| flags.has(Flags::SYN));
            event.init = match (syn(there), syn(back)) {
                (true, _) => Init::SrcSeen,
                (false, true) if is_tcp => Init::SrcSeen,
                _ => Init::SrcDenied,
            };
        }
        b"netflow" => {
            (event.kind, event.init) = (Kind::FlowUni, Init::Unsaid);
            if let Some(flags) = one_way.filter(|_| is_tcp) {
                (event.flags, event.flags_scope) = (flags, FlagsScope::OneDirection);
                event.init = Init::of_one_direction(flags, event.pkts_f);
            }
        }
        _ => (event.kind, event.init) = (Kind::Packet, Init::Unsaid),
    }
    // Signatures of that name are about the connection itself, and the service of AWS calls its policies alerts.
    let is_alarm = kind == b"alert"
        && !draft.word(Role::RuleName).starts_with(b"SURICATA ")
        && !draft.record.has(b"\"firewall_name\"");
    if is_alarm {
        draft.event.alarm(true);
    }
    if kind == b"drop" && is_tcp {
        let bits = DROP_FLAGS
            .iter()
            .filter(|(name, _)| draft.named(name) == Some(b"true"));
        draft.event.flags = Flags(bits.map(|(_, bit)| bit).sum());
        draft.event.flags_scope = FlagsScope::Packet;
    }
    true
}
