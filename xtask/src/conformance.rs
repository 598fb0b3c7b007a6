//! What `whichway events` says, held against what other readers of the same logs say.
//!
//! Shape    A folder of folders, one a dialect. Beside `NAME.log` lies `NAME.expected.jsonl`: one event an object, with
//!          `line`, `ts`, `src_ip`, `src_port`, `dst_ip`, `dst_port`, `proto`, `verdict`, `bytes_out`, `bytes_in`, `nat`, `extra`.
//! Rules    What the other reader leaves out is not compared. Several events of one line are paired by best agreement.
//!          A time agrees when it is that of the event, of its start or of its end. Where the other reader supplied the
//!          year or the zone (`extra.ts_assumed`), they are not compared. 0.0.0.0, :: and port 0 mean "none".
//!          ICMP and its like have no ports; what others put there is not compared. ICMP between addresses of IPv6 is
//!          ICMPv6, whatever it is called. Of an ICMP error that quotes a packet, the ends of that packet are right, too.
//!          A session that one of its ends reset had been allowed; one that the device reset was denied.
//! Named    `docs/conformance-named.md` lists disagreements one by one under the reason why we keep our answer:
//!          ``- `format/file.log`: 3 src dst; 17 event``. The column `unnamed` counts the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{places, run};

const FIELDS: [&str; 11] = [
    "time", "src", "sport", "dst", "dport", "proto", "verdict", "out", "in", "both", "nat",
];

/// Folders whose lines are read by formats of other names. A folder's own name is always right.
const ALSO_RIGHT: &[(&str, &[&str])] = &[
    ("aws_vpcflow", &["generic_json"]),
    ("azure_firewall", &["azure"]),
    ("azure_flow", &["azure"]),
    ("barracuda_cloudgen", &["barracuda_activity", "cef"]),
    ("barracuda_waf", &["barracuda", "cef"]),
    ("checkpoint", &["cef", "leef"]),
    ("cisco_asa", &["cisco_ftd"]),
    ("cisco_ftd", &["cisco_asa"]),
    ("f5_bigip", &["cef"]),
    ("forcepoint_ngfw", &["cef", "leef"]),
    ("fortigate", &["fortigate_csv", "cef"]),
    ("fortiproxy", &["fortigate"]),
    ("gcp_firewall", &["gcp"]),
    ("gcp_vpcflow", &["gcp"]),
    ("iptables", &["netfilter"]),
    ("juniper_srx", &["junos_text"]),
    ("openbsd_pf", &["filterlog", "tcpdump"]),
    ("panos", &["cef", "leef", "panos_json"]),
    ("pfsense", &["filterlog"]),
    ("proxmox_pve", &["netfilter"]),
    ("sonicwall", &["cef"]),
    ("sophos_xg", &["sophos_utm"]),
    ("unifi", &["cef", "netfilter"]),
    ("watchguard", &["leef"]),
];

/// `cargo xtask conformance DIR [--disagreements [FORMAT]]`
pub fn conformance(words: &[&str]) -> Result<()> {
    let (folder, show) = match words {
        [folder] => (folder, None),
        [folder, "--disagreements"] => (folder, Some("")),
        [folder, "--disagreements", format] => (folder, Some(*format)),
        _ => bail!("say `conformance DIR [--disagreements [FORMAT]]`"),
    };
    let program = program()?;
    let named = named(&std::fs::read_to_string(
        places::root().join("docs/conformance-named.md"),
    )?);
    let mut table = format!(
        "{:<22}{:>6}{:>9}{:>7}{:>7}{:>7}{:>7}",
        "format", "lines", "expected", "found", "right", "unread", "own"
    );
    for field in FIELDS {
        let _ = write!(table, "{field:>10}");
    }
    table.push_str("     all  unnamed\n");
    let mut all = Score::default();
    for (format, logs) in logs(Path::new(folder))? {
        let is_shown = show.is_some_and(|wanted| wanted.is_empty() || wanted == format);
        if show.is_some_and(|wanted| !wanted.is_empty()) && !is_shown {
            continue;
        }
        let mut score = Score::default();
        for log in logs {
            let file = log.file_name().unwrap_or_default().to_string_lossy();
            for one in score.add(&format, &log, &program)? {
                let name = format!("{format}/{file}:{} {}", one.line, one.field);
                let is_named = named.contains(&name);
                score.unnamed += usize::from(!is_named);
                if is_shown {
                    let mark = if is_named { " (named)" } else { "" };
                    println!("{name}: {}{mark}", one.texts);
                }
            }
        }
        score.print(&format, &mut table);
        all.absorb(&score);
    }
    all.print("all", &mut table);
    println!(
        "right: read by the format of that name; unread: lines that no format knows; own: events on lines without an \
         expectation\n{table}"
    );
    Ok(())
}

