//! Watch lists: the command line beside what people use for it, over one log and one list in one run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::median;
use crate::generate::Log;
use crate::{places, run};

/// Issue 4, bar 9.
const LOG: Log = Log::of(350, 200_000);
const N_ADDRESSES: usize = 100_000;
const N_MIXED: u32 = 1_000_000;
const MAX_LOAD_S: f64 = 1.0;
const MAX_MORE_PERCENT: f64 = 10.0;
/// Of the addresses on the list, so many are in the log.
const N_MET: usize = 2_000;
const SAMPLE_LINES: usize = 50_000;
const BUSY_LINES: usize = 20;
const ROUNDS: usize = 3;
/// Where the two addresses stand in a line of the log, counted by blanks.
const FIELDS: (&str, &str) = ("$11", "$15");

/// Builds the command line optimised, runs all of them in turn, prints two tables.
pub fn watch() -> Result<()> {
    run::show(&mut run::cargo("build --release --bin whichway"))?;
    let log = LOG.file()?;
    let whichway = places::target().join("release/whichway");
    beside_others(&whichway, &log)?;
    million(&whichway, &log)
}

/// 100,000 addresses: ours, a hash in mawk, grepcidr, grep.
fn beside_others(whichway: &Path, log: &Path) -> Result<()> {
    let list = places::bench().join("watch-addresses.txt");
    std::fs::write(&list, addresses(log)?)?;
    let hash = format!(
        "NR==FNR {{ known[\"srcip=\" $1]; known[\"dstip=\" $1]; next }} \
         {{ n += ({} in known) + ({} in known) }} END {{ print n }}",
        FIELDS.0, FIELDS.1
    );
    let mut ours = Command::new(whichway);
    ours.args(["summary", "--watch"]).arg(&list).arg(log);
    let mut mawk = Command::new("mawk");
    mawk.arg(hash).arg(&list).arg(log);
    let mut grepcidr = Command::new("grepcidr");
    grepcidr.args(["-c", "-f"]).arg(&list).arg(log);
    let mut grep = Command::new("grep");
    grep.args(["-c", "-F", "-f"]).arg(&list).arg(log);
    grep.env("LC_ALL", "C");
    let mut all = [
        ("whichway summary --watch", ours),
        ("mawk, hash of two fields", mawk),
        ("grepcidr -f", grepcidr),
        ("grep -F -f", grep),
    ];
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); all.len()];
    let mut found: Vec<String> = vec![String::new(); all.len()];
    for _ in 0..ROUNDS {
        for (nth, (name, command)) in all.iter_mut().enumerate() {
            let start = Instant::now();
            found[nth] = run::ask(command).with_context(|| format!("`{name}` failed"))?;
            times[nth].push(start.elapsed().as_secs_f64());
        }
    }
    found[0] = lines_met(&found[0])?.to_string();
    println!(
        "\n{} addresses, {}",
        N_ADDRESSES,
        log.file_name().unwrap_or_default().to_string_lossy()
    );
    println!("{:<28} {:>8} {:>16}", "", "seconds", "addresses met");
    let times: Vec<f64> = times.into_iter().map(median).collect();
    for (((name, _), seconds), found) in all.iter().zip(&times).zip(&found) {
        println!("{name:<28} {seconds:>8.2} {found:>16}");
    }
    println!(
        "grepcidr and grep count lines, grep also addresses that only begin like a listed one."
    );
    ensure!(
        found[0] == found[1],
        "whichway met {} addresses, mawk {}",
        found[0],
        found[1]
    );
    let fastest = times[1..].iter().copied().fold(f64::INFINITY, f64::min);
    ensure!(
        times[0] < fastest,
        "whichway took {:.2} s, the fastest other one {fastest:.2} s",
        times[0]
    );
    Ok(())
}

