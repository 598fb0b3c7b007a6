//! The page in a real headless Chromium, through the front door: drop, paste, look, click.
//!
//! `cargo xtask test` builds `dist/` first; alone: `cargo test --features browser --test browser -- --test-threads=1`.

mod driver;
mod support;
