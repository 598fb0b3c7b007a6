//! Two logs beside each other on the command line, and what stands out in one.
#![cfg(feature = "cli")]

mod terminal;

use serde_json::Value;
use std::fmt::Write;
use terminal::{Folder, run};

/// The one JSON document of a call that must succeed, and its text.
fn document(args: &[&str]) -> (Value, String) {
    let output = run(&[args, &["--now", "2024-12-01"]].concat());
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{complaint}");
    let text = String::from_utf8(output.stdout).expect("text");
    (serde_json::from_str(&text).unwrap_or(Value::Null), text)
}

/// Openings that the gate let pass or dropped, one a line, in order of time.
struct Log(Vec<(u32, String)>);

impl Log {
    fn add(&mut self, second: u32, from: (&str, u32), to: (&str, u32), passed: bool) {
        let (day, hour) = (1 + second / 86_400, second / 3600 % 24);
        let prefix = if passed { "ACCEPT" } else { "DROP" };
        let (inside, outside) = if from.0.starts_with("10.") {
            ("lan0", "wan0")
        } else {
            ("wan0", "lan0")
        };
        let mut line = String::new();
        writeln!(
            line,
            "Feb {day:2} {hour:02}:{:02}:{:02} gate kernel: {prefix} IN={inside} OUT={outside} SRC={} DST={} LEN=60 \
             TOS=0x00 TTL=63 ID=1 DF PROTO=TCP SPT={} DPT={} WINDOW=64240 RES=0x00 SYN URGP=0",
            second / 60 % 60,
            second % 60,
            from.0,
            to.0,
            from.1,
            to.1
        )
        .expect("a String takes text");
        self.0.push((second, line));
    }

    /// `n` calls, evenly over the seconds.
    fn calls(&mut self, seconds: std::ops::Range<u32>, n: u32, from: &str, to: (&str, u32)) {
        let length = seconds.end - seconds.start;
        for nth in 0..n {
            // A little off the even distance, so that it is no rhythm.
            let wobble = nth * 7919 % 97;
            let second = seconds.start + (length / n * nth + wobble).min(length - 1);
            self.add(second, (from, 20_000 + nth % 40_000), to, true);
        }
    }

    fn text(mut self) -> String {
        self.0.sort();
        self.0.into_iter().map(|(_, line)| line).collect()
    }
}

const HOUR: u32 = 3600;

/// An office for so many hours: two machines call the web, visitors call ours, strangers knock.
fn office(hours: u32) -> Log {
    let mut log = Log(Vec::new());
    let end = hours * HOUR;
    log.calls(0..end, hours * 30, "10.0.0.5", ("203.0.113.9", 443));
    log.calls(0..end, hours * 20, "10.0.0.6", ("203.0.113.10", 443));
    log.calls(0..end, hours * 12, "198.51.100.7", ("10.0.0.80", 443));
    for nth in 0..hours * 4 {
        let stranger = format!("192.0.2.{}", 1 + nth % 200);
        log.add(
            nth * 900 + 7,
            (&stranger, 40_000 + nth),
            ("10.0.0.80", 23),
            false,
        );
    }
    log
}

fn changes(document: &Value) -> Vec<(&str, &str, Option<u64>)> {
    let list = document["changes"].as_array().expect("a list");
    list.iter()
        .map(|change| {
            (
                change["change"].as_str().expect("text"),
                change["about"].as_str().expect("text"),
                change["port"].as_u64(),
            )
        })
        .collect()
}

#[test]
fn a_day_of_the_same_kind_is_no_change_whatever_its_length() {
    let folder = Folder::new("baseline-same");
    let week = folder.file("week.log", office(96).text());
    let day = folder.file("day.log", office(24).text());
    for (now, before) in [(&day, &week), (&week, &day), (&day, &day)] {
        let (document, _) = document(&["summary", now, "--baseline", before]);
        assert_eq!(changes(&document), [], "{now} beside {before}");
        assert!(document["baseline"]["compared"].as_u64() > Some(5));
    }
}

