//! Packets that were refused, and packets a rule counted.

use super::cursor::{Cursor, Side};
use super::words;
use super::{Draft, is_query};
use crate::engine::model::{
    Action, Endpoint, Event, Flags, FlagsScope, Icmp, IfRole, Inner, Kind, Reason, ResetBy, State,
    Way, WayBasis, ports::decimal, proto,
};
use memchr::memmem;

/// The shapes that the refusing messages come in; what differs between their numbers is data.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// The words after which the first end stands.
    pub before_src: &'static [u8],
    pub before_dst: &'static [u8],
    /// Where the protocol is not in the text.
    pub proto: Proto,
    pub state: State,
    pub action: Action,
    /// The destination is the firewall itself.
    pub to_firewall: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Proto {
    Known(u8),
    /// Stands after these words.
    After(&'static [u8]),
}

const DROP: Shape = Shape {
    before_src: b"from ",
    before_dst: b"to ",
    proto: Proto::Known(proto::TCP),
    state: State::Unsaid,
    action: Action::Drop,
    to_firewall: false,
};

/// What a message number says; `None` for those that are no packet or have a shape of their own.
pub(super) fn shape(code: u32) -> Option<Shape> {
    let after = |words: &'static [u8]| Shape {
        proto: Proto::After(words),
        ..DROP
    };
    let any = Shape {
        proto: Proto::Known(proto::UNKNOWN),
        ..DROP
    };
    let src_dst = |words: &'static [u8]| Shape {
        before_src: b"src ",
        before_dst: b"dst ",
        ..after(words)
    };
    Some(match code {
        106_001 | 419_001 | 500_003 => DROP,
        106_006 | 106_007 => Shape {
            proto: Proto::Known(proto::UDP),
            ..DROP
        },
        106_010 | 106_014 => src_dst(b"inbound "),
        106_011 => src_dst(b"(No xlate) "),
        106_012 | 106_020 => any,
        106_015 => Shape {
            state: State::NoState,
            ..DROP
        },
        106_016 | 106_017 => Shape {
            state: State::Spoofed,
            ..any
        },
        106_021 | 106_022 => Shape {
            state: State::Spoofed,
            ..after(b"Deny ")
        },
        106_023 => src_dst(b"Deny "),
        106_002 => Shape {
            before_src: b"src ",
            before_dst: b"dest ",
            ..after(b"")
        },
        106_018 => Shape {
            before_src: b"src ",
            before_dst: b"dest ",
            proto: Proto::Known(proto::ICMP),
            ..DROP
        },
        106_013 => Shape {
            before_dst: b"to PAT address ",
            proto: Proto::Known(proto::ICMP),
            ..DROP
        },
        110_002 | 110_003 => after(b" for "),
        305_005 | 305_006 => src_dst(b" for "),
        305_013 => src_dst(b"Connection for "),
        419_002 => Shape {
            action: Action::Unknown,
            ..DROP
        },
        410_001 => after(b"Dropped "),
        420_002 | 434_002 => after(b"to drop "),
        420_003 => Shape {
            action: Action::Reset,
            ..after(b"to reset ")
        },
        421_001 => after(b""),
        500_004 => Shape {
            before_src: b"from ",
            ..after(b"protocol=")
        },
        710_001 => Shape {
            action: Action::Unknown,
            to_firewall: true,
            ..after(b"")
        },
        710_002 => Shape {
            action: Action::Allow,
            to_firewall: true,
            ..after(b"")
        },
        710_003..=710_006 => Shape {
            to_firewall: true,
            ..after(b"")
        },
        401_004 => Shape {
            before_src: b"packet: ",
            before_dst: b"==> ",
            ..any
        },
        400_000..=400_099 => Shape {
            action: Action::Unknown,
            ..any
        },
        // Fragments: `… : src = A, dest = B, proto = UDP, id = n`.
        209_003..=209_006 => Shape {
            before_src: b"src = ",
            before_dst: b"dest = ",
            ..any
        },
        _ => return None,
    })
}

