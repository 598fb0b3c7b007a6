//! From text to a filter. What cannot be read is a sentence with its position.

use super::moment::When;
use super::words::verdict_words;
use super::{
    CountKey, End, Filter, HostMatch, HostPart, IdKey, KEYS, NameKey, Range, ServiceMatch, Term,
    Test,
};
use crate::engine::dataset::{Cause, Direction, Outcome, Verdict};
use crate::engine::model::{Host, ports, proto};
use crate::engine::summary::wire::BANDS;
use ipnet::IpNet;
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// Letters before the fault, plus one.
    pub position: usize,
    /// What is wrong and what would be right.
    pub text: String,
}

impl FilterError {
    pub fn new(position: usize, text: String) -> FilterError {
        FilterError { position, text }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "at letter {}: {}", self.position, self.text)
    }
}

impl std::error::Error for FilterError {}

/// Words that people try first.
const ALIASES: &[(&str, &str)] = &[
    ("direction", "dir"),
    ("ip", "host"),
    ("addr", "host"),
    ("initiator", "client"),
    ("responder", "server"),
    ("source", "src"),
    ("from", "src"),
    ("destination", "dst"),
    ("to", "dst"),
    ("protocol", "proto"),
    ("policy", "rule"),
    ("firewall", "device"),
    ("size", "bytes"),
    ("band", "sure"),
    ("result", "outcome"),
    ("svc", "service"),
];

pub fn filter(text: &str) -> Result<Filter, FilterError> {
    let tokens = tokens(text)?;
    Ok(Filter {
        terms: tokens
            .into_iter()
            .map(term)
            .collect::<Result<Vec<Term>, FilterError>>()?,
    })
}

/// One blank-separated part.
struct Token {
    position: usize,
    is_negated: bool,
    /// Pieces between commas.
    pieces: Vec<Piece>,
    has_quotes: bool,
}

#[derive(Clone)]
struct Piece {
    position: usize,
    text: String,
    is_quoted: bool,
}

fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut letters = text
        .chars()
        .enumerate()
        .map(|(at, letter)| (at + 1, letter))
        .peekable();
    while let Some((position, letter)) = letters.next_if(|_| true) {
        if letter.is_whitespace() {
            continue;
        }
        let is_negated = letter == '-'
            && letters
                .peek()
                .is_some_and(|(_, next)| !next.is_whitespace());
        let mut piece = Piece {
            position,
            text: String::new(),
            is_quoted: false,
        };
        let mut token = Token {
            position,
            is_negated,
            pieces: Vec::new(),
            has_quotes: false,
        };
        let mut current = if is_negated {
            letters.next()
        } else {
            Some((position, letter))
        };
        if is_negated {
            piece.position += 1;
        }
        while let Some((at, letter)) = current {
            match letter {
                _ if letter.is_whitespace() => break,
                '"' => {
                    token.has_quotes = true;
                    piece.is_quoted = true;
                    loop {
                        match letters.next() {
                            Some((_, '"')) => break,
                            Some((_, '\\')) => {
                                piece.text.extend(letters.next().map(|(_, letter)| letter));
                            }
                            Some((_, letter)) => piece.text.push(letter),
                            None => {
                                return Err(FilterError::new(
                                    at,
                                    "this quote mark does not close".into(),
                                ));
                            }
                        }
                    }
                }
                ',' => {
                    let next = Piece {
                        position: at + 1,
                        text: String::new(),
                        is_quoted: false,
                    };
                    token.pieces.push(std::mem::replace(&mut piece, next));
                }
                other => piece.text.push(other),
            }
            current = letters.next();
        }
        token.pieces.push(piece);
        tokens.push(token);
    }
    Ok(tokens)
}

