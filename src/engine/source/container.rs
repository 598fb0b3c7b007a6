//! Containers: what a source is packed in, told by its first bytes, never by its name; and unpacking of gzip.

use super::encoding::Encoding;
use flate2::{Decompress, FlushDecompress, Status};

/// Why a source cannot be read, as a sentence for a person. What was read before stays.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SourceError {
    #[error("The file is empty.")]
    Empty,
    #[error(
        "This is a zip archive (spreadsheets are zip archives, too). This version does not open them yet: unpack it, or save the sheet as CSV, and open what is inside."
    )]
    Zip,
    #[error(
        "This zip archive is encrypted. Unpack it with its password and open the log that is inside."
    )]
    ZipLocked,
    #[error(
        "This file is packed with Zstandard. This version does not open that yet: unpack it first (`zstd -d`)."
    )]
    Zstd,
    #[error(
        "This file is packed with {0}, which is not opened here: unpack it first and open the log that is inside."
    )]
    OtherPacker(&'static str),
    #[error("This is {0}, not a log in text form: {1}")]
    OtherKind(&'static str, &'static str),
    #[error(
        "This is not text: it holds bytes that no log has. If it is a capture or a database, export it as text first."
    )]
    Binary,
    #[error(
        "The gzip data is damaged after {n_good} bytes of log: {what}. What was read up to there is shown."
    )]
    GzipDamaged { n_good: u64, what: String },
    #[error(
        "The gzip file ends too early, after {n_good} bytes of log: it was not copied completely. What was read is shown."
    )]
    GzipCut { n_good: u64 },
    #[error(
        "Unpacking stopped after {n_good} bytes of log: the file grows more than {limit} times when unpacked, which no log does. What was read is shown."
    )]
    GrowsTooMuch { n_good: u64, limit: u64 },
    #[error("There is a packed file inside the packed file. Unpack the outer one first.")]
    Nested,
}

/// How the text of a source is packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub enum Container {
    #[default]
    Plain,
    Gzip,
}

/// Signatures of files that people drop although they are no logs.
const KINDS: [(&[u8], SourceError); 20] = [
    (b"PK\x05\x06", SourceError::Zip),
    (b"\x28\xb5\x2f\xfd", SourceError::Zstd),
    (b"\xfd7zXZ\0", SourceError::OtherPacker("xz")),
    (b"BZh", SourceError::OtherPacker("bzip2")),
    (b"7z\xbc\xaf\x27\x1c", SourceError::OtherPacker("7-Zip")),
    (b"Rar!\x1a", SourceError::OtherPacker("RAR")),
    (b"\x04\x22\x4d\x18", SourceError::OtherPacker("LZ4")),
    (
        b"%PDF-",
        SourceError::OtherKind(
            "a PDF document",
            "copy the log lines out of it and paste them.",
        ),
    ),
    (b"\xd4\xc3\xb2\xa1", CAPTURE),
    (b"\xa1\xb2\xc3\xd4", CAPTURE),
    (b"\x4d\x3c\xb2\xa1", CAPTURE),
    (b"\x0a\x0d\x0d\x0a", CAPTURE),
    (
        b"ElfFile\0",
        SourceError::OtherKind(
            "a Windows event file",
            "export the events as text or CSV first.",
        ),
    ),
    (
        b"\xd0\xcf\x11\xe0",
        SourceError::OtherKind("an old Office document", "save it as CSV first."),
    ),
    (
        b"SQLite format 3\0",
        SourceError::OtherKind("a database", "export the table as CSV first."),
    ),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"RIFF", PICTURE),
    (
        b"{\\rtf",
        SourceError::OtherKind(
            "a rich-text document",
            "save it as plain text, or copy the lines and paste them.",
        ),
    ),
];
const CAPTURE: SourceError = SourceError::OtherKind(
    "a packet capture",
    "print it as text first (`tcpdump -nr FILE`), or open the firewall's own log.",
);
const PICTURE: SourceError = SourceError::OtherKind(
    "a picture",
    "text in a picture cannot be read; paste the lines instead.",
);

/// Share of control characters among the bytes that are not NUL from which on a source is not text. Random bytes
/// have a tenth; a log with terminal colours has far fewer (the escape character is not counted).
const MAX_CONTROL_PERCENT: usize = 4;

