//! VMware NSX: packet logs of the distributed firewall (`dfwpktlogs.log`) and of the gateway firewall.
//!
//! Sample   `2024-02-19T10:15:02.123Z esx1 FIREWALL_PKTLOG: b6507827 INET match PASS mainrs/1024 IN 60 TCP 203.0.113.9/51022->192.0.2.10/443 S`
//! Fields   family, reason, decision, rules/rule, way, length, protocol, ends, flags; at the end (`TERM`) packets and bytes
//! Quirks   `IN` and `OUT` are the machine's side of its card. `22/14` are packets that it got and sent.
//!          `TERM` has no length, and in old versions no decision.
//! Ignored  The hash of the filter, tags.
//! Spec     <https://docs.vmware.com/en/VMware-NSX/4.1/administration/GUID-D57429A1-A0A9-42BE-A299-0C3C3546ABF3.html>

use super::cells::{Found, Line, Memory, Scan, Slot, Textual, has};
use super::{About, Device, Timers};
use crate::engine::model::{Action, End, Event, Init, Kind, Names, State, WayBasis, ports};
use crate::engine::source::Record;

pub static VMWARE_NSX: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[(
        Slot::Reason,
        "reason",
        "Why there is a line: a packet matched a rule, a connection ended (TERM), or something was wrong with the packet.",
    )],
};

static ABOUT: About = About {
    id: "vmware_nsx",
    title: "VMware NSX firewall",
    spec: "https://docs.vmware.com/en/VMware-NSX/4.1/administration/GUID-D57429A1-A0A9-42BE-A299-0C3C3546ABF3.html",
    example: "2024-02-19T10:15:02.123Z esx1 FIREWALL_PKTLOG: b6507827 INET match DROP mainrs/1027 IN 60 TCP 203.0.113.9/51022->192.0.2.10/443 S",
    device: Device {
        name: "NSX",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[],
    },
};

/// What follows `INET ` or `INET6 `, where a way and the ends come later.
fn behind_family(text: &[u8]) -> Option<Scan<'_>> {
    let mut scan = Scan::new(text);
    let is_ours = has(text, b"->")
        && (has(text, b" IN ") || has(text, b" OUT "))
        && (scan.past(b"INET ") || scan.past(b"INET6 "));
    is_ours.then_some(scan)
}

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    behind_family(record.text).is_some()
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let Some(mut scan) = behind_family(line.record.text) else {
        return Found::Foreign;
    };
    if line.record.head.stamp.is_missing() {
        line.put(Slot::Time, Scan::new(line.record.text).word());
    }
    line.put(Slot::Reason, scan.word());
    let numbers = [Slot::IcmpType, Slot::IcmpCode];
    let mut n_numbers = 0;
    let arrow = loop {
        let word = scan.word();
        match word {
            b"" => return Found::Foreign,
            b"IN" | b"OUT" => line.put(Slot::Way, word),
            b"RST" | b"FIN" | b"TIMEOUT" => line.put(Slot::State, word),
            // `PROTO 2`
            b"PROTO" => line.put(Slot::Proto, scan.word()),
            _ if has(word, b"->") => break word,
            _ if line.has(Slot::Proto) && ports::decimal(word).is_some() => {
                if let Some(slot) = numbers.get(n_numbers) {
                    line.put(*slot, word);
                }
                n_numbers += 1;
            }
            _ if !line.has(Slot::Way) => {
                let is_decision = line.has(Slot::Action) || word.contains(&b'/');
                // Of `domain-c7/1002` the number is the rule.
                let number = word.rsplit(|byte| *byte == b'/').next();
                if is_decision || ports::decimal(word).is_some() {
                    line.put(Slot::Rule, number.unwrap_or(word));
                } else {
                    line.put(Slot::Action, word);
                }
            }
            _ if ports::decimal(word).is_some() => line.put(Slot::Len, word),
            _ => line.put(Slot::Proto, word),
        }
    };
    let mut ends = Scan::new(arrow);
    line.put_end(Slot::Src, ends.until(b"->").unwrap_or_default());
    line.put_end(Slot::Dst, ends.rest());
    // Packets and bytes: what the machine got, what it sent.
    let is_out = line.get(Slot::Way) == b"OUT";
    for [got, sent] in [[Slot::PktsF, Slot::PktsR], [Slot::BytesF, Slot::BytesR]] {
        let word = scan.peek();
        let Some(bar) = memchr::memchr(b'/', word).filter(|_| word[0].is_ascii_digit()) else {
            break;
        };
        scan.word();
        let (got, sent) = if is_out { (sent, got) } else { (got, sent) };
        line.put(got, &word[..bar]);
        line.put(sent, &word[bar + 1..]);
    }
    line.put(Slot::Flags, scan.word());
    Found::Row
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    event.way_basis = WayBasis::NicSide;
    let reason = line.get(Slot::Reason);
    event.state = match reason {
        b"state-mismatch" => State::NoState,
        b"SpoofGuard" => State::Spoofed,
        b"match" | b"reason-match" | b"TERM" => State::Unsaid,
        _ => State::Invalid,
    };
    if matches!(
        line.get(Slot::Action),
        b"PUNT" | b"REDIRECT" | b"COPY" | b"LB" | b"PBR"
    ) {
        event.action = Action::Allow;
    }
    if reason == b"TERM" {
        (event.kind, event.init) = (Kind::SessionEnd, Init::Src);
        (event.action, event.end) = match line.get(Slot::State) {
            b"FIN" => (Action::Close, End::Fin),
            b"RST" => (Action::Close, End::Rst),
            b"TIMEOUT" => (Action::Timeout, End::IdleTimeout),
            _ => (Action::Close, End::Unknown),
        };
    } else if event.action == Action::Allow {
        (event.kind, event.init) = (Kind::SessionStart, Init::Src);
    }
}
