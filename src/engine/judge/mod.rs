//! Who started it: roles of networks, evidence, initiator, direction.

use crate::engine::dataset::{Band, Side};
use crate::engine::model::Host;

/// What we think of an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, PartialOrd, Ord)]
pub enum Role {
    Ours,
    Theirs,
    /// Multicast or broadcast.
    Group,
    #[default]
    Unknown,
}

/// Which addresses are ours (domain §6.2).
#[derive(Default)]
pub struct Roles {
    /// Networks that the evidence calls ours, as text, for the page ("ours: 10.20.1.0/24").
    pub ours: Vec<String>,
}

impl Roles {
    pub fn of(&self, _host: Host) -> Role {
        Role::Unknown
    }
}

/// What the log covers: statements of absence are allowed only where it says so (domain §4.8).
#[derive(Default)]
pub struct Coverage {
    /// Only denies: nothing allowed is in this log.
    pub deny_only: bool,
}

/// Probability of |score|, 1/1000.
pub fn p_milli(score: i32, _tier: u8) -> u16 {
    let nats = f64::from(score.unsigned_abs()) / 100.0;
    let p = 1.0 / (1.0 + libm::exp(-nats));
    libm::round(p * 1000.0) as u16
}

pub fn band(p_milli: u16, tier: u8, side: Side) -> Band {
    match p_milli {
        _ if side == Side::Unknown => Band::CannotTell,
        995.. if tier <= 2 => Band::Certain,
        950.. => Band::High,
        800.. => Band::Medium,
        600.. => Band::Low,
        _ => Band::CannotTell,
    }
}
