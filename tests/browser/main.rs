//! The page in a real headless Chromium, through the front door: drop, paste, look, click.
//!
//! `cargo xtask test` builds `dist/` first; alone: `cargo test --features browser --test browser -- --test-threads=1`.

// The helpers around the tests fail as tests do.
#![allow(clippy::unwrap_used)]

mod answer;
mod archetype;
mod beside;
mod driver;
mod keyboard;
mod load;
mod lock;
mod look;
mod same_everywhere;
mod support;
mod teach;
mod trouble;
