//! A summary as one JSON document.

use super::json::Json;
use super::{normal, protocol, time};
use crate::engine::dataset::{Dataset, Direction, Outcome};
use crate::engine::detect::census::PortRow;
use crate::engine::model::{Micros, ports};
use crate::engine::normal::{Changes, Day, Remark};
use crate::engine::summary::{Split, Summary};
use crate::engine::watch::WatchList;
use crate::engine::watch::hits::Hit;
use std::io::{self, Write};

/// What a watch list found, of the sessions that the summary is about.
pub struct Watched<'d> {
    pub list: &'d WatchList,
    pub hits: &'d [Hit],
}

/// What a summary has besides, where it was asked for.
#[derive(Default)]
pub struct Besides<'d> {
    pub watched: Option<Watched<'d>>,
    pub normal: Option<(Day, Vec<PortRow>, Vec<Remark>)>,
    pub changes: Option<&'d Changes>,
}

/// Hosts named of one entry; a network or a port may have met thousands.
const MAX_HOSTS: usize = 64;

pub fn write(out: &mut dyn Write, data: &Dataset, summary: &Summary) -> io::Result<()> {
    write_with(out, data, summary, &Besides::default())
}

pub fn write_with(
    out: &mut dyn Write,
    data: &Dataset,
    summary: &Summary,
    besides: &Besides<'_>,
) -> io::Result<()> {
    let mut json = Json::default();
    json.object(|json| {
        json.field("schema").number(super::SCHEMA);
        tally(json.field("tally"), summary);
        json.field("directions")
            .list(&summary.directions.rows, |json, row| {
                json.object(|json| {
                    json.field("direction").text(row.direction.name());
                    split(json, row.split);
                });
            });
        json.field("ports").list(&summary.ports.rows, |json, row| {
            json.object(|json| {
                protocol(json.field("proto"), row.proto);
                json.field("port").maybe(row.port, Json::number);
                json.field("service").maybe(row.name.as_deref(), Json::text);
                json.field("decided").truth(row.decided);
                json.field("odd").truth(row.odd);
                let standing = row.port.map(|port| ports::standing(row.proto, port).name());
                json.field("standing").maybe(standing, Json::text);
                json.field("note").maybe(row.note.as_deref(), Json::text);
                let (answered, orphaned) = (
                    row.split.of(Outcome::Worked),
                    row.split.of(Outcome::ReplyBlocked),
                );
                json.field("attempts")
                    .number(row.split.total() - answered - orphaned);
                json.field("answered").number(answered);
                json.field("orphaned").number(orphaned);
                split(json, row.split);
                json.field("n_clients").number(row.n_clients);
                json.field("n_servers").number(row.n_servers);
                json.field("n_openings").number(row.n_openings);
                json.field("n_answers").number(row.n_answers);
                json.field("n_resets").number(row.n_resets);
                json.field("tries").number(row.tries);
                json.field("bytes_i").number(row.bytes_i);
                json.field("bytes_r").number(row.bytes_r);
                time(json.field("first"), row.first);
                time(json.field("last"), row.last);
            });
        });
        timeline(json.field("timeline"), summary);
        json.field("hosts").list(&summary.hosts.rows, |json, row| {
            json.object(|json| {
                json.field("host").text(&row.host);
                json.field("role").text(&row.role);
                json.field("sessions").number(row.n_sessions());
                json.field("as_client").number(row.as_client.total());
                json.field("as_server").number(row.as_server.total());
                json.field("undecided").number(row.undecided.total());
                let mut all = row.as_client;
                all += row.as_server;
                all += row.undecided;
                outcomes(json, all);
                json.field("n_servers").number(row.n_servers);
                json.field("n_clients").number(row.n_clients);
                json.field("bytes_sent").number(row.bytes_sent);
                json.field("bytes_received").number(row.bytes_received);
            });
        });
        json.field("pairs").list(&summary.pairs.rows, |json, row| {
            json.object(|json| {
                json.field("client").text(&row.left);
                json.field("server").text(&row.right);
                json.field("undecided").number(row.n_undecided);
                json.field("services")
                    .list(&row.services, |json, service| json.text(service));
                split(json, row.split);
                json.field("bytes_i").number(row.bytes_i);
                json.field("bytes_r").number(row.bytes_r);
            });
        });
        json.field("rules").list(&summary.rules.rows, |json, row| {
            json.object(|json| {
                json.field("rule").maybe(row.rule.as_deref(), Json::text);
                json.field("name").maybe(row.name.as_deref(), Json::text);
                json.field("device")
                    .maybe(row.device.as_deref(), Json::text);
                json.field("implicit").truth(row.implicit);
                json.field("allowed").number(row.n_allowed);
                json.field("denied").number(row.n_denied);
                json.field("other").number(row.n_other);
                split(json, row.split);
            });
        });
        json.field("filter").text(&summary.filter.to_string());
        json.field("sessions").object(|json| {
            json.field("all").number(summary.tally.n_sessions);
            json.field("matched").number(summary.tally.matched.total());
            json.field("undecided").number(summary.tally.n_undecided);
            json.field("orphaned").number(summary.tally.n_orphaned);
        });
        // What the lists above leave out, so that every panel still adds up.
        json.field("beyond").object(|json| {
            json.field("services")
                .number(summary.ports.n_services - summary.ports.rows.len() as u64);
            json.field("services_sessions")
                .number(summary.ports.rest.total());
            json.field("hosts")
                .number(summary.hosts.n_hosts - summary.hosts.rows.len() as u64);
            json.field("pairs")
                .number(summary.pairs.n_pairs - summary.pairs.rows.len() as u64);
            json.field("pairs_sessions")
                .number(summary.pairs.n_rest_sessions);
            json.field("rules")
                .number(summary.rules.n_rules - summary.rules.rows.len() as u64);
            json.field("rules_sessions")
                .number(summary.rules.rest.total());
        });
        shapes(json, data);
        if let Some(watched) = &besides.watched {
            watch(json, data, watched);
        }
        if let Some((day, census, remarks)) = &besides.normal {
            normal::normal(json, day, census, remarks);
        }
        if let Some(changes) = besides.changes {
            normal::changes(json, changes);
        }
    });
    json.end_line(out)
}

