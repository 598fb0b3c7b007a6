//! Tests of containers: what was packed comes out whole, what is wrong is said, and nothing grows without end.

use super::*;
use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::Write as _;

pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

pub fn zstd(text: &[u8]) -> Vec<u8> {
    compress_to_vec(text, CompressionLevel::Fastest)
}

/// How a member is written.
#[derive(Clone, Copy)]
enum Pack {
    Stored,
    Deflated,
    /// Its size is told behind it, in this many bytes.
    Streamed(usize),
}

fn zip(members: &[(&str, &[u8], Pack)]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, text, pack) in members {
        let mut crc = Crc::new();
        crc.update(text);
        let data = if matches!(pack, Pack::Stored) {
            text.to_vec()
        } else {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(text).expect("writing to memory");
            encoder.finish().expect("writing to memory")
        };
        let (flags, method, crc_here, size) = match pack {
            Pack::Stored => (0_u16, 0_u16, crc.sum(), data.len() as u32),
            Pack::Deflated => (0, 8, crc.sum(), data.len() as u32),
            Pack::Streamed(_) => (8, 8, 0, 0),
        };
        archive.extend_from_slice(b"PK\x03\x04\x14\0");
        archive.extend_from_slice(&flags.to_le_bytes());
        archive.extend_from_slice(&method.to_le_bytes());
        archive.extend_from_slice(&[0; 4]);
        archive.extend_from_slice(&crc_here.to_le_bytes());
        archive.extend_from_slice(&size.to_le_bytes());
        archive.extend_from_slice(&(text.len() as u32).to_le_bytes());
        archive.extend_from_slice(&(name.len() as u16).to_le_bytes());
        archive.extend_from_slice(&0_u16.to_le_bytes());
        archive.extend_from_slice(name.as_bytes());
        archive.extend_from_slice(&data);
        if let Pack::Streamed(n_bytes) = pack {
            let mut descriptor = Vec::new();
            if matches!(n_bytes, 16 | 24) {
                descriptor.extend_from_slice(b"PK\x07\x08");
            }
            descriptor.extend_from_slice(&crc.sum().to_le_bytes());
            descriptor.resize(*n_bytes, 7);
            archive.extend_from_slice(&descriptor);
        }
    }
    archive.extend_from_slice(b"PK\x01\x02 and so on");
    archive
}

fn unpack(packed: &[u8], size: usize) -> (Vec<u8>, Result<(), SourceError>) {
    let mut all = Vec::new();
    let container = Container::detect(packed).expect("a container");
    let mut unpack = Unpack::new(container).expect("packed");
    let mut each = |text: &[u8]| all.extend_from_slice(text);
    let mut result = Ok(());
    for chunk in packed.chunks(size) {
        result = unpack.feed(chunk, &mut each);
        if result.is_err() {
            break;
        }
    }
    let finished = unpack.finish(&mut each);
    (all, result.and(finished))
}

#[track_caller]
fn check(packed: &[u8], expected: &[u8]) {
    for size in [1, 2, 7, 1000, usize::MAX] {
        let (text, result) = unpack(packed, size);
        assert_eq!(
            (String::from_utf8_lossy(&text), result),
            (String::from_utf8_lossy(expected), Ok(())),
            "{size}"
        );
    }
}

/// The sentence of a failure, and the text that came before it.
#[track_caller]
fn fails(packed: &[u8], word: &str) -> Vec<u8> {
    let mut read = Vec::new();
    for size in [7, 1000, usize::MAX] {
        let (text, result) = unpack(packed, size);
        let error = result.expect_err("not whole").to_string();
        assert!(error.contains(word), "{error}");
        read = text;
    }
    read
}

