//! Cisco Secure Firewall (FTD): security events 430001 to 430005, as a list of names and values.
//!
//! Sample   `%FTD-1-430003: AccessControlRuleAction: Allow, SrcIP: 10.0.1.20, DstIP: 203.0.113.80, SrcPort: 43228, …`
//! Fields   `SrcIP`, `InitiatorBytes`, `NAT_InitiatorIP`, `ConnectionDuration`, …
//! Quirks   430002 is the start of a connection, 430003 its end; the source opened it. Values may hold commas.
//! Spec     <https://www.cisco.com/c/en/us/td/docs/security/firepower/Syslogs/b_fptd_syslog_guide/security-event-syslog-messages.html>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, contains, firewall};
use crate::engine::model::{Action, End, Init, Kind, StampQuality};
use crate::engine::source::find::find;
use crate::engine::source::time;

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "cisco_ftd",
        title: "Cisco Secure Firewall (FTD), security events",
        spec: "https://www.cisco.com/c/en/us/td/docs/security/firepower/Syslogs/b_fptd_syslog_guide.html",
        example: "Feb 19 10:15:02 ftd1 %FTD-1-430003: AccessControlRuleAction: Allow, SrcIP: 10.0.1.20, DstIP: 203.0.113.80, SrcPort: 43228, DstPort: 80, Protocol: tcp, IngressZone: inside, EgressZone: outside, ConnectionDuration: 1, InitiatorPackets: 12, ResponderPackets: 29, InitiatorBytes: 974, ResponderBytes: 41319",
        device: firewall("FTD"),
    },
    shape: Shape::List,
    claims: |record| record.has(b"SrcIP: "),
    fields: &[
        (Role::Src, "SrcIP"),
        (Role::SrcPort, "SrcPort"),
        (Role::Dst, "DstIP"),
        (Role::DstPort, "DstPort"),
        (Role::NatSrc, "NAT_InitiatorIP"),
        (Role::NatSrcPort, "NAT_InitiatorPort"),
        (Role::NatDst, "NAT_ResponderIP"),
        (Role::NatDstPort, "NAT_ResponderPort"),
        (Role::Proto, "Protocol"),
        (
            Role::Action,
            "AccessControlRuleAction InlineResult FileAction",
        ),
        (Role::Rule, "AccessControlRuleName"),
        (Role::InIf, "IngressInterface"),
        (Role::OutIf, "EgressInterface"),
        (Role::InZone, "IngressZone"),
        (Role::OutZone, "EgressZone"),
        (Role::BytesOut, "InitiatorBytes"),
        (Role::BytesIn, "ResponderBytes"),
        (Role::PktsOut, "InitiatorPackets"),
        (Role::PktsIn, "ResponderPackets"),
        (Role::Seconds, "ConnectionDuration"),
        (Role::Session, "ConnectionID"),
        (Role::App, "ApplicationProtocol"),
        (Role::Start, "FirstPacketSecond"),
        (Role::IcmpType, "ICMPType"),
        (Role::IcmpCode, "ICMPCode"),
        (Role::Reason, "AccessControlRuleReason"),
        (Role::Message, "Message"),
    ],
    tune,
});

/// The record says in UTC when the first packet came, and its head, perhaps without a zone, when it was written.
/// If the head is in UTC as well, which is how these sensors are set up, that lies between the two.
fn first_packet(draft: &mut Draft<'_, '_>) {
    const LATE: i64 = 60_000_000;
    let first = draft.get(Role::Start).and_then(time::iso);
    let event = &mut draft.event;
    // Behind the time and the name stands a word more than a head of syslog has.
    if event.ts.is_missing()
        && let Some((own, _)) = time::iso(draft.record.text)
    {
        event.ts = own;
    }
    let Some((first, _)) = first.filter(|_| event.ts.quality != StampQuality::Zoned) else {
        return;
    };
    let open_for = event.duration_us.unwrap_or(0);
    if event.ts.is_missing() {
        event.ts = first;
    } else if (0..=open_for + LATE).contains(&(event.ts.micros - first.micros)) {
        event.ts_start = Some(first.micros);
    }
}

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let word = draft.word(Role::Action);
    // `Allow`, `Block` and `Trust` say it all. `Would have blocked` is what a rule says that only watches.
    if word.len() > 5 {
        if contains(word, "with reset") {
            draft.decide(Some(Action::Reject));
        } else if contains(word, "would") {
            draft.decide(None);
        } else if contains(word, "fastpath") {
            draft.decide(Some(Action::Allow));
        }
    }
    // The number of the message stands before its first name. A management centre that forwards the records has none
    // and says it in a word.
    let code = find(draft.text, b"-43000").and_then(|at| draft.text.get(at + 6));
    let step = match code {
        Some(_) => b"",
        None => draft.named("ConnectType").unwrap_or_default(),
    };
    let starts = code == Some(&b'2') || step == b"Start";
    let ends = code == Some(&b'3') || step == b"End";
    let event = &mut draft.event;
    if starts && !event.action.is_denied() {
        (event.kind, event.init) = (Kind::SessionStart, Init::Src);
    } else if ends && !event.action.is_denied() {
        (event.kind, event.init, event.end) = (Kind::SessionEnd, Init::Src, End::Unknown);
    } else if starts || ends {
        event.init = Init::SrcDenied;
    } else if let Some(kind @ (b'1' | b'4' | b'5')) = code {
        // What was found and not stopped went on: `Detect`, `Malware Cloud Lookup`, no result.
        if event.action == Action::Unknown && !contains(word, "would") {
            (event.action, event.kind) = (Action::Allow, Kind::SessionUpdate);
        }
        // A signature names the sender of what it found; who moves a file has opened the connection.
        match kind {
            b'1' => event.alarm(true),
            b'5' => event.alarm(false),
            _ => event.inspect(false),
        }
    }
    first_packet(draft);
    true
}
