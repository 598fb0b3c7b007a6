//! Log lines inside JSON: what shippers and consoles wrap around a line is taken off, and the line read as itself.
//!
//! Shapes   `{"_source":{"message":LINE}}` and `event.original` · `{"logEvents":[{"message":LINE},…]}`, `@message` ·
//!          `{"result":{"_raw":LINE}}` · `{"log":LINE,"stream":…}` · `{"MESSAGE":LINE,"_HOSTNAME":…}`; a line may be
//!          an envelope itself
//! Quirks   An object that names both ends of a connection itself is a record, whatever its message says; only what
//!          is said to be the original is taken out of it. A line without a time gets that of its envelope, as a
//!          header in the syslog notation.

use super::super::find::find;
use super::super::header;
use super::super::record::Clock;
use super::super::time;
use super::start::{self, Start};
use crate::engine::model::stamp::civil_from_days;
use serde_json::{Map, Value};

/// Envelopes in envelopes.
const MAX_NESTED: u8 = 3;
/// Objects in objects of one envelope.
const MAX_DEPTH: u8 = 6;

/// What is said to be the line as it was received.
const ORIGINALS: [&str; 6] = [
    "event.original",
    "log.original",
    "_raw",
    "@message",
    "rawLog",
    "full_message",
];
/// What may be the line, or words about the record.
const MESSAGES: [&str; 7] = [
    "MESSAGE",
    "message",
    "Message",
    "log",
    "SyslogMessage",
    "textPayload",
    "line",
];
const TIMES: [&str; 9] = [
    "__REALTIME_TIMESTAMP",
    "@timestamp",
    "timestamp",
    "time",
    "_time",
    "EventTime",
    "TimeGenerated",
    "receiveTimestamp",
    "date",
];
const HOSTS: [&str; 8] = [
    "_HOSTNAME",
    "host",
    "hostname",
    "HostName",
    "Computer",
    "host.name",
    "host.hostname",
    "name",
];
const PROGRAMS: [&str; 3] = ["SYSLOG_IDENTIFIER", "ProcessName", "ident"];

/// Gives the lines inside an envelope in order. False, and nothing given, when the line is none.
pub fn parts(line: &[u8], each: &mut dyn FnMut(&[u8])) -> bool {
    let text = line.trim_ascii();
    if !matches!(text.first(), Some(b'{' | b'[')) {
        return false;
    }
    let Some(value) = first_value(text).or_else(|| first_value(text.get(1..)?)) else {
        return false;
    };
    walk(&value, &Wrapping::default(), 0, 0, each)
}

/// The value that a text begins with; commas and brackets of an array around it may follow.
fn first_value(text: &[u8]) -> Option<Value> {
    let text = text.trim_ascii_start();
    if !matches!(text.first(), Some(b'{' | b'[')) {
        return None;
    }
    serde_json::Deserializer::from_slice(text)
        .into_iter::<Value>()
        .next()?
        .ok()
}

/// What the objects around a line say about it.
#[derive(Clone, Default)]
struct Wrapping {
    time: Option<String>,
    host: Option<String>,
    program: Option<String>,
}

impl Wrapping {
    /// An inner object knows better.
    fn inside(&self, object: &Map<String, Value>) -> Wrapping {
        let word = |names: &[&str]| {
            names.iter().find_map(|name| match object.get(*name)? {
                Value::Object(inner) => {
                    text_of(inner.get("name").or_else(|| inner.get("hostname"))?)
                }
                value => text_of(value),
            })
        };
        let plain = |text: &String| !text.is_empty() && !text.contains(char::is_whitespace);
        let time = TIMES.iter().find_map(|name| moment(object.get(*name)?));
        Wrapping {
            time: time.or_else(|| self.time.clone()),
            host: word(&HOSTS).filter(plain).or_else(|| self.host.clone()),
            program: word(&PROGRAMS)
                .filter(plain)
                .or_else(|| self.program.clone()),
        }
    }
}

fn walk(
    value: &Value,
    wrapping: &Wrapping,
    depth: u8,
    nested: u8,
    each: &mut dyn FnMut(&[u8]),
) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let mut is_found = false;
    match value {
        Value::Array(values) => {
            for value in values {
                is_found |= walk(value, wrapping, depth + 1, nested, each);
            }
        }
        Value::Object(object) => {
            let wrapping = wrapping.inside(object);
            if let Some(text) = line_of(object)
                && give(&text, &wrapping, nested, each)
            {
                return true;
            }
            for value in object.values() {
                is_found |= walk(value, &wrapping, depth + 1, nested, each);
            }
        }
        _ => {}
    }
    is_found
}

