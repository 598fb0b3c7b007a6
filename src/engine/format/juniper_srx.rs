//! Juniper SRX, structured syslog (`structured-data` or `sd-syslog`): sessions, screens, attacks, content.
//!
//! Sample   `RT_FLOW - RT_FLOW_SESSION_CLOSE [junos@2636.1.1.1.2.40 reason="idle Timeout" source-address="10.1.1.5" …]`
//! Fields   `source-address`, `nat-source-address`, `protocol-id`, `bytes-from-client`, `elapsed-time`, …
//! Quirks   Packets that fail the SYN check are not logged as DENY, so the source of a DENY sent an opening packet.
//!          Ports of ICMP are its sequence and id. A volume update counts from the start of the session.
//! Spec     <https://www.juniper.net/documentation/us/en/software/junos/network-mgmt/topics/topic-map/system-logging-for-a-security-device.html>

use super::dialect::{Dialect, Draft, Role, Shape, Spec, contains};
use super::{About, Check, Device, Timers, Topic, plain};
use crate::engine::model::event::Control;
use crate::engine::model::{Action, End, Init, Kind, NameId, ResetBy, Way, WayBasis, proto};

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "juniper_srx",
        title: "Juniper SRX (structured syslog)",
        spec: "https://apps.juniper.net/syslog-explorer/",
        example: "<14>1 2024-02-19T10:15:02.264Z srx1 RT_FLOW - RT_FLOW_SESSION_CLOSE [junos@2636.1.1.1.2.40 reason=\"idle Timeout\" source-address=\"10.1.1.5\" source-port=\"50012\" destination-address=\"203.0.113.80\" destination-port=\"443\" nat-source-address=\"198.51.100.2\" nat-source-port=\"22011\" nat-destination-address=\"203.0.113.80\" nat-destination-port=\"443\" protocol-id=\"6\" policy-name=\"out\" source-zone-name=\"trust\" destination-zone-name=\"untrust\" session-id-32=\"5\" packets-from-client=\"6\" bytes-from-client=\"337\" packets-from-server=\"4\" bytes-from-server=\"535\" elapsed-time=\"1804\"]",
        device: Device {
            name: "SRX",
            stateless: false,
            deny_is_packet: true,
            timers: Timers {
                tcp: &[1800],
                half_open: &[20],
                half_close: &[150],
                udp: &[60],
                icmp: &[60],
            },
            checks: &[
                Check {
                    about: Topic::Table,
                    place: "on the SRX",
                    command: "show security flow session summary",
                    why: "shows how full the session table is",
                },
                Check {
                    about: Topic::Timers,
                    place: "on the SRX",
                    command: "show security flow session source-prefix {client} destination-port {port}",
                    why: "shows the session and when it will be forgotten",
                },
                Check {
                    about: Topic::Events,
                    place: "on the SRX",
                    command: "show chassis cluster status",
                    why: "a switch-over may have lost sessions; show security flow statistics counts packets without one",
                },
            ],
        },
    },
    shape: Shape::Equals(b' '),
    claims: |record| record.has(b"[junos@"),
    fields: &[
        (Role::Src, "source-address local-address"),
        (Role::SrcPort, "source-port"),
        (Role::Dst, "destination-address remote-address"),
        (Role::DstPort, "destination-port"),
        (Role::NatSrc, "nat-source-address"),
        (Role::NatSrcPort, "nat-source-port"),
        (Role::NatDst, "nat-destination-address"),
        (Role::NatDstPort, "nat-destination-port"),
        (Role::Proto, "protocol-id protocol-name"),
        (Role::Action, "action"),
        (Role::Rule, "policy-name"),
        (Role::RuleName, "rule-name attack-name"),
        (Role::InZone, "source-zone-name source-zone"),
        (Role::OutZone, "destination-zone-name destination-zone"),
        (
            Role::InIf,
            "packet-incoming-interface source-interface-name interface-name",
        ),
        (Role::OutIf, "destination-interface-name"),
        (Role::Session, "session-id-32 session-id-64 session-id"),
        (Role::PktsOut, "packets-from-client inbound-packets"),
        (Role::BytesOut, "bytes-from-client inbound-bytes"),
        (Role::PktsIn, "packets-from-server outbound-packets"),
        (Role::BytesIn, "bytes-from-server outbound-bytes"),
        (Role::Seconds, "elapsed-time"),
        (Role::Reason, "reason"),
        (Role::App, "nested-application application application-name"),
        (Role::IcmpType, "icmp-type"),
    ],
    tune,
});

