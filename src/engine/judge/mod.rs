//! Who started it: roles of networks, evidence, initiator, direction (domain §5, §6).
//!
//! Hard evidence decides the sign; soft evidence adds, or takes away without ever turning it. Without hard
//! evidence, the habits of ports, fans and services decide, and never beyond 99 in 100. Scores are integers in
//! 1/100 nat, so every machine judges alike.

pub mod address;
pub mod base;
pub mod coverage;
pub mod direction;
pub mod hard;
mod masked;
pub mod roles;
pub mod soft;
mod sought;
pub mod term;
pub mod weights;

use super::dataset::{Band, Dataset, Session, Side};
pub use base::Base;
pub use coverage::Coverage;
use hard::Hard;
pub use roles::{Grounds, Role, Roles};
use soft::{Prior, Soft};
pub use term::{Term, Terms};
use weights::{LEAST, LEAST_HARD, SOFT_CLAMP};

/// What the log says by itself, whatever the settings: fills the tables that every judgement reads.
pub fn prepare(data: &mut Dataset) {
    data.grounds = roles::grounds(data);
    data.coverage = coverage::coverage(data);
    let mut sessions = std::mem::take(&mut data.sessions);
    data.base = base::base(data, &mut sessions);
    data.hands.share(&mut sessions, |_, sessions| {
        for session in sessions {
            session.is_group = direction::is_group(data, session);
            session.soft = soft::collect(data, &data.base, &[], session, session.hard, &mut ());
            session.prior = soft::prior(data, session);
        }
    });
    data.sessions = sessions;
}

/// Judges every session: fills score, tier, side, direction, packet direction, and everybody's role.
pub fn judge(data: &mut Dataset) {
    data.roles = roles::roles(data, &data.settings);
    let mut sessions = std::mem::take(&mut data.sessions);
    let mut roles = vec![Role::default(); data.hosts.len()];
    data.hands.share(&mut roles, |start, roles| {
        for (role, host) in roles.iter_mut().zip(&data.hosts[start..]) {
            *role = data.roles.of(*host);
        }
    });
    let services = &data.settings.services;
    data.hands.share(&mut sessions, |_, sessions| {
        for session in sessions {
            let ends = (
                roles[session.a_host as usize],
                roles[session.b_host as usize],
            );
            let soft = if services.is_empty() {
                session.soft
            } else {
                soft::collect(data, &data.base, services, session, session.hard, &mut ())
            };
            let judged = conclude(session.hard, soft, session.prior, ends, &mut ());
            session.score = judged.score;
            session.tier = judged.tier;
            session.side = judged.side;
            session.direction = direction::session(data, &data.roles, session, ends);
            session.packet_direction = direction::packet(data, &data.roles, session, ends);
        }
    });
    data.sessions = sessions;
}

pub fn roles_of_ends(data: &Dataset, session: &Session) -> (Role, Role) {
    let (a, b) = session.ends(data);
    (data.roles.of(a.host), data.roles.of(b.host))
}

/// Every term of one session's judgement, strongest tier first.
pub fn evidence(data: &Dataset, session: &Session) -> Vec<Term> {
    let mut terms = Vec::new();
    weigh(data, session, &mut terms);
    terms
}

/// What the evidence comes to.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    pub score: i32,
    pub tier: u8,
    pub side: Side,
    pub sources_disagree: bool,
}

pub fn weigh(data: &Dataset, session: &Session, terms: &mut impl Terms) -> Judged {
    let hard = hard::collect(data, session, terms);
    let services = &data.settings.services;
    let soft = soft::collect(data, &data.base, services, session, hard, terms);
    let prior = soft::prior(data, session);
    conclude(hard, soft, prior, roles_of_ends(data, session), terms)
}

/// `ends`: roles of the session's `a` and `b`.
fn conclude(
    hard: Hard,
    soft: Soft,
    prior: Prior,
    ends: (Role, Role),
    terms: &mut impl Terms,
) -> Judged {
    if hard.tier <= 3 {
        let sign = if hard.side == Side::A { 1 } else { -1 };
        let along = soft.score.clamp(-SOFT_CLAMP, SOFT_CLAMP) * sign;
        // A SYN is a SYN: against a handshake soft evidence counts half.
        let along = if along < 0 && hard.tier == 1 {
            along / 2
        } else {
            along
        };
        let mut score = (hard.score * sign + along).max(LEAST_HARD);
        if hard.disagree {
            score = score.min(LEAST_HARD);
        }
        return Judged {
            score: score * sign,
            tier: hard.tier,
            side: hard.side,
            sources_disagree: hard.disagree,
        };
    }
    let prior = i32::from(match ends {
        (Role::Theirs, Role::Ours) => prior.inbound,
        _ => prior.usual,
    });
    if prior != 0 {
        let toward = if prior > 0 { Side::A } else { Side::B };
        terms.add(Term::soft("prior", prior.abs(), toward, 0));
    }
    let score = (prior + soft.score).clamp(-SOFT_CLAMP, SOFT_CLAMP);
    let is_told = score.abs() >= LEAST && !(soft.only_ranges && prior == 0);
    let side = match score {
        _ if !is_told => Side::Unknown,
        1.. => Side::A,
        _ => Side::B,
    };
    Judged {
        score,
        tier: if score == 0 { 9 } else { 5 },
        side,
        sources_disagree: false,
    }
}

/// Probability of |score|, 1/1000; a statement without hard evidence never reaches certainty.
pub fn p_milli(score: i32, tier: u8) -> u16 {
    let nats = f64::from(score.unsigned_abs()) / 100.0;
    let p = 1.0 / (1.0 + libm::exp(-nats));
    let ceiling = if tier == 0 { 1000.0 } else { 999.0 };
    libm::round(p * 1000.0).min(ceiling) as u16
}

/// Words for a probability (domain §5.6).
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
