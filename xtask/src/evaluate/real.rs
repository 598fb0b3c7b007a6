//! Labelled sessions of real logs with their handshake hidden: only addresses, ports and transport are left, in one
//! orientation each way.
//!
//! Labels   Flow records and openings whose flags say who began. The lines are read from a folder that is no part of
//!          the project, by our own reader of events.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::engine::Engine;
use super::score::{Calibration, Guess, Share};
use crate::run;
use crate::simulate::dice::Dice;

type Ends = ((String, u64), (String, u64), String);

#[derive(Default)]
pub struct Real {
    pub share: Share,
    pub calibration: Calibration,
    pub n_logs: usize,
}

/// `folder` holds `zeek_conn/*.log` and `windows_firewall/*.log`.
pub fn evaluate(engine: &Engine, folder: &Path, wrong: bool) -> Result<Real> {
    let mut real = Real::default();
    let mut logs: Vec<PathBuf> = Vec::new();
    for kind in ["zeek_conn", "windows_firewall"] {
        let own = folder.join(kind);
        for entry in std::fs::read_dir(&own).with_context(|| format!("{}", own.display()))? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "log") {
                logs.push(path);
            }
        }
    }
    logs.sort();
    for path in logs {
        let labelled = labels(engine, &path)?;
        if labelled.is_empty() {
            continue;
        }
        real.n_logs += 1;
        // Each session once each way round, in two logs, so that no order of the log helps.
        for turn in 0..2 {
            one(engine, &labelled, turn, &mut real, wrong)?;
        }
    }
    Ok(real)
}

/// Sessions whose initiator is known: (initiator, responder, transport), each once.
fn labels(engine: &Engine, path: &Path) -> Result<Vec<Ends>> {
    let mut program = std::process::Command::new(&engine.program);
    program.arg("sessions").arg("--evidence").arg(path);
    let text = run::ask(&mut program).context("`whichway` failed")?;
    let mut found = BTreeSet::new();
    for line in text.lines().skip(1) {
        let session: Value = serde_json::from_str(line)?;
        let proto = session["proto"].as_str().unwrap_or_default();
        let has_opening = session["evidence"].as_array().is_some_and(|terms| {
            terms.iter().any(|term| {
                matches!(term["id"].as_str(), Some("T1a")) && term["points_to"] == "initiator"
            })
        });
        let end = |side: &str| {
            let ip = session[side]["ip"].as_str()?.to_owned();
            Some((ip, session[side]["port"].as_u64()?))
        };
        if let (true, "tcp", Some(initiator), Some(responder)) =
            (has_opening, proto, end("initiator"), end("responder"))
        {
            found.insert((initiator, responder, proto.to_owned()));
        }
    }
    Ok(found.into_iter().collect())
}

fn one(engine: &Engine, labelled: &[Ends], turn: u64, real: &mut Real, wrong: bool) -> Result<()> {
    let mut text = String::from("time,src,srcport,dst,dstport,proto\n");
    let mut dice = Dice::new(7);
    for (nth, (initiator, responder, proto)) in labelled.iter().enumerate() {
        let swapped = dice.below(2) == turn;
        let (src, dst) = if swapped {
            (responder, initiator)
        } else {
            (initiator, responder)
        };
        let _ = writeln!(
            text,
            "2026-10-05 {:02}:{:02}:{:02},{},{},{},{},{proto}",
            nth / 3600 % 24,
            nth / 60 % 60,
            nth % 60,
            src.0,
            src.1,
            dst.0,
            dst.1
        );
    }
    let answer = engine.ask("labelled", text.as_bytes())?;
    for (nth, (initiator, responder, _)) in labelled.iter().enumerate() {
        let Some(said) = answer
            .by_line
            .get(&(nth as u32 + 1))
            .map(|at| &answer.sessions[*at as usize])
        else {
            real.share.add(Guess::Undecided);
            continue;
        };
        let right = said
            .initiator
            .as_ref()
            .map(|(ip, port)| *ip == initiator.0 && u64::from(*port) == initiator.1);
        real.share.add(Guess::of(right));
        if let Some(right) = right {
            real.calibration.add(said.p, right);
            if wrong && !right {
                println!("wrong at {:.3}: {initiator:?} -> {responder:?}", said.p);
            }
        }
    }
    Ok(())
}
