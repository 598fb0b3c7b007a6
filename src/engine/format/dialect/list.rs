//! `Name: value, Name: value`: names begin with a capital and may have blanks, values may hold commas.
//!
//! Speed    Lists of one log go on alike, so every name remembers which names came behind it. To compare with those is
//!          quicker than to look for a name's end and for its role.

use super::Role;
use super::pairs::{Pair, is_name, place, trimmed};
use crate::engine::source::keyvalue::{HEAD, find_byte, mask_of, window_at};
use memchr::memchr;

/// Longer ones are sentences.
const MAX_NAME: usize = 48;
/// More different names than any dialect has; further ones are read but not remembered.
const MAX_KNOWN: usize = 256;

/// The names seen so far and which follow which.
pub struct Order {
    /// The first stands for the start of a list.
    known: Vec<Known>,
}

struct Known {
    /// The first 16 bytes of `Name: `, the next ones, and the last ones. What it is too short for is not compared.
    first: u128,
    middle: u128,
    last: u128,
    /// Which of the first bytes count.
    mask: u128,
    /// Bytes of `Name: `.
    len: usize,
    role: Role,
    /// Those that came behind it, the likeliest first; 0 = none.
    next: [u16; 4],
}

impl Known {
    /// Three windows must hold it, and what has no blank behind it would be taken for a longer text.
    fn is_possible(text: &[u8], at: usize, sign: usize) -> bool {
        sign + 2 - at <= 3 * HEAD && text.get(sign + 1) == Some(&b' ')
    }

    /// The name that stands from `at` to its `end`, which is behind the blank.
    fn new(text: &[u8], at: usize, end: usize, role: Role) -> Known {
        let len = end - at;
        let mask = mask_of(len);
        Known {
            first: window_at(text, at) & mask,
            middle: window_at(text, at + HEAD),
            last: window_at(text, end.saturating_sub(HEAD)),
            mask,
            len,
            role,
            next: [0; 4],
        }
    }

    #[inline]
    fn is_at(&self, text: &[u8], at: usize, window: u128) -> bool {
        window & self.mask == self.first
            && (self.len <= HEAD
                || window_at(text, at + self.len - HEAD) == self.last
                    && (self.len <= 2 * HEAD || window_at(text, at + HEAD) == self.middle))
    }
}

impl Default for Order {
    fn default() -> Self {
        // No text has a first byte that none has.
        let start = Known {
            first: u128::MAX,
            ..Known::new(b"", 0, 0, Role::None)
        };
        Order { known: vec![start] }
    }
}

const _: () = assert!(size_of::<Option<Name>>() == 8);

/// A name in the text; small, so that it is handed over without going through memory.
#[derive(Clone, Copy)]
struct Name {
    /// Its colon.
    sign: u32,
    /// Its place in the order.
    known: u16,
    role: Role,
}

impl Order {
    /// The name at `start`, if one begins there; `after` is the place of the one before.
    #[inline]
    fn name(
        &mut self,
        text: &[u8],
        start: usize,
        after: u16,
        role_of: &dyn Fn(&[u8]) -> Role,
    ) -> Option<Name> {
        let window = window_at(text, start);
        let next = self.known[usize::from(after)].next;
        for (rank, place) in next.into_iter().enumerate() {
            let known = &self.known[usize::from(place)];
            if known.is_at(text, start, window) {
                let name = Name {
                    sign: (start + known.len - 2) as u32,
                    known: place,
                    role: known.role,
                };
                if rank > 0 {
                    self.known[usize::from(after)].next.swap(rank, rank - 1);
                }
                return Some(name);
            }
        }
        self.learn(text, start, after, role_of)
    }

    /// Reads a name that was not expected, and expects it next time.
    #[cold]
    fn learn(
        &mut self,
        text: &[u8],
        start: usize,
        after: u16,
        role_of: &dyn Fn(&[u8]) -> Role,
    ) -> Option<Name> {
        let sign = name_end(text, start)?;
        let window = window_at(text, start);
        let same =
            |known: &Known| known.len == sign + 2 - start && known.is_at(text, start, window);
        let place = match self.known.iter().position(same) {
            Some(place) => place,
            None if self.known.len() < MAX_KNOWN && Known::is_possible(text, start, sign) => {
                let role = role_of(&text[start..sign]);
                self.known.push(Known::new(text, start, sign + 2, role));
                self.known.len() - 1
            }
            None => {
                return Some(Name {
                    sign: sign as u32,
                    known: after,
                    role: role_of(&text[start..sign]),
                });
            }
        };
        let next = &mut self.known[usize::from(after)].next;
        let free = next.iter().position(|known| *known == 0);
        next[free.unwrap_or(next.len() - 1)] = place as u16;
        Some(Name {
            sign: sign as u32,
            known: place as u16,
            role: self.known[place].role,
        })
    }
}

