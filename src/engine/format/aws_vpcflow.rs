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

use super::{About, Check, Device, Field, Format, Parse, Parsed, Sink, Span, Timers, Topic};
use crate::engine::model::event::Control;
use crate::engine::model::ports::{decimal, port};
use crate::engine::model::stamp::SECOND;
use crate::engine::model::{
    Action, Endpoint, Event, Flags, FlagsScope, Host, Init, Kind, Micros, Names, Reason, Stamp, StampQuality, Way,
    WayBasis, proto,
};
use crate::engine::source::{Clock, Record};
use memchr::memmem;

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
        timers: Timers { tcp: &[432_000, 350], half_open: &[], half_close: &[], udp: &[30, 180, 120], icmp: &[] },
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

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Column {
    Version,
    Account,
    Interface,
    Source,
    Destination,
    SourcePort,
    DestinationPort,
    Protocol,
    Packets,
    Bytes,
    Start,
    End,
    Action,
    Status,
    Instance,
    Flags,
    PacketSource,
    PacketDestination,
    Way,
    RejectReason,
    Unread,
}

const N_COLUMNS: usize = Column::Unread as usize + 1;

/// The columns that a flow log has when nobody chose others.
const DEFAULT: [Column; 14] = [
    Column::Version,
    Column::Account,
    Column::Interface,
    Column::Source,
    Column::Destination,
    Column::SourcePort,
    Column::DestinationPort,
    Column::Protocol,
    Column::Packets,
    Column::Bytes,
    Column::Start,
    Column::End,
    Column::Action,
    Column::Status,
];

const SOURCE: &str = "The machine that sent these packets, as the network interface sees it.";
const DESTINATION: &str = "The machine that these packets were for, as the network interface sees it.";

/// Name of a column without punctuation, what it is, what it means.
const NAMES: &[(&str, Column, Field, &str)] = &[
    ("version", Column::Version, Field::Detail, "Version of the record layout."),
    ("accountid", Column::Account, Field::Detail, "Number of the AWS account."),
    ("account", Column::Account, Field::Detail, "Number of the AWS account."),
    ("interfaceid", Column::Interface, Field::Device, "Network interface at which the packets were counted."),
    ("srcaddr", Column::Source, Field::Source, SOURCE),
    ("sourceaddress", Column::Source, Field::Source, SOURCE),
    ("dstaddr", Column::Destination, Field::Destination, DESTINATION),
    ("destinationaddress", Column::Destination, Field::Destination, DESTINATION),
    ("srcport", Column::SourcePort, Field::SourcePort, "The sender's port. A well-known one (443) often means that the sender is answering."),
    ("sourceport", Column::SourcePort, Field::SourcePort, "The sender's port. A well-known one (443) often means that the sender is answering."),
    ("dstport", Column::DestinationPort, Field::DestinationPort, "The port at the receiver. A well-known one names the service that is asked for."),
    ("destinationport", Column::DestinationPort, Field::DestinationPort, "The port at the receiver. A well-known one names the service that is asked for."),
    ("protocol", Column::Protocol, Field::Protocol, "Protocol by number: 6 is TCP, 17 UDP, 1 ICMP (ping and error messages)."),
    ("packets", Column::Packets, Field::Packets, "How many packets went in this direction during the window."),
    ("numpackets", Column::Packets, Field::Packets, "How many packets went in this direction during the window."),
    ("bytes", Column::Bytes, Field::Bytes, "How many bytes went in this direction during the window."),
    ("numbytes", Column::Bytes, Field::Bytes, "How many bytes went in this direction during the window."),
    ("start", Column::Start, Field::Time, "Begin of the counting window, in seconds since 1970 (universal time)."),
    ("starttime", Column::Start, Field::Time, "Begin of the counting window, in seconds since 1970 (universal time)."),
    ("end", Column::End, Field::Time, "End of the counting window, in seconds since 1970 (universal time)."),
    ("endtime", Column::End, Field::Time, "End of the counting window, in seconds since 1970 (universal time)."),
    ("action", Column::Action, Field::Action, "`ACCEPT` was let through; `REJECT` was blocked by a security group or a network ACL, or came after the connection had ended."),
    ("logstatus", Column::Status, Field::Detail, "`OK`; `NODATA`: nothing to report; `SKIPDATA`: records of this window are missing."),
    ("instanceid", Column::Instance, Field::Detail, "Virtual machine that the interface belongs to."),
    ("tcpflags", Column::Flags, Field::Flags, "Flags of all packets of this direction together: 2 opened connections, 18 accepted them, 1 ended, 4 cut. 0 says nothing."),
    ("pktsrcaddr", Column::PacketSource, Field::Source, "The sender in the packet itself; differs from srcaddr behind a NAT or load balancer."),
    ("pktdstaddr", Column::PacketDestination, Field::Destination, "The receiver in the packet itself; differs from dstaddr behind a NAT or load balancer."),
    ("flowdirection", Column::Way, Field::Direction, "`ingress` came in at this interface, `egress` left it. Not who began."),
    ("rejectreason", Column::RejectReason, Field::Rule, "Why it was rejected, where AWS says it."),
    ("type", Column::Unread, Field::Detail, "IPv4 or IPv6."),
    ("vpcid", Column::Unread, Field::Detail, "Private network that the interface is in."),
    ("subnetid", Column::Unread, Field::Detail, "Subnet that the interface is in."),
    ("region", Column::Unread, Field::Detail, "AWS region."),
    ("azid", Column::Unread, Field::Detail, "Data centre (availability zone)."),
    ("trafficpath", Column::Unread, Field::Detail, "Through what kind of gateway the packets left."),
];

