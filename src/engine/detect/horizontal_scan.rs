//! Sees     One initiator tries one port on many machines.
//! Matters  The usual first step of a search for open doors.
//! Misses   Searches spread over many sources.
//! Source   Zeek's scan detection (25 failed targets in 5 minutes) and simple-scan (local machines: 250).

use super::attempts::{self, Attempt, Tries};
use super::{Detector, Finding, Watch};
use crate::engine::model::{Host, Micros, stamp};
use crate::engine::verdict::scene::Marks;

/// Distinct machines from which on a stranger scans. A day as window covers the fast kind too.
const MIN_TARGETS: usize = 25;
const WINDOW_US: Micros = stamp::DAY;
/// Our own programs try many machines without any harm: updates, monitoring; browsers most of all.
const MIN_TARGETS_OURS: usize = 100;
const MIN_TARGETS_OURS_WEB: usize = 250;
const WINDOW_OURS_US: Micros = 15 * stamp::MINUTE;
const WEB_PORTS: [u16; 2] = [80, 443];

pub struct HorizontalScan;

impl Detector for HorizontalScan {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        for tries in watch.tries {
            attempts::each(
                &tries.attempts,
                MIN_TARGETS,
                |attempt| attempt.port,
                |attempts| {
                    if is_scan(tries, attempts) {
                        let sessions = attempts.iter().map(|attempt| attempt.session).collect();
                        findings.push(Finding {
                            mark: Marks::SCAN,
                            sessions,
                        });
                    }
                },
            );
        }
    }
}

fn is_scan(tries: &Tries, attempts: &[Attempt]) -> bool {
    let targets: Vec<(Micros, Host)> = attempts
        .iter()
        .map(|attempt| (attempt.at, attempt.target))
        .collect();
    let is_web = attempts
        .first()
        .is_some_and(|attempt| WEB_PORTS.contains(&attempt.port));
    match (tries.is_ours, is_web) {
        (false, _) => attempts::reaches(&targets, WINDOW_US, MIN_TARGETS),
        (true, false) => attempts::reaches(&targets, WINDOW_OURS_US, MIN_TARGETS_OURS),
        (true, true) => attempts::reaches(&targets, WINDOW_OURS_US, MIN_TARGETS_OURS_WEB),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::{Direction, Side};
    use crate::engine::verdict::fixture::{Stage, denied};
    use crate::engine::verdict::scene::Scene;

    fn marked(n_targets: usize) -> usize {
        let mut stage = Stage::new();
        for n in 0..n_targets {
            let target = format!("192.0.2.{}:22", n + 1);
            stage.tcp(
                "203.0.113.9:40000",
                &target,
                Side::A,
                Direction::Inbound,
                &[denied(n as f64, true, "S")],
            );
        }
        let mut scene = Scene::of(&stage.data);
        super::super::mark(&stage.data, &mut scene);
        scene
            .marks
            .iter()
            .filter(|marks| marks.has(Marks::SCAN))
            .count()
    }

    #[test]
    fn twenty_five_machines_are_a_scan_and_twenty_four_are_not() {
        assert_eq!(marked(25), 25);
        assert_eq!(marked(24), 0);
    }

    #[test]
    fn replies_to_many_clients_are_no_scan() {
        let mut stage = Stage::new();
        for n in 0..60 {
            let client = format!("203.0.113.{}:{}", n + 1, 50_000 + n);
            stage.tcp(
                "10.0.0.11:443",
                &client,
                Side::B,
                Direction::Inbound,
                &[denied(f64::from(n), true, "PA")],
            );
        }
        let mut scene = Scene::of(&stage.data);
        super::super::mark(&stage.data, &mut scene);
        assert!(scene.marks.iter().all(|marks| !marks.has(Marks::SCAN)));
    }
}
