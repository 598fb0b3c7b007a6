//! A recorded scene as SVG nodes: sharp at any zoom, colored by the theme, every mark a button with a tooltip.

use std::fmt::Write;
use std::rc::Rc;

use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::chart::scene::{Form, Scene, Shape};
use crate::chart::{Role, Texture};
use crate::engine::model::Micros;

/// A pointer that moves less than this has clicked, not dragged.
const CLICK_PX: i32 = 4;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub scene: Rc<Scene>,
    /// So many marks are there already.
    #[prop_or(usize::MAX)]
    pub n_marks: usize,
    /// Gets a mark's filter term.
    pub onmark: Callback<String>,
    /// Gets a dragged stretch of time.
    #[prop_or_default]
    pub onstretch: Option<Callback<(Micros, Micros)>>,
}

#[component]
pub fn Drawing(props: &Props) -> Html {
    let scene = &props.scene;
    let svg = use_node_ref();
    let tip = use_node_ref();
    let told = use_state_eq(|| None::<usize>);
    // Where a drag began and where it is, in pixels of the scene.
    let drag = use_state_eq(|| None::<(i32, i32)>);
    let was_dragged = use_mut_ref(|| false);

    let at_pointer = {
        let (svg, width) = (svg.clone(), scene.width);
        move |event: &PointerEvent| -> Option<i32> {
            let bounds = svg.cast::<Element>()?.get_bounding_client_rect();
            let ratio = f64::from(width) / bounds.width().max(1.0);
            Some(((f64::from(event.client_x()) - bounds.left()) * ratio).round() as i32)
        }
    };
    let can_drag = props.onstretch.is_some() && scene.time_scale.is_some();
    let onpointerdown = {
        let (drag, at_pointer, was_dragged) =
            (drag.clone(), at_pointer.clone(), Rc::clone(&was_dragged));
        Callback::from(move |event: PointerEvent| {
            *was_dragged.borrow_mut() = false;
            if can_drag && event.button() == 0 {
                drag.set(at_pointer(&event).map(|x| (x, x)));
            }
        })
    };
    let onpointermove = {
        let (drag, at_pointer, tip, told) =
            (drag.clone(), at_pointer.clone(), tip.clone(), told.clone());
        Callback::from(move |event: PointerEvent| {
            if let (Some((from, _)), Some(x)) = (*drag, at_pointer(&event)) {
                drag.set(Some((from, x)));
            }
            if told.is_some() {
                place(
                    &tip,
                    f64::from(event.client_x()),
                    f64::from(event.client_y()),
                );
            }
        })
    };
    let onpointerup = {
        let (drag, was_dragged, onstretch, scale) = (
            drag.clone(),
            Rc::clone(&was_dragged),
            props.onstretch.clone(),
            scene.time_scale,
        );
        Callback::from(move |_: PointerEvent| {
            if let (Some((from, to)), Some(onstretch), Some(scale)) = (*drag, &onstretch, scale)
                && (from - to).abs() > CLICK_PX
            {
                *was_dragged.borrow_mut() = true;
                onstretch.emit(scale.stretch(from, to));
            }
            drag.set(None);
        })
    };
    let onpointerleave = {
        let (told, drag) = (told.clone(), drag.clone());
        Callback::from(move |_: PointerEvent| {
            told.set(None);
            drag.set(None);
        })
    };
    let selection = (*drag).zip(scene.time_scale).filter(|((from, to), _)| (from - to).abs() > CLICK_PX).map(|((from, to), scale)| {
        let (left, right) = (from.min(to).max(scale.left), from.max(to).min(scale.right));
        html! { <rect class="selection" x={left.to_string()} y={scale.top.to_string()} width={(right - left).max(0).to_string()} height={(scale.bottom - scale.top).to_string()} /> }
    });
    // One listener a picture and kind: a timeline has hundreds of marks.
    let onclick = {
        let (scene, onmark, was_dragged) = (
            Rc::clone(scene),
            props.onmark.clone(),
            Rc::clone(&was_dragged),
        );
        Callback::from(move |event: MouseEvent| {
            if !*was_dragged.borrow() {
                act(&scene, mark_at(&event), &onmark);
            }
        })
    };
    let onkeydown = {
        let (scene, onmark) = (Rc::clone(scene), props.onmark.clone());
        Callback::from(move |event: KeyboardEvent| {
            if matches!(event.key().as_str(), "Enter" | " ") {
                event.prevent_default();
                act(&scene, mark_at(&event), &onmark);
            }
        })
    };
    let onfocusin = {
        let (told, tip) = (told.clone(), tip.clone());
        Callback::from(move |event: FocusEvent| {
            told.set(mark_at(&event));
            if let Some(target) = event.target_dyn_into::<Element>() {
                let bounds = target.get_bounding_client_rect();
                place(&tip, bounds.left() + bounds.width() / 2.0, bounds.bottom());
            }
        })
    };
    let onfocusout = {
        let told = told.clone();
        Callback::from(move |_: FocusEvent| told.set(None))
    };
    let onpointerover = {
        let told = told.clone();
        Callback::from(move |event: PointerEvent| told.set(mark_at(&event)))
    };
    let groups = scene.shapes.chunk_by(|one, other| one.mark == other.mark).take(props.n_marks).map(|shapes| {
        let drawn: Html = shapes.iter().map(shape_html).collect();
        let Some((idx, mark)) = shapes[0].mark.and_then(|idx| Some((idx, scene.marks.get(idx)?))) else { return drawn };
        let (class, role) = if mark.filter.is_some() { ("mark acts", "button") } else { ("mark", "img") };
        html! {
            <g key={mark.id.clone()} {class} {role} data-mark={idx.to_string()} tabindex="0" aria-label={mark.label.clone()}>{drawn}</g>
        }
    });
    let groups: Html = groups.collect();
    html! {
        <div class={classes!("drawing", can_drag.then_some("drags"))}>
            <svg ref={svg} viewBox={format!("0 0 {} {}", scene.width, scene.height)} width={scene.width.to_string()} height={scene.height.to_string()}
                role="group" aria-label={scene.title.clone()} {onpointerdown} {onpointermove} {onpointerup} {onpointerleave} {onpointerover}
                {onclick} {onkeydown} {onfocusin} {onfocusout}>
                {groups}{selection}
            </svg>
            <div ref={tip} class="tip" role="tooltip" hidden={told.is_none()}>{ told.and_then(|idx| scene.marks.get(idx)).map(|mark| mark.label.clone()).unwrap_or_default() }</div>
        </div>
    }
}

