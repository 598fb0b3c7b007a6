//! Clavister NetWall (cOS Core): connections, rules, states; records in nested brackets.
//!
//! Sample   `id=600001 event=conn_open [message=Connection opened … ][rules rule=out ][conn [conn connsrcip=10.1.1.5 …]]`
//! Fields   `connsrcip`, `newconnsrcip` = after translation, `origsent` = from the source; of single packets `srcip`, `destip`
//! Quirks   Flags of a packet are `SYN=1 ACK=0 …`. Counters may have a unit (`4.52 K`); such a rounded number is not taken.
//! Spec     <https://docs.clavister.com/repo/cos-core-log-reference-guide/doc/index.html>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, contains, firewall};
use super::plain;
use crate::engine::model::{
    Action, End, Flags, FlagsScope, Init, Kind, StampQuality, State, ports, proto,
};
use crate::engine::source::Record;
use crate::engine::source::find::find;
use crate::engine::source::time::{self, DayOrder};

pub static FORMAT: Dialect = Dialect(&Spec {
    about: About {
        id: "clavister",
        title: "Clavister NetWall (cOS Core)",
        spec: "https://docs.clavister.com/repo/cos-core-log-reference-guide/doc/index.html",
        example: "id=600001 event=conn_open [message=Connection opened conndestzone=\"wan\" connrecvzone=\"lan\" ][rules rule=out ][conn [conn conn=Open connsrcip=10.1.1.5 conndestip=203.0.113.80 connipproto=TCP connsrcport=50012 conndestport=443 connrecvif=lan conndestif=wan ]]",
        device: firewall("Clavister"),
    },
    shape: Shape::Equals(b' '),
    claims,
    fields: &[
        (Role::Code, "id"),
        (Role::Kind, "event"),
        (Role::Action, "action"),
        (Role::Src, "connsrcip srcip local_ip"),
        (Role::SrcPort, "connsrcport srcport local_port"),
        (Role::Dst, "conndestip destip remote_ip"),
        (Role::DstPort, "conndestport destport remote_port"),
        (Role::NatSrc, "newconnsrcip connnewsrcip"),
        (Role::NatSrcPort, "newconnsrcport connnewsrcport"),
        (Role::NatDst, "newconndestip connnewdestip"),
        (Role::NatDstPort, "newconndestport connnewdestport"),
        (Role::Rule, "rule"),
        (Role::InIf, "connrecvif recvif"),
        (Role::OutIf, "conndestif"),
        (Role::InZone, "connrecvzone recvzone"),
        (Role::OutZone, "conndestzone"),
        (Role::App, "application"),
        (Role::Seq, "seqno"),
        (Role::Length, "iptotlen"),
        (Role::Ttl, "ttl"),
        (Role::Own1, "origsent"),
        (Role::Own2, "termsent"),
        (Role::Own3, "connipproto"),
        (Role::Seconds, "conntime"),
        (Role::IcmpType, "icmptype"),
    ],
    tune,
});

/// `id=600001 event=…`; without brackets `EFW: CONN: prio=1 id=00600001 rev=1 event=…`.
fn claims(record: &Record<'_>) -> bool {
    let Some(rest) = record.body.strip_prefix(b"id=") else {
        let start = &record.body[..record.body.len().min(64)];
        return find(start, b": prio=").is_some()
            && find(start, b" id=").is_some()
            && record.has(b" event=");
    };
    let n_digits = rest
        .iter()
        .take(9)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    n_digits >= 5 && rest[n_digits..].starts_with(b" event=")
}

fn tune(draft: &mut Draft<'_, '_>) -> bool {
    let kind = draft.word(Role::Kind);
    let text = draft.text;
    // `<133>[2024-02-19 10:15:02] EFW: `: its own clock, which knows the year.
    if draft.event.ts.quality > StampQuality::AssumedZone
        && let Some(at) = text.iter().take(6).position(|byte| *byte == b'[')
        && let Some((stamp, _)) = time::any(&text[at + 1..], &draft.clock, DayOrder::MonthFirst)
    {
        draft.event.ts = stamp;
    }
    // `[ippacket … ipproto=TCP …]`; before it `[ethernet … ipproto=Ip4 ]`.
    let number = draft.get(Role::Own3).and_then(proto::parse).or_else(|| {
        let mut found = memchr::memmem::find_iter(text, b"ipproto=");
        found.find_map(|at| {
            let rest = &text[at + 8..];
            proto::parse(rest.split(|byte| matches!(byte, b' ' | b']')).next()?)
        })
    });
    draft.event.proto = number.unwrap_or(proto::UNKNOWN);
    if matches!(number, Some(proto::ICMP | proto::ICMP6)) {
        (draft.event.src.port, draft.event.dst.port) = (None, None);
    }
    // An end of the other pair is not one of this.
    if draft.event.src.host.is_none() || draft.event.dst.host.is_none() {
        return false;
    }
    let flags = flags(draft);
    let event = &mut draft.event;
    if let Some(flags) = flags.filter(|_| event.proto == proto::TCP) {
        (event.flags, event.flags_scope) = (flags, FlagsScope::Packet);
    }
    let opens = contains(kind, "conn_open");
    let ends = contains(kind, "conn_close");
    let message = find(text, b"message=").map_or(b"".as_slice(), |at| &text[at + 8..]);
    let message = &message[..message.len().min(160)];
    if opens {
        draft.decide(Some(Action::Start));
    } else if ends {
        draft.decide(Some(Action::Close));
        draft.event.end = End::Unknown;
    } else if matches!(draft.word(Role::Action), b"close") {
        // The filter of a program closed its own session; what the firewall decided is another record.
        draft.decide(None);
        draft.event.kind = Kind::SessionUpdate;
        draft.event.init = Init::Src;
    } else if draft.event.action == Action::Unknown && draft.word(Role::Action) != b"none" {
        const REFUSED: [&str; 2] = [". dropping", "rejecting"];
        let is_refused = REFUSED.iter().any(|word| contains(message, word));
        draft.decide(is_refused.then_some(Action::Drop));
    }
    let sent = |role: Role| draft.get(role).and_then(ports::decimal);
    let (there, back) = (sent(Role::Own1), sent(Role::Own2));
    let event = &mut draft.event;
    (event.bytes_f, event.bytes_r) = (there, back);
    if event.action.is_denied() {
        event.state = if contains(message, "would not open a new connection")
            || contains(message, "unexpected tcp flags")
        {
            State::NoState
        } else {
            plain::state(message)
        };
    }
    true
}

/// `[tcpflags URG=0 ACK=1 PSH=0 RST=0 SYN=0 FIN=1 ]`
fn flags(draft: &Draft<'_, '_>) -> Option<Flags> {
    let list = find(draft.text, b"[tcpflags ");
    let rest = &draft.text[list.map_or(0, |at| at + 10)..];
    let rest = &rest[..memchr::memchr(b']', rest).unwrap_or(rest.len())];
    let mut bits = 0;
    // Without brackets only those that are set: `syn=1`.
    let rest = if list.is_some() { rest } else { draft.text };
    for word in rest.split(|byte| *byte == b' ') {
        if let Some(name) = word.strip_suffix(b"=1") {
            bits |= Flags::from_word(name).unwrap_or(0);
        }
    }
    (list.is_some() || bits != 0).then_some(Flags(bits))
}
