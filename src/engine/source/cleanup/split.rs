//! Several records on one line: the line is cut before every further beginning of the kind it begins with.
//!
//! Where beginnings and addresses leave it open the formats are asked: it is cut where they know both sides.

use super::super::find::find;
use super::super::header;
use super::super::record::Clock;
use super::super::time;
use super::asked::{Ask, Said};
use super::seam;
use super::start::{self, Start};
use memchr::{memchr, memchr_iter, memmem};

/// A header wrapped in another one is not a second record: before a cut there must be at least this much record.
const MIN_BODY: usize = 24;
/// The same of a machine's notes, which are short.
const MIN_NOTE: usize = 8;
/// Bytes looked at on either side of a cut, so that a hostile line costs no more than a long one.
const MAX_LOOK: usize = 1024;

/// Gives the records of a line in order; one call when there is nothing to cut.
pub fn parts(line: &[u8], ask: Ask, max_seams: usize, each: &mut impl FnMut(&[u8])) {
    let mut n_seams = max_seams;
    let mut rest = line;
    if let Some(kind) = start::of(line) {
        while let Some(at) = next_start(rest, kind, ask) {
            at_seams(rest[..at].trim_ascii_end(), ask, &mut n_seams, each);
            rest = &rest[at..];
        }
    }
    at_seams(rest, ask, &mut n_seams, each);
}

/// Cuts where only the formats, or the cells of a table, tell that two records meet.
fn at_seams(text: &[u8], ask: Ask, n_left: &mut usize, each: &mut impl FnMut(&[u8])) {
    let kind = start::of(text);
    let has_kind = !matches!(kind, None | Some(Start::Key(_)));
    let find = || {
        next_priority(text, ask)
            .or_else(|| seam::by_asking(text, ask))
            .or_else(|| (!has_kind).then(|| next_alike(text, ask)).flatten())
            .or_else(|| seam::of_rows(text, ask))
            .or_else(|| seam::of_notes(text, ask))
    };
    // Braces tell where objects end.
    let may_meet = *n_left > 0 && kind != Some(Start::Json);
    let seam = may_meet.then(find).flatten();
    let Some(at) = seam else {
        return each(text);
    };
    *n_left -= 1;
    at_seams(text[..at].trim_ascii_end(), ask, n_left, each);
    at_seams(&text[at..], ask, n_left, each);
}

/// Where the second record of `text` begins.
fn next_start(text: &[u8], kind: Start, ask: Ask) -> Option<usize> {
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
            .find(|at| start::of(&text[*at..]) == Some(Start::Priority) && is_cut(text, *at, ask)),
        Start::Percent => {
            let n_name = memchr(b'-', text)? + 1;
            memmem::find_iter(text, &text[..n_name])
                .skip(1)
                .find(|at| start::percent(&text[*at..]))
                .or_else(|| {
                    memmem::find_iter(text, b" %").map(|at| at + 1).find(|at| {
                        start::percent(&text[*at..]) && are_known(text.split_at(*at), ask)
                    })
                })
        }
        Start::Json => memchr_iter(b'}', text).find_map(|at| {
            let n_blanks = text[at + 1..]
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            let next = at + 1 + n_blanks;
            text.get(next..)
                .filter(|rest| rest.starts_with(b"{\"") || rest.starts_with(b"{ \""))
                .map(|_| next)
        }),
        Start::Syslog => after_blanks(text)
            .find(|at| {
                let used = time::syslog(&text[*at..], &Clock::default()).map(|(_, used)| used);
                text[*at].is_ascii_uppercase() && is_after(text, *at, used, ask)
            })
            .map(|at| before_mark(text, at)),
        Start::Iso => after_blanks(text).find(|at| {
            let used = time::iso(&text[*at..]).map(|(_, used)| used);
            is_after(text, *at, used, ask)
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
                        && is_cut(text, *at, ask)
                })
        }
        Start::Serial => after_blanks(text)
            .find(|at| start::of(&text[*at..]) == Some(kind) && are_known(text.split_at(*at), ask)),
        Start::Epoch | Start::Clock | Start::DayFirst | Start::Uptime => {
            after_blanks(text).find(|at| {
                start::of(&text[*at..]) == Some(kind) && are_traffic(text.split_at(*at), ask)
            })
        }
        Start::Word(_) => None,
    }
}

