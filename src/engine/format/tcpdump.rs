//! tcpdump's lines, alone or with pf's rule in front (pflog of OpenBSD, FreeBSD, macOS); the list of packets of Wireshark
//! and tshark.
//!
//! Sample   `2024-02-19 10:15:02.123456 rule 5/0(match): block in on em0: 10.0.0.11.443 > 203.0.113.45.51515: Flags [F.], seq 1, ack 1, win 229, length 0`
//! Fields   rule, decision, way, interface where pf wrote it · ends, the port behind the last point · flags, seq
//! Quirks   Old versions write flags without a name: `F 1:1(0) ack 1 win 229`. Ports and hosts may be names.
//!          Without `rule` nothing was decided: the packet was only seen.
//!          Wireshark's rows have number, time, ends, protocol, length: `2 0.02 192.0.2.1 198.51.100.1 TCP 66 443 → 51514 [SYN, ACK] Seq=0`.
//! Ignored  Options, windows, what protocols above UDP say.
//! Spec     <https://www.tcpdump.org/manpages/tcpdump.1.html>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, has};
use super::{About, Check, Device, Timers, Topic, plain};
use crate::engine::model::{
    Endpoint, Event, Flags, FlagsScope, Host, Icmp, Inner, NameId, Names, State, Way, WayBasis,
    ports, proto,
};
use crate::engine::source::Record;
use crate::engine::source::cleanup::start;
use crate::engine::source::find::find;

pub static TCPDUMP: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Rule,
            "rule",
            "The number of the rule that decided, and why: (match) means that it fitted.",
        ),
        (
            Slot::Flags,
            "flags",
            "S alone opens a connection; a point is ACK, P data, F end, R break.",
        ),
        (Slot::Message, "protocol", ""),
    ],
};

static ABOUT: About = About {
    id: "tcpdump",
    title: "tcpdump, and pf's log read with it (OpenBSD, FreeBSD)",
    spec: "https://www.tcpdump.org/manpages/tcpdump.1.html",
    example: "2024-02-19 10:15:02.123456 rule 5/0(match): block in on em0: 10.0.0.11.443 > 203.0.113.45.51515: Flags [F.], seq 1, ack 1, win 229, length 0",
    device: Device {
        name: "pf firewall",
        stateless: false,
        deny_is_packet: true,
        timers: Timers {
            tcp: &[86_400],
            half_open: &[30, 120],
            half_close: &[900, 45, 90],
            udp: &[30, 60],
            icmp: &[20, 10],
        },
        checks: &[
            Check {
                about: Topic::Table,
                place: "on the firewall",
                command: "pfctl -si",
                why: "shows how many connections it remembers, and counts the packets that matched none (state-mismatch)",
            },
            Check {
                about: Topic::Timers,
                place: "on the firewall",
                command: "pfctl -st",
                why: "shows after how much silence it forgets a connection",
            },
            Check {
                about: Topic::Rules,
                place: "on the firewall",
                command: "pfctl -vvsr",
                why: "lists the rules with the numbers that the log has",
            },
        ],
    },
};

/// Source, destination and what follows, if ` > ` stands between two ends as tcpdump writes them.
fn ends(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let at = find(text, b" > ")?;
    let from = memchr::memrchr(b' ', &text[..at]).map_or(0, |blank| blank + 1);
    let src = &text[from..at];
    let rest = &text[at + 3..];
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    if rest[..end].ends_with(b",") {
        // With `-e` the cards come first: `02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 66: …`.
        let inner = find(rest, b"ethertype ").map(|at| &rest[at..])?;
        return ends(&inner[find(inner, b": ")? + 2..]);
    }
    let dst = rest[..end].strip_suffix(b":")?;
    let before = text[..from].trim_ascii_end();
    let is_named = before.ends_with(b"IP")
        || before.ends_with(b"IP6")
        || has(before, b"rule ")
        || has(before, b" on ")
        // The second line of a verbose packet has no such word, and its ends may be masked: `<WANIP>.35288 > 10.1.0.2.80`.
        || rest[end..].starts_with(b" Flags [");
    let is_sure = |word: &[u8]| {
        let (host, _) = split(word);
        Host::parse(host).is_some() || start::is_masked(host)
    };
    (is_named || is_sure(src) && is_sure(dst)).then_some((src, dst, &rest[end..]))
}

/// The port stands behind the last point; an address of four numbers has none.
fn split(word: &[u8]) -> (&[u8], &[u8]) {
    if Host::parse(word).is_some() || start::is_masked(word) {
        return (word, b"");
    }
    let Some(at) = memchr::memrchr(b'.', word) else {
        return (word, b"");
    };
    let (host, port) = (&word[..at], &word[at + 1..]);
    let is_port = ports::port(port).is_some()
        || ports::by_name(std::str::from_utf8(port).unwrap_or_default()).is_some();
    if is_port { (host, port) } else { (word, b"") }
}

