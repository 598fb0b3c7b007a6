//! Hard evidence: the handshake, the device's word, and what was known earlier (tiers 1 to 3, domain §5.2).

use super::address;
use super::term::{Term, Terms};
use super::weights::{
    ANSWER, DENIED_BY_TRACKER, DEVICE, EARLIER, LONG_EARLIER, OPENING, TO_GROUP, WEAK_DEVICE,
};
use crate::engine::dataset::{Dataset, Session, Side};
use crate::engine::model::{Flags, FlagsScope, Init, Micros, proto, stamp::HOUR};
use crate::engine::session::beat::{Beat, NO_TIME};

/// What the hard evidence of a session comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hard {
    /// 1, 2 or 3; 9 when there is none. Tier 2b counts as 3 for the sign and as 2.5 for nothing else.
    pub tier: u8,
    pub side: Side,
    /// 1/100 nat, positive: `a` initiated.
    pub score: i32,
    /// Two items of the deciding tier disagree.
    pub disagree: bool,
}

impl Hard {
    pub const NONE: Hard = Hard {
        tier: 9,
        side: Side::Unknown,
        score: 0,
        disagree: false,
    };
}

const LONGEST_EARLIER: Micros = 24 * HOUR;

/// The best item of each tier for each side.
#[derive(Default, Clone, Copy)]
struct Best {
    a: i32,
    b: i32,
    a_beat: u32,
    b_beat: u32,
    a_id: &'static str,
    b_id: &'static str,
}

impl Best {
    fn add(&mut self, for_a: bool, weight: i32, id: &'static str, beat: u32) {
        let (best, at, name) = if for_a {
            (&mut self.a, &mut self.a_beat, &mut self.a_id)
        } else {
            (&mut self.b, &mut self.b_beat, &mut self.b_id)
        };
        if weight > *best {
            (*best, *at, *name) = (weight, beat, id);
        }
    }

    fn is_empty(&self) -> bool {
        self.a == 0 && self.b == 0
    }
}

/// Hard evidence with every term reported to `terms`.
pub fn collect(data: &Dataset, session: &Session, terms: &mut impl Terms) -> Hard {
    let beats = session.beats(data);
    let number = session.proto(data);
    let is_stream = matches!(number, proto::TCP | proto::SCTP);
    let mut handshake = Best::default();
    let mut device = Best::default();
    let mut denied = Best::default();
    let mut first_known: Option<(Micros, bool)> = None;
    let mut earlier = Best::default();
    let (a, b) = session.ends(data);
    let dst_group = (
        address::is_group_for(b.host, number, b.port, a.host),
        address::is_group_for(a.host, number, a.port, b.host),
    );
    for (index, beat) in beats.iter().enumerate() {
        let index = index as u32;
        let from_a = session.is_from_a(beat);
        if beat.is_about_error() {
            // The flags are those of the packet that is quoted.
            if is_stream && let Some((opening, id)) = handshake_of(data, number, beat) {
                let weight = if opening { OPENING } else { ANSWER };
                handshake.add(from_a == opening, weight, id, index);
            }
            continue;
        }
        if let Some((at, known_a)) = first_known
            && is_later(beat)
        {
            let gap = if beat.ts == NO_TIME || at == NO_TIME {
                0
            } else {
                beat.ts.saturating_sub(at)
            };
            if gap <= HOUR {
                earlier.add(known_a, EARLIER, "T3", index);
            } else if gap <= LONGEST_EARLIER {
                earlier.add(known_a, LONG_EARLIER, "T3", index);
            }
        }
        if let Some((opening, id)) = handshake_of(data, number, beat) {
            let (for_a, weight) = if opening {
                (from_a, OPENING)
            } else {
                (!from_a, ANSWER)
            };
            handshake.add(for_a, weight, id, index);
            first_known.get_or_insert((beat.ts, for_a));
        }
        if (from_a && dst_group.0) || (!from_a && dst_group.1) {
            handshake.add(from_a, TO_GROUP, "T1c", index);
        }
        match beat.init() {
            Init::Src => device.add(from_a, DEVICE, "T2", index),
            Init::Dst => device.add(!from_a, DEVICE, "T2", index),
            Init::SrcWeak => device.add(from_a, WEAK_DEVICE, "T2w", index),
            Init::DstWeak => device.add(!from_a, WEAK_DEVICE, "T2w", index),
            // A tracker drops packets that go on before it asks its rules. A datagram never shows that it goes on: a late
            // answer meets the rules like a question.
            Init::SrcDenied if is_stream => {
                denied.add(from_a, DENIED_BY_TRACKER, "T2b", index);
            }
            Init::SrcDenied | Init::Unsaid | Init::SrcSeen | Init::DstSeen => continue,
        }
        if beat.init() != Init::SrcDenied {
            let for_a = matches!(beat.init(), Init::Src | Init::SrcWeak) == from_a;
            first_known.get_or_insert((beat.ts, for_a));
        }
    }
    combine(
        &[(1, handshake), (2, device), (3, denied), (3, earlier)],
        terms,
    )
}

