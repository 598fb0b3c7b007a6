//! The reader of `key=value key="quoted value" …` that formats share.
//!
//! Shape    A key is a word of letters, digits, `_`, `-`, `.` before `=`. A value is bare or in double quotes.
//! Speed    Lines of one log are mostly alike, so a line is compared with a pattern, one of the lines before: pairs
//!          that stand there unchanged are taken over without looking for their ends. Elsewhere every key remembers which keys came
//!          after it, and the next key is compared with those before it is looked up; the end of a value is
//!          searched 8 bytes at once, because values are too short for a library call.
//! Quirks   A bare value may hold blanks (`service=A B`): it ends where the next `word=` begins.
//!          A quote inside a quoted value ends it only if a blank or the end of the line follows.

#[cfg(test)]
mod tests;

use crate::engine::model::ports::decimal;

/// What a format calls a key; 0 stands for keys that it does not read.
pub type Code = u8;

/// Codes are below this, so that one word of 64 bits says which were seen.
pub const MAX_CODES: usize = 64;

/// More different keys than any dialect has; further ones are read but not remembered.
const MAX_KEYS: usize = 512;
const INDEX_SIZE: usize = 1024;
const MAX_KEY_BYTES: usize = 40;
/// A pattern is kept this long: to make one costs about as much as ten lines read by it.
const PATTERN_USES: u32 = 1000;
/// A line with more keys that were not expected there makes the next one the pattern.
const MAX_SURPRISES: u32 = 6;
/// How much of a key is compared at once.
pub const HEAD: usize = 16;

/// The first values of a line, by code.
pub struct Values {
    spans: [(u32, u32); MAX_CODES],
    seen: u64,
}

