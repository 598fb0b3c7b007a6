//! From a packed source to its text, through at most two layers of packing.
//!
//! A gzip or Zstandard file holds one document, a zip archive many. Each document is looked at when its start is
//! here: text is given on, as UTF-8 if it was UTF-16, packed data goes through a second layer, and what is neither is
//! the error of its file, or passed over in an archive that has text, too. A document that ends without a line end
//! gets one when another follows.

use super::gzip::Gzip;
use super::zip::Zip;
use super::zstd::Zstd;
use super::{Container, SourceError, expect_text};
use crate::engine::source::encoding::{Decoder, Encoding};

/// Unpacked bytes handed on at a time.
pub const OUT_BYTES: usize = 128 * 1024;
/// How much of a document is looked at; as much as the test for UTF-16 wants.
const HEAD_BYTES: usize = 4096;
/// Domain §10.3: more than 200 times, once more than 64 MiB came out.
pub const MAX_GROWTH: u64 = 200;
const GROWTH_FREE_BYTES: u64 = 64 << 20;
/// Layers inside the outermost one.
const MAX_NESTED: u8 = 1;
/// Windows of Zstandard frames, in MB: what `zstd` itself opens without being asked, and inside another layer what
/// it makes without being asked.
const OUTER_WINDOW_MB: u64 = 128;
const INNER_WINDOW_MB: u64 = 8;

/// What a layer gives.
pub enum Piece<'a> {
    Bytes(&'a [u8]),
    /// Bytes of a member that nobody wants; they count for the limits.
    Unwanted(usize),
    /// A document is complete.
    End,
    /// A document cannot be read, the others can.
    Problem(SourceError),
}

pub type Take<'a> = dyn FnMut(Piece<'_>) -> Result<(), SourceError> + 'a;
type Each<'a> = dyn FnMut(&[u8]) + 'a;

enum Layer {
    Gzip(Gzip),
    Zip(Zip),
    Zstd(Box<Zstd>),
}

impl Layer {
    fn new(container: Container, window_mb: u64) -> Option<Layer> {
        Some(match container {
            Container::Plain => return None,
            Container::Gzip => Layer::Gzip(Gzip::new()),
            Container::Zip => Layer::Zip(Zip::new()),
            Container::Zstd => Layer::Zstd(Box::new(Zstd::new(window_mb))),
        })
    }

    fn feed(&mut self, chunk: &[u8], take: &mut Take<'_>) -> Result<(), SourceError> {
        match self {
            Layer::Gzip(gzip) => gzip.feed(chunk, take),
            Layer::Zip(zip) => zip.feed(chunk, take),
            Layer::Zstd(zstd) => zstd.feed(chunk, take),
        }
    }

    fn finish(&mut self, take: &mut Take<'_>) -> Result<(), SourceError> {
        match self {
            Layer::Gzip(gzip) => gzip.finish(),
            Layer::Zip(zip) => zip.finish(),
            Layer::Zstd(zstd) => zstd.finish(take),
        }
    }
}

/// Unpacks a source as it comes.
pub struct Unpack {
    layer: Layer,
    document: Document,
    sum: Sum,
}

impl Unpack {
    /// Nothing for a source that is not packed.
    pub fn new(container: Container) -> Option<Unpack> {
        let document = Document {
            is_member: container == Container::Zip,
            ..Document::default()
        };
        Layer::new(container, OUTER_WINDOW_MB).map(|layer| Unpack {
            layer,
            document,
            sum: Sum::default(),
        })
    }

    /// Small bombs are enough for tests.
    #[cfg(test)]
    pub fn limit_growth_after(&mut self, n_bytes: u64) {
        self.sum.growth_free_bytes = n_bytes;
    }

    /// Bytes of text given out so far.
    pub fn n_text(&self) -> u64 {
        self.sum.n_text
    }

    /// Unpacks the next chunk; `each` gets the text in pieces, also those before an error.
    pub fn feed(&mut self, chunk: &[u8], each: &mut Each<'_>) -> Result<(), SourceError> {
        let Unpack {
            layer,
            document,
            sum,
        } = self;
        sum.n_in += chunk.len() as u64;
        let fed = layer.feed(chunk, &mut |piece| document.take(piece, sum, each));
        fed.map_err(|error| error.after(self.sum.n_text))
    }

    /// What was held back. An error when the data is not complete, or some of it could not be read.
    pub fn finish(&mut self, each: &mut Each<'_>) -> Result<(), SourceError> {
        let Unpack {
            layer,
            document,
            sum,
        } = self;
        let ended = layer.finish(&mut |piece| document.take(piece, sum, each));
        let closed = document.end(sum, each);
        let excuse = if sum.n_texts == 0 {
            Err(sum.excuse.take().unwrap_or(SourceError::Empty))
        } else {
            Ok(())
        };
        let problem = sum.problem.take().map_or(Ok(()), Err);
        closed
            .and(problem)
            .and(ended)
            .and(excuse)
            .map_err(|error| error.after(self.sum.n_text))
    }
}

/// What all layers did together.
struct Sum {
    n_in: u64,
    /// Given by any layer.
    n_out: u64,
    growth_free_bytes: u64,
    n_text: u64,
    n_texts: u64,
    /// The text so far does not end with a line end.
    is_open: bool,
    /// Something that might have been a log could not be read.
    problem: Option<SourceError>,
    /// Why a document is no log; of interest when there is no other.
    excuse: Option<SourceError>,
}

impl Default for Sum {
    fn default() -> Sum {
        Sum {
            n_in: 0,
            n_out: 0,
            growth_free_bytes: GROWTH_FREE_BYTES,
            n_text: 0,
            n_texts: 0,
            is_open: false,
            problem: None,
            excuse: None,
        }
    }
}

