//! Check Point: Log Exporter as syslog (`[name:"value"; …]`) and with bars (`name=value|…`), what `fw log` prints.
//!
//! Sample   `[action:"Drop"; ifdir:"inbound"; src:"10.0.0.11"; dst:"203.0.113.45"; proto:"6"; service:"51515"; …]`
//! Fields   `service` = destination port · `xlatesrc` = source after translation · `client_inbound_bytes` = sent by the client
//! Quirks   Zeros as translation mean none. A packet without a connection says why in `tcp_packet_out_of_state`.
//!          CEF and LEEF of the same exporter are read by those formats.
//! Spec     <https://support.checkpoint.com/results/sk/sk144192>

use super::dialect::{Dialect, Draft, Role, Shape, Spec, contains};
use super::{About, Check, Device, Timers, Topic, plain};
use crate::engine::model::event::Control;
use crate::engine::model::{Action, Endpoint, Host, Init, Kind, Way, WayBasis, ports, proto};
use crate::engine::source::find::find;
use crate::engine::source::time;

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "checkpoint",
        title: "Check Point (Log Exporter)",
        spec: "https://support.checkpoint.com/results/sk/sk144192",
        example: "<134>1 2024-02-19T10:15:02Z gw1 CheckPoint 1930 - [action:\"Drop\"; ifdir:\"inbound\"; ifname:\"eth1\"; loguid:\"{0x1,0x2,0x3,0x4}\"; origin:\"10.9.9.1\"; src:\"10.0.0.11\"; dst:\"203.0.113.45\"; proto:\"6\"; s_port:\"443\"; service:\"51515\"; tcp_flags:\"FIN-ACK\"; tcp_packet_out_of_state:\"First packet isn't SYN\"]",
        device: Device {
            name: "Check Point gateway",
            stateless: false,
            deny_is_packet: true,
            timers: Timers {
                tcp: &[3600],
                half_open: &[25],
                half_close: &[20, 5],
                udp: &[40],
                icmp: &[30],
            },
            checks: &[
                Check {
                    about: Topic::Table,
                    place: "on the gateway, expert mode",
                    command: "fw tab -t connections -s",
                    why: "shows how full the connections table is; fw ctl pstat tells its limits",
                },
                Check {
                    about: Topic::Timers,
                    place: "SmartConsole > Global Properties > Stateful Inspection",
                    command: "",
                    why: "TCP session timeout and TCP end timeout: packets that come later have no connection",
                },
                Check {
                    about: Topic::Events,
                    place: "on the gateway",
                    command: "cphaprob stat",
                    why: "a switch-over may have lost connections; so may the install of a policy, see its times",
                },
            ],
        },
    },
    shape: Shape::Colons,
    claims,
    fields: &[
        (Role::Time, "time"),
        (Role::Device, "origin"),
        (Role::Src, "src"),
        (Role::SrcPort, "s_port sport_svc"),
        (Role::Dst, "dst"),
        (Role::DstPort, "service svc"),
        (Role::NatSrc, "xlatesrc"),
        (Role::NatSrcPort, "xlatesport xlatesport_svc"),
        (Role::NatDst, "xlatedst"),
        (Role::NatDstPort, "xlatedport xlatedport_svc"),
        (Role::Proto, "proto"),
        (Role::Service, "service_id"),
        (Role::Action, "action"),
        (Role::Rule, "rule"),
        (Role::RuleName, "rule_name"),
        (Role::InIf, "ifname"),
        (Role::InZone, "inzone"),
        (Role::OutZone, "outzone"),
        (Role::BytesOut, "client_inbound_bytes sent_bytes"),
        (Role::BytesIn, "client_outbound_bytes received_bytes"),
        (Role::PktsOut, "client_inbound_packets"),
        (Role::PktsIn, "client_outbound_packets"),
        (Role::BytesTotal, "bytes"),
        (Role::Seconds, "elapsed"),
        (Role::App, "appi_name"),
        (Role::IcmpType, "icmp_type icmp-type icmp"),
        (Role::IcmpCode, "icmp_code icmp-code"),
        (Role::Flags, "tcp_flags"),
        (Role::Way, "ifdir"),
        (Role::Reason, "tcp_packet_out_of_state"),
        (Role::Message, "message_info Information"),
        (Role::Product, "product"),
        (Role::Own1, "packets"),
    ],
    tune,
});

