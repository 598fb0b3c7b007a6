//! Where two records meet on one line although neither begins in a way of its own: where the formats read most on
//! both sides, or where the cells of a row begin again.

use super::super::header;
use super::super::record::Clock;
use super::asked::{Ask, Said};
use super::start::{self, Start};
use crate::engine::model::{Event, proto};

/// Bytes looked at, so that a hostile line costs no more than a long one.
pub const MAX_LOOK: usize = 4096;
/// Places asked about.
pub const MAX_PLACES: usize = 128;
/// A shorter word may well be a value.
const MIN_WORD: usize = 3;
/// Cells of a row, at least; shorter ones are notes, of which a line may hold several.
const MIN_CELLS: usize = 5;
/// First cells that must be of the same kind in both rows.
const N_ALIKE: usize = 3;

/// The place behind a blank at which one dialect reads traffic on either side, and most of it.
pub fn by_asking(text: &[u8], ask: Ask) -> Option<usize> {
    let look = &text[..text.len().min(MAX_LOOK)];
    let addresses: Vec<(usize, usize)> = start::addresses(look).collect();
    let [first, .., last] = addresses.as_slice() else {
        return None;
    };
    let whole = ask(look, None);
    // What a record quotes would be a record, too.
    if whole.quotes() {
        return None;
    }
    if let [_, (_, second), .., (last_but_one, _), _] = addresses.as_slice()
        && let Some((_, at)) = best(look, &whole, *second, *last_but_one, Said::is_complete, ask)
    {
        return Some(at);
    }
    // Alarms leave an end out. So may half of a record: both sides must say more than the line does.
    let (n_told, at) = best(look, &whole, first.1, last.0, Said::has_end, ask)?;
    (whole.has_end() && n_told > n_of(look, &whole)).then_some(at)
}

/// Of the places between two others that where most is told, and how much that is.
fn best(
    look: &[u8],
    whole: &Said,
    from: usize,
    to: usize,
    is_enough: fn(&Said) -> bool,
    ask: Ask,
) -> Option<(usize, usize)> {
    let name = first_name(look);
    let mut best: Option<((bool, usize), usize)> = None;
    let places = places(look).filter(|at| (from..=to).contains(at));
    for at in places.take(MAX_PLACES) {
        let (before, after) = look.split_at(at);
        let two = ask(after, whole.dialect());
        if !is_enough(&two) {
            continue;
        }
        let one = ask(before.trim_ascii_end(), two.dialect());
        if !is_enough(&one) {
            continue;
        }
        // The name of a field is no beginning, nor is a time, with which a record may end: each would be told on both
        // sides if it went to the wrong one.
        let is_start = matches!(
            start::of(after),
            Some(Start::Priority | Start::Syslog | Start::DateKey | Start::Percent)
        );
        let n_told = n_of(before, &one) + n_of(after, &two);
        let is_alike = name.is_some_and(|name| after.starts_with(name));
        let worth = (is_start || is_alike, n_told);
        if best.is_none_or(|(most, _)| worth > most) {
            best = Some((worth, at));
        }
    }
    best.map(|((_, n_told), at)| (n_told, at))
}