impl Sum {
    fn grow(&mut self, n_bytes: usize) -> Result<(), SourceError> {
        self.n_out += n_bytes as u64;
        if self.n_out > self.growth_free_bytes && self.n_out > self.n_in.saturating_mul(MAX_GROWTH)
        {
            return Err(SourceError::GrowsTooMuch {
                n_good: 0,
                limit: MAX_GROWTH,
            });
        }
        Ok(())
    }

    fn give(&mut self, text: &[u8], each: &mut Each<'_>) {
        if let Some(last) = text.last() {
            self.is_open = *last != b'\n';
            self.n_text += text.len() as u64;
            each(text);
        }
    }

    fn note(&mut self, error: SourceError) {
        match error {
            SourceError::Empty => {}
            SourceError::Binary | SourceError::OtherKind(..) | SourceError::ZipEmpty => {
                self.excuse.get_or_insert(error);
            }
            _ => {
                self.problem.get_or_insert(error);
            }
        }
    }
}

/// One document: the text of a file, or a member of an archive.
#[derive(Default)]
struct Document {
    /// Its fellows are read even if it cannot be.
    is_member: bool,
    depth: u8,
    head: Vec<u8>,
    kind: Kind,
}

#[derive(Default)]
enum Kind {
    #[default]
    Unknown,
    Text(Decoder),
    Packed(Box<(Layer, Document)>),
    Passed,
}

impl Document {
    fn take(
        &mut self,
        piece: Piece<'_>,
        sum: &mut Sum,
        each: &mut Each<'_>,
    ) -> Result<(), SourceError> {
        match piece {
            Piece::Bytes(bytes) => {
                sum.grow(bytes.len())?;
                self.bytes(bytes, sum, each)
            }
            Piece::Unwanted(n_bytes) => sum.grow(n_bytes),
            Piece::End => self.end(sum, each),
            Piece::Problem(error) => {
                sum.note(error.after(sum.n_text));
                Ok(())
            }
        }
    }

    fn bytes(
        &mut self,
        bytes: &[u8],
        sum: &mut Sum,
        each: &mut Each<'_>,
    ) -> Result<(), SourceError> {
        let result = match &mut self.kind {
            Kind::Unknown => {
                let (part, rest) = bytes.split_at(bytes.len().min(HEAD_BYTES - self.head.len()));
                self.head.extend_from_slice(part);
                if self.head.len() < HEAD_BYTES {
                    return Ok(());
                }
                self.open(sum, each)?;
                return if rest.is_empty() {
                    Ok(())
                } else {
                    self.bytes(rest, sum, each)
                };
            }
            Kind::Text(decoder) => {
                sum.give(decoder.decode(bytes), each);
                Ok(())
            }
            Kind::Packed(inner) => {
                let (layer, document) = &mut **inner;
                layer.feed(bytes, &mut |piece| document.take(piece, sum, each))
            }
            Kind::Passed => Ok(()),
        };
        self.settle(result, sum)
    }

    /// The start of the document is here, or all of it.
    fn open(&mut self, sum: &mut Sum, each: &mut Each<'_>) -> Result<(), SourceError> {
        let head = std::mem::take(&mut self.head);
        match self.kind_of(&head) {
            Ok(kind) => self.kind = kind,
            Err(error) => return self.settle(Err(error), sum),
        }
        let mut text = head.as_slice();
        if matches!(self.kind, Kind::Text(_)) {
            sum.n_texts += 1;
            if sum.is_open {
                sum.give(b"\n", each);
            }
            text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        }
        self.bytes(text, sum, each)
    }

    fn kind_of(&self, head: &[u8]) -> Result<Kind, SourceError> {
        let container = Container::detect(head)?;
        if let Some(layer) = Layer::new(container, INNER_WINDOW_MB) {
            if self.depth >= MAX_NESTED {
                return Err(SourceError::Nested);
            }
            let document = Document {
                is_member: container == Container::Zip,
                depth: self.depth + 1,
                ..Document::default()
            };
            return Ok(Kind::Packed(Box::new((layer, document))));
        }
        let encoding = match Encoding::detect(head) {
            // Other samples may show that it is another one; the survey finds out.
            Encoding::Windows1252 => Encoding::Utf8,
            encoding => encoding,
        };
        // A file of its own is judged by the survey, which sees more of it; NULs at the start are no reason.
        let is_all_nul = head.iter().all(|byte| *byte == 0);
        if self.is_member && !is_all_nul {
            expect_text([head], encoding)?;
        }
        Ok(Kind::Text(Decoder::new(encoding)))
    }

    /// An error in a member is that member's; a limit is for all.
    fn settle(
        &mut self,
        result: Result<(), SourceError>,
        sum: &mut Sum,
    ) -> Result<(), SourceError> {
        match result {
            Err(error) if self.is_member && !matches!(error, SourceError::GrowsTooMuch { .. }) => {
                sum.note(error.after(sum.n_text));
                self.kind = Kind::Passed;
                Ok(())
            }
            result => result,
        }
    }

    fn end(&mut self, sum: &mut Sum, each: &mut Each<'_>) -> Result<(), SourceError> {
        if matches!(self.kind, Kind::Unknown) && !self.head.is_empty() {
            self.open(sum, each)?;
        }
        let result = match &mut self.kind {
            Kind::Text(decoder) => {
                sum.give(decoder.finish(), each);
                Ok(())
            }
            Kind::Packed(inner) => {
                let (layer, document) = &mut **inner;
                let ended = layer.finish(&mut |piece| document.take(piece, sum, each));
                document.end(sum, each).and(ended)
            }
            Kind::Unknown | Kind::Passed => Ok(()),
        };
        let result = self.settle(result, sum);
        self.kind = Kind::Unknown;
        result
    }
}
