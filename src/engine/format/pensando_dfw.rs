//! AMD Pensando distributed firewall: arrays of JSON objects behind a syslog header.
//!
//! Sample   `[{"time":"2024-02-19T10:15:02Z","destaddr":"203.0.113.25","destport":25,"srcaddr":"10.1.1.5",…,"session-state":"flow_create"}]`
//! Fields   `srcaddr`, `destaddr`, `session-state` flow_create or flow_delete, `iflowbytes` from the source
//! Spec     <https://www.elastic.co/docs/reference/beats/filebeat/filebeat-module-pensando>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall, is_json};
use crate::engine::model::{Action, End, Init, Kind};

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "pensando_dfw",
        title: "AMD Pensando distributed firewall",
        spec: "https://www.elastic.co/docs/reference/beats/filebeat/filebeat-module-pensando",
        example: "<14>1 2024-02-19T10:15:02Z host1 pen-tmagent 1402  - [{\"time\":\"2024-02-19T10:15:02Z\",\"destaddr\":\"10.29.95.101\",\"destport\":80,\"srcaddr\":\"10.29.95.102\",\"srcport\":46554,\"protocol\":\"TCP\",\"action\":\"allow\",\"direction\":\"from-host\",\"rule-id\":54,\"session-id\":6881552,\"session-state\":\"flow_create\"}]",
        device: firewall("Pensando"),
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record) && record.has(b"\"destaddr\"") && record.has(b"\"session-state\"")
    },
    fields: &[
        (Role::Time, "time timestamp"),
        (Role::Src, "srcaddr"),
        (Role::SrcPort, "srcport"),
        (Role::Dst, "destaddr"),
        (Role::DstPort, "destport"),
        (Role::Proto, "protocol"),
        (Role::Action, "action"),
        (Role::Rule, "rule-id"),
        (Role::Session, "session-id"),
        (Role::Kind, "session-state"),
        (Role::BytesOut, "iflowbytes"),
        (Role::BytesIn, "rflowbytes"),
        (Role::PktsOut, "iflowpkts"),
        (Role::PktsIn, "rflowpkts"),
        (Role::App, "app-id"),
        (Role::IcmpType, "icmp-type"),
        (Role::IcmpCode, "icmp-code"),
    ],
    tune,
});

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let ends = draft.word(Role::Kind) == b"flow_delete";
    let event = &mut draft.event;
    if event.action == Action::Allow {
        event.init = Init::Src;
        (event.kind, event.end) = if ends {
            (Kind::SessionEnd, End::Unknown)
        } else {
            (Kind::SessionStart, End::None)
        };
    }
    true
}
