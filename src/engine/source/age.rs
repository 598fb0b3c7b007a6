//! How old a log is, and which way it runs, from its first and last lines.

use super::header;
use super::survey::{Sample, Survey};
use super::{Clock, Container, Encoding};
use crate::engine::model::stamp::DAY;
use crate::engine::model::{Micros, StampQuality};

/// Steps back from which on a log is not just out of order.
const MIN_STEPS: usize = 5;
/// Of ten steps in time so many must go back.
const MIN_TENTHS: usize = 8;
/// Lines looked at on each end.
const MAX_LINES: usize = 200;
/// A log that seems to end so long before it begins crosses a year that is not this one.
const HALF_A_YEAR: Micros = 180 * DAY;

/// True for the times of an export with the newest line first.
pub fn is_descending(times: &[Micros]) -> bool {
    let (n_back, n_forth) = steps(times);
    n_back >= MIN_STEPS && n_back * 10 >= (n_back + n_forth) * MIN_TENTHS
}

/// The moment against which stamps without a year are read. Each of them means the latest year that is not in the
/// future; so a log of an earlier year that crosses today's date would be torn in two. Its last line tells: the log
/// is as old as that.
pub fn present(sample: &Sample<'_>, survey: &Survey, now: Micros) -> Micros {
    if survey.container != Container::Plain || survey.encoding != Encoding::Utf8 {
        return now;
    }
    let stamp = |line: &[u8]| {
        let stamp = header::split(line, &Clock { now }).head.stamp;
        (stamp.quality == StampQuality::NoYear).then_some(stamp.micros)
    };
    let lines = |text| -> Box<dyn DoubleEndedIterator<Item = &[u8]>> {
        Box::new(<[u8]>::split(text, |byte| *byte == b'\n'))
    };
    let start: Vec<Micros> = lines(sample.head)
        .take(MAX_LINES)
        .filter_map(stamp)
        .collect();
    let end = [sample.tail, sample.middle, sample.head]
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let last = lines(end).rev().take(MAX_LINES).find_map(stamp);
    let (Some(first), Some(last)) = (start.first(), last) else {
        return now;
    };
    let (n_back, n_forth) = steps(&start);
    if first - last > HALF_A_YEAR && n_forth >= n_back {
        last
    } else {
        now
    }
}

/// How often time goes back and forth.
fn steps(times: &[Micros]) -> (usize, usize) {
    let count = |is: fn(Micros, Micros) -> bool| {
        times.windows(2).filter(|pair| is(pair[1], pair[0])).count()
    };
    (
        count(|next, last| next < last),
        count(|next, last| next > last),
    )
}
