//! Rows of stacked bars: what the charts of directions and of ports share. Text sizes, room for labels, the legend.

use super::metrics::{self, Weight};
use super::palette::{Palette, Role, Texture};
use super::record::Pen;
use super::scene::Mark;
use crate::engine::dataset::Outcome;
use crate::engine::explain::words::number as words;
use crate::engine::summary::Split;
use crate::engine::summary::filter::words::outcome_words;
use crate::engine::summary::split::STACK;
use plotters::coord::Shift;
use plotters::prelude::{
    Color, DrawingArea, DrawingBackend, FontStyle, IntoFont, Polygon, Rectangle, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub const LABEL_PX: u32 = 13;
pub const SMALL_PX: u32 = 12;
/// From this width on labels stand beside their bars, below it above them.
const SIDE_BY_SIDE_PX: u32 = 440;
const GAP_PX: u32 = 12;
/// Narrower parts could neither be seen nor be hit.
const MIN_PART_PX: u32 = 4;
/// A texture on less than its own tile would hide the color instead of adding to it.
pub const MIN_TEXTURE_PX: u32 = 8;

/// One row of a chart.
pub struct Bar {
    /// For ids of marks.
    pub id: String,
    /// In ink, then in the soft color.
    pub label: String,
    pub detail: String,
    /// A small flag before the label: look here.
    pub is_flagged: bool,
    pub split: Split,
    /// Of the whole row.
    pub filter: Option<String>,
    pub tooltip: String,
}

/// Where things stand; from the width alone, so the page can ask for the height before it draws.
pub struct Plan {
    width: u32,
    is_side_by_side: bool,
    label_px: u32,
    total_px: u32,
    row_px: u32,
    bar_px: u32,
    legend: Vec<Vec<Outcome>>,
    n_rows: u32,
}

const LEGEND_LINE_PX: u32 = 20;
const SWATCH_PX: u32 = 11;

impl Plan {
    pub fn new(width: u32, bars: &[Bar]) -> Plan {
        let is_side_by_side = width >= SIDE_BY_SIDE_PX;
        let label_width = |bar: &Bar| full_label_width(bar);
        let widest = bars.iter().map(label_width).max().unwrap_or(0);
        let label_px = if is_side_by_side {
            widest.min(width * 42 / 100)
        } else {
            0
        };
        let total_px = bars
            .iter()
            .map(|bar| number_width(bar.split.total()))
            .max()
            .unwrap_or(0);
        let (row_px, bar_px) = if is_side_by_side { (32, 18) } else { (44, 14) };
        Plan {
            width,
            is_side_by_side,
            label_px,
            total_px,
            row_px,
            bar_px,
            legend: legend(bars, width),
            n_rows: bars.len() as u32,
        }
    }

    pub fn height(&self) -> u32 {
        let legend = self.legend.len() as u32 * LEGEND_LINE_PX;
        (self.n_rows * self.row_px + if legend > 0 { legend + 6 } else { 0 }).max(self.row_px)
    }

    /// Left end and greatest length of bars.
    fn track(&self) -> (u32, u32) {
        if !self.is_side_by_side {
            return (0, self.width);
        }
        let left = self.label_px + GAP_PX;
        (
            left,
            self.width
                .saturating_sub(left + GAP_PX + self.total_px)
                .max(20),
        )
    }
}

type Area<B> = DrawingArea<B, Shift>;

/// Draws rows and legend. A drawing on memory cannot fail; on other backends the first error ends it.
pub fn draw<B: DrawingBackend>(
    area: &Area<B>,
    plan: &Plan,
    bars: &[Bar],
    palette: &Palette,
    pen: &dyn Pen,
) -> Option<()> {
    let most = bars
        .iter()
        .map(|bar| bar.split.total())
        .max()
        .unwrap_or(0)
        .max(1);
    let (left, length) = plan.track();
    for (at, bar) in bars.iter().enumerate() {
        let top = at as i32 * plan.row_px as i32;
        let (text_y, bar_y) = if plan.is_side_by_side {
            (
                top + plan.row_px as i32 / 2,
                top + (plan.row_px as i32 - plan.bar_px as i32) / 2,
            )
        } else {
            (top + 10, top + 22)
        };
        pen.mark(Some(Mark {
            id: bar.id.clone(),
            label: bar.tooltip.clone(),
            filter: bar.filter.clone(),
        }));
        let row = ((0, top), (plan.width as i32, top + plan.row_px as i32 - 2));
        area.draw(&Rectangle::new(
            [row.0, row.1],
            palette.color(Role::Clear).filled(),
        ))
        .ok()?;
        let room = if plan.is_side_by_side {
            plan.label_px
        } else {
            plan.width.saturating_sub(plan.total_px + GAP_PX)
        };
        label(area, bar, room, text_y, palette)?;
        let total = words(bar.split.total());
        text(
            area,
            &total,
            (plan.width as i32, text_y),
            HPos::Right,
            LABEL_PX,
            palette,
            Role::Ink,
        )?;
        let mut x = left as i32;
        for (outcome, n, part_px) in parts(bar.split, most, length) {
            pen.mark(Some(Mark {
                id: format!("{}-{}", bar.id, outcome.name()),
                label: format!(
                    "{}: {} {} of {}",
                    bar.label,
                    words(n),
                    outcome_words(outcome),
                    words(bar.split.total())
                ),
                filter: bar
                    .filter
                    .as_ref()
                    .map(|filter| format!("{filter} outcome:{}", outcome.name())),
            }));
            pen.texture(Texture::of(outcome).filter(|_| part_px >= MIN_TEXTURE_PX));
            let end = x + part_px as i32;
            // One pixel of card between parts keeps neighbours apart whatever their colors.
            let corners = [
                (x, bar_y),
                ((end - 1).max(x + 1), bar_y + plan.bar_px as i32),
            ];
            area.draw(&Rectangle::new(
                corners,
                palette.color(Role::of(outcome)).filled(),
            ))
            .ok()?;
            pen.texture(None);
            x = end;
        }
        pen.mark(None);
    }
    let top = (plan.n_rows * plan.row_px + 6) as i32;
    draw_legend(area, &plan.legend, top, palette, pen)
}

fn label<B: DrawingBackend>(
    area: &Area<B>,
    bar: &Bar,
    room: u32,
    y: i32,
    palette: &Palette,
) -> Option<()> {
    let mut x = 0;
    let mut room = room;
    if bar.is_flagged {
        let flag = [(x, y + 5), (x + 10, y + 5), (x + 5, y - 5)];
        area.draw(&Polygon::new(
            flag.to_vec(),
            palette.color(Role::Unanswered).filled(),
        ))
        .ok()?;
        x += 15;
        room = room.saturating_sub(15);
    }
    let shown = metrics::fit(&bar.label, LABEL_PX, Weight::Plain, room);
    text(
        area,
        &shown,
        (x, y),
        HPos::Left,
        LABEL_PX,
        palette,
        Role::Ink,
    )?;
    let used = metrics::width(&shown, LABEL_PX, Weight::Plain) + 6;
    let detail = metrics::fit(
        &bar.detail,
        SMALL_PX,
        Weight::Plain,
        room.saturating_sub(used),
    );
    text(
        area,
        &detail,
        (x + used as i32, y),
        HPos::Left,
        SMALL_PX,
        palette,
        Role::Soft,
    )
}

/// A text with its middle at `y`; an empty one draws nothing.
pub fn text<B: DrawingBackend>(
    area: &Area<B>,
    text: &str,
    (x, y): (i32, i32),
    anchor: HPos,
    size: u32,
    palette: &Palette,
    role: Role,
) -> Option<()> {
    if text.is_empty() {
        return Some(());
    }
    let color = palette.color(role);
    let style = ("sans-serif", size, FontStyle::Normal)
        .into_font()
        .color(&color)
        .pos(Pos::new(anchor, VPos::Center));
    area.draw(&Text::new(text.to_string(), (x, y), style)).ok()
}

/// Each part's pixels: in proportion, none invisible, together never longer than the track.
pub fn parts(split: Split, most: u64, track_px: u32) -> Vec<(Outcome, u64, u32)> {
    let total = split.total();
    if total == 0 {
        return Vec::new();
    }
    let length = (u128::from(total) * u128::from(track_px) / u128::from(most.max(1))) as u32;
    let mut parts: Vec<(Outcome, u64, u32)> = split
        .parts()
        .map(|(outcome, n)| {
            let px = (u128::from(n) * u128::from(length) / u128::from(total)) as u32;
            (outcome, n, px.max(MIN_PART_PX))
        })
        .collect();
    let too_long = parts
        .iter()
        .map(|part| part.2)
        .sum::<u32>()
        .saturating_sub(length.max(MIN_PART_PX * parts.len() as u32));
    if let Some(longest) = parts.iter_mut().max_by_key(|part| part.2) {
        longest.2 = longest.2.saturating_sub(too_long).max(MIN_PART_PX);
    }
    parts
}

/// Outcomes that occur, in lines that fit.
fn legend(bars: &[Bar], width: u32) -> Vec<Vec<Outcome>> {
    let present = STACK
        .into_iter()
        .filter(|outcome| bars.iter().any(|bar| bar.split.of(*outcome) > 0));
    legend_lines(present, width)
}

pub fn legend_lines(present: impl Iterator<Item = Outcome>, width: u32) -> Vec<Vec<Outcome>> {
    let mut lines: Vec<Vec<Outcome>> = Vec::new();
    let mut used = 0;
    for outcome in present {
        let item = legend_width(outcome);
        match lines.last_mut() {
            Some(line) if used + item <= width + GAP_PX => {
                line.push(outcome);
                used += item;
            }
            _ => {
                lines.push(vec![outcome]);
                used = item;
            }
        }
    }
    lines
}

fn legend_width(outcome: Outcome) -> u32 {
    SWATCH_PX + 6 + metrics::width(outcome_words(outcome), SMALL_PX, Weight::Plain) + GAP_PX
}

pub fn draw_legend<B: DrawingBackend>(
    area: &Area<B>,
    lines: &[Vec<Outcome>],
    top: i32,
    palette: &Palette,
    pen: &dyn Pen,
) -> Option<()> {
    for (at, line) in lines.iter().enumerate() {
        let middle = top + at as i32 * LEGEND_LINE_PX as i32 + LEGEND_LINE_PX as i32 / 2;
        let mut x = 0;
        for outcome in line {
            pen.mark(Some(Mark {
                id: format!("legend-{}", outcome.name()),
                label: format!("only: {}", outcome_words(*outcome)),
                filter: Some(format!("outcome:{}", outcome.name())),
            }));
            pen.texture(Texture::of(*outcome));
            let half = SWATCH_PX as i32 / 2;
            let corners = [
                (x, middle - half),
                (x + SWATCH_PX as i32, middle + half + 1),
            ];
            area.draw(&Rectangle::new(
                corners,
                palette.color(Role::of(*outcome)).filled(),
            ))
            .ok()?;
            pen.texture(None);
            let at = (x + SWATCH_PX as i32 + 6, middle);
            text(
                area,
                outcome_words(*outcome),
                at,
                HPos::Left,
                SMALL_PX,
                palette,
                Role::Soft,
            )?;
            x += legend_width(*outcome) as i32;
        }
    }
    pen.mark(None);
    Some(())
}

pub fn legend_height(lines: &[Vec<Outcome>]) -> u32 {
    lines.len() as u32 * LEGEND_LINE_PX
}

fn full_label_width(bar: &Bar) -> u32 {
    let flag = if bar.is_flagged { 15 } else { 0 };
    let detail = if bar.detail.is_empty() {
        0
    } else {
        6 + metrics::width(&bar.detail, SMALL_PX, Weight::Plain)
    };
    flag + metrics::width(&bar.label, LABEL_PX, Weight::Plain) + detail
}

fn number_width(n: u64) -> u32 {
    metrics::width(&words(n), LABEL_PX, Weight::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_is_invisible_and_no_bar_too_long() {
        let split = Split([1_000_000, 1, 1, 1, 1, 1, 1]);
        let parts = parts(split, 1_000_006, 200);
        assert_eq!(parts.len(), 7);
        assert!(parts.iter().all(|part| part.2 >= MIN_PART_PX));
        assert_eq!(parts.iter().map(|part| part.2).sum::<u32>(), 200);
    }
}
