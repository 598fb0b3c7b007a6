//! Cisco Meraki MX: flows, firewall decisions, starts and ends of flows, security events, pages.
//!
//! Sample   `<134>1 1708337702.429996761 MX1 flows src=10.1.1.5 dst=203.0.113.25 protocol=tcp sport=54791 dport=25 pattern: deny all`
//! Fields   `src`, `sport`, `translated_src_ip` with `translated_port` · the decision follows `pattern:` or the kind
//! Quirks   A flow without a word for it was let through; as a digit, 1 is deny and 0 is allow. Ports may stand in `src=` itself.
//! Spec     <https://documentation.meraki.com/General_Administration/Monitoring_and_Reporting/Syslog_Event_Types_and_Log_Samples>

use super::dialect::{Dialect, Draft, Role, Shape, Spec, contains, firewall};
use super::{About, plain};
use crate::engine::model::{Action, End, Endpoint, Host, Init, Kind, Way, WayBasis, ports, proto};
use crate::engine::source::find::find;
use crate::engine::source::{Record, time};

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "cisco_meraki",
        title: "Cisco Meraki MX",
        spec: "https://documentation.meraki.com/General_Administration/Monitoring_and_Reporting/Syslog_Event_Types_and_Log_Samples",
        example: "<134>1 1708337702.429996761 MX1 flows src=10.1.1.5 dst=203.0.113.25 mac=02:00:00:00:00:01 protocol=tcp sport=54791 dport=25 pattern: deny all",
        device: firewall("Meraki MX"),
    },
    shape: Shape::Equals(b' '),
    claims,
    fields: &[
        (Role::SrcEnd, "src"),
        (Role::SrcPort, "sport"),
        (Role::DstEnd, "dst"),
        (Role::DstPort, "dport"),
        (Role::NatSrc, "translated_src_ip"),
        (Role::NatDst, "translated_dst_ip"),
        (Role::Own1, "translated_port"),
        (Role::Proto, "protocol"),
        (Role::Action, "decision action"),
        (Role::Way, "direction"),
        (Role::IcmpType, "type"),
        (Role::RuleName, "signature"),
    ],
    tune,
});

const KINDS: [&[u8]; 8] = [
    b"flows",
    b"firewall",
    b"vpn_firewall",
    b"cellular_firewall",
    b"ip_flow_start",
    b"ip_flow_end",
    b"urls",
    b"bridge_anyconnect_client_vpn_firewall",
];

const ALERTS: [&[u8]; 3] = [b"security_event ", b"ids-alerts ", b"security_filtering_"];

/// The word that says what kind of record it is, and perhaps a decision behind it.
fn kind<'t>(record: &Record<'t>) -> Option<(&'t [u8], &'t [u8])> {
    let Some(at) = find(record.body, b"src=") else {
        let is_headed = !record.head.stamp.is_missing();
        return is_event(record.body, is_headed).then_some((b"events", b""));
    };
    let before = &record.body[..at];
    let mut words = before
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty())
        .rev();
    let last = words.next()?;
    if KINDS.contains(&last) {
        return Some((last, b""));
    }
    let other = words.next()?;
    if KINDS.contains(&other) {
        return Some((other, last));
    }
    let is_alert = ALERTS.iter().any(|word| find(before, word).is_some());
    is_alert.then_some((b"alert", b""))
}

/// `events …`, behind a time with a fraction and a name: what happened on the device itself. Without that head, only
/// `events type=…`.
fn is_event(text: &[u8], is_headed: bool) -> bool {
    let is_kind = |word: &[u8]| matches!(word, b"events" | b"airmarshal_events");
    if text.first().is_some_and(u8::is_ascii_digit) {
        let mut words = text.split(|byte| *byte == b' ');
        let is_clock = words.next().and_then(|word| word.get(10)) == Some(&b'.');
        return is_clock && words.take(4).any(is_kind);
    }
    let names: [&[u8]; 6] = [
        b"type=",
        b"dhcp lease of ip ",
        b"dhcp no offers",
        b"Site-to-site ",
        b"client_vpn_",
        b"content_filtering_",
    ];
    let rest = text.strip_prefix(b"airmarshal_");
    let rest = rest.unwrap_or(text).strip_prefix(b"events ");
    rest.is_some_and(|rest| {
        rest.starts_with(b"type=") || is_headed && names.iter().any(|name| rest.starts_with(name))
    })
}

