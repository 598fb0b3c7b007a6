//! Joining: a merged `Partial` becomes sessions (domain §4). Whole, pure, once per reading or change of time zone.
//!
//! Lines settle, the zone is applied, clocks of several devices are compared, tuples of several devices and
//! translated tuples are united, generations are cut, and each session's facts are read off its events.

use super::beat::{Beat, NO_COUNT, NO_TIME};
use super::generations::{begin_of, split};
use super::partial::Cell;
use super::partial::Partial;
use super::skew::Shifts;
use super::{facts, nat, skew};
use crate::engine::dataset::{Dataset, Hits, Rest, SourceInfo};
use crate::engine::model::hosts::Hosts;
use crate::engine::model::name::IdMap;
use crate::engine::model::order::Order;
use crate::engine::model::{Micros, NameId, Place, StampQuality, Tally, stamp};
use crate::engine::settings::Settings;
use foldhash::fast::FixedState;
use std::collections::{BTreeMap, BTreeSet};

/// Sessions, not yet judged.
pub fn join(mut part: Partial, settings: &Settings, mut sources: Vec<SourceInfo>) -> Dataset {
    part.compact();
    part.settle_lines();
    for (source, tally) in &part.tallies {
        if let Some(info) = sources.get_mut(usize::from(*source)) {
            info.n_lines = tally.lines;
            info.bytes = info.bytes.max(tally.bytes);
        }
    }
    let mut data = Dataset {
        settings: settings.clone(),
        sources,
        ..Dataset::default()
    };
    apply_zone(&mut part, settings);
    let shifts = skew::correct(&mut part);
    data.limits.extend(shifts.notes.iter().cloned());
    let groups = nat::groups(&part);
    let (beats, starts) = ordered(&mut part, &groups);
    data.tally = part
        .tallies
        .values()
        .fold(Tally::default(), |mut sum, tally| {
            sum += *tally;
            sum
        });
    data.format_lines = part
        .format_lines
        .iter()
        .map(|(format, n)| (part.names.or_empty(*format).to_string(), *n))
        .collect();
    data.hits = hits(&beats, &part);
    data.unread = std::mem::take(&mut part.unread);
    data.unread.order_by_key(|unread| unread.place);
    data.unknown = std::mem::take(&mut part.unknown);
    data.guessed = std::mem::take(&mut part.guessed);
    data.controls = std::mem::take(&mut part.controls);
    data.controls.order_by_key(|mark| (mark.ts, mark.place));
    data.names = part.names;
    data.circumstances = part.settings;
    data.views = part.views;
    data.keys = part.keys;
    data.meters = part.meters;
    data.extras = part.extras;
    data.beats = beats;
    let moved = moved_cells(&data, &part.rests, settings, &shifts);
    cut_sessions(&mut data, &groups, &starts, &moved, part.hasher);
    data.kept = Kept {
        rests: part.rests,
        rest_hits: part.rest_hits,
        tallies: part.tallies,
        format_lines: part.format_lines,
        descending: part.descending,
        shifts,
    };
    data.span = span(&data);
    data
}

/// What a later change of the time zone needs besides the dataset itself.
#[derive(Default)]
pub struct Kept {
    rests: BTreeMap<Cell, Rest>,
    rest_hits: BTreeMap<u64, Hits>,
    tallies: BTreeMap<u16, Tally>,
    format_lines: BTreeMap<NameId, u64>,
    descending: BTreeSet<u16>,
    shifts: Shifts,
}

impl Dataset {
    /// Joins again under another time zone, from the events as they were read.
    pub fn rezone(&mut self, settings: &Settings) {
        let old = std::mem::take(self);
        let zone = old.settings.zone.clone();
        let mut part = Partial::new(0);
        part.names = old.names;
        part.settings = old.circumstances;
        part.views = old.views;
        part.keys = old.keys;
        part.beats = old.beats;
        part.meters = old.meters;
        part.extras = old.extras;
        part.controls = old.controls;
        part.unread = old.unread;
        part.unknown = old.unknown;
        part.guessed = old.guessed;
        part.rests = old.kept.rests;
        part.rest_hits = old.kept.rest_hits;
        part.tallies = old.kept.tallies;
        part.format_lines = old.kept.format_lines;
        part.descending = old.kept.descending;
        let back = old
            .kept
            .shifts
            .by_view
            .iter()
            .map(|(view, shift)| (*view, -shift))
            .collect();
        skew::apply(
            &mut part.beats,
            &mut part.meters,
            &mut part.controls,
            &part.keys,
            &back,
        );
        shift_zone(&mut part, &|utc| zone.to_local(utc));
        *self = join(part, settings, old.sources);
    }
}

fn apply_zone(part: &mut Partial, settings: &Settings) {
    let zone = &settings.zone;
    if zone.offset_s == 0 && zone.changes.is_empty() {
        return;
    }
    shift_zone(part, &|local| zone.to_utc(local));
}

