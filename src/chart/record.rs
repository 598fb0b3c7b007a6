//! A plotters backend that records what is drawn.

use super::metrics::{self, Weight};
use super::palette::{Texture, role_of};
use super::scene::{Anchor, Form, Mark, Scene, Shape};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
};
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

/// What a drawing says about the shapes that follow, beyond what plotters knows.
pub trait Pen {
    /// The following shapes stand for this; `None`: for nothing.
    fn mark(&self, mark: Option<Mark>);
    fn texture(&self, texture: Option<Texture>);
}

/// For backends that only paint.
pub struct PlainPen;

impl Pen for PlainPen {
    fn mark(&self, _: Option<Mark>) {}
    fn texture(&self, _: Option<Texture>) {}
}

/// Records what `draw` draws on an area of the given size.
pub fn record(
    width: u32,
    height: u32,
    title: &str,
    draw: impl FnOnce(&DrawingArea<Recorder, Shift>, &dyn Pen),
) -> Scene {
    let scene = Scene {
        width,
        height,
        title: title.to_string(),
        ..Scene::default()
    };
    let state = Rc::new(RefCell::new(State {
        scene,
        mark: None,
        texture: None,
    }));
    let recorder = Recorder {
        state: Rc::clone(&state),
    };
    {
        let area = recorder.into_drawing_area();
        draw(
            &area,
            &Recorded {
                state: Rc::clone(&state),
            },
        );
    }
    state.take().scene
}

#[derive(Default)]
struct State {
    scene: Scene,
    mark: Option<usize>,
    texture: Option<Texture>,
}

struct Recorded {
    state: Rc<RefCell<State>>,
}

impl Pen for Recorded {
    fn mark(&self, mark: Option<Mark>) {
        let mut state = self.state.borrow_mut();
        state.mark = mark.map(|mark| {
            state.scene.marks.push(mark);
            state.scene.marks.len() - 1
        });
    }

    fn texture(&self, texture: Option<Texture>) {
        self.state.borrow_mut().texture = texture;
    }
}

pub struct Recorder {
    state: Rc<RefCell<State>>,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl Recorder {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the backend's methods return results"
    )]
    fn push(&self, form: Form, color: BackendColor) -> Drawn {
        if color.alpha > 0.0 {
            let mut state = self.state.borrow_mut();
            let shape = Shape {
                form,
                role: role_of(color.rgb),
                opacity: (color.alpha * 100.0) as u8,
                texture: state.texture,
                mark: state.mark,
            };
            state.scene.shapes.push(shape);
        }
        Ok(())
    }
}

impl DrawingBackend for Recorder {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let state = self.state.borrow();
        (state.scene.width, state.scene.height)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.push(
            Form::Rect {
                x,
                y,
                width: 1,
                height: 1,
            },
            color,
        )
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.push(
            Form::Line {
                from,
                to,
                width: style.stroke_width(),
            },
            style.color(),
        )
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        one: BackendCoord,
        two: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let (x, y) = (one.0.min(two.0), one.1.min(two.1));
        let (width, height) = (one.0.abs_diff(two.0), one.1.abs_diff(two.1));
        let form = if fill {
            Form::Rect {
                x,
                y,
                width,
                height,
            }
        } else {
            Form::Frame {
                x,
                y,
                width,
                height,
            }
        };
        self.push(form, style.color())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<BackendCoord> = path.into_iter().collect();
        let form = match points.as_slice() {
            [from, to] => Form::Line {
                from: *from,
                to: *to,
                width: style.stroke_width(),
            },
            _ => Form::Path {
                points,
                width: style.stroke_width(),
            },
        };
        self.push(form, style.color())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.push(
            Form::Polygon {
                points: corners.into_iter().collect(),
            },
            style.color(),
        )
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.push(
            Form::Circle {
                x,
                y,
                radius,
                is_filled: fill,
            },
            style.color(),
        )
    }

    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        (x, y): BackendCoord,
    ) -> Drawn {
        let size = style.size().round() as u32;
        let (anchor, up) = (style.anchor().h_pos, style.anchor().v_pos);
        // Ascent and descent of usual fonts are near 3/4 and 1/4 of the size.
        let down = match up {
            VPos::Top => size * 3 / 4 + 1,
            VPos::Center => size * 35 / 100,
            VPos::Bottom => 0,
        };
        let anchor = match anchor {
            HPos::Left => Anchor::Start,
            HPos::Center => Anchor::Middle,
            HPos::Right => Anchor::End,
        };
        let is_bold = matches!(style.style(), FontStyle::Bold);
        let form = Form::Text {
            x,
            y: y + down as i32,
            anchor,
            size,
            is_bold,
            text: text.to_string(),
        };
        self.push(form, style.color())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size().round() as u32;
        let weight = if matches!(style.style(), FontStyle::Bold) {
            Weight::Bold
        } else {
            Weight::Plain
        };
        Ok((metrics::width(text, size, weight), size))
    }
}
