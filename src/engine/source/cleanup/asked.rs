//! Wrapped lines, told by asking: where rows alone say little and joined they are records of a dialect, they were
//! broken, however few they are.
//!
//! The longest row gives the width. A row goes on only where it reaches that width (cut anywhere, as terminals do), or
//! where the next word would not have fitted (broken between words, as mail programs do). Among these places the
//! formats decide: what follows is a record of its own when both sides are.

use super::columns::Beginnings;
use super::start::{self, Start};
use super::wrap::{USUAL, WIDTHS, first_word, n_chars, vote};
use super::{Counts, Row, StepKind};
use crate::engine::model::{Event, Host};
use crate::engine::source::lines::MAX_LINE;

/// What the formats say of a text that may be a record.
#[derive(Clone, PartialEq, Debug)]
pub enum Said {
    /// No dialect of its own knows it.
    Nothing,
    /// The dialect's place among the formats; it is no traffic.
    Known(usize),
    /// The dialect's place among the formats, and what it read.
    Events(usize, Vec<Event>),
}

impl Said {
    pub fn has_events(&self) -> bool {
        matches!(self, Said::Events(..))
    }

    /// The place among the formats of the dialect that knows it.
    pub fn dialect(&self) -> Option<usize> {
        match self {
            Said::Nothing => None,
            Said::Known(place) | Said::Events(place, _) => Some(*place),
        }
    }

    /// An ICMP error with the packet that failed.
    pub fn quotes(&self) -> bool {
        let Said::Events(_, events) = self else {
            return false;
        };
        let mut icmp = events.iter().filter_map(|event| event.icmp);
        icmp.any(|icmp| icmp.inner.is_some())
    }

    /// Traffic of which an end is known.
    pub fn has_end(&self) -> bool {
        let Said::Events(_, events) = self else {
            return false;
        };
        let mut ends = events
            .iter()
            .flat_map(|event| [event.src.host, event.dst.host]);
        ends.any(|host| !host.is_none())
    }

    /// The ends of what was read.
    pub fn hosts(&self) -> Vec<[Host; 2]> {
        let Said::Events(_, events) = self else {
            return Vec::new();
        };
        events
            .iter()
            .map(|event| [event.src.host, event.dst.host])
            .collect()
    }

    /// Traffic of which both ends are known.
    pub fn is_complete(&self) -> bool {
        let Said::Events(_, events) = self else {
            return false;
        };
        let mut ends = events.iter().map(|event| [event.src.host, event.dst.host]);
        ends.any(|[src, dst]| !src.is_none() && !dst.is_none())
    }
}

/// The formats' answer to a text: of all of them, or of the one at that place. It depends on the text alone, so that
/// no cut of a source changes it.
pub type Ask = fn(&[u8], Option<usize>) -> Said;

/// For text that nobody can be asked about.
pub fn nobody(_: &[u8], _: Option<usize>) -> Said {
    Said::Nothing
}

/// Rows by which a way of breaking is judged.
const MAX_WEIGHED: usize = 400;
/// Bytes that may be asked about, for each byte of the block and at least; then beginnings alone decide.
const ASKED_PER_BYTE: usize = 16;
const MIN_ASKED: usize = 1 << 20;
/// What a question costs beside its bytes.
const PER_QUESTION: usize = 200;

