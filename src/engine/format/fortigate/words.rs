//! The words of FortiOS: what each key is called in old and new versions, and what it means.

use super::super::Field;
use crate::engine::source::keyvalue::Code;

/// The keys that are read. The number is the code in `keyvalue::Values`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Key {
    /// Known to the gloss only.
    Other = 0,
    Date = 1,
    Time,
    EventTime,
    Zone,
    DevName,
    DevId,
    LogId,
    Kind,
    Subtype,
    Vdom,
    Source,
    SourceName,
    SourcePort,
    SourceInterface,
    SourceRole,
    Destination,
    DestinationName,
    DestinationPort,
    DestinationInterface,
    DestinationRole,
    Session,
    Protocol,
    Action,
    Status,
    Policy,
    PolicyName,
    PolicyType,
    Service,
    App,
    Duration,
    Sent,
    Received,
    SentPackets,
    ReceivedPackets,
    SentDelta,
    ReceivedDelta,
    NatKind,
    NatSource,
    NatSourcePort,
    NatDestination,
    NatDestinationPort,
    ReplySide,
    Way,
    Message,
    IcmpId,
    IcmpHexId,
    IcmpType,
    IcmpCode,
    Count,
    LogDesc,
    CfgPath,
    /// Which side began to negotiate a tunnel.
    Opener,
    /// Keys that only Sophos has, whose lines look alike otherwise.
    Foreign,
}

impl Key {
    pub fn code(self) -> Code {
        self as Code
    }
}

/// One word of the dialect.
pub struct Word {
    pub name: &'static str,
    pub key: Key,
    pub field: Field,
    pub meaning: &'static str,
}

const fn word(name: &'static str, key: Key, field: Field, meaning: &'static str) -> Word {
    Word {
        name,
        key,
        field,
        meaning,
    }
}

const SENT: &str = "Bytes that went from the side that opened the connection to the other side.";
const RECEIVED: &str = "Bytes that came back to the side that opened the connection.";
const SENT_PACKETS: &str =
    "Packets that went from the side that opened the connection to the other side.";
const RECEIVED_PACKETS: &str = "Packets that came back to the side that opened the connection.";
pub const SOURCE: &str = "In a record of a connection: the machine that opened it. In a deny: only the sender of this one packet.";
const SOURCE_PORT: &str = "The sender's port. Machines that open connections use high throw-away ports; a low, well-known port here often means that the sender is answering.";
pub const DESTINATION: &str = "The machine that the packet or connection was going to.";
const DESTINATION_PORT: &str =
    "The port at the destination. A well-known one (80, 443) names the service that is asked for.";
const IN_IF: &str = "The network connection of the firewall through which the traffic came in.";
const OUT_IF: &str = "The network connection through which it was to leave. `root` or `unknown` means the firewall itself, or none found.";
const ROLE: &str = "What kind of network is behind this interface, as set on the firewall: lan, wan, dmz or undefined.";
const ACTION: &str = "What happened: `deny` blocked; `accept`, `start` allowed; `close` ended normally; `timeout` nothing was sent for too long; `client-rst` or `server-rst` one side cut it; `ip-conn` the other side never answered.";
const SESSION: &str = "The firewall's own number of this connection. 0 means that it had none.";
pub const POLICY: &str = "Number of the rule that decided. 0 is no rule: the final deny for passing traffic, or traffic of the firewall itself.";
const TRAN_SOURCE: &str = "The sender's address after the firewall replaced it (source translation), as the other side sees it.";
const TRAN_SOURCE_PORT: &str = "The sender's port after translation.";
const TRAN_DESTINATION: &str =
    "The real destination behind a public address (destination translation).";
const TRAN_DESTINATION_PORT: &str = "The destination's port after translation.";
const KIND: &str = "Family of the record: traffic, event (the firewall itself), utm (content inspection), anomaly (flood meters).";
const REPLY: &str = "Whether the packet ran with the connection (`original`, `org`) or against it, as an answer (`reply`).";
const COUNTRY: &str = "Country in the firewall's address table; `Reserved` means a private address. Not used for the judgement.";
const ICMP: &str = "Part of a control message (ping and the like), which has no ports.";

