//! The survey: what a source is, found out from three samples before it is read, so that every range of it is read
//! the same way (domain §0.5).

use super::cleanup::asked::{Ask, nobody};
use super::cleanup::start;
use super::cleanup::{Cleaner, Plan, Step, text};
use super::container::{Container, SourceError, Unpack, expect_text};
use super::encoding::{Decoder, Encoding};
use super::identity;
use super::lines::{LineEnds, Lines};
use super::time::DayOrder;

/// Bytes of each sample.
pub const SAMPLE_BYTES: u64 = 256 * 1024;
/// Bytes of a paste, of which every line is searched for the seams of records. Of more only the first lines are, and
/// none of a longer block: what shows in none of them is not looked for in the rest.
const PASTE_BYTES: usize = 128 * 1024;
const SEAM_LINES: usize = 250;
/// Steps that look at whole blocks are for pastes and small files (domain §0.5).
pub const MAX_BLOCK_SOURCE: u64 = 16 << 20;
/// A lone CR counts as a line end when there is one for at most so many LF; a stray one in a message does not.
const LF_PER_CR: usize = 50;

/// What is known of a source; travels with every range of it.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Survey {
    pub container: Container,
    pub encoding: Encoding,
    pub ends: LineEnds,
    pub plan: Plan,
    /// Which number of a date is the day, when some date of the samples shows it.
    pub day_order: Option<DayOrder>,
    /// The source may be read in several ranges, cut at line ends.
    pub shardable: bool,
    /// Says which source it is.
    pub key: u64,
    /// What cleaning did to the samples, for a first word to the person; the reader counts exactly.
    pub steps: Vec<Step>,
}

/// Bytes from the start, the middle and the end of a source, as they are stored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample<'a> {
    pub head: &'a [u8],
    /// Empty where the head reaches.
    pub middle: &'a [u8],
    pub tail: &'a [u8],
    /// Length of the source; `None` for a pipe.
    pub len: Option<u64>,
}