/// The rows of a block with pieces of records joined; nothing when asking does not show that they were broken.
pub fn join(rows: &[Row], ask: Ask, counts: &mut Counts) -> Option<Vec<Row>> {
    if rows.len() < 2 {
        return None;
    }
    let lengths: Vec<usize> = rows.iter().map(|row| n_chars(&row.text)).collect();
    let n_bytes: usize = rows.iter().map(|row| row.text.len()).sum();
    let n_asked = MIN_ASKED + ASKED_PER_BYTE * n_bytes;
    let mut asking = Asking {
        ask,
        n_left: n_asked,
    };
    let cut = Layout::new(rows, &lengths, true).and_then(|layout| layout.weigh(&mut asking));
    let broken = Layout::new(rows, &lengths, false).and_then(|layout| layout.weigh(&mut asking));
    let (layout, worth) = match (cut, broken) {
        (Some(cut), Some(broken)) => {
            let (n_full, n_short) = (cut.1.n_breaks, broken.1.n_short);
            let is_cut = n_short <= n_full && cut.1.is_cut(cut.0.is_usual());
            if is_cut { cut } else { broken }
        }
        (cut, broken) => cut.or(broken)?,
    };
    let mut starts = worth.starts;
    if starts.len() < rows.len() {
        asking.n_left = n_asked;
        starts = layout.starts(rows.len(), &mut asking);
    }
    let mut joined: Vec<Row> = Vec::new();
    for (row, is_start) in rows.iter().zip(&starts) {
        match joined.last_mut() {
            Some(record) if !is_start => {
                layout.append(&mut record.text, &row.text);
                record.n_lines += row.n_lines;
                record.truncated |= row.truncated;
                counts.add(StepKind::Unwrapped, 1);
            }
            _ => joined.push(row.clone()),
        }
    }
    Some(joined)
}

/// More rows, or bytes, than this nobody breaks by hand.
const MAX_BY_HAND: usize = 40;
const MAX_BYTES_BY_HAND: usize = 1 << 13;

/// The rows of a block with records joined that a person broke wherever it pleased, at no width: none of the rows is a
/// record, and all that were broken are when each goes on to the next beginning. Notes between them stay rows.
pub fn by_hand(rows: &[Row], ask: Ask, counts: &mut Counts) -> Option<Vec<Row>> {
    let begins = |row: &Row| start::of(&row.text).or_else(|| start::word(&row.text));
    let kind = begins(rows.first()?)?;
    let n_bytes: usize = rows.iter().map(|row| row.text.len()).sum();
    let is_long = rows.len() > MAX_BY_HAND || n_bytes > MAX_BYTES_BY_HAND;
    if is_long || matches!(kind, Start::Key(_) | Start::Json) {
        return None;
    }
    // What ends at a width was cut by a program, perhaps through a word.
    let length = |row: &Row| n_chars(row.text.trim_ascii_end());
    let width = rows.iter().map(length).max()?;
    let n_full = rows.iter().filter(|row| length(row) == width).count();
    if USUAL.contains(&width) || n_full > 1 {
        return None;
    }
    let is_record = |row: &Row| ask(&row.text, None).is_complete();
    // The piece with the addresses may pass for a record of a dialect of pairs. The whole has the same ends then.
    let is_piece = |row: &Row, whole: &Row| {
        let (piece, whole) = (ask(&row.text, None), ask(&whole.text, None));
        begins(row) != Some(kind)
            && piece.dialect() != whole.dialect()
            && piece.hosts() == whole.hosts()
    };
    let (mut joined, mut votes): (Vec<Row>, i32) = (Vec::new(), 0);
    for row in rows {
        match joined.last_mut() {
            Some(record) if begins(row) != Some(kind) => {
                // Blanks around the break are the page's.
                let text = row.text.trim_ascii_start();
                record.text.truncate(record.text.trim_ascii_end().len());
                // `inside:` and its address are one word, `TTL=` and its number, too.
                let is_value = record.text.ends_with(b"=") && !first_word(text).contains(&b'=');
                let is_address = record.text.ends_with(b":") && text.first()?.is_ascii_digit();
                if !record.text.ends_with(b"=") {
                    votes += vote(&record.text, text);
                }
                if !is_value && !is_address {
                    record.text.push(b' ');
                }
                record.text.extend_from_slice(text);
                record.n_lines += row.n_lines;
                record.truncated |= row.truncated;
            }
            _ => joined.push(row.clone()),
        }
    }
    let n_breaks = rows.len() - joined.len();
    let is_whole = |row: &Row| row.n_lines == 1 || is_record(row);
    if n_breaks == 0 || votes > 0 || !joined.iter().all(is_whole) {
        return None;
    }
    let mut wholes = joined.iter();
    let mut whole = wholes.next()?;
    let mut left = whole.n_lines;
    for row in rows {
        if left == 0 {
            whole = wholes.next()?;
            left = whole.n_lines;
        }
        left = left.saturating_sub(row.n_lines);
        if is_record(row) && !is_piece(row, whole) {
            return None;
        }
    }
    counts.add(StepKind::Unwrapped, n_breaks as u64);
    Some(joined)
}

