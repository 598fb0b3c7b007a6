//! Readers for every notation of time that logs use. No allocation; any bytes are safe.
//!
//! Each reader looks at the start of `text` and returns the stamp and how many bytes it used. A missing year is
//! the latest one that puts the stamp at most a day after `clock.now` (domain §3.0). A named or numeric zone
//! makes the stamp UTC; without one it stays local and says so in its quality.

mod cursor;

use self::cursor::{Cursor, Zone};
use super::record::Clock;
use crate::engine::model::stamp::{DAY, SECOND, civil, civil_from_days, days_from_civil};
use crate::engine::model::{Micros, Stamp, StampQuality};

/// Which of two numbers that are both at most 12 is the day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub enum DayOrder {
    #[default]
    DayFirst,
    MonthFirst,
}

/// A civil date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Date {
    pub year: i32,
    pub month: u32,
    pub day: u32,
}

/// A time of day and its resolution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeOfDay {
    pub micros: Micros,
    pub resolution_us: u32,
}

/// Any notation, decided by its first bytes.
pub fn any(text: &[u8], clock: &Clock, order: DayOrder) -> Option<(Stamp, usize)> {
    let first = *text.first()?;
    match first {
        b'[' => uptime(text),
        b'0'..=b'9' => {
            let n_digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            match (n_digits, text.get(n_digits)) {
                (4, _) | (8, Some(b'T')) => iso(text),
                (1 | 2, Some(b':')) => time_of_day(text).map(|(time, used)| {
                    (
                        Stamp::new(time.micros, StampQuality::TimeOnly, time.resolution_us),
                        used,
                    )
                }),
                (1 | 2, _) => named_month(text).or_else(|| slashed(text, order)),
                _ => epoch(text),
            }
        }
        _ => syslog(text, clock),
    }
}

/// ISO 8601, RFC 3339 and their relatives with the year first: `2024-02-19T10:15:02.5+01:00`,
/// `2024/02/19 10:15:02`, `2024:02:19-10:15:02`, `20240219T101502Z`.
pub fn iso(text: &[u8]) -> Option<(Stamp, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    let date = cursor.year_first()?;
    if !matches!(cursor.next()?, b'T' | b't' | b' ' | b'-' | b'_') {
        return None;
    }
    let time = match cursor.peek_at(2) {
        Some(b':') | None => cursor.time_of_day()?,
        Some(byte) if byte.is_ascii_digit() && text.get(4).is_some_and(u8::is_ascii_digit) => {
            cursor.compact_time()?
        }
        Some(_) => cursor.time_of_day()?,
    };
    let zone = cursor.zone();
    Some((join(date, time, zone)?, cursor.at))
}

/// RFC 3164 and ctime: `Feb 19 10:15:02`, `Feb 19 2024 10:15:02.107 UTC`, `Mon Feb 19 10:15:02 2024`,
/// `Mon 2024-02-19 10:15:02 CET`.
pub fn syslog(text: &[u8], clock: &Clock) -> Option<(Stamp, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    if weekday(text) {
        cursor.at = 3;
        cursor.eat(b',');
        cursor.spaces();
        if cursor.peek()?.is_ascii_digit() {
            let at = cursor.at;
            let (stamp, used) = iso(&text[at..]).or_else(|| named_month(&text[at..]))?;
            return Some((stamp, at + used));
        }
    }
    let month = cursor.month_name()?;
    cursor.eat(b'.');
    if cursor.spaces() == 0 {
        return None;
    }
    let day = cursor.number(1, 2)?;
    cursor.eat(b',');
    if cursor.spaces() == 0 {
        return None;
    }
    let mut year = cursor.year_then(b" ,");
    if year.is_some() {
        cursor.eat(b',');
        cursor.spaces();
    }
    let time = cursor.time_of_day()?;
    let zone = cursor.zone();
    if year.is_none() {
        let before = cursor.at;
        if cursor.spaces() == 1 {
            year = cursor.year_then(b" ],");
        }
        if year.is_none() {
            cursor.at = before;
        }
    }
    let stamp = match year {
        Some(year) => join(Date { year, month, day }, time, zone)?,
        None => without_year(month, day, time, zone, *clock)?,
    };
    Some((stamp, cursor.at))
}

