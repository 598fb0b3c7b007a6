//! F5 BIG-IP: network firewall (AFM) and the other modules of Telemetry Streaming, as JSON or as pairs.
//!
//! Sample   `{"acl_rule_name":"ping","action":"Reject","source_ip":"10.0.0.11","dest_ip":"203.0.113.45","ip_protocol":"TCP",…}`
//! Fields   `source_ip`, `dest_ip`, `translated_source_ip`, `acl_rule_name`, `vlan`
//! Quirks   A record of the application modules calls the source `client_ip`. The CEF of F5 is read as CEF.
//! Spec     <https://techdocs.f5.com/en-us/bigip-15-1-0/external-monitoring-of-big-ip-systems-implementations.html>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall, is_json};
use crate::engine::model::{Action, Init, Kind};

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
    claims: |record| (is_json(record) || record.has(b"=\"")) && record.has(b"errdefs_msgno"),
    fields: FIELDS,
    tune,
});

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let event = &mut draft.event;
    if event.action == Action::Allow {
        (event.kind, event.init) = (Kind::SessionStart, Init::Src);
    }
    true
}
