//! Small datasets for the tests of everything that reads one.

use crate::engine::dataset::{Dataset, Direction, Outcome, Side, SourceInfo, Verdict};
use crate::engine::model::{
    Action, Endpoint, Event, Flags, FlagsScope, Host, Kind, Place, Stamp, StampQuality, Tally,
    proto, stamp,
};
use crate::engine::session::{Partial, join};
use crate::engine::settings::Settings;

/// One event of a test log.
pub struct Line {
    pub at_s: i64,
    pub src: (&'static str, u16),
    pub dst: (&'static str, u16),
    pub proto: u8,
    pub action: Action,
    pub flags: &'static str,
    pub rule: &'static str,
}

pub const fn line(
    at_s: i64,
    src: (&'static str, u16),
    dst: (&'static str, u16),
    action: Action,
    flags: &'static str,
) -> Line {
    Line {
        at_s,
        src,
        dst,
        proto: proto::TCP,
        action,
        flags,
        rule: "12",
    }
}

/// 2014-02-19T08:00:00Z.
pub const START: i64 = 1_392_796_800 * stamp::SECOND;

pub fn joined(lines: &[Line]) -> Dataset {
    let mut part = Partial::new(7);
    let format = part.names.id(b"fortigate");
    let device = part.names.id(b"edge-1");
    for (at, line) in lines.iter().enumerate() {
        let end = |(host, port): (&str, u16), part: &mut Partial| {
            Endpoint::new(
                Host::read(host.as_bytes(), &mut part.names),
                (port != 0).then_some(port),
            )
        };
        let (src, dst) = (end(line.src, &mut part), end(line.dst, &mut part));
        let flags = Flags::from_letters(line.flags.as_bytes()).unwrap_or_default();
        let event = Event {
            ts: Stamp::new(
                START + line.at_s * stamp::SECOND,
                StampQuality::Zoned,
                1_000_000,
            ),
            proto: line.proto,
            src,
            dst,
            action: line.action,
            flags,
            flags_scope: if line.flags.is_empty() {
                FlagsScope::Unknown
            } else {
                FlagsScope::Packet
            },
            rule: part.names.id(line.rule.as_bytes()),
            device,
            ..Event::default()
        };
        part.push(&event, format, Place::new(0, at as u64 * 100, 0), at as u32);
    }
    let n = lines.len() as u64;
    part.tallies.insert(
        0,
        Tally {
            lines: n + 4,
            event_lines: n,
            other: 1,
            malformed: 1,
            foreign: 1,
            blank: 1,
            events: n,
            bytes: n * 100,
        },
    );
    part.format_lines.insert(format, n);
    let source = SourceInfo {
        name: "edge.log".into(),
        key: 1,
        bytes: n * 100,
        n_lines: n + 4,
    };
    join(part, &Settings::default(), vec![source])
}

/// `n` sessions of as many clients with eight servers, judged by the engine.
pub fn crowd(n: u32) -> Dataset {
    let mut part = Partial::new(7);
    let format = part.names.id(b"fortigate");
    let device = part.names.id(b"edge-1");
    let rules = [part.names.id(b"12"), part.names.id(b"7")];
    for at in 0..n {
        let client = Endpoint::new(
            Host::v4(0x0b00_0000 + at.wrapping_mul(2_654_435_761) % 0x4000_0000),
            Some(1024 + (at * 7 % 60_000) as u16),
        );
        let server = Endpoint::new(
            Host::v4(0x0a00_0001 + at % 8),
            Some([443, 80, 22, 25][(at % 4) as usize]),
        );
        let event = Event {
            ts: Stamp::new(START + i64::from(at) * 3600, StampQuality::Zoned, 1_000_000),
            proto: proto::TCP,
            src: client,
            dst: server,
            action: if at % 5 == 0 {
                Action::Drop
            } else {
                Action::Allow
            },
            rule: rules[(at % 2) as usize],
            device,
            ..Event::default()
        };
        part.push(&event, format, Place::new(0, u64::from(at) * 100, 0), at);
    }
    part.tallies.insert(
        0,
        Tally {
            lines: u64::from(n),
            event_lines: u64::from(n),
            events: u64::from(n),
            ..Tally::default()
        },
    );
    crate::engine::pipeline::conclude(part, &Settings::default(), vec![SourceInfo::default()])
}

/// `n` sessions that one-way records of a window of so many seconds tell of.
pub fn windows(n: u16, window_s: i64) -> Dataset {
    let mut part = Partial::new(7);
    let format = part.names.id(b"aws_vpcflow");
    for at in 0..n {
        let event = Event {
            kind: Kind::FlowUni,
            ts: Stamp::new(START, StampQuality::Zoned, 1_000_000),
            ts_start: Some(START),
            ts_end: Some(START + window_s * stamp::SECOND),
            duration_us: Some(window_s * stamp::SECOND),
            proto: proto::TCP,
            src: Endpoint::new(Host::v4(0xcb00_7101), Some(20_000 + at)),
            dst: Endpoint::new(Host::v4(0x0a00_0001), Some(443)),
            action: Action::Allow,
            bytes_f: Some(1000),
            ..Event::default()
        };
        part.push(
            &event,
            format,
            Place::new(0, u64::from(at) * 100, 0),
            u32::from(at),
        );
    }
    join(part, &Settings::default(), vec![SourceInfo::default()])
}

/// An office network's morning: replies of a web server blocked, a port scan, ordinary traffic, a broadcast, and one
/// session of which nobody can tell. Judged by hand, so that no test here depends on the judgement.
pub fn office() -> Dataset {
    let mut lines = vec![
        line(
            0,
            ("203.0.113.45", 51514),
            ("10.20.1.14", 80),
            Action::Allow,
            "S",
        ),
        line(
            3700,
            ("10.20.1.14", 80),
            ("203.0.113.45", 51515),
            Action::Drop,
            "A",
        ),
        line(
            3701,
            ("10.20.1.14", 80),
            ("203.0.113.45", 51515),
            Action::Drop,
            "A",
        ),
        line(
            600,
            ("10.20.1.11", 80),
            ("198.51.100.23", 50211),
            Action::Drop,
            "A",
        ),
        line(
            1200,
            ("10.20.1.12", 40122),
            ("203.0.113.200", 443),
            Action::Allow,
            "S",
        ),
        line(
            1260,
            ("10.20.1.12", 40123),
            ("203.0.113.200", 443),
            Action::Allow,
            "S",
        ),
        line(
            1300,
            ("10.20.1.12", 40124),
            ("198.51.100.25", 25),
            Action::Drop,
            "S",
        ),
        line(
            2000,
            ("10.20.1.13", 40125),
            ("10.20.2.5", 445),
            Action::Allow,
            "S",
        ),
        line(
            2500,
            ("192.0.2.77", 33000),
            ("203.0.113.99", 34000),
            Action::Drop,
            "",
        ),
    ];
    lines.extend((0..6_u16).map(|port| Line {
        rule: "0",
        ..line(
            5000 + i64::from(port),
            ("203.0.113.9", 40000),
            ("10.20.1.14", 245 + port),
            Action::Drop,
            "S",
        )
    }));
    lines.push(Line {
        proto: proto::UDP,
        rule: "",
        ..line(
            6000,
            ("10.20.1.12", 137),
            ("10.20.1.255", 137),
            Action::Drop,
            "",
        )
    });
    let mut data = joined(&lines);
    let mut sessions = std::mem::take(&mut data.sessions);
    for session in &mut sessions {
        let (a, b) = session.ends(&data);
        let is_ours = |end: Endpoint| end.host.text(&data.names).starts_with("10.");
        let (side, direction, verdict, outcome) = match (a.port, b.port) {
            (Some(33000), _) => (
                Side::Unknown,
                Direction::Unknown,
                Verdict::NotEnough,
                Outcome::Unknown,
            ),
            (Some(137), _) => (
                Side::A,
                Direction::Group,
                Verdict::LocalDiscovery,
                Outcome::Noise,
            ),
            (Some(80), _) => (
                Side::B,
                Direction::Inbound,
                Verdict::OrphanedReply,
                Outcome::ReplyBlocked,
            ),
            (_, Some(80)) if session.n_orphans > 0 => (
                Side::A,
                Direction::Inbound,
                Verdict::OrphanedReply,
                Outcome::ReplyBlocked,
            ),
            (_, Some(80 | 443 | 445)) if is_ours(a) && is_ours(b) => (
                Side::A,
                Direction::Internal,
                Verdict::AllowedNormal,
                Outcome::Worked,
            ),
            (_, Some(443)) => (
                Side::A,
                Direction::Outbound,
                Verdict::AllowedNormal,
                Outcome::Worked,
            ),
            (_, Some(25)) => (
                Side::A,
                Direction::Outbound,
                Verdict::BlockedOutbound,
                Outcome::Blocked,
            ),
            (_, Some(80)) => (
                Side::A,
                Direction::Inbound,
                Verdict::AllowedNormal,
                Outcome::Worked,
            ),
            _ => (Side::A, Direction::Inbound, Verdict::Scan, Outcome::Blocked),
        };
        session.side = side;
        session.direction = direction;
        session.verdict = verdict;
        session.outcome = outcome;
        session.score = if side == Side::B { -300 } else { 300 };
        session.tier = if side == Side::Unknown { 9 } else { 1 };
    }
    data.sessions = sessions;
    data
}
