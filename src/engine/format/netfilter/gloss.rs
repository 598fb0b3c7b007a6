//! What each field of a logged packet means, for people who do not run firewalls.

use super::packet::{Token, tokens};
use super::{Shape, prefix, shape};
use crate::engine::format::{Field, Span, head};
use crate::engine::model::Flags;

pub(super) fn gloss(text: &[u8]) -> Vec<Span> {
    let Shape::Packet { at } = shape(text) else {
        return Vec::new();
    };
    let (record, mut spans) = head::spans(text);
    let (start, end) = prefix::place(&record, at);
    if start < end {
        spans.push(head::span(
            start,
            end,
            "prefix",
            Field::Rule,
            "The text that the rule was told to write. It is the only place where this log says whether the packet was dropped or let through.",
        ));
    }
    let (mut after_proto, mut is_icmp) = (false, false);
    for token in tokens(text, at) {
        let (name, field, meaning) = meaning(&token, after_proto, is_icmp);
        if token.key == b"PROTO" && !token.is_inner {
            after_proto = true;
            is_icmp = token.value.is_some_and(|value| value.starts_with(b"ICMP"));
        }
        spans.push(Span {
            start: token.start,
            end: token.end,
            value_start: if token.value.is_some() {
                token.value_start
            } else {
                token.start
            },
            value_end: token.end,
            name: name.unwrap_or_else(|| String::from_utf8_lossy(token.key).into_owned()),
            field,
            meaning,
        });
    }
    // The bracket that closes the quoted packet.
    spans.retain(|span| span.start < span.end);
    spans
}

fn meaning(
    token: &Token<'_>,
    after_proto: bool,
    is_icmp: bool,
) -> (Option<String>, Field, &'static str) {
    let (field, meaning) = if token.is_inner {
        quoted(token.key)
    } else if token.value.is_none() {
        if after_proto && Flags::from_word(token.key).is_some() {
            return (Some("flag".to_string()), Field::Flags, flag(token.key));
        }
        bare(token.key)
    } else {
        keyed(token.key, after_proto, is_icmp)
    };
    let glued = token.key.len() > 2
        && token.key.ends_with(b"IN")
        && field == Field::Interface
        && token.key != b"PHYSIN";
    (glued.then(|| "IN".to_string()), field, meaning)
}

