//! Messages without their number in front: rows of the ASDM log viewer, and bare sentences out of a forum.

use super::listed;
use crate::engine::model::{Stamp, ports};
use crate::engine::source::{Clock, time};

/// Sentences that nothing else begins with, and the number of the message they belong to.
const SENTENCES: &[(&[u8], u32)] = &[
    (b"Built inbound TCP connection ", 302_013),
    (b"Built outbound TCP connection ", 302_013),
    (b"Built inbound UDP connection ", 302_015),
    (b"Built outbound UDP connection ", 302_015),
    (b"Built inbound ICMP connection ", 302_020),
    (b"Built outbound ICMP connection ", 302_020),
    (b"Teardown TCP connection ", 302_014),
    (b"Teardown UDP connection ", 302_016),
    (b"Teardown ICMP connection ", 302_021),
    (b"Deny TCP (no connection) from ", 106_015),
    (b"Inbound TCP connection denied from ", 106_001),
    (b"Deny inbound UDP from ", 106_006),
    (b"Deny tcp src ", 106_023),
    (b"Deny udp src ", 106_023),
    (b"Deny icmp src ", 106_023),
];

/// The message number, if the record is one of these sentences.
pub(super) fn sentence(body: &[u8]) -> Option<u32> {
    if !matches!(body.first(), Some(b'B' | b'T' | b'D' | b'I' | b'U')) {
        return None;
    }
    if listed::is_row(body) {
        return Some(listed::CODE);
    }
    SENTENCES
        .iter()
        .find(|(sentence, _)| body.starts_with(sentence))
        .map(|(_, code)| *code)
}

/// A row of the log viewer: `6|Feb 19 2024|10:15:02|302013|203.0.113.80|443|10.1.1.5|50012|Built outbound …`.
pub(super) struct ViewerRow {
    pub code: u32,
    /// Where the number and the message stand.
    pub start: usize,
    pub message: usize,
    /// End of the date and time, which stand after the first two bytes.
    pub time_end: usize,
}

impl ViewerRow {
    pub fn find(text: &[u8]) -> Option<ViewerRow> {
        if !matches!(text, [b'0'..=b'7', b'|', ..]) {
            return None;
        }
        let mut bars = memchr::memchr_iter(b'|', text).skip(1);
        let (date, clock, number) = (bars.next()?, bars.next()?, bars.next()?);
        let digits = &text[clock + 1..number];
        if digits.len() != 6 || date > 20 {
            return None;
        }
        let code = u32::try_from(ports::decimal(digits)?).ok()?;
        // Four columns of addresses and ports, then the message.
        let last = bars.nth(3)?;
        Some(ViewerRow {
            code,
            start: clock + 1,
            message: last + 1,
            time_end: clock,
        })
    }

    pub fn stamp(&self, text: &[u8], clock: Clock) -> Stamp {
        let mut joined = [b' '; 32];
        let Some(columns) = text
            .get(2..self.time_end)
            .filter(|columns| columns.len() <= joined.len())
        else {
            return Stamp::MISSING;
        };
        for (to, from) in joined.iter_mut().zip(columns) {
            *to = if *from == b'|' { b' ' } else { *from };
        }
        time::syslog(&joined[..columns.len()], &clock).map_or(Stamp::MISSING, |(stamp, _)| stamp)
    }
}