/// `format/file.log:line field` of every disagreement that the list names.
fn named(list: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in list.lines() {
        let Some((file, items)) = line
            .strip_prefix("- `")
            .and_then(|rest| rest.split_once("`: "))
        else {
            continue;
        };
        for item in items.split("; ") {
            let mut words = item.split(' ');
            let number = words.next().unwrap_or_default();
            found.extend(words.map(|field| format!("{file}:{number} {field}")));
        }
    }
    found
}

struct Disagreement {
    line: u64,
    /// One of `FIELDS`, or `event` where we have none, or `format`.
    field: &'static str,
    texts: String,
}

/// The newest build there is; a first one is made.
fn program() -> Result<PathBuf> {
    let built = |profile: &str| {
        let path = places::target().join(profile).join("whichway");
        let when = path.metadata().and_then(|data| data.modified()).ok()?;
        Some((when, path))
    };
    let newest = |found: [Option<(SystemTime, PathBuf)>; 2]| found.into_iter().flatten().max();
    if let Some((_, path)) = newest([built("debug"), built("release")]) {
        return Ok(path);
    }
    run::show(&mut run::cargo("build --bin whichway"))?;
    built("debug")
        .map(|(_, path)| path)
        .context("the build left no `whichway`")
}

/// Logs that have expectations, by format.
fn logs(folder: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>> {
    let mut found = BTreeMap::<String, Vec<PathBuf>>::new();
    for format in std::fs::read_dir(folder).context("the folder of samples")? {
        let format = format?.path();
        if !format.is_dir() {
            continue;
        }
        for log in std::fs::read_dir(&format)? {
            let log = log?.path();
            if log.extension().is_some_and(|name| name == "log") && expectations(&log).exists() {
                let name = format.file_name().unwrap_or_default();
                let name = name.to_string_lossy().into_owned();
                found.entry(name).or_default().push(log);
            }
        }
    }
    for logs in found.values_mut() {
        logs.sort();
    }
    Ok(found)
}

fn expectations(log: &Path) -> PathBuf {
    log.with_extension("expected.jsonl")
}

#[derive(Default)]
struct Score {
    lines: usize,
    expected: usize,
    found: usize,
    right: usize,
    /// Lines that no format knows or that could not be read.
    unread: usize,
    /// Events on lines for which nothing is expected.
    own: usize,
    /// Disagreements that no list names.
    unnamed: usize,
    /// Agreed and compared, by field.
    fields: [(usize, usize); FIELDS.len()],
}

impl Score {
    fn add(&mut self, format: &str, log: &Path, program: &Path) -> Result<Vec<Disagreement>> {
        self.lines += std::fs::read(log)?.split(|byte| *byte == b'\n').count() - 1;
        let mut theirs = by_line(&std::fs::read_to_string(expectations(log))?)?;
        let output = Command::new(program)
            .args(["events", "--all", "--now", "2027-01-01T00:00:00Z"])
            .arg(log)
            .output()
            .context("`whichway events` did not start")?;
        let ours = by_line(&String::from_utf8_lossy(&output.stdout))?;
        let mut shown = Vec::new();
        let mut tell = |line: u64, field, texts| shown.push(Disagreement { line, field, texts });
        let empty = Vec::new();
        for (line, events) in &ours {
            let events: Vec<&Value> = events
                .iter()
                .filter(|event| event["kind"].is_string())
                .collect();
            if events.is_empty() {
                let outcome = ours[line][0]["outcome"].as_str();
                self.unread += usize::from(matches!(outcome, Some("foreign" | "malformed")));
            } else if !theirs.contains_key(line) {
                self.own += events.len();
            }
        }
        for (line, expected) in &mut theirs {
            let events = ours.get(line).unwrap_or(&empty);
            let mut left: Vec<&Value> = events
                .iter()
                .filter(|event| event["src"].is_object())
                .collect();
            self.expected += expected.len();
            for one in expected.iter() {
                let best =
                    (0..left.len()).max_by_key(|i| (agreement(one, left[*i]), left.len() - i));
                let Some(best) = best else {
                    let outcome = events.first().map_or("nothing", |event| {
                        event["outcome"]
                            .as_str()
                            .or(event["kind"].as_str())
                            .unwrap_or("nothing")
                    });
                    tell(*line, "event", format!("none, the line is {outcome}"));
                    continue;
                };
                let event = left.remove(best);
                self.found += 1;
                let id = event["format"].as_str().unwrap_or_default();
                if is_right(format, id, log) {
                    self.right += 1;
                } else {
                    tell(*line, "format", format!("{format}, ours {id}"));
                }
                for (i, verdict) in compare(one, event).into_iter().enumerate() {
                    let Some((agrees, texts)) = verdict else {
                        continue;
                    };
                    self.fields[i].1 += 1;
                    self.fields[i].0 += usize::from(agrees);
                    if !agrees {
                        tell(*line, FIELDS[i], texts);
                    }
                }
            }
        }
        Ok(shown)
    }

    fn absorb(&mut self, other: &Score) {
        self.lines += other.lines;
        self.expected += other.expected;
        self.found += other.found;
        self.right += other.right;
        self.unread += other.unread;
        self.own += other.own;
        self.unnamed += other.unnamed;
        for (mine, theirs) in self.fields.iter_mut().zip(other.fields) {
            mine.0 += theirs.0;
            mine.1 += theirs.1;
        }
    }

    fn print(&self, name: &str, table: &mut String) {
        let _ = write!(
            table,
            "{name:<22}{:>6}{:>9}{:>7}{:>7}{:>7}{:>7}",
            self.lines, self.expected, self.found, self.right, self.unread, self.own
        );
        let mut sum = (0, 0);
        for (agreed, compared) in self.fields {
            sum = (sum.0 + agreed, sum.1 + compared);
            let text = match compared {
                0 => "-".to_owned(),
                _ if agreed == compared => format!("{compared}"),
                _ => format!("{agreed}/{compared}"),
            };
            let _ = write!(table, "{text:>10}");
        }
        // In tenths of a percent, rounded down: "100.0" is nothing but all.
        let tenths = (sum.0 * 1000).checked_div(sum.1).unwrap_or(1000);
        let _ = writeln!(
            table,
            "{:>6}.{}{:>9}",
            tenths / 10,
            tenths % 10,
            self.unnamed
        );
    }
}

fn is_right(folder: &str, id: &str, log: &Path) -> bool {
    let name = log.file_name().unwrap_or_default().to_string_lossy();
    let also = ALSO_RIGHT.iter().find(|(known, _)| *known == folder);
    id == folder
        || also.is_some_and(|(_, ids)| ids.contains(&id))
        || ["cef", "leef"].contains(&id) && name.contains(&format!(".{id}"))
}

/// Objects by their `line`.
fn by_line(text: &str) -> Result<BTreeMap<u64, Vec<Value>>> {
    let mut found = BTreeMap::<u64, Vec<Value>>::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let object: Value = serde_json::from_str(line).context("an object a line")?;
        if let Some(number) = object["line"].as_u64() {
            found.entry(number).or_default().push(object);
        }
    }
    Ok(found)
}

