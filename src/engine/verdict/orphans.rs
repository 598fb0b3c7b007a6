//! The orphaned packets of a log, gathered for the search for causes: what came before each of them, and what else the
//! log shows of their services.

use super::scene::{Brief, Scene};
use super::signs;
use crate::engine::dataset::{Dataset, Facts, Session, Side};
use crate::engine::model::order::Order;
use crate::engine::model::{End, Flags, Host, Micros, stamp};
use crate::engine::session::beat::{Beat, Class, NO_COUNT, NO_TIME};
use hashbrown::HashMap;
use std::borrow::Cow;

/// How many durations are kept per service; half of a sample tells as well as half of a million.
const MAX_DURATIONS: usize = 1000;
/// A group of so many tells its cause by itself; a smaller one is told with others like it, of which so many are kept.
const ENOUGH: usize = 20;
const MAX_ALIKE: usize = 200;
/// Silences by one limit differ at most so much: nobody wakes long after it.
const SILENCE_SPREAD: Micros = 3;
/// Sessions that one processor reads at a time.
const PIECE: usize = 1 << 12;
/// An end at most this long before makes the orphan a tail.
const TAIL_US: Micros = 60 * stamp::SECOND;

/// A conversation of which packets were denied although it was open.
#[derive(Clone, Copy, Debug)]
pub struct Orphan {
    pub session: u32,
    /// First orphaned packet; `NO_TIME` without times.
    pub at: Micros,
    /// Time since the last allowed packet or record of the same conversation.
    pub since: Option<Micros>,
    pub resolution_us: u32,
    /// Orphaned packets by kind: answers to openings, data, bare acknowledgements, farewells, resets.
    pub flags: [u8; 5],
    pub after_normal_end: bool,
    pub after_idle_end: bool,
    /// The initiator had said good-bye, and the responder's data came after.
    pub after_half_close: bool,
    pub after_half_end: bool,
    pub after_helper_end: bool,
    pub after_resource_end: bool,
    /// Its repeats double their distance.
    pub is_retried: bool,
    /// … and begin with a second.
    pub is_slow: bool,
    /// At most two packets within five seconds.
    pub is_single: bool,
    pub has_allowed: bool,
}

const _: () = assert!(size_of::<Orphan>() <= 56);

/// How a connection was lost, as far as single lines show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Shape {
    device: u16,
    /// What the packets say, as a place in `Orphan::flags` from 1; a farewell says most.
    kind: u8,
    /// How it ended before, whether its packets come again, and whether the log shows its beginning.
    bits: [bool; 9],
}

impl Orphan {
    fn shape(&self, scene: &Scene) -> Shape {
        let kind = match self.flags {
            [0, 0, 0, 0, 0] => 0,
            [.., farewells, resets] if farewells + resets > 0 => 4,
            [answers, ..] if answers > 0 => 1,
            [_, data, ..] if data > 0 => 2,
            _ => 3,
        };
        Shape {
            device: scene.briefs[self.session as usize].device,
            kind,
            bits: [
                self.after_normal_end,
                self.after_idle_end,
                self.after_half_end,
                self.after_helper_end,
                self.after_resource_end,
                self.is_retried,
                self.is_slow,
                self.is_single,
                self.has_allowed,
            ],
        }
    }
}

/// Known silences, shortest first.
pub fn silences(orphans: &[Orphan]) -> Vec<Micros> {
    let mut known: Vec<Micros> = orphans.iter().filter_map(|orphan| orphan.since).collect();
    known.order();
    known
}

/// When each orphan of the log was, and what else is known of the services they belong to.
#[derive(Default, Debug)]
pub struct Lost {
    /// (first orphaned packet, session), ascending.
    pub times: Vec<(Micros, u32)>,
    services: HashMap<(u16, Host, u16), Served, foldhash::fast::FixedState>,
    /// In order of time, at most `MAX_ALIKE` of each shape.
    shapes: HashMap<Shape, Vec<Orphan>, foldhash::fast::FixedState>,
}

#[derive(Default, Debug)]
struct Served {
    n_allowed: u64,
    durations: Vec<Micros>,
}

