//! The reader of `key=value key="quoted value" …` that formats share.
//!
//! Shape    A key is a word of letters, digits, `_`, `-`, `.` before `=`. A value is bare or in double quotes.
//! Speed    Lines of one log have mostly the same keys in mostly the same order, so every key remembers which
//!          keys came after it. The next key is compared with those (16 bytes at once) before it is looked up;
//!          the end of a value is searched 8 bytes at once, because values are too short for a library call.
//! Quirks   A bare value may hold blanks (`service=A B`): it ends where the next `word=` begins.
//!          A quote inside a quoted value ends it only if a blank or the end of the line follows.

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
        for i in 0..4 {
            off |= (window[i] & self.mask[i]) ^ self.bytes[i];
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str, separator: u8) -> Vec<(String, String)> {
        let mut keys = Keys::new(|_| 1, separator);
        let mut found = Vec::new();
        // Twice: the second pass runs on what the first has learnt, and must give the same.
        for _ in 0..2 {
            found.clear();
            keys.walk(text.as_bytes(), 0, |pair| {
                found.push((
                    text[pair.key_start..pair.key_end].to_string(),
                    text[pair.value_start..pair.value_end].to_string(),
                ));
            });
        }
        found
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = pairs(text, b' ');
        let found: Vec<(&str, &str)> = found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn values_are_bare_or_quoted() {
        check("a=1 b=\"two words\" c=", &[("a", "1"), ("b", "two words"), ("c", "")]);
        check("  a=1   b=2  ", &[("a", "1"), ("b", "2")]);
        check("averyveryverylongkeyname=1 averyveryverylongkeynamf=2", &[
            ("averyveryverylongkeyname", "1"),
            ("averyveryverylongkeynamf", "2"),
        ]);
    }

    #[test]
    fn a_bare_value_may_hold_blanks() {
        check("time=12: 26:24 service=Terminal Services x=1", &[
            ("time", "12: 26:24"),
            ("service", "Terminal Services"),
            ("x", "1"),
        ]);
        check("junk <189> a=1 more junk", &[("a", "1 more junk")]);
    }

    #[test]
    fn quotes_inside_quotes() {
        check(r#"m="say \"hi\" now" n="C:\dir\" o=1"#, &[("m", r#"say \"hi\" now"#), ("n", "C:\\dir\\"), ("o", "1")]);
        check("m=\"it says \"x\"!\" n=1", &[("m", "it says \"x\"!"), ("n", "1")]);
        check("a=1 m=\"cut of", &[("a", "1"), ("m", "cut of")]);
    }

    #[test]
    fn another_separator() {
        let found = pairs("a=1,b=\"x, y\",c=two words", b',');
        let expected = [("a", "1"), ("b", "x, y"), ("c", "two words")];
        assert_eq!(found, expected.map(|(key, value)| (key.to_string(), value.to_string())));
    }

    #[test]
    fn the_first_value_of_a_key_wins_and_a_cut_line_says_so() {
        let mut keys = Keys::new(|key| u8::from(key == b"src"), b' ');
        let mut values = Values::default();
        let line = b"src=a msg=b src=c";
        assert!(keys.read(line, 0, &mut values));
        assert_eq!(values.get(line, 1), Some(&b"a"[..]));
        assert!(!keys.read(b"src=a msg=\"b", 0, &mut values));
    }

    #[test]
    fn more_keys_than_are_remembered_are_still_read() {
        let mut text = String::new();
        for number in 0..700 {
            text.push_str(&format!("key{number}={number} "));
        }
        assert_eq!(pairs(&text, b' ').len(), 700);
    }

    /// `read` must say what `walk` says, however often the same or other lines went before.
    #[test]
    fn the_quick_reader_says_what_the_plain_one_says() {
        let lines = [
            "a=1 b=\"x y\" c=3 d=z",
            "a=1 b=\"x y\" c=3 d=z",
            "a=1 b=\"x y\" c=3 d=w e=averylongvaluethatdoesnotfitintoonewindow f=1",
            "a=1 b=x y c=3 d=w e=averylongvaluethatdoesnotfitintoonewindow f=2",
            "a=1 b=\"x y\"  c=3 q d=w f=2",
            "b=\"x y\" a=1 c=3",
            "a= b=\"\" c=",
            "a=1 b=x",
            "a=1 b=x ",
            "c=3 b=\"x",
            "a=12 b=\"x y\" c=3",
        ];
        let code_of = |key: &[u8]| key.first().map_or(0, |byte| byte - b'a' + 1);
        let mut keys = Keys::new(code_of, b' ');
        let mut values = Values::default();
        for round in 0..40 {
            for line in lines {
                let mut expected = Values::default();
                let mut is_closed = true;
                Keys::new(code_of, b' ').walk(line.as_bytes(), 0, |pair| {
                    expected.put(pair.code, pair.value_start, pair.value_end);
                    is_closed &= pair.closed;
                });
                assert_eq!(keys.read(line.as_bytes(), 0, &mut values), is_closed, "{line}");
                for code in 0..MAX_CODES as Code {
                    let found = values.get(line.as_bytes(), code).map(String::from_utf8_lossy);
                    assert_eq!(found, expected.get(line.as_bytes(), code).map(String::from_utf8_lossy), "{line} {round}");
                }
            }
        }
    }

    #[test]
    fn the_fast_searches_agree_with_the_slow_one() {
        let text: Vec<u8> = (0..200_u32).map(|i| (i * 37 % 251) as u8).collect();
        for at in 0..text.len() {
            for wanted in [0, b' ', b'"', 0x80, 0xff] {
                let slow = text[at..].iter().position(|&byte| byte == wanted).map_or(text.len(), |found| at + found);
                assert_eq!(find_byte(&text, at, wanted), slow);
            }
            let slow = text[at..].iter().position(|&byte| byte <= b' ').map_or(text.len(), |found| at + found);
            assert_eq!(find_blank(&text, at), slow);
        }
    }
}
