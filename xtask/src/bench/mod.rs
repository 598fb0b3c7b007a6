//! Measuring: the page in a real browser, the engine alone on one thread, and watch lists beside other tools.

mod load;
mod native;
mod page;
mod watch;

pub use load::{Load, load};
pub use native::native;
pub use page::{Which, page};
pub use watch::watch;

/// The middle of some measurements; the number of them is odd.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
