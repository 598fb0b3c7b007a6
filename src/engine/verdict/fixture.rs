//! Small datasets built by hand, for the tests of this room.

use crate::engine::dataset::{
    Asked, Dataset, Direction, Facts, Outcome, PacketDirection, Session, Side, Verdict,
};
use crate::engine::judge::hard::Hard;
use crate::engine::judge::soft::{Prior, Soft};
use crate::engine::model::{
    Action, Endpoint, Flags, FlagsScope, Host, Kind, Micros, Place, State, proto, stamp,
};
use crate::engine::model::{End, Event};
use crate::engine::session::beat::{Beat, Meter, NO_COUNT, NO_TIME, Setting};
use crate::engine::session::key::Key;

/// A session about which nothing is known.
pub fn session() -> Session {
    Session {
        first: NO_TIME,
        last: NO_TIME,
        bytes_a: NO_COUNT,
        bytes_b: NO_COUNT,
        key: 0,
        beats_start: 0,
        n_beats: 0,
        n_events: 0,
        tries: 0,
        n_orphans: 0,
        facts: Facts::default(),
        flipped: false,
        alarmed: false,
        asked: Asked::FromA,
        a_host: 0,
        b_host: 0,
        circumstance: 0,
        hard: Hard::NONE,
        soft: Soft::default(),
        prior: Prior::default(),
        is_group: false,
        a_end: 0,
        b_end: 0,
        score: 0,
        tier: 9,
        side: Side::Unknown,
        direction: Direction::Unknown,
        packet_direction: PacketDirection::Unknown,
        verdict: Verdict::NotEnough,
        also: 0,
        outcome: Outcome::Unknown,
        incident: u32::MAX,
    }
}

/// Noon of a day long ago.
pub const T0: Micros = 1_392_811_200 * stamp::SECOND;

/// One packet or record of a session under construction.
#[derive(Clone, Copy)]
pub struct Note {
    pub at_s: f64,
    /// Sent by the session's first end.
    pub from_a: bool,
    pub action: Action,
    pub flags: &'static str,
    pub state: State,
    pub kind: Kind,
    pub end: End,
    pub duration_s: Option<i64>,
}

/// A denied packet.
pub fn denied(at_s: f64, from_a: bool, flags: &'static str) -> Note {
    Note {
        at_s,
        from_a,
        action: Action::Drop,
        flags,
        state: State::Unsaid,
        kind: Kind::Packet,
        end: End::None,
        duration_s: None,
    }
}

/// An allowed packet.
pub fn allowed(at_s: f64, from_a: bool, flags: &'static str) -> Note {
    Note {
        action: Action::Allow,
        ..denied(at_s, from_a, flags)
    }
}

/// The record of a session that ended.
pub fn ended(at_s: f64, end: End, duration_s: i64) -> Note {
    Note {
        kind: Kind::SessionEnd,
        end,
        action: Action::Close,
        duration_s: Some(duration_s),
        ..allowed(at_s, true, "")
    }
}

impl Note {
    #[must_use]
    pub fn state(self, state: State) -> Note {
        Note { state, ..self }
    }
}

/// A dataset in the making.
#[derive(Default)]
pub struct Stage {
    pub data: Dataset,
    setting: u64,
}

pub fn host(text: &str) -> Host {
    Host::parse(text.as_bytes()).expect("tests write addresses")
}

/// `10.0.0.1:80`.
pub fn end(text: &str) -> Endpoint {
    let (address, port) = text.rsplit_once(':').expect("tests write address and port");
    Endpoint::new(
        host(address),
        Some(port.parse().expect("tests write ports")),
    )
}

impl Stage {
    pub fn new() -> Stage {
        let mut stage = Stage::default();
        let setting = Setting {
            device: stage.data.names.id(b"fw1"),
            resolution_us: 1_000_000,
            ..Setting::default()
        };
        stage.setting = setting.id();
        stage.data.circumstances.insert(stage.setting, setting);
        stage
    }

