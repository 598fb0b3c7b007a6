//! Azure: flow logs of network security groups and virtual networks, and Azure Firewall.
//!
//! Sample   `"flowTuples":["1708337702,203.0.113.9,10.0.0.4,51022,3389,T,I,D,B,,,,"]`
//! Fields   NSG: time, ends, T or U, I or O, A or D, state, packets and bytes both ways · VNet: milliseconds, protocol
//!          number, state B C E D, encryption, counters · Azure Firewall: `properties`, older ones a sentence in `msg`
//! Quirks   One record has many tuples, each an event. C and E count since the tuple before. A denied tuple is what
//!          the rules saw first, so its source opened.
//! Spec     <https://learn.microsoft.com/en-us/azure/network-watcher/vnet-flow-logs-overview>

use super::dialect::{Dialect, Draft, Role, Shape, Spec, at, contains, is_json};
use super::{About, Check, Device, Timers, Topic, plain};
use crate::engine::model::{
    Action, CountKind, End, Endpoint, Event, Host, Init, Kind, NameId, Way, WayBasis, ports, proto,
};
use crate::engine::source::find::{find, rfind};
use crate::engine::source::time;

const TIMERS: Timers = Timers {
    tcp: &[240],
    udp: &[240],
    ..Timers::NONE
};

pub static FLOWS: Dialect = Dialect(&Spec {
    about: About {
        id: "azure_flow",
        title: "Azure flow log (NSG and virtual network)",
        spec: "https://learn.microsoft.com/en-us/azure/network-watcher/vnet-flow-logs-overview",
        example: "{\"time\":\"2024-02-19T10:15:30Z\",\"category\":\"FlowLogFlowEvent\",\"flowRecords\":{\"flows\":[{\"aclID\":\"a1\",\"flowGroups\":[{\"rule\":\"deny-rdp\",\"flowTuples\":[\"1708337702599,203.0.113.9,10.0.0.4,51022,3389,6,I,D,NX,0,0,0,0\"]}]}]}}",
        device: Device {
            name: "Azure network security group",
            stateless: false,
            deny_is_packet: false,
            timers: TIMERS,
            checks: &[Check {
                about: Topic::Rules,
                place: "in the portal: network interface > Effective security rules",
                command: "",
                why: "shows which rule decides about {client} and port {port}, at the subnet and at the interface",
            }],
        },
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record) && (record.has(b"\"flowTuples\"") || record.has(b"\"FlowLogFlowEvent\""))
            || is_tuple(record.body)
    },
    fields: &[
        (Role::RuleName, "rule"),
        (Role::Own1, "flowTuples"),
        (Role::Device, "macAddress mac"),
        (Role::Sub, "category operationName"),
    ],
    tune: flows,
});

pub static FIREWALL: Dialect = Dialect(&Spec {
    about: About {
        id: "azure_firewall",
        title: "Azure Firewall",
        spec: "https://learn.microsoft.com/en-us/azure/firewall/monitor-firewall-reference",
        example: "{\"category\":\"AZFWNetworkRule\",\"properties\":{\"Action\":\"Deny\",\"DestinationIp\":\"203.0.113.25\",\"DestinationPort\":25,\"Policy\":\"p1\",\"Protocol\":\"TCP\",\"Rule\":\"no-mail\",\"SourceIp\":\"10.0.0.4\",\"SourcePort\":50012},\"time\":\"2024-02-19T10:15:02.8494370Z\"}",
        device: Device {
            name: "Azure Firewall",
            stateless: false,
            deny_is_packet: true,
            timers: TIMERS,
            checks: &[Check {
                about: Topic::Rules,
                place: "in the portal: the firewall > Rules",
                command: "",
                why: "shows which rule collection decides about {client} and port {port}",
            }],
        },
    },
    shape: Shape::Json,
    claims: |record| is_json(record) && (record.has(b"\"AZFW") || record.has(b"\"AzureFirewall")),
    fields: &[
        (Role::Time, "time TimeGenerated"),
        (Role::Src, "SourceIp"),
        (Role::SrcPort, "SourcePort"),
        (Role::Dst, "DestinationIp"),
        (Role::DstPort, "DestinationPort"),
        (Role::NatDst, "TranslatedIp"),
        (Role::NatDstPort, "TranslatedPort"),
        (Role::Proto, "Protocol"),
        (Role::Action, "Action"),
        (Role::RuleName, "Rule"),
        (Role::Reason, "ActionReason"),
        (Role::Kind, "category"),
        (Role::Message, "msg"),
        (Role::Own1, "Fqdn"),
    ],
    tune: firewall,
});

/// A tuple without the document around it, as people paste it.
fn is_tuple(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let n_digits = text
        .iter()
        .take(14)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    matches!(n_digits, 10 | 13)
        && text.get(n_digits) == Some(&b',')
        && matches!(
            memchr::memchr_iter(b',', text).take(16).count(),
            7 | 12..=14
        )
        && text[n_digits + 1..]
            .split(|byte| *byte == b',')
            .take(2)
            .all(plain::is_address)
}

