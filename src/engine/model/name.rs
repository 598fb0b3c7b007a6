//! Names: devices, rules, interfaces, anything that is text in a log and repeats.
//!
//! An id is a hash of the text itself, so two workers that never spoke give one name the same id, and merging
//! their tables is a union. The hash is SipHash with a fixed key: 64 bits keep chance collisions below one in
//! ten million for a million names, and results do not depend on a seed.

use hashbrown::HashMap;
use siphasher::sip::SipHasher13;
use std::hash::{BuildHasherDefault, Hasher};

/// The id of a text; `NONE` stands for "the line does not say".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, bytemuck::Pod, bytemuck::Zeroable)]
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

/// How many recent texts are compared before hashing: names repeat in runs.
const RECENT: usize = 8;
/// Longer names are cut; the rest of such a value is still in the raw line.
const MAX_BYTES: usize = 512;

/// The table from id to text.
#[derive(Clone, Default)]
pub struct Names {
    texts: IdMap<Box<str>>,
    recent: [(Vec<u8>, NameId); RECENT],
    next: usize,
}

impl Names {
    /// The id of `text`, remembered. Invalid UTF-8 is kept readable by replacement.
    pub fn id(&mut self, text: &[u8]) -> NameId {
        if text.is_empty() {
            return NameId::NONE;
        }
        for (known, id) in &self.recent {
            if known.as_slice() == text {
                return *id;
            }
        }
        let text = &text[..text.len().min(MAX_BYTES)];
        let id = NameId::of(text);
        self.texts
            .entry(id.0)
            .or_insert_with(|| String::from_utf8_lossy(text).into_owned().into_boxed_str());
        let slot = &mut self.recent[self.next];
        slot.0.clear();
        slot.0.extend_from_slice(text);
        slot.1 = id;
        self.next = (self.next + 1) % RECENT;
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
        all.sort_unstable_by_key(|(id, text)| (*text, id.0));
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
