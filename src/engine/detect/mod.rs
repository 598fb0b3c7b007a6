//! Patterns over many sessions: scans, backscatter, side channels, blocked ways back, guessed passwords, and what
//! stands out. One detector, one file.
//!
//! To add one: `detect/x.rs`, its two lines here. Detectors run before verdicts.

mod attempts;
mod backscatter;
mod block_scan;
pub mod census;
pub mod heavy;
mod helper_channel;
mod horizontal_scan;
pub mod password_guessing;
mod stateless_return;
mod vertical_scan;

use super::dataset::Dataset;
use super::verdict::scene::{Marks, Scene};
use attempts::Tries;

/// No detector looks at an initiator with fewer failed attempts.
const LEAST_ATTEMPTS: u32 = 15;

/// Marks what is no attempt before attempts are counted: answers to forged questions.
pub static FIRST: &[&dyn Detector] = &[&backscatter::Backscatter];

pub static DETECTORS: &[&dyn Detector] = &[
    &horizontal_scan::HorizontalScan,
    &vertical_scan::VerticalScan,
    &block_scan::BlockScan,
    &helper_channel::HelperChannel,
    &stateless_return::StatelessReturn,
    &password_guessing::PasswordGuessing,
];

/// From the top, so that they stay apart from those that `Marks` itself names.
impl Marks {
    pub const GUESSING: u8 = 1 << 7;
}

/// Sessions, ascending, and the mark that they get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    pub mark: u8,
    pub sessions: Vec<u32>,
}

/// What a detector reads.
#[derive(Clone, Copy)]
pub struct Watch<'d> {
    pub data: &'d Dataset,
    pub scene: &'d Scene,
    /// Failed attempts of everybody who made many, without backscatter.
    pub tries: &'d [Tries],
}

pub trait Detector: Sync {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>);
}

/// Runs all detectors and writes their marks.
pub fn mark(data: &Dataset, scene: &mut Scene) {
    run(FIRST, data, scene, &[]);
    let tries = attempts::by_initiator(data, scene, LEAST_ATTEMPTS);
    run(DETECTORS, data, scene, &tries);
}

fn run(detectors: &[&dyn Detector], data: &Dataset, scene: &mut Scene, tries: &[Tries]) {
    let mut findings = Vec::new();
    for detector in detectors {
        detector.detect(Watch { data, scene, tries }, &mut findings);
    }
    for finding in findings {
        for idx in finding.sessions {
            scene.marks[idx as usize].add(finding.mark);
        }
    }
}
