//! A row of `show conn`: what the firewall holds open, without a time.
//!
//! `TCP outside 203.0.113.80:443 inside 10.1.1.5:50122, idle 0:00:01, bytes 7734, flags UIO`

use super::Draft;
use super::cursor::{Cursor, Side};
use super::words::{self, SideWords};
use crate::engine::model::{Action, Endpoint, Host, Init, Kind, Reason, ports};
use memchr::{memmem, memrchr};

/// Stands for the number that these rows do not have.
pub(super) const CODE: u32 = 0;

pub(super) fn is_row(body: &[u8]) -> bool {
    (body.starts_with(b"TCP ") || body.starts_with(b"UDP "))
        && memmem::find(body, b" idle ").is_some()
        && memmem::find(body, b"ytes ").is_some()
}

pub(super) fn row(cursor: &mut Cursor<'_>, draft: &mut Draft<'_>) -> Result<(), Reason> {
    let proto = cursor.protocol(&words::PROTOCOL)?;
    let far = side(cursor, &words::FIRST)?;
    let near = side(cursor, &words::SECOND)?;
    if cursor.found(b"ytes ") {
        draft.event.bytes_total = Some(cursor.number(&words::BYTES)?);
    }
    let flags = if cursor.found(b"flags ") {
        cursor.word(&words::FLAGS)
    } else {
        b""
    };
    // B: the opening packet came from the side that is named first, the less trusted one.
    if flags.contains(&b'B') {
        draft.sides(far, None, near, None);
    } else {
        draft.sides(near, None, far, None);
    }
    let event = &mut *draft.event;
    event.proto = proto;
    (event.kind, event.action) = (Kind::SessionUpdate, Action::Allow);
    // Of exchanges without an opening packet the device does not say who began.
    event.init = if flags.iter().any(u8::is_ascii_alphabetic) {
        Init::Src
    } else {
        Init::Unsaid
    };
    Ok(())
}

/// `outside 203.0.113.80:443`
fn side<'a>(cursor: &mut Cursor<'a>, words: &'static SideWords) -> Result<Side<'a>, Reason> {
    let place = cursor.word(&words.interface);
    cursor.skip_spaces();
    let text = cursor.until(|byte| matches!(byte, b' ' | b','), &words.host);
    let colon = memrchr(b':', text).ok_or(Reason::BadEndpoint)?;
    let host = Host::parse(&text[..colon]).ok_or(Reason::BadEndpoint)?;
    Ok(Side {
        place,
        end: Endpoint::new(host, ports::port(&text[colon + 1..])),
        number: None,
    })
}
