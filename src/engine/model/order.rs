//! Putting lists in order where speed does not matter. The library's sorts are fast and, each time they are used on
//! another type, some kilobytes of program that every visitor of the page downloads; this one is a few hundred bytes
//! a time, because the work is done on positions, by one function for all types. Long lists (events, sessions) keep
//! the library's.

use std::cmp::Ordering;

pub trait Order {
    type Item;

    /// Stable, like `sort_by`.
    fn order_by(&mut self, compare: impl FnMut(&Self::Item, &Self::Item) -> Ordering);

    /// Stable, like `sort_by_key`.
    fn order_by_key<K: Ord>(&mut self, mut key: impl FnMut(&Self::Item) -> K) {
        self.order_by(|one, other| key(one).cmp(&key(other)));
    }

    /// Stable, like `sort`.
    fn order(&mut self)
    where
        Self::Item: Ord,
    {
        self.order_by(Ord::cmp);
    }
}

impl<T> Order for [T] {
    type Item = T;

    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let mut places = positions(self.len(), &mut |one, other| {
            compare(&self[one as usize], &self[other as usize])
        });
        // `places[to]` is where the item for `to` stands; each swap brings one item home.
        for to in 0..places.len() {
            let mut from = places[to] as usize;
            while from < to {
                from = places[from] as usize;
            }
            self.swap(to, from);
            places[to] = from as u32;
        }
    }
}

/// The positions of a list in order: merging runs from the bottom up.
fn positions(len: usize, compare: &mut dyn FnMut(u32, u32) -> Ordering) -> Vec<u32> {
    let mut list: Vec<u32> = (0..len as u32).collect();
    let mut spare = list.clone();
    let mut run = 1;
    while run < len {
        for start in (0..len).step_by(2 * run) {
            let (middle, end) = ((start + run).min(len), (start + 2 * run).min(len));
            let (mut left, mut right) = (start, middle);
            for slot in &mut spare[start..end] {
                let takes_left = right >= end
                    || left < middle && compare(list[left], list[right]) != Ordering::Greater;
                let from = if takes_left { &mut left } else { &mut right };
                *slot = list[*from];
                *from += 1;
            }
        }
        std::mem::swap(&mut list, &mut spare);
        run *= 2;
    }
    list
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn it_orders_like_the_library() {
        let mut seed = 7_u64;
        for len in [0, 1, 2, 3, 5, 8, 17, 100, 1000] {
            let mut list: Vec<(u64, usize)> = (0..len)
                .map(|nth| {
                    seed = seed
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    (seed >> 60, nth)
                })
                .collect();
            let mut expected = list.clone();
            expected.sort_by_key(|(key, _)| *key);
            list.order_by_key(|(key, _)| *key);
            assert_eq!(list, expected);
            list.order_by(|one, other| other.cmp(one));
            expected.sort_by(|one, other| other.cmp(one));
            assert_eq!(list, expected);
            list.order();
            expected.sort_unstable();
            assert_eq!(list, expected);
        }
    }
}
