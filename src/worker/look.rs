//! What the page looks at only when somebody opens it: the normal day, a comparison, a watch list, a picture.

use crate::engine::summary::raster::Raster;
use crate::engine::summary::rhythm::Calls;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Look {
    /// Who talks to the internet and for what, and what stands out.
    Normal,
    /// What differs from the log of a normal day.
    Changes,
    /// What the watch list met.
    Watch,
    /// Of an incident, by its id.
    Picture(String),
}

/// The answer to a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    pub look: Look,
    /// Sentences above the tables.
    pub says: Vec<String>,
    pub tables: Vec<Table>,
    pub picture: Option<Picture>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub title: String,
    pub heads: Vec<String>,
    /// Columns of numbers, one bit each.
    pub numeric: u32,
    pub rows: Vec<Line>,
    /// Rows that are not here.
    pub n_beyond: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub cells: Vec<String>,
    /// Narrows the page to what the row is about; empty where nothing does.
    pub filter: String,
}

/// A picture of one incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Picture {
    Rhythm(Calls),
    Raster(Raster),
}

/// Verdicts whose incidents have a picture.
pub fn has_picture(verdict: &str) -> bool {
    matches!(verdict, "V05" | "V16")
}
