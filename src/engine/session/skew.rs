//! Clocks of several devices: how far apart they are, by the conversations that both logged (domain §4.6).

use super::beat::{Beat, NO_TIME};
use super::key::Key;
use super::partial::Partial;
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

/// Shifts the clocks of later views to the first one's and says what it did.
pub fn correct(part: &mut Partial) -> Vec<String> {
    let mut views: Vec<u64> = part.keys.iter().map(|key| key.view).collect();
    views.sort_unstable();
    views.dedup();
    if views.len() < 2 {
        return Vec::new();
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
    let Some(leader) = n_openings.iter().max_by_key(|(view, n)| (**n, zoned(part, **view), std::cmp::Reverse(**view))).map(|(view, _)| *view)
    else {
        return notes;
    };
    for view in views.into_iter().filter(|view| *view != leader) {
        let mut gaps: Vec<Micros> = openings
            .values()
            .filter_map(|per_view| Some(per_view.get(&view)?.saturating_sub(*per_view.get(&leader)?)))
            .collect();
        if gaps.len() < MIN_PAIRS {
            continue;
        }
        gaps.sort_unstable();
        let (low, middle, high) = (gaps[gaps.len() / 4], gaps[gaps.len() / 2], gaps[gaps.len() * 3 / 4]);
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
    apply(part, &shifts);
    notes
}

/// First opening of each tuple, by view.
fn openings(part: &Partial) -> BTreeMap<Key, BTreeMap<u64, Micros>> {
    let mut openings: BTreeMap<Key, BTreeMap<u64, Micros>> = BTreeMap::new();
    for beat in part.beats.iter().filter(|beat| is_opening(beat)) {
        let key = &part.keys[beat.key as usize];
        let first = openings.entry(key.without_view()).or_default().entry(key.view).or_insert(beat.ts);
        *first = (*first).min(beat.ts);
    }
    openings.retain(|_, per_view| per_view.len() > 1);
    openings
}

fn is_opening(beat: &Beat) -> bool {
    beat.ts != NO_TIME
        && (beat.kind() == Kind::SessionStart || (beat.packet_flags().is_some_and(Flags::opens)))
}

fn zoned(part: &Partial, view: u64) -> bool {
    part.views.get(&view).is_some_and(|view| view.clock == crate::engine::model::StampQuality::Zoned)
}

fn device(part: &Partial, view: u64) -> String {
    part.views
        .get(&view)
        .and_then(|view| part.names.text(view.device))
        .map_or_else(|| "a device without a name".to_string(), str::to_string)
}

fn apply(part: &mut Partial, shifts: &BTreeMap<u64, Micros>) {
    if shifts.is_empty() {
        return;
    }
    for beat in &mut part.beats {
        let Some(shift) = shifts.get(&part.keys[beat.key as usize].view) else { continue };
        if beat.ts != NO_TIME {
            beat.ts = beat.ts.saturating_sub(*shift);
        }
        if let Some(meter) = beat.meter.checked_sub(1) {
            let start = &mut part.meters[meter as usize].start;
            if *start != NO_TIME {
                *start = start.saturating_sub(*shift);
            }
        }
    }
    for mark in &mut part.controls {
        if let Some(shift) = shifts.get(&mark.view)
            && mark.ts != NO_TIME
        {
            mark.ts = mark.ts.saturating_sub(*shift);
        }
    }
}
