//! When a FortiGate record happened: `date`, `time`, `eventtime`, `tz` and what to make of them together.

use super::reading::Look;
use super::words::Key;
use crate::engine::model::ports::decimal;
use crate::engine::model::stamp::{self, DAY, HOUR, MINUTE, SECOND};
use crate::engine::model::{Micros, Reason, Stamp, StampQuality};
use crate::engine::source::keyvalue::{ZEROS, eight};
use crate::engine::source::record::Head;

/// `eventtime` and the clock belong to one moment if they differ by a time zone, give or take this.
const TOLERANCE: Micros = 2 * MINUTE;
/// The resolution of whole seconds.
const WHOLE: u32 = 1_000_000;
/// All zones are multiples of this.
const ZONE_STEP: Micros = 15 * MINUTE;
/// 2000-01-01 and 2100-01-01: outside of it an `eventtime` is no time.
const EARLIEST: Micros = 946_684_800 * SECOND;
const LATEST: Micros = 4_102_444_800 * SECOND;

/// Remembers the day of the last line, because most lines have the same.
#[derive(Default)]
pub struct Days {
    text: [u8; 10],
    micros: Micros,
}

impl Days {
    pub fn stamp(&mut self, look: &Look<'_>, head: &Head<'_>) -> Result<Stamp, Reason> {
        let of_day = look.get(Key::Time).map(time_of_day);
        let day = look.get(Key::Date).map(|text| self.day(text));
        let local = match (day, of_day) {
            (Some(Some(day)), Some(Some(of_day))) => Some(day + of_day.0),
            _ => None,
        };
        let event = look.get(Key::EventTime).and_then(event_time);
        let zone = look.get(Key::Zone).and_then(zone);
        match (local, event, zone) {
            (Some(local), Some((event, resolution)), Some(zone))
                if resolution < WHOLE && (local - zone - event).abs() <= TOLERANCE =>
            {
                Ok(Stamp::new(event, StampQuality::Zoned, resolution))
            }
            (Some(local), _, Some(zone)) => {
                Ok(Stamp::new(local - zone, StampQuality::Zoned, 1_000_000))
            }
            (Some(local), Some((event, resolution)), None) if differ_by_zone(local, event) => {
                if resolution < WHOLE {
                    return Ok(Stamp::new(event, StampQuality::Zoned, resolution));
                }
                // In whole seconds it says no more than the line's own time, but which zone that is in.
                let zone = (local - event + ZONE_STEP / 2).div_euclid(ZONE_STEP) * ZONE_STEP;
                Ok(Stamp::new(local - zone, StampQuality::Zoned, WHOLE))
            }
            (Some(local), _, None) => Ok(Stamp::new(local, StampQuality::AssumedZone, 1_000_000)),
            (None, Some((event, resolution)), _) => {
                Ok(Stamp::new(event, StampQuality::Zoned, resolution))
            }
            (None, None, _) if !head.stamp.is_missing() => Ok(head.stamp),
            (None, None, _) if day.is_some() => Err(Reason::BadTime),
            (None, None, _) => match of_day {
                Some(Some((micros, _))) => {
                    Ok(Stamp::new(micros, StampQuality::TimeOnly, 1_000_000))
                }
                Some(None) => Err(Reason::BadTime),
                None => Ok(Stamp::MISSING),
            },
        }
    }

