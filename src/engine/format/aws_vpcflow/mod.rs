//! AWS VPC flow logs, version 2 and later, default or custom columns.
//!
//! Sample   `2 123456789012 eni-0a1b2c3d 10.0.1.11 203.0.113.45 443 51515 6 3 156 1708337702 1708337760 REJECT OK`
//! Fields   srcaddr, dstaddr → ends, pkt-srcaddr, pkt-dstaddr preferred · packets, bytes → pkts_f, bytes_f
//!          start, end → window · tcp-flags → flags of one direction over the window
//! Quirks   A row counts one direction within a window of one or ten minutes. Without a header row, columns are told
//!          by what they look like. tcp-flags holds only FIN, SYN, RST and SYN-ACK: 0 says nothing, not "no SYN".
//!          `REJECT` may be a security group, a network ACL, or a packet that came after the connection had ended.
//! Ignored  Account, region, zone, service names, transit gateways.
//! Spec     <https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>

mod column;
#[cfg(test)]
mod tests;

use self::column::{
    Column, MAX_TOKENS, N_COLUMNS, NAMES, UNKNOWN, bare, begins_default, column_of, columns_of,
    fits, infer, normal, official, tokens,
};
use super::dialect::{Pair, Shape, at, read as pairs};
use super::{About, Check, Device, Field, Format, Parse, Parsed, Sink, Span, Timers, Topic};
use crate::engine::model::event::Control;
use crate::engine::model::ports::{decimal, port};
use crate::engine::model::stamp::SECOND;
use crate::engine::model::{
    Action, Endpoint, Event, Flags, FlagsScope, Host, Init, Kind, Micros, Names, Reason, Stamp,
    StampQuality, Way, WayBasis, proto,
};
use crate::engine::source::find::find;
use crate::engine::source::{Clock, Record};

pub struct AwsVpcFlow;

static ABOUT: About = About {
    id: "aws_vpcflow",
    title: "AWS VPC flow logs",
    spec: "https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html",
    example: "2 123456789012 eni-0a1b2c3d4e5f60718 10.0.1.11 203.0.113.45 443 51515 6 3 156 1708337702 1708337760 REJECT OK",
    device: Device {
        name: "AWS network",
        // Security groups remember connections, but network ACLs judge every packet by itself, and a row does not
        // say which of them rejected it. So answers can be blocked although the request was let in.
        stateless: true,
        // A rejected row counts packets of one direction; it speaks of packets, not of a connection.
        deny_is_packet: true,
        // Connections that a security group remembers: 5 days idle, 350 s on the newest instances; a NAT gateway
        // or network load balancer 350 s, and 120 s for UDP.
        timers: Timers {
            tcp: &[432_000, 350],
            half_open: &[],
            half_close: &[],
            udp: &[30, 180, 120],
            icmp: &[],
        },
        checks: CHECKS,
    },
};

const CHECKS: &[Check] = &[
    Check {
        about: Topic::Rules,
        place: "VPC console > Network ACLs > Outbound rules of the server's subnet",
        command: "aws ec2 describe-network-acls --filters Name=association.subnet-id,Values=<subnet>",
        why: "Network ACLs know no connections. Answers leave for high ports (1024-65535) of the visitors, so the outbound list must allow these.",
    },
    Check {
        about: Topic::Rules,
        place: "VPC console > Reachability Analyzer",
        command: "",
        why: "Follows one packet through all lists of the account and names the entry that stops it.",
    },
    Check {
        about: Topic::Table,
        place: "on the instance (Linux)",
        command: "ethtool -S eth0 | grep allowance_exceeded",
        why: "Counts packets that were dropped because the instance had too many remembered connections (conntrack_allowance_exceeded) or too much traffic.",
    },
    Check {
        about: Topic::Timers,
        place: "EC2 console > Network interface > Connection tracking",
        command: "aws ec2 describe-network-interfaces --network-interface-ids <eni> --query 'NetworkInterfaces[].ConnectionTrackingConfiguration'",
        why: "After how many silent seconds the security group forgets a connection. Packets that come later are rejected.",
    },
    Check {
        about: Topic::Routes,
        place: "VPC console > Route tables of the server's subnet",
        command: "",
        why: "Where answers to {client} leave. If requests came in another way (gateway, peering, second interface), one of the ways sees only half of each connection.",
    },
];

