//! The words of a line of bare tuples, and what each of them can be.

use super::Tuple;
use crate::engine::format::{Field, Span, plain};
use crate::engine::model::order::Order;
use crate::engine::model::{Action, Flags, Host, Stamp, StampQuality, ports};
use crate::engine::source::Clock;
use crate::engine::source::time::{self, Date, DayOrder};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind<'a> {
    Address {
        text: &'a [u8],
        port: Option<u16>,
    },
    Number(u64),
    Proto(u8),
    Arrow {
        is_left: bool,
    },
    Action,
    Flag,
    Time,
    /// Joins (`from`, `and`, `-`); says nothing.
    Filler,
}

impl Kind<'_> {
    /// Tuples are made of these.
    pub fn is_part(self) -> bool {
        matches!(
            self,
            Kind::Address { .. } | Kind::Number(_) | Kind::Proto(_) | Kind::Arrow { .. }
        )
    }

    pub fn is_port(self) -> bool {
        matches!(self, Kind::Number(number) if number <= 65535)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token<'a> {
    pub kind: Kind<'a>,
    pub start: usize,
    pub end: usize,
}

/// A line of which every word but a few is understood.
pub struct Line<'a> {
    pub tokens: Vec<Token<'a>>,
    pub stamp: Stamp,
    pub action: Option<(Action, &'a [u8])>,
    pub flags: Flags,
    date: Option<Date>,
}

/// One word in so many may be unknown.
const KNOWN_PER_UNKNOWN: usize = 5;
/// A word that names a column in front of its value (`proto`, `port`) joins as well.
const FILLERS: [&[u8]; 58] = [
    b"UTC",
    b"GMT",
    b"CET",
    b"CEST",
    b"all",
    b"policy",
    b"-",
    b"--",
    b"=",
    b":",
    b"from",
    b"to",
    b"on",
    b"port",
    b"ports",
    b"proto",
    b"protocol",
    b"and",
    b"von",
    b"nach",
    b"an",
    b"auf",
    b"und",
    b"de",
    b"vers",
    b"src",
    b"dst",
    b"source",
    b"destination",
    b"ip",
    b"flags",
    b"flag",
    b"packet",
    b"paket",
    b"connection",
    b"by",
    b"firewall",
    b"was",
    b"is",
    b"dest",
    b"dpt",
    b"spt",
    b"sport",
    b"dport",
    b"client",
    b"server",
    b"AM",
    b"PM",
    b"default",
    b"detected",
    b"scan",
    b"scanning",
    b"attack",
    b"attempt",
    b"traffic",
    b"inbound",
    b"outbound",
    b"incoming",
];
const ARROWS: [(&[u8], bool); 12] = [
    (b"<>", false),
    (b"-->", false),
    (b"==>", false),
    (b"->", false),
    (b"=>", false),
    (b">>", false),
    (b">", false),
    (b"<--", true),
    (b"<-", true),
    (b"<=", true),
    ("→".as_bytes(), false),
    ("←".as_bytes(), true),
];

impl<'a> Line<'a> {
    /// `None` when there is more in the line than tuples.
    pub fn read(text: &'a [u8], clock: Clock) -> Option<Line<'a>> {
        if matches!(text.first()?, b'%' | b'{' | b'#' | b'"') {
            return None;
        }
        let mut line = Line {
            tokens: Vec::new(),
            stamp: Stamp::MISSING,
            action: None,
            flags: Flags(0),
            date: None,
        };
        let mut at = 0;
        if let Some((stamp, used)) = time::any(text, &clock, DayOrder::DayFirst) {
            line.stamp = stamp;
            line.tokens.push(Token {
                kind: Kind::Time,
                start: 0,
                end: used,
            });
            at = used;
        }
        let mut n_unknown = 0;
        // A word that may be the name of a machine, when an arrow shows that it stands where an address belongs.
        let mut name: Option<Token<'a>> = None;
        while let Some((start, end)) = next_word(text, at) {
            at = end;
            let word = &text[start..end];
            let is_behind_arrow = matches!(
                line.tokens.last().map(|token| token.kind),
                Some(Kind::Arrow { .. })
            );
            match kind(word) {
                Some(kind @ Kind::Arrow { .. }) => {
                    if let Some(name) = name.take() {
                        let at = line
                            .tokens
                            .iter()
                            .position(|token| token.start > name.start)
                            .unwrap_or(line.tokens.len());
                        line.tokens.insert(at, name);
                        n_unknown -= 1;
                    }
                    line.push(Token { kind, start, end }, text);
                }
                // The port of the name, perhaps.
                Some(kind @ Kind::Number(_)) => line.push(Token { kind, start, end }, text),
                Some(kind) => {
                    name = None;
                    line.push(Token { kind, start, end }, text);
                }
                None => {
                    let (host, port) = plain::split_port(word);
                    let token = Token {
                        kind: Kind::Address { text: host, port },
                        start,
                        end,
                    };
                    if is_behind_arrow {
                        line.push(token, text);
                    } else {
                        name = Some(token);
                        n_unknown += 1;
                    }
                }
            }
        }
        (n_unknown * KNOWN_PER_UNKNOWN <= line.tokens.len()).then_some(line)
    }

    fn push(&mut self, token: Token<'a>, text: &'a [u8]) {
        let word = &text[token.start..token.end];
        match token.kind {
            Kind::Time if self.stamp.is_missing() => self.date_or_time(word),
            Kind::Action if self.action.is_none() => {
                self.action = plain::action(word).map(|action| (action, word));
            }
            Kind::Flag => {
                let word = unbracketed(word);
                self.flags = Flags(self.flags.0 | plain::flags(word).map_or(0, |flags| flags.0));
            }
            _ => {}
        }
        self.tokens.push(token);
    }
}

impl Line<'_> {
    /// Date and time in two words, with something else than a blank between them.
    fn date_or_time(&mut self, word: &[u8]) {
        if let Some((stamp, _)) = time::any(word, &Clock::default(), DayOrder::DayFirst)
            && stamp.quality <= StampQuality::AssumedZone
        {
            self.stamp = stamp;
        } else if let Some((date, _)) = time::date(word, DayOrder::DayFirst) {
            self.date = Some(date);
        } else if let (Some(date), Some((of_day, _))) = (self.date, time::time_of_day(word)) {
            self.stamp = time::stamp(date, of_day, None).unwrap_or(Stamp::MISSING);
        }
    }
}