/// `… TCP … from A to B flags F on interface X`, and its relatives.
pub(super) fn packet(
    cursor: &mut Cursor<'_>,
    draft: &mut Draft<'_>,
    code: u32,
    shape: Shape,
) -> Result<(), Reason> {
    draft.event.kind = Kind::Packet;
    let whole = cursor.rest();
    let known =
        cursor.eat_as(b"Deny inbound ", &words::DENY) || cursor.eat_as(b"Deny ", &words::DENY);
    let proto = match shape.proto {
        Proto::Known(proto) => {
            if known || cursor.eat(b"Inbound ") {
                cursor.word(&words::PROTOCOL);
                cursor.skip_spaces();
                // `(no connection)`, `spoof`
                cursor.remark(&words::WHY);
            }
            proto
        }
        Proto::After(b"Deny " | b"inbound ") if known => cursor.protocol(&words::PROTOCOL)?,
        Proto::After(words) => {
            cursor.past(words)?;
            cursor.protocol(&words::PROTOCOL)?
        }
    };
    cursor.past(shape.before_src)?;
    // Old releases: `from laddr 10.0.0.1`.
    cursor.eat(b"laddr ");
    let src = cursor.side(proto, &words::SOURCE, draft.names)?;
    let src_nat = cursor.mapped(proto, &words::FIRST_MAPPED, draft.names);
    cursor.remark(&words::USER);
    cursor.past(shape.before_dst)?;
    let dst = cursor.side(proto, &words::DESTINATION, draft.names)?;
    let dst_nat = cursor.mapped(proto, &words::SECOND_MAPPED, draft.names);
    draft.sides(src, src_nat, dst, dst_nat);
    let event = &mut *draft.event;
    event.proto = proto;
    event.action = shape.action;
    event.state = shape.state;
    if shape.action == Action::Reset {
        event.reset_by = ResetBy::Device;
    }
    if shape.to_firewall {
        to_firewall(event);
    }
    match code {
        // The type stands before the ends, as a number or as a word.
        106_013 if whole.starts_with(b"Dropping echo request") => echo(draft.event, 8),
        106_018 => {
            let kind = memmem::find(whole, b"type ").map(|at| &whole[at + 5..]);
            let kind = kind.and_then(|rest| rest.split(|byte| *byte == b' ').next());
            if let Some(kind) = kind.and_then(decimal).and_then(|kind| kind.try_into().ok()) {
                echo(draft.event, kind);
            }
        }
        // `IDS:2000 ICMP echo reply from …`: the signature's name begins with the protocol.
        400_000..=400_099 => {
            let mut words = whole.split(|byte| *byte == b' ').skip(1);
            let name = words.next().and_then(super::cursor::protocol_number);
            draft.event.proto = name.unwrap_or(proto::UNKNOWN);
        }
        _ => {}
    }
    rest_of_packet(cursor, draft, code)
}

fn echo(event: &mut Event, kind: u8) {
    event.icmp = Some(Icmp {
        kind,
        code: 0,
        id: None,
        inner: None,
    });
}

pub(super) fn to_firewall(event: &mut Event) {
    event.out_role = IfRole::Local;
    event.way = Way::LocalIn;
    event.way_basis = WayBasis::PacketAtInterface;
}

