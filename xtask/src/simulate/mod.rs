//! A truth machine: machines that talk, a firewall that remembers and forgets, logs of what it wrote down, and beside
//! them who really started what, what it was, and why a connection was lost.
//!
//! It shares nothing with the engine: it knows packets, rules and clocks, no weights and no verdicts.
//! The same seed gives the same bytes.

pub mod dice;
pub mod firewall;
pub mod mischief;
pub mod talk;
pub mod town;
pub mod write;

use std::collections::HashMap;

use dice::Dice;
pub use firewall::Cause;
use firewall::{Device, Mishap, Noted, Timers};
pub use talk::{End, Kind};
use talk::{HOUR, MINUTE, SECOND, Talk};
use town::Town;
pub use write::{Flags, Format, Scope};

/// What happened, before anybody writes it down.
pub struct World {
    pub talks: Vec<Talk>,
    pub noted: Noted,
}

/// One log with its truth.
pub struct Log {
    pub format: Format,
    pub flags: Flags,
    pub scope: Scope,
    pub text: Vec<u8>,
    /// For each line the conversation it belongs to, and whether the client stands first in it.
    pub line_talks: Vec<Option<(u32, bool)>>,
}

/// What one conversation was.
#[derive(Clone, Copy, Debug)]
pub struct Truth {
    pub initiator: End,
    pub responder: End,
    pub kind: Kind,
    /// Why packets of it were lost, if any were.
    pub cause: Option<Cause>,
}

impl World {
    fn happen(device: &Device, talks: Vec<Talk>) -> World {
        let noted = firewall::run(device, &talks);
        World { talks, noted }
    }

    pub fn log(&self, format: Format, flags: Flags, scope: Scope) -> Log {
        let written = write::write(format, flags, scope, &self.talks, &self.noted.records);
        Log {
            format,
            flags,
            scope,
            text: written.text,
            line_talks: written.talks,
        }
    }

    pub fn truth(&self, talk: u32) -> Truth {
        let own = &self.talks[talk as usize];
        let cause = self.noted.causes.get(&talk).copied();
        // A conversation that was meant to end well and lost packets is one of the lost, and the other way round.
        let kind = match own.kind {
            Kind::Normal if cause.is_some() => Kind::LateReply,
            Kind::LateReply if cause.is_none() => Kind::Normal,
            kind => kind,
        };
        Truth {
            initiator: own.client,
            responder: own.server,
            kind,
            cause,
        }
    }

    pub fn by_kind(&self) -> HashMap<Kind, usize> {
        let mut counts = HashMap::new();
        for talk in 0..self.talks.len() as u32 {
            *counts.entry(self.truth(talk).kind).or_insert(0) += 1;
        }
        counts
    }
}

/// Timers as the vendor delivers them; the limit for silence is what people change.
fn timers(format: Format, dice: &mut Dice) -> Timers {
    let established = match format {
        Format::FortiGate | Format::Asa => dice.pick(&[3600, 3600, 1800, 600]),
        Format::Netfilter => dice.pick(&[3600, 7200, 600]),
        Format::Csv => dice.pick(&[300, 1800, 3600]),
    };
    match format {
        Format::FortiGate | Format::Csv => Timers {
            established,
            half_open: 10,
            half_close: 120,
            closing: 1,
            udp_one_way: 180,
            udp_two_way: 180,
        },
        Format::Netfilter => Timers {
            established,
            half_open: 120,
            half_close: 120,
            closing: 120,
            udp_one_way: 30,
            udp_two_way: 120,
        },
        Format::Asa => Timers {
            established,
            half_open: 30,
            half_close: 600,
            closing: 1,
            udp_one_way: 120,
            udp_two_way: 120,
        },
    }
}

/// A day with some of everything, around `size` conversations.
pub fn mixed(seed: u64, size: u64, format: Format) -> World {
    let mut town = Town::new(seed);
    let timers = timers(format, &mut town.dice);
    town.ordinary(size * 84 / 100);
    town.late(size * 3 / 100, timers.closing);
    town.sleepers(size / 100, timers.established);
    town.half_closed(size / 300, timers.half_close);
    town.other_way(size / 200);
    town.late_datagrams(size * 2 / 100, timers.udp_one_way);
    town.scans(3 + size / 8000);
    town.backscatter(2 + size / 8000);
    town.peers(2 + size / 20_000);
    town.guessing(2 + size / 12_000);
    town.beacons(1, 5 * MINUTE, 20 * HOUR, true);
    town.beacons(1, 10 * MINUTE, 20 * HOUR, false);
    town.traces(6 + size / 8000);
    town.reverse_shells(2 + size / 5000);
    let device = Device {
        timers,
        table: usize::MAX,
        mishaps: Vec::new(),
    };
    World::happen(&device, town.talks)
}

