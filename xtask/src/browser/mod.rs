//! A real headless Chromium, driven over the DevTools protocol: what the browser tests and the page's benches stand on.
//!
//! One browser, one tab, an empty profile; workers are attached as they start, so their requests and errors count too.
//! Everything ends when it is dropped.
//!
//! - `launch`: the process and its profile
//! - `wire`: the socket; one thread reads, everybody writes
//! - `watch`: what happened so far: requests, errors, workers
//! - `tab`: open, ask, wait, look
//! - `input`: mouse, keys, clipboard, files

mod input;
mod launch;
mod tab;
mod watch;
mod wire;

pub use launch::Browser;
pub use tab::{Heap, Measure, Theme, testid};
pub use watch::{Mark, Request};