/// The mark that an event is about.
fn mark_at(event: &Event) -> Option<usize> {
    let mark = event
        .target_dyn_into::<Element>()?
        .closest("[data-mark]")
        .ok()??;
    mark.get_attribute("data-mark")?.parse().ok()
}

fn act(scene: &Scene, mark: Option<usize>, onmark: &Callback<String>) {
    let mark = mark.and_then(|idx| scene.marks.get(idx));
    if let Some(filter) = mark.and_then(|mark| mark.filter.clone()) {
        onmark.emit(filter);
    }
}

/// Puts the tooltip beside a point of the window, inside of it. Through the object model: the policy refuses `style`.
fn place(tip: &NodeRef, x: f64, y: f64) {
    const GAP: f64 = 14.0;
    const ROOM: f64 = 240.0;
    let (Some(tip), Some(window)) = (tip.cast::<HtmlElement>(), web_sys::window()) else {
        return;
    };
    let side = |value: Result<wasm_bindgen::JsValue, _>| {
        value
            .ok()
            .and_then(|value: wasm_bindgen::JsValue| value.as_f64())
    };
    let (width, height) = (
        side(window.inner_width()).unwrap_or(1024.0),
        side(window.inner_height()).unwrap_or(768.0),
    );
    let left = if x + ROOM > width {
        (x - ROOM - GAP).max(4.0)
    } else {
        x + GAP
    };
    let top = if y + 100.0 > height {
        y - 80.0
    } else {
        y + GAP
    };
    if let Ok(style) = js_sys::Reflect::get(&tip, &"style".into()) {
        for (key, value) in [("left", left), ("top", top)] {
            js_sys::Reflect::set(&style, &key.into(), &format!("{value}px").into()).ok();
        }
    }
}

