//! Whose address a masked one is. People who paste logs hide addresses, mostly their own; what is left of one, and
//! whom it talks to, still tells whose it is.

use super::address::{self, Class};
use super::roles::Role;
use crate::engine::dataset::{Dataset, Session};
use crate::engine::model::{Host, Way, WayBasis};

/// What the text of a masked address says by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    /// `10.x.x.x`, `my-server`.
    Ours,
    /// `x.x.x.255`.
    Everybody,
    /// `attacker-ip`.
    Theirs,
    /// `x.x.x.x`, `216.x.x.x`, `host-a`.
    Open,
}

/// Words by which people replace addresses.
const OURS: [&str; 11] = [
    "local", "my", "mine", "own", "lan", "internal", "inside", "private", "server", "home", "self",
];
const THEIRS: [&str; 7] = [
    "attacker", "remote", "foreign", "stranger", "outside", "bad", "peer",
];

/// Roles of the hosts that are names, by place in `Dataset::hosts`; `role_of` gives those of the others.
pub fn roles(data: &Dataset, role_of: &dyn Fn(Host) -> Role) -> Vec<(Host, Role)> {
    let shapes: Vec<Option<Shape>> = data
        .hosts
        .iter()
        .map(|host| {
            let name = host.as_name()?;
            Some(shape(data.names.text(name)?))
        })
        .collect();
    if shapes.iter().all(Option::is_none) {
        return Vec::new();
    }
    // Whom the open ones talk to: bit 1 ours, bit 2 theirs; bit 4: the device itself in a line, bit 8: not in another.
    let mut met = vec![0_u8; shapes.len()];
    for session in &data.sessions {
        let (a, b) = (session.a_host as usize, session.b_host as usize);
        // One text for both ends tells them as little apart as `x.x.x.x` does.
        if a == b {
            continue;
        }
        for (own, other) in [(a, b), (b, a)] {
            if shapes[own].is_none() {
                continue;
            }
            // What a device says of a masked address counts as much as of any other.
            let other = match (role_of(data.hosts[other]), shapes[other]) {
                (Role::Unknown, Some(Shape::Ours)) => Role::Ours,
                (Role::Unknown, Some(Shape::Theirs)) => Role::Theirs,
                (role, _) => role,
            };
            met[own] |= match other {
                Role::Ours => 1,
                Role::Theirs => 2,
                Role::Group | Role::Unknown => 0,
            };
            met[own] |= itself(data, session, own == a);
        }
    }
    // Where neither is known, the one that the lines come from is ours, so whom it talks to is not hidden for being so.
    let is_itself =
        |host: usize, met: &[u8]| shapes[host] == Some(Shape::Open) && met[host] & 0b1100 == 0b100;
    for session in &data.sessions {
        let (a, b) = (session.a_host as usize, session.b_host as usize);
        for (own, other) in [(a, b), (b, a)] {
            if is_itself(other, &met) && !is_itself(own, &met) {
                met[own] |= 16;
            }
        }
    }
    let role = |shape: Shape, met: u8| match (shape, met & 0b11) {
        (Shape::Open, 0) if met & 16 != 0 => Role::Theirs,
        (Shape::Open, _) if met & 0b1100 == 0b100 => Role::Ours,
        (Shape::Everybody, _) => Role::Group,
        // Nobody hides a stranger's address and shows the own one; but a private one need not be hidden.
        (Shape::Ours, _) | (Shape::Open, 2) => Role::Ours,
        (Shape::Theirs, _) | (Shape::Open, 1) => Role::Theirs,
        (Shape::Open, _) => Role::Unknown,
    };
    data.hosts
        .iter()
        .zip(shapes.iter().zip(met))
        .filter_map(|(host, (shape, met))| Some((*host, role((*shape)?, met))))
        .filter(|(_, role)| *role != Role::Unknown)
        .collect()
}

/// Whether a session's lines say that an end is the very machine that wrote them: 4 for a line that does, 8 for one
/// that does not. Only of what arrives: a proxy sends in the name of others.
fn itself(data: &Dataset, session: &Session, is_a: bool) -> u8 {
    session.beats(data).iter().fold(0, |all, beat| {
        let setting = data.circumstances.get(&beat.setting);
        let arrives = setting.is_some_and(|setting| {
            setting.way == Way::LocalIn
                || setting.way == Way::In && setting.way_basis == WayBasis::HostSide
        });
        let is_receiver = session.is_from_a(beat) != is_a;
        all | if arrives && is_receiver { 4 } else { 8 }
    })
}

fn shape(text: &str) -> Shape {
    let mut parts = text.split('.');
    if let (Some(first), Some(second), Some(_), Some(last), None) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) {
        if last == "255" {
            return Shape::Everybody;
        }
        if let Ok(first) = first.parse::<u8>() {
            // What is hidden of the second part does not change the class of most first parts.
            let second: u8 = second.parse().unwrap_or(match first {
                172 => 16,
                192 => 168,
                _ => 0,
            });
            let probe = Host::v4(u32::from_be_bytes([first, second, 1, 1]));
            return match address::class(probe) {
                Class::Private | Class::LinkLocal | Class::Loopback => Shape::Ours,
                Class::Group => Shape::Everybody,
                _ => Shape::Open,
            };
        }
    }
    let is_word = |words: &[&str]| {
        let lower = text.to_ascii_lowercase();
        let in_parts = lower
            .split(|c: char| !c.is_ascii_alphabetic())
            .any(|part| words.contains(&part));
        in_parts
            || words
                .iter()
                .any(|word| word.len() > 4 && lower.contains(word))
    };
    // `namespace/pod`: machines of one cluster.
    if text.contains('/') {
        return Shape::Ours;
    }
    match (is_word(&OURS), is_word(&THEIRS)) {
        (true, false) => Shape::Ours,
        (false, true) => Shape::Theirs,
        _ => Shape::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_an_address_tells_its_class() {
        for (text, expected) in [
            ("10.x.x.x", Shape::Ours),
            ("192.168.x.x", Shape::Ours),
            ("172.16.*.*", Shape::Ours),
            ("172.32.x.x", Shape::Open),
            ("216.x.x.x", Shape::Open),
            ("x.x.x.255", Shape::Everybody),
            ("239.x.x.x", Shape::Everybody),
            ("x.x.x.x", Shape::Open),
            ("aaa.bbb.ccc.6", Shape::Open),
            ("my_server_ip", Shape::Ours),
            ("localvpnipv4", Shape::Ours),
            ("attacker-ip", Shape::Theirs),
            ("host-a", Shape::Open),
        ] {
            assert_eq!(shape(text), expected, "{text}");
        }
    }
}