/// Words begin here: behind a blank and outside of brackets, in which a record may quote another.
pub fn places(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut depth = 0_usize;
    text.iter().enumerate().filter_map(move |(at, byte)| {
        match byte {
            b'[' | b'(' | b'{' => depth += 1,
            b']' | b')' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_behind = at > 0 && matches!(text[at - 1], b' ' | b'\t');
        let is_inside = depth > usize::from(matches!(byte, b'[' | b'(' | b'{'));
        (is_behind && !is_inside && !byte.is_ascii_whitespace()).then_some(at)
    })
}

/// What a line begins with: its first word or name, and the second word where the first is short.
pub fn first_name(text: &[u8]) -> Option<&[u8]> {
    let mut ends = memchr::memchr_iter(b' ', text);
    let mut n_word = ends.next()?;
    if n_word < MIN_WORD {
        n_word = ends.next()?;
    }
    let is_mark = |byte: &u8| matches!(byte, b',' | b'|' | b'=');
    let n_name = text[..n_word].iter().position(is_mark);
    Some(&text[..n_name.map_or(n_word, |mark| mark + 1)])
}

/// How many things a record tells, in its header and behind it.
fn n_of(text: &[u8], said: &Said) -> usize {
    let Said::Events(_, events) = said else {
        return 0;
    };
    let head = header::split(text, &Clock::default()).head;
    // A time in front counts once, also where the body has its own.
    let has_own_time = events.iter().any(|event| !event.ts.is_missing());
    let is_timed = !has_own_time && !head.stamp.is_missing();
    let of_head = usize::from(!head.host.is_empty()) + usize::from(is_timed);
    of_head + events.iter().map(n_fields).sum::<usize>()
}

fn n_fields(event: &Event) -> usize {
    let empty = Event::default();
    [
        event.src.host.ip().is_some(),
        event.dst.host.ip().is_some(),
        !event.ts.is_missing(),
        event.ts_start.is_some(),
        event.ts_end.is_some(),
        event.proto != proto::UNKNOWN,
        event.src.port.is_some(),
        event.dst.port.is_some(),
        event.nat_src.is_some(),
        event.nat_dst.is_some(),
        event.icmp.is_some(),
        event.action != empty.action,
        event.end != empty.end,
        event.state != empty.state,
        event.init != empty.init,
        event.flags != empty.flags,
        event.seq.is_some(),
        event.ip_id.is_some(),
        event.ttl.is_some(),
        event.len.is_some(),
        event.bytes_f.is_some(),
        event.bytes_r.is_some(),
        event.pkts_f.is_some(),
        event.pkts_r.is_some(),
        event.bytes_total.is_some(),
        event.duration_us.is_some(),
        event.session_id != empty.session_id,
        event.device != empty.device,
        event.rule != empty.rule,
        event.rule_name != empty.rule_name,
        event.action_raw != empty.action_raw,
        event.app != empty.app,
        event.in_if != empty.in_if,
        event.out_if != empty.out_if,
        event.in_zone != empty.in_zone,
        event.out_zone != empty.out_zone,
        event.way != empty.way,
    ]
    .iter()
    .filter(|is_told| **is_told)
    .count()
}

/// Where the row of a table ends and one of as many cells, the first of them of the same kinds, begins.
/// Records of a dialect are left alone.
pub fn of_rows(text: &[u8], ask: Ask) -> Option<usize> {
    let look = &text[..text.len().min(MAX_LOOK)];
    b",;\t| "
        .iter()
        .find_map(|mark| of_rows_with(look, *mark))
        .filter(|_| ask(text, None) == Said::Nothing)
}

/// Where one note by hand ends and the next begins: with an address or a time, behind what became of the first.
pub fn of_notes(text: &[u8], ask: Ask) -> Option<usize> {
    let look = &text[..text.len().min(MAX_LOOK)];
    let is_note = |side: &[u8]| {
        let words = || side.split(|byte| *byte == b' ');
        words().filter(|word| is_host(word)).nth(1).is_some() && words().any(is_decision)
    };
    places(look)
        .filter(|at| {
            let (before, after) = look.split_at(*at);
            let mut words = after.split(|byte| *byte == b' ');
            let first = words.next().unwrap_or_default();
            let is_time = matches!(
                start::of(after),
                Some(Start::Iso | Start::DayFirst | Start::Clock)
            );
            let last = before.trim_ascii_end().rsplit(|byte| *byte == b' ').next();
            (is_time || is_host(first)) && last.is_some_and(is_decision)
        })
        .take(MAX_PLACES)
        .find(|at| is_note(&look[..*at]) && is_note(&look[*at..]))
        .filter(|_| ask(text, None) == Said::Nothing)
}

/// An address, perhaps with a port, perhaps masked.
fn is_host(word: &[u8]) -> bool {
    let host = word.split(|byte| *byte == b':').next().unwrap_or_default();
    start::is_masked(host) || start::addresses(word).next().is_some_and(|(at, _)| at == 0)
}

/// "blocked", "denied", "allowed" and their like.
fn is_decision(word: &[u8]) -> bool {
    const STEMS: [&[u8]; 9] = [
        b"block", b"den", b"drop", b"reject", b"refuse", b"allow", b"accept", b"permit", b"pass",
    ];
    word.len() <= 9
        && word.iter().all(u8::is_ascii_alphabetic)
        && STEMS.iter().any(|stem| {
            word.get(..stem.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(stem))
        })
}

fn of_rows_with(text: &[u8], mark: u8) -> Option<usize> {
    let text = text.trim_ascii_end();
    let kinds = first_kinds(text, mark)?;
    let n_all = n_marks(text, mark);
    let mut before = Cells::default();
    let (mut from, mut n_tried) = (0, 0);
    while n_tried < MAX_PLACES {
        let at = from + 1 + memchr::memchr(b' ', text.get(from + 1..)?)?;
        before.count(&text[from..at], mark);
        from = at;
        let after = at + 1;
        // Two rows share the cell that the blank is in, unless blanks are the marks and this is one of them.
        let is_mark = usize::from(mark == b' ');
        let n_before = before.n_marks + is_mark;
        let n_after = n_all + is_mark - n_before;
        let is_place = !before.is_quoted && text.get(after).is_some_and(|byte| *byte != b' ');
        let is_even = n_before > 0 && n_after >= n_before && n_after.is_multiple_of(n_before);
        if is_place && is_even {
            n_tried += 1;
            if first_kinds(&text[after..], mark) == Some(kinds) {
                let n_cells = n_before + 1 - is_mark;
                return (n_cells >= MIN_CELLS).then_some(after);
            }
        }
    }
    None
}

/// Marks outside of quotes; blanks in a row are one.
#[derive(Default)]
struct Cells {
    n_marks: usize,
    is_quoted: bool,
    last: u8,
}

impl Cells {
    fn count(&mut self, text: &[u8], mark: u8) {
        for byte in text {
            self.is_quoted ^= *byte == b'"';
            let is_more = mark == b' ' && self.last == b' ';
            self.n_marks += usize::from(*byte == mark && !self.is_quoted && !is_more);
            self.last = *byte;
        }
    }
}

fn n_marks(text: &[u8], mark: u8) -> usize {
    let mut cells = Cells::default();
    cells.count(text, mark);
    cells.n_marks
}

/// What a cell is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Time(Start),
    Address,
    Number,
    Word,
}

