//! Ports: numbers as logs write them, which of them are services, and what they are called.

mod names;

use super::proto;
use names::{NAMES, NOTES, T, U};

/// The port is one where well-known servers answer, so its side is almost surely the responder.
pub const fn is_top(port: u16) -> bool {
    TOP_BITS.has(port)
}

/// The port is a known service of the protocol, though not one of the most common.
/// Protocols other than TCP and UDP accept either.
pub const fn is_named(number: u8, port: u16) -> bool {
    match number {
        proto::TCP => NAMED_TCP.has(port),
        proto::UDP => NAMED_UDP.has(port),
        _ => NAMED_TCP.has(port) || NAMED_UDP.has(port),
    }
}

/// Only datagrams are known to go there. Of a line without a protocol that is all there is to go by.
pub const fn is_datagram_service(port: u16) -> bool {
    NAMED_UDP.has(port) && !NAMED_TCP.has(port) || matches!(port, 53 | 123)
}

/// What the port is called; `None` where it has no name worth showing.
pub fn service_name(number: u8, port: u16) -> Option<&'static str> {
    entry(NAMES, number, port)
}

/// What a person should know before judging hits on the port.
pub fn note(number: u8, port: u16) -> Option<&'static str> {
    if standing(number, port) == Standing::Reserved && port > 0 {
        return Some(
            "reserved by IANA: no service has this port, so look at the flags: openings are probing, answers are back-scatter",
        );
    }
    entry(NOTES, number, port)
}

/// A port below 1024 without a name, a reserved one, or 0: nobody has a plain reason to use it.
pub fn is_odd(number: u8, port: u16) -> bool {
    matches!(number, proto::TCP | proto::UDP) && port < 1024 && service_name(number, port).is_none()
}

/// The nearest port below that has a name, for ports that have none ("next to 443 https").
pub fn nearest_named(number: u8, port: u16) -> Option<(u16, &'static str)> {
    let transport = transport(number);
    let end = NAMES.partition_point(|(known, _, _)| *known <= port);
    NAMES[..end]
        .iter()
        .rev()
        .find(|(_, bits, _)| bits & transport != 0)
        .map(|(known, _, name)| (*known, *name))
}

/// Ports by name: `https` → 443. The first match wins, so short names mean the usual port.
pub fn by_name(name: &str) -> Option<u16> {
    NAMES
        .iter()
        .find(|(_, _, known)| known.eq_ignore_ascii_case(name))
        .map(|(port, _, _)| *port)
}

/// Every name once, ascending by port, for suggestions.
pub fn all_names() -> impl Iterator<Item = (u16, &'static str)> {
    NAMES.iter().map(|(port, _, name)| (*port, *name))
}

fn entry(table: &'static [(u16, u8, &'static str)], number: u8, port: u16) -> Option<&'static str> {
    let start = table.partition_point(|(known, _, _)| *known < port);
    let transport = transport(number);
    table[start..]
        .iter()
        .take_while(|(known, _, _)| *known == port)
        .find(|(_, bits, _)| bits & transport != 0)
        .map(|(_, _, name)| *name)
}

const fn transport(number: u8) -> u8 {
    match number {
        proto::TCP => T,
        proto::UDP => U,
        proto::ICMP | proto::ICMP6 | proto::IGMP => 0,
        _ => T | U,
    }
}

/// Where a port stands in IANA's registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Registered,
    /// Kept free: nothing is ever registered there.
    Reserved,
    /// Open to programs that take a port for a while; nothing can be registered there.
    Dynamic,
    /// Not in our list of names; below 1024 that means that hardly anything uses it.
    Unlisted,
}

impl Standing {
    pub fn name(self) -> &'static str {
        match self {
            Standing::Registered => "registered",
            Standing::Reserved => "reserved",
            Standing::Dynamic => "dynamic",
            Standing::Unlisted => "unlisted",
        }
    }
}

pub fn standing(number: u8, port: u16) -> Standing {
    let is_reserved = RESERVED
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&port));
    match number {
        proto::TCP | proto::UDP if is_reserved => Standing::Reserved,
        _ if service_name(number, port).is_some() => Standing::Registered,
        _ if port >= 49152 => Standing::Dynamic,
        _ => Standing::Unlisted,
    }
}

