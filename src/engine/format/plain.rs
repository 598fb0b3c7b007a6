//! Words that no vendor owns: addresses with ports, masked addresses, decisions in several languages, flags and
//! services as people write them. For the two formats that read tables and tuples of any origin.

pub use crate::engine::source::cleanup::start::is_masked;

use crate::engine::model::{Action, Endpoint, Flags, Host, Names, State, Way, ports, proto};
use crate::engine::source::find::find_folded;

/// An address with or without a port, or the opaque name that stands there instead.
pub fn endpoint(text: &[u8], names: &mut Names) -> Endpoint {
    let (host, port) = split_port(text.trim_ascii());
    Endpoint::new(Host::read(host, names), port)
}

/// An address, or what is left of one that a person hid: `203.0.113.x`.
pub fn is_address(text: &[u8]) -> bool {
    Host::parse(text).is_some() || is_masked(text)
}

/// `192.0.2.1:443`, `192.0.2.1/443`, `192.0.2.1(443)`, `[2001:db8::1]:443`; a bare address has no port.
pub fn split_port(text: &[u8]) -> (&[u8], Option<u16>) {
    if let Some(inner) = text.strip_prefix(b"[")
        && let Some(at) = memchr::memchr(b']', inner)
    {
        let port = inner[at + 1..].strip_prefix(b":").and_then(ports::port);
        return (&inner[..at], port);
    }
    if Host::parse(text).is_some() {
        return (text, None);
    }
    // `192.0.2.1, 443, X1`
    if let Some(comma) = memchr::memchr(b',', text)
        && is_address(&text[..comma])
    {
        let second = text[comma + 1..].split(|byte| *byte == b',').next();
        return (
            &text[..comma],
            second.and_then(|port| ports::port(port.trim_ascii())),
        );
    }
    let Some(at) = memchr::memrchr3(b':', b'/', b'(', text) else {
        return (text, None);
    };
    let (host, rest) = (&text[..at], &text[at + 1..]);
    let port = ports::port(rest.strip_suffix(b")").unwrap_or(rest));
    // `192.0.2.0/24` is a network, not a port; but no firewall logs networks as ends of a connection.
    if port.is_some() && !host.is_empty() {
        (host, port)
    } else {
        (text, None)
    }
}

/// A decision. The cell may say more than the word (`Deny: policy violation`).
pub fn action(text: &[u8]) -> Option<Action> {
    const WORDS: &[(&str, Action)] = &[
        // Those of most lines come first.
        ("allow", Action::Allow),
        ("block", Action::Drop),
        ("deny", Action::Drop),
        ("drop", Action::Drop),
        ("accept", Action::Allow),
        ("denied", Action::Drop),
        ("pass", Action::Allow),
        ("permit", Action::Allow),
        ("reject", Action::Reject),
        ("close", Action::Close),
        ("start", Action::Start),
        ("reset", Action::Reset),
        ("forward", Action::Allow),
        ("trust", Action::Allow),
        ("erlaub", Action::Allow),
        ("zugelassen", Action::Allow),
        ("zulassen", Action::Allow),
        ("akzeptier", Action::Allow),
        ("autoris", Action::Allow),
        ("autoriz", Action::Allow),
        ("acept", Action::Allow),
        ("toegestaan", Action::Allow),
        ("consenti", Action::Allow),
        ("discard", Action::Drop),
        ("policydeny", Action::Drop),
        ("policypermit", Action::Allow),
        ("blockier", Action::Drop),
        ("verworfen", Action::Drop),
        ("verweiger", Action::Drop),
        ("gesperrt", Action::Drop),
        ("bloqu", Action::Drop),
        ("interdi", Action::Drop),
        ("refus", Action::Drop),
        ("deneg", Action::Drop),
        ("descart", Action::Drop),
        ("geblokkeerd", Action::Drop),
        ("negat", Action::Drop),
        ("abgelehnt", Action::Reject),
        ("abgewiesen", Action::Reject),
        ("rejet", Action::Reject),
        ("rechaz", Action::Reject),
        ("rst", Action::Reset),
        ("timeout", Action::Timeout),
        ("timed", Action::Timeout),
        ("aged", Action::Timeout),
        ("idle", Action::Timeout),
        ("abgelaufen", Action::Timeout),
        ("expir", Action::Timeout),
        ("teardown", Action::Close),
        ("ended", Action::Close),
        ("beendet", Action::Close),
        ("geschlossen", Action::Close),
        ("ferme", Action::Close),
        ("cerrad", Action::Close),
        ("open", Action::Start),
        ("built", Action::Start),
        ("creat", Action::Start),
    ];
    text.split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|word| word.len() > 1)
        .find_map(|word| {
            let found = WORDS
                .iter()
                .find(|(stem, _)| starts_with_folded(word, stem));
            found.map(|(_, action)| *action)
        })
}

