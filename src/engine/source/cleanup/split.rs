//! Several records on one line: the line is cut before every further beginning of the kind it begins with.

use super::super::find::find;
use super::super::header;
use super::super::record::Clock;
use super::super::time;
use super::start::{self, Start};
use memchr::{memchr, memchr_iter, memmem};

/// A header wrapped in another one is not a second record: before a cut there must be at least this much record.
const MIN_BODY: usize = 24;
/// The same of a machine's notes, which are short.
const MIN_NOTE: usize = 8;
/// Bytes looked at on either side of a cut, so that a hostile line costs no more than a long one.
const MAX_LOOK: usize = 1024;

/// Gives the records of a line in order; one call when there is nothing to cut.
pub fn parts(line: &[u8], each: &mut impl FnMut(&[u8])) {
    let Some(kind) = start::of(line) else {
        return each(line);
    };
    let mut rest = line;
    while let Some(at) = next_start(rest, kind) {
        each(rest[..at].trim_ascii_end());
        rest = &rest[at..];
    }
    each(rest);
}

/// Where the second record of `text` begins.
fn next_start(text: &[u8], kind: Start) -> Option<usize> {
    match kind {
        Start::DateKey => {
            let mut from = 8;
            loop {
                let at = from + find(text.get(from..)?, b"date=")?;
                let before = text.get(at - 1).copied()?;
                if start::date_key(&text[at..])
                    && !before.is_ascii_alphabetic()
                    && !matches!(before, b'_' | b'-')
                {
                    return Some(at - usize::from(before == b'"'));
                }
                from = at + 5;
            }
        }
        Start::Priority => memchr_iter(b'<', text)
            .skip(1)
            .find(|at| start::of(&text[*at..]) == Some(Start::Priority) && is_cut(text, *at)),
        Start::Percent => {
            let n_name = memchr(b'-', text)? + 1;
            memmem::find_iter(text, &text[..n_name])
                .skip(1)
                .find(|at| start::percent(&text[*at..]))
        }
        Start::Json => memchr_iter(b'}', text).find_map(|at| {
            let n_blanks = text[at + 1..]
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            let next = at + 1 + n_blanks;
            text.get(next..)
                .filter(|rest| rest.starts_with(b"{\""))
                .map(|_| next)
        }),
        Start::Syslog => after_blanks(text)
            .find(|at| {
                let used = time::syslog(&text[*at..], &Clock::default()).map(|(_, used)| used);
                text[*at].is_ascii_uppercase() && is_free(text, *at, used) && is_cut(text, *at)
            })
            .map(|at| before_mark(text, at)),
        Start::Iso => after_blanks(text).find(|at| {
            let used = time::iso(&text[*at..]).map(|(_, used)| used);
            is_free(text, *at, used) && is_cut(text, *at)
        }),
        Start::Key(_) => {
            let n_name = memchr(b'=', text)? + 1;
            let name = &text[..n_name];
            let is_serial = matches!(name, b"id=");
            let value = &text[n_name..][..memchr(b' ', &text[n_name..])?];
            if !is_serial || !value.iter().all(u8::is_ascii_alphabetic) {
                return None;
            }
            // `id=firewall …`: the same key with the same word.
            memmem::find_iter(text, &text[..n_name + value.len()])
                .skip(1)
                .find(|at| {
                    text.get(at - 1)
                        .is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'"')
                        && is_cut(text, *at)
                })
        }
        _ => None,
    }
}

/// Positions that follow a blank.
fn after_blanks(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr_iter(b' ', text)
        .map(|at| at + 1)
        .filter(|at| text.get(*at).is_some_and(u8::is_ascii_alphanumeric))
}

/// A mark of the decision before the time belongs to it: `✖ Feb 19 …`.
fn before_mark(text: &[u8], at: usize) -> usize {
    let before = text[..at].trim_ascii_end();
    let word = memchr::memrchr(b' ', before).map_or(0, |blank| blank + 1);
    if word > 0 && before.get(word).is_some_and(|byte| *byte >= 0xe2) && before.len() - word <= 4 {
        word
    } else {
        at
    }
}

/// The time at `at` is no value of a field (`start: TIME,`): no colon before it, a blank or colon behind it.
fn is_free(text: &[u8], at: usize, used: Option<usize>) -> bool {
    let before = text[..at].trim_ascii_end().last();
    let after = used.and_then(|used| text.get(at + used));
    !matches!(before, Some(b':' | b'=' | b'(' | b',' | b'|')) && matches!(after, Some(b' ' | b':'))
}

/// Both sides must be records of traffic: a body and an address each. Where one machine wrote both, a body will do.
fn is_cut(text: &[u8], at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let (before, after) = (
        &before[..before.len().min(MAX_LOOK)],
        &after[..after.len().min(MAX_LOOK)],
    );
    let clock = Clock::default();
    let one = header::split(before, &clock);
    let body = one.body;
    if body.len() >= MIN_NOTE
        && !one.head.host.is_empty()
        && one.head.host == header::split(after, &clock).head.host
    {
        return true;
    }
    let is_record = |text: &[u8]| start::n_addresses(text, 1) > 0 || memchr(b'%', text).is_some();
    body.len() >= MIN_BODY && is_record(body) && is_record(after)
}
