//! Clocks of several devices: how far apart they are, by the conversations that both logged (domain §4.6).

use super::beat::{Beat, Meter, NO_TIME};
use super::key::Key;
use super::partial::Partial;
use crate::engine::dataset::ControlMark;
use crate::engine::model::order::Order;
use crate::engine::model::{Flags, Kind, Micros, stamp::SECOND};
use std::collections::BTreeMap;

/// Openings that both devices must have logged.
const MIN_PAIRS: usize = 5;
/// The middle half of the differences must lie this close.
const MAX_SPREAD: Micros = 2 * SECOND;
/// Time zones differ by multiples of a quarter of an hour.
const ZONE_STEP: Micros = 900 * SECOND;
const ZONE_SLACK: Micros = 2 * SECOND;
/// Larger differences that are no zone are shown, not applied.
const MAX_SKEW: Micros = 300 * SECOND;

/// What was done to the clocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shifts {
    /// Microseconds taken off, by view.
    pub by_view: BTreeMap<u64, Micros>,
    /// For a person.
    pub notes: Vec<String>,
}

/// Shifts the clocks of later views to the first one's and says what it did.
pub fn correct(part: &mut Partial) -> Shifts {
    let mut views: Vec<u64> = Vec::new();
    for key in &part.keys {
        if views.last() != Some(&key.view) && !views.contains(&key.view) {
            views.push(key.view);
        }
    }
    views.order();
    if views.len() < 2 {
        return Shifts::default();
    }
    let openings = openings(part);
    // The view with the most openings leads; equal counts: the smaller id. The same for any order of files.
    let mut n_openings: BTreeMap<u64, usize> = BTreeMap::new();
    for per_view in openings.values() {
        for view in per_view.keys() {
            *n_openings.entry(*view).or_default() += 1;
        }
    }
    let mut shifts: BTreeMap<u64, Micros> = BTreeMap::new();
    let mut notes = Vec::new();
    let Some(leader) = n_openings
        .iter()
        .max_by_key(|(view, n)| (**n, zoned(part, **view), std::cmp::Reverse(**view)))
        .map(|(view, _)| *view)
    else {
        return Shifts::default();
    };
    for view in views.into_iter().filter(|view| *view != leader) {
        let mut gaps: Vec<Micros> = openings
            .values()
            .filter_map(|per_view| {
                Some(per_view.get(&view)?.saturating_sub(*per_view.get(&leader)?))
            })
            .collect();
        if gaps.len() < MIN_PAIRS {
            continue;
        }
        gaps.order();
        let (low, middle, high) = (
            gaps[gaps.len() / 4],
            gaps[gaps.len() / 2],
            gaps[gaps.len() * 3 / 4],
        );
        if high - low > MAX_SPREAD || middle == 0 {
            continue;
        }
        let names = (device(part, view), device(part, leader));
        let seconds = middle as f64 / SECOND as f64;
        let zones = (middle + middle.signum() * ZONE_STEP / 2) / ZONE_STEP;
        if zones != 0 && (middle - zones * ZONE_STEP).abs() <= ZONE_SLACK {
            shifts.insert(view, middle);
            notes.push(format!(
                "The clock of {} differs from that of {} by {} minutes, as another time zone would; its times were shifted.",
                names.0,
                names.1,
                zones * 15
            ));
        } else if middle.abs() <= MAX_SKEW {
            shifts.insert(view, middle);
            if middle.abs() > SECOND {
                notes.push(format!(
                    "The clock of {} is {seconds:.1} s off that of {}; its times were shifted.",
                    names.0, names.1
                ));
            }
        } else {
            notes.push(format!(
                "The clocks of {} and {} differ by {seconds:.0} s, which is no time zone; nothing was shifted.",
                names.0, names.1
            ));
        }
    }
    apply(
        &mut part.beats,
        &mut part.meters,
        &mut part.controls,
        &part.keys,
        &shifts,
    );
    Shifts {
        by_view: shifts,
        notes,
    }
}

/// First opening of each tuple, by view.
fn openings(part: &Partial) -> BTreeMap<Key, BTreeMap<u64, Micros>> {
    let shared = shared(&part.keys);
    let mut openings: BTreeMap<Key, BTreeMap<u64, Micros>> = BTreeMap::new();
    for beat in part
        .beats
        .iter()
        .filter(|beat| shared[beat.key as usize] && is_opening(beat))
    {
        let key = &part.keys[beat.key as usize];
        let first = openings
            .entry(key.without_view())
            .or_default()
            .entry(key.view)
            .or_insert(beat.ts);
        *first = (*first).min(beat.ts);
    }
    openings.retain(|_, per_view| per_view.len() > 1);
    openings
}

/// Which keys are tuples that several views logged; the others cannot tell clocks apart.
fn shared(keys: &[Key]) -> Vec<bool> {
    let mut order: Vec<u32> = (0..keys.len() as u32).collect();
    order.order_by_key(|index| keys[*index as usize].without_view());
    let mut shared = vec![false; keys.len()];
    for same in order.chunk_by(|left, right| {
        keys[*left as usize].without_view() == keys[*right as usize].without_view()
    }) {
        if same.len() > 1 {
            for index in same {
                shared[*index as usize] = true;
            }
        }
    }
    shared
}

fn is_opening(beat: &Beat) -> bool {
    beat.ts != NO_TIME
        && (beat.kind() == Kind::SessionStart || (beat.packet_flags().is_some_and(Flags::opens)))
}

fn zoned(part: &Partial, view: u64) -> bool {
    part.views
        .get(&view)
        .is_some_and(|view| view.clock == crate::engine::model::StampQuality::Zoned)
}

fn device(part: &Partial, view: u64) -> String {
    part.views
        .get(&view)
        .and_then(|view| part.names.text(view.device))
        .map_or_else(|| "a device without a name".to_string(), str::to_string)
}

/// Takes the shifts off all times.
pub fn apply(
    beats: &mut [Beat],
    meters: &mut [Meter],
    controls: &mut [ControlMark],
    keys: &[Key],
    shifts: &BTreeMap<u64, Micros>,
) {
    if shifts.is_empty() {
        return;
    }
    let earlier = |ts: Micros, shift: Micros| {
        if ts == NO_TIME {
            ts
        } else {
            ts.saturating_sub(shift)
        }
    };
    for beat in beats {
        let Some(shift) = shifts.get(&keys[beat.key as usize].view) else {
            continue;
        };
        beat.ts = earlier(beat.ts, *shift);
        if let Some(meter) = beat.meter.checked_sub(1) {
            let start = &mut meters[meter as usize].start;
            *start = earlier(*start, *shift);
        }
    }
    for mark in controls {
        if let Some(shift) = shifts.get(&mark.view) {
            mark.ts = earlier(mark.ts, *shift);
        }
    }
}
