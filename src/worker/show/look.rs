//! Looks as tables: the same numbers that the command line prints as JSON.

use super::Open;
use crate::engine::dataset::{Direction, Verdict};
use crate::engine::detect::census;
use crate::engine::explain::words::{count, duration, number};
use crate::engine::model::{Micros, ports, proto, stamp};
use crate::engine::normal::baseline::{chance, service};
use crate::engine::normal::{Profile, compare, day, profile, remarks};
use crate::engine::summary::directions::label;
use crate::engine::summary::raster::Raster;
use crate::engine::summary::rhythm::Calls;
use crate::engine::watch::hits::Hit;
use crate::worker::look::{Line, Look, Looked, Picture, Table};

/// Rows of the port census.
const MAX_CENSUS: usize = 200;
/// Addresses of one entry that a filter names.
const MAX_HOSTS: usize = 16;

impl Open {
    /// `before` is the normal day, where one was given; `None` where there is nothing to see.
    pub fn look(&self, look: &Look, before: Option<&Profile>) -> Option<Looked> {
        let mut looked = Looked {
            look: look.clone(),
            says: Vec::new(),
            tables: Vec::new(),
            picture: None,
        };
        match look {
            Look::Normal => self.normal(&mut looked),
            Look::Changes => self.changes(&mut looked, before?),
            Look::Watch => self.watched(&mut looked),
            Look::Picture(id) => looked.picture = Some(self.picture(id)?),
        }
        Some(looked)
    }

    fn normal(&self, looked: &mut Looked) {
        let (data, index) = (&self.data, &self.index);
        let day = day(data, index);
        looked.says.push(match day.covered_us {
            0 => "Learned from a log without times.".into(),
            covered_us => format!("Learned from {} of log.", duration(covered_us)),
        });
        let mut out = table("What stands out", &["What", "Connections"], 0b10);
        out.rows = remarks(data, index)
            .into_iter()
            .map(|remark| {
                line(
                    vec![remark.sentence, number(remark.n_sessions)],
                    remark.filter,
                )
            })
            .collect();
        looked.tables.push(out);
        let mut talk = table(
            "Who talks to the internet, and for what",
            &[
                "Machine",
                "Connections",
                "Stopped",
                "Addresses",
                "Asked for",
                "Bytes sent",
                "Bytes received",
            ],
            0b110_1110,
        );
        talk.n_beyond = day.n_talkers - day.talkers.len() as u64;
        talk.rows = day
            .talkers
            .iter()
            .map(|row| {
                let services = row
                    .services
                    .iter()
                    .map(|(number, port, _)| service((*number, *port)));
                let mut services: Vec<String> = services.collect();
                let n_more = row.n_services - services.len() as u64;
                if n_more > 0 {
                    services.push(format!("{} more", number(n_more)));
                }
                let cells = vec![
                    row.host.clone(),
                    number(row.n),
                    number(row.n_refused),
                    number(row.n_targets),
                    services.join(", "),
                    row.bytes_sent.map(number).unwrap_or_default(),
                    row.bytes_received.map(number).unwrap_or_default(),
                ];
                line(cells, format!("dir:outbound client:{}", row.host))
            })
            .collect();
        if day
            .talkers
            .iter()
            .all(|row| row.bytes_sent.is_none() && row.bytes_received.is_none())
        {
            talk.heads.truncate(5);
            talk.rows.iter_mut().for_each(|row| row.cells.truncate(5));
        }
        looked.tables.push(talk);
        let unit = if day.slot_us == stamp::HOUR {
            "Hour (UTC)"
        } else {
            "Day (UTC)"
        };
        let mut slots = table(
            "Who called most, and when",
            &[unit, "Connections", "Most by"],
            0b10,
        );
        slots.rows = day
            .slots
            .iter()
            .map(|slot| {
                let top = slot
                    .top
                    .iter()
                    .map(|(host, n)| format!("{host} ({})", number(*n)));
                let top: Vec<String> = top.collect();
                line(
                    vec![moment(Some(slot.start)), number(slot.n), top.join(", ")],
                    String::new(),
                )
            })
            .collect();
        looked.tables.push(slots);
        let mut offers = table(
            "Services of yours",
            &[
                "Machine",
                "Service",
                "From the internet",
                "From inside",
                "Askers",
                "First seen (UTC)",
            ],
            0b1_1100,
        );
        offers.n_beyond = day.n_offers - day.offers.len() as u64;
        offers.rows = day
            .offers
            .iter()
            .map(|row| {
                let cells = vec![
                    row.host.clone(),
                    service((row.proto, row.port)),
                    number(row.n_outside),
                    number(row.n_inside),
                    number(row.n_clients),
                    moment(row.first),
                ];
                let filter = match row.port {
                    0 => format!("server:{}", row.host),
                    port => format!(
                        "server:{} service:{port}/{}",
                        row.host,
                        proto::name(row.proto)
                    ),
                };
                line(cells, filter)
            })
            .collect();
        looked.tables.push(offers);
        looked.tables.push(self.census());
    }

