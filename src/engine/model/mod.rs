//! The nouns that every room of the engine speaks with.
//!
//! Reading order: what an endpoint is, what a name is, what time is, what an event is, what was counted.

pub mod endpoint;
pub mod event;
pub mod flags;
pub mod hosts;
pub mod name;
pub mod order;
pub mod place;
pub mod ports;
pub mod stamp;
pub mod tally;

pub use endpoint::{Endpoint, Host};
pub use event::{
    Action, CountKind, End, Event, Icmp, IfRole, Init, Inner, Kind, ResetBy, SessionTag, State,
    Way, WayBasis,
};
pub use flags::{Flags, FlagsScope};
pub use name::{NameId, Names};
pub use place::Place;
pub use stamp::{Micros, Stamp, StampQuality};
pub use tally::{Reason, Tally, Unread};

/// IANA protocol numbers that the engine names.
pub mod proto {
    pub const ICMP: u8 = 1;
    pub const IGMP: u8 = 2;
    pub const TCP: u8 = 6;
    pub const UDP: u8 = 17;
    pub const GRE: u8 = 47;
    pub const ESP: u8 = 50;
    pub const AH: u8 = 51;
    pub const ICMP6: u8 = 58;
    pub const OSPF: u8 = 89;
    pub const PIM: u8 = 103;
    pub const VRRP: u8 = 112;
    pub const SCTP: u8 = 132;
    pub const UDPLITE: u8 = 136;
    pub const DCCP: u8 = 33;
    /// The line names no protocol. 255 is reserved by IANA, so no real packet carries it.
    pub const UNKNOWN: u8 = 255;

    /// Ends of it have ports; an unknown one may.
    pub fn has_ports(number: u8) -> bool {
        matches!(number, TCP | UDP | SCTP | UDPLITE | DCCP | UNKNOWN)
    }

    /// Lower-case name, or the number as text.
    pub fn name(number: u8) -> String {
        match number {
            ICMP => "icmp".into(),
            IGMP => "igmp".into(),
            TCP => "tcp".into(),
            UDP => "udp".into(),
            GRE => "gre".into(),
            ESP => "esp".into(),
            AH => "ah".into(),
            ICMP6 => "icmp6".into(),
            OSPF => "ospf".into(),
            PIM => "pim".into(),
            VRRP => "vrrp".into(),
            SCTP => "sctp".into(),
            UDPLITE => "udplite".into(),
            DCCP => "dccp".into(),
            UNKNOWN => "unknown".into(),
            other => other.to_string(),
        }
    }

    const NAMES: &[(&[u8], u8)] = &[
        (b"tcp", TCP),
        (b"tcp6", TCP),
        (b"udp", UDP),
        (b"udp6", UDP),
        (b"icmp", ICMP),
        (b"icmpv4", ICMP),
        (b"icmp6", ICMP6),
        (b"icmpv6", ICMP6),
        (b"ipv6-icmp", ICMP6),
        (b"igmp", IGMP),
        (b"igmpv2", IGMP),
        (b"gre", GRE),
        (b"esp", ESP),
        (b"ah", AH),
        (b"ospf", OSPF),
        (b"pim", PIM),
        (b"vrrp", VRRP),
        (b"carp", VRRP),
        (b"sctp", SCTP),
        (b"udplite", UDPLITE),
        (b"dccp", DCCP),
    ];

    /// The number of a name as logs write it (`TCP`, `icmp6`, `ipv6-icmp`, `17`).
    pub fn parse(text: &[u8]) -> Option<u8> {
        if let Some(number) = crate::engine::model::ports::decimal(text) {
            return u8::try_from(number).ok();
        }
        NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map(|(_, number)| *number)
    }
}