impl<'a> Sample<'a> {
    /// The samples of bytes that are in memory.
    pub fn of(bytes: &'a [u8]) -> Sample<'a> {
        let [head, middle, tail] = Sample::ranges(bytes.len() as u64)
            .map(|(start, end)| bytes.get(start as usize..end as usize).unwrap_or_default());
        Sample {
            head,
            middle,
            tail,
            len: Some(bytes.len() as u64),
        }
    }

    /// Where the samples of a source of `len` bytes lie. Starts are even, so that 16-bit characters stay whole.
    pub fn ranges(len: u64) -> [(u64, u64); 3] {
        let head = len.min(SAMPLE_BYTES);
        let middle = head.max((len / 2) & !1);
        let middle_end = len.min(middle + SAMPLE_BYTES);
        let tail = middle_end
            .max(len.saturating_sub(SAMPLE_BYTES) & !1)
            .min(len);
        [(0, head), (middle, middle_end), (tail, len)]
    }
}

/// Looks at the samples. An error is about the whole source: it holds no text that can be read.
pub fn survey(sample: &Sample<'_>) -> Result<Survey, SourceError> {
    survey_asking(sample, nobody)
}

/// As `survey`, with somebody to ask how broken text belongs together.
pub fn survey_asking(sample: &Sample<'_>, ask: Ask) -> Result<Survey, SourceError> {
    let container = Container::detect(sample.head)?;
    let unpacked;
    let (raw, is_small) = if let Some(unpack) = Unpack::new(container) {
        unpacked = unpack_head(unpack, sample)?;
        ([unpacked.text.as_slice(), &[], &[]], unpacked.is_small)
    } else {
        (
            [sample.head, sample.middle, sample.tail],
            sample.len.is_some_and(|len| len < MAX_BLOCK_SOURCE),
        )
    };
    let encoding = raw
        .iter()
        .map(|raw| Encoding::detect(raw))
        .reduce(stronger)
        .unwrap_or_default();
    expect_text(raw, encoding)?;
    let texts = raw.map(|raw| {
        let mut decoder = Decoder::new(encoding);
        let mut text = decoder.decode(raw).to_vec();
        text.extend_from_slice(decoder.finish());
        text
    });
    let key = identity::key(&texts[0]);
    let is_whole = texts[1].is_empty() && texts[2].is_empty();
    let texts = [
        whole_lines(&texts[0], true, is_whole),
        whole_lines(&texts[1], false, false),
        whole_lines(&texts[2], false, true),
    ];
    let ends = line_ends(&texts);
    let (plan, steps) = try_cleaning(&texts, ends, is_small, ask);
    Ok(Survey {
        container,
        encoding,
        ends,
        plan,
        day_order: texts.iter().find_map(|text| day_order(text)),
        shardable: container == Container::Plain && encoding == Encoding::Utf8 && !plan.blocks,
        key,
        steps,
    })
}

/// The head decides, except that later samples may show that it is not UTF-8 after all.
fn stronger(head: Encoding, later: Encoding) -> Encoding {
    match (head, later) {
        (Encoding::Utf8, Encoding::Windows1252) => Encoding::Windows1252,
        _ => head,
    }
}

struct Unpacked {
    text: Vec<u8>,
    /// All of it is here, or was seen, and it is less than `MAX_BLOCK_SOURCE`.
    is_small: bool,
}

/// The start of a packed text. An error when there is none; what is wrong behind a start is found by the reader.
fn unpack_head(mut unpack: Unpack, sample: &Sample<'_>) -> Result<Unpacked, SourceError> {
    let mut text = Vec::new();
    let room = 4 * SAMPLE_BYTES as usize;
    let mut keep = |part: &[u8]| {
        text.extend_from_slice(&part[..part.len().min(room.saturating_sub(text.len()))]);
    };
    let is_whole = sample.len == Some(sample.head.len() as u64);
    let mut error = None;
    // Small steps, so that a head that grows enormously does not have to be unpacked whole.
    for chunk in sample.head.chunks(1024) {
        error = unpack.feed(chunk, &mut keep).err();
        let enough = if is_whole {
            MAX_BLOCK_SOURCE
        } else {
            room as u64
        };
        if error.is_some() || unpack.n_text() >= enough {
            break;
        }
    }
    // Layers hold text back until they are told that this is all.
    let ended = unpack.finish(&mut keep);
    let is_small = is_whole && unpack.n_text() < MAX_BLOCK_SOURCE;
    if text.is_empty() && (is_whole || error.is_some()) {
        return Err(error.or(ended.err()).unwrap_or(SourceError::Empty));
    }
    Ok(Unpacked { text, is_small })
}

/// Without the broken lines at the borders of a sample.
fn whole_lines(text: &[u8], has_start: bool, has_end: bool) -> &[u8] {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let start = if has_start {
        0
    } else {
        text.iter().position(is_end).map_or(text.len(), |at| at + 1)
    };
    let text = &text[start..];
    let end = if has_end {
        text.len()
    } else {
        text.iter()
            .rposition(is_end)
            .map_or(text.len(), |at| at + 1)
    };
    &text[..end]
}

fn line_ends(texts: &[&[u8]; 3]) -> LineEnds {
    let (mut n_lf, mut n_cr) = (0, 0);
    for text in texts {
        n_lf += memchr::memchr_iter(b'\n', text).count();
        n_cr += memchr::memchr_iter(b'\r', text)
            .filter(|at| {
                text.get(at + 1)
                    .is_some_and(|next| !matches!(next, b'\n' | b'\r'))
            })
            .count();
    }
    if n_cr > 0 && n_cr * LF_PER_CR >= n_lf {
        LineEnds::Any
    } else {
        LineEnds::Lf
    }
}

/// Runs every step on the samples; what acted is the plan.
fn try_cleaning(texts: &[&[u8]; 3], ends: LineEnds, is_small: bool, ask: Ask) -> (Plan, Vec<Step>) {
    let has_priority = texts.iter().any(|text| {
        start::of(text) == Some(start::Start::Priority)
            || memchr::memmem::find_iter(text, b"\n<")
                .any(|at| start::of(&text[at + 1..]) == Some(start::Start::Priority))
    });
    let entities = !has_priority && texts.iter().any(|text| text::has_entity(text));
    let is_html = |text: &&[u8]| {
        text::n_tag_kinds(text) >= 3
            || entities
                && text::n_tag_kinds(text::Scratch::default().clean(
                    text,
                    Plan {
                        entities,
                        ..Plan::default()
                    },
                    &mut super::cleanup::Counts::default(),
                )) >= 3
    };
    let trial = Plan {
        entities,
        tags: texts.iter().any(is_html),
        blocks: is_small,
        ..Plan::ALL
    };
    let mut cleaner = Cleaner::asking(trial, ask);
    let n_bytes: usize = texts.iter().map(|text| text.len()).sum();
    let mut n_left = if n_bytes <= PASTE_BYTES {
        usize::MAX
    } else {
        SEAM_LINES
    };
    for text in texts {
        let mut lines = Lines::new(ends, 0);
        let mut number = 0;
        let mut feed = |line: super::lines::RawLine<'_>| {
            n_left = n_left.saturating_sub(1);
            if n_left == 0 {
                cleaner.ignore_seams();
            }
            cleaner.feed(line, number, &mut |_| ());
            number += 1;
        };
        lines.feed(text, &mut feed);
        lines.finish(&mut feed);
        cleaner.finish(&mut |_| ());
    }
    (cleaner.counts().plan(), cleaner.counts().steps())
}