impl Container {
    /// From the first bytes of a source.
    pub fn detect(head: &[u8]) -> Result<Container, SourceError> {
        if head.is_empty() {
            return Err(SourceError::Empty);
        }
        if head.starts_with(b"\x1f\x8b\x08") {
            return Ok(Container::Gzip);
        }
        if head.starts_with(b"PK\x03\x04") {
            let is_locked = head.get(6).is_some_and(|flags| flags & 1 == 1);
            return Err(if is_locked {
                SourceError::ZipLocked
            } else {
                SourceError::Zip
            });
        }
        match KINDS.iter().find(|(magic, _)| head.starts_with(magic)) {
            Some((_, error)) => Err(error.clone()),
            None => Ok(Container::Plain),
        }
    }
}

/// Refuses samples of unpacked bytes that cannot be text. NULs alone are no reason: rotated logs have runs of them.
pub fn expect_text<'a>(
    samples: impl IntoIterator<Item = &'a [u8]>,
    encoding: Encoding,
) -> Result<(), SourceError> {
    if matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be) {
        return Ok(());
    }
    let (mut n_text, mut n_control, mut n_nul) = (0, 0, 0);
    for sample in samples {
        for byte in sample {
            match byte {
                0 => n_nul += 1,
                b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0x1b => n_text += 1,
                1..0x20 | 0x7f => n_control += 1,
                _ => n_text += 1,
            }
        }
    }
    let only_nul = n_text == 0 && n_nul > 0;
    if only_nul || n_control * 100 > (n_text + n_control) * MAX_CONTROL_PERCENT {
        return Err(SourceError::Binary);
    }
    Ok(())
}

/// Unpacks gzip as it comes, member after member.
pub struct Inflate {
    decompress: Decompress,
    out: Vec<u8>,
    n_in: u64,
    n_out: u64,
    /// Of the current member; 0 between members.
    member_in: u64,
    /// Zeros, or anything that is no member, follow the last member: ignored, as gzip does.
    after_end: bool,
    checked_nested: bool,
    growth_free_bytes: u64,
}

/// Unpacked bytes handed on at a time.
const OUT_BYTES: usize = 128 * 1024;
/// Domain §10.3: more than 200 times, once more than 64 MiB came out.
const MAX_GROWTH: u64 = 200;
const GROWTH_FREE_BYTES: u64 = 64 << 20;
/// Window bits of a gzip stream; the library adds 16 for the wrapper.
const WINDOW_BITS: u8 = 15;

impl Default for Inflate {
    fn default() -> Self {
        Inflate {
            decompress: Decompress::new_gzip(WINDOW_BITS),
            out: vec![0; OUT_BYTES],
            n_in: 0,
            n_out: 0,
            member_in: 0,
            after_end: false,
            checked_nested: false,
            growth_free_bytes: GROWTH_FREE_BYTES,
        }
    }
}

impl Inflate {
    /// Bytes given out so far.
    pub fn n_out(&self) -> u64 {
        self.n_out
    }

    /// Unpacks the next chunk; `each` gets the text in pieces, also those before an error.
    pub fn feed(&mut self, chunk: &[u8], each: &mut impl FnMut(&[u8])) -> Result<(), SourceError> {
        let mut rest = chunk;
        while !rest.is_empty() && !self.after_end {
            if self.member_in == 0 && self.n_in > 0 && rest[0] != 0x1f {
                self.after_end = true;
                break;
            }
            let (before_in, before_out) = (self.decompress.total_in(), self.decompress.total_out());
            let status = self
                .decompress
                .decompress(rest, &mut self.out, FlushDecompress::None);
            let used = (self.decompress.total_in() - before_in) as usize;
            let given = (self.decompress.total_out() - before_out) as usize;
            self.member_in += used as u64;
            self.n_in += used as u64;
            self.n_out += given as u64;
            rest = rest.get(used..).unwrap_or_default();
            let text = self.out.get(..given).unwrap_or_default();
            if !self.checked_nested && given > 0 {
                self.checked_nested = true;
                if text.starts_with(b"\x1f\x8b\x08") || text.starts_with(b"PK\x03\x04") {
                    return Err(SourceError::Nested);
                }
            }
            if given > 0 {
                each(text);
            }
            if self.n_out > self.growth_free_bytes
                && self.n_out > self.n_in.saturating_mul(MAX_GROWTH)
            {
                return Err(SourceError::GrowsTooMuch {
                    n_good: self.n_out,
                    limit: MAX_GROWTH,
                });
            }
            match status {
                Ok(Status::StreamEnd) => {
                    self.decompress = Decompress::new_gzip(WINDOW_BITS);
                    self.member_in = 0;
                }
                Ok(_) if used == 0 && given == 0 => break,
                Ok(_) => {}
                Err(error) => {
                    let what = error
                        .message()
                        .unwrap_or("its checksum or its codes are wrong")
                        .to_string();
                    return Err(SourceError::GzipDamaged {
                        n_good: self.n_out,
                        what,
                    });
                }
            }
        }
        Ok(())
    }

