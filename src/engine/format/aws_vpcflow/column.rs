//! The columns of a flow log: named by a header, or told by their looks.

use crate::engine::format::Field;
use crate::engine::format::plain;
use crate::engine::model::ports::{decimal, port};
use crate::engine::source::find::find;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Column {
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

pub const N_COLUMNS: usize = Column::Unread as usize + 1;

/// More columns than AWS has.
pub const MAX_TOKENS: usize = 64;

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
const DESTINATION: &str =
    "The machine that these packets were for, as the network interface sees it.";

/// Name of a column without punctuation, what it is, what it means.
pub const NAMES: &[(&str, Column, Field, &str)] = &[
    (
        "version",
        Column::Version,
        Field::Detail,
        "Version of the record layout.",
    ),
    (
        "accountid",
        Column::Account,
        Field::Detail,
        "Number of the AWS account.",
    ),
    (
        "account",
        Column::Account,
        Field::Detail,
        "Number of the AWS account.",
    ),
    (
        "interfaceid",
        Column::Interface,
        Field::Device,
        "Network interface at which the packets were counted.",
    ),
    ("srcaddr", Column::Source, Field::Source, SOURCE),
    ("sourceaddress", Column::Source, Field::Source, SOURCE),
    (
        "dstaddr",
        Column::Destination,
        Field::Destination,
        DESTINATION,
    ),
    (
        "destinationaddress",
        Column::Destination,
        Field::Destination,
        DESTINATION,
    ),
    (
        "srcport",
        Column::SourcePort,
        Field::SourcePort,
        "The sender's port. A well-known one (443) often means that the sender is answering.",
    ),
    (
        "sourceport",
        Column::SourcePort,
        Field::SourcePort,
        "The sender's port. A well-known one (443) often means that the sender is answering.",
    ),
    (
        "dstport",
        Column::DestinationPort,
        Field::DestinationPort,
        "The port at the receiver. A well-known one names the service that is asked for.",
    ),
    (
        "destinationport",
        Column::DestinationPort,
        Field::DestinationPort,
        "The port at the receiver. A well-known one names the service that is asked for.",
    ),
    (
        "protocol",
        Column::Protocol,
        Field::Protocol,
        "Protocol by number: 6 is TCP, 17 UDP, 1 ICMP (ping and error messages).",
    ),
    (
        "packets",
        Column::Packets,
        Field::Packets,
        "How many packets went in this direction during the window.",
    ),
    (
        "numpackets",
        Column::Packets,
        Field::Packets,
        "How many packets went in this direction during the window.",
    ),
    (
        "bytes",
        Column::Bytes,
        Field::Bytes,
        "How many bytes went in this direction during the window.",
    ),
    (
        "numbytes",
        Column::Bytes,
        Field::Bytes,
        "How many bytes went in this direction during the window.",
    ),
    (
        "start",
        Column::Start,
        Field::Time,
        "Begin of the counting window, in seconds since 1970 (universal time).",
    ),
    (
        "starttime",
        Column::Start,
        Field::Time,
        "Begin of the counting window, in seconds since 1970 (universal time).",
    ),
    (
        "end",
        Column::End,
        Field::Time,
        "End of the counting window, in seconds since 1970 (universal time).",
    ),
    (
        "endtime",
        Column::End,
        Field::Time,
        "End of the counting window, in seconds since 1970 (universal time).",
    ),
    (
        "action",
        Column::Action,
        Field::Action,
        "`ACCEPT` was let through; `REJECT` was blocked by a security group or a network ACL, or came after the connection had ended.",
    ),
    (
        "logstatus",
        Column::Status,
        Field::Detail,
        "`OK`; `NODATA`: nothing to report; `SKIPDATA`: records of this window are missing.",
    ),
    (
        "instanceid",
        Column::Instance,
        Field::Detail,
        "Virtual machine that the interface belongs to.",
    ),
    (
        "tcpflags",
        Column::Flags,
        Field::Flags,
        "Flags of all packets of this direction together: 2 opened connections, 18 accepted them, 1 ended, 4 cut. 0 says nothing.",
    ),
    (
        "pktsrcaddr",
        Column::PacketSource,
        Field::Source,
        "The sender in the packet itself; differs from srcaddr behind a NAT or load balancer.",
    ),
    (
        "pktdstaddr",
        Column::PacketDestination,
        Field::Destination,
        "The receiver in the packet itself; differs from dstaddr behind a NAT or load balancer.",
    ),
    (
        "flowdirection",
        Column::Way,
        Field::Direction,
        "`ingress` came in at this interface, `egress` left it. Not who began.",
    ),
    (
        "rejectreason",
        Column::RejectReason,
        Field::Rule,
        "Why it was rejected, where AWS says it.",
    ),
    ("type", Column::Unread, Field::Detail, "IPv4 or IPv6."),
    (
        "vpcid",
        Column::Unread,
        Field::Detail,
        "Private network that the interface is in.",
    ),
    (
        "subnetid",
        Column::Unread,
        Field::Detail,
        "Subnet that the interface is in.",
    ),
    ("region", Column::Unread, Field::Detail, "AWS region."),
    (
        "azid",
        Column::Unread,
        Field::Detail,
        "Data centre (availability zone).",
    ),
    (
        "trafficpath",
        Column::Unread,
        Field::Detail,
        "Through what kind of gateway the packets left.",
    ),
];

pub const UNKNOWN: &str = "A column that is not needed to judge the connection.";

/// The name as AWS writes it, for rows without a header.
pub fn official(column: Column) -> &'static str {
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

/// Byte ranges of the words of a row, set apart by blanks, commas or tabs.
pub fn tokens(text: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
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
pub fn bare(text: &[u8]) -> &[u8] {
    let text = text
        .strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""))
        .unwrap_or(text);
    text.strip_prefix(b"${")
        .and_then(|text| text.strip_suffix(b"}"))
        .unwrap_or(text)
}

