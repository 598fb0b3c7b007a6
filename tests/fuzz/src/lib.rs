//! What every fuzz target has: the checks, and a bound on memory. Time is bounded by libFuzzer.

pub mod checks;

use std::alloc::System;

#[global_allocator]
static ALLOCATOR: cap::Cap<System> = cap::Cap::new(System, usize::MAX);

/// Bytes that one input may hold at a time, on top of what was there before it.
const MAX_BYTES: usize = 64 << 20;

/// Runs a check. More memory than allowed ends the program, as a panic does.
pub fn bounded(check: fn(&[u8]), input: &[u8]) {
    ALLOCATOR
        .set_limit(ALLOCATOR.allocated() + MAX_BYTES)
        .expect("the limit lies above what is allocated");
    check(input);
    ALLOCATOR
        .set_limit(usize::MAX)
        .expect("the limit lies above what is allocated");
}
