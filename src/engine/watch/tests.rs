//! A list against a slow and simple oracle.

use super::*;
use crate::engine::dataset::{Dataset, Session, Side, Verdict};
use crate::engine::model::Action;
use crate::engine::pipeline::rejudge;
use crate::engine::settings::Settings;
use crate::engine::summary::fixture;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

#[test]
fn a_list_is_its_text() {
    let (list, unread) = WatchList::of(&["192.0.2.1 one", "192.0.2.1 again\r\nwhat?\n:80\n:80\n"]);
    assert_eq!((list.n_entries(), list.n_unread()), (2, 1));
    assert_eq!((list.entry(0), list.remark(0)), ("192.0.2.1", "one"));
    assert_eq!(unread[0], Unread::default());
    assert_eq!(unread[1].first, [(2, "what?".to_string())]);
    let same = WatchList::read("192.0.2.1 one\n192.0.2.1 again\r\nwhat?\n:80\n:80\n");
    assert_eq!(list, same);
    assert_ne!(list, WatchList::read("192.0.2.1 one\n"));
}

#[test]
fn a_list_crosses_as_its_text() {
    let settings = Settings {
        watch: Some(Arc::new(WatchList::read("192.0.2.0/24 lab\n:4444"))),
        ..Settings::default()
    };
    let text = serde_json::to_string(&settings).expect("settings are text");
    let back: Settings = serde_json::from_str(&text).expect("settings are text");
    assert_eq!(back, settings);
    let list = back.watch.expect("a list");
    assert_eq!((list.n_entries(), list.remark(0)), (2, "lab"));
}

/// The same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    /// Few different ones, so that lists and logs meet.
    fn address(&mut self) -> IpAddr {
        let last = self.below(24) as u8;
        match self.below(4) {
            0 => Ipv4Addr::new(10, 0, self.below(2) as u8, last).into(),
            1 => Ipv4Addr::new(203, 0, 113, last * 10).into(),
            2 => Ipv4Addr::new(198, 51, 100, last).into(),
            _ => format!("2001:db8::{}:{last:x}", self.below(2))
                .parse()
                .expect("an address"),
        }
    }
}

const NAMES: [&str; 7] = [
    "evil.example",
    "www.evil.example",
    "evil.example.org",
    "vil.example",
    "pc-7",
    "pc-77",
    "server1",
];
const PORTS: [u16; 6] = [22, 80, 443, 4444, 8080, 51_000];
const PROTOS: [(u8, &str); 2] = [(proto::TCP, "tcp"), (proto::UDP, "UDP")];

/// What an entry means, without any of the code under test.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Place {
    Anywhere,
    Within(bool, u128, u128),
    Called(String),
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Meaning(Place, Option<u16>, Option<u8>);

fn bits(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(v4) => (true, u128::from(u32::from(v4))),
        IpAddr::V6(v6) => (false, u128::from(v6)),
    }
}

fn spelled(dice: &mut Dice, address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) if dice.below(4) == 0 => v4.to_ipv6_mapped().to_string(),
        IpAddr::V6(_) if dice.below(2) == 0 => address.to_string().to_uppercase(),
        _ => address.to_string(),
    }
}