impl Format for AwsVpcFlow {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, _clock: Clock) -> Box<dyn Parse> {
        Box::new(Parser {
            columns: Vec::new(),
            pairs: Vec::new(),
            keys: Vec::new(),
        })
    }

    fn gloss(&self, text: &[u8], header: Option<&[u8]>) -> Vec<Span> {
        let cells: Vec<(usize, usize)> = tokens(text).collect();
        let named = header
            .and_then(columns_of)
            .filter(|columns| columns.len() == cells.len());
        let titles: Vec<String> = header.map_or_else(Vec::new, |header| {
            tokens(header)
                .map(|(start, end)| String::from_utf8_lossy(bare(&header[start..end])).into_owned())
                .collect()
        });
        let columns = match &named {
            Some(columns) => columns.clone(),
            None => infer(text, &cells).unwrap_or_default(),
        };
        let spans = cells
            .iter()
            .zip(&columns)
            .enumerate()
            .map(|(i, (&(start, end), column))| {
                let title = if named.is_some() {
                    titles.get(i).cloned()
                } else {
                    None
                };
                let entry = match &title {
                    Some(title) => NAMES
                        .iter()
                        .find(|entry| entry.0 == normal(title.as_bytes())),
                    None => NAMES
                        .iter()
                        .find(|entry| entry.1 == *column && *column != Column::Unread),
                };
                let (field, meaning) =
                    entry.map_or((Field::Detail, UNKNOWN), |entry| (entry.2, entry.3));
                let name = title
                    .unwrap_or_else(|| entry.map_or("", |entry| official(entry.1)).to_string());
                Span {
                    start,
                    end,
                    value_start: start,
                    value_end: end,
                    name,
                    field,
                    meaning,
                }
            });
        spans.collect()
    }
}

struct Parser {
    /// Of the last header.
    columns: Vec<Column>,
    /// Room for the names and values of an object.
    pairs: Vec<Pair>,
    /// What the names of the last object meant, by their place: those of the next are mostly the same.
    keys: Vec<(Vec<u8>, Column)>,
}

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        let text = record.body;
        if text.first() == Some(&b'{') {
            return self.object(record, names, sink);
        }
        if let Some(columns) = columns_of(text) {
            self.columns = columns;
            return Parsed::Header;
        }
        let has_header = !self.columns.is_empty();
        // Cheap, and first. Every row has one of these.
        let has_word = [&b"ACCEPT"[..], b"REJECT", b"eni-"]
            .iter()
            .any(|word| find(text, word).is_some());
        if !has_word && !has_header {
            return Parsed::Foreign;
        }
        let mut cells = [(0, 0); MAX_TOKENS];
        let mut n_cells = 0;
        for cell in tokens(text).take(MAX_TOKENS) {
            cells[n_cells] = cell;
            n_cells += 1;
        }
        let cells = &cells[..n_cells];
        let inferred;
        let columns =
            if has_header && self.columns.len() == n_cells && fits(text, cells, &self.columns) {
                &self.columns
            } else if let Some(columns) = infer(text, cells) {
                inferred = columns;
                &inferred
            } else if begins_default(text, cells) {
                return Parsed::Malformed(Reason::Cut);
            } else {
                return Parsed::Foreign;
            };
        let mut values: [&[u8]; N_COLUMNS] = [b""; N_COLUMNS];
        for (&(start, end), column) in cells.iter().zip(columns.iter()) {
            let value = bare(&text[start..end]);
            if value != b"-" {
                values[*column as usize] = value;
            }
        }
        finish(&values, record, names, sink)
    }
}

fn finish(
    values: &[&[u8]; N_COLUMNS],
    record: &Record<'_>,
    names: &mut Names,
    sink: &mut Sink,
) -> Parsed {
    match read(values, record, names) {
        Ok(Some(event)) => sink.push(event),
        Ok(None) => Parsed::Other,
        Err(reason) => Parsed::Malformed(reason),
    }
}

impl Parser {
    /// The same row as a JSON object, as log collectors keep it.
    fn object(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        let text = record.body;
        let anchors: [&[u8]; 3] = [b"srcaddr\"", b"dstaddr\"", b"\"interface"];
        if anchors.iter().any(|anchor| find(text, anchor).is_none()) {
            return Parsed::Foreign;
        }
        let used = pairs(Shape::Json, text, &mut self.pairs);
        if used.is_none_or(|used| !text[used..].trim_ascii().is_empty()) {
            return Parsed::Malformed(Reason::BadSyntax);
        }
        let mut values: [&[u8]; N_COLUMNS] = [b""; N_COLUMNS];
        for (i, pair) in self.pairs.iter().enumerate() {
            let (name, value) = (at(text, pair.name), at(text, pair.value));
            let is_own = pair.parent.0 == pair.parent.1;
            if !is_own || matches!(value, b"-" | b"null" | b"true" | b"false") {
                continue;
            }
            let column = match self.keys.get(i) {
                Some((known, column)) if known == name => *column,
                _ => {
                    let column = column_of(name);
                    if i < MAX_TOKENS {
                        let n_keys = self.keys.len().max(i + 1);
                        self.keys.resize(n_keys, (Vec::new(), Column::Unread));
                        self.keys[i] = (name.to_vec(), column);
                    }
                    column
                }
            };
            values[column as usize] = value;
        }
        finish(&values, record, names, sink)
    }
}

