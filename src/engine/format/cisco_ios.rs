//! Cisco IOS, IOS XE and NX-OS: access lists that log, and the zone-based firewall.
//!
//! Sample   `%SEC-6-IPACCESSLOGP: list 120 denied tcp 203.0.113.9(51022) -> 192.0.2.20(3389), 1 packet`
//! Fields   list → rule · protocol by name or number · ends with ports in brackets · (type/code) of ICMP · packets
//! Quirks   The first packet is logged at once, later ones are counted for five minutes. An access list judges every
//!          packet by itself: a permit or a deny says nothing about connections.
//!          The zone-based firewall knows who began: `initiator`.
//! Ignored  MAC addresses, class maps, other messages of the router.
//! Spec     <https://www.cisco.com/c/en/us/support/docs/security/ios-firewall/23602-confaccesslists.html>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, after, has};
use super::{About, Check, Device, Timers, Topic, plain};
use crate::engine::model::event::Control;
use crate::engine::model::{Action, Event, Init, Kind, Names, Reason, State, proto};
use crate::engine::source::Record;
use crate::engine::source::cleanup::start::percent;
use crate::engine::source::find::find;

pub static CISCO_IOS: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[
        (
            Slot::Rule,
            "access list",
            "The list that decided. It judges each packet by itself and knows no connections.",
        ),
        (Slot::Message, "message", "Which kind of message it is."),
    ],
};

static ABOUT: About = About {
    id: "cisco_ios",
    title: "Cisco IOS, IOS XE, NX-OS (access lists, zone-based firewall)",
    spec: "https://www.cisco.com/c/en/us/support/docs/security/ios-firewall/23602-confaccesslists.html",
    example: "*Feb 19 10:15:02.107: %SEC-6-IPACCESSLOGP: list 120 denied tcp 203.0.113.9(51022) -> 192.0.2.20(3389), 1 packet",
    device: Device {
        name: "Cisco router",
        stateless: true,
        deny_is_packet: true,
        timers: Timers {
            tcp: &[3600],
            half_open: &[30],
            half_close: &[5],
            udp: &[30],
            icmp: &[10],
        },
        checks: &[
            Check {
                about: Topic::Rules,
                place: "on the router",
                command: "show access-lists",
                why: "shows the entries with their counters; answers need an entry of their own (established, or high ports)",
            },
            Check {
                about: Topic::Table,
                place: "on the router",
                command: "show policy-map type inspect zone-pair sessions",
                why: "shows which connections the zone-based firewall remembers",
            },
            Check {
                about: Topic::Routes,
                place: "on the router",
                command: "show ip route {client}",
                why: "shows which way answers take",
            },
        ],
    },
};

/// The message begins the body, or stands after words that a relay left in front.
fn message(text: &[u8]) -> Option<&[u8]> {
    // Of a message inside a message, the inner one counts.
    memchr::memrchr_iter(b'%', text)
        .filter(|at| *at == 0 || text[at - 1] == b' ')
        .map(|at| &text[at..])
        .find(|text| percent(text))
}

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    message(record.body).is_some_and(|text| {
        ![&b"%ASA-"[..], b"%FTD-", b"%PIX-", b"%FWSM-"]
            .iter()
            .any(|other| text.starts_with(other))
    })
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let Some(text) = message(line.text) else {
        return Found::Foreign;
    };
    let Some(colon) = memchr::memchr(b':', text) else {
        return Found::Other;
    };
    let (name, rest) = (&text[1..colon], &text[colon + 1..]);
    line.put(Slot::Message, name);
    // NX-OS puts the year first.
    if line.record.head.stamp.is_missing() && line.text.get(4) == Some(&b' ') {
        line.put(Slot::Time, &line.text[5..]);
    }
    if has(name, b"ACCESSLOGRL") {
        line.put(Slot::Repeat, after(rest, b"missed ", b" "));
        return Found::Control(Control::LinesMissing);
    }
    if has(name, b"ACCESSLOG") || has(name, b"-IPACCESS") {
        return access_list(line, rest);
    }
    if name.starts_with(b"ACLLOG") {
        // Releases differ in how much of a word they write.
        const LABELS: [(&str, Slot); 16] = [
            ("Src IP:", Slot::Src),
            ("Source IP:", Slot::Src),
            ("Dst IP:", Slot::Dst),
            ("Destination IP:", Slot::Dst),
            ("Src Port:", Slot::SrcPort),
            ("Source Port:", Slot::SrcPort),
            ("Dst Port:", Slot::DstPort),
            ("Destination Port:", Slot::DstPort),
            ("Src Intf:", Slot::InIf),
            ("Source Interface:", Slot::InIf),
            ("Protocol:", Slot::Proto),
            ("ACL Name:", Slot::Rule),
            ("ACL Action:", Slot::Action),
            ("ACE Action:", Slot::Action),
            ("Hit-count =", Slot::Repeat),
            ("Hit-count:", Slot::Repeat),
        ];
        line.labels(rest, &LABELS, b",");
        return if line.has(Slot::Src) {
            Found::Row
        } else {
            Found::Other
        };
    }
    if has(name, b"FW-6-SESS_AUDIT_TRAIL") {
        return audit(line, rest);
    }
    if has(name, b"FW-6-DROP_PKT") || has(name, b"FW-6-LOG_SUMMARY") || has(name, b"FW-6-PASS_PKT")
    {
        return dropped(line, rest);
    }
    if has(name, b"NAT-6-") {
        return translation(line, name, rest);
    }
    if let Some((_, src, dst, proto, action)) = SPOKEN.iter().find(|row| has(name, row.0)) {
        line.put_end(Slot::Src, after(rest, src, b" ,]"));
        line.put_end(Slot::Dst, after(rest, dst, b" ,]"));
        let is_icmp = proto.is_empty() && has(rest, b"ICMP ");
        line.put(Slot::Proto, if is_icmp { b"icmp" } else { proto });
        line.put(Slot::Action, action);
        return if line.has(Slot::Src) && line.has(Slot::Dst) {
            Found::Row
        } else {
            Found::Other
        };
    }
    let is = |word: &[u8]| has(name, word);
    if is(b"SYS-5-RESTART") || is(b"SYS-5-RELOAD") {
        Found::Control(Control::Restart)
    } else if is(b"UPDOWN") || is(b"ADJCH") || is(b"NBRCHANGE") {
        Found::Control(Control::Routing)
    } else if is(b"HSRP-5-STATECHANGE")
        || is(b"STANDBY-6-STATECHANGE")
        || is(b"VRRP-6-STATECHANGE")
        || is(b"RF-5-RF_RELOAD")
    {
        Found::Control(Control::Failover)
    } else {
        Found::Other
    }
}