fn term(mut token: Token) -> Result<Term, FilterError> {
    let is_negated = token.is_negated;
    let term = |test| Term { is_negated, test };
    let whole = token
        .pieces
        .iter()
        .map(|piece| piece.text.as_str())
        .collect::<Vec<&str>>()
        .join(",");
    let starts_quoted = token.has_quotes && !token.pieces[0].text.contains(':');
    let head: String = token.pieces[0]
        .text
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    let is_keyed =
        !head.is_empty() && token.pieces[0].text[head.len()..].starts_with(':') && !starts_quoted;
    if is_keyed {
        if let Some(key) = key(&head) {
            let first = &mut token.pieces[0];
            first.text.drain(..=head.len());
            first.position += head.len() + 1;
            token
                .pieces
                .retain(|piece| piece.is_quoted || !piece.text.is_empty());
            if token.pieces.is_empty() {
                return Err(FilterError::new(
                    token.position,
                    format!("“{head}:” needs a value, as in {}", example(key)),
                ));
            }
            return values(key, &token.pieces).map(term);
        }
        if Host::parse(whole.as_bytes()).is_none()
            && whole.parse::<IpNet>().is_err()
            && !token.has_quotes
        {
            let names = KEYS.iter().map(|(name, _)| *name);
            let hint = nearest(&head, names.clone()).map_or_else(
                || {
                    format!(
                        "filters are {}; put quotes around plain text",
                        names.collect::<Vec<&str>>().join(", ")
                    )
                },
                |near| format!("did you mean “{near}:”?"),
            );
            return Err(FilterError::new(
                token.position,
                format!("there is no filter “{head}:”; {hint}"),
            ));
        }
    }
    if token.has_quotes {
        return Ok(term(Test::Text(whole)));
    }
    let hosts: Result<Vec<HostMatch>, FilterError> = token.pieces.iter().map(address).collect();
    if let Ok(hosts) = hosts {
        return Ok(term(Test::Host(End::Either, hosts)));
    }
    if let Some(port) = whole
        .parse::<u16>()
        .ok()
        .filter(|_| whole.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Ok(term(Test::Port(vec![Range {
            from: u64::from(port),
            to: u64::from(port),
        }])));
    }
    Ok(term(Test::Text(whole)))
}

fn key(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let known = KEYS
        .iter()
        .map(|(name, _)| *name)
        .find(|name| *name == word);
    known.or_else(|| {
        ALIASES
            .iter()
            .find(|(alias, _)| *alias == word)
            .map(|(_, key)| *key)
    })
}

/// A value that fits the key, for messages and suggestions.
pub fn example(key: &str) -> &'static str {
    match key {
        "dir" => "dir:inbound",
        "verdict" => "verdict:orphaned_reply",
        "outcome" => "outcome:blocked",
        "cause" => "cause:idle",
        "sure" => "sure:high,certain",
        "client" => "client:203.0.113.7",
        "server" => "server:10.0.0.5:443",
        "service" => "service:443/tcp",
        "port" => "port:8000..8100",
        "src" => "src:203.0.113.7",
        "dst" => "dst:10.0.0.5",
        "proto" => "proto:udp",
        "rule" => "rule:12",
        "device" => "device:edge-1",
        "format" => "format:fortigate",
        "time" => "time:10:00..10:05",
        "bytes" => "bytes:>1MB",
        "tries" => "tries:>3",
        "lines" => "lines:>10",
        "incident" => "incident:00000000000000a1",
        "session" => "session:00000000000000a1",
        _ => "host:10.0.0.0/8",
    }
}

fn values(key: &str, pieces: &[Piece]) -> Result<Test, FilterError> {
    Ok(match key {
        "dir" => Test::Direction(closed(key, pieces, &Direction::ALL, |value| value.name())?),
        "verdict" => Test::Verdict(each(pieces, verdict)?),
        "outcome" => Test::Outcome(closed(key, pieces, &Outcome::ALL, |value| value.name())?),
        "cause" => Test::Cause(closed(key, pieces, &Cause::ALL, |value| value.name())?),
        "sure" => Test::Band(closed(key, pieces, &BANDS, |value| value.name())?),
        "proto" => Test::Protocol(each(pieces, protocol)?),
        "service" => Test::Service(each(pieces, service)?),
        "host" => Test::Host(End::Either, each(pieces, host)?),
        "client" => Test::Host(End::Client, each(pieces, host)?),
        "server" => Test::Host(End::Server, each(pieces, host)?),
        "src" => Test::Host(End::Source, each(pieces, host)?),
        "dst" => Test::Host(End::Destination, each(pieces, host)?),
        "port" => Test::Port(each(pieces, port)?),
        "rule" => Test::Name(NameKey::Rule, names(pieces)),
        "device" => Test::Name(NameKey::Device, names(pieces)),
        "format" => Test::Name(NameKey::Format, names(pieces)),
        "time" => Test::Time(each(pieces, |piece| {
            When::parse(&piece.text).map_err(|reason| FilterError::new(piece.position, reason))
        })?),
        "bytes" => Test::Count(CountKey::Bytes, each(pieces, |piece| range(piece, size))?),
        "tries" => Test::Count(CountKey::Tries, each(pieces, |piece| range(piece, count))?),
        "lines" => Test::Count(CountKey::Lines, each(pieces, |piece| range(piece, count))?),
        "incident" => Test::Id(IdKey::Incident, each(pieces, id)?),
        _ => Test::Id(IdKey::Session, each(pieces, id)?),
    })
}

