//! Sophos UTM (Astaro): packet filter and web proxy.
//!
//! Sample   `2024:02:19-10:15:02 utm1 ulogd[12511]: id="2001" … sub="packetfilter" action="drop" fwrule="60002" srcip="10.0.0.11" …`
//! Fields   `srcip`, `srcport`, `proto`, `tcpflags`, `initf`, `fwrule`
//! Quirks   Rules 60001 to 60003 are the drops at the end of input, forward and output. Proxy records have no ports.
//! Spec     <https://support.sophos.com/support/s/article/KBA-000003363>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall};
use crate::engine::model::{Init, Kind, Way, WayBasis};

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "sophos_utm",
        title: "Sophos UTM",
        spec: "https://support.sophos.com/support/s/article/KBA-000003363",
        example: "2024:02:19-10:15:02 utm1 ulogd[12511]: id=\"2001\" severity=\"info\" sys=\"SecureNet\" sub=\"packetfilter\" name=\"Packet dropped\" action=\"drop\" fwrule=\"60002\" initf=\"eth1\" outitf=\"eth0\" srcip=\"10.0.0.11\" dstip=\"203.0.113.45\" proto=\"6\" length=\"52\" ttl=\"63\" srcport=\"443\" dstport=\"51515\" tcpflags=\"ACK FIN\"",
        device: firewall("Sophos UTM"),
    },
    shape: Shape::Equals(b' '),
    claims: |record| record.has(b" sys=\"Secure"),
    fields: &[
        (Role::Src, "srcip"),
        (Role::SrcPort, "srcport"),
        (Role::Dst, "dstip"),
        (Role::DstPort, "dstport"),
        (Role::Proto, "proto"),
        (Role::Action, "action"),
        (Role::Rule, "fwrule"),
        (Role::InIf, "initf"),
        (Role::OutIf, "outitf"),
        (Role::Length, "length"),
        (Role::Ttl, "ttl"),
        (Role::Flags, "tcpflags"),
        (Role::IcmpType, "type"),
        (Role::IcmpCode, "code"),
        (Role::App, "application"),
        (Role::Sub, "sub"),
        (Role::Title, "name"),
    ],
    tune,
});

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let rule = draft.word(Role::Rule);
    let is_packet = draft.word(Role::Sub) == b"packetfilter";
    let is_signature = draft.word(Role::Sub) == b"ips";
    let event = &mut draft.event;
    if is_signature {
        event.alarm(true);
    }
    if is_packet {
        (event.kind, event.init) = (Kind::Packet, Init::Unsaid);
    }
    event.implicit = matches!(rule, b"60001" | b"60002" | b"60003");
    event.way = match rule {
        b"60001" => Way::LocalIn,
        b"60002" => Way::Forward,
        b"60003" => Way::LocalOut,
        _ => Way::Unsaid,
    };
    event.way_basis = WayBasis::RuleDirection;
    true
}
