//! FortiGate traffic and event logs, FortiOS 3 to 7, as `key=value` lines and as CSV.
//!
//! Sample   `date=2024-02-19 time=10:15:02 devname="fw1" logid="0000000013" type="traffic" subtype="forward" srcip=10.0.0.11 …`
//! Fields   srcip/src, dstip/dst → src, dst · srcport/src_port … → ports · action/status → action · policyid → rule
//!          transip → nat_src, tranip → nat_dst · sentbyte, rcvdbyte → bytes_f, bytes_r
//! Quirks   No TCP flags, ever. A record of a connection names its opener first; a deny only the sender of a packet.
//!          FortiOS 4 calls the action `status` and writes other key names; both are one table in `words`.
//! Ignored  Reputation (`crscore`), countries, device guesses.
//! Spec     <https://docs.fortinet.com/document/fortigate/7.4.0/fortios-log-message-reference>

mod control;
pub mod csv;
#[cfg(test)]
mod csv_tests;
mod reading;
#[cfg(test)]
mod tests;
mod time;
pub mod words;

use super::{About, Format, Parse, Parsed, Sink, Span};
use super::{Check, Device, Timers, Topic};
use crate::engine::model::Names;
use crate::engine::source::find::find;
use crate::engine::source::keyvalue::{Keys, Values};
use crate::engine::source::{Clock, Record};
use reading::{Look, Reading};

pub struct FortiGate;

static ABOUT: About = About {
    id: "fortigate",
    title: "FortiGate (FortiOS 3 to 7)",
    spec: "https://docs.fortinet.com/document/fortigate/7.4.0/fortios-log-message-reference",
    example: "date=2024-02-19 time=10:15:02 devname=\"fw1\" devid=\"FG0000000000000\" logid=\"0000000007\" type=\"traffic\" subtype=\"forward\" level=\"warning\" vd=\"root\" srcip=10.0.0.11 srcport=80 srcintf=\"dmz\" srcintfrole=\"dmz\" dstip=203.0.113.45 dstport=51515 dstintf=\"wan1\" dstintfrole=\"wan\" sessionid=48210077 proto=6 action=\"deny\" policyid=0 service=\"tcp/51515\" msg=\"no session matched\"",
    device: DEVICE,
};

const DEVICE: Device = Device {
    name: "FortiGate",
    stateless: false,
    // FortiOS writes a deny for each packet that it drops, and no connection exists for it.
    deny_is_packet: true,
    timers: Timers {
        tcp: &[3600],
        half_open: &[10, 120],
        half_close: &[120, 1],
        udp: &[180],
        icmp: &[60],
    },
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    Check {
        about: Topic::Table,
        place: "on the FortiGate's command line",
        command: "diagnose sys session filter src {client}\ndiagnose sys session filter dport {port}\ndiagnose sys session list",
        why: "Lists the connections that the firewall remembers for this visitor now. If the blocked answers belong to a connection that is missing here, the firewall has forgotten it.",
    },
    Check {
        about: Topic::Table,
        place: "on the FortiGate's command line",
        command: "diagnose sys session stat",
        why: "Shows how many connections are remembered and how often there was no room for a new one.",
    },
    Check {
        about: Topic::Table,
        place: "on the FortiGate's command line",
        command: "get system performance status",
        why: "Says whether memory is short. In conserve mode the firewall drops connections that it would otherwise keep.",
    },
    Check {
        about: Topic::Timers,
        place: "on the FortiGate's command line",
        command: "show system session-ttl",
        why: "After how many silent seconds a connection is forgotten, in general and for single ports. Compare with how long the server keeps silent connections open.",
    },
    Check {
        about: Topic::Timers,
        place: "on the FortiGate's command line",
        command: "get system global | grep timer",
        why: "How long half-opened and half-closed connections are kept. Answers that come later than that are blocked.",
    },
    Check {
        about: Topic::Events,
        place: "Log & Report > Events > HA and System",
        command: "",
        why: "A switch from one firewall of a pair to the other, or a restart, makes the firewall forget open connections at that moment.",
    },
    Check {
        about: Topic::Events,
        place: "on the FortiGate's command line",
        command: "diagnose sys ha history read",
        why: "When the firewalls of a pair changed places. Compare with the time of the first blocked line.",
    },
    Check {
        about: Topic::Rules,
        place: "on the FortiGate's command line",
        command: "diagnose debug flow filter addr {client}\ndiagnose debug flow filter port {port}\ndiagnose debug flow trace start 20\ndiagnose debug enable",
        why: "Shows for the next packets which rule decides, and whether the firewall finds a connection for them. Ends by itself after 20 packets; `diagnose debug disable` stops it.",
    },
    Check {
        about: Topic::Rules,
        place: "on the FortiGate's command line",
        command: "config log setting\nset log-invalid-packet enable\nend",
        why: "Makes the firewall write `no session matched` where a packet belongs to no known connection. Without it such packets are logged like any other block, or not at all.",
    },
    Check {
        about: Topic::Routes,
        place: "on the FortiGate's command line",
        command: "get router info routing-table details {client}",
        why: "Which way answers to this visitor leave. If it is not the way on which the requests came, one firewall sees only half of the connection.",
    },
];

