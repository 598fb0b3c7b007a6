//! Rows of tables: RFC 4180 with any delimiter, and columns set apart by blanks. Cells are found, not copied.

use super::find::find;
use crate::engine::model::order::Order;
use std::borrow::Cow;

/// What stands between two cells.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Delimiter {
    /// `,` `;` tab `|`
    Byte(u8),
    /// Two blanks or more, or a tab: a table whose tabs became blanks when it was pasted.
    Gap,
    /// Any run of blanks.
    Blank,
}

/// One cell and where it stands in the row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cell<'a> {
    /// Without the quotes around it and blanks beside it; doubled quotes inside are still doubled.
    pub raw: &'a [u8],
    pub start: usize,
    quoted: bool,
}

impl<'a> Cell<'a> {
    /// The text that was meant. Copies only when a quote is doubled.
    pub fn text(&self) -> Cow<'a, [u8]> {
        if !self.quoted || find(self.raw, b"\"\"").is_none() {
            return Cow::Borrowed(self.raw);
        }
        let mut text = Vec::with_capacity(self.raw.len());
        let mut rest = self.raw;
        while let Some(at) = find(rest, b"\"\"") {
            text.extend_from_slice(&rest[..=at]);
            rest = &rest[at + 2..];
        }
        text.extend_from_slice(rest);
        Cow::Owned(text)
    }

    /// Byte behind the cell's text in the row.
    pub fn end(&self) -> usize {
        self.start + self.raw.len()
    }
}

/// The cells of a row. An empty row has no cells.
pub fn cells(row: &[u8], delimiter: Delimiter) -> Cells<'_> {
    Cells {
        row,
        at: 0,
        delimiter,
        done: row.is_empty(),
    }
}

pub struct Cells<'a> {
    row: &'a [u8],
    at: usize,
    delimiter: Delimiter,
    done: bool,
}

impl<'a> Iterator for Cells<'a> {
    type Item = Cell<'a>;

    fn next(&mut self) -> Option<Cell<'a>> {
        if self.done {
            return None;
        }
        if self.delimiter != Delimiter::Byte(b'\t') {
            while matches!(self.row.get(self.at), Some(b' '))
                || (self.is_blank_run() && self.row.get(self.at) == Some(&b'\t'))
            {
                self.at += 1;
            }
        }
        if self.is_blank_run() && self.at >= self.row.len() {
            self.done = true;
            return None;
        }
        let rest = self.row.get(self.at..).unwrap_or_default();
        if rest.first() == Some(&b'"')
            && let Some(n_quoted) = closing_quote(&rest[1..])
        {
            let cell = Cell {
                raw: &rest[1..=n_quoted],
                start: self.at + 1,
                quoted: true,
            };
            // Anything between the closing quote and the delimiter belongs to no cell.
            self.at += n_quoted + 2;
            self.skip_delimiter();
            return Some(cell);
        }
        let n_raw = self.to_delimiter(rest);
        let raw = rest[..n_raw].trim_ascii_end();
        let cell = Cell {
            raw,
            start: self.at,
            quoted: false,
        };
        self.skip_delimiter();
        Some(cell)
    }
}

impl Cells<'_> {
    fn is_blank_run(&self) -> bool {
        matches!(self.delimiter, Delimiter::Gap | Delimiter::Blank)
    }

    fn to_delimiter(&self, rest: &[u8]) -> usize {
        match self.delimiter {
            Delimiter::Byte(byte) => memchr::memchr(byte, rest),
            Delimiter::Gap => rest
                .windows(2)
                .position(|pair| pair[0] == b'\t' || pair == b"  "),
            Delimiter::Blank => memchr::memchr2(b' ', b'\t', rest),
        }
        .unwrap_or(rest.len())
    }

    fn skip_delimiter(&mut self) {
        let rest = self.row.get(self.at..).unwrap_or_default();
        let n_skipped = self.to_delimiter(rest);
        if n_skipped == rest.len() {
            self.done = true;
        } else {
            self.at += n_skipped + 1;
        }
    }
}

