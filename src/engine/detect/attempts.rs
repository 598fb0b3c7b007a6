//! Failed first contacts, by the one who tried: what scan detectors look at.
//!
//! A million visitors with one attempt each are the usual case, so counting comes first: a table of counters shared by
//! hash never counts too low, and only who may reach a detector's count is listed.

use crate::engine::dataset::{Dataset, Facts};
use crate::engine::judge::Role;
use crate::engine::model::{Host, Micros, proto};
use crate::engine::verdict::scene::{Marks, Scene};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::BuildHasher;

/// 2^20 counters: a million different initiators share one with few others.
const COUNTER_BITS: u32 = 20;

/// One attempt that failed.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub session: u32,
    pub at: Micros,
    pub target: Host,
    pub port: u16,
}

/// The attempts of one initiator, in order of time.
#[derive(Debug)]
pub struct Tries {
    pub is_ours: bool,
    pub attempts: Vec<Attempt>,
}

/// Initiators with at least `least` failed attempts, in order of their first.
pub fn by_initiator(data: &Dataset, scene: &Scene, least: u32) -> Vec<Tries> {
    let hasher = FixedState::with_seed(11);
    let slot = |host: Host| (hasher.hash_one(host) >> (64 - COUNTER_BITS)) as usize;
    let mut counters = vec![0_u32; 1 << COUNTER_BITS];
    let failed: Vec<u32> = (0..scene.briefs.len())
        .filter(|idx| is_failed(scene, *idx))
        .map(|idx| idx as u32)
        .collect();
    if failed.len() < least as usize {
        return Vec::new();
    }
    for idx in &failed {
        counters[slot(scene.briefs[*idx as usize].initiator)] += 1;
    }
    let mut places: HashMap<Host, usize, FixedState> = HashMap::default();
    let mut all: Vec<Tries> = Vec::new();
    for idx in failed {
        let brief = &scene.briefs[idx as usize];
        if counters[slot(brief.initiator)] < least {
            continue;
        }
        let place = *places.entry(brief.initiator).or_insert_with(|| {
            let is_ours = data.roles.of(brief.initiator) == Role::Ours;
            all.push(Tries {
                is_ours,
                attempts: Vec::new(),
            });
            all.len() - 1
        });
        all[place].attempts.push(Attempt {
            session: idx,
            at: data.sessions[idx as usize].first,
            target: brief.responder,
            port: brief.responder_port,
        });
    }
    all.retain(|tries| tries.attempts.len() >= least as usize);
    all
}

/// The initiator tried and got nothing: denied before a conversation existed, or allowed and never answered. Leftovers
/// of conversations and backscatter are no attempts (domain §8).
fn is_failed(scene: &Scene, idx: usize) -> bool {
    let brief = &scene.briefs[idx];
    if !brief.is_known()
        || brief.is_blurred()
        || !matches!(brief.proto, proto::TCP | proto::UDP | proto::SCTP)
        || scene.marks[idx].has(Marks::BACKSCATTER)
        || scene.marks[idx].has(Marks::TRACE)
    {
        return false;
    }
    let facts = brief.facts;
    if facts.has(Facts::DENIED) {
        return facts.has(Facts::DENIED_A)
            && (facts.has(Facts::SYN_A)
                || !facts.any(Facts::MID_A | Facts::LOST | Facts::AFTER_END));
    }
    facts.has(Facts::ALLOWED | Facts::UNANSWERED) && !facts.has(Facts::ANSWERED)
}

/// True when some window of `width` holds at least `least` distinct values. `items` are in order of time; items
/// without a time count as one moment.
pub fn reaches<T: Copy + Eq + std::hash::Hash>(
    items: &[(Micros, T)],
    width: Micros,
    least: usize,
) -> bool {
    if items.len() < least {
        return false;
    }
    let mut inside: HashMap<T, u32, FixedState> = HashMap::default();
    let mut from = 0;
    for (at, value) in items {
        *inside.entry(*value).or_default() += 1;
        while items[from].0.saturating_add(width) < *at {
            if let Some(count) = inside.get_mut(&items[from].1) {
                *count -= 1;
                if *count == 0 {
                    inside.remove(&items[from].1);
                }
            }
            from += 1;
        }
        if inside.len() >= least {
            return true;
        }
    }
    false
}

/// Hands on the attempts of each value of `key` that has at least `least`, in order of time, values ascending.
pub fn each<K: Ord + Copy>(
    attempts: &[Attempt],
    least: usize,
    key: impl Fn(&Attempt) -> K,
    mut take: impl FnMut(&[Attempt]),
) {
    let Some(first) = attempts.first() else {
        return;
    };
    if attempts.iter().all(|attempt| key(attempt) == key(first)) {
        take(attempts);
        return;
    }
    let mut sorted = attempts.to_vec();
    // Sessions are numbered in order of time.
    sorted.sort_unstable_by_key(|attempt| (key(attempt), attempt.session));
    for chunk in sorted
        .chunk_by(|left, right| key(left) == key(right))
        .filter(|chunk| chunk.len() >= least)
    {
        take(chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_counts_each_value_once_and_forgets() {
        let items: Vec<(Micros, u8)> = (0..10).map(|n| (Micros::from(n) * 10, n)).collect();
        assert!(reaches(&items, 90, 10));
        assert!(!reaches(&items, 80, 10));
        assert!(!reaches(&[(0, 1), (1, 1), (2, 1)], 100, 2));
    }
}
