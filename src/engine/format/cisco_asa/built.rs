//! Connections and translations: Built and Teardown, with who opened them and why they ended.
//!
//! `Built inbound` means the end named first opened it, `Built outbound` the one named second, whatever the
//! networks are called; the event's `src` is the one that opened it. A Teardown does not repeat the word, so it
//! keeps the line's order and says nothing of the initiator; its connection number joins it to its Built line.

use super::cursor::{Cursor, Side};
use super::words;
use super::{Draft, is_query};
use crate::engine::model::{
    Action, End, Endpoint, Event, Icmp, IfRole, Init, Kind, Reason, ResetBy, SessionTag, Way,
    WayBasis, proto,
};

/// 302013, 302015, 302017, 302035: `Built {inbound|outbound} [Probe] TCP connection N for A (a) to B (b)`;
/// 302303: `Built TCP state-bypass connection N from A (a) to B (b)`.
pub(super) fn built(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    if !cursor.eat_as(b"Built ", &words::BUILT) {
        cursor.expect(b"Built ")?;
    }
    let mut way = Way::Unsaid;
    let mut proto = proto::UNKNOWN;
    loop {
        if cursor.eat_as(b"inbound ", &words::WAY) {
            way = Way::In;
        } else if cursor.eat_as(b"outbound ", &words::WAY) {
            way = Way::Out;
        }
        match cursor.word(&words::PROTOCOL) {
            b"connection" => break,
            b"Probe" | b"state-bypass" => {}
            b"" => return Err(Reason::Cut),
            name => proto = super::cursor::protocol_number(name).ok_or(Reason::BadSyntax)?,
        }
    }
    draft.event.proto = proto;
    let number = cursor.number(&words::CONNECTION)?;
    draft.event.session_id = SessionTag::Number(number);
    if !cursor.eat(b"for ") {
        cursor.expect(b"from ")?;
    }
    let ((first, first_nat), (second, second_nat)) = both(cursor, draft, proto)?;
    draft.event.kind = Kind::SessionStart;
    draft.event.action = Action::Start;
    draft.event.ts_start = draft.when();
    // FWSM, whose numbers need 64 bits, names the opener first, whatever the word.
    if way == Way::Out && u32::try_from(number).is_ok() {
        draft.sides(second, second_nat, first, first_nat);
    } else {
        draft.sides(first, first_nat, second, second_nat);
    }
    // State bypass looks at no handshake: whoever sent the first packet it saw counts as the initiator.
    draft.event.init = if way == Way::Unsaid {
        Init::SrcWeak
    } else {
        Init::Src
    };
    if draft.event.way == Way::Unsaid && way != Way::Unsaid {
        draft.event.way = way;
        draft.event.way_basis = WayBasis::SecurityLevel;
    }
    Ok(())
}

type End2<'a> = (Side<'a>, Option<Endpoint>);

/// `A/p (a/p)(user) to B/q (b/q) (user)`.
fn both<'a>(
    cursor: &mut Cursor<'a>,
    draft: &mut Draft<'_>,
    proto: u8,
) -> Result<(End2<'a>, End2<'a>), Reason> {
    let first = cursor.side(proto, &words::FIRST, draft.names)?;
    let first_nat = cursor.mapped(proto, &words::FIRST_MAPPED, draft.names);
    cursor.remark(&words::USER);
    cursor.past(b" to ")?;
    let second = cursor.side(proto, &words::SECOND, draft.names)?;
    let second_nat = cursor.mapped(proto, &words::SECOND_MAPPED, draft.names);
    cursor.remark(&words::USER);
    Ok(((first, first_nat), (second, second_nat)))
}