impl Default for Values {
    fn default() -> Self {
        Values {
            spans: [(0, 0); MAX_CODES],
            seen: 0,
        }
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

    /// The value of `code` as a decimal number.
    #[inline]
    pub fn number(&self, text: &[u8], code: Code) -> Option<u64> {
        if !self.has(code) {
            return None;
        }
        let (start, end) = self.spans[usize::from(code & 63)];
        decimal_at(text, start as usize, end as usize)
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
    slot: u16,
}

/// The keys seen so far and which follow which.
pub struct Keys {
    code_of: fn(&[u8]) -> Code,
    separator: u8,
    slots: Vec<Slot>,
    /// Slot numbers by hash of the key, 0 = empty.
    index: Box<[u16; INDEX_SIZE]>,
    pattern: Pattern,
}

struct Slot {
    /// The first 16 bytes of `key=` and which of them count; the rest of it.
    key: u128,
    key_mask: u128,
    tail: Box<[u8]>,
    /// Bytes of `key=`.
    len: usize,
    code: Code,
    /// Slots that came next, the likeliest first; 0 = none.
    next: [u16; 4],
}

impl Slot {
    #[inline]
    fn is_at(&self, text: &[u8], at: usize, window: u128) -> bool {
        window & self.key_mask == self.key
            && (self.tail.is_empty()
                || text
                    .get(at + HEAD..)
                    .is_some_and(|rest| rest.starts_with(&self.tail)))
    }
}

/// One of the lines before, and its pairs.
#[derive(Default)]
struct Pattern {
    text: Vec<u8>,
    pairs: Vec<Known>,
    /// How many more lines are read by it before another one takes its place.
    n_uses_left: u32,
}

#[derive(Clone, Copy)]
struct Known {
    start: u32,
    value_start: u32,
    value_stop: u32,
    /// Behind the separator; `NEVER` for pairs whose end depends on more than their own text.
    next: u32,
    slot: u16,
    code: Code,
    is_bare: bool,
}

const NEVER: u32 = u32::MAX;

impl Known {
    /// 0 where the value cannot go on behind a blank.
    #[inline]
    fn bare_code(self) -> Code {
        if self.is_bare { self.code } else { 0 }
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
        let (slots, index) = (Vec::new(), Box::new([0; INDEX_SIZE]));
        let mut keys = Keys {
            code_of,
            separator,
            slots,
            index,
            pattern: Pattern::default(),
        };
        keys.add(u128::MAX, 0, Box::default(), 0, 0);
        keys
    }

    fn add(&mut self, key: u128, key_mask: u128, tail: Box<[u8]>, len: usize, code: Code) {
        self.slots.push(Slot {
            key,
            key_mask,
            tail,
            len,
            code,
            next: [0; 4],
        });
    }

    /// Reads a line into `values`. False when the line ends inside a quoted value.
    ///
    /// Says the same as `walk`, faster: what stands there as it does in the pattern is taken over.
    pub fn read(&mut self, text: &[u8], from: usize, values: &mut Values) -> bool {
        values.clear();
        if self.pattern.n_uses_left == 0 {
            return self.make_pattern(text, from, values);
        }
        self.pattern.n_uses_left -= 1;
        // What is not as expected is looked for as often as it may occur, but then another pattern may fit better.
        let mut n_surprises = 0;
        let (mut at, mut after) = (from, 0);
        // Code and place of the value before, where it was bare and may go on.
        let mut bare = (0, 0);
        let mut expected = 0;
        while at < text.len() {
            if let Some(pairs @ [first, ..]) = self.pattern.pairs.get(expected..) {
                let pattern_rest = self
                    .pattern
                    .text
                    .get(first.start as usize..)
                    .unwrap_or_default();
                let same_end = first.start + n_same(&text[at..], pattern_rest) as u32;
                let shift = (at as u32).wrapping_sub(first.start);
                let mut n_taken = 0_usize;
                for known in pairs {
                    if known.next > same_end {
                        break;
                    }
                    let (start, stop) = (
                        known.value_start.wrapping_add(shift),
                        known.value_stop.wrapping_add(shift),
                    );
                    values.put(known.code, start as usize, stop as usize);
                    n_taken += 1;
                }
                if let Some(last) = n_taken.checked_sub(1).and_then(|i| pairs.get(i)) {
                    at = last.next.wrapping_add(shift) as usize;
                    after = usize::from(last.slot);
                    bare = (
                        last.bare_code(),
                        last.value_start.wrapping_add(shift) as usize,
                    );
                    expected += n_taken;
                }
                let Some(known) = pairs.get(n_taken) else {
                    continue;
                };
                if known.value_start <= same_end {
                    // The key is the same, the value is another.
                    let opening = known.value_start - u32::from(!known.is_bare);
                    let (code, slot) = (known.code, known.slot);
                    let value = self.value(text, opening.wrapping_add(shift) as usize);
                    values.put(code, value.start, value.stop);
                    if !value.closed {
                        return false;
                    }
                    (at, after) = (value.end + 1, usize::from(slot));
                    bare = (if value.is_bare { code } else { 0 }, value.start);
                    expected += 1;
                    continue;
                }
            }
            n_surprises += 1;
            let window = window_at(text, at);
            let hit = if let Some(hit) = self.expected(text, at, window, after) {
                hit
            } else {
                let found = self.find_key(text, at, after);
                if found.words_end > at && bare.0 != 0 {
                    values.extend(bare.0, bare.1, found.words_end);
                }
                let Some(hit) = found.hit else { break };
                at = found.at;
                hit
            };
            let later = self.pattern.pairs.get(expected..).unwrap_or_default();
            if let Some(ahead) = later
                .iter()
                .position(|known| usize::from(known.slot) == hit.slot)
            {
                expected += ahead + 1;
            }
            let value = self.value(text, at + hit.len);
            values.put(hit.code, value.start, value.stop);
            if !value.closed {
                return false;
            }
            (at, after) = (value.end + 1, hit.slot);
            bare = (if value.is_bare { hit.code } else { 0 }, value.start);
        }
        if n_surprises > MAX_SURPRISES {
            self.pattern.n_uses_left = 0;
        }
        true
    }

    /// Reads a line and remembers it.
    #[cold]
    fn make_pattern(&mut self, text: &[u8], from: usize, values: &mut Values) -> bool {
        let mut pattern = std::mem::take(&mut self.pattern);
        pattern.pairs.clear();
        pattern.text.clear();
        pattern.text.extend_from_slice(text);
        pattern.n_uses_left = PATTERN_USES;
        let mut closed = true;
        let separator = self.separator;
        self.walk(text, from, |pair| {
            values.put(pair.code, pair.value_start, pair.value_end);
            closed &= pair.closed;
            let is_bare = pair.value_start == pair.key_end + 1;
            let value = text
                .get(pair.value_start..pair.value_end)
                .unwrap_or_default();
            // Where a value ends must be seen from the pair alone: no blanks in a bare one, no quotes in a quoted one.
            let is_plain = pair.closed
                && text.get(pair.end) == Some(&separator)
                && !value.iter().any(|byte| {
                    if is_bare {
                        *byte <= b' ' || *byte == separator
                    } else {
                        matches!(byte, b'"' | b'\\')
                    }
                });
            pattern.pairs.push(Known {
                start: pair.key_start as u32,
                value_start: pair.value_start as u32,
                value_stop: pair.value_end as u32,
                next: if is_plain { pair.end as u32 + 1 } else { NEVER },
                slot: pair.slot,
                code: pair.code,
                is_bare,
            });
        });
        self.pattern = pattern;
        closed
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
                slot: hit.slot as u16,
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
                Some(stop) => Value {
                    start,
                    stop,
                    end: stop + 1,
                    is_bare: false,
                    closed: true,
                },
                None => Value {
                    start,
                    stop: text.len(),
                    end: text.len(),
                    is_bare: false,
                    closed: false,
                },
            };
        }
        let stop = self.bare_end(text, opening);
        Value {
            start: opening,
            stop,
            end: stop,
            is_bare: true,
            closed: true,
        }
    }