/// What records of the firewall about itself explain.
const EVENTS: [(&str, Control); 6] = [
    ("JSRPD_", Control::Failover),
    ("UI_COMMIT_COMPLETED", Control::PolicyOrClear),
    ("SNMP_TRAP_LINK_", Control::Routing),
    ("SESSION_TABLE", Control::TableFull),
    ("session table", Control::TableFull),
    ("SYSTEM_STARTUP", Control::Restart),
];

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let word = draft
        .text
        .split(|byte| *byte == b' ')
        .next()
        .unwrap_or_default();
    let title = |part: &str| contains(word, part);
    let reason = draft.word(Role::Reason);
    if matches!(draft.word(Role::App), b"UNKNOWN" | b"unknown") {
        draft.event.app = NameId::NONE;
    }
    if draft.event.proto == proto::UNKNOWN && title("RT_SCREEN_") {
        // The name of the record has the protocol.
        let found = [
            ("TCP", proto::TCP),
            ("UDP", proto::UDP),
            ("ICMP", proto::ICMP),
        ];
        let found = found.iter().find(|(name, _)| title(name));
        draft.event.proto = found.map_or(proto::UNKNOWN, |(_, number)| *number);
        if draft.event.proto == proto::ICMP {
            (draft.event.src.port, draft.event.dst.port) = (None, None);
        }
    }
    if draft.event.proto == proto::UNKNOWN && title("WEBFILTER_") {
        draft.event.proto = proto::TCP;
    }
    if draft.event.src.host.is_none() && draft.event.dst.host.is_none() {
        draft.explain(&EVENTS);
        return false;
    }
    let action = if title("SESSION_CREATE") {
        Some(Action::Start)
    } else if title("SESSION_DENY") {
        Some(Action::Drop)
    } else if title("SESSION_CLOSE") {
        Some(Action::Close)
    } else if title("SESSION_VOL_UPDATE") || title("SESSION_ROUTE_UPDATE") || title("APP_SESSION") {
        Some(Action::Allow)
    } else if title("_BLOCKED") || title("_DETECTED_MT") || title("_DROP") {
        Some(Action::Drop)
    } else if title("_PERMITTED") {
        Some(Action::Allow)
    } else {
        draft
            .get(Role::Action)
            // `alarm-without-drop` has the word of what was not done.
            .filter(|word| !contains(word, "without"))
            .and_then(plain::action)
    };
    draft.decide(action);
    if draft.get(Role::Action).is_none() {
        draft.event.action_raw = draft.names.id(word);
    }
    if title("KMD_") {
        // The two ends of a tunnel; which of them opened it is not said.
        draft.event.init = Init::Unsaid;
    }
    let to_firewall = draft.word(Role::OutZone) == b"junos-host";
    let event = &mut draft.event;
    if to_firewall {
        (event.way, event.way_basis) = (Way::LocalIn, WayBasis::RuleDirection);
    }
    if title("SESSION_CLOSE") {
        (event.end, event.action) = ending(reason);
        event.reset_by = match event.end {
            End::RstClient => ResetBy::Client,
            End::RstServer => ResetBy::Server,
            _ => ResetBy::Unknown,
        };
    } else if title("SESSION_DENY") {
        event.init = Init::SrcDenied;
    } else if title("AV_VIRUS") || title("IDP_ATTACK") {
        // It may be in what came back.
        draft.event.alarm(true);
    } else if event.kind == Kind::SessionUpdate && !title("SESSION") {
        // Inspection speaks about a connection that is tracked, but may name the server first.
        event.init = Init::SrcWeak;
    } else if title("WEBFILTER_") || title("AV_") || title("CONTENT_FILT") {
        // A page is asked for.
        let may_be_answer = !title("WEBFILTER_");
        draft.event.inspect(may_be_answer);
    }
    true
}

fn ending(reason: &[u8]) -> (End, Action) {
    const REASONS: [(&str, End, Action); 9] = [
        ("TCP CLIENT RST", End::RstClient, Action::Reset),
        ("TCP SERVER RST", End::RstServer, Action::Reset),
        ("TCP RST", End::Rst, Action::Reset),
        ("TCP FIN", End::Fin, Action::Close),
        ("idle Timeout", End::IdleTimeout, Action::Timeout),
        ("response received", End::Response, Action::Close),
        ("ICMP error", End::IcmpError, Action::Close),
        ("application failure", End::Threat, Action::Close),
        ("HA", End::Failover, Action::Close),
    ];
    let found = REASONS.iter().find(|(text, _, _)| contains(reason, text));
    found.map_or((End::Unknown, Action::Close), |(_, end, action)| {
        (*end, *action)
    })
}
