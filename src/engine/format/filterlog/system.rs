//! Lines of the same firewall's other programs that explain what happened to connections.

use crate::engine::format::{Parsed, Sink};
use crate::engine::model::event::Control;
use crate::engine::model::{Event, Kind, Names};
use crate::engine::source::Record;
use crate::engine::source::find::find;

pub(super) fn line(record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
    let has = |words: &[u8]| find(record.body, words).is_some();
    let control = match record.head.tag {
        b"kernel" if has(b"pf states") && has(b"limit reached") => Control::TableFull,
        b"kernel" if has(b"carp: ") && (has(b"-> MASTER") || has(b"-> BACKUP")) => {
            Control::Failover
        }
        b"dpinger" if has(b": Alarm ") || has(b": Clear ") => Control::Routing,
        b"rc.gateway_alarm" => Control::Routing,
        b"check_reload_status" if has(b"Reloading filter") => Control::PolicyOrClear,
        b"dpinger" | b"check_reload_status" => return Parsed::Other,
        _ => return Parsed::Foreign,
    };
    sink.push(Event {
        kind: Kind::Control,
        control,
        ts: record.head.stamp,
        device: names.id(record.head.host),
        ..Event::default()
    })
}
