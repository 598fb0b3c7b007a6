//! From conclusions to sentences: plain words for numbers and services, evidence, checks, the headline, and what a
//! field of a line means here. No vendor is named; what is peculiar to a device comes from its `About`.

pub mod checks;
pub mod evidence;
pub mod gloss;
pub mod headline;
pub mod report;
pub mod service;
pub mod words;

pub use headline::headline;
