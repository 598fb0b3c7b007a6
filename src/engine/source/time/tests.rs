//! Tests of the readers of time.

use super::*;
use crate::engine::model::stamp::rfc3339;

fn clock() -> Clock {
    Clock {
        now: civil(2024, 2, 19, 12, 0, 0, 0).expect("a real date"),
    }
}

fn check(text: &str, expected: &str, quality: StampQuality, rest: &str) {
    let (stamp, used) = any(text.as_bytes(), &clock(), DayOrder::DayFirst)
        .unwrap_or_else(|| panic!("not read: {text}"));
    assert_eq!(rfc3339(stamp.micros), expected, "{text}");
    assert_eq!(stamp.quality, quality, "{text}");
    assert_eq!(&text[used..], rest, "{text}");
}

#[test]
fn every_notation_is_read() {
    use StampQuality::{AssumedZone, NoYear, TimeOnly, Uptime, Zoned};
    let same = "2024-02-19T10:15:02.000000Z";
    check("Feb 19 10:15:02 fw1 kernel:", same, NoYear, " fw1 kernel:");
    check("Feb  9 10:15:02", "2024-02-09T10:15:02.000000Z", NoYear, "");
    check("Feb 19 2024 10:15:02: %ASA", same, AssumedZone, ": %ASA");
    check("Feb 19 2024 10:15:02 UTC: %A", same, Zoned, ": %A");
    check("Feb 19, 2024 10:15:02 AM,x", same, AssumedZone, ",x");
    check(
        "Feb 19 10:15:02.107 CET: %",
        "2024-02-19T09:15:02.107000Z",
        Zoned,
        ": %",
    );
    check("Mon Feb 19 10:15:02 2024] x", same, AssumedZone, "] x");
    check("Mon Feb 19 10:15:02 UTC 2024", same, Zoned, "");
    check(
        "Mon 2024-02-19 10:15:02 CEST fw1",
        "2024-02-19T08:15:02.000000Z",
        Zoned,
        " fw1",
    );
    check(
        "Mon, 19 Feb 2024 10:15:02 +0100",
        "2024-02-19T09:15:02.000000Z",
        Zoned,
        "",
    );
    check("2024-02-19T10:15:02Z x", same, Zoned, " x");
    check(
        "2024-02-19T10:15:02.123456789+01:00",
        "2024-02-19T09:15:02.123456Z",
        Zoned,
        "",
    );
    check("2024-02-19 10:15:02 DROP", same, AssumedZone, " DROP");
    check(
        "2024-02-19 10:15:02,443,10.0.0.1",
        same,
        AssumedZone,
        ",443,10.0.0.1",
    );
    check(
        "2024-02-19 10:15:02,443 INFO",
        "2024-02-19T10:15:02.443000Z",
        AssumedZone,
        " INFO",
    );
    check(
        "2024-02-19 10:15:02 -0500 x",
        "2024-02-19T15:15:02.000000Z",
        Zoned,
        " x",
    );
    check("2024-02-19 10:15:02 - x", same, AssumedZone, " - x");
    check("20240219T101502Z", same, Zoned, "");
    check("2024/02/19 10:15:02,0", same, AssumedZone, ",0");
    check("2024:02:19-10:15:02 utm", same, AssumedZone, " utm");
    check("19/Feb/2024 10:15:02 D", same, AssumedZone, " D");
    check("19/Feb/2024:10:15:02 +0000", same, Zoned, "");
    check("19Feb2024 10:15:02;", same, AssumedZone, ";");
    check("19.02.2024 10:15:02;B", same, AssumedZone, ";B");
    check("02/19/2024 10:15:02", same, AssumedZone, "");
    check(
        "2/19/24, 10:15:02 PM",
        "2024-02-19T22:15:02.000000Z",
        AssumedZone,
        "",
    );
    check(
        "05/04/2024 10:15",
        "2024-04-05T10:15:00.000000Z",
        AssumedZone,
        "",
    );
    check("1708337702", "2024-02-19T10:15:02.000000Z", Zoned, "");
    check("1708337702.5 x", "2024-02-19T10:15:02.500000Z", Zoned, " x");
    check("1708337702107", "2024-02-19T10:15:02.107000Z", Zoned, "");
    check("1708337702107001", "2024-02-19T10:15:02.107001Z", Zoned, "");
    check(
        "1708337702107001999",
        "2024-02-19T10:15:02.107001Z",
        Zoned,
        "",
    );
    check(
        "[   62.500000] IN",
        "1970-01-01T00:01:02.500000Z",
        Uptime,
        " IN",
    );
    check(
        "10:15:02.5 IP",
        "1970-01-01T10:15:02.500000Z",
        TimeOnly,
        " IP",
    );
}

#[test]
fn a_missing_year_is_the_latest_that_fits() {
    use StampQuality::NoYear;
    check("Feb 20 11:59:59", "2024-02-20T11:59:59.000000Z", NoYear, "");
    check("Feb 20 12:00:01", "2023-02-20T12:00:01.000000Z", NoYear, "");
    check("Dec 31 23:59:59", "2023-12-31T23:59:59.000000Z", NoYear, "");
    check("Feb 29 10:00:00", "2020-02-29T10:00:00.000000Z", NoYear, "");
}

#[test]
fn the_order_of_day_and_month_is_asked_only_when_open() {
    let read = |text: &str, order| {
        slashed(text.as_bytes(), order).map(|(stamp, _)| rfc3339(stamp.micros)[..10].to_string())
    };
    assert_eq!(
        read("04/05/2024 10:00:00", DayOrder::MonthFirst).as_deref(),
        Some("2024-04-05")
    );
    assert_eq!(
        read("04/05/2024 10:00:00", DayOrder::DayFirst).as_deref(),
        Some("2024-05-04")
    );
    assert_eq!(
        read("04/15/2024 10:00:00", DayOrder::DayFirst).as_deref(),
        Some("2024-04-15")
    );
    assert_eq!(
        read("15/04/2024 10:00:00", DayOrder::MonthFirst).as_deref(),
        Some("2024-04-15")
    );
    assert_eq!(
        read("04.05.2024 10:00:00", DayOrder::MonthFirst).as_deref(),
        Some("2024-05-04")
    );
}

#[test]
fn parts_of_a_stamp_can_stand_in_two_fields() {
    let (date, _) = date(b"2024-02-19", DayOrder::DayFirst).expect("a date");
    let (time, used) = time_of_day(b"12: 26:24").expect("a time");
    assert_eq!(used, 9);
    let (offset, _) = zone(b"-0500").expect("a zone");
    let whole = stamp(date, time, Some(offset)).expect("a stamp");
    assert_eq!(rfc3339(whole.micros), "2024-02-19T17:26:24.000000Z");
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "2",
        "2024",
        "2024-13-01 00:00:00",
        "2024-02-30 00:00:00",
        "Feb 19",
        "Feb 32 10:00:00",
        "Febr 19 10:00:00",
        "date=2024-02-19",
        "10.0.0.11",
        "10.0.0.11 443",
        "443",
        "2 123456789012 eni-1",
        "99:15:02",
        "[UFW BLOCK] IN=",
        "[1.5",
        "{",
        "-",
        "1,2024/02/19 10:15:02",
        "99999999999999999999",
    ] {
        assert_eq!(
            any(text.as_bytes(), &clock(), DayOrder::DayFirst),
            None,
            "{text}"
        );
    }
}