/// What can follow the two ends: user, ICMP type, flags, rule, interface.
fn rest_of_packet(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>, code: u32) -> Result<(), Reason> {
    match code {
        106_001 | 106_015 | 500_003 => flags(cursor, draft.event),
        419_002 => {
            draft.event.flags = Flags(Flags::SYN);
            draft.event.flags_scope = FlagsScope::Packet;
        }
        _ => {}
    }
    let is_icmp = matches!(draft.event.proto, proto::ICMP | proto::ICMP6);
    // `(type 8, code 0)` can touch the address and looks like a remark.
    if is_icmp && cursor.found(b"type ") {
        let kind = cursor.small(&words::ICMP_TYPE)?;
        let code = if cursor.found(b"code ") {
            cursor.small(&words::ICMP_CODE)?
        } else {
            0
        };
        draft.event.icmp = Some(Icmp {
            kind,
            code,
            id: None,
            inner: None,
        });
    } else {
        cursor.remark(&words::USER);
    }
    if matches!(code, 209_003..=209_006) && cursor.found(b"proto = ") {
        draft.event.proto = cursor.protocol(&words::PROTOCOL)?;
    }
    if code == 106_023 && cursor.found(b"by access-group \"") {
        let rule = cursor.until(|byte| byte == b'"', &words::RULE);
        draft.event.rule = draft.names.id(rule);
    } else if matches!(code, 106_002 | 106_018) && cursor.found(b"by outbound list ") {
        let rule = cursor.word(&words::RULE);
        draft.event.rule = draft.names.id(rule);
    }
    if draft.event.in_if.is_none() && cursor.found(b"on interface ") {
        let name = cursor.word(&words::INTERFACE);
        draft.event.in_if = draft.names.id(name);
    }
    if cursor.eat(b"due to ") {
        let rest = cursor.rest();
        cursor.take(rest.len(), &words::WHY);
    }
    Ok(())
}

/// `flags FIN ACK  on interface`, `flags URG+SYN+RST`, `flags: SYN, on`.
fn flags(cursor: &mut Cursor<'_>, event: &mut Event) {
    if !cursor.found(b"flags") {
        return;
    }
    cursor.eat(b":");
    cursor.skip_spaces();
    let rest = cursor.rest();
    // The flags are capital letters; what follows them is not.
    let length = rest
        .iter()
        .position(|byte| byte.is_ascii_lowercase() || *byte == b',')
        .unwrap_or(rest.len());
    let text = rest[..length].trim_ascii_end();
    let mut bits = 0;
    for word in text
        .split(|byte| !byte.is_ascii_alphabetic())
        .filter(|word| !word.is_empty())
    {
        match Flags::from_word(word) {
            Some(bit) => bits |= bit,
            None => return,
        }
    }
    cursor.take(text.len(), &words::FLAGS);
    event.flags = Flags(bits);
    event.flags_scope = FlagsScope::Packet;
}

/// 106100, 106102, 106103: `access-list L permitted tcp [for user U] if/a(p) -> if/b(q) hit-cnt n first hit`.
pub(super) fn access_list(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    cursor.expect(b"access-list ")?;
    let rule = cursor.word(&words::RULE);
    let decision = cursor.word(&words::DECISION);
    let (action, state) = match decision {
        b"permitted" => (Action::Allow, State::Unsaid),
        b"denied" => (Action::Drop, State::Unsaid),
        // "denied by the list, but allowed because it belongs to a connection that exists".
        b"est-allowed" => (Action::Allow, State::Established),
        b"" => return Err(Reason::Cut),
        _ => return Err(Reason::BadSyntax),
    };
    let proto = cursor.protocol(&words::PROTOCOL)?;
    if cursor.eat(b"for user ") {
        cursor.until(|byte| byte == b' ', &words::USER);
    }
    let (src, first) = counted_side(cursor, proto, &words::SOURCE, draft)?;
    cursor.past(b"-> ")?;
    let (dst, second) = counted_side(cursor, proto, &words::DESTINATION, draft)?;
    draft.sides(src, None, dst, None);
    let event = &mut *draft.event;
    event.kind = Kind::Summary;
    event.proto = proto;
    event.action = action;
    event.state = state;
    event.rule = draft.names.id(rule);
    event.action_raw = draft.names.id(decision);
    if matches!(proto, proto::ICMP | proto::ICMP6)
        && let (Some(kind), Some(code)) = (first, second)
        && let (Ok(kind), Ok(code)) = (u8::try_from(kind), u8::try_from(code))
    {
        event.icmp = Some(Icmp {
            kind,
            code,
            id: None,
            inner: None,
        });
    }
    if !cursor.found(b"hit-cnt ") {
        return Ok(());
    }
    let hits: u32 = cursor.small(&words::HITS)?;
    if cursor.eat(b"first hit") {
        // The total is this one packet and the sum of the intervals that follow; both lines may name it.
        draft.event.repeat = 1;
        return Ok(());
    }
    draft.event.repeat = hits.max(1);
    let seconds: u32 = cursor.small(&words::INTERVAL).unwrap_or(0);
    draft.event.ts_end = draft.when();
    draft.event.ts_start = draft.when().map(|end| end - i64::from(seconds) * 1_000_000);
    Ok(())
}

