//! Cloudflare (Logpush, JSON): Gateway's network decisions, Zero Trust sessions, Spectrum, packets of Magic Firewall.
//!
//! Sample   `{"AccountID":"a1","Action":"blocked","Datetime":"2024-02-19T10:15:02Z","SourceIP":"198.51.100.7","DestinationIP":"203.0.113.25",…}`
//! Fields   `SourceIP`, `DestinationIP` or `OriginIP`, `EgressIP` = the source behind Cloudflare, `BytesSent` of the client
//! Quirks   A session names why it was closed; who opened it was the client, always. Packets are one of
//!          `SampleInterval`; `Verdict` is what should be done with one, `Outcome` what was done.
//! Spec     <https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/account/gateway_network/>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall, is_json};
use crate::engine::model::{Action, End, Init, Kind};

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "cloudflare",
        title: "Cloudflare Gateway and Zero Trust sessions",
        spec: "https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/account/gateway_network/",
        example: "{\"AccountID\":\"a1\",\"Action\":\"blocked\",\"Datetime\":\"2024-02-19T10:15:02Z\",\"DestinationIP\":\"203.0.113.25\",\"DestinationPort\":25,\"PolicyName\":\"no-mail\",\"SessionID\":\"17\",\"SourceIP\":\"198.51.100.7\",\"SourcePort\":50012,\"Transport\":\"tcp\"}",
        device: firewall("Cloudflare"),
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record)
            && (record.has(b"\"SourceIP\"")
                && [&b"\"AccountID\""[..], b"\"PolicyID\"", b"\"SignatureID\""]
                    .iter()
                    .any(|name| record.has(name))
                || record.has(b"\"IPSourceAddress\"")
                || record.has(b"\"ClientMatchedIpFirewall\""))
    },
    fields: &[
        (Role::Time, "Datetime SessionStartTime Timestamp"),
        (Role::Start, "SessionStartTime ConnectTimestamp"),
        (Role::End, "SessionEndTime DisconnectTimestamp"),
        (Role::Src, "SourceIP IPSourceAddress ClientIP"),
        (Role::SrcPort, "SourcePort ClientPort"),
        (Role::Dst, "DestinationIP OriginIP IPDestinationAddress"),
        (Role::DstPort, "DestinationPort OriginPort"),
        (Role::NatSrc, "EgressIP"),
        (Role::NatSrcPort, "EgressPort"),
        (Role::NatDst, "OverrideIP"),
        (Role::NatDstPort, "OverridePort"),
        (Role::Proto, "Transport Protocol IPProtocol ClientProto"),
        (Role::Action, "Action Outcome Event"),
        (Role::RuleName, "PolicyName RuleName"),
        (Role::Device, "IngressColoName"),
        (Role::BytesOut, "BytesSent ClientBytes"),
        (Role::BytesIn, "BytesReceived OriginBytes"),
        (Role::Session, "SessionID"),
        (Role::Reason, "ConnectionCloseReason"),
        (Role::Count, "SampleInterval"),
        (Role::Flags, "TCPFlags"),
        (Role::Seq, "TCPSequenceNumber"),
        (Role::IcmpType, "ICMPType"),
        (Role::IcmpCode, "ICMPCode"),
        (Role::Length, "IPTotalLength"),
        (Role::Ttl, "IPTTL"),
        (Role::Way, "Direction"),
    ],
    tune,
});

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let reason = draft.word(Role::Reason);
    let is_packet = draft.get(Role::Length).is_some();
    match draft.word(Role::Action) {
        b"connect" => draft.decide(Some(Action::Start)),
        b"clientFiltered" => draft.decide(Some(Action::Drop)),
        b"disconnect" | b"tlsError" | b"resolveOrigin" | b"originError" => {
            draft.decide(Some(Action::Close));
            draft.event.end = End::Unknown;
        }
        _ => {}
    }
    let event = &mut draft.event;
    if is_packet {
        (event.kind, event.init) = (Kind::Packet, Init::Unsaid);
        return true;
    }
    if !reason.is_empty() {
        (event.kind, event.action, event.init) = (Kind::SessionEnd, Action::Close, Init::Src);
        event.end = match reason {
            b"CLIENT_CLOSED" | b"ORIGIN_CLOSED" => End::Fin,
            b"CLIENT_IDLE_TIMEOUT" | b"ORIGIN_IDLE_TIMEOUT" => End::IdleTimeout,
            b"CLIENT_ERROR" | b"CLIENT_TLS_ERROR" => End::RstClient,
            b"ORIGIN_ERROR" | b"ORIGIN_TLS_ERROR" => End::RstServer,
            _ => End::Unknown,
        };
    } else if event.action == Action::Allow {
        event.kind = Kind::SessionStart;
    }
    true
}
