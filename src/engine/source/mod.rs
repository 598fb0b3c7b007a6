//! From bytes to records: containers, encodings, clean-up of pasted text, lines, headers, and the small readers
//! (key=value, CSV, time) that formats share. No vendor is named here.

pub mod container;
pub mod csv;
pub mod encoding;
pub mod header;
pub mod lines;
pub mod keyvalue;
pub mod record;
pub mod time;

pub use container::{Container, Inflate, SourceError};
pub use encoding::{Decoder, Encoding};
pub use lines::{LineEnds, Lines, MAX_LINE, RawLine};
pub use record::{Clock, Head, Record};