fn agreement(theirs: &Value, ours: &Value) -> usize {
    let weight = |i: usize| {
        if matches!(FIELDS[i], "src" | "dst") {
            4
        } else {
            1
        }
    };
    compare(theirs, ours)
        .into_iter()
        .enumerate()
        .filter(|(_, verdict)| verdict.as_ref().is_some_and(|(agrees, _)| *agrees))
        .map(|(i, _)| weight(i))
        .sum()
}

type Compared = Option<(bool, String)>;

/// Field by field: nothing where theirs says nothing, else whether both say the same, and what they say.
fn compare(theirs: &Value, ours: &Value) -> [Compared; FIELDS.len()] {
    let proto = number_of(&text(&theirs["proto"]));
    let has_ports = !matches!(
        proto.as_str(),
        "1" | "2" | "50" | "51" | "58" | "89" | "103" | "112"
    ) && ours["icmp"].is_null();
    let inner = &ours["icmp"]["inner"];
    let end = |name: &str, side: &str| {
        let own = address(&theirs[name], &ours[side])?;
        let quoted = address(&theirs[name], &inner[side]).is_some_and(|(agrees, _)| agrees);
        Some((own.0 || quoted, own.1))
    };
    let is_v6 = text(&theirs["src_ip"]).contains(':');
    let proto = if is_v6 && proto == "1" {
        "58".to_owned()
    } else {
        proto
    };
    let bytes = |name: &str| &ours[name];
    // The sum of what is known: other readers add up one way as well.
    let both = match (bytes("bytes_f").as_u64(), bytes("bytes_r").as_u64()) {
        (None, None) => ours["bytes_total"].clone(),
        (forward, reverse) => Value::from(forward.unwrap_or(0) + reverse.unwrap_or(0)),
    };
    [
        time(theirs, ours),
        end("src_ip", "src"),
        port(&theirs["src_port"], &ours["src"]["port"]).filter(|_| has_ports),
        end("dst_ip", "dst"),
        port(&theirs["dst_port"], &ours["dst"]["port"]).filter(|_| has_ports),
        same(
            &Value::from(proto),
            &Value::from(number_of(&text(&ours["proto"]))),
        ),
        verdict(theirs, ours),
        same(&theirs["bytes_out"], bytes("bytes_f")),
        same(&theirs["bytes_in"], bytes("bytes_r")),
        same(&theirs["extra"]["bytes_total"], &both),
        nat(theirs, ours, has_ports),
    ]
}

