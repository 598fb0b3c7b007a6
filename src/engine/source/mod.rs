//! From bytes to records: containers, encodings, clean-up of pasted text, lines, headers, and the small readers
//! (key=value, CSV, time) that formats share. No vendor is named here.

pub mod record;

pub use record::{Clock, Head, Record};
