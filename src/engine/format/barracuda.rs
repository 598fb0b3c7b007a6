//! Barracuda: CloudGen Firewall (JSON of its streaming, and the activity log with bars) and the network log of the WAF.
//!
//! Sample   `Block: FWD|TCP|eth1|10.1.1.5|50012|02:00:00:00:00:01|203.0.113.25|25|smtp|eth0|BLOCKALL|4002|0.0.0.0|0.0.0.0|0|1|0|0|0|0`
//! Fields   JSON `src_ip`, `src_ip_nat`, `fwd_bytes`, `rev_bytes`, `duration` in ms · bars: by place · WAF: by place
//! Quirks   With bars, names may stand before the values: `type=FWD|proto=TCP|…`. `LIN` and `LOUT` are the box itself. The web log's action is a number, 0 for allowed.
//! Spec     <https://campus.barracuda.com/product/cloudgenfirewall/doc/96026562/available-log-files-and-structure/>

use super::About;
use super::dialect::{Dialect, Draft, Role, Shape, Spec, firewall, is_json};
use super::plain;
use crate::engine::model::{Action, End, Endpoint, Host, Init, Kind, Way, WayBasis, ports};
use crate::engine::source::Record;
use crate::engine::source::find::find;
use crate::engine::source::time::{self, DayOrder};

pub static CLOUDGEN: Dialect = Dialect(&Spec {
    about: About {
        id: "barracuda_cloudgen",
        title: "Barracuda CloudGen Firewall (JSON)",
        spec: "https://campus.barracuda.com/product/cloudgenfirewall/",
        example: "{\"version\":1,\"timestamp\":1708337702,\"action\":\"End\",\"duration\":8436,\"src_iface\":\"eth1\",\"src_ip\":\"10.1.1.5\",\"src_port\":50012,\"dst_iface\":\"eth0\",\"dst_ip\":\"203.0.113.80\",\"dst_port\":443,\"fw_rule\":\"LAN-2-INTERNET\",\"fw_info\":2007,\"src_ip_nat\":\"198.51.100.2\",\"dst_ip_nat\":\"203.0.113.80\",\"fwd_bytes\":1758,\"rev_bytes\":5976,\"fwd_packets\":12,\"rev_packets\":14,\"ip_proto\":6}",
        device: firewall("CloudGen Firewall"),
    },
    shape: Shape::Json,
    claims: |record| {
        is_json(record)
            && record.has(b"\"fw_rule\"")
            && (record.has(b"\"fw_info\"") || record.has(b"\"app_rule\""))
    },
    fields: &[
        (Role::Time, "timestamp"),
        (Role::Src, "src_ip source_ip"),
        (Role::SrcPort, "src_port source_port"),
        (Role::Dst, "dst_ip destination_ip"),
        (Role::DstPort, "dst_port destination_port"),
        (Role::NatSrc, "src_ip_nat"),
        (Role::NatDst, "dst_ip_nat"),
        (Role::Proto, "ip_proto"),
        (Role::Action, "action"),
        (Role::Own1, "traffic_type"),
        (Role::RuleName, "fw_rule"),
        (Role::InIf, "src_iface"),
        (Role::OutIf, "dst_iface"),
        (Role::BytesOut, "fwd_bytes"),
        (Role::BytesIn, "rev_bytes"),
        (Role::PktsOut, "fwd_packets"),
        (Role::PktsIn, "rev_packets"),
        (Role::Millis, "duration"),
        (Role::Device, "hostname"),
    ],
    tune: cloudgen,
});

fn cloudgen(draft: &mut Draft<'_, '_>) -> bool {
    let action = match draft.word(Role::Action) {
        b"End" => Some(Action::Close),
        b"Fail" => Some(Action::Timeout),
        // The web log counts: allowed, blocked, warned, and so on.
        b"0" if draft.get(Role::Own1).is_some() => Some(Action::Allow),
        b"1" if draft.get(Role::Own1).is_some() => Some(Action::Drop),
        word => plain::action(word),
    };
    draft.decide(action);
    if draft.event.kind == Kind::SessionEnd {
        draft.event.end = End::Unknown;
    }
    true
}

