//! How wide an element is, kept up to date.

use std::cell::Cell;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

thread_local! {
    /// What was measured last. Cards of one column are equally wide, so the next one is drawn right at once.
    static LAST_PX: Cell<Option<u32>> = const { Cell::new(None) };
}

/// The width in whole pixels; until the element is there, that of the last one, or `before`.
#[hook]
pub fn use_width(node: &NodeRef, before: u32) -> u32 {
    let width = use_state_eq(|| LAST_PX.get().unwrap_or(before));
    {
        let (node, width) = (node.clone(), width.clone());
        use_effect_with((), move |()| {
            let element = node.cast::<Element>();
            let watched = element.clone();
            let measure = Closure::<dyn FnMut()>::new(move || {
                if let Some(element) = &watched {
                    let px = element.client_width().max(0) as u32;
                    LAST_PX.set(Some(px));
                    width.set(px);
                }
            });
            let observer = ResizeObserver::new(measure.as_ref().unchecked_ref()).ok();
            if let (Some(observer), Some(element)) = (&observer, &element) {
                observer.observe(element);
            }
            move || {
                if let Some(observer) = observer {
                    observer.disconnect();
                }
                drop(measure);
            }
        });
    }
    *width
}