fn each<T>(
    pieces: &[Piece],
    read: impl Fn(&Piece) -> Result<T, FilterError>,
) -> Result<Vec<T>, FilterError> {
    pieces.iter().map(read).collect()
}

fn names(pieces: &[Piece]) -> Vec<String> {
    pieces
        .iter()
        .map(|piece| piece.text.to_lowercase())
        .collect()
}

fn wrong<T>(piece: &Piece, what: &str) -> Result<T, FilterError> {
    Err(FilterError::new(
        piece.position,
        format!("“{}” is {what}", piece.text),
    ))
}

/// Values of a closed set, by name; `-` and blanks count as `_`.
fn closed<T: Copy>(
    key: &str,
    pieces: &[Piece],
    all: &[T],
    name: impl Fn(&T) -> &'static str,
) -> Result<Vec<T>, FilterError> {
    each(pieces, |piece| {
        let word = piece.text.to_ascii_lowercase().replace(['-', ' '], "_");
        if let Some(value) = all.iter().find(|value| name(value) == word) {
            return Ok(*value);
        }
        let names: Vec<&str> = all.iter().map(&name).collect();
        let hint = nearest(&word, names.iter().copied()).map_or_else(
            || format!("they are {}", names.join(", ")),
            |near| format!("did you mean “{near}”?"),
        );
        wrong(piece, &format!("no value of {key}; {hint}"))
    })
}

/// `orphaned_reply`, `V01`, `v1`, or the words of a chip.
fn verdict(piece: &Piece) -> Result<Verdict, FilterError> {
    let word = piece.text.to_ascii_lowercase();
    let number = word
        .strip_prefix('v')
        .and_then(|digits| digits.parse::<usize>().ok());
    if let Some(verdict) = number.and_then(|number| Verdict::ALL.get(number.checked_sub(1)?)) {
        return Ok(*verdict);
    }
    if let Some(verdict) = Verdict::ALL
        .iter()
        .find(|verdict| verdict_words(**verdict) == word)
    {
        return Ok(*verdict);
    }
    let list = closed(
        "verdict",
        std::slice::from_ref(piece),
        &Verdict::ALL,
        |value| value.name(),
    )?;
    list.first()
        .copied()
        .map_or_else(|| wrong(piece, "no verdict"), Ok)
}

fn protocol(piece: &Piece) -> Result<u8, FilterError> {
    if piece.text.eq_ignore_ascii_case("unknown") {
        return Ok(proto::UNKNOWN);
    }
    proto::parse(piece.text.as_bytes()).map_or_else(
        || wrong(piece, "no protocol; write tcp, udp, icmp or a number"),
        Ok,
    )
}

/// `443`, `https`, `443/tcp`, `tcp`.
fn service(piece: &Piece) -> Result<ServiceMatch, FilterError> {
    let (left, right) = piece
        .text
        .split_once('/')
        .map_or((piece.text.as_str(), None), |(left, right)| {
            (left, Some(right))
        });
    let part = |text: &str| Piece {
        text: text.into(),
        ..piece.clone()
    };
    let number = right.map(|right| protocol(&part(right))).transpose()?;
    if number.is_none()
        && !left.bytes().all(|byte| byte.is_ascii_digit())
        && let Some(number) = proto::parse(left.as_bytes())
    {
        return Ok(ServiceMatch {
            port: None,
            proto: Some(number),
        });
    }
    Ok(ServiceMatch {
        port: Some(port(&part(left))?),
        proto: number,
    })
}

/// `443`, `https`, `8000..8100`, `8000-8100`, `>1023`.
fn port(piece: &Piece) -> Result<Range, FilterError> {
    if let Some(port) = ports::by_name(&piece.text) {
        return Ok(Range {
            from: u64::from(port),
            to: u64::from(port),
        });
    }
    let text = piece.text.replacen('-', "..", 1);
    let read = |text: &str| text.parse::<u16>().ok().map(u64::from);
    let range = range(
        &Piece {
            text,
            ..piece.clone()
        },
        read,
    )
    .or_else(|error| {
        if error.text.contains("ends before") {
            Err(error)
        } else {
            wrong(piece, "no port; write 443, https or 8000..8100")
        }
    })?;
    Ok(Range {
        from: range.from,
        to: range.to.min(65535),
    })
}

