//! Why a firewall forgot a connection: seven causes, weighed on what the log shows (domain §7.4).
//!
//! Weights are set by experts, not measured, so a probability is never told above 0.95 unless the device itself states
//! the cause, and a cause is named only when more than one sign speaks for it.

use crate::engine::dataset::{Cause, CauseGuess};
use crate::engine::model::order::Order;

/// A sign that speaks for or against causes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum Feature {
    /// The device logged a normal end at most a minute before.
    ClosedNormal,
    /// The device logged that it dropped the connection for being idle.
    ClosedIdle,
    /// The silence before fits an idle limit.
    Gap,
    /// Nearly all packets say good-bye.
    Teardown,
    /// Packets carry data, or are sent again and again.
    Data,
    /// Answers to openings that this device did not see.
    SynAck,
    /// Many connections at once, of all services.
    Burst,
    /// A switch-over, restart or policy change just before.
    Control,
    /// The device said it was out of room.
    Resource,
    /// Other connections of the service are in the log as allowed; these never.
    NoForward,
    /// An even trickle.
    Steady,
    /// One side had finished sending.
    Half,
    /// A service with side channels, or an inspection closed it.
    Alg,
    /// One packet, perhaps two, each.
    Single,
    /// The device logged that it dropped the connection because one side had finished.
    ClosedHalf,
    /// The device logged that an inspection, or the end of a helper's permission, closed it.
    ClosedHelper,
    /// It had been alive less than a minute before.
    Soon,
    /// Sent again after a second, two, four …: answers to openings begin so, data are sent again sooner.
    SlowRetry,
    /// New connections to the same services were refused at that time.
    RefusedNew,
    /// It had passed this device a minute or more before: both its halves come this way.
    Passed,
}

impl Feature {
    pub const ALL: [Feature; 20] = [
        Feature::ClosedNormal,
        Feature::ClosedIdle,
        Feature::Gap,
        Feature::Teardown,
        Feature::Data,
        Feature::SynAck,
        Feature::Burst,
        Feature::Control,
        Feature::Resource,
        Feature::NoForward,
        Feature::Steady,
        Feature::Half,
        Feature::Alg,
        Feature::Single,
        Feature::ClosedHalf,
        Feature::ClosedHelper,
        Feature::Soon,
        Feature::SlowRetry,
        Feature::RefusedNew,
        Feature::Passed,
    ];

    /// Nats × 100 in the order of `Cause::ALL`: late, idle, asym, reset, full, half, alg.
    pub fn weights(self) -> [i32; 7] {
        match self {
            Feature::ClosedNormal => [300, -200, -200, -100, -100, 50, -100],
            Feature::ClosedIdle => [-200, 400, -200, -100, -100, 0, 0],
            Feature::Gap => [-50, 250, -100, -100, -50, 0, 0],
            Feature::Teardown => [150, -30, -50, -50, -50, 50, -50],
            Feature::Data => [-150, 100, 0, 100, 80, 80, 0],
            Feature::SynAck => [-300, -300, 300, -100, 0, -200, 0],
            Feature::Burst => [-200, -150, -100, 300, 150, -150, -200],
            Feature::Control => [-50, -50, -50, 300, 0, 0, 0],
            Feature::Resource => [0, 0, -50, 0, 400, 0, 0],
            Feature::NoForward => [-100, -50, 200, 0, 0, -100, 0],
            Feature::Steady => [50, 50, 100, -200, -50, 30, 30],
            Feature::Half => [-50, -50, -100, -100, -100, 350, -100],
            Feature::Alg => [-50, -50, 0, 0, 0, 0, 300],
            Feature::Single => [80, -30, 0, 0, 0, -30, 0],
            Feature::ClosedHalf => [-200, -200, -200, -100, -100, 500, -100],
            Feature::ClosedHelper => [-200, -200, -200, -100, -100, 0, 500],
            Feature::Soon => [0, -300, -100, 50, 50, -200, 50],
            Feature::SlowRetry => [-200, -100, 200, -50, 0, -100, 0],
            Feature::RefusedNew => [-50, -50, -50, -50, 300, -50, 0],
            Feature::Passed => [0, 0, -300, 0, 0, 0, 0],
        }
    }

    /// Strong enough to name a cause alone.
    fn is_strong(self) -> bool {
        matches!(
            self,
            Feature::ClosedNormal
                | Feature::ClosedIdle
                | Feature::ClosedHalf
                | Feature::ClosedHelper
                | Feature::Control
                | Feature::Resource
        )
    }
}

/// How common each cause is before anything is known, per cent, in the order of `Cause::ALL`.
pub const PRIOR_PERCENT: [f64; 7] = [36.0, 26.0, 12.0, 9.0, 6.0, 7.0, 4.0];
/// Uncalibrated weights do not earn more than this, 1/1000.
const CAP_MILLI: u16 = 950;
/// From here on the sentence may name the cause, 1/1000.
const NAMED_MILLI: u16 = 600;

/// Which signs were seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Features(u32);

impl Features {
    pub fn add(&mut self, feature: Feature) {
        self.0 |= 1 << feature as u8;
    }

    pub fn set(&mut self, feature: Feature, seen: bool) {
        if seen {
            self.add(feature);
        }
    }

    pub fn remove(&mut self, feature: Feature) {
        self.0 &= !(1 << feature as u8);
    }

    pub fn has(self, feature: Feature) -> bool {
        self.0 & 1 << feature as u8 != 0
    }

