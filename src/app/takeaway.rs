//! Out of the tab, by the reader's own hand: the clipboard, and files the browser saves.

use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

pub fn to_clipboard(text: &str) {
    if let Some(window) = web_sys::window() {
        // A refused clipboard rejects the promise; there is nothing to mend about that here.
        let promise = window.navigator().clipboard().write_text(text);
        wasm_bindgen_futures::spawn_local(async move {
            wasm_bindgen_futures::JsFuture::from(promise).await.ok();
        });
    }
}

/// Saves a text under a name. The address is that of a blob, which leaves nothing behind in the network.
pub fn save(name: &str, kind: &str, text: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
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
