//! What `read` makes of one range of one source, and how two such parts become one.
//!
//! A part is a multiset of beats plus the tables they point into. Merging unites multisets, so it is associative
//! and commutative. When one conversation has more than sixteen events in one minute, the eight earliest and the
//! eight latest stay and the rest become sums; "the eight smallest of a union" does not depend on the order of
//! uniting, so neither does the result. (The specification folds by gaps between neighbours instead; that depends
//! on which neighbour arrives first. ARCHITECTURE.md says more.)

use super::beat::{self, Beat, Extra, Meter, NO_COUNT, NO_TIME, Setting};
use super::key::{Key, View};
use super::shapes::Shapes;
use crate::engine::dataset::{ControlMark, Hits, Rest};
use crate::engine::model::event::Control;
use crate::engine::model::name::IdMap;
use crate::engine::model::order::Order;
use crate::engine::model::{
    Action, Event, Kind, Micros, NameId, Names, Place, Tally, Unread, stamp,
};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

/// Earliest and latest events that are kept per conversation and minute.
const KEPT_EACH_END: usize = 8;
/// Conversations with fewer events than this are never looked at for sums.
const CROWDED: u32 = 2 * KEPT_EACH_END as u32;
/// Beats before the first look for crowded conversations; each later look comes when the table has doubled.
const FIRST_LOOK: usize = 1 << 16;
/// Not-understood lines that are remembered one by one, per part.
const MAX_UNREAD: usize = 1 << 20;

/// A byte range of a decoded source, and how many lines ended in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RangeRead {
    pub source: u16,
    pub start: u64,
    pub end: u64,
    pub n_lines: u64,
}

/// A conversation and a minute of its clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cell {
    pub key: u32,
    pub minute: i64,
}

pub struct Partial {
    pub names: Names,
    pub settings: IdMap<Setting>,
    pub views: IdMap<View>,
    pub keys: Vec<Key>,
    pub beats: Vec<Beat>,
    pub meters: Vec<Meter>,
    pub extras: Vec<Extra>,
    pub rests: BTreeMap<Cell, Rest>,
    /// Events that are only in `rests`, by setting.
    pub rest_hits: BTreeMap<u64, Hits>,
    pub controls: Vec<ControlMark>,
    pub tallies: BTreeMap<u16, Tally>,
    /// Lines by format id.
    pub format_lines: BTreeMap<NameId, u64>,
    pub unread: Vec<Unread>,
    /// Lines that no format knew, by shape.
    pub unknown: Shapes,
    /// Lines that were read by the order of what stands in them, by shape.
    pub guessed: Shapes,
    pub ranges: Vec<RangeRead>,
    /// Sources with the newest line first.
    pub descending: BTreeSet<u16>,

    /// Each entry carries half its hash, so that growing the table does not visit the keys.
    table: HashTable<Slot>,
    /// Seeded, so that a log cannot be made to flood the tables; results do not depend on it.
    pub(super) hasher: FixedState,
    setting_ids: HashMap<Setting, u64, FixedState>,
    last_setting: (Setting, u64),
    last_view: Option<(View, u64)>,
    next_look: usize,
}

