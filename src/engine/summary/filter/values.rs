//! What stands behind a key: closed lists, numbers, ranges, ends, times.

use super::moment::When;
use super::parse::{FilterError, Piece, nearest};
use super::words::verdict_words;
use super::{CountKey, End, HostMatch, HostPart, IdKey, NameKey, Range, ServiceMatch, Test};
use crate::engine::dataset::{Cause, Direction, Outcome, Verdict};
use crate::engine::model::{Host, ports, proto};
use crate::engine::summary::wire::BANDS;
use ipnet::IpNet;

pub fn values(key: &str, pieces: &[Piece]) -> Result<Test, FilterError> {
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
pub fn address(piece: &Piece) -> Result<HostMatch, FilterError> {
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