    /// The key at `at`, if it is one of those that came after `after` before; it moves up among them.
    #[inline]
    fn expected(&mut self, text: &[u8], at: usize, window: u128, after: usize) -> Option<Hit> {
        let next = self.slots[after].next;
        for (rank, &candidate) in next.iter().enumerate() {
            let slot = &self.slots[usize::from(candidate)];
            if slot.is_at(text, at, window) {
                let hit = Hit {
                    slot: usize::from(candidate),
                    len: slot.len,
                    code: slot.code,
                };
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
            while text
                .get(at)
                .is_some_and(|byte| *byte <= b' ' || *byte == self.separator)
            {
                at += 1;
            }
            if at >= text.len() {
                return Found {
                    words_end,
                    at,
                    hit: None,
                };
            }
            let window = window_at(text, at);
            let hit = match self.expected(text, at, window, after) {
                Some(hit) => Some(hit),
                None => self.learn(text, at, window, after),
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
    fn learn(&mut self, text: &[u8], at: usize, window: u128, after: usize) -> Option<Hit> {
        let rest = text.get(at..)?;
        if !rest.first()?.is_ascii_alphabetic() {
            return None;
        }
        let equals = rest
            .iter()
            .take(MAX_KEY_BYTES)
            .position(|&byte| !is_key_byte(byte))?;
        if rest.get(equals) != Some(&b'=') {
            return None;
        }
        let len = equals + 1;
        let tail = rest.get(HEAD..len).unwrap_or(&[]);
        let key_mask = mask_of(len);
        let key = window & key_mask;
        let mixed = (key as u64 ^ ((key >> 64) as u64).rotate_left(21) ^ len as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut position = (mixed >> 48) as usize;
        loop {
            let known = usize::from(self.index[position % INDEX_SIZE]);
            if known == 0 {
                break;
            }
            let slot = &self.slots[known];
            if slot.len == len && slot.key == key && *slot.tail == *tail {
                let hit = Hit {
                    slot: known,
                    len,
                    code: slot.code,
                };
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
        let free = next
            .iter()
            .position(|&known| known == 0)
            .unwrap_or(next.len() - 1);
        next[free] = slot as u16;
    }

    /// The end of a bare value: a blank, or the separator.
    #[inline]
    fn bare_end(&self, text: &[u8], at: usize) -> usize {
        if self.separator == b' ' {
            find_blank(text, at)
        } else {
            find_byte(text, at, self.separator)
        }
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
    let word = rest
        .iter()
        .take(MAX_KEY_BYTES)
        .take_while(|byte| is_key_byte(**byte))
        .count();
    word > 0 && rest.get(word) == Some(&b'=')
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// 16 bytes from `at`, zeros after the end.
#[inline]
pub fn window_at(text: &[u8], at: usize) -> u128 {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(chunk) = rest.first_chunk::<HEAD>() {
        return u128::from_le_bytes(*chunk);
    }
    let mut padded = [0; HEAD];
    padded[..rest.len()].copy_from_slice(rest);
    u128::from_le_bytes(padded)
}

/// Which bytes of a window belong to a word of `len` bytes.
pub fn mask_of(len: usize) -> u128 {
    if len >= HEAD {
        u128::MAX
    } else {
        (1 << (8 * len)) - 1
    }
}

/// How many bytes two texts have in common at their start.
#[inline]
fn n_same(here: &[u8], there: &[u8]) -> usize {
    let mut n_bytes = 0;
    for (a, b) in here.as_chunks::<8>().0.iter().zip(there.as_chunks::<8>().0) {
        let difference = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if difference != 0 {
            return n_bytes + (difference.trailing_zeros() / 8) as usize;
        }
        n_bytes += 8;
    }
    let tails = here[n_bytes..].iter().zip(&there[n_bytes..]);
    n_bytes + tails.take_while(|(a, b)| a == b).count()
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
    at + rest
        .iter()
        .position(|&byte| byte <= b' ')
        .unwrap_or(rest.len())
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
    at + rest
        .iter()
        .position(|&byte| byte == wanted)
        .unwrap_or(rest.len())
}

/// What `decimal` makes of a part of a text. It takes short numbers at once: how many digits there are is noise, and a
/// wrongly guessed end of a loop costs more than the sums.
#[inline]
pub fn decimal_at(text: &[u8], start: usize, end: usize) -> Option<u64> {
    let n_digits = end.saturating_sub(start);
    match text.get(start..).and_then(<[u8]>::first_chunk::<8>) {
        Some(chunk) if (1..=8).contains(&n_digits) => {
            let digits = u64::from_le_bytes(*chunk) ^ ZEROS;
            eight(digits << (8 * (8 - n_digits)))
        }
        _ => decimal(text.get(start..end)?),
    }
}

/// Eight zeros as text.
pub const ZEROS: u64 = LOW * b'0' as u64;

/// The number of eight digits, the first one lowest: neighbours are joined to pairs, pairs to fours, fours to all.
#[inline]
pub fn eight(digits: u64) -> Option<u64> {
    if (((digits & !HIGH) + LOW * 0x76) | digits) & HIGH != 0 {
        return None;
    }
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours & 0xffff) * 10_000 + (fours >> 32))
}
