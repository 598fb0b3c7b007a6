//! Patterns over many sessions: scans, backscatter, side channels, blocked ways back, guessed passwords,
//! programs that talk to their like or call in a rhythm, and what stands out. One detector, one file.
//!
//! To add one: `detect/x.rs`, its two lines here. Detectors run before verdicts.

mod attempts;
pub mod backscatter;
pub mod beacon;
mod block_scan;
pub mod census;
pub mod heavy;
mod helper_channel;
mod horizontal_scan;
mod named_scanner;
pub mod password_guessing;
pub mod peer_to_peer;
pub mod probe;
mod stateless_return;
mod traceroute;
mod vertical_scan;

use super::dataset::Dataset;
use super::model::Host;
use super::verdict::scene::{Marks, Scene};
use attempts::Tries;

/// No detector looks at an initiator with fewer failed attempts.
const LEAST_ATTEMPTS: u32 = probe::MIN_DOORS as u32;

/// Marks what is no attempt before attempts are counted: answers to forged questions, searches for a way.
pub static FIRST: &[&dyn Detector] = &[&backscatter::Backscatter, &traceroute::Traceroute];

pub static DETECTORS: &[&dyn Detector] = &[
    &horizontal_scan::HorizontalScan,
    &vertical_scan::VerticalScan,
    &block_scan::BlockScan,
    &named_scanner::NamedScanner,
    &helper_channel::HelperChannel,
    &stateless_return::StatelessReturn,
    &password_guessing::PasswordGuessing,
    &probe::Probe,
];

/// Looks at what the others found: callers of one port are peers only where they are no scanners.
pub static LAST: &[&dyn Detector] = &[&peer_to_peer::PeerToPeer];

/// These lie over the verdicts of sessions, one finding for each story.
pub static OVERLAYS: &[&dyn Detector] = &[&beacon::Beacon];

/// From the top, so that they stay apart from those that `Marks` itself names.
impl Marks {
    pub const GUESSING: u16 = 1 << 7;
    /// Part of a peer-to-peer pattern around its initiator, or around its responder.
    pub const PEER_INITIATED: u16 = 1 << 6;
    pub const PEER_CALLED: u16 = 1 << 5;
    /// Datagrams that look for the way to a machine.
    pub const TRACE: u16 = 1 << 8;
    /// The shape of a scan in a few lines.
    pub const PROBE: u16 = 1 << 4;
}

/// Sessions, ascending, and the mark that they get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    pub mark: u16,
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
    run(LAST, data, scene, &tries);
}

/// What lies over verdicts: each finding is a story of its own.
pub fn overlays(data: &Dataset, scene: &Scene) -> Vec<Finding> {
    let mut findings = Vec::new();
    let tries = &[];
    for detector in OVERLAYS {
        detector.detect(Watch { data, scene, tries }, &mut findings);
    }
    findings
}

fn run(detectors: &[&dyn Detector], data: &Dataset, scene: &mut Scene, tries: &[Tries]) {
    let watch = Watch { data, scene, tries };
    let all: Vec<&&dyn Detector> = detectors.iter().collect();
    let found = data.hands.map(all, data.sessions.len(), |detector| {
        let mut findings = Vec::new();
        detector.detect(watch, &mut findings);
        findings
    });
    for finding in found.into_iter().flatten() {
        for idx in finding.sessions {
            scene.marks[idx as usize].add(finding.mark);
        }
    }
}

/// Roughly, whose an address is: the first `width` bits of an IPv4 one, twice as many of an IPv6 one. Names stand for
/// themselves.
fn network(host: Host, width: u32) -> Host {
    match host.as_v4() {
        Some(address) => Host::v4(address >> (32 - width) << (32 - width)),
        None if host.as_name().is_some() => host,
        None => Host::v6(host.bits() >> (128 - 2 * width) << (128 - 2 * width)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_a_bit_of_its_own() {
        let all = [
            Marks::BACKSCATTER,
            Marks::SCAN,
            Marks::HELPER,
            Marks::RETURN_BLOCKED,
            Marks::GUESSING,
            Marks::PEER_INITIATED,
            Marks::PEER_CALLED,
            Marks::PROBE,
            Marks::TRACE,
        ];
        assert_eq!(all.iter().fold(0, |bits, mark| bits | mark).count_ones(), 9);
    }
}
