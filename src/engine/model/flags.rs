//! TCP flags, always as bits: "SYN" is SYN without ACK, RST and FIN, whatever ECE, CWR, URG and PSH say.

/// TCP control bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
pub struct Flags(pub u16);

/// What a set of flags covers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
#[repr(u8)]
pub enum FlagsScope {
    /// The line has no flags.
    #[default]
    Unknown = 0,
    /// One packet.
    Packet = 1,
    /// All packets of one direction, ORed.
    OneDirection = 2,
    /// All packets of both directions, ORed.
    BothDirections = 3,
}

impl FlagsScope {
    pub fn from_bits(bits: u8) -> FlagsScope {
        match bits & 3 {
            1 => FlagsScope::Packet,
            2 => FlagsScope::OneDirection,
            3 => FlagsScope::BothDirections,
            _ => FlagsScope::Unknown,
        }
    }
}

impl Flags {
    pub const FIN: u16 = 1;
    pub const SYN: u16 = 2;
    pub const RST: u16 = 4;
    pub const PSH: u16 = 8;
    pub const ACK: u16 = 16;
    pub const URG: u16 = 32;
    pub const ECE: u16 = 64;
    pub const CWR: u16 = 128;

    pub fn has(self, bits: u16) -> bool {
        self.0 & bits == bits
    }

    pub fn any(self, bits: u16) -> bool {
        self.0 & bits != 0
    }

    /// An opening packet: SYN and none of ACK, RST, FIN.
    pub fn opens(self) -> bool {
        self.has(Flags::SYN) && !self.any(Flags::ACK | Flags::RST | Flags::FIN)
    }

    /// The second packet of a handshake.
    pub fn answers_opening(self) -> bool {
        self.has(Flags::SYN | Flags::ACK) && !self.any(Flags::RST | Flags::FIN)
    }

    /// No TCP stack sends these: SYN with FIN or RST, nothing at all, or FIN+PSH+URG without ACK.
    pub fn impossible(self) -> bool {
        let known = self.0 & 0x3f;
        known == 0
            || (self.has(Flags::SYN) && self.any(Flags::FIN | Flags::RST))
            || known == Flags::FIN | Flags::PSH | Flags::URG
    }

    /// Reads one letter of the notation S A F R P U, E for ECE, C or W for CWR; `.` is ACK.
    pub fn from_letter(letter: u8) -> Option<u16> {
        Some(match letter.to_ascii_uppercase() {
            b'F' => Flags::FIN,
            b'S' => Flags::SYN,
            b'R' => Flags::RST,
            b'P' => Flags::PSH,
            b'A' | b'.' => Flags::ACK,
            b'U' => Flags::URG,
            b'E' => Flags::ECE,
            b'C' | b'W' => Flags::CWR,
            _ => return None,
        })
    }

    /// `SA`, `FA`, `.`; `None` when a byte is no flag letter.
    pub fn from_letters(letters: &[u8]) -> Option<Flags> {
        let mut bits = 0;
        // Tcpdump's point is an ACK; `...AP.SF` has points for those that are not set.
        let has_places = letters.len() >= 6;
        for &letter in letters
            .iter()
            .filter(|letter| !(has_places && **letter == b'.'))
        {
            bits |= Flags::from_letter(letter)?;
        }
        Some(Flags(bits))
    }

    /// One word: `SYN`, `ACK`, `PSH`, `PUSH`, `FIN`, `RST`, `URG`, `ECE`, `CWR`.
    pub fn from_word(word: &[u8]) -> Option<u16> {
        const WORDS: [(&[u8], u16); 10] = [
            (b"FIN", Flags::FIN),
            (b"SYN", Flags::SYN),
            (b"RST", Flags::RST),
            (b"RESET", Flags::RST),
            (b"PSH", Flags::PSH),
            (b"PUSH", Flags::PSH),
            (b"ACK", Flags::ACK),
            (b"URG", Flags::URG),
            (b"ECE", Flags::ECE),
            (b"CWR", Flags::CWR),
        ];
        WORDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word))
            .map(|(_, bit)| *bit)
    }

    /// Letters in the order `FSRPAUEC`, as the contract prints them.
    pub fn letters(self) -> String {
        const ORDER: [(u16, char); 8] = [
            (Flags::FIN, 'F'),
            (Flags::SYN, 'S'),
            (Flags::RST, 'R'),
            (Flags::PSH, 'P'),
            (Flags::ACK, 'A'),
            (Flags::URG, 'U'),
            (Flags::ECE, 'E'),
            (Flags::CWR, 'C'),
        ];
        ORDER
            .iter()
            .filter(|(bit, _)| self.any(*bit))
            .map(|(_, letter)| *letter)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ecn_opening_is_an_opening() {
        assert!(Flags::from_letters(b"SEW").is_some_and(Flags::opens));
        assert!(!Flags::from_letters(b"SA").is_some_and(Flags::opens));
        assert!(Flags::from_letters(b"SF").is_some_and(Flags::impossible));
        assert_eq!(Flags(Flags::SYN | Flags::ACK).letters(), "SA");
    }
}
