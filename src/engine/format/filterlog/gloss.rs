//! What each value of a line means, for people who do not run firewalls.

use super::{csv, page};
use crate::engine::format::{Field, Span, head};
use crate::engine::model::order::Order;
use crate::engine::model::proto;

type Meaning = (&'static str, Field, &'static str);

const COMMON: [Meaning; 9] = [
    (
        "rule number",
        Field::Rule,
        "Where the rule stands in the list that was in force when the line was written.",
    ),
    (
        "sub-rule",
        Field::Rule,
        "The rule's place inside a group of rules.",
    ),
    ("anchor", Field::Rule, "The group of rules it belongs to."),
    (
        "tracker",
        Field::Rule,
        "The rule's own number, which stays the same when rules are added. 1000000103 is the rule that refuses whatever no other rule allowed.",
    ),
    (
        "interface",
        Field::Interface,
        "The network card at which the packet was seen.",
    ),
    (
        "reason",
        Field::State,
        "Why the line was written. match: a rule took the packet. state-mismatch: it did not fit the connection it belongs to.",
    ),
    (
        "action",
        Field::Action,
        "What was done with the packet: pass lets it through, block throws it away.",
    ),
    (
        "direction",
        Field::Direction,
        "Whether this packet came in through that card or went out of it. It says nothing about who started the connection.",
    ),
    (
        "IP version",
        Field::Detail,
        "4 or 6: which kind of addresses follow.",
    ),
];

const ERROR: Meaning = (
    "error",
    Field::Detail,
    "What was wrong with the packet itself.",
);

const V4: [Meaning; 11] = [
    (
        "TOS",
        Field::Detail,
        "A wish for special treatment on the way.",
    ),
    ("ECN", Field::Detail, "A mark for overload control."),
    (
        "TTL",
        Field::Detail,
        "How many more routers the packet may pass. Machines start with 64, 128 or 255; the difference is the distance.",
    ),
    (
        "ID",
        Field::Detail,
        "The sender's running number of this packet. The same number twice is the same packet logged twice.",
    ),
    (
        "offset",
        Field::Detail,
        "Above 0 for a later piece of a packet that was cut up; such pieces carry no port numbers.",
    ),
    (
        "IP flags",
        Field::Detail,
        "DF: the packet must not be cut into pieces.",
    ),
    (
        "protocol number",
        Field::Protocol,
        "The kind of traffic as a number: 6 is TCP, 17 is UDP, 1 is ICMP.",
    ),
    (
        "protocol",
        Field::Protocol,
        "The kind of traffic: tcp for most connections, udp for single messages, icmp for ping and network errors.",
    ),
    (
        "length",
        Field::Bytes,
        "Length of this one packet, in bytes.",
    ),
    (
        "source",
        Field::Source,
        "The machine that sent this packet. That alone does not say that it started the connection.",
    ),
    (
        "destination",
        Field::Destination,
        "The machine the packet was sent to.",
    ),
];

const V6: [Meaning; 8] = [
    (
        "class",
        Field::Detail,
        "A wish for special treatment on the way.",
    ),
    (
        "flow label",
        Field::Detail,
        "A number by which routers keep packets of one stream together.",
    ),
    (
        "hop limit",
        Field::Detail,
        "How many more routers the packet may pass.",
    ),
    (
        "protocol",
        Field::Protocol,
        "The kind of traffic: tcp for most connections, udp for single messages, icmpv6 for ping and network errors.",
    ),
    (
        "protocol number",
        Field::Protocol,
        "The kind of traffic as a number: 6 is TCP, 17 is UDP, 58 is ICMPv6.",
    ),
    (
        "length",
        Field::Bytes,
        "Length of what this packet carries, in bytes.",
    ),
    (
        "source",
        Field::Source,
        "The machine that sent this packet. That alone does not say that it started the connection.",
    ),
    (
        "destination",
        Field::Destination,
        "The machine the packet was sent to.",
    ),
];

