//! A position in the bytes of a stamp: numbers, month names, times of day, zones. Every step is checked.

use super::{Date, DayOrder, TimeOfDay};
use crate::engine::model::Micros;
use crate::engine::model::stamp::{HOUR, MINUTE, SECOND};

pub enum Zone {
    Unsaid,
    Offset(Micros),
}

/// Zones that logs write as letters, hours times four east of Greenwich. Letters that mean several zones (CST,
/// IST, BST as Bangladesh) are read as the one seen most in such logs, except CST and IST, which stay open.
const ZONES: [(&[u8], i8); 26] = [
    (b"UTC", 0),
    (b"GMT", 0),
    (b"WET", 0),
    (b"WEST", 4),
    (b"BST", 4),
    (b"CET", 4),
    (b"MEZ", 4),
    (b"CEST", 8),
    (b"MESZ", 8),
    (b"EET", 8),
    (b"SAST", 8),
    (b"EEST", 12),
    (b"MSK", 12),
    (b"JST", 36),
    (b"KST", 36),
    (b"AWST", 32),
    (b"AEST", 40),
    (b"AEDT", 44),
    (b"NZST", 48),
    (b"NZDT", 52),
    (b"EST", -20),
    (b"EDT", -16),
    (b"CDT", -20),
    (b"MST", -28),
    (b"PST", -32),
    (b"PDT", -28),
];

/// A position in bytes; every step is checked.
pub struct Cursor<'a> {
    pub text: &'a [u8],
    pub at: usize,
}