/// A row of Wireshark's list: time, ends, protocol and what it says of the packet.
fn listed(text: &[u8]) -> Option<[&[u8]; 5]> {
    let is_number = |word: &[u8]| ports::decimal(word).is_some();
    let mut scan = Scan::new(text);
    let number = scan.word();
    let from = scan.at;
    let mut src = scan.word();
    if !is_number(number) || !src.first()?.is_ascii_digit() {
        return None;
    }
    // A date and a time of day are two words.
    let mut time: &[u8] = b"";
    for _ in 0..2 {
        if Host::parse(src).is_none() {
            time = &text[from..scan.at];
            src = scan.word();
        }
    }
    let mut dst = scan.word();
    if matches!(dst, b"->" | [0xe2, 0x86, 0x92]) {
        dst = scan.word();
    }
    let name = scan.word();
    let is_row = Host::parse(src).is_some()
        && Host::parse(dst).is_some()
        && name.first()?.is_ascii_uppercase()
        && is_number(scan.word());
    is_row.then(|| [time, src, dst, name, scan.rest()])
}

fn read_listed<'a>(line: &mut Line<'a>, [time, src, dst, name, rest]: [&'a [u8]; 5]) -> Found {
    let arrow = find(rest, " → ".as_bytes())
        .map(|at| (at, 5))
        .or_else(|| find(rest, b" > ").map(|at| (at, 3)))
        .or_else(|| find(rest, b" -> ").map(|at| (at, 4)));
    let to = Host::parse(dst).and_then(Host::ip);
    let is_group = to.is_some_and(|to| to.is_multicast());
    if let Some((at, length)) = arrow {
        let from = memchr::memrchr2(b' ', b']', &rest[..at]).map_or(0, |before| before + 1);
        let mut behind = Scan::new(&rest[at + length..]);
        line.put(Slot::SrcPort, &rest[from..at]);
        line.put(Slot::DstPort, behind.word());
        if let Some(flags) = behind.rest().strip_prefix(b" [") {
            let end = memchr::memchr(b']', flags).unwrap_or(flags.len());
            line.put(Slot::Flags, &flags[..end]);
        }
    } else if !is_group && !name.starts_with(b"ICMP") {
        // What is said inside a connection: the rows around it have the ports.
        return Found::Other;
    }
    if memchr::memchr(b':', time).is_some() {
        line.put(Slot::Time, time.trim_ascii());
    }
    line.put(Slot::Src, src);
    line.put(Slot::Dst, dst);
    line.put(Slot::Message, name);
    Found::Row
}

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    ends(record.text).is_some()
        || listed(record.text).is_some()
        || has(record.text, b"IP (tos 0x")
        || has(record.text, b"IP6 (flowlabel ")
        || has(record.text, b"IP6 (hlim ")
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    let Some((src, dst, rest)) = ends(text) else {
        return match listed(text) {
            Some(row) => read_listed(line, row),
            None => Found::Other,
        };
    };
    let before = &text[..find(text, src).unwrap_or(0)];
    if line.record.head.stamp.is_missing() {
        line.put(Slot::Time, before);
    }
    if has(before, b"IP (tos ") || has(before, b"IP6 (") {
        const LABELS: [(&str, Slot); 4] = [
            ("ttl ", Slot::Ttl),
            ("hlim ", Slot::Ttl),
            (" id ", Slot::IpId),
            ("TCP (6), length ", Slot::Len),
        ];
        line.labels(before, &LABELS, b",) ");
    }
    let mut scan = Scan::new(before);
    if scan.past(b"rule ") {
        let rule = scan.word();
        line.put(Slot::Rule, rule.strip_suffix(b":").unwrap_or(rule));
    } else {
        scan.at = 0;
    }
    while !scan.peek().is_empty() {
        let word = scan.word();
        match word {
            b"pass" | b"block" | b"match" | b"rdr" | b"nat" => line.put(Slot::Action, word),
            b"in" | b"out" | b"In" | b"Out" => line.put(Slot::Way, word),
            b"on" => {
                let name = scan.word();
                line.put(Slot::InIf, name.strip_suffix(b":").unwrap_or(name));
            }
            _ => {}
        }
    }
    let (host, port) = split(src);
    line.put(Slot::Src, host);
    line.put(Slot::SrcPort, port);
    let (host, port) = split(dst);
    line.put(Slot::Dst, host);
    line.put(Slot::DstPort, port);
    let rest = rest.trim_ascii_start();
    let mut scan = Scan::new(rest);
    let word = scan.word();
    let word = word.strip_suffix(b",").unwrap_or(word);
    line.put(Slot::Message, word);
    if let Some(flags) = rest.strip_prefix(b"Flags [") {
        let end = memchr::memchr(b']', flags).unwrap_or(flags.len());
        line.put(Slot::Flags, &flags[..end]);
        line.put(Slot::Message, b"");
        let mut scan = Scan::new(flags);
        if scan.past(b" seq ") {
            let seq = scan.word();
            let end = seq
                .iter()
                .position(|byte| !byte.is_ascii_digit())
                .unwrap_or(seq.len());
            line.put(Slot::Seq, &seq[..end]);
        }
    } else if !word.is_empty()
        && (word
            .iter()
            .all(|letter| matches!(letter, b'S' | b'F' | b'P' | b'R' | b'W' | b'E' | b'.')))
        && has(rest, b" win ") | has(rest, b"ack ") | has(rest, b"(0)")
    {
        line.put(Slot::Flags, word);
        line.put(Slot::Message, b"");
    }
    Found::Row
}