const TUNNEL_HERE: &str = "The firewall's own end of a tunnel.";
const TUNNEL_THERE: &str = "The other end of a tunnel.";

pub const UNKNOWN: &str = "A detail that is not needed to judge the connection.";

/// Every word, the frequent ones first.
pub static WORDS: &[Word] = &[
    word(
        "date",
        Key::Date,
        Field::Time,
        "Day, by the clock of the firewall.",
    ),
    word(
        "time",
        Key::Time,
        Field::Time,
        "Time of day, by the clock of the firewall. For a finished connection: when it ended.",
    ),
    word(
        "eventtime",
        Key::EventTime,
        Field::Time,
        "The same moment counted from 1970 in universal time; 10 digits are seconds, 13 milliseconds, 16 microseconds, 19 nanoseconds.",
    ),
    word(
        "tz",
        Key::Zone,
        Field::Time,
        "How far the firewall's clock is from universal time.",
    ),
    word(
        "devname",
        Key::DevName,
        Field::Device,
        "Name of the firewall.",
    ),
    word(
        "devid",
        Key::DevId,
        Field::Device,
        "Serial number of the firewall.",
    ),
    word(
        "device_id",
        Key::DevId,
        Field::Device,
        "Serial number of the firewall.",
    ),
    word(
        "logid",
        Key::LogId,
        Field::Detail,
        "Kind of record: two digits type, two digits subtype, six digits message. Ending in 000007 means that the packet belonged to no connection the firewall knew.",
    ),
    word(
        "log_id",
        Key::LogId,
        Field::Detail,
        "Kind of record: two digits type, two digits subtype, six digits message.",
    ),
    word("type", Key::Kind, Field::Detail, KIND),
    word(
        "subtype",
        Key::Subtype,
        Field::Direction,
        "Part of the family. For traffic: `forward` passes through the firewall, `local` is to or from the firewall itself, `sniffer` was only overheard.",
    ),
    word(
        "level",
        Key::Other,
        Field::Detail,
        "How important the firewall thinks the record is.",
    ),
    word(
        "pri",
        Key::Other,
        Field::Detail,
        "How important the firewall thinks the record is.",
    ),
    word(
        "vd",
        Key::Vdom,
        Field::Device,
        "Virtual firewall inside the device.",
    ),
    word("srcip", Key::Source, Field::Source, SOURCE),
    word("src", Key::Source, Field::Source, SOURCE),
    word(
        "srcname",
        Key::SourceName,
        Field::Source,
        "Name of the sender; often only repeats the address.",
    ),
    word("srcport", Key::SourcePort, Field::SourcePort, SOURCE_PORT),
    word("src_port", Key::SourcePort, Field::SourcePort, SOURCE_PORT),
    word("srcintf", Key::SourceInterface, Field::Interface, IN_IF),
    word("src_int", Key::SourceInterface, Field::Interface, IN_IF),
    word("srcintfrole", Key::SourceRole, Field::Interface, ROLE),
    word("dstip", Key::Destination, Field::Destination, DESTINATION),
    word("dst", Key::Destination, Field::Destination, DESTINATION),
    word(
        "dstname",
        Key::DestinationName,
        Field::Destination,
        "Name of the destination; often only repeats the address.",
    ),
    word(
        "dstport",
        Key::DestinationPort,
        Field::DestinationPort,
        DESTINATION_PORT,
    ),
    word(
        "dst_port",
        Key::DestinationPort,
        Field::DestinationPort,
        DESTINATION_PORT,
    ),
    word(
        "dstintf",
        Key::DestinationInterface,
        Field::Interface,
        OUT_IF,
    ),
    word(
        "dst_int",
        Key::DestinationInterface,
        Field::Interface,
        OUT_IF,
    ),
    word("dstintfrole", Key::DestinationRole, Field::Interface, ROLE),
    word("sessionid", Key::Session, Field::SessionId, SESSION),
    word("session_id", Key::Session, Field::SessionId, SESSION),
    word("SN", Key::Session, Field::SessionId, SESSION),
    word("serial", Key::Session, Field::SessionId, SESSION),
    word(
        "proto",
        Key::Protocol,
        Field::Protocol,
        "Protocol by number: 6 is TCP, 17 UDP, 1 ICMP (ping and error messages).",
    ),
    word("action", Key::Action, Field::Action, ACTION),
    word("status", Key::Status, Field::Action, ACTION),
    word("policyid", Key::Policy, Field::Rule, POLICY),
    word(
        "policyname",
        Key::PolicyName,
        Field::Rule,
        "Name of the rule that decided.",
    ),
    word(
        "policytype",
        Key::PolicyType,
        Field::Rule,
        "Which list the rule is from; `local-in-policy` guards the firewall itself.",
    ),
    word(
        "poluuid",
        Key::Other,
        Field::Rule,
        "Identifier of the rule that decided.",
    ),
    word(
        "service",
        Key::Service,
        Field::Service,
        "Name for the protocol and port; derived from the ports, so no evidence of its own.",
    ),
    word(
        "app",
        Key::App,
        Field::Service,
        "Program that content inspection recognized.",
    ),
    word(
        "duration",
        Key::Duration,
        Field::Duration,
        "Seconds that the connection lasted.",
    ),
    word("sentbyte", Key::Sent, Field::Bytes, SENT),
    word("sent", Key::Sent, Field::Bytes, SENT),
    word("rcvdbyte", Key::Received, Field::Bytes, RECEIVED),
    word("rcvd", Key::Received, Field::Bytes, RECEIVED),
    word("sentpkt", Key::SentPackets, Field::Packets, SENT_PACKETS),
    word("sent_pkt", Key::SentPackets, Field::Packets, SENT_PACKETS),
    word(
        "rcvdpkt",
        Key::ReceivedPackets,
        Field::Packets,
        RECEIVED_PACKETS,
    ),
    word(
        "rcvd_pkt",
        Key::ReceivedPackets,
        Field::Packets,
        RECEIVED_PACKETS,
    ),
    word(
        "sentdelta",
        Key::SentDelta,
        Field::Bytes,
        "Bytes sent since the last record of this connection.",
    ),
    word(
        "rcvddelta",
        Key::ReceivedDelta,
        Field::Bytes,
        "Bytes received since the last record of this connection.",
    ),
    word(
        "trandisp",
        Key::NatKind,
        Field::Detail,
        "Which address was replaced: `snat` the sender's, `dnat` the destination's, `noop` none.",
    ),
    word(
        "tran_disp",
        Key::NatKind,
        Field::Detail,
        "Which address was replaced: `snat` the sender's, `dnat` the destination's, `noop` none.",
    ),
    word("transip", Key::NatSource, Field::NatSource, TRAN_SOURCE),
    word("tran_sip", Key::NatSource, Field::NatSource, TRAN_SOURCE),
    word(
        "transport",
        Key::NatSourcePort,
        Field::NatSource,
        TRAN_SOURCE_PORT,
    ),
    word(
        "tran_sport",
        Key::NatSourcePort,
        Field::NatSource,
        TRAN_SOURCE_PORT,
    ),
    word(
        "tranip",
        Key::NatDestination,
        Field::NatDestination,
        TRAN_DESTINATION,
    ),
    word(
        "tran_ip",
        Key::NatDestination,
        Field::NatDestination,
        TRAN_DESTINATION,
    ),
    word(
        "tranport",
        Key::NatDestinationPort,
        Field::NatDestination,
        TRAN_DESTINATION_PORT,
    ),
    word(
        "tran_port",
        Key::NatDestinationPort,
        Field::NatDestination,
        TRAN_DESTINATION_PORT,
    ),
    word("dirdisp", Key::ReplySide, Field::Direction, REPLY),
    word("dir_disp", Key::ReplySide, Field::Direction, REPLY),
    word(
        "direction",
        Key::Way,
        Field::Direction,
        "For inspected content: `outgoing` from the side that asked, `incoming` towards it.",
    ),
    word(
        "msg",
        Key::Message,
        Field::State,
        "What the firewall has to say. `no session matched` means that the packet belonged to no connection it knew.",
    ),
    word(
        "identifier",
        Key::IcmpId,
        Field::Icmp,
        "Number that pairs a ping with its answer.",
    ),
    word(
        "icmpid",
        Key::IcmpHexId,
        Field::Icmp,
        "Number that pairs a ping with its answer.",
    ),
    word("icmptype", Key::IcmpType, Field::Icmp, ICMP),
    word("icmpcode", Key::IcmpCode, Field::Icmp, ICMP),
    word(
        "count",
        Key::Count,
        Field::Packets,
        "How many packets or hits this record stands for.",
    ),
    word(
        "logdesc",
        Key::LogDesc,
        Field::Detail,
        "What the record is about, in words.",
    ),
    word(
        "cfgpath",
        Key::CfgPath,
        Field::Detail,
        "Part of the configuration that somebody changed.",
    ),
    word("log_component", Key::Foreign, Field::Detail, ""),
    word("log_type", Key::Foreign, Field::Detail, ""),
    word(
        "utmaction",
        Key::Other,
        Field::Detail,
        "What content inspection did with the connection; it had been allowed before.",
    ),
    word(
        "utmref",
        Key::Other,
        Field::Detail,
        "Reference to the inspection records of this connection.",
    ),
    word(
        "countapp",
        Key::Other,
        Field::Detail,
        "How many program-recognition records belong to this connection.",
    ),
    word(
        "countweb",
        Key::Other,
        Field::Detail,
        "How many web-filter records belong to this connection.",
    ),
    word(
        "appid",
        Key::Other,
        Field::Service,
        "Number of the recognized program.",
    ),
    word(
        "appcat",
        Key::Other,
        Field::Service,
        "Kind of the recognized program; `unscanned` means that nobody looked.",
    ),
    word(
        "app_cat",
        Key::Other,
        Field::Service,
        "Kind of the recognized program.",
    ),
    word(
        "apprisk",
        Key::Other,
        Field::Detail,
        "How risky the vendor thinks the program is.",
    ),
    word(
        "applist",
        Key::Other,
        Field::Detail,
        "Name of the list of programs that was applied.",
    ),
    word(
        "crscore",
        Key::Other,
        Field::Detail,
        "Points of the vendor's client reputation. Says nothing about the connection itself.",
    ),
    word(
        "craction",
        Key::Other,
        Field::Detail,
        "Which rule of the client reputation gave the points.",
    ),
    word(
        "crlevel",
        Key::Other,
        Field::Detail,
        "Step of the vendor's client reputation.",
    ),
    word("srccountry", Key::Other, Field::Detail, COUNTRY),
    word("dstcountry", Key::Other, Field::Detail, COUNTRY),
    word(
        "srcuuid",
        Key::Other,
        Field::Detail,
        "Identifier of the sender's address object in the firewall's configuration.",
    ),
    word(
        "dstuuid",
        Key::Other,
        Field::Detail,
        "Identifier of the destination's address object in the firewall's configuration.",
    ),
    word(
        "srcmac",
        Key::Other,
        Field::Detail,
        "Hardware address of the sender on the local network.",
    ),
    word(
        "dstmac",
        Key::Other,
        Field::Detail,
        "Hardware address of the destination on the local network.",
    ),
    word(
        "mastersrcmac",
        Key::Other,
        Field::Detail,
        "Main hardware address of the sending device.",
    ),
    word(
        "masterdstmac",
        Key::Other,
        Field::Detail,
        "Main hardware address of the destination device.",
    ),
    word(
        "srcserver",
        Key::Other,
        Field::Detail,
        "1 where the firewall took the sender's device for a server. A guess of its device detection.",
    ),
    word(
        "dstserver",
        Key::Other,
        Field::Detail,
        "1 where the firewall took the destination's device for a server. A guess of its device detection.",
    ),
    word(
        "osname",
        Key::Other,
        Field::Detail,
        "Operating system that the firewall guessed for the sender.",
    ),
    word(
        "devtype",
        Key::Other,
        Field::Detail,
        "Kind of device that the firewall guessed for the sender.",
    ),
    word(
        "user",
        Key::Other,
        Field::Detail,
        "Person or account that had logged in at this address.",
    ),
    word("group", Key::Other, Field::Detail, "Group of that account."),
    word(
        "vpn",
        Key::Other,
        Field::Detail,
        "Tunnel through which the traffic ran.",
    ),
    word("vpntype", Key::Other, Field::Detail, "Kind of that tunnel."),
    word(
        "eventtype",
        Key::Other,
        Field::Detail,
        "What kind of inspection record this is.",
    ),
    word(
        "hostname",
        Key::Other,
        Field::Detail,
        "Name of the site that was asked for.",
    ),
    word("url", Key::Other, Field::Detail, "Page that was asked for."),
    word(
        "profile",
        Key::Other,
        Field::Detail,
        "Name of the inspection profile that was applied.",
    ),
    word(
        "attack",
        Key::Other,
        Field::Detail,
        "Name of the attack pattern or flood meter.",
    ),
    word(
        "attackid",
        Key::Other,
        Field::Detail,
        "Number of the attack pattern.",
    ),
    word(
        "severity",
        Key::Other,
        Field::Detail,
        "How bad the vendor thinks such an attack is.",
    ),
    word(
        "reason",
        Key::Other,
        Field::Detail,
        "Why, in the firewall's words.",
    ),
    word(
        "ref",
        Key::Other,
        Field::Detail,
        "Page of the vendor about it.",
    ),
    word(
        "sn",
        Key::Other,
        Field::Device,
        "Serial number of a device.",
    ),
    word(
        "ha_role",
        Key::Other,
        Field::Detail,
        "Whether this firewall of a pair is now the working or the waiting one.",
    ),
    word(
        "itime",
        Key::Other,
        Field::Time,
        "When the log collector received the record.",
    ),
    word(
        "timestamp",
        Key::Other,
        Field::Time,
        "When the log collector stamped the record, by the firewall's clock.",
    ),
    word(
        "logver",
        Key::Other,
        Field::Detail,
        "Version of the record layout.",
    ),
    word("locip", Key::Source, Field::Source, TUNNEL_HERE),
    word("remip", Key::Destination, Field::Destination, TUNNEL_THERE),
    word("locport", Key::SourcePort, Field::SourcePort, TUNNEL_HERE),
    word(
        "remport",
        Key::DestinationPort,
        Field::DestinationPort,
        TUNNEL_THERE,
    ),
    word(
        "dir",
        Key::Way,
        Field::Direction,
        "Which way this message of the tunnel ran, as seen from the firewall.",
    ),
    word(
        "init",
        Key::Opener,
        Field::Detail,
        "Which side began to negotiate the tunnel: local is the firewall.",
    ),
];

/// The entry of a key. `SN` and `sn` are different keys.
pub fn find(name: &[u8]) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.name.as_bytes() == name)
}

pub fn code_of(name: &[u8]) -> Code {
    find(name).map_or(0, |word| word.key.code())
}

/// What a key means.
pub fn gloss(name: &[u8]) -> (Field, &'static str) {
    find(name).map_or((Field::Detail, UNKNOWN), |word| (word.field, word.meaning))
}
