//! The engine held against the truth machine.

use std::collections::BTreeMap;

use anyhow::Result;

use super::baselines::{First, RULES};
use super::engine::{Answer, Engine, Said};
use super::score::{Calibration, Confusion, Guess, Hits, Share};
use crate::simulate::{self, Cause, End, Flags, Format, Kind, Log, Scope, World};

/// Who started it, over some logs.
#[derive(Clone, Default)]
pub struct Initiators {
    pub engine: Share,
    pub rules: [Share; 4],
    pub calibration: Calibration,
    pub by_kind: BTreeMap<Kind, Share>,
}

impl Initiators {
    fn unite(&mut self, other: &Initiators) {
        self.engine.unite(other.engine);
        for (own, other) in self.rules.iter_mut().zip(other.rules) {
            own.unite(other);
        }
        self.calibration.unite(&other.calibration);
        for (kind, share) in &other.by_kind {
            self.by_kind.entry(*kind).or_default().unite(*share);
        }
    }
}

#[derive(Clone, Default)]
pub struct Mixed {
    pub initiators: BTreeMap<(Flags, Scope, Format), Initiators>,
    /// Of logs of everything.
    pub verdicts: BTreeMap<Flags, Confusion>,
    pub detectors: BTreeMap<(Flags, &'static str), Hits>,
    pub n_lines: u64,
}

impl Mixed {
    /// Over all formats.
    pub fn all(&self, flags: Flags) -> Initiators {
        let mut all = Initiators::default();
        for ((own, _, format), initiators) in &self.initiators {
            // Flags are shown where every packet's are.
            let shows = matches!(format, Format::Netfilter | Format::Csv);
            if *own == flags && (shows || flags == Flags::Hidden) {
                all.unite(initiators);
            }
        }
        all
    }
}

/// The verdict, as far as confusions of harm and harmlessness go, that each detector finds.
fn finds(name: &str, said: &Said) -> bool {
    match name {
        "scan" => said.verdict == "V05",
        "back-scatter" => said.verdict == "V06",
        "peer to peer" => said.verdict == "V17",
        "late reply" => matches!(said.verdict.as_str(), "V01" | "V14" | "V23"),
        "traceroute" => said.tags.iter().any(|tag| tag == "traceroute"),
        "brute force" => said.verdict == "V15",
        "beacon" => said.also.iter().any(|also| also == "V16"),
        _ => false,
    }
}

pub const DETECTORS: [(&str, &[Kind]); 7] = [
    ("scan", &[Kind::Scan]),
    ("back-scatter", &[Kind::Backscatter]),
    ("peer to peer", &[Kind::PeerToPeer]),
    ("late reply", &[Kind::LateReply, Kind::LateDatagram]),
    ("traceroute", &[Kind::Traceroute]),
    ("brute force", &[Kind::Guessing]),
    ("beacon", &[Kind::Beacon]),
];

/// What the engine said of each conversation that the log shows: its sessions, and the first line.
pub fn by_talk<'a>(log: &Log, answer: &'a Answer) -> BTreeMap<u32, (usize, bool, Vec<&'a Said>)> {
    let mut talks: BTreeMap<u32, (usize, bool, Vec<&Said>)> = BTreeMap::new();
    for (line, talk) in log.line_talks.iter().enumerate() {
        let Some((talk, from_client)) = talk else {
            continue;
        };
        let entry = talks
            .entry(*talk)
            .or_insert_with(|| (line, *from_client, Vec::new()));
        if let Some(at) = answer.by_line.get(&(line as u32)) {
            let said = &answer.sessions[*at as usize];
            if !entry.2.iter().any(|known| std::ptr::eq(*known, said)) {
                entry.2.push(said);
            }
        }
    }
    talks
}

fn is_end(said: &(String, u16), end: End) -> bool {
    format!("{}:{}", said.0, said.1) == end.to_string()
}

/// A conversation is right when every session that has lines of it names its initiator.
fn initiator(sessions: &[&Said], end: End) -> Guess {
    if sessions.is_empty() {
        return Guess::Undecided;
    }
    let mut guess = Guess::Right;
    for said in sessions {
        match &said.initiator {
            Some(initiator) if is_end(initiator, end) => {}
            Some(_) => return Guess::Wrong,
            None => guess = Guess::Undecided,
        }
    }
    guess
}