/// 302014, 302016, 302018, 302036, 302304: `Teardown TCP connection N for A to B duration h:mm:ss bytes n reason`.
pub(super) fn teardown(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    if !cursor.eat_as(b"Teardown ", &words::TEARDOWN) {
        cursor.expect(b"Teardown ")?;
    }
    let mut proto = proto::UNKNOWN;
    let mut bypass = false;
    loop {
        match cursor.word(&words::PROTOCOL) {
            b"connection" => break,
            b"state-bypass" => bypass = true,
            b"Probe" => {}
            b"" => return Err(Reason::Cut),
            name => proto = super::cursor::protocol_number(name).ok_or(Reason::BadSyntax)?,
        }
    }
    draft.event.proto = proto;
    draft.event.session_id = SessionTag::Number(cursor.number(&words::CONNECTION)?);
    if !cursor.eat(b"for ") {
        cursor.expect(b"from ")?;
    }
    let ((first, first_nat), (second, second_nat)) = both(cursor, draft, proto)?;
    draft.sides(first, first_nat, second, second_nat);
    // Which of the two came first is not said here, so neither is the way.
    (draft.event.way, draft.event.way_basis) = (Way::Unsaid, WayBasis::Unsaid);
    if bypass {
        draft.event.init = Init::SrcWeak;
    }
    cursor.past(b"duration ")?;
    ended(cursor, draft)?;
    if cursor.eat(b"bytes ") {
        draft.event.bytes_total = Some(cursor.number(&words::BYTES)?);
    } else if cursor.eat(b", ") {
        // State bypass: `duration 0:10:00, 12345 bytes, Connection timeout`.
        draft.event.bytes_total = Some(cursor.number(&words::BYTES)?);
        cursor.skip_spaces();
        cursor.eat(b"bytes");
    }
    reason(cursor, draft);
    Ok(())
}

/// `h:mm:ss`, and the times that follow from it.
fn ended(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    let text = cursor.word(&words::DURATION);
    let duration = clock_time(text).ok_or(if text.is_empty() {
        Reason::Cut
    } else {
        Reason::BadNumber
    })?;
    let when = draft.when();
    let event = &mut *draft.event;
    event.kind = Kind::SessionEnd;
    event.action = Action::Close;
    event.end = End::Unknown;
    event.duration_us = Some(duration);
    event.ts_end = when;
    event.ts_start = when.map(|end| end - duration);
    Ok(())
}

/// `1:02:10` or `92:24:20` in microseconds.
fn clock_time(text: &[u8]) -> Option<i64> {
    let (mut seconds, mut n_parts) = (0_i64, 0);
    for part in text.split(|byte| *byte == b':') {
        let number =
            crate::engine::model::ports::decimal(part).filter(|number| *number < 1_000_000)?;
        seconds = seconds * 60 + number as i64;
        n_parts += 1;
    }
    (n_parts == 3).then_some(seconds * 1_000_000)
}

/// `TCP FINs from outside (user)`, `SYN Timeout`, or a user alone, or nothing.
fn reason(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) {
    cursor.skip_spaces();
    cursor.eat(b", ");
    let rest = cursor.rest();
    let stop = memchr::memchr(b'(', rest).unwrap_or(rest.len());
    let from = memchr::memchr_iter(b'f', &rest[..stop])
        .find(|at| *at > 0 && rest[at - 1] == b' ' && rest[*at..stop].starts_with(b"from "))
        .map(|at| at - 1);
    let text = rest[..from.unwrap_or(stop)].trim_ascii_end();
    if !text.is_empty() {
        cursor.take(text.len(), &words::REASON);
        let (end, action, reset_by) = meaning(text);
        draft.event.end = end;
        draft.event.action = action;
        draft.event.reset_by = reset_by;
        draft.event.action_raw = draft.names.id(text);
    }
    if from.is_some() && cursor.eat(b"from ") {
        cursor.word(&words::CLOSER);
    }
    cursor.skip_spaces();
    cursor.remark(&words::USER);
}

/// The vendor's words for the end of a connection. `I` and `O` name the trusted and the less trusted side; which
/// of them is the client stands only in the Built line, so a reset names no side here.
fn meaning(text: &[u8]) -> (End, Action, ResetBy) {
    const TABLE: &[(&[u8], End, Action)] = &[
        (b"TCP FINs", End::Fin, Action::Close),
        (b"TCP Reset", End::Rst, Action::Reset),
        (b"Conn-timeout", End::IdleTimeout, Action::Timeout),
        (b"Connection timeout", End::IdleTimeout, Action::Timeout),
        (b"SYN Timeout", End::SynTimeout, Action::Timeout),
        (b"FIN Timeout", End::HalfCloseTimeout, Action::Timeout),
        (b"Flow timed out", End::IdleTimeout, Action::Timeout),
        (b"Idle Timeout", End::IdleTimeout, Action::Timeout),
        (b"Pinhole Timeout", End::Pinhole, Action::Timeout),
        (b"Failover primary closed", End::Failover, Action::Close),
        (b"Route change", End::RouteChange, Action::Close),
        (b"No valid adjacency", End::RouteChange, Action::Close),
        (b"Xlate Clear", End::Cleared, Action::Close),
        (b"Tunnel has been torn down", End::Cleared, Action::Close),
        (b"Flow closed by inspection", End::Threat, Action::Close),
        (b"Deny Terminate", End::Threat, Action::Close),
        (b"Flow terminated by", End::Threat, Action::Close),
        (b"Flow reset by", End::Threat, Action::Reset),
        (b"IPS fail-close", End::Threat, Action::Close),
        (b"Unauth Deny", End::PolicyDeny, Action::Close),
        (b"Probe received RST", End::Rst, Action::Reset),
        (b"Probe received FIN", End::Fin, Action::Close),
    ];
    let Some((_, end, action)) = TABLE.iter().find(|(word, ..)| starts_with(text, word)) else {
        return (End::Unknown, Action::Close, ResetBy::Unknown);
    };
    let by_device = starts_with(text, b"TCP Reset - APPLIANCE")
        || starts_with(text, b"TCP Reset-APPLIANCE")
        || starts_with(text, b"Flow reset by");
    (
        *end,
        *action,
        if by_device {
            ResetBy::Device
        } else {
            ResetBy::Unknown
        },
    )
}

