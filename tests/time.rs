//! Time as logs tell it (domain §4.6): without a year, across New Year, newest first, as numbers, by several clocks.

use whichway::engine::dataset::{Dataset, SourceInfo};
use whichway::engine::model::stamp::rfc3339;
use whichway::engine::pipeline::{Context, Range, Reader, conclude};
use whichway::engine::session::Partial;
use whichway::engine::session::beat::Beat;
use whichway::engine::settings::Settings;
use whichway::engine::source::survey::Sample;

/// 2026-11-22T12:00:00Z.
const NOW: i64 = 1_795_348_800_000_000;

fn part(text: &str, source: u16) -> Partial {
    let context = Context::survey(&Sample::of(text.as_bytes()), NOW).expect("text");
    let mut reader = Reader::new(&context, Range::whole(source), 1);
    reader.feed(text.as_bytes());
    reader.finish().part
}

fn concluded(part: Partial, n_sources: usize) -> Dataset {
    let info = |at| SourceInfo {
        name: format!("{at}.log"),
        ..SourceInfo::default()
    };
    conclude(
        part,
        &Settings::default(),
        (0..n_sources).map(info).collect(),
    )
}

fn read(text: &str) -> Dataset {
    concluded(part(text, 0), 1)
}

fn span(data: &Dataset) -> (String, String) {
    let (first, last) = data.span.expect("times");
    (
        rfc3339(first)[..19].to_string(),
        rfc3339(last)[..19].to_string(),
    )
}

/// One denied packet; its ports make each a session of its own.
fn line(stamp: &str, nth: usize) -> String {
    format!(
        "{stamp} fw1 kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.10 LEN=60 PROTO=TCP SPT={} DPT=25 SYN\n",
        20_000 + nth
    )
}

fn log(stamps: &[&str]) -> String {
    stamps
        .iter()
        .enumerate()
        .map(|(nth, stamp)| line(stamp, nth))
        .collect()
}

#[test]
fn a_year_that_is_missing_is_the_last_one_that_fits() {
    let check = |stamps: &[&str], first: &str, last: &str| {
        assert_eq!(
            span(&read(&log(stamps))),
            (first.to_string(), last.to_string()),
            "{stamps:?}"
        );
        // The page hands out newest first; the years are the same.
        let backwards: Vec<&str> = stamps.iter().rev().copied().collect();
        if stamps.len() < 3 || stamps[0] < stamps[stamps.len() - 1] {
            assert_eq!(
                span(&read(&log(&backwards))),
                (first.to_string(), last.to_string()),
                "{backwards:?}"
            );
        }
    };
    check(
        &["Nov 21 10:00:00", "Nov 22 11:00:00"],
        "2026-11-21T10:00:00",
        "2026-11-22T11:00:00",
    );
    check(
        &["Dec  1 10:00:00", "Dec  2 11:00:00"],
        "2025-12-01T10:00:00",
        "2025-12-02T11:00:00",
    );
    // New Year between two lines.
    check(
        &["Dec 31 23:59:58", "Jan  1 00:00:03"],
        "2025-12-31T23:59:58",
        "2026-01-01T00:00:03",
    );
    check(
        &["Jan  1 00:00:03", "Dec 31 23:59:58"],
        "2025-12-31T23:59:58",
        "2026-01-01T00:00:03",
    );
    // A day that only some years have.
    check(
        &["Feb 29 10:00:00", "Mar  1 11:00:00"],
        "2024-02-29T10:00:00",
        "2026-03-01T11:00:00",
    );
    // An hour of another zone ahead of us is no reason to go back a year.
    check(
        &["Nov 22 20:00:00", "Nov 23 09:00:00"],
        "2026-11-22T20:00:00",
        "2026-11-23T09:00:00",
    );
}

#[test]
fn an_old_log_that_crosses_this_day_stays_in_one_piece() {
    // Each by itself, the first two are of this year and the others of the last one.
    let stamps = [
        "Nov 21 10:00:00",
        "Nov 22 10:00:00",
        "Nov 24 10:00:00",
        "Nov 27 10:00:00",
    ];
    let expected = (
        "2025-11-21T10:00:00".to_string(),
        "2025-11-27T10:00:00".to_string(),
    );
    assert_eq!(span(&read(&log(&stamps))), expected);
    // A year from Christmas to today, newest first, is no such thing.
    let months = [
        "Nov 20", "Oct 20", "Sep 20", "Aug 20", "Jul 20", "Jun 20", "May 20", "Apr 20", "Mar 20",
        "Dec 25",
    ];
    let stamps: Vec<String> = months.iter().map(|day| format!("{day} 10:00:00")).collect();
    let stamps: Vec<&str> = stamps.iter().map(String::as_str).collect();
    assert_eq!(
        span(&read(&log(&stamps))),
        ("2025-12-25T10:00:00".into(), "2026-11-20T10:00:00".into())
    );
}

