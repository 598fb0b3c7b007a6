//! Directions: of the session by its parties' roles, of the packet by its sender's (domain §6.3).

use super::address;
use super::roles::{Role, Roles};
use crate::engine::dataset::{Asked, Dataset, Direction, PacketDirection, Session, Side};
use crate::engine::model::{Host, Way, WayBasis};
use crate::engine::session::beat::{Beat, Setting};
use crate::engine::session::facts;

/// An end stands for everybody, by its address and its port.
pub fn is_group(data: &Dataset, session: &Session) -> bool {
    let (a, b) = session.ends(data);
    let number = session.proto(data);
    [(a, b), (b, a)]
        .iter()
        .any(|(end, other)| address::is_group_for(end.host, number, end.port, other.host))
}

/// `ends`: roles of the session's `a` and `b`.
pub fn session(data: &Dataset, roles: &Roles, session: &Session, ends: (Role, Role)) -> Direction {
    if session.is_group || ends.0 == Role::Group || ends.1 == Role::Group {
        return Direction::Group;
    }
    let (initiator, responder) = match session.side {
        Side::A => ends,
        Side::B => (ends.1, ends.0),
        Side::Unknown if ends == (Role::Ours, Role::Ours) => return Direction::Internal,
        Side::Unknown => return Direction::Unknown,
    };
    at_the_firewall(data, roles, session).unwrap_or_else(|| of_roles(initiator, responder))
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
fn at_the_firewall(data: &Dataset, roles: &Roles, session: &Session) -> Option<Direction> {
    if !roles.has_devices {
        return None;
    }
    for beat in session.beats(data) {
        let Some(setting) = data.circumstances.get(&beat.setting) else {
            continue;
        };
        let is_local = matches!(setting.way, Way::LocalIn | Way::LocalOut);
        if !is_local || setting.way_basis == WayBasis::HostSide || !is_device(roles, setting) {
            continue;
        }
        let key = &data.keys[beat.key as usize];
        let (src, dst) = if beat.is_flipped() {
            (key.b, key.a)
        } else {
            (key.a, key.b)
        };
        let device = if setting.way == Way::LocalIn {
            dst
        } else {
            src
        };
        // `x.x.x.x` may be anybody, also the device.
        if device.is_blurred() {
            return None;
        }
        let (initiator, _) = session.parties(data)?;
        // Behind a public address of the device stand all the machines that borrow it.
        let is_borrowed = address::class(device) == address::Class::Public
            && setting.way == Way::LocalIn
            && device == initiator.host;
        if is_borrowed {
            return None;
        }
        return Some(if device == initiator.host {
            Direction::FromFirewall
        } else {
            Direction::ToFirewall
        });
    }
    None
}

fn is_device(roles: &Roles, setting: &Setting) -> bool {
    setting.way_basis != WayBasis::PacketAtInterface || roles.is_gateway(setting)
}

/// Which way the packet travelled that a person asks about: the first denied one, else the first.
pub fn packet(
    data: &Dataset,
    roles: &Roles,
    session: &Session,
    ends: (Role, Role),
) -> PacketDirection {
    let beat = || facts::asked_beat(session.beats(data));
    let packet_roles = match session.asked {
        Asked::FromA => ends,
        Asked::FromB => (ends.1, ends.0),
        Asked::Error => match beat() {
            Some(beat) => {
                let (src, dst) = packet_ends(data, beat);
                (roles.of(src), roles.of(dst))
            }
            None => return PacketDirection::Unknown,
        },
    };
    match packet_roles {
        (Role::Theirs, Role::Ours | Role::Group) => PacketDirection::In,
        (Role::Ours, Role::Theirs) => PacketDirection::Out,
        (Role::Ours, Role::Ours | Role::Group) => PacketDirection::Local,
        _ => match beat()
            .and_then(|beat| data.circumstances.get(&beat.setting))
            .map(|setting| (setting.way, setting.way_basis))
        {
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
        && let Some(extra) = beat
            .extra
            .checked_sub(1)
            .and_then(|extra| data.extras.get(extra as usize))
    {
        return (extra.error_src.host, extra.error_dst.host);
    }
    let key = &data.keys[beat.key as usize];
    if beat.is_flipped() {
        (key.b, key.a)
    } else {
        (key.a, key.b)
    }
}