impl Partial {
    /// An empty part. `seed` guards the table against logs made to collide; results do not depend on it.
    pub fn new(seed: u64) -> Partial {
        let hasher = FixedState::with_seed(seed);
        Partial {
            names: Names::default(),
            settings: IdMap::default(),
            views: IdMap::default(),
            keys: Vec::new(),
            beats: Vec::new(),
            meters: Vec::new(),
            extras: Vec::new(),
            rests: BTreeMap::new(),
            rest_hits: BTreeMap::new(),
            controls: Vec::new(),
            tallies: BTreeMap::new(),
            format_lines: BTreeMap::new(),
            unread: Vec::new(),
            unknown: Shapes::default(),
            guessed: Shapes::default(),
            ranges: Vec::new(),
            descending: BTreeSet::new(),
            table: HashTable::new(),
            hasher: hasher.clone(),
            setting_ids: HashMap::with_hasher(hasher),
            last_setting: (Setting::default(), 0),
            last_view: None,
            next_look: FIRST_LOOK,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.beats.is_empty() && self.ranges.is_empty() && self.tallies.is_empty()
    }

    /// Memory that the large tables take; names and what is counted once per log are small beside them.
    pub fn n_bytes_held(&self) -> u64 {
        fn of<T>(n: usize) -> usize {
            n * size_of::<T>()
        }
        let n_bytes = of::<Key>(self.keys.capacity())
            + of::<Beat>(self.beats.capacity())
            + of::<Meter>(self.meters.capacity())
            + of::<Extra>(self.extras.capacity())
            + of::<Unread>(self.unread.capacity())
            + of::<(Cell, Rest)>(self.rests.len())
            + of::<Slot>(self.table.capacity());
        n_bytes as u64
    }

    /// Takes one event in.
    pub fn push(&mut self, event: &Event, format: NameId, place: Place, line: u32) {
        let view = self.view_of(event, place.source());
        if matches!(event.kind, Kind::Control | Kind::Gap) || event.control != Control::None {
            let ts = if event.ts.is_missing() {
                NO_TIME
            } else {
                beat::sane(event.ts.micros)
            };
            self.controls.push(ControlMark {
                ts,
                place,
                line,
                view,
                control: event.control,
            });
            if matches!(event.kind, Kind::Control | Kind::Gap) {
                return;
            }
        }
        if event.action == Action::Nat && event.kind.is_session() {
            // The lease of an address, with or without traffic: a line about a table, not about a packet.
            return;
        }
        let keyed = Key::of_event(view, event);
        let mut beat = Beat::of(event, keyed.flipped, keyed.about_error, place);
        beat.key = self.key_index(keyed.key);
        beat.setting = self.setting_of(event, format);
        beat.line = line;
        if let Some(meter) = Meter::of(event) {
            self.meters.push(meter);
            beat.meter = self.meters.len() as u32;
        }
        if let Some(extra) = Extra::of(event, keyed.about_error) {
            self.extras.push(extra);
            beat.extra = self.extras.len() as u32;
        }
        self.beats.push(beat);
        if self.beats.len() >= self.next_look {
            self.compact();
            self.next_look = (self.beats.len() * 2).max(FIRST_LOOK);
        }
    }

    pub fn note_unread(&mut self, unread: Unread) {
        if self.unread.len() < MAX_UNREAD {
            self.unread.push(unread);
        }
    }

    fn view_of(&mut self, event: &Event, source: u16) -> u64 {
        let view = View::of(event, source);
        if let Some((last, id)) = self.last_view
            && last == view
        {
            return id;
        }
        let id = view.id();
        self.views.insert(id, view);
        self.last_view = Some((view, id));
        id
    }

    fn setting_of(&mut self, event: &Event, format: NameId) -> u64 {
        let setting = Setting::of(event, format);
        if self.last_setting.1 != 0 && self.last_setting.0 == setting {
            return self.last_setting.1;
        }
        let id = if let Some(id) = self.setting_ids.get(&setting) {
            *id
        } else {
            let id = setting.id();
            self.setting_ids.insert(setting, id);
            self.settings.insert(id, setting);
            id
        };
        self.last_setting = (setting, id);
        id
    }

    fn key_index(&mut self, key: Key) -> u32 {
        let slot = Slot {
            index: 0,
            hash: (self.hasher.hash_one(key) >> 32) as u32,
        };
        let keys = &self.keys;
        if let Some(known) = self.table.find(slot.spread(), |known| {
            known.hash == slot.hash && keys[known.index as usize] == key
        }) {
            return known.index;
        }
        let index =
            u32::try_from(self.keys.len()).expect("2^32 conversations do not fit into memory");
        self.keys.push(key);
        self.table
            .insert_unique(slot.spread(), Slot { index, ..slot }, |known| {
                known.spread()
            });
        index
    }

    fn fill_table(&mut self) {
        if self.table.len() == self.keys.len() {
            return;
        }
        self.table.clear();
        self.table.reserve(self.keys.len(), |known| known.spread());
        for (index, key) in self.keys.iter().enumerate() {
            let slot = Slot {
                index: index as u32,
                hash: (self.hasher.hash_one(key) >> 32) as u32,
            };
            self.table
                .insert_unique(slot.spread(), slot, |known| known.spread());
        }
    }

    /// Unites two parts. Neither order nor grouping of unions changes what `conclude` makes of the whole.
    #[must_use]
    pub fn merge(mut self, mut other: Partial) -> Partial {
        if self.is_empty() {
            return other;
        }
        if other.keys.len() > self.keys.len() {
            std::mem::swap(&mut self, &mut other);
        }
        self.fill_table();
        self.names.absorb(&other.names);
        let (meter_base, extra_base) = (self.meters.len() as u32, self.extras.len() as u32);
        self.table.reserve(other.keys.len(), |known| known.spread());
        let key_of: Vec<u32> = other.keys.iter().map(|key| self.key_index(*key)).collect();
        self.beats.reserve(other.beats.len());
        for mut beat in other.beats {
            beat.key = key_of[beat.key as usize];
            beat.meter += if beat.meter > 0 { meter_base } else { 0 };
            beat.extra += if beat.extra > 0 { extra_base } else { 0 };
            self.beats.push(beat);
        }
        self.meters.append(&mut other.meters);
        self.extras.append(&mut other.extras);
        // Unions of tables keyed by content: the order of inserting does not matter.
        self.settings.extend(other.settings);
        self.views.extend(other.views);
        for (cell, rest) in other.rests {
            *self
                .rests
                .entry(Cell {
                    key: key_of[cell.key as usize],
                    ..cell
                })
                .or_default() += rest;
        }
        for (setting, hits) in other.rest_hits {
            *self.rest_hits.entry(setting).or_default() += hits;
        }
        self.controls.append(&mut other.controls);
        for (source, tally) in other.tallies {
            *self.tallies.entry(source).or_default() += tally;
        }
        for (format, n_lines) in other.format_lines {
            *self.format_lines.entry(format).or_default() += n_lines;
        }
        self.unread.append(&mut other.unread);
        self.unread.truncate(2 * MAX_UNREAD);
        self.unknown.absorb(other.unknown);
        self.guessed.absorb(other.guessed);
        self.descending.append(&mut other.descending);
        self.ranges.append(&mut other.ranges);
        self
    }

    /// Folds the middle of crowded minutes into sums. Doing it early, late or twice gives the same.
    pub fn compact(&mut self) {
        let mut n_beats = vec![0_u32; self.keys.len()];
        for beat in &self.beats {
            n_beats[beat.key as usize] += 1;
        }
        if n_beats.iter().all(|n| *n <= CROWDED) {
            return;
        }
        let is_crowded = |beat: &Beat| n_beats[beat.key as usize] > CROWDED;
        let mut crowded: Vec<Beat> = self
            .beats
            .iter()
            .filter(|beat| is_crowded(beat))
            .copied()
            .collect();
        self.beats.retain(|beat| !is_crowded(beat));
        crowded.sort_unstable_by_key(|beat| (beat.key, minute(beat.ts), beat.ts, beat.place));
        for cell in crowded
            .chunk_by(|left, right| left.key == right.key && minute(left.ts) == minute(right.ts))
        {
            if cell.len() <= CROWDED as usize {
                self.beats.extend_from_slice(cell);
                continue;
            }
            let middle = KEPT_EACH_END..cell.len() - KEPT_EACH_END;
            self.beats.extend_from_slice(&cell[..middle.start]);
            self.beats.extend_from_slice(&cell[middle.end..]);
            let rest = self
                .rests
                .entry(Cell {
                    key: cell[0].key,
                    minute: minute(cell[0].ts),
                })
                .or_default();
            for beat in &cell[middle] {
                let repeat = beat
                    .meter
                    .checked_sub(1)
                    .map_or(1, |meter| u64::from(self.meters[meter as usize].repeat));
                *rest += Rest {
                    n_events: 1,
                    n_denied: u64::from(beat.action().is_denied()),
                    n_allowed: u64::from(beat.action().is_allowed()),
                    n_from_a: u64::from(!beat.is_flipped()),
                    repeat,
                };
                self.rest_hits.entry(beat.setting).or_default().count(beat);
            }
        }
    }
}

impl Partial {
    /// Unites neighbouring ranges and counts lines from the start of each united range.
    pub fn settle_lines(&mut self) {
        let mut sorted = self.ranges.clone();
        sorted.order();
        // (range, lines before it within its run of neighbours)
        let mut bases: Vec<(RangeRead, u64)> = Vec::with_capacity(sorted.len());
        let mut united: Vec<RangeRead> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match united.last_mut() {
                Some(last) if last.source == range.source && last.end == range.start => {
                    bases.push((range, last.n_lines));
                    last.end = range.end;
                    last.n_lines += range.n_lines;
                }
                _ => {
                    bases.push((range, 0));
                    united.push(range);
                }
            }
        }
        self.ranges = united;
        if bases.iter().all(|(_, base)| *base == 0) {
            return;
        }
        let base_of = |place: Place| {
            let after = bases.partition_point(|(range, _)| {
                (range.source, range.start) <= (place.source(), place.offset())
            });
            after.checked_sub(1).map_or(0, |index| bases[index].1) as u32
        };
        for beat in &mut self.beats {
            beat.line = beat.line.saturating_add(base_of(beat.place));
        }
        for mark in &mut self.controls {
            mark.line = mark.line.saturating_add(base_of(mark.place));
        }
        for unread in &mut self.unread {
            unread.line = unread.line.saturating_add(base_of(unread.place));
        }
        self.unknown.renumber(&base_of);
        self.guessed.renumber(&base_of);
    }
}

