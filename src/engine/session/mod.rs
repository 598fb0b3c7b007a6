//! From events to sessions: the table that `read` fills, the merge of two tables, and the joining of pieces.

pub mod beat;
pub mod key;
