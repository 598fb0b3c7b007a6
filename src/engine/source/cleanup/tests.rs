//! Tests of the clean-up as a whole: what was pasted, and the records that come out.

use super::*;
use crate::engine::source::lines::{LineEnds, Lines};

pub fn clean(text: &str) -> (Vec<(String, u64, u32)>, Counts) {
    let mut cleaner = Cleaner::new(Plan::ALL);
    let mut records = Vec::new();
    let mut lines = Lines::new(LineEnds::Lf, 0);
    let mut number = 0;
    let mut each = |record: RawRecord<'_>| {
        records.push((
            String::from_utf8_lossy(record.text).into_owned(),
            record.line,
            record.n_lines,
        ));
    };
    let mut per_line = |line: RawLine<'_>| {
        cleaner.feed(line, number, &mut each);
        number += 1;
    };
    lines.feed(text.as_bytes(), &mut per_line);
    lines.finish(&mut per_line);
    cleaner.finish(&mut each);
    let n_lines: u64 = records
        .iter()
        .map(|(_, _, n_lines)| u64::from(*n_lines))
        .sum();
    assert_eq!(n_lines, number, "every line belongs to exactly one record");
    (records, *cleaner.counts())
}

const NETFILTER: &str = "Feb 19 10:15:02 fw1 kernel: [12.5] DROP IN=eth0 OUT= MAC= SRC=203.0.113.9 DST=192.0.2.10 LEN=60 TOS=0x00 PREC=0x00 TTL=51 ID=4242 DF PROTO=TCP SPT=51022 DPT=25 WINDOW=29200 RES=0x00 CWR ECE SYN URGP=0";
const FORTIGATE: &str = "date=2024-02-19 time=10:15:02 devname=fw1 device_id=FG0 log_id=0038000007 type=traffic subtype=other pri=warning vd=root src=10.0.0.11 src_port=80 src_int=\"dmz\" dst=203.0.113.45 dst_port=51515 dst_int=\"wan1\" status=deny policyid=0 msg=\"no session matched\"";
const ASA: &str = "%ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags PSH ACK  on interface inside";

fn texts(text: &str) -> Vec<String> {
    clean(text)
        .0
        .into_iter()
        .map(|(text, _, _)| text)
        .filter(|text| !text.is_empty())
        .collect()
}

fn check(text: &str, expected: &[&str], step: StepKind) {
    assert_eq!(texts(text), expected, "{text}");
    assert!(clean(text).1.of(step) > 0, "{step:?} in {text}");
}

#[test]
fn prefixes_of_every_kind_are_removed() {
    for (first, second, step) in [
        ("> ", "> ", StepKind::QuoteMarks),
        (">> ", ">> ", StepKind::QuoteMarks),
        ("> > ", "> > ", StepKind::QuoteMarks),
        ("| ", "| ", StepKind::QuoteMarks),
        ("9: ", "10: ", StepKind::Numbering),
        ("1) ", "2) ", StepKind::Numbering),
        ("#1 ", "#2 ", StepKind::Numbering),
        ("12:", "57:", StepKind::Numbering),
        ("     1\t", "     2\t", StepKind::Numbering),
        (" 9 | ", "10 | ", StepKind::Numbering),
        ("kern.log:", "kern.log:", StepKind::FileNames),
        (
            "/var/log/kern.log:12:",
            "/var/log/kern.log:57:",
            StepKind::FileNames,
        ),
        ("fw-1  | ", "fw-1  | ", StepKind::Containers),
        (
            "[pod/fw-0/syslog] ",
            "[pod/fw-0/syslog] ",
            StepKind::Containers,
        ),
        ("- ", "- ", StepKind::Bullets),
        ("  • ", "  • ", StepKind::Bullets),
        ("root@fw:~# ", "root@fw:~# ", StepKind::Prompts),
        ("    ", "    ", StepKind::Indent),
    ] {
        check(
            &format!("{first}{NETFILTER}\n{second}{NETFILTER}\n"),
            &[NETFILTER, NETFILTER],
            step,
        );
    }
    check(&format!("```\n`{ASA}`\n```"), &[ASA], StepKind::Backticks);
    check(&format!("```log\n{ASA}\n```"), &[ASA], StepKind::Fences);
    check(
        &format!("> 1: {ASA}\n>\n> 2: {ASA}\n"),
        &[ASA, ASA],
        StepKind::QuoteMarks,
    );
    check(
        "| a | b |\n|---|---|\n| 10.0.0.1 | 10.0.0.2 |\n",
        &["a | b", "10.0.0.1 | 10.0.0.2"],
        StepKind::TableBars,
    );
}

