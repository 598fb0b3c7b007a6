//! Google Cloud: logs of firewall rules and Cloud NAT, and VPC flow logs, as Cloud Logging exports them.
//!
//! Sample   `{"jsonPayload":{"connection":{"src_ip":"203.0.113.9","src_port":57794,…},"disposition":"DENIED",…},…}`
//! Fields   `connection.src_ip`, `disposition`, `rule_details.reference`, `bytes_sent`, `start_time`
//! Quirks   A firewall record is about a connection, so its source opened it. A flow record is one direction, sampled, and
//!          says nothing about who began. Numbers may be strings.
//! Spec     <https://cloud.google.com/firewall/docs/firewall-rules-logging> <https://cloud.google.com/vpc/docs/about-flow-logs-records>

use super::dialect::{Dialect, Draft, Role, Shape, Spec, is_json};
use super::{About, Check, Device, Timers, Topic};
use crate::engine::model::{Action, Init, Kind, WayBasis};

const FIELDS: &[(Role, &str)] = &[
    (Role::Time, "timestamp"),
    (Role::Start, "start_time"),
    (Role::End, "end_time"),
    (Role::Src, "connection.src_ip"),
    (Role::SrcPort, "connection.src_port"),
    (Role::Dst, "connection.dest_ip"),
    (Role::DstPort, "connection.dest_port"),
    (Role::Proto, "connection.protocol"),
    (Role::NatSrc, "connection.nat_ip"),
    (Role::NatSrcPort, "connection.nat_port"),
    (Role::Action, "disposition allocation_status"),
    (Role::Way, "rule_details.direction"),
    (Role::Rule, "rule_details.reference"),
    (Role::Device, "instance.vm_name endpoint.vm_name"),
    (Role::BytesOut, "bytes_sent"),
    (Role::PktsOut, "packets_sent"),
    (Role::Own1, "reporter"),
    (Role::Vsys, "vpc.vpc_name"),
];

const DEVICE: Device = Device {
    name: "Google Cloud firewall",
    stateless: false,
    deny_is_packet: true,
    timers: Timers {
        tcp: &[600],
        udp: &[600],
        ..Timers::NONE
    },
    checks: &[Check {
        about: Topic::Timers,
        place: "in the operating system of the machine",
        command: "",
        why: "connections idle for 10 minutes are forgotten by the VPC: keep-alives must come more often",
    }],
};

pub static FIREWALL: Dialect = Dialect(&Spec {
    about: About {
        id: "gcp_firewall",
        title: "Google Cloud firewall rules log",
        spec: "https://cloud.google.com/firewall/docs/firewall-rules-logging",
        example: "{\"jsonPayload\":{\"connection\":{\"src_ip\":\"203.0.113.9\",\"src_port\":57794,\"dest_ip\":\"10.128.0.16\",\"dest_port\":22,\"protocol\":6},\"disposition\":\"DENIED\",\"rule_details\":{\"direction\":\"INGRESS\",\"reference\":\"network:default/firewall:deny-ssh\"}},\"timestamp\":\"2024-02-19T10:15:02.394Z\"}",
        device: DEVICE,
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record)
            && record.has(b"\"connection\"")
            && (record.has(b"\"disposition\"") || record.has(b"\"allocation_status\""))
    },
    fields: FIELDS,
    tune: decided,
});

pub static FLOWS: Dialect = Dialect(&Spec {
    about: About {
        id: "gcp_vpcflow",
        title: "Google Cloud VPC flow log",
        spec: "https://cloud.google.com/vpc/docs/about-flow-logs-records",
        example: "{\"jsonPayload\":{\"bytes_sent\":\"1776\",\"connection\":{\"dest_ip\":\"203.0.113.80\",\"dest_port\":443,\"protocol\":6,\"src_ip\":\"10.128.0.16\",\"src_port\":50012},\"end_time\":\"2024-02-19T10:15:05.301953198Z\",\"packets_sent\":\"7\",\"reporter\":\"SRC\",\"start_time\":\"2024-02-19T10:15:02.186193305Z\"},\"timestamp\":\"2024-02-19T10:15:10.845445834Z\"}",
        device: DEVICE,
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record) && record.has(b"\"connection\"") && record.has(b"\"reporter\"")
    },
    fields: FIELDS,
    tune: flow,
});

fn decided(draft: &mut Draft<'_, '_>) -> bool {
    if draft.word(Role::Action) == b"OK" {
        // Cloud NAT found an address and a port.
        draft.decide(Some(Action::Allow));
    }
    let event = &mut draft.event;
    event.way_basis = WayBasis::NicSide;
    if event.action.is_denied() {
        event.init = Init::SrcDenied;
    } else {
        (event.kind, event.init) = (Kind::SessionStart, Init::Src);
    }
    true
}

fn flow(draft: &mut Draft<'_, '_>) -> bool {
    let event = &mut draft.event;
    (event.kind, event.init) = (Kind::FlowUni, Init::Unsaid);
    true
}