impl Lost {
    pub fn of(data: &Dataset, scene: &Scene, groups: &[Vec<Orphan>]) -> Lost {
        let mut lost = Lost::default();
        if groups.iter().all(Vec::is_empty) {
            return lost;
        }
        for orphan in groups.iter().flatten() {
            lost.times.push((orphan.at, orphan.session));
            let brief = &scene.briefs[orphan.session as usize];
            lost.services
                .entry((brief.device, brief.responder, brief.responder_port))
                .or_default();
        }
        lost.times.order();
        for orphan in groups.iter().filter(|group| group.len() < ENOUGH).flatten() {
            let alike = lost.shapes.entry(orphan.shape(scene)).or_default();
            if alike.len() < MAX_ALIKE {
                alike.push(*orphan);
            }
        }
        for (idx, brief) in scene.briefs.iter().enumerate() {
            if !brief.facts.has(Facts::ALLOWED) {
                continue;
            }
            let Some(served) =
                lost.services
                    .get_mut(&(brief.device, brief.responder, brief.responder_port))
            else {
                continue;
            };
            served.n_allowed += 1;
            let session = &data.sessions[idx];
            if session.facts.has(Facts::ENDED) && served.durations.len() < MAX_DURATIONS {
                served.durations.extend(duration(data, session));
            }
        }
        lost
    }

    /// A group with what its device lost of other services in the same way, where it is too small to tell by itself.
    pub fn alike<'g>(&self, scene: &Scene, group: &'g [Orphan]) -> Cow<'g, [Orphan]> {
        if group.len() >= ENOUGH {
            return group.into();
        }
        let shapes: Vec<Shape> = group.iter().map(|orphan| orphan.shape(scene)).collect();
        let n_of = |shape: &Shape| shapes.iter().filter(|other| *other == shape).count();
        let Some(usual) = shapes.iter().rev().max_by_key(|shape| n_of(shape)) else {
            return group.into();
        };
        let own = silences(group);
        let middle = own.get(own.len() / 2);
        let near = |silence: Option<Micros>| match (silence, middle) {
            (Some(silence), Some(middle)) => {
                silence <= middle * SILENCE_SPREAD && *middle <= silence * SILENCE_SPREAD
            }
            (None, None) => true,
            _ => false,
        };
        let others = self.shapes.get(usual).into_iter().flatten();
        let mut alike = group.to_vec();
        alike.extend(others.filter(|orphan| near(orphan.since)));
        alike.sort_unstable_by_key(|orphan| (orphan.at, orphan.session));
        alike.dedup_by_key(|orphan| orphan.session);
        alike.into()
    }

    /// Allowed sessions of the same service on the same device.
    pub fn allowed(&self, brief: &Brief) -> u64 {
        self.services
            .get(&(brief.device, brief.responder, brief.responder_port))
            .map_or(0, |served| served.n_allowed)
    }

    /// How long ended sessions of the same service lasted.
    pub fn durations(&self, brief: &Brief) -> &[Micros] {
        self.services
            .get(&(brief.device, brief.responder, brief.responder_port))
            .map_or(&[], |served| &served.durations)
    }
}

pub fn duration(data: &Dataset, session: &Session) -> Option<Micros> {
    session
        .beats(data)
        .iter()
        .filter(|beat| beat.end() != End::None)
        .find_map(|beat| {
            let meter = data.meters.get((beat.meter as usize).checked_sub(1)?)?;
            (meter.duration_us != NO_COUNT).then_some(meter.duration_us as Micros)
        })
}

/// How the device says that a connection ended before its orphan, as a number: connections that it forgot for
/// different reasons are different stories.
pub fn ended(data: &Dataset, session: &Session) -> u8 {
    let mut ended = 0;
    for beat in session.beats(data) {
        if is_orphan(beat) {
            break;
        }
        ended = match beat.end() {
            End::None => ended,
            End::Fin | End::RstClient | End::RstServer | End::Rst | End::Response => 1,
            End::IdleTimeout | End::Aged => 2,
            End::HalfCloseTimeout => 3,
            End::Pinhole | End::Threat => 4,
            _ => 5,
        };
    }
    ended
}

/// A packet that was denied or called lost and that opens nothing.
pub fn is_orphan(beat: &Beat) -> bool {
    (beat.action().is_denied() || beat.state().is_lost())
        && !beat.is_about_error()
        && !beat.packet_flags().is_some_and(Flags::opens)
}

