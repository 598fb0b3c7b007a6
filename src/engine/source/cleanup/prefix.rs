//! What mail programs, editors, searches and forums put before every line. A prefix is removed from a block when
//! at least four of five lines have it and what remains looks like a log.

use super::super::find::find;
use super::start;
use super::{Counts, Row, StepKind};
use crate::engine::model::Host;
use crate::engine::model::order::Order;

/// A number behind a quote mark inside a list: prefixes nest, but not deeper than this.
const MAX_NESTED: usize = 4;

/// Removes prefixes from the rows of a block. Lines that only mark a code block become empty.
pub fn strip(rows: &mut [Row], counts: &mut Counts) {
    for _ in 0..MAX_NESTED {
        clear_ornaments(rows, counts);
        let is_changed = KINDS
            .iter()
            .any(|(kind, find)| strip_one(rows, *kind, *find, counts));
        if !is_changed {
            return;
        }
    }
}

/// How much to cut from the front and the end of a line.
type Find = fn(&[u8]) -> Option<Cut>;

#[derive(Clone, Copy, PartialEq, Eq)]
struct Cut {
    front: usize,
    end: usize,
    /// What must agree between lines: a number must grow, a name must stay the same.
    mark: u64,
}

const KINDS: [(StepKind, Find); 9] = [
    (StepKind::QuoteMarks, quote_marks),
    (StepKind::TableBars, table_bars),
    (StepKind::Numbering, numbering),
    (StepKind::FileNames, file_name),
    (StepKind::Containers, container),
    (StepKind::Bullets, bullet),
    (StepKind::Prompts, prompt),
    (StepKind::Backticks, backticks),
    (StepKind::Indent, indent),
];

fn strip_one(rows: &mut [Row], kind: StepKind, find: Find, counts: &mut Counts) -> bool {
    let n_filled = rows.iter().filter(|row| !row.text.is_empty()).count();
    let mut cuts: Vec<Option<Cut>> = rows.iter().map(|row| find(&row.text)).collect();
    match kind {
        StepKind::Numbering if !grows(&cuts) => return false,
        StepKind::FileNames | StepKind::Containers => keep_commonest(&mut cuts),
        StepKind::Indent => keep_common_indent(&mut cuts),
        _ => {}
    }
    let n_found = cuts.iter().flatten().count();
    if n_found == 0 || n_found * 5 < n_filled * 4 {
        return false;
    }
    let bare = |row: &Row, cut: &Cut| {
        row.text
            .get(cut.front..row.text.len() - cut.end)
            .map(<[u8]>::to_vec)
    };
    let is_log = rows.iter().zip(&cuts).any(|(row, cut)| {
        let text = cut.and_then(|cut| bare(row, &cut)).unwrap_or_default();
        let has_mask = || {
            text.split(|byte| matches!(byte, b' ' | b':' | b'/'))
                .any(start::is_masked)
        };
        start::of(&text).is_some() || start::n_addresses(&text, 1) > 0 || has_mask()
    });
    if !is_log {
        return false;
    }
    for (row, cut) in rows.iter_mut().zip(&cuts) {
        if let Some(text) = cut.and_then(|cut| bare(row, &cut)) {
            row.text = text;
        }
    }
    counts.add(kind, n_found as u64);
    true
}

/// Code fences, and the rulers of text tables.
fn clear_ornaments(rows: &mut [Row], counts: &mut Counts) {
    for row in rows {
        let text = row.text.trim_ascii();
        let is_fence = text.starts_with(b"```") && text.len() < 24 && !text[3..].contains(&b' ')
            || text == b"~~~";
        let is_tag = matches!(
            text.to_ascii_lowercase().as_slice(),
            b"[code]" | b"[/code]" | b"<pre>" | b"</pre>" | b"{code}" | b"{noformat}"
        );
        let is_ruler = text.len() >= 5
            && matches!(text[0], b'|' | b'+')
            && text
                .iter()
                .all(|byte| matches!(byte, b'|' | b'+' | b'-' | b':' | b'=' | b' '))
            && text.contains(&b'-');
        if is_fence || is_tag || is_ruler {
            row.text.clear();
            counts.add(StepKind::Fences, 1);
        }
    }
}