/// The line that an object holds.
fn line_of(object: &Map<String, Value>) -> Option<String> {
    let inner = |outer: &str| text_of(object.get(outer)?.as_object()?.get("original")?);
    let original = inner("event").or_else(|| inner("log")).or_else(|| {
        ORIGINALS
            .iter()
            .find_map(|name| text_of(object.get(*name)?))
    });
    if original.is_some() {
        return original;
    }
    let message = MESSAGES
        .iter()
        .find_map(|name| text_of(object.get(*name)?))?;
    (!names_both_ends(object)).then_some(message)
}

/// The object is a record of traffic itself: `src_ip` and `dest_ip`, `source.ip` and `destination.ip`.
fn names_both_ends(object: &Map<String, Value>) -> bool {
    let has = |words: [&str; 2]| {
        object.iter().any(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let address = match value {
                Value::Object(inner) => inner.get("ip").or_else(|| inner.get("address")),
                value => Some(value),
            };
            words.iter().any(|word| name.starts_with(word))
                && address
                    .and_then(Value::as_str)
                    .is_some_and(|text| start::n_addresses(text.as_bytes(), 1) > 0)
        })
    };
    has(["src", "source"]) && has(["dst", "dest"])
}

/// A text; also one that stands alone in a list, or that the journal prints as a list of bytes.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => match values.as_slice() {
            [Value::String(text)] => Some(text.clone()),
            [] => None,
            bytes => {
                let bytes: Option<Vec<u8>> = bytes
                    .iter()
                    .map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok()))
                    .collect();
                Some(String::from_utf8_lossy(&bytes?).into_owned())
            }
        },
        _ => None,
    }
}

/// A line, the lines of an inner envelope, or several lines in one text. False when it is no line of a log.
fn give(text: &str, wrapping: &Wrapping, nested: u8, each: &mut dyn FnMut(&[u8])) -> bool {
    let text = text.trim();
    if text.starts_with('{') {
        let inner = first_value(text.as_bytes());
        if let Some(inner) = inner.filter(|_| nested < MAX_NESTED)
            && walk(&inner, wrapping, 0, nested + 1, each)
        {
            return true;
        }
        let is_record = start::n_addresses(text.as_bytes(), 2) == 2;
        if is_record {
            each(text.replace(['\n', '\r'], " ").as_bytes());
        }
        return is_record;
    }
    if !is_log(text.as_bytes()) {
        return false;
    }
    // A further line that begins as the first one is a record; another one belongs to the line before.
    let kind = start::of(text.as_bytes());
    let mut record = String::new();
    for line in text.lines() {
        if !record.is_empty() && kind.is_some() && start::of(line.as_bytes()) == kind {
            each(wrapping.around(&record).as_bytes());
            record.clear();
        }
        if !record.is_empty() {
            record.push(' ');
        }
        record.push_str(line.trim_end());
    }
    each(wrapping.around(&record).as_bytes());
    true
}

fn is_log(text: &[u8]) -> bool {
    let has_mask = || {
        text.split(|byte| matches!(byte, b' ' | b':' | b'/' | b'='))
            .any(start::is_masked)
    };
    start::of(text).is_some() || start::n_addresses(text, 1) > 0 || has_mask()
}

impl Wrapping {
    /// The line, with a header if it has no time of its own.
    fn around(&self, line: &str) -> String {
        match &self.time {
            Some(time) if is_timeless(line.as_bytes()) => {
                let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".into());
                format!(
                    "1 {time} {} {} - - - {line}",
                    name(&self.host),
                    name(&self.program)
                )
            }
            _ => line.into(),
        }
    }
}

/// Rows that begin with a number have their time in a column, if any.
fn is_timeless(line: &[u8]) -> bool {
    let record = header::split(line, &Clock::default());
    let body = record.body;
    let has = |name: &[u8]| find(body, name).is_some();
    record.head.stamp.is_missing()
        && body
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'%' | b'[' | b'<'))
        && !matches!(
            start::of(body),
            Some(Start::DateKey | Start::Syslog | Start::Iso)
        )
        && !has(b"time=")
        && !has(b"date=")
        && !has(b"rt=")
}

