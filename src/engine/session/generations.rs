//! Generations: where one tuple's events stop being one conversation and start being the next (domain §0.3, §4.3).
//!
//! Addresses and ports are reused. A new conversation begins with an opening after an end, with an opening of
//! another sequence number, with another session id of the device, with an opening from the other side, or after
//! more silence than any state lasts.

use super::beat::{Beat, Class, Meter, NO_COUNT, NO_TIME};
use crate::engine::model::{End, Flags, FlagsScope, Kind, Micros, proto, stamp::SECOND};

/// Openings repeated for longer than this are new attempts: 1+2+4+8+16+32+64 s is how long stacks try.
const SYN_ONLY: Micros = 130 * SECOND;
/// Long enough that an idle limit can still be recognised as the cause.
const TCP: Micros = 24 * 3600 * SECOND;
const UDP_ONE_WAY: Micros = 60 * SECOND;
const UDP_TWO_WAY: Micros = 300 * SECOND;
/// The longest time that firewalls wait for an answer.
const UDP_LATE_ANSWER: Micros = 600 * SECOND;
const ICMP: Micros = 60 * SECOND;
const OTHER: Micros = 600 * SECOND;
/// Openings from both sides this close are one simultaneous opening.
const SIMULTANEOUS: Micros = 3 * SECOND;

/// Calls `each` with the bounds of every conversation in `beats`, which are one tuple's, in order of time.
pub fn split(number: u8, beats: &[Beat], meters: &[Meter], mut each: impl FnMut(usize, usize)) {
    if beats.len() <= 1 {
        if !beats.is_empty() {
            each(0, 1);
        }
        return;
    }
    let mut state = Running::default();
    let mut start = 0;
    for (index, beat) in beats.iter().enumerate() {
        let begins = begin_of(beat, meters);
        if index > start && state.is_over(number, beat, begins) {
            each(start, index);
            start = index;
            state = Running::default();
        }
        state.take(beat, until(beat, meters));
    }
    each(start, beats.len());
}

/// When the session or packet of a beat began.
pub fn begin_of(beat: &Beat, meters: &[Meter]) -> Micros {
    let start = beat
        .meter
        .checked_sub(1)
        .and_then(|meter| meters.get(meter as usize))
        .map_or(NO_TIME, |meter| meter.start);
    if start == NO_TIME { beat.ts } else { start }
}

/// When it was over: records of a window of time bear the time of its start.
fn until(beat: &Beat, meters: &[Meter]) -> Micros {
    let meter = beat
        .meter
        .checked_sub(1)
        .and_then(|meter| meters.get(meter as usize));
    match meter {
        Some(meter) if meter.duration_us != NO_COUNT && beat.ts != NO_TIME => {
            let length = i64::try_from(meter.duration_us).unwrap_or(0);
            beat.ts.max(begin_of(beat, meters).saturating_add(length))
        }
        _ => beat.ts,
    }
}

/// The conversation so far.
#[derive(Default)]
struct Running {
    n: u32,
    last: Option<Micros>,
    ended: bool,
    /// An end that the device logged as a record, and when.
    ended_by_record: Option<Micros>,
    tag: u64,
    /// Last opening: its side, sequence number and time.
    opening: Option<(bool, Option<u32>, Micros)>,
    only_openings: bool,
    from_first: Option<bool>,
    two_way: bool,
    answered: bool,
}

impl Running {
    fn is_over(&self, number: u8, beat: &Beat, begins: Micros) -> bool {
        if let Some(last) = self.last
            && begins != NO_TIME
            && begins.saturating_sub(last)
                > self
                    .limit(number, beat)
                    .max(self.answer_limit(number, beat))
        {
            return true;
        }
        let is_record = beat.kind().is_session() || beat.kind() == Kind::FlowBi;
        if is_record {
            let other_id = beat.tag != 0 && self.tag != 0 && beat.tag != self.tag;
            let starts_again = beat.kind() == Kind::SessionStart && self.ended;
            // Without ids, a second end is a second session unless the two overlap.
            let ends_again = beat.kind() != Kind::SessionStart
                && self.tag == 0
                && self
                    .ended_by_record
                    .is_some_and(|ended| begins == NO_TIME || begins >= ended);
            if other_id || starts_again || ends_again {
                return true;
            }
        }
        if opens(beat) {
            if self.ended {
                return true;
            }
            if let Some((flipped, seq, at)) = self.opening {
                let other_sequence = flipped == beat.is_flipped()
                    && seq.is_some()
                    && beat.seq().is_some()
                    && seq != beat.seq();
                let other_side = flipped != beat.is_flipped()
                    && (self.answered
                        || beat.ts == NO_TIME
                        || beat.ts.saturating_sub(at) > SIMULTANEOUS);
                if other_sequence || other_side {
                    return true;
                }
            }
        }
        false
    }