/// `ICMP 203.0.113.9 udp port 161 unreachable`: where the packet went that could not be delivered. Its sender is the
/// one who is told.
fn quoted(text: &[u8], sender: Host, names: &mut Names) -> Option<Inner> {
    let mut words = Scan::new(text);
    words.until(b": ICMP").or_else(|| words.until(b"]ICMP"))?;
    let mut host = Host::NONE;
    loop {
        let word = words.word();
        match word {
            b"" => return None,
            b"port" => break,
            b"tcp" | b"udp" => {}
            _ if plain::is_address(word) => host = Host::read(word, names),
            _ => {}
        }
    }
    let before = &text[..words.at];
    let name = if before.ends_with(b"tcp port") {
        proto::TCP
    } else {
        proto::UDP
    };
    let port = words.word();
    let port = ports::port(port)
        .or_else(|| ports::by_name(std::str::from_utf8(port).unwrap_or_default()))?;
    (!host.is_none()).then(|| Inner {
        proto: name,
        src: Endpoint::new(sender, None),
        dst: Endpoint::new(host, Some(port)),
    })
}

fn finish(line: &Line<'_>, event: &mut Event, names: &mut Names) {
    let kind = line.get(Slot::Message);
    // Without a decision the line is a capture's, not a filter's.
    if !line.has(Slot::Action) && event.way != Way::Unsaid {
        event.way_basis = WayBasis::NicSide;
    }
    // The word after the time was taken for a machine's name.
    if line.record.head.host == b"rule" {
        event.device = NameId::NONE;
    }
    if line.has(Slot::Flags) {
        event.proto = proto::TCP;
        let flags = line.get(Slot::Flags);
        event.flags = Flags::from_letters(flags)
            .or_else(|| plain::flags(flags))
            .unwrap_or_default();
        // Before release 4 the acknowledgement had no letter: `F 1:1(0) ack 1`.
        if !has(line.record.text, b"Flags [") && has(line.record.text, b" ack ") {
            event.flags.0 |= Flags::ACK;
        }
        event.flags_scope = FlagsScope::Packet;
    } else if kind.starts_with(b"ICMP") {
        let text = line.record.text;
        let is = |word: &[u8]| has(text, word);
        event.proto = if kind.starts_with(b"ICMP6") {
            proto::ICMP6
        } else {
            proto::ICMP
        };
        let is_v6 = event.proto == proto::ICMP6;
        let (v4, v6, code) = if is(b"echo request") {
            (8, 128, 0)
        } else if is(b"echo reply") {
            (0, 129, 0)
        } else if is(b"time exceeded") {
            (11, 3, 0)
        } else if is(b" port ") && is(b"unreachable") {
            (3, 1, if is_v6 { 4 } else { 3 })
        } else if is(b"need to frag") {
            (3, 2, 4)
        } else if is(b"unreachable") {
            (3, 1, u8::from(is(b"host ")))
        } else if is(b"neighbor solicitation") {
            (135, 135, 0)
        } else if is(b"neighbor advertisement") {
            (136, 136, 0)
        } else {
            return;
        };
        event.icmp = Some(Icmp {
            kind: if is_v6 { v6 } else { v4 },
            code,
            id: None,
            inner: quoted(text, event.dst.host, names),
        });
    } else {
        event.proto = match proto::parse(kind) {
            Some(number) if !kind.first().is_some_and(u8::is_ascii_digit) => number,
            // What it decodes above UDP it does not call UDP.
            _ if event.src.port.is_some() && event.dst.port.is_some() => proto::UDP,
            _ => proto::UNKNOWN,
        };
    }
    if event.way == Way::Out {
        (event.out_if, event.in_if) = (event.in_if, event.out_if);
    }
    let is_opening = event.flags.has(Flags::SYN) && !event.flags.any(Flags::ACK);
    if event.action.is_denied() && line.has(Slot::Flags) && !is_opening && event.flags.0 != 0 {
        // pf makes a state on SYN only.
        event.state = State::NoState;
    }
}
