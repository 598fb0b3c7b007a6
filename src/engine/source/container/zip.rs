//! Zip archives, read from the front: each member stands behind a header of its own, so the directory at the end is
//! not needed, and an archive can be read while it comes.
//!
//! Quirks   Sizes in headers are believed only where nothing else tells the end (members that are not packed, or
//!          packed by a method that is not opened here). A member that was written before its size was known is
//!          followed by a descriptor of one of four lengths: the one behind which the next header stands.
//! Ignored  The directory; folders; what macOS adds about its own files.

use super::SourceError;
use super::gzip::inflate;
use super::unpack::{OUT_BYTES, Piece, Take};
use flate2::{Crc, Decompress, Status};

const HEADER: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// Members are followed by one of these, and then by nothing that is read.
const ENDS: [&[u8]; 4] = [b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08"];
/// Of a header, without the name and the further fields.
const N_FIXED: usize = 30;
/// With or without a mark, with sizes of four or eight bytes; or missing.
const N_DESCRIPTOR: [usize; 5] = [12, 16, 20, 24, 0];

pub struct Zip {
    decompress: Decompress,
    out: Vec<u8>,
    /// A header or a descriptor, as far as it is here.
    held: Vec<u8>,
    at: At,
    member: Member,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Header,
    Packed,
    Stored { left: u64 },
    Passed { left: u64 },
    Descriptor,
    End,
}

/// The member that is being read.
#[derive(Default)]
struct Member {
    crc: Crc,
    /// What the header says; nothing when a descriptor says it.
    expected_crc: Option<u32>,
    is_unwanted: bool,
}

impl Zip {
    pub fn new() -> Zip {
        Zip {
            decompress: Decompress::new(false),
            out: vec![0; OUT_BYTES],
            held: Vec::new(),
            at: At::Header,
            member: Member::default(),
        }
    }

    pub fn feed(&mut self, chunk: &[u8], take: &mut Take<'_>) -> Result<(), SourceError> {
        let mut rest = chunk;
        while !rest.is_empty() {
            match self.at {
                At::Header => rest = self.header(rest, take)?,
                At::Descriptor => rest = self.descriptor(rest, take)?,
                At::Packed => {
                    let (used, given, status) = inflate(&mut self.decompress, rest, &mut self.out);
                    rest = rest.get(used..).unwrap_or_default();
                    self.member
                        .give(self.out.get(..given).unwrap_or_default(), take)?;
                    match status {
                        Some(Status::StreamEnd) => self.end_of_data(take)?,
                        Some(_) if used > 0 || given > 0 => {}
                        _ => return Err(damaged("the codes of a member are wrong")),
                    }
                }
                At::Stored { left } => {
                    let (part, after) = rest.split_at(left.min(rest.len() as u64) as usize);
                    self.member.give(part, take)?;
                    rest = after;
                    self.at = At::Stored {
                        left: left - part.len() as u64,
                    };
                    if left == part.len() as u64 {
                        self.end_of_data(take)?;
                    }
                }
                At::Passed { left } => {
                    let n_passed = left.min(rest.len() as u64);
                    rest = &rest[n_passed as usize..];
                    self.at = if left == n_passed {
                        At::Header
                    } else {
                        At::Passed {
                            left: left - n_passed,
                        }
                    };
                }
                At::End => return Ok(()),
            }
        }
        Ok(())
    }

    /// An archive ends with its directory.
    pub fn finish(&mut self) -> Result<(), SourceError> {
        if self.at == At::End {
            return Ok(());
        }
        Err(SourceError::Cut {
            packer: "zip",
            n_good: 0,
        })
    }

    /// Adds bytes to what is held until there are `need`; what is left over, or nothing while some are missing.
    fn hold<'a>(&mut self, rest: &'a [u8], need: usize) -> Option<&'a [u8]> {
        let n_missing = need.saturating_sub(self.held.len());
        let (part, after) = rest.split_at(n_missing.min(rest.len()));
        self.held.extend_from_slice(part);
        (part.len() == n_missing).then_some(after)
    }

    fn header<'a>(&mut self, rest: &'a [u8], take: &mut Take<'_>) -> Result<&'a [u8], SourceError> {
        let Some(rest) = self.hold(rest, 4) else {
            return Ok(&[]);
        };
        if ENDS.contains(&self.held.as_slice()) {
            self.at = At::End;
            return Ok(&[]);
        }
        if !self.held.starts_with(HEADER) {
            return Err(damaged(
                "its members do not follow one another as they should",
            ));
        }
        let Some(rest) = self.hold(rest, N_FIXED) else {
            return Ok(&[]);
        };
        let word = |at: usize| u16::from_le_bytes([self.held[at], self.held[at + 1]]);
        let long = |at: usize| u32::from(word(at)) | u32::from(word(at + 2)) << 16;
        let (flags, method, crc, n_packed) = (word(6), word(8), long(14), long(18));
        let (n_name, n_extra) = (usize::from(word(26)), usize::from(word(28)));
        let Some(rest) = self.hold(rest, N_FIXED + n_name + n_extra) else {
            return Ok(&[]);
        };
        let header = std::mem::take(&mut self.held);
        let (name, extra) = header
            .get(N_FIXED..)
            .and_then(|more| more.split_at_checked(n_name))
            .unwrap_or_default();
        if flags & 1 == 1 {
            return Err(SourceError::ZipLocked);
        }
        if matches!(name, b"[Content_Types].xml" | b"mimetype") {
            return Err(SourceError::OtherKind(
                "a spreadsheet or another office document",
                "save the sheet as CSV, or copy the lines and paste them.",
            ));
        }
        let has_descriptor = flags & 8 != 0;
        let left = if n_packed == u32::MAX {
            long_size(extra).unwrap_or(u64::MAX)
        } else {
            u64::from(n_packed)
        };
        self.member = Member {
            crc: Crc::new(),
            expected_crc: (!has_descriptor).then_some(crc),
            is_unwanted: name.ends_with(b"/")
                || name.starts_with(b"__MACOSX/")
                || name.ends_with(b".DS_Store"),
        };
        match method {
            8 => {
                self.decompress.reset(false);
                self.at = At::Packed;
            }
            0 if left > 0 => self.at = At::Stored { left },
            0 if has_descriptor && !self.member.is_unwanted => {
                return Err(SourceError::ZipLengthless);
            }
            0 => self.end_of_data(take)?,
            _ if has_descriptor && left == 0 => return Err(SourceError::ZipMethod(method)),
            _ => {
                if !self.member.is_unwanted {
                    take(Piece::Problem(SourceError::ZipMethod(method)))?;
                }
                // Without data there is nothing to pass.
                self.at = if left == 0 {
                    At::Header
                } else {
                    At::Passed { left }
                };
            }
        }
        Ok(rest)
    }

    fn end_of_data(&mut self, take: &mut Take<'_>) -> Result<(), SourceError> {
        if let Some(expected) = self.member.expected_crc {
            self.at = At::Header;
            return self.member.end(expected, take);
        }
        self.at = At::Descriptor;
        Ok(())
    }

    /// Waits until a header stands behind one of the lengths that a descriptor can have.
    fn descriptor<'a>(
        &mut self,
        rest: &'a [u8],
        take: &mut Take<'_>,
    ) -> Result<&'a [u8], SourceError> {
        let mut rest = rest;
        while let Some((byte, after)) = rest.split_first() {
            self.held.push(*byte);
            rest = after;
            let Some((descriptor, next)) = self.held.split_last_chunk::<4>() else {
                continue;
            };
            let is_next = next == HEADER || ENDS.contains(&next.as_slice());
            if is_next && N_DESCRIPTOR.contains(&descriptor.len()) {
                let fields = descriptor.strip_prefix(DESCRIPTOR).unwrap_or(descriptor);
                let expected = fields
                    .first_chunk::<4>()
                    .map_or(self.member.crc.sum(), |crc| u32::from_le_bytes(*crc));
                self.held = next.to_vec();
                self.at = At::Header;
                self.member.end(expected, take)?;
                return Ok(rest);
            }
            if descriptor.len() >= 24 {
                return Err(damaged(
                    "its members do not follow one another as they should",
                ));
            }
        }
        Ok(rest)
    }
}

