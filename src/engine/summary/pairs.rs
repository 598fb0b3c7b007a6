//! Who talks to whom.

use super::Split;
use super::index::Index;
use crate::engine::model::order::Order;
use crate::engine::model::proto;
use serde::{Deserialize, Serialize};

/// Most sessions first, then by addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairs {
    pub rows: Vec<PairRow>,
    pub n_pairs: u64,
    /// Sessions of the pairs that have no row.
    pub n_rest_sessions: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairRow {
    /// The one who asked; where nobody can tell, the sender of the first event.
    pub left: String,
    pub right: String,
    pub split: Split,
    pub n_undecided: u64,
    /// At most three, the most frequent first: `443/tcp`.
    pub services: Vec<String>,
    pub bytes_i: u64,
    pub bytes_r: u64,
}

impl PairRow {
    pub(super) fn name_services(&mut self, mut services: Vec<(u32, u64)>, index: &Index) {
        services.order_by_key(|(id, n)| (std::cmp::Reverse(*n), index.services[*id as usize]));
        self.services = services
            .into_iter()
            .take(3)
            .map(|(id, _)| text(index, id))
            .collect();
    }
}

fn text(index: &Index, id: u32) -> String {
    let service = index.services[id as usize];
    let protocol = proto::name(service.proto);
    service
        .port
        .map_or_else(|| protocol.clone(), |port| format!("{port}/{protocol}"))
}

impl Pairs {
    pub fn total(&self) -> u64 {
        self.rows.iter().map(|row| row.split.total()).sum::<u64>() + self.n_rest_sessions
    }
}