    /// Midnight of `2024-02-19`.
    fn day(&mut self, text: &[u8]) -> Option<Micros> {
        let text: &[u8; 10] = text.try_into().ok()?;
        if self.text == *text {
            return Some(self.micros);
        }
        let [y1, y2, y3, y4, b'-' | b'/', m1, m2, b'-' | b'/', d1, d2] = *text else {
            return None;
        };
        let year = decimal(&[y1, y2, y3, y4])?;
        let micros = stamp::civil(year as i32, two(m1, m2)?, two(d1, d2)?, 0, 0, 0, 0)?;
        (self.text, self.micros) = (*text, micros);
        Some(micros)
    }
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

/// Micros of the day and their resolution. `12: 26:24` happens: stray blanks are dropped.
fn time_of_day(text: &[u8]) -> Option<(Micros, u32)> {
    let mut packed = [0; 16];
    let mut len = 0;
    if text.len() == 8 {
        packed[..8].copy_from_slice(text);
        len = 8;
    } else {
        for &byte in text.iter().filter(|byte| **byte != b' ') {
            *packed.get_mut(len)? = byte;
            len += 1;
        }
    }
    let [h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = packed.get(..len)? else {
        return None;
    };
    let (hour, minute, second) = (two(*h1, *h2)?, two(*m1, *m2)?, two(*s1, *s2)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let whole = i64::from(hour) * HOUR + i64::from(minute) * MINUTE + i64::from(second) * SECOND;
    match rest {
        [] => Some((whole, 1_000_000)),
        [b'.', digits @ ..] if !digits.is_empty() && digits.len() <= 6 => {
            let scale = 10_i64.pow(6 - digits.len() as u32);
            Some((whole + decimal(digits)? as i64 * scale, scale as u32))
        }
        _ => None,
    }
}

/// Seconds, milliseconds, microseconds or nanoseconds, told apart by the number of digits.
fn event_time(text: &[u8]) -> Option<(Micros, u32)> {
    let (micros, resolution) = match text.len() {
        10 => (decimal(text)? * 1_000_000, 1_000_000),
        13 => (decimal(text)? * 1000, 1000),
        16 => (sixteen(text)?, 1),
        19 => {
            let (micros, nanos) = text.split_at(16);
            decimal(nanos)?;
            (sixteen(micros)?, 1)
        }
        _ => return None,
    };
    let micros = i64::try_from(micros).ok()?;
    (EARLIEST..LATEST)
        .contains(&micros)
        .then_some((micros, resolution))
}

/// Sixteen digits, eight at a time.
fn sixteen(text: &[u8]) -> Option<u64> {
    let [high, low] = text.as_chunks::<8>().0 else {
        return None;
    };
    let number = |text: &[u8; 8]| eight(u64::from_le_bytes(*text) ^ ZEROS);
    Some(number(high)? * 100_000_000 + number(low)?)
}

/// `-0500`, `+05:30`, `UTC+2`.
fn zone(text: &[u8]) -> Option<Micros> {
    let text = text
        .strip_prefix(b"UTC")
        .or_else(|| text.strip_prefix(b"GMT"))
        .unwrap_or(text);
    let (sign, digits) = match text {
        [] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match *digits {
        [h] => (two(b'0', h)?, 0),
        [h1, h2] => (two(h1, h2)?, 0),
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => (two(h1, h2)?, two(m1, m2)?),
        _ => return None,
    };
    (hours <= 14 && minutes < 60)
        .then(|| sign * (i64::from(hours) * HOUR + i64::from(minutes) * MINUTE))
}

fn differ_by_zone(local: Micros, event: Micros) -> bool {
    let difference = local - event;
    let off = difference.rem_euclid(ZONE_STEP);
    difference.abs() <= 14 * HOUR + TOLERANCE
        && off.min(ZONE_STEP - off) <= TOLERANCE
        && difference.abs() < DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_and_wild_ones_refused() {
        assert_eq!(time_of_day(b"12: 26:24"), time_of_day(b"12:26:24"));
        assert_eq!(time_of_day(b"10:15:02.5"), Some((36_902_500_000, 100_000)));
        assert_eq!(time_of_day(b"10:15:02"), Some((36_902_000_000, 1_000_000)));
        for wild in [
            "25:00:00",
            "10:15",
            "",
            "::",
            "10:15:02.",
            "10:15:02.1234567",
            "aa:bb:cc",
            "10:15:02:0000000000000",
        ] {
            assert_eq!(time_of_day(wild.as_bytes()), None, "{wild}");
        }
    }

    #[test]
    fn eventtime_is_told_by_its_digits() {
        let second = 1_708_337_702;
        assert_eq!(
            event_time(b"1708337702"),
            Some((second * SECOND, 1_000_000))
        );
        assert_eq!(
            event_time(b"1708337702123"),
            Some((second * SECOND + 123_000, 1000))
        );
        assert_eq!(
            event_time(b"1708337702123456"),
            Some((second * SECOND + 123_456, 1))
        );
        assert_eq!(
            event_time(b"1708337702123456789"),
            Some((second * SECOND + 123_456, 1))
        );
        for wild in [
            "17083377021234567x9",
            "170833770212345x",
            "9999999999999999999",
            "0000000000",
            "17083377021",
            "-708337702",
            "",
        ] {
            assert_eq!(event_time(wild.as_bytes()), None, "{wild}");
        }
    }

    #[test]
    fn zones() {
        assert_eq!(zone(b"-0500"), Some(-5 * HOUR));
        assert_eq!(zone(b"+05:30"), Some(5 * HOUR + 30 * MINUTE));
        assert_eq!(zone(b"UTC+2"), Some(2 * HOUR));
        assert_eq!(zone(b"+9900"), None);
        assert_eq!(zone(b"Europe/Berlin"), None);
    }
}
