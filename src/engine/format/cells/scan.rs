//! Small readers of text: a walk from left to right, what follows a label, an address with its port, JSON.

use crate::engine::format::plain;
use crate::engine::model::{Flags, Host};
use crate::engine::source::find::find;

/// Flags in any notation, also with stars or blanks for those that are not set (`***AP***`).
pub fn flags(text: &[u8]) -> Option<Flags> {
    if text.contains(&b'*') {
        let mut bits = 0;
        for &letter in text {
            bits |= Flags::from_letter(letter).unwrap_or(0);
        }
        return Some(Flags(bits));
    }
    plain::flags(text)
}

/// What follows `label`, up to one of `stops`.
pub fn after<'a>(text: &'a [u8], label: &[u8], stops: &[u8]) -> &'a [u8] {
    let Some(at) = find(text, label) else {
        return b"";
    };
    let rest = text[at + label.len()..].trim_ascii_start();
    if let Some(quoted) = rest.strip_prefix(b"\"") {
        let end = memchr::memchr(b'"', quoted).unwrap_or(quoted.len());
        return &quoted[..end];
    }
    let end = rest
        .iter()
        .position(|byte| stops.contains(byte))
        .unwrap_or(rest.len());
    rest[..end].trim_ascii_end()
}

/// Address and port: `192.0.2.1:80`, `192.0.2.1/80`, `192.0.2.1(80)`, `[2001:db8::1]:80`, `2001:db8::1[80]`. A port
/// may be a name.
pub fn split_end(text: &[u8]) -> (&[u8], &[u8]) {
    let text = text.trim_ascii();
    if let Some(inner) = text.strip_prefix(b"[")
        && let Some(at) = memchr::memchr(b']', inner)
    {
        return (
            &inner[..at],
            inner[at + 1..].strip_prefix(b":").unwrap_or_default(),
        );
    }
    if let Some(inner) = text.strip_suffix(b"]").or_else(|| text.strip_suffix(b")"))
        && let Some(at) = memchr::memrchr2(b'[', b'(', inner)
    {
        return (&inner[..at], &inner[at + 1..]);
    }
    if Host::parse(text).is_some() {
        return (text, b"");
    }
    match memchr::memrchr2(b':', b'/', text) {
        Some(at) if at > 0 => (&text[..at], &text[at + 1..]),
        _ => (text, b""),
    }
}

/// Walks a text from left to right.
#[derive(Clone, Copy)]
pub struct Scan<'a> {
    pub text: &'a [u8],
    pub at: usize,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a [u8]) -> Scan<'a> {
        Scan { text, at: 0 }
    }

    pub fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next run without blanks; empty at the end.
    pub fn word(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let start = rest
            .iter()
            .position(|byte| *byte > b' ')
            .unwrap_or(rest.len());
        let end = rest[start..]
            .iter()
            .position(|byte| *byte <= b' ')
            .map_or(rest.len(), |offset| start + offset);
        self.at += end;
        &rest[start..end]
    }

    /// The next word, which stays.
    pub fn peek(&self) -> &'a [u8] {
        let mut copy = *self;
        copy.word()
    }

    /// Up to `literal`, which is passed. `None`, and nothing passed, where it does not come.
    pub fn until(&mut self, literal: &[u8]) -> Option<&'a [u8]> {
        let rest = self.rest();
        let at = find(rest, literal)?;
        self.at += at + literal.len();
        Some(&rest[..at])
    }

    /// Past `literal`, wherever it comes next.
    pub fn past(&mut self, literal: &[u8]) -> bool {
        self.until(literal).is_some()
    }
}

/// Whether `needle` is in the text.
pub fn has(text: &[u8], needle: &[u8]) -> bool {
    find(text, needle).is_some()
}

/// The values of a JSON object at any depth, each with the last part of its key.
pub fn json_values<'a>(text: &'a [u8], each: &mut dyn FnMut(&'a [u8], &'a [u8])) {
    let mut key: &[u8] = b"";
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte == b'"' {
            let start = at + 1;
            let mut end = start;
            while text.get(end).is_some_and(|byte| *byte != b'"') {
                end += 1 + usize::from(text[end] == b'\\');
            }
            let end = end.min(text.len());
            let string = &text[start..end];
            at = end + 1;
            let next = text[at.min(text.len())..].trim_ascii_start();
            if next.first() == Some(&b':') {
                key = string;
                at = text.len() - next.len() + 1;
            } else if !key.is_empty() {
                each(key, string);
                key = b"";
            }
        } else if !key.is_empty() && (byte.is_ascii_alphanumeric() || byte == b'-') {
            let end = text[at..]
                .iter()
                .position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n'))
                .map_or(text.len(), |offset| at + offset);
            each(key, &text[at..end]);
            key = b"";
            at = end;
        } else {
            at += 1;
        }
    }
}
