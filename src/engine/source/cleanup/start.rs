//! How records begin. A line of the same beginning as the first one of its block starts a record; another one may
//! be the rest of a wrapped line.

use super::super::find::find;
use super::super::record::Clock;
use super::super::time;
use crate::engine::model::NameId;

/// The shape of a record's beginning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Start {
    /// `<134>`
    Priority,
    /// `Feb 19 10:15:02`
    Syslog,
    /// `2024-02-19 10:15:02` and other dates with the year first.
    Iso,
    /// `19.02.2024 10:15:02`, `19/Feb/2024 10:15:02`
    DayFirst,
    /// `10:15:02`
    Clock,
    /// `1708337702.107`
    Epoch,
    /// `[123.456]`
    Uptime,
    /// `date=2024-`
    DateKey,
    /// `%NAME-6-`
    Percent,
    /// `{`
    Json,
    /// `1,2024/02/19`, `000123: Feb 19`
    Serial,
    /// `name=`; the name.
    Key(NameId),
    /// The first word, when nothing else is known.
    Word(NameId),
}

/// The beginning of a line, as far as it is typical of logs.
pub fn of(line: &[u8]) -> Option<Start> {
    let first = *line.first()?;
    match first {
        b'<' => {
            let n_digits = line[1..]
                .iter()
                .take(4)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            ((1..=3).contains(&n_digits) && line.get(n_digits + 1) == Some(&b'>'))
                .then_some(Start::Priority)
        }
        b'{' => matches!(line.get(1), None | Some(b'"' | b' ')).then_some(Start::Json),
        b'%' => percent(line).then_some(Start::Percent),
        b'[' => time::uptime(line).map(|_| Start::Uptime),
        b'"' => of(&line[1..]).filter(|start| matches!(start, Start::DateKey | Start::Key(_))),
        b'0'..=b'9' => digits(line),
        b'*' | b'.' => time::syslog(&line[1..], &Clock::default()).map(|_| Start::Syslog),
        _ if first.is_ascii_alphabetic() => {
            if date_key(line) {
                return Some(Start::DateKey);
            }
            if first.is_ascii_uppercase() && time::syslog(line, &Clock::default()).is_some() {
                return Some(Start::Syslog);
            }
            let n_name = line
                .iter()
                .take(32)
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
                .count();
            // `Protocol: TCP | Source IP: …`: bars between the fields make a whole of the line.
            let has_bars = || line[n_name..].starts_with(b": ") && find(line, b" | ").is_some();
            (line.get(n_name) == Some(&b'=') || n_name > 0 && has_bars())
                .then(|| Start::Key(NameId::of(&line[..n_name])))
        }
        // A mark of the decision that a web page puts in front: `✖ Feb 19 …`.
        0xe2.. => {
            let n_mark = line.iter().take(8).position(|byte| *byte == b' ')?;
            of(&line[n_mark + 1..]).filter(|start| *start == Start::Syslog || *start == Start::Iso)
        }
        _ => None,
    }
}

/// The first word, for dialects whose records all begin with the same one.
pub fn word(line: &[u8]) -> Option<Start> {
    let n_word = line.iter().take(64).position(u8::is_ascii_whitespace)?;
    (n_word > 0).then(|| Start::Word(NameId::of(&line[..n_word])))
}

pub fn date_key(text: &[u8]) -> bool {
    text.starts_with(b"date=20") || text.starts_with(b"date=\"20")
}

/// `%NAME-…-6-…`
pub fn percent(text: &[u8]) -> bool {
    let n_name = text
        .iter()
        .skip(1)
        .take(24)
        .take_while(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'))
        .count();
    n_name >= 2
        && text.first() == Some(&b'%')
        && text.get(n_name + 1) == Some(&b'-')
        && text.get(n_name + 2).is_some_and(u8::is_ascii_alphanumeric)
}

fn digits(line: &[u8]) -> Option<Start> {
    let day_first = time::DayOrder::DayFirst;
    // A date whose time went to the next line.
    let is_date =
        || time::date(line, day_first).is_some_and(|(_, used)| used == line.trim_ascii_end().len());
    let n_digits = line
        .iter()
        .take(20)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    match (n_digits, line.get(n_digits)) {
        (4, _) => (time::iso(line).is_some() || is_date()).then_some(Start::Iso),
        (3.., Some(b':')) => {
            let rest = line[n_digits + 1..].trim_ascii_start();
            let clock = Clock::default();
            let is_stamp = time::syslog(rest, &clock).or_else(|| time::iso(rest));
            is_stamp.map(|_| Start::Serial)
        }
        (1..=3, Some(b',')) => time::date(&line[n_digits + 1..], day_first).map(|_| Start::Serial),
        // What goes on with a colon is the address of a network card.
        (2, Some(b':')) => time::time_of_day(line)
            .filter(|(time, used)| {
                time.resolution_us < 60_000_000 && line.get(*used) != Some(&b':')
            })
            .map(|_| Start::Clock),
        (1 | 2, _) => {
            let is_stamp = time::named_month(line)
                .or_else(|| time::slashed(line, day_first))
                .is_some();
            (is_stamp || is_date()).then_some(Start::DayFirst)
        }
        (10.., Some(b'.' | b' ' | b'\t' | b',' | b';')) => time::epoch(line).map(|_| Start::Epoch),
        _ => None,
    }
}

/// How many things that look like addresses a text has, counted up to `enough`.
pub fn n_addresses(text: &[u8], enough: usize) -> usize {
    addresses(text).take(enough).count()
}

/// Where things that look like addresses begin and end.
pub fn addresses(text: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text.get(from..)?.iter().position(is_part)?;
            let rest = &text[start..];
            let n_token = rest
                .iter()
                .position(|byte| !is_part(byte))
                .unwrap_or(rest.len());
            from = start + n_token;
            if n_token >= 4 && is_address(&rest[..n_token]) {
                return Some((start, from));
            }
        }
    })
}

/// Four numbers with points, perhaps with a port or behind a name; or two groups of an IPv6 address and more.
fn is_address(token: &[u8]) -> bool {
    let n_points = memchr::memchr_iter(b'.', token).count();
    let n_colons = memchr::memchr_iter(b':', token).count();
    if n_points >= 3 {
        let mut parts = token.split(|byte| *byte == b':');
        return parts.any(|part| part.contains(&b'.') && part[0].is_ascii_digit());
    }
    let is_double = find(token, b"::").is_some();
    (is_double && token.len() > 2) || n_colons == 7
}

/// Four parts like an address of which some are masked: `aaa.bbb.ccc.6`, `10.x.x.5`, `192.0.2.***`.
pub fn is_masked(text: &[u8]) -> bool {
    let mut n_parts = 0;
    let mut n_masked = 0;
    for part in text.split(|byte| *byte == b'.') {
        n_parts += 1;
        let is_number = !part.is_empty() && part.len() <= 3 && part.iter().all(u8::is_ascii_digit);
        let is_mask = !part.is_empty()
            && part.len() <= 3
            && part.iter().all(|byte| *byte == part[0])
            && (part[0].is_ascii_alphabetic() || matches!(part[0], b'*' | b'#' | b'?'));
        if !is_number && !is_mask {
            return false;
        }
        n_masked += usize::from(is_mask);
    }
    n_parts == 4 && n_masked > 0
}
