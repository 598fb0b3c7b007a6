//! ZoneAlarm's log file.
//!
//! Sample   `FWIN,2024/02/19,10:15:02 -5:00 GMT,203.0.113.9:1027,192.0.2.20:53,UDP`
//! Fields   kind, date, time, source, destination, protocol with its flags or ICMP type
//! Quirks   FWIN and FWOUT were blocked; FWROUTE was for somebody else; ACCESS and PE are about programs.
//! Ignored  Programs.
//! Spec     <https://www.zonealarm.com/>

use super::cells::{Found, Line, Memory, Slot, Textual, after};
use super::{About, Device, Timers};
use crate::engine::model::{Action, Event, Names, Stamp, Way, WayBasis};
use crate::engine::source::Record;
use crate::engine::source::time::{self, DayOrder};

pub static ZONEALARM: Textual = Textual {
    about: &ABOUT,
    mine,
    read,
    finish,
    words: &[(
        Slot::Action,
        "kind",
        "FWIN: an incoming packet was blocked; FWOUT: an outgoing one; FWROUTE: one for somebody else.",
    )],
};

static ABOUT: About = About {
    id: "zonealarm",
    title: "ZoneAlarm log",
    spec: "https://www.zonealarm.com/",
    example: "FWIN,2024/02/19,10:15:02 -5:00 GMT,203.0.113.9:1027,192.0.2.20:53,UDP",
    device: Device {
        name: "ZoneAlarm",
        stateless: false,
        deny_is_packet: true,
        timers: Timers::NONE,
        checks: &[],
    },
};

fn mine(record: &Record<'_>, _: &Memory) -> bool {
    let text = record.text;
    [
        &b"FWIN,"[..],
        b"FWOUT,",
        b"FWROUTE,",
        b"FWLOOP,",
        b"PE,",
        b"ACCESS,",
        b"LOCK,",
        b"MS,",
    ]
    .iter()
    .any(|word| text.starts_with(word))
        && memchr::memchr_iter(b',', text).count() >= 4
}

fn read(line: &mut Line<'_>, _: &mut Memory) -> Found {
    let text = line.record.text;
    let mut cells = text.split(|byte| *byte == b',');
    let kind = cells.next().unwrap_or_default();
    if !kind.starts_with(b"FW") {
        return Found::Other;
    }
    line.put(Slot::Action, kind);
    let (date, time) = (
        cells.next().unwrap_or_default(),
        cells.next().unwrap_or_default(),
    );
    // Both cells together, as they stand.
    line.put(Slot::Start, date);
    line.put(Slot::Time, time);
    line.put_end(Slot::Src, cells.next().unwrap_or_default());
    line.put_end(Slot::Dst, cells.next().unwrap_or_default());
    let proto = cells.next().unwrap_or_default();
    let end = memchr::memchr(b' ', proto).unwrap_or(proto.len());
    line.put(Slot::Proto, &proto[..end]);
    let more = &proto[end..];
    line.put(Slot::Flags, after(more, b"(flags:", b")"));
    line.put(Slot::IcmpType, after(more, b"(type:", b"/)"));
    line.put(Slot::IcmpCode, after(more, b"subtype:", b")"));
    Found::Row
}

fn finish(line: &Line<'_>, event: &mut Event, _: &mut Names) {
    event.ts_start = None;
    let date = time::date(line.get(Slot::Start), DayOrder::MonthFirst);
    let clock = time::time_of_day(line.get(Slot::Time));
    if let (Some((date, _)), Some((of_day, used))) = (date, clock) {
        let rest = line.get(Slot::Time)[used..].trim_ascii();
        let zone = time::zone(rest).map(|(offset, _)| offset);
        event.ts = time::stamp(date, of_day, zone).unwrap_or(Stamp::MISSING);
    }
    event.action = Action::Drop;
    (event.way, event.way_basis) = match line.get(Slot::Action) {
        b"FWIN" => (Way::In, WayBasis::HostSide),
        b"FWOUT" => (Way::Out, WayBasis::HostSide),
        _ => (Way::Unsaid, WayBasis::Unsaid),
    };
}
