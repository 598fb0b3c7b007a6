//! Windows Firewall: `pfirewall.log`.
//!
//! Sample   `2024-02-19 10:15:02 DROP TCP 203.0.113.80 192.0.2.10 443 51774 40 A 123456789 987654321 12345 - - - RECEIVE`
//! Fields   src-ip, dst-ip, src-port, dst-port → ends · size → length of the packet · tcpflags, tcpsyn → flags, seq
//! Quirks   Times are local, without a zone. The log of one host: it is `src-ip` of SEND and `dst-ip` of RECEIVE.
//!          Connections of the host with itself appear twice, SEND and RECEIVE.
//!          `INFO-EVENTS-LOST` says how many lines are missing. A header in mid-file means that the service restarted.
//! Ignored  tcpack, tcpwin, pid.
//! Spec     <https://learn.microsoft.com/windows/security/operating-system-security/network-security/windows-firewall/configure-logging>

mod column;

use super::{About, Check, Device, Field, Format, Parse, Parsed, Sink, Span, Timers, Topic};
use crate::engine::model::event::Control;
use crate::engine::model::ports::{decimal, port};
use crate::engine::model::{
    Action, End, Endpoint, Event, Flags, FlagsScope, Host, Icmp, Init, Kind, Names, Reason, Stamp,
    StampQuality, Way, WayBasis, proto,
};
use crate::engine::source::{Clock, Record, time};
use column::{COLUMNS, Column, N_COLUMNS, NAMES};

pub struct WindowsFirewall;

static ABOUT: About = About {
    id: "windows_firewall",
    title: "Windows Firewall (pfirewall.log)",
    spec: "https://learn.microsoft.com/windows/security/operating-system-security/network-security/windows-firewall/configure-logging",
    example: "2024-02-19 10:15:02 DROP TCP 203.0.113.80 192.0.2.10 443 51774 40 A 123456789 987654321 12345 - - - RECEIVE",
    device: Device {
        name: "Windows Firewall",
        stateless: false,
        // Each DROP is one packet, with its length and flags.
        deny_is_packet: true,
        // Microsoft documents no time limits for the connections that it remembers.
        timers: Timers::NONE,
        checks: CHECKS,
    },
};

const CHECKS: &[Check] = &[
    Check {
        about: Topic::Table,
        place: "in PowerShell on this Windows machine",
        command: "Get-NetTCPConnection -RemoteAddress {client} | Format-Table LocalPort,RemotePort,State,OwningProcess",
        why: "Which connections with that machine are open now, and which program owns them. A dropped answer belongs to none of them.",
    },
    Check {
        about: Topic::Table,
        place: "in a command prompt on this Windows machine",
        command: "netstat -ano | findstr :{port}",
        why: "Which program listens on this port or uses it as its own.",
    },
    Check {
        about: Topic::Rules,
        place: "in PowerShell as administrator",
        command: "Get-NetFirewallPortFilter | Where-Object LocalPort -eq {port} | Get-NetFirewallRule | Format-Table DisplayName,Direction,Action,Enabled",
        why: "Which rules name this port. The log itself does not say which rule decided.",
    },
    Check {
        about: Topic::Rules,
        place: "in a command prompt as administrator",
        command: "auditpol /set /subcategory:\"Filtering Platform Packet Drop\" /failure:enable",
        why: "From then on the security log (events 5152 and 5157) names the program and the filter of every blocked packet. Switch it off again afterwards; it writes much.",
    },
    Check {
        about: Topic::Events,
        place: "Event Viewer > Windows Logs > System",
        command: "",
        why: "A restart, sleep or change of network makes the firewall forget open connections; answers that come afterwards are dropped.",
    },
];

impl Format for WindowsFirewall {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, _clock: Clock) -> Box<dyn Parse> {
        Box::new(Parser {
            columns: COLUMNS.to_vec(),
            n_headers: 0,
            is_utc: false,
        })
    }

    fn gloss(&self, text: &[u8], header: Option<&[u8]>) -> Vec<Span> {
        if text.trim_ascii_start().starts_with(b"#") {
            return Vec::new();
        }
        let named = header.filter(|header| is_fields(header)).map(names_of);
        let spans = tokens(text).enumerate().map(|(i, (start, end))| {
            let entry = match &named {
                Some(names) => names
                    .get(i)
                    .and_then(|name| NAMES.iter().find(|entry| entry.0.as_bytes() == *name)),
                None => NAMES.get(i),
            };
            let (name, field, meaning) = entry
                .map_or(("", Field::Detail, "A column without a name."), |entry| {
                    (entry.0, entry.2, entry.3)
                });
            super::head::span(start, end, name, field, meaning)
        });
        spans.collect()
    }
}