fn starts_with(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// 302020, 302021: `Built inbound ICMP connection for faddr F/x gaddr G/y laddr L/z type t code c`.
pub(super) fn icmp(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    let mut way = Way::Unsaid;
    let is_built = cursor.eat_as(b"Built ", &words::BUILT);
    if is_built {
        way = match cursor.word(&words::WAY) {
            b"outbound" => Way::Out,
            b"inbound" => Way::In,
            _ => return Err(Reason::BadSyntax),
        };
    } else if !cursor.eat_as(b"Teardown ", &words::TEARDOWN) {
        cursor.expect(b"Teardown ")?;
    }
    cursor.word(&words::PROTOCOL);
    cursor.past(b"faddr ")?;
    let far = cursor.side(proto::ICMP, &words::FOREIGN, draft.names)?;
    cursor.remark(&words::USER);
    cursor.past(b"gaddr ")?;
    let global = cursor.side(proto::ICMP, &words::GLOBAL, draft.names)?;
    cursor.past(b"laddr ")?;
    let local = cursor.side(proto::ICMP, &words::LOCAL, draft.names)?;
    cursor.remark(&words::USER);
    let id = [far.number, local.number, global.number]
        .into_iter()
        .flatten()
        .find(|number| *number != 0);

    // The number stands at the side that sent the requests.
    let far_asked = far.number.is_some_and(|number| number != 0);
    let local_asked = local.number.is_some_and(|number| number != 0);
    let far_first = match way {
        Way::In => true,
        Way::Out => false,
        _ => far_asked,
    };
    let global = Some(global.end);
    if far_first {
        draft.sides(far, None, local, global);
    } else {
        draft.sides(local, global, far, None);
    }
    draft.event.proto = if is_icmp_v6(&draft.event.src) {
        proto::ICMP6
    } else {
        proto::ICMP
    };
    if cursor.found(b"type ") {
        let kind = cursor.small(&words::ICMP_TYPE)?;
        let code = if cursor.found(b"code ") {
            cursor.small(&words::ICMP_CODE)?
        } else {
            0
        };
        // Without any of these the sender is not known, and a type without its sender would mislead.
        if is_built || far_asked || local_asked || !is_query(draft.event.proto, kind) {
            draft.event.icmp = Some(Icmp {
                kind,
                code,
                id,
                inner: None,
            });
        }
    }
    if is_built {
        draft.event.kind = Kind::SessionStart;
        draft.event.action = Action::Start;
        draft.event.init = Init::Src;
        draft.event.ts_start = draft.when();
        if draft.event.way == Way::Unsaid {
            draft.event.way = way;
            draft.event.way_basis = WayBasis::SecurityLevel;
        }
    } else {
        draft.event.kind = Kind::SessionEnd;
        draft.event.action = Action::Close;
        draft.event.end = End::Unknown;
        draft.event.ts_end = draft.when();
    }
    Ok(())
}

fn is_icmp_v6(end: &Endpoint) -> bool {
    end.host.ip().is_some_and(|ip| ip.is_ipv6())
}

/// 302022–302027 and 805001/2: cluster stubs and offload. Copies of a flow that another line opened, so they
/// update a session and never begin or end one.
pub(super) fn stub(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    let mut proto = proto::UNKNOWN;
    loop {
        let word = cursor.word(&words::PROTOCOL);
        match word {
            b"" => return Err(Reason::Cut),
            b"connection" => break,
            b"TCP" | b"UDP" | b"ICMP" | b"SCTP" => {
                proto = super::cursor::protocol_number(word).unwrap_or(proto::UNKNOWN);
            }
            _ => {}
        }
    }
    draft.event.proto = proto;
    if cursor.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        draft.event.session_id = SessionTag::Number(cursor.number(&words::CONNECTION)?);
    }
    if !cursor.eat(b"for ") {
        cursor.expect(b"from ")?;
    }
    let ((first, first_nat), (second, second_nat)) = both(cursor, draft, proto)?;
    draft.sides(first, first_nat, second, second_nat);
    draft.event.kind = Kind::SessionUpdate;
    draft.event.action = Action::Allow;
    if cursor.found(b"forwarded bytes ") {
        draft.event.bytes_total = Some(cursor.number(&words::BYTES)?);
    }
    Ok(())
}

