//! One line of a watch list.
//!
//! Shape    `entry`, then a remark after a comma, a blank, a tab or a sign of comment. An entry is an address, a
//!          network, a range `a-b`, `address:port`, `name:port` (both also with `/tcp`), `:port`, `port/tcp`, a name.
//! Quirks   `0.0.0.0 name name` is a line of a hosts file: its names are entries, the address is none. The names that
//!          every hosts file gives to its own machine are no entries either.
//! Rejected Parts of names, wildcards, URLs and bare numbers: what they would match is a guess.

use crate::engine::model::{Host, proto};
use std::net::Ipv6Addr;

/// What an entry asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The first and the last address; `Host::NONE` twice for any host.
    pub first: Host,
    pub last: Host,
    pub port: Option<u16>,
    /// `proto::UNKNOWN` for any.
    pub proto: u8,
}

/// What a line of a list is.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'t> {
    /// A comment, a blank line, a line of a hosts file about the machine itself.
    Nothing,
    /// An entry, its text, its remark.
    Entry(Wanted, &'t str, &'t str),
    /// Names of a hosts file.
    Names(&'t str),
    Unread,
}

const COMMENT: [&str; 3] = ["#", ";", "//"];
/// What may stand between an entry and its remark.
const GAP: [char; 6] = [',', ';', '#', ' ', '\t', '/'];
const LONGEST_NAME: usize = 255;
const LONGEST_LABEL: usize = 63;
/// Names that a hosts file gives to its own machine and network.
const OWN_NAMES: [&str; 11] = [
    "localhost",
    "localhost.localdomain",
    "local",
    "broadcasthost",
    "ip6-localhost",
    "ip6-loopback",
    "ip6-localnet",
    "ip6-mcastprefix",
    "ip6-allnodes",
    "ip6-allrouters",
    "ip6-allhosts",
];

pub fn line(text: &str) -> Line<'_> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() || COMMENT.iter().any(|sign| text.starts_with(sign)) {
        return Line::Nothing;
    }
    let (token, rest) = cut(text);
    let entry = bare(token);
    let is_blank = rest.starts_with([' ', '\t']);
    if let Some(host) = Host::parse(entry.as_bytes()) {
        let after = rest.trim_start();
        if is_blank && is_sink(host) {
            let (second, _) = cut(after);
            if name(second).is_some() || second == entry {
                return Line::Names(names(after));
            }
        }
        if let Some((range, whole, rest)) = spaced_range(text, after, host) {
            return Line::Entry(range, whole, remark(rest));
        }
    }
    match wanted(entry) {
        Some(wanted) => Line::Entry(wanted, entry, remark(rest)),
        None => Line::Unread,
    }
}

/// The names of `name name # comment`, one after the other.
pub fn each_name(text: &str) -> impl Iterator<Item = (&str, Option<Host>)> {
    text.split_ascii_whitespace()
        .filter(|text| Host::parse(text.as_bytes()).is_none() && !is_own(text))
        .map(|text| (text, name(text)))
}

fn is_own(text: &str) -> bool {
    OWN_NAMES.iter().any(|own| own.eq_ignore_ascii_case(text))
}

