//! Cisco ASA, FTD, PIX and FWSM: numbered messages such as `%ASA-6-302013: Built inbound TCP connection …`.
//!
//! Sample   `%ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags PSH ACK  on interface inside`
//! Fields   the first end → src, the second → dst; of a Built line the one that opened it → src
//! Quirks   `inbound` and `outbound` say which end opened it, not which network is yours; FWSM names that one first.
//!          106015 means "I know no connection for this packet"; 106100 counts, and `permitted` there is no promise.
//! Ignored  user names, security tags, rule hashes.
//! Spec     <https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/asa-syslog.html>

mod bare;
mod built;
mod control;
mod cursor;
mod deny;
mod listed;
mod spoken;
mod words;

use super::{About, Check, Device, Field, Format, Parse, Parsed, Sink, Span, Timers, Topic};
use crate::engine::model::event::Control;
use crate::engine::model::order::Order;
use crate::engine::model::{Endpoint, Event, IfRole, Micros, Names, Reason, Way, WayBasis, proto};
use crate::engine::source::{Clock, Record};
use bare::ViewerRow;
use cursor::{Cursor, Notes, Side, protocol_number};

/// Cisco ASA and its relatives.
pub struct CiscoAsa;

static ABOUT: About = About {
    id: "cisco_asa",
    title: "Cisco ASA, Firepower (FTD), PIX, FWSM",
    spec: "https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/asa-syslog.html",
    example: "Feb 19 2024 10:16:07 fw1 : %ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags PSH ACK  on interface inside",
    device: Device {
        name: "Cisco ASA",
        stateless: false,
        deny_is_packet: true,
        timers: Timers {
            tcp: &[3600],
            half_open: &[30],
            half_close: &[600],
            udp: &[120],
            icmp: &[2],
        },
        checks: &[
            Check {
                about: Topic::Table,
                place: "on the ASA",
                command: "show conn count",
                why: "shows how many connections it holds now and at most; a full table makes it forget or refuse connections",
            },
            Check {
                about: Topic::Table,
                place: "on the ASA",
                command: "show resource usage",
                why: "shows which limits were reached, and how often it had to refuse",
            },
            Check {
                about: Topic::Table,
                place: "on the ASA",
                command: "show conn address {client}",
                why: "shows whether it still knows a connection with this client",
            },
            Check {
                about: Topic::Timers,
                place: "on the ASA",
                command: "show run timeout",
                why: "shows after how much silence it forgets a connection; an hour is the default",
            },
            Check {
                about: Topic::Events,
                place: "on the ASA",
                command: "show failover history",
                why: "shows whether the other unit took over; connections it did not know are cut then",
            },
            Check {
                about: Topic::Events,
                place: "on the ASA",
                command: "show asp drop",
                why: "counts dropped packets by reason; tcp-not-syn is a packet that opens nothing and belongs to nothing it knows",
            },
            Check {
                about: Topic::Rules,
                place: "on the ASA",
                command: "packet-tracer input {interface} {proto} {client} 50000 {server} {port}",
                why: "walks a made-up packet through every rule and says which one decides",
            },
            Check {
                about: Topic::Routes,
                place: "on the ASA",
                command: "show route {client}",
                why: "shows through which interface it answers; an answer that takes another way is never seen here",
            },
        ],
    },
};

impl Format for CiscoAsa {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, clock: Clock) -> Box<dyn Parse> {
        Box::new(Parser { clock })
    }

    fn gloss(&self, text: &[u8], _header: Option<&[u8]>) -> Vec<Span> {
        let (record, mut spans) = super::head::spans(text);
        let Some(head) = Head::find(&record) else {
            return Vec::new();
        };
        if let Some(row) = &head.viewer {
            let time = super::head::span(
                2,
                row.time_end,
                "time",
                Field::Time,
                "When the line was written, by the clock of the firewall.",
            );
            spans = vec![time];
        }
        let n_header = spans.len();
        let mut notes = Notes(Some(spans));
        notes.note(head.start, head.end, &words::MESSAGE);
        let mut names = Names::default();
        let mut event = Event::default();
        let mut cursor = Cursor::new(text, head.message, notes);
        let mut draft = Draft {
            event: &mut event,
            names: &mut names,
        };
        let known = read(&mut cursor, &mut draft, head.code);
        let n_noted = cursor.notes.0.as_ref().map_or(0, Vec::len);
        let is_empty = n_noted < n_header + 2;
        let rest = cursor.rest();
        if is_empty && !rest.is_empty() && !matches!(known, Ok(Outcome::Foreign)) {
            cursor.take(rest.len(), &words::OTHER);
        }
        let mut spans = cursor.notes.0.unwrap_or_default();
        spans.retain(|span| span.start < span.end && !GLUE.contains(&&text[span.start..span.end]));
        spans.order_by_key(|span| (span.start, span.end));
        spans
    }
}

/// Words of the sentences that carry nothing.
const GLUE: [&[u8]; 6] = [
    b"connection",
    b"translation",
    b"stub",
    b"dynamic",
    b"static",
    b"TCP-Proxy",
];

struct Parser {
    clock: Clock,
}

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        let Some(head) = Head::find(record) else {
            return Parsed::Foreign;
        };
        let ts = match &head.viewer {
            Some(row) => row.stamp(record.text, self.clock),
            None => record.head.stamp,
        };
        let mut event = Event {
            ts,
            ..Event::default()
        };
        let mut cursor = Cursor::new(record.text, head.message, Notes::default());
        let mut draft = Draft {
            event: &mut event,
            names,
        };
        match read(&mut cursor, &mut draft, head.code) {
            Ok(Outcome::Event) => {
                event.device = names.id(record.head.host);
                sink.push(event)
            }
            Ok(Outcome::Other) => Parsed::Other,
            Ok(Outcome::Foreign) => Parsed::Foreign,
            Err(reason) => Parsed::Malformed(reason),
        }
    }
}