fn starts_with_folded(word: &[u8], stem: &str) -> bool {
    // Most stems differ in their first letter.
    let begins = |word: &[u8]| word.first().map(u8::to_ascii_lowercase);
    begins(word) == begins(stem.as_bytes())
        && word
            .get(..stem.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(stem.as_bytes()))
}

/// TCP flags: `SYN ACK`, `SYN,ACK`, `[S.]`, `SA`, `0x12`, `18`. `None` when it is something else.
pub fn flags(text: &[u8]) -> Option<Flags> {
    let text = text.trim_ascii();
    if let Some(hex) = text
        .strip_prefix(b"0x")
        .or_else(|| text.strip_prefix(b"0X"))
    {
        return u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16)
            .ok()
            .filter(|bits| *bits < 512)
            .map(Flags);
    }
    if let Some(number) = ports::decimal(text) {
        return u16::try_from(number)
            .ok()
            .filter(|bits| *bits < 512)
            .map(Flags);
    }
    let text = text
        .strip_prefix(b"[")
        .and_then(|text| text.strip_suffix(b"]"))
        .unwrap_or(text);
    let mut bits = 0;
    let mut n_words = 0;
    for word in text
        .split(|byte| matches!(byte, b' ' | b',' | b'-' | b'+' | b'/' | b'|' | b';' | b':'))
        .filter(|word| !word.is_empty())
    {
        bits |= match Flags::from_word(word) {
            Some(bit) => bit,
            None => Flags::from_letters(word)?.0,
        };
        n_words += 1;
    }
    (n_words > 0).then_some(Flags(bits))
}

/// Says that the device had no session for the packet, or could not make sense of it.
pub fn state(text: &[u8]) -> State {
    const NO_STATE: [&[u8]; 14] = [
        b"not a valid syn",
        b"expecting syn",
        b"no session",
        b"no connection",
        b"no state",
        b"out of state",
        b"out-of-state",
        b"isn't syn",
        b"not syn",
        b"non-syn",
        b"unknown session",
        b"no matching session",
        b"keine sitzung",
        b"hors session",
    ];
    let has = |needle: &[u8]| find_folded(text, needle).is_some();
    if NO_STATE.iter().any(|needle| has(needle)) {
        State::NoState
    } else if has(b"spoof") || has(b"reverse path") || has(b"martian") {
        State::Spoofed
    } else if has(b"invalid") || has("ungültig".as_bytes()) || has(b"invalide") {
        State::Invalid
    } else {
        State::Unsaid
    }
}

/// `inbound`, `out`, `eingehend`, `sortant`, …
pub fn way(text: &[u8]) -> Way {
    const IN: [&str; 7] = [
        "in",
        "inbound",
        "incoming",
        "ingress",
        "eingehend",
        "entrant",
        "entrante",
    ];
    const OUT: [&str; 8] = [
        "out",
        "outbound",
        "outgoing",
        "egress",
        "ausgehend",
        "sortant",
        "saliente",
        "uscente",
    ];
    let text = text.trim_ascii();
    if IN
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
    {
        Way::In
    } else if OUT
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
    {
        Way::Out
    } else {
        Way::Unsaid
    }
}

/// A service as protocol and port: `tcp/443`, `443/tcp`, `UDP-53`, `443`, `https`.
pub fn service(text: &[u8]) -> (Option<u8>, Option<u16>) {
    let text = text.trim_ascii();
    if text.is_empty() {
        return (None, None);
    }
    if let Some(port) = ports::port(text) {
        return (None, Some(port));
    }
    // `25 (smtp) / tcp`
    if let Some((number, rest)) = memchr::memmem::find(text, b" / ").map(|at| text.split_at(at))
        && let Some(port) = number
            .split(|byte| *byte == b' ')
            .next()
            .and_then(ports::port)
    {
        return (named_proto(&rest[3..]), Some(port));
    }
    if let Some(at) = text
        .iter()
        .position(|byte| matches!(byte, b'/' | b'-' | b'_' | b':'))
    {
        let (first, second) = (&text[..at], &text[at + 1..]);
        if let (Some(number), Some(port)) = (named_proto(first), ports::port(second)) {
            return (Some(number), Some(port));
        }
        if let (Some(port), Some(number)) = (ports::port(first), named_proto(second)) {
            return (Some(number), Some(port));
        }
    }
    if let Some(number) = named_proto(text) {
        return (Some(number), None);
    }
    let name = std::str::from_utf8(text).unwrap_or_default();
    (None, ports::by_name(name))
}