/// `None` where the row reports that there is nothing to report.
fn read(
    values: &[&[u8]; N_COLUMNS],
    record: &Record<'_>,
    names: &mut Names,
) -> Result<Option<Event>, Reason> {
    let get = |column: Column| values[column as usize];
    let mut event = Event {
        kind: Kind::FlowUni,
        device: names.id(get(Column::Interface)),
        ..Event::default()
    };
    if event.device.is_none() {
        let instance = get(Column::Instance);
        event.device = names.id(if instance.is_empty() {
            record.head.host
        } else {
            instance
        });
    }
    event.ts_start = moment(get(Column::Start))?;
    event.ts_end = moment(get(Column::End))?;
    event.ts = match event.ts_start.or(event.ts_end) {
        Some(micros) => Stamp::new(micros, StampQuality::Zoned, 1_000_000),
        None => record.head.stamp,
    };
    if let (Some(start), Some(end)) = (event.ts_start, event.ts_end)
        && end >= start
    {
        event.duration_us = Some(end - start);
    }
    match get(Column::Status) {
        b"NODATA" => return Ok(None),
        b"SKIPDATA" => {
            event.kind = Kind::Gap;
            event.control = Control::LinesMissing;
            return Ok(Some(event));
        }
        _ => {}
    }
    event.proto = match get(Column::Protocol) {
        b"" => proto::UNKNOWN,
        text => proto::parse(text).ok_or(Reason::BadEndpoint)?,
    };
    let seen_src = end(
        get(Column::Source),
        get(Column::SourcePort),
        event.proto,
        names,
    )?;
    let seen_dst = end(
        get(Column::Destination),
        get(Column::DestinationPort),
        event.proto,
        names,
    )?;
    let packet_src = end(
        get(Column::PacketSource),
        get(Column::SourcePort),
        event.proto,
        names,
    )?;
    let packet_dst = end(
        get(Column::PacketDestination),
        get(Column::DestinationPort),
        event.proto,
        names,
    )?;
    // The packet's own ends are the connection's; what the interface saw instead is its translated side.
    (event.src, event.nat_src) = prefer(packet_src, seen_src).ok_or(Reason::NoAddress)?;
    (event.dst, event.nat_dst) = prefer(packet_dst, seen_dst).ok_or(Reason::NoAddress)?;
    let word = get(Column::Action);
    event.action_raw = names.id(word);
    event.action = match word {
        b"ACCEPT" => Action::Allow,
        b"REJECT" => Action::Drop,
        _ => Action::Unknown,
    };
    event.pkts_f = count(get(Column::Packets))?;
    event.bytes_f = count(get(Column::Bytes))?;
    event.rule = names.id(get(Column::RejectReason));
    (event.way, event.way_basis) = match get(Column::Way) {
        b"ingress" => (Way::In, WayBasis::NicSide),
        b"egress" => (Way::Out, WayBasis::NicSide),
        _ => (Way::Unsaid, WayBasis::Unsaid),
    };
    if event.proto == proto::TCP {
        // 0 is what rows of plain ACKs have, so it says nothing at all.
        let bits = decimal(get(Column::Flags))
            .and_then(|bits| u16::try_from(bits).ok())
            .unwrap_or(0);
        if bits > 0 {
            event.flags = Flags(bits);
            event.flags_scope = FlagsScope::OneDirection;
            event.init = match (event.flags.has(Flags::SYN), event.flags.has(Flags::ACK)) {
                (true, false) => Init::SrcSeen,
                (true, true) => Init::DstSeen,
                _ => Init::Unsaid,
            };
        }
    }
    Ok(Some(event))
}

fn moment(text: &[u8]) -> Result<Option<Micros>, Reason> {
    if text.is_empty() {
        return Ok(None);
    }
    let seconds = decimal(text)
        .filter(|_| text.len() == 10 || text.len() == 13)
        .ok_or(Reason::BadTime)?;
    let seconds = if text.len() == 13 {
        seconds / 1000
    } else {
        seconds
    };
    Ok(Some(seconds as i64 * SECOND))
}

fn count(text: &[u8]) -> Result<Option<u64>, Reason> {
    if text.is_empty() {
        Ok(None)
    } else {
        decimal(text).map(Some).ok_or(Reason::BadNumber)
    }
}

/// `None` where the columns are missing.
fn end(
    address: &[u8],
    port_text: &[u8],
    protocol: u8,
    names: &mut Names,
) -> Result<Option<Endpoint>, Reason> {
    let host = Host::read(address, names);
    if host.is_none() {
        return Ok(None);
    }
    // Other protocols have 0 here.
    let has_ports = matches!(
        protocol,
        proto::TCP | proto::UDP | proto::SCTP | proto::UNKNOWN
    );
    let port = match port_text {
        text if text.is_empty() || !has_ports => None,
        text => Some(port(text).ok_or(Reason::BadEndpoint)?),
    };
    Ok(Some(Endpoint::new(host, port)))
}

fn prefer(
    packet: Option<Endpoint>,
    seen: Option<Endpoint>,
) -> Option<(Endpoint, Option<Endpoint>)> {
    match (packet, seen) {
        (Some(packet), Some(seen)) if packet.host == seen.host => Some((packet, None)),
        (Some(packet), seen) => Some((packet, seen)),
        (None, Some(seen)) => Some((seen, None)),
        (None, None) => None,
    }
}
