//! Transport headers: what syslog daemons, relays, journald and container runtimes put before a record.
//!
//! Shapes   `<134>Feb 19 10:15:02 fw1 kernel: [12.5] …` · `<134>1 2024-02-19T10:15:02Z fw1 app 12 - - …` ·
//!          `<189>000123: fw1: *Feb 19 10:15:02.107: %…` · `2024-02-19T10:15:02.1Z stdout F …` · two of them in a row
//! Quirks   A date alone is no header: rows of tables begin with one. An ISO date counts only when a program
//!          name, or something that certainly begins a record, follows.
//! Speed    A line without a header is let go after a look at its first few bytes.

use super::record::{Clock, Head, Record};
use super::time;
use crate::engine::model::{Host, Stamp};

/// A relay may wrap what another relay wrapped; more than this is no log.
const MAX_NESTED: usize = 3;
/// Host and program names are shorter than this.
const MAX_NAME: usize = 128;

/// The record of `text`: its header mined for time, host and program, its body what follows.
pub fn split<'a>(text: &'a [u8], clock: &Clock) -> Record<'a> {
    if !may_start_header(text) {
        return Record::plain(text);
    }
    let mut record = Record::plain(text);
    for _ in 0..MAX_NESTED {
        let Some((head, body)) = one_header(record.body, *clock) else {
            break;
        };
        if head.stamp.is_missing()
            && head.host.is_empty()
            && head.tag.is_empty()
            && body.len() == record.body.len()
        {
            break;
        }
        record = Record {
            text,
            body,
            head: nest(record.head, head),
        };
        if !may_start_header(body) {
            break;
        }
    }
    record
}

/// The inner header is nearer to the device; its time counts only if it is better known than the outer one.
fn nest<'a>(outer: Head<'a>, inner: Head<'a>) -> Head<'a> {
    let rank = |stamp: Stamp| (stamp.quality, stamp.resolution_us);
    Head {
        stamp: if rank(inner.stamp) < rank(outer.stamp) {
            inner.stamp
        } else {
            outer.stamp
        },
        host: if inner.host.is_empty() {
            outer.host
        } else {
            inner.host
        },
        tag: if inner.tag.is_empty() {
            outer.tag
        } else {
            inner.tag
        },
    }
}

/// Decides on a few bytes, because nearly every line of a large log is asked.
#[inline]
fn may_start_header(text: &[u8]) -> bool {
    let Some(&[a, b, c, d, e, f]) = text.first_chunk::<6>() else {
        return false;
    };
    match a {
        b'<' | b'*' | b':' | b' ' => true,
        b'.' => b.is_ascii_uppercase(),
        b'[' => {
            b == b' ' || b.is_ascii_digit() || (b.is_ascii_uppercase() && c.is_ascii_lowercase())
        }
        b'0'..=b'9' => {
            // `2024-02-19T…`, `2024:02:19-…`, `1 2024-…` (RFC 5424 without its priority), `000123: `.
            (b.is_ascii_digit()
                && c.is_ascii_digit()
                && d.is_ascii_digit()
                && matches!(e, b'-' | b'/' | b':')
                && f.is_ascii_digit())
                || (a == b'1' && b == b' ' && c == b'2')
                || sequence(text).is_some()
                || counted(text).is_some()
        }
        b'A'..=b'Z'
            if matches!(d, b' ' | b',') && b.is_ascii_lowercase() && c.is_ascii_lowercase() =>
        {
            true
        }
        b'a'..=b'z' | b'A'..=b'Z' => {
            !matches!((d, e, f), (b'=', _, _) | (_, b'=', _) | (_, _, b'=')) && names_program(text)
        }
        _ => false,
    }
}

/// `kernel: …`, `fw1 kernel: …`, `ulogd[12]: …`, `kern.warn kernel: …`: a program name without any time.
fn names_program(text: &[u8]) -> bool {
    let first = word(text);
    if facility(first) || program(first) {
        return true;
    }
    first.len() < MAX_NAME && host_name(first) && program(word(after_word(text, first)))
}

