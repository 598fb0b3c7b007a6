//! Watch lists: addresses, networks, ports and names that a person wants to hear about.
//!
//! Matching is exact, never by parts of a text. It is done once for each distinct host of a dataset, so a list of a
//! million entries costs a long log no more than a short one.

pub mod hits;
mod ranges;
mod read;

use super::explain::words;
use super::model::{Host, proto};
use crate::engine::model::order::Order;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use ranges::{Range, Ranges};
use read::{Line, Wanted};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::hash::BuildHasher;
use std::sync::Arc;

/// No further entry.
const END: u32 = u32::MAX;
/// Spans of the text have 32 bits.
pub const MAX_BYTES: usize = 1 << 30;
/// Longer remarks are cut.
const MAX_REMARK_BYTES: usize = 200;
/// Lines that are named where they could not be read.
const MAX_NAMED: usize = 4;

/// A list, ready to be asked. Equal texts give equal lists.
#[derive(Clone, Default)]
pub struct WatchList {
    text: String,
    entries: Vec<Entry>,
    /// Entries about one host, by host; those about the same one follow each other by `next`.
    exact: HashTable<u32>,
    ranges: Ranges,
    /// (port, protocol, entry) of those about any host, in order.
    ports: Vec<(u16, u8, u32)>,
    /// Ranges and ports that were there before.
    n_repeated: usize,
    n_unread: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// `Host::NONE` twice for a port of any host.
    host: Host,
    last: Host,
    /// Of its text and its remark in the list's text.
    start: u32,
    remark_start: u32,
    next: u32,
    len: u16,
    remark_len: u16,
    port: u16,
    has_port: bool,
    proto: u8,
}

/// Lines of one text that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    pub n: u64,
    /// Number, from 1, and text of the first ones.
    pub first: Vec<(u64, String)>,
}

impl Unread {
    /// "Of the watch list list.txt, 2 entries could not be read: line 3 "…", line 9 "…"."
    pub fn sentence(&self, list: &str) -> String {
        let shown: Vec<String> = self
            .first
            .iter()
            .map(|(line, text)| format!("line {line} \"{}\"", words::visible(text)))
            .collect();
        let more = match self.n - shown.len() as u64 {
            0 => String::new(),
            n => format!(" and {} more", words::number(n)),
        };
        format!(
            "Of the watch list {list}, {} could not be read: {}{more}.",
            words::count(self.n, "entry", "entries"),
            shown.join(", "),
        )
    }
}

impl PartialEq for WatchList {
    fn eq(&self, other: &WatchList) -> bool {
        self.text == other.text
    }
}

impl Eq for WatchList {}

impl std::fmt::Debug for WatchList {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "WatchList of {} entries", self.n_entries())
    }
}

impl WatchList {
    /// One list of several texts, and what could not be read of each. What is beyond `MAX_BYTES` counts as one line
    /// that could not be read.
    pub fn of(texts: &[&str]) -> (WatchList, Vec<Unread>) {
        let mut list = WatchList::default();
        let mut whole = String::with_capacity(texts.iter().map(|text| text.len() + 1).sum());
        let mut ends = Vec::new();
        for text in texts {
            let fits = whole.len() + text.len() < MAX_BYTES;
            whole.push_str(if fits { text } else { "" });
            if !whole.ends_with('\n') {
                whole.push('\n');
            }
            ends.push((whole.len(), fits));
        }
        let n_lines = memchr::memchr_iter(b'\n', whole.as_bytes()).count();
        list.entries.reserve_exact(n_lines);
        list.exact.reserve(n_lines, |_| 0);
        let mut start = 0;
        let mut unread = Vec::new();
        for (end, fits) in ends {
            let mut own = list.add(&whole, whole.get(start..end).unwrap_or(""));
            if !fits {
                own.n += 1;
                own.first.push((1, "(too long)".into()));
            }
            list.n_unread += own.n;
            unread.push(own);
            start = end;
        }
        list.text = whole;
        let n_ranges = list.ranges.len();
        list.ranges.finish();
        list.ports.order();
        let n_ports = list.ports.len();
        list.ports.dedup_by_key(|(port, proto, _)| (*port, *proto));
        list.n_repeated = n_ranges - list.ranges.len() + n_ports - list.ports.len();
        (list, unread)
    }

    pub fn read(text: &str) -> WatchList {
        WatchList::of(&[text]).0
    }

    /// Entries that differ.
    pub fn n_entries(&self) -> usize {
        self.entries.len() - self.n_repeated
    }

    /// Lines, and names in lines of hosts files, that could not be read.
    pub fn n_unread(&self) -> u64 {
        self.n_unread
    }

    /// An entry as it is written.
    pub fn entry(&self, entry: u32) -> &str {
        let found = self.entries.get(entry as usize);
        found.map_or("", |entry| self.slice(entry.start, entry.len))
    }

    /// What the list says of it; "" where it says nothing.
    pub fn remark(&self, entry: u32) -> &str {
        let found = self.entries.get(entry as usize);
        found.map_or("", |entry| self.slice(entry.remark_start, entry.remark_len))
    }

    pub fn port(&self, entry: u32) -> Option<u16> {
        let entry = self.entries.get(entry as usize)?;
        entry.has_port.then_some(entry.port)
    }

    /// It is about a port, whosever it is.
    pub fn is_of_any_host(&self, entry: u32) -> bool {
        self.host(entry).is_none() && self.port(entry).is_some()
    }

