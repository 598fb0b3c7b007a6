//! pfSense and OPNsense: the `filterlog` daemon's comma-separated lines, and rows copied from their web page.
//!
//! Sample   `4,,,1000000103,igb1,match,block,in,4,0x0,,64,12617,0,DF,6,tcp,52,10.0.0.11,203.0.113.45,443,51515,0,FA,1891286705,77120,501,,nop`
//! Fields   tracker → rule · interface and in/out → where the packet was seen · then by IP version and protocol
//! Quirks   IPv6 swaps name and number of the protocol. `in` and `out` are the packet's, not the connection's.
//!          pf makes a state on SYN only, so a blocked packet that is no SYN had no state, whatever rule took it.
//! Ignored  TOS, ECN, window, options.
//! Spec     <https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html>

mod csv;
mod gloss;
mod page;
mod system;

use super::{About, Check, Device, Format, Parse, Parsed, Sink, Span, Timers, Topic};
use crate::engine::model::Names;
use crate::engine::source::{Clock, Record};

/// pf's log on pfSense and OPNsense.
pub struct Filterlog;

static ABOUT: About = About {
    id: "filterlog",
    title: "pfSense and OPNsense firewall log (filterlog)",
    spec: "https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html",
    example: "Feb 19 10:15:02 filterlog[72237]: 4,,,1000000103,igb1,match,block,in,4,0x0,,64,12617,0,DF,6,tcp,52,10.0.0.11,203.0.113.45,443,51515,0,FA,1891286705,77120,501,,nop;nop;TS",
    device: Device {
        name: "pfSense/OPNsense",
        stateless: false,
        deny_is_packet: true,
        timers: Timers {
            tcp: &[86_400],
            half_open: &[30, 120],
            half_close: &[900, 45, 90],
            udp: &[30, 60],
            icmp: &[20, 10],
        },
        checks: &[
            Check {
                about: Topic::Table,
                place: "on the firewall, Diagnostics > Command Prompt",
                command: "pfctl -si",
                why: "shows how many connections it remembers, and counts the packets that matched none (state-mismatch)",
            },
            Check {
                about: Topic::Table,
                place: "on the firewall, Diagnostics > Command Prompt",
                command: "pfctl -ss | grep {client}",
                why: "shows whether it still knows a connection with this client",
            },
            Check {
                about: Topic::Timers,
                place: "on the firewall, Diagnostics > Command Prompt",
                command: "pfctl -st",
                why: "shows after how much silence it forgets a connection",
            },
            Check {
                about: Topic::Events,
                place: "Status > System Logs > Gateways",
                command: "",
                why: "a gateway that failed makes it forget all connections, if \"state killing on gateway failure\" is on",
            },
            Check {
                about: Topic::Rules,
                place: "on the firewall, Diagnostics > Command Prompt",
                command: "pfctl -vvsr",
                why: "lists the rules with their numbers; the fourth value of a log line is the rule's own number",
            },
            Check {
                about: Topic::Routes,
                place: "on the firewall, Diagnostics > Command Prompt",
                command: "route -n get {client}",
                why: "shows through which interface it answers; an answer that takes another way is never seen here",
            },
        ],
    },
};

impl Format for Filterlog {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, clock: Clock) -> Box<dyn Parse> {
        Box::new(Parser { clock })
    }

    fn gloss(&self, text: &[u8], _header: Option<&[u8]>) -> Vec<Span> {
        gloss::gloss(text)
    }
}

struct Parser {
    clock: Clock,
}

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        if let Some(row) = csv::Row::find(record.body) {
            return csv::row(record, &row, names, sink);
        }
        match page::row(record, self.clock, names) {
            Some(Ok(event)) => sink.push(event),
            Some(Err(reason)) => Parsed::Malformed(reason),
            None => system::line(record, names, sink),
        }
    }
}

#[cfg(test)]
mod tests;
