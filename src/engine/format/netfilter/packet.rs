//! The fields of one logged packet.

use super::prefix::{self, Known};
use crate::engine::model::{
    Endpoint, Event, Flags, FlagsScope, Host, Icmp, Inner, Kind, Names, Reason, State, Way,
    WayBasis, ports, proto,
};
use crate::engine::source::Record;

/// `KEY=value` or a bare word, and whether it belongs to the quoted packet.
#[derive(Clone, Copy)]
pub(super) struct Token<'a> {
    pub start: usize,
    pub end: usize,
    pub key: &'a [u8],
    /// Where the value begins; equal to `end` when there is none.
    pub value_start: usize,
    pub value: Option<&'a [u8]>,
    pub is_inner: bool,
}

/// Walks the words from `at` on.
pub(super) fn tokens(text: &[u8], at: usize) -> Tokens<'_> {
    Tokens {
        text,
        at,
        is_inner: false,
    }
}

pub(super) struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
    is_inner: bool,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    #[inline]
    fn next(&mut self) -> Option<Token<'a>> {
        let text = self.text;
        while text.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        let rest = text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let mut start = self.at;
        // Words and keys are short: a loop finds both ends sooner than two calls would.
        let (mut sign, mut length) = (0, 0);
        for byte in rest {
            match byte {
                b' ' => break,
                b'=' if sign == 0 => sign = length,
                _ => {}
            }
            length += 1;
        }
        self.at += length;
        let mut end = self.at;
        let mut word = &rest[..length];
        // Old kernels put the level of the message into its middle: `<1>SRC=203.0.113.9`.
        if let [b'<', b'0'..=b'7', b'>', after @ ..] = word
            && !after.is_empty()
        {
            start += 3;
            word = after;
        }
        if word[0] == b'[' && word[1..].starts_with(b"SRC=") {
            start += 1;
            word = &word[1..];
            self.is_inner = true;
        }
        let is_inner = self.is_inner;
        if is_inner && let [before @ .., b']'] = word {
            end -= 1;
            word = before;
            self.is_inner = false;
        }
        let (key, value) = if rest.get(sign) == Some(&b'=') {
            let sign = self.at - length + sign - start;
            (&word[..sign], word.get(sign + 1..))
        } else {
            (word, None)
        };
        let value_start = value.map_or(end, |value| end - value.len());
        Some(Token {
            start,
            end,
            key,
            value_start,
            value,
            is_inner,
        })
    }
}

/// What is gathered of one packet, the logged or the quoted one.
#[derive(Clone, Copy, Default)]
struct Fields<'a> {
    src: Option<&'a [u8]>,
    dst: Option<&'a [u8]>,
    proto: Option<&'a [u8]>,
    spt: Option<&'a [u8]>,
    dpt: Option<&'a [u8]>,
}

