//! Sees     Attempts of addresses that the user calls scanners.
//! Matters  A survey that the user knows about, or a slow scan that no count shows.
//! Misses   Sessions of which nobody can tell who started them.

use super::{Detector, Finding, Watch};
use crate::engine::verdict::scene::Marks;

pub struct NamedScanner;

impl Detector for NamedScanner {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        let scanners = &watch.data.settings.scanners;
        if scanners.is_empty() {
            return;
        }
        let briefs = watch.scene.briefs.iter().enumerate();
        let theirs = briefs.filter(|(_, brief)| {
            let ip = brief.initiator.ip().filter(|_| brief.is_known());
            ip.is_some_and(|ip| scanners.iter().any(|net| net.contains(&ip)))
        });
        let sessions: Vec<u32> = theirs.map(|(idx, _)| idx as u32).collect();
        findings.push(Finding {
            mark: Marks::SCAN,
            sessions,
        });
    }
}
