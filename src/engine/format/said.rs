//! What the formats say of a text that may be a record: for clean-up, which finds out how text was broken.

use super::{FORMATS, N_GENERIC, Parsed, Sink};
use crate::engine::model::Names;
use crate::engine::source::cleanup::asked::Said;
use crate::engine::source::{Clock, header};

/// Every format is asked anew, so the answer depends on the text alone. The generic ones are not asked: to them
/// half a record is one, too.
pub fn said(text: &[u8], only: Option<usize>) -> Said {
    let clock = Clock::default();
    let record = header::split(text, &clock);
    let (mut names, mut sink) = (Names::default(), Sink::default());
    let formats = FORMATS[..FORMATS.len() - N_GENERIC].iter().enumerate();
    for (index, format) in formats.filter(|(index, _)| only.is_none_or(|only| only == *index)) {
        sink.events.clear();
        match format.open(clock).parse(&record, &mut names, &mut sink) {
            Parsed::Foreign => {}
            Parsed::Events => return Said::Events(index, sink.events),
            Parsed::Other => return Said::Known(index),
            // What names columns is no record, and half of one may well be malformed.
            Parsed::Header | Parsed::Malformed(_) => return Said::Nothing,
        }
    }
    Said::Nothing
}
