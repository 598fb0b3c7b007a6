//! Services by sessions: the port that was asked for, with its registered name; odd ones carry a flag.

use super::bars::{Bar, Plan, draw};
use super::directions::tooltip;
use super::palette::Palette;
use super::record::record;
use super::scene::Scene;
use crate::engine::explain::words::number as words;
use crate::engine::summary::Split;
use crate::engine::summary::ports::{PortRow, Ports};

/// `width` in pixels, 280 and up. The `max_rows` largest have a bar each; the others share one.
pub fn scene(data: &Ports, width: u32, max_rows: usize) -> Scene {
    let mut bars: Vec<Bar> = data.rows.iter().take(max_rows).map(bar).collect();
    let mut others = data
        .rows
        .iter()
        .skip(max_rows)
        .fold(Split::default(), |mut sum, row| {
            sum += row.split;
            sum
        });
    others += data.rest;
    if !others.is_empty() {
        let n = data.n_services - bars.len() as u64;
        let label = format!("{} other{}", words(n), if n == 1 { "" } else { "s" });
        bars.push(Bar {
            id: "service-others".into(),
            tooltip: tooltip(&label, others),
            label,
            detail: String::new(),
            is_flagged: false,
            split: others,
            filter: None,
        });
    }
    let plan = Plan::new(width, &bars);
    let title = format!("{} sessions by the service asked for", words(data.total()));
    record(width, plan.height(), &title, |area, pen| {
        draw(area, &plan, &bars, &Palette::roles(), pen);
    })
}

fn bar(row: &PortRow) -> Bar {
    let label = row.label();
    let name = row.name.clone().unwrap_or_default();
    let detail = match (row.odd, row.note.as_deref()) {
        (true, Some(note)) if note.starts_with("reserved") => "reserved, odd".into(),
        (true, _) => "no name, odd".into(),
        _ => name,
    };
    let mut says = tooltip(
        &if detail.is_empty() {
            label.clone()
        } else {
            format!("{label} {detail}")
        },
        row.split,
    );
    if let Some(note) = &row.note {
        says.push_str(". ");
        says.push_str(note);
    }
    Bar {
        id: format!("service-{}", label.replace(['/', ' ', '(', ')'], "-")),
        label,
        detail,
        is_flagged: row.odd,
        split: row.split,
        filter: Some(row.filter()),
        tooltip: says,
    }
}