fn flows(draft: &mut Draft<'_, '_>) -> bool {
    if draft.text.first() != Some(&b'{') {
        let tuple = draft.text.trim_ascii_end();
        let tuple = tuple.strip_prefix(b"\"").unwrap_or(tuple);
        push(draft, tuple, NameId::NONE);
        return false;
    }
    let mut rule = NameId::NONE;
    for pair in draft.pairs {
        let value = at(draft.text, pair.value);
        match pair.role {
            Role::RuleName => rule = draft.names.id(value),
            // Flattened documents call them `flow.0`, `flow.1`, …
            _ if is_tuple(value) => push(draft, value, rule),
            _ => {}
        }
    }
    false
}

fn push(draft: &mut Draft<'_, '_>, tuple: &[u8], rule: NameId) {
    let mut cells = [b"".as_slice(); 13];
    for (cell, text) in cells.iter_mut().zip(tuple.split(|byte| *byte == b',')) {
        *cell = text.trim_ascii().strip_suffix(b"\"").unwrap_or(text);
    }
    let [
        stamp,
        src,
        dst,
        sport,
        dport,
        kind,
        way,
        decision,
        state,
        rest @ ..,
    ] = cells;
    let is_vnet = kind.first().is_some_and(u8::is_ascii_digit);
    // VNet: state in the place of the decision, then encryption, then the same four counters.
    let (state, counters) = if is_vnet {
        (decision, &rest[..])
    } else {
        (state, &rest[..])
    };
    let denied = decision == b"D";
    let Some((ts, _)) = time::epoch(stamp) else {
        return;
    };
    let number = match kind {
        b"T" => proto::TCP,
        b"U" => proto::UDP,
        other => proto::parse(other).unwrap_or(proto::UNKNOWN),
    };
    let is_icmp = matches!(number, proto::ICMP | proto::ICMP6);
    let mut end = |host: &[u8], port: &[u8]| {
        Endpoint::new(
            Host::read(host, draft.names),
            ports::port(port).filter(|_| !is_icmp),
        )
    };
    let count = |i: usize| counters.get(i).and_then(|text| ports::decimal(text));
    let mut event = Event {
        ts,
        proto: number,
        src: end(src, sport),
        dst: end(dst, dport),
        rule_name: rule,
        device: draft.event.device,
        action_raw: draft.names.id(decision),
        way: match way {
            b"I" => Way::In,
            b"O" => Way::Out,
            _ => Way::Unsaid,
        },
        way_basis: WayBasis::NicSide,
        pkts_f: count(0),
        bytes_f: count(1),
        pkts_r: count(2),
        bytes_r: count(3),
        count_kind: CountKind::Delta,
        ..Event::default()
    };
    (event.kind, event.action, event.init) = match (denied, state) {
        (true, _) => (Kind::Packet, Action::Drop, Init::SrcDenied),
        (_, b"C") => (Kind::SessionUpdate, Action::Allow, Init::Src),
        (_, b"E") => (Kind::SessionEnd, Action::Close, Init::Src),
        _ => (Kind::SessionStart, Action::Start, Init::Src),
    };
    if event.kind == Kind::SessionEnd {
        event.end = End::Unknown;
    }
    draft.event = event;
    draft.finish();
}

/// `TCP request from 10.0.0.4:49680 to 203.0.113.80:443. Action: Allow. … Rule: out`
fn firewall(draft: &mut Draft<'_, '_>) -> bool {
    let message = draft.word(Role::Message);
    if !message.is_empty() {
        let after = |word: &str| {
            let at = find(message, word.as_bytes())? + word.len();
            let rest = message.get(at..)?;
            rest.split(|byte| matches!(byte, b' ' | b',')).next()
        };
        let trim = |text: &'_ [u8]| {
            text.len() - text.iter().rev().take_while(|byte| **byte == b'.').count()
        };
        let end = |text: Option<&[u8]>, draft: &mut Draft<'_, '_>| {
            text.map_or(Endpoint::default(), |text| {
                plain::endpoint(&text[..trim(text)], draft.names)
            })
        };
        draft.event.proto = message
            .split(|byte| *byte == b' ')
            .next()
            .and_then(|word| {
                if contains(word, "http") {
                    Some(proto::TCP)
                } else {
                    proto::parse(word)
                }
            })
            .unwrap_or(proto::UNKNOWN);
        draft.event.src = end(after(" from "), draft);
        draft.event.dst = end(after(" to "), draft);
        if let Some(to) = after("DNAT'ed to ").map(|text| &text[..trim(text)]) {
            draft.event.nat_dst = Some(plain::endpoint(to, draft.names));
        }
        let word = after("Action: ").map_or(b"".as_slice(), |text| &text[..trim(text)]);
        draft.decide(plain::action(word));
        draft.event.action_raw = draft.names.id(word);
        if let Some(at) = rfind(message, b"Rule: ") {
            draft.event.rule_name = draft.names.id(&message[at + 6..]);
        }
        draft.event.implicit = contains(message, "no rule matched");
    }
    if matches!(draft.word(Role::Proto), b"HTTP" | b"HTTPS" | b"MSSQL") {
        draft.event.proto = proto::TCP;
    }
    // A record of address translation is written when the connection is let in.
    if draft.says(Role::Kind, "NatRule") && draft.event.action == Action::Unknown {
        draft.decide(Some(Action::Nat));
        draft.event.init = Init::Src;
        draft.event.kind = Kind::SessionStart;
    }
    if draft.event.dst.host.is_none()
        && let Some(name) = draft.get(Role::Own1)
    {
        let port = draft.get(Role::DstPort).and_then(ports::port);
        draft.event.dst = Endpoint::new(Host::read(name, draft.names), port);
    }
    true
}
