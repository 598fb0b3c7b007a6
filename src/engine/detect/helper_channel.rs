//! Sees     A blocked new connection between two machines that hold an allowed control connection of a service which
//!          opens further ones.
//! Matters  Transfers and calls fail although "the port is open".
//! Misses   Control connections that are not in the log.

use super::{Detector, Finding, Watch};
use crate::engine::dataset::Facts;
use crate::engine::model::{Host, Micros, ports, stamp};
use crate::engine::verdict::scene::Marks;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// File transfer, trivial file transfer, remote procedures, video, calls.
const CONTROL_PORTS: [u16; 9] = [21, 69, 111, 135, 554, 1720, 1723, 2000, 5060];
/// Side channels follow their control connection at once or within its life.
const WINDOW_US: Micros = stamp::HOUR;
const ACTIVE_FILE_TRANSFER: u16 = 20;

pub struct HelperChannel;

impl Detector for HelperChannel {
    fn detect(&self, watch: Watch<'_>, findings: &mut Vec<Finding>) {
        let Watch { data, scene, .. } = watch;
        let mut controls: HashMap<(Host, Host), (Micros, Micros), FixedState> = HashMap::default();
        for (idx, brief) in scene.briefs.iter().enumerate() {
            let is_control = brief.facts.has(Facts::ALLOWED)
                && brief
                    .service_port()
                    .is_some_and(|port| CONTROL_PORTS.contains(&port));
            if is_control && !brief.is_blurred() {
                let session = &data.sessions[idx];
                let times = controls
                    .entry(pair(brief.initiator, brief.responder))
                    .or_insert((session.first, session.last));
                *times = (times.0.min(session.first), times.1.max(session.last));
            }
        }
        if controls.is_empty() {
            return;
        }
        let mut sessions = Vec::new();
        for (idx, brief) in scene.briefs.iter().enumerate() {
            let facts = brief.facts;
            if !facts.has(Facts::DENIED_A)
                || facts.any(Facts::MID_A | Facts::LOST | Facts::AFTER_END)
            {
                continue;
            }
            let (Some(from), Some(to)) = (brief.client_port(), brief.service_port()) else {
                continue;
            };
            let is_listed = |port: u16| {
                port < 1024 || ports::is_top(port) || ports::is_named(brief.proto, port)
            };
            if !(from == ACTIVE_FILE_TRANSFER || !is_listed(from) && !is_listed(to)) {
                continue;
            }
            let session = &data.sessions[idx];
            let near = controls
                .get(&pair(brief.initiator, brief.responder))
                .is_some_and(|(first, last)| {
                    session.first >= *first && session.first <= last.saturating_add(WINDOW_US)
                });
            if near {
                sessions.push(idx as u32);
            }
        }
        if !sessions.is_empty() {
            findings.push(Finding {
                mark: Marks::HELPER,
                sessions,
            });
        }
    }
}

fn pair(one: Host, other: Host) -> (Host, Host) {
    (one.min(other), one.max(other))
}
