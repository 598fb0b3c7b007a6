//! Incidents as JSON Lines, and as the list inside a report.

use super::json::Json;
use super::sessions::{cause, places};
use super::{line, service, time};
use crate::engine::dataset::{Dataset, Incident, Reasoned};
use crate::engine::model::Host;
use crate::engine::summary::rows::id_text;
use std::io::{self, Write};

/// Lines shown of one statement.
const MAX_LINES: usize = 8;

pub fn write<'d>(
    out: &mut dyn Write,
    data: &'d Dataset,
    list: impl IntoIterator<Item = &'d Incident>,
) -> io::Result<()> {
    super::head(out, "incidents")?;
    let mut json = Json::default();
    for incident in list {
        one(&mut json, data, incident);
        json.next_line(out)?;
    }
    json.flush(out)
}

pub(super) fn one(json: &mut Json, data: &Dataset, incident: &Incident) {
    json.object(|json| {
        json.field("id").text(&id_text(incident.id));
        json.field("verdict").text(&incident.verdict.id());
        json.field("verdict_name").text(incident.verdict.name());
        cause(json.field("cause"), Some(incident));
        json.field("headline").text(&incident.headline);
        json.field("sentence").text(&incident.sentence);
        json.field("severity").text(incident.severity.name());
        json.field("p").decimal(i64::from(incident.p_milli), 3);
        json.field("band")
            .maybe(incident.band, |json, band| json.text(band.name()));
        json.field("direction").text(incident.direction.name());
        json.field("n_sessions").number(incident.sessions.len());
        json.field("n_lines").number(incident.n_lines);
        time(json.field("first"), Some(incident.first));
        time(json.field("last"), Some(incident.last));
        service(json.field("service"), incident.proto, incident.port);
        hosts(
            json.field("initiators"),
            data,
            incident.n_initiators,
            &incident.initiators,
        );
        hosts(
            json.field("responders"),
            data,
            incident.n_responders,
            &incident.responders,
        );
        json.field("evidence_for")
            .list(&incident.evidence_for, |json, reason| {
                reasoned(json, data, reason);
            });
        json.field("evidence_against")
            .list(&incident.evidence_against, |json, reason| {
                reasoned(json, data, reason);
            });
        json.field("alternatives")
            .list(&incident.alternatives, |json, text| json.text(text));
        json.field("checks").list(&incident.checks, |json, check| {
            json.object(|json| {
                json.field("where").text(&check.place);
                json.field("command").maybe(
                    (!check.command.is_empty()).then_some(&check.command),
                    |json, command| {
                        json.text(command);
                    },
                );
                json.field("why").text(&check.why);
            });
        });
        json.field("numbers").object(|json| {
            for (name, number) in &incident.numbers {
                json.field(name).number(number);
            }
        });
        json.field("timeout_s")
            .maybe(incident.timeout_s, Json::number);
        let ids = incident
            .sessions
            .iter()
            .filter_map(|at| data.sessions.get(*at as usize));
        json.field("sessions")
            .list(ids, |json, session| json.text(&id_text(session.id(data))));
    });
}

fn hosts(json: &mut Json, data: &Dataset, count: u64, sample: &[Host]) {
    json.object(|json| {
        json.field("count").number(count);
        json.field("sample")
            .list(sample, |json, host| json.text(&host.text(&data.names)));
    });
}

fn reasoned(json: &mut Json, data: &Dataset, reason: &Reasoned) {
    json.object(|json| {
        json.field("id").text(reason.id);
        json.field("weight").decimal(i64::from(reason.weight), 2);
        json.field("text").text(&reason.text);
        let sessions = reason
            .sessions
            .iter()
            .filter_map(|at| data.sessions.get(*at as usize));
        let lines = sessions
            .flat_map(|session| places(session, data).take(1))
            .take(MAX_LINES);
        json.field("lines").list(lines, |json, (place, number)| {
            line(json, data, place, number);
        });
    });
}
