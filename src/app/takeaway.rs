//! Out of the tab, by the reader's own hand: the clipboard, and files the browser saves.

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement,
    HtmlImageElement, Url,
};

/// Pixels of a PNG for each pixel on the page: sharp in a document, too.
const PNG_SCALE: u32 = 2;

pub fn to_clipboard(text: &str) {
    if let Some(window) = web_sys::window() {
        // A refused clipboard rejects the promise; there is nothing to mend about that here.
        let promise = window.navigator().clipboard().write_text(text);
        wasm_bindgen_futures::spawn_local(async move {
            wasm_bindgen_futures::JsFuture::from(promise).await.ok();
        });
    }
}

/// Saves a text under a name.
pub fn save(name: &str, kind: &str, text: &str) -> Option<()> {
    save_blob(name, &blob(kind, text)?)
}

/// Saves a picture as pixels.
pub fn save_png(name: &str, svg: &str, width: u32, height: u32) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let address = Url::create_object_url_with_blob(&blob("image/svg+xml", svg)?).ok()?;
    let image = HtmlImageElement::new().ok()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(width * PNG_SCALE);
    canvas.set_height(height * PNG_SCALE);
    let draw = {
        let (image, address, name) = (image.clone(), address.clone(), name.to_string());
        move || -> Option<()> {
            Url::revoke_object_url(&address).ok();
            let context: CanvasRenderingContext2d =
                canvas.get_context("2d").ok()??.dyn_into().ok()?;
            let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
            context
                .draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height)
                .ok()?;
            let keep: JsValue = Closure::once_into_js(move |blob: Option<Blob>| {
                blob.and_then(|blob| save_blob(&name, &blob));
            });
            canvas.to_blob(keep.unchecked_ref()).ok()
        }
    };
    let drawn: JsValue = Closure::once_into_js(move || {
        draw();
    });
    image.set_onload(Some(drawn.unchecked_ref()));
    image.set_src(&address);
    Some(())
}

fn blob(kind: &str, text: &str) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options).ok()
}

/// Hands a blob to the browser's own saving. Its address leaves nothing behind in the network.
fn save_blob(name: &str, blob: &Blob) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let address = Url::create_object_url_with_blob(blob).ok()?;
    let anchor: HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    // The download has its own hold on the blob by the time a later task runs.
    crate::app::measure::after_paint(move || {
        Url::revoke_object_url(&address).ok();
    });
    Some(())
}
