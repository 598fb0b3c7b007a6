//! Lines out of chunks, without copying: only a line that spans two chunks is carried.
//!
//! Chunks may be cut anywhere; the lines are the same as if all came at once. Offsets count bytes of the decoded
//! stream. NUL bytes are taken out of a line (they still count for offsets), and of a line longer than
//! `MAX_LINE` only the start is kept, and said to be cut.

use memchr::{memchr, memchr2};

/// Bytes kept of one line (domain §10.3).
pub const MAX_LINE: usize = 64 * 1024;

/// What ends lines in a source; the survey finds out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub enum LineEnds {
    /// LF, with or without CR before it. CR elsewhere is part of the line.
    #[default]
    Lf,
    /// LF, CRLF and a lone CR, as old Macs and some terminals write it.
    Any,
}

/// One line, without its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawLine<'a> {
    pub bytes: &'a [u8],
    /// Bytes of the decoded stream before the line.
    pub offset: u64,
    /// The line was longer than `MAX_LINE`.
    pub truncated: bool,
}

/// Cuts a stream into lines.
#[derive(Debug, Default)]
pub struct Lines {
    ends: LineEnds,
    /// Offset of the first byte that belongs to no line yet.
    offset: u64,
    n_given: u64,
    /// Start of a line whose end is not here yet, at most `MAX_LINE` bytes of it, and how long it really is.
    carry: Vec<u8>,
    carry_len: u64,
    carry_has_nul: bool,
    /// The last chunk ended in CR: an LF that comes first belongs to it.
    after_cr: bool,
    scratch: Vec<u8>,
}

impl Lines {
    /// Lines of a stream whose first byte has the given offset.
    pub fn new(ends: LineEnds, offset: u64) -> Lines {
        Lines {
            ends,
            offset,
            ..Lines::default()
        }
    }

    /// Lines given out so far; the number of the next one, counted from the start of this range.
    pub fn n_lines(&self) -> u64 {
        self.n_given
    }

    /// Offset of the first byte that belongs to no line given out yet.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    pub fn feed(&mut self, chunk: &[u8], each: &mut impl FnMut(RawLine<'_>)) {
        let mut rest = chunk;
        if self.after_cr {
            let Some(&first) = rest.first() else { return };
            self.after_cr = false;
            if first == b'\n' {
                self.offset += 1;
                rest = &rest[1..];
            }
        }
        // One pass per chunk instead of one per line: NULs are rare.
        let has_nul = memchr(0, rest).is_some();
        if self.carry_len > 0 {
            let Some((line, after)) = self.cut(rest) else {
                self.keep(rest, has_nul);
                return;
            };
            self.keep(line, has_nul);
            let n_end = (rest.len() - line.len() - after.len()) as u64;
            self.give_carried(n_end, each);
            rest = after;
        }
        while let Some((line, after)) = self.cut(rest) {
            let n_end = (rest.len() - line.len() - after.len()) as u64;
            give(
                line,
                line.len() as u64,
                has_nul,
                self.offset,
                &mut self.scratch,
                each,
            );
            self.offset += line.len() as u64 + n_end;
            self.n_given += 1;
            rest = after;
        }
        self.keep(rest, has_nul);
    }

    /// The last line, when nothing ended it.
    pub fn finish(&mut self, each: &mut impl FnMut(RawLine<'_>)) {
        self.after_cr = false;
        if self.carry_len > 0 {
            self.give_carried(0, each);
        }
    }

    /// The first line of `rest` and what follows its end.
    #[inline]
    fn cut<'a>(&mut self, rest: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        match self.ends {
            LineEnds::Lf => memchr(b'\n', rest).map(|at| (&rest[..at], &rest[at + 1..])),
            LineEnds::Any => {
                let at = memchr2(b'\n', b'\r', rest)?;
                let mut n_end = 1;
                if rest[at] == b'\r' {
                    match rest.get(at + 1) {
                        Some(b'\n') => n_end = 2,
                        Some(_) => {}
                        None => self.after_cr = true,
                    }
                }
                Some((&rest[..at], &rest[at + n_end..]))
            }
        }
    }

    fn keep(&mut self, part: &[u8], has_nul: bool) {
        let room = MAX_LINE.saturating_sub(self.carry.len());
        self.carry.extend_from_slice(&part[..part.len().min(room)]);
        self.carry_len += part.len() as u64;
        self.carry_has_nul |= has_nul;
    }

    fn give_carried(&mut self, n_end: u64, each: &mut impl FnMut(RawLine<'_>)) {
        give(
            &self.carry,
            self.carry_len,
            self.carry_has_nul,
            self.offset,
            &mut self.scratch,
            each,
        );
        self.offset += self.carry_len + n_end;
        self.n_given += 1;
        self.carry.clear();
        (self.carry_len, self.carry_has_nul) = (0, false);
    }
}