/// A priority begins a record, whatever the line begins with.
fn next_priority(text: &[u8], ask: Ask) -> Option<usize> {
    let look = &text[..text.len().min(seam::MAX_LOOK)];
    seam::places(look)
        .filter(|at| start::of(&look[*at..]) == Some(Start::Priority))
        .take(seam::MAX_PLACES)
        .find(|at| are_known(look.split_at(*at), ask))
}

/// Positions that follow a blank.
fn after_blanks(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr_iter(b' ', text)
        .map(|at| at + 1)
        .filter(|at| text.get(*at).is_some_and(u8::is_ascii_alphanumeric))
}

/// A mark of the decision or a year before the time belongs to it: `✖ Feb 19 …`, `2024 Feb 19 …`.
fn before_mark(text: &[u8], at: usize) -> usize {
    let before = text[..at].trim_ascii_end();
    let word = memchr::memrchr(b' ', before).map_or(0, |blank| blank + 1);
    let is_mark = before.get(word).is_some_and(|byte| *byte >= 0xe2);
    let is_year =
        before[word..].starts_with(b"20") && before[word..].iter().all(u8::is_ascii_digit);
    if word > 0 && (is_mark || is_year) && before.len() - word <= 4 {
        word
    } else {
        at
    }
}

/// The time at `at` begins a record: it is no value of a field (`start: TIME,`), so there is no colon before it and a
/// blank or colon behind it; a record may end with such a mark, too, if it is known.
fn is_after(text: &[u8], at: usize, used: Option<usize>, ask: Ask) -> bool {
    let Some(used) = used else {
        return false;
    };
    if !matches!(text.get(at + used), Some(b' ' | b':')) {
        return are_traffic(text.split_at(at), ask);
    }
    match text[..at].trim_ascii_end().last() {
        Some(b'=' | b'(' | b'|') => false,
        Some(b':' | b',') => are_known(text.split_at(at), ask),
        _ => is_cut(text, at, ask),
    }
}

/// Where a line begins again that has no beginning of its own kind: with the same word or name, or with the same two
/// where the first is short; and one dialect on both sides. Brackets and the like stand inside of records, too.
fn next_alike(text: &[u8], ask: Ask) -> Option<usize> {
    let is_name = match text {
        [b'[', first, ..] => first.is_ascii_alphabetic(),
        [first, ..] => first.is_ascii_alphanumeric(),
        [] => false,
    };
    if !is_name {
        return None;
    }
    let name = seam::first_name(text)?;
    seam::places(text)
        .filter(|at| text[*at..].starts_with(name))
        .find(|at| {
            let (before, after) = text.split_at(*at);
            before.len() >= MIN_BODY && is_one_dialect(before, after, ask)
        })
}

fn are_known((before, after): (&[u8], &[u8]), ask: Ask) -> bool {
    before.len() >= MIN_BODY
        && ask(before.trim_ascii_end(), None) != Said::Nothing
        && ask(after, None) != Said::Nothing
}

/// Both sides are traffic in the words of one dialect, with both ends.
fn are_traffic((before, after): (&[u8], &[u8]), ask: Ask) -> bool {
    if before.len() < MIN_BODY {
        return false;
    }
    let one = ask(before.trim_ascii_end(), None);
    one.is_complete() && ask(after, one.dialect()).is_complete()
}

fn is_one_dialect(before: &[u8], after: &[u8], ask: Ask) -> bool {
    let dialect = ask(before.trim_ascii_end(), None).dialect();
    dialect.is_some() && ask(after, dialect) != Said::Nothing
}

/// Both sides must be records of traffic: a body and an address each, or known. Where one machine wrote both, a body
/// will do.
fn is_cut(text: &[u8], at: usize, ask: Ask) -> bool {
    let whole = text.split_at(at);
    let (before, after) = (
        &whole.0[..whole.0.len().min(MAX_LOOK)],
        &whole.1[..whole.1.len().min(MAX_LOOK)],
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
    body.len() >= MIN_BODY
        && (is_record(body) || ask(whole.0.trim_ascii_end(), None) != Said::Nothing)
        && (is_record(after) || ask(whole.1, None) != Said::Nothing)
}
