//! From the bytes of a file to the text that the engine reads: what a source is packed and written in, found out once
//! by a short survey, then undone on the way.

use serde::{Deserialize, Serialize};
use web_sys::Blob;

use super::reader;
use crate::engine::model::Micros;
use crate::engine::pipeline::Context;
use crate::engine::source::{Container, Decoder, Encoding, Inflate, LineEnds, SourceError, container};

/// Bytes looked at in the beginning; headers and encodings show there.
const HEAD_BYTES: u64 = 256 << 10;
/// Bytes looked at in the middle and at the end, to tell text from other things.
const SAMPLE_BYTES: u64 = 4 << 10;

/// What a survey finds out about a source.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Survey {
    pub container: Container,
    pub encoding: Encoding,
    pub context: Context,
}

impl Survey {
    /// Ranges of the file are ranges of the text.
    pub fn is_splittable(&self) -> bool {
        self.container == Container::Plain && self.encoding == Encoding::Utf8
    }
}

/// Looks at the ends and the middle of a file.
pub async fn survey(file: &Blob, now: Micros) -> Result<Survey, String> {
    let n_bytes = file.size() as u64;
    let head = part(file, 0, HEAD_BYTES).await?;
    let container = Container::detect(&head).map_err(|error| error.to_string())?;
    let text = match container {
        Container::Plain => head,
        Container::Gzip => {
            let mut text = Vec::new();
            // A head that is cut in the middle of a member is no error; a damaged one shows when it is read.
            Inflate::default().feed(&head, &mut |chunk| text.extend_from_slice(chunk)).ok();
            text
        }
    };
    let encoding = Encoding::detect(&text);
    let mut samples = vec![text];
    if container == Container::Plain && n_bytes > HEAD_BYTES {
        samples.push(part(file, n_bytes / 2, n_bytes / 2 + SAMPLE_BYTES).await?);
        samples.push(part(file, n_bytes - SAMPLE_BYTES, n_bytes).await?);
    }
    container::expect_text(samples.iter().map(Vec::as_slice), encoding).map_err(|error| error.to_string())?;
    let head = Decoder::new(encoding).decode(&samples[0]).to_vec();
    let ends = if !head.contains(&b'\n') && head.contains(&b'\r') { LineEnds::Any } else { LineEnds::Lf };
    Ok(Survey { container, encoding, context: Context { now, ends, headers: Vec::new() } })
}

async fn part(file: &Blob, start: u64, end: u64) -> Result<Vec<u8>, String> {
    reader::read_whole(file, start, end).await.map_err(|error| unreadable(&error))
}

/// Undoes packing and encoding. `each` says whether it wants more.
pub struct Feed {
    inflate: Option<Inflate>,
    decoder: Decoder,
}

impl Feed {
    pub fn new(survey: &Survey) -> Self {
        Self {
            inflate: (survey.container == Container::Gzip).then(Inflate::default),
            decoder: Decoder::new(survey.encoding),
        }
    }

    /// The text of the next bytes of the file. Returns false when `each` wants no more.
    pub fn push(&mut self, chunk: &[u8], each: &mut impl FnMut(&[u8]) -> bool) -> Result<bool, SourceError> {
        let decoder = &mut self.decoder;
        match &mut self.inflate {
            None => Ok(each(decoder.decode(chunk))),
            Some(inflate) => {
                let mut goes_on = true;
                inflate.feed(chunk, &mut |text| goes_on &= each(decoder.decode(text)))?;
                Ok(goes_on)
            }
        }
    }

    pub fn finish(&mut self, each: &mut impl FnMut(&[u8]) -> bool) -> Result<(), SourceError> {
        each(self.decoder.finish());
        self.inflate.as_mut().map_or(Ok(()), Inflate::finish)
    }
}

/// What a failed read means: browsers let a file be read only as it was when it was dropped.
pub fn unreadable(error: &wasm_bindgen::JsValue) -> String {
    let name = js_sys::Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default();
    match name.as_str() {
        "NotReadableError" | "NotFoundError" | "TypeError" | "NetworkError" => {
            "The file changed, moved or cannot be opened any more. Logs that are still being written change all the time: drop it again, or a copy of it.".into()
        }
        _ => format!("The browser could not read the file: {}.", super::serve::thrown(error)),
    }
}
