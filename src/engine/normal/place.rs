//! Which way a session goes, seen from our networks, and which machine and service it is about.

use crate::engine::dataset::{Dataset, Direction, Facts, Outcome, Session};
use crate::engine::model::{Host, proto};
use crate::engine::summary::Index;
use serde::{Deserialize, Serialize};

/// What one count is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Kind {
    /// A machine of ours, in whatever it takes part.
    Machine,
    /// A machine of ours calls a service of the internet.
    Calls,
    /// A machine of ours offers a service to the internet.
    Offers,
    /// A machine of ours is asked for a service by others of ours.
    Serves,
    /// A service of one address of the internet, called by ours.
    Target,
    /// Strangers knock at a service and are refused, whichever machine it is.
    Knocks,
}

impl Kind {
    pub const ALL: [Kind; 6] = [
        Kind::Machine,
        Kind::Calls,
        Kind::Offers,
        Kind::Serves,
        Kind::Target,
        Kind::Knocks,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Machine => "machine",
            Kind::Calls => "calls",
            Kind::Offers => "offers",
            Kind::Serves => "serves",
            Kind::Target => "target",
            Kind::Knocks => "knocks",
        }
    }
}

/// A session in small numbers: ends as places in `Dataset::hosts`, initiator first.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub initiator: u32,
    pub responder: u32,
    pub proto: u8,
    /// The responder's; 0 where the protocol has none.
    pub port: u16,
    pub direction: Direction,
    /// Something passed, or nothing says that something was refused.
    pub was_let_in: bool,
    pub was_refused: bool,
}

impl Seen {
    /// `None` where nobody can tell who asked whom, or for what.
    pub fn of(data: &Dataset, index: &Index, at: usize) -> Option<Seen> {
        let (session, row) = (data.sessions.get(at)?, index.rows.get(at)?);
        let service = index.services.get(row.service as usize)?;
        if !service.decided || service.port.is_none() && has_ports(service.proto) {
            return None;
        }
        let (was_let_in, was_refused) = fate(session)?;
        Some(Seen {
            initiator: row.left,
            responder: row.right,
            proto: service.proto,
            port: service.port.unwrap_or(0),
            direction: session.direction,
            was_let_in,
            was_refused,
        })
    }

    /// What it counts for, at most four: (what, the host it is about or `NO_HOST`).
    pub fn subjects(&self) -> [Option<(Kind, u32)>; 4] {
        match self.direction {
            Direction::Outbound | Direction::FromFirewall => [
                Some((Kind::Machine, self.initiator)),
                Some((Kind::Calls, self.initiator)),
                Some((Kind::Target, self.responder)),
                None,
            ],
            Direction::Inbound | Direction::ToFirewall if self.was_let_in => [
                Some((Kind::Machine, self.responder)),
                Some((Kind::Offers, self.responder)),
                None,
                None,
            ],
            Direction::Inbound | Direction::ToFirewall => {
                [Some((Kind::Knocks, NO_HOST)), None, None, None]
            }
            Direction::Internal => [
                Some((Kind::Machine, self.initiator)),
                Some((Kind::Machine, self.responder)),
                Some((Kind::Serves, self.responder)),
                None,
            ],
            _ => [None; 4],
        }
    }
}

pub const NO_HOST: u32 = u32::MAX;

/// (let in, refused); `None` for what is no try to talk: stray answers and noise.
fn fate(session: &Session) -> Option<(bool, bool)> {
    match session.outcome {
        Outcome::Noise => None,
        Outcome::Blocked => Some((false, true)),
        Outcome::Worked | Outcome::Refused | Outcome::Unanswered | Outcome::ReplyBlocked => {
            Some((true, false))
        }
        Outcome::Unknown => Some((!session.facts.has(Facts::DENIED), false)),
    }
}

fn has_ports(number: u8) -> bool {
    matches!(number, proto::TCP | proto::UDP | proto::SCTP)
}

/// The machine behind a place in `Dataset::hosts`.
pub fn host(data: &Dataset, at: u32) -> Host {
    data.hosts.get(at as usize).copied().unwrap_or(Host::NONE)
}