/// Day, name of the month, year: `19/Feb/2024 10:15:02`, `19/Feb/2024:10:15:02 +0000`, `19 Feb 2024 10:15:02`,
/// `19Feb2024 10:15:02`.
pub fn named_month(text: &[u8]) -> Option<(Stamp, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    let day = cursor.number(1, 2)?;
    cursor.separator();
    let month = cursor.month_name()?;
    cursor.separator();
    let year = cursor.year_two_or_four()?;
    if !matches!(cursor.next()?, b' ' | b':' | b'T' | b',' | b'-') {
        return None;
    }
    cursor.spaces();
    let time = cursor.time_of_day()?;
    let zone = cursor.zone();
    Some((join(Date { year, month, day }, time, zone)?, cursor.at))
}

/// Numbers with the year last: `19.02.2024 10:15:02`, `2/19/2024 10:15:02 AM`. A part above 12 decides which is
/// the day, points mean day first, else `order`.
pub fn slashed(text: &[u8], order: DayOrder) -> Option<(Stamp, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    let date = cursor.year_last(order)?;
    cursor.eat(b',');
    if !matches!(cursor.next()?, b' ' | b'T' | b'-' | b':') {
        return None;
    }
    cursor.spaces();
    let time = cursor.time_of_day()?;
    let zone = cursor.zone();
    Some((join(date, time, zone)?, cursor.at))
}