pub static ACTIVITY: Dialect = Dialect(&Spec {
    about: About {
        id: "barracuda_activity",
        title: "Barracuda CloudGen Firewall (activity log)",
        spec: "https://campus.barracuda.com/product/cloudgenfirewall/",
        example: "2024 02 19 10:15:02 Security ng1 Block: FWD|TCP|eth1|10.1.1.5|50012|02:00:00:00:00:01|203.0.113.25|25|smtp|eth0|BLOCKALL|4002|0.0.0.0|0.0.0.0|0|1|0|0|0|0",
        device: firewall("CloudGen Firewall"),
    },
    shape: Shape::Cells(
        b'|',
        &[
            Role::Own1,
            Role::Proto,
            Role::InIf,
            Role::Src,
            Role::SrcPort,
            Role::None,
            Role::Dst,
            Role::DstPort,
            Role::App,
            Role::OutIf,
            Role::RuleName,
            Role::Code,
            Role::NatSrc,
            Role::NatDst,
            Role::Millis,
            Role::Count,
            Role::BytesIn,
            Role::BytesOut,
            Role::PktsIn,
            Role::PktsOut,
        ],
    ),
    claims: |record| words(record).is_some() || inspected(record.body).is_some(),
    // Where the device was told to write names.
    fields: &[
        (Role::Proto, "proto"),
        (Role::InIf, "srcIF"),
        (Role::Src, "srcIP"),
        (Role::SrcPort, "srcPort"),
        (Role::Dst, "dstIP"),
        (Role::DstPort, "dstPort"),
        (Role::App, "dstService"),
        (Role::OutIf, "dstIF"),
        (Role::RuleName, "rule"),
        (Role::NatSrc, "srcNAT"),
        (Role::NatDst, "dstNAT"),
        (Role::Millis, "duration"),
        (Role::BytesIn, "receivedBytes"),
        (Role::BytesOut, "sentBytes"),
        (Role::PktsIn, "receivedPackets"),
        (Role::PktsOut, "sentPackets"),
    ],
    tune: activity,
});

/// `Block: FWD|`: the decision and the kind of traffic, before the first bar.
fn words<'t>(record: &Record<'t>) -> Option<(&'t [u8], &'t [u8])> {
    const KINDS: [&[u8]; 9] = [
        b"FWD", b"LIN", b"LOUT", b"LFWD", b"BRIDGE", b"PXY", b"IPXY", b"RED", b"TAP",
    ];
    // Without the name of the log in front, the decision looks like the program of a header.
    let bar = memchr::memchr(b'|', record.text)?;
    let before = &record.text[..bar];
    let mut parts = before.rsplit(|byte| *byte == b' ');
    let kind = parts.next()?;
    // What comes late is asked for, so that the first row of a broken record is none.
    let (kind, is_whole) = match kind.strip_prefix(b"type=") {
        Some(kind) => (kind, record.has(b"|sentPackets=")),
        None => (kind, true),
    };
    let word = parts.next()?.strip_suffix(b":")?;
    (is_whole && KINDS.contains(&kind)).then_some((word, kind))
}

/// `firewall: [Request] Block:   IPS TCP(6) 203.0.113.9:50012 -> 192.0.2.1:443 |[ID: …`: what its inspection found.
fn inspected(text: &[u8]) -> Option<[&[u8]; 4]> {
    let at = find(text, b": [Request] ")?;
    let mut words = text[at + 12..]
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty());
    let word = words.next()?.strip_suffix(b":")?;
    let (_, number, src, arrow, dst) = (
        words.next()?,
        words.next()?,
        words.next()?,
        words.next()?,
        words.next()?,
    );
    (arrow == b"->").then_some([word, number, src, dst])
}

fn inspection(draft: &mut Draft<'_, '_>, [word, number, src, dst]: [&[u8]; 4]) -> bool {
    // A row of cells has filled in what is not there.
    draft.event = crate::engine::model::Event {
        ts: draft.event.ts,
        device: draft.names.id(draft.record.head.host),
        ..Default::default()
    };
    draft.decide(plain::action(word));
    draft.event.action_raw = draft.names.id(word);
    let name = number
        .split(|byte| *byte == b'(')
        .next()
        .unwrap_or_default();
    let proto = crate::engine::model::proto::parse(name);
    let [src, dst] = [src, dst].map(|text| {
        let (host, port) = plain::split_port(text);
        let port = port.filter(|port| *port > 0 && proto.is_some());
        Endpoint::new(Host::read(host, draft.names), port)
    });
    draft.event.proto = proto.unwrap_or(crate::engine::model::proto::UNKNOWN);
    (draft.event.src, draft.event.dst) = (src, dst);
    // It speaks of a packet of a connection, not of its opening.
    let was_allowed = draft.event.init == Init::Src;
    draft.event.alarm(!was_allowed);
    true
}

fn activity(draft: &mut Draft<'_, '_>) -> bool {
    if let Some(found) = inspected(draft.text) {
        return inspection(draft, found);
    }
    let Some((word, kind)) = words(draft.record) else {
        return false;
    };
    draft.decide(match word {
        b"End" | b"Remove" => Some(Action::Close),
        b"Fail" => Some(Action::Timeout),
        // It has recognized the program of a connection.
        b"Detect" => Some(Action::Allow),
        word => plain::action(word),
    });
    draft.event.action_raw = draft.names.id(word);
    // `2024 02 19 10:15:02` at the start; the name of the box before the decision.
    let mut words = draft
        .text
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty());
    if draft.event.ts.is_missing()
        && let (Some(year), Some(month), Some(day), Some(of_day)) =
            (words.next(), words.next(), words.next(), words.next())
    {
        let date = [year, month, day].join(&b'-');
        let read = || {
            let (date, _) = time::date(&date, DayOrder::DayFirst)?;
            time::stamp(date, time::time_of_day(of_day)?.0, None)
        };
        draft.event.ts = read().unwrap_or(draft.event.ts);
    }
    let mut before = draft
        .text
        .split(|byte| *byte == b' ')
        .take_while(|part| part.strip_suffix(b":") != Some(word));
    let device = before.by_ref().last().unwrap_or_default();
    draft.event.device = draft.names.id(device);
    let event = &mut draft.event;
    event.repeat = 1;
    event.way = match kind {
        b"LIN" => Way::LocalIn,
        b"LOUT" => Way::LocalOut,
        b"FWD" => Way::Forward,
        _ => Way::Unsaid,
    };
    event.way_basis = WayBasis::RuleDirection;
    if event.action == Action::Allow && word != b"Detect" {
        event.kind = Kind::SessionStart;
    }
    true
}

