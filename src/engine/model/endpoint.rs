//! Endpoints: an address (or a name that stands for one) and a port.

use super::name::{NameId, Names};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address, or the id of an opaque name, in 16 bytes.
///
/// IPv4 is kept as IPv4-mapped IPv6, so both spellings of one address are one host. Opaque names live in
/// `0:0:0:1::/64`, which no network uses. All zeros means "not given".
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Default,
    bytemuck::Pod,
    bytemuck::Zeroable,
)]
#[repr(C)]
pub struct Host {
    high: u64,
    low: u64,
}

const V4_PREFIX: u64 = 0x0000_ffff_0000_0000;
const NAME_HIGH: u64 = 1;
/// Names that carry no distinguishing part (`x.x.x.x`, `REDACTED`): one text, perhaps many machines.
const BLURRED_HIGH: u64 = 2;
/// The other end of a line that has one such text for both.
const TWIN_HIGH: u64 = 3;

impl Host {
    pub const NONE: Host = Host { high: 0, low: 0 };
    /// `::`, whose bits would be those of nothing.
    const UNSPECIFIED_V6: Host = Host { high: 4, low: 0 };

    pub fn v4(address: u32) -> Host {
        Host {
            high: 0,
            low: V4_PREFIX | u64::from(address),
        }
    }

    pub fn v6(address: u128) -> Host {
        Host {
            high: (address >> 64) as u64,
            low: address as u64,
        }
    }

    /// A name that stands for one machine.
    pub fn named(name: NameId) -> Host {
        Host {
            high: NAME_HIGH,
            low: name.0,
        }
    }

    /// A masked address that may stand for several machines (domain §2.3 "ambiguous identity").
    pub fn blurred(name: NameId) -> Host {
        Host {
            high: BLURRED_HIGH,
            low: name.0,
        }
    }

    /// Another machine behind the same mask.
    #[must_use]
    pub fn twin(self) -> Host {
        Host {
            high: TWIN_HIGH,
            ..self
        }
    }

    /// `0.0.0.0` or `::`: a machine that has no address yet, or a field that holds none.
    pub fn is_unspecified(self) -> bool {
        self == Host::v4(0) || self == Host::UNSPECIFIED_V6
    }

    pub fn is_none(self) -> bool {
        self == Host::NONE
    }

    pub fn as_v4(self) -> Option<u32> {
        (self.high == 0 && self.low & 0xffff_ffff_0000_0000 == V4_PREFIX).then_some(self.low as u32)
    }

    /// The id of an opaque name, blurred or not.
    pub fn as_name(self) -> Option<NameId> {
        (NAME_HIGH..=TWIN_HIGH)
            .contains(&self.high)
            .then_some(NameId(self.low))
    }

    pub fn is_blurred(self) -> bool {
        matches!(self.high, BLURRED_HIGH | TWIN_HIGH)
    }

    pub fn ip(self) -> Option<IpAddr> {
        if let Some(v4) = self.as_v4() {
            return Some(IpAddr::V4(Ipv4Addr::from(v4)));
        }
        if self == Host::UNSPECIFIED_V6 {
            return Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        }
        if self.is_none() || self.as_name().is_some() {
            return None;
        }
        Some(IpAddr::V6(Ipv6Addr::from(self.bits())))
    }

    pub fn bits(self) -> u128 {
        (u128::from(self.high) << 64) | u128::from(self.low)
    }

    pub fn from_ip(ip: IpAddr) -> Host {
        match ip {
            IpAddr::V4(v4) => Host::v4(u32::from(v4)),
            IpAddr::V6(v6) => Host::v6(u128::from(v6)),
        }
    }

    /// The address, the opaque name, or "?" where the line gave nothing.
    pub fn text(self, names: &Names) -> String {
        match (self.ip(), self.as_name()) {
            (Some(ip), _) => ip.to_string(),
            (None, Some(name)) => names.text(name).unwrap_or("?").to_string(),
            (None, None) => "?".to_string(),
        }
    }

