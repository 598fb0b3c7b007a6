//! Starting the page: get what workers need, then lock the tab, then begin.
//!
//! The order is the point. Workers are started from a `Blob` made of the glue text, so that they inherit the page's
//! policy (a worker loaded by address does not) and need no network. After the lock nothing can be fetched any more,
//! so the glue is fetched, once, before it.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, Document, Response, Url, Window};

use crate::worker::link::Parts;

/// What the tab allows itself once everything is here: run what is loaded, start workers, show and save. Policies
/// only add up, so nothing on the page can take this back without a reload.
const LOCK: &str = "default-src 'none'; script-src 'wasm-unsafe-eval'; worker-src blob:; style-src 'self'; \
                    img-src blob: data:; base-uri 'none'; form-action 'none'";

/// The worker waits for the compiled module, then runs the same program as the page.
const WORKER_TAIL: &str =
    "\nself.onmessage = (event) => { self.onmessage = null; initSync({ module: event.data }); };\n";

/// What booting leaves behind.
pub struct Booted {
    pub parts: Parts,
    pub locked: bool,
}

/// Fetches the glue, builds the worker's source and locks the tab.
pub async fn boot(window: &Window) -> Result<Booted, JsValue> {
    let document = window.document().ok_or("there is no document")?;
    let glue = fetch_text(window, &glue_address(&document)?).await?;
    let source = Array::of2(&glue.into(), &WORKER_TAIL.into());
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&source, &kind)?;
    let parts = Parts {
        address: Url::create_object_url_with_blob(&blob)?,
        module: wasm_bindgen::module(),
    };
    let locked = lock(&document)?;
    Ok(Booted { parts, locked })
}

/// Trunk announces the glue by a `modulepreload` link; its name carries a hash.
fn glue_address(document: &Document) -> Result<String, JsValue> {
    let link = document
        .query_selector("link[rel=modulepreload]")?
        .ok_or("the page does not name its program")?;
    link.get_attribute("href")
        .ok_or_else(|| "the page does not name its program".into())
}

async fn fetch_text(window: &Window, address: &str) -> Result<String, JsValue> {
    let response: Response = JsFuture::from(window.fetch_with_str(address))
        .await?
        .dyn_into()?;
    if !response.ok() {
        return Err(format!(
            "the server did not hand out the program ({})",
            response.status()
        )
        .into());
    }
    JsFuture::from(response.text()?)
        .await?
        .as_string()
        .ok_or_else(|| "the program is not text".into())
}

/// Appends the strict policy. A build whose `whichway-lock` says "off" stays open, so that a test can show that the
/// test of the lock notices; the page then says so in red.
fn lock(document: &Document) -> Result<bool, JsValue> {
    let wanted = document
        .query_selector("meta[name=whichway-lock]")?
        .and_then(|meta| meta.get_attribute("content"));
    if wanted.as_deref() == Some("off") {
        return Ok(false);
    }
    let head = document
        .query_selector("head")?
        .ok_or("the page has no head")?;
    let meta = document.create_element("meta")?;
    meta.set_attribute("http-equiv", "Content-Security-Policy")?;
    meta.set_attribute("content", LOCK)?;
    head.append_child(&meta)?;
    Ok(true)
}
