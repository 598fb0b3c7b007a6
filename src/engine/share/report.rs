//! The whole answer as one JSON document.

use super::json::Json;
use super::{incidents, normal, summary, time};
use crate::engine::dataset::{Dataset, Incident};
use crate::engine::explain::headline;
use crate::engine::model::NameId;
use crate::engine::model::order::Order;
use crate::engine::normal::Changes;
use crate::engine::summary::filter::{Filter, Matcher};
use crate::engine::summary::{Index, summarize};
use std::io::{self, Write};

pub fn write(
    out: &mut dyn Write,
    data: &Dataset,
    index: &Index,
    filter: &Filter,
) -> io::Result<()> {
    write_with(out, data, index, filter, None)
}

/// With what differs from another log, where one was given.
pub fn write_with(
    out: &mut dyn Write,
    data: &Dataset,
    index: &Index,
    filter: &Filter,
    changes: Option<&Changes>,
) -> io::Result<()> {
    let summary = summarize(data, index, filter);
    let mut json = Json::default();
    json.object(|json| {
        json.field("schema").number(super::SCHEMA);
        json.field("headline").text(&headline(data));
        summary::tally(json.field("tally"), &summary);
        json.field("span").object(|json| {
            time(json.field("first"), summary.tally.first);
            time(json.field("last"), summary.tally.last);
        });
        json.field("formats")
            .list(&data.format_lines, |json, (id, n_lines)| {
                json.object(|json| {
                    json.field("id").text(id);
                    json.field("lines").number(n_lines);
                });
            });
        json.field("devices").list(devices(data), Json::text);
        json.field("ours")
            .list(&data.roles.ours, |json, network| json.text(network));
        json.field("incidents")
            .list(shown(data, index, filter), |json, incident| {
                incidents::one(json, data, incident);
            });
        json.field("limits")
            .list(&data.limits, |json, limit| json.text(limit));
        if let Some(changes) = changes {
            normal::changes(json, changes);
        }
    });
    json.end_line(out)
}

/// Names of the devices that wrote events, in order.
pub fn devices(data: &Dataset) -> Vec<&str> {
    let mut ids: Vec<NameId> = data
        .circumstances
        .values()
        .map(|setting| setting.device)
        .collect();
    ids.order();
    ids.dedup();
    let mut names: Vec<&str> = ids
        .into_iter()
        .filter_map(|id| data.names.text(id))
        .collect();
    names.order();
    names
}

/// Incidents of which at least one session passes the filter.
pub fn shown<'d>(data: &'d Dataset, index: &Index, filter: &Filter) -> Vec<&'d Incident> {
    if filter.is_empty() {
        return data.incidents.iter().collect();
    }
    let matcher = Matcher::new(filter, data, index);
    let passes = |incident: &&Incident| {
        incident
            .sessions
            .iter()
            .any(|at| matcher.matches(*at as usize))
    };
    data.incidents.iter().filter(passes).collect()
}