fn one_header(text: &[u8], clock: Clock) -> Option<(Head<'_>, &[u8])> {
    let rest = text.trim_ascii_start();
    let mut rest = counted(rest).unwrap_or(rest);
    let mut strong = false;
    if let Some(after) = priority(rest) {
        rest = after.trim_ascii_start();
        strong = true;
        if rest.first() == Some(&b'<') {
            return Some((Head::default(), rest));
        }
        // Cisco's `emblem`: `<166>:Feb 19 10:15:02 UTC: %FTD-6-…`.
        if let [b':', b'A'..=b'Z' | b'0'..=b'9', ..] = rest {
            rest = &rest[1..];
        }
    }
    if let Some(found) = rfc5424(rest, strong) {
        return Some(found);
    }
    // Cisco: a sequence number, perhaps the name of the device, then a time marked when the clock is not set.
    if let Some(after) = sequence(rest) {
        rest = after;
        strong = true;
        let name = word(rest);
        if let Some(host) = name.strip_suffix(b":").filter(|host| host_name(host)) {
            let after = after_word(rest, name);
            if cisco_time(after, clock).is_some() {
                let (stamp, body) = cisco_time(after, clock)?;
                return Some((
                    Head {
                        stamp,
                        host,
                        tag: b"",
                    },
                    body,
                ));
            }
        }
    }
    if (strong || matches!(rest.first(), Some(b'*' | b'.')))
        && let Some((stamp, body)) = cisco_time(rest, clock)
    {
        return Some((
            Head {
                stamp,
                host: b"",
                tag: b"",
            },
            body,
        ));
    }
    match rest.first()? {
        b'[' => bracketed(rest, clock),
        // Rows of the commonest table, let go before their time is read.
        b'0'..=b'9' if !strong && rest.get(19) == Some(&b' ') && is_decision(word(&rest[20..])) => {
            None
        }
        b'0'..=b'9' => {
            let (stamp, used) = time::iso(rest).or_else(|| time::named_month(rest))?;
            after_iso(&rest[used..], stamp, strong)
        }
        b'A'..=b'Z' => match time::syslog(rest, &clock) {
            Some((stamp, used)) => Some(after_syslog(&rest[used..], stamp)),
            None => unstamped(rest, strong),
        },
        b':' => rest
            .strip_prefix(b": ")
            .map(|body| (Head::default(), body.trim_ascii_start())),
        _ => unstamped(rest, strong),
    }
}

/// `<134>`: what follows it.
fn priority(text: &[u8]) -> Option<&[u8]> {
    let rest = text.strip_prefix(b"<")?;
    let n_digits = rest
        .iter()
        .take(4)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !(1..=3).contains(&n_digits) {
        return None;
    }
    rest[n_digits..].strip_prefix(b">")
}

/// `4581 <14>1 …`: the length of a message in a stream (RFC 6587), which a relay keeps behind its own header.
#[inline]
fn counted(text: &[u8]) -> Option<&[u8]> {
    let n_digits = text.iter().take(6).take_while(|byte| byte.is_ascii_digit());
    let rest = text[n_digits.count()..].strip_prefix(b" ")?;
    (rest.len() < text.len() - 1 && priority(rest).is_some()).then_some(rest)
}

/// `1 TIME HOST APP PID MSGID SD MSG`. The message id and the structured data stay in the body when they hold
/// the record (some devices send all fields there); data about the transport itself is dropped.
fn rfc5424(text: &[u8], after_priority: bool) -> Option<(Head<'_>, &[u8])> {
    let rest = text.strip_prefix(b"1 ")?;
    let time_word = word(rest);
    let stamp = match time::iso(time_word) {
        Some((stamp, _)) => stamp,
        None if time_word == b"-" && after_priority => Stamp::MISSING,
        // Some devices put seconds since 1970 there, then their name and the record, and stop obeying the RFC.
        None if after_priority => {
            let (stamp, used) = time::epoch(time_word)?;
            if used != time_word.len() {
                return None;
            }
            let rest = after_word(rest, time_word);
            let host = word(rest);
            return Some((
                Head {
                    stamp,
                    host: known(host),
                    tag: b"",
                },
                after_word(rest, host),
            ));
        }
        None => return None,
    };
    let rest = after_word(rest, time_word);
    let host = word(rest);
    let rest = after_word(rest, host);
    if starts_record(rest) {
        return Some((
            Head {
                stamp,
                host: known(host),
                tag: b"",
            },
            rest,
        ));
    }
    let app = word(rest);
    let rest = after_word(rest, app);
    let pid = word(rest);
    let rest = after_word(rest, pid);
    let head = Head {
        stamp,
        host: known(host),
        tag: known(app),
    };
    let message_id = word(rest);
    let from_data = after_word(rest, message_id);
    let body = match from_data.first() {
        Some(b'-') => from_data[1..].trim_ascii_start(),
        Some(b'[') => match skip_transport_data(from_data) {
            after if after.len() < from_data.len() => {
                after.strip_prefix(b"-").unwrap_or(after).trim_ascii_start()
            }
            _ if message_id == b"-" => from_data,
            _ => rest,
        },
        _ => from_data,
    };
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    Some((head, without_uptime(body)))
}

