//! All that crosses between the page and its workers: two closed enums. Files cross as handles, bulk as transferred
//! buffers, events never.

use serde::{Deserialize, Serialize};

use super::look::{Look, Looked};
use super::view::{Detail, Lines, LinesOf, Report, Rows, ShapeOf, Sort, Teaching};
use crate::engine::settings::Settings;
use crate::engine::source::cleanup::Step;
use crate::engine::summary::Summary;

/// A source as it was dropped. `file` is a `Blob`; pasted text is one, too.
#[cfg(feature = "web")]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dropped {
    pub name: String,
    pub n_bytes: u64,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub file: web_sys::Blob,
}

/// Page → worker. The first group goes to the engine worker, the last to readers.
#[cfg(feature = "web")]
#[derive(Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Forget everything; these are the sources. Answered by one `Surveyed` each.
    Open {
        sources: Vec<Dropped>,
        #[serde(with = "packed")]
        settings: Settings,
        now_us: i64,
    },
    /// What a reader found. Unites it with the rest. Not answered.
    Merge {
        #[serde(with = "serde_wasm_bindgen::preserve")]
        partial: js_sys::ArrayBuffer,
    },
    /// Answered by `Answered`.
    Conclude { nth: u32, is_whole: bool },
    /// New settings; judged again, not read again. Answered by `Answered`.
    Judge {
        nth: u32,
        #[serde(with = "packed")]
        settings: Settings,
        is_whole: bool,
    },
    /// Answered by `Kept::Numbers` or `Kept::BadFilter` of the same turn.
    Summarize { turn: u32, filter: String },
    /// Answered by `Kept::Rows` of the same turn.
    Rows {
        turn: u32,
        filter: String,
        sort: Sort,
        first: u32,
        count: u32,
    },
    /// Answered by `Kept::Detail`.
    Detail { id: String },
    /// Answered by `Kept::Lines`.
    Lines {
        #[serde(with = "packed")]
        of: LinesOf,
        first: u32,
        count: u32,
    },
    /// What lines of a shape hold, by a draft of a mapping. Answered by `Kept::Teaching`.
    Teach {
        #[serde(with = "packed")]
        of: ShapeOf,
        draft: String,
    },
    /// A document as the command line prints it. Answered by `Printed` of the same ticket.
    Print {
        ticket: u32,
        kind: Document,
        filter: String,
    },
    /// Answered by `Kept::Looked`, or not where there is nothing to see.
    Look {
        #[serde(with = "packed")]
        look: Look,
    },
    /// The watch list in place of the present one; none takes it away. What is open is judged again and answered by
    /// `Answered`.
    Watch {
        nth: u32,
        lists: Vec<Dropped>,
        is_whole: bool,
    },
    /// The normal day beside what is open, as `Profiled` told it; empty takes it away. Answered by `Kept::Looked`.
    Compare {
        #[serde(with = "serde_bytes_js")]
        profile: Vec<u8>,
    },
    /// To a worker of its own: read these as a normal day. Answered by `Progress`… and `Profiled`.
    Profile {
        sources: Vec<Dropped>,
        #[serde(with = "packed")]
        settings: Settings,
        now_us: i64,
    },
    /// Rehearse, while there is nothing to do. Answered by `Rehearsed`.
    Rehearse,
    /// Panics, to show what a crash does. Used by tests only.
    Panic,
    /// To a reader: no work for so long from now, so that the page has a processor to draw with. Not answered.
    Rest { ms: u32 },

    /// One range of one source. Answered by `Progress`…, then `Read` or `Unreadable`.
    Read {
        source_idx: u32,
        start: u64,
        end: u64,
        /// What the survey of the source found out, in the engine's own encoding.
        #[serde(with = "serde_bytes_js")]
        context: Vec<u8>,
        #[serde(with = "serde_wasm_bindgen::preserve")]
        file: web_sys::Blob,
    },
}

