//! What each FortiGate line says, line by line.

use super::*;
use crate::engine::model::event::Control;
use crate::engine::model::{
    Action, CountKind, End, Event, IfRole, Init, Kind, NameId, Reason, ResetBy, SessionTag, State, StampQuality, Way,
    proto, stamp,
};
use crate::engine::source::record::Head;

fn parse(line: &str) -> (Parsed, Vec<Event>, Names) {
    let mut names = Names::default();
    let mut sink = Sink::default();
    let mut parser = FortiGate.open(Clock::default());
    let parsed = parser.parse(&Record::plain(line.as_bytes()), &mut names, &mut sink);
    (parsed, sink.events, names)
}

fn one(line: &str) -> (Event, Names) {
    let (parsed, events, names) = parse(line);
    assert_eq!(parsed, Parsed::Events, "{line}");
    assert_eq!(events.len(), 1, "{line}");
    (events[0], names)
}

/// `src -> dst proto kind action`, the shape that most tests look at.
fn check(line: &str, expected: &str) -> Event {
    let (event, names) = one(line);
    let said = format!(
        "{} -> {} {} {} {}",
        event.src.text(&names),
        event.dst.text(&names),
        proto::name(event.proto),
        event.kind.name(),
        event.action.name()
    );
    assert_eq!(said, expected, "{line}");
    event
}

const DENY_4: &str = "date=2024-02-19 time=10:15:02 devname=fw1 device_id=FG0000000000000 log_id=0038000007 type=traffic subtype=other pri=warning vd=root src=10.0.0.11 srcname=10.0.0.11 src_port=80 src_int=\"dmz\" dst=203.0.113.45 dstname=203.0.113.45 dst_port=51515 dst_int=\"wan1\" SN=48210077 status=deny policyid=0 service=51515/tcp proto=6 duration=0 sent=0 rcvd=0 msg=\"no session matched\"";
const CLOSE_6: &str = "date=2024-02-19 time=10:15:02 devname=\"fw1\" devid=\"FG0000000000000\" eventtime=1708337702123456789 tz=\"+0000\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" srcip=10.1.1.5 srcport=50012 srcintf=\"port12\" srcintfrole=\"lan\" dstip=203.0.113.80 dstport=443 dstintf=\"port11\" dstintfrole=\"wan\" sessionid=105048 proto=6 action=\"close\" policyid=7 policytype=\"policy\" service=\"HTTPS\" trandisp=\"snat\" transip=198.51.100.2 transport=22011 duration=116 sentbyte=1188 rcvdbyte=9224 sentpkt=17 rcvdpkt=16";

#[test]
fn the_old_spelling() {
    let event = check(DENY_4, "10.0.0.11:80 -> 203.0.113.45:51515 tcp packet drop");
    assert_eq!(event.state, State::NoState);
    assert_eq!(event.init, Init::Unsaid, "a deny says nothing of who began");
    assert_eq!(event.ts.quality, StampQuality::AssumedZone);
    assert_eq!(stamp::rfc3339(event.ts.micros), "2024-02-19T10:15:02.000000Z");
    assert_eq!(event.device, NameId::of(b"fw1"));
    assert_eq!(event.in_if, NameId::of(b"dmz"));
    assert_eq!(event.rule, NameId::of(b"0"));
    assert_eq!(event.session_id, SessionTag::Number(48_210_077));
    assert_eq!((event.bytes_f, event.pkts_r), (None, None), "zeros of a blocked packet are no counts");
    assert_eq!(event.app, NameId::NONE, "51515/tcp is no program");
}

#[test]
fn a_finished_connection() {
    let event = check(CLOSE_6, "10.1.1.5:50012 -> 203.0.113.80:443 tcp session_end close");
    assert_eq!((event.init, event.end), (Init::Src, End::Fin));
    assert_eq!((event.bytes_f, event.bytes_r, event.pkts_f, event.pkts_r), (Some(1188), Some(9224), Some(17), Some(16)));
    assert_eq!(event.duration_us, Some(116_000_000));
    assert_eq!(event.ts.quality, StampQuality::Zoned);
    assert_eq!(stamp::rfc3339(event.ts.micros), "2024-02-19T10:15:02.123456Z");
    assert_eq!(event.ts_start, Some(event.ts.micros - 116_000_000));
    assert_eq!((event.in_role, event.out_role, event.way), (IfRole::Lan, IfRole::Wan, Way::Forward));
}
