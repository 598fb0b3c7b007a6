//! Containers: what a source is packed in, told by its first bytes, never by its name; and the way back to text.
//!
//! Packed data is unpacked as it comes, in one piece from its start: gzip, Zstandard, the members of a zip archive,
//! and one of them inside another. Nothing is trusted that a header says about sizes.

mod gzip;
mod unpack;
mod zip;
mod zstd;

pub use unpack::Unpack;

use super::encoding::Encoding;

/// Why a source cannot be read, as a sentence for a person. What was read before stays.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SourceError {
    #[error("The file is empty.")]
    Empty,
    #[error("This zip archive is empty.")]
    ZipEmpty,
    #[error(
        "This zip archive is encrypted. Unpack it with its password and open the log that is inside."
    )]
    ZipLocked,
    #[error(
        "A file in this zip archive is packed by a method that is not opened here (number {0}). Unpack the archive first, or pack it again in the ordinary way."
    )]
    ZipMethod(u16),
    #[error(
        "A file in this zip archive is stored without its length, so nobody can say where it ends. Unpack the archive first."
    )]
    ZipLengthless,
    #[error(
        "This Zstandard file was packed with a dictionary, which is not in it. Unpack it first (`zstd -d -D DICTIONARY`)."
    )]
    ZstdDictionary,
    #[error(
        "Unpacking this Zstandard file takes more than {limit_mb} MB of memory, more than a log is given here. Unpack it first (`zstd -d --long=31`)."
    )]
    ZstdWindow { limit_mb: u64 },
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
        "The {packer} data is damaged after {n_good} bytes of log: {what}. What was read up to there is shown."
    )]
    Damaged {
        packer: &'static str,
        n_good: u64,
        what: &'static str,
    },
    #[error(
        "The {packer} file ends too early, after {n_good} bytes of log: it was not copied completely. What was read is shown."
    )]
    Cut { packer: &'static str, n_good: u64 },
    #[error(
        "Unpacking stopped after {n_good} bytes of log: the file grows more than {limit} times when unpacked, which no log does. What was read is shown."
    )]
    GrowsTooMuch { n_good: u64, limit: u64 },
    #[error(
        "There is a packed file inside a packed file inside a packed file. Unpack the outer ones first."
    )]
    Nested,
}

impl SourceError {
    /// The same error, said to be after so many bytes of text. Layers do not know what the others gave.
    fn after(mut self, n_text: u64) -> SourceError {
        match &mut self {
            SourceError::Damaged { n_good, .. }
            | SourceError::Cut { n_good, .. }
            | SourceError::GrowsTooMuch { n_good, .. } => *n_good = n_text,
            _ => {}
        }
        self
    }
}

/// How the text of a source is packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub enum Container {
    #[default]
    Plain,
    Gzip,
    Zip,
    Zstd,
}

/// Signatures of files that people drop although they are no logs.
const KINDS: [(&[u8], SourceError); 19] = [
    (b"PK\x05\x06", SourceError::ZipEmpty),
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
            return Ok(Container::Zip);
        }
        // A skippable frame may come first; some packers say there how many frames follow.
        if head.starts_with(zstd::MAGIC) || zstd::is_skippable(head) {
            return Ok(Container::Zstd);
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

#[cfg(test)]
mod tests;
