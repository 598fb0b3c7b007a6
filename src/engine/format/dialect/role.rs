//! What a value of a record is to us, and what that is called in words.

use crate::engine::format::Field;

/// What a value is. Codes of `Values`, so there are at most 64.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Role {
    /// Not used.
    None,
    /// A whole moment.
    Time,
    Date,
    TimeOfDay,
    /// The zone of the time, where it stands by itself.
    Zone,
    Start,
    End,
    Device,
    Vsys,
    Src,
    SrcPort,
    /// Address, port and perhaps interface in one value.
    SrcEnd,
    Dst,
    DstPort,
    DstEnd,
    NatSrc,
    NatSrcPort,
    NatDst,
    NatDstPort,
    Proto,
    /// `tcp/443`, `https`: helps out where protocol or port are missing.
    Service,
    Action,
    Rule,
    RuleName,
    InIf,
    OutIf,
    InZone,
    OutZone,
    BytesOut,
    BytesIn,
    BytesTotal,
    PktsOut,
    PktsIn,
    Seconds,
    Millis,
    Session,
    App,
    Flags,
    IcmpType,
    IcmpCode,
    IcmpId,
    Way,
    Ttl,
    Length,
    Seq,
    IpId,
    Count,
    /// What kind of record it is, and a finer kind.
    Kind,
    Sub,
    /// Why the decision was made, why the session ended, or what else is said.
    Reason,
    Message,
    Vendor,
    Product,
    Code,
    Title,
    /// What only the dialect itself knows.
    Own1,
    Own2,
    Own3,
}

impl Role {
    /// For the gloss.
    pub fn meaning(self) -> (Field, &'static str) {
        match self {
            Role::Time | Role::Date | Role::TimeOfDay | Role::Zone => (
                Field::Time,
                "When it happened or was written, by the clock of the device.",
            ),
            Role::Start => (Field::Time, "When the connection or the count began."),
            Role::End => (Field::Time, "When the connection or the count ended."),
            Role::Device => (Field::Device, "The device that wrote the line."),
            Role::Vsys => (Field::Device, "The virtual firewall in the device."),
            Role::Src | Role::SrcEnd => (
                Field::Source,
                "The sender of the packet, or the side the record names first.",
            ),
            Role::SrcPort => (Field::SourcePort, "The port of the source."),
            Role::Dst | Role::DstEnd => (
                Field::Destination,
                "The receiver of the packet, or the side the record names second.",
            ),
            Role::DstPort => (Field::DestinationPort, "The port of the destination."),
            Role::NatSrc | Role::NatSrcPort => (
                Field::NatSource,
                "The source after translation; zeros mean that it was not translated.",
            ),
            Role::NatDst | Role::NatDstPort => (
                Field::NatDestination,
                "The destination after translation; zeros mean that it was not translated.",
            ),
            Role::Proto => (Field::Protocol, "The protocol, by name or by number."),
            Role::Service => (
                Field::Service,
                "The service, usually named after the destination port alone.",
            ),
            Role::Action => (Field::Action, "What the device did."),
            Role::Rule | Role::RuleName => (Field::Rule, "The rule that decided."),
            Role::InIf | Role::InZone => (
                Field::Interface,
                "The interface or zone where the packet came in.",
            ),
            Role::OutIf | Role::OutZone => (
                Field::Interface,
                "The interface or zone where the packet went out.",
            ),
            Role::BytesOut => (Field::Bytes, "Bytes from source to destination."),
            Role::BytesIn => (Field::Bytes, "Bytes from destination to source."),
            Role::BytesTotal => (Field::Bytes, "Bytes of both ways together."),
            Role::PktsOut => (Field::Packets, "Packets from source to destination."),
            Role::PktsIn => (Field::Packets, "Packets from destination to source."),
            Role::Seconds | Role::Millis => (
                Field::Duration,
                "How long the connection has been or was open.",
            ),
            Role::Session => (
                Field::SessionId,
                "The number of the connection in the device; numbers are used again later.",
            ),
            Role::App => (
                Field::Service,
                "The program or protocol that the device recognized.",
            ),
            Role::Flags => (Field::Flags, "TCP flags."),
            Role::IcmpType | Role::IcmpCode | Role::IcmpId => {
                (Field::Icmp, "What kind of ICMP message it is.")
            }
            Role::Way => (Field::Direction, "The direction as the device calls it."),
            Role::Count => (
                Field::Packets,
                "How many packets or hits the line stands for.",
            ),
            Role::Reason => (
                Field::State,
                "Why the device did so, or why the connection ended.",
            ),
            Role::Kind | Role::Sub | Role::Code | Role::Title => {
                (Field::Detail, "What kind of record this is.")
            }
            Role::Message => (Field::Detail, "What happened, in the words of the device."),
            Role::Vendor | Role::Product => (Field::Detail, "Which product wrote the line."),
            Role::Ttl | Role::Length | Role::Seq | Role::IpId => {
                (Field::Detail, "A field of the header of the packet.")
            }
            Role::None | Role::Own1 | Role::Own2 | Role::Own3 => (
                Field::Detail,
                "A detail that tells nothing about who opened the connection.",
            ),
        }
    }

    /// For values without a name of their own.
    pub fn label(self) -> &'static str {
        match self {
            Role::Vendor => "vendor",
            Role::Product => "product",
            Role::Code | Role::Title => "event",
            Role::Time => "time",
            Role::Src => "source",
            Role::SrcPort => "source port",
            Role::Dst => "destination",
            Role::DstPort => "destination port",
            Role::Proto => "protocol",
            Role::Action => "action",
            Role::Rule | Role::RuleName => "rule",
            Role::Way => "direction",
            Role::NatSrc | Role::NatDst => "translated",
            Role::InIf | Role::OutIf => "interface",
            Role::BytesOut | Role::BytesIn | Role::BytesTotal => "bytes",
            Role::PktsOut | Role::PktsIn => "packets",
            _ => "field",
        }
    }
}
