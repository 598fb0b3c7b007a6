//! From text to a filter. What cannot be read is a sentence with its position.

use super::values::{address, values};
use super::{End, Filter, HostMatch, KEYS, Range, Term, Test};
use crate::engine::model::Host;
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
pub struct Piece {
    pub position: usize,
    pub text: String,
    pub is_quoted: bool,
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

/// The word of `words` that a slip of the fingers may have meant.
pub fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
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
