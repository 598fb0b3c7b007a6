//! Sees     One machine that sends datagrams to one other, at the ports that route tracing counts through.
//! Matters  Nothing: somebody wants to know the way. It looks like a search for open ports and is none.
//! Misses   Tracing by other means (pings, connection openings), which looks like what it uses.
//! Source   Van Jacobson's traceroute: the port is 33434 and one more for each packet, three for each step of the way.

use super::attempts;
use super::{Detector, Finding, Watch};
use crate::engine::model::order::Order;
use crate::engine::model::{Micros, proto, stamp};
use crate::engine::verdict::scene::{Brief, Marks};

/// A hundred steps are more than any way has.
const PORTS: std::ops::RangeInclusive<u16> = 33_434..=33_534;
/// Two steps with three packets each.
const MIN_PORTS: usize = 6;
const WINDOW_US: Micros = 5 * stamp::MINUTE;

pub struct Traceroute;

impl Detector for Traceroute {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        let briefs = &watch.scene.briefs;
        let mut probes: Vec<u32> = (0..briefs.len() as u32)
            .filter(|idx| is_probe(&briefs[*idx as usize]))
            .collect();
        if probes.len() < MIN_PORTS {
            return;
        }
        let ends = |idx: &u32| {
            let brief = &briefs[*idx as usize];
            (brief.initiator, brief.responder)
        };
        probes.order_by_key(|idx| (ends(idx), *idx));
        let mut sessions = Vec::new();
        for own in probes.chunk_by(|left, right| ends(left) == ends(right)) {
            let ports: Vec<(Micros, u16)> = own
                .iter()
                .map(|idx| {
                    let port = briefs[*idx as usize].responder_port;
                    (watch.data.sessions[*idx as usize].first, port)
                })
                .collect();
            if attempts::reaches(&ports, WINDOW_US, MIN_PORTS) {
                sessions.extend(own);
            }
        }
        if !sessions.is_empty() {
            findings.push(Finding {
                mark: Marks::TRACE,
                sessions,
            });
        }
    }
}

fn is_probe(brief: &Brief) -> bool {
    brief.proto == proto::UDP
        && !brief.is_blurred()
        && brief
            .service_port()
            .is_some_and(|port| PORTS.contains(&port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::{Direction, Side};
    use crate::engine::verdict::fixture::{Stage, denied};
    use crate::engine::verdict::scene::Scene;

    fn marked(n: u16, first: u16, proto: u8) -> usize {
        let mut stage = Stage::new();
        for nth in 0..n {
            stage.add(
                proto,
                "203.0.113.9:40000",
                &format!("192.0.2.1:{}", first + nth),
                Side::A,
                500,
                Direction::Inbound,
                &[denied(f64::from(nth), true, "")],
            );
        }
        let mut scene = Scene::of(&stage.data);
        super::super::mark(&stage.data, &mut scene);
        let has = |mark: u16| scene.marks.iter().filter(|marks| marks.has(mark)).count();
        assert!(has(Marks::TRACE) == 0 || has(Marks::SCAN | Marks::PROBE) == 0);
        has(Marks::TRACE)
    }

    #[test]
    fn counting_through_the_ports_is_a_search_for_the_way() {
        assert_eq!(marked(30, 33_434, proto::UDP), 30);
        assert_eq!(marked(5, 33_434, proto::UDP), 0, "two steps are needed");
        assert_eq!(marked(30, 1_000, proto::UDP), 0, "a search for services");
        assert_eq!(marked(30, 33_434, proto::TCP), 0);
    }
}