    pub fn seen(self) -> impl Iterator<Item = Feature> {
        Feature::ALL
            .into_iter()
            .filter(move |feature| self.has(*feature))
    }

    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Causes with their probabilities, 1/1000, most probable first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ranking {
    pub order: [(Cause, u16); 7],
    pub features: Features,
    /// No cause is more probable than the share of the connections that were lost alike, 1/1000.
    pub at_most: u16,
}

impl Ranking {
    /// The softmax of prior and weights. Equal probabilities keep the order of `Cause::ALL`.
    pub fn of(features: Features) -> Ranking {
        let mut odds = [0.0_f64; 7];
        for (at, odd) in odds.iter_mut().enumerate() {
            let sum: i32 = features.seen().map(|feature| feature.weights()[at]).sum();
            *odd = PRIOR_PERCENT[at] * libm::exp(f64::from(sum) / 100.0);
        }
        let total: f64 = odds.iter().sum();
        let mut order = [(Cause::Late, 0); 7];
        for (slot, (cause, odd)) in order.iter_mut().zip(Cause::ALL.into_iter().zip(odds)) {
            *slot = (cause, libm::round(odd / total * 1000.0) as u16);
        }
        order.order_by_key(|(_, p_milli)| std::cmp::Reverse(*p_milli));
        Ranking {
            order,
            features,
            at_most: 1000,
        }
    }

    /// What may be said. `stated`: the device's own record names this cause.
    pub fn guess(&self) -> CauseGuess {
        let (cause, p_milli) = self.order[0];
        let p_milli = p_milli.min(self.at_most);
        let stated = self.is_stated(cause);
        // Data or good-byes without their opening are what every log shows whose beginning lies after theirs; only
        // answers to unseen openings show that the other half takes another way.
        let shown = cause != Cause::Asym
            || self.features.has(Feature::SynAck)
            || self.features.has(Feature::SlowRetry) && self.features.has(Feature::NoForward);
        // That it had passed speaks for no cause.
        let n_signs = self.features.len() - usize::from(self.features.has(Feature::Passed));
        let enough = n_signs >= 2 || self.features.seen().any(Feature::is_strong);
        CauseGuess {
            cause,
            p_milli: if stated {
                p_milli
            } else {
                p_milli.min(CAP_MILLI)
            },
            named: p_milli >= NAMED_MILLI && enough && shown,
        }
    }

    /// The device wrote down why it removed the connections.
    pub fn is_stated(&self, cause: Cause) -> bool {
        match cause {
            Cause::Late => self.features.has(Feature::ClosedNormal),
            Cause::Idle => self.features.has(Feature::ClosedIdle),
            Cause::Half => self.features.has(Feature::ClosedHalf),
            Cause::Alg => self.features.has(Feature::ClosedHelper),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Feature::{
        Burst, ClosedIdle, ClosedNormal, Control, Data, Gap, Half, NoForward, Resource, Single,
        Steady, SynAck, Teardown,
    };

    fn ranking(features: &[Feature]) -> Ranking {
        let mut seen = Features::default();
        for feature in features {
            seen.add(*feature);
        }
        Ranking::of(seen)
    }

    fn check(features: &[Feature], cause: Cause, p_milli: u16) {
        let (found, p) = ranking(features).order[0];
        assert_eq!(
            (found, (i32::from(p) - i32::from(p_milli)).abs() <= 5),
            (cause, true),
            "{features:?}: {found:?} {p}"
        );
    }

    #[test]
    fn the_reference_values_hold() {
        check(&[], Cause::Late, 360);
        assert_eq!(ranking(&[]).order[1], (Cause::Idle, 260));
        check(&[Burst, Control], Cause::Reset, 990);
        check(&[ClosedIdle, Data], Cause::Idle, 990);
        check(&[Gap, Data], Cause::Idle, 950);
        check(&[ClosedNormal, Teardown, Single], Cause::Late, 997);
        check(&[SynAck, NoForward, Steady], Cause::Asym, 997);
        check(&[Burst, Resource], Cause::Full, 880);
        check(&[Half, Data], Cause::Half, 880);
        check(&[Data], Cause::Idle, 480);
        check(&[Teardown, Single, Steady], Cause::Late, 910);
        check(&[Teardown, Single], Cause::Late, 900);
    }

    #[test]
    fn nothing_is_named_on_one_weak_sign() {
        assert!(!ranking(&[]).guess().named);
        assert!(!ranking(&[Data]).guess().named);
        assert!(!ranking(&[Burst]).guess().named);
        assert!(ranking(&[ClosedIdle]).guess().named);
        assert!(ranking(&[Gap, Data]).guess().named);
    }

    #[test]
    fn a_cause_is_no_surer_than_the_share_that_was_lost_alike() {
        let guess = |at_most| {
            Ranking {
                at_most,
                ..ranking(&[Gap, Data])
            }
            .guess()
        };
        assert_eq!((guess(700).p_milli, guess(700).named), (700, true));
        assert!(!guess(500).named);
    }

    #[test]
    fn only_the_device_may_lift_the_cap() {
        assert_eq!(ranking(&[Burst, Control]).guess().p_milli, 950);
        assert!(ranking(&[ClosedIdle, Data]).guess().p_milli > 950);
    }

    #[test]
    fn a_missing_opening_needs_its_answer_to_be_another_route() {
        assert!(!ranking(&[NoForward, Steady]).guess().named);
        assert!(ranking(&[SynAck, NoForward]).guess().named);
    }
}