fn same(theirs: &Value, ours: &Value) -> Compared {
    let (theirs, ours) = (text(theirs), text(ours));
    (!theirs.is_empty()).then(|| (theirs == ours, format!("theirs {theirs}, ours {ours}")))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.to_lowercase(),
        other => other.to_string(),
    }
}

fn address(theirs: &Value, ours: &Value) -> Compared {
    let read = |value: &Value| match text(value).parse::<IpAddr>() {
        Ok(address) if address.is_unspecified() => "0.0.0.0".to_owned(),
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => text(value),
    };
    let ours = if ours["ip"].is_string() {
        &ours["ip"]
    } else {
        &ours["name"]
    };
    same(&Value::from(read(theirs)), &Value::from(read(ours)))
}

/// Port 0 is no port, whoever says it.
fn port(theirs: &Value, ours: &Value) -> Compared {
    let theirs = theirs.as_u64()?;
    let ours = ours.as_u64().unwrap_or(0);
    Some((theirs == ours, format!("theirs {theirs}, ours {ours}")))
}

/// The number of a protocol that has a name.
fn number_of(name: &str) -> String {
    const NAMES: [(&str, &str); 19] = [
        ("icmp", "1"),
        ("igmp", "2"),
        ("ipip", "4"),
        ("tcp", "6"),
        ("udp", "17"),
        ("ipv6", "41"),
        ("gre", "47"),
        ("esp", "50"),
        ("ah", "51"),
        ("icmp6", "58"),
        ("icmpv6", "58"),
        ("ipv6-icmp", "58"),
        ("ospf", "89"),
        ("pim", "103"),
        ("vrrp", "112"),
        ("carp", "112"),
        ("sctp", "132"),
        ("udplite", "136"),
        ("dccp", "33"),
    ];
    let found = NAMES.iter().find(|(known, _)| *known == name);
    found.map_or(name, |(_, number)| number).to_owned()
}

