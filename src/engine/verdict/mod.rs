//! What each session means. One verdict, one file; the registry below is the order of precedence (domain §7.2).
//!
//! To add one: `verdict/x.rs`, its `mod` line and its place in `RULES`. The first rule that holds gives the session its
//! verdict; every other rule that holds is kept as "also".

pub mod scene;
pub mod group;
mod backoff;
mod cause;
mod signs;
mod orphans;
mod incidents;

mod network_error;
mod local_discovery;
mod impossible_packet;
mod backscatter;
mod service_port_as_source;
mod helper_channel;
mod stateless_return;
mod half_seen;
mod orphaned_reply;
mod late_datagram;
mod scan;
mod blocked_inbound;
mod blocked_outbound;
mod blocked_internal;
mod refused;
mod unanswered;
mod allowed_normal;
mod not_enough;

#[cfg(test)]
pub mod fixture;

use super::dataset::{Dataset, Incident, Outcome, Severity, Verdict};
use super::detect;
use group::Group;
use scene::{Case, Scene, bit};

/// First that holds, wins.
pub static RULES: &[&dyn Rule] = &[
    &network_error::NetworkError,
    &local_discovery::LocalDiscovery,
    &impossible_packet::ImpossiblePacket,
    &backscatter::Backscatter,
    &service_port_as_source::ServicePortAsSource,
    &helper_channel::HelperChannel,
    &stateless_return::StatelessReturn,
    &half_seen::HalfSeen,
    &orphaned_reply::OrphanedReply,
    &late_datagram::LateDatagram,
    &scan::Scan,
    &blocked_inbound::BlockedInbound,
    &blocked_outbound::BlockedOutbound,
    &blocked_internal::BlockedInternal,
    &refused::Refused,
    &unanswered::Unanswered,
    &allowed_normal::AllowedNormal,
    &not_enough::NotEnough,
];

/// A verdict: when it holds, what became of the session, whether it matters, and how to say it.
pub trait Rule: Sync {
    fn verdict(&self) -> Verdict;

    fn holds(&self, case: &Case<'_>) -> bool;

    fn outcome(&self, case: &Case<'_>) -> Outcome;

    fn severity(&self, group: &Group<'_>) -> Severity;

    /// Writes headline, sentence and what is peculiar to this verdict into an incident whose counts are filled.
    fn tell(&self, group: &Group<'_>, incident: &mut Incident);
}

/// Gives every session its verdict and outcome, and groups them into incidents, most important first.
pub fn decide(data: &mut Dataset) {
    let mut scene = Scene::of(data);
    detect::mark(data, &mut scene);
    let rulings: Vec<Ruling> = (0..data.sessions.len()).map(|idx| rule(&scene.case(data, idx))).collect();
    for (session, ruling) in data.sessions.iter_mut().zip(rulings) {
        session.verdict = ruling.verdict;
        session.also = ruling.also;
        session.outcome = ruling.outcome;
    }
    incidents::build(data, &scene);
}

struct Ruling {
    verdict: Verdict,
    outcome: Outcome,
    also: u32,
}

fn rule(case: &Case<'_>) -> Ruling {
    let mut holding = RULES.iter().filter(|rule| rule.holds(case));
    let Some(first) = holding.next() else {
        return Ruling { verdict: Verdict::NotEnough, outcome: Outcome::Unknown, also: 0 };
    };
    // "Not enough" holds for everything and says nothing beside another verdict.
    let also = holding.map(|rule| rule.verdict()).filter(|other| *other != Verdict::NotEnough).map(bit).sum();
    Ruling { verdict: first.verdict(), outcome: first.outcome(case), also }
}

/// The rule of a verdict.
pub fn rule_of(verdict: Verdict) -> &'static dyn Rule {
    RULES.iter().copied().find(|rule| rule.verdict() == verdict).unwrap_or(&not_enough::NotEnough)
}
