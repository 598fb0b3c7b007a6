//! How right the answers are: against simulated truth, against experts, and against labelled sessions of real logs.

mod baselines;
mod cases;
mod engine;
mod real;
mod score;
mod simulated;

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::simulate::{Cause, Flags};
use crate::{places, run};
use baselines::RULES;
use engine::Engine;
use score::percent;
use simulated::{DETECTORS, Initiators};

/// What to do.
struct Plan {
    cases: Vec<String>,
    samples: Option<PathBuf>,
    simulates: bool,
    plants: bool,
    writes: bool,
    shows_wrong: bool,
    seed: u64,
    size: u64,
    only: Option<String>,
}

/// Conversations in a log of a million lines.
const PLANTED_SIZE: u64 = 750_000;

impl Plan {
    fn of(words: &[&str]) -> Result<Plan> {
        let mut plan = Plan {
            cases: Vec::new(),
            samples: None,
            simulates: false,
            plants: false,
            writes: false,
            shows_wrong: false,
            seed: 1,
            size: 20_000,
            only: None,
        };
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let mut value = || rest.next().with_context(|| format!("{word} needs a value"));
            match *word {
                "--wrong" => plan.shows_wrong = true,
                "--simulate" => plan.simulates = true,
                "--write" => plan.writes = true,
                "--planted" => plan.plants = true,
                "--seed" => plan.seed = value()?.parse().context("--seed needs a number")?,
                "--size" => plan.size = value()?.parse().context("--size needs a number")?,
                "--only" => plan.only = Some((*value()?).to_owned()),
                "--samples" => plan.samples = Some(value()?.into()),
                word if word.starts_with("--") => bail!("`{word}` is no option of `evaluate`"),
                file => plan.cases.push(file.to_owned()),
            }
        }
        if plan.cases.is_empty() && plan.samples.is_none() && !plan.plants {
            plan.simulates = true;
        }
        Ok(plan)
    }
}

/// Puts the measured part into docs/evaluation.md, in the place of the one before.
fn write(text: &str) -> Result<()> {
    const START: &str = "<!-- measured from here -->";
    const END: &str = "<!-- to here -->";
    let path = places::root().join("docs/evaluation.md");
    let page = std::fs::read_to_string(&path)?;
    let (before, rest) = page
        .split_once(START)
        .context("the page has no place for it")?;
    let (_, after) = rest.split_once(END).context("the page has no end of it")?;
    std::fs::write(
        &path,
        format!("{before}{START}\n{}\n{END}{after}", text.trim()),
    )?;
    Ok(())
}

/// `cargo xtask evaluate`; words as in its help.
pub fn evaluate(words: &[&str]) -> Result<()> {
    let plan = Plan::of(words)?;
    // A million lines take minutes without optimizing.
    let program = if plan.plants || plan.size > 100_000 {
        run::show(&mut run::cargo("build --quiet --release --bin whichway"))?;
        "release/whichway"
    } else {
        run::show(&mut run::cargo("build --quiet --bin whichway"))?;
        "debug/whichway"
    };
    let engine = Engine {
        program: places::target().join(program),
    };
    let mut text = String::new();
    if plan.simulates {
        simulate(&engine, &plan, &mut text)?;
    }
    if plan.plants {
        planted(&engine, &plan, &mut text)?;
    }
    if let Some(folder) = &plan.samples {
        labelled(&engine, folder, plan.shows_wrong, &mut text)?;
    }
    println!("{text}");
    if plan.writes {
        write(&text)?;
    }
    for file in &plan.cases {
        cases::evaluate(file, plan.shows_wrong)?;
    }
    Ok(())
}