#[test]
fn what_is_new_gone_more_and_less_is_told_and_a_burst_is_not() {
    let folder = Folder::new("baseline-changes");
    let mut before = office(48);
    before.calls(0..48 * HOUR, 300, "10.0.0.6", ("203.0.113.40", 993));
    before.calls(0..48 * HOUR, 1200, "10.0.0.7", ("203.0.113.11", 80));
    let mut now = office(24);
    now.calls(0..24 * HOUR, 40, "10.0.0.5", ("203.0.113.77", 4444));
    now.calls(0..24 * HOUR, 60, "10.0.0.7", ("203.0.113.11", 80));
    // Six times as many visitors as before, and 200 calls within two minutes.
    now.calls(0..24 * HOUR, 24 * 60, "198.51.100.8", ("10.0.0.80", 443));
    now.calls(
        5 * HOUR..5 * HOUR + 120,
        200,
        "10.0.0.6",
        ("203.0.113.50", 8443),
    );
    let (now, before) = (
        folder.file("now.log", now.text()),
        folder.file("before.log", before.text()),
    );
    let (document, one_thread) =
        document(&["summary", &now, "--baseline", &before, "--threads", "1"]);
    let found = changes(&document);
    for wanted in [
        ("new", "calls", Some(4444)),
        ("new", "target", Some(4444)),
        ("gone", "calls", Some(993)),
        ("much_more", "offers", Some(443)),
        ("much_less", "calls", Some(80)),
    ] {
        assert!(found.contains(&wanted), "{wanted:?} in {found:?}");
    }
    assert!(
        !found.iter().any(|(_, _, port)| *port == Some(8443)),
        "{found:?}"
    );
    assert!(
        !found.iter().any(|(_, _, port)| *port == Some(23)),
        "{found:?}"
    );
    // Numbers of the sentence are fields.
    let new = &document["changes"][0];
    let n = new["now"]["sessions"].as_u64().expect("a number");
    assert!(
        new["sentence"]
            .as_str()
            .expect("text")
            .contains(&n.to_string()),
        "{new}"
    );

    let (_, four_threads) =
        self::document(&["summary", &now, "--baseline", &before, "--threads", "4"]);
    assert_eq!(one_thread, four_threads);
    let (_, answer) = self::document(&[&now, "--baseline", &before]);
    assert!(answer.contains("Beside the normal day"), "{answer}");
    let (report, _) = self::document(&["report", "--json", &now, "--baseline", &before]);
    assert_eq!(report["changes"], document["changes"]);
}

#[test]
fn talkers_offers_and_what_stands_out_are_in_the_summary() {
    let folder = Folder::new("baseline-normal");
    let mut log = office(48);
    log.calls(30 * HOUR..48 * HOUR, 60, "10.0.0.5", ("203.0.113.77", 4444));
    log.calls(0..48 * HOUR, 5, "198.51.100.9", ("10.0.0.81", 3389));
    let log = folder.file("day.log", log.text());
    let normal = &document(&["summary", "--normal", &log]).0["normal"];
    let first = &normal["talkers"][0];
    assert_eq!(
        (&first["host"], &first["sessions"], &first["n_targets"]),
        (&"10.0.0.5".into(), &1500.into(), &2.into())
    );
    assert_eq!(normal["slot_seconds"], 3600);
    let slots = normal["slots"].as_array().expect("a list");
    let n: u64 = slots
        .iter()
        .filter_map(|slot| slot["sessions"].as_u64())
        .sum();
    assert_eq!((slots.len(), n), (48, 1500 + 960));
    assert_eq!(normal["offers"][0]["host"], "10.0.0.80");
    let remarks = normal["remarks"].as_array().expect("a list");
    let told = |detector: &str, part: &str| {
        remarks.iter().any(|remark| {
            remark["detector"] == detector
                && remark["sentence"]
                    .as_str()
                    .is_some_and(|text| text.contains(part))
        })
    };
    assert!(told("D12", "3389/tcp"), "{remarks:?}");
    assert!(told("D13", "4444/tcp"), "{remarks:?}");
    assert!(told("D10", "4444/tcp"), "{remarks:?}");
    assert!(!told("D10", "443/tcp"), "{remarks:?}");
    // Each remark's filter shows its connections, and no others.
    for remark in remarks {
        let filter = remark["filter"].as_str().expect("text");
        let narrowed = document(&["summary", &log, "--filter", filter]).0;
        assert_eq!(
            narrowed["sessions"]["matched"], remark["sessions"],
            "{filter}"
        );
    }
}
