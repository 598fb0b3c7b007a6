//! Four logs to click on, and the formats' titles, both from where the engine and its tests have them.

use crate::engine::format::FORMATS;
use crate::engine::model::order::Order;

/// A built-in log.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    pub title: &'static str,
    pub about: &'static str,
    /// The name that it goes by once it is open.
    pub file: &'static str,
    pub text: &'static str,
}

pub static EXAMPLES: &[Example] = &[
    Example {
        title: "Why does our web server call out?",
        about: "Eight servers, port 80, blocked towards random ports of strangers. FortiGate.",
        file: "replies-blocked.log",
        text: include_str!("../../samples/fortigate/replies_blocked_5x.log"),
    },
    Example {
        title: "Somebody tries every door",
        about: "One address knocks at port 22 all along the network in twelve seconds. Linux gateway.",
        file: "port-scan.log",
        text: include_str!("../../samples/netfilter/port_scan.log"),
    },
    Example {
        title: "Answers to questions nobody asked",
        about: "A stranger's web server answers a host that never called it: echoes of an attack on others. UFW.",
        file: "backscatter.log",
        text: include_str!("../../samples/netfilter/backscatter.log"),
    },
    Example {
        title: "An ordinary day at the office",
        about: "Browsing, names, files, one mail program that may not send, a few knocks from outside. FortiGate.",
        file: "office-day.log",
        text: include_str!("../../samples/fortigate/office_day.log"),
    },
];

/// Titles of the formats, as `whichway formats` prints them.
pub fn formats() -> Vec<&'static str> {
    let mut titles: Vec<&str> = FORMATS.iter().map(|format| format.about().title).collect();
    titles.order_by(|one, other| {
        let key = |title: &str| title.to_ascii_lowercase();
        key(one).cmp(&key(other))
    });
    titles
}
