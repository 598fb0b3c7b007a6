//! `lint` and `test`: the words that a person and the CI both use.

use std::path::Path;

use anyhow::Result;

use crate::run::{self, Steps};
use crate::{build, newcomer, places, setup};

/// rustfmt and clippy over everything, natively and for wasm; a warning is a failure.
pub fn lint() -> Result<()> {
    setup::linters()?;
    let mut steps = Steps::default();
    steps.step("format", || {
        run::show(&mut run::cargo("fmt --all -- --check"))
    });
    steps.step("clippy, native, every feature", || {
        run::show(&mut run::cargo(
            "clippy --workspace --all-targets --all-features -- -D warnings",
        ))
    });
    steps.step("clippy, wasm", || {
        setup::page()?;
        run::show(&mut run::cargo(
            "clippy --package whichway --lib --bins --no-default-features --features web --target wasm32-unknown-unknown -- -D warnings",
        ))
    });
    steps.finish()
}

/// Every test; with a name only the steps whose title has it, or else only the browser tests that have it.
pub fn test(only: Option<&str>) -> Result<()> {
    const SETUP: &str = "set-up";
    const NATIVE: &str = "native tests";
    const ENGINE: &str = "engine alone";
    const NEWCOMER: &str = "a newcomer's format";
    const PAGE: &str = "page";
    const BROWSER: &str = "browser tests";
    let titles = [NATIVE, ENGINE, NEWCOMER, PAGE, BROWSER];
    let is_title = only.is_some_and(|only| titles.iter().any(|title| title.contains(only)));
    let wants = |title: &str| match only {
        None => true,
        Some(only) if is_title => title.contains(only),
        Some(_) => title == PAGE || title == BROWSER,
    };
    let filter = only.filter(|_| !is_title);

    let mut steps = Steps::default();
    let needs_page = wants(PAGE) || wants(BROWSER);
    // First, because a machine that cannot run the tests should say so before it has worked for minutes.
    let is_set_up = !needs_page
        || steps.step(SETUP, || {
            setup::page()?;
            if wants(BROWSER) {
                setup::chromium()?;
            }
            Ok(())
        });
    if wants(NATIVE) {
        steps.step(NATIVE, || {
            // One build with the charts and the page's panels on top of the command line runs every native test there is.
            run::show(&mut run::cargo("test --workspace --features chart,ssr"))
        });
    }
    if wants(ENGINE) {
        steps.step(ENGINE, || {
            // The border of the rooms: the engine needs no browser, no chart and no command line.
            run::show(&mut run::cargo(
                "check --package whichway --no-default-features",
            ))
        });
    }
    if wants(NEWCOMER) {
        steps.step(NEWCOMER, newcomer::check);
    }
    // Without its set-up the page cannot be built; without the page there is nothing to look at.
    if needs_page && is_set_up && steps.step(PAGE, build::build) && wants(BROWSER) {
        steps.step(BROWSER, || browser(filter));
    }
    steps.finish()
}

/// The tests in a real browser, one after the other: they measure, so nothing else should run meanwhile.
fn browser(filter: Option<&str>) -> Result<()> {
    let mut tests = run::cargo("test --package whichway --features browser --test browser");
    tests.args(filter).args(["--", "--test-threads=1"]);
    let result = run::show(&mut tests);
    let pictures = places::screenshots();
    if pictures.is_dir() {
        println!("pictures are in {}", from_root(&pictures));
    }
    result
}

fn from_root(path: &Path) -> String {
    path.strip_prefix(places::root())
        .unwrap_or(path)
        .display()
        .to_string()
}
