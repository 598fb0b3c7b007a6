//! From events to sessions: the table that `read` fills, the merge of two tables, and the joining of pieces.

pub mod key;
pub mod beat;
pub mod partial;
pub mod wire;
pub mod join;
mod facts;
mod generations;
mod nat;
mod skew;

pub use join::join;
pub use partial::Partial;
