//! Packed logs from outside: the same log plain, packed and in UTF-16 gives the same sessions byte for byte, and what
//! is hostile or no log ends soon, in a sentence.
#![cfg(feature = "cli")]

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use whichway::engine::source::{RecordStream, Sample, survey};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    compress_to_vec(text, CompressionLevel::Fastest)
}

/// An archive as programs write it that do not know sizes beforehand; without a real directory.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, text) in members {
        let mut crc = Crc::new();
        crc.update(text);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).expect("writing to memory");
        let data = encoder.finish().expect("writing to memory");
        archive.extend_from_slice(b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        archive.extend_from_slice(&(name.len() as u16).to_le_bytes());
        archive.extend_from_slice(&[0, 0]);
        archive.extend_from_slice(name.as_bytes());
        archive.extend_from_slice(&data);
        archive.extend_from_slice(b"PK\x07\x08");
        archive.extend_from_slice(&crc.sum().to_le_bytes());
        archive.extend_from_slice(&(data.len() as u32).to_le_bytes());
        archive.extend_from_slice(&(text.len() as u32).to_le_bytes());
    }
    archive.extend_from_slice(b"PK\x01\x02 and so on");
    archive
}

fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = b"\xff\xfe".to_vec();
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

fn log(n_lines: usize) -> String {
    let line = |at: usize| {
        format!(
            "Feb 19 {:02}:{:02}:{:02} fw1 kernel: DROP IN=eth0 OUT= SRC=203.0.113.{} DST=192.0.2.10 LEN=60 TTL=51 ID={} PROTO=TCP SPT={} DPT={} SYN\n",
            9 + at / 3600,
            at / 60 % 60,
            at % 60,
            at * 7 % 250,
            at % 60_000,
            20_000 + at * 13 % 40_000,
            [22, 25, 443][at % 3]
        )
    };
    (0..n_lines).map(line).collect()
}

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::remove_dir_all(&path).ok();
    std::fs::create_dir_all(&path).expect("the target folder can be written");
    path
}

fn sessions(path: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_whichway"))
        .args(["sessions", "--now", "2026-01-01T00:00:00Z", "edge.log"])
        .current_dir(path)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

#[test]
fn the_same_log_gives_the_same_sessions_however_it_is_stored() {
    let text = log(3000);
    let half = text.len() / 2;
    let at = half + text[half..].find('\n').expect("lines") + 1;
    let (one, two) = text.split_at(at);
    let plain = text.as_bytes();
    let stored: [(&str, Vec<u8>); 11] = [
        ("plain", plain.to_vec()),
        ("gzip", gzip(plain)),
        (
            "gzip of two members",
            [gzip(one.as_bytes()), gzip(two.as_bytes())].concat(),
        ),
        ("zip", zip(&[("a.log", plain)])),
        (
            "zip of two members",
            zip(&[
                ("a.log", one.as_bytes()),
                ("b.log", two.trim_end().as_bytes()),
            ]),
        ),
        ("zstd", zstd(plain)),
        (
            "zstd of two frames",
            [zstd(one.as_bytes()), zstd(two.as_bytes())].concat(),
        ),
        ("UTF-16", utf16(&text)),
        ("UTF-16 in gzip", gzip(&utf16(&text))),
        ("UTF-16 in zip", zip(&[("a.log", &utf16(&text))])),
        ("gzip in zip", zip(&[("a.log.gz", &gzip(plain))])),
    ];
    let mut first: Option<Vec<u8>> = None;
    for (name, bytes) in stored {
        let path = folder(&format!("stored as {name}"));
        std::fs::write(path.join("edge.log"), bytes).expect("the target folder can be written");
        let output = sessions(&path);
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.stdout.len() > 1000, "{name}");
        // To the byte: what a source is called by is made of its text, not of how it is stored.
        let expected = first.get_or_insert_with(|| output.stdout.clone());
        assert!(output.stdout == *expected, "{name}");
        std::fs::remove_dir_all(path).ok();
    }
}

/// Runs over what is no whole log; the sentence that comes out.
fn complaint(name: &str, bytes: &[u8]) -> String {
    let path = folder(&format!("complaint {name}"));
    std::fs::write(path.join("edge.log"), bytes).expect("the target folder can be written");
    let start = Instant::now();
    let output = sessions(&path);
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{name}: {:?}",
        start.elapsed()
    );
    std::fs::remove_dir_all(path).ok();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_is_hostile_or_no_log_ends_in_a_sentence() {
    let noise: Vec<u8> = (0..100_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let mut locked = zip(&[("a.log", b"text")]);
    locked[6] |= 1;
    // One packed member of zeros after the other, as a small file that unpacks to 10 GB.
    let zeros = gzip(&vec![0; 4 << 20]);
    let mut cases = vec![
        ("empty", Vec::new(), "empty"),
        ("document", b"%PDF-1.7\n%\xe2\xe3".to_vec(), "PDF"),
        ("noise", noise, "not text"),
        ("zeros", zeros.repeat(2500), "not text"),
        ("locked", locked, "encrypted"),
        (
            "window",
            b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00".to_vec(),
            "128 MB",
        ),
        (
            "sheet",
            zip(&[("[Content_Types].xml", b"<xml/>")]),
            "spreadsheet",
        ),
        ("nothing inside", b"PK\x05\x06\0\0\0\0".to_vec(), "empty"),
        (
            "cut",
            zip(&[("a.log", log(2000).as_bytes())])[..20_000].to_vec(),
            "too early",
        ),
    ];
    // Tens of megabytes take long in a program that is not optimized; a unit test has the same in small.
    if !cfg!(debug_assertions) {
        let letters = gzip(&vec![b'a'; 4 << 20]).repeat(40);
        cases.push(("letters", letters, "grows more than 200 times"));
    }
    for (name, bytes, word) in cases {
        let sentence = complaint(name, &bytes);
        assert!(sentence.contains(word), "{name}: {sentence}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// No byte of a packed file can be wrong in a way that stops the program.
    #[test]
    fn damaged_containers_are_safe(
        kind in 0_usize..5,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        size in 1_usize..5000,
    ) {
        let text = log(40);
        let mut bytes = match kind {
            0 => gzip(text.as_bytes()),
            1 => zstd(text.as_bytes()),
            2 => zip(&[("a.log", text.as_bytes()), ("b.log", b"two")]),
            3 => zip(&[("a.zst", &zstd(text.as_bytes()))]),
            _ => gzip(&zstd(&utf16(&text))),
        };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(1 + cut.index(bytes.len() * 2));
        if let Ok(found) = survey(&Sample::of(&bytes)) {
            let mut stream = RecordStream::new(&found, 0);
            let mut n_lines = 0;
            for chunk in bytes.chunks(size) {
                if stream.feed(chunk, &mut |record| n_lines += u64::from(record.n_lines)).is_err() {
                    break;
                }
            }
            stream.finish(&mut |record| n_lines += u64::from(record.n_lines)).ok();
            prop_assert_eq!(n_lines, stream.n_lines());
        }
    }
}