/// Questions, as many as a block is worth.
struct Asking {
    ask: Ask,
    n_left: usize,
}

impl Asking {
    fn ask(&mut self, text: &[u8]) -> Said {
        match self.n_left.checked_sub(text.len() + PER_QUESTION) {
            Some(n_left) => {
                self.n_left = n_left;
                (self.ask)(text, None)
            }
            None => Said::Nothing,
        }
    }
}

/// A way in which the rows may have been broken.
struct Layout<'a> {
    rows: &'a [Row],
    lengths: &'a [usize],
    width: usize,
    /// Anywhere; else between words.
    is_cut: bool,
    beginnings: Beginnings,
}

/// What joining the rows in some way is worth.
#[derive(Default)]
struct Worth {
    starts: Vec<bool>,
    /// Records that joining made traffic, or other traffic, and the breaks in them.
    n_healed: usize,
    n_healed_breaks: usize,
    /// Those whose first row alone is no traffic.
    n_made: usize,
    /// Records that said more in pieces.
    n_harmed: usize,
    /// Rows, then records, that have no dialect.
    n_before: usize,
    n_strange: usize,
    /// Such records that look like the rest of one.
    n_loose: usize,
    n_breaks: usize,
    /// Breaks behind rows that have room left.
    n_short: usize,
    /// Whether words were cut through at the breaks, above 0, or not.
    vote: i32,
}

impl Worth {
    /// The breaks look like cuts, or like nothing and somebody may have chosen the width.
    fn is_cut(&self, is_usual: bool) -> bool {
        self.vote > 0 || is_usual && -self.vote * 3 <= self.n_breaks as i32
    }
}

