//! Classes of addresses that are fixed by their numbers (domain §6.1).

use crate::engine::model::{Host, proto};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Loopback,
    LinkLocal,
    /// Private IPv4 and unique local IPv6.
    Private,
    /// 100.64/10, shared between customers of one provider.
    Shared,
    /// Multicast, and broadcast to everybody.
    Group,
    Unspecified,
    /// Test, documentation and reserved ranges: in real logs a redaction; treated like public addresses.
    Reserved,
    Public,
    /// A name that is no address.
    Name,
}

pub fn class(host: Host) -> Class {
    if let Some(v4) = host.as_v4() {
        return class_v4(v4);
    }
    if host.as_name().is_some() {
        return Class::Name;
    }
    if host.is_unspecified() {
        return Class::Unspecified;
    }
    let bits = host.bits();
    match (bits >> 120) as u8 {
        0xff => Class::Group,
        0xfc | 0xfd => Class::Private,
        0xfe if bits >> 118 == 0x3fa => Class::LinkLocal,
        0 if host.is_none() => Class::Unspecified,
        0 if bits == 1 => Class::Loopback,
        _ => Class::Public,
    }
}

fn class_v4(v4: u32) -> Class {
    let [a, b, ..] = v4.to_be_bytes();
    match (a, b) {
        _ if v4 == 0 => Class::Unspecified,
        _ if v4 == u32::MAX => Class::Group,
        (127, _) => Class::Loopback,
        (169, 254) => Class::LinkLocal,
        (10, _) | (192, 168) | (172, 16..=31) => Class::Private,
        (100, 64..=127) => Class::Shared,
        (224..=239, _) => Class::Group,
        (240..=255 | 0, _) => Class::Reserved,
        _ => Class::Public,
    }
}

/// Multicast, broadcast, or the last address of a private /24, which is almost always a broadcast.
pub fn is_group(host: Host) -> bool {
    match class(host) {
        Class::Group => true,
        Class::Private => host.as_v4().is_some_and(|v4| v4 & 0xff == 0xff),
        _ => false,
    }
}

/// The same for an end with a port: Windows names and DHCP go to the last address of public networks as well.
pub fn is_group_at(host: Host, number: u8, port: Option<u16>) -> bool {
    is_group(host)
        // Nobody else is told of memberships, whoever hides their addresses.
        || number == proto::IGMP && host.is_blurred()
        || number == proto::UDP
            && matches!(port, Some(67 | 68 | 137 | 138))
            && host.as_v4().is_some_and(|v4| v4 & 0xff == 0xff)
}

/// The same for the receiver of datagrams from its own network, whoever owns that.
pub fn is_group_for(host: Host, number: u8, port: Option<u16>, sender: Host) -> bool {
    is_group_at(host, number, port)
        || number == proto::UDP
            && host.as_v4().is_some_and(|v4| v4 & 0xff == 0xff)
            && host != sender
            && neighbourhood(host) == neighbourhood(sender)
}

/// The neighbourhood that shares a role: /24 or /64.
pub fn neighbourhood(host: Host) -> Option<Host> {
    if let Some(v4) = host.as_v4() {
        return Some(Host::v4(v4 & 0xffff_ff00));
    }
    host.ip()
        .map(|_| Host::v6(host.bits() & !u128::from(u64::MAX)))
}

/// `10.20.1.0/24`.
pub fn neighbourhood_text(host: Host) -> Option<String> {
    let base = neighbourhood(host)?.ip()?;
    Some(format!("{base}/{}", if base.is_ipv4() { 24 } else { 64 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_their_class() {
        for (text, expected) in [
            ("10.1.2.3", Class::Private),
            ("172.32.0.1", Class::Public),
            ("100.64.0.1", Class::Shared),
            ("239.255.255.250", Class::Group),
            ("255.255.255.255", Class::Group),
            ("fe80::1", Class::LinkLocal),
            ("fd00::1", Class::Private),
            ("ff02::fb", Class::Group),
            ("2001:db8::1", Class::Public),
            ("::1", Class::Loopback),
        ] {
            assert_eq!(
                Host::parse(text.as_bytes()).map(class),
                Some(expected),
                "{text}"
            );
        }
        assert!(Host::parse(b"192.168.1.255").is_some_and(is_group));
    }
}
