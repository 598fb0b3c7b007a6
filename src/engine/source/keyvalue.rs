//! The reader of `key=value key="quoted value" …` that formats share.
//!
//! Shape    A key is a word of letters, digits, `_`, `-`, `.` before `=`. A value is bare or in double quotes.
//! Speed    Lines of one log have mostly the same keys in mostly the same order, so every key remembers which
//!          keys came after it. The next key is compared with those (16 bytes at once) before it is looked up;
//!          the end of a value is searched 8 bytes at once, because values are too short for a library call.
//! Quirks   A bare value may hold blanks (`service=A B`): it ends where the next `word=` begins.
//!          A quote inside a quoted value ends it only if a blank or the end of the line follows.

#[cfg(test)]
mod tests;

/// What a format calls a key; 0 stands for keys that it does not read.
pub type Code = u8;

/// Codes are below this, so that one word of 64 bits says which were seen.
pub const MAX_CODES: usize = 64;

/// More different keys than any dialect has; further ones are read but not remembered.
const MAX_KEYS: usize = 512;
const INDEX_SIZE: usize = 1024;
const MAX_KEY_BYTES: usize = 40;
/// How much is compared at once; a pair that is longer is not expected to stay the same.
const WINDOW: usize = 32;
const HEAD: usize = 16;
/// A pair that was so often different from the last line is not compared whole any more.
const MAX_WRONG: u8 = 20;

/// The first values of a line, by code.
pub struct Values {
    spans: [(u32, u32); MAX_CODES],
    seen: u64,
}

impl Default for Values {
    fn default() -> Self {
        Values { spans: [(0, 0); MAX_CODES], seen: 0 }
    }
}

impl Values {
    pub fn clear(&mut self) {
        self.seen = 0;
    }

    /// The first value of a code wins: what repeats a key later is text of a message.
    #[inline]
    pub fn put(&mut self, code: Code, start: usize, end: usize) {
        let bit = 1_u64 << (code & 63);
        if self.seen & bit == 0 {
            self.seen |= bit;
            self.spans[usize::from(code & 63)] = (start as u32, end as u32);
        }
    }

    /// A bare value turned out to go on.
    fn extend(&mut self, code: Code, start: usize, end: usize) {
        let span = &mut self.spans[usize::from(code & 63)];
        if self.seen >> (code & 63) & 1 == 1 && span.0 == start as u32 {
            span.1 = end as u32;
        }
    }

    #[inline]
    pub fn has(&self, code: Code) -> bool {
        self.seen >> (code & 63) & 1 == 1
    }

    /// The value of `code` in the text that was read.
    #[inline]
    pub fn get<'t>(&self, text: &'t [u8], code: Code) -> Option<&'t [u8]> {
        if !self.has(code) {
            return None;
        }
        let (start, end) = self.spans[usize::from(code & 63)];
        text.get(start as usize..end as usize)
    }
}

/// Where one pair stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub code: Code,
    pub key_start: usize,
    pub key_end: usize,
    /// Without the quotes.
    pub value_start: usize,
    pub value_end: usize,
    /// With the closing quote.
    pub end: usize,
    /// False where the line ends inside the quotes.
    pub closed: bool,
}

/// The keys seen so far and which follow which.
pub struct Keys {
    code_of: fn(&[u8]) -> Code,
    separator: u8,
    slots: Vec<Slot>,
    /// Slot numbers by hash of the key, 0 = empty.
    index: Box<[u16; INDEX_SIZE]>,
}

struct Slot {
    /// The whole pair as it last stood there, with its separator.
    last: Needle,
    last_len: u8,
    /// Where in it the value stands.
    last_value: (u8, u8),
    /// How often `last` was wrong, less how often it was right.
    n_wrong: u8,
    code: Code,
    /// Slots that came next, the likeliest first; 0 = none.
    next: [u16; 4],
    /// The first 16 bytes of `key=` and which of them count; the rest of it.
    key: u128,
    key_mask: u128,
    tail: Box<[u8]>,
    /// Bytes of `key=`.
    len: usize,
}

