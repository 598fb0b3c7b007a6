//! Charts: a summary drawn with plotters. Our backend records the primitives as a `Scene`; the page shows it as SVG
//! nodes, and the same scene prints as an SVG text for reports, downloads and golden tests.

pub mod bars;
pub mod directions;
pub mod metrics;
pub mod palette;
pub mod ports;
pub mod raster;
pub mod record;
pub mod rhythm;
pub mod scene;
pub mod svg;
pub mod timeline;

pub use palette::{Palette, Role, Texture};
pub use record::{Pen, record};
pub use scene::{Mark, Scene, Shape, TimeScale};