struct Parser {
    columns: Vec<Column>,
    n_headers: u32,
    is_utc: bool,
}

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        let text = record.body;
        if text.first() == Some(&b'#') {
            return self.header(text, record, names, sink);
        }
        // Cheap, and first: a date, and an action behind the second blank.
        if text.len() < 24 || text.get(4) != Some(&b'-') || text.get(7) != Some(&b'-') {
            return Parsed::Foreign;
        }
        let mut values: [&[u8]; N_COLUMNS] = [b""; N_COLUMNS];
        let mut n_values = 0;
        for (start, end) in tokens(text) {
            let Some(column) = self
                .columns
                .get(n_values)
                .or((n_values == self.columns.len()).then_some(&Column::Unread))
            else {
                n_values += 1;
                break;
            };
            values[*column as usize] = &text[start..end];
            n_values += 1;
        }
        let get = |column: Column| values[column as usize];
        let Some(action) = action(get(Column::Action)) else {
            return Parsed::Foreign;
        };
        // An arrow stands in no row of this log: somebody wrote it by hand.
        if matches!(get(Column::Destination), b"->" | b"=>" | b">") {
            return Parsed::Foreign;
        }
        if n_values < self.columns.len() {
            return Parsed::Malformed(Reason::Cut);
        }
        if n_values > self.columns.len() + 1 {
            return Parsed::Malformed(Reason::FieldCount);
        }
        match self.event(action, get, record, names) {
            Ok(event) => sink.push(event),
            Err(reason) => Parsed::Malformed(reason),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Allow,
    Drop,
    Open,
    OpenInbound,
    Close,
    Lost,
}

fn action(word: &[u8]) -> Option<Line> {
    Some(match word {
        b"DROP" => Line::Drop,
        b"ALLOW" => Line::Allow,
        b"OPEN" => Line::Open,
        b"OPEN-INBOUND" => Line::OpenInbound,
        b"CLOSE" => Line::Close,
        b"INFO-EVENTS-LOST" => Line::Lost,
        _ => return None,
    })
}

impl Parser {
    fn header(
        &mut self,
        text: &[u8],
        record: &Record<'_>,
        names: &mut Names,
        sink: &mut Sink,
    ) -> Parsed {
        if is_fields(text) {
            self.columns = names_of(text)
                .iter()
                .map(|name| {
                    NAMES
                        .iter()
                        .find(|entry| entry.0.as_bytes() == *name)
                        .map_or(Column::Unread, |entry| entry.1)
                })
                .collect();
            self.n_headers += 1;
            return Parsed::Header;
        }
        let text = text.trim_ascii_end();
        if text == b"#Software: Microsoft Windows Firewall" {
            if self.n_headers == 0 {
                return Parsed::Other;
            }
            // The service writes its header when it starts, so it has started anew here. The line has no time.
            return sink.push(Event {
                kind: Kind::Control,
                control: Control::Restart,
                ts: Stamp::MISSING,
                device: names.id(record.head.host),
                ..Event::default()
            });
        }
        if let Some(zone) = text.strip_prefix(b"#Time Format:") {
            let is_utc = zone.trim_ascii().eq_ignore_ascii_case(b"utc");
            let is_news = is_utc != self.is_utc;
            self.is_utc = is_utc;
            return if is_news {
                Parsed::Header
            } else {
                Parsed::Other
            };
        }
        if text == b"#Version: 1.5" {
            Parsed::Other
        } else {
            Parsed::Foreign
        }
    }