type Spoken = (
    &'static [u8],
    &'static [u8],
    &'static [u8],
    &'static [u8],
    &'static [u8],
);

/// Messages that name two ends in a sentence: part of the name, what stands before each end, protocol, action.
const SPOKEN: [Spoken; 3] = [
    (b"TCP_OoO_SEG", b"- session ", b" to ", b"tcp", b"drop"),
    (
        b"RECVD_PKT_INV_SPI",
        b"srcaddr=",
        b"destaddr=",
        b"esp",
        b"drop",
    ),
    (b"IPS-4-SIGNATURE", b"[", b"-> ", b"", b""),
];

/// `Created Translation tcp A a b B`, `%IPNAT-6-DELETED: tcp A a b B`: the inner end as it is and as others see it,
/// then the outer end as the inside sees it and as it is.
fn translation<'a>(line: &mut Line<'a>, name: &'a [u8], rest: &'a [u8]) -> Found {
    let is_end = has(name, b"DELETED") || has(rest, b"Deleted");
    line.put(Slot::State, if is_end { b"stop" } else { b"start" });
    let mut scan = Scan::new(rest);
    scan.past(b"Translation ");
    line.put(Slot::Proto, scan.word());
    for slot in [Slot::Src, Slot::NatSrc, Slot::Dst, Slot::NatDst] {
        line.put_end(slot, scan.word());
    }
    if plain::is_address(line.get(Slot::Dst)) {
        Found::Row
    } else {
        Found::Other
    }
}

fn access_list<'a>(line: &mut Line<'a>, rest: &'a [u8]) -> Found {
    let mut scan = Scan::new(rest);
    if !scan.past(b"list ") {
        return Found::Malformed(Reason::Cut);
    }
    line.put(Slot::Rule, scan.word());
    // IOS XR names the entry of the list, too, and EOS the interface.
    if scan.peek().starts_with(b"(") || plain::action(scan.peek()).is_none() {
        scan.word();
    }
    line.put(Slot::Action, scan.word());
    // A standard list knows the sender only.
    if plain::is_address(scan.peek()) {
        line.put(Slot::Src, scan.word());
    } else {
        line.put(Slot::Proto, scan.word());
        line.put_end(Slot::Src, scan.word());
        if !scan.past(b"-> ") {
            return Found::Malformed(Reason::Cut);
        }
        let dst = scan.word();
        line.put_end(Slot::Dst, dst.strip_suffix(b",").unwrap_or(dst));
    }
    let mut next = scan.word();
    if next.starts_with(b"(") {
        let inner = next.strip_suffix(b",").unwrap_or(next);
        let inner = inner[1..].strip_suffix(b")").unwrap_or_default();
        if let Some(slash) = memchr::memchr(b'/', inner) {
            line.put(Slot::IcmpType, &inner[..slash]);
            line.put(Slot::IcmpCode, &inner[slash + 1..]);
        }
        next = scan.word();
    }
    if scan.peek().starts_with(b"packet") {
        line.put(Slot::Repeat, next);
    }
    Found::Row
}

