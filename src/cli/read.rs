//! Reading all sources with several threads: each takes the next piece, the parts are united at the end. What comes
//! out does not depend on the number of threads.

use super::input::{Bytes, Failure, Source, in_words};
use super::memory::Memory;
use super::progress::Progress;
use crate::engine::pipeline::{Finished, Range, Reader};
use crate::engine::session::Partial;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes asked for at a time: they are read while they still are in the processor's own memory. With eight times as
/// many the kernel takes twice as long to copy them.
const CHUNK_BYTES: usize = 1 << 17;
/// Smaller pieces cost more than they bring.
const MIN_PIECE_BYTES: u64 = 8 << 20;
/// Pieces for each thread, so that no thread waits long for the last one.
const PIECES_PER_THREAD: u64 = 4;

/// All there is, and what could not be read.
pub struct AllRead {
    pub part: Partial,
    pub failures: Vec<Failure>,
}

pub struct Limits {
    pub n_threads: usize,
    pub memory: Memory,
}

/// A number that nobody who wrote the log could know.
pub fn seed() -> u64 {
    RandomState::new().hash_one(0)
}

/// A part of a source.
#[derive(Clone, Copy)]
struct Piece {
    source_idx: usize,
    range: Range,
}

struct Done {
    finished: Finished,
    error: Option<io::Error>,
}

pub fn all(sources: &[Source], limits: &Limits, progress: &Progress) -> AllRead {
    let pieces = pieces(sources, limits.n_threads);
    let done: Vec<Mutex<Option<Done>>> = pieces.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut chunk = vec![0; CHUNK_BYTES];
        while let Some((at, piece)) = take(&next, &pieces) {
            let source = &sources[piece.source_idx];
            let result = read(source, piece.range, None, &mut chunk, limits, progress);
            *done[at]
                .lock()
                .expect("no thread panics while it holds a result") = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..limits.n_threads.min(pieces.len()) {
            scope.spawn(work);
        }
        work();
    });
    let done = done.into_iter().map(|slot| {
        slot.into_inner()
            .expect("no thread panics while it holds a result")
    });
    united(
        sources,
        &pieces,
        done.map(|done| done.expect("every piece was taken")),
        limits,
        progress,
    )
}

fn take(next: &AtomicUsize, pieces: &[Piece]) -> Option<(usize, Piece)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    pieces.get(at).map(|piece| (at, *piece))
}

fn pieces(sources: &[Source], n_threads: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (source_idx, source) in sources.iter().enumerate() {
        let whole = Range::whole(source_idx as u16);
        let n_bytes = source.n_bytes.unwrap_or(0);
        let n_pieces = if source.is_splittable() && n_threads > 1 {
            (n_bytes / MIN_PIECE_BYTES)
                .min(n_threads as u64 * PIECES_PER_THREAD)
                .max(1)
        } else {
            1
        };
        let cut = |nth: u64| n_bytes / n_pieces * nth;
        for nth in 0..n_pieces {
            let end = if nth + 1 == n_pieces {
                whole.end
            } else {
                cut(nth + 1)
            };
            pieces.push(Piece {
                source_idx,
                range: Range {
                    start: cut(nth),
                    end,
                    ..whole
                },
            });
        }
    }
    pieces
}

/// Unites the parts; a piece that was read under wrong headers is read again.
fn united(
    sources: &[Source],
    pieces: &[Piece],
    done: impl Iterator<Item = Done>,
    limits: &Limits,
    progress: &Progress,
) -> AllRead {
    let mut part = Partial::new(seed());
    let mut failures = Vec::new();
    let mut headers = Vec::new();
    for (piece, mut done) in pieces.iter().zip(done) {
        let source = &sources[piece.source_idx];
        if piece.range.start > 0 && headers != source.context.headers {
            let mut chunk = vec![0; CHUNK_BYTES];
            done = read(
                source,
                piece.range,
                Some(headers),
                &mut chunk,
                limits,
                progress,
            );
        }
        headers = done.finished.headers;
        part = part.merge(done.finished.part);
        let reason = done
            .error
            .map(|error| in_words(&error))
            .or(done.finished.error.map(|error| error.to_string()));
        failures.extend(reason.map(|reason| Failure {
            name: source.name.clone(),
            reason,
        }));
    }
    // Each piece of a source says it.
    failures.dedup_by(|one, other| (&one.name, &one.reason) == (&other.name, &other.reason));
    AllRead { part, failures }
}

fn read(
    source: &Source,
    range: Range,
    headers: Option<Vec<crate::engine::pipeline::Header>>,
    chunk: &mut [u8],
    limits: &Limits,
    progress: &Progress,
) -> Done {
    let mut context = source.context.clone();
    if let Some(headers) = headers {
        context.headers = headers;
    }
    let mut reader = Reader::new(&context, range, seed());
    let mut held = 0;
    let mut after = |reader: &Reader| limits.memory.grow(&mut held, reader.n_bytes_held());
    let error = feed(source, &mut reader, chunk, &mut after, progress).err();
    Done {
        finished: reader.finish(),
        error,
    }
}

/// Gives a reader its bytes. An error ends it, also one of what is called after each chunk; what was read stays.
pub fn feed(
    source: &Source,
    reader: &mut Reader,
    chunk: &mut [u8],
    after: &mut dyn FnMut(&Reader) -> io::Result<()>,
    progress: &Progress,
) -> io::Result<()> {
    match &source.bytes {
        Bytes::Memory(bytes) => {
            let start = usize::try_from(reader.from()).unwrap_or(usize::MAX);
            for part in bytes.get(start..).unwrap_or_default().chunks(CHUNK_BYTES) {
                progress.add(part.len());
                if !reader.feed(part) {
                    break;
                }
                after(reader)?;
            }
            Ok(())
        }
        Bytes::File(path) => {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(reader.from()))?;
            pour(&mut file, reader, chunk, after, progress)
        }
        Bytes::Pipe(start) => {
            let start = start
                .lock()
                .ok()
                .and_then(|mut start| start.take())
                .unwrap_or_default();
            progress.add(start.len());
            if reader.feed(&start) {
                pour(&mut io::stdin().lock(), reader, chunk, after, progress)
            } else {
                Ok(())
            }
        }
    }
}

fn pour(
    bytes: &mut impl Read,
    reader: &mut Reader,
    chunk: &mut [u8],
    after: &mut dyn FnMut(&Reader) -> io::Result<()>,
    progress: &Progress,
) -> io::Result<()> {
    loop {
        let n = match bytes.read(chunk) {
            Ok(0) => return Ok(()),
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        progress.add(n);
        if !reader.feed(chunk.get(..n).unwrap_or_default()) {
            return Ok(());
        }
        after(reader)?;
    }
}
