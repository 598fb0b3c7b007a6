//! Lines that hold nothing but addresses, ports and protocols: what remains when somebody cuts a log down to what
//! seems important, or sums it up by hand.
//!
//! Sample   `13845 aaa.bbb.ccc.0 22 TCP 13845 aaa.bbb.ccc.6 22 TCP` · `10.0.0.11:443 -> 203.0.113.45:51515 tcp`
//! Fields   by their order: source before destination, a port after its address; several in one line are several events
//! Quirks   When the source was cut out (`port address port protocol`), every source port stands for one sender
//!          that nobody can name. An arrow to the left turns the ends round.
//!          A line with anything else in it than a decision, flags and a time is not one of these.
//! Ignored  Words that only join (`from`, `to`, `and`).
//! Spec     none; domain knowledge of what people paste

mod tokens;

use self::tokens::{Kind, Line, Token};
use super::plain;
use super::{About, Device, Format, Parse, Parsed, Sink, Span, Timers};
use crate::engine::model::{Endpoint, Event, Flags, FlagsScope, Host, Names, Stamp, proto};
use crate::engine::source::cleanup::start;
use crate::engine::source::{Clock, Record};

/// Tuples without a format.
pub struct TupleSoup;

static ABOUT: About = About {
    id: "tuple_soup",
    title: "Bare addresses and ports, in whatever order they were noted",
    spec: "",
    example: "10.0.0.11:443 -> 203.0.113.45:51515 tcp blocked",
    device: Device {
        name: "firewall",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[],
    },
};

impl Format for TupleSoup {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, clock: Clock) -> Box<dyn Parse> {
        Box::new(Parser { clock })
    }

    fn gloss(&self, text: &[u8], _header: Option<&[u8]>) -> Vec<Span> {
        let Some(line) = Line::read(bare(text), Clock::default()) else {
            return Vec::new();
        };
        let Some(tuples) = tuples(&line.tokens) else {
            return Vec::new();
        };
        tokens::gloss(&line, &tuples)
    }
}

struct Parser {
    clock: Clock,
}

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        let body = bare(record.body);
        // Two addresses, real or masked; one is enough when the source was cut out, which the shape must then show.
        if has_field(body) || !has_address(body) {
            return Parsed::Foreign;
        }
        let Some(line) = Line::read(body, self.clock) else {
            return Parsed::Foreign;
        };
        let Some(tuples) = tuples(&line.tokens) else {
            return Parsed::Foreign;
        };
        let ts = if record.head.stamp.is_missing() {
            line.stamp
        } else {
            record.head.stamp
        };
        for tuple in &tuples {
            sink.push(event(tuple, &line, ts, record, names));
        }
        Parsed::Events
    }
}

/// What a page shows behind the flags: `… [ACK FIN]  len=52  ttl=54  tos=0x00`.
fn bare(text: &[u8]) -> &[u8] {
    match memchr::memmem::find(text, b"]  len=") {
        Some(at) => &text[..=at],
        None => text,
    }
}

/// `name=value`: a format of its own. `=>` is an arrow.
fn has_field(text: &[u8]) -> bool {
    memchr::memchr_iter(b'=', text)
        .any(|at| at > 0 && text[at - 1].is_ascii_alphanumeric() && text.get(at + 1) != Some(&b'>'))
}

/// Cheap: most lines asked are of no known format.
fn has_address(text: &[u8]) -> bool {
    start::n_addresses(text, 1) > 0
        || text
            .split(u8::is_ascii_whitespace)
            .take(64)
            .any(|word| plain::is_masked(plain::split_port(word).0))
}

/// Positions of the tokens of one tuple.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Tuple {
    src: Option<usize>,
    src_port: Option<usize>,
    dst: usize,
    dst_port: Option<usize>,
    proto: Option<usize>,
}

/// More numbers than this besides ports are columns of a table that another format knows.
const MAX_SPARE_NUMBERS: usize = 1;

