//! Records of the firewall about itself that explain traffic (domain §3.3): switch-over, restart, full tables,
//! changed rules, changed routes.

use super::reading::{Look, has};
use super::words::Key;
use crate::engine::model::Kind;
use crate::engine::model::event::Control;

/// Flood meters count many packets; they are never one connection.
pub const METER: Control = Control::RateMeter;

/// Parts of the configuration whose change makes the firewall look at every open connection again.
const RULES: &[&[u8]] = &[
    b"firewall.policy",
    b"firewall.security-policy",
    b"firewall.local-in-policy",
    b"firewall.interface-policy",
    b"firewall.multicast-policy",
    b"firewall.vip",
    b"firewall.ippool",
    b"system.session-ttl",
    b"system.session-helper",
];

impl Control {
    /// The kind of event that carries it.
    pub(super) fn kind(self) -> Kind {
        if self == Control::LinesMissing {
            Kind::Gap
        } else {
            Kind::Control
        }
    }
}

/// What an event record explains, if anything.
pub fn of(look: &Look<'_>) -> Option<Control> {
    let title = look.get(Key::LogDesc).unwrap_or_default();
    let message = look.get(Key::Message).unwrap_or_default();
    let says = |needle: &str| has(title, needle.as_bytes()) || has(message, needle.as_bytes());
    let says_any = |needles: &[&str]| needles.iter().any(|needle| says(needle));

    if says_any(&[
        "conserve mode",
        "session table full",
        "session limit",
        "session-limit",
        "table is full",
    ]) {
        return Some(Control::TableFull);
    }
    if look
        .get(Key::CfgPath)
        .is_some_and(|path| RULES.iter().any(|rules| path.starts_with(rules)))
    {
        return Some(Control::PolicyOrClear);
    }
    let clears = says("session")
        && says_any(&[
            "session clear",
            "sessions clear",
            "cleared",
            "session flush",
            "sessions flush",
        ]);
    let old_edit =
        says("firewall policy") && says_any(&["edited", "added", "deleted", "changed", "moved"]);
    if clears || old_edit {
        return Some(Control::PolicyOrClear);
    }
    let is_pair = look.get(Key::Subtype) == Some(b"ha");
    let moved = [
        "state moved",
        "became",
        "lost",
        "primary",
        "master",
        "role",
        "member dead",
        "failover",
        "fail over",
    ];
    if (is_pair && says_any(&moved))
        || says_any(&[
            "ha failover",
            "ha role",
            "virtual cluster's member state moved",
        ])
    {
        return Some(Control::Failover);
    }
    let restarts = [
        "fortigate started",
        "system started",
        "system has started",
        "rebooted",
        "system reboot",
        "device reboot",
        "fortigate has booted",
        "system shutdown",
        "device shutdown",
        "system restart",
    ];
    if says_any(&restarts) {
        return Some(Control::Restart);
    }
    if says_any(&[
        "logs were lost",
        "log messages lost",
        "logs dropped",
        "log(s) dropped",
        "lost log",
    ]) {
        return Some(Control::LinesMissing);
    }
    routing(look, &says_any).then_some(Control::Routing)
}

/// A way that opened, closed or changed. Measurements of a way that works (`SLA passed`) are none.
fn routing(look: &Look<'_>, says_any: &dyn Fn(&[&str]) -> bool) -> bool {
    let is_link = says_any(&[
        "link monitor",
        "link-monitor",
        "interface status changed",
        "static route",
        "route removed",
        "route added",
    ]);
    let is_sdwan =
        look.get(Key::Subtype) == Some(b"sdwan") || says_any(&["sd-wan", "virtual wan link"]);
    is_link
        || (is_sdwan
            && says_any(&["status", "changed", "failed", " dead", " alive", " down"])
            && !says_any(&["sla information"]))
}
