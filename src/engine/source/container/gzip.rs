//! Gzip, member after member: `cat` of rotated logs makes such files.

use super::SourceError;
use super::unpack::{OUT_BYTES, Piece, Take};
use flate2::{Decompress, FlushDecompress, Status};

/// Window bits of a gzip stream; the library adds 16 for the wrapper.
const WINDOW_BITS: u8 = 15;

pub struct Gzip {
    decompress: Decompress,
    out: Vec<u8>,
    /// Some member has begun.
    has_begun: bool,
    /// Of the current member; 0 between members.
    member_in: u64,
    /// Zeros, or anything that is no member, follow the last member: ignored, as gzip does.
    after_end: bool,
}

impl Gzip {
    pub fn new() -> Gzip {
        Gzip {
            decompress: Decompress::new_gzip(WINDOW_BITS),
            out: vec![0; OUT_BYTES],
            has_begun: false,
            member_in: 0,
            after_end: false,
        }
    }

    pub fn feed(&mut self, chunk: &[u8], take: &mut Take<'_>) -> Result<(), SourceError> {
        let mut rest = chunk;
        while !rest.is_empty() && !self.after_end {
            if self.member_in == 0 && self.has_begun && rest[0] != 0x1f {
                self.after_end = true;
                break;
            }
            self.has_begun = true;
            let (used, given, status) = inflate(&mut self.decompress, rest, &mut self.out);
            self.member_in += used as u64;
            rest = rest.get(used..).unwrap_or_default();
            if given > 0 {
                take(Piece::Bytes(self.out.get(..given).unwrap_or_default()))?;
            }
            match status {
                Some(Status::StreamEnd) => {
                    self.decompress = Decompress::new_gzip(WINDOW_BITS);
                    self.member_in = 0;
                }
                Some(_) if used == 0 && given == 0 => break,
                Some(_) => {}
                None => {
                    return Err(SourceError::Damaged {
                        packer: "gzip",
                        n_good: 0,
                        what: "its checksum or its codes are wrong",
                    });
                }
            }
        }
        Ok(())
    }

    /// An error when the last member is incomplete.
    pub fn finish(&mut self) -> Result<(), SourceError> {
        if self.member_in > 0 && !self.after_end {
            return Err(SourceError::Cut {
                packer: "gzip",
                n_good: 0,
            });
        }
        Ok(())
    }
}

/// One step: bytes used, bytes given, and how it went; no status when the data is damaged.
pub fn inflate(
    decompress: &mut Decompress,
    chunk: &[u8],
    out: &mut [u8],
) -> (usize, usize, Option<Status>) {
    let (before_in, before_out) = (decompress.total_in(), decompress.total_out());
    let status = decompress.decompress(chunk, out, FlushDecompress::None);
    (
        (decompress.total_in() - before_in) as usize,
        (decompress.total_out() - before_out) as usize,
        status.ok(),
    )
}
