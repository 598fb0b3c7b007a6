//! Four logs to click on, and the formats' titles, both from where the engine has them.

use crate::engine::format::FORMATS;

/// A built-in log.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    pub title: &'static str,
    pub about: &'static str,
    pub file: &'static str,
    pub text: &'static str,
}

pub static EXAMPLES: &[Example] = &[];

/// Titles of the formats, as `whichway formats` prints them.
pub fn formats() -> Vec<&'static str> {
    FORMATS.iter().map(|format| format.about().title).collect()
}
