//! What stands out from the normal day of one log: a service that one machine of hundreds uses, what began late or
//! suddenly grew, doors that stand open to the internet, and calls to ports that a machine rarely has a reason to call.
//!
//! Sees     D9 (rare), D10 (new or changed), D12 (exposure) and D13 (odd calls outward) of the specification.
//! Matters  None of it is an accusation: each is a question that the owner of the machine can answer.
//! Misses   A log that is too short to have a normal (D9 needs 200 connections and 100 machines, D10 a day).

use super::baseline::service;
use super::place::{self, Kind, Seen};
use super::ratio::{Surprise, surprise};
use crate::engine::dataset::{Dataset, Direction};
use crate::engine::explain::words::{self, count, number, times, visible};
use crate::engine::model::order::Order;
use crate::engine::model::stamp::{DAY, HOUR, rfc3339};
use crate::engine::model::{Host, Micros, ports, proto};
use crate::engine::summary::Index;
use crate::engine::summary::filter::Filter;
use serde::{Deserialize, Serialize};

/// D9: few connections of one machine, in a log of many.
const RARE_SESSIONS: usize = 2;
const MIN_SESSIONS: usize = 200;
/// Rarer than one in a hundred of our machines.
const MIN_MACHINES: usize = 100;
/// D10: the log is long enough to have a first part.
const MIN_SPAN_US: Micros = DAY;
/// One in ten thousand, in thousandths of a decimal order.
const SURPRISING: Surprise = 4000;
/// An hour with five times as much as the machine's median hour, of at least so many hours.
const MIN_GROWTH: u64 = 5;
const MIN_HOURS: usize = 6;
/// D12: doors that should not stand open to everybody.
#[rustfmt::skip]
const ADMIN: [u16; 25] = [
    22, 23, 135, 139, 445, 1433, 1521, 2375, 2376, 3306, 3389, 5432, 5555, 5900, 5985, 6379, 8545, 9200, 11211, 27017,
    5901, 5986, 5984, 2049, 623,
];
/// D13: what a machine that is no server of the kind rarely calls on the internet, and what the owner should ask.
const ODD: [(u16, u16, &str); 8] = [
    (
        25,
        25,
        "Mail is usually sent by mail servers only; a machine that sends it itself may send spam.",
    ),
    (
        53,
        53,
        "Names are usually looked up at the own name server; programs with a name server of their own pass by it.",
    ),
    (
        139,
        139,
        "Windows file sharing with the internet is rarely meant; it can give away passwords.",
    ),
    (
        445,
        445,
        "Windows file sharing with the internet is rarely meant; it can give away passwords.",
    ),
    (
        1080,
        1080,
        "This is the usual port of SOCKS proxies, which carry any traffic past the firewall.",
    ),
    (
        3389,
        3389,
        "Remote desktops on the internet are rarely meant to be used from here.",
    ),
    (
        4444,
        4444,
        "This port has no common use, and attack tools take it by default.",
    ),
    (
        6660,
        7000,
        "Chat by IRC uses these ports; so did many remote controls of infected machines.",
    ),
];
/// Attempts that were all refused count from this many on.
const MIN_REFUSED: usize = 3;
/// Rows of one kind; nobody reads more.
const MAX_OF_A_KIND: usize = 40;
/// Machines named in a sentence.
const MAX_NAMED: usize = 8;

/// Something that stands out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// "D9", "D10", "D12" or "D13".
    pub detector: String,
    pub sentence: String,
    pub n_sessions: u64,
    /// A filter term that shows just these connections.
    pub filter: String,
    /// Ascending indices of sessions; at most eight.
    pub sessions: Vec<u32>,
}

/// What one machine of ours does with one service.
type Key = (Kind, u32, u8, u16);

/// Sessions of one key, or of several together.
struct Heap {
    key: Key,
    /// Ascending.
    sessions: Vec<u32>,
    n_let_in: usize,
}

/// All remarks: open doors, odd calls, what is new, what is rare.
pub fn remarks(data: &Dataset, index: &Index) -> Vec<Remark> {
    let (heaps, n_machines) = heaps(data, index);
    let mut all = Vec::new();
    exposed(data, &heaps, &mut all);
    odd_calls(data, &heaps, &mut all);
    began_late(data, index, &heaps, &mut all);
    grew(data, index, &heaps, &mut all);
    rare(data, &heaps, n_machines, &mut all);
    all
}

