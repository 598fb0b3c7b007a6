//! From events to sessions: the table that `read` fills, the merge of two tables, and the joining of pieces.

pub mod beat;
pub mod facts;
mod generations;
pub mod join;
pub mod key;
mod nat;
pub mod partial;
pub mod shapes;
mod skew;
pub mod wire;

pub use join::join;
pub use partial::Partial;
