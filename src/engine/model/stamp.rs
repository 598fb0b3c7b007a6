//! Time as a log tells it.

/// Microseconds since 1970-01-01T00:00:00 (UTC once the zone is applied).
pub type Micros = i64;

/// How far a stamp can be trusted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum StampQuality {
    /// Zone known: `micros` is UTC.
    Zoned = 0,
    /// No zone in the line: `micros` is local time; the zone is applied in `conclude`.
    AssumedZone = 1,
    /// As `AssumedZone`, and the year was inferred.
    NoYear = 2,
    /// Only a time of day.
    TimeOnly = 3,
    /// Seconds since boot.
    Uptime = 4,
    #[default]
    Missing = 5,
}

impl StampQuality {
    pub fn name(self) -> &'static str {
        match self {
            StampQuality::Zoned => "zoned",
            StampQuality::AssumedZone => "assumed_zone",
            StampQuality::NoYear => "no_year",
            StampQuality::TimeOnly => "time_only",
            StampQuality::Uptime => "uptime",
            StampQuality::Missing => "missing",
        }
    }

    pub fn from_byte(byte: u8) -> StampQuality {
        match byte {
            0 => StampQuality::Zoned,
            1 => StampQuality::AssumedZone,
            2 => StampQuality::NoYear,
            3 => StampQuality::TimeOnly,
            4 => StampQuality::Uptime,
            _ => StampQuality::Missing,
        }
    }
}

/// A moment, how good it is, and its resolution in microseconds (1 s = 1,000,000).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stamp {
    pub micros: Micros,
    pub quality: StampQuality,
    pub resolution_us: u32,
}

impl Stamp {
    pub const MISSING: Stamp = Stamp {
        micros: 0,
        quality: StampQuality::Missing,
        resolution_us: 0,
    };

    pub fn new(micros: Micros, quality: StampQuality, resolution_us: u32) -> Stamp {
        Stamp {
            micros,
            quality,
            resolution_us,
        }
    }

    pub fn is_missing(self) -> bool {
        self.quality == StampQuality::Missing
    }
}

pub const SECOND: Micros = 1_000_000;
pub const MINUTE: Micros = 60 * SECOND;
pub const HOUR: Micros = 60 * MINUTE;
pub const DAY: Micros = 24 * HOUR;

/// Days since 1970-01-01 of a proleptic Gregorian date (Hinnant's era arithmetic, well known and branch-free).
pub fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month, day of a day number.
pub fn civil_from_days(days: i64) -> (i32, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month, day)
}

/// Checked microseconds of a civil date and time; `None` when a part is out of range.
pub fn civil(
    year: i32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    micros: u32,
) -> Option<Micros> {
    let in_range = (1900..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60
        && micros < 1_000_000;
    in_range.then(|| {
        days_from_civil(year, month, day) * DAY
            + i64::from(hour) * HOUR
            + i64::from(minute) * MINUTE
            + i64::from(second) * SECOND
            + i64::from(micros)
    })
}

pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// `2014-02-19T10:15:02.000000Z`.
pub fn rfc3339(micros: Micros) -> String {
    let (year, month, day) = civil_from_days(micros.div_euclid(DAY));
    let of_day = micros.rem_euclid(DAY);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
        of_day / HOUR,
        of_day / MINUTE % 60,
        of_day / SECOND % 60,
        of_day % SECOND
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for days in (-200_000..200_000).step_by(97) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
        assert_eq!(
            civil(2014, 2, 19, 10, 15, 2, 0).map(rfc3339).as_deref(),
            Some("2014-02-19T10:15:02.000000Z")
        );
        assert_eq!(civil(2023, 2, 29, 0, 0, 0, 0), None);
    }
}
