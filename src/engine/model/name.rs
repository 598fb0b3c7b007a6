//! Names: devices, rules, interfaces, anything that is text in a log and repeats.
//!
//! An id is a hash of the text itself, so two workers that never spoke give one name the same id, and merging
//! their tables is a union. The hash is SipHash with a fixed key: 64 bits keep chance collisions below one in
//! ten million for a million names, and results do not depend on a seed.

use crate::engine::model::order::Order;
use hashbrown::HashMap;
use siphasher::sip::SipHasher13;
use std::hash::{BuildHasherDefault, Hasher};

/// The id of a text; `NONE` stands for "the line does not say".
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Default,
    bytemuck::Pod,
    bytemuck::Zeroable,
)]
#[repr(transparent)]
pub struct NameId(pub u64);

impl NameId {
    pub const NONE: NameId = NameId(0);

    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    pub fn is_some(self) -> bool {
        self.0 != 0
    }

    /// The id that `text` has everywhere.
    pub fn of(text: &[u8]) -> NameId {
        if text.is_empty() {
            return NameId::NONE;
        }
        let mut hasher = SipHasher13::new_with_keys(0x7768_6963_6877_6179, 0x6e61_6d65_7320_3031);
        hasher.write(text);
        NameId(hasher.finish().max(1))
    }
}

/// A `NameId` is already a good hash; hashing it again would only cost time.
#[derive(Default, Clone)]
pub struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

pub type IdMap<V> = HashMap<u64, V, BuildHasherDefault<AlreadyHashed>>;

/// How many recent texts are compared before hashing: names repeat in runs. A text has one place here, so a name
/// that changes from line to line does not push out those that stay.
const RECENT: usize = 256;
/// Longer names are cut; the rest of such a value is still in the raw line.
const MAX_BYTES: usize = 512;

/// The table from id to text.
#[derive(Clone)]
pub struct Names {
    texts: IdMap<Box<str>>,
    recent: Box<[(Vec<u8>, NameId)]>,
}

impl Default for Names {
    fn default() -> Self {
        Names {
            texts: IdMap::default(),
            recent: vec![(Vec::new(), NameId::NONE); RECENT].into_boxed_slice(),
        }
    }
}

/// A quick guess at where a text may stand in `recent`: its length and ends tell most names apart.
fn recent_place(text: &[u8]) -> usize {
    let head = text
        .first_chunk::<4>()
        .map_or(u32::from(text[0]), |chunk| u32::from_le_bytes(*chunk));
    let tail = text
        .last_chunk::<4>()
        .map_or(u32::from(text[text.len() - 1]), |chunk| {
            u32::from_le_bytes(*chunk)
        });
    let mixed = (head ^ tail.rotate_left(13) ^ (text.len() as u32) << 7).wrapping_mul(0x9e37_79b9);
    (mixed >> 24) as usize % RECENT
}

impl Names {
    /// The id of `text`, remembered. Invalid UTF-8 is kept readable by replacement.
    pub fn id(&mut self, text: &[u8]) -> NameId {
        if text.is_empty() {
            return NameId::NONE;
        }
        let text = &text[..text.len().min(MAX_BYTES)];
        let slot = &mut self.recent[recent_place(text)];
        if slot.0.as_slice() == text {
            return slot.1;
        }
        let id = NameId::of(text);
        self.texts
            .entry(id.0)
            .or_insert_with(|| String::from_utf8_lossy(text).into_owned().into_boxed_str());
        slot.0.clear();
        slot.0.extend_from_slice(text);
        slot.1 = id;
        id
    }

    /// The text of an id; `None` for `NameId::NONE` and for ids of other tables.
    pub fn text(&self, id: NameId) -> Option<&str> {
        self.texts.get(&id.0).map(AsRef::as_ref)
    }

    /// The text, or "" where there is none.
    pub fn or_empty(&self, id: NameId) -> &str {
        self.text(id).unwrap_or("")
    }

    pub fn absorb(&mut self, other: &Names) {
        for (id, text) in other.sorted() {
            self.texts.entry(id.0).or_insert_with(|| text.into());
        }
    }

    /// All names in order of their text.
    pub fn sorted(&self) -> Vec<(NameId, &str)> {
        let mut all: Vec<(NameId, &str)> = self
            .texts
            .iter()
            .map(|(id, text)| (NameId(*id), text.as_ref()))
            .collect();
        all.order_by_key(|(id, text)| (*text, id.0));
        all
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_same_id_in_every_table() {
        let mut here = Names::default();
        let mut there = Names::default();
        there.id(b"other");
        assert_eq!(here.id(b"wan1"), there.id(b"wan1"));
        assert_ne!(here.id(b"wan1"), here.id(b"wan2"));
        here.absorb(&there);
        assert_eq!(here.text(NameId::of(b"other")), Some("other"));
    }
}