pub(super) fn packet(
    record: &Record<'_>,
    at: usize,
    prefixes: &mut Known,
    names: &mut Names,
) -> Result<Event, Reason> {
    let text = record.text;
    let mut event = Event {
        kind: Kind::Packet,
        ts: record.head.stamp,
        ..Event::default()
    };
    let (mut outer, mut inner) = (Fields::default(), Fields::default());
    let (mut in_if, mut out_if): (&[u8], &[u8]) = (b"", b"");
    let (mut bits, mut n_flag_words, mut quoted_bits) = (0_u16, 0, 0_u16);
    let mut icmp: Option<Icmp> = None;
    let (mut sees_flags, mut has_tcp_header, mut has_interfaces) = (false, false, false);
    // The flags stand before the urgent pointer: where it is missing, they may be, too.
    let mut is_whole = false;

    for token in tokens(text, at) {
        let fields = if token.is_inner {
            &mut inner
        } else {
            &mut outer
        };
        let Some(value) = token.value else {
            if token.is_inner {
                quoted_bits |= Flags::from_word(token.key).unwrap_or(0);
            } else if sees_flags && let Some(bit) = Flags::from_word(token.key) {
                bits |= bit;
                n_flag_words += 1;
            }
            continue;
        };
        match token.key {
            b"SRC" => fields.src = Some(value),
            b"DST" => fields.dst = Some(value),
            b"SPT" => fields.spt = Some(value),
            b"DPT" => fields.dpt = Some(value),
            b"PROTO" => {
                fields.proto = Some(value);
                sees_flags = true;
            }
            _ if token.is_inner => {}
            b"OUT" => (out_if, has_interfaces) = (value, true),
            // The total length comes before the protocol; UDP's own length after it.
            b"LEN" if outer.proto.is_none() && event.len.is_none() => event.len = small(value),
            b"TTL" | b"HOPLIMIT" => event.ttl = small(value),
            // Before the protocol the packet's own number, after it the one of a ping.
            // Linux sends 0 with every packet that must not be fragmented: no number at all.
            b"ID" if outer.proto.is_none() => event.ip_id = small(value).filter(|id| *id != 0),
            b"ID" => {
                if let Some(icmp) = &mut icmp {
                    icmp.id = small(value);
                }
            }
            b"TYPE" => {
                if let Some(kind) = small(value) {
                    icmp = Some(Icmp {
                        kind,
                        ..Icmp::default()
                    });
                }
            }
            b"CODE" => {
                if let (Some(icmp), Some(code)) = (&mut icmp, small(value)) {
                    icmp.code = code;
                }
            }
            b"SEQ" if icmp.is_none() => event.seq = small(value),
            b"RES" | b"WINDOW" => (sees_flags, has_tcp_header) = (true, true),
            b"URGP" => (sees_flags, has_tcp_header, is_whole) = (false, true, true),
            // The prefix may touch it, so the key is not always `IN` alone.
            key if key.ends_with(b"IN") && key != b"PHYSIN" && in_if.is_empty() => in_if = value,
            _ => {}
        }
    }

    let has_addresses = has_interfaces || outer.src.is_some() || outer.dst.is_some();
    event.proto = match outer.proto {
        Some(name) => proto::parse(name).ok_or(Reason::BadEndpoint)?,
        // A line that lost its front keeps what only TCP has.
        None if has_tcp_header => proto::TCP,
        None if has_addresses => return Err(Reason::Cut),
        None => proto::UNKNOWN,
    };
    event.src = endpoint(outer.src, outer.spt, event.proto, names)?;
    event.dst = endpoint(outer.dst, outer.dpt, event.proto, names)?;
    // Who pastes may have deleted one of the two addresses, or both.
    match (event.src.host.is_none(), event.dst.host.is_none()) {
        (true, false) if outer.src.is_some() => {
            event.src.host = Host::blurred(names.id(b"sender not shown"));
        }
        (false, true) if outer.dst.is_some() => {
            event.dst.host = Host::blurred(names.id(b"receiver not shown"));
        }
        (true, true) if outer.src.is_some() && outer.dst.is_some() => {
            event.src.host = Host::blurred(names.id(b"address not shown"));
            event.dst.host = event.src.host;
        }
        _ => {}
    }
    if has_addresses && (event.src.host.is_none() || event.dst.host.is_none()) {
        return Err(if outer.dst.is_none() {
            Reason::Cut
        } else {
            Reason::NoAddress
        });
    }
    if event.proto == proto::TCP && (is_whole || n_flag_words > 0) {
        event.flags = Flags(bits);
        event.flags_scope = FlagsScope::Packet;
    } else if event.proto != proto::TCP {
        event.seq = None;
    }
    if let Some(name) = inner.proto
        && let Some(icmp) = &mut icmp
        && let Some(proto) = proto::parse(name)
    {
        let src = endpoint(inner.src, inner.spt, proto, names)?;
        let dst = endpoint(inner.dst, inner.dpt, proto, names)?;
        icmp.inner = Some(Inner { proto, src, dst });
        if proto == proto::TCP && quoted_bits != 0 {
            event.flags = Flags(quoted_bits);
            event.flags_scope = FlagsScope::Packet;
        }
    }
    event.icmp = icmp;
    event.device = names.id(record.head.host);
    event.in_if = names.id(in_if);
    event.out_if = names.id(out_if);
    event.way = match (in_if.is_empty(), out_if.is_empty()) {
        (false, true) => Way::LocalIn,
        // A line that begins with `OUT=` has lost its `IN=`.
        (true, false) if text[at..].starts_with(b"OUT=") && at == 0 => Way::Unsaid,
        (true, false) => Way::LocalOut,
        (false, false) => Way::Forward,
        (true, true) => Way::Unsaid,
    };
    if event.way != Way::Unsaid {
        event.way_basis = WayBasis::PacketAtInterface;
    }

    let before = prefix::before(record, at);
    if event.ts.is_missing() {
        event.ts = prefix::stamp(&text[..at]);
    }
    let said = prefixes.read(before, record.head.tag);
    if said.is_before_routing && event.way == Way::LocalIn {
        (event.way, event.way_basis) = (Way::Unsaid, WayBasis::default());
    }
    event.action = said.action;
    event.state = said.state;
    event.implicit = said.implicit;
    event.action_raw = names.id(said.word.of(said.text(before, record.head.tag)));
    event.rule = names.id(said.rule.of(said.text(before, record.head.tag)));
    // UFW lets every packet of a connection it knows pass before this rule, so it did not know this one.
    let continues = event
        .flags
        .any(Flags::ACK | Flags::RST | Flags::FIN | Flags::PSH);
    if said.is_ufw_block && event.state == State::Unsaid && continues {
        event.state = State::NoState;
    }
    Ok(event)
}

fn small<T: TryFrom<u64>>(text: &[u8]) -> Option<T> {
    ports::decimal(text).and_then(|number| T::try_from(number).ok())
}

fn endpoint(
    address: Option<&[u8]>,
    port: Option<&[u8]>,
    proto: u8,
    names: &mut Names,
) -> Result<Endpoint, Reason> {
    let host = address.map_or(Host::NONE, |address| Host::read(address, names));
    let has_ports = matches!(
        proto,
        proto::TCP | proto::UDP | proto::SCTP | proto::UDPLITE | proto::DCCP | proto::UNKNOWN
    );
    let port = match port {
        Some(text) if has_ports => Some(ports::port(text).ok_or(Reason::BadEndpoint)?),
        _ => None,
    };
    Ok(Endpoint::new(host, port))
}