/// The kinds of the first cells, if one of them is a time or an address.
fn first_kinds(text: &[u8], mark: u8) -> Option<[Cell; N_ALIKE]> {
    let mut kinds = [Cell::Word; N_ALIKE];
    let mut cells = text
        .split(|byte| *byte == mark)
        .filter(|cell| mark != b' ' || !cell.is_empty());
    for kind in &mut kinds {
        *kind = cell(cells.next()?);
    }
    let is_telling = |kind: &Cell| matches!(kind, Cell::Time(_) | Cell::Address);
    kinds.iter().any(is_telling).then_some(kinds)
}

fn cell(text: &[u8]) -> Cell {
    let text = text.trim_ascii().strip_prefix(b"\"").unwrap_or(text);
    let text = text.strip_suffix(b"\"").unwrap_or(text);
    let host = text.split(|byte| *byte == b':').next().unwrap_or_default();
    let is_value = !text.contains(&b'=') && start::n_addresses(text, 1) > 0;
    if is_value || start::is_masked(host) {
        return Cell::Address;
    }
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    match start::of(text) {
        Some(kind) if text[0].is_ascii_digit() => Cell::Time(kind),
        _ if is_number => Cell::Number,
        _ => Cell::Word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::model::{Endpoint, Host};

    /// A dialect of its own: `FROM to TO [in SECONDS]`, perhaps behind a time.
    fn walks(text: &[u8], _: Option<usize>) -> Said {
        let text = std::str::from_utf8(text).unwrap_or_default();
        let words: Vec<&str> = text.split_whitespace().collect();
        let Some(at) = words.iter().position(|word| *word == "to") else {
            return Said::Nothing;
        };
        let host = |at: usize| Host::parse(words.get(at)?.as_bytes());
        let Some(src) = host(at.wrapping_sub(1)) else {
            return Said::Nothing;
        };
        let mut event = Event {
            src: Endpoint::new(src, None),
            dst: Endpoint::new(host(at + 1).unwrap_or_default(), None),
            ..Event::default()
        };
        if words.get(at + 2) == Some(&"in") {
            event.duration_us = words.get(at + 3).and_then(|word| word.parse().ok());
        }
        Said::Events(0, vec![event])
    }

    fn check(text: &str, expected: Option<&str>) {
        let found = by_asking(text.as_bytes(), walks).map(|at| &text[at..]);
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_line_is_cut_where_most_is_read_on_both_sides() {
        check(
            "10.0.0.1 to 10.0.0.2 in 7 10.0.0.3 to 10.0.0.4",
            Some("10.0.0.3 to 10.0.0.4"),
        );
        check(
            "10.0.0.1 to 10.0.0.2 in 7 Feb 19 10:15:02 fw1 note: 10.0.0.3 to 10.0.0.4",
            Some("Feb 19 10:15:02 fw1 note: 10.0.0.3 to 10.0.0.4"),
        );
        // An alarm without a receiver, where the two together tell more than the line.
        check(
            "10.0.0.1 to nobody in 7 10.0.0.3 to 10.0.0.4 in 8",
            Some("10.0.0.3 to 10.0.0.4 in 8"),
        );
        // One record; one that quotes another; nobody to ask.
        check("10.0.0.1 to 10.0.0.2 by 10.0.0.3 and 10.0.0.4", None);
        check("10.0.0.1 to 10.0.0.2 in 7 [10.0.0.3 to 10.0.0.4]", None);
        let two = b"10.0.0.1 to 10.0.0.2 10.0.0.3 to 10.0.0.4";
        let nobody = super::super::asked::nobody;
        assert_eq!(by_asking(two, nobody), None);
    }
    #[test]
    fn notes_by_hand_are_cut_behind_what_became_of_them() {
        let nobody = super::super::asked::nobody;
        let cut = |text: &'static str| of_notes(text.as_bytes(), nobody).map(|at| &text[at..]);
        assert_eq!(
            cut(
                "10.0.0.1:80 -> 10.0.0.2:50001 tcp blocked 2024-02-19 10:15:02 DENY tcp x.x.x.x y.y.y.y"
            ),
            Some("2024-02-19 10:15:02 DENY tcp x.x.x.x y.y.y.y")
        );
        assert_eq!(
            cut("10.0.0.1 80 10.0.0.2 50001 dropped 10.0.0.3:80 -> 10.0.0.4:50001 denied"),
            Some("10.0.0.3:80 -> 10.0.0.4:50001 denied")
        );
        // Translated; only one of them says what became of it.
        assert_eq!(
            cut("blocked 10.0.0.1 -> 10.0.0.2 10.0.0.3 -> 10.0.0.4"),
            None
        );
        assert_eq!(
            cut("10.0.0.1 -> 10.0.0.2 blocked 10.0.0.3 -> 10.0.0.4"),
            None
        );
    }
}
