//! How wide an element is, kept up to date.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// The width in whole pixels; `before` until the element is there.
#[hook]
pub fn use_width(node: &NodeRef, before: u32) -> u32 {
    let width = use_state_eq(|| before);
    {
        let (node, width) = (node.clone(), width.clone());
        use_effect_with((), move |()| {
            let element = node.cast::<Element>();
            let watched = element.clone();
            let measure = Closure::<dyn FnMut()>::new(move || {
                if let Some(element) = &watched {
                    width.set(element.client_width().max(0) as u32);
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
