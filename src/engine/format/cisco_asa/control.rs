//! Lines about the firewall itself that explain what happened to connections.

use super::Draft;
use super::cursor::Cursor;
use super::words;
use crate::engine::model::event::Control;
use crate::engine::model::{Kind, proto};
use crate::engine::source::find::find;

/// The smallest model's table holds so many connections: a peak below it cannot mean a full table.
const SMALLEST_TABLE: u64 = 10_000;

/// What the message reports, or `Control::None` where it explains nothing.
pub(super) fn control(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>, code: u32) -> Control {
    let text = cursor.rest();
    let has = |word: &[u8]| find(text, word).is_some();
    let what = match code {
        // 105003, 105004, 105008 and 105009 are the regular link tests, 105006 and 105007 the link itself.
        105_006 | 105_007 | 411_001..=411_004 | 622_001 => Control::Routing,
        104_001..=104_004
        | 104_500..=104_502
        | 102_001
        | 105_001
        | 105_002
        | 105_005
        | 105_010..=105_999 => Control::Failover,
        199_001 | 199_002 | 199_005 | 199_006 => Control::Restart,
        111_008 | 111_010 if clears(text) => Control::PolicyOrClear,
        733_100..=733_105 => Control::RateMeter,
        201_002..=201_004 | 201_009..=201_013 | 202_001 | 202_010 | 202_011 | 211_001 | 407_002 => {
            Control::TableFull
        }
        321_001
            if [&b"conns"[..], b"hosts", b"xlates"]
                .iter()
                .any(|name| has(name)) =>
        {
            Control::TableFull
        }
        302_010 if at_maximum(text) => Control::TableFull,
        _ => Control::None,
    };
    if what == Control::None {
        return what;
    }
    draft.event.kind = Kind::Control;
    draft.event.control = what;
    if matches!(code, 201_010..=201_013) {
        // `… for input packet from A/p to B/q on interface X`: the packet that met the limit.
        let mut ends = || {
            cursor.past(b"from ").ok()?;
            let src = cursor
                .side(proto::UNKNOWN, &words::SOURCE, draft.names)
                .ok()?;
            cursor.past(b"to ").ok()?;
            let dst = cursor
                .side(proto::UNKNOWN, &words::DESTINATION, draft.names)
                .ok()?;
            Some((src, dst))
        };
        if let Some((src, dst)) = ends() {
            draft.sides(src, None, dst, None);
        }
    } else {
        cursor.take(text.len(), &words::CONTROL);
    }
    what
}

/// A command that throws connections away.
fn clears(text: &[u8]) -> bool {
    [
        &b"clear conn"[..],
        b"clear xlate",
        b"clear local-host",
        b"write standby",
    ]
    .iter()
    .any(|command| find(text, command).is_some())
}

/// `65000 in use, 65000 most used`.
fn at_maximum(text: &[u8]) -> bool {
    let mut numbers = text
        .split(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .filter_map(crate::engine::model::ports::decimal);
    match (numbers.next(), numbers.next()) {
        (Some(in_use), Some(most)) => in_use >= most && in_use >= SMALLEST_TABLE,
        _ => false,
    }
}
