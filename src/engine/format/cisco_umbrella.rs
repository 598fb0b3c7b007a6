//! Cisco Umbrella: cloud-delivered firewall, as rows without headings.
//!
//! Sample   `2024-02-19 10:15:02,[211039844],tunnel 1,CDFW Tunnel Device,OUTBOUND,6,60,10.1.1.5,50012,203.0.113.25,25,ams1.edc,12,BLOCK`
//! Fields   time, origin ids, name, kind, direction, protocol number, bytes, source, port, destination, port, data center, rule, verdict
//! Spec     <https://docs.umbrella.com/deployment-umbrella/docs/cloud-firewall-log-formats>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall};
use crate::engine::model::{Action, Init, Kind, WayBasis};

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "cisco_umbrella",
        title: "Cisco Umbrella cloud firewall",
        spec: "https://docs.umbrella.com/deployment-umbrella/docs/cloud-firewall-log-formats",
        example: "\"2024-02-19 10:15:02\",\"[211039844]\",\"tunnel 1\",\"CDFW Tunnel Device\",\"OUTBOUND\",\"6\",\"60\",\"10.1.1.5\",\"50012\",\"203.0.113.25\",\"25\",\"ams1.edc\",\"12\",\"BLOCK\"",
        device: firewall("Umbrella"),
    },
    shape: Shape::Cells(
        b',',
        &[
            Role::Time,
            Role::None,
            Role::Device,
            Role::None,
            Role::Way,
            Role::Proto,
            Role::BytesOut,
            Role::Src,
            Role::SrcPort,
            Role::Dst,
            Role::DstPort,
            Role::None,
            Role::Rule,
            Role::Action,
        ],
    ),
    claims: |record| matches!(record.body.first(), Some(b'2' | b'"')) && record.has(b"CDFW Tunnel"),
    fields: &[],
    tune,
});

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let event = &mut draft.event;
    event.way_basis = WayBasis::InitiatorSide;
    if event.action == Action::Allow {
        (event.kind, event.init) = (Kind::SessionEnd, Init::Src);
    }
    true
}