impl<'a> Layout<'a> {
    /// Nothing when no row goes on in this way.
    fn new(rows: &'a [Row], lengths: &'a [usize], is_cut: bool) -> Option<Layout<'a>> {
        // A word without blanks sticks out where words stay whole.
        let width = lengths
            .iter()
            .zip(rows)
            .filter(|(_, row)| is_cut || row.text.contains(&b' '))
            .map(|(length, _)| *length)
            .max()?;
        let mut layout = Layout {
            rows,
            lengths,
            width,
            is_cut,
            beginnings: Beginnings::default(),
        };
        let starts: Vec<usize> = (0..rows.len())
            .filter(|at| !layout.may_go_on(*at))
            .collect();
        let n_breaks = rows.len() - starts.len();
        let enough = if layout.is_usual() { 1 } else { 2 };
        if !WIDTHS.contains(&width) || n_breaks < enough {
            return None;
        }
        layout.beginnings = Beginnings::of(rows, &starts);
        Some(layout)
    }

    /// Row `at` may be the rest of the one before it.
    fn may_go_on(&self, at: usize) -> bool {
        if at == 0 || self.rows[at].text.is_empty() || self.rows[at - 1].text.is_empty() {
            return false;
        }
        let before = self.lengths[at - 1];
        if self.is_cut {
            before == self.width
        } else {
            before + 1 + n_chars(first_word(&self.rows[at].text)) > self.width
        }
    }

    fn append(&self, record: &mut Vec<u8>, row: &[u8]) {
        if !self.is_cut {
            record.push(b' ');
        }
        record.extend_from_slice(row);
    }

    /// Somebody may have chosen the width.
    fn is_usual(&self) -> bool {
        if self.is_cut {
            return USUAL.contains(&self.width);
        }
        (1..self.rows.len())
            .filter(|at| self.may_go_on(*at))
            .any(|at| {
                let before = self.lengths[at - 1].max(self.width);
                let after = self.lengths[at - 1] + n_chars(first_word(&self.rows[at].text));
                USUAL.iter().any(|usual| (before..=after).contains(usual))
            })
    }

    /// Which of the first rows begin a record.
    fn starts(&self, n_rows: usize, asking: &mut Asking) -> Vec<bool> {
        let mut starts = Vec::with_capacity(n_rows);
        let mut record: Vec<u8> = Vec::new();
        for at in 0..n_rows {
            let row = &self.rows[at].text;
            let is_start = !self.may_go_on(at)
                || record.len() + row.len() >= MAX_LINE
                || self.is_start(&record, at, asking);
            if is_start {
                record.clear();
                record.extend_from_slice(row);
            } else {
                self.append(&mut record, row);
            }
            starts.push(is_start);
        }
        starts
    }

    /// Row `at` begins a record although the one before it, the end of `record`, is full.
    fn is_start(&self, record: &[u8], at: usize, asking: &mut Asking) -> bool {
        let row = &self.rows[at];
        let has_beginning = self.beginnings.has(record, row);
        let resembles = self.beginnings.resembles(&row.text);
        if self.is_cut && !has_beginning && !resembles {
            return false;
        }
        let (rest, after) = self.rest(record.len(), at, asking);
        if !has_beginning && !after.has_events() {
            return false;
        }
        if has_beginning && after != Said::Nothing && !may_be_value(&rest) {
            return true;
        }
        let before = asking.ask(record);
        let mut whole = record.to_vec();
        self.append(&mut whole, &rest);
        let whole = asking.ask(&whole);
        if !has_beginning {
            // What changes what is said belongs to it.
            let is_new = before.has_events() && after.is_complete() && resembles;
            return is_new || !whole.has_events() || whole == before || whole == after;
        }
        // A time or a number may be a value, too: where what begins with one is known, and this is not; and where
        // only the whole is traffic.
        let is_value = if after == Said::Nothing {
            before != Said::Nothing && whole != Said::Nothing
        } else {
            before == Said::Nothing && whole.has_events()
        };
        let is_proven = !before.has_events() && whole.has_events();
        !(is_proven || is_value && may_be_value(&rest))
    }

    /// The text that begins with row `at`, up to what may begin another one, and what is said of it.
    fn rest(&self, n_before: usize, at: usize, asking: &mut Asking) -> (Vec<u8>, Said) {
        let mut rest = self.rows[at].text.clone();
        for next in at + 1..self.rows.len() {
            let row = &self.rows[next];
            if !self.may_go_on(next)
                || self.beginnings.has(&rest, row)
                || n_before + rest.len() >= MAX_LINE
            {
                break;
            }
            if self.beginnings.resembles(&row.text) {
                let said = asking.ask(&rest);
                if said.is_complete() {
                    return (rest, said);
                }
            }
            self.append(&mut rest, &row.text);
        }
        let said = asking.ask(&rest);
        (rest, said)
    }

    /// Nothing when the rows say as much alone.
    fn weigh(self, asking: &mut Asking) -> Option<(Layout<'a>, Worth)> {
        let n_rows = self.rows.len().min(MAX_WEIGHED);
        let mut worth = Worth {
            starts: self.starts(n_rows, asking),
            ..Worth::default()
        };
        let firsts: Vec<usize> = (0..n_rows).filter(|at| worth.starts[*at]).collect();
        let ends = firsts.iter().skip(1).copied().chain([n_rows]);
        let (whole, joined): (Vec<_>, Vec<_>) = firsts
            .iter()
            .copied()
            .zip(ends)
            .partition(|(at, end)| at + 1 == *end);
        for (at, end) in joined {
            self.compare(at, end, &mut worth, asking);
        }
        // What only adds to a record is little to go by between words.
        let is_enough = self.is_usual() && (self.is_cut || worth.n_made > 0);
        if worth.n_healed_breaks < if is_enough { 1 } else { 2 }
            || worth.n_healed < 2 * worth.n_harmed
        {
            return None;
        }
        // Asked last, so that a log that nobody broke costs little.
        for (at, _) in whole {
            if asking.ask(&self.rows[at].text) == Said::Nothing {
                worth.n_before += 1;
                worth.n_strange += 1;
                worth.n_loose += usize::from(self.is_loose(at));
            }
        }
        let is_explained = if self.is_cut {
            worth.n_healed_breaks >= worth.n_loose
        } else {
            worth.n_strange * 2 <= worth.n_before
        };
        is_explained.then_some((self, worth))
    }

    /// What the rows from `at` up to `end` say joined, and alone.
    fn compare(&self, at: usize, end: usize, worth: &mut Worth, asking: &mut Asking) {
        let rows = &self.rows[at..end];
        let mut text = rows[0].text.clone();
        for row in &rows[1..] {
            worth.vote += vote(&text, &row.text);
            self.append(&mut text, &row.text);
        }
        let said = asking.ask(&text);
        let parts: Vec<Said> = rows.iter().map(|row| asking.ask(&row.text)).collect();
        worth.n_before += parts.iter().filter(|part| **part == Said::Nothing).count();
        if said == Said::Nothing {
            worth.n_strange += 1;
            worth.n_loose += usize::from(self.is_loose(at));
        }
        let n_complete = parts.iter().filter(|part| part.is_complete()).count();
        let is_lost = said == Said::Nothing && parts.iter().any(Said::has_events);
        if is_lost || n_complete > 1 {
            worth.n_harmed += 1;
        } else if said.has_events() && said != parts[0] {
            worth.n_healed += 1;
            worth.n_made += usize::from(!parts[0].has_events());
            worth.n_healed_breaks += rows.len() - 1;
        }
        worth.n_breaks += rows.len() - 1;
        let is_short = |length: &&usize| **length < self.width;
        worth.n_short += self.lengths[at..end - 1].iter().filter(is_short).count();
    }

    /// Rows are said to be cut anywhere, and this one looks like the rest of one that was broken between words.
    fn is_loose(&self, at: usize) -> bool {
        let row = &self.rows[at].text;
        let n_word = n_chars(first_word(row));
        at > 0
            && self.is_cut
            && !self.rows[at - 1].text.is_empty()
            && matches!(start::of(row), None | Some(Start::Key(_)))
            && n_word * 2 < self.width
            && self.lengths[at - 1] + 1 + n_word > self.width
    }
}