/// A million addresses, networks, ranges and names: loading, and what they add to reading.
fn million(whichway: &Path, log: &Path) -> Result<()> {
    let list = places::bench().join("watch-million.txt");
    std::fs::write(&list, mixed())?;
    let tiny = places::bench().join("watch-tiny.log");
    std::fs::write(&tiny, first_line(log)?)?;
    let seconds = |with_list: bool, log: &PathBuf| -> Result<f64> {
        let mut command = Command::new(whichway);
        command.arg("summary").arg(log);
        if with_list {
            command.arg("--watch").arg(&list);
        }
        let start = Instant::now();
        run::ask(&mut command).context("`whichway summary` failed")?;
        Ok(start.elapsed().as_secs_f64())
    };
    let log = log.to_path_buf();
    let (mut load, mut bare, mut listed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        load.push(seconds(true, &tiny)? - seconds(false, &tiny)?);
        bare.push(seconds(false, &log)?);
        listed.push(seconds(true, &log)?);
    }
    let (load, bare, listed) = (median(load), median(bare), median(listed));
    let more_percent = (listed - load - bare) / bare * 100.0;
    println!("\n{N_MIXED} mixed entries");
    println!(
        "loading {load:.2} s; the log without a list {bare:.2} s, with it {listed:.2} s: {more_percent:+.1} % besides loading"
    );
    ensure!(load <= MAX_LOAD_S, "loading took {load:.2} s");
    ensure!(
        more_percent <= MAX_MORE_PERCENT,
        "the list adds {more_percent:.1} %"
    );
    Ok(())
}

/// Some of the log's addresses, and strangers. A list that meets every line is no watch list, so the log's few busy
/// servers are not on it.
fn addresses(log: &Path) -> Result<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut reader = BufReader::new(std::fs::File::open(log)?);
    let mut line = String::new();
    for at in 0..SAMPLE_LINES {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            break;
        }
        let name = if at % 2 == 0 { "srcip=" } else { "dstip=" };
        let address = line.split(' ').find_map(|field| field.strip_prefix(name));
        *seen
            .entry(address.unwrap_or_default().to_owned())
            .or_default() += 1;
    }
    let quiet = seen.iter().filter(|(_, n)| **n < BUSY_LINES).take(N_MET);
    let mut text = String::new();
    let mut n = 0;
    for (address, _) in quiet {
        writeln!(text, "{address}")?;
        n += 1;
    }
    let mut at: u32 = 0;
    while n < N_ADDRESSES {
        at += 1;
        let address = Ipv4Addr::from(at.wrapping_mul(2_654_435_761)).to_string();
        if !seen.contains_key(&address) {
            writeln!(text, "{address}")?;
            n += 1;
        }
    }
    Ok(text)
}

fn mixed() -> String {
    let mut text = String::new();
    for at in 0..N_MIXED {
        let address = Ipv4Addr::from(at.wrapping_mul(2_654_435_761));
        let _ = match at % 10 {
            0..=4 => writeln!(text, "{address}"),
            5 => writeln!(text, "{address}/{} net", 20 + at % 12),
            6 => writeln!(text, "2001:db8:{:x}:{:x}::1,six", at >> 16, at & 0xffff),
            7 => writeln!(
                text,
                "{address}-{}",
                Ipv4Addr::from(u32::from(address) | 0x7f)
            ),
            8 => writeln!(text, "0.0.0.0 host-{at}.example"),
            _ => writeln!(text, "host-{at}.example # seen"),
        };
    }
    text
}

fn first_line(log: &Path) -> Result<String> {
    let mut line = String::new();
    BufReader::new(std::fs::File::open(log)?).read_line(&mut line)?;
    Ok(line)
}

/// Lines of all hits: a line counts once for each of its addresses that is listed.
fn lines_met(summary: &str) -> Result<u64> {
    let summary: serde_json::Value = serde_json::from_str(summary)?;
    let hits = summary["watch"].as_array().context("no array of hits")?;
    Ok(hits.iter().filter_map(|hit| hit["lines"].as_u64()).sum())
}
