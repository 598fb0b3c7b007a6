//! A record: what one format parser is asked to read.

use super::find::find;
use crate::engine::model::{Micros, Stamp};

/// What a parser may know of time: logs that leave out the year mean the latest one that is not after `now`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Clock {
    /// The file's date, or the present; microseconds UTC. A stamp without a year lies at most a day after it.
    pub now: Micros,
}

/// What a transport header (syslog, journald, container runtime) said before the record proper.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Head<'a> {
    pub stamp: Stamp,
    pub host: &'a [u8],
    /// Program name, without its process id.
    pub tag: &'a [u8],
}

/// One record after clean-up. `body` is the end of `text`: what follows the transport header.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Record<'a> {
    pub text: &'a [u8],
    pub body: &'a [u8],
    pub head: Head<'a>,
}

impl<'a> Record<'a> {
    /// A record without a transport header.
    pub fn plain(text: &'a [u8]) -> Record<'a> {
        Record {
            text,
            body: text,
            head: Head::default(),
        }
    }

    /// True when the record holds `needle`.
    pub fn has(&self, needle: &[u8]) -> bool {
        find(self.body, needle).is_some()
    }
}
