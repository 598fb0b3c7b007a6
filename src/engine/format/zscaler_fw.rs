//! Zscaler Internet Access: firewall, DNS, web and tunnel feeds of the Nanolog Streaming Service, as JSON.
//!
//! Sample   `{"sourcetype":"zscalernss-fw","event":{"datetime":"Mon Feb 19 10:15:02 2024","csip":"10.1.1.5","cdip":"203.0.113.80",…}}`
//! Fields   `csip`, `csport`, `cdip`, `cdport` = as the client sees them · `ssip`, `sdip` = as the server does
//! Quirks   Names differ by feed; a web record has addresses and no ports. The outer address of a tunnel is `tsip`.
//! Spec     <https://help.zscaler.com/zia/nss-feed-output-format-firewall-logs>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall, is_json};
use crate::engine::model::{Action, Init, Kind, proto};
use crate::engine::source::find::find;

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "zscaler_fw",
        title: "Zscaler Internet Access",
        spec: "https://help.zscaler.com/zia/nss-feed-output-format-firewall-logs",
        example: "{\"sourcetype\":\"zscalernss-fw\",\"event\":{\"datetime\":\"Mon Feb 19 10:15:02 2024\",\"csip\":\"10.1.1.5\",\"csport\":\"50012\",\"cdip\":\"203.0.113.25\",\"cdport\":\"25\",\"proto\":\"TCP\",\"action\":\"Drop\",\"rule\":\"no-mail\",\"inbytes\":\"0\",\"outbytes\":\"60\",\"duration\":\"0\"}}",
        device: firewall("Zscaler"),
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record)
            && (record.has(b"zscalernss")
                || record.has(b"\"tunneltype\"")
                || record.has(b"\"csip\"") && record.has(b"\"cdip\""))
    },
    fields: &[
        (Role::Time, "datetime time"),
        (Role::Zone, "timezone tz"),
        (Role::Kind, "sourcetype"),
        (Role::Sub, "tunneltype"),
        (Role::Src, "csip clt_sip ClientIP sourceip clientip"),
        (Role::SrcPort, "csport clt_sport sourceport"),
        (Role::Dst, "cdip srv_dip serverip destinationip"),
        (Role::DstPort, "cdport srv_dport destinationport"),
        (Role::NatSrc, "ssip"),
        (Role::NatSrcPort, "ssport"),
        (Role::NatDst, "sdip"),
        (Role::NatDstPort, "sdport"),
        (Role::Proto, "ipproto proto"),
        (Role::Action, "action reqaction"),
        (Role::RuleName, "rule rulelabel reqrulelabel"),
        (Role::Device, "locationname location"),
        (Role::BytesOut, "outbytes txbytes requestsize"),
        (Role::BytesIn, "inbytes rxbytes responsesize"),
        (Role::Seconds, "duration"),
        (Role::Millis, "durationms"),
        (Role::App, "nwapp appname"),
    ],
    tune,
});

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let kind = draft.word(Role::Kind);
    let is_web = find(kind, b"nss-web").is_some();
    let is_tunnel = draft.get(Role::Sub).is_some();
    let event = &mut draft.event;
    if is_web {
        event.proto = proto::TCP;
    }
    if is_tunnel {
        // The ends of the tunnel itself; nothing was decided about it.
        (event.kind, event.action, event.init) = (Kind::FlowBi, Action::Unknown, Init::Unsaid);
        for end in [&mut event.src, &mut event.dst] {
            end.port = end.port.filter(|port| *port > 0);
        }
    } else if event.action == Action::Allow {
        (event.kind, event.init) = (Kind::SessionEnd, Init::Src);
    }
    true
}
