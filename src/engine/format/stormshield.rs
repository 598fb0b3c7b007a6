//! Stormshield Network Security: filter, connection, alarm and proxy logs.
//!
//! Sample   `id=firewall time="2024-02-19 10:15:02" fw="SN1" tz=+0100 … src=10.1.1.5 srcport=50012 dst=203.0.113.80 dstport=443 action=pass logtype="connection"`
//! Fields   `src`, `modsrc` = source after translation · `dst` after it, `origdst` before it · `sent` and `rcvd` of the client
//! Quirks   `proto` is the recognized program, `ipproto` the protocol. A connection is logged when it ends.
//!          Files of the device itself have no `logtype`.
//! Spec     <https://documentation.stormshield.eu/SNS/v4/en/Content/Description_of_Audit_logs/Getting_started.htm>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall};
use super::plain;
use crate::engine::model::event::Control;
use crate::engine::model::{Action, End, Init, Kind, proto};

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "stormshield",
        title: "Stormshield Network Security",
        spec: "https://documentation.stormshield.eu/SNS/v4/en/Content/Description_of_Audit_logs/Getting_started.htm",
        example: "id=firewall time=\"2024-02-19 10:15:02\" fw=\"SN1\" tz=+0100 startime=\"2024-02-19 10:05:11\" pri=5 confid=01 ruleid=7 srcif=\"Ethernet1\" srcifname=\"in\" ipproto=tcp dstif=\"Ethernet0\" dstifname=\"out\" proto=ssl src=10.1.1.5 srcport=50012 dst=203.0.113.80 dstport=443 modsrc=198.51.100.2 modsrcport=22011 origdst=203.0.113.80 origdstport=443 sent=1758 rcvd=5976 duration=591.20 action=pass logtype=\"connection\"",
        device: firewall("Stormshield"),
    },
    shape: Shape::Equals(b' '),
    // What stands near the end is asked for, so that half of a wrapped line is not taken for a record.
    claims: |record| {
        record.has(b" fw=\"")
            && (record.has(b" logtype=\"")
                || record.has(b" startime=\"") && record.has(b" action="))
            && record.has(b"time=\"")
    },
    fields: &[
        (Role::Time, "time"),
        (Role::Zone, "tz"),
        (Role::Start, "startime"),
        (Role::Device, "fw"),
        (Role::Src, "src"),
        (Role::SrcPort, "srcport"),
        (Role::Dst, "dst"),
        (Role::DstPort, "dstport"),
        (Role::NatSrc, "modsrc"),
        (Role::NatSrcPort, "modsrcport"),
        (Role::NatDst, "origdst"),
        (Role::NatDstPort, "origdstport"),
        (Role::Proto, "ipproto"),
        (Role::App, "proto"),
        (Role::Action, "action"),
        (Role::Rule, "ruleid"),
        (Role::RuleName, "rulename"),
        (Role::InIf, "srcifname srcif"),
        (Role::OutIf, "dstifname dstif"),
        (Role::BytesOut, "sent"),
        (Role::BytesIn, "rcvd"),
        (Role::Seconds, "duration"),
        (Role::IcmpType, "icmptype"),
        (Role::IcmpCode, "icmpcode"),
        (Role::Kind, "logtype"),
        (Role::Message, "msg"),
    ],
    tune,
});

/// What records of the firewall about itself explain.
const EVENTS: [(&str, Control); 4] = [
    ("msg=\"HA: ", Control::Failover),
    ("firewall startup", Control::Restart),
    ("system startup", Control::Restart),
    ("interface is down", Control::Routing),
];

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let kind = draft.word(Role::Kind);
    if draft.event.src.host.is_none() && draft.event.dst.host.is_none() {
        draft.explain(&EVENTS);
        return false;
    }
    let is_alarm = kind == b"alarm" || draft.named("alarmid").is_some();
    let event = &mut draft.event;
    if kind == b"connection" || kind == b"plugin" {
        if event.action == Action::Unknown {
            event.action = Action::Allow;
        }
        if event.action == Action::Allow {
            (event.kind, event.end, event.init) = (Kind::SessionEnd, End::Unknown, Init::Src);
        }
    } else if is_alarm {
        // About one packet, whichever side sent it. It is the firewall that resets.
        if event.action == Action::Reset {
            event.action = Action::Reject;
        }
        (event.kind, event.init) = (Kind::Packet, Init::Unsaid);
    } else if event.action == Action::Allow {
        event.kind = Kind::SessionStart;
    }
    // The proxies, which name no protocol.
    if matches!(kind, b"web" | b"ssl" | b"smtp" | b"pop3" | b"ftp") {
        draft.event.proto = proto::TCP;
    }
    let state = plain::state(draft.word(Role::Message));
    draft.event.state = state;
    true
}