pub fn normal(title: &[u8]) -> String {
    let letters = title.iter().filter(|byte| byte.is_ascii_alphanumeric());
    letters
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect()
}

/// The column of a name, `Column::Unread` where it is none that matters.
pub fn column_of(name: &[u8]) -> Column {
    let name = normal(name);
    let entry = NAMES.iter().find(|entry| entry.0 == name);
    entry.map_or(Column::Unread, |entry| entry.1)
}

/// The columns that a header row names; `None` when it is none.
pub fn columns_of(header: &[u8]) -> Option<Vec<Column>> {
    let has_ends = find(header, b"srcaddr").is_some() && find(header, b"dstaddr").is_some();
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
pub fn fits(text: &[u8], cells: &[(usize, usize)], columns: &[Column]) -> bool {
    cells.iter().zip(columns).all(|(&(start, end), column)| {
        let value = bare(&text[start..end]);
        match column {
            Column::Source
            | Column::Destination
            | Column::PacketSource
            | Column::PacketDestination => value == b"-" || plain::is_address(value),
            Column::Action => matches!(value, b"ACCEPT" | b"REJECT" | b"-"),
            _ => true,
        }
    })
}

/// A row that begins as rows of the default columns do, but stops early.
pub fn begins_default(text: &[u8], cells: &[(usize, usize)]) -> bool {
    let at = |i: usize| {
        cells
            .get(i)
            .map_or(&b""[..], |&(start, end)| &text[start..end])
    };
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
pub fn infer(text: &[u8], cells: &[(usize, usize)]) -> Option<Vec<Column>> {
    let at = |i: usize| {
        cells
            .get(i)
            .map_or(&b""[..], |&(start, end)| bare(&text[start..end]))
    };
    let is_action = |text: &[u8]| matches!(text, b"ACCEPT" | b"REJECT" | b"-");
    let is_status = |text: &[u8]| matches!(text, b"OK" | b"NODATA" | b"SKIPDATA");
    let is_default =
        is_version(at(0)) && is_account(at(1)) && (is_interface(at(2)) || at(2) == b"-");
    if is_default && is_action(at(12)) && is_status(at(13)) {
        let mut columns = DEFAULT.to_vec();
        let mut has_address = false;
        for i in DEFAULT.len()..cells.len() {
            let is_address = plain::is_address(at(i));
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
    // A transit gateway has all its fields when nobody chose others: two ends of its own before those of the packets.
    if at(1).starts_with(b"TransitGateway") && cells.len() > 33 {
        let mut columns = vec![Column::Unread; cells.len()];
        columns[16..25].copy_from_slice(&DEFAULT[3..12]);
        (columns[25], columns[31]) = (Column::Status, Column::Flags);
        return Some(columns);
    }
    infer_all(cells.len(), &at)
}

/// A header of IP version 4 without options.
const MIN_PACKET_BYTES: u64 = 20;

/// Columns of any order by their looks. Numbers that look alike are taken in the usual order.
fn infer_all<'t>(n_cells: usize, at: &impl Fn(usize) -> &'t [u8]) -> Option<Vec<Column>> {
    if !(6..MAX_TOKENS).contains(&n_cells) {
        return None;
    }
    let mut addresses = [
        Column::Source,
        Column::Destination,
        Column::PacketSource,
        Column::PacketDestination,
    ]
    .iter();
    let mut moments = [Column::Start, Column::End].iter();
    let usual = [
        Column::SourcePort,
        Column::DestinationPort,
        Column::Protocol,
        Column::Packets,
        Column::Bytes,
        Column::Flags,
    ];
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
            _ if value.len() == 10 && is_number && value[0] == b'1' => {
                moments.next().copied().unwrap_or(Column::Unread)
            }
            _ if is_number && matches!(at(i + 1), b"IPv4" | b"IPv6") => Column::Flags,
            _ if is_number => numbers.next().copied().unwrap_or(Column::Unread),
            _ if plain::is_address(value) => addresses.next().copied().unwrap_or(Column::Unread),
            _ => Column::Unread,
        });
    }
    let position = |column: Column| columns.iter().position(|known| *known == column);
    // No packet has fewer bytes than its header: then the two counters stand the other way round.
    if let (Some(packets), Some(bytes)) = (position(Column::Packets), position(Column::Bytes))
        && let (Some(first), Some(second)) = (decimal(at(packets)), decimal(at(bytes)))
        && first.saturating_mul(MIN_PACKET_BYTES) > second
        && second.saturating_mul(MIN_PACKET_BYTES) <= first
    {
        columns.swap(packets, bytes);
    }
    let position = |column: Column| columns.iter().position(|known| *known == column);
    let has_ends = position(Column::Source).is_some() && position(Column::Destination).is_some();
    let is_port = |column: Column| position(column).is_some_and(|i| port(at(i)).is_some());
    let is_protocol = position(Column::Protocol)
        .is_some_and(|i| decimal(at(i)).is_some_and(|number| number < 256));
    let is_sure = has_action
        && n_anchors > 0
        && has_ends
        && position(Column::End).is_some()
        && is_port(Column::SourcePort)
        && is_port(Column::DestinationPort)
        && is_protocol;
    is_sure.then_some(columns)
}
