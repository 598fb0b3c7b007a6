//! Sessions over time, stacked by what became of them. Where the log itself is silent, the ground is hatched.

use super::bars::{
    MIN_TEXTURE_PX, SMALL_PX, draw_legend, legend_height, legend_lines, parts, text,
};
use super::directions::tooltip;
use super::metrics::{self, Weight};
use super::palette::{Palette, Role, Texture};
use super::record::{Pen, record};
use super::scene::{Mark, Scene, TimeScale};
use crate::engine::explain::words::number as words;
use crate::engine::model::Micros;
use crate::engine::model::stamp::{DAY, HOUR, MINUTE, SECOND, rfc3339};
use crate::engine::summary::Split;
use crate::engine::summary::filter::Filter;
use crate::engine::summary::split::STACK;
use crate::engine::summary::timeline::Timeline;
use plotters::coord::Shift;
use plotters::prelude::{ChartBuilder, Color, DrawingArea, DrawingBackend, PathElement, Rectangle};
use plotters::style::text_anchor::HPos;

const PLOT_PX: u32 = 128;
const TOP_PX: u32 = 8;
const AXIS_PX: u32 = 24;
/// Room for the widest level label ("9,999").
const LEFT_PX: u32 = 44;
/// Bars thinner than this (and the pixel between them) are joined.
const MIN_BAR_PX: u32 = 4;

/// `width` in pixels, 280 and up. Labels show the time of a zone `offset_s` seconds east of UTC.
pub fn scene(data: &Timeline, width: u32, offset_s: i32) -> Scene {
    let plot_px = width.saturating_sub(LEFT_PX + 2).max(40);
    let bins = joined(data, plot_px);
    let present = STACK
        .into_iter()
        .filter(|outcome| data.bins.iter().any(|bin| bin.of(*outcome) > 0));
    let legend = legend_lines(present, width);
    let scale = TimeScale {
        left: LEFT_PX as i32,
        right: (LEFT_PX + plot_px) as i32,
        top: TOP_PX as i32,
        bottom: (TOP_PX + PLOT_PX) as i32,
        from: data.start,
        to: data.end(),
        bin_us: data.bin_us,
    };
    let spread = match data.n_spread {
        0 => String::new(),
        n => format!(
            "; of {} the log tells only in which window of time they fell, so they are spread over it",
            words(n)
        ),
    };
    let title = format!("{} sessions over time{spread}", words(data.total()));
    let palette = Palette::roles();
    let picture = Picture {
        data,
        bins: &bins,
        scale,
        offset_s,
        palette: &palette,
    };
    let height = TOP_PX + PLOT_PX + AXIS_PX + legend_height(&legend) + 4;
    let mut scene = record(width, height, &title, |area, pen| {
        if !bins.is_empty() {
            picture.draw(area, pen);
            draw_legend(
                area,
                &legend,
                (TOP_PX + PLOT_PX + AXIS_PX + 4) as i32,
                &palette,
                pen,
            );
        }
    });
    scene.time_scale = (!bins.is_empty()).then_some(scale);
    scene
}

/// Neighbours that share one bar.
struct Bin {
    from: Micros,
    to: Micros,
    split: Split,
}

fn joined(data: &Timeline, plot_px: u32) -> Vec<Bin> {
    let n_bins = data.bins.len() as u32;
    let group = (n_bins * MIN_BAR_PX).div_ceil(plot_px).max(1) as usize;
    let bin = |(at, chunk): (usize, &[Split])| {
        let mut split = Split::default();
        for part in chunk {
            split += *part;
        }
        Bin {
            from: data.bin_start(at * group),
            to: data.bin_start(at * group + group).min(data.end()),
            split,
        }
    };
    data.bins.chunks(group).enumerate().map(bin).collect()
}

struct Picture<'a> {
    data: &'a Timeline,
    bins: &'a [Bin],
    scale: TimeScale,
    offset_s: i32,
    palette: &'a Palette,
}

type Area<B> = DrawingArea<B, Shift>;

