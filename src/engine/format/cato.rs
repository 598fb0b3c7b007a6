//! Cato SASE: firewall and threat events as JSON.
//!
//! Sample   `{"event_time":"2024-02-19T10:15:02Z","action":"Block","event_type":"Security","src_ip":"10.1.1.5","dest_ip":"203.0.113.25",…}`
//! Fields   `src_ip`, `src_isp_ip` = the address the site has at its provider, `rule_name`, `pop_name`
//! Spec     <https://support.catonetworks.com/hc/en-us/articles/360019839477>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall, is_json};
use crate::engine::model::Action;

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "cato",
        title: "Cato SASE",
        spec: "https://support.catonetworks.com/hc/en-us/articles/360019839477",
        example: "{\"event_time\":\"2024-02-19T10:15:02Z\",\"account_id\":\"1\",\"action\":\"Block\",\"dest_ip\":\"203.0.113.25\",\"dest_port\":\"25\",\"event_count\":\"1\",\"event_sub_type\":\"Internet Firewall\",\"event_type\":\"Security\",\"internalId\":\"a1\",\"ip_protocol\":\"TCP\",\"pop_name\":\"Dublin\",\"rule_name\":\"no-mail\",\"src_ip\":\"10.41.0.5\",\"src_port\":\"50012\"}",
        device: firewall("Cato"),
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record)
            && record.has(b"\"event_sub_type\"")
            && (record.has(b"\"account_id\"") || record.has(b"\"fieldsMap\""))
    },
    fields: &[
        (Role::Time, "event_time time event_timestamp"),
        (Role::Src, "src_ip"),
        (Role::SrcPort, "src_port"),
        (Role::Dst, "dest_ip"),
        (Role::DstPort, "dest_port"),
        (Role::NatSrc, "src_isp_ip"),
        (Role::Proto, "ip_protocol"),
        (Role::Action, "action"),
        (Role::Rule, "rule_id rule"),
        (Role::RuleName, "rule_name"),
        (Role::Way, "traffic_direction"),
        (Role::Device, "pop_name"),
        (Role::App, "application cato_app"),
        (Role::Count, "event_count"),
        (Role::BytesOut, "upload"),
        (Role::BytesIn, "download"),
    ],
    tune,
});

/// What a rule only watches is let through.
fn tune(draft: &mut Draft<'_, '_>) -> bool {
    if draft.word(Role::Action) == b"Monitor" {
        draft.decide(Some(Action::Allow));
    }
    true
}
