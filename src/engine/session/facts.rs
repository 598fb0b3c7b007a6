//! What a session's events say, read off once: times, counts, bytes, and the bits that the judgement asks for.

use super::beat::{Beat, Class, Meter, NO_COUNT, NO_TIME};
use super::generations::begin_of;
use super::join::add_known;
use crate::engine::dataset::{
    Asked, Dataset, Direction, Facts, Outcome, PacketDirection, Rest, Session, Side, Verdict,
};
use crate::engine::judge::hard::{self, Hard};
use crate::engine::judge::soft::{Prior, Soft};
use crate::engine::model::stamp::SECOND;
use crate::engine::model::{Action, End, Flags, FlagsScope, Init, Kind, Micros, State, proto};

/// A "first" packet longer than this carries data, so it was not the first (domain §5.2 tier 4).
const LONGEST_OPENING: u16 = 120;

/// Whoever opens waits a second before the second try (RFC 6298), who has sent data waits 0.2 to 0.4 seconds: so long at
/// most …
const SOONEST_OPENING: Micros = 600_000;
/// … and at least, in so many gaps that double.
const SOONEST_DATA: Micros = 150_000;
const DATA_GAPS: usize = 4;

/// Refused packets of unknown flags whose distances double from less than an opening's: they carry data.
fn repeats_data(beats: &[Beat]) -> bool {
    if beats.len() <= DATA_GAPS
        || beats.iter().any(|beat| {
            !beat.action().is_denied()
                || beat.flags_scope() != FlagsScope::Unknown
                || beat.is_flipped() != beats[0].is_flipped()
                || beat.ts == NO_TIME
        })
    {
        return false;
    }
    let gaps: Vec<Micros> = beats
        .windows(2)
        .map(|pair| pair[1].ts - pair[0].ts)
        .take(DATA_GAPS)
        .collect();
    // The last gap tells the first best, whatever the log's clock rounds off.
    let last = gaps[DATA_GAPS - 1];
    let first = last >> (DATA_GAPS - 1);
    let slack = |gap: Micros| gap / 5 + SECOND / 10;
    (SOONEST_DATA..SOONEST_OPENING).contains(&first)
        && gaps
            .iter()
            .enumerate()
            .all(|(nth, gap)| (gap - (first << nth)).abs() <= slack(first << nth))
}

/// When the session of these beats began; `NO_TIME` where no event has a time.
pub fn first(beats: &[Beat], meters: &[Meter]) -> Micros {
    beats
        .iter()
        .filter(|beat| beat.ts != NO_TIME)
        .map(|beat| begin_of(beat, meters))
        .min()
        .unwrap_or(NO_TIME)
}

/// The session of `n` beats from `start`; its `a` is the sender of the first of them.
pub fn session(data: &Dataset, key: u32, start: usize, n: usize) -> Session {
    let beats = &data.beats[start..start + n];
    let primary = &data.keys[key as usize];
    let first = &beats[0];
    let flipped = first.is_flipped();
    let mut found = Found::default();
    for (index, beat) in beats.iter().enumerate() {
        let meter = beat
            .meter
            .checked_sub(1)
            .and_then(|meter| data.meters.get(meter as usize));
        let is_duplicate = index > 0 && is_duplicate(&beats[index - 1], beat);
        found.take(
            primary.proto,
            beat,
            meter,
            beat.is_flipped() == flipped,
            is_duplicate,
        );
        if beat.extra > 0
            && data.extras[beat.extra as usize - 1]
                .nat_src
                .or(data.extras[beat.extra as usize - 1].nat_dst)
                .is_some()
        {
            found.facts.add(Facts::NAT);
        }
    }
    if n > 1
        && beats
            .iter()
            .any(|beat| data.keys[beat.key as usize].view != primary.view)
    {
        found.facts.add(Facts::SEVERAL_VIEWS);
    }
    if primary.a.is_blurred()
        || primary.b.is_blurred()
        || primary.a.is_none()
        || primary.b.is_none()
    {
        found.facts.add(Facts::BLURRED);
    }
    if primary.proto == proto::TCP && repeats_data(beats) {
        found.facts.add(Facts::DATA);
    }
    if found.only_errors {
        found.facts.add(Facts::ONLY_ICMP_ERROR);
    }
    if found.facts.any(Facts::TRACKED | Facts::FLOW)
        && found.bytes_a != NO_COUNT
        && found.bytes_b != NO_COUNT
    {
        let silent = found.bytes_a == 0 || found.bytes_b == 0;
        found.facts.add(if silent {
            Facts::UNANSWERED
        } else {
            Facts::ANSWERED
        });
    }
    let mut session = Session {
        first: found.first,
        last: found.last,
        bytes_a: found.bytes_a,
        bytes_b: found.bytes_b,
        key,
        beats_start: start as u32,
        n_beats: n as u32,
        n_events: found.n_events,
        tries: found.tries.max(1),
        n_orphans: found.n_orphans,
        facts: found.facts,
        flipped,
        alarmed: beats.iter().any(|beat| beat.state() == State::Alarm),
        asked: asked(beats, flipped),
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
    };
    session.hard = hard::collect(data, &session, &mut ());
    session
}