impl Picture<'_> {
    /// A drawing on memory cannot fail; on other backends the first error ends it.
    fn draw<B: DrawingBackend>(&self, area: &Area<B>, pen: &dyn Pen) -> Option<()> {
        let (scale, palette) = (self.scale, self.palette);
        let levels = levels(
            self.bins
                .iter()
                .map(|bin| bin.split.total())
                .max()
                .unwrap_or(0),
        );
        let ceiling = levels.last().copied().unwrap_or(1);
        self.gaps(area, pen)?;
        // Plotters lays out the plane; labels are ours, measured before they are placed.
        let size = (scale.right - scale.left, scale.bottom - scale.top);
        let plane = area.clone().shrink((scale.left, scale.top), size);
        let mut chart = ChartBuilder::on(&plane)
            .build_cartesian_2d(scale.from..scale.to, 0..ceiling)
            .ok()?;
        let across = |level: &u64| {
            PathElement::new(
                vec![(scale.from, *level), (scale.to, *level)],
                palette.color(Role::Line),
            )
        };
        chart.draw_series(levels.iter().skip(1).map(across)).ok()?;
        for level in &levels {
            let y = chart.backend_coord(&(scale.from, *level)).1;
            text(
                area,
                &short(*level),
                (scale.left - 8, y),
                HPos::Right,
                SMALL_PX,
                palette,
                Role::Soft,
            )?;
        }
        for bin in self.bins.iter().filter(|bin| !bin.split.is_empty()) {
            self.bar(area, bin, ceiling, pen)?;
        }
        pen.mark(None);
        let base = vec![(scale.left, scale.bottom), (scale.right, scale.bottom)];
        area.draw(&PathElement::new(base, palette.color(Role::Edge)))
            .ok()?;
        for tick in ticks(scale, self.offset_s) {
            let foot = vec![(tick.x, scale.bottom), (tick.x, scale.bottom + 4)];
            area.draw(&PathElement::new(foot, palette.color(Role::Edge)))
                .ok()?;
            text(
                area,
                &tick.label,
                (tick.middle, scale.bottom + 14),
                HPos::Center,
                SMALL_PX,
                palette,
                Role::Soft,
            )?;
        }
        Some(())
    }

    fn bar<B: DrawingBackend>(
        &self,
        area: &Area<B>,
        bin: &Bin,
        ceiling: u64,
        pen: &dyn Pen,
    ) -> Option<()> {
        let scale = self.scale;
        let when = stretch_words(bin.from, bin.to, self.offset_s);
        pen.mark(Some(Mark {
            id: format!("time-{}", bin.from / SECOND),
            label: tooltip(&when, bin.split),
            filter: Some(Filter::between(bin.from, bin.to).to_string()),
        }));
        let (x, end) = (scale.x_at(bin.from), scale.x_at(bin.to));
        // The whole column can be pointed at, not only what is painted of it.
        let column = [(x, scale.top), (end, scale.bottom)];
        area.draw(&Rectangle::new(
            column,
            self.palette.color(Role::Clear).filled(),
        ))
        .ok()?;
        let mut y = scale.bottom;
        for (outcome, _, px) in parts(bin.split, ceiling, (scale.bottom - scale.top) as u32) {
            pen.texture(Texture::of(outcome).filter(|_| px >= MIN_TEXTURE_PX));
            let top = (y - px as i32).max(scale.top);
            let corners = [(x, top), ((end - 1).max(x + 1), y)];
            area.draw(&Rectangle::new(
                corners,
                self.palette.color(Role::of(outcome)).filled(),
            ))
            .ok()?;
            pen.texture(None);
            y = top;
        }
        Some(())
    }

    fn gaps<B: DrawingBackend>(&self, area: &Area<B>, pen: &dyn Pen) -> Option<()> {
        let (scale, palette) = (self.scale, self.palette);
        for gap in &self.data.gaps {
            let (x, end) = (
                scale.x_at(gap.from),
                scale.x_at(gap.to).max(scale.x_at(gap.from) + 2),
            );
            let when = stretch_words(gap.from, gap.to, self.offset_s);
            let what = if gap.said {
                "the log says that lines are missing"
            } else {
                "the log has no lines"
            };
            pen.mark(Some(Mark {
                id: format!("gap-{}", gap.from / SECOND),
                label: format!("{when}: {what}"),
                filter: None,
            }));
            pen.texture(Some(Texture::Slash));
            let ground = [(x, scale.top), (end, scale.bottom)];
            area.draw(&Rectangle::new(ground, palette.color(Role::Line).filled()))
                .ok()?;
            pen.texture(None);
            let words = "no lines";
            if (end - x) as u32 > metrics::width(words, SMALL_PX, Weight::Plain) + 8 {
                let half = metrics::width(words, SMALL_PX, Weight::Plain) as i32 / 2 + 4;
                let (middle, y) = (i32::midpoint(x, end), scale.top + 12);
                let plate = [(middle - half, y - 9), (middle + half, y + 9)];
                area.draw(&Rectangle::new(plate, palette.color(Role::Card).filled()))
                    .ok()?;
                text(
                    area,
                    words,
                    (middle, y),
                    HPos::Center,
                    SMALL_PX,
                    palette,
                    Role::Soft,
                )?;
            }
        }
        pen.mark(None);
        Some(())
    }
}

/// Zero, a middle and a top that is at least `most`, all round.
fn levels(most: u64) -> Vec<u64> {
    if most <= 1 {
        return vec![0, 1];
    }
    let half = most.div_ceil(2);
    let mut unit = 1;
    let step = loop {
        if let Some(step) = [1, 2, 5]
            .into_iter()
            .map(|digit| digit * unit)
            .find(|step| *step >= half)
        {
            break step;
        }
        unit *= 10;
    };
    vec![0, step, step * 2]
}

/// At most five letters.
fn short(n: u64) -> String {
    match n {
        0..10_000 => words(n),
        10_000..1_000_000 => format!("{}k", n / 1000),
        1_000_000..10_000_000 => format!("{}.{}M", n / 1_000_000, n / 100_000 % 10),
        _ => format!("{}M", words(n / 1_000_000)),
    }
}