/// Worker → page.
#[cfg(feature = "web")]
#[derive(Debug, Serialize, Deserialize)]
pub enum Tell {
    /// The module is up.
    Hello,
    Rehearsed,
    /// A source can be read in ranges with this context, or not at all.
    Surveyed {
        source_idx: u32,
        splittable: bool,
        #[serde(with = "serde_bytes_js")]
        context: Vec<u8>,
    },
    /// A source cannot be read; the others can.
    Unreadable {
        source_idx: u32,
        reason: String,
    },
    /// Bytes of the present piece so far.
    Progress {
        n_bytes: u64,
    },
    /// A piece is read, or as much of it as could be (`fault` says why not all).
    Read {
        #[serde(with = "serde_wasm_bindgen::preserve")]
        partial: js_sys::ArrayBuffer,
        fault: Option<String>,
        /// It ended with the headers that the next range was given: that one is read right.
        is_as_assumed: bool,
        /// What clean-up did.
        #[serde(with = "packed")]
        steps: Vec<Step>,
    },
    /// The answer of what has been merged.
    Answered {
        nth: u32,
        #[serde(with = "packed")]
        report: Box<Report>,
        is_whole: bool,
    },
    Kept(#[serde(with = "packed")] Kept),
    Printed {
        ticket: u32,
        text: String,
    },
    /// What came of the watch list, in a sentence.
    Watching {
        says: String,
    },
    /// A normal day, in the engine's own encoding, and how many connections it has. `fault` says what could
    /// not be read.
    Profiled {
        #[serde(with = "serde_bytes_js")]
        profile: Vec<u8>,
        n_sessions: u64,
        fault: Option<String>,
    },
    /// A panic or an error that nobody caught. The worker is of no more use.
    Crashed {
        message: String,
    },
}

/// What charts, counts and suggestions show of the sessions that match a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    pub turn: u32,
    pub summary: Summary,
}

/// Answers that the page keeps to show.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Kept {
    Numbers(Box<Numbers>),
    BadFilter { turn: u32, reason: String },
    Rows { turn: u32, rows: Rows },
    Detail(Box<Detail>),
    Lines(Box<Lines>),
    Teaching(Box<Teaching>),
    Looked(Box<Looked>),
}

/// Documents to take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Document {
    Report,
    Sessions,
    Summary,
    Incidents,
    Markdown,
    Html,
    Csv,
}

#[cfg(feature = "web")]
impl Ask {
    /// The buffers that move instead of being copied.
    pub fn bulk(&self) -> js_sys::Array {
        match self {
            Ask::Merge { partial } => js_sys::Array::of1(partial),
            _ => js_sys::Array::new(),
        }
    }
}

#[cfg(feature = "web")]
impl Tell {
    /// The buffers that move instead of being copied.
    pub fn bulk(&self) -> js_sys::Array {
        match self {
            Tell::Read { partial, .. } => js_sys::Array::of1(partial),
            _ => js_sys::Array::new(),
        }
    }
}

/// A value as bytes in one typed array. Objects with named fields would cost a lookup per field, and on the other end
/// a good part of the program's size.
#[cfg(feature = "web")]
mod packed {
    use js_sys::Uint8Array;
    use serde::de::{DeserializeOwned, Error as _};
    use serde::ser::Error as _;
    use serde::{Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes = postcard::to_allocvec(value).map_err(S::Error::custom)?;
        serde_wasm_bindgen::preserve::serialize(&Uint8Array::from(bytes.as_slice()), serializer)
    }

    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let view: Uint8Array = serde_wasm_bindgen::preserve::deserialize(deserializer)?;
        postcard::from_bytes(&view.to_vec()).map_err(D::Error::custom)
    }
}

/// Bytes as one typed array; a plain `Vec<u8>` would cross as one number per byte.
#[cfg(feature = "web")]
mod serde_bytes_js {
    use js_sys::Uint8Array;
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serde_wasm_bindgen::preserve::serialize(&Uint8Array::from(bytes), serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let view: Uint8Array = serde_wasm_bindgen::preserve::deserialize(deserializer)?;
        Ok(view.to_vec())
    }
}
