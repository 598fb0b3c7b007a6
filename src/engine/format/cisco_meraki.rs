//! Cisco Meraki MX: flows, firewall decisions, starts and ends of flows, security events, pages.
//!
//! Sample   `<134>1 1708337702.429996761 MX1 flows src=10.1.1.5 dst=203.0.113.25 protocol=tcp sport=54791 dport=25 pattern: deny all`
//! Fields   `src`, `sport`, `translated_src_ip` with `translated_port` · the decision follows `pattern:` or the kind
//! Quirks   A flow without a word for it was let through; as a digit, 1 is deny and 0 is allow. Ports may stand in `src=` itself.
//! Spec     <https://documentation.meraki.com/General_Administration/Monitoring_and_Reporting/Syslog_Event_Types_and_Log_Samples>

use super::dialect::{Dialect, Draft, Role, Shape, Spec, contains, firewall};
use super::{About, plain};
use crate::engine::model::event::Control;
use crate::engine::model::{
    Action, End, Endpoint, Host, Init, Kind, StampQuality, Way, WayBasis, ports, proto,
};
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

const KINDS: [&[u8]; 4] = [b"flows", b"ip_flow_start", b"ip_flow_end", b"urls"];

/// Newer releases name flows after the rules that decided: `vpn_firewall`, `cellular_firewall` and so on.
fn is_kind(word: &[u8]) -> bool {
    KINDS.contains(&word) || word.ends_with(b"firewall")
}

const ALERTS: [&[u8]; 3] = [b"security_event ", b"ids-alerts ", b"security_filtering_"];

/// The word that says what kind of record it is, and perhaps a decision behind it.
fn kind<'t>(record: &Record<'t>) -> Option<(&'t [u8], &'t [u8])> {
    let event = || is_event(record).then_some((&b"events"[..], &b""[..]));
    let Some(at) = find(record.body, b"src=") else {
        return event();
    };
    let before = &record.body[..at];
    let mut words = before
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty())
        .rev();
    let last = words.next()?;
    if is_kind(last) {
        return Some((last, b""));
    }
    if let Some(other) = words.next().filter(|other| is_kind(other)) {
        return Some((other, last));
    }
    let is_alert = ALERTS.iter().any(|word| find(before, word).is_some());
    if is_alert {
        Some((b"alert", b""))
    } else {
        event()
    }
}

/// `events …`, behind a time with a fraction and a name: what happened on the device itself. Without these, only
/// `events type=…`.
fn is_event(record: &Record<'_>) -> bool {
    const KINDS: [&[u8]; 3] = [b"events ", b"airmarshal_events ", b"security_event "];
    let is_event = |text: &[u8]| KINDS.iter().any(|kind| text.starts_with(kind));
    let body = own(record.body);
    if body.first().is_some_and(u8::is_ascii_digit) {
        let mut blanks = memchr::memchr_iter(b' ', body).take(4);
        return is_clock(body) && blanks.any(|blank| is_event(&body[blank + 1..]));
    }
    if !is_event(body) {
        return false;
    }
    let head = &record.text[..record.text.len() - record.body.len()];
    let mut words = head.split(|byte| *byte == b' ');
    words.any(is_clock)
        || body.starts_with(b"events type=")
        || body.starts_with(b"airmarshal_events type=")
        || !record.head.stamp.is_missing() && is_named_event(body)
}

/// Sentences of a device that relays have deprived of its own time.
fn is_named_event(body: &[u8]) -> bool {
    const NAMES: [&[u8]; 5] = [
        b"events dhcp lease of ip ",
        b"events dhcp no offers",
        b"events Site-to-site ",
        b"events client_vpn_",
        b"events content_filtering_",
    ];
    NAMES.iter().any(|name| body.starts_with(name))
}

/// What the device wrote, without what a relay put before it: `[192.0.2.1 ]1 1708337702.429996761 MX1 flows …`.
fn own(body: &[u8]) -> &[u8] {
    let blank = memchr::memchr(b' ', body).map_or(0, |blank| blank + 1);
    let places = [0, blank];
    let rest = places
        .into_iter()
        .find_map(|place| body[place..].strip_prefix(b"1 "));
    rest.filter(|rest| is_clock(rest)).unwrap_or(body)
}

/// `1708337702.429996761 …`
fn is_clock(text: &[u8]) -> bool {
    let n_digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    matches!(n_digits, 9 | 10) && text.get(n_digits) == Some(&b'.')
}

/// What records of the device about itself explain.
const EVENTS: [(&str, Control); 2] = [
    ("events failover to ", Control::Routing),
    ("events Cellular connection ", Control::Routing),
];

/// `Server IP=192.0.2.1 Server port=443 Prot[TCP] Peer IP=203.0.113.9 Peer port=50012`: a tunnel of a remote worker.
fn tunnel(draft: &mut Draft<'_, '_>) -> bool {
    let text = draft.text;
    let after = |label: &[u8]| {
        let at = find(text, label)? + label.len();
        let rest = &text[at..];
        let is_end = |byte: &u8| matches!(byte, b' ' | b':' | b']' | b'\'');
        rest.get(..rest.iter().position(is_end)?)
    };
    let names = &mut *draft.names;
    let mut end = |host: &[u8], port: &[u8]| {
        let host = after(host).filter(|host| plain::is_address(host))?;
        let port = ports::port(after(port)?);
        Some(Endpoint::new(Host::read(host, names), port))
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
    // Without its priority, or behind the time of a relay, the header is part of the record: the time and the name of
    // the device.
    let text = own(draft.text);
    if event.ts.quality != StampQuality::Zoned
        && let Some((stamp, _)) = time::epoch(text)
    {
        event.ts = stamp;
        let name = text.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        event.device = draft.names.id(name);
    }
    if kind == b"events" {
        let is_tunnel = tunnel(draft);
        if !is_tunnel {
            draft.explain(&EVENTS);
        }
        return is_tunnel;
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
        (_, None) if draft.get(Role::Action).is_some() => {
            draft.get(Role::Action).and_then(plain::action)
        }
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
        b"alert" => {
            (event.kind, event.init) = (Kind::Packet, Init::Unsaid);
            if contains(draft.text, "ids_alerted") {
                draft.event.alarm(true);
            }
        }
        b"urls" => {
            event.init = Init::Src;
            // Pages are read on TCP; the record does not say so.
            event.proto = proto::TCP;
        }
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