pub fn mixed(engine: &Engine, seeds: &[u64], size: u64, wrong: bool) -> Result<Mixed> {
    let mut mixed = Mixed::default();
    for seed in seeds {
        for format in Format::ALL {
            let world = simulate::mixed(*seed, size, format);
            for flags in [Flags::Shown, Flags::Hidden] {
                for scope in [Scope::All, Scope::Denied] {
                    let log = world.log(format, flags, scope);
                    let answer = engine.ask("mixed", &log.text)?;
                    day(&world, &log, &answer, &mut mixed, wrong);
                }
            }
        }
    }
    Ok(mixed)
}

fn day(world: &World, log: &Log, answer: &Answer, mixed: &mut Mixed, wrong: bool) {
    mixed.n_lines += log.line_talks.len() as u64;
    let initiators = mixed
        .initiators
        .entry((log.flags, log.scope, log.format))
        .or_default();
    for (talk, (line, from_client, sessions)) in by_talk(log, answer) {
        let truth = world.truth(talk);
        // Of back-scatter nobody here is the initiator.
        if truth.kind != Kind::Backscatter {
            let guess = initiator(&sessions, truth.initiator);
            initiators.engine.add(guess);
            initiators.by_kind.entry(truth.kind).or_default().add(guess);
            let (client, server) = (truth.initiator.port, truth.responder.port);
            let first = First {
                from: if from_client { client } else { server },
                to: if from_client { server } else { client },
                is_initiator: from_client,
            };
            for (share, (_, rule)) in initiators.rules.iter_mut().zip(RULES) {
                share.add(rule(first));
            }
            if guess != Guess::Undecided {
                let p = sessions.iter().map(|said| said.p).fold(1.0, f64::min);
                initiators.calibration.add(p, guess == Guess::Right);
            }
            if wrong && guess != Guess::Right {
                println!(
                    "{} {} {:?} {guess:?} line {}: {:?} -> {:?} {:?}; said {:?}",
                    log.format.name(),
                    log.flags.name(),
                    log.scope,
                    line + 1,
                    truth.initiator,
                    truth.responder,
                    truth.kind,
                    sessions
                        .iter()
                        .map(|said| (&said.initiator, said.p, &said.verdict))
                        .collect::<Vec<_>>()
                );
            }
        }
        if log.scope == Scope::Denied {
            continue;
        }
        let name = truth.kind.name();
        let said = sessions.first().map_or("unread", |said| &said.verdict);
        mixed.verdicts.entry(log.flags).or_default().add(name, said);
        for (detector, kinds) in DETECTORS {
            let is = kinds.contains(&truth.kind);
            let found = sessions.iter().any(|said| finds(detector, said));
            mixed
                .detectors
                .entry((log.flags, detector))
                .or_default()
                .add(is, found);
            if wrong && is != found {
                println!(
                    "{} {} {detector} {} line {}: {:?} -> {:?} {:?}; said {:?}",
                    log.format.name(),
                    log.flags.name(),
                    if is { "missed" } else { "invented" },
                    line + 1,
                    truth.initiator,
                    truth.responder,
                    truth.kind,
                    said
                );
            }
        }
    }
}

#[derive(Clone, Default)]
pub struct Causes {
    pub confusion: BTreeMap<Flags, Confusion>,
    /// Wrong and at least 0.8 sure; all.
    pub sure_and_wrong: BTreeMap<Flags, (u64, u64)>,
}

impl Causes {
    pub fn macro_f1(&self, flags: Flags) -> f64 {
        let Some(confusion) = self.confusion.get(&flags) else {
            return 0.0;
        };
        let sum: f64 = Cause::ALL
            .iter()
            .map(|cause| confusion.class(cause.name()).f1())
            .sum();
        sum / Cause::ALL.len() as f64
    }
}

pub fn causes(engine: &Engine, seeds: &[u64], size: u64, wrong: bool) -> Result<Causes> {
    let mut causes = Causes::default();
    for seed in seeds {
        for format in Format::ALL {
            for (nth, what) in Cause::ALL.into_iter().enumerate() {
                let world = simulate::lost(seed * 10 + nth as u64, size, format, what);
                for flags in [Flags::Shown, Flags::Hidden] {
                    let log = world.log(format, flags, Scope::All);
                    let answer = engine.ask("lost", &log.text)?;
                    let mut own = Confusion::default();
                    for (talk, (_, _, sessions)) in by_talk(&log, &answer) {
                        let Some(cause) = world.truth(talk).cause else {
                            continue;
                        };
                        let said = sessions.iter().find_map(|said| said.cause.as_ref());
                        let name = said.map_or("none", |(name, _)| name);
                        own.add(cause.name(), name);
                        let sure = causes.sure_and_wrong.entry(flags).or_default();
                        sure.1 += 1;
                        sure.0 += u64::from(
                            said.is_some_and(|(name, p)| *p >= 0.8 && name != cause.name()),
                        );
                    }
                    if wrong {
                        println!(
                            "{} {} {}: {:?}",
                            format.name(),
                            flags.name(),
                            what.name(),
                            own.counts
                        );
                    }
                    causes.confusion.entry(flags).or_default().unite(&own);
                }
            }
        }
    }
    Ok(causes)
}