/// Lines that no format knew, and lines that were read by a guess, by what they look like.
fn shapes(json: &mut Json, data: &Dataset) {
    let all = [("no", &data.unknown), ("guess", &data.guessed)];
    let list = all.into_iter().flat_map(|(read, shapes)| {
        shapes
            .ranked()
            .into_iter()
            .map(move |(_, shape)| (read, shape))
    });
    json.field("shapes").list(list, |json, (read, shape)| {
        json.object(|json| {
            json.field("pattern").text(&shape.pattern);
            json.field("lines").number(shape.n_lines);
            json.field("read").text(read);
            if let Some((place, line)) = shape.lines.first() {
                let source = data.sources.get(usize::from(place.source()));
                json.field("source")
                    .maybe(source.map(|source| source.name.as_str()), Json::text);
                json.field("line").number(u64::from(*line) + 1);
            }
        });
    });
}

fn watch(json: &mut Json, data: &Dataset, watched: &Watched<'_>) {
    let Watched { list, hits } = watched;
    json.field("watch").list(*hits, |json, hit| {
        let remark = list.remark(hit.entry);
        let hosts = hit.hosts(data, list);
        json.object(|json| {
            json.field("entry").text(list.entry(hit.entry));
            json.field("remark")
                .maybe((!remark.is_empty()).then_some(remark), Json::text);
            json.field("sessions").number(hit.sessions.len());
            json.field("lines").number(hit.n_lines);
            json.field("allowed").number(hit.n_allowed);
            json.field("denied").number(hit.n_denied);
            json.field("directions").object(|json| {
                for (direction, n) in Direction::ALL.iter().zip(hit.directions) {
                    if n > 0 {
                        json.field(direction.name()).number(n);
                    }
                }
            });
            json.field("n_hosts").number(hosts.len());
            let named = hosts.iter().take(MAX_HOSTS);
            json.field("hosts")
                .list(named, |json, host| json.text(&host.text(&data.names)));
        });
    });
    json.field("watch_list").object(|json| {
        json.field("entries").number(list.n_entries());
        json.field("unread").number(list.n_unread());
    });
}

/// The seven numbers that hold for the input, whatever the filter.
pub(super) fn tally(json: &mut Json, summary: &Summary) {
    let tally = &summary.tally;
    json.object(|json| {
        json.field("lines").number(tally.lines);
        json.field("event_lines").number(tally.event_lines);
        json.field("other").number(tally.other);
        json.field("malformed").number(tally.malformed);
        json.field("foreign").number(tally.foreign);
        json.field("blank").number(tally.blank);
        json.field("events").number(tally.events);
    });
}

fn timeline(json: &mut Json, summary: &Summary) {
    let line = &summary.timeline;
    json.object(|json| {
        json.field("bin_seconds").number(line.bin_us / 1_000_000);
        json.field("bins")
            .list(line.bins.iter().enumerate(), |json, (at, bin)| {
                json.object(|json| {
                    time(json.field("start"), Some(line.bin_start(at)));
                    split(json, *bin);
                });
            });
        json.field("untimed").number(line.untimed.total());
        json.field("outside").number(line.outside.total());
        json.field("spread").number(line.n_spread);
        let at = |json: &mut Json, ts: Micros| time(json, Some(ts));
        json.field("gaps").list(&line.gaps, |json, gap| {
            json.object(|json| {
                at(json.field("from"), gap.from);
                at(json.field("to"), gap.to);
                json.field("said").truth(gap.said);
            });
        });
    });
}

fn split(json: &mut Json, split: Split) {
    json.field("sessions").number(split.total());
    outcomes(json, split);
}

/// All seven, the contract's five first.
fn outcomes(json: &mut Json, split: Split) {
    const ORDER: [Outcome; 7] = [
        Outcome::Worked,
        Outcome::Blocked,
        Outcome::ReplyBlocked,
        Outcome::Unanswered,
        Outcome::Unknown,
        Outcome::Refused,
        Outcome::Noise,
    ];
    for outcome in ORDER {
        json.field(outcome.name()).number(split.of(outcome));
    }
}
