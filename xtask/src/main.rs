//! `cargo xtask`: the whole tool box of the house.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use xtask::{bench, build, check, conformance, evaluate, fuzz, generate, places, simulate, weigh};

const HELP: &str = "\
cargo xtask COMMAND

  serve [--port N]      build the page and serve it on this machine (8080)
  build                 build the page into dist/
  test [--only NAME]    every test, the ones in a real browser too; NAME picks steps or browser tests
  lint                  rustfmt and clippy, nothing may be left to say
  bench page|native     measure the page in a browser, or the engine alone
                        (`bench page speed` and `bench page alive`: one half)
  bench watch           watch lists beside mawk, grepcidr and grep (all three must be there)
  evaluate [CASES.jsonl…] [--simulate] [--seed N] [--size N] [--planted] [--samples DIR] [--only PART]
           [--wrong] [--write]
                        what the engine says, held against simulated truth (mixed, causes, others), against what
                        experts said of real cases, and against labelled sessions with their handshake hidden;
                        --planted adds logs of a million lines with planted callers among them; --write puts the
                        figures into docs/evaluation.md
  simulate DIR [--seed N] [--size N]
                        write simulated logs, and beside each who really started what
  conformance DIR [--disagreements [FORMAT]]
                        events held against those of other readers of the same logs
  generate [--megabytes N] [--sessions N] [--clients N] [--seed N]
                        write a log into target/bench; without options the three of the benches
  fuzz [TARGET] [--minutes N]
                        any bytes through the readers, each target for so long (5)
  weigh                 what a visitor downloads
  post-build            called by Trunk: hashes of inline scripts into the policy
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match command(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Our own words only; where in the tool box it happened helps nobody.
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(words: &[&str]) -> Result<()> {
    match words {
        ["serve", options @ ..] => {
            let port = number(options, &["--port"], "--port")?.unwrap_or(8080);
            build::serve(u16::try_from(port).context("a port is at most 65535")?)
        }
        ["build"] => build::build(),
        ["test"] => check::test(None),
        ["test", "--only", name] => check::test(Some(name)),
        ["lint"] => check::lint(),
        ["fuzz", options @ ..] => {
            let (target, options) = match options {
                [target, rest @ ..] if !target.starts_with('-') => (Some(*target), rest),
                options => (None, options),
            };
            fuzz::fuzz(target, number(options, &["--minutes"], "--minutes")?)
        }
        ["bench", "page"] => bench::page(bench::Which::All),
        ["bench", "page", "speed"] => bench::page(bench::Which::Speed),
        ["bench", "page", "alive"] => bench::page(bench::Which::Alive),
        ["bench", "native"] => bench::native(),
        ["bench", "watch"] => bench::watch(),
        ["evaluate", words @ ..] => evaluate::evaluate(words),
        ["simulate", folder, options @ ..] if !folder.starts_with('-') => {
            let of = |name| number(options, &["--seed", "--size"], name);
            let (seed, size) = (of("--seed")?.unwrap_or(1), of("--size")?.unwrap_or(20_000));
            simulate::write_all(std::path::Path::new(folder), seed, size)
        }
        ["conformance", words @ ..] => conformance::conformance(words),
        ["generate", options @ ..] => generate(options),
        ["weigh"] => {
            let weight = weigh::weigh(&places::dist())?;
            print!("{}", weight.table());
            Ok(())
        }
        ["post-build"] => build::post_build(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!(
            "`{}` is no command of this tool box\n\n{HELP}",
            other.join(" ")
        ),
    }
}

fn generate(options: &[&str]) -> Result<()> {
    const KNOWN: [&str; 4] = ["--megabytes", "--sessions", "--clients", "--seed"];
    let of = |name| number(options, &KNOWN, name);
    let logs = if options.is_empty() {
        vec![
            generate::FEW_SESSIONS,
            generate::MANY_SESSIONS,
            generate::GIGABYTE,
        ]
    } else {
        let sessions = of("--sessions")?.unwrap_or(200_000);
        let mut log = generate::Log::of(of("--megabytes")?.unwrap_or(480), sessions);
        log.clients = of("--clients")?.unwrap_or(log.clients);
        log.seed = of("--seed")?.unwrap_or(log.seed);
        vec![log]
    };
    for log in logs {
        println!("{}", log.file()?.display());
    }
    Ok(())
}

/// The number after an option; an option that is not known is an error.
fn number(options: &[&str], known: &[&str], name: &str) -> Result<Option<u64>> {
    let mut found = None;
    let mut rest = options;
    while let [option, after @ ..] = rest {
        if !known.contains(option) {
            bail!(
                "`{option}` is no option of this command; there are {}",
                known.join(" ")
            );
        }
        let [value, after @ ..] = after else {
            bail!("{option} needs a number");
        };
        let value = value
            .parse()
            .with_context(|| format!("{option} needs a number, not `{value}`"))?;
        if *option == name {
            found = Some(value);
        }
        rest = after;
    }
    Ok(found)
}