/// A protocol by name only: numbers are more likely ports.
pub fn named_proto(text: &[u8]) -> Option<u8> {
    if text.first().is_some_and(u8::is_ascii_digit) {
        None
    } else {
        proto::parse(text)
    }
}

/// A count, also with separators of thousands: `1234`, `1,234`, `1.234.567`, `1 234`.
pub fn count(text: &[u8]) -> Option<u64> {
    let text = text.trim_ascii();
    if let Some(number) = ports::decimal(text) {
        return Some(number);
    }
    let mut groups = text.split(|byte| matches!(byte, b',' | b'.' | b' ' | b'\''));
    let first = groups
        .next()
        .filter(|group| (1..=3).contains(&group.len()))?;
    let mut digits = first.to_vec();
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        digits.extend_from_slice(group);
    }
    ports::decimal(&digits)
}

/// Seconds as microseconds: `12`, `12.5`, `0:01:02`.
pub fn micros(text: &[u8]) -> Option<i64> {
    let mut whole = 0_i64;
    let (clock, fraction) = match memchr::memchr(b'.', text) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, b"".as_slice()),
    };
    for part in clock.split(|byte| *byte == b':') {
        whole = whole
            .checked_mul(60)?
            .checked_add(i64::try_from(ports::decimal(part)?).ok()?)?;
    }
    let mut micros = 0;
    let mut unit = 100_000;
    for digit in fraction.iter().take(6) {
        micros += i64::from(digit.checked_sub(b'0').filter(|digit| *digit <= 9)?) * unit;
        unit /= 10;
    }
    whole.checked_mul(1_000_000)?.checked_add(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_with_ports() {
        let mut names = Names::default();
        for (text, expected) in [
            ("192.0.2.1:443", "192.0.2.1:443"),
            ("192.0.2.1/443", "192.0.2.1:443"),
            ("192.0.2.1(443)", "192.0.2.1:443"),
            ("[2001:db8::1]:443", "[2001:db8::1]:443"),
            ("2001:db8::1", "2001:db8::1"),
            ("aaa.bbb.ccc.6:22", "aaa.bbb.ccc.6:22"),
            ("web1", "web1"),
            (" 10.0.0.1 ", "10.0.0.1"),
        ] {
            assert_eq!(
                endpoint(text.as_bytes(), &mut names).text(&names),
                expected,
                "{text}"
            );
        }
        assert!(
            is_masked(b"aaa.bbb.ccc.0")
                && is_masked(b"x.x.x.x")
                && is_masked(b"10.x.x.5")
                && is_masked(b"192.0.2.***")
        );
        assert!(
            !is_masked(b"192.0.2.1")
                && !is_masked(b"www.example.org.x")
                && !is_masked(b"a.b.c")
                && !is_masked(b"12.ab.3.4")
        );
    }

    #[test]
    fn decisions_flags_services_counts() {
        for (word, expected) in [
            ("Deny: policy violation", Action::Drop),
            ("Blockiert", Action::Drop),
            ("ALLOWED", Action::Allow),
            ("Zugelassen", Action::Allow),
            ("Refusé", Action::Drop),
            ("bloqueado", Action::Drop),
            ("aged-out", Action::Timeout),
            ("rejected", Action::Reject),
        ] {
            assert_eq!(action(word.as_bytes()), Some(expected), "{word}");
        }
        assert_eq!(action(b"outside"), None);
        let syn_ack = Some(Flags(Flags::SYN | Flags::ACK));
        for text in ["SYN ACK", "SYN,ACK", "SYN-ACK", "[S.]", "SA", "0x12", "18"] {
            assert_eq!(flags(text.as_bytes()), syn_ack, "{text}");
        }
        assert_eq!(
            (flags(b"none"), flags(b""), flags(b"9999")),
            (None, None, None)
        );
        assert_eq!(service(b"tcp/443"), (Some(6), Some(443)));
        assert_eq!(service(b"53/UDP"), (Some(17), Some(53)));
        assert_eq!(service(b"https"), (None, Some(443)));
        assert_eq!(
            (count(b"1.234.567"), count(b"12"), count(b"1,2")),
            (Some(1_234_567), Some(12), None)
        );
    }
}
