//! Sees     One initiator tries many ports of one machine within five minutes.
//! Matters  Somebody makes a list of what this machine offers.
//! Misses   Slow scans; scans spread over many sources.
//! Source   Zeek's scan detection (15 failed ports in 5 minutes); MITRE ATT&CK T1046.

use super::attempts;
use super::{Detector, Finding, Watch};
use crate::engine::model::{Micros, stamp};
use crate::engine::verdict::scene::Marks;

const MIN_PORTS: usize = 15;
const WINDOW_US: Micros = 5 * stamp::MINUTE;

pub struct VerticalScan;

impl Detector for VerticalScan {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        for tries in watch.tries {
            attempts::each(
                &tries.attempts,
                MIN_PORTS,
                |attempt| attempt.target,
                |attempts| {
                    let ports: Vec<(Micros, u16)> = attempts
                        .iter()
                        .map(|attempt| (attempt.at, attempt.port))
                        .collect();
                    if attempts::reaches(&ports, WINDOW_US, MIN_PORTS) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::{Direction, Side};
    use crate::engine::verdict::fixture::{Stage, denied};
    use crate::engine::verdict::scene::Scene;

    fn marked(n_ports: u16, gap_s: f64) -> usize {
        let mut stage = Stage::new();
        for n in 0..n_ports {
            let target = format!("192.0.2.1:{}", 8000 + n);
            let note = denied(f64::from(n) * gap_s, true, "S");
            stage.tcp(
                "203.0.113.9:40000",
                &target,
                Side::A,
                Direction::Inbound,
                &[note],
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
    fn fifteen_ports_in_five_minutes_are_a_scan() {
        assert_eq!(marked(15, 1.0), 15);
        assert_eq!(marked(14, 1.0), 0);
        assert_eq!(marked(15, 60.0), 0, "too slow");
    }
}
