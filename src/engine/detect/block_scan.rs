//! Sees     One initiator tries many different doors, neither all on one machine nor all of one kind.
//! Matters  As the other scans.
//! Misses   Fewer than 25 doors in a quarter of an hour.
//! Source   simple-scan (25 in 15 minutes).

use super::attempts;
use super::{Detector, Finding, Watch};
use crate::engine::model::{Host, Micros, stamp};
use crate::engine::verdict::scene::Marks;

const MIN_DOORS: usize = 25;
/// Peer-to-peer programs of ours make the same picture on a smaller scale.
const MIN_DOORS_OURS: usize = 250;
const WINDOW_US: Micros = 15 * stamp::MINUTE;

pub struct BlockScan;

impl Detector for BlockScan {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        for tries in watch.tries {
            // What the narrower detectors took is told by them, and the rest of the same scanner joins it.
            let least = if tries.is_ours {
                MIN_DOORS_OURS
            } else {
                MIN_DOORS
            };
            let doors: Vec<(Micros, (Host, u16))> = tries
                .attempts
                .iter()
                .map(|attempt| (attempt.at, (attempt.target, attempt.port)))
                .collect();
            if attempts::reaches(&doors, WINDOW_US, least) {
                let sessions = tries
                    .attempts
                    .iter()
                    .map(|attempt| attempt.session)
                    .collect();
                findings.push(Finding {
                    mark: Marks::SCAN,
                    sessions,
                });
            }
        }
    }
}
