//! LEEF 1.0 and 2.0, the form in which products send their records to QRadar.
//!
//! Sample   `LEEF:2.0|Palo Alto Networks|PAN-OS Syslog Integration|10|allow|^|src=10.1.1.5^dst=203.0.113.80^srcPort=50012^…`
//! Fields   `src srcPort dst dstPort proto`, `action` or the id of the event, `srcBytes`, `srcPostNAT`
//! Quirks   Version 1 puts tabs between fields, version 2 names what stands there; pastes lose it.
//! Spec     <https://www.ibm.com/docs/en/dsm?topic=leef-overview>

use super::dialect::{Dialect, Draft, Role, Shape, Spec, contains, firewall};
use super::{About, plain};
use crate::engine::model::{End, Init, Kind};
use crate::engine::source::Record;

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "leef",
        title: "LEEF (Log Event Extended Format)",
        spec: "https://www.ibm.com/docs/en/dsm?topic=leef-overview",
        example: "LEEF:2.0|Palo Alto Networks|PAN-OS Syslog Integration|10|allow|^|src=10.1.1.5^dst=203.0.113.80^srcPort=50012^dstPort=443^proto=tcp^action=allow^SessionEndReason=tcp-fin^totalBytes=7734",
        device: firewall("firewall"),
    },
    shape: Shape::Leef,
    claims,
    fields: &[
        (Role::Time, "devTime"),
        (Role::Start, "StartTime SessionStartTime"),
        (Role::Device, "identHostName DeviceName sender device"),
        (Role::Src, "src"),
        (Role::SrcPort, "srcPort"),
        (Role::Dst, "dst"),
        (Role::DstPort, "dstPort"),
        (Role::NatSrc, "srcPostNAT xlatesrc"),
        (Role::NatSrcPort, "srcPostNATPort xlatesport"),
        (Role::NatDst, "dstPostNAT xlatedst"),
        (Role::NatDstPort, "dstPostNATPort xlatedport"),
        (Role::Proto, "proto"),
        (Role::Service, "service_id"),
        (Role::Action, "action act disp Action"),
        (Role::Rule, "policyid rule RuleName policy PolicyName Rule"),
        (Role::InIf, "IngressInterface ifname in_if InboundInterface"),
        (Role::OutIf, "EgressInterface out_if OutboundInterface"),
        (Role::InZone, "SourceZone srcZone inzone FromZone"),
        (Role::OutZone, "DestinationZone dstZone outzone ToZone"),
        (Role::BytesOut, "srcBytes sent_bytes"),
        (Role::BytesIn, "dstBytes rcvd_bytes"),
        (Role::BytesTotal, "totalBytes Bytes"),
        (Role::PktsOut, "srcPackets"),
        (Role::PktsIn, "dstPackets"),
        (Role::Seconds, "ElapsedTime duration SessionDuration"),
        (Role::Session, "SessionID sessionid"),
        (Role::Count, "RepeatCount"),
        (Role::App, "Application app app_name"),
        (Role::Reason, "SessionEndReason reason"),
        (Role::Message, "msg message_info"),
        (Role::Own1, "tcp_packet_out_of_state"),
        (Role::Flags, "tcp_flags"),
    ],
    tune,
});

/// Some syslog daemons take `LEEF:` for the name of a program and cut it off.
fn claims(record: &Record<'_>) -> bool {
    let text = record.body;
    let is_cut = || {
        (text.starts_with(b"1.0|") || text.starts_with(b"2.0|"))
            && memchr::memchr_iter(b'|', text).nth(4).is_some()
            && record.has(b"src=")
    };
    text.starts_with(b"LEEF:") || is_cut()
}

const ENDS: [(&str, End); 5] = [
    ("fin", End::Fin),
    ("rst-from-client", End::RstClient),
    ("rst-from-server", End::RstServer),
    ("aged", End::Aged),
    ("threat", End::Threat),
];

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    if draft.get(Role::Action).is_none() {
        // `allow`, `Connection_Discarded`: the id of the event is the decision.
        let code = draft.word(Role::Code);
        draft.decide(plain::action(code));
        draft.event.action_raw = draft.names.id(code);
    }
    let reason = draft.word(Role::Reason);
    let words = [reason, draft.word(Role::Message), draft.word(Role::Own1)];
    let state = words.map(plain::state);
    let event = &mut draft.event;
    event.state = state.into_iter().max().unwrap_or_default();
    if event.kind == Kind::SessionUpdate {
        event.init = Init::SrcWeak;
        if !reason.is_empty() || event.duration_us.is_some() {
            event.kind = Kind::SessionEnd;
            event.init = Init::Src;
            let found = ENDS.iter().find(|(word, _)| contains(reason, word));
            event.end = found.map_or(End::Unknown, |(_, end)| *end);
        }
    }
    if draft.record.has(b"cat=THREAT") {
        let is_answer = draft.record.has(b"server-to-client");
        if draft.record.has(b"Subtype=url") {
            draft.event.inspect(is_answer);
        } else {
            draft.event.alarm(is_answer);
        }
    }
    true
}