/// Bytes to compare in one go: those under the mask count.
#[derive(Clone, Copy)]
struct Needle {
    bytes: Window,
    mask: Window,
}

/// 32 bytes of the line.
type Window = [u64; 4];

impl Needle {
    /// Matches nothing.
    const NEVER: Needle = Needle { bytes: [1; 4], mask: [0; 4] };

    fn new(window: &Window, len: usize) -> Needle {
        let mut needle = Needle::NEVER;
        for (i, word) in window.iter().enumerate() {
            let n_bytes = len.saturating_sub(8 * i).min(8);
            needle.mask[i] = if n_bytes == 8 { u64::MAX } else { (1 << (8 * n_bytes)) - 1 };
            needle.bytes[i] = word & needle.mask[i];
        }
        needle
    }

    #[inline]
    fn is_at(&self, window: &Window) -> bool {
        let mut off = 0;
        for ((word, mask), bytes) in window.iter().zip(&self.mask).zip(&self.bytes) {
            off |= (word & mask) ^ bytes;
        }
        off == 0
    }
}

impl Slot {
    #[inline]
    fn is_at(&self, text: &[u8], at: usize, window: &Window) -> bool {
        let head = u128::from(window[0]) | u128::from(window[1]) << 64;
        head & self.key_mask == self.key
            && (self.tail.is_empty() || text.get(at + HEAD..).is_some_and(|rest| rest.starts_with(&self.tail)))
    }

    /// Remembers how the pair stood here, unless it is another one nearly every time.
    fn remember(&mut self, window: &Window, at: usize, value: &Value) {
        let len = value.end + 1 - at;
        if self.n_wrong >= MAX_WRONG || len > WINDOW {
            self.last = Needle::NEVER;
            return;
        }
        self.n_wrong += 1;
        self.last = Needle::new(window, len);
        self.last_len = len as u8;
        self.last_value = ((value.start - at) as u8, (value.stop - at) as u8);
    }
}

#[derive(Clone, Copy)]
struct Hit {
    slot: usize,
    len: usize,
    code: Code,
}

/// Where the next key stands, and where the words before it that are none end.
struct Found {
    words_end: usize,
    at: usize,
    hit: Option<Hit>,
}

struct Value {
    start: usize,
    stop: usize,
    end: usize,
    is_bare: bool,
    closed: bool,
}

impl Keys {
    /// `code_of` names a key; `separator` stands between pairs.
    pub fn new(code_of: fn(&[u8]) -> Code, separator: u8) -> Keys {
        let mut keys = Keys { code_of, separator, slots: Vec::new(), index: Box::new([0; INDEX_SIZE]) };
        keys.add(u128::MAX, 0, Box::default(), 0, 0);
        keys
    }

    fn add(&mut self, key: u128, key_mask: u128, tail: Box<[u8]>, len: usize, code: Code) {
        let (last, last_len, last_value) = (Needle::NEVER, 0, (0, 0));
        self.slots.push(Slot { last, last_len, last_value, n_wrong: 0, code, next: [0; 4], key, key_mask, tail, len });
    }

