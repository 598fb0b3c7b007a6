//! What a source is, whatever order it came in, whatever it is called and however it is packed: a key from the start
//! of its text (domain §0.4, without name and length, which packing changes and a log that grows).

use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// Bytes of text that count.
const START_BYTES: usize = 64 * 1024;

/// Sort sources by this before they are numbered, and results do not depend on the order of files.
/// `text` is the decoded start of a source, `START_BYTES` of it or all there is.
pub fn key(text: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0x736f_7572_6365_2030, 0x6b65_7920_2020_3031);
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    hasher.write(text.get(..START_BYTES).unwrap_or(text));
    hasher.finish()
}