/// Lost connections, each service for its own reason. `what` names the reason; the rest of the day is ordinary.
pub fn lost(seed: u64, size: u64, format: Format, what: Cause) -> World {
    let mut town = Town::new(seed);
    let timers = timers(format, &mut town.dice);
    town.ordinary(size);
    let mut mishaps = Vec::new();
    let mut table = usize::MAX;
    let noon = 11 * HOUR + town.dice.below(60) * MINUTE;
    match what {
        Cause::Late => town.late(size / 8, timers.closing),
        Cause::Idle => town.sleepers(size / 8, timers.established),
        Cause::Half => town.half_closed(size / 8, timers.half_close),
        Cause::Asym => town.other_way(size / 8),
        Cause::Alg => town.inspected(size / 8),
        Cause::Reset => {
            town.busy(size / 6, noon);
            let mishap = town
                .dice
                .pick(&[Mishap::Failover, Mishap::Clear, Mishap::Restart]);
            mishaps.push((noon, mishap));
        }
        Cause::Full => {
            table = (size / 10).max(60) as usize;
            town.busy(size / 12, noon);
            town.crowd(size / 6, noon, 90 * SECOND);
        }
    }
    let device = Device {
        timers,
        table,
        mishaps,
    };
    World::happen(&device, town.talks)
}

/// One caller an hour for a month among other refused lines.
pub fn month(seed: u64, size: u64) -> World {
    let mut town = Town::new(seed);
    town.beacons(1, HOUR, 30 * 24 * HOUR, false);
    let mut noise = Town::new(seed ^ 0x5eed);
    noise.ordinary(size * 12);
    // Only what was refused is in such a log; spread over the month.
    for mut talk in noise.talks.into_iter().filter(|talk| !talk.allowed) {
        talk.start *= 30;
        town.talks.push(talk);
    }
    let dice = &mut Dice::new(seed);
    let device = Device {
        timers: timers(Format::FortiGate, dice),
        table: usize::MAX,
        mishaps: Vec::new(),
    };
    World::happen(&device, town.talks)
}

/// Nothing but answers: a flood of late replies of our servers, and back-scatter. Nobody scans here.
pub fn floods(seed: u64, size: u64, format: Format) -> World {
    let mut town = Town::new(seed);
    let timers = timers(format, &mut town.dice);
    town.late(size, timers.closing);
    town.backscatter(size / 80);
    town.late_datagrams(size / 4, timers.udp_one_way);
    let device = Device {
        timers,
        table: usize::MAX,
        mishaps: Vec::new(),
    };
    World::happen(&device, town.talks)
}

/// At least 3,000 planted callers and 3,000 late replies among much else.
pub fn planted(seed: u64, size: u64, format: Format) -> World {
    let mut town = Town::new(seed);
    let timers = timers(format, &mut town.dice);
    town.ordinary(size);
    town.late(size / 50, timers.closing);
    town.sleepers(size / 150, timers.established);
    town.late_datagrams(size / 300, timers.udp_one_way);
    town.reverse_shells(3200.min(size / 10));
    let device = Device {
        timers,
        table: usize::MAX,
        mishaps: Vec::new(),
    };
    World::happen(&device, town.talks)
}

/// Writes every world's logs into a folder, and beside each log its truth: one JSON object a line with the line's
/// number from 1, initiator, responder, kind, and the cause of lost state.
pub fn write_all(folder: &std::path::Path, seed: u64, size: u64) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for format in Format::ALL {
        let mut worlds = vec![
            ("mixed".to_owned(), mixed(seed, size, format)),
            ("floods".to_owned(), floods(seed, size / 4, format)),
        ];
        for cause in Cause::ALL {
            let name = format!("lost-{}", cause.name());
            worlds.push((name, lost(seed, size / 4, format, cause)));
        }
        for (name, world) in worlds {
            for flags in [Flags::Shown, Flags::Hidden] {
                for scope in [Scope::All, Scope::Denied] {
                    let log = world.log(format, flags, scope);
                    let words = [format.name(), &name, flags.name(), scope.word()];
                    let stem = words.join("-").to_lowercase().replace(' ', "_");
                    std::fs::write(folder.join(format!("{stem}.log")), &log.text)?;
                    let truth = folder.join(format!("{stem}.truth.jsonl"));
                    std::fs::write(truth, world.truth_text(&log))?;
                }
            }
        }
    }
    Ok(())
}

impl World {
    fn truth_text(&self, log: &Log) -> String {
        let mut text = String::new();
        for (line, talk) in log.line_talks.iter().enumerate() {
            let Some((talk, _)) = talk else { continue };
            let truth = self.truth(*talk);
            let object = serde_json::json!({
                "line": line + 1,
                "conversation": talk,
                "initiator": truth.initiator.to_string(),
                "responder": truth.responder.to_string(),
                "kind": truth.kind.name(),
                "cause": truth.cause.map(Cause::name),
            });
            text.push_str(&object.to_string());
            text.push('\n');
        }
        text
    }
}