/// Moves all times of clocks without a zone.
fn shift_zone(part: &mut Partial, moved: &dyn Fn(Micros) -> Micros) {
    let is_local = |view: u64| {
        part.views.get(&view).is_some_and(|view| {
            matches!(
                view.clock,
                StampQuality::AssumedZone | StampQuality::TimeOnly
            )
        })
    };
    let local: Vec<bool> = part.keys.iter().map(|key| is_local(key.view)).collect();
    let shift = |ts: Micros| if ts == NO_TIME { ts } else { moved(ts) };
    for mark in &mut part.controls {
        if is_local(mark.view) {
            mark.ts = shift(mark.ts);
        }
    }
    for beat in part
        .beats
        .iter_mut()
        .filter(|beat| local[beat.key as usize])
    {
        beat.ts = shift(beat.ts);
        if let Some(meter) = beat.meter.checked_sub(1) {
            let start = &mut part.meters[meter as usize].start;
            *start = shift(*start);
        }
    }
}

/// Beats by (group, time, place), and where each group starts. Groups keep the order in which they were first met,
/// which is nearly the order of time, so that the later sort of sessions finds long runs.
fn ordered(part: &mut Partial, groups: &nat::Groups) -> (Vec<Beat>, Vec<u32>) {
    let n_groups = groups.n;
    let mut starts = vec![0_u32; n_groups + 1];
    for beat in &part.beats {
        starts[groups.of(beat.key) + 1] += 1;
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let mut next = starts.clone();
    let mut source = std::mem::take(&mut part.beats);
    let in_order = source
        .windows(2)
        .all(|pair| groups.of(pair[0].key) <= groups.of(pair[1].key));
    let mut beats = if in_order {
        std::mem::take(&mut source)
    } else {
        let mut beats = vec![<Beat as bytemuck::Zeroable>::zeroed(); source.len()];
        for beat in &source {
            let slot = &mut next[groups.of(beat.key)];
            beats[*slot as usize] = *beat;
            *slot += 1;
        }
        beats
    };
    drop(source);
    for bounds in starts.windows(2) {
        let group = &mut beats[bounds[0] as usize..bounds[1] as usize];
        if group.len() > 1 {
            if part.descending.is_empty() {
                group.sort_unstable_by_key(|beat| (beat.ts, beat.place));
            } else {
                // Where the newest line comes first, the last line of a moment is its first.
                let turned = |place: Place| {
                    if part.descending.contains(&place.source()) {
                        place.upside_down()
                    } else {
                        place
                    }
                };
                group.sort_unstable_by_key(|beat| (beat.ts, turned(beat.place)));
            }
        }
    }
    (beats, starts)
}

fn hits(beats: &[Beat], part: &Partial) -> BTreeMap<u64, Hits> {
    let mut hits = part.rest_hits.clone();
    let mut run = Hits::default();
    let mut setting = 0;
    for beat in beats {
        if beat.setting != setting {
            if run != Hits::default() {
                *hits.entry(setting).or_default() += run;
            }
            run = Hits::default();
            setting = beat.setting;
        }
        run.count(beat);
    }
    if run != Hits::default() {
        *hits.entry(setting).or_default() += run;
    }
    hits
}

/// Sums with their minutes in UTC.
fn moved_cells(
    data: &Dataset,
    rests: &BTreeMap<Cell, Rest>,
    settings: &Settings,
    shifts: &Shifts,
) -> Vec<(Cell, Rest)> {
    rests
        .iter()
        .map(|(cell, rest)| {
            let view = data.keys[cell.key as usize].view;
            let is_local = data.views.get(&view).is_some_and(|view| {
                matches!(
                    view.clock,
                    StampQuality::AssumedZone | StampQuality::TimeOnly
                )
            });
            let start = cell.minute.saturating_mul(stamp::MINUTE);
            let start = if is_local {
                settings.zone.to_utc(start)
            } else {
                start
            };
            let start = start.saturating_sub(shifts.by_view.get(&view).copied().unwrap_or(0));
            (
                Cell {
                    minute: start.div_euclid(stamp::MINUTE),
                    ..*cell
                },
                *rest,
            )
        })
        .collect()
}

/// A conversation whose facts are not read yet.
#[derive(Clone, Copy)]
struct Cut {
    first: Micros,
    place: Place,
    key: u32,
    start: u32,
    n: u32,
    /// Before sorting.
    nth: u32,
}

fn cut_sessions(
    data: &mut Dataset,
    groups: &nat::Groups,
    starts: &[u32],
    rests: &[(Cell, Rest)],
    seed: FixedState,
) {
    let mut rest_of_group: BTreeMap<usize, Vec<(i64, Rest)>> = BTreeMap::new();
    for (cell, rest) in rests {
        rest_of_group
            .entry(groups.of(cell.key))
            .or_default()
            .push((cell.minute, *rest));
    }
    let mut cuts: Vec<Cut> = Vec::with_capacity(starts.len());
    // (index into `cuts` before sorting, sums)
    let mut rest_of_cut: Vec<(u32, Rest)> = Vec::new();
    for (group, bounds) in starts.windows(2).enumerate() {
        let (from, to) = (bounds[0] as usize, bounds[1] as usize);
        let beats = &data.beats[from..to];
        let Some(first_beat) = beats.first() else {
            continue;
        };
        let key = groups.primary_key(group, first_beat.key);
        let number = data.keys[key as usize].proto;
        let first_cut = cuts.len();
        split(number, beats, &data.meters, |start, end| {
            cuts.push(Cut {
                first: facts::first(&beats[start..end], &data.meters),
                place: beats[start].place,
                key,
                start: (from + start) as u32,
                n: (end - start) as u32,
                nth: cuts.len() as u32,
            });
        });
        if let Some(cells) = rest_of_group.get(&group) {
            for (minute, rest) in cells {
                // The middle of a minute belongs to the last conversation that began before the minute ended.
                let end = minute.saturating_add(1).saturating_mul(stamp::MINUTE);
                let owner = cuts[first_cut..]
                    .iter()
                    .rposition(|cut| cut.first < end)
                    .unwrap_or(0)
                    + first_cut;
                rest_of_cut.push((owner as u32, *rest));
            }
        }
    }
    let cuts = in_order_of_time(cuts);
    let mut numbers: IdMap<u32> = IdMap::default();
    let mut circumstance_ids = Vec::new();
    let mut last = (0, u32::MAX);
    let mut sessions = Vec::with_capacity(cuts.len());
    let mut hosts = Hosts::new(seed);
    for cut in &cuts {
        let mut session = facts::session(data, cut.key, cut.start as usize, cut.n as usize);
        let id = data.beats[cut.start as usize].setting;
        if last.0 != id || last.1 == u32::MAX {
            let number = *numbers.entry(id).or_insert_with(|| {
                circumstance_ids.push(id);
                circumstance_ids.len() as u32 - 1
            });
            last = (id, number);
        }
        session.circumstance = last.1;
        let (a, b) = session.ends(data);
        (session.a_host, session.b_host) = (hosts.number(0, a.host), hosts.number(1, b.host));
        sessions.push(session);
    }
    data.circumstance_ids = circumstance_ids;
    data.hosts = hosts.list;
    if !rest_of_cut.is_empty() {
        let mut rank = vec![0_u32; cuts.len()];
        for (new, cut) in cuts.iter().enumerate() {
            rank[cut.nth as usize] = new as u32;
        }
        for (owner, rest) in rest_of_cut {
            let at = rank[owner as usize];
            facts::add_rest(&mut sessions[at as usize], &rest);
            *data.rests.entry(at).or_default() += rest;
        }
    }
    data.sessions = sessions;
}

/// Sorted by time, then place. A log is nearly in order already: each is put into its slice of time, and only the
/// slices are sorted.
fn in_order_of_time(cuts: Vec<Cut>) -> Vec<Cut> {
    let key = |cut: &Cut| (cut.first, cut.place);
    if cuts.is_sorted_by_key(key) {
        return cuts;
    }
    let times = || cuts.iter().map(|cut| cut.first).filter(|ts| *ts != NO_TIME);
    let (first, last) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
    let mut shift = 0;
    while (last.saturating_sub(first) >> shift) as usize > cuts.len() {
        shift += 1;
    }
    let slice_of = |cut: &Cut| match cut.first {
        NO_TIME => 0,
        ts => 1 + (ts.saturating_sub(first) >> shift) as usize,
    };
    let mut ends = vec![0_u32; cuts.len() + 3];
    for cut in &cuts {
        ends[slice_of(cut) + 1] += 1;
    }
    for slice in 1..ends.len() {
        ends[slice] += ends[slice - 1];
    }
    let mut next = ends.clone();
    let mut sorted = cuts.clone();
    for cut in &cuts {
        let slot = &mut next[slice_of(cut)];
        sorted[*slot as usize] = *cut;
        *slot += 1;
    }
    for bounds in ends.windows(2) {
        let slice = &mut sorted[bounds[0] as usize..bounds[1] as usize];
        if slice.len() > 1 {
            slice.sort_unstable_by_key(key);
        }
    }
    sorted
}

fn span(data: &Dataset) -> Option<(Micros, Micros)> {
    let mut span: Option<(Micros, Micros)> = None;
    for session in data.sessions.iter().filter(|session| session.has_time()) {
        let (first, last) = span.unwrap_or((session.first, session.last));
        span = Some((first.min(session.first), last.max(session.last)));
    }
    span
}

/// When a beat began; see `generations::begin_of`.
pub fn begins(data: &Dataset, beat: &Beat) -> Micros {
    begin_of(beat, &data.meters)
}

/// Repeats of a beat, at least 1.
pub fn repeat(data: &Dataset, beat: &Beat) -> u64 {
    beat.meter
        .checked_sub(1)
        .and_then(|meter| data.meters.get(meter as usize))
        .map_or(1, |meter| u64::from(meter.repeat.max(1)))
}

/// Adds a counter that may be unknown to a sum that may be unknown.
pub fn add_known(sum: u64, count: u64) -> u64 {
    match (sum, count) {
        (sum, NO_COUNT) => sum,
        (NO_COUNT, count) => count,
        (sum, count) => sum.saturating_add(count).min(NO_COUNT - 1),
    }
}
