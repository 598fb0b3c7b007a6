//! A short word in a line. The general search prepares itself for each new word, which takes longer than looking
//! through a line; here the byte of the word that logs have least is looked for.

use memchr::{memchr_iter, memchr2_iter, memrchr_iter};

/// Where `needle` begins first.
pub fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let n_more = text.len().checked_sub(needle.len())?;
    let Some((offset, byte)) = rarest(needle) else {
        return Some(0);
    };
    let places = &text[offset..=n_more + offset];
    memchr_iter(byte, places).find(|at| text[*at..].starts_with(needle))
}

/// Where `needle` begins last.
pub fn rfind(text: &[u8], needle: &[u8]) -> Option<usize> {
    let n_more = text.len().checked_sub(needle.len())?;
    let Some((offset, byte)) = rarest(needle) else {
        return Some(text.len());
    };
    let places = &text[offset..=n_more + offset];
    memrchr_iter(byte, places).find(|at| text[*at..].starts_with(needle))
}

/// As `find`, in whatever case.
pub fn find_folded(text: &[u8], needle: &[u8]) -> Option<usize> {
    let n_more = text.len().checked_sub(needle.len())?;
    let Some((offset, byte)) = rarest(needle) else {
        return Some(0);
    };
    let places = &text[offset..=n_more + offset];
    let (low, high) = (byte.to_ascii_lowercase(), byte.to_ascii_uppercase());
    memchr2_iter(low, high, places)
        .find(|at| text[*at..][..needle.len()].eq_ignore_ascii_case(needle))
}

/// The byte of `needle` that logs have least, and where it stands in it.
fn rarest(needle: &[u8]) -> Option<(usize, u8)> {
    let mut best = (0, *needle.first()?);
    let mut least = u8::MAX;
    for (offset, byte) in needle.iter().enumerate() {
        let n = COMMONNESS[usize::from(*byte)];
        if n < least {
            (best, least) = ((offset, *byte), n);
            if n == 0 {
                break;
            }
        }
    }
    Some(best)
}

/// How many there are of a byte in a log, roughly.
static COMMONNESS: [u8; 256] = {
    let mut table = [0; 256];
    let by_rank: [&[u8]; 5] = [
        b"bfghjklmpquvwxyz-/_",
        b"acdnortis",
        b"e:,=\"",
        b".023456789",
        b" 1",
    ];
    let mut rank = 0;
    while rank < by_rank.len() {
        let mut at = 0;
        while at < by_rank[rank].len() {
            table[by_rank[rank][at] as usize] = rank as u8 + 1;
            at += 1;
        }
        rank += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::{find, find_folded, rfind};

    #[test]
    fn words_are_found_where_the_general_search_finds_them() {
        let text = b"Feb 19 10:15:02 fw1 kernel: [UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.9 -> in:";
        for start in 0..text.len() {
            for end in start..text.len() {
                let needle = &text[start..end];
                assert_eq!(find(text, needle), memchr::memmem::find(text, needle));
                assert_eq!(rfind(text, needle), memchr::memmem::rfind(text, needle));
                let (low, low_needle) = (text.to_ascii_lowercase(), needle.to_ascii_lowercase());
                assert_eq!(find_folded(&low, needle), find_folded(text, &low_needle));
                assert_eq!(
                    find_folded(text, &low_needle),
                    memchr::memmem::find(&low, &low_needle)
                );
                assert_eq!(
                    find(&text[..end.saturating_sub(1)], needle),
                    memchr::memmem::find(&text[..end.saturating_sub(1)], needle)
                );
            }
        }
    }
}