    fn limit(&self, number: u8, beat: &Beat) -> Micros {
        match number {
            // What goes on without an opening of its own belongs to the opening that was seen, however long ago: most
            // logs show nothing between the two.
            proto::TCP | proto::SCTP if self.only_openings && !goes_on(beat) => SYN_ONLY,
            proto::TCP | proto::SCTP => TCP,
            proto::UDP | proto::UDPLITE if self.two_way => UDP_TWO_WAY,
            proto::UDP | proto::UDPLITE => UDP_ONE_WAY,
            proto::ICMP | proto::ICMP6 => ICMP,
            _ => OTHER,
        }
    }

    /// A refused datagram the other way is the answer, however late: nobody picks the same two ports by chance.
    fn answer_limit(&self, number: u8, beat: &Beat) -> Micros {
        let is_answer = matches!(number, proto::UDP | proto::UDPLITE)
            && !self.two_way
            && beat.action().is_denied()
            && self
                .from_first
                .is_some_and(|first| first != beat.is_flipped());
        if is_answer { UDP_LATE_ANSWER } else { 0 }
    }

    fn take(&mut self, beat: &Beat, until: Micros) {
        if until != NO_TIME {
            self.last = Some(self.last.map_or(until, |last| last.max(until)));
        }
        let is_record = beat.kind().is_session() || beat.kind() == Kind::FlowBi;
        if is_record && beat.tag != 0 {
            self.tag = beat.tag;
        }
        if opens(beat) {
            self.opening = Some((beat.is_flipped(), beat.seq(), beat.ts));
            self.only_openings = self.n == 0 || self.only_openings;
        } else {
            self.only_openings = false;
        }
        if beat.class() == Class::SynAck {
            self.answered = true;
        }
        let first = *self.from_first.get_or_insert(beat.is_flipped());
        self.two_way |= first != beat.is_flipped();
        if beat.end() != End::None || beat.kind() == Kind::SessionEnd {
            self.ended = true;
            self.ended_by_record = Some(beat.ts).filter(|ts| *ts != NO_TIME);
        }
        if matches!(beat.class(), Class::Fin | Class::Rst)
            || (beat.flags_scope() == FlagsScope::OneDirection
                && beat.flags().any(Flags::FIN | Flags::RST))
        {
            self.ended = true;
        }
        self.n += 1;
    }
}

/// A packet from the middle of a conversation.
fn goes_on(beat: &Beat) -> bool {
    beat.packet_flags().is_some() && !opens(beat)
}

/// An opening packet, or a one-way flow that contains one and no answer.
fn opens(beat: &Beat) -> bool {
    match beat.flags_scope() {
        FlagsScope::Packet => beat.flags().opens(),
        FlagsScope::OneDirection => beat.flags().has(Flags::SYN) && !beat.flags().any(Flags::ACK),
        FlagsScope::Unknown | FlagsScope::BothDirections => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::model::{Action, Endpoint, Event, Place, Stamp, StampQuality};

    fn packet(second: i64, letters: &[u8]) -> Beat {
        let event = Event {
            ts: Stamp::new(second * SECOND, StampQuality::Zoned, 1_000_000),
            proto: proto::TCP,
            flags: Flags::from_letters(letters).expect("letters"),
            flags_scope: FlagsScope::Packet,
            action: Action::Drop,
            src: Endpoint::default(),
            ..Event::default()
        };
        Beat::of(&event, false, false, Place::default())
    }

    fn check(number: u8, beats: &[Beat], expected: &[usize]) {
        let mut sizes = Vec::new();
        split(number, beats, &[], |start, end| sizes.push(end - start));
        assert_eq!(sizes, expected);
    }

    #[test]
    fn repeats_of_one_opening_are_one_attempt_and_a_later_one_is_another() {
        check(
            proto::TCP,
            &[packet(0, b"S"), packet(1, b"S"), packet(3, b"S")],
            &[3],
        );
        check(proto::TCP, &[packet(0, b"S"), packet(200, b"S")], &[1, 1]);
    }

    #[test]
    fn a_packet_from_the_middle_belongs_to_the_opening_an_hour_before() {
        check(proto::TCP, &[packet(0, b"S"), packet(3605, b"PA")], &[2]);
        check(
            proto::TCP,
            &[packet(0, b"S"), packet(3605, b"PA"), packet(3700, b"S")],
            &[3],
        );
    }

    #[test]
    fn an_opening_after_an_end_starts_anew_and_a_late_packet_does_not() {
        check(
            proto::TCP,
            &[packet(0, b"S"), packet(1, b"FA"), packet(5, b"S")],
            &[2, 1],
        );
        check(
            proto::TCP,
            &[packet(0, b"S"), packet(1, b"FA"), packet(400, b"R")],
            &[3],
        );
    }

    #[test]
    fn silence_cuts_datagrams() {
        check(
            proto::UDP,
            &[packet(0, b""), packet(59, b""), packet(120, b"")],
            &[2, 1],
        );
    }
}