/// The orphans of some sessions, in order of time.
pub fn read_all(data: &Dataset, sessions: &[u32]) -> Vec<Orphan> {
    let pieces: Vec<&[u32]> = sessions.chunks(PIECE).collect();
    let read =
        |piece: &[u32]| -> Vec<Orphan> { piece.iter().map(|idx| read(data, *idx)).collect() };
    let mut orphans = data.hands.map(pieces, sessions.len(), read).concat();
    orphans.sort_unstable_by_key(|orphan| (orphan.at, orphan.session));
    orphans
}

fn read(data: &Dataset, idx: u32) -> Orphan {
    let session = &data.sessions[idx as usize];
    let mut orphan = Orphan {
        session: idx,
        at: NO_TIME,
        since: None,
        resolution_us: 0,
        flags: [0; 5],
        after_normal_end: false,
        after_idle_end: false,
        after_half_close: false,
        after_half_end: false,
        after_helper_end: false,
        after_resource_end: false,
        is_retried: false,
        is_slow: false,
        is_single: false,
        has_allowed: session.facts.has(Facts::ALLOWED),
    };
    let mut times = [0; 16];
    let mut n_orphans = 0;
    let mut last_good = None;
    let (mut end, mut end_at) = (End::None, NO_TIME);
    let mut client_said_bye = false;
    for beat in session.beats(data) {
        if is_orphan(beat) {
            if n_orphans == 0 {
                orphan.at = beat.ts;
                orphan.resolution_us = data
                    .circumstances
                    .get(&beat.setting)
                    .map_or(0, |setting| setting.resolution_us);
                if let Some(before) = last_good.filter(|_| beat.has_time()) {
                    orphan.since = Some(beat.ts - before);
                }
                settle(&mut orphan, end, end_at);
                orphan.after_half_close |=
                    client_said_bye && from_responder(session, beat) && is_data(beat);
            }
            if let Some(slot) = times.get_mut(n_orphans) {
                *slot = beat.ts;
            }
            n_orphans += 1;
            if let Some(kind) = kind(beat) {
                orphan.flags[kind] = orphan.flags[kind].saturating_add(1);
            }
        } else if beat.action().is_allowed() || beat.kind().is_session() {
            if beat.has_time() {
                last_good = Some(beat.ts);
            }
            if beat.end() != End::None {
                (end, end_at) = (beat.end(), beat.ts);
            }
            client_said_bye |= beat.class() == Class::Fin && !from_responder(session, beat);
        }
    }
    let times = &times[..n_orphans.min(times.len())];
    orphan.is_retried = times.len() > 2 && signs::is_retried(times, orphan.resolution_us);
    orphan.is_slow = orphan.is_retried && is_slow(times);
    let spread = times
        .last()
        .unwrap_or(&0)
        .saturating_sub(*times.first().unwrap_or(&0));
    orphan.is_single =
        n_orphans <= 2 && session.n_events <= session.n_beats + 1 && spread <= 5 * stamp::SECOND;
    orphan
}

/// The last of so many doubled distances tells the first, whatever the log's clock rounds off.
fn is_slow(times: &[Micros]) -> bool {
    match times {
        [.., before, last] if times.len() >= 4 => {
            (last - before) >> (times.len() - 2) >= 8 * stamp::SECOND / 10
        }
        _ => false,
    }
}

fn settle(orphan: &mut Orphan, end: End, end_at: Micros) {
    match end {
        End::Fin | End::RstClient | End::RstServer | End::Rst | End::Response => {
            let tail = orphan.at.saturating_sub(end_at);
            orphan.after_normal_end = orphan.at == NO_TIME || tail <= TAIL_US;
        }
        End::IdleTimeout | End::Aged => orphan.after_idle_end = true,
        End::HalfCloseTimeout => orphan.after_half_end = true,
        End::Pinhole | End::Threat => orphan.after_helper_end = true,
        End::Resources => orphan.after_resource_end = true,
        _ => {}
    }
}

fn from_responder(session: &Session, beat: &Beat) -> bool {
    session.is_from_a(beat) == (session.side == Side::B)
}

fn is_data(beat: &Beat) -> bool {
    beat.class() == Class::Data || beat.len > 120
}

fn kind(beat: &Beat) -> Option<usize> {
    match beat.class() {
        Class::SynAck => Some(0),
        Class::Data => Some(1),
        Class::Ack => Some(if beat.len > 120 { 1 } else { 2 }),
        Class::Fin => Some(3),
        Class::Rst => Some(4),
        Class::Syn | Class::Other => None,
    }
}
