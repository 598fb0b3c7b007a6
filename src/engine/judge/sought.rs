//! Networks of ours that only show by who looks for them.

use super::address::{self, Class};
use crate::engine::dataset::Dataset;
use crate::engine::model::Host;
use std::collections::BTreeMap;

/// Unrelated networks that send to addresses of ours without ever being asked.
const SEEKERS: usize = 8;

/// Public neighbourhoods that strangers from everywhere send to and that hardly ever send themselves: a firewall
/// between private networks and the world sees such packets only when the addresses are its own.
pub fn networks(data: &Dataset) -> Vec<Host> {
    let is_public = |host| address::class(host) == Class::Public;
    // For each neighbourhood: far networks that sent to it, packets to it, packets from it.
    let mut nets: BTreeMap<Host, (Vec<Host>, u32, u32)> = BTreeMap::new();
    for session in &data.sessions {
        let (a, b) = session.ends(data);
        if !is_public(a.host) || !is_public(b.host) {
            continue;
        }
        let far = a.host.as_v4().map_or(a.host, |ip| Host::v4(ip >> 16));
        if let Some(net) = address::neighbourhood(b.host) {
            let (senders, n_to, _) = nets.entry(net).or_default();
            *n_to += 1;
            if senders.len() < SEEKERS && !senders.contains(&far) {
                senders.push(far);
            }
        }
        if let Some(net) = address::neighbourhood(a.host) {
            nets.entry(net).or_default().2 += 1;
        }
    }
    nets.into_iter()
        .filter(|(_, (senders, n_to, n_from))| senders.len() >= SEEKERS && n_from * 4 <= *n_to)
        .map(|(net, _)| net)
        .collect()
}