/// The next run of bytes between blanks, commas, bars and brackets. Arrows stand alone even when glued.
fn next_word(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let is_gap =
        |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'|' | b'(' | b')');
    let start = from + text.get(from..)?.iter().position(|byte| !is_gap(*byte))?;
    if let Some(length) = arrow(&text[start..]).map(|(length, _)| length) {
        return Some((start, start + length));
    }
    let mut end = start + 1;
    while end < text.len() && !is_gap(text[end]) && arrow(&text[end..]).is_none() {
        end += 1;
    }
    Some((start, end))
}

fn arrow(text: &[u8]) -> Option<(usize, bool)> {
    // Asked at every byte of a line, and hardly any of them can begin one.
    if !matches!(text.first()?, b'<' | b'-' | b'=' | b'>' | 0xe2) {
        return None;
    }
    ARROWS
        .iter()
        .find(|(arrow, _)| text.starts_with(arrow))
        .map(|(arrow, is_left)| (arrow.len(), *is_left))
}

/// `[ACK FIN]` is two words, each with one of the brackets.
fn unbracketed(word: &[u8]) -> &[u8] {
    match (word.strip_prefix(b"["), word.strip_suffix(b"]")) {
        (Some(rest), None) | (None, Some(rest)) => rest,
        _ => word,
    }
}

fn kind(word: &[u8]) -> Option<Kind<'_>> {
    if let Some((_, is_left)) = arrow(word) {
        return Some(Kind::Arrow { is_left });
    }
    if let Some(number) = ports::decimal(word) {
        return Some(Kind::Number(number));
    }
    let trimmed = word
        .strip_suffix(b":")
        .or_else(|| word.strip_suffix(b"."))
        .unwrap_or(word);
    let (host, port) = plain::split_port(trimmed);
    if Host::parse(host).is_some() || plain::is_masked(host) {
        return Some(Kind::Address { text: host, port });
    }
    if trimmed.is_empty() {
        return Some(Kind::Filler);
    }
    if FILLERS
        .iter()
        .any(|filler| filler.eq_ignore_ascii_case(trimmed))
    {
        return Some(Kind::Filler);
    }
    if let Some(number) = plain::named_proto(trimmed) {
        return Some(Kind::Proto(number));
    }
    if Flags::from_word(unbracketed(trimmed)).is_some()
        || trimmed.first() == Some(&b'[') && plain::flags(trimmed).is_some()
    {
        return Some(Kind::Flag);
    }
    if plain::action(trimmed).is_some() {
        return Some(Kind::Action);
    }
    if time::any(trimmed, &Clock::default(), DayOrder::DayFirst).is_some()
        || time::date(trimmed, DayOrder::DayFirst).is_some()
    {
        return Some(Kind::Time);
    }
    None
}

pub fn gloss(line: &Line<'_>, tuples: &[Tuple]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut add = |at: usize, name: &str, field: Field, meaning: &'static str| {
        let Token { start, end, .. } = line.tokens[at];
        spans.push(crate::engine::format::head::span(
            start, end, name, field, meaning,
        ));
    };
    for tuple in tuples {
        if let Some(at) = tuple.src {
            add(
                at,
                "source",
                Field::Source,
                "The first of two addresses, taken for the sender. The line does not say who opened the connection.",
            );
        }
        if let Some(at) = tuple.src_port {
            add(
                at,
                "source port",
                Field::SourcePort,
                "The number before the address or behind the first one, taken for the sender's port.",
            );
        }
        add(
            tuple.dst,
            "destination",
            Field::Destination,
            "The address that the packets went to.",
        );
        if let Some(at) = tuple.dst_port {
            add(
                at,
                "destination port",
                Field::DestinationPort,
                "The number behind the destination: the port it was sent to.",
            );
        }
        if let Some(at) = tuple.proto {
            add(
                at,
                "protocol",
                Field::Protocol,
                "The kind of traffic: TCP for most connections, UDP for single messages, ICMP for ping and network errors.",
            );
        }
    }
    for (at, token) in line.tokens.iter().enumerate() {
        let (name, field, meaning) = match token.kind {
            Kind::Action => (
                "action",
                Field::Action,
                "What was decided, in the word of whoever wrote the line.",
            ),
            Kind::Flag => (
                "flags",
                Field::Flags,
                "TCP marks of the packet. SYN alone opens a connection; ACK means that it had been opened before.",
            ),
            Kind::Time => ("time", Field::Time, "When it happened."),
            _ => continue,
        };
        add(at, name, field, meaning);
    }
    spans.order_by_key(|span| span.start);
    spans.dedup_by_key(|span| span.start);
    spans
}
