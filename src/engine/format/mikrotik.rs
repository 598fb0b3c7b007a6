//! MikroTik RouterOS: the firewall's `log` action.
//!
//! Sample   `firewall,info drop-inv forward: in:lan out:wan, connection-state:invalid src-mac 02:00:00:00:00:01, proto TCP (ACK,FIN), 10.0.0.11:443->203.0.113.45:51515, len 52`
//! Fields   topics, the rule's prefix, chain, interfaces, state, protocol with flags or ICMP type, ends, NAT, length
//! Quirks   The line does not say what was decided; the prefix does if its author wrote it there.
//!          The part with brackets of `NAT` is what was translated: `(a->x)` the source, `(x->b)` the destination.
//! Ignored  MAC addresses, marks, priorities.
//! Spec     <https://help.mikrotik.com/docs/spaces/ROS/pages/250708066/Firewall>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has};
use super::{About, Check, Device, Timers, Topic};
use crate::engine::model::{Event, Names, Reason, Stamp, State, Way, WayBasis};
use crate::engine::source::find::{find, rfind};
use crate::engine::source::{Clock, Record, time};

pub static MIKROTIK: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Rule,
            "prefix",
            "The text that the rule puts in front. The only hint at what was decided.",
        ),
        (
            Slot::Way,
            "chain",
            "input: to the router itself; forward: through it; output: from it.",
        ),
        (
            Slot::State,
            "connection-state",
            "new: opens a connection. established: belongs to one. invalid: fits none that the router knows.",
        ),
    ],
};

static ABOUT: About = About {
    id: "mikrotik",
    title: "MikroTik RouterOS firewall",
    spec: "https://help.mikrotik.com/docs/spaces/ROS/pages/250708066/Firewall",
    example: "firewall,info drop-inv forward: in:lan out:wan, connection-state:invalid src-mac 02:00:00:00:00:01, proto TCP (ACK,FIN), 10.0.0.11:443->203.0.113.45:51515, len 52",
    device: Device {
        name: "MikroTik router",
        stateless: false,
        deny_is_packet: true,
        timers: Timers {
            tcp: &[86_400],
            half_open: &[5, 60],
            half_close: &[10, 60],
            udp: &[10, 180],
            icmp: &[10],
        },
        checks: &[
            Check {
                about: Topic::Table,
                place: "on the router",
                command: "/ip firewall connection print count-only",
                why: "shows how many connections it remembers",
            },
            Check {
                about: Topic::Timers,
                place: "on the router",
                command: "/ip firewall connection tracking print",
                why: "shows after how much silence it forgets a connection, and how many it can keep",
            },
            Check {
                about: Topic::Events,
                place: "on the router",
                command: "/log print",
                why: "shows restarts and links that went down",
            },
        ],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    let text = record.text;
    has(text, b" out:") && has(text, b"proto ")
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    let Some(at) = find(text, b" out:") else {
        return Found::Foreign;
    };
    let before = &text[..at];
    let Some(inward) = rfind(before, b" in:") else {
        return Found::Foreign;
    };
    let Some(named) = before[..inward].strip_suffix(b":") else {
        return Found::Foreign;
    };
    let chain = memchr::memrchr(b' ', named).map_or(0, |blank| blank + 1);
    line.put(Slot::Way, &named[chain..]);
    put_interface(line, Slot::InIf, &before[inward + 4..]);
    // The prefix stands between the topics, or the header, and the chain.
    let body = text.len() - line.record.body.len();
    if body < chain {
        let prefix = text[body..chain].trim_ascii();
        // The router's own print of its log puts the time in front of the topics.
        let prefix = match find(prefix, b"firewall,") {
            Some(topics) => {
                line.put(Slot::Time, prefix[..topics].trim_ascii());
                let end = memchr::memchr(b' ', &prefix[topics..])
                    .map_or(prefix.len(), |end| topics + end);
                prefix[end..].trim_ascii()
            }
            None => prefix,
        };
        line.put(Slot::Rule, prefix.strip_suffix(b":").unwrap_or(prefix));
    }
    let rest = &text[at + 5..];
    let Some(end) = memchr::memchr(b',', rest) else {
        return Found::Foreign;
    };
    put_interface(line, Slot::OutIf, &rest[..end]);
    let mut scan = Scan {
        text: rest,
        at: end + 1,
    };
    // One walk by words is faster than a search for every label.
    loop {
        match scan.word() {
            b"" => return Found::Foreign,
            b"proto" => break,
            word => {
                if let Some(state) = word.strip_prefix(b"connection-state:") {
                    let end = memchr::memchr(b',', state).unwrap_or(state.len());
                    line.put(Slot::State, &state[..end]);
                }
            }
        }
    }
    let proto = scan.word();
    if let Some(name) = proto.strip_suffix(b",") {
        line.put(Slot::Proto, name);
    } else {
        line.put(Slot::Proto, proto);
        let rest = scan.rest();
        if let Some(open) = memchr::memchr(b'(', rest)
            && let Some(close) = memchr::memchr(b')', rest)
            && open < close
        {
            let inner = &rest[open + 1..close];
            if inner.starts_with(b"type ") {
                line.put(Slot::IcmpType, after(inner, b"type ", b","));
                line.put(Slot::IcmpCode, after(inner, b"code ", b","));
            } else {
                line.put(Slot::Flags, inner);
            }
            // The comma behind the bracket.
            scan.at += close + 2;
        }
    }
    let Some((src, dst)) = arrow(scan.word()) else {
        return Found::Malformed(Reason::Cut);
    };
    line.put_end(Slot::Src, src);
    line.put_end(Slot::Dst, dst);
    loop {
        match scan.word() {
            b"" => return Found::Row,
            b"len" => line.put(Slot::Len, scan.word()),
            b"NAT" => translated(line, scan.word(), src, dst),
            _ => {}
        }
    }
}

/// `(a:p->x:r)->b:q` of a source, `a:p->(x:q->b:q)` of a destination, where the packet has `b` already or still `x`.
fn translated<'a>(line: &mut Line<'a>, nat: &'a [u8], src: &[u8], dst: &[u8]) {
    let nat = nat.strip_suffix(b",").unwrap_or(nat);
    if let Some(inner) = nat.strip_prefix(b"(") {
        let end = memchr::memchr(b')', inner).unwrap_or(inner.len());
        if let Some((from, to)) = arrow(&inner[..end])
            && from == src
        {
            line.put_end(Slot::NatSrc, to);
        }
    } else if let Some(at) = memchr::memchr(b'(', nat)
        && let Some((from, to)) = arrow(nat[at + 1..].strip_suffix(b")").unwrap_or(&nat[at + 1..]))
    {
        if from == dst {
            line.put_end(Slot::NatDst, to);
        } else if to == dst {
            line.put_end(Slot::NatDst, from);
        }
    }
}