impl Cursor<'_> {
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    pub fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    #[inline]
    pub fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        let eaten = self.peek() == Some(byte);
        self.at += usize::from(eaten);
        eaten
    }

    pub fn spaces(&mut self) -> usize {
        let start = self.at;
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        self.at - start
    }

    #[inline]
    pub fn digit(&mut self) -> Option<u32> {
        let digit = self.peek()?.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        self.at += 1;
        Some(u32::from(digit))
    }

    /// A number of `min` to `max` digits that no further digit follows.
    #[inline]
    pub fn number(&mut self, min: usize, max: usize) -> Option<u32> {
        let start = self.at;
        let mut value = 0;
        while let Some(digit) = self.digit() {
            if self.at - start > max {
                return None;
            }
            value = value * 10 + digit;
        }
        (self.at - start >= min).then_some(value)
    }

    /// Exactly `n` digits, whatever follows.
    pub fn fixed(&mut self, n: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..n {
            value = value * 10 + self.digit()?;
        }
        Some(value)
    }

    pub fn separator(&mut self) {
        if matches!(self.peek(), Some(b'/' | b'-' | b'.' | b' ')) {
            self.at += 1;
            self.spaces();
        }
    }

    pub fn year_first(&mut self) -> Option<Date> {
        let year = self.fixed(4)? as i32;
        let separator = self.peek()?;
        let date = if matches!(separator, b'-' | b'/' | b':' | b'.') {
            self.at += 1;
            let month = self.number(1, 2)?;
            self.eat(separator).then_some(())?;
            Date {
                year,
                month,
                day: self.number(1, 2)?,
            }
        } else {
            let month = self.fixed(2)?;
            Date {
                year,
                month,
                day: self.fixed(2)?,
            }
        };
        date.is_real().then_some(date)
    }

    pub fn year_last(&mut self, order: DayOrder) -> Option<Date> {
        let first = self.number(1, 2)?;
        let separator = self
            .next()
            .filter(|byte| matches!(byte, b'/' | b'.' | b'-'))?;
        let second = self.number(1, 2)?;
        self.eat(separator).then_some(())?;
        let year = self.year_two_or_four()?;
        let day_first =
            first > 12 || (second <= 12 && (separator == b'.' || order == DayOrder::DayFirst));
        let (day, month) = if day_first {
            (first, second)
        } else {
            (second, first)
        };
        let date = Date { year, month, day };
        date.is_real().then_some(date)
    }

    pub fn year_two_or_four(&mut self) -> Option<i32> {
        let start = self.at;
        let year = self.number(2, 4)? as i32;
        match self.at - start {
            2 => Some(2000 + year),
            4 => Some(year),
            _ => None,
        }
    }

    /// Four digits of a plausible year with one of `after`, or the end, behind them; else nothing is used.
    pub fn year_then(&mut self, after: &[u8]) -> Option<i32> {
        let start = self.at;
        let year = self
            .number(4, 4)
            .filter(|year| (1970..=2100).contains(year));
        if year.is_some() && self.peek().is_none_or(|byte| after.contains(&byte)) {
            return year.map(|year| year as i32);
        }
        self.at = start;
        None
    }

    pub fn month_name(&mut self) -> Option<u32> {
        let start = self.text.get(self.at..)?.first_chunk::<3>()?;
        let month = match &start.map(|byte| byte | 0x20) {
            b"jan" => 1,
            b"feb" => 2,
            b"mar" | b"mrz" => 3,
            b"apr" => 4,
            b"may" | b"mai" => 5,
            b"jun" => 6,
            b"jul" => 7,
            b"aug" => 8,
            b"sep" => 9,
            b"oct" | b"okt" => 10,
            b"nov" => 11,
            b"dec" | b"dez" => 12,
            _ => return None,
        };
        self.at += 3;
        Some(month)
    }

    #[inline]
    pub fn time_of_day(&mut self) -> Option<TimeOfDay> {
        let mut hour = self.number(1, 2)?;
        self.eat(b':').then_some(())?;
        self.spaces();
        let minute = self.number(2, 2)?;
        let (mut second, mut fraction, mut resolution_us) = (0, 0, 60_000_000);
        if self.peek() == Some(b':') && self.peek_at(1).is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
            second = self.number(2, 2)?;
            (fraction, resolution_us) = self.fraction().unwrap_or((0, 1_000_000));
        }
        match self.half_of_day() {
            Some(_) if hour == 0 || hour > 12 => return None,
            Some(Half::Am) => hour %= 12,
            Some(Half::Pm) => hour = hour % 12 + 12,
            None => {}
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let whole =
            i64::from(hour) * HOUR + i64::from(minute) * MINUTE + i64::from(second) * SECOND;
        Some(TimeOfDay {
            micros: whole + i64::from(fraction),
            resolution_us,
        })
    }

    /// `101502`
    pub fn compact_time(&mut self) -> Option<TimeOfDay> {
        let (hour, minute, second) = (self.fixed(2)?, self.fixed(2)?, self.fixed(2)?);
        let (fraction, resolution_us) = self.fraction().unwrap_or((0, 1_000_000));
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let whole =
            i64::from(hour) * HOUR + i64::from(minute) * MINUTE + i64::from(second) * SECOND;
        Some(TimeOfDay {
            micros: whole + i64::from(fraction),
            resolution_us,
        })
    }

    /// Microseconds and resolution of `.107` or `,107`. A comma counts only before exactly three digits and a
    /// blank or the end: else it is the comma of a table.
    #[inline]
    pub fn fraction(&mut self) -> Option<(u32, u32)> {
        let mark = self.peek().filter(|byte| matches!(byte, b'.' | b','))?;
        let start = self.at;
        self.at += 1;
        let (mut micros, mut resolution_us) = (0, 1_000_000);
        while let Some(digit) = self.digit() {
            if resolution_us > 1 {
                micros = micros * 10 + digit;
                resolution_us /= 10;
            }
        }
        let n_digits = self.at - start - 1;
        let is_table_comma = mark == b','
            && (n_digits != 3
                || self
                    .peek()
                    .is_some_and(|byte| !matches!(byte, b' ' | b'Z' | b'+')));
        if n_digits == 0 || is_table_comma {
            self.at = start;
            return None;
        }
        Some((micros * resolution_us, resolution_us))
    }

    fn half_of_day(&mut self) -> Option<Half> {
        let gap = usize::from(self.peek() == Some(b' '));
        let half = match self.peek_at(gap)? | 0x20 {
            b'a' => Half::Am,
            b'p' => Half::Pm,
            _ => return None,
        };
        if self.peek_at(gap + 1)? | 0x20 != b'm'
            || self
                .peek_at(gap + 2)
                .is_some_and(|byte| byte.is_ascii_alphanumeric())
        {
            return None;
        }
        self.at += gap + 2;
        Some(half)
    }

    /// A zone at most one blank away; nothing is used when there is none.
    pub fn zone(&mut self) -> Zone {
        let start = self.at;
        if let Some(offset) = self.zone_offset() {
            return Zone::Offset(offset);
        }
        self.at = start;
        Zone::Unsaid
    }

    fn zone_offset(&mut self) -> Option<Micros> {
        let gap = self.spaces();
        if gap > 1 {
            return None;
        }
        let first = self.peek()?;
        if matches!(first, b'+' | b'-') {
            self.at += 1;
            let start = self.at;
            let digits = self.number(1, 4)?;
            let (hours, minutes) = match self.at - start {
                1 | 2 => {
                    let has_minutes = self.peek() == Some(b':')
                        && self.peek_at(1).is_some_and(|byte| byte.is_ascii_digit());
                    self.at += usize::from(has_minutes);
                    (digits, if has_minutes { self.number(2, 2)? } else { 0 })
                }
                4 => (digits / 100, digits % 100),
                _ => return None,
            };
            // A lone digit behind a blank (`10:15:02 -1`) is more likely another field.
            if hours > 15 || minutes > 59 || (gap == 1 && self.at - start < 2) || !self.ends_word()
            {
                return None;
            }
            let offset = i64::from(hours) * HOUR + i64::from(minutes) * MINUTE;
            return Some(if first == b'-' { -offset } else { offset });
        }
        if gap == 0 && matches!(first, b'Z' | b'z') {
            self.at += 1;
            return self.ends_word().then_some(0);
        }
        if !first.is_ascii_uppercase() {
            return None;
        }
        let rest = self.text.get(self.at..)?;
        let (name, quarters) = ZONES.iter().find(|(name, _)| {
            rest.starts_with(name)
                && !rest.get(name.len()).is_some_and(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
                })
        })?;
        self.at += name.len();
        Some(i64::from(*quarters) * 15 * MINUTE)
    }

    fn ends_word(&self) -> bool {
        !self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'))
    }
}

enum Half {
    Am,
    Pm,
}
