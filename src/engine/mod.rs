//! The engine: bytes of a log in, answers out. It knows no browser, no chart, no wall clock, no file system.

pub mod dataset;
pub mod detect;
pub mod explain;
pub mod format;
pub mod judge;
pub mod mapping;
pub mod model;
pub mod normal;
pub mod pipeline;
pub mod session;
pub mod settings;
pub mod share;
pub mod slices;
pub mod source;
pub mod summary;
pub mod verdict;
pub mod watch;
