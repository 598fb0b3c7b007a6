//! Hosts as small numbers, in order of first appearance.

use super::Host;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// The table holds halves of hashes and numbers, 8 bytes each: with a million hosts, memory is what takes the time.
pub struct Hosts {
    pub list: Vec<Host>,
    numbers: HashTable<(u32, u32)>,
    hasher: FixedState,
    /// The last host of each side: a busy server comes many times in a row.
    last: [Option<(Host, u32)>; 2],
}

impl Hosts {
    /// The seed guards the table against logs made to collide; numbers do not depend on it.
    pub fn new(hasher: FixedState) -> Hosts {
        Hosts {
            list: Vec::new(),
            numbers: HashTable::new(),
            hasher,
            last: [None; 2],
        }
    }

    pub fn number(&mut self, side: usize, host: Host) -> u32 {
        if let Some((last, number)) = self.last[side]
            && last == host
        {
            return number;
        }
        let list = &self.list;
        let half = (self.hasher.hash_one(host) >> 32) as u32;
        let spread = |half: u32| u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let found = self.numbers.find(spread(half), |(known, number)| {
            *known == half && list[*number as usize] == host
        });
        let number = found.map_or(list.len() as u32, |(_, number)| *number);
        if found.is_none() {
            self.numbers
                .insert_unique(spread(half), (half, number), |(half, _)| spread(*half));
            self.list.push(host);
        }
        self.last[side] = Some((host, number));
        number
    }
}