fn put_interface<'a>(line: &mut Line<'a>, slot: Slot, text: &'a [u8]) {
    let text = text.trim_ascii();
    if !text.starts_with(b"(unknown") {
        line.put(slot, text);
    }
}

fn arrow(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_suffix(b",").unwrap_or(text);
    let at = memchr::memchr(b'>', text)?.checked_sub(1)?;
    if text[at] != b'-' {
        return None;
    }
    Some((&text[..at], &text[at + 2..]))
}

/// As the router prints older entries: `feb/19 10:15:02`, `feb/19/2023 10:15:02`.
fn moment(text: &[u8], clock: Clock) -> Option<Stamp> {
    let slash = memchr::memchr(b'/', text)?;
    let mut plain = [b' '; 24];
    let room = plain.get_mut(..text.len())?;
    room.copy_from_slice(text);
    for byte in room.iter_mut().filter(|byte| **byte == b'/') {
        *byte = b' ';
    }
    (slash == 3).then_some(())?;
    time::syslog(room, &clock).map(|(stamp, _)| stamp)
}

fn finish(line: &Line<'_>, event: &mut Event, names: &mut Names) {
    if event.ts.is_missing() && line.has(Slot::Time) {
        event.ts = moment(line.get(Slot::Time), line.clock).unwrap_or(event.ts);
    }
    let prefix = line.get(Slot::Rule);
    event.action = super::plain::action(prefix).unwrap_or_default();
    event.action_raw = names.id(prefix);
    event.state = match line.get(Slot::State) {
        b"new" => State::New,
        b"established" => State::Established,
        b"related" => State::Related,
        b"invalid" => State::Invalid,
        b"untracked" => State::Untracked,
        _ => State::Unsaid,
    };
    event.way = match line.get(Slot::Way) {
        b"input" => Way::LocalIn,
        b"output" => Way::LocalOut,
        b"forward" => Way::Forward,
        _ => match (line.has(Slot::InIf), line.has(Slot::OutIf)) {
            (true, false) => Way::LocalIn,
            (false, true) => Way::LocalOut,
            _ => Way::Forward,
        },
    };
    event.way_basis = WayBasis::PacketAtInterface;
}
