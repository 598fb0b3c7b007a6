//! Are two counts of one rate? The exact test of two counts over two lengths of time, and what is left of many such
//! tests when the chances of all are put together.
//!
//! Source   Przyborowski & Wilenski 1940 (of n events, those in the first stretch are binomial with its share of the
//!          time); Benjamini & Hochberg 1995; Tarone 1990. Logarithms come from one library on every target.

use crate::engine::model::order::Order;

/// Of a list of findings, at most this share is there by chance.
const FALSE_SHARE: f64 = 0.01;

/// How unlikely it is, 1/1000 of a decimal order: 3000 is one in a thousand.
pub type Surprise = u32;

/// How unlikely two counts are when both have one rate. `share` is the first stretch's part of both, 0 to 1.
pub fn surprise(first: u64, second: u64, share: f64) -> Surprise {
    let n = first.saturating_add(second);
    if n == 0 || share <= 0.0 || share >= 1.0 {
        return 0;
    }
    let expected = n as f64 * share;
    if first as f64 >= expected {
        tail(first, n, share)
    } else {
        tail(second, n, 1.0 - share)
    }
}

/// Twice the chance of `least` or more of `n`, where each is there with `share`.
fn tail(least: u64, n: u64, share: f64) -> Surprise {
    let (k, all) = (least as f64, n as f64);
    let first = libm::lgamma(all + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(all - k + 1.0)
        + k * libm::log(share)
        + (all - k) * libm::log(1.0 - share);
    // The terms after the first, as parts of it; beyond the mean they only fall.
    let odds = share / (1.0 - share);
    let (mut term, mut sum, mut at) = (1.0, 1.0, k);
    while at < all && term > sum * 1e-12 {
        term *= (all - at) / (at + 1.0) * odds;
        sum += term;
        at += 1.0;
    }
    let order = -(first + libm::log(2.0 * sum)) / core::f64::consts::LN_10;
    libm::round(order.clamp(0.0, 1e6) * 1000.0) as Surprise
}

/// The surprise from which on findings are kept. `all` are those of every test; tests that could never be surprising,
/// whatever they found, must not be among them.
pub fn threshold(mut all: Vec<Surprise>) -> Surprise {
    all.order_by(|one, other| other.cmp(one));
    let n = all.len() as f64;
    let mut least = Surprise::MAX;
    for (nth, surprise) in all.iter().enumerate() {
        let wanted = -libm::log10((nth + 1) as f64 / n * FALSE_SHARE);
        if f64::from(*surprise) >= wanted * 1000.0 {
            least = *surprise;
        }
    }
    least
}

/// Whether a test of so many events in both stretches can be surprising at all.
pub fn can_surprise(n: u64, share: f64) -> bool {
    let most = surprise(n, 0, share).max(surprise(0, n, share));
    f64::from(most) >= -libm::log10(FALSE_SHARE) * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain sum.
    fn slow(first: u64, second: u64, share: f64) -> f64 {
        let n = first + second;
        let chance = |k: u64| {
            let mut chance = 1.0_f64;
            for at in 0..k {
                chance *= (n - at) as f64 / (at + 1) as f64 * share;
            }
            chance * (1.0 - share).powi((n - k) as i32)
        };
        let is_more = first as f64 >= n as f64 * share;
        let sum: f64 = (0..=n)
            .filter(|k| if is_more { *k >= first } else { *k <= first })
            .map(chance)
            .sum();
        -(2.0 * sum).min(1.0).log10()
    }

    #[test]
    fn it_is_the_binomial_tail() {
        for (first, second, share) in [
            (10, 0, 0.5),
            (0, 10, 0.5),
            (40, 10, 0.5),
            (12, 30, 0.1),
            (5, 5, 0.5),
            (1, 60, 0.2),
            (30, 28, 0.5),
        ] {
            let fast = f64::from(surprise(first, second, share)) / 1000.0;
            let slow = slow(first, second, share);
            assert!(
                (fast - slow).abs() < 0.002,
                "{first} {second} {share}: {fast} {slow}"
            );
        }
    }

    #[test]
    fn the_length_of_the_logs_counts() {
        // Ten times as many in ten times the time is nothing; in the same time it is much.
        assert!(surprise(100, 10, 10.0 / 11.0) < 500);
        assert!(surprise(100, 10, 0.5) > 15_000);
        // Nothing in an hour says little where a day had five.
        assert!(surprise(0, 5, 1.0 / 25.0) < 500);
        assert!(surprise(0, 5_000, 1.0 / 25.0) > 15_000);
        assert_eq!(surprise(0, 0, 0.5), 0);
        assert!(surprise(2_000_000, 1_000_000, 0.5) > 100_000);
    }

    #[test]
    fn many_tests_ask_for_more() {
        assert_eq!(threshold(vec![2500]), 2500);
        let mut many = vec![100; 999];
        many.push(2500);
        assert_eq!(threshold(many.clone()), Surprise::MAX);
        many.push(5100);
        assert_eq!(threshold(many), 5100);
        assert!(!can_surprise(3, 0.5));
        assert!(can_surprise(12, 0.5));
    }
}