fn n_blanks(line: &[u8]) -> usize {
    line.iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

/// `> `, `>> `, `> > `; a single bar before text.
fn quote_marks(line: &[u8]) -> Option<Cut> {
    let mut at = n_blanks(line).min(3);
    let first = at;
    if line.get(at) == Some(&b'|') && line.get(at + 1) == Some(&b' ') && !line.ends_with(b"|") {
        return Some(Cut {
            front: at + 2,
            end: 0,
            mark: 0,
        });
    }
    while line.get(at) == Some(&b'>') {
        at += 1;
        if line.get(at) == Some(&b' ') && line.get(at + 1) == Some(&b'>') {
            at += 1;
        }
    }
    if at == first {
        return None;
    }
    at += usize::from(line.get(at) == Some(&b' '));
    Some(Cut {
        front: at,
        end: 0,
        mark: 0,
    })
}

/// `| a | b |`
fn table_bars(line: &[u8]) -> Option<Cut> {
    let front = n_blanks(line);
    let end = line.len() - line.trim_ascii_end().len();
    let inner = line.get(front..line.len() - end)?;
    if inner.len() < 3 || !inner.starts_with(b"|") || !inner.ends_with(b"|") {
        return None;
    }
    let front = front + 1 + n_blanks(&inner[1..]);
    let body = line.get(front..line.len() - end - 1)?;
    let end = line.len() - front - body.trim_ascii_end().len();
    Some(Cut {
        front,
        end,
        mark: 0,
    })
}

/// `12: `, `12) `, `12. `, `#12 `, `[12] `, `12:` of a search, `  12  ` of an editor's gutter.
fn numbering(line: &[u8]) -> Option<Cut> {
    let n_before = n_blanks(line);
    let mut at = n_before;
    let opener = line
        .get(at)
        .filter(|byte| matches!(byte, b'#' | b'[' | b'('))
        .copied();
    at += usize::from(opener.is_some());
    let digits = line.get(at..)?;
    let n_digits = digits
        .iter()
        .take(8)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !(1..=7).contains(&n_digits) {
        return None;
    }
    let number = digits[..n_digits]
        .iter()
        .fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
    at += n_digits;
    let mut rest = line.get(at..)?;
    let n_gap = n_blanks(rest);
    let mark = rest.get(n_gap).copied();
    let front = match mark {
        // More bars are those of a row.
        Some(b'|') if opener.is_none() && !rest[n_gap + 1..].contains(&b'|') => at + n_gap + 1,
        Some(b':' | b'.' | b')' | b']') if n_gap == 0 => {
            rest = &rest[1..];
            let is_search = mark == Some(b':') && opener.is_none() && !is_clock(rest);
            if !is_search && !rest.first().is_none_or(u8::is_ascii_whitespace) {
                return None;
            }
            at + 1
        }
        _ if opener == Some(b'#') && n_gap > 0 => at,
        // A bare number may be a column: only a padded one, or one before a sure beginning, is a line number.
        _ if n_gap > 0 && opener.is_none() => {
            let next = start::of(&rest[n_gap..]);
            let is_sure = matches!(
                next,
                Some(
                    start::Start::DateKey
                        | start::Start::Syslog
                        | start::Start::Priority
                        | start::Start::Percent
                )
            );
            if !(is_sure || n_before > 0 && (n_gap > 1 || rest.first() == Some(&b'\t'))) {
                return None;
            }
            at
        }
        _ => return None,
    };
    // One blank belongs to the number; more may be the line's own.
    let n_after = n_blanks(line.get(front..)?);
    let own = if matches!(mark, Some(b':' | b'|')) {
        n_after.min(1)
    } else {
        n_after
    };
    Some(Cut {
        front: front + own,
        end: 0,
        mark: number,
    })
}

/// `15:02` after the first colon: the number was an hour.
fn is_clock(rest: &[u8]) -> bool {
    rest.len() >= 3 && rest[0].is_ascii_digit() && rest[1].is_ascii_digit() && rest[2] == b':'
}

/// Line numbers grow from line to line; a column of numbers seldom does.
fn grows(cuts: &[Option<Cut>]) -> bool {
    let numbers: Vec<u64> = cuts.iter().flatten().map(|cut| cut.mark).collect();
    let n_grown = numbers.windows(2).filter(|pair| pair[1] > pair[0]).count();
    !numbers.is_empty() && n_grown * 5 >= (numbers.len() - 1) * 4
}

/// `kern.log:`, `/var/log/messages:12:` of a search through files.
fn file_name(line: &[u8]) -> Option<Cut> {
    let n_name = memchr::memchr(b':', &line[..line.len().min(200)])?;
    let name = &line[..n_name];
    let is_file = name.iter().any(u8::is_ascii_alphabetic)
        && !name.iter().any(u8::is_ascii_whitespace)
        && name.iter().any(|byte| matches!(byte, b'.' | b'/'))
        // `FWIN,2024/02/19,10:15:02` is a row with a date.
        && !name.iter().any(|byte| matches!(byte, b'=' | b','))
        && Host::parse(name).is_none();
    if !is_file {
        return None;
    }
    let mut front = n_name + 1;
    let rest = &line[front..];
    let n_digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let after = rest.get(n_digits + 1..).unwrap_or_default();
    // `2:10:15:02` is a number before a clock, `10:15:02` a clock.
    let is_numbered = n_digits > 0
        && rest.get(n_digits) == Some(&b':')
        && (!is_clock(after) || is_clock(&after[3..]));
    if is_numbered {
        front += n_digits + 1;
    }
    // A path and a line number are sure; a bare name might be a word of the log.
    if !(is_numbered && name.contains(&b'/')) {
        front += n_blanks(&line[front..]);
        start::of(&line[front..])?;
    }
    Some(Cut {
        front,
        end: 0,
        mark: crate::engine::model::NameId::of(name).0,
    })
}

/// `fw-1  | ` of one who runs many containers, `[pod/fw-0/syslog] `.
fn container(line: &[u8]) -> Option<Cut> {
    let start = &line[..line.len().min(200)];
    let (name, front) = if line.starts_with(b"[pod/") {
        let end = find(start, b"] ")?;
        (&line[..end], end + 2)
    } else {
        let n_name = start
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            .count();
        let n_gap = n_blanks(&line[n_name..]);
        let is_name = n_gap > 0 && line[..n_name].iter().any(u8::is_ascii_alphabetic);
        let rest = line.get(n_name + n_gap..)?.strip_prefix(b"| ")?;
        // `fw-1` counts its containers; any other name might be the first cell of a table.
        let n_digits = line[..n_name]
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let is_counted = n_digits > 0
            && line[..n_name - n_digits]
                .last()
                .is_some_and(|byte| matches!(byte, b'-' | b'_'));
        let is_log = start::of(rest).is_some() && find(rest, b" | ").is_none();
        if !is_name || !(is_counted || is_log) {
            return None;
        }
        (&line[..n_name], line.len() - rest.len())
    };
    Some(Cut {
        front,
        end: 0,
        mark: crate::engine::model::NameId::of(name).0,
    })
}

/// A search names the same few files; a word before a colon that changes with every line is no file.
fn keep_commonest(cuts: &mut [Option<Cut>]) {
    let mut marks: Vec<u64> = cuts.iter().flatten().map(|cut| cut.mark).collect();
    marks.order();
    marks.dedup();
    if marks.len() * 4 > cuts.len() + 3 {
        cuts.fill(None);
    }
}

fn bullet(line: &[u8]) -> Option<Cut> {
    let front = n_blanks(line);
    let rest = &line[front..];
    let n_mark = [
        b"-".as_slice(),
        b"*",
        b"+",
        "•".as_bytes(),
        "‣".as_bytes(),
        "▪".as_bytes(),
    ]
    .iter()
    .find(|mark| rest.starts_with(mark))
    .map(|mark| mark.len())?;
    let n_gap = n_blanks(&rest[n_mark..]);
    (n_gap > 0).then_some(Cut {
        front: front + n_mark + n_gap,
        end: 0,
        mark: 0,
    })
}

/// `$ `, `# `, `root@fw:~# `, `[user@host ~]$ `.
fn prompt(line: &[u8]) -> Option<Cut> {
    let at = memchr::memchr2(b'$', b'#', &line[..line.len().min(64)])?;
    let before = &line[..at];
    let is_prompt = before.is_empty() || before.contains(&b'@') && !before.contains(&b'=');
    (is_prompt && line.get(at + 1) == Some(&b' ')).then_some(Cut {
        front: at + 2,
        end: 0,
        mark: 0,
    })
}

fn backticks(line: &[u8]) -> Option<Cut> {
    let is_wrapped = line.len() > 2 && line.starts_with(b"`") && line.ends_with(b"`");
    is_wrapped.then_some(Cut {
        front: 1,
        end: 1,
        mark: 0,
    })
}

fn indent(line: &[u8]) -> Option<Cut> {
    let front = n_blanks(line);
    (front > 0 && front < line.len()).then_some(Cut {
        front,
        end: 0,
        mark: 0,
    })
}

/// Blanks that all have; more of them on one line may be that line's own.
fn keep_common_indent(cuts: &mut [Option<Cut>]) {
    let common = cuts
        .iter()
        .flatten()
        .map(|cut| cut.front)
        .min()
        .unwrap_or(0);
    for cut in cuts.iter_mut().flatten() {
        cut.front = common;
    }
}