/// Elements of structured data that describe the transport, not the record.
fn skip_transport_data(text: &[u8]) -> &[u8] {
    const TRANSPORT: [&[u8]; 6] = [
        b"[timeQuality ",
        b"[meta ",
        b"[origin ",
        b"[syslog@",
        b"[ns@",
        b"[timeQuality]",
    ];
    let mut rest = text;
    while TRANSPORT.iter().any(|start| rest.starts_with(start)) {
        let Some(end) = memchr::memchr(b']', rest) else {
            return text;
        };
        rest = &rest[end + 1..];
    }
    rest.trim_ascii_start()
}

/// `000123: `: at least two digits, so that `1: ` of a numbered paste is not eaten as anything but numbering.
#[inline]
fn sequence(text: &[u8]) -> Option<&[u8]> {
    let n_digits = text
        .iter()
        .take(11)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !(2..=10).contains(&n_digits) {
        return None;
    }
    let rest = text[n_digits..].strip_prefix(b": ")?;
    Some(rest.trim_ascii_start())
}

/// `*Feb 19 10:15:02.107: %…`: the time, and the record after the colon.
fn cisco_time(text: &[u8], clock: Clock) -> Option<(Stamp, &[u8])> {
    let bare = match text.first()? {
        b'*' | b'.' => &text[1..],
        _ => text,
    };
    let (stamp, used) = time::syslog(bare, &clock)?;
    let rest = bare[used..].trim_ascii_start().strip_prefix(b":")?;
    let rest = rest.trim_ascii_start();
    rest.starts_with(b"%").then_some((stamp, rest))
}

/// `[123.456] IN=…` of the kernel's ring buffer, or `[Mon Feb 19 10:15:02 2024] …` with its times made readable.
fn bracketed(text: &[u8], clock: Clock) -> Option<(Head<'_>, &[u8])> {
    let (stamp, rest) = if let Some((stamp, used)) = time::uptime(text) {
        (stamp, &text[used..])
    } else {
        let (stamp, used) = time::syslog(&text[1..], &clock)?;
        (stamp, text[1 + used..].strip_prefix(b"]")?)
    };
    let rest = rest.trim_ascii_start();
    // The journal's short-monotonic form goes on with host and program.
    if names_program(rest) {
        let (head, body) = unstamped(rest, false)?;
        return Some((Head { stamp, ..head }, body));
    }
    Some((
        Head {
            stamp,
            ..Head::default()
        },
        rest,
    ))
}

/// What follows an ISO stamp decides whether it was a header.
fn after_iso(text: &[u8], stamp: Stamp, strong: bool) -> Option<(Head<'_>, &[u8])> {
    let rest = match text.first() {
        Some(b' ') => text.trim_ascii_start(),
        Some(b':') => {
            return Some((
                Head {
                    stamp,
                    ..Head::default()
                },
                text[1..].trim_ascii_start(),
            ));
        }
        _ => return None,
    };
    if let Some(body) = container_stream(rest) {
        return Some((
            Head {
                stamp,
                ..Head::default()
            },
            without_uptime(body),
        ));
    }
    let (head, body) = names_and_body(rest, stamp);
    let follows_program = !head.tag.is_empty() || body.starts_with(b"%");
    let certain = strong || follows_program || starts_record(body) || may_start_header(body);
    certain.then_some((head, body))
}

/// `stdout F …` of container runtimes.
fn container_stream(text: &[u8]) -> Option<&[u8]> {
    let rest = text
        .strip_prefix(b"stdout ")
        .or_else(|| text.strip_prefix(b"stderr "))?;
    rest.strip_prefix(b"F ")
        .or_else(|| rest.strip_prefix(b"P "))
}

fn after_syslog(text: &[u8], stamp: Stamp) -> (Head<'_>, &[u8]) {
    let rest = text.trim_ascii_start();
    match rest.strip_prefix(b":") {
        Some(body) => (
            Head {
                stamp,
                ..Head::default()
            },
            body.trim_ascii_start(),
        ),
        None => names_and_body(rest, stamp),
    }
}

