//! The page's workers: what crosses between them and the page, and both ends of it.

pub mod look;
pub mod protocol;
pub mod sharding;
pub mod view;

#[cfg(feature = "web")]
mod aside;
#[cfg(feature = "web")]
pub mod feed;
#[cfg(feature = "web")]
pub mod link;
#[cfg(feature = "web")]
pub mod reader;
#[cfg(feature = "web")]
pub mod room;
#[cfg(feature = "web")]
pub mod serve;
#[cfg(feature = "web")]
pub mod show;
#[cfg(feature = "web")]
mod warm;