fn entry(dice: &mut Dice) -> (String, Meaning) {
    let at = |address: IpAddr| {
        let (is_v4, bits) = bits(address);
        Place::Within(is_v4, bits, bits)
    };
    let address = dice.address();
    let (is_v4, own) = bits(address);
    let port = dice.of(&PORTS);
    let (proto, proto_name) = dice.of(&PROTOS);
    let name = dice.of(&NAMES);
    match dice.below(9) {
        0 | 1 => (spelled(dice, address), Meaning(at(address), None, None)),
        2 | 3 => {
            let width = if is_v4 { 32 } else { 128 };
            let length = width - dice.below(11);
            let rest = (1_u128 << (width - length)) - 1;
            let mut text = format!("{address}/{length}");
            if is_v4 && dice.below(3) == 0 {
                text = format!("::ffff:{address}/{}", length + 96);
            }
            (
                text,
                Meaning(Place::Within(is_v4, own & !rest, own | rest), None, None),
            )
        }
        4 => {
            let to = own + u128::from(dice.below(9));
            let last: IpAddr = if is_v4 {
                Ipv4Addr::from(to as u32).into()
            } else {
                Ipv6Addr::from(to).into()
            };
            let dash = dice.of(&["-", " - "]);
            let text = format!("{address}{dash}{last}");
            (text, Meaning(Place::Within(is_v4, own, to), None, None))
        }
        5 => {
            let text = if is_v4 {
                format!("{address}:{port}")
            } else {
                format!("[{address}]:{port}")
            };
            (text, Meaning(at(address), Some(port), None))
        }
        6 => match dice.below(2) {
            0 => (
                format!(":{port}"),
                Meaning(Place::Anywhere, Some(port), None),
            ),
            _ => (
                format!("{port}/{proto_name}"),
                Meaning(Place::Anywhere, Some(port), Some(proto)),
            ),
        },
        7 => {
            let text = format!("{name}:{port}/{proto_name}");
            (
                text,
                Meaning(Place::Called(name.into()), Some(port), Some(proto)),
            )
        }
        _ => {
            let ways = [name.to_uppercase(), format!("{name}."), name.into()];
            let text = ways[dice.below(3) as usize].clone();
            (text, Meaning(Place::Called(name.into()), None, None))
        }
    }
}

fn is_met(meaning: &Meaning, data: &Dataset, session: &Session) -> bool {
    let Meaning(place, port, proto) = meaning;
    if proto.is_some_and(|proto| proto != session.proto(data)) {
        return false;
    }
    let (a, b) = session.ends(data);
    let both = [(a, session.side != Side::A), (b, session.side != Side::B)];
    both.into_iter().any(|(end, may_serve)| {
        let fits_port = port.is_none_or(|port| end.port == Some(port));
        fits_port
            && match place {
                Place::Anywhere => may_serve,
                Place::Called(name) => end.host.text(&data.names) == *name,
                Place::Within(is_v4, first, last) => end.host.ip().is_some_and(|ip| {
                    let (kind, own) = bits(ip);
                    kind == *is_v4 && (*first..=*last).contains(&own)
                }),
            }
    })
}

/// A log of the same few hosts.
fn log(dice: &mut Dice) -> Dataset {
    let host = |dice: &mut Dice| -> &'static str {
        if dice.below(6) == 0 {
            dice.of(&NAMES)
        } else {
            Box::leak(dice.address().to_string().into_boxed_str())
        }
    };
    let lines: Vec<fixture::Line> = (0..60)
        .map(|at| fixture::Line {
            at_s: at * 40,
            src: (host(dice), 50_000 + dice.below(2000) as u16),
            dst: (host(dice), dice.of(&PORTS)),
            proto: dice.of(&PROTOS).0,
            action: dice.of(&[Action::Allow, Action::Drop, Action::Drop]),
            flags: dice.of(&["", "S", "A", "SA"]),
            rule: "1",
        })
        .collect();
    fixture::joined(&lines)
}

#[test]
fn lists_meet_what_a_slow_look_meets() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let (mut n_met, mut n_pairs) = (0, 0);
    for _ in 0..60 {
        let mut data = log(&mut dice);
        let mut meanings: BTreeMap<String, Meaning> = BTreeMap::new();
        let mut text = String::new();
        for _ in 0..40 {
            let (entry, meaning) = entry(&mut dice);
            text += dice.of(&["", "# note\n", "\n", "; note\n"]);
            text += &entry;
            text += dice.of(&["\n", " remark\n", ",remark, more\n", "\t# remark\r\n"]);
            meanings.insert(entry, meaning);
        }
        let list = Arc::new(WatchList::read(&text));
        assert_eq!(list.n_unread(), 0, "{text}");
        let differing: BTreeSet<&Meaning> = meanings.values().collect();
        assert_eq!(list.n_entries(), differing.len(), "{text}");
        let settings = Settings {
            watch: Some(Arc::clone(&list)),
            ..Settings::default()
        };
        rejudge(&mut data, &settings);
        let met: BTreeSet<(&Meaning, u32)> = data
            .watched
            .iter()
            .flat_map(|hit| {
                hit.sessions
                    .iter()
                    .map(|at| (&meanings[list.entry(hit.entry)], *at))
            })
            .collect();
        let mut expected = BTreeSet::new();
        for meaning in differing {
            for (at, session) in data.sessions.iter().enumerate() {
                n_pairs += 1;
                if is_met(meaning, &data, session) {
                    expected.insert((meaning, at as u32));
                }
            }
        }
        assert_eq!(met, expected, "{text}");
        n_met += met.len();
        for (at, session) in data.sessions.iter().enumerate() {
            let is_marked = session.also >> (Verdict::WatchList as u32) & 1 != 0;
            assert_eq!(is_marked, met.iter().any(|(_, own)| *own == at as u32));
        }
        in_order(&data);
        numbers_are_fields(&data, &list);
    }
    assert!(n_met > 2000, "{n_met} of {n_pairs}");
}

