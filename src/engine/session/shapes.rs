//! Lines counted by their shape, in a bounded table whose contents do not depend on the order of reading.
//!
//! When there are more shapes than the table holds, all keys become coarser together. The level that is reached is
//! the finest one at which all lines fit; a part never needs a coarser level than the whole, and a coarse key is
//! the start of a fine one, so coarsening early, late or in parts gives the same table.

use super::wire::{Input, WireError, Writer};
use crate::engine::model::Place;
use crate::engine::model::order::Order;
use crate::engine::source::shape::{self, LEVELS};
use std::collections::BTreeMap;

/// Shapes that are told apart.
const MAX_SHAPES: usize = 256;
/// Lines that are remembered of each, the first ones: enough to see what its values are.
const MAX_LINES: usize = 16;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shapes {
    /// How coarse the keys are: an index into `LEVELS`.
    pub(super) level: u8,
    pub(super) by_key: BTreeMap<String, Shape>,
}

/// Lines of one shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    pub n_lines: u64,
    /// What the first of its lines looks like.
    pub pattern: String,
    /// The first lines: place and number, in order.
    pub lines: Vec<(Place, u32)>,
}

impl Shapes {
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    pub fn knows(&self, key: &str) -> bool {
        self.by_key
            .contains_key(shape::shortened(key, self.n_words()))
    }

    /// All shapes with their keys, most lines first.
    pub fn ranked(&self) -> Vec<(&str, &Shape)> {
        let mut list: Vec<(&str, &Shape)> = self
            .by_key
            .iter()
            .map(|(key, shape)| (key.as_str(), shape))
            .collect();
        list.order_by_key(|(_, shape)| std::cmp::Reverse(shape.n_lines));
        list
    }

    /// Counts a line; `pattern` is asked for when it is the first of its shape.
    pub fn note(
        &mut self,
        key: &str,
        n_lines: u64,
        (place, line): (Place, u32),
        pattern: impl FnOnce() -> String,
    ) {
        let key = shape::shortened(key, self.n_words());
        let Some(known) = self.by_key.get_mut(key) else {
            let shape = Shape {
                n_lines,
                pattern: pattern(),
                lines: vec![(place, line)],
            };
            self.by_key.insert(key.to_string(), shape);
            self.shrink();
            return;
        };
        known.n_lines += n_lines;
        // A range is read forwards: later lines come later.
        if known.lines.len() < MAX_LINES {
            known.lines.push((place, line));
        }
    }

    /// Neither order nor grouping of unions changes the result.
    pub fn absorb(&mut self, other: Shapes) {
        self.coarsen(other.level);
        for (key, shape) in other.by_key {
            self.put(&key, shape);
        }
        self.shrink();
    }

    /// Line numbers as they are once ranges are joined.
    pub fn renumber(&mut self, base_of: &dyn Fn(Place) -> u32) {
        for shape in self.by_key.values_mut() {
            for (place, line) in &mut shape.lines {
                *line = line.saturating_add(base_of(*place));
            }
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.u8(self.level);
        out.count(self.by_key.len());
        for (key, shape) in &self.by_key {
            out.text(key.as_bytes());
            out.text(shape.pattern.as_bytes());
            out.u64(shape.n_lines);
            out.count(shape.lines.len());
            for (place, line) in &shape.lines {
                out.u64(place.0);
                out.u64(u64::from(*line));
            }
        }
    }

    pub(super) fn read(input: &mut Input<'_>) -> Result<Shapes, WireError> {
        let mut shapes = Shapes {
            level: input.u8()?,
            by_key: BTreeMap::new(),
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for _ in 0..input.count()? {
            let key = text(input.text()?);
            let mut shape = Shape {
                pattern: text(input.text()?),
                n_lines: input.u64()?,
                lines: Vec::new(),
            };
            for _ in 0..input.count()? {
                shape.lines.push((Place(input.u64()?), input.u64()? as u32));
            }
            shapes.by_key.insert(key, shape);
        }
        Ok(shapes)
    }

    fn n_words(&self) -> usize {
        LEVELS.get(usize::from(self.level)).copied().unwrap_or(1)
    }

    fn put(&mut self, key: &str, mut shape: Shape) {
        let key = shape::shortened(key, self.n_words());
        let Some(known) = self.by_key.get_mut(key) else {
            self.by_key.insert(key.to_string(), shape);
            return;
        };
        known.n_lines += shape.n_lines;
        if shape.lines.first() < known.lines.first() {
            known.pattern = std::mem::take(&mut shape.pattern);
        }
        known.lines.append(&mut shape.lines);
        known.lines.order();
        known.lines.truncate(MAX_LINES);
    }

    fn coarsen(&mut self, level: u8) {
        if level <= self.level {
            return;
        }
        self.level = level;
        for (key, shape) in std::mem::take(&mut self.by_key) {
            self.put(&key, shape);
        }
    }

    /// The coarsest keys are few: there is always a level at which all fit.
    fn shrink(&mut self) {
        while self.by_key.len() > MAX_SHAPES && usize::from(self.level) + 1 < LEVELS.len() {
            self.coarsen(self.level + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[(u64, String)]) -> Shapes {
        let mut shapes = Shapes::default();
        for (offset, key) in lines {
            shapes.note(key, 1, (Place::new(0, *offset, 0), *offset as u32), || {
                format!("{key}!")
            });
        }
        shapes
    }

    #[test]
    fn neither_cuts_nor_order_change_the_table() {
        for n_keys in [3, 250, 300, 2000] {
            let lines: Vec<(u64, String)> = (0..4000_u64)
                .map(|at| {
                    let n = at.wrapping_mul(2_654_435_761) % n_keys;
                    (at, format!("text w{} a{} b c d{n} e{n}", n % 7, n % 50))
                })
                .collect();
            let whole = read(&lines);
            assert_eq!(
                whole
                    .by_key
                    .values()
                    .map(|shape| shape.n_lines)
                    .sum::<u64>(),
                4000
            );
            assert!(whole.by_key.len() <= MAX_SHAPES);
            for n_pieces in [2, 3, 17, 400] {
                let mut parts: Vec<Shapes> = lines.chunks(4000 / n_pieces).map(read).collect();
                let mut sum = parts.remove(parts.len() / 2);
                while let Some(next) = parts.pop() {
                    if parts.len().is_multiple_of(3) {
                        let mut next = next;
                        next.absorb(sum);
                        sum = next;
                    } else {
                        sum.absorb(next);
                    }
                }
                assert_eq!(sum, whole, "{n_keys} shapes in {n_pieces} pieces");
            }
        }
        assert_eq!(
            read(&[(0, "text a".into())]).ranked()[0].1.pattern,
            "text a!"
        );
    }
}
