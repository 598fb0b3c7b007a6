//! `cargo xtask fuzz`: any bytes through every part of the reading, guided by coverage.
//!
//! Targets    tests/fuzz/targets, what they check tests/fuzz/src/checks.rs.
//! Inputs     tests/fuzz/corpus (kept, small), seeds made of samples/, and what earlier runs found in target/fuzz.
//! Limits     No panic, no input that takes a second, none that holds more than 64 MiB.
//! Record     Each run adds a line to target/fuzz/runs.tsv; the table at the end adds them up for docs/fuzzing.md.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::{places, run, setup};

/// In the order in which they run. Long inputs are for those that hold many lines.
const TARGETS: [Target; 9] = [
    Target::new("formats", 4096),
    Target::new("recognizer", 4096),
    Target::new("answers", 4096),
    Target::new("cleanup", 8192),
    Target::new("mapping", 4096),
    Target::new("gzip", 4096),
    Target::new("zip", 4096),
    Target::new("zstd", 4096),
    Target::new("nested", 4096),
];
const MINUTES: u64 = 5;
/// Bytes of a sample that make one seed.
const SEED_BYTES: usize = 1200;
/// Every step of clean-up that there is.
const ALL_STEPS: u8 = 0x3f;
/// libFuzzer ends a run here; a second is the limit, but a busy machine may hold up anything that long once.
const HANG_SECONDS: u64 = 5;
const SLOW_SECONDS: u64 = 1;

struct Target {
    name: &'static str,
    max_bytes: usize,
}

impl Target {
    const fn new(name: &'static str, max_bytes: usize) -> Target {
        Target { name, max_bytes }
    }
}

/// One target, or each of them, for so many minutes.
pub fn fuzz(only: Option<&str>, minutes: Option<u64>) -> Result<()> {
    let targets: Vec<&Target> = TARGETS
        .iter()
        .filter(|target| only.is_none_or(|only| only == target.name))
        .collect();
    ensure!(
        !targets.is_empty(),
        "there is no such target; there are {}",
        TARGETS.map(|target| target.name).join(" ")
    );
    setup::fuzzer()?;
    run::show(
        nightly()
            .args([
                "fuzz",
                "build",
                "--fuzz-dir",
                "tests/fuzz",
                "--sanitizer",
                "none",
                "--target-dir",
            ])
            .arg(place("build")),
    )?;
    let mut wrong = Vec::new();
    for target in targets {
        let result = one(target, minutes.unwrap_or(MINUTES) * 60);
        wrong.extend(
            result
                .err()
                .map(|error| format!("{}: {error:#}", target.name)),
        );
    }
    println!("\n{}", table()?);
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n       "));
    }
    Ok(())
}

fn nightly() -> Command {
    let mut command = run::command("rustup");
    command.args(["run", "nightly", "cargo"]);
    command
}

fn place(name: &str) -> PathBuf {
    places::target().join("fuzz").join(name)
}

/// Runs one target, writes down how it went, and fails when something was found.
fn one(target: &Target, seconds: u64) -> Result<()> {
    let found = place("corpus").join(target.name);
    let seeds = place("seeds").join(target.name);
    let kept = places::root().join("tests/fuzz/corpus").join(target.name);
    let wrong = place("wrong");
    for folder in [&found, &seeds, &wrong, &place("logs")] {
        fs::create_dir_all(folder)?;
    }
    write_seeds(target.name, &seeds)?;
    let log = place("logs").join(format!("{}.log", target.name));
    let start = Instant::now();
    let before = inputs_of(&wrong)?;
    let path = program(target.name)?;
    let mut program = Command::new(&path);
    program.arg(&found).arg(&seeds);
    if kept.is_dir() {
        program.arg(&kept);
    }
    program
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={}", target.max_bytes))
        .arg(format!("-timeout={HANG_SECONDS}"))
        .arg(format!("-report_slow_units={SLOW_SECONDS}"))
        .arg(format!(
            "-artifact_prefix={}/{}-",
            wrong.display(),
            target.name
        ))
        .arg("-print_final_stats=1")
        .arg("-verbosity=1")
        .stderr(File::create(&log)?);
    println!(
        "{}: {seconds} s, what it says goes to {}",
        target.name,
        log.display()
    );
    let mut child = program.spawn().context("the target could not be started")?;
    let mut seconds = None;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        seconds = cpu_seconds(child.id()).or(seconds);
        std::thread::sleep(Duration::from_millis(200));
    };
    let said = fs::read_to_string(&log).unwrap_or_default();
    let mut news = inputs_of(&wrong)?;
    news.retain(|input| !before.contains(input) && is_wrong(input, target.name));
    let seconds = seconds.unwrap_or_else(|| start.elapsed().as_secs());
    let record = Record::of(&said, seconds);
    record.append(target.name)?;
    println!("{}: {record:?}", target.name);
    ensure!(
        news.is_empty() && status.success(),
        "found {news:?} ({status}); run it again with {} FILE",
        path.display()
    );
    Ok(())
}

/// Where cargo-fuzz put it: under the name of the machine's target.
fn program(name: &str) -> Result<PathBuf> {
    for folder in fs::read_dir(place("build"))? {
        let path = folder?.path().join("release").join(name);
        if path.is_file() {
            return Ok(path);
        }
    }
    bail!("cargo-fuzz built no {name}")
}

/// Time that a process had on a processor: a busy machine's clock would make more of a run than it was. Elsewhere than
/// on Linux the clock has to do.
fn cpu_seconds(process: u32) -> Option<u64> {
    /// Of the kernel's clock for such figures.
    const TICKS_PER_SECOND: u64 = 100;
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = text.rsplit_once(')')?;
    let ticks = after_name.split_whitespace().skip(11).take(2);
    Some(
        ticks
            .filter_map(|word| word.parse::<u64>().ok())
            .sum::<u64>()
            / TICKS_PER_SECOND,
    )
}

