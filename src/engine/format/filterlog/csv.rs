//! The comma-separated line: nine common values, then those of the IP version, then those of the protocol.

use crate::engine::format::plain;
use crate::engine::format::{Parsed, Sink};
use crate::engine::model::event::Control;
use crate::engine::model::{
    Action, Endpoint, Event, Flags, FlagsScope, Host, Icmp, Inner, Kind, NameId, Names, Reason,
    State, Way, WayBasis, ports, proto,
};
use crate::engine::source::Record;
use crate::engine::source::find::find;

/// A line has at most this many values that matter; options come after them.
const MAX_VALUES: usize = 40;

/// The values of one line and where they stand.
pub(super) struct Row<'a> {
    values: [&'a [u8]; MAX_VALUES],
    n: usize,
    /// Where the first value begins.
    pub start: usize,
}

/// Values that every line has.
const TRACKER: usize = 3;
const INTERFACE: usize = 4;
const REASON: usize = 5;
const ACTION: usize = 6;
const WAY: usize = 7;
const VERSION: usize = 8;

impl<'a> Row<'a> {
    /// The values, if the line is ours: an action, `in` or `out`, and 4 or 6 in their places.
    pub fn find(body: &'a [u8]) -> Option<Row<'a>> {
        let comma = memchr::memchr(b',', body)?;
        // A header that nobody has read: the values begin after its last blank.
        let start = memchr::memrchr(b' ', &body[..comma]).map_or(0, |blank| blank + 1);
        if !body[start..comma].iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut row = Row {
            values: [b""; MAX_VALUES],
            n: 0,
            start,
        };
        for value in body[start..].split(|byte| *byte == b',') {
            if row.n == MAX_VALUES {
                break;
            }
            row.values[row.n] = value;
            row.n += 1;
            if row.n == VERSION + 1 && !row.is_ours() {
                return None;
            }
        }
        (row.n > VERSION).then_some(row)
    }

    fn is_ours(&self) -> bool {
        self.values[1].iter().all(u8::is_ascii_digit)
            && matches!(self.values[WAY], b"in" | b"out")
            && matches!(self.values[VERSION], b"4" | b"6")
            && (decision(self.values[ACTION]).is_some() || self.values[ACTION].starts_with(b"unkn"))
    }

    pub fn values(&self) -> &[&'a [u8]] {
        &self.values[..self.n]
    }

    fn at(&self, index: usize) -> &'a [u8] {
        self.values[..self.n]
            .get(index)
            .copied()
            .unwrap_or_default()
    }

    /// Where the values after `ipversion` begin: an error text may stand between.
    pub fn base(&self) -> usize {
        VERSION + 1 + usize::from(self.at(VERSION + 1).starts_with(b"error="))
    }

    pub fn is_v6(&self) -> bool {
        self.at(VERSION) == b"6"
    }

    /// Name and number of the protocol, which IPv6 has the other way round.
    pub fn protocol(&self) -> Option<u8> {
        let base = self.base();
        let (number, name) = if self.is_v6() {
            (base + 4, base + 3)
        } else {
            (base + 6, base + 7)
        };
        proto::parse(self.at(number)).or_else(|| proto::parse(self.at(name)))
    }

    /// Index of the first value after source and destination.
    pub fn after_addresses(&self) -> usize {
        self.base() + if self.is_v6() { 8 } else { 11 }
    }
}

fn decision(word: &[u8]) -> Option<Action> {
    Some(match word {
        b"pass" => Action::Allow,
        b"block" => Action::Drop,
        b"reject" => Action::Reject,
        b"rdr" | b"nat" | b"binat" => Action::Nat,
        b"match" | b"scrub" | b"noscrub" | b"nonat" | b"nobinat" | b"nordr" | b"synproxy-drop"
        | b"defer" => Action::Unknown,
        _ => return None,
    })
}

pub(super) fn row(
    record: &Record<'_>,
    row: &Row<'_>,
    names: &mut Names,
    sink: &mut Sink,
) -> Parsed {
    match event(record, row, names) {
        Ok(event) => sink.push(event),
        Err(reason) => Parsed::Malformed(reason),
    }
}