    /// Reads a line into `values`. False when the line ends inside a quoted value.
    ///
    /// Says the same as `walk`, faster: a pair that stands there as it did in the last line is compared whole.
    pub fn read(&mut self, text: &[u8], from: usize, values: &mut Values) -> bool {
        values.clear();
        let (mut at, mut after) = (from, 0);
        // Code and place of the value before, where it was bare and may go on.
        let mut bare = (0, 0);
        while at < text.len() {
            let window = window_at(text, at);
            let likeliest = usize::from(self.slots[after].next[0]);
            let slot = &mut self.slots[likeliest];
            if slot.last.is_at(&window) {
                slot.n_wrong = slot.n_wrong.saturating_sub(1);
                let (start, stop) = slot.last_value;
                values.put(slot.code, at + usize::from(start), at + usize::from(stop));
                at += usize::from(slot.last_len);
                after = likeliest;
                bare = (0, 0);
                continue;
            }
            let hit = if slot.is_at(text, at, &window) {
                Hit { slot: likeliest, len: slot.len, code: slot.code }
            } else if let Some(hit) = self.expected(text, at, &window, after) {
                hit
            } else {
                let found = self.find_key(text, at, after);
                if found.words_end > at && bare.0 != 0 {
                    values.extend(bare.0, bare.1, found.words_end);
                }
                let Some(hit) = found.hit else { break };
                let value = self.value(text, found.at + hit.len);
                values.put(hit.code, value.start, value.stop);
                if !value.closed {
                    return false;
                }
                bare = if value.is_bare { (hit.code, value.start) } else { (0, 0) };
                (at, after) = (value.end, hit.slot);
                continue;
            };
            after = hit.slot;
            let value = self.value(text, at + hit.len);
            values.put(hit.code, value.start, value.stop);
            if !value.closed {
                return false;
            }
            if text.get(value.end) == Some(&self.separator) {
                self.slots[after].remember(&window, at, &value);
            }
            bare = if value.is_bare { (hit.code, value.start) } else { (0, 0) };
            at = value.end + 1;
        }
        true
    }

    /// Calls `take` for every pair in order.
    pub fn walk(&mut self, text: &[u8], from: usize, mut take: impl FnMut(Pair)) {
        let mut found = self.find_key(text, from, 0);
        while let Some(hit) = found.hit {
            let opening = found.at + hit.len;
            let mut value = self.value(text, opening);
            let next = self.find_key(text, value.end, hit.slot);
            if value.is_bare && next.words_end > value.end {
                (value.stop, value.end) = (next.words_end, next.words_end);
            }
            take(Pair {
                code: hit.code,
                key_start: found.at,
                key_end: opening - 1,
                value_start: value.start,
                value_end: value.stop,
                end: value.end,
                closed: value.closed,
            });
            found = next;
        }
    }

    /// The value that begins at `opening`.
    #[inline]
    fn value(&self, text: &[u8], opening: usize) -> Value {
        if text.get(opening) == Some(&b'"') {
            let start = opening + 1;
            return match self.closing_quote(text, start) {
                Some(stop) => Value { start, stop, end: stop + 1, is_bare: false, closed: true },
                None => Value { start, stop: text.len(), end: text.len(), is_bare: false, closed: false },
            };
        }
        let stop = self.bare_end(text, opening);
        Value { start: opening, stop, end: stop, is_bare: true, closed: true }
    }

    /// The key at `at`, if it is one of those that came after `after` before; it moves up among them.
    #[inline]
    fn expected(&mut self, text: &[u8], at: usize, window: &Window, after: usize) -> Option<Hit> {
        let next = self.slots[after].next;
        for (rank, &candidate) in next.iter().enumerate() {
            let slot = &self.slots[usize::from(candidate)];
            if slot.is_at(text, at, window) {
                let hit = Hit { slot: usize::from(candidate), len: slot.len, code: slot.code };
                if rank > 0 {
                    self.slots[after].next.swap(rank, rank - 1);
                }
                return Some(hit);
            }
        }
        None
    }

    /// Past separators, blanks and words that are no keys.
    fn find_key(&mut self, text: &[u8], from: usize, after: usize) -> Found {
        let mut words_end = from;
        let mut at = from;
        loop {
            while text.get(at).is_some_and(|byte| *byte <= b' ' || *byte == self.separator) {
                at += 1;
            }
            if at >= text.len() {
                return Found { words_end, at, hit: None };
            }
            let window = window_at(text, at);
            let hit = match self.expected(text, at, &window, after) {
                Some(hit) => Some(hit),
                None => self.learn(text, at, &window, after),
            };
            if hit.is_some() {
                return Found { words_end, at, hit };
            }
            words_end = self.bare_end(text, at);
            at = words_end;
        }
    }

