//! How old a log is, and which way it runs, from its first and last lines.

use super::cleanup::RawRecord;
use super::header;
use super::records::RecordStream;
use super::survey::{Sample, Survey};
use super::{Clock, Container, Encoding};
use crate::engine::model::stamp::DAY;
use crate::engine::model::{Micros, StampQuality};

/// Steps back from which on a log is not just out of order.
const MIN_STEPS: usize = 5;
/// Of ten steps in time so many must go back.
const MIN_TENTHS: usize = 8;
/// Bytes looked at on each end.
const MAX_BYTES: usize = 32 << 10;
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
    let head = &sample.head[..sample.head.len().min(MAX_BYTES)];
    let start = stamps(head, survey, now);
    let end = [sample.tail, sample.middle, sample.head]
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let end = stamps(&end[end.len().saturating_sub(MAX_BYTES)..], survey, now);
    let (Some(first), Some(last)) = (start.first(), end.last()) else {
        return now;
    };
    let (n_back, n_forth) = steps(&start);
    if first - last > HALF_A_YEAR && n_forth >= n_back {
        *last
    } else {
        now
    }
}

/// The stamps without a year at the start of records, cleaned up as the source will be.
fn stamps(text: &[u8], survey: &Survey, now: Micros) -> Vec<Micros> {
    let mut stamps = Vec::new();
    let mut take = |record: RawRecord<'_>| {
        let stamp = header::split(record.text, &Clock { now }).head.stamp;
        if stamp.quality == StampQuality::NoYear {
            stamps.push(stamp.micros);
        }
    };
    let mut stream = RecordStream::new(survey, 0);
    // What cannot be read says nothing here; the reader tells.
    let _ = stream.feed(text, &mut take);
    let _ = stream.finish(&mut take);
    stamps
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