fn inputs_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    paths.collect()
}

/// A slow input counts when it is slow again: the machine may have been busy.
fn is_wrong(input: &Path, name: &str) -> bool {
    if !input.to_string_lossy().contains("slow-unit") {
        return true;
    }
    let Ok(program) = program(name) else {
        return true;
    };
    let start = Instant::now();
    let status = Command::new(program)
        .arg(input)
        .stderr(std::process::Stdio::null())
        .status();
    start.elapsed().as_secs() >= SLOW_SECONDS || !status.is_ok_and(|status| status.success())
}

/// Pieces of the samples, in the shape that the target wants.
fn write_seeds(target: &str, folder: &Path) -> Result<()> {
    let prefix = |format: &str| match target {
        "formats" => Some(format!("{format}\n").into_bytes()),
        "cleanup" => Some(vec![ALL_STEPS]),
        "recognizer" | "answers" => Some(Vec::new()),
        _ => None,
    };
    for sample in inputs_of(&places::samples())? {
        let format = sample.file_name().unwrap_or_default().to_string_lossy();
        let Some(prefix) = prefix(&format) else {
            continue;
        };
        for (nth_file, log) in inputs_of(&sample)?.iter().enumerate() {
            for (nth, piece) in pieces(&fs::read(log)?).into_iter().enumerate() {
                let seed = [prefix.as_slice(), piece].concat();
                fs::write(folder.join(format!("{format}-{nth_file}-{nth}")), seed)?;
            }
        }
    }
    Ok(())
}

/// Whole lines, about `SEED_BYTES` of them at a time.
fn pieces(text: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let after = rest.get(SEED_BYTES..).unwrap_or_default();
        let end = after
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |at| SEED_BYTES + at + 1);
        let (piece, others) = rest.split_at(end);
        pieces.push(piece);
        rest = others;
    }
    pieces
}

/// What a run came to.
#[derive(Debug, Default, Clone, Copy)]
struct Record {
    /// On a processor.
    seconds: u64,
    executions: u64,
    /// Edges of the program that were taken, and features: edges with how often, values compared.
    edges: u64,
    features: u64,
    inputs: u64,
    peak_mb: u64,
}

impl Record {
    /// From what libFuzzer said.
    fn of(said: &str, seconds: u64) -> Record {
        let mut record = Record {
            seconds,
            ..Record::default()
        };
        for line in said.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let after = |name: &str| {
                let at = words.iter().position(|word| *word == name)?;
                let digits: String = words
                    .get(at + 1)?
                    .chars()
                    .take_while(char::is_ascii_digit)
                    .collect();
                digits.parse::<u64>().ok()
            };
            let best = |field: &mut u64, name: &str| *field = after(name).unwrap_or(0).max(*field);
            best(&mut record.edges, "cov:");
            best(&mut record.features, "ft:");
            best(&mut record.inputs, "corp:");
            best(&mut record.executions, "stat::number_of_executed_units:");
            best(&mut record.peak_mb, "stat::peak_rss_mb:");
            // A run that ends in a crash has no such line; its last step has its number.
            let step = line
                .strip_prefix('#')
                .and_then(|rest| rest.split_whitespace().next());
            if let Some(n_steps) = step.and_then(|number| number.parse().ok()) {
                record.executions = record.executions.max(n_steps);
            }
        }
        record
    }

    fn append(self, target: &str) -> Result<()> {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(place("runs.tsv"))?;
        writeln!(
            file,
            "{target}\t{}\t{}\t{}\t{}\t{}\t{}",
            self.seconds, self.executions, self.edges, self.features, self.inputs, self.peak_mb
        )?;
        Ok(())
    }

    fn parse(cells: &[u64]) -> Option<Record> {
        let [seconds, executions, edges, features, inputs, peak_mb] = *cells else {
            return None;
        };
        Some(Record {
            seconds,
            executions,
            edges,
            features,
            inputs,
            peak_mb,
        })
    }
}

/// All runs so far, added up by target: times and executions are sums, the rest the most of any run.
fn table() -> Result<String> {
    let mut sums: BTreeMap<String, Record> = BTreeMap::new();
    for line in fs::read_to_string(place("runs.tsv"))?.lines() {
        let mut words = line.split('\t');
        let name = words.next().unwrap_or_default();
        let cells: Vec<u64> = words.filter_map(|word| word.parse().ok()).collect();
        let Some(record) = Record::parse(&cells) else {
            continue;
        };
        let sum = sums.entry(name.to_owned()).or_default();
        *sum = Record {
            seconds: sum.seconds + record.seconds,
            executions: sum.executions + record.executions,
            edges: sum.edges.max(record.edges),
            features: sum.features.max(record.features),
            inputs: sum.inputs.max(record.inputs),
            peak_mb: sum.peak_mb.max(record.peak_mb),
        };
    }
    let mut text = String::from(
        "| target | minutes | executions | edges | features | inputs | peak MB of the process |\n|---|---:|---:|---:|---:|---:|---:|\n",
    );
    let (mut seconds, mut executions) = (0, 0);
    for (name, sum) in &sums {
        seconds += sum.seconds;
        executions += sum.executions;
        writeln!(
            text,
            "| {name} | {:.1} | {} | {} | {} | {} | {} |",
            sum.seconds as f64 / 60.0,
            sum.executions,
            sum.edges,
            sum.features,
            sum.inputs,
            sum.peak_mb
        )?;
    }
    writeln!(
        text,
        "| together | {:.1} | {executions} | | | | |",
        seconds as f64 / 60.0
    )?;
    Ok(text)
}
