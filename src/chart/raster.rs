//! A scan as a raster: a row for each target, a column for each port, a square for what was tried. What was let in has
//! a frame, so that color is not all that tells it.

use super::bars::{SMALL_PX, text};
use super::metrics::{self, Weight};
use super::palette::{Palette, Role};
use super::record::{Pen, record};
use super::scene::{Mark, Scene};
use crate::engine::explain::words::{count, number};
use crate::engine::summary::raster::{Cell, Line, Raster};
use plotters::coord::Shift;
use plotters::prelude::{Color, DrawingArea, DrawingBackend, Rectangle};
use plotters::style::text_anchor::HPos;

const ROW_PX: i32 = 16;
const FOOT_PX: i32 = 44;
const MAX_CELL_PX: i32 = 22;
/// Labels of rows take at most this part of the width, per cent.
const MAX_LABEL: u32 = 42;

/// `width` in pixels, 280 and up.
pub fn scene(data: &Raster, width: u32) -> Scene {
    let height = data.rows.len() as i32 * ROW_PX + FOOT_PX;
    let title = format!(
        "{} at {}",
        count(data.n_targets, "machine", "machines"),
        count(data.n_ports, "port", "ports")
    );
    record(width, height as u32, &title, |area, pen| {
        draw(area, data, width, pen);
    })
}

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    data: &Raster,
    width: u32,
    pen: &dyn Pen,
) -> Option<()> {
    let palette = Palette::roles();
    let widest = data.rows.iter().map(|row| measured(&row.label)).max();
    let left = widest.unwrap_or(0).min(width * MAX_LABEL / 100) as i32 + 10;
    let n_columns = data.columns.len().max(1) as i32;
    let cell_px = ((width as i32 - left - 2) / n_columns).clamp(2, MAX_CELL_PX);
    let bottom = data.rows.len() as i32 * ROW_PX;
    for (nth, row) in data.rows.iter().enumerate() {
        let top = nth as i32 * ROW_PX;
        let cells = data.cells.chunks(data.columns.len().max(1)).nth(nth)?;
        pen.mark(Some(mark(data, nth, row, cells)));
        let whole = [(0, top), (left + n_columns * cell_px, top + ROW_PX)];
        area.draw(&Rectangle::new(whole, palette.color(Role::Clear).filled()))
            .ok()?;
        let label = fitting(&row.label, (left - 10) as u32);
        text(
            area,
            &label,
            (left - 10, top + ROW_PX / 2),
            HPos::Right,
            SMALL_PX,
            &palette,
            Role::Soft,
        )?;
        for (column, cell) in cells.iter().enumerate() {
            let x = left + column as i32 * cell_px;
            let square = [(x, top + 2), (x + cell_px - 1, top + ROW_PX - 2)];
            let role = match (cell.n, cell.n_answered) {
                (0, _) => Role::Line,
                (_, 0) => Role::Blocked,
                _ => Role::Worked,
            };
            area.draw(&Rectangle::new(square, palette.color(role).filled()))
                .ok()?;
            if cell.n_answered > 0 {
                area.draw(&Rectangle::new(square, palette.color(Role::Ink)))
                    .ok()?;
            }
        }
    }
    pen.mark(None);
    ports(area, data, (left, bottom, cell_px), &palette)?;
    let n_in: u32 = data.rows.iter().map(|row| row.n_answered).sum();
    let key = match n_in {
        0 => "every attempt was refused or got no answer".into(),
        n => format!("framed: let in ({})", number(u64::from(n))),
    };
    text(
        area,
        &key,
        (0, bottom + FOOT_PX - 10),
        HPos::Left,
        SMALL_PX,
        &palette,
        Role::Soft,
    )
}

/// The first and the last port, below their columns; one port alone is named.
fn ports<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    data: &Raster,
    (left, bottom, cell_px): (i32, i32, i32),
    palette: &Palette,
) -> Option<()> {
    let right = left + data.columns.len() as i32 * cell_px;
    let (first, last) = (data.columns.first()?, data.columns.last()?);
    let y = bottom + 12;
    let room = (right - left).max(0) as u32;
    let both = measured(&first.label) + measured(&last.label) + 16;
    if data.columns.len() == 1 || both > room {
        let all = match data.columns.len() {
            1 => format!("port {}", first.label),
            _ => format!("ports {} … {}", first.label, last.label),
        };
        return text(
            area,
            &all,
            (0, y),
            HPos::Left,
            SMALL_PX,
            palette,
            Role::Soft,
        );
    }
    text(
        area,
        &first.label,
        (left, y),
        HPos::Left,
        SMALL_PX,
        palette,
        Role::Soft,
    )?;
    text(
        area,
        &last.label,
        (right, y),
        HPos::Right,
        SMALL_PX,
        palette,
        Role::Soft,
    )
}

/// "10.20.1.9: 30 attempts at 28 ports, 1 let in".
fn mark(data: &Raster, nth: usize, row: &Line, cells: &[Cell]) -> Mark {
    let n_tried = cells.iter().filter(|cell| cell.n > 0).count();
    let is_a_port_each = data.columns.len() as u64 == data.n_ports;
    let at = match n_tried {
        n if is_a_port_each => count(n as u64, "port", "ports"),
        _ => "many ports".into(),
    };
    let let_in = match row.n_answered {
        0 => String::new(),
        n => format!(", {} let in", number(u64::from(n))),
    };
    Mark {
        id: format!("row-{nth}"),
        label: format!(
            "{}: {} at {at}{let_in}",
            row.label,
            count(u64::from(row.n), "attempt", "attempts")
        ),
        filter: row.filter.clone(),
    }
}

fn measured(label: &str) -> u32 {
    metrics::width(label, SMALL_PX, Weight::Plain)
}

/// Cut in the middle of nothing: the beginning of an address says most.
fn fitting(label: &str, room: u32) -> String {
    if measured(label) <= room {
        return label.into();
    }
    let mut short = String::new();
    for letter in label.chars() {
        if measured(&short) + measured("…m") > room {
            break;
        }
        short.push(letter);
    }
    short.push('…');
    short
}
