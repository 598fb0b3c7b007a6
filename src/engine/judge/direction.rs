//! Directions: of the session by its parties' roles, of the packet by its sender's (domain §6.3).

use super::address;
use super::roles::{Role, Roles};
use crate::engine::dataset::{Dataset, Direction, PacketDirection, Session, Side};
use crate::engine::model::{Host, Way, WayBasis};
use crate::engine::session::beat::{Beat, Setting};

pub fn session(data: &Dataset, roles: &Roles, session: &Session) -> Direction {
    let (a, b) = session.ends(data);
    if address::is_group(a.host) || address::is_group(b.host) {
        return Direction::Group;
    }
    let (initiator, responder) = match session.side {
        Side::A => (a.host, b.host),
        Side::B => (b.host, a.host),
        Side::Unknown => {
            let both_ours = roles.of(a.host) == Role::Ours && roles.of(b.host) == Role::Ours;
            return if both_ours { Direction::Internal } else { Direction::Unknown };
        }
    };
    if let Some(direction) = at_the_firewall(data, roles, session, initiator) {
        return direction;
    }
    of_roles(roles.of(initiator), roles.of(responder))
}

pub fn of_roles(initiator: Role, responder: Role) -> Direction {
    match (initiator, responder) {
        (Role::Theirs, Role::Ours) => Direction::Inbound,
        (Role::Ours, Role::Theirs) => Direction::Outbound,
        (Role::Ours, Role::Ours) => Direction::Internal,
        (Role::Theirs, Role::Theirs) => Direction::Transit,
        (_, Role::Group) | (Role::Group, _) => Direction::Group,
        (Role::Unknown, _) | (_, Role::Unknown) => Direction::Unknown,
    }
}

/// The device itself is an end: it says so, and it is not a host that merely guards itself.
fn at_the_firewall(data: &Dataset, roles: &Roles, session: &Session, initiator: Host) -> Option<Direction> {
    for beat in session.beats(data) {
        let Some(setting) = data.circumstances.get(&beat.setting) else { continue };
        let is_local = matches!(setting.way, Way::LocalIn | Way::LocalOut);
        if !is_local || setting.way_basis == WayBasis::HostSide || !is_device(roles, setting) {
            continue;
        }
        let key = &data.keys[beat.key as usize];
        let (src, dst) = if beat.is_flipped() { (key.b, key.a) } else { (key.a, key.b) };
        let device = if setting.way == Way::LocalIn { dst } else { src };
        return Some(if device == initiator { Direction::FromFirewall } else { Direction::ToFirewall });
    }
    None
}

fn is_device(roles: &Roles, setting: &Setting) -> bool {
    setting.way_basis != WayBasis::PacketAtInterface || roles.is_gateway(setting)
}

/// Which way the packet travelled that a person asks about: the first denied one, else the first.
pub fn packet(data: &Dataset, roles: &Roles, session: &Session) -> PacketDirection {
    let beats = session.beats(data);
    let Some(beat) = beats.iter().find(|beat| beat.action().is_denied()).or_else(|| beats.first()) else {
        return PacketDirection::Unknown;
    };
    let (src, dst) = packet_ends(data, beat);
    match (roles.of(src), roles.of(dst)) {
        (Role::Theirs, Role::Ours) => PacketDirection::In,
        (Role::Ours, Role::Theirs) => PacketDirection::Out,
        (Role::Ours, Role::Ours | Role::Group) => PacketDirection::Local,
        (Role::Theirs, Role::Group) => PacketDirection::In,
        _ => match data.circumstances.get(&beat.setting).map(|setting| (setting.way, setting.way_basis)) {
            Some((Way::LocalIn, _) | (Way::In, WayBasis::HostSide)) => PacketDirection::In,
            Some((Way::LocalOut, _) | (Way::Out, WayBasis::HostSide)) => PacketDirection::Out,
            Some((Way::In, WayBasis::NicSide)) => PacketDirection::ThroughIn,
            Some((Way::Out, WayBasis::NicSide)) => PacketDirection::ThroughOut,
            _ => PacketDirection::Unknown,
        },
    }
}

fn packet_ends(data: &Dataset, beat: &Beat) -> (Host, Host) {
    if beat.is_about_error()
        && let Some(extra) = beat.extra.checked_sub(1).and_then(|extra| data.extras.get(extra as usize))
    {
        return (extra.error_src.host, extra.error_dst.host);
    }
    let key = &data.keys[beat.key as usize];
    if beat.is_flipped() { (key.b, key.a) } else { (key.a, key.b) }
}