fn simulate(engine: &Engine, plan: &Plan, text: &mut String) -> Result<()> {
    let seeds: Vec<u64> = (plan.seed..plan.seed + 2).collect();
    let wants = |part: &str| plan.only.as_deref().is_none_or(|only| only == part);
    if wants("mixed") {
        let mixed = simulated::mixed(engine, &seeds, plan.size, plan.shows_wrong)?;
        let _ = writeln!(
            text,
            "\n## Who started it, and what it was\n\n{} lines\n",
            mixed.n_lines
        );
        for flags in [Flags::Shown, Flags::Hidden] {
            let _ = writeln!(text, "### Flags {}\n", flags.name());
            who(&mixed.all(flags), text);
            let _ = writeln!(
                text,
                "| format | lines | right | decided | ECE |\n|---|---|---|---|---|"
            );
            for ((shown, scope, format), own) in &mixed.initiators {
                if *shown != flags {
                    continue;
                }
                let _ = writeln!(
                    text,
                    "| {} | {} | {:.2} % | {:.2} % | {:.4} |",
                    format.name(),
                    scope.name(),
                    own.engine.accuracy(),
                    own.engine.coverage(),
                    own.calibration.error()
                );
            }
            let _ = writeln!(text, "\n{}", mixed.all(flags).calibration.table());
            let _ = writeln!(text, "{}", mixed.verdicts[&flags].table());
            let _ = writeln!(
                text,
                "| detector | F1 | found | missed | invented |\n|---|---|---|---|---|"
            );
            for (name, _) in DETECTORS {
                let hits = mixed.detectors[&(flags, name)];
                let _ = writeln!(
                    text,
                    "| {name} | {:.3} | {} | {} | {} |",
                    hits.f1(),
                    hits.found,
                    hits.missed,
                    hits.invented
                );
            }
            let _ = writeln!(text);
        }
    }
    if wants("causes") {
        let causes = simulated::causes(engine, &seeds, plan.size / 4, plan.shows_wrong)?;
        let _ = writeln!(text, "\n## Why the firewall forgot\n");
        for flags in [Flags::Shown, Flags::Hidden] {
            let (sure_and_wrong, n) = causes.sure_and_wrong[&flags];
            let _ = writeln!(
                text,
                "### Flags {}\n\nmacro-F1 {:.3}; wrong with 0.8 or more: {:.2} % of {n}\n\n{}",
                flags.name(),
                causes.macro_f1(flags),
                percent(sure_and_wrong, n),
                causes.confusion[&flags].table()
            );
            for cause in Cause::ALL {
                let hits = causes.confusion[&flags].class(cause.name());
                let _ = writeln!(text, "- {}: F1 {:.3}", cause.name(), hits.f1());
            }
        }
    }
    if wants("others") {
        let others = simulated::others(engine, &seeds, plan.size)?;
        let _ = writeln!(
            text,
            "\n## Floods and months\n\nscans reported in {} floods of answers: {}\nbeacons of one call an hour found: {} of {} months; logs with another beacon: {}",
            others.floods,
            others.scans_in_floods,
            others.beacons_found,
            others.months,
            others.other_beacons
        );
    }
    Ok(())
}

fn who(all: &Initiators, text: &mut String) {
    let _ = writeln!(
        text,
        "| | right, of decided | decided | errors (undecided half) |\n|---|---|---|---|"
    );
    let mut row = |name: &str, share: &score::Share| {
        let _ = writeln!(
            text,
            "| {name} | {:.2} % | {:.2} % | {:.1} of {} |",
            share.accuracy(),
            share.coverage(),
            share.errors(),
            share.n()
        );
    };
    row("Whichway", &all.engine);
    for (share, (name, _)) in all.rules.iter().zip(RULES) {
        row(name, share);
    }
    let _ = writeln!(text, "\nECE {:.4}\n", all.calibration.error());
    let _ = writeln!(text, "| kind | right | decided | of |\n|---|---|---|---|");
    for (kind, share) in &all.by_kind {
        let _ = writeln!(
            text,
            "| {} | {:.2} % | {:.2} % | {} |",
            kind.name(),
            share.accuracy(),
            share.coverage(),
            share.n()
        );
    }
    let _ = writeln!(text);
}

fn planted(engine: &Engine, plan: &Plan, text: &mut String) -> Result<()> {
    let _ = writeln!(
        text,
        "\n## Planted callers and late replies among a million lines\n\n| format | flags | lines | planted | called harmless | left open | late replies | called an attack | called an attempt |\n|---|---|---|---|---|---|---|---|---|"
    );
    for (format, flags, found) in simulated::planted(engine, plan.seed, PLANTED_SIZE)? {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            format.name(),
            flags.name(),
            found.n_lines,
            found.shells,
            found.shells_harmless,
            found.shells_left_open,
            found.late,
            found.late_attack,
            found.late_attempt
        );
    }
    let _ = writeln!(text);
    Ok(())
}

fn labelled(
    engine: &Engine,
    folder: &std::path::Path,
    wrong: bool,
    text: &mut String,
) -> Result<()> {
    let real = real::evaluate(engine, folder, wrong)?;
    let _ = writeln!(
        text,
        "{} labelled sessions of {} logs, handshake hidden: right {:.2} %, decided {:.2} %, ECE {:.4}\n\n{}",
        real.share.n(),
        real.n_logs,
        real.share.accuracy(),
        real.share.coverage(),
        real.calibration.error(),
        real.calibration.table()
    );
    Ok(())
}
