//! Who reads what: byte ranges of the sources handed out to reader workers. Pure bookkeeping, no browser.
//!
//! The first pieces are small, so that an answer is there at once; then come some of middle size, so that it is
//! refined while a large log is read; the rest is cut into as few pieces as there are readers, because every session
//! that lives in two pieces is merged twice.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// Read before anything is shown: a few thousand lines.
const FIRST_BYTES: u64 = 2 << 20;
/// Read before the answer is refined for the first time.
const SECOND_BYTES: u64 = 48 << 20;
/// No piece is longer, so that a crash costs seconds at most and a partial stays below what one buffer can be.
const LONGEST_BYTES: u64 = 512 << 20;
/// Below this a second reader costs more than it brings.
const WORTH_SPLITTING: u64 = 2 << 20;
/// A piece that fails this often is not read a further time.
const MAX_TRIES: u8 = 3;

/// One contiguous part of one source. Its lines are those that *start* in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub source_idx: usize,
    pub bytes: Range<u64>,
    pub tries: u8,
}

impl Piece {
    pub fn n_bytes(&self) -> u64 {
        self.bytes.end - self.bytes.start
    }
}

/// A source as the plan sees it.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub n_bytes: u64,
    /// False for compressed sources and others that can only be read from their start.
    pub splittable: bool,
}

/// What is waiting, what is being read and by whom, how far everybody is.
#[derive(Debug, Default)]
pub struct Plan {
    waiting: VecDeque<Piece>,
    running: BTreeMap<usize, (Piece, u64)>,
    done_bytes: u64,
    total_bytes: u64,
    given_up: Vec<Piece>,
}

impl Plan {
    pub fn new(extents: &[Extent], n_readers: usize) -> Self {
        let mut plan = Self::default();
        plan.add(extents, 0, n_readers);
        plan
    }

    /// Further sources, numbered from `first_idx` on.
    pub fn add(&mut self, extents: &[Extent], first_idx: usize, n_readers: usize) {
        let n_readers = n_readers.max(1) as u64;
        // Small beginnings of all sources go first: the first answer then speaks of all of them.
        let mut later = Vec::new();
        for (idx, extent) in extents.iter().enumerate() {
            let source_idx = first_idx + idx;
            self.total_bytes += extent.n_bytes;
            if !extent.splittable || extent.n_bytes <= WORTH_SPLITTING {
                self.waiting.push_back(Piece {
                    source_idx,
                    bytes: 0..extent.n_bytes,
                    tries: 0,
                });
                continue;
            }
            let cuts = cuts(extent.n_bytes, n_readers);
            for (nth, bytes) in cuts.into_iter().enumerate() {
                let piece = Piece {
                    source_idx,
                    bytes,
                    tries: 0,
                };
                if nth == 0 {
                    self.waiting.push_back(piece);
                } else {
                    later.push(piece);
                }
            }
        }
        self.waiting.extend(later);
    }

    /// The next piece for a reader that has nothing to do.
    pub fn take(&mut self, reader: usize) -> Option<Piece> {
        debug_assert!(
            !self.running.contains_key(&reader),
            "a reader reads one piece at a time"
        );
        let piece = self.waiting.pop_front()?;
        self.running.insert(reader, (piece.clone(), 0));
        Some(piece)
    }

    pub fn progress(&mut self, reader: usize, n_bytes: u64) {
        if let Some((piece, so_far)) = self.running.get_mut(&reader) {
            *so_far = n_bytes.min(piece.n_bytes());
        }
    }

    /// The reader handed in its piece.
    pub fn finish(&mut self, reader: usize) -> Option<Piece> {
        let (piece, _) = self.running.remove(&reader)?;
        self.done_bytes += piece.n_bytes();
        Some(piece)
    }

    /// The reader died. Its piece goes back to the front, or is given up; false in the latter case.
    pub fn fail(&mut self, reader: usize) -> bool {
        let Some((mut piece, _)) = self.running.remove(&reader) else {
            return true;
        };
        piece.tries += 1;
        if piece.tries < MAX_TRIES {
            self.waiting.push_front(piece);
            return true;
        }
        self.done_bytes += piece.n_bytes();
        self.given_up.push(piece);
        false
    }

    /// Nothing of this source is read any more (it cannot be).
    pub fn drop_source(&mut self, source_idx: usize) {
        let dropped: u64 = self
            .waiting
            .iter()
            .filter(|piece| piece.source_idx == source_idx)
            .map(Piece::n_bytes)
            .sum();
        self.waiting.retain(|piece| piece.source_idx != source_idx);
        self.done_bytes += dropped;
    }

