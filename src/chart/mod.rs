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

use crate::engine::share::answer::Picture;
use crate::engine::summary::Summary;
pub use palette::{Palette, Role, Texture};
pub use record::{Pen, record};
pub use scene::{Mark, Scene, Shape, TimeScale};

/// Pixels; a sheet of paper shows it whole.
const REPORT_PX: u32 = 880;
/// Services with a bar of their own in a report.
const REPORT_SERVICES: usize = 10;

/// Directions, services and time, for a document that has our tokens.
pub fn pictures(summary: &Summary) -> Vec<Picture> {
    let (directions, ports, timeline) = (&summary.directions, &summary.ports, &summary.timeline);
    let drawn = [
        (
            "Connections by who started them",
            directions.total(),
            directions::scene(directions, REPORT_PX),
        ),
        (
            "Services that were asked for",
            ports.total(),
            ports::scene(ports, REPORT_PX, REPORT_SERVICES),
        ),
        (
            "Connections over time (UTC)",
            timeline.total(),
            timeline::scene(timeline, REPORT_PX, 0),
        ),
    ];
    drawn
        .into_iter()
        .filter(|(_, n, _)| *n > 0)
        .map(|(title, _, scene)| Picture {
            title,
            svg: scene.to_svg(&svg::Ink::Properties),
        })
        .collect()
}
