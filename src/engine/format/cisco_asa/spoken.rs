//! Messages that name the two ends of a connection in passing: inspections, logins to the firewall, its TLS and IKE
//! peers, pages that were asked for. What differs between them is a row of a table.

use super::cursor::{Cursor, Side};
use super::words::{self, SideWords};
use super::{Draft, deny, protocol_number};
use crate::engine::format::plain;
use crate::engine::model::{Action, Host, Init, Kind, Names, proto};
use crate::engine::source::find::find;

/// How a message says who talks to whom.
#[derive(Clone, Copy)]
struct Sentence {
    first: u32,
    last: u32,
    before_src: &'static [u8],
    before_dst: &'static [u8],
    proto: u8,
    /// `Nat` stands for "the words tell": the same number serves for both answers.
    action: Action,
    init: Init,
    to_firewall: bool,
}

const fn row(first: u32, last: u32, proto: u8) -> Sentence {
    Sentence {
        first,
        last,
        before_src: b"from ",
        before_dst: b" to ",
        proto,
        action: Action::Nat,
        init: Init::SrcWeak,
        to_firewall: false,
    }
}

const fn between(row: Sentence, src: &'static [u8], dst: &'static [u8], init: Init) -> Sentence {
    Sentence {
        before_src: src,
        before_dst: dst,
        init,
        ..row
    }
}

const fn always(row: Sentence, action: Action) -> Sentence {
    Sentence { action, ..row }
}

const fn local(row: Sentence) -> Sentence {
    Sentence {
        to_firewall: true,
        init: Init::Src,
        ..row
    }
}

const ANY: u8 = proto::UNKNOWN;
const TCP: u8 = proto::TCP;
const UDP: u8 = proto::UDP;

#[rustfmt::skip]
static SENTENCES: &[Sentence] = &[
    row(108_002, 108_006, TCP),
    between(row(108_007, 108_007, TCP), b"client ", b"server ", Init::Src),
    row(109_001, 109_010, TCP),
    row(109_024, 109_028, ANY),
    always(between(row(110_004, 110_004, ANY), b" for ", b" to ", Init::Unsaid), Action::Allow),
    row(113_042, 113_042, TCP),
    always(row(210_007, 210_007, ANY), Action::Unknown),
    row(303_003, 303_005, TCP),
    always(row(305_016, 305_016, ANY), Action::Drop),
    row(324_000, 324_008, UDP),
    row(338_301, 338_301, UDP),
    always(between(row(402_114, 402_121, proto::ESP), b"from ", b" to ", Init::Unsaid), Action::Drop),
    always(between(row(402_122, 402_122, ANY), b"from ", b" to ", Init::Unsaid), Action::Drop),
    row(405_101, 405_107, TCP),
    row(410_002, 410_004, UDP),
    row(415_001, 415_020, TCP),
    row(416_001, 416_001, UDP),
    always(between(row(418_001, 418_001, ANY), b"src ", b"dst ", Init::Unsaid), Action::Drop),
    row(419_003, 419_003, TCP),
    always(row(421_002, 421_002, ANY), Action::Allow),
    always(row(421_007, 421_007, ANY), Action::Allow),
    row(423_001, 423_005, UDP),
    row(431_001, 431_002, UDP),
    row(434_001, 434_007, ANY),
    row(446_003, 446_003, TCP),
    row(448_001, 448_001, UDP),
    between(row(450_001, 450_001, ANY), b"src ", b"dst ", Init::Unsaid),
    between(row(500_001, 500_002, TCP), b"src ", b"dest ", Init::SrcWeak),
    row(500_005, 500_005, ANY),
    row(508_001, 508_002, TCP),
    row(509_001, 509_001, ANY),
    always(between(row(602_303, 602_304, proto::ESP), b"between ", b" and ", Init::Unsaid), Action::Allow),
    local(row(605_004, 605_005, TCP)),
    row(607_002, 607_004, ANY),
    row(608_002, 608_005, TCP),
    local(always(row(710_007, 710_007, UDP), Action::Allow)),
    local(always(between(row(725_001, 725_017, TCP), b" client ", b" to ", Init::Src), Action::Allow)),
    // The firewall itself is the client; the server is named first.
    always(between(row(725_001, 725_017, TCP), b" server ", b" to ", Init::Dst), Action::Allow),
    always(between(row(750_001, 750_016, UDP), b"Local:", b"Remote:", Init::Unsaid), Action::Unknown),
    always(between(row(751_001, 751_031, UDP), b"Local:", b"Remote:", Init::Unsaid), Action::Unknown),
];

