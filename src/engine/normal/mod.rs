//! The normal day: who of ours talks to the internet and for what, which services are offered, what is rare, new or out
//! of place; and how a log differs from another one.
//!
//! All of it is worked out only when somebody asks: judging a log costs nothing more for it.

pub mod baseline;
pub mod day;
pub mod place;
pub mod profile;
pub mod ratio;
pub mod remarks;

pub use baseline::{Change, Changes, compare};
pub use day::{Day, day};
pub use profile::{Profile, profile};
pub use remarks::{Remark, remarks};