    /// Adds a session of `a` and `b`; facts follow the notes, the judgement is given.
    #[expect(
        clippy::too_many_arguments,
        reason = "a session has so many parts, and tests name them all"
    )]
    pub fn add(
        &mut self,
        number: u8,
        a: &str,
        b: &str,
        side: Side,
        score: i32,
        direction: Direction,
        notes: &[Note],
    ) -> usize {
        let (key, flipped) = Key::of(1, number, end(a), end(b));
        let beats_start = self.data.beats.len() as u32;
        let mut facts = Facts::default();
        let mut n_orphans = 0;
        let mut ended = false;
        for note in notes {
            let flags = Flags::from_letters(note.flags.as_bytes()).expect("tests write flags");
            let known = !note.flags.is_empty();
            let mut event = Event {
                kind: note.kind,
                proto: number,
                action: note.action,
                state: note.state,
                end: note.end,
                flags,
                flags_scope: if known {
                    FlagsScope::Packet
                } else {
                    FlagsScope::Unknown
                },
                ..Event::default()
            };
            event.ts.micros = T0 + (note.at_s * 1e6) as Micros;
            event.ts.quality = crate::engine::model::StampQuality::Zoned;
            event.duration_us = note.duration_s.map(|seconds| seconds * stamp::SECOND);
            let place = Place::new(0, self.data.beats.len() as u64 * 100, 0);
            let mut beat = Beat::of(&event, note.from_a == flipped, false, place);
            beat.setting = self.setting;
            if let Some(meter) = Meter::of(&event) {
                self.data.meters.push(meter);
                beat.meter = self.data.meters.len() as u32;
            }
            self.data.beats.push(beat);
            let sided = |bit: u32| if note.from_a { bit } else { bit << 1 };
            if note.action.is_denied() {
                facts.add(Facts::DENIED | sided(Facts::DENIED_A));
                facts.add(if known { 0 } else { Facts::DENIED_NO_FLAGS });
                n_orphans += u32::from(ended || note.state.is_lost() || known && !flags.opens());
                facts.add(if ended { Facts::AFTER_END } else { 0 });
            } else if note.action.is_allowed() {
                facts.add(Facts::ALLOWED | sided(Facts::ALLOWED_A));
            }
            if note.state.is_lost() {
                facts.add(Facts::LOST);
            }
            if note.kind.is_session() {
                facts.add(Facts::TRACKED);
            }
            if note.end != End::None {
                facts.add(Facts::ENDED);
                ended = true;
            }
            if known {
                facts.add(Facts::FLAGS);
                if flags.opens() {
                    facts.add(sided(Facts::SYN_A));
                } else if flags.answers_opening() {
                    facts.add(sided(Facts::SYNACK_A));
                } else {
                    facts.add(sided(Facts::MID_A));
                }
                if flags.impossible() {
                    facts.add(Facts::IMPOSSIBLE);
                }
            }
        }
        self.data.keys.push(key);
        let times = || {
            self.data.beats[beats_start as usize..]
                .iter()
                .map(|beat| beat.ts)
        };
        let (first, last) = (
            times().min().unwrap_or(NO_TIME),
            times().max().unwrap_or(NO_TIME),
        );
        let idx = self.data.sessions.len();
        let setting = self.data.beats[beats_start as usize].setting;
        let ids = &mut self.data.circumstance_ids;
        let circumstance = ids.iter().position(|id| *id == setting).unwrap_or_else(|| {
            ids.push(setting);
            ids.len() - 1
        }) as u32;
        let mut number = |host: Host| {
            let hosts = &mut self.data.hosts;
            hosts
                .iter()
                .position(|known| *known == host)
                .unwrap_or_else(|| {
                    hosts.push(host);
                    hosts.len() - 1
                }) as u32
        };
        let (a, b) = if flipped {
            (key.b, key.a)
        } else {
            (key.a, key.b)
        };
        let (a_host, b_host) = (number(a), number(b));
        self.data.sessions.push(Session {
            a_host,
            b_host,
            circumstance,
            first,
            last,
            key: self.data.keys.len() as u32 - 1,
            beats_start,
            n_beats: notes.len() as u32,
            n_events: notes.len() as u32,
            tries: notes.len() as u32,
            n_orphans,
            facts,
            flipped,
            score,
            tier: 5,
            side,
            direction,
            ..session()
        });
        idx
    }

    pub fn tcp(
        &mut self,
        a: &str,
        b: &str,
        side: Side,
        direction: Direction,
        notes: &[Note],
    ) -> usize {
        let score = if side == Side::B { -460 } else { 460 };
        self.add(proto::TCP, a, b, side, score, direction, notes)
    }
}