    /// All entries about a host, in order; some want a port too.
    pub fn of_host(&self, host: Host, found: &mut Vec<u32>) {
        if host.is_none() {
            return;
        }
        let first = self.exact.find(hash(host), |at| self.host(*at) == host);
        let mut at = first.copied().unwrap_or(END);
        while let Some(entry) = self.entries.get(at as usize) {
            found.push(at);
            at = entry.next;
        }
        self.ranges.find(host, found);
        found.sort_unstable();
    }

    /// A host is one that an entry is about.
    pub fn holds(&self, entry: u32, host: Host) -> bool {
        let Some(Entry {
            host: first, last, ..
        }) = self.entries.get(entry as usize)
        else {
            return false;
        };
        if first == last {
            return host == *first && !host.is_none();
        }
        ranges::holds(*first, *last, host) && host.ip().is_some()
    }

    /// An entry about a host holds for this port of it.
    pub fn fits(&self, entry: u32, proto: u8, port: Option<u16>) -> bool {
        let Some(entry) = self.entries.get(entry as usize) else {
            return false;
        };
        (entry.proto == proto::UNKNOWN || entry.proto == proto)
            && (!entry.has_port || port == Some(entry.port))
    }

    /// All entries about a port of any host.
    pub fn of_port(&self, proto: u8, port: u16) -> impl Iterator<Item = u32> + '_ {
        let start = self.ports.partition_point(|(own, _, _)| *own < port);
        self.ports[start..]
            .iter()
            .take_while(move |(own, _, _)| *own == port)
            .filter(move |(_, own, _)| *own == proto::UNKNOWN || *own == proto)
            .map(|(_, _, entry)| *entry)
    }

    pub fn has_ports(&self) -> bool {
        !self.ports.is_empty()
    }

    fn slice(&self, start: u32, len: u16) -> &str {
        let start = start as usize;
        self.text.get(start..start + usize::from(len)).unwrap_or("")
    }

    fn host(&self, entry: u32) -> Host {
        let found = self.entries.get(entry as usize);
        found.map_or(Host::NONE, |entry| entry.host)
    }

    /// `part` is a stretch of `whole`, which becomes the list's text.
    fn add(&mut self, whole: &str, part: &str) -> Unread {
        let mut unread = Unread::default();
        let mut fail = |number: usize, text: &str| {
            unread.n += 1;
            if unread.first.len() < MAX_NAMED {
                unread.first.push((number as u64 + 1, text.trim().into()));
            }
        };
        for (number, text) in part.lines().enumerate() {
            match read::line(text) {
                Line::Nothing => {}
                Line::Entry(wanted, entry, remark) => {
                    self.insert(whole, wanted, entry, remark);
                }
                Line::Names(names) => {
                    for (name, host) in read::each_name(names) {
                        match host.and_then(|_| read::wanted(name)) {
                            Some(wanted) => self.insert(whole, wanted, name, ""),
                            None => fail(number, name),
                        }
                    }
                }
                Line::Unread => fail(number, text),
            }
        }
        unread
    }

    fn insert(&mut self, whole: &str, wanted: Wanted, text: &str, remark: &str) {
        let offset = |part: &str| (part.as_ptr() as usize - whole.as_ptr() as usize) as u32;
        let number = self.entries.len() as u32;
        let entry = Entry {
            host: wanted.first,
            last: wanted.last,
            start: offset(text),
            remark_start: if remark.is_empty() { 0 } else { offset(remark) },
            next: END,
            len: text.len() as u16,
            remark_len: remark.floor_char_boundary(MAX_REMARK_BYTES) as u16,
            port: wanted.port.unwrap_or(0),
            has_port: wanted.port.is_some(),
            proto: wanted.proto,
        };
        if wanted.first != wanted.last {
            self.ranges.push(Range {
                first: wanted.first,
                last: wanted.last,
                entry: number,
            });
        } else if wanted.first.is_none() {
            self.ports.push((entry.port, entry.proto, number));
        } else if !self.insert_exact(&entry, number) {
            return;
        }
        self.entries.push(entry);
    }

    /// False where the list has the same entry already.
    fn insert_exact(&mut self, entry: &Entry, number: u32) -> bool {
        let entries = &mut self.entries;
        let of = |at: u32| entries.get(at as usize).map_or(Host::NONE, |own| own.host);
        let known = self
            .exact
            .find(hash(entry.host), |at| of(*at) == entry.host);
        let Some(mut at) = known.copied() else {
            self.exact
                .insert_unique(hash(entry.host), number, |at| hash(of(*at)));
            return true;
        };
        while let Some(other) = entries.get_mut(at as usize) {
            let wants = |entry: &Entry| (entry.has_port, entry.port, entry.proto);
            if wants(other) == wants(entry) {
                return false;
            }
            if other.next == END {
                other.next = number;
                return true;
            }
            at = other.next;
        }
        false
    }
}

fn hash(host: Host) -> u64 {
    FixedState::default().hash_one(host)
}

/// A list crosses as its text and is read again: its tables are several times as large.
pub fn serialize<S: Serializer>(
    list: &Option<Arc<WatchList>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = list.as_ref().map(|list| list.text.as_str());
    text.serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Arc<WatchList>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| Arc::new(WatchList::read(&text))))
}

#[cfg(test)]
mod tests;
