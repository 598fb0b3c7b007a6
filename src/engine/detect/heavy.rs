//! Sees     Hosts, services and pairs with the largest share of bytes, sessions or denied packets.
//! Matters  Where to look first when a link is full or a log is long.
//! Misses   Nothing: counts are exact.

use crate::engine::dataset::{Dataset, Facts};
use crate::engine::model::Host;
use crate::engine::model::order::Order;
use crate::engine::session::beat::NO_COUNT;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// How many are shown; any beyond that with at least this share, per cent, is shown too.
const MOST: usize = 10;
const SHARE_PERCENT: u64 = 10;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    Bytes,
    Sessions,
    Denied,
}

/// A host or a service and what it holds of the whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heavy<K> {
    pub key: K,
    pub value: u64,
    pub total: u64,
}

/// Hosts by what they take part in.
pub fn hosts(data: &Dataset, weight: Weight) -> Vec<Heavy<Host>> {
    top(data, weight, |session, data, add| {
        let key = &data.keys[session.key as usize];
        add(key.a);
        if key.a != key.b {
            add(key.b);
        }
    })
}

/// Services: protocol and responder's port.
pub fn services(data: &Dataset, weight: Weight) -> Vec<Heavy<(u8, u16)>> {
    top(data, weight, |session, data, add| {
        if let Some(port) = session.service_port(data) {
            add((session.proto(data), port));
        }
    })
}

/// Pairs of hosts, lower first.
pub fn pairs(data: &Dataset, weight: Weight) -> Vec<Heavy<(Host, Host)>> {
    top(data, weight, |session, data, add| {
        let key = &data.keys[session.key as usize];
        add((key.a.min(key.b), key.a.max(key.b)));
    })
}

fn top<K: Copy + Ord + std::hash::Hash>(
    data: &Dataset,
    weight: Weight,
    keys: impl Fn(&crate::engine::dataset::Session, &Dataset, &mut dyn FnMut(K)),
) -> Vec<Heavy<K>> {
    let mut sums: HashMap<K, u64, FixedState> = HashMap::default();
    let mut total = 0_u64;
    for session in &data.sessions {
        let value = match weight {
            Weight::Bytes => [session.bytes_a, session.bytes_b]
                .into_iter()
                .filter(|count| *count != NO_COUNT)
                .sum(),
            Weight::Sessions => 1,
            Weight::Denied => u64::from(session.facts.has(Facts::DENIED)),
        };
        if value > 0 {
            total = total.saturating_add(value);
            keys(session, data, &mut |key| {
                *sums.entry(key).or_default() += value;
            });
        }
    }
    let mut all: Vec<(K, u64)> = sums.into_iter().collect();
    all.order_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
    let n_large = all
        .iter()
        .take_while(|(_, value)| value.saturating_mul(100) >= total.saturating_mul(SHARE_PERCENT))
        .count();
    all.truncate(MOST.max(n_large));
    all.into_iter()
        .map(|(key, value)| Heavy { key, value, total })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::{Direction, Side};
    use crate::engine::verdict::fixture::{Stage, denied, host};

    #[test]
    fn the_busiest_host_comes_first_and_shares_add_up() {
        let mut stage = Stage::new();
        for n in 0..30 {
            let client = format!("203.0.113.{}:50000", n + 1);
            stage.tcp(
                &client,
                "10.0.0.1:80",
                Side::A,
                Direction::Inbound,
                &[denied(f64::from(n), true, "S")],
            );
        }
        let heavy = hosts(&stage.data, Weight::Sessions);
        assert_eq!(
            heavy.first(),
            Some(&Heavy {
                key: host("10.0.0.1"),
                value: 30,
                total: 30
            })
        );
        assert_eq!(heavy.len(), 10);
        assert_eq!(
            services(&stage.data, Weight::Denied),
            vec![Heavy {
                key: (6, 80),
                value: 30,
                total: 30
            }]
        );
    }
}