/// `inside/10.0.0.1(2241)`; for ICMP the brackets hold the type at the source and the code at the destination.
fn counted_side<'a>(
    cursor: &mut Cursor<'a>,
    proto: u8,
    words: &'static words::SideWords,
    draft: &mut Draft<'_>,
) -> Result<(Side<'a>, Option<u16>), Reason> {
    let place = cursor.until(|byte| matches!(byte, b'/' | b' '), &words.interface);
    cursor.expect(b"/")?;
    let address = cursor.until(|byte| matches!(byte, b'(' | b' '), &words.host);
    if address.is_empty() {
        return Err(if cursor.rest().is_empty() {
            Reason::Cut
        } else {
            Reason::NoAddress
        });
    }
    let host = crate::engine::model::Host::read(address, draft.names);
    let number: Option<u16> = if cursor.eat(b"(") {
        Some(cursor.small(&words.port).map_err(as_endpoint)?)
    } else {
        None
    };
    cursor.eat(b")");
    let is_port = matches!(proto, proto::TCP | proto::UDP | proto::SCTP);
    let end = Endpoint::new(host, number.filter(|_| is_port));
    Ok((
        Side {
            place,
            end,
            number: None,
        },
        number,
    ))
}

fn as_endpoint(reason: Reason) -> Reason {
    if reason == Reason::Cut {
        reason
    } else {
        Reason::BadEndpoint
    }
}

/// 313001, 313004, 313008: `Denied ICMP type=3, code=3 from A on interface X [to B: no matching session]`.
pub(super) fn icmp_to_box(
    cursor: &mut Cursor<'_>,
    draft: &mut Draft<'_>,
    code: u32,
) -> Result<(), Reason> {
    cursor.past(b"type=")?;
    let kind = cursor.small(&words::ICMP_TYPE)?;
    let finer = if code == 313_004 {
        0
    } else {
        cursor
            .past(b"code=")
            .and_then(|()| cursor.small(&words::ICMP_CODE))?
    };
    cursor.past(b"from ")?;
    cursor.eat(b"laddr ");
    let src = cursor.side(proto::ICMP, &words::SOURCE, draft.names)?;
    let name = if cursor.found(b"on interface ") {
        cursor.word(&words::INTERFACE)
    } else {
        b""
    };
    let mut dst = Side::default();
    if code == 313_004 {
        cursor.past(b"to ")?;
        dst = cursor.side(proto::ICMP, &words::DESTINATION, draft.names)?;
    }
    draft.sides(src, None, dst, None);
    let event = &mut *draft.event;
    if event.in_if.is_none() {
        event.in_if = draft.names.id(name);
    }
    event.kind = Kind::Packet;
    event.action = Action::Drop;
    event.proto = if code == 313_008 {
        proto::ICMP6
    } else {
        proto::ICMP
    };
    event.icmp = Some(Icmp {
        kind,
        code: finer,
        id: None,
        inner: None,
    });
    if code == 313_004 {
        event.state = State::NoState;
    } else {
        // The message has no destination: it is the firewall's own address at that interface.
        to_firewall(event);
    }
    Ok(())
}