/// What a message turned out to be.
enum Outcome {
    Event,
    Other,
    Foreign,
}

fn read(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>, code: u32) -> Result<Outcome, Reason> {
    match code {
        302_013 | 302_015 | 302_017 | 302_035 | 302_303 => built::built(cursor, draft)?,
        302_014 | 302_016 | 302_018 | 302_036 | 302_304 => built::teardown(cursor, draft)?,
        302_020 | 302_021 => built::icmp(cursor, draft)?,
        302_022..=302_027 | 805_001 | 805_002 => built::stub(cursor, draft)?,
        305_009..=305_012 => built::translation(cursor, draft)?,
        listed::CODE => listed::row(cursor, draft)?,
        507_001 | 507_003 => built::inspection(cursor, draft)?,
        303_002 => built::ftp(cursor, draft)?,
        106_100 | 106_102 | 106_103 => deny::access_list(cursor, draft)?,
        313_001 | 313_004 | 313_008 => deny::icmp_to_box(cursor, draft, code)?,
        313_005 => deny::icmp_error(cursor, draft)?,
        313_009 => deny::icmp_code(cursor, draft)?,
        338_001..=338_008 | 338_101..=338_104 | 338_201..=338_204 => {
            deny::dynamic_filter(cursor, draft)?;
        }
        // Key: value events of the Firepower sensor: another dialect.
        430_001..=430_005 => return Ok(Outcome::Foreign),
        _ => {
            if let Some(shape) = deny::shape(code) {
                deny::packet(cursor, draft, code, shape)?;
            } else if control::control(cursor, draft, code) == Control::None
                && !spoken::spoken(cursor, draft, code)
            {
                return Ok(Outcome::Other);
            }
        }
    }
    Ok(Outcome::Event)
}

/// The event being filled in.
struct Draft<'a> {
    event: &'a mut Event,
    names: &'a mut Names,
}

impl Draft<'_> {
    /// `src` and `dst` with the interfaces they lie behind.
    fn sides(
        &mut self,
        src: Side<'_>,
        src_nat: Option<Endpoint>,
        dst: Side<'_>,
        dst_nat: Option<Endpoint>,
    ) {
        let event = &mut *self.event;
        event.src = src.end;
        event.dst = dst.end;
        event.nat_src = src_nat;
        event.nat_dst = dst_nat;
        event.in_if = self.names.id(src.place);
        event.out_if = self.names.id(dst.place);
        event.in_role = built::role(src.place);
        event.out_role = built::role(dst.place);
        if event.out_role == IfRole::Local || event.in_role == IfRole::Local {
            event.way = if event.out_role == IfRole::Local {
                Way::LocalIn
            } else {
                Way::LocalOut
            };
            event.way_basis = WayBasis::InitiatorSide;
        }
    }

    /// The time of the line, where it has one.
    fn when(&self) -> Option<Micros> {
        (!self.event.ts.is_missing()).then_some(self.event.ts.micros)
    }
}

/// ICMP types that ask for an answer or are one.
fn is_query(proto: u8, kind: u8) -> bool {
    if proto == proto::ICMP6 {
        kind >= 128
    } else {
        matches!(kind, 0 | 8..=10 | 13..=18)
    }
}

/// Where the message number stands and where the message begins.
struct Head {
    start: usize,
    end: usize,
    message: usize,
    code: u32,
    viewer: Option<ViewerRow>,
}

impl Head {
    fn find(record: &Record<'_>) -> Option<Head> {
        if let Some(head) = Head::tagged(record.text) {
            return Some(head);
        }
        if let Some(code) = bare::sentence(record.body) {
            let start = record.text.len() - record.body.len();
            return Some(Head {
                start,
                end: start,
                message: start,
                code,
                viewer: None,
            });
        }
        let row = ViewerRow::find(record.text)?;
        Some(Head {
            start: row.start,
            end: row.start + 6,
            message: row.message,
            code: row.code,
            viewer: Some(row),
        })
    }

    /// `%ASA-[class-]severity-number[:]`.
    fn tagged(text: &[u8]) -> Option<Head> {
        memchr::memchr_iter(b'%', text).find_map(|start| {
            let rest = &text[start + 1..];
            let product = [&b"ASA-"[..], b"FTD-", b"PIX-", b"FWSM-"]
                .into_iter()
                .find(|name| rest.starts_with(name))?;
            let length = rest
                .iter()
                .position(|byte| matches!(byte, b':' | b' '))
                .unwrap_or(rest.len());
            let tag = &rest[product.len()..length];
            let dash = memchr::memrchr(b'-', tag)?;
            let severity = tag[..dash].rsplit(|byte| *byte == b'-').next()?;
            let digits = &tag[dash + 1..];
            if severity.len() != 1 || !severity[0].is_ascii_digit() || digits.len() != 6 {
                return None;
            }
            let code = u32::try_from(crate::engine::model::ports::decimal(digits)?).ok()?;
            let mut message = start + 1 + length;
            while text
                .get(message)
                .is_some_and(|byte| matches!(byte, b':' | b' '))
            {
                message += 1;
            }
            Some(Head {
                start,
                end: start + 1 + length,
                message,
                code,
                viewer: None,
            })
        })
    }
}

#[cfg(test)]
mod tests;