fn log() -> Vec<u8> {
    (0..60_000_u32)
        .flat_map(|n| format!("{} line\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

#[test]
fn several_members_are_one_text() {
    let mut packed = gzip(b"first\n");
    packed.extend(gzip(b""));
    packed.extend(gzip(b"second\n"));
    packed.extend([0; 512]);
    check(&packed, b"first\nsecond\n");

    let mut frames = b"\x53\x2a\x4d\x18\x03\0\0\0abc".to_vec();
    frames.extend(zstd(b"first\n"));
    frames.extend(zstd(b""));
    frames.extend(b"\x50\x2a\x4d\x18\0\0\0\0");
    frames.extend(zstd(b"second\n"));
    check(&frames, b"first\nsecond\n");

    let text = log();
    check(
        &zip(&[
            ("logs/", b"", Pack::Stored),
            ("logs/a.log", b"first", Pack::Stored),
            ("__MACOSX/a.log", b"\0\x05\x16\x07", Pack::Deflated),
            ("logs/b.log", b"second\n", Pack::Deflated),
            ("logs/picture.png", b"\x89PNG\r\n", Pack::Stored),
            ("logs/c.log", b"\xef\xbb\xbfthird\n", Pack::Streamed(12)),
            ("logs/empty.log", b"", Pack::Streamed(16)),
            ("logs/d.log", b"fourth", Pack::Streamed(16)),
            ("logs/e.log", b"fifth", Pack::Streamed(20)),
            ("logs/f.log", b"sixth\n", Pack::Streamed(24)),
            ("logs/long.log", &text, Pack::Streamed(16)),
        ]),
        &[
            b"first\nsecond\nthird\nfourth\nfifth\nsixth\n",
            text.as_slice(),
        ]
        .concat(),
    );
}

#[test]
fn one_container_inside_another_and_utf16_inside_any() {
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let text = "Feb 19 10:15:02 fw1 “é”\n".repeat(500);
    let wide = utf16(&format!("\u{feff}{text}"));
    let archive = |text: &[u8]| zip(&[("a.log", text, Pack::Deflated)]);
    for packed in [
        gzip(&wide),
        zstd(&utf16(&text)),
        archive(&wide),
        archive(&gzip(text.as_bytes())),
        archive(&zstd(&wide)),
        gzip(&archive(text.as_bytes())),
        gzip(&zstd(text.as_bytes())),
        zstd(&gzip(&wide)),
    ] {
        check(&packed, text.as_bytes());
    }
    fails(&gzip(&zstd(&gzip(b"inner"))), "inside a packed file inside");
    // What cannot be read of an archive is said; the rest is read.
    let mixed = zip(&[
        ("a.gz", &gzip(&gzip(&gzip(b"inner"))), Pack::Stored),
        ("b.log", b"text", Pack::Deflated),
    ]);
    assert_eq!(fails(&mixed, "inside a packed file inside"), b"text");
}

#[test]
fn a_cut_or_damaged_file_gives_what_was_read() {
    let text = log();
    let archive = zip(&[("a.log", &text, Pack::Deflated)]);
    for packed in [gzip(&text), zstd(&text), archive] {
        let read = fails(&packed[..packed.len() / 2], "too early");
        assert!(text.starts_with(&read) && read.len() > 10_000);
    }
    let mut damaged = gzip(&text);
    let last = damaged.len() - 6;
    damaged[last] ^= 0xff;
    assert!(text.starts_with(&fails(&damaged, "gzip data is damaged")));
    let mut damaged = zip(&[
        ("a.log", b"one\n", Pack::Stored),
        ("b.log", b"two\n", Pack::Stored),
    ]);
    damaged[14] ^= 1;
    assert_eq!(fails(&damaged, "checksum of a member"), b"one\ntwo\n");
    fails(
        b"\x28\xb5\x2f\xfd\x00\x58\x07\x00\x00",
        "Zstandard data is damaged",
    );
    let mut damaged = zstd(&text);
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert_eq!(fails(&damaged, "its checksum is wrong"), text);
    fails(
        &[zstd(b"one\n"), b"two\n".to_vec()].concat(),
        "follows a complete frame",
    );
}

#[test]
fn sizes_that_lie_change_nothing() {
    let mut archive = zip(&[
        ("a.log", b"one\n", Pack::Deflated),
        ("b.log", b"two\n", Pack::Deflated),
    ]);
    // Packed and unpacked size of the first member.
    archive[18..26].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0]);
    check(&archive, b"one\ntwo\n");
    let mut archive = zip(&[("a.log", b"one\n", Pack::Stored)]);
    archive[18] = 200;
    fails(&archive, "too early");
    archive[18] = 2;
    fails(&archive, "zip data is damaged");
}

#[test]
fn what_is_not_opened_is_named() {
    let mut locked = zip(&[("a.log", b"one\n", Pack::Deflated)]);
    locked[6] |= 1;
    fails(&locked, "encrypted");
    let mut other = zip(&[
        ("a.log", b"one\n", Pack::Stored),
        ("b.log", b"two\n", Pack::Stored),
    ]);
    other[8] = 9;
    assert_eq!(fails(&other, "number 9"), b"two\n");
    fails(
        &zip(&[("[Content_Types].xml", b"<xml>", Pack::Deflated)]),
        "spreadsheet",
    );
    fails(&zip(&[("a.png", b"\x89PNG", Pack::Stored)]), "picture");
    // A window of 2 GiB, and a dictionary.
    fails(b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", "more than 128 MB");
    fails(b"\x28\xb5\x2f\xfd\x01\x58\x07\x01\x00\x00", "dictionary");
}

#[test]
fn what_grows_without_end_is_stopped() {
    let letters = vec![b'a'; 3 << 20];
    let archive = zip(&[
        (
            "a.png",
            &[b"\x89PNG", letters.as_slice()].concat(),
            Pack::Deflated,
        ),
        ("b.log", b"text", Pack::Stored),
    ]);
    for packed in [
        gzip(&letters),
        zip(&[("a.log", &letters, Pack::Deflated)]),
        archive,
    ] {
        let container = Container::detect(&packed).expect("a container");
        let mut unpack = Unpack::new(container).expect("packed");
        unpack.limit_growth_after(1 << 20);
        let mut n_read = 0;
        let mut feed = |chunk| unpack.feed(chunk, &mut |text| n_read += text.len());
        let result = packed.chunks(1000).try_for_each(&mut feed);
        assert!(
            matches!(result, Err(SourceError::GrowsTooMuch { .. })),
            "{result:?}"
        );
        assert!(n_read < 2 << 20);
    }
}

/// A window of 128 MB, and block after block of one letter: it is not held until the window is full.
#[test]
fn what_is_held_back_is_bounded() {
    let mut packed = b"\x28\xb5\x2f\xfd\x00\x88".to_vec();
    for _ in 0..2000 {
        packed.extend_from_slice(b"\x02\x00\x10a");
    }
    let container = Container::detect(&packed).expect("a container");
    let mut unpack = Unpack::new(container).expect("packed");
    let result = packed
        .chunks(100)
        .try_for_each(|chunk| unpack.feed(chunk, &mut |_| {}));
    assert!(
        matches!(result, Err(SourceError::GrowsTooMuch { .. })),
        "{result:?}"
    );
}

#[test]
fn files_that_are_no_logs_are_named() {
    for (head, word) in [
        (b"PK\x05\x06\0\0".as_slice(), "empty"),
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