/// The packet that a person asks about: the first denied one, else the first.
pub fn asked_beat(beats: &[Beat]) -> Option<&Beat> {
    beats
        .iter()
        .find(|beat| beat.action().is_denied())
        .or_else(|| beats.first())
}

fn asked(beats: &[Beat], flipped: bool) -> Asked {
    match asked_beat(beats) {
        Some(beat) if beat.is_about_error() => Asked::Error,
        Some(beat) if beat.is_flipped() != flipped => Asked::FromB,
        _ => Asked::FromA,
    }
}

/// Adds sums of events that were not kept one by one.
pub fn add_rest(session: &mut Session, rest: &Rest) {
    session.n_events = session
        .n_events
        .saturating_add(u32::try_from(rest.n_events).unwrap_or(u32::MAX));
    session.tries = session
        .tries
        .saturating_add(u32::try_from(rest.repeat).unwrap_or(u32::MAX));
    session.facts.add(Facts::CAPPED);
    if rest.n_denied > 0 {
        session.facts.add(Facts::DENIED);
    }
    if rest.n_allowed > 0 {
        session.facts.add(Facts::ALLOWED);
    }
}

/// The same packet logged twice: same sequence number and IP id, or the same record in another file.
fn is_duplicate(earlier: &Beat, later: &Beat) -> bool {
    if earlier.ts == NO_TIME
        || earlier.is_flipped() != later.is_flipped()
        || later.ts - earlier.ts > 50_000
    {
        return false;
    }
    let same_packet = earlier.ip_id != 0
        && earlier.ip_id == later.ip_id
        && earlier.seq == later.seq
        && earlier.flags == later.flags;
    let same_record = earlier.ts == later.ts
        && earlier.place.source() != later.place.source()
        && earlier.setting == later.setting
        && earlier.tag == later.tag
        && earlier.kind == later.kind
        && earlier.flags == later.flags;
    same_packet || same_record
}

struct Found {
    facts: Facts,
    first: i64,
    last: i64,
    bytes_a: u64,
    bytes_b: u64,
    n_events: u32,
    tries: u32,
    n_orphans: u32,
    ended: bool,
    established: bool,
    only_errors: bool,
    seen_denied: bool,
}

impl Default for Found {
    fn default() -> Found {
        Found {
            facts: Facts::default(),
            first: NO_TIME,
            last: NO_TIME,
            bytes_a: NO_COUNT,
            bytes_b: NO_COUNT,
            n_events: 0,
            tries: 0,
            n_orphans: 0,
            ended: false,
            established: false,
            only_errors: true,
            seen_denied: false,
        }
    }
}

impl Found {
    fn take(
        &mut self,
        number: u8,
        beat: &Beat,
        meter: Option<&Meter>,
        from_a: bool,
        is_duplicate: bool,
    ) {
        let repeat = meter.map_or(1, |meter| meter.repeat.max(1));
        self.n_events = self.n_events.saturating_add(1);
        self.time(beat, meter);
        if beat.is_about_error() {
            self.facts.add(Facts::ICMP_ERROR);
            return;
        }
        self.only_errors = false;
        if !is_duplicate && matches!(beat.kind(), Kind::Packet | Kind::Summary | Kind::FlowUni) {
            self.tries = self.tries.saturating_add(repeat);
        }
        self.packet(number, beat, from_a);
        self.action(beat, from_a, is_duplicate);
        self.bytes(beat, meter, from_a);
    }

    fn time(&mut self, beat: &Beat, meter: Option<&Meter>) {
        if beat.ts == NO_TIME {
            return;
        }
        let begins = meter.map_or(NO_TIME, |meter| meter.start);
        let begins = if begins == NO_TIME { beat.ts } else { begins };
        self.first = if self.first == NO_TIME {
            begins
        } else {
            self.first.min(begins)
        };
        self.last = self.last.max(beat.ts).max(begins);
    }

