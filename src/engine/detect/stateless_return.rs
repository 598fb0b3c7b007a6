//! Sees     A service nearly all of whose connections have the way out allowed and the way back denied at once.
//! Matters  A rule that looks at each packet alone blocks its replies, on a device that we do not know to be stateless.
//! Misses   Services with few connections in the log.

use super::{Detector, Finding, Watch};
use crate::engine::dataset::Facts;
use crate::engine::model::{Host, Micros, stamp};
use crate::engine::session::beat::NO_TIME;
use crate::engine::verdict::scene::Marks;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Share of a service's connections, and how many there must be for a share to mean anything.
const SHARE_PERCENT: usize = 90;
const MIN_SESSIONS: usize = 10;
/// A reply that is blocked later than this was late, not forbidden.
const AT_ONCE_US: Micros = 10 * stamp::SECOND;

pub struct StatelessReturn;

impl Detector for StatelessReturn {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        let Watch { data, scene, .. } = watch;
        let mut services: HashMap<(Host, u16), (usize, Vec<u32>), FixedState> = HashMap::default();
        for (idx, brief) in scene.briefs.iter().enumerate() {
            if !is_opposite(brief.facts) {
                continue;
            }
            let session = &data.sessions[idx];
            if session.last.saturating_sub(session.first) <= AT_ONCE_US && session.first != NO_TIME
            {
                let service = services
                    .entry((brief.responder, brief.responder_port))
                    .or_default();
                service.1.push(idx as u32);
            }
        }
        services.retain(|_, (_, blocked)| blocked.len() >= MIN_SESSIONS);
        if services.is_empty() {
            return;
        }
        for brief in &scene.briefs {
            if brief.facts.has(Facts::ALLOWED)
                && let Some(service) = services.get_mut(&(brief.responder, brief.responder_port))
            {
                service.0 += 1;
            }
        }
        let mut sessions: Vec<u32> = services
            .into_values()
            .filter(|(n_allowed, blocked)| blocked.len() * 100 >= n_allowed * SHARE_PERCENT)
            .flat_map(|(_, blocked)| blocked)
            .collect();
        sessions.sort_unstable();
        findings.push(Finding {
            mark: Marks::RETURN_BLOCKED,
            sessions,
        });
    }
}

fn is_opposite(facts: Facts) -> bool {
    facts.has(Facts::ALLOWED_A | Facts::DENIED_B)
        && !facts.any(Facts::LOST | Facts::AFTER_END | Facts::DENIED_A | Facts::ALLOWED_B)
}
