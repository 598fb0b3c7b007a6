//! F5 BIG-IP: network firewall (AFM) and the other modules of Telemetry Streaming, as JSON or as pairs.
//!
//! Sample   `{"acl_rule_name":"ping","action":"Reject","source_ip":"10.0.0.11","dest_ip":"203.0.113.45","ip_protocol":"TCP",…}`
//! Fields   `source_ip`, `dest_ip`, `translated_source_ip`, `acl_rule_name`, `vlan`
//! Quirks   A record of the application modules calls the source `client_ip`. The CEF of F5 is read as CEF.
//! Spec     <https://techdocs.f5.com/en-us/bigip-15-1-0/external-monitoring-of-big-ip-systems-implementations.html>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall, is_json, split_end};
use crate::engine::format::plain;
use crate::engine::model::{Action, End, Endpoint, Host, Init, Kind, ResetBy, ports, proto};
use crate::engine::source::find::find;

const FIELDS: &[(Role, &str)] = &[
    (Role::Time, "date_time timestamp event_timestamp"),
    (Role::Device, "hostname"),
    (Role::Src, "source_ip client_ip ip_client source_address"),
    (Role::SrcPort, "source_port client_port"),
    (Role::Dst, "dest_ip destination_ip dest_address"),
    (Role::DstPort, "dest_port destination_port"),
    (Role::NatSrc, "translated_source_ip"),
    (Role::NatSrcPort, "translated_source_port"),
    (Role::NatDst, "translated_dest_ip"),
    (Role::NatDstPort, "translated_dest_port"),
    (Role::Proto, "ip_protocol"),
    (Role::Action, "action request_status"),
    (Role::RuleName, "acl_rule_name"),
    (Role::InIf, "vlan"),
    (Role::InZone, "src_zone"),
    (Role::OutZone, "dest_zone"),
    (Role::Session, "flow_id"),
    (Role::App, "application"),
    (Role::Reason, "drop_reason"),
];

const EXAMPLE: &str = "{\"acl_policy_name\":\"/Common/p1\",\"acl_rule_name\":\"no-mail\",\"action\":\"Reject\",\"hostname\":\"lb1.example\",\"date_time\":\"2024-02-19T10:15:02.000Z\",\"dest_ip\":\"203.0.113.25\",\"dest_port\":\"25\",\"device_vendor\":\"F5\",\"drop_reason\":\"Policy\",\"errdefs_msgno\":\"23003137\",\"ip_protocol\":\"TCP\",\"source_ip\":\"10.0.0.4\",\"source_port\":\"50012\",\"vlan\":\"/Common/internal\"}";

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "f5_bigip",
        title: "F5 BIG-IP",
        spec: "https://techdocs.f5.com/en-us/bigip-15-1-0/external-monitoring-of-big-ip-systems-implementations.html",
        example: EXAMPLE,
        device: firewall("BIG-IP"),
    },
    // JSON, or `name="value",…` where there is no brace.
    shape: Shape::Json,
    claims: |record| {
        is_numbered(record.body)
            || (is_json(record) || record.has(b"=\"")) && record.has(b"errdefs_msgno")
    },
    fields: FIELDS,
    tune,
});

/// `01260013:4: `: the number of a message and its urgency.
fn is_numbered(text: &[u8]) -> bool {
    let Some((head, _)) = text.split_at_checked(11) else {
        return false;
    };
    head[0] == b'0'
        && head[..8].iter().all(u8::is_ascii_hexdigit)
        && (head[8], head[10]) == (b':', b':')
        && head[9].is_ascii_digit()
}

/// `SSL Handshake failed for TCP 203.0.113.9:57424 -> 10.1.1.5:443`, `RST sent from … to …, cause`,
/// `source ip: …, source port: …, destination ip: …`.
fn sentence(draft: &mut Draft<'_, '_>) -> bool {
    let text = draft.text;
    let find = |word: &str| find(text, word.as_bytes());
    let word_at = |at: usize| {
        let rest = &text[at..];
        let is_end = |byte: &u8| matches!(byte, b' ' | b',');
        let word = &rest[..rest.iter().position(is_end).unwrap_or(rest.len())];
        word.strip_suffix(b":").unwrap_or(word)
    };
    let labelled = |host: &str, port: &str| {
        let host = word_at(find(host)? + host.len());
        let port = ports::port(word_at(find(port)? + port.len()));
        plain::is_address(host).then_some((host, port))
    };
    let (mut before, mut is_reset) = (b"tcp".as_slice(), false);
    let ends = if let Some(at) = find(" -> ") {
        let mut words = text[..at].rsplit(|byte| *byte == b' ');
        let src = words.next().and_then(end);
        before = words.next().unwrap_or_default();
        src.zip(end(word_at(at + 4)))
    } else if let Some(at) = find("RST sent from ") {
        is_reset = true;
        let src = word_at(at + 14);
        let to = at + 14 + src.len() + 4;
        end(src).zip((to < text.len()).then(|| word_at(to)).and_then(end))
    } else {
        labelled("source ip: ", "source port: ")
            .zip(labelled("destination ip: ", "destination port: "))
    };
    let Some((src, dst)) = ends else {
        return false;
    };
    let [src, dst] =
        [src, dst].map(|(host, port)| Endpoint::new(Host::read(host, draft.names), port));
    let action = if is_reset {
        Some(Action::Reset)
    } else if find(" allow ACL").is_some() {
        Some(Action::Allow)
    } else if find(" reject ACL").is_some() {
        Some(Action::Reject)
    } else {
        let is_refused = find(" deny ACL").or(find(" discard ACL")).is_some();
        is_refused.then_some(Action::Drop)
    };
    draft.decide(action);
    let event = &mut draft.event;
    (event.src, event.dst) = (src, dst);
    event.proto = proto::parse(before).unwrap_or(proto::TCP);
    if is_reset {
        // The reset goes to either side; which one opened the connection is not said.
        (event.kind, event.init) = (Kind::SessionEnd, Init::Unsaid);
        (event.end, event.reset_by) = (End::Rst, ResetBy::Device);
    }
    true
}

fn end(word: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let (host, port) = split_end(word);
    plain::is_address(host).then_some((host, port))
}

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    if is_numbered(draft.text) {
        return sentence(draft);
    }
    let event = &mut draft.event;
    if event.action == Action::Allow {
        (event.kind, event.init) = (Kind::SessionStart, Init::Src);
    }
    true
}