/// In order of their keys, and how many machines of ours there are.
fn heaps(data: &Dataset, index: &Index) -> (Vec<Heap>, usize) {
    let mut hits: Vec<(Key, u32, bool)> = Vec::new();
    let mut is_machine = vec![false; data.hosts.len()];
    for at in 0..data.sessions.len() {
        let Some(seen) = Seen::of(data, index, at) else {
            continue;
        };
        for (kind, host) in seen.subjects().into_iter().flatten() {
            match kind {
                Kind::Machine => is_machine[host as usize] = true,
                Kind::Calls | Kind::Offers | Kind::Serves
                    if seen.direction != Direction::FromFirewall =>
                {
                    let key = (kind, host, seen.proto, seen.port);
                    hits.push((key, at as u32, seen.was_let_in));
                }
                _ => {}
            }
        }
    }
    hits.order();
    let heaps = hits.chunk_by(|one, other| one.0 == other.0);
    let heaps = heaps.map(|chunk| Heap {
        key: chunk[0].0,
        sessions: chunk.iter().map(|(_, at, _)| *at).collect(),
        n_let_in: chunk.iter().filter(|(.., was_let_in)| *was_let_in).count(),
    });
    let n_machines = is_machine.iter().filter(|is_one| **is_one).count();
    (heaps.collect(), n_machines)
}

/// Heaps of calls put together by service; each with the machines that call, ascending.
fn by_service(heaps: &[Heap], keep: impl Fn(&Heap) -> bool) -> Vec<(Heap, Vec<u32>)> {
    let mut places: Vec<(u8, u16, usize)> = Vec::new();
    for (place, heap) in heaps.iter().enumerate() {
        let (kind, _, number, port) = heap.key;
        if kind == Kind::Calls && keep(heap) {
            places.push((number, port, place));
        }
    }
    places.order();
    let services = places.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1));
    let put_together = |chunk: &[(u8, u16, usize)]| {
        let own = || chunk.iter().map(|(.., place)| &heaps[*place]);
        let mut sessions: Vec<u32> = own().flat_map(|heap| &heap.sessions).copied().collect();
        sessions.sort_unstable();
        let sum = Heap {
            key: (Kind::Calls, 0, chunk[0].0, chunk[0].1),
            sessions,
            n_let_in: own().map(|heap| heap.n_let_in).sum(),
        };
        (sum, own().map(|heap| heap.key.1).collect())
    };
    services.map(put_together).collect()
}

/// D12.
fn exposed(data: &Dataset, heaps: &[Heap], all: &mut Vec<Remark>) {
    let offered = &data.settings.services;
    let mut found = Vec::new();
    for heap in heaps {
        let (kind, host, number, port) = heap.key;
        if kind != Kind::Offers || heap.n_let_in == 0 {
            continue;
        }
        let is_meant = offered.contains(&(number, port));
        let is_admin = ADMIN.contains(&port) && matches!(number, proto::TCP | proto::UDP);
        if is_meant || !is_admin && offered.is_empty() {
            continue;
        }
        let parties = heap
            .sessions
            .iter()
            .filter_map(|at| data.sessions[*at as usize].parties(data));
        let mut clients: Vec<Host> = parties.map(|(initiator, _)| initiator.host).collect();
        clients.sort_unstable();
        clients.dedup();
        let n_clients = count(clients.len() as u64, "address", "addresses");
        let sentence = format!(
            "{} of {} can be reached from the internet: {} from {n_clients} got through. {}",
            service((number, port)),
            text(data, host),
            count(heap.sessions.len() as u64, "connection", "connections"),
            if is_admin {
                "Such doors are tried all day by everybody; if this is meant, only known addresses should pass."
            } else {
                "It is not in your list of offered services."
            }
        );
        let filter = format!(
            "dir:inbound server:{} {}",
            text(data, host),
            service_term(number, port)
        );
        found.push(remark("D12", sentence, heap, filter));
    }
    keep(found, all);
}