fn combine(tiers: &[(u8, Best)], terms: &mut impl Terms) -> Hard {
    let mut hard = Hard::NONE;
    for (tier, best) in tiers.iter().filter(|(_, best)| !best.is_empty()) {
        if best.a > 0 {
            terms.add(Term::hard(best.a_id, *tier, best.a, Side::A, best.a_beat));
        }
        if best.b > 0 {
            terms.add(Term::hard(best.b_id, *tier, best.b, Side::B, best.b_beat));
        }
        if hard.tier == 9 {
            hard.tier = *tier;
            hard.disagree = best.a > 0 && best.b > 0;
            hard.side = if best.a >= best.b { Side::A } else { Side::B };
        }
        hard.score += best.a - best.b;
    }
    if hard.tier < 9 {
        // The highest tier decides the sign; what disagrees below it never turns it.
        let sign = if hard.side == Side::A { 1 } else { -1 };
        hard.score = sign * (hard.score * sign).max(220);
    }
    hard
}

/// (it is an opening, id): what a beat shows of a handshake.
fn handshake_of(data: &Dataset, number: u8, beat: &Beat) -> Option<(bool, &'static str)> {
    match beat.init() {
        Init::SrcSeen => return Some((true, "T1a")),
        Init::DstSeen => return Some((false, "T1b")),
        _ => {}
    }
    if matches!(number, proto::ICMP | proto::ICMP6) {
        let extra = data.extras.get(beat.extra.checked_sub(1)? as usize)?;
        let kind = extra.icmp?.kind;
        return match (number, kind) {
            (proto::ICMP, 8 | 13 | 15 | 17) | (proto::ICMP6, 128 | 133 | 135 | 139 | 144) => {
                Some((true, "T1a"))
            }
            (proto::ICMP, 0 | 14 | 16 | 18) | (proto::ICMP6, 129 | 134 | 136 | 140 | 145) => {
                Some((false, "T1b"))
            }
            // An error is only ever sent about a packet of the one who gets it.
            (proto::ICMP, 3 | 4 | 11 | 12) | (proto::ICMP6, 1..=4) => Some((false, "T1b")),
            _ => None,
        };
    }
    let flags = beat.flags();
    match beat.flags_scope() {
        FlagsScope::Packet if flags.opens() => Some((true, "T1a")),
        FlagsScope::Packet if flags.answers_opening() => Some((false, "T1b")),
        // Both ends of a conversation that worked have sent SYN and ACK.
        FlagsScope::OneDirection if flags.has(Flags::SYN) && !flags.any(Flags::ACK) => {
            Some((true, "T1a"))
        }
        _ => None,
    }
}

/// A packet that cannot be the first: it leans on what was known before.
fn is_later(beat: &Beat) -> bool {
    beat.is_mid_stream()
        || beat.state().is_lost()
        || (beat.action().is_denied() && !beat.flags().opens())
}
