//! Groups: which keys are one conversation, because several devices logged it or because it was translated.

use super::key::Key;
use super::partial::Partial;
use crate::engine::model::order::Order;
use crate::engine::model::{Micros, stamp::SECOND};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Two accounts of a translated conversation may differ by this much.
const SLACK: Micros = 2 * SECOND;

/// Groups of keys. With one device and no translation each key is its own group and nothing is stored.
pub struct Groups {
    pub n: usize,
    group_of: Option<Vec<u32>>,
    /// For groups of several keys: the key whose addresses the session shows.
    primary: HashMap<u32, u32, FixedState>,
}

impl Groups {
    pub fn of(&self, key: u32) -> usize {
        self.group_of
            .as_ref()
            .map_or(key, |groups| groups[key as usize]) as usize
    }

    pub fn primary_key(&self, group: usize, any_key: u32) -> u32 {
        self.primary
            .get(&(group as u32))
            .copied()
            .unwrap_or(any_key)
    }
}

/// Unites keys of one tuple across devices, and tuples that are translations of each other.
/// Beats of united translated tuples are turned to the orientation of the primary key.
pub fn groups(part: &Partial) -> Groups {
    let mut hasher_seed = FixedState::with_seed(0);
    let several_views = part
        .keys
        .first()
        .is_some_and(|first| part.keys.iter().any(|key| key.view != first.view));
    let has_translation = part
        .extras
        .iter()
        .any(|extra| extra.nat_src.is_some() || extra.nat_dst.is_some());
    if !several_views && !has_translation {
        return Groups {
            n: part.keys.len(),
            group_of: None,
            primary: HashMap::with_hasher(hasher_seed),
        };
    }
    let mut leader: Vec<u32> = (0..part.keys.len() as u32).collect();
    let mut by_tuple: HashMap<Key, u32, FixedState> =
        HashMap::with_capacity_and_hasher(part.keys.len(), hasher_seed.clone());
    for (index, key) in part.keys.iter().enumerate() {
        let first = *by_tuple.entry(key.without_view()).or_insert(index as u32);
        unite(&mut leader, first, index as u32);
    }
    if has_translation {
        unite_translated(part, &by_tuple, &mut leader);
    }
    let mut number = vec![u32::MAX; part.keys.len()];
    let mut n = 0;
    let mut group_of = Vec::with_capacity(part.keys.len());
    hasher_seed = FixedState::with_seed(1);
    let mut primary: HashMap<u32, u32, FixedState> = HashMap::with_hasher(hasher_seed);
    for index in 0..part.keys.len() as u32 {
        let root = find(&mut leader, index);
        if number[root as usize] == u32::MAX {
            number[root as usize] = n;
            n += 1;
        }
        let group = number[root as usize];
        group_of.push(group);
        // The smallest key names the group, so the choice does not depend on the order of reading.
        let best = primary.entry(group).or_insert(index);
        if part.keys[index as usize] < part.keys[*best as usize] {
            *best = index;
        }
    }
    Groups {
        n: n as usize,
        group_of: Some(group_of),
        primary,
    }
}

/// A translated tuple joins the original one if both were logged, at overlapping times, and only one original
/// claims it. Only pairs that keep their orientation are joined, so that each beat still tells its sender.
fn unite_translated(part: &Partial, by_tuple: &HashMap<Key, u32, FixedState>, leader: &mut [u32]) {
    let mut life: Vec<(Micros, Micros)> = vec![(Micros::MAX, Micros::MIN); part.keys.len()];
    for beat in &part.beats {
        let span = &mut life[beat.key as usize];
        let begins = super::generations::begin_of(beat, &part.meters);
        *span = (span.0.min(begins), span.1.max(beat.ts));
    }
    // (translated key, original key), each pair once
    let mut claims: Vec<(u32, u32)> = Vec::new();
    for beat in part.beats.iter().filter(|beat| beat.extra > 0) {
        let extra = &part.extras[beat.extra as usize - 1];
        if extra.nat_src.is_none() && extra.nat_dst.is_none() {
            continue;
        }
        let original = part.keys[beat.key as usize];
        let (a, b) = (original.a_endpoint(), original.b_endpoint());
        let (src, dst) = if beat.is_flipped() { (b, a) } else { (a, b) };
        let (translated, flipped) = Key::of(
            0,
            original.proto,
            extra.nat_src.unwrap_or(src),
            extra.nat_dst.unwrap_or(dst),
        );
        if flipped != beat.is_flipped() {
            continue;
        }
        if let Some(&other) = by_tuple.get(&translated)
            && other != beat.key
        {
            claims.push((other, beat.key));
        }
    }
    claims.order();
    claims.dedup();
    for claimed in claims.chunk_by(|left, right| left.0 == right.0) {
        let &[(translated, original)] = claimed else {
            continue;
        };
        let (left, right) = (life[translated as usize], life[original as usize]);
        let overlaps =
            left.0.saturating_sub(SLACK) <= right.1 && right.0.saturating_sub(SLACK) <= left.1;
        if overlaps {
            unite(leader, translated, original);
        }
    }
}

fn find(leader: &mut [u32], mut index: u32) -> u32 {
    while leader[index as usize] != index {
        leader[index as usize] = leader[leader[index as usize] as usize];
        index = leader[index as usize];
    }
    index
}

fn unite(leader: &mut [u32], left: u32, right: u32) {
    let (left, right) = (find(leader, left), find(leader, right));
    let (low, high) = (left.min(right), left.max(right));
    leader[high as usize] = low;
}
