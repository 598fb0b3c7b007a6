//! The log of a normal day, read beside the one that is asked about.

use super::args::InputArgs;
use super::{Fault, dataset, read};
use crate::engine::dataset::Dataset;
use crate::engine::normal::{Changes, compare, profile};
use crate::engine::summary::Index;
use std::io::Write;

/// What differs from the baseline, and how many of its sources could not be read. It is judged by the same settings.
pub fn changes(
    args: &InputArgs,
    data: &Dataset,
    index: &Index,
    err: &mut dyn Write,
) -> Result<(Option<Changes>, usize), Fault> {
    if args.baseline.is_empty() {
        return Ok((None, 0));
    }
    let settings = data.settings.for_baseline(&data.roles.ours);
    let (before, n_failed) = dataset(args, &args.baseline, &settings, err)?;
    let before = profile(&before, &Index::new(&before, read::seed()));
    Ok((Some(compare(&profile(data, index), &before)), n_failed))
}