struct Tick {
    x: i32,
    /// Of the label; moved in where it would stand out of the picture.
    middle: i32,
    /// Empty where there is no room.
    label: String,
}

const TICK_STEPS: [i64; 25] = [
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    84 * DAY,
    336 * DAY,
    1680 * DAY,
];
const LABEL_GAP_PX: i32 = 12;

/// Round times with room for their labels.
fn ticks(scale: TimeScale, offset_s: i32) -> Vec<Tick> {
    let offset = i64::from(offset_s) * SECOND;
    let label_px = |step: i64| {
        metrics::width(&tick_words(1 << 50, step, scale), SMALL_PX, Weight::Plain) as i32
    };
    let span = (scale.to - scale.from).max(1);
    let room = |step: i64| {
        (i128::from(scale.right - scale.left) * i128::from(step) / i128::from(span)) as i64
    };
    let last = TICK_STEPS[TICK_STEPS.len() - 1];
    let step = TICK_STEPS
        .into_iter()
        .find(|step| room(*step) >= i64::from(label_px(*step) + LABEL_GAP_PX))
        .unwrap_or(last);
    let mut ticks = Vec::new();
    let mut free_from = 0;
    let mut local = (scale.from + offset).div_euclid(step) * step;
    while local - offset <= scale.to {
        let ts = local - offset;
        if ts >= scale.from {
            let x = scale.x_at(ts);
            let mut label = tick_words(local, step, scale);
            let half = metrics::width(&label, SMALL_PX, Weight::Plain) as i32 / 2 + 1;
            let middle = x.min(scale.right + 2 - half);
            if middle - half < free_from {
                label.clear();
            } else {
                free_from = middle + half + LABEL_GAP_PX / 2;
            }
            ticks.push(Tick { x, middle, label });
        }
        local += step;
    }
    ticks
}

/// A local time, as exact as the step asks for; midnight of a longer log is a date.
fn tick_words(local: Micros, step: i64, scale: TimeScale) -> String {
    let text = rfc3339(local);
    let (date, time) = (
        text.get(..10).unwrap_or_default(),
        text.get(11..19).unwrap_or_default(),
    );
    let is_long = scale.to - scale.from >= DAY;
    match step {
        _ if step >= 336 * DAY => date.get(..4).unwrap_or_default().to_string(),
        _ if step >= 28 * DAY => date.get(..7).unwrap_or_default().to_string(),
        _ if step >= DAY || (is_long && local.rem_euclid(DAY) == 0) => day_words(date),
        _ if step >= MINUTE => time.get(..5).unwrap_or_default().to_string(),
        _ => time.to_string(),
    }
}

/// "19 Feb".
fn day_words(date: &str) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = date.get(5..7).and_then(|month| month.parse::<usize>().ok());
    let name = month
        .and_then(|month| MONTHS.get(month.checked_sub(1)?))
        .unwrap_or(&"");
    format!(
        "{} {name}",
        date.get(8..10).unwrap_or_default().trim_start_matches('0')
    )
}

/// "19 Feb 08:04:00 to 08:06:00", in local time.
fn stretch_words(from: Micros, to: Micros, offset_s: i32) -> String {
    let offset = i64::from(offset_s) * SECOND;
    let words = |ts: Micros| {
        let text = rfc3339(ts + offset);
        (
            day_words(&text),
            text.get(11..19).unwrap_or_default().to_string(),
        )
    };
    let ((from_day, from_time), (to_day, to_time)) = (words(from), words(to));
    if from == to {
        return format!("{from_day} {from_time}");
    }
    if from_day == to_day {
        format!("{from_day} {from_time} to {to_time}")
    } else {
        format!("{from_day} {from_time} to {to_day} {to_time}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_round_and_high_enough() {
        for most in [0, 1, 2, 3, 7, 10, 11, 99, 100, 101, 12_345, 9_999_999] {
            let levels = levels(most);
            assert!(
                levels.last().is_some_and(|top| *top >= most),
                "{most} {levels:?}"
            );
            assert!(levels.iter().all(|level| metrics::width(
                &short(*level),
                SMALL_PX,
                Weight::Plain
            ) <= LEFT_PX - 8));
        }
    }

    #[test]
    fn pixels_and_times_map_both_ways() {
        let scale = TimeScale {
            left: 44,
            right: 444,
            top: 0,
            bottom: 100,
            from: 0,
            to: 4000 * SECOND,
            bin_us: 100 * SECOND,
        };
        assert_eq!(scale.time_at(44), 0);
        assert_eq!(scale.time_at(244), 2000 * SECOND);
        assert_eq!(scale.x_at(1000 * SECOND), 144);
        assert_eq!(scale.stretch(95, 60), (100 * SECOND, 600 * SECOND));
        assert_eq!(scale.stretch(-50, 9999), (0, 4000 * SECOND));
    }
}
