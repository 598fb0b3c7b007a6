//! The engine: bytes of a log in, answers out. It knows no browser, no chart, no wall clock, no file system.

pub mod model;
pub mod source;
pub mod format;
pub mod session;
pub mod judge;
pub mod verdict;
pub mod detect;
pub mod explain;
pub mod summary;
pub mod share;
pub mod settings;
pub mod dataset;
pub mod pipeline;
