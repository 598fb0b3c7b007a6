//! Who started it, from where to where: a bar for each direction, split by what became of the sessions. Blocked
//! replies stand, hatched, under the direction of their conversation.

use super::bars::{Bar, Plan, draw};
use super::palette::Palette;
use super::record::record;
use super::scene::Scene;
use crate::engine::explain::words::number as words;
use crate::engine::summary::directions::{Directions, label};
use crate::engine::summary::filter::words::outcome_words;

/// `width` in pixels, 280 and up.
pub fn scene(data: &Directions, width: u32) -> Scene {
    let bars: Vec<Bar> = data
        .rows
        .iter()
        .filter(|row| !row.split.is_empty())
        .map(|row| Bar {
            id: format!("dir-{}", row.direction.name()),
            label: label(row.direction).into(),
            detail: String::new(),
            is_flagged: false,
            split: row.split,
            filter: Some(format!("dir:{}", row.direction.name())),
            tooltip: tooltip(label(row.direction), row.split),
        })
        .collect();
    let plan = Plan::new(width, &bars);
    let title = format!("{} sessions by who started them", words(data.total()));
    record(width, plan.height(), &title, |area, pen| {
        draw(area, &plan, &bars, &Palette::roles(), pen);
    })
}

/// "inside: 41 sessions (40 worked, 1 blocked)".
pub(super) fn tooltip(label: &str, split: crate::engine::summary::Split) -> String {
    let parts: Vec<String> = split
        .parts()
        .map(|(outcome, n)| format!("{} {}", words(n), outcome_words(outcome)))
        .collect();
    let noun = if split.total() == 1 {
        "session"
    } else {
        "sessions"
    };
    format!(
        "{label}: {} {noun} ({})",
        words(split.total()),
        parts.join(", ")
    )
}
