//! CEF, the form in which many products send their records to a collector.
//!
//! Sample   `CEF:0|Fortinet|Fortigate|v7.4|00013|traffic:forward close|3|src=10.1.1.5 spt=50012 dst=203.0.113.80 dpt=443 …`
//! Fields   `src spt dst dpt proto act in out`, translations, interfaces; what is the vendor's own, by its prefix or label
//! Quirks   By the book `in` flows from source to destination and `out` back; some vendors mean sent and received.
//!          Palo Alto's `start` is when the record was made, at the session's end. Custom fields are named by `cs1Label`. A value ends where the next
//!          name begins. Syslog daemons take `CEF:` for the name of a program and cut it off.
//! Spec     <https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors/pdfdoc/cef-implementation-standard/cef-implementation-standard.pdf>

use super::dialect::{Dialect, Draft, Role, Shape, Spec, contains, firewall};
use super::{About, plain};
use crate::engine::model::{
    Action, End, Flags, FlagsScope, Init, Kind, SessionTag, State, Way, WayBasis, ports, proto,
};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "cef",
        title: "CEF (Common Event Format)",
        spec: "https://www.microfocus.com/documentation/arcsight/",
        example: "CEF:0|Fortinet|Fortigate|v7.4|00013|traffic:forward close|3|src=10.1.1.5 spt=50012 dst=203.0.113.80 dpt=443 proto=6 act=close sourceTranslatedAddress=198.51.100.2 sourceTranslatedPort=22011 out=1188 in=9224 deviceInboundInterface=lan deviceOutboundInterface=wan1",
        device: firewall("firewall"),
    },
    shape: Shape::Cef,
    claims,
    fields: &[
        (
            Role::Time,
            "rt deviceReceiptTime UNIFIutcTime FTNTFGTeventtime FortinetFortiGateeventtime eventtime",
        ),
        (Role::Zone, "dtz FTNTFGTtz FortinetFortiGatetz"),
        (Role::Start, "start startTime"),
        (Role::End, "end endTime"),
        (Role::Device, "dvchost deviceHostName UNIFIhost dvc origin"),
        (Role::Src, "src sourceAddress c6a2"),
        (Role::SrcPort, "spt sourcePort"),
        (Role::Dst, "dst destinationAddress c6a3"),
        (Role::DstPort, "dpt destinationPort"),
        (Role::NatSrc, "sourceTranslatedAddress xlatesrc"),
        (Role::NatSrcPort, "sourceTranslatedPort xlatesport"),
        (Role::NatDst, "destinationTranslatedAddress xlatedst"),
        (Role::NatDstPort, "destinationTranslatedPort xlatedport"),
        (Role::Proto, "proto transportProtocol"),
        (Role::Service, "service_id"),
        (
            Role::Action,
            "act deviceAction FTNTFGTaction FortinetFortiGateaction",
        ),
        (
            Role::Rule,
            "FTNTFGTpolicyid FortinetFortiGatepolicyid rule rule_uid",
        ),
        (Role::RuleName, "rule_name PanOSRuleName UNIFIpolicyName"),
        (
            Role::InIf,
            "deviceInboundInterface ifname PanOSInboundInterface",
        ),
        (
            Role::OutIf,
            "deviceOutboundInterface PanOSOutboundInterface",
        ),
        (Role::InZone, "inzone UNIFIsrcZone PanOSFromZone"),
        (Role::OutZone, "outzone UNIFIdstZone PanOSToZone"),
        (Role::BytesOut, "in bytesIn"),
        (Role::BytesIn, "out bytesOut"),
        (
            Role::PktsOut,
            "FTNTFGTsentpkt FortinetFortiGatesentpkt PanOSPacketsSent",
        ),
        (
            Role::PktsIn,
            "FTNTFGTrcvdpkt FortinetFortiGatercvdpkt PanOSPacketsReceived",
        ),
        (
            Role::Seconds,
            "FTNTFGTduration FortinetFortiGateduration PanOSSessionDuration elapsed",
        ),
        (Role::Session, "externalId FTNTFGTsessionid PanOSSessionID"),
        (Role::Count, "cnt"),
        (Role::App, "app"),
        (Role::Way, "deviceDirection"),
        (Role::Reason, "reason tcp_packet_out_of_state"),
        (Role::Flags, "tcp_flags"),
        (Role::IcmpType, "icmp_type"),
        (Role::IcmpCode, "icmp_code"),
        (Role::Message, "msg message_info"),
        (Role::Kind, "cat"),
    ],
    tune,
});

fn claims(record: &Record<'_>) -> bool {
    let text = record.body;
    let is_cut = || {
        text.starts_with(b"0|")
            && memchr::memchr_iter(b'|', text).nth(5).is_some()
            && has_src(record)
    };
    text.starts_with(b"CEF:") || is_cut() || text.starts_with(b"ASM:CEF:")
}

fn has_src(record: &Record<'_>) -> bool {
    record.has(b"src=") || record.has(b"sourceAddress=")
}

/// Vendors that mean sent by `out` and received by `in`.
const SENT_IS_OUT: [&[u8]; 4] = [b"Fortinet", b"SonicWall", b"Check Point", b"Zscaler"];

