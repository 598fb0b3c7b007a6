//! Set-up on a fresh machine: wasm target, Trunk, wasm-bindgen, Chromium and the fuzzer, each only when it is missing.
//!
//! Every step says what it gets and why; without the rights for a step it names the command to run by hand.
//! Nothing is fetched from anywhere but the package registries.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::{places, run};

/// Newer ones refuse Rust 1.95, the oldest toolchain we support.
const TRUNK: &str = "0.21.14";
const FUZZ: &str = "0.13.2";
const WASM: &str = "wasm32-unknown-unknown";
const INSTALL_CHROMIUM: &str =
    "apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core";
const CHROMIUMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Everything that a build of the page needs.
pub fn page() -> Result<()> {
    wasm_target()?;
    let bindgen = bindgen_version()?;
    tool(
        "trunk",
        TRUNK,
        "it bundles the page",
        "about 6 minutes on two cores",
        &["--locked", &format!("trunk@={TRUNK}")],
    )?;
    // Not --locked: the lock file of this crate names a version that the registry does not have any more.
    tool(
        "wasm-bindgen",
        &bindgen,
        "it writes the JavaScript around the wasm; its version must equal the crate's in Cargo.lock",
        "about 3 minutes on two cores",
        &[&format!("wasm-bindgen-cli@={bindgen}")],
    )
}

/// The standard library for wasm.
fn wasm_target() -> Result<()> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let sysroot = run::ask(run::command(&rustc).args(["--print", "sysroot"]))
        .context("rustc does not run; install Rust 1.95 or newer with rustup")?;
    let library = std::path::Path::new(&sysroot)
        .join("lib/rustlib")
        .join(WASM)
        .join("lib");
    if library.is_dir() {
        return Ok(());
    }
    if !run::on_path("rustup") {
        bail!(
            "the Rust target {WASM} is missing and there is no rustup to add it; install the target with whatever installed Rust"
        );
    }
    println!("Adding the Rust target {WASM} (the page is compiled to it; some seconds).");
    run::show(run::command("rustup").args(["target", "add", WASM]))
        .context("run by hand: rustup target add wasm32-unknown-unknown")
}

/// `rustfmt` and `clippy`, which a minimal toolchain lacks.
pub fn linters() -> Result<()> {
    for (component, ask) in [("rustfmt", "fmt --version"), ("clippy", "clippy --version")] {
        if run::ask(&mut run::cargo(ask)).is_none() {
            println!("Adding the Rust component {component} (some seconds).");
            run::show(run::command("rustup").args(["component", "add", component]))
                .with_context(|| format!("run by hand: rustup component add {component}"))?;
        }
    }
    Ok(())
}

/// Everything that fuzzing needs: a nightly compiler, for coverage, and cargo-fuzz.
pub fn fuzzer() -> Result<()> {
    if !run::on_path("rustup") {
        bail!("fuzzing needs a nightly compiler, and there is no rustup to add it");
    }
    if run::ask(run::command("rustup").args(["run", "nightly", "rustc", "--version"])).is_none() {
        println!("Adding a nightly compiler (only it can count coverage; about a minute).");
        run::show(run::command("rustup").args([
            "toolchain",
            "install",
            "nightly",
            "--profile",
            "minimal",
        ]))
        .context("run by hand: rustup toolchain install nightly --profile minimal")?;
    }
    tool(
        "cargo-fuzz",
        FUZZ,
        "it builds the fuzz targets",
        "about 2 minutes on two cores",
        &["--locked", &format!("cargo-fuzz@={FUZZ}")],
    )
}

/// The version of wasm-bindgen that the page is compiled with.
fn bindgen_version() -> Result<String> {
    let path = places::root().join("Cargo.lock");
    let lock = std::fs::read_to_string(&path).context("Cargo.lock cannot be read")?;
    lock.split("[[package]]")
        .find(|package| package.contains("\nname = \"wasm-bindgen\"\n"))
        .and_then(|package| package.split("\nversion = \"").nth(1))
        .and_then(|rest| rest.split('"').next())
        .map(str::to_owned)
        .context("Cargo.lock names no wasm-bindgen")
}

/// One program under `target/tools`, installed unless it already answers with the right version.
fn tool(name: &str, version: &str, why: &str, how_long: &str, arguments: &[&str]) -> Result<()> {
    let program = places::tools().join("bin").join(name);
    let answer = run::ask(Command::new(&program).arg("--version"));
    if answer.is_some_and(|answer| answer.split_whitespace().nth(1) == Some(version)) {
        return Ok(());
    }
    println!(
        "Installing {name} {version} into target/tools, once: {why}. It is compiled from source, {how_long}."
    );
    let start = Instant::now();
    let build = places::tools().join("build");
    let root = places::tools();
    let mut install = run::cargo("install --force --root");
    install
        .arg(&root)
        .args(arguments)
        // A folder of its own, so that an installation cut in the middle goes on where it was.
        .env("CARGO_TARGET_DIR", &build)
        // A tool that runs for seconds need not be optimised for minutes.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false");
    run::show(&mut install).with_context(|| format!("{name} could not be installed"))?;
    println!(
        "{name} is ready after {:.0} s.",
        start.elapsed().as_secs_f64()
    );
    // Half a gigabyte that nobody needs any more; the tool itself is in `bin`.
    std::fs::remove_dir_all(&build).ok();
    Ok(())
}

/// A browser for the tests.
pub fn chromium() -> Result<String> {
    if let Some(found) = CHROMIUMS.into_iter().find(|name| run::on_path(name)) {
        return Ok(found.to_owned());
    }
    if !run::on_path("apt-get") {
        bail!(
            "the browser tests need Chromium and this is no Debian-like system; install it so that one of {} is on PATH",
            CHROMIUMS.join(", ")
        );
    }
    let is_root = run::ask(Command::new("id").arg("-u")).as_deref() == Some("0");
    let may_sudo = !is_root && run::ask(Command::new("sudo").args(["-n", "true"])).is_some();
    if !is_root && !may_sudo {
        bail!(
            "the browser tests need Chromium and installing it needs rights that this user does not have.\nRun by hand, then try again:\n  sudo sh -c '{INSTALL_CHROMIUM}'"
        );
    }
    println!("Installing Chromium with apt-get (the browser tests run in it; about a minute).");
    let mut install = if is_root {
        run::command("sh")
    } else {
        let mut sudo = run::command("sudo");
        sudo.args(["-n", "sh"]);
        sudo
    };
    install
        .args(["-c", INSTALL_CHROMIUM])
        .env("DEBIAN_FRONTEND", "noninteractive");
    run::show(&mut install)
        .with_context(|| format!("run by hand: sudo sh -c '{INSTALL_CHROMIUM}'"))?;
    CHROMIUMS
        .into_iter()
        .find(|name| run::on_path(name))
        .map(str::to_owned)
        .context("apt-get went well but there is still no chromium on PATH")
}