/// Month, day and perhaps the year, a dash, the time: `02/19-10:15:02.5`, `02/19/24-10:15:02.5`. What is no month is a
/// year without its century: `24/02/19-10:15:02.5`.
pub fn month_first(text: &[u8], clock: Clock) -> Option<Stamp> {
    if let [b'1'..=b'9', b'0'..=b'9', b'/', _, _, b'/', _, _, b'-', ..] = text
        && &text[..2] > b"12".as_slice()
    {
        let mut whole = *b"20                              ";
        let n = text.len().min(whole.len() - 2);
        whole[2..2 + n].copy_from_slice(&text[..n]);
        return Some(iso(&whole)?.0);
    }
    if let Some((stamp, _)) = slashed(text, DayOrder::MonthFirst) {
        return Some(stamp);
    }
    let mut cursor = Cursor { text, at: 0 };
    let month = cursor.number(1, 2)?;
    cursor.eat(b'/').then_some(())?;
    let day = cursor.number(1, 2)?;
    cursor.eat(b'-').then_some(())?;
    let time = cursor.time_of_day()?;
    without_year(month, day, time, Zone::Unsaid, clock)
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, by the number of digits; with a point, seconds.
pub fn epoch(text: &[u8]) -> Option<(Stamp, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    let mut value = 0_u64;
    while let Some(digit) = cursor.digit() {
        if cursor.at > 19 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    let n_digits = cursor.at;
    if n_digits < 9 {
        return None;
    }
    if n_digits <= 10 {
        let micros = value as i64 * SECOND;
        let fraction = if cursor.peek() == Some(b'.') {
            cursor.fraction()
        } else {
            None
        };
        let (fraction, resolution_us) = fraction.unwrap_or((0, 1_000_000));
        return Some((
            Stamp::new(
                micros + i64::from(fraction),
                StampQuality::Zoned,
                resolution_us,
            ),
            cursor.at,
        ));
    }
    let (micros, resolution_us) = match n_digits {
        11..=13 => (value * 1000, 1000),
        14..=16 => (value, 1),
        _ => (value / 1000, 1),
    };
    Some((
        Stamp::new(
            i64::try_from(micros).ok()?,
            StampQuality::Zoned,
            resolution_us,
        ),
        cursor.at,
    ))
}

/// The kernel's clock: `[123.456789]`, `[    0.000000]`.
pub fn uptime(text: &[u8]) -> Option<(Stamp, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    if !cursor.eat(b'[') {
        return None;
    }
    cursor.spaces();
    let mut seconds = 0_i64;
    let start = cursor.at;
    while let Some(digit) = cursor.digit() {
        if cursor.at - start > 10 {
            return None;
        }
        seconds = seconds * 10 + i64::from(digit);
    }
    if cursor.at == start || cursor.peek() != Some(b'.') {
        return None;
    }
    let (fraction, resolution_us) = cursor.fraction()?;
    cursor.eat(b']').then_some(())?;
    Some((
        Stamp::new(
            seconds * SECOND + i64::from(fraction),
            StampQuality::Uptime,
            resolution_us,
        ),
        cursor.at,
    ))
}

/// A date alone, for logs that keep date and time in two fields.
pub fn date(text: &[u8], order: DayOrder) -> Option<(Date, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    if let Some(date) = cursor.year_first() {
        return Some((date, cursor.at));
    }
    cursor.at = 0;
    if let Some(date) = cursor.year_last(order) {
        return Some((date, cursor.at));
    }
    cursor.at = 0;
    let day = cursor.number(1, 2)?;
    cursor.separator();
    let month = cursor.month_name()?;
    cursor.separator();
    let year = cursor.year_two_or_four()?;
    let date = Date { year, month, day };
    date.is_real().then_some((date, cursor.at))
}

/// `10:15:02`, `10:15:02.107`, `9:05`, `10:15:02 PM`, and `12: 26:24` with the stray blank that some devices write.
pub fn time_of_day(text: &[u8]) -> Option<(TimeOfDay, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    let time = cursor.time_of_day()?;
    Some((time, cursor.at))
}

/// East of Greenwich in microseconds: `Z`, `+01:00`, `-0500`, `+1`, `UTC`, `CEST`, quotes not included.
pub fn zone(text: &[u8]) -> Option<(Micros, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    match cursor.zone() {
        Zone::Offset(offset) => Some((offset, cursor.at)),
        Zone::Unsaid => None,
    }
}

/// Date and time of day in one stamp; `offset` east of Greenwich when the log says it.
pub fn stamp(date: Date, time: TimeOfDay, offset: Option<Micros>) -> Option<Stamp> {
    join(date, time, offset.map_or(Zone::Unsaid, Zone::Offset))
}

impl Date {
    fn is_real(self) -> bool {
        civil(self.year, self.month, self.day, 0, 0, 0, 0).is_some()
    }
}

fn join(date: Date, time: TimeOfDay, zone: Zone) -> Option<Stamp> {
    if !date.is_real() {
        return None;
    }
    let local = days_from_civil(date.year, date.month, date.day) * DAY + time.micros;
    Some(match zone {
        Zone::Offset(offset) => Stamp::new(local - offset, StampQuality::Zoned, time.resolution_us),
        Zone::Unsaid => Stamp::new(local, StampQuality::AssumedZone, time.resolution_us),
    })
}

/// February 29 exists every fourth year at most eight years apart, so nine candidates are enough.
fn without_year(month: u32, day: u32, time: TimeOfDay, zone: Zone, clock: Clock) -> Option<Stamp> {
    let latest = clock.now.saturating_add(DAY);
    let (this_year, _, _) = civil_from_days(latest.div_euclid(DAY).clamp(-25_000, 2_900_000));
    let (offset, quality) = match zone {
        Zone::Offset(offset) => (offset, StampQuality::Zoned),
        Zone::Unsaid => (0, StampQuality::NoYear),
    };
    (0..9).find_map(|back| {
        let midnight = civil(this_year - back, month, day, 0, 0, 0, 0)?;
        let micros = midnight + time.micros - offset;
        (micros <= latest).then_some(Stamp::new(micros, quality, time.resolution_us))
    })
}

fn weekday(text: &[u8]) -> bool {
    const DAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    text.first_chunk::<3>()
        .is_some_and(|start| DAYS.contains(&start))
        && text.get(3).is_some_and(|byte| matches!(byte, b' ' | b','))
}

#[cfg(test)]
mod tests;