/// An entry of the table of keys.
#[derive(Clone, Copy)]
struct Slot {
    index: u32,
    hash: u32,
}

impl Slot {
    /// 64 bits from 32: the table looks at the lowest and the highest ones.
    fn spread(self) -> u64 {
        u64::from(self.hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

fn minute(ts: Micros) -> i64 {
    ts.div_euclid(stamp::MINUTE)
}

impl Hits {
    pub fn count(&mut self, beat: &Beat) {
        if beat.action().is_denied() {
            self.denied += 1;
        } else if beat.action().is_allowed() {
            self.allowed += 1;
        } else {
            self.other += 1;
        }
    }
}

impl std::ops::AddAssign for Hits {
    fn add_assign(&mut self, other: Hits) {
        self.allowed += other.allowed;
        self.denied += other.denied;
        self.other += other.other;
    }
}

impl std::ops::AddAssign for Rest {
    fn add_assign(&mut self, other: Rest) {
        self.n_events += other.n_events;
        self.n_denied += other.n_denied;
        self.n_allowed += other.n_allowed;
        self.n_from_a += other.n_from_a;
        self.repeat += other.repeat;
    }
}

/// A counter that may not be given.
pub fn given(count: u64) -> Option<u64> {
    (count != NO_COUNT).then_some(count)
}
