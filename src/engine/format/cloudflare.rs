//! Cloudflare Gateway: network decisions and Zero Trust network sessions (Logpush), as JSON.
//!
//! Sample   `{"AccountID":"a1","Action":"blocked","Datetime":"2024-02-19T10:15:02Z","SourceIP":"198.51.100.7","DestinationIP":"203.0.113.25",…}`
//! Fields   `SourceIP`, `DestinationIP` or `OriginIP`, `EgressIP` = the source behind Cloudflare, `BytesSent` of the client
//! Quirks   A session names why it was closed; who opened it was the client, always.
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
            && record.has(b"\"SourceIP\"")
            && (record.has(b"\"AccountID\"") || record.has(b"\"PolicyID\""))
    },
    fields: &[
        (Role::Time, "Datetime SessionStartTime"),
        (Role::Start, "SessionStartTime"),
        (Role::End, "SessionEndTime"),
        (Role::Src, "SourceIP"),
        (Role::SrcPort, "SourcePort"),
        (Role::Dst, "DestinationIP OriginIP"),
        (Role::DstPort, "DestinationPort OriginPort"),
        (Role::NatSrc, "EgressIP"),
        (Role::NatSrcPort, "EgressPort"),
        (Role::NatDst, "OverrideIP"),
        (Role::NatDstPort, "OverridePort"),
        (Role::Proto, "Transport Protocol"),
        (Role::Action, "Action"),
        (Role::RuleName, "PolicyName"),
        (Role::Device, "IngressColoName"),
        (Role::BytesOut, "BytesSent"),
        (Role::BytesIn, "BytesReceived"),
        (Role::Session, "SessionID"),
        (Role::Reason, "ConnectionCloseReason"),
    ],
    tune,
});

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let reason = draft.word(Role::Reason);
    let event = &mut draft.event;
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