fn tuples(tokens: &[Token<'_>]) -> Option<Vec<Tuple>> {
    let parts: Vec<usize> = (0..tokens.len())
        .filter(|at| tokens[*at].kind.is_part())
        .collect();
    sourceless(tokens, &parts).or_else(|| pairs(tokens, &parts))
}

/// `port address port protocol`, over and over, and nothing else.
fn sourceless(tokens: &[Token<'_>], parts: &[usize]) -> Option<Vec<Tuple>> {
    if parts.is_empty() || !parts.len().is_multiple_of(4) {
        return None;
    }
    let tuple = |four: &[usize]| {
        let [src_port, dst, dst_port, proto] = four else {
            return None;
        };
        let fits = tokens[*src_port].kind.is_port()
            && matches!(tokens[*dst].kind, Kind::Address { port: None, .. })
            && tokens[*dst_port].kind.is_port()
            && matches!(tokens[*proto].kind, Kind::Proto(_));
        fits.then_some(Tuple {
            src: None,
            src_port: Some(*src_port),
            dst: *dst,
            dst_port: Some(*dst_port),
            proto: Some(*proto),
        })
    };
    parts.chunks(4).map(tuple).collect()
}

/// Pairs of addresses with their ports beside or behind them.
fn pairs(tokens: &[Token<'_>], parts: &[usize]) -> Option<Vec<Tuple>> {
    let kind = |at: usize| parts.get(at).map(|part| tokens[*part].kind);
    let is_port = |at: usize| kind(at).is_some_and(Kind::is_port);
    let is_address = |at: usize| matches!(kind(at), Some(Kind::Address { .. }));
    let has_port = |at: usize| matches!(kind(at), Some(Kind::Address { port: Some(_), .. }));
    let (mut found, mut at, mut n_spare) = (Vec::new(), 0, 0);
    while at < parts.len() {
        let mut tuple = Tuple::default();
        if matches!(kind(at), Some(Kind::Proto(_))) {
            tuple.proto = Some(parts[at]);
            at += 1;
        }
        if !is_address(at) {
            // What is left over behind the last tuple, such as a count.
            n_spare += parts.len() - at;
            break;
        }
        let first = at;
        at += 1;
        if !has_port(first)
            && is_port(at)
            && (is_address(at + 1) || matches!(kind(at + 1), Some(Kind::Arrow { .. })))
        {
            tuple.src_port = Some(parts[at]);
            at += 1;
        }
        let mut is_reversed = false;
        if let Some(Kind::Arrow { is_left }) = kind(at) {
            is_reversed = is_left;
            at += 1;
        }
        if !is_address(at) {
            return None;
        }
        tuple.src = Some(parts[first]);
        tuple.dst = parts[at];
        let second = at;
        at += 1;
        if !has_port(second) && is_port(at) {
            if tuple.src_port.is_none() && !has_port(first) && is_port(at + 1) {
                tuple.src_port = Some(parts[at]);
                at += 1;
            }
            tuple.dst_port = Some(parts[at]);
            at += 1;
        }
        let is_proto = |at: usize| matches!(kind(at), Some(Kind::Proto(_)));
        // A length or count may stand between the port and the protocol.
        if tuple.proto.is_none()
            && tuple.dst_port.is_some()
            && !is_proto(at)
            && is_proto(at + 1)
            && !is_address(at)
        {
            at += 1;
        }
        if tuple.proto.is_none() && is_proto(at) {
            tuple.proto = Some(parts[at]);
            at += 1;
        }
        if is_reversed {
            let src = tuple.src.replace(tuple.dst)?;
            tuple.dst = src;
            std::mem::swap(&mut tuple.src_port, &mut tuple.dst_port);
        }
        found.push(tuple);
    }
    (!found.is_empty() && n_spare <= MAX_SPARE_NUMBERS).then_some(found)
}

fn event(
    tuple: &Tuple,
    line: &Line<'_>,
    ts: Stamp,
    record: &Record<'_>,
    names: &mut Names,
) -> Event {
    let tokens = &line.tokens;
    let number = |at: Option<usize>| {
        at.and_then(|at| match tokens[at].kind {
            Kind::Number(number) => u16::try_from(number).ok(),
            _ => None,
        })
    };
    let mut end = |at: usize, port: Option<usize>| match tokens[at].kind {
        Kind::Address { text, port: own } => {
            Endpoint::new(Host::read(text, names), own.or(number(port)))
        }
        _ => Endpoint::default(),
    };
    let dst = end(tuple.dst, tuple.dst_port);
    let src = match tuple.src {
        Some(at) => end(at, tuple.src_port),
        None => unnamed(number(tuple.src_port), names),
    };
    let proto = match tuple.proto.map(|at| tokens[at].kind) {
        Some(Kind::Proto(number)) => number,
        _ => proto::UNKNOWN,
    };
    let mut event = Event {
        ts,
        proto,
        src,
        dst,
        device: names.id(record.head.host),
        ..Event::default()
    };
    if let Some((action, text)) = line.action {
        event.action = action;
        event.action_raw = names.id(text);
    }
    if line.flags != Flags(0) && matches!(proto, proto::TCP | proto::UNKNOWN) {
        event.flags = line.flags;
        event.flags_scope = FlagsScope::Packet;
    }
    event
}

/// The sender whose address was cut out: one per source port, and perhaps several machines.
fn unnamed(port: Option<u16>, names: &mut Names) -> Endpoint {
    let text = match port {
        Some(port) => format!("sender not shown, port {port}"),
        None => "sender not shown".to_string(),
    };
    Endpoint::new(Host::blurred(names.id(text.as_bytes())), port)
}

#[cfg(test)]
mod tests;
