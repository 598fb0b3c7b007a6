//! Patterns over many sessions: scans, backscatter, side channels, blocked ways back, and what stands out. One
//! detector, one file.
//!
//! To add one: `detect/x.rs`, its two lines here. Detectors run in the order of `DETECTORS`, before verdicts: what one
//! marks, the next may leave out.

mod attempts;
mod backscatter;
mod block_scan;
pub mod census;
pub mod heavy;
mod helper_channel;
mod horizontal_scan;
mod stateless_return;
mod vertical_scan;

use super::dataset::Dataset;
use super::verdict::scene::Scene;

/// Backscatter first: answers to forged questions are no attempts, so no scan detector may count them.
pub static DETECTORS: &[&dyn Detector] = &[
    &backscatter::Backscatter,
    &horizontal_scan::HorizontalScan,
    &vertical_scan::VerticalScan,
    &block_scan::BlockScan,
    &helper_channel::HelperChannel,
    &stateless_return::StatelessReturn,
];

/// Sessions, ascending, and the mark that they get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    pub mark: u8,
    pub sessions: Vec<u32>,
}

pub trait Detector: Sync {
    fn detect(&self, data: &Dataset, scene: &Scene, findings: &mut Vec<Finding>);
}

/// Runs all detectors and writes their marks.
pub fn mark(data: &Dataset, scene: &mut Scene) {
    let mut findings = Vec::new();
    for detector in DETECTORS {
        detector.detect(data, scene, &mut findings);
        for finding in findings.drain(..) {
            for idx in finding.sessions {
                scene.marks[idx as usize].add(finding.mark);
            }
        }
    }
}