    fn packet(&mut self, number: u8, beat: &Beat, from_a: bool) {
        let side = |a: u32, b: u32| if from_a { a } else { b };
        match beat.flags_scope() {
            FlagsScope::Packet => {
                self.facts.add(Facts::FLAGS);
                let flags = beat.flags();
                if number == proto::TCP && flags.impossible() {
                    self.facts.add(Facts::IMPOSSIBLE);
                }
                match beat.class() {
                    Class::Syn => self.facts.add(side(Facts::SYN_A, Facts::SYN_B)),
                    Class::SynAck => {
                        self.facts.add(
                            side(Facts::SYNACK_A, Facts::SYNACK_B)
                                | side(Facts::MID_A, Facts::MID_B),
                        );
                    }
                    _ => self.facts.add(side(Facts::MID_A, Facts::MID_B)),
                }
                if flags.any(Flags::PSH) {
                    self.facts.add(Facts::DATA);
                }
            }
            FlagsScope::OneDirection => {
                self.facts.add(Facts::FLAGS);
                let flags = beat.flags();
                if flags.has(Flags::SYN) && !flags.any(Flags::ACK) {
                    self.facts.add(side(Facts::SYN_A, Facts::SYN_B));
                }
            }
            FlagsScope::Unknown | FlagsScope::BothDirections => {}
        }
        match beat.init() {
            Init::SrcSeen => self.facts.add(side(Facts::SYN_A, Facts::SYN_B)),
            Init::DstSeen => self.facts.add(side(Facts::SYNACK_A, Facts::SYNACK_B)),
            _ => {}
        }
        if beat.kind() == Kind::FlowUni {
            self.facts.add(Facts::FLOW);
        }
        match beat.state() {
            State::NoState | State::Invalid => self.facts.add(Facts::LOST),
            State::Spoofed => self.facts.add(Facts::SPOOF_SAID),
            _ => {}
        }
        // What is blocked for its content may be the first packet of all.
        let is_content = beat.kind() == Kind::SessionUpdate && beat.action().is_denied();
        if beat.kind().is_session() && !is_content || beat.kind() == Kind::FlowBi {
            self.facts.add(Facts::TRACKED);
        }
        if beat.kind() == Kind::SessionStart {
            self.facts.add(Facts::STARTED);
        }
    }

    fn action(&mut self, beat: &Beat, from_a: bool, is_duplicate: bool) {
        let action = beat.action();
        if action.is_denied() && beat.kind() == Kind::SessionUpdate {
            // Something in a connection that the device tracks: no packet of either side came too late.
            self.facts.add(Facts::DENIED);
        } else if action.is_denied() {
            self.facts.add(
                Facts::DENIED
                    | if from_a {
                        Facts::DENIED_A
                    } else {
                        Facts::DENIED_B
                    },
            );
            if beat.flags_scope() == FlagsScope::Unknown {
                self.facts.add(Facts::DENIED_NO_FLAGS);
            }
            if !self.seen_denied && beat.len > LONGEST_OPENING && !beat.flags().opens() {
                self.facts.add(Facts::DATA);
            }
            self.seen_denied = true;
            let lost = beat.is_mid_stream() || beat.state().is_lost() || self.established;
            if lost && !beat.flags().opens() && !is_duplicate {
                self.n_orphans += 1;
            }
            if self.ended && !beat.flags().opens() {
                self.facts.add(Facts::AFTER_END);
            }
        } else if action.is_allowed() {
            self.facts.add(
                Facts::ALLOWED
                    | if from_a {
                        Facts::ALLOWED_A
                    } else {
                        Facts::ALLOWED_B
                    },
            );
            self.established = true;
        }
        if action == Action::Reset {
            self.facts.add(Facts::RESET);
        }
        if beat.end() != End::None || beat.kind() == Kind::SessionEnd {
            self.facts.add(Facts::ENDED);
            self.ended = true;
            if matches!(beat.end(), End::SynTimeout) {
                self.facts.add(Facts::UNANSWERED);
            }
        }
        if matches!(beat.class(), Class::Fin | Class::Rst) {
            self.ended |= action.is_allowed();
        }
    }

    fn bytes(&mut self, beat: &Beat, meter: Option<&Meter>, from_a: bool) {
        let (forward, back, is_sum) = match meter {
            Some(meter) => {
                let is_sum = meter.count_kind == 1 || beat.kind() == Kind::FlowUni;
                (meter.bytes_f, meter.bytes_r, is_sum)
            }
            None if beat.is_counted_zero() => {
                let back = if beat.kind() == Kind::FlowUni {
                    NO_COUNT
                } else {
                    0
                };
                (0, back, false)
            }
            None => return,
        };
        let (a, b) = if from_a {
            (forward, back)
        } else {
            (back, forward)
        };
        if is_sum {
            self.bytes_a = add_known(self.bytes_a, a);
            self.bytes_b = add_known(self.bytes_b, b);
        } else {
            self.bytes_a = larger_known(self.bytes_a, a);
            self.bytes_b = larger_known(self.bytes_b, b);
        }
    }
}

fn larger_known(left: u64, right: u64) -> u64 {
    match (left, right) {
        (left, NO_COUNT) => left,
        (NO_COUNT, right) => right,
        (left, right) => left.max(right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::model::{Event, Place, Stamp, StampQuality};

    fn check(millis: &[i64], expected: bool) {
        let beats: Vec<Beat> = millis
            .iter()
            .map(|at| {
                let event = Event {
                    ts: Stamp::new(at * 1000, StampQuality::Zoned, 1000),
                    proto: proto::TCP,
                    action: Action::Drop,
                    ..Event::default()
                };
                Beat::of(&event, false, false, Place::default())
            })
            .collect();
        assert_eq!(repeats_data(&beats), expected, "{millis:?}");
    }

    #[test]
    fn what_is_sent_again_sooner_than_an_opening_carries_data() {
        check(&[0, 300, 900, 2100, 4500, 9300], true);
        check(&[0, 200, 610, 1400, 3000], true);
        check(&[0, 1000, 3000, 7000, 15_000], false);
        check(&[0, 300, 600, 900, 1200], false);
        check(&[0, 300, 900, 2100], false);
    }
}