    fn census(&self) -> Table {
        let mut out = table(
            "Ports that outsiders send to",
            &[
                "Port",
                "Registry",
                "What comes",
                "Senders",
                "Your machines",
                "Note",
            ],
            0b1_1000,
        );
        let rows = census::ports(&self.data);
        out.n_beyond = rows.len().saturating_sub(MAX_CENSUS) as u64;
        out.rows = rows
            .into_iter()
            .take(MAX_CENSUS)
            .map(|row| {
                let kind = match row.kind() {
                    "backscatter" => "answers nobody asked for",
                    "attempts" => "attempts",
                    _ => "lines without flags",
                };
                let cells = vec![
                    service((row.proto, row.port)),
                    ports::standing(row.proto, row.port).name().into(),
                    kind.into(),
                    number(row.n_sources),
                    number(row.n_targets),
                    row.note.unwrap_or_default().into(),
                ];
                let filter = match kind {
                    "attempts" => format!(
                        "dir:inbound service:{}/{}",
                        row.port,
                        proto::name(row.proto)
                    ),
                    _ => format!("port:{} proto:{}", row.port, proto::name(row.proto)),
                };
                line(cells, filter)
            })
            .collect();
        out
    }

    fn changes(&self, looked: &mut Looked, before: &Profile) {
        let changes = compare(&profile(&self.data, &self.index), before);
        looked.says.push(changes.headline());
        looked.says.extend(changes.limits.clone());
        let mut out = table("", &["What", "Now", "Normal day", "How sure"], 0b110);
        out.n_beyond = changes.n_beyond;
        out.rows = changes
            .list
            .into_iter()
            .map(|change| {
                let host = &change.subject.host;
                let mut filter = match change.subject.kind.name() {
                    "machine" => format!("host:{host}"),
                    "calls" => format!("dir:outbound client:{host}"),
                    "knocks" => "dir:inbound".into(),
                    _ => format!("server:{host}"),
                };
                if let Some((number, port)) = change.subject.service.filter(|(_, port)| *port > 0) {
                    filter = format!("{filter} service:{port}/{}", proto::name(number));
                }
                if change.now.n == 0 {
                    filter.clear();
                }
                let cells = vec![
                    change.sentence,
                    number(change.now.n),
                    number(change.before.n),
                    chance(change.surprise),
                ];
                line(cells, filter)
            })
            .collect();
        if !out.rows.is_empty() {
            looked.tables.push(out);
        }
    }

    fn watched(&self, looked: &mut Looked) {
        let data = &self.data;
        let Some(list) = &data.settings.watch else {
            return;
        };
        looked.says.push(match data.watched.len() as u64 {
            0 => format!(
                "None of the {} of your list is in this log.",
                count(list.n_entries() as u64, "entry", "entries")
            ),
            n => format!(
                "{} of {} of your list met; what was let through stands first, then what yours called.",
                number(n),
                count(list.n_entries() as u64, "entry", "entries")
            ),
        });
        let mut out = table(
            "",
            &[
                "Entry",
                "Remark",
                "Ways",
                "Let through",
                "Stopped",
                "Connections",
            ],
            0b11_1000,
        );
        out.rows = data
            .watched
            .iter()
            .map(|hit| {
                let cells = vec![
                    list.entry(hit.entry).to_string(),
                    list.remark(hit.entry).to_string(),
                    ways(hit),
                    number(hit.n_allowed),
                    number(hit.n_denied),
                    number(hit.sessions.len() as u64),
                ];
                let hosts = hit.hosts(data, list);
                let is_of_port = list.is_of_any_host(hit.entry);
                let names: Vec<String> = hosts
                    .iter()
                    .take(MAX_HOSTS)
                    .map(|host| host.text(&data.names))
                    .collect();
                let mut filter = String::new();
                if !is_of_port && hosts.len() <= MAX_HOSTS {
                    filter = format!("host:{} ", names.join(","));
                }
                if let Some(port) = list.port(hit.entry) {
                    filter = format!("{filter}port:{port}");
                }
                line(cells, filter)
            })
            .collect();
        if !out.rows.is_empty() {
            looked.tables.push(out);
        }
    }

    fn picture(&self, id: &str) -> Option<Picture> {
        let number = u64::from_str_radix(id, 16).ok()?;
        let incident = self
            .data
            .incidents
            .iter()
            .find(|incident| incident.id == number)?;
        match incident.verdict {
            Verdict::Beacon => Calls::of(&self.data, incident).map(Picture::Rhythm),
            Verdict::Scan => Raster::of(&self.data, incident).map(Picture::Raster),
            _ => None,
        }
    }
}

/// "our machines → internet (12), …", most first as the directions stand.
fn ways(hit: &Hit) -> String {
    let all = Direction::ALL.iter().zip(hit.directions);
    let some = all.filter(|(_, n)| *n > 0);
    let texts: Vec<String> = some
        .map(|(way, n)| format!("{} ({})", label(*way), number(n)))
        .collect();
    texts.join(", ")
}

fn table(title: &str, heads: &[&str], numeric: u32) -> Table {
    Table {
        title: title.into(),
        heads: heads.iter().map(ToString::to_string).collect(),
        numeric,
        ..Table::default()
    }
}

fn line(cells: Vec<String>, filter: String) -> Line {
    Line { cells, filter }
}

/// "2024-02-19 10:15".
fn moment(at: Option<Micros>) -> String {
    let text = at.map(stamp::rfc3339).unwrap_or_default();
    text.get(..16).unwrap_or_default().replace('T', " ")
}