/// Breaks at blanks, as mail programs do; the blank goes.
pub fn soft_wrap(line: &str, width: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in line.split(' ') {
        if length > 0 && length + 1 + word.len() > width {
            out.push('\n');
            length = 0;
        } else if !out.is_empty() {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += word.len();
    }
    out
}

/// Breaks anywhere, as terminals do.
pub fn hard_wrap(line: &str, width: usize) -> String {
    let pieces: Vec<&str> = line
        .as_bytes()
        .chunks(width)
        .map(|piece| std::str::from_utf8(piece).expect("ASCII"))
        .collect();
    pieces.join("\n")
}

#[test]
fn wrapped_lines_are_joined() {
    for line in [NETFILTER, FORTIGATE, ASA] {
        for width in [72, 80, 100, 132] {
            for n_copies in [1, 2, 7] {
                let lines = vec![line; n_copies];
                for wrap in [soft_wrap, hard_wrap] {
                    let wrapped: Vec<String> = lines.iter().map(|line| wrap(line, width)).collect();
                    // A break between words that is exactly at the width could be one through a word; nobody can tell.
                    let pieces: Vec<&str> = wrapped[0].lines().collect();
                    let is_full = pieces[..pieces.len() - 1]
                        .iter()
                        .all(|piece| piece.len() == width);
                    if is_full && wrapped[0].len() == line.len() {
                        continue;
                    }
                    assert_eq!(texts(&wrapped.join("\n")), lines, "{width}: {}", wrapped[0]);
                    let quoted: Vec<String> = wrapped
                        .iter()
                        .map(|text| format!("> {}", text.replace('\n', "\n> ")))
                        .collect();
                    assert_eq!(texts(&quoted.join("\n")), lines, "{width}: {}", quoted[0]);
                }
            }
        }
    }
    let (records, counts) = clean(&format!("{}\n\n{ASA}", soft_wrap(FORTIGATE, 80)));
    assert_eq!(records[0], (FORTIGATE.to_string(), 0, 4));
    assert_eq!((records[2].1, records[2].2), (5, 1));
    assert_eq!(counts.of(StepKind::Unwrapped), 3);
}

#[test]
fn records_on_one_line_are_separated() {
    for line in [NETFILTER, FORTIGATE, ASA] {
        check(
            &format!("{line} {line} {line}"),
            &[line, line, line],
            StepKind::Split,
        );
    }
    check(
        &format!("<134>{FORTIGATE}<134>{FORTIGATE}"),
        &[format!("<134>{FORTIGATE}").as_str(); 2],
        StepKind::Split,
    );
    check(
        "{\"a\":{\"b\":1}}{\"a\":2}",
        &["{\"a\":{\"b\":1}}", "{\"a\":2}"],
        StepKind::Split,
    );
    let (records, _) = clean(&format!("{ASA} {ASA}"));
    assert_eq!(
        records.iter().map(|record| record.2).collect::<Vec<_>>(),
        [1, 0]
    );
    check(&format!("{ASA}<br>{ASA}"), &[ASA, ASA], StepKind::Tags);
}

#[test]
fn rows_on_one_line_are_separated() {
    for [one, two] in [
        [
            "2024-02-19 10:15:02,10.0.0.11,443,203.0.113.45,51515,no session",
            "2024-02-19 10:15:03,10.0.0.12,443,203.0.113.46,51516,\"late, or not\"",
        ],
        [
            "\"1\" \"19Feb2024\" \"10:15:02\" \"10.0.0.11\" \"Clean up\" \"\"",
            "\"2\" \"19Feb2024\" \"10:15:03\" \"10.0.0.12\" \"https\" \"in: a; out: b\"",
        ],
        [
            "10.0.0.11:443 -> 203.0.113.45:51515 tcp blocked",
            "10.0.0.12:443 -> 203.0.113.46:51516 tcp blocked",
        ],
    ] {
        let line = format!("{one} {two} {one}");
        check(&line, &[one, two, one], StepKind::Split);
    }
    for line in [
        // One row; objects; names with values; as many cells again, but of other kinds.
        "2024-02-19 10:15:02,10.0.0.11,443,203.0.113.45,51515,tcp,no session,99",
        "{\"a\": \"10.0.0.1\", \"b\": 1, \"c\": 2, \"d\": \"10.0.0.1\", \"e\": 1, \"f\": 2, \"g\": 3}",
        "src=10.0.0.1 a=1 b=2 c=3 dst=10.0.0.2 a=1 b=2 c=3",
        "10.0.0.11 -> 203.0.113.45 tcp blocked by the rule",
    ] {
        assert_eq!(texts(line), [line]);
    }
}

#[test]
fn cells_with_line_breaks_are_joined() {
    let text = "time,src,dst,note\n1,10.0.0.1,10.0.0.2,\"two\nlines\"\n2,10.0.0.1,10.0.0.2,ok\n3,10.0.0.1,10.0.0.2,ok\n";
    check(
        text,
        &[
            "time,src,dst,note",
            "1,10.0.0.1,10.0.0.2,\"two lines\"",
            "2,10.0.0.1,10.0.0.2,ok",
            "3,10.0.0.1,10.0.0.2,ok",
        ],
        StepKind::QuotedBreaks,
    );
}

#[test]
fn whole_logs_are_left_alone() {
    for text in [
        "2024-02-19 10:15:02 DROP TCP 203.0.113.80 192.0.2.10 443 51774 40 A 1 2 3 - - - RECEIVE\n2024-02-19 10:15:03 DROP TCP 203.0.113.80 192.0.2.10 443 51775 40 A 1 2 3 - - - RECEIVE",
        "2 123456789012 eni-1 10.0.1.11 203.0.113.45 443 51515 6 3 180 1708337700 1708337758 REJECT OK\n2 123456789012 eni-1 10.0.1.12 203.0.113.45 443 51515 6 3 180 1708337700 1708337758 REJECT OK",
        "19.02.2024 10:15:02;Blockiert;10.0.0.11;443;203.0.113.45;51515;TCP\n20.02.2024 10:15:02;Blockiert;10.0.0.11;443;203.0.113.45;51515;TCP",
        "1;10.0.0.11;443\n2;10.0.0.12;443\n3;10.0.0.13;80",
        "Feb 19 09:00:01 relay.example.org Feb 19 2024 09:00:00 firewall.example.org : %ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags ACK  on interface inside",
        "10:15:02.1 IP 10.0.0.1.80 > 203.0.113.4.51515: Flags [S.]\n10:15:03.1 IP 10.0.0.1.80 > 203.0.113.4.51515: Flags [S.]",
        "date=2024-02-19 time=10:15:02 src=10.0.0.1 dst=10.0.0.2 status=deny\nany idea what this is?\nthanks",
        "#Fields: date time action\n#Version: 1.5",
    ] {
        let (_, counts) = clean(text);
        assert_eq!(counts.steps(), [], "{text}");
        assert_eq!(texts(text), text.lines().collect::<Vec<_>>());
    }
}
