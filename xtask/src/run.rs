//! Running other programs: each says what it does and how long it took, and a failure names the command.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::places;

/// A command in the root of the house, with our own tools first on `PATH`.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(places::root());
    let mut path = vec![places::tools().join("bin")];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    if let Ok(joined) = std::env::join_paths(path) {
        command.env("PATH", joined);
    }
    command
}

/// `cargo` as it was called, with arguments separated by spaces.
pub fn cargo(arguments: &str) -> Command {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = command(&program);
    command.args(arguments.split_whitespace());
    command
}

/// Runs to the end with its output shown; anything but success is an error that names the command.
pub fn show(command: &mut Command) -> Result<()> {
    let line = line(command);
    println!("$ {line}");
    let status = command
        .status()
        .with_context(|| format!("could not start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs to the end and returns what it printed, or nothing when it is not there or fails.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a program of this name can be found on `PATH`.
pub fn on_path(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join(program).is_file())
}

/// What a person would type.
pub fn line(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .map(|word| {
            if word.contains(' ') {
                format!("'{word}'")
            } else {
                word.into_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Named steps with their times; all are tried, the failed ones are named at the end.
#[derive(Default)]
pub struct Steps {
    done: Vec<(String, Duration, Option<anyhow::Error>)>,
}

impl Steps {
    /// Runs one step; an error is kept for the end, so that one run shows everything that is wrong.
    pub fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> bool {
        println!("\n=== {name}");
        let start = Instant::now();
        let error = work().err();
        if let Some(error) = &error {
            println!("=== {name}: failed: {error:#}");
        }
        let is_fine = error.is_none();
        self.done.push((name.to_owned(), start.elapsed(), error));
        is_fine
    }

    /// Prints the times, and fails with the names of the steps that failed.
    pub fn finish(self) -> Result<()> {
        println!("\n=== steps");
        let mut failed = Vec::new();
        for (name, time, error) in self.done {
            let mark = if error.is_some() { "FAILED" } else { "ok" };
            println!("{mark:>6}  {:>7.1} s  {name}", time.as_secs_f64());
            if let Some(error) = error {
                failed.push(format!("{name}: {error:#}"));
            }
        }
        if failed.is_empty() {
            Ok(())
        } else {
            bail!("failed: {}", failed.join("\n        "));
        }
    }
}