const UNKNOWN: &str = "A column that is not needed to judge the connection.";

impl Format for AwsVpcFlow {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, _clock: Clock) -> Box<dyn Parse> {
        Box::new(Parser { columns: Vec::new() })
    }

    fn gloss(&self, text: &[u8], header: Option<&[u8]>) -> Vec<Span> {
        let cells: Vec<(usize, usize)> = tokens(text).collect();
        let named = header.and_then(columns_of).filter(|columns| columns.len() == cells.len());
        let titles: Vec<String> = header.map_or_else(Vec::new, |header| {
            tokens(header).map(|(start, end)| String::from_utf8_lossy(bare(&header[start..end])).into_owned()).collect()
        });
        let columns = match &named {
            Some(columns) => columns.clone(),
            None => infer(text, &cells).unwrap_or_default(),
        };
        let spans = cells.iter().zip(&columns).enumerate().map(|(i, (&(start, end), column))| {
            let title = if named.is_some() { titles.get(i).cloned() } else { None };
            let entry = match &title {
                Some(title) => NAMES.iter().find(|entry| entry.0 == normal(title.as_bytes())),
                None => NAMES.iter().find(|entry| entry.1 == *column && *column != Column::Unread),
            };
            let (field, meaning) = entry.map_or((Field::Detail, UNKNOWN), |entry| (entry.2, entry.3));
            let name = title.unwrap_or_else(|| entry.map_or("", |entry| official(entry.1)).to_string());
            Span { start, end, value_start: start, value_end: end, name, field, meaning }
        });
        spans.collect()
    }
}

/// The name as AWS writes it, for rows without a header.
fn official(column: Column) -> &'static str {
    match column {
        Column::Version => "version",
        Column::Account => "account-id",
        Column::Interface => "interface-id",
        Column::Source => "srcaddr",
        Column::Destination => "dstaddr",
        Column::SourcePort => "srcport",
        Column::DestinationPort => "dstport",
        Column::Protocol => "protocol",
        Column::Packets => "packets",
        Column::Bytes => "bytes",
        Column::Start => "start",
        Column::End => "end",
        Column::Action => "action",
        Column::Status => "log-status",
        Column::Instance => "instance-id",
        Column::Flags => "tcp-flags",
        Column::PacketSource => "pkt-srcaddr",
        Column::PacketDestination => "pkt-dstaddr",
        Column::Way => "flow-direction",
        Column::RejectReason => "reject-reason",
        Column::Unread => "",
    }
}

struct Parser {
    /// Of the last header, else of the last row that was inferred.
    columns: Vec<Column>,
}

