//! `--memory SIZE`: reading ends when what is remembered of the logs takes more.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// What all threads together may hold.
pub struct Memory {
    limit: u64,
    held: AtomicU64,
}

impl Memory {
    /// Bytes; nothing is without a limit.
    pub fn new(limit: Option<u64>) -> Memory {
        Memory {
            limit: limit.unwrap_or(u64::MAX),
            held: AtomicU64::new(0),
        }
    }

    /// One part grew to so many bytes. An error when that is too much for all.
    pub fn grow(&self, part: &mut u64, n_bytes: u64) -> io::Result<()> {
        let grown = n_bytes.saturating_sub(*part);
        *part += grown;
        let held = self.held.fetch_add(grown, Ordering::Relaxed) + grown;
        if held <= self.limit {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::OutOfMemory,
            "Not all of it was read: what is remembered of the logs would take more than --memory allows.",
        ))
    }
}

/// `500M`, `2G`, `64k`, or bytes.
pub fn size(text: &str) -> Result<u64, String> {
    let wrong = || "write a size such as 500M or 2G".to_string();
    let text = text.trim_end_matches(['B', 'b', 'i']);
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 10),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 20),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("500M"), Ok(500 << 20));
        assert_eq!(size("2GiB"), Ok(2 << 30));
        assert_eq!(size("64k"), Ok(64 << 10));
        assert_eq!(size("1234"), Ok(1234));
        for wrong in ["", "M", "-1", "2T", "much", "99999999999G"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_threads_share_one_limit() {
        let memory = Memory::new(Some(100));
        let (mut one, mut other) = (0, 0);
        assert!(memory.grow(&mut one, 60).is_ok());
        assert!(memory.grow(&mut one, 60).is_ok(), "nothing grew");
        assert!(memory.grow(&mut other, 40).is_ok());
        assert!(memory.grow(&mut other, 41).is_err());
    }
}