/// `Server IP=192.0.2.1 Server port=443 Prot[TCP] Peer IP=203.0.113.9 Peer port=50012`: a tunnel of a remote worker.
fn tunnel(draft: &mut Draft<'_, '_>) -> bool {
    let text = draft.text;
    let after = |label: &[u8]| {
        let at = find(text, label)? + label.len();
        let rest = &text[at..];
        let is_end = |byte: &u8| matches!(byte, b' ' | b':' | b']' | b'\'');
        rest.get(..rest.iter().position(is_end)?)
    };
    let end = |host: &[u8], port: &[u8]| {
        let host = Host::parse(after(host)?)?;
        Some(Endpoint::new(host, ports::port(after(port)?)))
    };
    let Some((src, dst, name)) = end(b"Peer IP=", b"Peer port=")
        .zip(end(b"Server IP=", b"Server port="))
        .zip(after(b"Prot["))
        .map(|((src, dst), name)| (src, dst, name))
    else {
        return false;
    };
    draft.decide(Some(Action::Allow));
    let event = &mut draft.event;
    (event.src, event.dst) = (src, dst);
    event.proto = proto::parse(name).unwrap_or(proto::UNKNOWN);
    event.way = Way::LocalIn;
    event.way_basis = WayBasis::InitiatorSide;
    true
}

fn claims(record: &Record<'_>) -> bool {
    record.body.len() < 4096 && kind(record).is_some()
}

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let Some((kind, word)) = kind(draft.record) else {
        return false;
    };
    let event = &mut draft.event;
    // Without its priority the header is part of the record: the time and the name of the device.
    if event.ts.is_missing()
        && let Some((stamp, _)) = time::epoch(draft.text)
    {
        event.ts = stamp;
        let name = draft
            .text
            .split(|byte| *byte == b' ')
            .nth(1)
            .unwrap_or_default();
        event.device = draft.names.id(name);
    }
    if kind == b"events" {
        return tunnel(draft);
    }
    let port = draft
        .get(Role::Own1)
        .and_then(ports::port)
        .filter(|_| draft.has_ports());
    let event = &mut draft.event;
    for nat in [&mut event.nat_src, &mut event.nat_dst] {
        *nat = nat.map(|end| Endpoint::new(end.host, port));
    }
    let pattern = find(draft.text, b"pattern: ")
        .map_or(word, |at| draft.text.get(at + 9..).unwrap_or_default());
    let is_flow = !matches!(kind, b"alert" | b"urls");
    let action = match (kind, pattern.first()) {
        (b"ip_flow_start", _) => Some(Action::Start),
        (b"ip_flow_end", _) => Some(Action::Close),
        (b"urls", _) => Some(Action::Allow),
        (b"alert", _) => draft.get(Role::Action).and_then(plain::action),
        // Of rules for inbound traffic only a digit is given.
        (_, Some(b'1')) => Some(Action::Drop),
        (_, Some(b'0') | None) => Some(Action::Allow),
        _ => plain::action(
            pattern
                .split(|byte| *byte == b' ')
                .next()
                .unwrap_or_default(),
        ),
    };
    draft.decide(action);
    if is_flow && draft.event.action_raw.is_none() {
        draft.event.action_raw = draft
            .names
            .id(pattern.split(|byte| *byte == b' ').next().unwrap_or(kind));
    }
    let event = &mut draft.event;
    match kind {
        b"ip_flow_end" => event.end = End::Unknown,
        b"alert" => (event.kind, event.init) = (Kind::Packet, Init::Unsaid),
        b"urls" => event.init = Init::Src,
        // A packet that was refused belongs to no session that the device tracks, so nothing is said of who began.
        _ if event.action.is_denied() => {
            (event.kind, event.init) = (Kind::Packet, Init::Unsaid);
            event.implicit = contains(pattern, "deny all");
        }
        _ => {
            event.init = Init::Src;
            if event.action == Action::Allow {
                event.kind = Kind::SessionStart;
            }
        }
    }
    true
}
