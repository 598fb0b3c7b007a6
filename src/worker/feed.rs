//! A file's side of the engine: the samples that its survey needs, the text behind packing and encoding, and what a
//! failed read means.

use web_sys::Blob;

use super::reader;
use crate::engine::model::Micros;
use crate::engine::pipeline::Context;
use crate::engine::source::survey::Sample;
use crate::engine::source::{Container, Decoder, Encoding, Unpack};

/// Looks at the start, the middle and the end of a file: how to read it, and which one it is.
pub async fn survey(file: &Blob, now: Micros, mapping: &str) -> Result<Context, String> {
    let n_bytes = file.size() as u64;
    let [head, middle, tail] = Sample::ranges(n_bytes);
    let (head, middle, tail) = (
        part(file, head).await?,
        part(file, middle).await?,
        part(file, tail).await?,
    );
    let sample = Sample {
        head: &head,
        middle: &middle,
        tail: &tail,
        len: Some(n_bytes),
    };
    Context::taught(&sample, now, mapping).map_err(|error| error.to_string())
}

async fn part(file: &Blob, (start, end): (u64, u64)) -> Result<Vec<u8>, String> {
    if start >= end {
        return Ok(Vec::new());
    }
    reader::read_whole(file, start, end)
        .await
        .map_err(|error| unreadable(&error))
}

/// Offsets into the text are offsets into the file.
pub fn is_direct(context: &Context) -> bool {
    context.survey.container == Container::Plain && context.survey.encoding == Encoding::Utf8
}

/// Undoes packing and encoding, to find lines again by their offsets.
pub struct Feed {
    unpack: Option<Unpack>,
    decoder: Decoder,
}

impl Feed {
    pub fn new(context: &Context) -> Self {
        Self {
            unpack: Unpack::new(context.survey.container),
            decoder: Decoder::new(context.survey.encoding),
        }
    }

    /// The text of the next bytes of the file. Returns false when `each` wants no more, or nothing more can be had.
    pub fn push(&mut self, chunk: &[u8], each: &mut impl FnMut(&[u8]) -> bool) -> bool {
        let decoder = &mut self.decoder;
        match &mut self.unpack {
            None => each(decoder.decode(chunk)),
            Some(unpack) => {
                let mut goes_on = true;
                let unpacked =
                    unpack.feed(chunk, &mut |text| goes_on &= each(decoder.decode(text)));
                goes_on && unpacked.is_ok()
            }
        }
    }

    /// The text that was held back until the end. Whether the data is complete was said when it was read.
    pub fn finish(&mut self, each: &mut impl FnMut(&[u8]) -> bool) {
        let decoder = &mut self.decoder;
        if let Some(unpack) = &mut self.unpack {
            unpack
                .finish(&mut |text| {
                    each(decoder.decode(text));
                })
                .ok();
        }
    }
}

/// What a failed read means: browsers let a file be read only as it was when it was dropped.
pub fn unreadable(error: &wasm_bindgen::JsValue) -> String {
    let name = js_sys::Reflect::get(error, &"name".into())
        .ok()
        .and_then(|name| name.as_string())
        .unwrap_or_default();
    match name.as_str() {
        "NotReadableError" | "NotFoundError" | "TypeError" | "NetworkError" => {
            "The file changed, moved or cannot be opened any more. Logs that are still being written change all the time: drop it again, or a copy of it.".into()
        }
        _ => format!("The browser could not read the file: {}.", super::serve::thrown(error)),
    }
}