/// Records of what inspection found, and signs that it may have been in an answer.
const INSPECTIONS: [&[u8]; 3] = [b"cat=utm:", b"cat=THREAT", b"|THREAT|"];
const ALARMS: [&[u8]; 3] = [b"cat=utm:ips", b"cat=utm:virus", b"THREAT|"];
const ANSWERS: [&[u8]; 2] = [b"server-to-client", b"deviceDirection=0"];

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let word = draft.word(Role::Action);
    let title = draft.word(Role::Title);
    let action = match word {
        b"ip-conn" => Some(Action::Timeout),
        b"dns" | b"Encrypt" | b"Decrypt" | b"Bypass" => Some(Action::Allow),
        b"Prevent" | b"Terminate" => Some(Action::Drop),
        b"" if contains(title, "and blocked") => Some(Action::Drop),
        b"" if draft.word(Role::Vendor) == b"SonicWall" || title.starts_with(b"Connection_") => {
            plain::action(title)
        }
        b"" => None,
        word => plain::action(word),
    };
    draft.decide(action);
    // Where a label names the session, the other number counts records.
    if let Some(number) = draft.labelled("SessionID").and_then(ports::decimal) {
        draft.event.session_id = SessionTag::Number(number);
    }
    let message = draft.word(Role::Message);
    let why = [draft.word(Role::Reason), message, title];
    let flags = draft.labelled("TCP Flags").and_then(|text| {
        // `0x00 ACK PSH`: the words are all.
        plain::flags(text.strip_prefix(b"0x00 ").unwrap_or(text))
    });
    let zones = ["Source Zone", "Destination Zone"].map(|label| draft.labelled(label));
    let rule = draft
        .labelled("acl_rule_name")
        .or_else(|| draft.labelled("Rule Name"))
        .or_else(|| draft.labelled("Rule"));
    for (zone, place) in zones
        .into_iter()
        .zip([&mut draft.event.in_zone, &mut draft.event.out_zone])
    {
        if let Some(name) = zone {
            *place = draft.names.id(name);
        }
    }
    if let Some(name) = rule.filter(|_| draft.event.rule_name.is_none()) {
        draft.event.rule_name = draft.names.id(name);
    }
    let way = match draft.word(Role::Way) {
        b"0" => Way::In,
        b"1" => Way::Out,
        _ => draft.event.way,
    };
    let is_end = contains(word, "close")
        || contains(word, "rst")
        || matches!(word, b"timeout" | b"ip-conn")
        || contains(title, "traffic") && contains(title, "accept")
        || matches!(
            (draft.word(Role::Code), title),
            (b"TRAFFIC", b"end") | (b"end", b"TRAFFIC")
        );
    // `Not a Valid SYN Packet [A]`
    let bracket = find(message, b"SYN Packet [").and_then(|at| {
        let rest = &message[at + 12..];
        Flags::from_letters(&rest[..memchr::memchr(b']', rest)?])
    });
    let flags = flags.or(bracket);
    let vendor = draft.word(Role::Vendor);
    // Palo Alto's firewalls write by the book, its logging service does not.
    let sent_is_out = SENT_IS_OUT.contains(&vendor) || draft.word(Role::Product) == b"LF";
    let length = if vendor == b"Palo Alto Networks" {
        ["Elapsed time in seconds", "SessionDuration"]
            .iter()
            .find_map(|label| draft.labelled(label))
            .and_then(plain::micros)
    } else {
        None
    };
    let event = &mut draft.event;
    if let (Some(length), Some(end)) = (length, event.ts_start) {
        event.duration_us = Some(length);
        (event.ts_start, event.ts_end) = (Some(end.saturating_sub(length)), Some(end));
    }
    if sent_is_out {
        std::mem::swap(&mut event.bytes_f, &mut event.bytes_r);
    }
    (event.way, event.way_basis) = (
        way,
        if way == Way::Unsaid {
            WayBasis::Unsaid
        } else {
            WayBasis::PacketAtInterface
        },
    );
    if let Some(flags) = flags.filter(|_| event.proto == proto::TCP) {
        (event.flags, event.flags_scope) = (flags, FlagsScope::Packet);
    }
    event.state = why
        .map(plain::state)
        .into_iter()
        .max()
        .unwrap_or(State::Unsaid);
    if !event.action.is_denied() && is_end {
        event.kind = Kind::SessionEnd;
        event.end = match word {
            b"client-rst" => End::RstClient,
            b"server-rst" => End::RstServer,
            b"timeout" => End::IdleTimeout,
            b"ip-conn" if event.proto == proto::TCP => End::SynTimeout,
            b"close" => End::Fin,
            _ => match why[0] {
                b"tcp-fin" => End::Fin,
                b"tcp-rst-from-client" => End::RstClient,
                b"tcp-rst-from-server" => End::RstServer,
                b"aged-out" => End::Aged,
                _ => End::Unknown,
            },
        };
    }
    // Records of inspection name the sender of a packet; they say less about who opened the connection.
    if event.init == Init::Src && event.kind == Kind::SessionUpdate {
        event.init = Init::SrcWeak;
    }
    let has = |signs: &[&[u8]]| signs.iter().any(|sign| draft.record.has(sign));
    if has(&INSPECTIONS) {
        let is_answer = has(&ANSWERS);
        if has(&ALARMS) && !draft.record.has(b"|url|") {
            draft.event.alarm(is_answer);
        } else {
            draft.event.inspect(is_answer);
        }
    }
    true
}