#[test]
fn a_log_in_a_mail_is_as_old_as_the_log() {
    let log = log(&["Nov 21 10:00:00", "Nov 22 10:00:00", "Nov 27 10:00:00"]);
    let quoted = format!("> {}", log.trim_end().replace('\n', "\n> "));
    assert_eq!(span(&read(&quoted)).0, "2025-11-21T10:00:00");
    assert_eq!(span(&read(&quoted)), span(&read(&log)));
}

#[test]
fn numbers_are_seconds_milliseconds_microseconds_or_nanoseconds() {
    for stamp in [
        "1708337702",
        "1708337702.250",
        "1708337702250",
        "1708337702250000",
        "1708337702250000000",
    ] {
        let text = format!(
            "time,action,source ip,source port,destination ip,destination port,protocol\n\
            {stamp},denied,10.0.0.11,443,203.0.113.45,51515,tcp\n"
        );
        let data = read(&text);
        let (first, _) = data.span.expect("a time");
        assert_eq!(first / 1_000_000, 1_708_337_702, "{stamp}");
        assert_eq!(
            first % 1_000_000,
            if stamp.len() == 10 { 0 } else { 250_000 },
            "{stamp}"
        );
    }
}

#[test]
fn newest_first_gives_the_same_sessions() {
    // Question and answer in one second: read from the wrong end, the answer came first.
    let mut lines = Vec::new();
    for nth in 0..20 {
        let (from, to, port) = ("203.0.113.9", "192.0.2.10", 20_000 + nth);
        let at = format!("2026-02-19T10:15:{nth:02}+00:00 fw1 kernel:");
        lines.push(format!("{at} ACCEPT IN=eth0 OUT=eth1 SRC={from} DST={to} LEN=60 PROTO=TCP SPT={port} DPT=25 SYN\n"));
        lines.push(format!("{at} ACCEPT IN=eth1 OUT=eth0 SRC={to} DST={from} LEN=60 PROTO=TCP SPT=25 DPT={port} ACK SYN\n"));
        lines.push(format!("{at} ACCEPT IN=eth0 OUT=eth1 SRC={from} DST={to} LEN=52 PROTO=TCP SPT={port} DPT=25 ACK\n"));
    }
    let told = |data: &Dataset| -> Vec<String> {
        data.sessions
            .iter()
            .map(|session| {
                let (a, b) = session.ends(data);
                let beats: Vec<bool> = session.beats(data).iter().map(Beat::is_flipped).collect();
                format!(
                    "{} {} {:?} {:?} {:?} {}",
                    a.text(&data.names),
                    b.text(&data.names),
                    session.verdict,
                    session.outcome,
                    beats,
                    session.tries
                )
            })
            .collect()
    };
    let forwards = read(&lines.concat());
    lines.reverse();
    let backwards = read(&lines.concat());
    let (mut one, mut other) = (told(&forwards), told(&backwards));
    one.sort();
    other.sort();
    assert_eq!(one, other);
    assert_eq!(one.len(), 20);
    assert!(one[0].starts_with("203.0.113.9"), "{}", one[0]);
}

/// What a device logs of `n` connections that pass it, its clock off by so many seconds.
fn device(name: &str, n: usize, off: i64) -> String {
    let second = |nth: usize, more: i64| {
        let micros = (1_771_496_100 + nth as i64 * 7 + more) * 1_000_000;
        rfc3339(micros)[..19].to_string() + "+00:00"
    };
    let line = |nth: usize| {
        format!(
            "{} {name} kernel: ACCEPT IN=eth0 OUT=eth1 SRC=203.0.113.9 DST=192.0.2.10 LEN=60 PROTO=TCP SPT={} DPT=25 SYN\n",
            second(nth, off),
            30_000 + nth
        )
    };
    (0..n).map(line).collect()
}

#[test]
fn clocks_of_two_devices_are_compared_by_what_both_saw() {
    let check = |n: usize, off: i64, said: Option<&str>, n_sessions: usize| {
        let texts = [device("fw1", n + 3, 0), device("fw2", n, off)];
        let parts = || [part(&texts[0], 0), part(&texts[1], 1)];
        let [one, other] = parts();
        let data = concluded(one.merge(other), 2);
        let notes = data.limits.join("\n");
        match said {
            Some(said) => assert!(notes.contains(said), "{off} s: {notes}"),
            None => assert!(!notes.contains("clock"), "{off} s: {notes}"),
        }
        assert_eq!(data.sessions.len(), n_sessions, "{off} s: {notes}");
        // The other way round it is the same.
        let [one, other] = parts();
        let again = concluded(other.merge(one), 2);
        assert_eq!(again.limits, data.limits);
        let ids = |data: &Dataset| {
            data.sessions
                .iter()
                .map(|session| session.id(data))
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&again), ids(&data));
    };
    check(8, 0, None, 11);
    check(8, 40, Some("40.0 s off"), 11);
    check(8, -40, Some("40.0 s off"), 11);
    check(8, 7200, Some("by 120 minutes"), 11);
    check(8, -2700, Some("45 minutes"), 11);
    // No time zone and too far for a clock that runs wrong: said, and left alone.
    check(8, 1000, Some("nothing was shifted"), 19);
    // Four are too few to know.
    check(4, 40, None, 7);
}
