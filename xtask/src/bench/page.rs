//! The page's bars 6 and 7 (issue 2): how far from the raw read floor, and whether it stays alive under a gigabyte.
//!
//! Everything is measured in one run of one browser, floor and page in turn, so that a slow machine slows both.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::{Load, load, median};
use crate::browser::{Browser, testid};
use crate::generate::{FEW_SESSIONS, GIGABYTE, Log, MANY_SESSIONS};
use crate::serve::{Server, Setup};
use crate::{build, places};

const ROUNDS: usize = 5;
const PATIENCE: Duration = Duration::from_mins(4);
const FLOOR: &str = include_str!("floor.html");

/// Bar 7: how many times the floor the page may take.
const BARS: [(Log, f64); 2] = [(FEW_SESSIONS, 3.0), (MANY_SESSIONS, 4.0)];

/// Which half of the bench.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    /// How far from the floor.
    Speed,
    /// Under a gigabyte.
    Alive,
}

/// Builds the page, measures, prints tables; fails when a bar is missed.
pub fn page(which: Which) -> Result<()> {
    build::build()?;
    let server = Setup::folder(&places::dist())
        .with("/floor", "text/html", FLOOR)
        .start(0)?;
    let mut missed = Vec::new();
    if which != Which::Alive {
        speed(&server, &mut missed)?;
    }
    if which != Which::Speed {
        alive(&server, &mut missed)?;
    }
    if missed.is_empty() {
        println!("\nevery bar is held");
        Ok(())
    } else {
        bail!("bars missed: {}", missed.join("; "))
    }
}

/// One opening of a log by the page.
struct Opened {
    ms: f64,
    /// Until the last range was read, and until the answer came; the rest is showing it.
    read_ms: f64,
    concluded_ms: f64,
    lines: f64,
    sessions: f64,
    workers: f64,
    memory_bytes: f64,
}

fn speed(server: &Server, missed: &mut Vec<String>) -> Result<()> {
    println!("\nspeed: floor and page in turn, {ROUNDS} rounds, medians");
    println!(
        "{:>9} {:>10} {:>10} {:>7} {:>9} {:>8} {:>9} {:>8} {:>6} {:>11} {:>6} {:>7} {:>10} {:>5}",
        "sessions",
        "found",
        "lines",
        "B/line",
        "floor ms",
        "read ms",
        "concluded",
        "open ms",
        "MB/s",
        "lines/s",
        "ratio",
        "workers",
        "memory MB",
        "bar"
    );
    for (log, bar) in BARS {
        let path = log.file()?;
        let bytes = std::fs::metadata(&path)?.len() as f64;
        let browser = Browser::launch()?;
        // Once for the disk cache; not counted.
        floor(&browser, server, &path)?;
        let mut floors = Vec::new();
        let mut opened = Vec::new();
        for _ in 0..ROUNDS {
            floors.push(floor(&browser, server, &path)?);
            opened.push(open(&browser, server, &path)?);
        }
        let of = |pick: fn(&Opened) -> f64| median(opened.iter().map(pick).collect());
        let (floor_ms, open_ms, lines) = (median(floors), of(|o| o.ms), of(|o| o.lines));
        let ratio = open_ms / floor_ms;
        println!(
            "{:>9} {:>10.0} {lines:>10.0} {:>7.0} {floor_ms:>9.0} {:>8.0} {:>9.0} {open_ms:>8.0} {:>6.0} {:>11.0} {ratio:>6.2} {:>7.0} {:>10.0} {bar:>5.1}",
            log.sessions,
            of(|o| o.sessions),
            bytes / lines,
            of(|o| o.read_ms),
            of(|o| o.concluded_ms),
            bytes / open_ms / 1e3,
            lines / open_ms * 1e3,
            of(|o| o.workers),
            of(|o| o.memory_bytes) / 1e6,
        );
        if ratio.is_nan() || ratio > bar {
            missed.push(format!(
                "ratio {ratio:.2} with {} sessions, at most {bar}",
                log.sessions
            ));
        }
    }
    Ok(())
}

/// Milliseconds one worker needs to read the dropped file.
fn floor(browser: &Browser, server: &Server, path: &Path) -> Result<f64> {
    browser.open(&format!("{}/floor", server.origin()))?;
    browser.wait_for("globalThis.up", PATIENCE)?;
    browser.drop_files(&testid("dropzone"), &[path])?;
    browser.wait_for("globalThis.floor", PATIENCE)?;
    ensure!(
        browser.eval("floor.bytes")?.as_u64() == Some(std::fs::metadata(path)?.len()),
        "the floor did not read the whole file"
    );
    browser
        .eval("floor.ms")?
        .as_f64()
        .context("a floor without a time")
}

fn open(browser: &Browser, server: &Server, path: &Path) -> Result<Opened> {
    load::boot(browser, server)?;
    std::thread::sleep(load::BEFORE_DROP);
    browser.drop_files(&testid("dropzone"), &[path])?;
    load::wait_until_ready(browser, PATIENCE)?;
    let measure = load::measured(browser, "whichway:open")?;
    let detail = |name: &str| measure.detail[name].as_f64().unwrap_or(f64::NAN);
    Ok(Opened {
        ms: measure.duration_ms,
        read_ms: load::measured(browser, "whichway:read")?.duration_ms,
        concluded_ms: load::measured(browser, "whichway:concluded")?.duration_ms,
        lines: detail("lines"),
        sessions: detail("sessions"),
        workers: detail("workers"),
        memory_bytes: (browser.page_heap()?.bytes() + browser.workers_heap()?.bytes()) as f64,
    })
}

fn alive(server: &Server, missed: &mut Vec<String>) -> Result<()> {
    println!(
        "\nalive: a gigabyte with {} clients, {ROUNDS} rounds",
        GIGABYTE.clients
    );
    println!("{}", Load::HEAD);
    GIGABYTE.file()?;
    let mut loads = Vec::new();
    for _ in 0..ROUNDS {
        let browser = Browser::launch()?;
        let load = load(&browser, server, &GIGABYTE)?;
        println!("{}", load.row());
        loads.push(load);
    }
    let load = Load::median(&loads);
    println!("{}   (medians)", load.row());
    missed.extend(load.missed(1.0));
    Ok(())
}
