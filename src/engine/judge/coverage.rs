//! What the log covers (domain §4.8): a statement of absence is allowed only where the log would have shown presence.

use crate::engine::dataset::{Dataset, Facts};
use crate::engine::model::{Host, NameId};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Coverage {
    /// Only denies: nothing allowed is in this log.
    pub deny_only: bool,
    /// Events by device: (allowed, denied).
    pub devices: BTreeMap<NameId, (u64, u64)>,
    /// The log has lines that say that lines are missing.
    pub has_gaps: bool,
}

impl Coverage {
    /// The device logs allowed traffic too, so "no request was seen" means something.
    pub fn shows_allowed(&self, device: NameId) -> bool {
        self.devices
            .get(&device)
            .is_some_and(|(allowed, _)| *allowed > 0)
    }
}

pub fn coverage(data: &Dataset) -> Coverage {
    let mut coverage = Coverage::default();
    for (id, hits) in &data.hits {
        let Some(setting) = data.circumstances.get(id) else {
            continue;
        };
        let counts = coverage.devices.entry(setting.device).or_default();
        counts.0 += hits.allowed;
        counts.1 += hits.denied;
    }
    let allowed: u64 = coverage.devices.values().map(|(allowed, _)| allowed).sum();
    coverage.deny_only = allowed == 0;
    coverage.has_gaps = data
        .controls
        .iter()
        .any(|mark| mark.control == crate::engine::model::event::Control::LinesMissing);
    coverage
}

/// Sessions with at least one allowed event whose end is `host`: whether we ever contacted it.
pub fn was_contacted(data: &Dataset, host: Host) -> bool {
    data.sessions.iter().any(|session| {
        let (a, b) = session.ends(data);
        session.facts.has(Facts::ALLOWED) && (a.host == host || b.host == host)
    })
}
