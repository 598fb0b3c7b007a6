//! A short word in a line. The general search prepares itself for each new word, which takes longer than looking
//! through a line; here the byte of the word that logs have least is looked for.

use memchr::memchr_iter;

/// Where `needle` begins first.
pub fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let rare = needle
        .iter()
        .enumerate()
        .min_by_key(|(_, byte)| commonness(**byte));
    let Some((offset, byte)) = rare else {
        return Some(0);
    };
    memchr_iter(*byte, text).find_map(|at| {
        let start = at.checked_sub(offset)?;
        text[start..].starts_with(needle).then_some(start)
    })
}

/// How many there are in a log, roughly.
fn commonness(byte: u8) -> u8 {
    match byte {
        b' ' | b'0'..=b'9' | b'.' | b'=' | b':' | b'"' | b',' => 3,
        b'a' | b'c' | b'd' | b'e' | b'i' | b'n' | b'o' | b'r' | b's' | b't' => 2,
        b'a'..=b'z' | b'-' | b'/' | b'_' => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn words_are_found_where_the_general_search_finds_them() {
        let text = b"Feb 19 10:15:02 fw1 kernel: [UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.9 -> in:";
        for start in 0..text.len() {
            for end in start..text.len() {
                let needle = &text[start..end];
                assert_eq!(find(text, needle), memchr::memmem::find(text, needle));
                assert_eq!(
                    find(&text[..end.saturating_sub(1)], needle),
                    memchr::memmem::find(&text[..end.saturating_sub(1)], needle)
                );
            }
        }
    }
}
