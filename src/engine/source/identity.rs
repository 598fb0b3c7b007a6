//! What a source is, whatever order it came in: a key from its name, its length and its ends (domain §0.4).

use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// Bytes of each end that count.
pub const END_BYTES: u64 = 64 * 1024;

/// Sort sources by this before they are numbered, and results do not depend on the order of files.
/// `head` and `tail` are at most `END_BYTES` long.
pub fn key(name: &str, n_bytes: u64, head: &[u8], tail: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0x736f_7572_6365_2030, 0x6b65_7920_2020_3031);
    for part in [name.as_bytes(), head, tail] {
        hasher.write_u64(part.len() as u64);
        hasher.write(part);
    }
    hasher.write_u64(n_bytes);
    hasher.finish()
}
