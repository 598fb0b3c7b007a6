//! Palo Alto Networks: the records of the logging service (Strata Logging Service, Cortex Data Lake) as JSON.
//!
//! Sample   `{"LogType":"TRAFFIC","Subtype":"end","TimeGenerated":"2024-02-19T10:15:02.000000Z","SourceAddress":"10.1.1.5",…}`
//! Fields   `SourceAddress`, `NATSource`, `BytesSent`, `SessionEndReason`, …; of a DNS record the resolver is the destination
//! Quirks   The log forwarding profile says which fields there are, in whatever order.
//! Spec     <https://docs.paloaltonetworks.com/strata-logging-service/log-reference/network-logs/network-traffic-log>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, contains, firewall, is_json};
use crate::engine::model::{Action, End, Init, Kind, State};

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "panos_json",
        title: "Palo Alto Networks logging service (JSON)",
        spec: "https://docs.paloaltonetworks.com/strata-logging-service/log-reference/network-logs/network-traffic-log",
        example: "{\"TimeReceived\":\"2024-02-19T10:15:09.000000Z\",\"DeviceSN\":\"000000000001\",\"LogType\":\"TRAFFIC\",\"Subtype\":\"end\",\"TimeGenerated\":\"2024-02-19T10:15:02.000000Z\",\"SourceAddress\":\"10.1.1.5\",\"DestinationAddress\":\"203.0.113.80\",\"NATSource\":\"198.51.100.2\",\"NATDestination\":\"203.0.113.80\",\"Rule\":\"out-web\",\"Application\":\"ssl\",\"FromZone\":\"trust\",\"ToZone\":\"untrust\",\"SessionID\":91021,\"RepeatCount\":1,\"SourcePort\":50012,\"DestinationPort\":443,\"NATSourcePort\":22011,\"NATDestinationPort\":443,\"Protocol\":\"tcp\",\"Action\":\"allow\",\"Bytes\":7734,\"BytesSent\":1758,\"BytesReceived\":5976,\"SessionDuration\":586,\"SessionEndReason\":\"tcp-fin\"}",
        device: firewall("Palo Alto firewall"),
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record)
            && record.has(b"\"LogType\"")
            && (record.has(b"\"DeviceSN\"") || record.has(b"\"LogSourceID\""))
    },
    fields: &[
        (Role::Kind, "LogType"),
        (Role::Sub, "Subtype"),
        (
            Role::Time,
            "TimeGeneratedHighResolution TimeGenerated EventTime",
        ),
        (Role::Start, "SessionStartTime"),
        (Role::Device, "DeviceName LogSourceName"),
        (Role::Vsys, "VirtualLocation"),
        (Role::Src, "SourceAddress"),
        (Role::SrcPort, "SourcePort"),
        (Role::Dst, "DestinationAddress DNSResolverIP"),
        (Role::DstPort, "DestinationPort"),
        (Role::NatSrc, "NATSource"),
        (Role::NatSrcPort, "NATSourcePort"),
        (Role::NatDst, "NATDestination"),
        (Role::NatDstPort, "NATDestinationPort"),
        (Role::Proto, "Protocol"),
        (Role::Action, "Action"),
        (Role::RuleName, "Rule"),
        (Role::App, "Application"),
        (Role::InZone, "FromZone"),
        (Role::OutZone, "ToZone"),
        (Role::InIf, "InboundInterface"),
        (Role::OutIf, "OutboundInterface"),
        (Role::BytesTotal, "Bytes"),
        (Role::BytesOut, "BytesSent"),
        (Role::BytesIn, "BytesReceived"),
        (Role::PktsOut, "PacketsSent"),
        (Role::PktsIn, "PacketsReceived"),
        (Role::Seconds, "SessionDuration TotalTimeElapsed"),
        (Role::Session, "SessionID"),
        (Role::Count, "RepeatCount CountOfRepeats"),
        (Role::Reason, "SessionEndReason"),
        (Role::Way, "DirectionOfAttack"),
    ],
    tune,
});

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    const ENDS: [(&str, End); 7] = [
        ("tcp-fin", End::Fin),
        ("rst-from-client", End::RstClient),
        ("rst-from-server", End::RstServer),
        ("aged-out", End::Aged),
        ("policy-deny", End::PolicyDeny),
        ("threat", End::Threat),
        ("resources", End::Resources),
    ];
    let word = draft.word(Role::Action);
    let says = |words: &[&str]| words.iter().any(|part| contains(word, part));
    let action = if says(&["reset"]) {
        Action::Reject
    } else if says(&["deny", "drop", "block", "sinkhole"]) {
        Action::Drop
    } else if says(&["allow", "alert", "continue", "override"]) {
        Action::Allow
    } else {
        Action::Unknown
    };
    draft.decide(Some(action));
    let (kind, sub) = (draft.word(Role::Kind), draft.word(Role::Sub));
    let reason = draft.word(Role::Reason);
    let is_answer = draft.word(Role::Way) == b"server to client";
    let is_midstream = draft.word(Role::App) == b"non-syn-tcp";
    let event = &mut draft.event;
    (event.kind, event.init) = match sub {
        b"drop" | b"deny" => (Kind::Packet, Init::SrcDenied),
        b"start" => (Kind::SessionStart, Init::Src),
        b"end" => (Kind::SessionEnd, Init::Src),
        _ => (Kind::SessionUpdate, Init::Src),
    };
    if matches!(
        sub,
        b"vulnerability" | b"virus" | b"spyware" | b"wildfire-virus" | b"ml-virus"
    ) {
        event.state = State::Alarm;
    }
    if is_midstream {
        (event.state, event.init) = (State::NoState, Init::Unsaid);
    }
    // What was found came from the server, which some of these records name first.
    if event.kind == Kind::SessionUpdate && is_answer {
        event.init = Init::Unsaid;
    }
    if event.kind == Kind::SessionEnd {
        let found = ENDS.iter().find(|(part, _)| contains(reason, part));
        event.end = found.map_or(End::Unknown, |(_, end)| *end);
    }
    if kind == b"DNS" && event.dst.port.is_none() {
        // The record is about a question to that name server.
        event.dst.port = Some(53);
    }
    true
}