/// 313005: `No matching connection for ICMP error message: icmp src A dst B (type 3, code 3) on X interface.
/// Original IP payload: udp src C/p dst D/q.`
pub(super) fn icmp_error(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    cursor.past(b"message: ")?;
    let proto = cursor.protocol(&words::PROTOCOL)?;
    cursor.expect(b"src ")?;
    let src = cursor.side(proto::ICMP, &words::SOURCE, draft.names)?;
    cursor.past(b" dst ")?;
    let dst = cursor.side(proto::ICMP, &words::DESTINATION, draft.names)?;
    draft.sides(src, None, dst, None);
    cursor.past(b"type ")?;
    let kind = cursor.small(&words::ICMP_TYPE)?;
    cursor.past(b"code ")?;
    let code = cursor.small(&words::ICMP_CODE)?;
    if cursor.found(b") on ") {
        let name = cursor.word(&words::INTERFACE);
        if draft.event.in_if.is_none() {
            draft.event.in_if = draft.names.id(name);
        }
    }
    let inner = if cursor.found(b"Original IP payload: ") {
        inner(cursor, draft)?
    } else {
        None
    };
    let event = &mut *draft.event;
    event.kind = Kind::Packet;
    event.action = Action::Drop;
    event.state = State::NoState;
    event.proto = proto;
    event.icmp = Some(Icmp {
        kind,
        code,
        id: None,
        inner,
    });
    Ok(())
}

fn inner(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<Option<Inner>, Reason> {
    cursor.skip_spaces();
    if cursor.rest().starts_with(b"<unknown>") || cursor.rest().is_empty() {
        return Ok(None);
    }
    let proto = cursor.protocol(&words::PROTOCOL)?;
    cursor.past(b"src ")?;
    let src = cursor.side(proto, &words::INNER_SOURCE, draft.names)?;
    cursor.past(b"dst ")?;
    let dst = cursor.side(proto, &words::INNER_DESTINATION, draft.names)?;
    Ok(Some(Inner {
        proto,
        src: src.end,
        dst: dst.end,
    }))
}

/// 313009: `Denied invalid ICMP code c, for A/p (a) to B/q (b), ICMP id n, ICMP type t`.
pub(super) fn icmp_code(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    cursor.past(b"ICMP code ")?;
    let code = cursor.small(&words::ICMP_CODE)?;
    cursor.past(b"for ")?;
    let src = cursor.side(proto::ICMP, &words::SOURCE, draft.names)?;
    let src_nat = cursor.mapped(proto::ICMP, &words::FIRST_MAPPED, draft.names);
    cursor.past(b" to ")?;
    let dst = cursor.side(proto::ICMP, &words::DESTINATION, draft.names)?;
    let dst_nat = cursor.mapped(proto::ICMP, &words::SECOND_MAPPED, draft.names);
    draft.sides(src, src_nat, dst, dst_nat);
    draft.event.kind = Kind::Packet;
    draft.event.action = Action::Drop;
    draft.event.proto = proto::ICMP;
    let id = if cursor.found(b"ICMP id ") {
        Some(cursor.small(&words::ICMP_ID)?)
    } else {
        None
    };
    if cursor.found(b"ICMP type ") {
        let kind = cursor.small(&words::ICMP_TYPE)?;
        draft.event.icmp = Some(Icmp {
            kind,
            code,
            id: id.filter(|_| is_query(proto::ICMP, kind)),
            inner: None,
        });
    }
    Ok(())
}

/// 338001–338008, 338201–338204: `Dynamic Filter dropped blacklisted TCP traffic from A (a) to B (b), …`.
pub(super) fn dynamic_filter(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    if !cursor.eat(b"Dynamic Filter ") {
        cursor.expect(b"Dynamic filter ")?;
    }
    let action = match cursor.word(&words::DECISION) {
        b"dropped" => Action::Drop,
        b"permitted" | b"monitored" | b"action" => Action::Allow,
        _ => return Err(Reason::BadSyntax),
    };
    cursor.past(b"listed ")?;
    let proto = cursor.protocol(&words::PROTOCOL)?;
    cursor.past(b"from ")?;
    let src = cursor.side(proto, &words::SOURCE, draft.names)?;
    let src_nat = cursor.mapped(proto, &words::FIRST_MAPPED, draft.names);
    cursor.past(b" to ")?;
    let dst = cursor.side(proto, &words::DESTINATION, draft.names)?;
    let dst_nat = cursor.mapped(proto, &words::SECOND_MAPPED, draft.names);
    draft.sides(src, src_nat, dst, dst_nat);
    draft.event.kind = Kind::Packet;
    draft.event.proto = proto;
    draft.event.action = action;
    Ok(())
}