const TRANSPORT: [Meaning; 9] = [
    (
        "source port",
        Field::SourcePort,
        "The port number the packet was sent from. A small well-known number here often means an answer from a server.",
    ),
    (
        "destination port",
        Field::DestinationPort,
        "The port number the packet was sent to.",
    ),
    (
        "data length",
        Field::Bytes,
        "How many bytes of content it carries.",
    ),
    (
        "TCP flags",
        Field::Flags,
        "S alone opens a connection; A (confirm), P (data), F (finish) or R (break off) belong to one that already exists. E and C are marks for overload control.",
    ),
    (
        "sequence",
        Field::Detail,
        "Where in the stream of bytes this packet belongs.",
    ),
    (
        "acknowledged",
        Field::Detail,
        "Up to where the sender has received the other side's bytes.",
    ),
    (
        "window",
        Field::Detail,
        "How many more bytes the sender is ready to take.",
    ),
    (
        "urgent",
        Field::Detail,
        "Points at urgent bytes; empty for none.",
    ),
    (
        "options",
        Field::Detail,
        "Abilities the two machines agree on.",
    ),
];

const ICMP: [Meaning; 4] = [
    (
        "ICMP type",
        Field::Icmp,
        "What kind of network message: request is a ping, reply its answer, the unreach ones say that something could not be reached.",
    ),
    (
        "ICMP detail",
        Field::Icmp,
        "The number that pairs pings with their answers, or the address that could not be reached.",
    ),
    (
        "ICMP detail",
        Field::Icmp,
        "Which ping of the series it is, or the protocol of the packet that failed.",
    ),
    (
        "ICMP detail",
        Field::Icmp,
        "The port that nobody answers on.",
    ),
];

const MORE: Meaning = ("value", Field::Detail, "A detail that plays no part here.");

pub(super) fn gloss(text: &[u8]) -> Vec<Span> {
    let (record, mut spans) = head::spans(text);
    if let Some(row) = csv::Row::find(record.body) {
        let mut at = text.len() - record.body.len() + row.start;
        for (index, value) in row.values().iter().enumerate() {
            let (name, field, meaning) = meaning(&row, index);
            if !value.is_empty() {
                spans.push(head::span(at, at + value.len(), name, field, meaning));
            }
            at += value.len() + 1;
        }
        return spans;
    }
    let Some(row) = page::Row::find(text) else {
        return Vec::new();
    };
    let (_, rest) = page::without_mark(text);
    let shift = text.len() - rest.len();
    let (_, mut spans) = head::spans(rest);
    for span in &mut spans {
        for place in [
            &mut span.start,
            &mut span.end,
            &mut span.value_start,
            &mut span.value_end,
        ] {
            *place += shift;
        }
        if span.field == Field::Device {
            (span.name, span.field, span.meaning) =
                (COMMON[4].0.to_string(), COMMON[4].1, COMMON[4].2);
        }
    }
    let parts: [(&[u8], Meaning); 7] = [
        (
            row.mark,
            (
                "action",
                Field::Action,
                "A cross: the packet was thrown away. A tick: it was let through.",
            ),
        ),
        (
            row.rule_name,
            (
                "rule",
                Field::Rule,
                "The description of the rule that decided.",
            ),
        ),
        (row.tracker, COMMON[3]),
        (
            row.src,
            (
                "source",
                Field::Source,
                "The machine that sent this packet, and the port it was sent from.",
            ),
        ),
        (
            row.dst,
            (
                "destination",
                Field::Destination,
                "The machine the packet was sent to, and the port.",
            ),
        ),
        (row.protocol, V4[7]),
        (row.flags.unwrap_or_default(), TRANSPORT[3]),
    ];
    for (part, (name, field, meaning)) in parts {
        if let Some((start, end)) = head::place_of(part, text) {
            spans.push(head::span(start, end, name, field, meaning));
        }
    }
    spans.order_by_key(|span| span.start);
    spans
}

fn meaning(row: &csv::Row<'_>, index: usize) -> Meaning {
    let base = row.base();
    if index < COMMON.len() {
        return COMMON[index];
    }
    if index < base {
        return ERROR;
    }
    let of_version: &[Meaning] = if row.is_v6() { &V6 } else { &V4 };
    if let Some(meaning) = of_version.get(index - base) {
        return *meaning;
    }
    let of_protocol: &[Meaning] = match row.protocol() {
        Some(proto::TCP | proto::UDP | proto::SCTP) => &TRANSPORT,
        Some(proto::ICMP | proto::ICMP6) => &ICMP,
        _ => &[],
    };
    of_protocol
        .get(index - row.after_addresses())
        .copied()
        .unwrap_or(MORE)
}