/// Allowed ones first, outbound ones first, then by sessions.
fn in_order(data: &Dataset) {
    let list = data.settings.watch.as_ref().expect("a list");
    let keys: Vec<_> = data
        .watched
        .iter()
        .map(|hit| {
            (
                hit.n_allowed == 0,
                hit.n_outbound() == 0,
                usize::MAX - hit.sessions.len(),
            )
        })
        .collect();
    assert!(keys.is_sorted(), "{keys:?}");
    for hit in &data.watched {
        assert_eq!(
            hit.directions.iter().sum::<u64>(),
            hit.sessions.len() as u64
        );
        let hosts = hit.hosts(data, list);
        assert!(!hosts.is_empty());
        for session in &hit.sessions {
            let (a, b) = data.sessions[*session as usize].ends(data);
            assert!(hosts.contains(&a.host) || hosts.contains(&b.host));
        }
    }
}

/// Every number in a sentence is in `numbers`; names and entries are no numbers.
fn numbers_are_fields(data: &Dataset, list: &WatchList) {
    let told = data.incidents.iter();
    for incident in told.filter(|incident| incident.verdict == Verdict::WatchList) {
        for text in [&incident.headline, &incident.sentence] {
            let mut text = text.clone();
            for entry in 0..list.entries.len() as u32 {
                for end in [",", ")"] {
                    text = text.replace(&format!("({}{end}", list.entry(entry)), "");
                }
            }
            for word in text.split([' ', '(', ')', ';']) {
                let digits = word.trim_end_matches(['.', ',']).replace(',', "");
                if let Ok(number) = digits.parse::<i64>() {
                    let is_known = incident.numbers.values().any(|known| *known == number);
                    assert!(is_known, "{number} of \"{text}\" in {:?}", incident.numbers);
                }
            }
        }
    }
}

/// Prints how long a million mixed entries take; `cargo test --release -- --nocapture million` for the figure.
#[test]
fn a_million_entries() {
    let n: u32 = if cfg!(debug_assertions) {
        100_000
    } else {
        1_000_000
    };
    let mut text = String::new();
    for at in 0..n {
        let address = Ipv4Addr::from(at.wrapping_mul(2_654_435_761));
        let entry = match at % 10 {
            0..=4 => format!("{address}\n"),
            5 => format!("{address}/{} net\n", 20 + at % 12),
            6 => format!("2001:db8:{:x}:{:x}::1,six\n", at >> 16, at & 0xffff),
            7 => format!("{address}-{}\n", Ipv4Addr::from(u32::from(address) | 0x7f)),
            8 => format!("0.0.0.0 host-{at}.example\n"),
            _ => format!("host-{at}.example # seen\n"),
        };
        text.push_str(&entry);
    }
    let start = Instant::now();
    let list = WatchList::read(&text);
    let loading = start.elapsed();
    assert_eq!(list.n_unread(), 0);
    assert!(list.n_entries() as u32 > n - n / 100);
    let start = Instant::now();
    let mut found = Vec::new();
    for at in 0..n {
        list.of_host(Host::v4(at.wrapping_mul(40_503)), &mut found);
    }
    let asking = start.elapsed();
    println!(
        "{n} entries, {} MB of text, read in {loading:?}; {n} hosts asked in {asking:?}, {} hits",
        text.len() >> 20,
        found.len()
    );
}