    /// Reads a key that was not expected, and expects it next time.
    #[cold]
    fn learn(&mut self, text: &[u8], at: usize, window: &Window, after: usize) -> Option<Hit> {
        let rest = text.get(at..)?;
        if !rest.first()?.is_ascii_alphabetic() {
            return None;
        }
        let equals = rest.iter().take(MAX_KEY_BYTES).position(|&byte| !is_key_byte(byte))?;
        if rest.get(equals) != Some(&b'=') {
            return None;
        }
        let len = equals + 1;
        let tail = rest.get(HEAD..len).unwrap_or(&[]);
        let key_mask = if len >= HEAD { u128::MAX } else { (1 << (8 * len)) - 1 };
        let key = (u128::from(window[0]) | u128::from(window[1]) << 64) & key_mask;
        let mixed = (key as u64 ^ ((key >> 64) as u64).rotate_left(21) ^ len as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut position = (mixed >> 48) as usize;
        loop {
            let known = usize::from(self.index[position % INDEX_SIZE]);
            if known == 0 {
                break;
            }
            let slot = &self.slots[known];
            if slot.len == len && slot.key == key && *slot.tail == *tail {
                let hit = Hit { slot: known, len, code: slot.code };
                self.expect_next(after, known);
                return Some(hit);
            }
            position += 1;
        }
        let code = (self.code_of)(&rest[..equals]);
        if self.slots.len() >= MAX_KEYS {
            return Some(Hit { slot: 0, len, code });
        }
        let slot = self.slots.len();
        self.add(key, key_mask, tail.into(), len, code);
        self.index[position % INDEX_SIZE] = slot as u16;
        self.expect_next(after, slot);
        Some(Hit { slot, len, code })
    }

    fn expect_next(&mut self, after: usize, slot: usize) {
        let next = &mut self.slots[after].next;
        let free = next.iter().position(|&known| known == 0).unwrap_or(next.len() - 1);
        next[free] = slot as u16;
    }

    /// The end of a bare value: a blank, or the separator.
    #[inline]
    fn bare_end(&self, text: &[u8], at: usize) -> usize {
        if self.separator == b' ' { find_blank(text, at) } else { find_byte(text, at, self.separator) }
    }

    #[inline]
    fn closing_quote(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            at = find_byte(text, at, b'"');
            match text.get(at + 1) {
                _ if at >= text.len() => return None,
                None => return Some(at),
                Some(&byte) if byte <= b' ' || byte == self.separator => {
                    let is_escaped = at > from && text[at - 1] == b'\\';
                    if !is_escaped || begins_pair(text, at + 2) {
                        return Some(at);
                    }
                }
                Some(_) => {}
            }
            at += 1;
        }
    }
}

/// True when `word=` stands at `at`.
fn begins_pair(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or(&[]);
    let word = rest.iter().take(MAX_KEY_BYTES).take_while(|byte| is_key_byte(**byte)).count();
    word > 0 && rest.get(word) == Some(&b'=')
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// 32 bytes from `at`, zeros after the end.
#[inline]
fn window_at(text: &[u8], at: usize) -> Window {
    let rest = text.get(at..).unwrap_or(&[]);
    if let Some(chunk) = rest.first_chunk::<WINDOW>() {
        return words(chunk);
    }
    let mut padded = [0; WINDOW];
    padded[..rest.len()].copy_from_slice(rest);
    words(&padded)
}

#[inline]
fn words(chunk: &[u8; WINDOW]) -> Window {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(chunk.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The first byte that is a blank or a control character, or the end.
#[inline]
pub fn find_blank(text: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        // A borrow only runs upward from a byte that is below 0x21, so the lowest mark is always right.
        let marks = word.wrapping_sub(LOW * 0x21) & !word & HIGH;
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = text.get(at..).unwrap_or(&[]);
    at + rest.iter().position(|&byte| byte <= b' ').unwrap_or(rest.len())
}

/// The first `wanted`, or the end.
#[inline]
pub fn find_byte(text: &[u8], mut at: usize, wanted: u8) -> usize {
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk) ^ (LOW * u64::from(wanted));
        let marks = word.wrapping_sub(LOW) & !word & HIGH;
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = text.get(at..).unwrap_or(&[]);
    at + rest.iter().position(|&byte| byte == wanted).unwrap_or(rest.len())
}