fn event(record: &Record<'_>, row: &Row<'_>, names: &mut Names) -> Result<Event, Reason> {
    let base = row.base();
    let addresses = row.after_addresses() - 2;
    if row.n <= addresses + 1 {
        return Err(Reason::Cut);
    }
    let protocol = row.protocol().ok_or(Reason::BadEndpoint)?;
    let mut event = Event {
        kind: Kind::Packet,
        ts: record.head.stamp,
        proto: protocol,
        ..Event::default()
    };
    event.src.host = address(row.at(addresses), names)?;
    event.dst.host = address(row.at(addresses + 1), names)?;
    event.action = decision(row.at(ACTION)).unwrap_or_default();
    event.action_raw = names.id(row.at(ACTION));
    event.device = names.id(record.head.host);
    let interface = names.id(row.at(INTERFACE));
    if row.at(WAY) == b"in" {
        (event.way, event.in_if) = (Way::In, interface);
    } else {
        (event.way, event.out_if) = (Way::Out, interface);
    }
    event.way_basis = WayBasis::PacketAtInterface;
    event.rule = names.id(if row.at(TRACKER).is_empty() || row.at(TRACKER) == b"0" {
        row.at(0)
    } else {
        row.at(TRACKER)
    });
    event.rule_name = if row.at(2).is_empty() {
        NameId::NONE
    } else {
        names.id(row.at(2))
    };
    event.implicit = is_default_rule(row.at(TRACKER));
    event.len = small(row.at(addresses - 1));
    let mut is_later_fragment = false;
    event.ttl = small(row.at(base + 2));
    if !row.is_v6() {
        // 0 stands in every packet that must not be fragmented: no number at all.
        event.ip_id = small(row.at(base + 3)).filter(|id| *id != 0);
        is_later_fragment = small::<u16>(row.at(base + 4)).is_some_and(|offset| offset > 0);
    }
    let rest = addresses + 2;
    match protocol {
        // Only of the commonest two does every release write the ports.
        proto::SCTP | proto::UDPLITE | proto::DCCP if row.n <= rest + 1 => {}
        proto::TCP | proto::UDP | proto::SCTP | proto::UDPLITE | proto::DCCP
            if !is_later_fragment =>
        {
            if row.n <= rest + 1 {
                return Err(Reason::Cut);
            }
            event.src.port = Some(ports::port(row.at(rest)).ok_or(Reason::BadEndpoint)?);
            event.dst.port = Some(ports::port(row.at(rest + 1)).ok_or(Reason::BadEndpoint)?);
            if protocol == proto::TCP && row.n > rest + 3 {
                tcp(&mut event, row, rest)?;
            }
        }
        proto::ICMP | proto::ICMP6 => event.icmp = icmp(&event, row, rest, names),
        _ => {}
    }
    reason(&mut event, row.at(REASON));
    Ok(event)
}

fn tcp(event: &mut Event, row: &Row<'_>, rest: usize) -> Result<(), Reason> {
    event.flags = Flags::from_letters(row.at(rest + 3)).ok_or(Reason::BadSyntax)?;
    event.flags_scope = FlagsScope::Packet;
    // `1:53`: from and to.
    event.seq = row
        .at(rest + 4)
        .split(|byte| *byte == b':')
        .next()
        .and_then(small);
    let opens = event.flags.has(Flags::SYN) && !event.flags.any(Flags::ACK);
    if event.action.is_denied() && !opens && event.flags.0 != 0 {
        event.state = State::NoState;
    }
    Ok(())
}

/// Why pf took the packet, where that is not simply a rule.
fn reason(event: &mut Event, word: &[u8]) {
    match word {
        b"state-mismatch" | b"state-insert" => event.state = State::Invalid,
        // The event itself is a packet; the mark beside it tells that a table was full.
        b"state-limit" | b"src-limit" | b"memory" => event.control = Control::TableFull,
        _ => {}
    }
}

