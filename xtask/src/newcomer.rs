//! Does what docs/adding-a-format.md says, in a copy of the project: its three places, and nothing else. Then the
//! registry must be content, and the new format must give what the page promises.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{places, run};

const PAGE: &str = "docs/adding-a-format.md";
const LIST: &str = "src/engine/format/mod.rs";
/// What a build of the command line and of its tests needs.
const PARTS: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "benches",
    "samples",
    "src",
    "style",
    "tests",
    "xtask",
];

pub fn check() -> Result<()> {
    let page = fs::read_to_string(places::root().join(PAGE))?;
    let copy = places::target().join("newcomer");
    fs::remove_dir_all(&copy).ok();
    for part in PARTS {
        copy_all(&places::root().join(part), &copy.join(part))?;
    }
    let files = files(&page);
    ensure!(
        files.len() == 2,
        "the page has a sample and a file, not {}",
        files.len()
    );
    for (path, text) in &files {
        let path = copy.join(path);
        fs::create_dir_all(path.parent().context("a path in a folder")?)?;
        fs::write(path, text)?;
    }
    let list = copy.join(LIST);
    fs::write(&list, with_lines(&fs::read_to_string(&list)?, &page)?)?;
    run::show(cargo("fmt --all -- --check", &copy).arg("--quiet"))?;
    run::show(&mut cargo("test --quiet --test registry", &copy))?;
    let (sample, _) = &files[0];
    let mut events = cargo(
        "run --quiet --bin whichway -- events --now 2026-01-01",
        &copy,
    );
    let said = run::ask(events.arg(copy.join(sample))).context("`whichway events` failed")?;
    let found: Vec<String> = said.lines().filter_map(event).collect();
    let promised: Vec<&str> = page.lines().filter(|line| is_promise(line)).collect();
    ensure!(
        !promised.is_empty() && found == promised,
        "the page promises\n{}\nand the format gives\n{}",
        promised.join("\n"),
        found.join("\n")
    );
    fs::remove_dir_all(&copy)?;
    Ok(())
}

fn cargo(arguments: &str, folder: &Path) -> Command {
    let mut command = run::cargo(arguments);
    // What others depend on is compiled already.
    command
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", places::target());
    command
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        fs::create_dir_all(to.parent().context("a path in a folder")?)?;
        fs::copy(from, to)?;
    } else if from.is_dir() {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            if entry.file_name() != "target" {
                copy_all(&entry.path(), &to.join(entry.file_name()))?;
            }
        }
    }
    Ok(())
}

/// Fenced blocks behind a line that is a path and nothing else.
fn files(page: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut path = None;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            files.extend(path.take().map(|path| (path, text.join("\n") + "\n")));
        } else if !line.is_empty() {
            let name = line
                .strip_prefix('`')
                .and_then(|rest| rest.strip_suffix('`'));
            let is_path = |name: &&str| name.contains('/') && !name.contains(' ');
            path = name.filter(is_path).map(PathBuf::from);
        }
    }
    files
}

/// The list of formats with the two lines of the page in it.
fn with_lines(list: &str, page: &str) -> Result<String> {
    let mut blocks = page.split("```rust\n").filter_map(|block| {
        let (block, _) = block.split_once("\n```")?;
        (!block.contains('\n')).then_some(block)
    });
    let (Some(module), Some(entry)) = (blocks.next(), blocks.next()) else {
        bail!("{PAGE} does not show the two lines");
    };
    let mut lines: Vec<&str> = list.lines().collect();
    let is_later = |line: &&str| line.starts_with("pub mod ") && **line > *module;
    let at = lines
        .iter()
        .position(is_later)
        .context("no module comes later")?;
    lines.insert(at, module);
    let generic = lines
        .iter()
        .position(|line| line.trim_start().starts_with("// These two read anything"))
        .context("the list has changed its comment")?;
    lines.insert(generic, entry);
    Ok(lines.join("\n") + "\n")
}

fn is_promise(line: &str) -> bool {
    let number = line
        .strip_prefix("| ")
        .and_then(|rest| rest.split(' ').next());
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// An event as the page writes it.
fn event(line: &str) -> Option<String> {
    let event: Value = serde_json::from_str(line).ok()?;
    let end = |name: &str| {
        let ip = event[name]["ip"].as_str()?;
        let Some(port) = event[name]["port"].as_u64() else {
            return Some(ip.to_owned());
        };
        Some(if ip.contains(':') {
            format!("[{ip}]:{port}")
        } else {
            format!("{ip}:{port}")
        })
    };
    Some(format!(
        "| {} | `{} > {}` {} {} |",
        event["line"].as_u64()?,
        end("src")?,
        end("dst")?,
        event["proto"].as_str()?,
        event["action"].as_str()?
    ))
}