/// `Stop tcp session: initiator (a:p) sent n bytes -- responder (b:q) sent m bytes`.
fn audit<'a>(line: &mut Line<'a>, rest: &'a [u8]) -> Found {
    let mut scan = Scan::new(rest);
    let at = find(rest, b" session").unwrap_or(0);
    let before = &rest[..at];
    line.put(
        Slot::Proto,
        before
            .rsplit(|byte| *byte == b' ')
            .next()
            .unwrap_or_default(),
    );
    line.put(
        Slot::State,
        if has(before, b"Start") {
            b"start"
        } else {
            b"stop"
        },
    );
    line.put(
        Slot::Rule,
        rest[..rest.len().min(at)]
            .trim_ascii()
            .split(|byte| *byte == b':')
            .nth(1)
            .map_or(b"" as &[u8], |_| {
                let head = rest.trim_ascii_start();
                let end = find(head, b"):").map_or(0, |end| end + 1);
                &head[..end]
            }),
    );
    for (slot, bytes) in [(Slot::Src, Slot::BytesF), (Slot::Dst, Slot::BytesR)] {
        let label: &[u8] = if slot == Slot::Src {
            b"initiator ("
        } else {
            b"responder ("
        };
        if !scan.past(label) {
            return Found::Malformed(Reason::Cut);
        }
        let Some(end) = scan.until(b")") else {
            return Found::Malformed(Reason::Cut);
        };
        line.put_end(slot, end);
        if scan.peek() == b"sent" {
            scan.word();
            line.put(bytes, scan.word());
        }
    }
    Found::Row
}

/// `Dropping tcp session a:p b:q … due to …`, `Dropping TCP pkt from Gi0/0/1 a:p => b:q(target:class) due to …`.
fn dropped<'a>(line: &mut Line<'a>, rest: &'a [u8]) -> Found {
    let mut scan = Scan::new(rest);
    let is_passed = scan.past(b"Passing ");
    line.put(Slot::Action, if is_passed { b"pass" } else { b"drop" });
    if is_passed || scan.past(b"Dropping ") {
        line.put(Slot::Proto, scan.word());
    } else {
        line.put(Slot::Repeat, scan.peek());
    }
    let mut slot = Slot::Src;
    let mut before: &[u8] = b"";
    while !scan.peek().is_empty() && slot != Slot::Unread {
        let word = scan.word();
        if before == b"from"
            && memchr::memchr(b'.', word).is_none()
            && memchr::memchr(b':', word).is_none()
        {
            line.put(Slot::InIf, word);
        }
        let word_end = memchr::memchr(b'(', word).unwrap_or(word.len());
        let (host, port) = super::cells::split_end(&word[..word_end]);
        if plain::is_address(host) && !port.is_empty() {
            line.put_end(slot, &word[..word_end]);
            slot = if slot == Slot::Src {
                Slot::Dst
            } else {
                Slot::Unread
            };
        }
        before = word;
    }
    line.put(Slot::Flags, after(rest, b" tcp flag ", b", "));
    let reason = after(rest, b"due to ", b"");
    let end = find(reason, b" with ").unwrap_or(reason.len());
    line.put(Slot::Reason, &reason[..end]);
    if slot == Slot::Unread {
        Found::Row
    } else {
        Found::Other
    }
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    let name = line.get(Slot::Message);
    if has(name, b"AUDIT_TRAIL") {
        event.init = Init::Src;
        (event.kind, event.action) = if line.get(Slot::State) == b"start" {
            (Kind::SessionStart, Action::Start)
        } else {
            (Kind::SessionEnd, Action::Close)
        };
        return;
    }
    if has(name, b"NAT-6-") {
        event.action = Action::Nat;
        event.kind = if line.get(Slot::State) == b"start" {
            Kind::SessionStart
        } else {
            Kind::SessionEnd
        };
        return;
    }
    if event.repeat > 1 {
        event.kind = Kind::Summary;
    }
    if event.proto == proto::UNKNOWN && line.get(Slot::Proto).eq_ignore_ascii_case(b"icmpv6") {
        event.proto = proto::ICMP6;
    }
    let reason = line.get(Slot::Reason);
    event.state = match plain::state(reason) {
        State::Unsaid if has(reason, b"Stray Segment") || has(reason, b"not part of") => {
            State::NoState
        }
        State::Unsaid if has(reason, b"Invalid") || has(reason, b"Out-Of-Order") => State::Invalid,
        state => state,
    };
}