/// Bytes before the quote that ends a quoted cell.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr(b'"', text.get(at..)?)?;
        if text.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// Whether a row ends inside a quoted cell, so that the next line belongs to it.
pub fn is_open(row: &[u8]) -> bool {
    memchr::memchr_iter(b'"', row).count() % 2 == 1
}

/// The delimiter by which most of `rows` have the same number of cells, at least `min_cells`, and that number.
pub fn detect(rows: &[&[u8]], min_cells: usize) -> Option<(Delimiter, usize)> {
    const CANDIDATES: [Delimiter; 6] = [
        Delimiter::Byte(b'\t'),
        Delimiter::Byte(b';'),
        Delimiter::Byte(b'|'),
        Delimiter::Byte(b','),
        Delimiter::Gap,
        Delimiter::Blank,
    ];
    let mut best: Option<(usize, Delimiter, usize)> = None;
    for delimiter in CANDIDATES {
        let mut counts: Vec<usize> = rows
            .iter()
            .map(|row| cells(row, delimiter).count())
            .collect();
        counts.order();
        let modal = counts
            .chunk_by(|a, b| a == b)
            .filter(|run| run[0] >= min_cells)
            .max_by_key(|run| run.len())
            .map(|run| (run.len(), run[0]));
        if let Some((n_rows, n_cells)) = modal
            && best.is_none_or(|(most, _, _)| n_rows > most)
        {
            best = Some((n_rows, delimiter, n_cells));
        }
    }
    best.filter(|(n_rows, _, _)| n_rows * 2 >= rows.len())
        .map(|(_, delimiter, n_cells)| (delimiter, n_cells))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(row: &str, delimiter: Delimiter, expected: &[&str]) {
        let all: Vec<Cell<'_>> = cells(row.as_bytes(), delimiter).collect();
        let texts: Vec<String> = all
            .iter()
            .map(|cell| String::from_utf8_lossy(&cell.text()).into_owned())
            .collect();
        assert_eq!(texts, expected, "{row}");
        for cell in all {
            assert_eq!(
                row.as_bytes().get(cell.start..cell.end()),
                Some(cell.raw),
                "{row}"
            );
        }
    }

    #[test]
    fn rows_of_all_kinds() {
        let comma = Delimiter::Byte(b',');
        check("a,b,,d", comma, &["a", "b", "", "d"]);
        check("a, b ,", comma, &["a", "b", ""]);
        check(
            "\"a,1\",\"say \"\"no\"\"\",c",
            comma,
            &["a,1", "say \"no\"", "c"],
        );
        check("\"a\"x,b", comma, &["a", "b"]);
        check("\"open,b", comma, &["\"open", "b"]);
        check("", comma, &[]);
        check("a\t\tc d", Delimiter::Byte(b'\t'), &["a", "", "c d"]);
        check("  a b   c\td ", Delimiter::Gap, &["a b", "c", "d"]);
        check(" a  b \t c ", Delimiter::Blank, &["a", "b", "c"]);
        assert!(is_open(b"a,\"b") && !is_open(b"a,\"b \"\"c\"\"\""));
    }

    #[test]
    fn the_delimiter_is_the_one_that_agrees() {
        let detect = |rows: &[&str]| {
            detect(
                &rows.iter().map(|row| row.as_bytes()).collect::<Vec<_>>(),
                3,
            )
        };
        assert_eq!(
            detect(&["a;b,c;d", "1;2;3", "4;5,5;6"]),
            Some((Delimiter::Byte(b';'), 3))
        );
        assert_eq!(
            detect(&["a b  c  d", "1 2  3  4"]),
            Some((Delimiter::Gap, 3))
        );
        assert_eq!(detect(&["a b c", "1 2 3"]), Some((Delimiter::Blank, 3)));
        assert_eq!(detect(&["words", "and more"]), None);
    }
}
