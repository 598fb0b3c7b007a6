//! From bytes to records: containers, encodings, clean-up of pasted text, lines, headers, and the small readers
//! (key=value, CSV, time) that formats share. No vendor is named here.
//!
//! A source is looked at by the survey, then read by one or more streams of records; a record's transport header
//! is taken off by `header::split` before the formats are asked.

pub mod age;
pub mod cleanup;
pub mod container;
pub mod csv;
pub mod encoding;
pub mod find;
pub mod header;
pub mod identity;
pub mod keyvalue;
pub mod lines;
pub mod record;
pub mod records;
pub mod shape;
pub mod survey;
pub mod time;

pub use cleanup::{Plan, RawRecord, Step, StepKind};
pub use container::{Container, SourceError, Unpack};
pub use encoding::{Decoder, Encoding};
pub use lines::{LineEnds, Lines, MAX_LINE, RawLine};
pub use record::{Clock, Head, Record};
pub use records::RecordStream;
pub use survey::{Sample, Survey, survey};