impl Format for FortiGate {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, _clock: Clock) -> Box<dyn Parse> {
        Box::new(Parser {
            keys: Keys::new(words::code_of, b' '),
            values: Values::default(),
            reading: Reading::default(),
        })
    }

    fn gloss(&self, text: &[u8], _header: Option<&[u8]>) -> Vec<Span> {
        let mut spans = Vec::new();
        let Some(from) = start(text) else {
            return spans;
        };
        Keys::new(words::code_of, b' ').walk(text, from, |pair| {
            let name = String::from_utf8_lossy(&text[pair.key_start..pair.key_end]).into_owned();
            let (field, meaning) = words::gloss(name.as_bytes());
            spans.push(Span {
                start: pair.key_start,
                end: pair.end,
                value_start: pair.value_start,
                value_end: pair.value_end,
                name,
                field,
                meaning,
            });
        });
        spans
    }
}

struct Parser {
    keys: Keys,
    values: Values,
    reading: Reading,
}

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        let text = record.body;
        let Some(from) = start(text) else {
            return Parsed::Foreign;
        };
        let is_whole = self.keys.read(text, from, &mut self.values);
        let look = Look {
            text,
            values: &self.values,
            is_whole,
        };
        if !reading::is_ours(&look) {
            return Parsed::Foreign;
        }
        self.reading.read(&look, &record.head, names, sink)
    }
}

/// Where the pairs begin, or `None` when no FortiGate wrote this. Cheap: most lines asked are not ours.
fn start(text: &[u8]) -> Option<usize> {
    if is_spaced_date(text) {
        return Some(0);
    }
    if find(text, b"subtype=").is_none() && find(text, b"policyid=").is_none() {
        // Without either only the pair of date and time tells.
        let at = find(text, b"date=")?;
        return is_spaced_date(&text[at..]).then_some(at);
    }
    // Behind a header that was not taken off, the first key is glued to nothing but blanks or `>`.
    let first = text.trim_ascii_start().first()?;
    if first.is_ascii_alphabetic() {
        return Some(0);
    }
    let needles: [&[u8]; 5] = [b"date=", b"time=", b"devname=", b"logver=", b"type="];
    needles
        .iter()
        .filter_map(|needle| find(text, needle))
        .min()
        .or(Some(0))
}

/// `date=2024-02-19 ` with blanks between pairs; a comma there is the CSV spelling.
fn is_spaced_date(text: &[u8]) -> bool {
    text.starts_with(b"date=") && matches!(text.get(15), Some(b' ' | b'\t'))
}
