//! Where an event came from: source, byte offset in the decoded stream, which event of the record.

/// Packed as source (16 bits), offset (40 bits), n-th event of the record (8 bits), so places sort by value.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Default,
    bytemuck::Pod,
    bytemuck::Zeroable,
)]
#[repr(transparent)]
pub struct Place(pub u64);

impl Place {
    pub fn new(source: u16, offset: u64, nth: usize) -> Place {
        Place(u64::from(source) << 48 | (offset & 0xff_ffff_ffff) << 8 | (nth.min(255) as u64))
    }

    pub fn source(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// Bytes from the start of the decoded source to the start of the record.
    pub fn offset(self) -> u64 {
        self.0 >> 8 & 0xff_ffff_ffff
    }

    pub fn nth(self) -> u8 {
        self.0 as u8
    }

    /// Sorts the records of a source from its end; the events of one record stay in their order.
    #[must_use]
    pub fn upside_down(self) -> Place {
        Place(self.0 ^ 0xff_ffff_ffff << 8)
    }

    /// The place of the record itself, whichever event of it this is.
    #[must_use]
    pub fn record(self) -> Place {
        Place(self.0 & !0xff)
    }
}
