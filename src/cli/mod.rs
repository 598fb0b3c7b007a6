//! The command line: the same engine, read from files, printed as the contract says.
//!
//! Exit status 0: an answer was given, also when lines were not understood. 1: a source could not be read; what was
//! read is still answered for. 2: wrong usage.

mod args;
mod baseline;
mod events;
mod explain;
mod formats;
mod input;
mod mapping;
mod memory;
mod progress;
mod read;
mod watch;
mod weights;
mod zone;

use crate::chart;
use crate::engine::dataset::Dataset;
use crate::engine::detect::census;
use crate::engine::normal::{self, Changes};
use crate::engine::pipeline::conclude;
use crate::engine::settings::Settings;
use crate::engine::share::clean::visible;
use crate::engine::share::{answer, incidents, report, sessions, summary};
use crate::engine::summary::filter::Filter;
use crate::engine::summary::{Index, matching, summarize};
use args::{Call, InputArgs};
use clap::Parser;
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Ports of the census; a scan tries all there are.
const MAX_CENSUS: usize = 500;

pub fn main() -> ExitCode {
    let stdout = io::stdout();
    let mut out = BufWriter::with_capacity(1 << 16, stdout.lock());
    ExitCode::from(run(std::env::args_os(), &mut out, &mut io::stderr()))
}

/// Everything but the process: tests call this too.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let args = match args::Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let is_wrong = error.use_stderr();
            let text = error.render();
            let _ = if is_wrong {
                write!(err, "{text}")
            } else {
                write!(out, "{text}")
            };
            let _ = out.flush();
            return if is_wrong { 2 } else { 0 };
        }
    };
    let result = call(args.into_call(), out, err).and_then(|n_failed| {
        out.flush()?;
        Ok(n_failed)
    });
    match result {
        Ok(0) => 0,
        Ok(_) => 1,
        Err(Fault::Usage(text)) => {
            let _ = writeln!(err, "whichway: {}", visible(&text));
            let _ = writeln!(err, "For more information, try '--help'.");
            2
        }
        // Whoever reads our output has seen enough.
        Err(Fault::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(Fault::Output(error)) => {
            let _ = writeln!(err, "whichway: the answer could not be written: {error}");
            1
        }
    }
}

/// Why a call gives no answer.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Returns how many sources could not be read.
fn call(call: Call, out: &mut dyn Write, err: &mut dyn Write) -> Result<usize, Fault> {
    match call {
        Call::Report(report) => {
            let style = match (report.markdown, report.html) {
                (true, _) => answer::Style::Markdown,
                (_, true) => answer::Style::Html,
                _ => answer::Style::Text,
            };
            answered(&report.input, err, |data, index, filter, changes| {
                if report.json {
                    report::write_with(out, data, index, filter, changes)
                } else {
                    let besides = answer::Besides {
                        changes,
                        draw: Some(&chart::pictures),
                    };
                    answer::write_with(out, data, index, filter, style, besides)
                }
            })
        }
        Call::Sessions(args) => {
            let options = sessions::Options {
                with_evidence: args.evidence,
                with_all_lines: args.lines.is_some(),
            };
            answered(&args.input, err, |data, index, filter, _| {
                sessions::write(
                    out,
                    data,
                    matching(data, index, filter).into_list(),
                    options,
                )
            })
        }
        Call::Incidents(args) => answered(&args.input, err, |data, index, filter, _| {
            incidents::write(out, data, report::shown(data, index, filter))
        }),
        Call::Summary(args) => answered(&args.input, err, |data, index, filter, changes| {
            let hits = watch::hits(data, index, filter);
            let watched = data
                .settings
                .watch
                .as_ref()
                .map(|list| summary::Watched { list, hits: &hits });
            let besides = summary::Besides {
                watched,
                normal: args.normal.then(|| {
                    let census = census::ports(data).into_iter().take(MAX_CENSUS);
                    (
                        normal::day(data, index),
                        census.collect(),
                        normal::remarks(data, index),
                    )
                }),
                changes,
            };
            summary::write_with(out, data, &summarize(data, index, filter), &besides)
        }),
        Call::Events(args) => events::print(&args, out, err),
        Call::Explain(args) => explain::print(&args, out),
        Call::Weights => Ok(weights::print(out).map(|()| 0)?),
        Call::Formats(args) => Ok(formats::print(out, args.json).map(|()| 0)?),
    }
}

/// Reads, concludes, and has the answer printed.
fn answered(
    args: &InputArgs,
    err: &mut dyn Write,
    print: impl FnOnce(&Dataset, &Index, &Filter, Option<&Changes>) -> io::Result<()>,
) -> Result<usize, Fault> {
    let filter = filter(args)?;
    let mut settings = settings(args)?;
    let complaints = watch::load(&args.watch, &mut settings)?;
    for complaint in &complaints {
        let _ = writeln!(err, "whichway: {}", visible(complaint));
    }
    let (mut data, n_failed) = dataset(args, &args.files, &settings, err)?;
    data.limits.extend(complaints);
    let index = Index::new(&data, read::seed());
    let (changes, n_failed_before) = baseline::changes(args, &data, &index, err)?;
    print(&data, &index, &filter, changes.as_ref())?;
    Ok(n_failed + n_failed_before)
}

/// The concluded dataset, and how many sources could not be read to their end.
fn dataset(
    args: &InputArgs,
    files: &[PathBuf],
    settings: &Settings,
    err: &mut dyn Write,
) -> Result<(Dataset, usize), Fault> {
    let (sources, mut failures) = input::open(files, &look(args, settings)?)?;
    let progress = progress::Progress::start(
        args.progress,
        sources.iter().filter_map(|source| source.n_bytes).sum(),
    );
    let limits = read::Limits {
        n_threads: args.threads(),
        memory: memory::Memory::new(args.memory),
    };
    let read = read::all(&sources, &limits, &progress);
    progress.stop();
    failures.extend(read.failures);
    for failure in &failures {
        let _ = writeln!(err, "whichway: {}", visible(&failure.to_string()));
    }
    let infos = sources.iter().map(input::Source::info).collect();
    let mut data = conclude(read.part, settings, infos);
    data.limits.extend(failures.iter().map(ToString::to_string));
    Ok((data, failures.len()))
}

fn look(args: &InputArgs, settings: &Settings) -> Result<input::Look, Fault> {
    Ok(input::Look {
        now: args.now()?,
        mapping: settings.mapping.clone(),
    })
}

fn filter(args: &InputArgs) -> Result<Filter, Fault> {
    let Some(text) = &args.filter else {
        return Ok(Filter::default());
    };
    Filter::parse(text).map_err(|error| Fault::Usage(format!("--filter {text}: {error}")))
}

fn settings(args: &InputArgs) -> Result<Settings, Fault> {
    let mut settings = Settings {
        ours: args.ours.clone(),
        services: args.service.clone(),
        mapping: mapping::load(&args.mapping)?,
        scanners: args.scanner.clone(),
        ..Settings::default()
    };
    settings.zone = match &args.tz {
        Some(name) => zone::zone(name).map_err(Fault::Usage)?,
        None => crate::engine::settings::Zone::utc(),
    };
    for limit in &args.timeout {
        match limit.proto {
            args::LimitOf::Tcp => settings.tcp_timeout_s = Some(limit.seconds),
            args::LimitOf::Udp => settings.udp_timeout_s = Some(limit.seconds),
        }
    }
    Ok(settings)
}
