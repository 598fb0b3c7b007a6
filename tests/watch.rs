//! Watch lists on the command line.
#![cfg(feature = "cli")]

mod terminal;

use serde_json::{Value, json};
use terminal::{Folder, run};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// Of a call that must succeed, the JSON values of its lines.
fn values(args: &[&str]) -> Vec<Value> {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn packet(second: usize, from: &str, to: &str, prefix: &str) -> String {
    let (src, spt) = from.split_once(':').expect("address and port");
    let (dst, dpt) = to.split_once(':').expect("address and port");
    let (inside, outside) = if src.starts_with("10.") {
        ("lan0", "wan0")
    } else {
        ("wan0", "lan0")
    };
    format!(
        "Feb 19 10:{:02}:{:02} gate kernel: {prefix} IN={inside} OUT={outside} SRC={src} DST={dst} LEN=60 TOS=0x00 TTL=63 \
         ID=1 DF PROTO=TCP SPT={spt} DPT={dpt} WINDOW=64240 RES=0x00 SYN URGP=0\n",
        second / 60,
        second % 60
    )
}

/// 12 calls to 203.0.113.9 pass, 30 strangers are dropped, others are on no list.
fn log() -> String {
    let mut text = String::new();
    for n in 0..12 {
        let from = format!("10.0.0.5:{}", 50_000 + n);
        text += &packet(n * 41 + n % 3 * 7, &from, "203.0.113.9:443", "ACCEPT");
        text += &packet(n * 41 + 1, "10.0.0.6:40001", "203.0.113.90:443", "ACCEPT");
    }
    for n in 0..30 {
        let from = format!("198.51.100.{}:{}", n + 1, 50_000 + n);
        text += &packet(600 + n, &from, "10.0.0.11:22", "DROP");
    }
    text
}

const LIST: &str = "# gathered by hand\n198.51.100.0/24 ; hosting\n203.0.113.9,orders of a worm\n\n10.0.0\n192.0.2.1\n";

#[test]
fn hits_are_in_every_answer() {
    let folder = Folder::new("watch_every");
    let (log, list) = (folder.file("fw.log", log()), folder.file("list.txt", LIST));
    let more = folder.file("hosts", "0.0.0.0 ads.example\n127.0.0.1 localhost\n");
    let common = [
        "--now",
        "2024-03-01",
        "--watch",
        &list,
        "--watch",
        &more,
        &log,
    ];
    let call = |name: &'static str| values(&[&[name], &common[..]].concat());

    let summary = &call("summary")[0];
    assert_eq!(summary["watch_list"], json!({"entries": 4, "unread": 1}));
    let watch = summary["watch"].as_array().expect("a list");
    assert_eq!(watch.len(), 2);
    assert_eq!(
        watch[0],
        json!({
            "entry": "203.0.113.9", "remark": "orders of a worm", "sessions": 12, "lines": 12, "allowed": 12, "denied": 0,
            "directions": {"outbound": 12}, "n_hosts": 1, "hosts": ["203.0.113.9"],
        })
    );
    assert_eq!(
        (
            &watch[1]["entry"],
            &watch[1]["denied"],
            &watch[1]["n_hosts"]
        ),
        (&json!("198.51.100.0/24"), &json!(30), &json!(30))
    );

    let sessions = call("sessions");
    let tagged = |session: &&Value| {
        session["tags"]
            .as_array()
            .is_some_and(|tags| tags.contains(&json!("watch")))
    };
    let also = |session: &&Value| {
        session["also"]
            .as_array()
            .is_some_and(|also| also.contains(&json!("V19")))
    };
    assert_eq!(sessions.iter().filter(tagged).count(), 42);
    assert_eq!(sessions.iter().filter(also).count(), 42);

    let incidents = call("incidents");
    let told: Vec<&Value> = incidents
        .iter()
        .filter(|one| one["verdict"] == "V19")
        .collect();
    assert_eq!(told.len(), 2);
    assert_eq!(
        (&told[0]["severity"], &told[1]["severity"]),
        (&json!("act"), &json!("look"))
    );
    let sentence = told[0]["sentence"].as_str().expect("text");
    assert!(
        sentence.contains("10.0.0.5")
            && sentence.contains("203.0.113.9, which is on your list (orders of a worm), 12 times")
            && sentence.contains("the firewall let all of them pass"),
        "{sentence}"
    );

    let report = run(&[&["report"], &common[..]].concat());
    assert!(text(&report.stdout).contains("which is on your list (orders of a worm)"));
    let complaint = "Of the watch list list.txt, 1 entry could not be read: line 5 \"10.0.0\".";
    assert!(
        text(&report.stderr).contains(complaint),
        "{}",
        text(&report.stderr)
    );
    let report = &values(&[&["report", "--json"], &common[..]].concat())[0];
    assert!(
        report["limits"]
            .as_array()
            .expect("a list")
            .contains(&json!(complaint))
    );
}

#[test]
fn a_filter_narrows_the_hits() {
    let folder = Folder::new("watch_filter");
    let (log, list) = (folder.file("fw.log", log()), folder.file("list.txt", LIST));
    let common = ["summary", "--now", "2024-03-01", "--watch", &list, &log];
    let summary = &values(&[&common[..], &["--filter", "src:198.51.100.7"]].concat())[0];
    let watch = summary["watch"].as_array().expect("a list");
    assert_eq!(watch.len(), 1);
    assert_eq!(
        (&watch[0]["sessions"], &watch[0]["hosts"]),
        (&json!(1), &json!(["198.51.100.7"]))
    );
}

#[test]
fn without_a_list_nothing_changes_and_a_lost_list_is_no_answer() {
    let folder = Folder::new("watch_none");
    let log = folder.file("fw.log", log());
    let summary = &values(&["summary", "--now", "2024-03-01", &log])[0];
    assert!(summary.get("watch").is_none() && summary.get("watch_list").is_none());
    let output = run(&["summary", "--watch", "no-such-list.txt", &log]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("no-such-list.txt: There is no such file."));
}