impl Member {
    fn give(&mut self, bytes: &[u8], take: &mut Take<'_>) -> Result<(), SourceError> {
        self.crc.update(bytes);
        take(if self.is_unwanted {
            Piece::Unwanted(bytes.len())
        } else {
            Piece::Bytes(bytes)
        })
    }

    /// A wrong checksum is said; the members behind are read all the same.
    fn end(&mut self, expected: u32, take: &mut Take<'_>) -> Result<(), SourceError> {
        take(Piece::End)?;
        if self.crc.sum() != expected && !self.is_unwanted {
            take(Piece::Problem(damaged("the checksum of a member is wrong")))?;
        }
        Ok(())
    }
}

/// The packed size in the field for archives beyond 4 GB: behind the unpacked one.
fn long_size(extra: &[u8]) -> Option<u64> {
    let mut rest = extra;
    while let [a, b, c, d, after @ ..] = rest {
        let field = after.get(..usize::from(u16::from_le_bytes([*c, *d])))?;
        if u16::from_le_bytes([*a, *b]) == 1 {
            return field
                .get(8..16)
                .and_then(|size| size.first_chunk::<8>())
                .map(|size| u64::from_le_bytes(*size));
        }
        rest = &after[field.len()..];
    }
    None
}

fn damaged(what: &'static str) -> SourceError {
    SourceError::Damaged {
        packer: "zip",
        n_good: 0,
        what,
    }
}