    /// An error when the last member is incomplete.
    pub fn finish(&mut self) -> Result<(), SourceError> {
        if self.member_in > 0 && !self.after_end {
            return Err(SourceError::GzipCut { n_good: self.n_out });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write as _;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).expect("writing to memory");
        encoder.finish().expect("writing to memory")
    }

    fn inflate(packed: &[u8], size: usize) -> (Vec<u8>, Result<(), SourceError>) {
        let (mut inflate, mut all) = (Inflate::default(), Vec::new());
        for chunk in packed.chunks(size) {
            if let Err(error) = inflate.feed(chunk, &mut |text| all.extend_from_slice(text)) {
                return (all, Err(error));
            }
        }
        (all, inflate.finish())
    }

    #[test]
    fn several_members_are_one_text() {
        let mut packed = gzip(b"first\n");
        packed.extend(gzip(b""));
        packed.extend(gzip(b"second\n"));
        packed.extend([0; 512]);
        assert_eq!(Container::detect(&packed), Ok(Container::Gzip));
        for size in [1, 2, 7, 10_000] {
            let (text, result) = inflate(&packed, size);
            assert_eq!(
                (text.as_slice(), result),
                (b"first\nsecond\n".as_slice(), Ok(())),
                "{size}"
            );
        }
    }

    #[test]
    fn a_cut_or_damaged_file_gives_what_was_read() {
        let text: Vec<u8> = (0..60_000_u32)
            .flat_map(|n| format!("{} line\n", n.wrapping_mul(2_654_435_761)).into_bytes())
            .collect();
        let packed = gzip(&text);
        let (read, result) = inflate(&packed[..packed.len() / 2], 1000);
        assert!(text.starts_with(&read) && !read.is_empty());
        assert_eq!(
            result,
            Err(SourceError::GzipCut {
                n_good: read.len() as u64
            })
        );
        let mut damaged = packed.clone();
        let last = damaged.len() - 6;
        damaged[last] ^= 0xff;
        let (read, result) = inflate(&damaged, 1000);
        assert!(
            text.starts_with(&read) && matches!(result, Err(SourceError::GzipDamaged { .. })),
            "{result:?}"
        );
    }

    #[test]
    fn what_grows_without_end_is_stopped() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder
            .write_all(&vec![b'a'; 3 << 20])
            .expect("writing to memory");
        let packed = encoder.finish().expect("writing to memory");
        let mut inflate_small = Inflate {
            growth_free_bytes: 1 << 20,
            ..Inflate::default()
        };
        let mut n_read = 0;
        let result = inflate_small.feed(&packed, &mut |text| n_read += text.len());
        assert!(
            matches!(result, Err(SourceError::GrowsTooMuch { .. })),
            "{result:?}"
        );
        assert!(n_read < 2 << 20);
        assert_eq!(
            inflate(&gzip(&gzip(b"inner")), 10_000).1,
            Err(SourceError::Nested)
        );
    }

    #[test]
    fn files_that_are_no_logs_are_named() {
        for (head, word) in [
            (b"PK\x03\x04\x14\0\0\0\x08\0".as_slice(), "zip"),
            (b"PK\x03\x04\x14\0\x01\0\x08\0", "encrypted"),
            (b"\x28\xb5\x2f\xfd\x04", "Zstandard"),
            (b"%PDF-1.7", "PDF"),
            (b"\x0a\x0d\x0d\x0a", "capture"),
            (b"", "empty"),
        ] {
            let error = Container::detect(head).expect_err("not a log").to_string();
            assert!(error.contains(word), "{error}");
        }
        let noise: Vec<u8> = (0..10_000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        assert_eq!(
            expect_text([noise.as_slice()], Encoding::Utf8),
            Err(SourceError::Binary)
        );
        assert_eq!(
            expect_text([[0; 100].as_slice()], Encoding::Utf8),
            Err(SourceError::Binary)
        );
        assert_eq!(
            expect_text(
                [b"\0\0\0\0\0\0\0\0a log\n".as_slice(), b"\x1b[31mred\x1b[0m"],
                Encoding::Utf8
            ),
            Ok(())
        );
    }
}
