//! Zstandard, frame after frame, one block at a time: the library is given exactly what it needs for a step, so it
//! never waits inside, and no more than a block comes out between two looks at the limits.
//!
//! Quirks   A frame's text comes out late, by as much as its window. What a frame that was cut still holds is had
//!          by telling the library that the frame ends there.
//! Limits   A frame with a wide window is held back for long, so its growth is looked at block by block, too.

use super::SourceError;
use super::unpack::{MAX_GROWTH, OUT_BYTES, Piece, Take};
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::io::Read as _;

pub const MAGIC: &[u8] = b"\x28\xb5\x2f\xfd";
/// No block is longer, packed or not.
const MAX_BLOCK: usize = 128 * 1024;
/// Windows above this are only filled by frames whose blocks do not look like a bomb.
const WIDE_WINDOW: u64 = 32 << 20;
/// A block without contents that ends its frame; behind it room for a checksum that nobody checks.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// Frames of other things, told by sixteen magic numbers.
pub fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

pub struct Zstd {
    decoder: FrameDecoder,
    limit_mb: u64,
    out: Vec<u8>,
    /// Bytes of the next step, as far as they are here, and how many it takes.
    held: Vec<u8>,
    need: usize,
    at: At,
    /// Bytes of a skippable frame that are still to come.
    n_skip: u64,
    has_checksum: bool,
    /// Of this frame: its window, and the bytes and blocks of it so far.
    window: u64,
    n_frame: u64,
    n_blocks: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Magic,
    Skippable,
    Descriptor,
    Header,
    Block,
    Body { is_last: bool },
}

impl Zstd {
    /// The window of a frame may have so many megabytes; the library needs half as much again.
    pub fn new(limit_mb: u64) -> Zstd {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(limit_mb << 20);
        Zstd {
            decoder,
            limit_mb,
            out: vec![0; OUT_BYTES],
            held: Vec::new(),
            need: 4,
            at: At::Magic,
            n_skip: 0,
            has_checksum: false,
            window: 0,
            n_frame: 0,
            n_blocks: 0,
        }
    }

    pub fn feed(&mut self, chunk: &[u8], take: &mut Take<'_>) -> Result<(), SourceError> {
        let mut rest = chunk;
        while !rest.is_empty() {
            let n_skipped = self.n_skip.min(rest.len() as u64);
            self.n_skip -= n_skipped;
            rest = &rest[n_skipped as usize..];
            let n_taken = (self.need - self.held.len()).min(rest.len());
            self.held.extend_from_slice(&rest[..n_taken]);
            rest = &rest[n_taken..];
            while self.held.len() == self.need {
                self.step(take)?;
            }
        }
        Ok(())
    }

    /// Gives what an incomplete frame holds, and says that it is incomplete.
    pub fn finish(&mut self, take: &mut Take<'_>) -> Result<(), SourceError> {
        if self.at == At::Magic && self.held.is_empty() && self.n_skip == 0 {
            return Ok(());
        }
        if matches!(self.at, At::Block | At::Body { .. }) {
            self.decode(&LAST_BLOCK, take)?;
        }
        Err(SourceError::Cut {
            packer: "Zstandard",
            n_good: 0,
        })
    }