fn count(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// `1500`, `1MB`, `1.5 MB` without the blank, `4KiB`.
fn size(text: &str) -> Option<u64> {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    if fraction.is_empty() {
        return Some(whole);
    }
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part = u128::from(fraction.parse::<u64>().ok()?) * u128::from(unit) / u128::from(scale);
    whole.checked_add(u64::try_from(part).ok()?)
}

/// `5`, `3..5`, `3..`, `..5`, `>3`, `>=3`, `<5`, `<=5`.
fn range(piece: &Piece, read: impl Fn(&str) -> Option<u64>) -> Result<Range, FilterError> {
    let text = piece.text.trim();
    let one = |text: &str| {
        read(text).map_or_else(|| wrong(piece, "no number; write 3, 3..5, >3 or <5"), Ok)
    };
    if let Some(rest) = text.strip_prefix(">=") {
        return Ok(Range {
            from: one(rest)?,
            to: u64::MAX,
        });
    }
    if let Some(rest) = text.strip_prefix('>') {
        return Ok(Range {
            from: one(rest)?.saturating_add(1),
            to: u64::MAX,
        });
    }
    if let Some(rest) = text.strip_prefix("<=") {
        return Ok(Range {
            from: 0,
            to: one(rest)?,
        });
    }
    if let Some(rest) = text.strip_prefix('<') {
        let limit = one(rest)?;
        return limit.checked_sub(1).map_or_else(
            || wrong(piece, "below everything"),
            |to| Ok(Range { from: 0, to }),
        );
    }
    let Some((from, to)) = text.split_once("..") else {
        let value = one(text)?;
        return Ok(Range {
            from: value,
            to: value,
        });
    };
    let from = if from.is_empty() { 0 } else { one(from)? };
    let to = if to.is_empty() { u64::MAX } else { one(to)? };
    if from > to {
        return wrong(piece, "a range that ends before it starts");
    }
    Ok(Range { from, to })
}

fn id(piece: &Piece) -> Result<u64, FilterError> {
    let is_id = piece.text.len() <= 16 && piece.text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u64::from_str_radix(&piece.text, 16).ok().filter(|_| is_id);
    number.map_or_else(|| wrong(piece, "no id; it has up to 16 digits 0-9a-f"), Ok)
}

/// An address, network or name with or without a port: `10.0.0.5`, `10.0.0.0/8`, `10.0.*`, `[2001:db8::1]:443`,
/// `:443`, `web-1`.
fn host(piece: &Piece) -> Result<HostMatch, FilterError> {
    if piece.is_quoted {
        return Ok(HostMatch {
            host: HostPart::Name(piece.text.to_lowercase()),
            port: None,
        });
    }
    if let Ok(found) = address(piece) {
        return Ok(found);
    }
    if let Some((name, after)) = piece.text.rsplit_once(':')
        && let Ok(port) = port(&Piece {
            text: after.into(),
            ..piece.clone()
        })
    {
        let host = if name.is_empty() {
            HostPart::Any
        } else {
            HostPart::Name(name.to_lowercase())
        };
        return Ok(HostMatch {
            host,
            port: Some(port),
        });
    }
    if !piece.text.is_empty() && piece.text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(HostMatch {
            host: HostPart::Any,
            port: Some(port(piece)?),
        });
    }
    if piece.text.contains('/')
        && piece
            .text
            .split('/')
            .next()
            .is_some_and(|start| Host::parse(start.as_bytes()).is_some())
    {
        return wrong(
            piece,
            "no network; the number after / is 0 to 32, or to 128 for IPv6",
        );
    }
    Ok(HostMatch {
        host: HostPart::Name(piece.text.to_lowercase()),
        port: None,
    })
}

/// Only what is surely an address or a network.
fn address(piece: &Piece) -> Result<HostMatch, FilterError> {
    let text = piece.text.as_str();
    if let Some(net) = network(text) {
        return Ok(HostMatch {
            host: HostPart::Net(net),
            port: None,
        });
    }
    let parts = match text.strip_prefix('[') {
        Some(rest) => rest.split_once("]:"),
        None if text.matches(':').count() == 1 => text.split_once(':'),
        None => None,
    };
    if let Some((start, after)) = parts
        && let Some(net) = network(start)
    {
        let port = port(&Piece {
            text: after.into(),
            ..piece.clone()
        })?;
        return Ok(HostMatch {
            host: HostPart::Net(net),
            port: Some(port),
        });
    }
    wrong(piece, "no address")
}

