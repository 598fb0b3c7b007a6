//! Measuring: the page in a real browser, and the engine alone on one thread.

mod native;
mod page;

pub use native::native;
pub use page::page;