/// From dates of two numbers and a year: the first one that has a part above 12 tells.
pub fn day_order(text: &[u8]) -> Option<DayOrder> {
    let number = |digits: &[u8]| -> Option<u32> {
        let n_digits = digits
            .iter()
            .take(3)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        (1..=2).contains(&n_digits).then(|| {
            digits[..n_digits]
                .iter()
                .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
        })
    };
    for at in memchr::memchr_iter(b'/', text) {
        // The start of the number before the slash: `x 19/02/2024`.
        let n_before = text[..at]
            .iter()
            .rev()
            .take(3)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let is_date = (1..=2).contains(&n_before)
            && text[..at - n_before].last().is_none_or(|byte| {
                !byte.is_ascii_alphanumeric() && !matches!(byte, b'/' | b'.' | b':')
            });
        if !is_date {
            continue;
        }
        let (Some(first), Some(second)) = (number(&text[at - n_before..]), number(&text[at + 1..]))
        else {
            continue;
        };
        let n_second = if second > 9 || text.get(at + 1) == Some(&b'0') {
            2
        } else {
            1
        };
        let year = text.get(at + 1 + n_second..).unwrap_or_default();
        let has_year = year.first() == Some(&b'/')
            && year.get(1).is_some_and(u8::is_ascii_digit)
            && year.get(2).is_some_and(u8::is_ascii_digit);
        match (has_year, first, second) {
            (true, 13..=31, 1..=12) => return Some(DayOrder::DayFirst),
            (true, 1..=12, 13..=31) => return Some(DayOrder::MonthFirst),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::source::cleanup::StepKind;

    const LINE: &str = "Feb 19 10:15:02 fw1 kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.10 PROTO=TCP SPT=51022 DPT=25 SYN\n";

    fn look(bytes: &[u8]) -> Survey {
        survey(&Sample::of(bytes)).expect("text")
    }

    #[test]
    fn a_plain_log_needs_nothing() {
        for n_lines in [1, 5, 50_000] {
            let found = look(LINE.repeat(n_lines).as_bytes());
            assert_eq!(
                found,
                Survey {
                    shardable: true,
                    key: found.key,
                    ..Survey::default()
                }
            );
        }
    }

    #[test]
    fn the_plan_has_the_steps_that_act() {
        let plan = |text: &str| look(text.as_bytes()).plan;
        assert_eq!(
            plan(&LINE.replace("Feb", "&lt;4&gt;Feb")),
            Plan {
                entities: true,
                ..Plan::default()
            }
        );
        assert_eq!(
            plan(&LINE.replace('\n', "<br>").repeat(2)),
            Plan {
                tags: true,
                ..Plan::default()
            }
        );
        assert_eq!(
            plan(&LINE.replace("DROP", "“DROP”")),
            Plan {
                typography: true,
                ..Plan::default()
            }
        );
        assert_eq!(
            plan(&LINE.replace('\n', " ").repeat(2)),
            Plan {
                split: true,
                ..Plan::default()
            }
        );
        assert_eq!(
            plan(&format!("> {LINE}")),
            Plan {
                blocks: true,
                ..Plan::default()
            }
        );
        // A log with priorities has raw brackets of its own; its entities are its own, too.
        assert_eq!(
            plan(&format!("<4>{LINE}<4>{}", LINE.replace("eth0", "&quot;"))),
            Plan::default()
        );
        // Too large to be held: the quote marks stay, and the steps say nothing of them.
        let large = look(format!("> {LINE}").repeat(200_000).as_bytes());
        assert_eq!((large.plan, large.shardable), (Plan::default(), true));
    }

    #[test]
    fn ends_encodings_and_dates() {
        assert_eq!(look(b"a\rb\rc").ends, LineEnds::Any);
        assert_eq!(look(b"a\r\nb\r\nc\r").ends, LineEnds::Lf);
        assert_eq!(
            look(format!("{}one\rstray\n", LINE.repeat(100)).as_bytes()).ends,
            LineEnds::Lf
        );
        let utf16: Vec<u8> = LINE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(
            (look(&utf16).encoding, look(&utf16).shardable),
            (Encoding::Utf16Le, false)
        );
        assert_eq!(
            look(b"x 01/02/2024 10:00\ny 19/02/2024 10:00\n").day_order,
            Some(DayOrder::DayFirst)
        );
        assert_eq!(
            look(b"x,2/19/24 10:00\n").day_order,
            Some(DayOrder::MonthFirst)
        );
        assert_eq!(look(b"2024/02/19 10:00 10.0.0.1/24/13\n").day_order, None);
        // Latin letters that only the end of a long log has.
        let late = [LINE.repeat(10_000).as_bytes(), b"gesch\xfctzt\n"].concat();
        assert_eq!(look(&late).encoding, Encoding::Windows1252);
    }

    #[test]
    fn what_is_no_log_is_refused() {
        assert_eq!(survey(&Sample::of(b"")), Err(SourceError::Empty));
        assert_eq!(
            survey(&Sample::of(b"\x1f\x8b\x08")),
            Err(SourceError::Cut {
                packer: "gzip",
                n_good: 0
            })
        );
        assert!(matches!(
            survey(&Sample::of(
                b"\x1f\x8b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
            )),
            Err(SourceError::Damaged { .. })
        ));
    }

    #[test]
    fn ranges_cover_a_small_source_once() {
        for len in [
            0,
            1,
            1000,
            SAMPLE_BYTES,
            SAMPLE_BYTES + 1,
            3 * SAMPLE_BYTES,
            10 * SAMPLE_BYTES + 7,
        ] {
            let [head, middle, tail] = Sample::ranges(len);
            assert!(
                head.1 <= middle.0
                    && middle.0 <= middle.1
                    && middle.1 <= tail.0
                    && tail.0 <= tail.1
                    && tail.1 == len
                    || len < 2,
                "{len}"
            );
            assert!(middle.0 % 2 == 0 || middle.0 == len);
        }
        assert_eq!(
            look(format!("> {LINE}").repeat(3).as_bytes()).steps[0].kind,
            StepKind::QuoteMarks
        );
    }
}