/// No time, but a priority, a facility or a program name.
fn unstamped(text: &[u8], strong: bool) -> Option<(Head<'_>, &[u8])> {
    if strong || names_program(text) {
        return Some(if starts_record(text) {
            (Head::default(), text)
        } else {
            names_and_body(text, Stamp::MISSING)
        });
    }
    None
}

/// `host tag[pid]: body` with every part optional.
fn names_and_body(text: &[u8], stamp: Stamp) -> (Head<'_>, &[u8]) {
    let mut head = Head {
        stamp,
        ..Head::default()
    };
    let mut rest = text;
    if starts_record(rest) || may_start_stamp(rest) {
        return (head, rest);
    }
    let first = word(rest);
    if !program(first) && !facility(first) && !ends_tag(first) {
        let after = after_word(rest, first);
        if !host_name(first) || is_column(first, after) {
            return (head, without_uptime(rest));
        }
        head.host = first;
        rest = after;
        if may_start_stamp(rest) {
            return (head, rest);
        }
    } else if let Some(name) = first.strip_suffix(b":").filter(|_| !program(first)) {
        // `fw1: %…`: the name before a record that names its program itself is the device.
        let after = after_word(rest, first);
        if after.starts_with(b"%") {
            head.host = name;
            return (head, after);
        }
    }
    if facility(word(rest)) {
        rest = after_word(rest, word(rest));
    }
    rest = rest
        .strip_prefix(b": ")
        .map_or(rest, <[u8]>::trim_ascii_start);
    if !starts_record(rest) {
        rest = skip_second_time(rest);
        let tag = word(rest);
        let after = after_word(rest, tag);
        if program(tag) || (ends_tag(tag) && !after.starts_with(b"IN=")) {
            head.tag = tag_name(tag);
            rest = after;
        }
    }
    if let Some((uptime, used)) = time::uptime(rest) {
        if head.stamp.is_missing() {
            head.stamp = uptime;
        }
        rest = rest[used..].trim_ascii_start();
    }
    (head, rest)
}

/// `serial (2024-02-19T10:15:02) program:`: some devices repeat the time in brackets before the program.
fn skip_second_time(text: &[u8]) -> &[u8] {
    let first = word(text);
    for candidate in [text, after_word(text, first)] {
        if let Some(inner) = candidate.strip_prefix(b"(")
            && let Some((_, used)) = time::iso(inner)
            && let Some(rest) = inner[used..].strip_prefix(b") ")
        {
            return rest.trim_ascii_start();
        }
    }
    text
}

