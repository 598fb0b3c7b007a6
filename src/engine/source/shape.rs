//! The shape of a line that nobody knows: what stays when the values go. Lines of one program have few shapes, so
//! counting shapes tells what a log holds besides traffic.
//!
//! A key is words apart by blanks, the most telling first: `table comma 7`, `pairs von vport an`,
//! `text Accepted password for * from <ip> port <n>`. Shorter keys are coarser ones: what makes few of many.

use super::Record;
use super::cleanup::start::is_masked;
use super::csv::{Delimiter, cells};
use crate::engine::model::Host;

/// Bytes of a line that are looked at.
const MAX_SEEN: usize = 512;
/// Words of a key.
const MAX_WORDS: usize = 24;
/// Bytes of a pattern.
const MAX_PATTERN: usize = 200;
/// Fewer marks make no table, fewer signs no pairs.
const MIN_MARKS: usize = 3;

/// How many words of a key each level of coarseness keeps.
pub const LEVELS: [usize; 4] = [MAX_WORDS, 5, 2, 1];

/// The first `n` words of a key.
pub fn shortened(key: &str, n: usize) -> &str {
    match key.match_indices(' ').nth(n - 1) {
        Some((at, _)) => &key[..at],
        None => key,
    }
}

/// Writes the key of a record. The same for all lines that differ in values only, as far as that can be seen.
pub fn key(record: &Record<'_>, key: &mut String) {
    key.clear();
    let body = seen(record.body);
    if matches!(body.first(), Some(b'{')) {
        key.push_str("json");
        names(body, b':', key);
        return;
    }
    let n_signs = memchr::memchr_iter(b'=', body).count();
    if n_signs >= MIN_MARKS {
        key.push_str("pairs");
        names(body, b'=', key);
        return;
    }
    if let Some((mark, n)) = table(body) {
        key.push_str("table ");
        key.push_str(mark);
        key.push(' ');
        number(n, key);
        return;
    }
    key.push_str("text");
    if !record.head.tag.is_empty() {
        word(record.head.tag, key);
    }
    for token in tokens(body).take(MAX_WORDS - 2) {
        word(token, key);
    }
}

/// What the line looks like, for a person: its values as `<ip>`, `<n>`, `<time>`, `<x>`.
pub fn pattern(record: &Record<'_>) -> String {
    let mut text = String::new();
    let body = seen(record.body);
    if !record.head.tag.is_empty() {
        text.push_str(&String::from_utf8_lossy(record.head.tag));
        text.push_str(": ");
    }
    let mut at = 0;
    while at < body.len() && text.len() < MAX_PATTERN {
        let n = body[at..]
            .iter()
            .take_while(|byte| !is_mark(**byte))
            .count();
        if n > 0 {
            match class(&body[at..at + n]) {
                Some(class) => text.push_str(class),
                None => text.push_str(&String::from_utf8_lossy(&body[at..at + n])),
            }
            at += n;
        } else {
            match body[at] {
                byte if byte.is_ascii_graphic() => text.push(char::from(byte)),
                _ if text.ends_with(' ') => {}
                _ => text.push(' '),
            }
            at += 1;
        }
    }
    if at < body.len() || body.len() < record.body.len() {
        text.push('…');
    }
    text
}

fn seen(body: &[u8]) -> &[u8] {
    body.get(..MAX_SEEN).unwrap_or(body).trim_ascii()
}

/// The mark that cuts the line into most cells, if it cuts it like a table.
fn table(body: &[u8]) -> Option<(&'static str, usize)> {
    const MARKS: [(&str, u8); 4] = [
        ("tab", b'\t'),
        ("semicolon", b';'),
        ("bar", b'|'),
        ("comma", b','),
    ];
    let counted = MARKS.map(|(name, mark)| (name, memchr::memchr_iter(mark, body).count()));
    let most = counted.into_iter().rev().max_by_key(|(_, n)| *n)?;
    if most.1 >= MIN_MARKS {
        return Some((most.0, most.1 + 1));
    }
    // Columns of blanks hold values; a sentence holds words.
    let (mut n, mut n_words, mut n_addresses) = (0, 0, 0);
    for cell in cells(body, Delimiter::Blank) {
        n += 1;
        match class(cell.raw) {
            Some("<ip>") => n_addresses += 1,
            Some(_) => {}
            None => n_words += usize::from(cell.raw.len() > 1),
        }
    }
    (n > MIN_MARKS && n_addresses > 0 && n_words * 2 <= n).then_some(("blank", n))
}

