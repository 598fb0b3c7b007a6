//! Bytes of a source or of one range of it, as they come, to the texts of records: unpacked, decoded, cut into
//! lines, cleaned up. Every line belongs to exactly one record, and the lines of all records add up.

use super::cleanup::asked::{Ask, nobody};
use super::cleanup::{Cleaner, RawRecord, Step};
use super::container::{SourceError, Unpack};
use super::encoding::Decoder;
use super::lines::{Lines, RawLine};
use super::survey::Survey;

/// Reads a source as its survey says.
pub struct RecordStream {
    unpack: Option<Unpack>,
    decoder: Decoder,
    lines: Lines,
    cleaner: Option<Cleaner>,
    n_bytes: u64,
}

impl RecordStream {
    /// `offset`: of the first byte that will be fed. Only a shardable source may begin at another one than 0.
    pub fn new(survey: &Survey, offset: u64) -> RecordStream {
        RecordStream::asking(survey, offset, nobody)
    }

    /// As `new`, with somebody to ask how broken text belongs together; the same as for the survey.
    pub fn asking(survey: &Survey, offset: u64, ask: Ask) -> RecordStream {
        RecordStream {
            unpack: Unpack::new(survey.container),
            decoder: Decoder::new(survey.encoding),
            lines: Lines::new(survey.ends, offset),
            cleaner: (!survey.plan.is_empty()).then(|| Cleaner::asking(survey.plan, ask)),
            n_bytes: 0,
        }
    }

    /// Lines seen so far; some of them may still be held for a record that is not complete.
    pub fn n_lines(&self) -> u64 {
        self.lines.n_lines()
    }

    /// Offset in the decoded stream of the first byte that belongs to no line yet.
    pub fn offset(&self) -> u64 {
        self.lines.offset()
    }

    /// Stored bytes fed so far, for progress.
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// What cleaning did so far.
    pub fn steps(&self) -> Vec<Step> {
        self.cleaner
            .as_ref()
            .map(|cleaner| cleaner.counts().steps())
            .unwrap_or_default()
    }

    /// Takes the next bytes. After an error call `finish` all the same: what was read stays.
    pub fn feed(
        &mut self,
        chunk: &[u8],
        each: &mut impl FnMut(RawRecord<'_>),
    ) -> Result<(), SourceError> {
        self.n_bytes += chunk.len() as u64;
        let RecordStream {
            unpack,
            decoder,
            lines,
            cleaner,
            ..
        } = self;
        let mut take = |text: &[u8]| {
            let text = decoder.decode(text);
            let first = lines.n_lines();
            feed_lines(lines, cleaner.as_mut(), first, text, each);
        };
        if let Some(unpack) = unpack {
            return unpack.feed(chunk, &mut take);
        }
        take(chunk);
        Ok(())
    }

    /// The last line, and what was held. An error when the packed data is not complete.
    pub fn finish(&mut self, each: &mut impl FnMut(RawRecord<'_>)) -> Result<(), SourceError> {
        let RecordStream {
            unpack,
            decoder,
            lines,
            cleaner,
            ..
        } = self;
        let ended = unpack.as_mut().map_or(Ok(()), |unpack| {
            unpack.finish(&mut |text| {
                let text = decoder.decode(text);
                let first = lines.n_lines();
                feed_lines(lines, cleaner.as_mut(), first, text, each);
            })
        });
        let first = lines.n_lines();
        feed_lines(lines, cleaner.as_mut(), first, decoder.finish(), each);
        let number = lines.n_lines();
        match cleaner {
            None => lines.finish(&mut |line| each(plain(line, number))),
            Some(cleaner) => {
                lines.finish(&mut |line| cleaner.feed(line, number, each));
                cleaner.finish(each);
            }
        }
        ended
    }
}

/// `number` is that of the first line that ends in `text`.
#[inline]
fn feed_lines(
    lines: &mut Lines,
    cleaner: Option<&mut Cleaner>,
    mut number: u64,
    text: &[u8],
    each: &mut impl FnMut(RawRecord<'_>),
) {
    match cleaner {
        None => lines.feed(text, &mut |line| {
            each(plain(line, number));
            number += 1;
        }),
        Some(cleaner) => lines.feed(text, &mut |line| {
            cleaner.feed(line, number, each);
            number += 1;
        }),
    }
}

#[inline]
fn plain(line: RawLine<'_>, number: u64) -> RawRecord<'_> {
    RawRecord {
        text: line.bytes,
        offset: line.offset,
        line: number,
        n_lines: 1,
        truncated: line.truncated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::source::survey::{Sample, survey};
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write as _;

    type Owned = (String, u64, u64, u32);

    fn read(bytes: &[u8], size: usize) -> (Vec<Owned>, u64) {
        let found = survey(&Sample::of(bytes)).expect("text");
        let mut stream = RecordStream::new(&found, 0);
        let mut records = Vec::new();
        let mut each = |record: RawRecord<'_>| {
            records.push((
                String::from_utf8_lossy(record.text).into_owned(),
                record.offset,
                record.line,
                record.n_lines,
            ));
        };
        for chunk in bytes.chunks(size) {
            stream.feed(chunk, &mut each).expect("whole data");
        }
        stream.finish(&mut each).expect("whole data");
        (records, stream.n_lines())
    }

    #[test]
    fn every_way_of_storing_gives_the_same_records() {
        let text = "Feb 19 10:15:02 fw1 kernel: DROP SRC=203.0.113.9\n\nFeb 19 10:15:03 fw1 kernel: “é”\nlast";
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder
            .write_all(text.as_bytes())
            .expect("writing to memory");
        let stored = [
            text.as_bytes().to_vec(),
            encoder.finish().expect("writing to memory"),
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            [
                b"\xff\xfe".to_vec(),
                text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            ]
            .concat(),
            text.replace('\n', "\r\n").into_bytes(),
        ];
        for bytes in stored {
            for size in [1, 3, 17, 100_000] {
                let (records, n_lines) = read(&bytes, size);
                let texts: Vec<&str> = records.iter().map(|record| record.0.as_str()).collect();
                assert_eq!(
                    texts,
                    [
                        "Feb 19 10:15:02 fw1 kernel: DROP SRC=203.0.113.9",
                        "",
                        "Feb 19 10:15:03 fw1 kernel: \"é\"",
                        "last"
                    ]
                );
                assert_eq!(
                    records.iter().map(|record| record.2).collect::<Vec<_>>(),
                    [0, 1, 2, 3]
                );
                assert_eq!(
                    (
                        n_lines,
                        records.iter().map(|record| u64::from(record.3)).sum()
                    ),
                    (4, 4)
                );
            }
        }
        let (records, _) = read(b"one\rtwo", 1);
        assert_eq!(records.len(), 2, "{records:?}");
        let (records, _) = read(b"one\ntwo\n", 3);
        assert_eq!((records[1].0.as_str(), records[1].1), ("two", 4));
    }
}
