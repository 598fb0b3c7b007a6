//! From conclusions to sentences: plain words for numbers and services, evidence, checks, the headline, and what a
//! field of a line means here. No vendor is named; what is peculiar to a device comes from its `About`.

pub mod words;
pub mod service;
pub mod evidence;
pub mod checks;
pub mod headline;
pub mod report;
pub mod gloss;

pub use headline::headline;
