//! The answer as plain structs, ready to be printed as JSON, Markdown, HTML or text.

use super::{headline, service};
use crate::engine::dataset::{Dataset, Incident};
use crate::engine::model::order::Order;
use crate::engine::model::{Micros, Tally, proto};

/// Everything that `whichway report` says.
#[derive(Clone, Debug)]
pub struct Report<'d> {
    pub headline: String,
    pub tally: Tally,
    pub span: Option<(Micros, Micros)>,
    /// Lines by format id, ascending by id.
    pub formats: Vec<(&'d str, u64)>,
    /// Names of the devices, ascending.
    pub devices: Vec<&'d str>,
    /// Networks that were taken for ours.
    pub ours: Vec<String>,
    pub n_sessions: u64,
    /// In the order in which a person should read them.
    pub incidents: Vec<Told<'d>>,
    /// What was rolled up, cut or not read, as sentences.
    pub limits: &'d [String],
}

/// One incident, with what its indices stand for.
#[derive(Clone, Debug)]
pub struct Told<'d> {
    pub incident: &'d Incident,
    /// Lower-case name of the protocol.
    pub proto: String,
    /// "web pages (port 80)".
    pub service: String,
    pub initiators: Vec<String>,
    pub responders: Vec<String>,
}

impl Told<'_> {
    /// Ids of all its sessions, in order of time.
    pub fn session_ids<'d>(&'d self, data: &'d Dataset) -> impl Iterator<Item = u64> + 'd {
        self.incident
            .sessions
            .iter()
            .filter_map(|idx| data.sessions.get(*idx as usize))
            .map(|session| session.id(data))
    }
}

pub fn report(data: &Dataset) -> Report<'_> {
    let mut devices: Vec<&str> = data
        .coverage
        .devices
        .keys()
        .filter_map(|device| data.names.text(*device))
        .filter(|name| !name.is_empty())
        .collect();
    devices.order();
    devices.dedup();
    Report {
        headline: headline(data),
        tally: data.tally,
        span: data.span,
        formats: data
            .format_lines
            .iter()
            .map(|(id, lines)| (id.as_str(), *lines))
            .collect(),
        devices,
        ours: data.roles.ours.clone(),
        n_sessions: data.sessions.len() as u64,
        incidents: data
            .incidents
            .iter()
            .map(|incident| told(data, incident))
            .collect(),
        limits: &data.limits,
    }
}

pub fn told<'d>(data: &'d Dataset, incident: &'d Incident) -> Told<'d> {
    let texts = |hosts: &[crate::engine::model::Host]| {
        hosts.iter().map(|host| host.text(&data.names)).collect()
    };
    Told {
        incident,
        proto: proto::name(incident.proto),
        service: service::phrase(incident.proto, incident.port),
        initiators: texts(&incident.initiators),
        responders: texts(&incident.responders),
    }
}
