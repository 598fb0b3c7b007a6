//! A scene: what a drawing consists of, in pixels from the upper left.

use super::palette::{Role, Texture};
use crate::engine::model::Micros;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    pub width: u32,
    pub height: u32,
    /// What the picture shows, in a sentence, for those who do not see it.
    pub title: String,
    /// In drawing order.
    pub shapes: Vec<Shape>,
    /// What shapes stand for; in reading order.
    pub marks: Vec<Mark>,
    /// Of pictures over time: for dragging a stretch.
    pub time_scale: Option<TimeScale>,
}

/// One thing that a picture shows: it can be reached by keyboard, says what it is, and narrows the view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Stable for the same thing from drawing to drawing: `dir-inbound-worked`.
    pub id: String,
    /// Tooltip and spoken name.
    pub label: String,
    /// A filter term, for `Filter::toggled`.
    pub filter: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub form: Form,
    pub role: Role,
    /// Percent; 100 is opaque.
    pub opacity: u8,
    /// Drawn over the form, in the color of the card.
    pub texture: Option<Texture>,
    /// Index into `Scene::marks`.
    pub mark: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Filled.
    Rect {
        x: i32,
        y: i32,
        width: u32,
        height: u32,
    },
    /// Not filled.
    Frame {
        x: i32,
        y: i32,
        width: u32,
        height: u32,
    },
    Line {
        from: (i32, i32),
        to: (i32, i32),
        width: u32,
    },
    Path {
        points: Vec<(i32, i32)>,
        width: u32,
    },
    /// Filled and closed.
    Polygon {
        points: Vec<(i32, i32)>,
    },
    /// Filled, or a ring.
    Circle {
        x: i32,
        y: i32,
        radius: u32,
        is_filled: bool,
    },
    /// `y` is the baseline.
    Text {
        x: i32,
        y: i32,
        anchor: Anchor,
        size: u32,
        is_bold: bool,
        text: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    /// As SVG's `text-anchor` says it.
    pub fn name(self) -> &'static str {
        match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        }
    }
}

/// Which pixel is which moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeScale {
    pub left: i32,
    pub right: i32,
    /// Top and bottom of the plot.
    pub top: i32,
    pub bottom: i32,
    pub from: Micros,
    pub to: Micros,
    /// A dragged stretch grows to whole bins.
    pub bin_us: i64,
}

impl TimeScale {
    /// The moment at a pixel, kept inside the picture.
    pub fn time_at(&self, x: i32) -> Micros {
        let x = i64::from(x.clamp(self.left, self.right) - self.left);
        let width = i64::from((self.right - self.left).max(1));
        self.from + (i128::from(self.to - self.from) * i128::from(x) / i128::from(width)) as i64
    }

    pub fn x_at(&self, ts: Micros) -> i32 {
        let span = (self.to - self.from).max(1);
        let width = i128::from(self.right - self.left);
        let x = i128::from(ts.clamp(self.from, self.to) - self.from) * width / i128::from(span);
        self.left + x as i32
    }

    /// The whole bins between two pixels, in either order.
    pub fn stretch(&self, one: i32, two: i32) -> (Micros, Micros) {
        let (from, to) = (self.time_at(one.min(two)), self.time_at(one.max(two)));
        let step = self.bin_us.max(1);
        let from = self.from + (from - self.from).div_euclid(step) * step;
        let to = self.from + ((to - self.from).div_euclid(step) + 1) * step;
        (from.max(self.from), to.min(self.to))
    }
}

impl Form {
    /// Left, top, right, bottom as painted; a text by our metrics.
    pub fn bounds(&self) -> (i32, i32, i32, i32) {
        let around = |points: &[(i32, i32)]| {
            let xs = points.iter().map(|point| point.0);
            let ys = points.iter().map(|point| point.1);
            let (left, right) = (xs.clone().min().unwrap_or(0), xs.max().unwrap_or(0));
            (
                left,
                ys.clone().min().unwrap_or(0),
                right,
                ys.max().unwrap_or(0),
            )
        };
        match self {
            Form::Rect {
                x,
                y,
                width,
                height,
            }
            | Form::Frame {
                x,
                y,
                width,
                height,
            } => (*x, *y, x + *width as i32, y + *height as i32),
            Form::Line { from, to, .. } => around(&[*from, *to]),
            Form::Path { points, .. } | Form::Polygon { points } => around(points),
            Form::Circle { x, y, radius, .. } => {
                let radius = *radius as i32;
                (x - radius, y - radius, x + radius, y + radius)
            }
            Form::Text {
                x,
                y,
                anchor,
                size,
                is_bold,
                text,
            } => {
                let weight = if *is_bold {
                    super::metrics::Weight::Bold
                } else {
                    super::metrics::Weight::Plain
                };
                let width = super::metrics::width(text, *size, weight) as i32;
                let left = match anchor {
                    Anchor::Start => *x,
                    Anchor::Middle => x - width / 2,
                    Anchor::End => x - width,
                };
                let size = *size as i32;
                (left, y - size * 76 / 100, left + width, y + size * 24 / 100)
            }
        }
    }
}