fn names(text: &str) -> &str {
    let end = text.find(['#', ';']).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

/// The first field, and all that follows.
fn cut(text: &str) -> (&str, &str) {
    let end = text.find([',', ';', '#', ' ', '\t']).unwrap_or(text.len());
    text.split_at(end)
}

fn bare(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

fn remark(rest: &str) -> &str {
    let text = rest.trim_start_matches(GAP).trim_end();
    bare(text)
}

/// An address to which a hosts file sends what shall not be reached, or that it gives to its own machine.
fn is_sink(host: Host) -> bool {
    match host.as_v4() {
        Some(address) => matches!(address, 0 | u32::MAX) || address >> 24 == 127,
        None => {
            matches!(host.bits(), 1)
                || host.bits() >> 120 == 0xff
                || host.bits() == 0xfe80 << 112 | 1
        }
    }
}

/// `a - b`: what it asks for, its text, what follows.
fn spaced_range<'t>(
    text: &'t str,
    after: &'t str,
    first: Host,
) -> Option<(Wanted, &'t str, &'t str)> {
    let (token, rest) = cut(after.strip_prefix('-')?.trim_start());
    let last = Host::parse(token.as_bytes())?;
    let whole = text.get(..text.len() - rest.len())?;
    Some((span(first, last)?, whole, rest))
}

fn any(first: Host, last: Host) -> Wanted {
    Wanted {
        first,
        last,
        port: None,
        proto: proto::UNKNOWN,
    }
}

fn span(first: Host, last: Host) -> Option<Wanted> {
    let is_same_kind = first.as_v4().is_some() == last.as_v4().is_some();
    (is_same_kind && first <= last).then(|| any(first, last))
}

/// What one field asks for.
pub fn wanted(text: &str) -> Option<Wanted> {
    if let Some(host) = address(text) {
        return Some(any(host, host));
    }
    if let Some((head, tail)) = text.rsplit_once('/') {
        if let Some(length) = decimal(tail) {
            return network(head, length);
        }
        // A number could be the length of a cut network, so protocols go by their names.
        let proto = proto::parse(tail.as_bytes())?;
        let port = decimal(head).map(|port| port_of(Host::NONE, port));
        let found = port.or_else(|| with_port(head))?;
        return Some(Wanted { proto, ..found });
    }
    if let Some((first, last)) = text.split_once('-')
        && let (Some(first), Some(last)) = (address(first), address(last))
    {
        return span(first, last);
    }
    with_port(text).or_else(|| name(text).map(|host| any(host, host)))
}

fn port_of(host: Host, port: u16) -> Wanted {
    Wanted {
        port: Some(port),
        ..any(host, host)
    }
}

/// `:443`, `192.0.2.1:443`, `[2001:db8::1]:443`, `name:443`.
fn with_port(text: &str) -> Option<Wanted> {
    let (head, tail) = text.rsplit_once(':')?;
    let port = decimal(tail)?;
    let host = if head.is_empty() {
        Host::NONE
    } else if head.starts_with('[') && head.ends_with(']') || !head.contains(':') {
        address(head).or_else(|| name(head))?
    } else {
        return None;
    };
    Some(port_of(host, port))
}

/// An address. The few of IPv6 that stand for names inside this program are used by no network.
fn address(text: &str) -> Option<Host> {
    Host::parse(text.as_bytes()).filter(|host| host.as_name().is_none())
}

fn network(head: &str, length: u16) -> Option<Wanted> {
    if !head.contains(':') {
        let address = Host::parse(head.as_bytes())?.as_v4()?;
        return v4_network(address, length);
    }
    // Not by way of `Host`, where `::` is the same as 0.0.0.0.
    let address: Ipv6Addr = head.parse().ok()?;
    if let Some(v4) = address.to_ipv4_mapped()
        && length >= 96
    {
        return v4_network(u32::from(v4), length - 96);
    }
    let own_bits = 128_u32.checked_sub(u32::from(length))?;
    let rest = u128::MAX.checked_shr(u32::from(length)).unwrap_or(0);
    let first = u128::from(address) & !rest;
    if own_bits == 0 {
        let host = Host::parse(head.as_bytes())?;
        return Some(any(host, host));
    }
    Some(any(Host::v6(first), Host::v6(first | rest)))
}

fn v4_network(address: u32, length: u16) -> Option<Wanted> {
    let rest = match length {
        0..=31 => u32::MAX >> length,
        32 => 0,
        _ => return None,
    };
    let first = address & !rest;
    Some(any(Host::v4(first), Host::v4(first | rest)))
}

fn decimal(text: &str) -> Option<u16> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

/// A name that can stand for one machine; a number, a date or a broken address is none.
pub fn name(text: &str) -> Option<Host> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let is_letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    let fits = text.len() <= LONGEST_NAME
        && text.contains(char::is_alphabetic)
        && text.split('.').all(|label| {
            (1..=LONGEST_LABEL).contains(&label.len()) && label.chars().all(is_letter)
        });
    if !fits {
        return None;
    }
    Host::of_name(text.as_bytes()).filter(|host| !host.is_blurred())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String)> {
        match line(text) {
            Line::Entry(_, entry, remark) => Some((entry.into(), remark.into())),
            _ => None,
        }
    }

    #[test]
    fn entry_and_remark() {
        for (text, entry, remark) in [
            ("192.0.2.1", "192.0.2.1", ""),
            ("  192.0.2.1 a remark ", "192.0.2.1", "a remark"),
            ("192.0.2.0/24 ; SBL1", "192.0.2.0/24", "SBL1"),
            ("\"192.0.2.1\",\"bad, very\"", "192.0.2.1", "bad, very"),
            ("192.0.2.1 // seen", "192.0.2.1", "seen"),
            ("192.0.2.1#seen", "192.0.2.1", "seen"),
            (
                "192.0.2.1 - 192.0.2.9 both",
                "192.0.2.1 - 192.0.2.9",
                "both",
            ),
            ("192.0.2.1-192.0.2.9\tboth", "192.0.2.1-192.0.2.9", "both"),
            ("[2001:db8::1]:443,x", "[2001:db8::1]:443", "x"),
            (":4444 shell", ":4444", "shell"),
            ("4444/tcp", "4444/tcp", ""),
            ("192.0.2.1 evil.example", "192.0.2.1", "evil.example"),
            ("evil.example:443/tcp", "evil.example:443/tcp", ""),
        ] {
            assert_eq!(read(text), Some((entry.into(), remark.into())), "{text}");
        }
        for text in ["", "  ", "# x", "; x", "// x", "\u{feff}# x"] {
            assert_eq!(line(text), Line::Nothing, "{text}");
        }
        for text in [
            "443",
            "10/8",
            "10.0.0",
            "192.0.2.300",
            "192.0.2.0/33",
            "2001:db8::/129",
            "192.0.2.9-192.0.2.1",
            "192.0.2.1-2001:db8::1",
            "http://evil.example/x",
            "*.evil.example",
            "||evil.example^",
            "x.x.x.x",
            "192.0.2.1:70000",
            "4444/nope",
            "2024-01-01 00:00",
            "00:11:22:33:44:55",
        ] {
            assert_eq!(line(text), Line::Unread, "{text}");
        }
    }

    #[test]
    fn lines_of_a_hosts_file_are_about_names() {
        let all = |text: &'static str| match line(text) {
            Line::Names(names) => each_name(names).map(|(name, _)| name).collect(),
            _ => vec!["?"],
        };
        assert_eq!(all("0.0.0.0 ads.example"), ["ads.example"]);
        assert_eq!(
            all("127.0.0.1\ta.example b.example # c"),
            ["a.example", "b.example"]
        );
        assert!(all("127.0.0.1 localhost").is_empty());
        assert!(all("0.0.0.0 0.0.0.0").is_empty());
        assert!(all("fe80::1%lo0 localhost").is_empty());
        assert_eq!(all("0.0.0.0"), ["?"]);
    }

    #[test]
    fn one_address_is_one_entry_however_it_is_written() {
        assert_eq!(wanted("::ffff:192.0.2.1"), wanted("192.0.2.1"));
        assert_eq!(wanted("::ffff:192.0.2.0/120"), wanted("192.0.2.0/24"));
        assert_eq!(wanted("192.0.2.7/24"), wanted("192.0.2.0-192.0.2.255"));
        assert_eq!(wanted("2001:db8::1/128"), wanted("2001:DB8:0::1"));
        assert_eq!(wanted("Evil.Example."), wanted("evil.example"));
        assert_eq!(wanted("::/128"), wanted("::"));
    }
}