    fn step(&mut self, take: &mut Take<'_>) -> Result<(), SourceError> {
        let byte = |at: usize| self.held.get(at).copied().unwrap_or(0);
        match self.at {
            At::Magic if is_skippable(&self.held) => self.go(At::Skippable, 8),
            At::Magic if self.held == MAGIC => self.go(At::Descriptor, 5),
            At::Magic => {
                return Err(damaged(
                    "something that is not Zstandard follows a complete frame",
                ));
            }
            At::Skippable => {
                self.n_skip = u64::from(u32::from_le_bytes([byte(4), byte(5), byte(6), byte(7)]));
                self.next(At::Magic, 4);
            }
            At::Descriptor => {
                let descriptor = byte(4);
                let is_single = descriptor & 0x20 != 0;
                self.has_checksum = descriptor & 4 != 0;
                let n_dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
                let n_size = [usize::from(is_single), 2, 4, 8][usize::from(descriptor >> 6)];
                self.go(
                    At::Header,
                    5 + usize::from(!is_single) + n_dictionary + n_size,
                );
            }
            At::Header => {
                // A decoder that is used again makes room for the whole window, however little will come.
                self.decoder = FrameDecoder::new();
                self.decoder.set_max_window_size(self.limit_mb << 20);
                if let Err(error) = self.decoder.reset(self.held.as_slice()) {
                    return Err(match error {
                        FrameDecoderError::WindowSizeTooBig { .. } => SourceError::ZstdWindow {
                            limit_mb: self.limit_mb,
                        },
                        FrameDecoderError::DictNotProvided { .. } => SourceError::ZstdDictionary,
                        _ => damaged("the header of a frame is wrong"),
                    });
                }
                let is_single = byte(4) & 0x20 != 0;
                self.window = if is_single {
                    self.decoder.content_size()
                } else {
                    let base = 1_u64 << (10 + (byte(5) >> 3));
                    base + base / 8 * u64::from(byte(5) & 7)
                };
                (self.n_frame, self.n_blocks) = (0, 0);
                self.next(At::Block, 3);
            }
            At::Block => {
                let word =
                    usize::from(byte(0)) | usize::from(byte(1)) << 8 | usize::from(byte(2)) << 16;
                let (is_last, kind, size) = (word & 1 == 1, word >> 1 & 3, word >> 3);
                if kind == 3 || size > MAX_BLOCK {
                    return Err(damaged("the header of a block is wrong"));
                }
                // One byte, repeated, is stored once.
                let n_body = if kind == 1 { 1 } else { size };
                let n_checksum = if is_last && self.has_checksum { 4 } else { 0 };
                self.go(At::Body { is_last }, 3 + n_body + n_checksum);
            }
            At::Body { is_last } => {
                let block = std::mem::take(&mut self.held);
                self.n_frame += block.len() as u64;
                self.n_blocks += 1;
                let most = self.n_blocks * MAX_BLOCK as u64;
                if self.window > WIDE_WINDOW
                    && most > WIDE_WINDOW
                    && most > self.n_frame.saturating_mul(MAX_GROWTH)
                {
                    return Err(SourceError::GrowsTooMuch {
                        n_good: 0,
                        limit: MAX_GROWTH,
                    });
                }
                self.decode(&block, take)?;
                self.held = block;
                if is_last && self.has_checksum && !self.is_right() {
                    return Err(damaged("its checksum is wrong"));
                }
                if is_last {
                    self.next(At::Magic, 4);
                } else {
                    self.next(At::Block, 3);
                }
            }
        }
        Ok(())
    }

    fn decode(&mut self, block: &[u8], take: &mut Take<'_>) -> Result<(), SourceError> {
        self.decoder
            .decode_blocks(block, BlockDecodingStrategy::UptoBlocks(1))
            .map_err(|_| damaged("the codes of a block are wrong"))?;
        loop {
            match self.decoder.read(&mut self.out) {
                Ok(0) | Err(_) => return Ok(()),
                Ok(n_given) => take(Piece::Bytes(self.out.get(..n_given).unwrap_or_default()))?,
            }
        }
    }

    /// The text of a complete frame is what its checksum was made of.
    fn is_right(&self) -> bool {
        self.decoder.get_checksum_from_data() == self.decoder.get_calculated_checksum()
    }

    /// The same bytes and more of them.
    fn go(&mut self, at: At, need: usize) {
        (self.at, self.need) = (at, need);
    }

    /// Other bytes.
    fn next(&mut self, at: At, need: usize) {
        self.held.clear();
        self.go(at, need);
    }
}

fn damaged(what: &'static str) -> SourceError {
    SourceError::Damaged {
        packer: "Zstandard",
        n_good: 0,
        what,
    }
}
