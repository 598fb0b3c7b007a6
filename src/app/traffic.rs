//! The live counter: what the browser fetched for this page since the lock, and what it refused.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use yew::Callback;

use super::state::Traffic;

/// Watches from now on. Requests of workers do not appear in the page's list; that workers cannot make any is what
/// the inherited policy is for, and what the browser tests check from outside.
pub fn watch(counted: Callback<Traffic>) {
    let traffic = Rc::new(Cell::new(Traffic::default()));
    let note = {
        let traffic = Rc::clone(&traffic);
        move |change: &dyn Fn(&mut Traffic)| {
            let mut now = traffic.get();
            change(&mut now);
            traffic.set(now);
            counted.emit(now);
        }
    };
    let note = Rc::new(note);
    let since_ms = super::measure::now_ms();

    let on_entries = {
        let note = Rc::clone(&note);
        Closure::<dyn FnMut(JsValue)>::new(move |list: JsValue| {
            let n_new = entries(&list)
                .iter()
                .filter(|entry| {
                    let text = |key: &str| Reflect::get(entry, &key.into()).ok();
                    let start_ms = text("startTime")
                        .and_then(|start| start.as_f64())
                        .unwrap_or(0.0);
                    let name = text("name")
                        .and_then(|name| name.as_string())
                        .unwrap_or_default();
                    start_ms > since_ms && !name.starts_with("blob:") && !name.starts_with("data:")
                })
                .count();
            if n_new > 0 {
                note(&|traffic| traffic.n_requests += n_new as u32);
            }
        })
    };
    if let Some(observer) = observer(on_entries.as_ref().unchecked_ref()) {
        on_entries.forget();
        // The observer lives as long as it observes.
        drop(observer);
    }

    let on_refusal = Closure::<dyn FnMut(JsValue)>::new(move |_event: JsValue| {
        note(&|traffic| traffic.n_refused += 1);
    });
    if let Some(document) = web_sys::window().and_then(|window| window.document()) {
        document
            .add_event_listener_with_callback(
                "securitypolicyviolation",
                on_refusal.as_ref().unchecked_ref(),
            )
            .ok();
        on_refusal.forget();
    }
}

fn entries(list: &JsValue) -> Array {
    Reflect::get(list, &"getEntries".into())
        .and_then(|get| get.unchecked_into::<Function>().call0(list))
        .map(JsCast::unchecked_into)
        .unwrap_or_default()
}

/// `new PerformanceObserver(f).observe({type: "resource"})`.
fn observer(each: &Function) -> Option<JsValue> {
    let class = Reflect::get(&js_sys::global(), &"PerformanceObserver".into())
        .ok()?
        .dyn_into::<Function>()
        .ok()?;
    let observer = Reflect::construct(&class, &Array::of1(each)).ok()?;
    let options = js_sys::Object::new();
    Reflect::set(&options, &"type".into(), &"resource".into()).ok()?;
    let observe = Reflect::get(&observer, &"observe".into())
        .ok()?
        .dyn_into::<Function>()
        .ok()?;
    observe.call1(&observer, &options).ok()?;
    Some(observer)
}