/// D13. A machine that answers the same service is a server of its kind.
fn odd_calls(data: &Dataset, heaps: &[Heap], all: &mut Vec<Remark>) {
    let answers = |host: u32, number: u8, port: u16| {
        let known = [Kind::Offers, Kind::Serves].map(|kind| (kind, host, number, port));
        known
            .iter()
            .any(|key| heaps.binary_search_by(|heap| heap.key.cmp(key)).is_ok())
    };
    let is_odd = |heap: &Heap| {
        let (_, host, number, port) = heap.key;
        odd(number, port).is_some()
            && (heap.n_let_in > 0 || heap.sessions.len() >= MIN_REFUSED)
            && !answers(host, number, port)
    };
    let mut found = Vec::new();
    for (heap, hosts) in by_service(heaps, is_odd) {
        let (.., number, port) = heap.key;
        let n_hosts = hosts.len() as u64;
        let named: Vec<Host> = hosts
            .into_iter()
            .take(MAX_NAMED)
            .map(|at| place::host(data, at))
            .collect();
        let sentence = format!(
            "{} of yours ({}) asked the internet for {} {}; {}. {}",
            count(n_hosts, "machine", "machines"),
            words::hosts(&named, n_hosts, &data.names),
            service((number, port)),
            times(heap.sessions.len() as u64),
            let_through(&heap),
            odd(number, port).unwrap_or_default(),
        );
        let filter = format!("dir:outbound {}", service_term(number, port));
        found.push(remark("D13", sentence, &heap, filter));
    }
    keep(found, all);
}

fn odd(number: u8, port: u16) -> Option<&'static str> {
    let is_plain = matches!(number, proto::TCP) || number == proto::UDP && port == 53;
    let range = ODD
        .iter()
        .find(|(from, to, _)| (*from..=*to).contains(&port))?;
    // Of the long range only the ports that chat uses.
    let is_meant = !(6670..7000).contains(&port);
    (is_plain && is_meant).then_some(range.2)
}

/// D10, first half: a pair of machine and service that the first part of the log does not know.
fn began_late(data: &Dataset, index: &Index, heaps: &[Heap], all: &mut Vec<Remark>) {
    let Some((first, last)) = index
        .span
        .filter(|(first, last)| last - first >= MIN_SPAN_US)
    else {
        return;
    };
    let mut found = Vec::new();
    for heap in heaps {
        let (kind, host, number, port) = heap.key;
        let starts = times_of(data, &heap.sessions);
        let Some(begin) = starts.first().copied() else {
            continue;
        };
        let late = begin - first;
        if late * 2 < last - first
            || late < DAY / 2
            || kind == Kind::Serves && !is_known(number, port)
        {
            continue;
        }
        // A burst is one event: hours in which it happened are counted.
        let mut hours: Vec<i64> = starts.iter().map(|at| at.div_euclid(HOUR)).collect();
        hours.dedup();
        let share = (last - begin).max(HOUR) as f64 / (last - first) as f64;
        if surprise(hours.len() as u64, 0, share) < SURPRISING {
            continue;
        }
        let what = act(data, kind, host, (number, port));
        let sentence = format!(
            "{} since the {} of the log, {} in all; the {} before do not know it.",
            words::capital(&what),
            place_in(late, last - first),
            times(heap.sessions.len() as u64),
            words::duration(late),
        );
        found.push(remark(
            "D10",
            sentence,
            heap,
            filter_of(data, kind, host, (number, port)),
        ));
    }
    keep(found, all);
}

/// D10, second half: an hour in which a machine called the internet much more than in its median hour.
fn grew(data: &Dataset, index: &Index, heaps: &[Heap], all: &mut Vec<Remark>) {
    let long_enough = index
        .span
        .is_some_and(|(first, last)| last - first >= MIN_SPAN_US);
    if !long_enough {
        return;
    }
    let mut calls: Vec<(u32, i64, u32)> = Vec::new();
    for heap in heaps.iter().filter(|heap| heap.key.0 == Kind::Calls) {
        for at in &heap.sessions {
            let session = &data.sessions[*at as usize];
            if session.has_time() {
                calls.push((heap.key.1, session.first.div_euclid(HOUR), *at));
            }
        }
    }
    calls.order();
    let mut found = Vec::new();
    for of_host in calls.chunk_by(|one, other| one.0 == other.0) {
        let hours: Vec<&[(u32, i64, u32)]> =
            of_host.chunk_by(|one, other| one.1 == other.1).collect();
        let mut counts: Vec<u64> = hours.iter().map(|hour| hour.len() as u64).collect();
        counts.order();
        let median = counts[counts.len() / 2];
        let Some(busiest) = hours.iter().rev().max_by_key(|hour| hour.len()) else {
            continue;
        };
        let n = busiest.len() as u64;
        if counts.len() < MIN_HOURS
            || n < median * MIN_GROWTH
            // Against a hundred median hours, whose own rate is known well enough.
            || surprise(n, median * 100, 1.0 / 101.0) < SURPRISING
        {
            continue;
        }
        let (host, hour, _) = busiest[0];
        let from = hour * HOUR;
        let heap = Heap {
            key: (Kind::Calls, host, 0, 0),
            sessions: busiest.iter().map(|(.., at)| *at).collect(),
            n_let_in: 0,
        };
        let sentence = format!(
            "{} called the internet {} in the hour from {} UTC, {} in its median hour.",
            text(data, host),
            times(n),
            rfc3339(from)
                .get(..16)
                .unwrap_or_default()
                .replace('T', " "),
            times(median),
        );
        let hour = Filter {
            terms: vec![Filter::between(from, from + HOUR)],
        };
        let filter = format!("dir:outbound client:{} {hour}", text(data, host));
        found.push(remark("D10", sentence, &heap, filter));
    }
    keep(found, all);
}

