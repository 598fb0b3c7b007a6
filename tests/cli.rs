//! The command line from outside: calls, options, exit codes, and that nothing of a log steers the terminal.
#![cfg(feature = "cli")]

mod terminal;

use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use terminal::{Folder, run};

/// Replies of a web server, denied; the visitors started the connections.
fn forgotten(n: usize) -> String {
    let line = |at: usize| {
        format!(
            "date=2024-02-19 time=09:{:02}:{:02} devname=edge-1 device_id=FG0 log_id=0038000003 type=traffic subtype=violation pri=warning vd=root src=10.0.0.{} src_port=80 src_int=\"dmz\" dst=203.0.113.{} dst_port={} dst_int=\"wan1\" SN=1 status=deny policyid=0 proto=6 duration=0 sent=0 rcvd=0\n",
            at / 60 % 60,
            at % 60,
            11 + at % 8,
            1 + at % 250,
            30_000 + at * 7 % 30_000
        )
    };
    (0..n).map(line).collect()
}

fn run_with(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_whichway"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input)
        .expect("the program reads");
    child.wait_with_output().expect("the program ends")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// Of a call that must succeed, as JSON values.
fn lines(output: &Output) -> Vec<Value> {
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text(output)
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

#[test]
fn the_answer_says_that_the_server_does_not_call_out() {
    let folder = Folder::new("answer");
    let log = folder.file("edge.log", forgotten(60));
    let output = run(&[&log]);
    let answer = text(&output);
    assert_eq!(output.status.code(), Some(0));
    assert!(answer.contains("not calling out"), "{answer}");
    assert!(
        answer.contains("What to check next") && answer.contains("edge.log:"),
        "{answer}"
    );
    assert_eq!(text(&run(&["report", &log])), answer);
    let markdown = text(&run(&["report", "--markdown", &log]));
    assert!(
        markdown.starts_with("# ") && markdown.contains("\n## "),
        "{markdown}"
    );
    let report = &lines(&run(&["report", "--json", &log]))[0];
    assert_eq!(report["incidents"][0]["verdict"], "V01");
    assert_eq!(report["tally"]["lines"], 60);
}

#[test]
fn a_document_opens_anywhere_and_quotes_the_log_as_text() {
    let folder = Folder::new("document");
    let nasty = forgotten(60).replace("edge-1", "\"<script>alert(1)</script>\"");
    let log = folder.file("<img src=x>.log", nasty);
    let page = text(&run(&["report", "--html", &log]));
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert!(page.contains("not calling out") && page.contains("What to check next"));
    assert_eq!(
        page.matches("<svg ").count(),
        3,
        "directions, services, time"
    );
    assert!(page.contains("&lt;script&gt;") && page.contains("&lt;img src=x&gt;"));
    for loads in [
        "<script", "<img", "<link", "src=\"", "href=", "@import", "url(http",
    ] {
        assert!(!page.contains(loads), "{loads}");
    }
    // Every element that is opened is closed, in order.
    let mut open = Vec::new();
    for tag in page.split('<').skip(1).filter(|tag| !tag.starts_with('!')) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        let name = tag.split([' ', '/']).find(|part| !part.is_empty());
        match name {
            Some("meta") => {}
            name if tag.starts_with('/') => assert_eq!(open.pop(), name),
            Some(name) if !tag.ends_with('/') => open.push(name),
            _ => {}
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

#[test]
fn json_lines_begin_with_their_kind_and_have_the_fields_of_the_contract() {
    let folder = Folder::new("kinds");
    let log = folder.file("edge.log", forgotten(5) + "\nwho knows\n");
    for kind in ["events", "sessions", "incidents"] {
        let lines = lines(&run(&[kind, &log]));
        assert_eq!(lines[0], serde_json::json!({"schema": 1, "kind": kind}));
        assert!(lines.len() > 1);
    }
    let events = lines(&run(&["events", &log]));
    let fields: Vec<&str> = events[1]
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        fields,
        [
            "source",
            "line",
            "format",
            "kind",
            "ts",
            "ts_quality",
            "src",
            "dst",
            "nat",
            "proto",
            "action",
            "action_raw",
            "flags",
            "bytes_f",
            "bytes_r",
            "pkts_f",
            "pkts_r",
            "duration_us",
            "session_id",
            "end",
            "state",
            "rule",
            "device",
            "app",
            "ts_start",
            "ts_end",
            "bytes_total",
            "in_if",
            "out_if",
            "in_zone",
            "out_zone",
            "icmp",
            "repeat",
            "tags"
        ]
    );
    assert_eq!(
        events[1]["src"],
        serde_json::json!({"ip": "10.0.0.11", "port": 80})
    );
    assert_eq!(events[1]["ts"], "2024-02-19T09:00:00.000000Z");
    assert_eq!(events[1]["flags"], Value::Null);
    let all = lines(&run(&["events", "--all", &log]));
    let numbers: Vec<u64> = all[1..]
        .iter()
        .map(|event| event["line"].as_u64().expect("a number"))
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7], "every line appears");
    assert_eq!(
        (&all[6]["outcome"], &all[7]["outcome"]),
        (&"blank".into(), &"foreign".into())
    );
    let session = &lines(&run(&["sessions", "--evidence", "--lines", "all", &log]))[1];
    assert_eq!(session["direction"], "inbound");
    assert_eq!(session["responder"]["port"], 80);
    assert!(
        session["evidence"]
            .as_array()
            .is_some_and(|terms| !terms.is_empty())
    );
}

#[test]
fn a_summary_adds_up_whatever_the_filter() {
    let folder = Folder::new("summary");
    let log = folder.file("edge.log", forgotten(300));
    for filter in [
        "",
        "host:10.0.0.11",
        "-host:10.0.0.11,10.0.0.12",
        "time:09:01..09:03",
        "port:31000..33000",
    ] {
        let summary = &lines(&run(&["summary", "--filter", filter, &log]))[0];
        let n = summary["sessions"]["matched"].as_u64().expect("a number");
        assert!(n > 0, "{filter}");
        let sum = |rows: &Value| {
            rows.as_array()
                .expect("rows")
                .iter()
                .map(|row| row["sessions"].as_u64().expect("a number"))
                .sum::<u64>()
        };
        assert_eq!(sum(&summary["directions"]), n, "{filter}");
        assert_eq!(sum(&summary["ports"]), n, "{filter}");
        assert_eq!(sum(&summary["timeline"]["bins"]), n, "{filter}");
        assert_eq!(sum(&summary["rules"]), n, "{filter}");
        assert_eq!(
            sum(&summary["pairs"])
                + summary["beyond"]["pairs_sessions"]
                    .as_u64()
                    .expect("a number"),
            n,
            "{filter}"
        );
        let sessions = lines(&run(&["sessions", "--filter", filter, &log])).len() as u64 - 1;
        assert_eq!(sessions, n, "{filter}");
    }
}

#[test]
fn threads_files_and_packing_change_nothing() {
    let folder = Folder::new("threads");
    let whole = forgotten(2000);
    let (one, two) = whole.split_at(whole[..whole.len() / 2].rfind('\n').expect("lines") + 1);
    let parts = [folder.file("a.log", one), folder.file("b.log", two)];
    let call = |args: &[&str]| {
        let mut all = vec!["sessions"];
        all.extend(args);
        text(&run(&all))
    };
    let answer = call(&[&parts[0], &parts[1]]);
    assert_eq!(call(&[&parts[1], &parts[0], "--threads", "1"]), answer);
    assert_eq!(
        call(&[&folder.0.display().to_string(), "--threads", "7"]),
        answer
    );
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(whole.as_bytes()).expect("memory");
    let packed = folder.file("c.log.gz", packed.finish().expect("memory"));
    let plain = folder.file("d.log", &whole);
    let lines_of = |path: &str| {
        let mut values = lines(&run(&["sessions", path]));
        for value in &mut values {
            // Ids and places name the source; everything else is the same.
            for field in ["id", "lines", "incident"] {
                value.as_object_mut().expect("an object").remove(field);
            }
        }
        values
    };
    assert_eq!(lines_of(&packed), lines_of(&plain));
}

#[test]
fn large_files_are_read_in_pieces_with_the_same_result() {
    let folder = Folder::new("pieces");
    let mut text = String::new();
    while text.len() < 18 << 20 {
        text.push_str(&forgotten(4000));
    }
    let log = folder.file("large.log", text);
    let one = run(&["summary", "--threads", "1", &log]);
    let four = run(&["summary", "--threads", "4", &log]);
    assert_eq!(one.stdout, four.stdout);
    assert_eq!(one.status.code(), Some(0));
}

#[test]
fn a_limit_of_memory_ends_reading_and_is_told() {
    let folder = Folder::new("memory");
    let log = folder.file("big.log", forgotten(40_000));
    let whole = run(&["report", "--json", "--memory", "1G", &log]);
    assert_eq!(whole.status.code(), Some(0));
    assert_eq!(whole.stdout, run(&["report", "--json", &log]).stdout);

    let part = run(&["report", "--json", "--memory", "100k", &log]);
    assert_eq!(part.status.code(), Some(1));
    let said = String::from_utf8_lossy(&part.stderr).into_owned();
    assert!(
        said.contains("big.log") && said.contains("--memory"),
        "{said}"
    );
    let n_lines = |output: &Output| {
        let report: Value = serde_json::from_slice(&output.stdout).expect("one document");
        report["tally"]["lines"].as_u64()
    };
    let (read, all) = (n_lines(&part), n_lines(&whole));
    assert!(read > Some(0) && read < all, "{read:?} of {all:?}");
    assert_eq!(run(&["--memory", "much", &log]).status.code(), Some(2));
}

#[test]
fn standard_input_is_a_source() {
    let log = forgotten(20);
    let output = run_with(&["sessions", "-"], log.as_bytes());
    assert_eq!(lines(&output).len(), 21);
    assert_eq!(lines(&output)[1]["lines"][0]["source"], "(standard input)");
}

#[test]
fn settings_reach_the_judgement() {
    let folder = Folder::new("settings");
    let log = folder.file("edge.log", forgotten(3));
    let shifted = lines(&run(&["sessions", "--tz", "+02:00", &log]));
    assert_eq!(shifted[1]["first"], "2024-02-19T07:00:00.000000Z");
    let berlin = lines(&run(&["events", "--tz", "Europe/Berlin", &log]));
    assert_eq!(berlin[1]["ts"], "2024-02-19T08:00:00.000000Z");
    let turned = lines(&run(&["sessions", "--ours", "203.0.113.0/24", &log]));
    assert_eq!(
        turned[1]["direction"], "internal",
        "both sides are ours now"
    );
    let kernel = "Nov 20 10:00:00 gw kernel: IN=eth0 OUT= SRC=203.0.113.7 DST=198.51.100.1 LEN=60 PROTO=TCP SPT=40222 DPT=22 SYN\n";
    let log = folder.file("kernel.log", kernel);
    let event = &lines(&run(&["events", "--now", "2020-01-01T00:00:00Z", &log]))[1];
    assert_eq!(
        (&event["ts"], &event["ts_quality"]),
        (&"2019-11-20T10:00:00.000000Z".into(), &"no_year".into())
    );
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    let folder = Folder::new("codes");
    let log = folder.file("edge.log", forgotten(3));
    let code = |args: &[&str]| run(args).status.code();
    assert_eq!(code(&["--help"]), Some(0));
    assert_eq!(code(&["formats"]), Some(0));
    assert_eq!(code(&[&log]), Some(0));
    assert_eq!(code(&[]), Some(2));
    assert_eq!(code(&["report"]), Some(2));
    assert_eq!(code(&["--nonsense", &log]), Some(2));
    assert_eq!(code(&["report", "--json", "--markdown", &log]), Some(2));
    assert_eq!(code(&["report", "--json", "--html", &log]), Some(2));
    assert_eq!(code(&["--ours", "nowhere", &log]), Some(2));
    assert_eq!(code(&["--timeout", "tcp", &log]), Some(2));
    let wrong = run(&["sessions", "--filter", "dir:inbund", &log]);
    assert_eq!(wrong.status.code(), Some(2));
    let message = String::from_utf8(wrong.stderr).expect("text");
    assert!(
        message.contains("at letter 5") && message.contains("inbound"),
        "{message}"
    );
    assert_eq!(code(&["--tz", "Mars/Olympus", &log]), Some(2));
}

#[test]
fn what_can_be_read_is_answered_and_the_rest_is_named() {
    let folder = Folder::new("broken");
    let log = folder.file("edge.log", forgotten(3));
    let gone = folder.0.join("gone.log").display().to_string();
    let picture = folder.file("picture.png", b"\x89PNG\r\n\x1a\n0000");
    let output = run(&["report", "--json", &log, &gone, &picture]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["tally"]["event_lines"], 3);
    let limits = report["limits"].to_string();
    assert!(
        limits.contains("gone.log: There is no such file.") && limits.contains("picture.png"),
        "{limits}"
    );
    let message = String::from_utf8(output.stderr).expect("text");
    assert!(
        message.contains("gone.log: There is no such file."),
        "{message}"
    );
}

#[test]
fn no_call_lets_an_escape_of_the_log_through() {
    let folder = Folder::new("escapes");
    let nasty = forgotten(2).replace("edge-1", "\"ed\u{1b}[31mge\u{9b}2J\u{202e}\"");
    let log = folder.file(
        "na\u{1b}[2Jsty.log",
        nasty + "\u{1b}]0;title\u{7} no log at all\n",
    );
    for call in [
        vec!["report"],
        vec!["report", "--json"],
        vec!["report", "--markdown"],
        vec!["report", "--html"],
        vec!["events", "--all"],
        vec!["sessions", "--evidence"],
        vec!["incidents"],
        vec!["summary"],
    ] {
        let mut args = call.clone();
        args.push(&log);
        let output = run(&args);
        for bytes in [&output.stdout, &output.stderr] {
            let text = String::from_utf8(bytes.clone()).expect("text");
            let bad = text
                .chars()
                .find(|letter| (letter.is_control() && *letter != '\n') || *letter == '\u{202e}');
            assert_eq!(bad, None, "{call:?}");
        }
    }
}

#[test]
fn a_line_is_explained_field_by_field() {
    let line = forgotten(1);
    let line = line.trim_end();
    let output = run(&["explain", line]);
    let shown = text(&output);
    assert!(shown.contains("src_port = 80"), "{shown}");
    let json = &lines(&run(&["explain", "--json", line]))[0];
    let spans = json["spans"].as_array().expect("spans");
    let port = spans
        .iter()
        .find(|span| span["name"] == "src_port")
        .expect("the port has a span");
    let (start, end) = (
        port["start"].as_u64().expect("a number") as usize,
        port["end"].as_u64().expect("a number") as usize,
    );
    assert_eq!(&line[start..end], "src_port=80");
    assert_eq!(port["value"], "80");
    let piped = run_with(&["explain"], line.as_bytes());
    assert_eq!(text(&piped), shown);
}

#[test]
fn an_events_filter_shows_the_events_of_matching_sessions() {
    let folder = Folder::new("filter");
    let log = folder.file("edge.log", forgotten(40));
    let found = lines(&run(&["events", "--filter", "server:10.0.0.12", &log]));
    assert_eq!(found.len(), 1 + 5);
    assert!(
        found[1..]
            .iter()
            .all(|event| event["src"]["ip"] == "10.0.0.12")
    );
}
