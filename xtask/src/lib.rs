//! The tool box of the house: builds, serves, tests and measures the page, and drives a real browser.
//!
//! The binary beside it (`cargo xtask …`) is a few lines; the browser tests of the package use this library.

pub mod bench;
pub mod browser;
pub mod build;
pub mod check;
pub mod conformance;
pub mod evaluate;
pub mod fuzz;
pub mod generate;
pub mod newcomer;
pub mod places;
pub mod policy;
pub mod run;
pub mod serve;
pub mod setup;
pub mod simulate;
pub mod weigh;