/// Whether the message is one of these and names both ends.
pub(super) fn spoken(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>, code: u32) -> bool {
    let text = cursor.rest();
    let found = match code {
        304_001 => visit(cursor, draft).map(|()| (TCP, Action::Allow, Init::Src, false)),
        304_002 => refused_page(cursor, draft).map(|()| (TCP, Action::Drop, Init::Src, false)),
        607_001 | 608_001 | 616_001 | 620_001 => {
            expected(cursor, draft).map(|()| (ANY, Action::Allow, Init::Unsaid, false))
        }
        _ => SENTENCES
            .iter()
            .filter(|row| (row.first..=row.last).contains(&code))
            .find_map(|row| {
                let src = end(
                    cursor,
                    row.before_src,
                    row.proto,
                    &words::SOURCE,
                    draft.names,
                )?;
                let src_nat = cursor.mapped(row.proto, &words::FIRST_MAPPED, draft.names);
                cursor.remark(&words::USER);
                let dst = end(
                    cursor,
                    row.before_dst,
                    row.proto,
                    &words::DESTINATION,
                    draft.names,
                )?;
                let dst_nat = cursor.mapped(row.proto, &words::SECOND_MAPPED, draft.names);
                draft.sides(src, src_nat, dst, dst_nat);
                Some((row.proto, row.action, row.init, row.to_firewall))
            }),
    };
    let Some((proto, action, init, to_firewall)) = found else {
        return false;
    };
    let event = &mut *draft.event;
    let is_address =
        |host: Host| host.ip().is_some() || plain::is_masked(host.text(draft.names).as_bytes());
    if !is_address(event.src.host) && !is_address(event.dst.host) {
        return false;
    }
    event.proto = match proto {
        ANY => named(text),
        // `a non-IPSec packet (protocol= ICMP)`
        proto::ESP if has(text, b"(protocol=") => named(text),
        TCP if has(text, b"DTLS") => UDP,
        proto => proto,
    };
    event.action = if action == Action::Nat {
        told(text)
    } else {
        action
    };
    (event.kind, event.init) = if event.action.is_denied() {
        (Kind::Packet, Init::Unsaid)
    } else {
        (Kind::SessionUpdate, init)
    };
    if to_firewall {
        deny::to_firewall(event);
    }
    true
}

fn has(text: &[u8], word: &[u8]) -> bool {
    find(text, word).is_some()
}

/// The decision, where only the sentence tells it.
fn told(text: &[u8]) -> Action {
    const WORDS: [(&[u8], Action); 14] = [
        (b"permitted", Action::Allow),
        (b"succeeded", Action::Allow),
        (b"Allowed", Action::Allow),
        (b"without", Action::Allow),
        (b"denied", Action::Drop),
        (b"Denied", Action::Drop),
        (b"Deny", Action::Drop),
        (b"rop", Action::Drop),
        (b"erminat", Action::Drop),
        (b"eset", Action::Drop),
        (b"failed", Action::Drop),
        (b"prevented", Action::Drop),
        (b"not allowed", Action::Drop),
        (b"bypass", Action::Allow),
    ];
    let found = WORDS.iter().find(|(word, _)| has(text, word));
    found.map_or(Action::Unknown, |(_, action)| *action)
}

/// The first word that is a protocol with ports, or the number behind `protocol`. Other numbers are parts of addresses.
fn named(text: &[u8]) -> u8 {
    if let Some(at) = find(text, b"for protocol ") {
        let word = text[at + 13..].split(|byte| *byte == b' ').next();
        return word.and_then(protocol_number).unwrap_or(ANY);
    }
    text.split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|word| word.len() >= 3 && !word[0].is_ascii_digit())
        .filter_map(protocol_number)
        .find(|number| matches!(*number, proto::TCP | proto::UDP | proto::ICMP | proto::SCTP))
        .unwrap_or(ANY)
}

/// The end behind `before`: `inside:10.1.1.5/443`, or `10.1.1.5:443` in the messages of IKE.
fn end<'a>(
    cursor: &mut Cursor<'a>,
    before: &[u8],
    proto: u8,
    words: &'static SideWords,
    names: &mut Names,
) -> Option<Side<'a>> {
    if !cursor.found(before) {
        return None;
    }
    cursor.skip_spaces();
    let rest = cursor.rest();
    let length = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    let (host, port) = plain::split_port(&rest[..length]);
    if port.is_some() && before.ends_with(b":") {
        cursor.take(length, &words.host);
        let end = crate::engine::model::Endpoint::new(Host::read(host, names), port);
        return Some(Side {
            place: b"",
            end,
            number: None,
        });
    }
    cursor.side(proto, words, names).ok()
}

