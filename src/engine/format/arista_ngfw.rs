//! Arista NG Firewall (Untangle): sessions and intrusion records as JSON.
//!
//! Sample   `uvm[0]:  {"s2pBytes":0,…,"sessionEvent":{"CClientAddr":"10.1.1.5","SServerPort":443,…},"c2pBytes":95,"p2cBytes":0}`
//! Fields   `CClientAddr`, `CServerAddr` = as the client sees them · `SClientAddr`, `SServerAddr` = as the server does
//! Quirks   The numbers of a session come in three records: the session, its policy, its counters at the end.
//! Spec     <https://wiki.edge.arista.com/index.php/Events>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall, is_json};
use crate::engine::model::{Action, End, Init, Kind, NameId, ports};
use crate::engine::source::find::find;
use crate::engine::source::time;

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "arista_ngfw",
        title: "Arista NG Firewall (Untangle)",
        spec: "https://wiki.edge.arista.com/index.php/Events",
        example: "<174>Feb 19 10:15:02 INFO  uvm[0]:  {\"timeStamp\":\"2024-02-19 10:15:02.93\",\"s2pBytes\":5976,\"p2sBytes\":1758,\"endTime\":1708337702930,\"sessionId\":110556,\"class\":\"class com.untangle.uvm.app.SessionStatsEvent\",\"sessionEvent\":{\"protocol\":6,\"CServerPort\":443,\"CClientAddr\":\"10.1.1.5\",\"SServerAddr\":\"203.0.113.80\",\"SClientAddr\":\"198.51.100.2\",\"CClientPort\":50012,\"SClientPort\":22011,\"SServerPort\":443,\"CServerAddr\":\"203.0.113.80\"},\"c2pBytes\":1758,\"p2cBytes\":5976}",
        device: firewall("Arista NG Firewall"),
    },
    shape: Shape::Json,
    claims: |record| is_json(record) && record.has(b"com.untangle."),
    fields: &[
        (Role::Time, "timeStamp"),
        (Role::Start, "sessionEvent.timeStamp"),
        (Role::Kind, "class"),
        (Role::Src, "CClientAddr ipSource"),
        (Role::SrcPort, "CClientPort sportItype"),
        (Role::Dst, "CServerAddr ipDestination"),
        (Role::DstPort, "CServerPort dportIcode"),
        (Role::NatSrc, "SClientAddr"),
        (Role::NatSrcPort, "SClientPort"),
        (Role::NatDst, "SServerAddr"),
        (Role::NatDstPort, "SServerPort"),
        (Role::Proto, "protocol protocolName"),
        (Role::Action, "blocked"),
        (Role::Rule, "ruleId policyRuleId"),
        (Role::RuleName, "msg"),
        (Role::Session, "sessionId"),
        (Role::BytesOut, "c2pBytes"),
        (Role::BytesIn, "p2cBytes"),
        (Role::InIf, "clientIntf"),
        (Role::OutIf, "serverIntf"),
        (Role::App, "application"),
    ],
    tune,
});

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let kind = draft.word(Role::Kind);
    let is = |name: &str| find(kind, name.as_bytes()).is_some();
    let is_end = is("SessionStatsEvent");
    let end = draft
        .named("endTime")
        .and_then(time::epoch)
        .map(|(end, _)| end);
    let action = match draft.word(Role::Action) {
        b"true" => Some(Action::Drop),
        b"false" => Some(Action::Allow),
        _ if is_end => Some(Action::Close),
        _ if is("SessionEvent") => Some(Action::Start),
        _ => None,
    };
    draft.decide(action);
    // What stands before the program is the level of the message, not a device.
    draft.event.device = NameId::NONE;
    let event = &mut draft.event;
    // The end is given in milliseconds since 1970 too, which tells the zone of the other times.
    if let Some(end) = end {
        let zone = end.micros - event.ts.micros;
        event.ts = end;
        event.ts_start = event.ts_start.map(|start| start + zone);
        event.ts_end = Some(end.micros);
    }
    if is_end {
        event.end = End::Unknown;
    } else if is("IntrusionPrevention") {
        (event.kind, event.init) = (Kind::Packet, Init::Unsaid);
        event.alarm(true);
    }
    if event.src.port.is_none() && draft.has_ports() {
        draft.event.src.port = draft.get(Role::SrcPort).and_then(ports::port);
    }
    true
}