/// pfSense gives its "Default deny rule" fixed numbers (IPv4 in and out, IPv6 in and out).
pub(super) fn is_default_rule(tracker: &[u8]) -> bool {
    matches!(
        tracker,
        b"1000000103" | b"1000000104" | b"1000000105" | b"1000000106"
    )
}

/// pfSense writes a word and what belongs to it, OPNsense `datalength=8` and perhaps numbers.
fn icmp(event: &Event, row: &Row<'_>, rest: usize, names: &mut Names) -> Option<Icmp> {
    let word = row.at(rest);
    if word.is_empty() {
        return None;
    }
    if word.starts_with(b"datalength=") || word.iter().all(u8::is_ascii_digit) {
        let first = rest + usize::from(word.starts_with(b"datalength="));
        let kind = small(row.at(first))?;
        return Some(Icmp {
            kind,
            code: small(row.at(first + 1)).unwrap_or(0),
            id: small(row.at(first + 2)),
            inner: None,
        });
    }
    let (kind, code) = icmp_word(word, row.at(rest + 1))?;
    let mut icmp = Icmp {
        kind,
        code,
        ..Icmp::default()
    };
    match word {
        b"request" | b"reply" | b"tstamp" | b"tstampreply" => icmp.id = small(row.at(rest + 1)),
        b"unreachport" | b"unreachproto" | b"needfrag" => {
            let unbracketed = |index: usize| {
                let value = row.at(index);
                value
                    .strip_prefix(b"[")
                    .and_then(|value| value.strip_suffix(b"]"))
                    .unwrap_or(value)
            };
            let host = unbracketed(rest + 1);
            let host = plain::is_address(host).then(|| Host::read(host, names));
            let inner_proto = match word {
                // The number behind the address is the size that fits.
                b"needfrag" => Some(proto::UNKNOWN),
                _ => proto::parse(unbracketed(rest + 2)),
            };
            if let (Some(host), Some(proto)) = (host, inner_proto) {
                // The packet that failed went to the port that is closed; its sender gets the error.
                icmp.inner = Some(Inner {
                    proto,
                    src: Endpoint::new(event.dst.host, None),
                    dst: Endpoint::new(
                        host,
                        ports::port(unbracketed(rest + 3)).filter(|_| word == b"unreachport"),
                    ),
                });
            }
        }
        _ => {}
    }
    Some(icmp)
}

fn icmp_word(word: &[u8], description: &[u8]) -> Option<(u8, u8)> {
    let says = |part: &[u8]| find(description, part).is_some();
    Some(match word {
        b"request" => (8, 0),
        b"reply" => (0, 0),
        b"unreachproto" => (3, 2),
        b"unreachport" => (3, 3),
        b"needfrag" => (3, 4),
        b"unreach" if says(b"prohibited") => (3, 13),
        b"unreach" if says(b"host") => (3, 1),
        b"unreach" => (3, 0),
        b"redirect" => (5, 1),
        b"timexceed" => (11, 0),
        b"paramprob" => (12, 0),
        b"tstamp" => (13, 0),
        b"tstampreply" => (14, 0),
        b"maskreply" => (18, 0),
        _ => return None,
    })
}

fn address(text: &[u8], names: &mut Names) -> Result<Host, Reason> {
    if let Some(host) = Host::parse(text) {
        return Ok(host);
    }
    // A value of another place (a number, a protocol) is no address, and no name that stands for one either.
    if text.iter().all(u8::is_ascii_digit) || proto::parse(text).is_some() {
        return Err(if text.is_empty() {
            Reason::NoAddress
        } else {
            Reason::BadEndpoint
        });
    }
    let host = Host::read(text, names);
    if host.is_none() {
        Err(Reason::NoAddress)
    } else {
        Ok(host)
    }
}

fn small<T: TryFrom<u64>>(text: &[u8]) -> Option<T> {
    ports::decimal(text).and_then(|number| T::try_from(number).ok())
}
