//! Networks and ranges of addresses, as one list in order that is also a tree: the middle of a stretch is its root.
//!
//! Ranges may lie in each other, and each one that holds an address is an answer. Every root knows how far the ranges
//! below it reach, so stretches that end before the address are left out whole.

use crate::engine::model::Host;

#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub first: Host,
    pub last: Host,
    pub entry: u32,
}

#[derive(Clone, Debug, Default)]
pub struct Ranges {
    list: Vec<Range>,
    /// The highest `last` of the stretch whose root stands here.
    reach: Vec<Host>,
}

impl Ranges {
    pub fn push(&mut self, range: Range) {
        self.list.push(range);
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Puts all in order; of equal ranges the one that came first stays.
    pub fn finish(&mut self) {
        self.list
            .sort_unstable_by_key(|range| (range.first, range.last, range.entry));
        self.list.dedup_by_key(|range| (range.first, range.last));
        self.list.shrink_to_fit();
        self.reach = vec![Host::NONE; self.list.len()];
        grow(&self.list, &mut self.reach);
    }

    /// The entries of all ranges that hold an address. A range of IPv6 never holds an IPv4 address.
    pub fn find(&self, host: Host, found: &mut Vec<u32>) {
        if !self.list.is_empty() && host.ip().is_some() {
            search(&self.list, &self.reach, host, found);
        }
    }
}

pub fn holds(first: Host, last: Host, address: Host) -> bool {
    let is_same_kind = first.as_v4().is_some() == address.as_v4().is_some();
    is_same_kind && first <= address && address <= last
}

fn grow(list: &[Range], reach: &mut [Host]) -> Host {
    let middle = list.len() / 2;
    let Some(root) = list.get(middle) else {
        return Host::NONE;
    };
    let (left, right) = reach.split_at_mut(middle);
    let Some((own, right)) = right.split_first_mut() else {
        return Host::NONE;
    };
    *own = grow(&list[..middle], left)
        .max(root.last)
        .max(grow(&list[middle + 1..], right));
    *own
}

fn search(list: &[Range], reach: &[Host], host: Host, found: &mut Vec<u32>) {
    let middle = list.len() / 2;
    let (Some(root), Some(furthest)) = (list.get(middle), reach.get(middle)) else {
        return;
    };
    if *furthest < host {
        return;
    }
    search(&list[..middle], &reach[..middle], host, found);
    if root.first <= host {
        if holds(root.first, root.last, host) {
            found.push(root.entry);
        }
        search(&list[middle + 1..], &reach[middle + 1..], host, found);
    }
}