/// A time in one word, as syslog writes it: from ISO notation, or from seconds to nanoseconds since 1970.
fn moment(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        value => text_of(value)?,
    };
    if text.as_bytes().get(4) == Some(&b'-') {
        let text = text.replacen(' ', "T", 1);
        return time::iso(text.as_bytes())
            .filter(|(_, used)| *used == text.len())
            .map(|_| text);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let number: i64 = whole.parse().ok()?;
    let unit = match whole.len() {
        9..=10 => 1_000_000_000,
        13 => 1_000_000,
        16 => 1000,
        19 => 1,
        _ => return None,
    };
    let nanos = i128::from(number) * unit + fraction_nanos(fraction);
    let (seconds, micros) = (
        nanos.div_euclid(1_000_000_000),
        nanos.rem_euclid(1_000_000_000) / 1000,
    );
    let (year, month, day) = civil_from_days((seconds / 86_400) as i64);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z"
    ))
}

fn fraction_nanos(digits: &str) -> i128 {
    let mut nanos = 0;
    for at in 0..9 {
        let digit = digits
            .as_bytes()
            .get(at)
            .map_or(0, |byte| byte.wrapping_sub(b'0'));
        nanos = nanos * 10 + i128::from(digit.min(9));
    }
    nanos
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut lines = Vec::new();
        let is_envelope = parts(text.as_bytes(), &mut |line| {
            lines.push(String::from_utf8_lossy(line).into_owned());
        });
        assert_eq!(lines, expected, "{text}");
        assert_eq!(is_envelope, !expected.is_empty());
    }

    const ASA: &str = "<134>Feb 19 10:15:02 fw1 : %ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags ACK  on interface inside";
    const DROP: &str =
        "DROP IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.10 PROTO=TCP SPT=51022 DPT=25";

    #[test]
    fn lines_come_out_of_every_envelope() {
        for envelope in [
            r#"{"_index":"x","_source":{"@timestamp":"2024-02-19T10:15:03Z","host":{"name":"a"},"message":"LINE"}}"#,
            r#"{"event":{"original":"LINE","action":"deny"},"source":{"ip":"10.0.0.11"},"destination":{"ip":"198.51.100.23"},"message":"denied"}"#,
            r#"{"fields":{"message":["LINE"]}}"#,
            r#"{"preview":false,"result":{"_raw":"LINE","host":"fw1"}}"#,
            r#"{"log":"LINE\n","stream":"stdout","time":"2024-02-19T10:15:02.1Z"}"#,
            r#"{"@timestamp":"2024-02-19 10:15:02.000","@message":"LINE"},"#,
            r#"[{"message":"LINE"},"#,
        ] {
            check(&envelope.replace("LINE", ASA), &[ASA]);
        }
        let events = r#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","timestamp":1708337702107,"message":"LINE"},{"id":"2","timestamp":1708337702107,"message":"LINE"}]}"#;
        check(&events.replace("LINE", ASA), &[ASA, ASA]);
        let inner = format!(
            "{{\"message\":{}}}",
            Value::String(format!("{{\"log\":\"{ASA}\"}}"))
        );
        check(&inner, &[ASA]);
        let record = r#"{"src_ip":"10.0.0.1","dest_ip":"10.0.0.2"}"#;
        check(
            &format!("{{\"message\":{}}}", Value::String(record.into())),
            &[record],
        );
    }

    #[test]
    fn a_line_without_a_time_gets_that_of_its_envelope() {
        let expected = format!("1 2024-02-19T10:15:02.107000Z fw1 kernel - - - {DROP}");
        for times in [
            r#""__REALTIME_TIMESTAMP":"1708337702107000""#,
            r#""timestamp":1708337702107"#,
            r#""time":1708337702.107"#,
        ] {
            let journal = format!(
                r#"{{{times},"_HOSTNAME":"fw1","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"{DROP}"}}"#
            );
            check(&journal, &[&expected]);
        }
        let bytes: Vec<String> = DROP.bytes().map(|byte| byte.to_string()).collect();
        check(&format!(r#"{{"MESSAGE":[{}]}}"#, bytes.join(",")), &[DROP]);
    }

    #[test]
    fn what_is_no_envelope_stays() {
        for text in [
            "{",
            "[1]",
            "{}",
            "{\"message\":\"hello\"}",
            r#"{"message":"session opened to 192.0.2.1","src_ip":"10.0.0.1","dst_ip":"10.0.0.2"}"#,
            r#"{"source":{"ip":"10.0.0.11"},"destination":{"ip":"203.0.113.45"},"message":"denied 10.0.0.11"}"#,
        ] {
            check(text, &[]);
        }
    }
}