/// More columns than AWS has.
const MAX_TOKENS: usize = 64;

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        let text = record.body;
        if let Some(columns) = columns_of(text) {
            self.columns = columns;
            return Parsed::Header;
        }
        if text.first() == Some(&b'{') {
            return parse_object(text, record, names, sink);
        }
        let has_header = !self.columns.is_empty();
        // Cheap, and first. Every row ends its action in one of these, unless there was nothing to report.
        let has_word = [&b"ACCEPT"[..], b"REJECT", b"NODATA", b"SKIPDATA"].iter().any(|word| memmem::find(text, word).is_some());
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
        let columns = if has_header && self.columns.len() == n_cells && fits(text, cells, &self.columns) {
            std::borrow::Cow::Borrowed(&self.columns)
        } else if let Some(columns) = infer(text, cells) {
            std::borrow::Cow::Owned(columns)
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

fn finish(values: &[&[u8]; N_COLUMNS], record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
    match read(values, record, names) {
        Ok(Some(event)) => sink.push(event),
        Ok(None) => Parsed::Other,
        Err(reason) => Parsed::Malformed(reason),
    }
}

/// The same row as a JSON object, as log collectors keep it.
fn parse_object(text: &[u8], record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
    let anchors: [&[u8]; 3] = [b"srcaddr\"", b"dstaddr\"", b"\"interface"];
    if anchors.iter().any(|anchor| memmem::find(text, anchor).is_none()) {
        return Parsed::Foreign;
    }
    let Ok(serde_json::Value::Object(object)) = serde_json::from_slice(text) else {
        return Parsed::Malformed(Reason::BadSyntax);
    };
    let cells: Vec<(Column, String)> = object
        .into_iter()
        .filter_map(|(name, value)| {
            let column = NAMES.iter().find(|entry| entry.0 == normal(name.as_bytes()))?.1;
            match value {
                serde_json::Value::String(text) => Some((column, text)),
                serde_json::Value::Number(number) => Some((column, number.to_string())),
                _ => None,
            }
        })
        .collect();
    let mut values: [&[u8]; N_COLUMNS] = [b""; N_COLUMNS];
    for (column, value) in &cells {
        if value != "-" {
            values[*column as usize] = value.as_bytes();
        }
    }
    finish(&values, record, names, sink)
}

/// `None` where the row reports that there is nothing to report.
fn read(values: &[&[u8]; N_COLUMNS], record: &Record<'_>, names: &mut Names) -> Result<Option<Event>, Reason> {
    let get = |column: Column| values[column as usize];
    let mut event = Event { kind: Kind::FlowUni, device: names.id(get(Column::Interface)), ..Event::default() };
    if event.device.is_none() {
        let instance = get(Column::Instance);
        event.device = names.id(if instance.is_empty() { record.head.host } else { instance });
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
    let seen_src = end(get(Column::Source), get(Column::SourcePort), event.proto, names)?;
    let seen_dst = end(get(Column::Destination), get(Column::DestinationPort), event.proto, names)?;
    let packet_src = end(get(Column::PacketSource), get(Column::SourcePort), event.proto, names)?;
    let packet_dst = end(get(Column::PacketDestination), get(Column::DestinationPort), event.proto, names)?;
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
        let bits = decimal(get(Column::Flags)).and_then(|bits| u16::try_from(bits).ok()).unwrap_or(0);
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
    let seconds = decimal(text).filter(|_| text.len() == 10 || text.len() == 13).ok_or(Reason::BadTime)?;
    let seconds = if text.len() == 13 { seconds / 1000 } else { seconds };
    Ok(Some(seconds as i64 * SECOND))
}

fn count(text: &[u8]) -> Result<Option<u64>, Reason> {
    if text.is_empty() { Ok(None) } else { decimal(text).map(Some).ok_or(Reason::BadNumber) }
}

/// `None` where the columns are missing.
fn end(address: &[u8], port_text: &[u8], protocol: u8, names: &mut Names) -> Result<Option<Endpoint>, Reason> {
    let host = Host::read(address, names);
    if host.is_none() {
        return Ok(None);
    }
    // Other protocols have 0 here.
    let has_ports = matches!(protocol, proto::TCP | proto::UDP | proto::SCTP | proto::UNKNOWN);
    let port = match port_text {
        text if text.is_empty() || !has_ports => None,
        text => Some(port(text).ok_or(Reason::BadEndpoint)?),
    };
    Ok(Some(Endpoint::new(host, port)))
}

fn prefer(packet: Option<Endpoint>, seen: Option<Endpoint>) -> Option<(Endpoint, Option<Endpoint>)> {
    match (packet, seen) {
        (Some(packet), Some(seen)) if packet.host == seen.host => Some((packet, None)),
        (Some(packet), seen) => Some((packet, seen)),
        (None, Some(seen)) => Some((seen, None)),
        (None, None) => None,
    }
}

/// Byte ranges of the words of a row, set apart by blanks, commas or tabs.
fn tokens(text: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let is_between = |byte: &u8| matches!(byte, b' ' | b'\t' | b',' | b'\r');
    let mut at = 0;
    std::iter::from_fn(move || {
        while text.get(at).is_some_and(is_between) {
            at += 1;
        }
        let start = at;
        while text.get(at).is_some_and(|byte| !is_between(byte)) {
            at += 1;
        }
        (at > start).then_some((start, at))
    })
}

/// Without quotes, and without the `${…}` of the setting from which a header may have been copied.
fn bare(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
    text.strip_prefix(b"${").and_then(|text| text.strip_suffix(b"}")).unwrap_or(text)
}

fn normal(title: &[u8]) -> String {
    let letters = title.iter().filter(|byte| byte.is_ascii_alphanumeric());
    letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect()
}

/// The columns that a header row names; `None` when it is none.
fn columns_of(header: &[u8]) -> Option<Vec<Column>> {
    let has_ends = memmem::find(header, b"srcaddr").is_some() && memmem::find(header, b"dstaddr").is_some();
    // A record with names and values in it (JSON, key=value) is no header.
    if !has_ends || header.iter().any(|byte| matches!(byte, b':' | b'=')) {
        return None;
    }
    let mut n_known = 0;
    let columns: Vec<Column> = tokens(header)
        .map(|(start, end)| {
            let name = normal(bare(&header[start..end]));
            let entry = NAMES.iter().find(|entry| entry.0 == name);
            n_known += usize::from(entry.is_some());
            entry.map_or(Column::Unread, |entry| entry.1)
        })
        .collect();
    (n_known >= 4 && columns.len() <= MAX_TOKENS).then_some(columns)
}

/// Whether a row can be of these columns: its addresses are addresses.
fn fits(text: &[u8], cells: &[(usize, usize)], columns: &[Column]) -> bool {
    cells.iter().zip(columns).all(|(&(start, end), column)| {
        let value = bare(&text[start..end]);
        match column {
            Column::Source | Column::Destination | Column::PacketSource | Column::PacketDestination => {
                value == b"-" || Host::parse(value).is_some()
            }
            Column::Action => matches!(value, b"ACCEPT" | b"REJECT" | b"-"),
            _ => true,
        }
    })
}

/// A row that begins as rows of the default columns do, but stops early.
fn begins_default(text: &[u8], cells: &[(usize, usize)]) -> bool {
    let at = |i: usize| cells.get(i).map_or(&b""[..], |&(start, end)| &text[start..end]);
    cells.len() < DEFAULT.len() && is_version(at(0)) && is_account(at(1)) && is_interface(at(2))
}

fn is_version(text: &[u8]) -> bool {
    matches!(text, [b'2'..=b'9'] | [b'1', b'0'..=b'9'])
}

fn is_account(text: &[u8]) -> bool {
    text == b"unknown" || (text.len() == 12 && text.iter().all(u8::is_ascii_digit))
}

fn is_interface(text: &[u8]) -> bool {
    text.starts_with(b"eni-")
}

/// The columns of a row without a header: the default ones, and what follows by its looks; or all by their looks.
fn infer(text: &[u8], cells: &[(usize, usize)]) -> Option<Vec<Column>> {
    let at = |i: usize| cells.get(i).map_or(&b""[..], |&(start, end)| bare(&text[start..end]));
    let is_action = |text: &[u8]| matches!(text, b"ACCEPT" | b"REJECT" | b"-");
    let is_status = |text: &[u8]| matches!(text, b"OK" | b"NODATA" | b"SKIPDATA");
    let is_default = is_version(at(0)) && is_account(at(1)) && (is_interface(at(2)) || at(2) == b"-");
    if is_default && is_action(at(12)) && is_status(at(13)) {
        let mut columns = DEFAULT.to_vec();
        let mut has_address = false;
        for i in DEFAULT.len()..cells.len() {
            let is_address = Host::parse(at(i)).is_some();
            columns.push(match at(i) {
                value if value.starts_with(b"i-") => Column::Instance,
                b"ingress" | b"egress" => Column::Way,
                // The flags stand right before the type.
                _ if matches!(at(i + 1), b"IPv4" | b"IPv6") => Column::Flags,
                _ if is_address && !has_address => Column::PacketSource,
                _ if is_address => Column::PacketDestination,
                _ => Column::Unread,
            });
            has_address |= is_address;
        }
        return Some(columns);
    }
    infer_all(cells.len(), &at)
}

/// Columns of any order by their looks. Numbers that look alike are taken in the usual order.
fn infer_all<'t>(n_cells: usize, at: &impl Fn(usize) -> &'t [u8]) -> Option<Vec<Column>> {
    if !(6..MAX_TOKENS).contains(&n_cells) {
        return None;
    }
    let mut addresses = [Column::Source, Column::Destination, Column::PacketSource, Column::PacketDestination].iter();
    let mut moments = [Column::Start, Column::End].iter();
    let usual = [Column::SourcePort, Column::DestinationPort, Column::Protocol, Column::Packets, Column::Bytes, Column::Flags];
    let mut numbers = usual.iter();
    let (mut n_anchors, mut has_action) = (0, false);
    let mut columns = Vec::with_capacity(n_cells);
    for i in 0..n_cells {
        let value = at(i);
        let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        columns.push(match value {
            b"ACCEPT" | b"REJECT" if !has_action => {
                has_action = true;
                Column::Action
            }
            b"OK" | b"SKIPDATA" | b"NODATA" => Column::Status,
            b"ingress" | b"egress" => Column::Way,
            _ if is_interface(value) => {
                n_anchors += 1;
                Column::Interface
            }
            _ if value.starts_with(b"i-") => Column::Instance,
            _ if value.len() == 12 && is_number => {
                n_anchors += 1;
                Column::Account
            }
            _ if i == 0 && is_version(value) && is_number => Column::Version,
            _ if value.len() == 10 && is_number && value[0] == b'1' => moments.next().copied().unwrap_or(Column::Unread),
            _ if is_number && matches!(at(i + 1), b"IPv4" | b"IPv6") => Column::Flags,
            _ if is_number => numbers.next().copied().unwrap_or(Column::Unread),
            _ if Host::parse(value).is_some() => addresses.next().copied().unwrap_or(Column::Unread),
            _ => Column::Unread,
        });
    }
    let position = |column: Column| columns.iter().position(|known| *known == column);
    let has_ends = position(Column::Source).is_some() && position(Column::Destination).is_some();
    let is_port = |column: Column| position(column).is_some_and(|i| port(at(i)).is_some());
    let is_protocol = position(Column::Protocol).is_some_and(|i| decimal(at(i)).is_some_and(|number| number < 256));
    let is_sure = has_action
        && n_anchors > 0
        && has_ends
        && position(Column::End).is_some()
        && is_port(Column::SourcePort)
        && is_port(Column::DestinationPort)
        && is_protocol;
    is_sure.then_some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::format::outline::outline;

    fn check(line: &str, expected: &str) {
        assert_eq!(outline(&AwsVpcFlow, line), expected, "{line}");
    }

    /// The last of some lines read by one parser.
    fn check_after(header: &str, line: &str, expected_src: &str) -> Event {
        let (mut names, mut sink) = (Names::default(), Sink::default());
        let mut parser = AwsVpcFlow.open(Clock::default());
        assert_eq!(parser.parse(&Record::plain(header.as_bytes()), &mut names, &mut sink), Parsed::Header);
        assert_eq!(parser.parse(&Record::plain(line.as_bytes()), &mut names, &mut sink), Parsed::Events, "{line}");
        let event = sink.events[0];
        assert_eq!(event.src.text(&names), expected_src);
        event
    }

    #[test]
    fn a_row_counts_one_direction() {
        check(
            ABOUT.example,
            "flow_uni drop tcp 10.0.1.11:443 > 203.0.113.45:51515 bytes_f=156 pkts_f=3 seconds=58 raw=REJECT",
        );
        let (mut names, mut sink) = (Names::default(), Sink::default());
        AwsVpcFlow.open(Clock::default()).parse(&Record::plain(ABOUT.example.as_bytes()), &mut names, &mut sink);
        let event = sink.events[0];
        assert_eq!(event.ts, Stamp::new(1_708_337_702 * SECOND, StampQuality::Zoned, 1_000_000));
        assert_eq!((event.ts_start, event.ts_end), (Some(1_708_337_702 * SECOND), Some(1_708_337_760 * SECOND)));
        assert_eq!(names.or_empty(event.device), "eni-0a1b2c3d4e5f60718");
    }

    #[test]
    fn flags_are_those_of_one_direction_and_zero_says_nothing() {
        let row = |flags: &str| {
            format!("5 123456789012 eni-0a1b2c3d 203.0.113.9 10.0.0.71 46945 443 6 1 73 1708337702 1708337760 ACCEPT OK vpc-0a1b subnet-0a1b i-0a1b {flags} IPv4 203.0.113.9 10.0.0.71 eu-west-1 euw1-az3 - - - - ingress -")
        };
        let head = "flow_uni allow tcp 203.0.113.9:46945 > 10.0.0.71:443";
        let tail = "bytes_f=73 pkts_f=1 seconds=58 raw=ACCEPT way=In/NicSide";
        for (flags, said) in [("2", "flags=S init=SrcSeen "), ("3", "flags=FS init=SrcSeen "), ("18", "flags=SA init=DstSeen "), ("19", "flags=FSA init=DstSeen "), ("4", "flags=R "), ("0", "")] {
            check(&row(flags), &format!("{head} {said}{tail}"));
        }
    }

    #[test]
    fn the_ends_of_the_packet_are_preferred() {
        check(
            "5 123456789012 eni-0a1b2c3d 10.0.0.5 10.0.0.71 40000 443 6 1 73 1708337702 1708337760 ACCEPT OK vpc-0a1b subnet-0a1b - 2 IPv4 203.0.113.9 10.0.0.71 eu-west-1 euw1-az3 - - - - ingress -",
            "flow_uni allow tcp 203.0.113.9:40000 > 10.0.0.71:443 nat(10.0.0.5:40000 > -) flags=S init=SrcSeen bytes_f=73 pkts_f=1 seconds=58 raw=ACCEPT way=In/NicSide",
        );
    }

    #[test]
    fn other_protocols_have_no_ports() {
        check(
            "2 123456789012 eni-0a1b2c3d 203.0.113.12 10.0.0.39 0 0 1 4 336 1708337702 1708337760 ACCEPT OK",
            "flow_uni allow icmp 203.0.113.12 > 10.0.0.39 bytes_f=336 pkts_f=4 seconds=58 raw=ACCEPT",
        );
        check(
            "2 123456789012 eni-0a1b2c3d 2001:db8::7 2001:db8:1::9 34892 22 6 54 8855 1708337702 1708337760 ACCEPT OK",
            "flow_uni allow tcp [2001:db8::7]:34892 > [2001:db8:1::9]:22 bytes_f=8855 pkts_f=54 seconds=58 raw=ACCEPT",
        );
    }

    #[test]
    fn nothing_to_report_and_missing_records() {
        check("2 123456789012 eni-0a1b2c3d - - - - - - - 1708337702 1708337760 - NODATA", "Other");
        check(
            "2 123456789012 eni-0a1b2c3d - - - - - - - 1708337702 1708337760 - SKIPDATA",
            "gap unknown seconds=58 control=LinesMissing",
        );
    }

    #[test]
    fn a_header_names_the_columns() {
        let event = check_after(
            "action dstaddr srcaddr dstport srcport protocol start end bytes packets tcp-flags",
            "REJECT 10.0.0.71 203.0.113.9 443 40000 6 1708337702 1708337760 60 1 2",
            "203.0.113.9:40000",
        );
        assert_eq!((event.action, event.bytes_f, event.init), (Action::Drop, Some(60), Init::SrcSeen));
        check_after(
            "${version} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol}",
            "3 203.0.113.9 10.0.0.71 40000 443 6",
            "203.0.113.9:40000",
        );
        check_after(
            "\"version\",\"account_id\",\"interface_id\",\"srcaddr\",\"dstaddr\",\"srcport\",\"dstport\"",
            "\"2\",\"123456789012\",\"eni-0a1b\",\"203.0.113.9\",\"10.0.0.71\",\"40000\",\"443\"",
            "203.0.113.9:40000",
        );
        check("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status", "Header");
    }

    #[test]
    fn columns_without_a_header_are_told_by_their_looks() {
        check(
            "123456789012 eni-0a1b2c3d 203.0.113.9 10.0.0.71 40000 443 6 1 60 1708337702 1708337760 REJECT 2 IPv4",
            "flow_uni drop tcp 203.0.113.9:40000 > 10.0.0.71:443 flags=S init=SrcSeen bytes_f=60 pkts_f=1 seconds=58 raw=REJECT",
        );
    }

    #[test]
    fn broken_and_foreign_rows() {
        check("2 123456789012 eni-0a1b2c3d 203.0.113.12 10.0.0.39 0 0 1 4 336 17083 REJECT", "Malformed(Cut)");
        check("2 123456789012 eni-0a1b2c3d 203.0.113.12 10.0.0.39 99999 0 6 4 336 1708337702 1708337760 REJECT OK", "Malformed(BadEndpoint)");
        check("2 123456789012 eni-0a1b2c3d - - 1 2 6 4 336 1708337702 1708337760 REJECT OK", "Malformed(NoAddress)");
        check("2 123456789012 eni-0a1b2c3d 203.0.113.12 10.0.0.39 1 2 6 4 336 1 2 REJECT OK", "Malformed(BadTime)");
        check("IN=eth0 OUT= SRC=203.0.113.9 DST=10.0.0.1 REJECT", "Foreign");
        check("iptables -A INPUT -s 10.0.0.1 -j ACCEPT", "Foreign");
        check("{\"srcaddr\":\"10.0.0.1\",\"dstaddr\":\"10.0.0.2\",\"action\":\"ACCEPT\"}", "Foreign");
        check("{\"interface_id\":\"eni-0a1b\",\"srcaddr\":\"10.0.0.1\",\"dstaddr\":", "Malformed(BadSyntax)");
    }

    #[test]
    fn rows_as_objects() {
        check(
            "{\"version\":2,\"account_id\":\"123456789012\",\"interface_id\":\"eni-0a1b\",\"srcaddr\":\"203.0.113.9\",\"dstaddr\":\"10.0.0.71\",\"srcport\":40000,\"dstport\":443,\"protocol\":6,\"packets\":1,\"bytes\":60,\"start\":1708337702,\"end\":1708337760,\"action\":\"ACCEPT\",\"log_status\":\"OK\"}",
            "flow_uni allow tcp 203.0.113.9:40000 > 10.0.0.71:443 bytes_f=60 pkts_f=1 seconds=58 raw=ACCEPT",
        );
    }

    #[test]
    fn the_gloss_names_every_column() {
        let line = ABOUT.example;
        let spans = AwsVpcFlow.gloss(line.as_bytes(), None);
        let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(names[..5], ["version", "account-id", "interface-id", "srcaddr", "dstaddr"]);
        assert_eq!(&line[spans[12].value_start..spans[12].value_end], "REJECT");
        let header = "srcaddr dstaddr bytes az-id";
        let spans = AwsVpcFlow.gloss(b"10.0.0.1 10.0.0.2 12 euw1", Some(header.as_bytes()));
        assert_eq!(spans.iter().map(|span| span.name.as_str()).collect::<Vec<_>>(), header.split(' ').collect::<Vec<_>>());
    }
}