/// 304001: `[user@]A Accessed [JAVA] URL [user@]B:address`.
fn visit(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Option<()> {
    let client = cursor.until(|byte| matches!(byte, b' ' | b'('), &words::SOURCE.host);
    if !cursor.found(b"URL ") {
        return None;
    }
    let server = cursor.until(|byte| matches!(byte, b':' | b' '), &words::DESTINATION.host);
    let [src, dst] = [client, server].map(|text| {
        let from = memchr::memrchr(b'@', text).map_or(0, |at| at + 1);
        crate::engine::model::Endpoint::new(Host::read(&text[from..], draft.names), None)
    });
    (draft.event.src, draft.event.dst) = (src, dst);
    (!src.host.is_none() && !dst.host.is_none()).then_some(())
}

/// 304002: `Access denied URL address SRC A DEST B on interface X`.
fn refused_page(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Option<()> {
    let src = end(cursor, b"SRC ", TCP, &words::SOURCE, draft.names)?;
    let dst = end(cursor, b"DEST ", TCP, &words::DESTINATION, draft.names)?;
    draft.sides(src, None, dst, None);
    if cursor.found(b"on interface ") {
        draft.event.in_if = draft.names.id(cursor.word(&words::INTERFACE));
    }
    Some(())
}

/// 607001 and its relatives: `Pre-allocate SIP Via UDP secondary channel for A/p to B from M message`: a way is held
/// open on which B will talk to the port of A.
fn expected(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Option<()> {
    let dst = end(cursor, b" for ", ANY, &words::FIRST, draft.names)?;
    let src = end(cursor, b" to ", ANY, &words::SECOND, draft.names)?;
    draft.sides(src, None, dst, None);
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::engine::format::cisco_asa::CiscoAsa;
    use crate::engine::format::outline::outline;

    #[test]
    fn ends_named_in_a_sentence() {
        for (line, expected) in [
            (
                "%ASA-5-304001: 10.1.1.5 Accessed URL 203.0.113.80:http://www.example.com/a",
                "session_update allow tcp 10.1.1.5 > 203.0.113.80 init=Src",
            ),
            (
                "%ASA-5-304001: ann@10.1.1.5(LOCAL\\ann) Accessed JAVA URL web@203.0.113.80:/a",
                "session_update allow tcp 10.1.1.5 > 203.0.113.80 init=Src",
            ),
            (
                "%ASA-5-304002: Access denied URL http://www.example.net/ SRC 10.1.1.5 DEST 203.0.113.80 on interface inside",
                "packet drop tcp 10.1.1.5 > 203.0.113.80 in=inside",
            ),
            (
                "%ASA-6-605004: Login denied from 203.0.113.9/51923 to outside:192.0.2.1/https for user \"*****\"",
                "packet drop tcp 203.0.113.9:51923 > 192.0.2.1:443 out=outside out_role=Local way=LocalIn/PacketAtInterface",
            ),
            (
                "%ASA-6-605005: Login permitted from 10.1.1.9/6651 to inside:10.1.1.1/ssh for user \"ann\"",
                "session_update allow tcp 10.1.1.9:6651 > 10.1.1.1:22 init=Src out=inside out_role=Local way=LocalIn/PacketAtInterface",
            ),
            (
                "%ASA-6-725001: Starting SSL handshake with client outside:203.0.113.9/57700 to 192.0.2.1/443 for TLS session",
                "session_update allow tcp 203.0.113.9:57700 > 192.0.2.1:443 init=Src in=outside out_role=Local way=LocalIn/PacketAtInterface",
            ),
            (
                "%ASA-6-725002: Device completed SSL handshake with client outside:203.0.113.9/57700 to 192.0.2.1/443 for DTLSv1.2 session",
                "session_update allow udp 203.0.113.9:57700 > 192.0.2.1:443 init=Src in=outside out_role=Local way=LocalIn/PacketAtInterface",
            ),
            (
                "%ASA-6-602303: IPSEC: An outbound LAN-to-LAN SA (SPI= 0xF81283) between 192.0.2.1 and 203.0.113.1 (user= 203.0.113.1) has been created.",
                "session_update allow esp 192.0.2.1 > 203.0.113.1",
            ),
            (
                "%ASA-5-750002: Local:192.0.2.1:500 Remote:203.0.113.1:4500 Username:Unknown Received a IKE_INIT_SA request",
                "session_update unknown udp 192.0.2.1:500 > 203.0.113.1:4500",
            ),
            (
                "%ASA-6-607001: Pre-allocate SIP Via UDP secondary channel for voice:10.2.2.2/5060 to inside:10.1.1.5 from OPTIONS message",
                "session_update allow udp 10.1.1.5 > 10.2.2.2:5060 in=inside out=voice",
            ),
            (
                "%ASA-4-434004: SFR requested ASA to bypass further packet redirection and process TCP flow from inside:10.1.1.5/8888 to outside:203.0.113.80/443 locally",
                "session_update allow tcp 10.1.1.5:8888 > 203.0.113.80:443 init=SrcWeak in=inside out=outside",
            ),
            (
                "%ASA-5-415006: HTTP - matched Class 22: files in policy-map web, URI matched - Resetting connection from inside:10.1.1.5/50012 to outside:203.0.113.80/80",
                "packet drop tcp 10.1.1.5:50012 > 203.0.113.80:80 in=inside out=outside",
            ),
            (
                "%ASA-4-402116: IPSEC: Received an ESP packet (SPI= 0x99, sequence number= 0x1) from 203.0.113.1 (user= vpn) to 192.0.2.1. The decapsulated inner packet does not match.",
                "packet drop esp 203.0.113.1 > 192.0.2.1",
            ),
            (
                "%ASA-6-109007: Authorization permitted for user 'ann' from 10.1.1.5/50012 to 203.0.113.80/80 on interface inside",
                "session_update allow tcp 10.1.1.5:50012 > 203.0.113.80:80 init=SrcWeak",
            ),
            (
                "%ASA-4-113042: Non-HTTP connection from outside:203.0.113.9/61002 to inside:10.1.8.22/444 denied by redirect filter; only HTTP connections are supported for redirection.",
                "packet drop tcp 203.0.113.9:61002 > 10.1.8.22:444 in=outside out=inside",
            ),
            (
                "%ASA-6-108007: TLS started on ESMTP session between client inside:10.1.1.5/50012 and server outside:203.0.113.25/25",
                "session_update unknown tcp 10.1.1.5:50012 > 203.0.113.25:25 init=Src in=inside out=outside",
            ),
            (
                "%ASA-6-725002: Device completed SSL handshake with server inside:10.1.1.1/636 to 10.1.1.9/50000 for TLSv1.2 session",
                "session_update allow tcp 10.1.1.1:636 > 10.1.1.9:50000 init=Dst in=inside",
            ),
            (
                "%ASA-4-607004: Phone Proxy: Dropping SIP message from outside:203.0.113.5/5060 to inside:10.132.1.5/5060 with source MAC 0200.0000.0001 due to secure phone database mismatch.",
                "packet drop 203.0.113.5:5060 > 10.132.1.5:5060 in=outside out=inside",
            ),
            (
                "%ASA-4-450001: Deny traffic for protocol 6 src inside:10.1.1.5/50012 dst outside:203.0.113.80/443, licensed host limit of 10 exceeded.",
                "packet drop tcp 10.1.1.5:50012 > 203.0.113.80:443 in=inside out=outside",
            ),
            (
                "%ASA-3-305016: Unable to create TCP connection from inside:10.1.1.5/50012 to outside:203.0.113.80/443 due to reaching per-host PAT port block limit of 4.",
                "packet drop tcp 10.1.1.5:50012 > 203.0.113.80:443 in=inside out=outside",
            ),
            (
                "%ASA-6-421002: TCP flow from inside:10.1.1.5/50012 to outside:203.0.113.80/80 bypassed application checking because the protocol is not supported.",
                "session_update allow tcp 10.1.1.5:50012 > 203.0.113.80:80 init=SrcWeak in=inside out=outside",
            ),
            (
                "%ASA-6-110004: Egress interface changed from outside to wan2 on TCP connection 4321 for inside:10.1.1.5/50012 (198.51.100.2/22011) to outside:203.0.113.80/80 (203.0.113.80/80)",
                "session_update allow tcp 10.1.1.5:50012 > 203.0.113.80:80 nat(198.51.100.2:22011 > 203.0.113.80:80) in=inside out=outside",
            ),
        ] {
            assert_eq!(outline(&CiscoAsa, line), expected, "{line}");
        }
    }
}