/// IANA keeps these free.
const RESERVED: &[(u16, u16)] = &[(0, 0), (225, 241), (249, 255), (1023, 1024)];

/// One bit for each port: one load answers for a million sessions.
struct PortSet([u64; 1024]);

impl PortSet {
    const fn has(&self, port: u16) -> bool {
        self.0[(port >> 6) as usize] >> (port & 63) & 1 != 0
    }

    const fn with(mut self, port: u16) -> PortSet {
        self.0[(port >> 6) as usize] |= 1 << (port & 63);
        self
    }

    const fn of(ports: &[u16]) -> PortSet {
        let mut set = PortSet([0; 1024]);
        let mut at = 0;
        while at < ports.len() {
            set = set.with(ports[at]);
            at += 1;
        }
        set
    }

    /// Those of `NAMED` whose name holds on a transport. Both lists ascend, so one walk does.
    const fn named_on(transport: u8) -> PortSet {
        let mut set = PortSet([0; 1024]);
        let (mut at, mut name) = (0, 0);
        while at < NAMED.len() {
            while name < NAMES.len() && NAMES[name].0 < NAMED[at] {
                name += 1;
            }
            while name < NAMES.len() && NAMES[name].0 == NAMED[at] {
                if NAMES[name].1 & transport != 0 {
                    set = set.with(NAMED[at]);
                }
                name += 1;
            }
            at += 1;
        }
        set
    }
}

static TOP_BITS: PortSet = PortSet::of(TOP);
static NAMED_TCP: PortSet = PortSet::named_on(T);
static NAMED_UDP: PortSet = PortSet::named_on(U);

/// Ports of which one side alone decides who answers. 20 is never here: the side of active FTP's data port asks.
#[rustfmt::skip]
const TOP: &[u16] = &[
    21, 22, 23, 25, 53, 80, 110, 123, 143, 161, 389, 443, 445, 465, 514, 587, 636, 853, 993, 995, 1433, 1521, 3306,
    3389, 5432, 8080, 8443,
];

/// Ports seen as responders in labelled data. To be extended only by such: a registered but unused port does harm.
#[rustfmt::skip]
const NAMED: &[u16] = &[
    7, 9, 13, 17, 19, 37, 43, 49, 67, 69, 70, 79, 81, 88, 102, 109, 111, 113, 119, 135, 137, 138, 139, 162, 179,
    194, 264, 427, 434, 444, 464, 497, 500, 502, 512, 513, 515, 520, 523, 524, 541, 543, 544, 546, 547, 548, 554,
    563, 593, 623, 631, 639, 646, 647, 655, 666, 749, 750, 771, 808, 830, 843, 848, 860, 861, 873, 880, 888, 898,
    902, 903, 989, 990, 992, 1080, 1099, 1194, 1214, 1241, 1311, 1337, 1344, 1352, 1414, 1434, 1494, 1500, 1512,
    1522, 1604, 1645, 1646, 1701, 1718, 1719, 1720, 1723, 1755, 1801, 1812, 1813, 1863, 1883, 1900, 1911, 1935,
    1947, 1962, 2000, 2049, 2055, 2082, 2083, 2086, 2087, 2095, 2096, 2121, 2152, 2181, 2222, 2323, 2375, 2376,
    2379, 2380, 2404, 2455, 2483, 2484, 2598, 2638, 2947, 2967, 3000, 3050, 3051, 3128, 3260, 3268, 3269, 3283,
    3299, 3478, 3479, 3541, 3632, 3690, 3702, 3780, 3784, 4000, 4022, 4040, 4063, 4064, 4071, 4117, 4190, 4242,
    4369, 4443, 4444, 4500, 4567, 4606, 4660, 4662, 4672, 4786, 4789, 4840, 4848, 4899, 4949, 5000, 5001, 5004,
    5005, 5009, 5038, 5050, 5060, 5061, 5093, 5104, 5190, 5201, 5222, 5223, 5228, 5269, 5280, 5298, 5351, 5353,
    5355, 5357, 5358, 5400, 5405, 5431, 5443, 5500, 5555, 5601, 5631, 5632, 5666, 5667, 5671, 5672, 5683, 5684,
    5800, 5900, 5901, 5902, 5938, 5984, 5985, 5986, 6000, 6001, 6080, 6081, 6112, 6129, 6160, 6343, 6346, 6347,
    6379, 6443, 6481, 6514, 6566, 6588, 6660, 6667, 6668, 6669, 6697, 6881, 6969, 7000, 7001, 7002, 7070, 7077,
    7080, 7100, 7199, 7443, 7474, 7547, 7680, 7777, 7779, 8000, 8001, 8005, 8006, 8008, 8009, 8010, 8020, 8025,
    8030, 8069, 8081, 8082, 8083, 8086, 8087, 8088, 8089, 8090, 8091, 8098, 8099, 8112, 8118, 8123, 8126, 8139,
    8140, 8161, 8180, 8181, 8191, 8194, 8200, 8222, 8291, 8300, 8333, 8334, 8400, 8444, 8500, 8530, 8531, 8545,
    8554, 8600, 8686, 8728, 8729, 8765, 8778, 8800, 8834, 8880, 8883, 8888, 8889, 8899, 9000, 9001, 9002, 9009,
    9010, 9042, 9050, 9060, 9080, 9081, 9090, 9091, 9092, 9093, 9094, 9100, 9110, 9160, 9191, 9200, 9295, 9300,
    9306, 9333, 9389, 9418, 9443, 9530, 9600, 9869, 9943, 9981, 9987, 9993, 9998, 9999, 10000, 10001, 10050, 10051,
    10080, 10250, 10443, 11211, 11371, 12345, 13720, 13722, 13724, 15672, 16379, 16992, 16993, 17500, 18091, 18245,
    19132, 20000, 20547, 22222, 25565, 26257, 27015, 27017, 27018, 27019, 28015, 28017, 30303, 31337, 32400,
];