fn claims(record: &super::Record<'_>) -> bool {
    record.has(b"loguid:\"")
        || record.has(b"origin:\"") && ABOUT_ITSELF.iter().any(|name| record.has(name))
        || record.has(b"[Fields@1.3.6.1.4.1.2620 ")
        || record.body.first() == Some(&b'"') && cells(record.body).is_some()
        || printed(record).is_some()
        || (record.has(b"loguid=") || record.has(b"product=VPN-1"))
            && !record.has(b"|Check Point|")
            && record.has(b"action=")
}

/// One of these stands in every record beside its origin.
const ABOUT_ITSELF: [&[u8]; 3] = [b"action:\"", b"product:\"", b"sys_message:"];

/// `19Feb2024 10:15:02 5 N/A 1 drop 192.0.2.1 > N/A LogId: 0; src: 203.0.113.9; dst: 10.1.1.5; proto: tcp; …;`: the words
/// behind the time, which stands in front, and the date, if there is one. A row that was broken ends elsewhere.
fn printed<'t>(
    record: &super::Record<'t>,
) -> Option<(Option<time::Date>, time::TimeOfDay, &'t [u8])> {
    let text = record.text.trim_ascii();
    let (at, _) = (find(text, b" src: ")?, find(text, b"; dst: ")?);
    find(text, b"; ProductName: ").or_else(|| find(text, b" product: "))?;
    let before = text.strip_suffix(b";")?.get(..at)?;
    let date = time::date(before, time::DayOrder::DayFirst);
    let before = before[date.map_or(0, |(_, used)| used)..].trim_ascii_start();
    let (of_day, used) = time::time_of_day(before)?;
    Some((date.map(|(date, _)| date), of_day, &before[used..]))
}

/// A row of the old tracker: number, date, time, interface, origin, kind, action, service, source port, source,
/// destination, protocol, rule, its name, …
fn cells(text: &[u8]) -> Option<[&[u8]; 14]> {
    let mut cells = [b"".as_slice(); 14];
    let mut rest = text;
    for cell in &mut cells {
        let inner = rest.strip_prefix(b"\"")?;
        let end = memchr::memchr(b'"', inner)?;
        *cell = &inner[..end];
        rest = inner[end + 1..].trim_ascii_start();
    }
    let is_row = ports::decimal(cells[0]).is_some() && cells[2].get(2) == Some(&b':');
    is_row.then_some(cells)
}

fn tracked(draft: &mut Draft<'_, '_>, row: &[&[u8]; 14]) -> bool {
    let [
        _,
        day,
        clock,
        interface,
        origin,
        _,
        word,
        service,
        port,
        src,
        dst,
        name,
        rule,
        title,
    ] = *row;
    let read = || {
        let (date, _) = time::date(day, time::DayOrder::DayFirst)?;
        time::stamp(date, time::time_of_day(clock)?.0, None)
    };
    let stamp = read();
    draft.decide(decision(word));
    let (_, by_name) = plain::service(service);
    let names = &mut *draft.names;
    let event = &mut draft.event;
    event.ts = stamp.unwrap_or(event.ts);
    event.proto = proto::parse(name).unwrap_or(proto::UNKNOWN);
    let has_ports = matches!(event.proto, proto::TCP | proto::UDP | proto::SCTP);
    event.src = Endpoint::new(
        Host::read(src, names),
        ports::port(port).filter(|_| has_ports),
    );
    event.dst = Endpoint::new(Host::read(dst, names), by_name.filter(|_| has_ports));
    event.device = names.id(origin);
    event.in_if = names.id(interface);
    event.action_raw = names.id(word);
    event.rule = names.id(rule);
    event.rule_name = names.id(title);
    if event.action == Action::Allow {
        event.kind = Kind::SessionStart;
    }
    event.state = plain::state(draft.text);
    true
}

/// What records of the gateway about itself explain.
const EVENTS: [(&str, Control); 8] = [
    ("aggressive aging", Control::TableFull),
    ("connections table is full", Control::TableFull),
    ("connections table limit", Control::TableFull),
    ("failover", Control::Failover),
    ("cluster_info", Control::Failover),
    ("member state", Control::Failover),
    ("installed ", Control::PolicyOrClear),
    ("install policy", Control::PolicyOrClear),
];

