//! A scene as SVG text.

use super::palette::{Palette, Role, Texture};
use super::scene::{Form, Scene, Shape};
use crate::engine::share::clean::visible;
use std::fmt::Write;

/// How roles become colors.
pub enum Ink<'p> {
    /// Fixed colors, for pictures that leave the page.
    Fixed(&'p Palette),
    /// Custom properties, for a document that has our tokens.
    Properties,
}

const FONT: &str = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

impl Scene {
    pub fn to_svg(&self, ink: &Ink<'_>) -> String {
        let mut out = String::new();
        let (width, height) = (self.width, self.height);
        let _ = writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" font-family=\"{FONT}\">"
        );
        let _ = writeln!(out, "<title>{}</title>", escaped(&self.title));
        self.write_patterns(&mut out, ink);
        if matches!(ink, Ink::Fixed(_)) {
            let _ = writeln!(
                out,
                "<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>",
                color(ink, Role::Card)
            );
        }
        let mut open: Option<usize> = None;
        for shape in &self.shapes {
            if shape.mark != open {
                if open.is_some() {
                    out.push_str("</g>\n");
                }
                if let Some(mark) = shape.mark.and_then(|at| self.marks.get(at)) {
                    let _ = writeln!(
                        out,
                        "<g id=\"{}\"><title>{}</title>",
                        escaped(&mark.id),
                        escaped(&mark.label)
                    );
                }
                open = shape.mark;
            }
            write_shape(&mut out, shape, ink);
        }
        if open.is_some() {
            out.push_str("</g>\n");
        }
        out.push_str("</svg>\n");
        out
    }

    fn write_patterns(&self, out: &mut String, ink: &Ink<'_>) {
        let used = Texture::ALL.into_iter().filter(|texture| {
            self.shapes
                .iter()
                .any(|shape| shape.texture == Some(*texture))
        });
        let used: Vec<Texture> = used.collect();
        if used.is_empty() {
            return;
        }
        out.push_str("<defs>\n");
        for texture in used {
            let (side, path) = texture.tile();
            let _ = writeln!(
                out,
                "<pattern id=\"{}\" width=\"{side}\" height=\"{side}\" patternUnits=\"userSpaceOnUse\"><path d=\"{path}\" stroke=\"{}\" stroke-width=\"1.5\" fill=\"none\"/></pattern>",
                texture.id(),
                color(ink, Role::Card),
            );
        }
        out.push_str("</defs>\n");
    }
}

fn write_shape(out: &mut String, shape: &Shape, ink: &Ink<'_>) {
    let paint = if shape.role == Role::Clear {
        "transparent".to_string()
    } else {
        color(ink, shape.role)
    };
    let opacity = if shape.opacity < 100 {
        format!(" opacity=\"0.{:02}\"", shape.opacity)
    } else {
        String::new()
    };
    let _ = match &shape.form {
        Form::Rect { .. } | Form::Polygon { .. } => {
            let geometry = geometry(&shape.form);
            let _ = writeln!(out, "<{geometry} fill=\"{paint}\"{opacity}/>");
            match shape.texture {
                Some(texture) => writeln!(out, "<{geometry} fill=\"url(#{})\"/>", texture.id()),
                None => Ok(()),
            }
        }
        Form::Circle {
            is_filled: true, ..
        } => writeln!(
            out,
            "<{} fill=\"{paint}\"{opacity}/>",
            geometry(&shape.form)
        ),
        Form::Frame { .. } | Form::Circle { .. } => {
            writeln!(
                out,
                "<{} fill=\"none\" stroke=\"{paint}\"{opacity}/>",
                geometry(&shape.form)
            )
        }
        Form::Line { width, .. } | Form::Path { width, .. } => {
            writeln!(
                out,
                "<{} fill=\"none\" stroke=\"{paint}\" stroke-width=\"{width}\"{opacity}/>",
                geometry(&shape.form)
            )
        }
        Form::Text {
            x,
            y,
            anchor,
            size,
            is_bold,
            text,
        } => {
            let weight = if *is_bold { " font-weight=\"600\"" } else { "" };
            let anchor = anchor.name();
            let text = escaped(text);
            writeln!(
                out,
                "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" font-size=\"{size}\"{weight} fill=\"{paint}\"{opacity}>{text}</text>"
            )
        }
    };
}

/// Element name and geometry attributes. Lines lie on pixel middles, so that one pixel wide ones are sharp.
fn geometry(form: &Form) -> String {
    let list = |points: &[(i32, i32)]| {
        let mut text = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let _ = write!(text, "{}{x} {y}", if at == 0 { "M" } else { "L" });
        }
        text
    };
    match form {
        Form::Rect {
            x,
            y,
            width,
            height,
        } => {
            let round = if *width >= 6 && *height >= 6 {
                " rx=\"2\""
            } else {
                ""
            };
            format!("rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{round}")
        }
        Form::Frame {
            x,
            y,
            width,
            height,
        } => {
            format!(
                "rect x=\"{x}.5\" y=\"{y}.5\" width=\"{}\" height=\"{}\"",
                width.saturating_sub(1),
                height.saturating_sub(1)
            )
        }
        Form::Line { from, to, .. } => {
            let half = |on: bool| if on { ".5" } else { "" };
            let (is_upright, is_level) = (half(from.0 == to.0), half(from.1 == to.1));
            format!(
                "path d=\"M{}{is_upright} {}{is_level}L{}{is_upright} {}{is_level}\"",
                from.0, from.1, to.0, to.1
            )
        }
        Form::Path { points, .. } => format!("path d=\"{}\"", list(points)),
        Form::Polygon { points } => format!("path d=\"{}Z\"", list(points)),
        Form::Circle { x, y, radius, .. } => format!("circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\""),
        Form::Text { .. } => "text".into(),
    }
}

fn color(ink: &Ink<'_>, role: Role) -> String {
    match ink {
        Ink::Properties => format!("var(--{})", role.name()),
        Ink::Fixed(palette) => {
            let color = palette.color(role);
            format!("#{:02x}{:02x}{:02x}", color.0, color.1, color.2)
        }
    }
}

fn escaped(text: &str) -> String {
    visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