/// What is cut depends on the line's own bytes only, never on how the chunks were cut.
#[inline]
fn give(
    line: &[u8],
    full_len: u64,
    may_have_nul: bool,
    offset: u64,
    scratch: &mut Vec<u8>,
    each: &mut impl FnMut(RawLine<'_>),
) {
    let truncated = full_len > MAX_LINE as u64;
    let mut bytes = &line[..line.len().min(MAX_LINE)];
    if may_have_nul && memchr(0, bytes).is_some() {
        scratch.clear();
        scratch.extend(bytes.iter().copied().filter(|byte| *byte != 0));
        bytes = scratch;
    }
    while let [start @ .., b'\r'] = bytes {
        bytes = start;
    }
    if offset == 0 {
        bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    }
    each(RawLine {
        bytes,
        offset,
        truncated,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    type Owned = (Vec<u8>, u64, bool);

    fn lines(ends: LineEnds, chunks: &[&[u8]]) -> Vec<Owned> {
        let mut lines = Lines::new(ends, 0);
        let mut all = Vec::new();
        let mut each =
            |line: RawLine<'_>| all.push((line.bytes.to_vec(), line.offset, line.truncated));
        for chunk in chunks {
            lines.feed(chunk, &mut each);
        }
        lines.finish(&mut each);
        assert_eq!(lines.n_lines(), all.len() as u64);
        assert_eq!(
            lines.offset(),
            chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>()
        );
        all
    }

    fn check(ends: LineEnds, text: &[u8], expected: &[(&str, u64)]) {
        let whole = lines(ends, &[text]);
        let seen: Vec<(&str, u64)> = whole
            .iter()
            .map(|(bytes, offset, _)| (std::str::from_utf8(bytes).expect("text"), *offset))
            .collect();
        assert_eq!(seen, expected);
        for size in 1..=text.len().clamp(1, 20) {
            let chunks: Vec<&[u8]> = text.chunks(size).collect();
            assert_eq!(lines(ends, &chunks), whole, "chunks of {size}");
        }
    }

    #[test]
    fn line_ends_of_all_kinds() {
        check(
            LineEnds::Lf,
            b"a\r\nb\n\nc\rd",
            &[("a", 0), ("b", 3), ("", 5), ("c\rd", 6)],
        );
        check(
            LineEnds::Any,
            b"a\r\nb\rc\n\r\rd\r\n",
            &[("a", 0), ("b", 3), ("c", 5), ("", 7), ("", 8), ("d", 9)],
        );
        check(LineEnds::Any, b"a\r", &[("a", 0)]);
        check(LineEnds::Lf, b"", &[]);
        check(LineEnds::Lf, b"\n", &[("", 0)]);
    }

    #[test]
    fn nuls_and_the_byte_order_mark_are_taken_out() {
        check(LineEnds::Lf, b"\0\0a\0b\0\r\0\nc", &[("ab", 0), ("c", 9)]);
        check(LineEnds::Lf, b"\xef\xbb\xbfa\nb", &[("a", 0), ("b", 5)]);
    }

    #[test]
    fn a_long_line_keeps_its_start_and_says_so() {
        let mut text = vec![b'x'; MAX_LINE + 10];
        text.push(b'\n');
        text.extend_from_slice(b"next\n");
        let whole = lines(LineEnds::Lf, &[&text]);
        assert_eq!((whole[0].0.len(), whole[0].2), (MAX_LINE, true));
        assert_eq!(whole[1], (b"next".to_vec(), MAX_LINE as u64 + 11, false));
        for size in [255, 4096, MAX_LINE] {
            let chunks: Vec<&[u8]> = text.chunks(size).collect();
            assert_eq!(lines(LineEnds::Lf, &chunks), whole);
        }
    }
}