/// A word that tables have in their column of decisions or protocols.
fn is_decision(word: &[u8]) -> bool {
    const WORDS: [&[u8]; 12] = [
        b"ALLOW", b"DROP", b"DENY", b"ACCEPT", b"REJECT", b"BLOCK", b"PASS", b"PERMIT", b"TCP",
        b"UDP", b"ICMP", b"OPEN",
    ];
    (3..=6).contains(&word.len()) && WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// The first two words are columns of a table (addresses, ports, actions), not a host and a message.
fn is_column(first: &[u8], after: &[u8]) -> bool {
    if is_decision(first) || first == b"last" {
        return true;
    }
    let next = word(after);
    Host::parse(first).is_some()
        && counted(after).is_none()
        && (Host::parse(next).is_some()
            || (!next.is_empty() && next.iter().all(u8::is_ascii_digit)))
}

/// Something that certainly begins a record: `%…`, `{`, `name=value`, a tagged format, a list of topics.
fn starts_record(text: &[u8]) -> bool {
    match text.first() {
        Some(b'%' | b'{' | b'"') => true,
        Some(b'<') => priority(text).is_some(),
        Some(b'0'..=b'9') => {
            let n_digits = text
                .iter()
                .take(4)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            text.get(n_digits) == Some(&b',')
        }
        Some(byte) if byte.is_ascii_alphabetic() => {
            let n_name = text
                .iter()
                .take(MAX_NAME)
                .take_while(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
                })
                .count();
            match text.get(n_name) {
                Some(b'=') => true,
                Some(b':') => text.starts_with(b"CEF:") || text.starts_with(b"LEEF:"),
                // `firewall,info …`
                Some(b',') => {
                    text.get(n_name + 1).is_some_and(u8::is_ascii_lowercase)
                        && !word(text).ends_with(b":")
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// A second stamp follows the first at once.
fn may_start_stamp(text: &[u8]) -> bool {
    match text.first() {
        Some(b'*') => true,
        Some(b'0'..=b'9') => {
            time::iso(text).is_some() || sequence(text).is_some() || counted(text).is_some()
        }
        Some(b'A'..=b'Z') => time::syslog(text, &Clock::default()).is_some(),
        _ => false,
    }
}

/// `kernel:`, `ulogd[12]:`, `filterlog[3]:`: names that need no time before them to be believed.
fn program(word: &[u8]) -> bool {
    let Some(name) = word.strip_suffix(b":") else {
        return false;
    };
    match memchr::memchr(b'[', name) {
        Some(at) => {
            at > 0
                && name.ends_with(b"]")
                && name[at + 1..name.len() - 1].iter().all(u8::is_ascii_digit)
                && name.len() > at + 2
        }
        None => matches!(name, b"kernel" | b"filterlog" | b"ulogd" | b"pf"),
    }
}

/// `name:` as the end of a header. `a:b:c:` and addresses are not.
fn ends_tag(word: &[u8]) -> bool {
    word.strip_suffix(b":").is_some_and(|name| {
        !name.is_empty()
            && name.len() < MAX_NAME
            && name.iter().all(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(
                        byte,
                        b'_' | b'-' | b'.' | b'/' | b'[' | b']' | b'(' | b')' | b'@'
                    )
            })
    })
}

fn tag_name(word: &[u8]) -> &[u8] {
    let name = word.strip_suffix(b":").unwrap_or(word);
    match memchr::memchr2(b'[', b'(', name) {
        Some(at) if at > 0 => &name[..at],
        _ => name,
    }
}

/// `kern.warn`, `user.info`, `local0.notice`.
fn facility(word: &[u8]) -> bool {
    const FACILITIES: [&[u8]; 13] = [
        b"kern",
        b"user",
        b"mail",
        b"daemon",
        b"auth",
        b"authpriv",
        b"syslog",
        b"lpr",
        b"news",
        b"uucp",
        b"cron",
        b"ftp",
        b"security",
    ];
    const LEVELS: [&[u8]; 13] = [
        b"emerg", b"panic", b"alert", b"crit", b"err", b"error", b"warn", b"warning", b"notice",
        b"info", b"debug", b"none", b"notif",
    ];
    let Some(dot) = memchr::memchr(b'.', word) else {
        return false;
    };
    let (name, level) = (&word[..dot], &word[dot + 1..]);
    let level = level.strip_suffix(b":").unwrap_or(level);
    let is_local = name
        .strip_prefix(b"local")
        .is_some_and(|n| n.len() == 1 && n[0].is_ascii_digit());
    LEVELS.iter().any(|known| known.eq_ignore_ascii_case(level))
        && (is_local
            || FACILITIES
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name)))
}

/// Letters, digits, and what hosts and addresses are written with.
fn host_name(word: &[u8]) -> bool {
    !word.is_empty()
        && word.len() < MAX_NAME
        && word.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%' | b'/' | b'@' | b'[' | b']')
                || *byte >= 0x80
        })
        && word.iter().any(u8::is_ascii_alphanumeric)
        && word.last() != Some(&b']')
        // `10.0.0.11:443` is an end of a connection, `fe80::1` is a host.
        && (memchr::memchr(b':', word).is_none() || Host::parse(word).is_some() || word.last() == Some(&b':'))
}

fn without_uptime(text: &[u8]) -> &[u8] {
    time::uptime(text).map_or(text, |(_, used)| text[used..].trim_ascii_start())
}

/// RFC 5424's `-` stands for nothing.
fn known(word: &[u8]) -> &[u8] {
    if word == b"-" { b"" } else { word }
}

fn word(text: &[u8]) -> &[u8] {
    let limit = text.len().min(MAX_NAME + 1);
    match memchr::memchr(b' ', &text[..limit]) {
        Some(end) => &text[..end],
        None => &text[..limit],
    }
}

fn after_word<'a>(text: &'a [u8], word: &[u8]) -> &'a [u8] {
    text.get(word.len()..)
        .unwrap_or_default()
        .trim_ascii_start()
}

#[cfg(test)]
mod tests;
