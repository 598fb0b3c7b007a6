//! Calls at even distances: rows of a few periods, a line for each period, a dot for each call. A beacon's dots stand
//! in columns; missed calls are holes.

use super::bars::{SMALL_PX, text};
use super::metrics::{self, Weight};
use super::palette::{Palette, Role};
use super::record::{Pen, record};
use super::scene::{Mark, Scene};
use crate::engine::explain::words::{count, duration};
use crate::engine::model::Micros;
use crate::engine::model::stamp::rfc3339;
use crate::engine::summary::filter::Filter;
use crate::engine::summary::rhythm::{Calls, Row};
use plotters::coord::Shift;
use plotters::prelude::{Circle, Color, DrawingArea, DrawingBackend, PathElement, Rectangle};
use plotters::style::text_anchor::HPos;

const ROW_PX: i32 = 16;
const FOOT_PX: i32 = 22;
const DOT_PX: i32 = 3;
/// Lines nearer to each other than this would be a grey ground.
const MIN_STEP_PX: i64 = 5;

/// `width` in pixels, 280 and up.
pub fn scene(data: &Calls, width: u32) -> Scene {
    let rows = data.rows();
    let height = rows.len() as i32 * ROW_PX + FOOT_PX;
    let title = format!(
        "{} of {}, about every {}",
        count(data.n_calls, "call", "calls"),
        data.client,
        duration(data.period_us)
    );
    let labels: Vec<String> = rows.iter().map(|row| label(row.calls[0])).collect();
    let widest = labels
        .iter()
        .map(|label| metrics::width(label, SMALL_PX, Weight::Plain))
        .max();
    let left = widest.unwrap_or(0) as i32 + 10;
    let plan = Plan {
        left,
        right: width as i32 - 4,
        row_us: data.row_us().max(1),
    };
    record(width, height as u32, &title, |area, pen| {
        draw(area, data, &rows, &labels, plan, pen);
    })
}

#[derive(Clone, Copy)]
struct Plan {
    left: i32,
    right: i32,
    row_us: Micros,
}

impl Plan {
    fn x(self, into_us: Micros) -> i32 {
        let wide = i64::from(self.right - self.left);
        self.left
            + (i128::from(into_us.clamp(0, self.row_us)) * i128::from(wide)
                / i128::from(self.row_us)) as i32
    }
}

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    data: &Calls,
    rows: &[Row<'_>],
    labels: &[String],
    plan: Plan,
    pen: &dyn Pen,
) -> Option<()> {
    let palette = Palette::roles();
    let bottom = rows.len() as i32 * ROW_PX;
    let step_px = i64::from(plan.right - plan.left) / data.n_periods_a_row.max(1);
    // Half a period in: where the calls are expected.
    for nth in 0..data.n_periods_a_row {
        if step_px < MIN_STEP_PX && nth % 10 != 0 {
            continue;
        }
        let x = plan.x(data.period_us * nth + data.period_us / 2);
        let line = PathElement::new(vec![(x, 0), (x, bottom)], palette.color(Role::Line));
        area.draw(&line).ok()?;
    }
    for (nth, (row, label)) in rows.iter().zip(labels).enumerate() {
        let (top, middle) = (nth as i32 * ROW_PX, nth as i32 * ROW_PX + ROW_PX / 2);
        let end = row.start + plan.row_us;
        let time = Filter {
            terms: vec![Filter::between(row.start, end)],
        };
        pen.mark(Some(Mark {
            id: format!("calls-{nth}"),
            label: format!(
                "from {label}: {}",
                count(row.calls.len() as u64, "call", "calls")
            ),
            filter: Some(format!("{} {time}", data.filter)),
        }));
        let whole = Rectangle::new(
            [(0, top), (plan.right, top + ROW_PX)],
            palette.color(Role::Clear).filled(),
        );
        area.draw(&whole).ok()?;
        text(
            area,
            label,
            (plan.left - 10, middle),
            HPos::Right,
            SMALL_PX,
            &palette,
            Role::Soft,
        )?;
        for call in row.calls {
            let dot = Circle::new(
                (plan.x(call - row.start), middle),
                DOT_PX,
                palette.color(Role::Accent).filled(),
            );
            area.draw(&dot).ok()?;
        }
    }
    pen.mark(None);
    let foot = format!("a line every {}, a dot a call", duration(data.period_us));
    // Below the lines where it fits there, else from the left.
    let room = (plan.right - plan.left).max(0) as u32;
    let fits = metrics::width(&foot, SMALL_PX, Weight::Plain) <= room;
    let place = (if fits { plan.left } else { 0 }, bottom + FOOT_PX / 2);
    text(
        area,
        &foot,
        place,
        HPos::Left,
        SMALL_PX,
        &palette,
        Role::Soft,
    )
}

/// "10-05 14:20".
pub fn label(at: Micros) -> String {
    rfc3339(at).get(5..16).unwrap_or_default().replace('T', " ")
}