/// D9.
fn rare(data: &Dataset, heaps: &[Heap], n_machines: usize, all: &mut Vec<Remark>) {
    if data.sessions.len() < MIN_SESSIONS || n_machines < MIN_MACHINES {
        return;
    }
    let is_unknown = |heap: &Heap| !is_known(heap.key.2, heap.key.3);
    let mut found = Vec::new();
    for (heap, hosts) in by_service(heaps, is_unknown) {
        let (.., number, port) = heap.key;
        let [host] = hosts[..] else {
            continue;
        };
        if port == 0 || heap.sessions.len() > RARE_SESSIONS {
            continue;
        }
        let sentence = format!(
            "Only {}, one of {} machines of yours, asked the internet for {}, {}; {}. No common use of that port is known.",
            text(data, host),
            number_of(n_machines),
            service((number, port)),
            times(heap.sessions.len() as u64),
            let_through(&heap),
        );
        let filter = filter_of(data, Kind::Calls, host, (number, port));
        found.push(remark("D9", sentence, &heap, filter));
    }
    keep(found, all);
}

fn number_of(n: usize) -> String {
    number(n as u64)
}

fn is_known(number: u8, port: u16) -> bool {
    ports::is_top(port) || ports::is_named(number, port)
}

fn let_through(heap: &Heap) -> String {
    let n = heap.sessions.len();
    match heap.n_let_in {
        0 => "the firewall let none of it pass".into(),
        passed if passed == n => {
            format!(
                "the firewall let {} pass",
                words::plural(n as u64, "it", "all of them")
            )
        }
        passed => format!("the firewall let {} of them pass", number(passed as u64)),
    }
}

fn remark(detector: &str, sentence: String, heap: &Heap, filter: String) -> Remark {
    Remark {
        detector: detector.into(),
        sentence,
        n_sessions: heap.sessions.len() as u64,
        filter,
        sessions: heap.sessions.iter().take(MAX_NAMED).copied().collect(),
    }
}

/// The largest ones.
fn keep(mut found: Vec<Remark>, all: &mut Vec<Remark>) {
    found.order_by_key(|remark| std::cmp::Reverse(remark.n_sessions));
    found.truncate(MAX_OF_A_KIND);
    all.extend(found);
}

/// First times of sessions, ascending; those without are left out.
fn times_of(data: &Dataset, sessions: &[u32]) -> Vec<Micros> {
    let sessions = sessions.iter().map(|at| &data.sessions[*at as usize]);
    sessions
        .filter(|session| session.has_time())
        .map(|session| session.first)
        .collect()
}

fn text(data: &Dataset, host: u32) -> String {
    visible(&place::host(data, host).text(&data.names))
}

fn act(data: &Dataset, kind: Kind, host: u32, of: (u8, u16)) -> String {
    let (host, service) = (text(data, host), service(of));
    match kind {
        Kind::Calls => format!("your machine {host} asks the internet for {service}"),
        Kind::Offers => format!("the internet asks your machine {host} for {service}"),
        _ => format!("your own machines ask {host} for {service}"),
    }
}

fn filter_of(data: &Dataset, kind: Kind, host: u32, (number, port): (u8, u16)) -> String {
    let (way, side) = match kind {
        Kind::Calls => ("outbound", "client"),
        Kind::Offers => ("inbound", "server"),
        _ => ("internal", "server"),
    };
    format!(
        "dir:{way} {side}:{} {}",
        text(data, host),
        service_term(number, port)
    )
}

fn service_term(number: u8, port: u16) -> String {
    let protocol = proto::name(number);
    match port {
        0 => format!("proto:{protocol}"),
        port => format!("service:{port}/{protocol}"),
    }
}

/// "second half", "last tenth".
fn place_in(late: Micros, span: Micros) -> &'static str {
    match late * 10 / span.max(1) {
        0..=6 => "second half",
        7..=8 => "last third",
        _ => "last tenth",
    }
}