/// The colon of the name that begins at `from`; a blank, a comma or the end stands behind it.
fn name_end(text: &[u8], from: usize) -> Option<usize> {
    if !text.get(from)?.is_ascii_uppercase() {
        return None;
    }
    let mut sign = from;
    while sign < from + MAX_NAME
        && text
            .get(sign)
            .is_some_and(|byte| is_name(*byte) || *byte == b' ')
    {
        sign += 1;
    }
    (text.get(sign) == Some(&b':')
        && text
            .get(sign + 1)
            .is_none_or(|next| matches!(next, b' ' | b',')))
    .then_some(sign)
}

/// Reads all pairs, with the roles that `role_of` gives to names.
pub fn read(
    text: &[u8],
    order: &mut Order,
    role_of: &dyn Fn(&[u8]) -> Role,
    pairs: &mut Vec<Pair>,
) {
    // The first name may stand behind a number of the message: `%X-1-430003: Name: …`.
    let mut from = 0;
    let mut name = loop {
        if let Some(name) = order.name(text, from, 0, role_of) {
            break name;
        }
        match text.get(from..).and_then(|rest| memchr(b' ', rest)) {
            Some(n) => from += n + 1,
            None => return,
        }
    };
    loop {
        let sign = name.sign as usize;
        let mut search = sign + 1;
        let next = loop {
            // Values are too short for a library call.
            let comma = find_byte(text, search, b',');
            if comma >= text.len() {
                break None;
            }
            search = comma + 1;
            if text.get(search) == Some(&b' ')
                && let Some(next) = order.name(text, search + 1, name.known, role_of)
            {
                break Some((comma, next));
            }
        };
        let start = (sign + 2).min(text.len());
        let stop = match next {
            Some((comma, _)) => comma as u32,
            None => trimmed(text, start, text.len()),
        };
        pairs.push(Pair {
            role: name.role,
            ..Pair::new(place(from, sign), ((start as u32).min(stop), stop))
        });
        let Some((comma, next)) = next else { return };
        (from, name) = (comma + 2, next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str, order: &mut Order) -> Vec<Pair> {
        let role_of = |name: &[u8]| match name {
            b"SrcIP" => Role::Src,
            b"DstIP" => Role::Dst,
            _ => Role::None,
        };
        let mut pairs = Vec::new();
        read(text.as_bytes(), order, &role_of, &mut pairs);
        pairs
    }

    #[test]
    fn what_came_before_changes_nothing() {
        let long = |n: usize| "Long".repeat(12)[..n].to_string();
        let mut lists: Vec<String> = [
            "%F-1-2: SrcIP: 10.0.0.1, DstIP: 10.0.0.2, N: 1",
            "%F-1-2: DstIP: 10.0.0.2, SrcIP: 10.0.0.1, N: 1",
            "SrcIP: 10.0.0.1, DstIPs: 2, DstIP: 10.0.0.2, N:",
            "SrcIP: 10.0.0.1, Dst:, N: 1, SrcIP:, DstIP: 2",
            "SrcIP: a, b: c, Like B: d, Like: e, Like",
            "SrcIP: a, Like B : d, Like:e, \u{e9}: f, SrcIP",
            "SrcIP: ",
            "SrcIP:",
            "",
        ]
        .map(String::from)
        .to_vec();
        for n in [11, 13, 14, 15, 16, 17, 29, 30, 31, 32, 44, 45, 46, 47, 48] {
            let (name, other) = (long(n), long(n - 1));
            lists.push(format!(
                "SrcIP: 1, {name}: 2, DstIP: 3, {other}X: 4, {other}: 5"
            ));
            lists.push(format!(
                "SrcIP: 1, {other}Y: 2, DstIP: 3, X{name}: 4, {other}: 5"
            ));
            lists.push(format!(
                "SrcIP: 1, {}x{}: 2",
                &name[..n / 2],
                &name[n / 2 + 1..]
            ));
        }
        let mut order = Order::default();
        for _ in 0..3 {
            for list in &lists {
                let alone = pairs(list, &mut Order::default());
                assert_eq!(pairs(list, &mut order), alone, "{list}");
            }
            lists.reverse();
        }
    }

    #[test]
    fn names_without_number_are_read_but_not_remembered() {
        let mut order = Order::default();
        for n in 0..2 * MAX_KNOWN {
            let list = format!("SrcIP: 1, N{n}: 2, DstIP: 3");
            let alone = pairs(&list, &mut Order::default());
            assert_eq!(pairs(&list, &mut order), alone);
            assert_eq!(alone[2].role, Role::Dst);
        }
        assert_eq!(order.known.len(), MAX_KNOWN);
    }
}