/// allow, close, timeout, start and a reset that ends a session: allowed. drop, reject and a reset by the device:
/// denied. The others are neither.
fn verdict(theirs: &Value, ours: &Value) -> Compared {
    let decided = match ours["action"].as_str() {
        Some("allow" | "close" | "timeout" | "start") => "allowed",
        Some("drop" | "reject") => "denied",
        Some("reset") if ours["reset_by"] == "device" => "denied",
        Some("reset") if ours["kind"] == "session_end" => "allowed",
        _ => "neither",
    };
    let (agrees, mut texts) = same(&theirs["verdict"], &Value::from(decided))?;
    let _ = write!(
        texts,
        " ({} / {})",
        text(&theirs["action"]),
        text(&ours["action_raw"])
    );
    Some((agrees, texts))
}

/// An end that is not translated may be left out or repeat the end itself.
fn nat(theirs: &Value, ours: &Value, has_ports: bool) -> Compared {
    let side = |side: &str| {
        let (there, here, end) = (&theirs["nat"], &ours["nat"][side], &ours[side]);
        let address = match text(&there[format!("{side}_ip")]).as_str() {
            "" | "0.0.0.0" | "::" => None,
            _ => address(
                &there[format!("{side}_ip")],
                if here["ip"].is_null() { end } else { here },
            ),
        };
        let port = match &there[format!("{side}_port")] {
            number if number.as_u64().is_some_and(|port| port > 0) && has_ports => port(
                number,
                if here["port"].is_null() {
                    &end["port"]
                } else {
                    &here["port"]
                },
            ),
            _ => None,
        };
        [address, port]
    };
    let sides = [side("src"), side("dst")];
    let mut compared = sides.into_iter().flatten().flatten().peekable();
    compared.peek()?;
    let (mut agrees, mut texts) = (true, Vec::new());
    for (one, text) in compared {
        agrees &= one;
        if !one {
            texts.push(text);
        }
    }
    Some((agrees, texts.join("; ")))
}

const SECOND: i64 = 1_000_000;
/// Zones differ from each other by whole quarters of an hour, and by less than this.
const QUARTER: i64 = 900 * SECOND;
const WIDEST: i64 = 27 * 3600 * SECOND;

fn time(theirs: &Value, ours: &Value) -> Compared {
    let there = theirs["ts"].as_str().and_then(Moment::read)?;
    let assumed = |part: &str| {
        let parts = [&theirs["extra"]["ts_assumed"], &theirs["ts_assumed"]];
        let mut parts = parts.into_iter().filter_map(Value::as_array).flatten();
        parts.any(|known| known == part)
    };
    let (any_year, any_zone) = (assumed("year"), assumed("tz"));
    let agrees = ["ts", "ts_start", "ts_end"].iter().any(|name| {
        let Some(here) = ours[*name].as_str().and_then(Moment::read) else {
            return false;
        };
        let years = if any_year {
            here.year - 1..=here.year + 1
        } else {
            there.year..=there.year
        };
        years.into_iter().any(|year| {
            let apart = (here.micros() - Moment { year, ..there }.micros()).abs();
            // A thousandth is lost where the other reader cuts; a second where it reads whole ones only.
            let whole = there.micros % SECOND == 0 && here.micros % SECOND != 0;
            let near = if whole { SECOND } else { 1000 };
            apart < near || any_zone && apart < WIDEST && (apart + near) % QUARTER < 2 * near
        })
    });
    Some((
        agrees,
        format!(
            "theirs {}, ours {} ({} to {})",
            text(&theirs["ts"]),
            text(&ours["ts"]),
            text(&ours["ts_start"]),
            text(&ours["ts_end"])
        ),
    ))
}

