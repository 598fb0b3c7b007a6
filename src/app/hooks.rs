//! `window.__whichway`, for tests; and the last words of a page that fell over.

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Window;

use super::desk::Desk;
use crate::worker::protocol::Document;

/// Puts the hooks in place. They show nothing that the page does not show, and open nothing.
pub fn install(desk: &Desk) -> Option<()> {
    let hooks = Object::new();
    let crash = {
        let desk = desk.clone();
        Closure::<dyn Fn()>::new(move || desk.crash())
    };
    let now = {
        let desk = desk.clone();
        Closure::<dyn Fn(String)>::new(move |iso: String| {
            let at_ms = js_sys::Date::parse(&iso);
            if at_ms.is_finite() {
                desk.set_now((at_ms * 1000.0) as i64);
            }
        })
    };
    let json = {
        let desk = desk.clone();
        Closure::<dyn Fn(String) -> Promise>::new(move |kind: String| {
            let desk = desk.clone();
            Promise::new(&mut move |resolve, reject| {
                let document = match kind.as_str() {
                    "report" => Document::Report,
                    "sessions" => Document::Sessions,
                    "summary" => Document::Summary,
                    "incidents" => Document::Incidents,
                    other => {
                        reject
                            .call1(
                                &JsValue::NULL,
                                &format!("no document is called {other}").into(),
                            )
                            .ok();
                        return;
                    }
                };
                desk.print(document, String::new(), move |text| {
                    match text {
                        Ok(text) => resolve.call1(&JsValue::NULL, &text.into()),
                        Err(reason) => reject.call1(&JsValue::NULL, &reason.into()),
                    }
                    .ok();
                });
            })
        })
    };
    for (key, closure) in [
        ("crash", crash.into_js_value()),
        ("now", now.into_js_value()),
        ("json", json.into_js_value()),
    ] {
        Reflect::set(&hooks, &key.into(), &closure).ok()?;
    }
    Reflect::set(&js_sys::global(), &"__whichway".into(), &hooks).ok()?;
    Some(())
}

/// The page itself failed. Its program is of no more use, so the sentence is written without it.
pub fn fall_over(window: &Window, message: &str) -> Option<()> {
    let document = window.document()?;
    let root = document.document_element()?;
    root.set_attribute("data-phase", "failed").ok()?;
    let note = document.create_element("p").ok()?;
    note.set_class_name("boot-note");
    note.set_attribute("role", "alert").ok()?;
    note.set_attribute("data-testid", "error").ok()?;
    note.set_text_content(Some(&format!(
        "Whichway stopped: {message}. Your log has not left this tab. Reload the page to go on."
    )));
    document
        .body()?
        .unchecked_into::<web_sys::Element>()
        .prepend_with_node_1(&note)
        .ok()
}