    pub fn running(&self) -> impl Iterator<Item = usize> {
        self.running.keys().copied()
    }

    pub fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.running.is_empty()
    }

    pub fn n_bytes_read(&self) -> u64 {
        self.done_bytes + self.running.values().map(|(_, so_far)| so_far).sum::<u64>()
    }

    pub fn n_bytes_total(&self) -> u64 {
        self.total_bytes
    }

    pub fn given_up(&self) -> &[Piece] {
        &self.given_up
    }
}

/// Cuts one long source. The ranges are adjacent and cover it exactly.
fn cuts(n_bytes: u64, n_readers: u64) -> Vec<Range<u64>> {
    let mut ends = vec![FIRST_BYTES.min(n_bytes)];
    let mut at = FIRST_BYTES;
    // Worth a stage of its own only when much is left after it.
    if n_bytes > SECOND_BYTES * 12 {
        for _ in 0..n_readers {
            at += SECOND_BYTES;
            ends.push(at);
        }
    }
    let rest = n_bytes.saturating_sub(at);
    let n_pieces = n_readers
        .max(rest.div_ceil(LONGEST_BYTES))
        .min(rest.div_ceil(WORTH_SPLITTING))
        .max(1);
    for nth in 1..=n_pieces {
        ends.push(at + rest * nth / n_pieces);
    }
    let mut start = 0;
    ends.into_iter()
        .filter_map(|end| {
            let range = start..end;
            start = end;
            (!range.is_empty()).then_some(range)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(n_bytes: u64) -> Extent {
        Extent {
            n_bytes,
            splittable: true,
        }
    }

    fn all(mut plan: Plan) -> Vec<Piece> {
        let mut pieces = Vec::new();
        while let Some(piece) = plan.take(0) {
            pieces.push(piece);
            plan.finish(0);
        }
        pieces
    }

    #[test]
    fn pieces_cover_every_byte_once() {
        for n_bytes in [
            1,
            1000,
            2 << 20,
            3 << 20,
            (3 << 20) + 1,
            100 << 20,
            480_000_000,
            5_000_000_000,
        ] {
            for n_readers in [1, 2, 7, 16] {
                let mut pieces = all(Plan::new(&[extent(n_bytes)], n_readers));
                pieces.sort_by_key(|piece| piece.bytes.start);
                let mut at = 0;
                for piece in &pieces {
                    assert_eq!(piece.bytes.start, at, "{n_bytes} over {n_readers}");
                    assert!(!piece.bytes.is_empty());
                    at = piece.bytes.end;
                }
                assert_eq!(at, n_bytes);
            }
        }
    }

    #[test]
    fn the_first_piece_is_small_and_every_source_has_its_say_early() {
        let pieces = all(Plan::new(&[extent(1 << 30), extent(1 << 30)], 2));
        assert!(pieces[0].n_bytes() <= FIRST_BYTES && pieces[1].n_bytes() <= FIRST_BYTES);
        assert_eq!((pieces[0].source_idx, pieces[1].source_idx), (0, 1));
    }

    #[test]
    fn a_compressed_source_is_never_cut() {
        let pieces = all(Plan::new(
            &[Extent {
                n_bytes: 1 << 30,
                splittable: false,
            }],
            4,
        ));
        assert_eq!(pieces.len(), 1);
    }

    #[test]
    fn a_failed_piece_is_read_again_but_not_for_ever() {
        let mut plan = Plan::new(&[extent(1000)], 2);
        for _ in 0..MAX_TRIES - 1 {
            plan.take(1).expect("waiting");
            assert!(plan.fail(1));
            assert!(!plan.is_done());
        }
        plan.take(1).expect("waiting");
        assert!(!plan.fail(1));
        assert!(plan.is_done());
        assert_eq!(plan.given_up().len(), 1);
        assert_eq!(plan.n_bytes_read(), 1000);
    }

    #[test]
    fn progress_counts_each_byte_once() {
        let mut plan = Plan::new(&[extent(100 << 20)], 2);
        plan.take(0);
        plan.progress(0, 1 << 20);
        assert_eq!(plan.n_bytes_read(), 1 << 20);
        plan.finish(0);
        assert_eq!(plan.n_bytes_read(), FIRST_BYTES);
        assert_eq!(plan.n_bytes_total(), 100 << 20);
    }
}
