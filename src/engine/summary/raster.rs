//! The attempts of a scan by whom they tried and at which port: targets by ports. Neighbours share a row or a column
//! where there are too many.

use crate::engine::dataset::{Dataset, Facts, Incident, Outcome};
use crate::engine::model::order::Order;
use crate::engine::model::{Host, ports, proto};
use serde::{Deserialize, Serialize};

const MAX_ROWS: usize = 20;
const MAX_COLUMNS: usize = 48;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raster {
    /// Targets by address, ports by number.
    pub rows: Vec<Line>,
    pub columns: Vec<Line>,
    /// Row after row.
    pub cells: Vec<Cell>,
    pub n_targets: u64,
    pub n_ports: u64,
}

/// A row or a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// "10.0.0.5", "22 ssh", or the first and the last of some.
    pub label: String,
    pub n: u32,
    pub n_answered: u32,
    /// Of one target or port only.
    pub filter: Option<String>,
}

/// Attempts, and those of them that were let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub n: u32,
    pub n_answered: u32,
}

impl Raster {
    /// `None` where nobody can tell who tried what.
    pub fn of(data: &Dataset, incident: &Incident) -> Option<Raster> {
        let tries: Vec<(Host, (u16, u8), bool)> = incident
            .sessions
            .iter()
            .filter_map(|at| {
                let session = data.sessions.get(*at as usize)?;
                let (_, responder) = session.parties(data)?;
                let port = (responder.port?, session.proto(data));
                let was_answered = session.outcome == Outcome::Worked
                    || session.facts.has(Facts::ALLOWED) && !session.facts.has(Facts::DENIED);
                Some((responder.host, port, was_answered))
            })
            .collect();
        let targets = distinct(tries.iter().map(|(host, ..)| host.bits()));
        let doors = distinct(tries.iter().map(|(_, port, _)| door(*port)));
        if targets.is_empty() {
            return None;
        }
        let (rows, columns) = (Bins::of(&targets, MAX_ROWS), Bins::of(&doors, MAX_COLUMNS));
        let mut raster = Raster {
            rows: rows.lines(|bits| {
                let at = tries.iter().find(|(host, ..)| host.bits() == bits);
                let text = at.map_or(String::new(), |(host, ..)| host.text(&data.names));
                (text.clone(), format!("server:{text}"))
            }),
            columns: columns.lines(|door| {
                let (port, number) = ((door >> 8) as u16, door as u8);
                let name = ports::service_name(number, port)
                    .map_or(String::new(), |name| format!(" {name}"));
                (
                    format!("{port}{name}"),
                    format!("service:{port}/{}", proto::name(number)),
                )
            }),
            cells: vec![Cell::default(); rows.n * columns.n],
            n_targets: targets.len() as u64,
            n_ports: doors.len() as u64,
        };
        let only = format!("incident:{:016x} ", incident.id);
        for line in raster.rows.iter_mut().chain(&mut raster.columns) {
            line.filter = line.filter.take().map(|filter| format!("{only}{filter}"));
        }
        for (host, port, was_answered) in tries {
            let (row, column) = (rows.at(host.bits()), columns.at(door(port)));
            let answered = u32::from(was_answered);
            let cell = &mut raster.cells[row * columns.n + column];
            cell.n += 1;
            cell.n_answered += answered;
            for line in [&mut raster.rows[row], &mut raster.columns[column]] {
                line.n += 1;
                line.n_answered += answered;
            }
        }
        Some(raster)
    }
}

fn door((port, number): (u16, u8)) -> u128 {
    u128::from(port) << 8 | u128::from(number)
}

fn distinct(values: impl Iterator<Item = u128>) -> Vec<u128> {
    let mut values: Vec<u128> = values.collect();
    values.order();
    values.dedup();
    values
}

/// Neighbouring values share a bin; each holds as many.
struct Bins<'v> {
    values: &'v [u128],
    size: usize,
    n: usize,
}

impl Bins<'_> {
    fn of(values: &[u128], most: usize) -> Bins<'_> {
        let size = values.len().div_ceil(most).max(1);
        Bins {
            values,
            size,
            n: values.len().div_ceil(size),
        }
    }

    fn at(&self, value: u128) -> usize {
        self.values.partition_point(|known| *known < value) / self.size
    }

    fn lines(&self, words: impl Fn(u128) -> (String, String)) -> Vec<Line> {
        let line = |bin: &[u128]| {
            let (first, filter) = words(bin[0]);
            let label = match bin {
                [_] => first,
                _ => format!("{first} – {}", words(bin[bin.len() - 1]).0),
            };
            Line {
                label,
                filter: (bin.len() == 1).then_some(filter),
                ..Line::default()
            }
        };
        self.values.chunks(self.size).map(line).collect()
    }
}