#[derive(Clone, Copy)]
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    /// Microseconds of the day, less the zone's.
    micros: i64,
}

impl Moment {
    /// `2024-02-19T10:15:02.5+01:00`; without a zone it is UTC.
    fn read(text: &str) -> Option<Moment> {
        let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
        let mut micros = (number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?) * SECOND;
        let mut rest = text.get(19..)?;
        if let Some(fraction) = rest.strip_prefix('.') {
            let n_digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let digits = format!("{:0<6.6}", &fraction[..n_digits]);
            micros += digits.parse::<i64>().ok()?;
            rest = &fraction[n_digits..];
        }
        if let [sign @ (b'+' | b'-'), ..] = rest.as_bytes() {
            let hours = rest.get(1..3)?.parse::<i64>().ok()?;
            let minutes = rest.get(4..6)?.parse::<i64>().ok()?;
            let offset = (hours * 3600 + minutes * 60) * SECOND;
            micros -= if *sign == b'+' { offset } else { -offset };
        }
        Some(Moment {
            year: number(0, 4)?,
            month: number(5, 7)?,
            day: number(8, 10)?,
            micros,
        })
    }

    fn micros(self) -> i64 {
        // Days of a calendar whose years begin in March, so that the leap day is the last.
        let year = self.year - i64::from(self.month <= 2);
        let of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        let days = 365 * year + year / 4 - year / 100 + year / 400 + of_year;
        days * 86_400 * SECOND + self.micros
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn compares_what_is_said() {
        let ours = json!({"ts": "2024-02-19T10:15:02.000000Z", "src": {"ip": "10.0.0.11", "port": 443},
            "dst": {"ip": "203.0.113.45", "port": 51515}, "proto": "tcp", "action": "drop", "bytes_f": 40, "bytes_r": 2});
        let theirs = json!({"ts": "2023-02-19T04:15:02-01:00", "src_ip": "10.0.0.11", "src_port": 443,
            "dst_ip": "203.0.113.46", "proto": "6", "verdict": "denied", "bytes_out": 41,
            "nat": {"src_ip": "0.0.0.0", "dst_ip": "203.0.113.45"}, "extra": {"ts_assumed": ["year", "tz"], "bytes_total": 42}});
        let marks: String = compare(&theirs, &ours)
            .iter()
            .map(|verdict| match verdict {
                None => '-',
                Some((true, _)) => '=',
                Some((false, _)) => '!',
            })
            .collect();
        assert_eq!(marks, "===!-==!-==");
    }

    #[test]
    fn a_list_names_differences() {
        let list = "## Why\n\n- `a/b.log`: 3 src dst; 17 event\n- not one\n";
        let expected = ["a/b.log:17 event", "a/b.log:3 dst", "a/b.log:3 src"];
        assert!(named(list).iter().eq(expected));
    }

    #[test]
    fn times_agree_as_far_as_they_stand_in_the_line() {
        let check = |theirs: &str, assumed: Value| {
            let theirs = json!({"ts": theirs, "extra": {"ts_assumed": assumed}});
            let ours = json!({"ts": "2024-03-01T00:00:00.250000Z", "ts_start": "2024-02-29T23:00:00.250000Z"});
            time(&theirs, &ours).is_some_and(|(agrees, _)| agrees)
        };
        assert!(check("2024-03-01T01:00:00.250+01:00", json!([])));
        assert!(check("2024-02-29T23:00:00.250Z", json!([])));
        assert!(!check("2024-03-01T00:00:01.250Z", json!(["tz"])));
        assert!(check("2024-03-01T05:45:00.250Z", json!(["tz"])));
        assert!(check("2017-03-01T00:00:00.250Z", json!(["year"])));
        assert!(!check("2017-03-01T00:00:00.250Z", json!(["tz"])));
    }
}