    /// Reads an address as logs write it: IPv4 (leading zeros are decimal), IPv6 with or without zone id or
    /// brackets. `None` when it is no address; the caller decides whether it is an opaque name (`Host::read`).
    pub fn parse(text: &[u8]) -> Option<Host> {
        if let Some(v4) = parse_v4(text) {
            return Some(Host::v4(v4));
        }
        // With less than two colons it may be a port with an IPv4 address, but never IPv6.
        if text.len() > 64 || memchr::memchr_iter(b':', text).nth(1).is_none() {
            return None;
        }
        let text = text.strip_prefix(b"[").unwrap_or(text);
        let text = text.strip_suffix(b"]").unwrap_or(text);
        let text = match memchr::memchr(b'%', text) {
            Some(at) => &text[..at],
            None => text,
        };
        let v6 = match parse_groups(text) {
            Some(v6) => v6,
            None => std::str::from_utf8(text).ok()?.parse().ok()?,
        };
        Some(match v6.to_ipv4_mapped() {
            Some(v4) => Host::v4(u32::from(v4)),
            // The sender that has no address yet is one, however it is written; zero bits mean "not given".
            None if v6.is_unspecified() => Host::UNSPECIFIED_V6,
            None => Host::v6(u128::from(v6)),
        })
    }

    /// An address if it is one, else an opaque name (case-folded, quotes, brackets and trailing dots trimmed).
    /// Empty text and `-` give `Host::NONE`.
    pub fn read(text: &[u8], names: &mut Names) -> Host {
        if let Some(host) = Host::parse(text) {
            return host;
        }
        let trimmed = trim_opaque(text);
        if trimmed.is_empty() || trimmed == b"-" {
            return Host::NONE;
        }
        if let Some(host) = Host::parse(trimmed) {
            return host;
        }
        let folded = trimmed.to_ascii_lowercase();
        Host::folded(&folded, names.id(&folded))
    }

    /// The host that a name has in every log, without remembering the name. `None` for an empty one.
    pub fn of_name(text: &[u8]) -> Option<Host> {
        let folded = trim_opaque(text).to_ascii_lowercase();
        let id = NameId::of(&folded);
        id.is_some().then(|| Host::folded(&folded, id))
    }

    fn folded(folded: &[u8], id: NameId) -> Host {
        if is_blurred(folded) {
            Host::blurred(id)
        } else {
            Host::named(id)
        }
    }
}

/// IPv6 in groups of hexadecimal digits, at most one of them `::`. Other spellings (with dotted IPv4 at the end) and
/// mistakes give `None`; the standard library decides about those. Four times as fast, and a log is full of them.
fn parse_groups(text: &[u8]) -> Option<Ipv6Addr> {
    let mut groups = [0_u16; 8];
    let (mut n_groups, mut gap) = (0, None);
    let mut rest = text;
    if let Some(after) = rest.strip_prefix(b"::") {
        gap = Some(0);
        rest = after;
    }
    while !rest.is_empty() {
        let (mut value, mut n_digits) = (0_u32, 0);
        while let Some(digit) = rest
            .get(n_digits)
            .and_then(|byte| char::from(*byte).to_digit(16))
        {
            value = value << 4 | digit;
            n_digits += 1;
            if n_digits > 4 {
                return None;
            }
        }
        if n_digits == 0 {
            return None;
        }
        *groups.get_mut(n_groups)? = value as u16;
        n_groups += 1;
        rest = &rest[n_digits..];
        match rest {
            [] => {}
            [b':', b':', after @ ..] if gap.is_none() => {
                gap = Some(n_groups);
                rest = after;
            }
            [b':', after @ ..] if !after.is_empty() => rest = after,
            _ => return None,
        }
    }
    match gap {
        None if n_groups == 8 => {}
        Some(at) if n_groups < 8 => {
            groups.copy_within(at..n_groups, at + 8 - n_groups);
            groups[at..at + 8 - n_groups].fill(0);
        }
        _ => return None,
    }
    Some(Ipv6Addr::from(groups))
}

