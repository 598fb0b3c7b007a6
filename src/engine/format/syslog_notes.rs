//! What the logging system and the machine around a firewall say of themselves: lines left out, a start, a switch-over.
//!
//! Sample   `Feb 19 10:15:02 fw1 last message repeated 4 times` · `keepalived_vrrp[99]: (VI_1) Entering MASTER STATE`
//! Fields   the number of lines that are missing → repeat
//! Quirks   No traffic, ever. `message repeated 3 times: [ … ]` counts as lines left out.
//! Spec     <https://www.rsyslog.com/doc/configuration/modules/imuxsock.html>

use super::dialect::firewall;
use super::{About, Format, Parse, Parsed, Sink, Span};
use crate::engine::model::event::Control;
use crate::engine::model::{Event, Kind, Names, ports};
use crate::engine::source::find::find;
use crate::engine::source::{Clock, Record};

pub struct SyslogNotes;

static ABOUT: About = About {
    id: "syslog_notes",
    title: "Notes of the logging system (lines left out, restarts, switch-overs)",
    spec: "https://www.rsyslog.com/doc/configuration/modules/imuxsock.html",
    example: "Feb 19 10:15:02 fw1 last message repeated 4 times",
    device: firewall("device"),
};

/// The program, or the beginning of the text where no program is named; what the line must hold; what it says.
const NOTES: &[(&str, &str, Control)] = &[
    ("", "last message repeated ", Control::LinesMissing),
    ("", "message repeated ", Control::LinesMissing),
    ("rsyslogd", "rate-limiting", Control::LinesMissing),
    ("rsyslogd", "exiting on signal", Control::Restart),
    ("rsyslogd", " start", Control::Restart),
    ("imuxsock", "rate-limiting", Control::LinesMissing),
    ("systemd-journald", "Suppressed ", Control::LinesMissing),
    ("systemd-journald", "Missed ", Control::LinesMissing),
    ("systemd-journald", "Journal started", Control::Restart),
    ("systemd", "netfilter persistent", Control::PolicyOrClear),
    ("systemd", "iptables", Control::PolicyOrClear),
    ("systemd", "nftables", Control::PolicyOrClear),
    ("systemd", "firewalld", Control::PolicyOrClear),
    ("systemd", "Shorewall", Control::PolicyOrClear),
    ("syslog-ng", "dropped", Control::LinesMissing),
    ("syslog-ng", "starting up", Control::Restart),
    ("syslogd", "restart", Control::Restart),
    ("syslogd", "exiting on signal", Control::Restart),
    ("keepalived", "Entering MASTER STATE", Control::Failover),
    ("keepalived", "Entering BACKUP STATE", Control::Failover),
    ("keepalived", "Entering FAULT STATE", Control::Failover),
    ("system,", "router rebooted", Control::Restart),
    ("system,", "router was rebooted", Control::Restart),
    ("interface,", "link down", Control::Routing),
    ("interface,", "link up", Control::Routing),
    ("interface,", "now backup", Control::Failover),
    ("interface,", "now master", Control::Failover),
];

/// Programs beside a firewall whose lines never tell of a packet.
const OTHERS: &[&str] = &[
    "dhclient",
    "dhcpcd",
    "dhcpd",
    "udhcpc",
    "udhcpd",
    "dnsmasq-dhcp",
    "cron",
    "anacron",
    "sudo",
    "sshd",
    "systemd-logind",
    "NetworkManager",
    "ntpd",
    "chronyd",
];

impl Format for SyslogNotes {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, _: Clock) -> Box<dyn Parse> {
        Box::new(Parser)
    }

    fn gloss(&self, text: &[u8], _: Option<&[u8]>) -> Vec<Span> {
        super::head::spans(text).1
    }
}

struct Parser;

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        let Some(control) = note(record.head.tag, record.body) else {
            let tag = record.head.tag;
            let is_other = OTHERS
                .iter()
                .any(|name| tag.eq_ignore_ascii_case(name.as_bytes()))
                || record.body == b"-- MARK --";
            return if is_other {
                Parsed::Other
            } else {
                Parsed::Foreign
            };
        };
        let is_gap = control == Control::LinesMissing;
        sink.push(Event {
            kind: if is_gap { Kind::Gap } else { Kind::Control },
            control,
            ts: record.head.stamp,
            device: names.id(record.head.host),
            repeat: if is_gap { count(record.body) } else { 1 },
            ..Event::default()
        })
    }
}

fn note(tag: &[u8], body: &[u8]) -> Option<Control> {
    let starts = |text: &[u8], word: &str| {
        text.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    };
    let found = NOTES.iter().find(|(program, phrase, _)| {
        if program.is_empty() {
            return starts(body, phrase);
        }
        (starts(tag, program) || starts(body, program)) && find(body, phrase.as_bytes()).is_some()
    });
    found.map(|(_, _, control)| *control)
}

/// The first number of the sentence.
fn count(text: &[u8]) -> u32 {
    text.split(|byte| *byte == b' ')
        .find_map(ports::decimal)
        .map_or(1, |number| number.clamp(1, u64::from(u32::MAX)) as u32)
}