/// The names before a sign, in their order.
fn names(body: &[u8], sign: u8, key: &mut String) {
    let mut n_left = MAX_WORDS - 1;
    let mut last = 0;
    for at in memchr::memchr_iter(sign, body) {
        let before = body[last..at].trim_ascii_end();
        let before = before.strip_suffix(b"\"").unwrap_or(before);
        let n = before
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
            .count();
        last = at + 1;
        let name = &before[before.len() - n..];
        // Clock times have colons too.
        if n == 0 || name[0].is_ascii_digit() {
            continue;
        }
        if n_left == 0 {
            return;
        }
        n_left -= 1;
        key.push(' ');
        key.extend(name.iter().map(|byte| char::from(*byte)));
    }
}

fn tokens(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|byte| is_mark(*byte))
        .filter(|token| !token.is_empty())
}

fn is_mark(byte: u8) -> bool {
    byte <= b' '
        || matches!(
            byte,
            b',' | b';'
                | b'|'
                | b'='
                | b'"'
                | b'\''
                | b'('
                | b')'
                | b'['
                | b']'
                | b'<'
                | b'>'
                | b'{'
                | b'}'
        )
}

fn word(token: &[u8], key: &mut String) {
    key.push(' ');
    match class(token) {
        Some(class) => key.push_str(class),
        None => key.extend(token.iter().take(24).map(|byte| char::from(*byte))),
    }
}

/// What a value is; nothing for a word.
fn class(token: &[u8]) -> Option<&'static str> {
    if !token.iter().any(u8::is_ascii_digit) {
        return is_masked(token).then_some("<ip>");
    }
    if token.iter().all(u8::is_ascii_digit) {
        return Some("<n>");
    }
    // With a port, or with the mark of the sentence around it.
    let bare = token.strip_suffix(b":").unwrap_or(token);
    if is_address(bare) {
        return Some("<ip>");
    }
    let n_marks = token
        .iter()
        .filter(|byte| matches!(byte, b':' | b'-' | b'/' | b'.' | b'T' | b'Z' | b'+'))
        .count();
    let n_digits = token.iter().filter(|byte| byte.is_ascii_digit()).count();
    if n_marks >= 2 && n_digits >= 4 && n_marks + n_digits == token.len() {
        return Some("<time>");
    }
    Some("<x>")
}

fn is_address(token: &[u8]) -> bool {
    let is = |text: &[u8]| Host::parse(text).is_some() || is_masked(text);
    is(token) || memchr::memrchr3(b':', b'/', b'#', token).is_some_and(|at| is(&token[..at]))
}

fn number(number: usize, text: &mut String) {
    use std::fmt::Write;
    write!(text, "{number}").ok();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::source::{Clock, header};

    fn of(line: &str) -> (String, String) {
        let record = header::split(line.as_bytes(), &Clock::default());
        let mut found = String::new();
        key(&record, &mut found);
        (found, pattern(&record))
    }

    #[test]
    fn values_go_and_words_stay() {
        let check = |line: &str, key: &str, pattern: &str| {
            assert_eq!(of(line), (key.to_string(), pattern.to_string()), "{line}");
        };
        check(
            "Feb 19 10:15:02 gw sshd[12]: Accepted password for bob from 192.0.2.7 port 51022 ssh2",
            "text sshd Accepted password for bob from <ip> port <n> <x>",
            "sshd: Accepted password for bob from <ip> port <n> <x>",
        );
        check(
            "2024-02-19 10:15:02;192.0.2.7;51022;198.51.100.1;443;tcp;J",
            "table semicolon 7",
            "<time> <time>;<ip>;<n>;<ip>;<n>;tcp;J",
        );
        check(
            "10:15:02 192.0.2.7:1 198.51.100.1:443 J",
            "table blank 4",
            "<time> <ip> <ip> J",
        );
        check(
            "von=192.0.2.7 an=\"198.51.100.1\" was=tcp",
            "pairs von an was",
            "von=<ip> an=\"<ip>\" was=tcp",
        );
        check(
            "{\"a\":\"192.0.2.7\",\"t\":\"10:15:02\"}",
            "json a t",
            "{\"a\":\"<ip>\",\"t\":\"<time>\"}",
        );
        check("", "text", "");
        check("\u{1}\u{7f}\u{9b}", "text \u{7f}Â\u{9b}", " \u{7f}\u{9b}");
    }

    #[test]
    fn keys_get_coarser_from_the_end() {
        let key = "text a b c d e f";
        let cut: Vec<&str> = LEVELS.iter().map(|n| shortened(key, *n)).collect();
        assert_eq!(cut, [key, "text a b c d", "text a", "text"]);
    }
}