/// Dotted IPv4, nothing before or after. Octets may have leading zeros.
///
/// All bytes at once, in 128 bits: the lengths of octets are noise, and a wrongly guessed branch costs more than
/// all of the sums.
pub fn parse_v4(text: &[u8]) -> Option<u32> {
    const ONES: u128 = u128::MAX / 255;
    const HIGH: u128 = ONES * 0x80;
    let n_bytes = text.len() as u32;
    let bytes = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(head), Some(tail)) if n_bytes <= 15 => {
            u128::from(u64::from_le_bytes(*head))
                | u128::from(u64::from_le_bytes(*tail)) << (8 * (n_bytes - 8))
        }
        _ => {
            let text: &[u8; 7] = text.try_into().ok()?;
            text.iter()
                .rev()
                .fold(0, |bytes, byte| bytes << 8 | u128::from(*byte))
        }
    };
    // 0x80 where a dot stands. What is compared has no high bit, so no sum runs over into the next byte.
    let off_dot = bytes ^ (ONES * u128::from(b'.'));
    let dots = !(((off_dot & !HIGH) + !HIGH) | off_dot) & HIGH;
    let digits = bytes ^ (ONES * u128::from(b'0'));
    let inside = (1_u128 << (8 * n_bytes)) - 1;
    let too_large = (((digits & !HIGH) + ONES * 0x76) | digits) & HIGH & inside;
    let (second, third) = (
        dots & dots.wrapping_sub(1),
        dots & dots.wrapping_sub(1) & (dots & dots.wrapping_sub(1)).wrapping_sub(1),
    );
    if too_large != dots || third == 0 || third & (third - 1) != 0 {
        return None;
    }
    let [first, second, third] = [dots, second, third].map(|from| from.trailing_zeros() / 8);
    let mut address = 0;
    for (start, end) in [
        (0, first),
        (first + 1, second),
        (second + 1, third),
        (third + 1, n_bytes),
    ] {
        let n_digits = end - start;
        if !(1..=3).contains(&n_digits) {
            return None;
        }
        let word = ((digits >> (8 * start)) as u32) << (32 - 8 * n_digits);
        let octet = (word >> 24) + 10 * (word >> 16 & 255) + 100 * (word >> 8 & 255);
        if octet > 255 {
            return None;
        }
        address = address << 8 | octet;
    }
    Some(address)
}

fn trim_opaque(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii();
    while let [b'"' | b'\'' | b'[' | b'(' | b'<', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b'"' | b'\'' | b']' | b')' | b'>' | b'.' | b','] = text {
        text = rest;
    }
    text
}

/// No part of the token can tell two machines apart: only mask letters, or a word that says "removed".
fn is_blurred(folded: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] = [
        b"xxx",
        b"any",
        b"my-ip",
        b"my.public.ip",
        b"external",
        b"edited",
    ];
    /// Of these alone: `<IP_V4>`, `(redacted IP)`, `[IP address removed]`.
    const PARTS: [&[u8]; 13] = [
        b"redacted",
        b"removed",
        b"filtered",
        b"anonymized",
        b"masked",
        b"hidden",
        b"ip",
        b"ipv4",
        b"ipv6",
        b"v4",
        b"v6",
        b"address",
        b"addr",
    ];
    let mut parts = folded.split(|byte| !byte.is_ascii_alphanumeric());
    if WORDS.contains(&folded) || parts.all(|part| PARTS.contains(&part)) {
        return true;
    }
    folded
        .iter()
        .all(|byte| matches!(byte, b'x' | b'y' | b'z' | b'*' | b'.' | b':' | b'#' | b'?'))
        || matches!(folded, b"a.b.c.d" | b"aaa.bbb.ccc.ddd" | b"w.x.y.z")
}

/// A host and a port. `port` is `None` where the line does not say (or the protocol has none).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Endpoint {
    pub host: Host,
    pub port: Option<u16>,
}

impl Endpoint {
    pub fn new(host: Host, port: Option<u16>) -> Endpoint {
        Endpoint { host, port }
    }

