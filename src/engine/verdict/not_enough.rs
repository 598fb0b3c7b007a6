//! V24: the lines do not say enough.
//!
//! Sees     Everything that no other verdict takes.
//! Matters  An honest "cannot tell" names what is missing.
//! Misses   Nothing.

use super::Rule;
use super::group::{Group, Trait};
use super::scene::Case;
use crate::engine::dataset::{Facts, Incident, Outcome, Severity, Verdict};
use crate::engine::explain::words;
use crate::engine::model::proto;

/// Attempts from one port to one service at this many machines have the shape of a probe.
const PROBE_TARGETS: u64 = 5;

pub struct NotEnough;

impl Rule for NotEnough {
    fn verdict(&self) -> Verdict {
        Verdict::NotEnough
    }

    fn holds(&self, _case: &Case<'_>) -> bool {
        true
    }

    fn outcome(&self, case: &Case<'_>) -> Outcome {
        if case.has(Facts::DENIED) {
            Outcome::Blocked
        } else {
            Outcome::Unknown
        }
    }

    fn severity(&self, _group: &Group<'_>) -> Severity {
        Severity::None
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let connections = words::count(group.n(), "connection", "connections");
        let (sources, targets) = (group.sources(), group.targets());
        let unsure = group.tally(Trait::Unsure).n * 2 >= group.n();
        let fate_known = group.n_packets > 0 || group.tally(Trait::Allowed).n > 0;
        // Who does not even know who began is not helped by what became of it.
        let missing = missing(group, fate_known || unsure);
        if unsure {
            incident.headline = format!(
                "Who opened {connections} between {sources} and {targets} cannot be told from these lines."
            );
            incident.sentence = format!(
                "The lines about {connections} between {sources} and {targets} do not say enough to tell who started. \
                 Missing: {missing}."
            );
        } else {
            let fate =
                if (group.tally(Trait::FromResponder).n + group.tally(Trait::FromInitiator).n) * 2
                    >= group.n()
                {
                    "the firewall stopped what came of"
                } else {
                    "the lines do not say what became of"
                };
            incident.headline = format!(
                "{} opened {connections} to {targets}; {fate} {}.",
                words::capital(&sources),
                words::plural(group.n(), "it", "them")
            );
            incident.sentence = format!(
                "{} started {connections} to {targets} ({}). Missing for more: {missing}.",
                words::capital(&sources),
                group.aside()
            );
        }
        if !fate_known
            && group.port.is_some()
            && group.n_client_ports == 1
            && group.n_responders >= PROBE_TARGETS
        {
            incident
                .numbers
                .insert("targets", group.n_responders as i64);
            let text = format!(
                "{} {} from one port: the shape of a probe.",
                words::count(group.n_responders, "target", "targets"),
                group
                    .port
                    .map_or(String::new(), |port| format!("on port {port}"))
            );
            incident.sentence.push(' ');
            incident.sentence.push_str(&text);
            incident
                .evidence_for
                .push(group.stated("probe_shape", 0, text));
        }
        incident
            .alternatives
            .push(format!("It becomes clear with {missing}."));
    }
}

fn missing(group: &Group<'_>, fate_known: bool) -> &'static str {
    let tcp = matches!(group.proto, proto::TCP | proto::SCTP);
    let mid_stream = group.tally(Trait::MidStream).n > 0;
    match (fate_known, tcp, mid_stream) {
        (false, ..) => "whether the firewall let it through",
        (true, true, true) => "the lines in which these connections begin",
        (true, true, false) => "the packets' flags, or the lines in which these connections begin",
        (true, false, _) => {
            "the first packet of each exchange, or a log that counts both directions"
        }
    }
}