fn shape_html(shape: &Shape) -> Html {
    let fill = classes!(format!("f-{}", shape.role.name()));
    let stroke = classes!(format!("s-{}", shape.role.name()));
    let opacity = (shape.opacity < 100).then(|| format!("0.{:02}", shape.opacity));
    let texture = shape
        .texture
        .map(|texture| format!("url(#{})", texture.id()));
    match &shape.form {
        Form::Rect {
            x,
            y,
            width,
            height,
        } => {
            // Most bars are narrow, and one attribute is set sooner than four.
            let bar = if *width >= 6 && *height >= 6 {
                rounded(*x, *y, *width as i32, *height as i32)
            } else {
                format!("M{x} {y}h{width}v{height}h-{width}z")
            };
            filled(bar, fill, texture, opacity)
        }
        Form::Frame {
            x,
            y,
            width,
            height,
        } => html! {
            <rect class={stroke} fill="none" x={format!("{x}.5")} y={format!("{y}.5")} width={width.saturating_sub(1).to_string()} height={height.saturating_sub(1).to_string()} {opacity} />
        },
        Form::Line { from, to, width } => {
            // One pixel wide lines lie on the middle of pixels, so that they are sharp.
            let (upright, level) = (
                if from.0 == to.0 { ".5" } else { "" },
                if from.1 == to.1 { ".5" } else { "" },
            );
            let path = format!(
                "M{}{upright} {}{level}L{}{upright} {}{level}",
                from.0, from.1, to.0, to.1
            );
            html! { <path class={stroke} fill="none" d={path} stroke-width={width.to_string()} {opacity} /> }
        }
        Form::Path { points, width } => {
            html! { <path class={stroke} fill="none" d={path(points)} stroke-width={width.to_string()} {opacity} /> }
        }
        Form::Polygon { points } => filled(path(points) + "Z", fill, texture, opacity),
        Form::Circle {
            x,
            y,
            radius,
            is_filled,
        } => {
            let class = if *is_filled { fill } else { stroke };
            html! { <circle {class} fill={(!is_filled).then_some("none")} cx={x.to_string()} cy={y.to_string()} r={radius.to_string()} {opacity} /> }
        }
        Form::Text {
            x,
            y,
            anchor,
            size,
            is_bold,
            text,
        } => html! {
            <text class={fill} x={x.to_string()} y={y.to_string()} text-anchor={anchor.name()} font-size={size.to_string()}
                font-weight={is_bold.then_some("600")} {opacity}>{super::shown(text)}</text>
        },
    }
}

/// An area, and its texture on top.
fn filled(path: String, class: Classes, texture: Option<String>, opacity: Option<String>) -> Html {
    html! {
        <>
            <path {class} d={path.clone()} {opacity} />
            if let Some(texture) = texture { <path fill={texture} d={path} /> }
        </>
    }
}

/// A rectangle with corners of two pixels' radius.
fn rounded(x: i32, y: i32, width: i32, height: i32) -> String {
    let (x, width, height) = (x + 2, width - 4, height - 4);
    format!("M{x} {y}h{width}q2 0 2 2v{height}q0 2-2 2h-{width}q-2 0-2-2v-{height}q0-2 2-2z")
}

fn path(points: &[(i32, i32)]) -> String {
    let mut text = String::new();
    for (idx, (x, y)) in points.iter().enumerate() {
        let _ = write!(text, "{}{x} {y}", if idx == 0 { "M" } else { "L" });
    }
    text
}

/// The textures that tell outcomes apart without color; once in the document.
pub fn textures() -> Html {
    html! {
        <svg class="textures" width="0" height="0" aria-hidden="true" focusable="false"><defs>
            { for Texture::ALL.iter().map(|texture| {
                let (side, path) = texture.tile();
                html! {
                    <pattern id={texture.id()} width={side.to_string()} height={side.to_string()} patternUnits="userSpaceOnUse">
                        <path class={format!("s-{}", Role::Card.name())} d={path} stroke-width="1.5" fill="none" />
                    </pattern>
                }
            }) }
        </defs></svg>
    }
}