fn network(text: &str) -> Option<IpNet> {
    if let Some((start, bits)) = text.split_once('/') {
        let ip = Host::parse(start.as_bytes())?.ip()?;
        return Some(IpNet::new(ip, bits.parse().ok()?).ok()?.trunc());
    }
    if let Some(start) = text.strip_suffix(".*") {
        let start = start.trim_end_matches(".*");
        let n_octets = start.split('.').count();
        let padded = format!("{start}{}", ".0".repeat(4_usize.checked_sub(n_octets)?));
        let ip = Host::parse(padded.as_bytes())?.ip()?;
        return IpNet::new(ip, u8::try_from(n_octets * 8).ok()?).ok();
    }
    Host::parse(text.as_bytes())?.ip().map(IpNet::from)
}

/// The word of `words` that a slip of the fingers may have meant.
fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let limit = 1 + word.len() / 3;
    words
        .map(|known| (slips(word, known), known))
        .filter(|(n, _)| *n <= limit)
        .min()
        .map(|(_, known)| known)
}

/// Levenshtein distance.
fn slips(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in two.iter().enumerate() {
            let next = (diagonal + usize::from(letter != *other))
                .min(row[column] + 1)
                .min(row[column + 1] + 1);
            diagonal = std::mem::replace(&mut row[column + 1], next);
        }
    }
    row[two.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, printed: &str) {
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(filter.to_string(), printed, "{text}");
        assert_eq!(
            Filter::parse(printed),
            Ok(filter),
            "printing {text} and reading it again"
        );
    }

    #[test]
    fn the_example_of_the_page_reads_and_prints() {
        check(
            "dir:inbound verdict:orphaned_reply port:443 host:10.0.0.0/8 -src:203.0.113.7 rule:12 time:10:00..10:05 bytes:>1MB \"no session\"",
            "dir:inbound verdict:orphaned_reply port:443 host:10.0.0.0/8 -src:203.0.113.7 rule:12 time:10:00..10:05 bytes:1000001.. \"no session\"",
        );
    }

    #[test]
    fn values_have_several_spellings_and_one_print() {
        check(
            "verdict:V01,v14",
            "verdict:orphaned_reply,late_datagram_reply",
        );
        check("direction:to-firewall", "dir:to_firewall");
        check("port:https,8000-8100", "port:443,8000..8100");
        check(
            "service:443/tcp service:icmp service:domain",
            "service:443/tcp service:icmp service:53",
        );
        check("host:10.0.*", "host:10.0.0.0/16");
        check("host:10.1.2.3/8", "host:10.0.0.0/8");
        check("server:[2001:db8::1]:443", "server:[2001:db8::1]:443");
        check("client::443", "client::443");
        check("server:web-1:80", "server:web-1:80");
        check("2001:db8::1", "host:2001:db8::1");
        check("10.0.0.1,10.0.0.2", "host:10.0.0.1,10.0.0.2");
        check("443", "port:443");
        check("wan1 \"10.0.0.1\"", "\"wan1\" \"10.0.0.1\"");
        check("rule:\"allow web, all\"", "rule:\"allow web, all\"");
        check("bytes:1.5kB..2MB", "bytes:1500..2MB");
        check("-\"a \\\"b\\\"\"", "-\"a \\\"b\\\"\"");
        check("tries:<=3 lines:10..", "tries:0..3 lines:10..");
        check("incident:1f", "incident:000000000000001f");
    }

    fn fails(text: &str, position: usize, needle: &str) {
        let Err(error) = Filter::parse(text) else {
            panic!("{text} was read")
        };
        assert_eq!(error.position, position, "{text}: {error}");
        assert!(error.text.contains(needle), "{text}: {error}");
    }

    #[test]
    fn a_fault_is_a_sentence_with_its_position() {
        fails("dir:inbund", 5, "did you mean “inbound”");
        fails("port:80 dri:inbound", 9, "did you mean “dir:”");
        fails("port:99999", 6, "no port");
        fails("port:80,x", 9, "no port");
        fails("host:10.0.0.0/33", 6, "no network");
        fails("rule:", 1, "needs a value");
        fails("time:25:00", 6, "no time");
        fails("bytes:many", 7, "no number");
        fails("tries:5..3", 7, "ends before");
        fails("a \"b", 3, "does not close");
        fails("http://x", 1, "quotes around plain text");
        fails("session:xyz", 9, "no id");
    }
}