fn keyed(key: &[u8], after_proto: bool, is_icmp: bool) -> (Field, &'static str) {
    match key {
        b"OUT" => (
            Field::Interface,
            "The network card the packet would leave through. Empty: it was for this machine itself.",
        ),
        b"PHYSIN" => (
            Field::Interface,
            "The port of a bridge the packet came in through.",
        ),
        b"PHYSOUT" => (
            Field::Interface,
            "The port of a bridge the packet would leave through.",
        ),
        b"MAC" => (
            Field::Detail,
            "Hardware addresses: receiver, sender, kind of frame. They name the neighbour that passed the packet on, not the machine at the other end.",
        ),
        b"SRC" => (
            Field::Source,
            "The machine that sent this packet. That alone does not say that it started the connection.",
        ),
        b"DST" => (Field::Destination, "The machine the packet was sent to."),
        b"LEN" if after_proto => (Field::Bytes, "Length of the UDP part, in bytes."),
        b"LEN" => (Field::Bytes, "Length of this one packet, in bytes."),
        b"TOS" | b"TC" => (Field::Detail, "A wish for special treatment on the way."),
        b"PREC" => (Field::Detail, "An old form of priority."),
        b"TTL" | b"HOPLIMIT" => (
            Field::Detail,
            "How many more routers the packet may pass. Machines start with 64, 128 or 255; the difference is the distance.",
        ),
        b"FLOWLBL" => (
            Field::Detail,
            "A number by which routers keep packets of one stream together.",
        ),
        b"ID" if is_icmp => (
            Field::Icmp,
            "The number that pairs ping requests with their answers.",
        ),
        b"ID" => (
            Field::Detail,
            "The sender's running number of this packet. The same number twice is the same packet logged twice.",
        ),
        b"FRAG" => (
            Field::Detail,
            "Only a later piece of a packet; such pieces carry no port numbers.",
        ),
        b"PROTO" => (
            Field::Protocol,
            "The kind of traffic: TCP for most connections, UDP for single messages, ICMP for ping and network errors.",
        ),
        b"SPT" => (
            Field::SourcePort,
            "The port number the packet was sent from. A small well-known number here often means an answer from a server.",
        ),
        b"DPT" => (
            Field::DestinationPort,
            "The port number the packet was sent to.",
        ),
        b"SEQ" if is_icmp => (Field::Icmp, "Which ping of the series this is."),
        b"SEQ" => (
            Field::Detail,
            "Where in the stream of bytes this packet belongs.",
        ),
        b"ACK" => (
            Field::Detail,
            "Up to where the sender has received the other side's bytes.",
        ),
        b"WINDOW" => (
            Field::Detail,
            "How many more bytes the sender is ready to take.",
        ),
        b"RES" => (
            Field::Detail,
            "Reserved bits; the marks that follow are the TCP flags.",
        ),
        b"URGP" => (Field::Detail, "Points at urgent bytes; 0 for none."),
        b"TYPE" => (
            Field::Icmp,
            "What kind of network message: 8 asks for an echo (ping), 0 answers it, 3 says something could not be reached, 11 that a packet lived too long.",
        ),
        b"CODE" => (
            Field::Icmp,
            "The finer meaning within the type; with type 3: 1 machine, 3 port not reachable, 13 forbidden.",
        ),
        b"MTU" => (
            Field::Icmp,
            "The largest packet that fits through, in bytes.",
        ),
        b"GATEWAY" => (Field::Icmp, "The better router that is recommended."),
        b"SPI" => (
            Field::Detail,
            "Which encrypted tunnel the packet belongs to.",
        ),
        b"MARK" => (
            Field::Detail,
            "A number the firewall's rules gave the packet.",
        ),
        b"UID" | b"GID" => (
            Field::Detail,
            "Which user or group of this machine sent it.",
        ),
        key if key.ends_with(b"IN") => (
            Field::Interface,
            "The network card the packet came in through. Empty: this machine sent it itself.",
        ),
        _ => (Field::Detail, "A detail that plays no part here."),
    }
}

fn bare(key: &[u8]) -> (Field, &'static str) {
    match key {
        b"DF" => (
            Field::Detail,
            "The packet must not be cut into pieces on the way.",
        ),
        b"MF" => (Field::Detail, "More pieces of this packet follow."),
        b"CE" => (
            Field::Detail,
            "A router on the way was overloaded and said so.",
        ),
        b"OPT" => (Field::Detail, "Options follow, as hexadecimal digits."),
        b"INCOMPLETE" => (
            Field::Detail,
            "The packet was too short to hold its whole header.",
        ),
        _ => (Field::Detail, "A detail that plays no part here."),
    }
}

fn flag(key: &[u8]) -> &'static str {
    match key {
        b"SYN" => "Opens a connection; together with ACK it is the answer that accepts one.",
        b"ACK" => {
            "Confirms bytes of the other side: the packet belongs to a connection that exists or existed."
        }
        b"FIN" => "The sender has nothing more to say: a connection is being closed.",
        b"RST" => "Breaks a connection off, or refuses one.",
        b"PSH" => "Carries data to be delivered at once.",
        b"URG" => "Carries urgent data; rare.",
        _ => {
            "A mark for overload control. It changes nothing in what the packet is: with SYN it is still an opening."
        }
    }
}

fn quoted(key: &[u8]) -> (Field, &'static str) {
    match key {
        b"SRC" => (
            Field::Icmp,
            "In the packet that the error is about: who had sent it.",
        ),
        b"DST" => (
            Field::Icmp,
            "In the packet that the error is about: where it was going.",
        ),
        b"PROTO" => (
            Field::Icmp,
            "In the packet that the error is about: the kind of traffic.",
        ),
        b"SPT" => (
            Field::Icmp,
            "In the packet that the error is about: the port it was sent from.",
        ),
        b"DPT" => (
            Field::Icmp,
            "In the packet that the error is about: the port it was sent to.",
        ),
        _ => (
            Field::Detail,
            "A detail of the packet that the error is about.",
        ),
    }
}