    fn event<'t>(
        &self,
        action: Line,
        get: impl Fn(Column) -> &'t [u8],
        record: &Record<'_>,
        names: &mut Names,
    ) -> Result<Event, Reason> {
        let mut event = Event {
            ts: self.stamp(get(Column::Date), get(Column::Time))?,
            device: names.id(record.head.host),
            action_raw: names.id(get(Column::Action)),
            ..Event::default()
        };
        if action == Line::Lost {
            event.kind = Kind::Gap;
            event.control = Control::LinesMissing;
            let n_lost = decimal(get(Column::Info)).unwrap_or(1);
            event.repeat = n_lost.clamp(1, u64::from(u32::MAX)) as u32;
            return Ok(event);
        }
        event.proto = proto::parse(get(Column::Protocol)).ok_or(Reason::BadEndpoint)?;
        event.src = end(
            get(Column::Source),
            get(Column::SourcePort),
            event.proto,
            names,
        )?;
        event.dst = end(
            get(Column::Destination),
            get(Column::DestinationPort),
            event.proto,
            names,
        )?;
        if matches!(event.proto, proto::ICMP | proto::ICMP6)
            && let Some(kind) = byte(get(Column::IcmpType))
        {
            event.icmp = Some(Icmp {
                kind,
                code: byte(get(Column::IcmpCode)).unwrap_or(0),
                id: None,
                inner: None,
            });
        }
        // The machine's own address is on the side that the path tells.
        (event.way, event.way_basis) = match (get(Column::Path), action) {
            (b"FORWARD", _) => (Way::Forward, WayBasis::HostSide),
            // Windows XP wrote no path; its words say it.
            (b"SEND", _) | (_, Line::Open) => (Way::Out, WayBasis::HostSide),
            (b"RECEIVE", _) | (_, Line::OpenInbound) => (Way::In, WayBasis::HostSide),
            _ => (Way::Unsaid, WayBasis::Unsaid),
        };
        match action {
            Line::Drop => {
                (event.kind, event.action) = (Kind::Packet, Action::Drop);
                event.len = port(get(Column::Size)).filter(|size| *size > 0);
                if event.proto == proto::TCP
                    && let Some(flags) = flags(get(Column::Flags))
                {
                    (event.flags, event.flags_scope) = (flags, FlagsScope::Packet);
                    event.seq =
                        decimal(get(Column::Sequence)).and_then(|seq| u32::try_from(seq).ok());
                }
            }
            Line::Allow => {
                (event.kind, event.action, event.init) =
                    (Kind::SessionStart, Action::Allow, Init::Src);
            }
            Line::Open | Line::OpenInbound => {
                (event.kind, event.action, event.init) =
                    (Kind::SessionStart, Action::Start, Init::Src);
            }
            Line::Close => {
                (event.kind, event.action, event.end) =
                    (Kind::SessionEnd, Action::Close, End::Unknown);
            }
            Line::Lost => {}
        }
        Ok(event)
    }

    fn stamp(&self, date: &[u8], time: &[u8]) -> Result<Stamp, Reason> {
        let whole_date =
            time::date(date, time::DayOrder::DayFirst).filter(|(_, used)| *used == date.len());
        let whole_time = time::time_of_day(time).filter(|(_, used)| *used == time.len());
        let (Some((date, _)), Some((time, _))) = (whole_date, whole_time) else {
            return Err(Reason::BadTime);
        };
        let mut stamp = time::stamp(date, time, None).ok_or(Reason::BadTime)?;
        if self.is_utc {
            stamp.quality = StampQuality::Zoned;
        }
        Ok(stamp)
    }
}

/// `#Fields:` of this log, not of a web server's.
fn is_fields(text: &[u8]) -> bool {
    text.starts_with(b"#Fields:")
        && [&b"src-ip"[..], b"dst-ip", b"action"]
            .iter()
            .all(|name| names_of(text).contains(name))
}

fn names_of(header: &[u8]) -> Vec<&[u8]> {
    tokens(header)
        .skip(1)
        .map(|(start, end)| &header[start..end])
        .collect()
}

/// Byte ranges of the words of a line.
fn tokens(text: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while text.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let start = at;
        while text.get(at).is_some_and(|byte| !byte.is_ascii_whitespace()) {
            at += 1;
        }
        (at > start).then_some((start, at))
    })
}

fn end(
    address: &[u8],
    port_text: &[u8],
    protocol: u8,
    names: &mut Names,
) -> Result<Endpoint, Reason> {
    let host = Host::read(address, names);
    if host.is_none() {
        return Err(Reason::NoAddress);
    }
    let has_ports = matches!(protocol, proto::TCP | proto::UDP | proto::SCTP);
    let port = match port_text {
        b"-" | b"" => None,
        text => Some(port(text).ok_or(Reason::BadEndpoint)?),
    };
    Ok(Endpoint::new(host, port.filter(|_| has_ports)))
}

fn flags(letters: &[u8]) -> Option<Flags> {
    if letters.is_empty() || letters == b"-" {
        None
    } else {
        Flags::from_letters(letters)
    }
}

fn byte(text: &[u8]) -> Option<u8> {
    decimal(text).and_then(|number| u8::try_from(number).ok())
}

#[cfg(test)]
mod tests;
