//! A gigabyte with a million clients: the page answers early, stays responsive, and stops when told.
//!
//! The bars are those of `cargo xtask bench page`; here each may be three times its value, because the machine is shared.

use xtask::bench;
use xtask::generate::GIGABYTE;

use crate::support::{Result, Visit, dist};
use xtask::serve::Setup;

#[test]
fn a_gigabyte_does_not_hurt() -> Result {
    GIGABYTE.file()?;
    let visit = Visit::blank(Setup::folder(&dist()))?;
    let load = bench::load(&visit.browser, &visit.server, &GIGABYTE)?;
    println!("{}\n{}", bench::Load::HEAD, load.row());
    let missed = load.missed(3.0);
    assert_eq!(missed, [] as [&str; 0]);
    assert!(
        load.n_progress >= 5.0,
        "progress was seen {} times",
        load.n_progress
    );
    Ok(())
}
