//! Joining: a merged `Partial` becomes sessions (domain §4). Whole, pure, once per reading or change of time zone.
//!
//! Lines settle, the zone is applied, clocks of several devices are compared, tuples of several devices and
//! translated tuples are united, generations are cut, and each session's facts are read off its events.

use super::beat::{Beat, NO_COUNT, NO_TIME};
use super::generations::{begin_of, split};
use super::partial::Partial;
use super::{facts, nat, skew};
use crate::engine::dataset::{Dataset, Rest, Session, SourceInfo};
use crate::engine::model::{Host, Micros, StampQuality, Tally, stamp};
use crate::engine::settings::Settings;
use std::collections::BTreeMap;

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
    let mut data = Dataset { settings: settings.clone(), sources, ..Dataset::default() };
    apply_zone(&mut part, settings);
    data.limits.extend(skew::correct(&mut part));
    let groups = nat::groups(&part);
    let (beats, starts) = ordered(&mut part, &groups);
    data.tally = part.tallies.values().fold(Tally::default(), |mut sum, tally| {
        sum += *tally;
        sum
    });
    data.format_lines =
        part.format_lines.iter().map(|(format, n)| (part.names.or_empty(*format).to_string(), *n)).collect();
    data.hits = hits(&beats, &part);
    data.unread = std::mem::take(&mut part.unread);
    data.unread.sort_unstable_by_key(|unread| unread.place);
    data.controls = std::mem::take(&mut part.controls);
    data.controls.sort_unstable_by_key(|mark| (mark.ts, mark.place));
    data.names = part.names;
    data.circumstances = part.settings;
    data.views = part.views;
    data.keys = part.keys;
    data.meters = part.meters;
    data.extras = part.extras;
    data.beats = beats;
    cut_sessions(&mut data, &groups, &starts, &part.rests);
    data.span = span(&data);
    data
}

/// Undoes the zone of an earlier joining, so that another can be applied without reading again.
pub fn unzone(beats: &mut [Beat], ambiguous: &dyn Fn(&Beat) -> bool, zone: &crate::engine::settings::Zone) {
    for beat in beats.iter_mut().filter(|beat| beat.ts != NO_TIME) {
        if ambiguous(beat) {
            beat.ts = zone.to_local(beat.ts);
        }
    }
}

fn apply_zone(part: &mut Partial, settings: &Settings) {
    if settings.zone.offset_s == 0 && settings.zone.changes.is_empty() {
        return;
    }
    let zone = &settings.zone;
    let local: Vec<bool> = part
        .keys
        .iter()
        .map(|key| part.views.get(&key.view).is_some_and(|view| view.clock != StampQuality::Zoned && view.clock != StampQuality::Uptime))
        .collect();
    let to_utc = |ts: Micros| if ts == NO_TIME { ts } else { zone.to_utc(ts) };
    let mut shift_meter = vec![false; part.meters.len()];
    for beat in &mut part.beats {
        if local[beat.key as usize] {
            beat.ts = to_utc(beat.ts);
            if let Some(meter) = beat.meter.checked_sub(1) {
                shift_meter[meter as usize] = true;
            }
        }
    }
    for (meter, shift) in part.meters.iter_mut().zip(shift_meter) {
        if shift {
            meter.start = to_utc(meter.start);
        }
    }
    for mark in &mut part.controls {
        if part.views.get(&mark.view).is_some_and(|view| view.clock != StampQuality::Zoned && view.clock != StampQuality::Uptime) {
            mark.ts = to_utc(mark.ts);
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
    let in_order = source.windows(2).all(|pair| groups.of(pair[0].key) <= groups.of(pair[1].key));
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
            group.sort_unstable_by_key(|beat| (beat.ts, beat.place));
        }
    }
    (beats, starts)
}

fn hits(beats: &[Beat], part: &Partial) -> BTreeMap<u64, crate::engine::dataset::Hits> {
    let mut hits = part.rest_hits.clone();
    let mut run = crate::engine::dataset::Hits::default();
    let mut setting = 0;
    for beat in beats {
        if beat.setting != setting {
            if run != crate::engine::dataset::Hits::default() {
                *hits.entry(setting).or_default() += run;
            }
            run = crate::engine::dataset::Hits::default();
            setting = beat.setting;
        }
        run.count(beat);
    }
    if run != crate::engine::dataset::Hits::default() {
        *hits.entry(setting).or_default() += run;
    }
    hits
}

fn cut_sessions(data: &mut Dataset, groups: &nat::Groups, starts: &[u32], rests: &BTreeMap<super::partial::Cell, Rest>) {
    let mut rest_of_group: BTreeMap<usize, Vec<(i64, Rest)>> = BTreeMap::new();
    for (cell, rest) in rests {
        rest_of_group.entry(groups.of(cell.key)).or_default().push((cell.minute, *rest));
    }
    let mut sessions: Vec<Session> = Vec::with_capacity(starts.len());
    // (index into `sessions` before sorting, sums)
    let mut rest_of_session: Vec<(u32, Rest)> = Vec::new();
    for (group, bounds) in starts.windows(2).enumerate() {
        let (from, to) = (bounds[0] as usize, bounds[1] as usize);
        let beats = &data.beats[from..to];
        let Some(first_beat) = beats.first() else { continue };
        let key = groups.primary_key(group, first_beat.key);
        let number = data.keys[key as usize].proto;
        let first_session = sessions.len();
        split(number, beats, &data.meters, |start, end| {
            sessions.push(facts::session(data, key, from + start, end - start));
        });
        if let Some(cells) = rest_of_group.get(&group) {
            for (minute, rest) in cells {
                // The middle of a minute belongs to the last conversation that began before the minute ended.
                let end = (minute + 1) * stamp::MINUTE;
                let owner = sessions[first_session..].iter().rposition(|session| session.first < end).unwrap_or(0) + first_session;
                rest_of_session.push((owner as u32, *rest));
            }
        }
    }
    for (owner, rest) in &rest_of_session {
        facts::add_rest(&mut sessions[*owner as usize], rest);
    }
    let mut order: Vec<u32> = (0..sessions.len() as u32).collect();
    let place = |session: &Session| data.beats[session.beats_start as usize].place;
    let is_sorted = sessions.windows(2).all(|pair| (pair[0].first, place(&pair[0])) <= (pair[1].first, place(&pair[1])));
    if !is_sorted {
        order.sort_by_key(|index| {
            let session = &sessions[*index as usize];
            (session.first, place(session))
        });
        sessions = order.iter().map(|index| sessions[*index as usize]).collect();
    }
    if !rest_of_session.is_empty() {
        let mut rank = vec![0_u32; order.len()];
        for (new, old) in order.iter().enumerate() {
            rank[*old as usize] = new as u32;
        }
        for (owner, rest) in rest_of_session {
            *data.rests.entry(rank[owner as usize]).or_default() += rest;
        }
    }
    data.sessions = sessions;
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
    beat.meter.checked_sub(1).and_then(|meter| data.meters.get(meter as usize)).map_or(1, |meter| u64::from(meter.repeat.max(1)))
}

/// True when the host may be several machines.
pub fn is_blurred(host: Host) -> bool {
    host.is_blurred()
}

/// Adds a counter that may be unknown to a sum that may be unknown.
pub fn add_known(sum: u64, count: u64) -> u64 {
    match (sum, count) {
        (sum, NO_COUNT) => sum,
        (NO_COUNT, count) => count,
        (sum, count) => sum.saturating_add(count).min(NO_COUNT - 1),
    }
}