/// 305009–305012: `Built dynamic TCP translation from A/p to B/q`. A lease of an address, not traffic: `src` is the
/// real end, `dst` and `nat_src` the one it is seen as, action `nat`.
pub(super) fn translation(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    let is_built = cursor.eat_as(b"Built ", &words::BUILT);
    if !is_built && !cursor.eat_as(b"Teardown ", &words::TEARDOWN) {
        cursor.expect(b"Teardown ")?;
    }
    let mut proto = proto::UNKNOWN;
    loop {
        match cursor.word(&words::PROTOCOL) {
            b"" => return Err(Reason::Cut),
            b"translation" => break,
            name => proto = super::cursor::protocol_number(name).unwrap_or(proto),
        }
    }
    cursor.expect(b"from ")?;
    let real = cursor.side(proto, &words::FIRST, draft.names)?;
    cursor.remark(&words::USER);
    cursor.past(b"to ")?;
    let mapped = cursor.side(proto, &words::FIRST_MAPPED, draft.names)?;
    draft.sides(real, Some(mapped.end), mapped, None);
    draft.event.proto = proto;
    if cursor.eat(b"duration ") {
        ended(cursor, draft)?;
    }
    draft.event.kind = if is_built {
        Kind::SessionStart
    } else {
        Kind::SessionEnd
    };
    draft.event.action = Action::Nat;
    Ok(())
}

/// 507003, 507001: `tcp flow from A to B terminated by inspection engine, reason - …`.
pub(super) fn inspection(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    let proto = if cursor.eat(b"Terminating TCP-Proxy") {
        proto::TCP
    } else {
        cursor.protocol(&words::PROTOCOL)?
    };
    cursor.past(b"from ")?;
    let ((first, _), (second, _)) = both(cursor, draft, proto)?;
    draft.sides(first, None, second, None);
    draft.event.proto = proto;
    draft.event.kind = Kind::SessionEnd;
    draft.event.action = Action::Reset;
    draft.event.reset_by = ResetBy::Device;
    draft.event.end = End::Threat;
    // "originating interface" is what the vendor calls the first one.
    draft.event.init = Init::SrcWeak;
    draft.event.ts_end = draft.when();
    if cursor.found(b"reason - ") {
        let text = cursor.rest();
        cursor.take(text.len(), &words::REASON);
        draft.event.action_raw = draft.names.id(text.trim_ascii_end());
    }
    Ok(())
}

/// 303002: `FTP connection from A to B, user … Stored file …`. A command on a control connection that is open.
pub(super) fn ftp(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    cursor.past(b"connection from ")?;
    let first = cursor.side(proto::TCP, &words::FIRST, draft.names)?;
    cursor.remark(&words::USER);
    cursor.past(b"to ")?;
    let second = cursor.side(proto::TCP, &words::SECOND, draft.names)?;
    draft.sides(first, None, second, None);
    let event: &mut Event = draft.event;
    event.proto = proto::TCP;
    event.kind = Kind::SessionUpdate;
    event.action = Action::Allow;
    event.init = Init::Src;
    Ok(())
}

/// The interface that stands for the firewall itself.
pub(super) const IDENTITY: &[u8] = b"identity";

/// What an interface's name says of the side it faces: only `identity` is the vendor's own word.
pub(super) fn role(place: &[u8]) -> IfRole {
    if place == IDENTITY {
        IfRole::Local
    } else {
        IfRole::Unsaid
    }
}
