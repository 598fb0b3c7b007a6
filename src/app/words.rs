//! Numbers, sizes and times as a person reads them, in the reader's own grouping.

use std::cell::Cell;

thread_local! {
    /// The reader's separators for thousands and for decimals; asked from the browser once.
    static MARKS: Cell<(char, char)> = const { Cell::new((',', '.')) };
}

/// Learns the reader's separators from how the browser writes a number.
#[cfg(target_arch = "wasm32")]
pub fn learn_locale() {
    let language = web_sys::window()
        .and_then(|window| window.navigator().language())
        .unwrap_or_else(|| "en".into());
    let sample: String = js_sys::Number::from(1_234_567.5)
        .to_locale_string(&language)
        .into();
    let marks: Vec<char> = sample
        .chars()
        .filter(|letter| !letter.is_numeric())
        .collect();
    if let (Some(group), Some(decimal)) = (marks.first(), marks.last()) {
        MARKS.set((*group, *decimal));
    }
}

/// `1204` → `1,204`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let (group, _) = MARKS.get();
    let mut text = String::with_capacity(digits.len() + 6);
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    text
}

/// `1 line`, `1,204 lines`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `2.1 MB`; decimal units, as file managers show them.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let text = if unit == 0 || value >= 99.5 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    };
    let (_, decimal) = MARKS.get();
    let unit = if number == 1 { "byte" } else { UNITS[unit] };
    format!("{} {unit}", text.replace('.', &decimal.to_string()))
}

/// `a few seconds`, `40 seconds`, `3 minutes`: an estimate, so never more exact than it can be.
pub fn about_seconds(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() => "unknown time".into(),
        s if s < 1.5 => "a second".into(),
        s if s < 90.0 => format!("{:.0} seconds", s.ceil()),
        s if s < 5400.0 => format!("{:.0} minutes", (s / 60.0).round()),
        s => format!("{:.1} hours", s / 3600.0),
    }
}

/// `90 s` → `1 min 30 s`.
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        120..7200 => format!("{} min {} s", seconds / 60, seconds % 60),
        7200..172_800 if seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        7200..172_800 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `2014-02-19T10:15:02.000000Z` → (`19 Feb 2014`, `10:15:02`). Text that is no such stamp comes back whole as the day.
fn split(stamp: &str) -> (String, String) {
    let parts = || {
        let (date, time) = stamp.split_once('T')?;
        let mut date = date.splitn(3, '-');
        let (year, month, day) = (
            date.next()?,
            date.next()?.parse::<usize>().ok()?,
            date.next()?.parse::<u8>().ok()?,
        );
        let month = MONTHS.get(month.checked_sub(1)?)?;
        Some((format!("{day} {month} {year}"), time.get(..8)?.to_string()))
    };
    parts().unwrap_or_else(|| (stamp.to_string(), String::new()))
}

/// The time of day of a stamp.
pub fn clock(stamp: &str) -> String {
    split(stamp).1
}

/// Day and time of a stamp.
pub fn moment(stamp: &str) -> String {
    let (day, time) = split(stamp);
    if time.is_empty() {
        day
    } else {
        format!("{day}, {time}")
    }
}

/// From when to when, without saying the day twice.
pub fn span(first: &str, last: &str) -> String {
    let ((first_day, first_time), (last_day, last_time)) = (split(first), split(last));
    match (first_day == last_day, first_time == last_time) {
        (true, true) => moment(first),
        (true, false) => format!("{first_day}, {first_time}–{last_time}"),
        (false, _) => format!("{first_day}, {first_time} – {last_day}, {last_time}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_from_the_right() {
        let check = |input, expected: &str| assert_eq!(count(input), expected);
        check(0, "0");
        check(999, "999");
        check(1000, "1,000");
        check(1_234_567, "1,234,567");
    }

    #[test]
    fn sizes_keep_two_digits() {
        let check = |input, expected: &str| assert_eq!(bytes(input), expected);
        check(1, "1 byte");
        check(512, "512 bytes");
        check(2_100_000, "2.1 MB");
        check(480_000_000, "480 MB");
        check(999_900, "1.0 MB");
    }

    #[test]
    fn a_span_says_the_day_once() {
        let check = |first, last, expected: &str| assert_eq!(span(first, last), expected);
        check(
            "2014-02-19T08:00:00.000000Z",
            "2014-02-19T10:00:00.000000Z",
            "19 Feb 2014, 08:00:00–10:00:00",
        );
        check(
            "2014-02-19T08:00:00Z",
            "2014-02-20T10:00:00Z",
            "19 Feb 2014, 08:00:00 – 20 Feb 2014, 10:00:00",
        );
        check(
            "2014-02-19T08:00:00Z",
            "2014-02-19T08:00:00Z",
            "19 Feb 2014, 08:00:00",
        );
        check("odd", "odd", "odd");
    }
}
