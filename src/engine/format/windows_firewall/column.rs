//! The columns of a log, their names and what they mean.

use crate::engine::format::Field;

/// The columns of today's header, which rows without a header have too.
pub const COLUMNS: [Column; 17] = [
    Column::Date,
    Column::Time,
    Column::Action,
    Column::Protocol,
    Column::Source,
    Column::Destination,
    Column::SourcePort,
    Column::DestinationPort,
    Column::Size,
    Column::Flags,
    Column::Sequence,
    Column::Unread,
    Column::Unread,
    Column::IcmpType,
    Column::IcmpCode,
    Column::Info,
    Column::Path,
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Column {
    Date,
    Time,
    Action,
    Protocol,
    Source,
    Destination,
    SourcePort,
    DestinationPort,
    Size,
    Flags,
    Sequence,
    IcmpType,
    IcmpCode,
    Info,
    Path,
    Unread,
}

pub const N_COLUMNS: usize = Column::Unread as usize + 1;

/// Name of a column, what it is, what it means.
pub const NAMES: &[(&str, Column, Field, &str)] = &[
    (
        "date",
        Column::Date,
        Field::Time,
        "Day, by the clock of this machine.",
    ),
    (
        "time",
        Column::Time,
        Field::Time,
        "Time of day, by the clock of this machine.",
    ),
    (
        "action",
        Column::Action,
        Field::Action,
        "`ALLOW` and `OPEN` let a connection begin, `CLOSE` ended one, `DROP` threw a packet away, `INFO-EVENTS-LOST` counts lines that are missing here.",
    ),
    (
        "protocol",
        Column::Protocol,
        Field::Protocol,
        "Protocol: TCP, UDP, ICMP, or a number.",
    ),
    (
        "src-ip",
        Column::Source,
        Field::Source,
        "The machine that sent this packet. For ALLOW and OPEN: the one that opened the connection.",
    ),
    (
        "dst-ip",
        Column::Destination,
        Field::Destination,
        "The machine that the packet was for.",
    ),
    (
        "src-port",
        Column::SourcePort,
        Field::SourcePort,
        "The sender's port. A well-known one (443) often means that the sender is answering.",
    ),
    (
        "dst-port",
        Column::DestinationPort,
        Field::DestinationPort,
        "The port at the receiver. A well-known one names the service that is asked for.",
    ),
    (
        "size",
        Column::Size,
        Field::Bytes,
        "Length of the packet in bytes; 0 means not given.",
    ),
    (
        "tcpflags",
        Column::Flags,
        Field::Flags,
        "S opens a connection, SA accepts one, A continues one, F ends and R cuts one. An A without S is never a beginning.",
    ),
    (
        "tcpsyn",
        Column::Sequence,
        Field::Detail,
        "Position in the sender's data stream (sequence number).",
    ),
    (
        "tcpack",
        Column::Unread,
        Field::Detail,
        "Position up to which the sender has received (acknowledgement number).",
    ),
    (
        "tcpwin",
        Column::Unread,
        Field::Detail,
        "How much more the sender is ready to receive.",
    ),
    (
        "icmptype",
        Column::IcmpType,
        Field::Icmp,
        "Kind of control message: 8 asks (ping), 0 answers, 3 reports that something cannot be reached.",
    ),
    (
        "icmpcode",
        Column::IcmpCode,
        Field::Icmp,
        "Details of the control message.",
    ),
    (
        "info",
        Column::Info,
        Field::Detail,
        "For INFO-EVENTS-LOST: how many lines are missing.",
    ),
    (
        "path",
        Column::Path,
        Field::Direction,
        "`SEND` left this machine, `RECEIVE` came in, `FORWARD` passed through.",
    ),
    (
        "pid",
        Column::Unread,
        Field::Detail,
        "Number of the program that owns the connection.",
    ),
];
