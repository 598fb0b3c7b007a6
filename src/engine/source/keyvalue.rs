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
const WINDOW: usize = 16;

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
    /// The first 16 bytes of `key=`, the rest zero, and which of them count.
    head: u128,
    mask: u128,
    tail: Box<[u8]>,
    /// Bytes of `key=`.
    len: usize,
    code: Code,
    /// Slots that came next, the likeliest first; 0 = none.
    next: [u16; 4],
}

#[derive(Clone, Copy)]
struct Hit {
    slot: usize,
    len: usize,
    code: Code,
}

impl Keys {
    /// `code_of` names a key; `separator` stands between pairs.
    pub fn new(code_of: fn(&[u8]) -> Code, separator: u8) -> Keys {
        let start = Slot { head: 0, mask: 0, tail: Box::default(), len: 0, code: 0, next: [0; 4] };
        Keys { code_of, separator, slots: vec![start], index: Box::new([0; INDEX_SIZE]) }
    }

    /// Reads a line into `values`. False when the line ends inside a quoted value.
    #[inline]
    pub fn read(&mut self, text: &[u8], from: usize, values: &mut Values) -> bool {
        values.clear();
        let mut closed = true;
        self.walk(text, from, |pair| {
            if pair.code != 0 {
                values.put(pair.code, pair.value_start, pair.value_end);
            }
            closed &= pair.closed;
        });
        closed
    }

    /// Calls `take` for every pair in order.
    #[inline]
    pub fn walk(&mut self, text: &[u8], from: usize, mut take: impl FnMut(Pair)) {
        let (mut at, mut upcoming) = self.next_key(text, from, 0);
        if upcoming.is_none() {
            (at, upcoming) = self.skip_words(text, at, 0).1;
        }
        while let Some(hit) = upcoming {
            let opening = at + hit.len;
            let is_quoted = text.get(opening) == Some(&b'"');
            let (value_start, mut value_end, mut end, mut closed) = if is_quoted {
                let start = opening + 1;
                match self.closing_quote(text, start) {
                    Some(quote) => (start, quote, quote + 1, true),
                    None => (start, text.len(), text.len(), false),
                }
            } else {
                let end = self.bare_end(text, opening);
                (opening, end, end, true)
            };
            let (mut next_at, mut next) = self.next_key(text, end, hit.slot);
            if next.is_none() && next_at < text.len() {
                // Words that are no keys: the rest of a bare value, or rubbish after a quoted one.
                let (words_end, found) = self.skip_words(text, next_at, hit.slot);
                (next_at, next) = found;
                if !is_quoted {
                    value_end = words_end;
                    end = words_end;
                    closed = true;
                }
            }
            take(Pair { code: hit.code, key_start: at, key_end: opening - 1, value_start, value_end, end, closed });
            (at, upcoming) = (next_at, next);
        }
    }

    /// Past separators and blanks, and the key that begins there.
    #[inline]
    fn next_key(&mut self, text: &[u8], mut at: usize, after: usize) -> (usize, Option<Hit>) {
        while let Some(&byte) = text.get(at) {
            if byte > b' ' && byte != self.separator {
                break;
            }
            at += 1;
        }
        if at >= text.len() {
            return (at, None);
        }
        let window = window_at(text, at);
        let Some(previous) = self.slots.get(after) else { return (at, None) };
        for (rank, &candidate) in previous.next.iter().enumerate() {
            let Some(slot) = self.slots.get(usize::from(candidate)) else { break };
            if candidate == 0 {
                break;
            }
            if window & slot.mask == slot.head
                && (slot.tail.is_empty() || text.get(at + WINDOW..).is_some_and(|rest| rest.starts_with(&slot.tail)))
            {
                let hit = Hit { slot: usize::from(candidate), len: slot.len, code: slot.code };
                if rank > 0 {
                    self.slots[after].next.swap(rank, rank - 1);
                }
                return (at, Some(hit));
            }
        }
        (at, self.learn(text, at, after))
    }

    /// Reads a key that was not expected, and expects it next time.
    #[cold]
    fn learn(&mut self, text: &[u8], at: usize, after: usize) -> Option<Hit> {
        let rest = text.get(at..)?;
        if !rest.first()?.is_ascii_alphabetic() {
            return None;
        }
        let equals = rest.iter().take(MAX_KEY_BYTES).position(|&byte| !is_key_byte(byte))?;
        if rest.get(equals) != Some(&b'=') {
            return None;
        }
        let len = equals + 1;
        let whole = &rest[..len];
        let head_mask = if len >= WINDOW { u128::MAX } else { (1_u128 << (8 * len)) - 1 };
        let head = window_at(text, at) & head_mask;
        let mut position = (head as u64 ^ (head >> 64) as u64 ^ len as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54;
        loop {
            let known = usize::from(self.index[position as usize % INDEX_SIZE]);
            if known == 0 {
                break;
            }
            let slot = &self.slots[known];
            if slot.len == len && slot.head == head && whole.get(WINDOW..).unwrap_or(&[]) == &*slot.tail {
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
        let tail = whole.get(WINDOW..).unwrap_or(&[]).into();
        self.slots.push(Slot { head, mask: head_mask, tail, len, code, next: [0; 4] });
        self.index[position as usize % INDEX_SIZE] = slot as u16;
        self.expect_next(after, slot);
        Some(Hit { slot, len, code })
    }

    fn expect_next(&mut self, after: usize, slot: usize) {
        let next = &mut self.slots[after].next;
        let free = next.iter().position(|&known| known == 0).unwrap_or(next.len() - 1);
        next[free] = slot as u16;
    }

    /// Skips words that are no keys. Gives the end of the last of them, and the place of the next key.
    #[cold]
    fn skip_words(&mut self, text: &[u8], mut at: usize, after: usize) -> (usize, (usize, Option<Hit>)) {
        loop {
            let words_end = self.bare_end(text, at.max(1)).max(at);
            let (next_at, hit) = self.next_key(text, words_end, after);
            if hit.is_some() || next_at >= text.len() {
                return (words_end, (next_at, hit));
            }
            at = next_at;
        }
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

/// 16 bytes from `at`, zeros after the end.
#[inline]
fn window_at(text: &[u8], at: usize) -> u128 {
    let rest = text.get(at..).unwrap_or(&[]);
    if let Some(chunk) = rest.first_chunk::<WINDOW>() {
        return u128::from_le_bytes(*chunk);
    }
    let mut padded = [0; WINDOW];
    padded[..rest.len()].copy_from_slice(rest);
    u128::from_le_bytes(padded)
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
