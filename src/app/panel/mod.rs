//! What a person sees: one part of the page, one file.

pub mod besides;
pub mod charts;
pub mod empty;
pub mod facts;
pub mod filterbox;
pub mod header;
pub mod incident;
pub mod keys;
pub mod lines;
pub mod overrules;
pub mod picture;
pub mod privacy;
pub mod reading;
pub mod sessions;
pub mod settings;
pub mod takeaway;
pub mod talk;
pub mod unknown;
pub mod ways;
