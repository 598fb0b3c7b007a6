//! User Timing: what a person waited for, from the cause to the painted result.

use js_sys::{Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Performance, window};

fn performance() -> Option<Performance> {
    window()?.performance()
}

/// Milliseconds since the page was opened.
pub fn now_ms() -> f64 {
    performance().map_or(0.0, |performance| performance.now())
}

/// Calls back once what has just been rendered is on the screen: a frame is drawn after its animation callbacks,
/// so the first task after one comes when the frame has been handed over.
pub fn after_paint(then: impl FnOnce() + 'static) {
    let Some(window) = window() else { return };
    let in_frame = Closure::once_into_js(move || {
        if let Some(window) = web_sys::window() {
            let after: JsValue = Closure::once_into_js(then);
            window.set_timeout_with_callback(after.unchecked_ref()).ok();
        }
    });
    if web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.hidden())
    {
        // A tab in the background draws no frames; what is measured then is the rendering alone.
        window
            .set_timeout_with_callback(in_frame.unchecked_ref())
            .ok();
    } else {
        window
            .request_animation_frame(in_frame.unchecked_ref())
            .ok();
    }
}

/// Calls back in a task of its own, so that what is on the way to the page is heard in between.
pub fn in_a_task_of_its_own(then: impl FnOnce() + 'static) {
    if let Some(window) = window() {
        let then: JsValue = Closure::once_into_js(then);
        window.set_timeout_with_callback(then.unchecked_ref()).ok();
    }
}

/// Records a measure that ends now.
pub fn measure(name: &str, start_ms: f64, detail: &[(&str, f64)]) {
    let Some(performance) = performance() else {
        return;
    };
    let facts = Object::new();
    for (key, value) in detail {
        Reflect::set(&facts, &(*key).into(), &(*value).into()).ok();
    }
    let options = Object::new();
    for (key, value) in [
        ("start", start_ms.into()),
        ("end", performance.now().into()),
        ("detail", facts.into()),
    ] {
        Reflect::set(&options, &key.into(), &value).ok();
    }
    // `measure(name, options)` is newer than the bindings' signatures.
    if let Ok(measure) = Reflect::get(&performance, &"measure".into()) {
        measure
            .unchecked_ref::<js_sys::Function>()
            .call2(&performance, &name.into(), &options)
            .ok();
    }
}