fn decision(word: &[u8]) -> Option<Action> {
    match word {
        b"Encrypt" | b"Decrypt" | b"Bypass" | b"HTTPS Bypass" => Some(Action::Allow),
        b"Prevent" => Some(Action::Drop),
        other => plain::action(other),
    }
}

/// ` <203.0.113.9,50001,192.0.2.20,23,6;eth0> <…>`: several packets of one decision in one record.
fn packets(draft: &mut Draft<'_, '_>, list: &[u8]) {
    draft.decide(decision(draft.word(Role::Action)));
    draft.event.action_raw = draft.id(Role::Action);
    for packet in list.split(|byte| *byte == b'<').skip(1) {
        let inner = packet
            .split(|byte| *byte == b'>')
            .next()
            .unwrap_or_default();
        let (ends, interface) = match memchr::memchr(b';', inner) {
            Some(at) => (&inner[..at], &inner[at + 1..]),
            None => (inner, &b""[..]),
        };
        let mut cells = ends.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        let mut next = || cells.next().unwrap_or_default();
        let (src, sport, dst, dport, number) = (next(), next(), next(), next(), next());
        let (Some(src), Some(dst)) = (Host::parse(src), Host::parse(dst)) else {
            continue;
        };
        let mut event = draft.event;
        event.proto = proto::parse(number).unwrap_or(proto::UNKNOWN);
        let has_ports = matches!(event.proto, proto::TCP | proto::UDP | proto::SCTP);
        let port = |text| ports::port(text).filter(|_| has_ports);
        event.src = Endpoint::new(src, port(sport));
        event.dst = Endpoint::new(dst, port(dport));
        if !interface.is_empty() {
            event.in_if = draft.names.id(interface);
        }
        event.kind = Kind::Packet;
        draft.sink.events.push(event);
    }
}

/// Products that recognize attacks, and those that stop what was asked for.
const ALARMS: [&str; 6] = [
    "SmartDefense",
    "IPS",
    "Virus",
    "Malware",
    "Anti-Bot",
    "Threat",
];
const FILTERS: [&str; 2] = ["URL Filtering", "Application Control"];

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    if let Some(row) = cells(draft.text) {
        return tracked(draft, &row);
    }
    if draft.event.src.host.is_none() && draft.event.dst.host.is_none() {
        if let Some(list) = draft.get(Role::Own1) {
            packets(draft, list);
        } else {
            draft.explain(&EVENTS);
        }
        return false;
    }
    let mut word = draft.word(Role::Action);
    if let Some((date, of_day, before)) = printed(draft.record) {
        let mut words = before.split(|byte| *byte == b' ');
        word = words.find(|word| decision(word).is_some()).unwrap_or(word);
        let device = words.find(|word| !word.is_empty()).unwrap_or_default();
        draft.event.device = draft.names.id(device);
        draft.event.action_raw = draft.names.id(word);
        let stamp = date.and_then(|date| time::stamp(date, of_day, None));
        draft.event.ts = stamp.unwrap_or(draft.event.ts);
    }
    draft.decide(decision(word));
    let why = [draft.word(Role::Reason), draft.word(Role::Message)];
    let product = draft.word(Role::Product);
    let is_update = contains(product, "Log Update") || draft.event.bytes_f.is_some();
    let is_out = contains(draft.word(Role::Way), "outbound");
    let event = &mut draft.event;
    event.state = why.map(plain::state).into_iter().max().unwrap_or_default();
    event.way_basis = WayBasis::PacketAtInterface;
    if is_out {
        // The interface is named where the packet leaves.
        (event.in_if, event.out_if) = (event.out_if, event.in_if);
    }
    if event.way == Way::Unsaid {
        event.way_basis = WayBasis::Unsaid;
    }
    if event.action == Action::Allow {
        event.init = Init::Src;
        event.kind = if is_update {
            Kind::SessionUpdate
        } else {
            Kind::SessionStart
        };
    }
    let says = |names: &[&str]| names.iter().any(|name| contains(product, name));
    // A signature names the sender of what it recognized.
    if says(&ALARMS) {
        event.alarm(matches!(product, b"SmartDefense" | b"IPS"));
    } else if event.action.is_denied() && says(&FILTERS) {
        event.inspect(false);
    }
    true
}