/// Scans that were reported where there are none, and beacons of one call an hour among a month of refused lines.
#[derive(Clone, Copy, Default)]
pub struct Others {
    pub scans_in_floods: u64,
    pub floods: u64,
    pub months: u64,
    pub beacons_found: u64,
    pub other_beacons: u64,
}

pub fn others(engine: &Engine, seeds: &[u64], size: u64) -> Result<Others> {
    let mut others = Others::default();
    for seed in seeds {
        for format in Format::ALL {
            let world = simulate::floods(*seed, size / 4, format);
            for flags in [Flags::Shown, Flags::Hidden] {
                let log = world.log(format, flags, Scope::All);
                let answer = engine.ask("flood", &log.text)?;
                others.floods += 1;
                let scans = answer
                    .sessions
                    .iter()
                    .filter(|said| matches!(said.verdict.as_str(), "V05"));
                others.scans_in_floods += scans.count() as u64;
            }
        }
        for format in [Format::FortiGate, Format::Csv] {
            let world = simulate::month(*seed, size);
            let log = world.log(format, Flags::Shown, Scope::All);
            let answer = engine.ask("month", &log.text)?;
            others.months += 1;
            let mut hits = Hits::default();
            for (talk, (_, _, sessions)) in by_talk(&log, &answer) {
                let is = world.truth(talk).kind == Kind::Beacon;
                hits.add(is, sessions.iter().any(|said| finds("beacon", said)));
            }
            others.beacons_found += u64::from(hits.found > hits.missed);
            others.other_beacons += u64::from(hits.invented > 0);
        }
    }
    Ok(others)
}

/// Planted callers and late replies.
#[derive(Clone, Copy, Default, Debug)]
pub struct Planted {
    pub n_lines: u64,
    pub shells: u64,
    /// Called a reply, back-scatter, noise or normal, without a word that it may be otherwise.
    pub shells_harmless: u64,
    /// Called a reply, and the text says that an opening cannot be excluded.
    pub shells_left_open: u64,
    pub late: u64,
    /// V05, V15, V16, V21.
    pub late_attack: u64,
    /// V02 to V04: a refused attempt, no attack.
    pub late_attempt: u64,
}

pub fn planted(engine: &Engine, seed: u64, size: u64) -> Result<Vec<(Format, Flags, Planted)>> {
    let mut all = Vec::new();
    for format in [Format::Netfilter, Format::Asa, Format::FortiGate] {
        let world = simulate::planted(seed, size, format);
        for flags in [Flags::Shown, Flags::Hidden] {
            let log = world.log(format, flags, Scope::All);
            let answer = engine.ask("planted", &log.text)?;
            let mut planted = Planted {
                n_lines: log.line_talks.len() as u64,
                ..Planted::default()
            };
            for (talk, (_, _, sessions)) in by_talk(&log, &answer) {
                let is_any = |list: &[&str]| {
                    sessions
                        .iter()
                        .any(|said| list.contains(&said.verdict.as_str()))
                };
                match world.truth(talk).kind {
                    Kind::ReverseShell => {
                        let soft = ["V01", "V06", "V07", "V12", "V14", "V23"];
                        let left_open = sessions
                            .iter()
                            .filter(|said| soft.contains(&said.verdict.as_str()))
                            .all(|said| answer.open.contains(&said.incident));
                        planted.shells += 1;
                        let harmless = is_any(&soft);
                        planted.shells_harmless += u64::from(harmless && !left_open);
                        planted.shells_left_open += u64::from(harmless && left_open);
                    }
                    Kind::LateReply | Kind::LateDatagram => {
                        planted.late += 1;
                        planted.late_attack += u64::from(is_any(&["V05", "V15", "V21"]));
                        planted.late_attempt += u64::from(is_any(&["V02", "V03", "V04"]));
                    }
                    _ => {}
                }
            }
            all.push((format, flags, planted));
        }
    }
    Ok(all)
}
