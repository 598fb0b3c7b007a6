//! Sophos Firewall (SFOS, XG and XGS): firewall, content and protection records, in the device and the central form.
//!
//! Sample   `device="SFW" date=2024-02-19 time=10:15:02 log_type="Firewall" log_component="Firewall Rule" …`
//! Fields   `src_ip`, `tran_src_ip` or `src_trans_ip`, `status` or `log_subtype`, `connevent` or `con_event`
//! Quirks   A packet without a connection is logged as `Invalid Traffic`, often with rule 0 and no interfaces.
//! Spec     <https://docs.sophos.com/nsg/sophos-firewall/latest/Help/en-us/webhelp/onlinehelp/AdministratorHelp/Logs/>

use super::dialect::{Dialect, Draft, Role, Shape, Spec};
use super::{About, Check, Device, Timers, Topic, plain};
use crate::engine::model::event::{Control, IfRole};
use crate::engine::model::{Action, End, Kind, State, Way, WayBasis};

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "sophos_xg",
        title: "Sophos Firewall (SFOS, XG, XGS)",
        spec: "https://docs.sophos.com/nsg/sophos-firewall/",
        example: "device=\"SFW\" date=2024-02-19 time=10:15:02 timezone=\"UTC\" device_name=\"XG1\" log_id=010202601001 log_type=\"Firewall\" log_component=\"Invalid Traffic\" log_subtype=\"Denied\" status=\"Deny\" fw_rule_id=0 src_ip=10.0.0.11 dst_ip=203.0.113.45 protocol=\"TCP\" src_port=443 dst_port=51515 message=\"Could not associate packet to any connection.\"",
        device: Device {
            name: "Sophos Firewall",
            stateless: false,
            deny_is_packet: true,
            timers: Timers {
                tcp: &[10800],
                udp: &[60],
                icmp: &[30],
                ..Timers::NONE
            },
            checks: &[
                Check {
                    about: Topic::Timers,
                    place: "on the console of the firewall",
                    command: "show advanced-firewall",
                    why: "shows how long an idle TCP connection is remembered",
                },
                Check {
                    about: Topic::Table,
                    place: "Diagnostics > Connection list",
                    command: "",
                    why: "shows whether a connection of {client} to port {port} is known now",
                },
            ],
        },
    },
    shape: Shape::Equals(b' '),
    claims: |record| record.has(b" log_component=") || record.text.starts_with(b"log_component="),
    fields: &[
        (Role::Time, "timestamp"),
        (Role::Date, "date"),
        (Role::TimeOfDay, "time"),
        (Role::Zone, "timezone"),
        (Role::Device, "device_name"),
        // Its oldest records of known threats have names of their own.
        (Role::Src, "src_ip sourceip"),
        (Role::SrcPort, "src_port"),
        (Role::Dst, "dst_ip destinationip"),
        (Role::DstPort, "dst_port"),
        // The sandbox names only where the file came from.
        (Role::DstEnd, "source"),
        (Role::NatSrc, "tran_src_ip src_trans_ip"),
        (Role::NatSrcPort, "tran_src_port src_trans_port"),
        (Role::NatDst, "tran_dst_ip dst_trans_ip"),
        (Role::NatDstPort, "tran_dst_port dst_trans_port"),
        (Role::Proto, "protocol"),
        (Role::Action, "status"),
        (Role::Own1, "log_subtype"),
        (Role::Kind, "log_type"),
        (Role::Sub, "log_component"),
        (Role::Own2, "connevent con_event"),
        (Role::Rule, "fw_rule_id"),
        (Role::RuleName, "fw_rule_name"),
        (Role::InIf, "in_interface"),
        (Role::OutIf, "out_interface"),
        (Role::InZone, "srczone src_zone"),
        (Role::OutZone, "dstzone dst_zone"),
        (Role::Own3, "srczonetype src_zone_type"),
        (Role::Way, "dstzonetype dst_zone_type"),
        (Role::BytesOut, "sent_bytes bytes_sent"),
        (Role::BytesIn, "recv_bytes bytes_received"),
        (Role::PktsOut, "sent_pkts packets_sent"),
        (Role::PktsIn, "recv_pkts packets_received"),
        (Role::Seconds, "duration con_duration"),
        (Role::Session, "connid con_id"),
        (Role::App, "app_name application application_name"),
        (Role::IcmpType, "icmp_type"),
        (Role::IcmpCode, "icmp_code"),
        (Role::Message, "message"),
        (Role::Count, "log_occurrence"),
    ],
    tune,
});

/// What records of the firewall about itself explain.
const EVENTS: [(&str, Control); 7] = [
    ("log_component=\"HA\"", Control::Failover),
    ("log_component=\"Gateway\"", Control::Routing),
    ("log_component=\"Interface\"", Control::Routing),
    ("Appliance started", Control::Restart),
    ("restarted successfully", Control::Restart),
    ("Device was rebooted", Control::Restart),
    ("Appliance becomes", Control::Failover),
];

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    if draft.event.src.host.is_none() && draft.event.dst.host.is_none() {
        draft.explain(&EVENTS);
        return false;
    }
    // Web and mail records have numbers of HTTP there.
    if draft.event.action == Action::Unknown
        && let Some(word) = draft.get(Role::Own1)
    {
        draft.decide(match word {
            b"Virus" | b"PUA" | b"Infected" => Some(Action::Drop),
            b"Warned" | b"Clean" => Some(Action::Allow),
            word => plain::action(word),
        });
        draft.event.action_raw = draft.names.id(word);
    }
    let is_denied = draft.event.action.is_denied();
    let is_stray = draft.says(Role::Message, "could not associate");
    let to_firewall =
        draft.says(Role::Sub, "appliance access") || draft.word(Role::Way) == b"LOCAL";
    let is_invalid = draft.says(Role::Sub, "invalid traffic");
    let by_default = draft.word(Role::Rule) == b"0";
    let (in_role, out_role) = (zone(draft.word(Role::Own3)), zone(draft.word(Role::Way)));
    let (step, kind) = (draft.word(Role::Own2), draft.word(Role::Kind));
    let event = &mut draft.event;
    (event.in_role, event.out_role) = (in_role, out_role);
    event.way = if to_firewall {
        Way::LocalIn
    } else {
        Way::Unsaid
    };
    event.way_basis = WayBasis::RuleDirection;
    if is_denied {
        event.state = match (is_stray, is_invalid) {
            (true, _) => State::NoState,
            (_, true) => State::Invalid,
            _ => State::Unsaid,
        };
        event.implicit = by_default && !is_invalid && !to_firewall;
    } else {
        (event.kind, event.end) = match step {
            b"Start" => (Kind::SessionStart, End::None),
            b"Stop" => (Kind::SessionEnd, End::Unknown),
            _ => (event.kind, End::None),
        };
    }
    match kind {
        b"IDP" => event.alarm(true),
        b"Anti-Virus" | b"ATP" if is_denied => event.alarm(false),
        b"Content Filtering" | b"Sandbox" if is_denied => {
            event.inspect(false);
        }
        _ => {}
    }
    true
}

fn zone(kind: &[u8]) -> IfRole {
    match kind {
        b"LAN" => IfRole::Lan,
        b"WAN" => IfRole::Wan,
        b"DMZ" => IfRole::Dmz,
        b"LOCAL" => IfRole::Local,
        _ => IfRole::Unsaid,
    }
}