pub static WAF: Dialect = Dialect(&Spec {
    about: About {
        id: "barracuda_waf",
        title: "Barracuda Web Application Firewall (network log)",
        spec: "https://campus.barracuda.com/product/webapplicationfirewall/doc/4259935/how-to-configure-syslog-and-other-logs/",
        example: "<129>2024-02-19 10:15:02.404 +0100  waf1 NF ALER TCP 203.0.113.9 57296 192.0.2.10 80 DENY SSH_SOURCES MGMT/LAN/WAN interface traffic:deny",
        device: firewall("Barracuda WAF"),
    },
    shape: Shape::Cells(
        b' ',
        &[
            Role::Kind,
            Role::Sub,
            Role::Proto,
            Role::Src,
            Role::SrcPort,
            Role::Dst,
            Role::DstPort,
            Role::Action,
            Role::RuleName,
        ],
    ),
    claims: |record| network(record).is_some(),
    fields: &[],
    tune: waf,
});

/// What follows `NF ALER`, which may stand behind the name of the device.
fn network<'t>(record: &Record<'t>) -> Option<&'t [u8]> {
    let at = find(&record.body[..record.body.len().min(128)], b"NF ")?;
    let rest = &record.body[at..];
    let mut words = rest.split(|byte| *byte == b' ');
    let (level, number, src) = (words.nth(1)?, words.next()?, words.next()?);
    let fits = level.len() == 4 && number.len() <= 8 && plain::is_address(src);
    (fits && (at == 0 || record.body[at - 1] == b' ')).then_some(rest)
}

fn waf(draft: &mut Draft<'_, '_>) -> bool {
    let Some(rest) = network(draft.record) else {
        return false;
    };
    let cells: Vec<&[u8]> = rest.split(|byte| *byte == b' ').take(9).collect();
    let [_, _, number, src, sport, dst, dport, word, rule] = cells[..] else {
        return false;
    };
    let mut end =
        |host: &[u8], port: &[u8]| Endpoint::new(Host::read(host, draft.names), ports::port(port));
    draft.event.proto = crate::engine::model::proto::parse(number).unwrap_or(255);
    draft.event.src = end(src, sport);
    draft.event.dst = end(dst, dport);
    draft.decide(plain::action(word));
    draft.event.action_raw = draft.names.id(word);
    draft.event.rule_name = draft.names.id(rule);
    if draft.event.action == Action::Allow {
        (draft.event.kind, draft.event.init) = (Kind::SessionStart, Init::Src);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::ACTIVITY;
    use crate::engine::format::outline::outline;

    /// Such rows are no samples: broken at 100 columns they cannot be told from rows that a mail program broke.
    #[test]
    fn bars_with_names() {
        for (line, expected) in [
            (
                "<14>Feb 19 10:15:03 ng1 ng1/box_Firewall_Activity:  Info     ng1 Remove: type=FWD|proto=UDP|srcIF=eth1|srcIP=10.1.1.5|srcPort=35119|srcMAC=02:00:00:00:00:01|dstIP=203.0.113.53|dstPort=53|dstService=domain|dstIF=eth0|rule=LAN-2-INTERNET|info=Balanced Session Idle Timeout|srcNAT=198.51.100.2|dstNAT=203.0.113.53|duration=21132|count=1|receivedBytes=130|sentBytes=62|receivedPackets=1|sentPackets=2|user=",
                "session_end close udp 10.1.1.5:35119 > 203.0.113.53:53 nat(198.51.100.2 > -) init=Src bytes_f=62 bytes_r=130 pkts_f=2 pkts_r=1 seconds=21 rule_name=LAN-2-INTERNET raw=Remove app=domain in=eth1 out=eth0 way=Forward/RuleDirection",
            ),
            (
                "<9>Feb 19 10:15:04 ng1 Block: type=FWD|proto=IGMP(2)|srcIF=p1|srcIP=10.1.1.5|srcPort=0|srcMAC=02:00:00:00:00:01|dstIP=224.0.0.1|dstPort=0|dstService=|dstIF=|rule=BLOCKALL|info=Block Multicast|srcNAT=|dstNAT=|duration=0|count=1|receivedBytes=0|sentBytes=0|receivedPackets=0|sentPackets=0|user=",
                "packet drop igmp 10.1.1.5 > 224.0.0.1 bytes_f=0 bytes_r=0 pkts_f=0 pkts_r=0 seconds=0 rule_name=BLOCKALL raw=Block in=p1 way=Forward/RuleDirection",
            ),
        ] {
            assert_eq!(outline(&ACTIVITY, line), expected);
        }
    }
}