/// A time or a number may be the value of a field as well as a beginning.
fn may_be_value(text: &[u8]) -> bool {
    let kinds = [
        Start::Iso,
        Start::DayFirst,
        Start::Clock,
        Start::Epoch,
        Start::Uptime,
        Start::Serial,
    ];
    start::of(text).is_some_and(|start| kinds.contains(&start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dialect of its own: `deal FROM TO END`.
    fn deals(text: &[u8], _: Option<usize>) -> Said {
        let words: Vec<&[u8]> = text.split(|byte| *byte == b' ').collect();
        match words.as_slice() {
            [b"deal", from, to, b"end"] if from.len() > 20 && to.len() > 20 => {
                Said::Events(0, Vec::new())
            }
            [b"deal", ..] => Said::Known(0),
            _ => Said::Nothing,
        }
    }

    fn check(rows: &[&str], expected: Option<&[&str]>) {
        let rows: Vec<Row> = rows
            .iter()
            .map(|text| Row {
                text: text.as_bytes().to_vec(),
                n_lines: 1,
                ..Row::default()
            })
            .collect();
        let joined = join(&rows, deals, &mut Counts::default());
        let texts: Option<Vec<&str>> = joined.as_ref().map(|rows| {
            rows.iter()
                .map(|row| std::str::from_utf8(&row.text).expect("ASCII"))
                .collect()
        });
        assert_eq!(texts.as_deref(), expected);
    }

    #[test]
    fn rows_are_joined_where_only_the_whole_is_known() {
        let [from, to] = ["x".repeat(40), "y".repeat(45)];
        let record = format!("deal {from} {to} end");
        // Cut at a usual width, once; at an unusual one, twice; between words.
        check(&[&record[..60], &record[60..]], Some(&[&record]));
        check(&[&record[..61], &record[61..]], None);
        let pieces = [&record[..61], &record[61..]];
        check(&[pieces, pieces].concat(), Some(&[&record, &record]));
        check(&[&record[..45], &record[46..]], Some(&[&record]));
        // Nobody knows what comes of it; and records that are whole.
        check(&[&record[5..65], &record[65..]], None);
        check(&[&record, &record, "any idea what this is?"], None);
        assert!(join(&[], nobody, &mut Counts::default()).is_none());
    }
}