    /// `192.0.2.1:80`, `[2001:db8::1]:80`, `192.0.2.1`.
    pub fn text(self, names: &Names) -> String {
        let host = self.host.text(names);
        match self.port {
            None => host,
            Some(port) if matches!(self.host.ip(), Some(IpAddr::V6(_))) => {
                format!("[{host}]:{port}")
            }
            Some(port) => format!("{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_one_host_however_it_is_written() {
        let plain = Host::parse(b"10.0.0.1");
        assert!(plain.is_some());
        for spelling in ["010.000.000.001", "::ffff:10.0.0.1", "[::ffff:10.0.0.1]"] {
            assert_eq!(Host::parse(spelling.as_bytes()), plain, "{spelling}");
        }
        assert_eq!(Host::parse(b"fe80::1%eth0"), Host::parse(b"fe80::1"));
        let nowhere = Host::parse(b"::").expect("an address");
        assert!(nowhere.is_unspecified() && !nowhere.is_none());
        assert_eq!(nowhere.text(&Names::default()), "::");
        for wrong in [
            "10.0.0",
            "10.0.0.256",
            "10.0.0.1.2",
            "a.b.c.d",
            "12:34:56",
            "",
        ] {
            assert_eq!(Host::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn every_shape_of_ipv4() {
        for octets in [
            [0, 0, 0, 0],
            [255, 255, 255, 255],
            [1, 22, 133, 4],
            [10, 0, 200, 99],
            [100, 100, 100, 1],
        ] {
            let address = Ipv4Addr::from(octets);
            assert_eq!(
                parse_v4(address.to_string().as_bytes()),
                Some(u32::from(address)),
                "{address}"
            );
        }
        for wrong in [
            "1.1.1.",
            ".1.1.1",
            "1..1.11",
            "1.1.1.1.",
            "1111.1.1.1",
            "1.1.1.1a",
            "1.1.1.256",
            "1.1.1,1",
            "1.1.1.\u{be}",
            "300.1.1.1",
        ] {
            assert_eq!(parse_v4(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn groups_are_read_as_the_standard_library_reads_them() {
        for text in [
            "::",
            "::1",
            "1::",
            "2001:db8::1",
            "2001:db8:0:0:0:0:0:1",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7",
            "1::2::3",
            ":1::",
            "1:",
            ":",
            "12345::",
            "g::",
            "1:2:3:4::5:6:7:8",
            "::ffff:1.2.3.4",
            "fe80::a:b",
            "ABCD::ef01",
            ":::",
            "1:::2",
            "2001:db8::",
            "",
        ] {
            let expected: Option<Ipv6Addr> = text.parse().ok();
            if let Some(read) = parse_groups(text.as_bytes()) {
                assert_eq!(Some(read), expected, "{text}");
            } else {
                assert!(expected.is_none() || text.contains('.'), "{text}");
            }
        }
    }

    #[test]
    fn a_masked_address_is_a_name_and_says_so_when_it_can_be_many() {
        let mut names = Names::default();
        let masked = Host::read(b"x.x.x.x", &mut names);
        assert!(masked.is_blurred());
        let partly = Host::read(b"\"AAA.bbb.ccc.6\"", &mut names);
        assert!(partly.as_name().is_some() && !partly.is_blurred());
        assert_eq!(partly, Host::read(b"aaa.bbb.ccc.6", &mut names));
        assert_eq!(partly.text(&names), "aaa.bbb.ccc.6");
        for (text, expected) in [
            ("<IP_V4>", true),
            ("(redacted IP)", true),
            ("[Filtered]", true),
            ("ip-10-0-0-1", false),
            ("<SERVER_IP>", false),
        ] {
            let host = Host::read(text.as_bytes(), &mut names);
            assert_eq!(host.is_blurred(), expected, "{text}");
            assert_eq!(host.twin().as_name(), host.as_name());
        }
        assert_eq!(Host::read(b"-", &mut names), Host::NONE);
    }
}