/// The program that talks to its like and usually has this port.
pub fn peer_program(port: u16) -> Option<&'static str> {
    Some(match port {
        6881..=6889 | 6969 | 51_413 => "BitTorrent file sharing",
        4662 | 4672 => "eMule file sharing",
        6346 | 6347 => "Gnutella file sharing",
        411..=413 => "Direct Connect file sharing",
        1214 | 6699 => "file sharing",
        8333 | 18_333 => "Bitcoin",
        9735 => "Lightning",
        30_303 => "Ethereum",
        26_656 => "Cosmos",
        4001 => "IPFS",
        22_000 => "Syncthing",
        41_641 => "Tailscale",
        _ => return None,
    })
}

/// A decimal number of 1 to 19 digits, nothing else.
pub fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let mut value = 0_u64;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value)
}

/// A port number; `None` when it is not one.
pub fn port(text: &[u8]) -> Option<u16> {
    decimal(text).and_then(|number| u16::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_port_is_found_on_some_transport_and_has_a_name() {
        for port in NAMED {
            assert!(
                is_named(proto::TCP, *port) || is_named(proto::UDP, *port),
                "{port}"
            );
            assert!(!is_top(*port), "{port} is in both lists");
        }
        assert!(NAMES.is_sorted_by_key(|(port, _, _)| *port));
        assert!(NOTES.is_sorted_by_key(|(port, _, _)| *port));
        assert_eq!(TOP.iter().filter(|port| is_top(**port)).count(), 27);
    }

    #[test]
    fn transport_decides_where_a_service_has_only_one() {
        assert!(is_named(proto::UDP, 500) && !is_named(proto::TCP, 500));
        assert!(is_named(proto::TCP, 6443) && !is_named(proto::UDP, 6443));
        assert!(is_named(proto::TCP, 88) && is_named(proto::UDP, 88));
        assert!(!is_named(proto::TCP, 20) && !is_top(20));
        assert_eq!(service_name(proto::TCP, 514), Some("shell"));
        assert_eq!(service_name(proto::UDP, 514), Some("syslog"));
        assert_eq!(service_name(proto::ICMP, 7), None);
        assert_eq!(by_name("https"), Some(443));
    }

    #[test]
    fn a_reserved_port_says_so() {
        assert!(note(proto::TCP, 249).is_some_and(|note| note.contains("reserved")));
        assert!(is_odd(proto::TCP, 249) && is_odd(proto::TCP, 0) && !is_odd(proto::TCP, 80));
        assert_eq!(nearest_named(proto::TCP, 446), Some((445, "microsoft-ds")));
    }
}
