//! The command line on one thread: lines and bytes a second over the generated logs.

use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::generate::{FEW_SESSIONS, MANY_SESSIONS};
use crate::{places, run};

/// Issue 2, bar 7.
const MIN_LINES_PER_S: f64 = 1_000_000.0;
const ROUNDS: usize = 5;

/// Builds the command line optimised, runs it, prints a table.
pub fn native() -> Result<()> {
    run::show(&mut run::cargo("build --release --bin whichway"))?;
    let program = places::target().join("release/whichway");
    let mut slowest = f64::INFINITY;
    println!(
        "\n{:>12} {:>10} {:>10} {:>8} {:>8} {:>12}",
        "sessions", "lines", "bytes/line", "seconds", "MB/s", "lines/s"
    );
    for log in [FEW_SESSIONS, MANY_SESSIONS] {
        let path = log.file()?;
        let bytes = std::fs::metadata(&path)?.len() as f64;
        let mut times = Vec::new();
        let mut lines = 0.0;
        for _ in 0..ROUNDS {
            let mut report = std::process::Command::new(&program);
            report
                .args(["report", "--json", "--threads", "1"])
                .arg(&path);
            let start = Instant::now();
            let text =
                run::ask(&mut report).context("`whichway report --json --threads 1` failed")?;
            times.push(start.elapsed().as_secs_f64());
            let report: serde_json::Value = serde_json::from_str(&text)?;
            lines = report["tally"]["lines"].as_f64().unwrap_or(0.0);
        }
        times.sort_by(f64::total_cmp);
        let seconds = times[ROUNDS / 2];
        let rate = lines / seconds;
        slowest = slowest.min(rate);
        println!(
            "{:>12} {lines:>10.0} {:>10.0} {seconds:>8.2} {:>8.0} {rate:>12.0}",
            log.sessions,
            bytes / lines,
            bytes / seconds / 1e6,
        );
    }
    ensure!(
        slowest >= MIN_LINES_PER_S,
        "{slowest:.0} lines/s on one thread, the bar is {MIN_LINES_PER_S:.0}"
    );
    Ok(())
}
