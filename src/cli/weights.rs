//! `whichway --explain-weights`: every number that judging rests on.

use crate::engine::dataset::Cause;
use crate::engine::judge::weights::{TABLE, VERSION};
use crate::engine::verdict::cause::{Feature, PRIOR_PERCENT};
use std::io::{self, Write};

pub fn print(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Weights, version {VERSION}, in nats\n\nWho started it")?;
    for (id, weight, text) in TABLE {
        writeln!(out, "  {id:<10} {:>6.2}  {text}", f64::from(weight) / 100.0)?;
    }
    write!(out, "\nWhy the firewall forgot\n  {:<14}", "")?;
    for cause in Cause::ALL {
        write!(out, "{:>7}", cause.name())?;
    }
    write!(out, "\n  {:<14}", "before (%)")?;
    for percent in PRIOR_PERCENT {
        write!(out, "{percent:>7}")?;
    }
    for feature in Feature::ALL {
        write!(out, "\n  {:<14}", format!("{feature:?}"))?;
        for weight in feature.weights() {
            write!(out, "{:>7.2}", f64::from(weight) / 100.0)?;
        }
    }
    writeln!(out)
}
