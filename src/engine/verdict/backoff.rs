//! Sees     Repeats of one packet at doubling distances: a sender waits for an answer that does not come.
//! Matters  Tells real harm (data was lost) from a farewell that nobody needs.
//! Misses   Repeats of which fewer than three reached the log.
//! Source   RFC 6298: the retransmission timer doubles.

use crate::engine::model::{Micros, stamp};

/// First distances that senders use, microseconds: initial timers of 200 to 400 ms, and the older 1 s and 3 s.
const FIRST_US: [Micros; 8] = [
    200_000,
    230_000,
    265_000,
    305_000,
    350_000,
    400_000,
    stamp::SECOND,
    3 * stamp::SECOND,
];
/// Doublings that are looked at: 1, 2, 4 … 64 times the first distance.
const N_STEPS: usize = 7;
/// A single distance fits some series by chance; two in order do not.
const MIN_GAPS: usize = 2;
/// Among other packets of the same connection a series needs more, and no step may be missing.
const MIN_RUN: usize = 3;
/// Senders and loggers are not exact: 15 %, and half a step of the log's clock.
const TOLERANCE_PERCENT: Micros = 15;
/// The smallest step up between neighbouring sums of a doubling series that occurs in practice is 7 → 8.
const GROWTH_PERCENT: Micros = 110;

/// True when the gaps are the steps of one doubling series, in order. Where lines are missing (rate limits), a gap is
/// the sum of neighbouring steps, so 3, 7 and 15 are as good as 1, 2 and 4.
pub fn doubles(gaps: &[Micros], resolution_us: u32) -> bool {
    if gaps.len() < MIN_GAPS || gaps.iter().any(|gap| !(1..=stamp::DAY).contains(gap)) {
        return false;
    }
    // Evenly spaced packets (keep-alives, monitoring) fit sums of steps within the tolerance; waiting senders slow down.
    if gaps
        .windows(2)
        .any(|pair| pair[1] * 100 < pair[0] * GROWTH_PERCENT)
    {
        return false;
    }
    FIRST_US
        .iter()
        .any(|first| fits(gaps, *first, resolution_us))
}

/// The gaps are one series, or some of them are: who has given up one packet goes on with the next.
pub fn waits(gaps: &[Micros], resolution_us: u32) -> bool {
    doubles(gaps, resolution_us)
        || gaps
            .windows(MIN_RUN)
            .any(|run| is_series(run, resolution_us))
}

/// Each gap is twice the one before.
fn is_series(gaps: &[Micros], resolution_us: u32) -> bool {
    let slack = |gap: Micros| {
        gap * TOLERANCE_PERCENT / 100 + Micros::from(resolution_us.min(stamp::SECOND as u32)) / 2
    };
    doubles(gaps, resolution_us)
        && gaps
            .windows(2)
            .all(|pair| (pair[1] - 2 * pair[0]).abs() <= slack(pair[1]))
}

fn fits(gaps: &[Micros], first: Micros, resolution_us: u32) -> bool {
    // Bit n: the gaps so far can end after step n. A log may begin in the middle of a series.
    let mut ends: u16 = (1 << N_STEPS) - 1;
    for gap in gaps {
        let slack = gap * TOLERANCE_PERCENT / 100
            + Micros::from(resolution_us.min(stamp::SECOND as u32)) / 2;
        let mut next = 0_u16;
        for start in (0..N_STEPS).filter(|step| ends & 1 << step != 0) {
            let mut sum = 0;
            for step in start..N_STEPS {
                sum += first << step;
                if (sum - gap).abs() <= slack {
                    next |= 1 << (step + 1);
                }
            }
        }
        ends = next;
    }
    ends != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seconds: &[f64], expected: bool) {
        let gaps: Vec<Micros> = seconds
            .iter()
            .map(|second| (second * 1e6) as Micros)
            .collect();
        assert_eq!(doubles(&gaps, 1), expected, "{seconds:?}");
    }

    #[test]
    fn doubling_gaps_are_a_waiting_sender() {
        check(&[1.0, 2.0, 4.0, 8.0], true);
        check(&[0.3, 0.6, 1.2], true);
        check(&[3.0, 6.0, 12.0], true);
    }

    #[test]
    fn lines_that_a_rate_limit_left_out_do_not_hide_it() {
        check(&[3.0, 4.0, 8.0], true);
        check(&[1.0, 6.0, 24.0], true);
    }

    #[test]
    fn a_series_among_other_packets_is_enough() {
        let waits = |millis: &[i64]| {
            let gaps: Vec<Micros> = millis.iter().map(|gap| gap * 1000).collect();
            waits(&gaps, 1000)
        };
        assert!(waits(&[300, 600, 1200, 2400, 500, 300, 600, 1200]));
        assert!(!waits(&[300, 600, 500, 300, 600]));
        assert!(!waits(&[75_000, 75_000, 75_000, 75_000]));
    }

    #[test]
    fn even_or_shrinking_gaps_are_not() {
        check(&[1.0, 1.0, 1.0], false);
        check(&[60.0, 60.0], false);
        check(&[8.0, 4.0, 2.0], false);
        check(&[1.0], false);
        check(&[0.0, 0.0], false);
    }
}
