//! Text encodings: which one a source has, and a streaming decoder to UTF-8. UTF-8 passes without a copy.

/// How characters are written in a source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub enum Encoding {
    #[default]
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

/// How much of the start the UTF-16 test looks at (domain §3.0).
const UTF16_PROBE: usize = 4096;

impl Encoding {
    /// From the start of a source: byte order mark, NULs at every other byte, valid UTF-8, else Windows-1252.
    pub fn detect(head: &[u8]) -> Encoding {
        if head.starts_with(b"\xef\xbb\xbf") {
            return Encoding::Utf8;
        }
        if head.starts_with(b"\xff\xfe") {
            return Encoding::Utf16Le;
        }
        if head.starts_with(b"\xfe\xff") {
            return Encoding::Utf16Be;
        }
        let probe = &head[..head.len().min(UTF16_PROBE)];
        let nuls_at = |odd: usize| {
            probe
                .iter()
                .skip(odd)
                .step_by(2)
                .filter(|byte| **byte == 0)
                .count()
        };
        let (even, odd, n_pairs) = (nuls_at(0), nuls_at(1), probe.len() / 2);
        // A log with runs of NULs has them at both; UTF-16 of Latin text nearly only at one.
        if n_pairs >= 2 && odd * 10 >= n_pairs * 3 && even * 10 < odd {
            return Encoding::Utf16Le;
        }
        if n_pairs >= 2 && even * 10 >= n_pairs * 3 && odd * 10 < even {
            return Encoding::Utf16Be;
        }
        if mostly_utf8(head) {
            Encoding::Utf8
        } else {
            Encoding::Windows1252
        }
    }

    /// For a person.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16 (little endian)",
            Encoding::Utf16Be => "UTF-16 (big endian)",
            Encoding::Windows1252 => "Windows-1252",
        }
    }
}

/// A few broken bytes (a cut file, one Latin-1 name) do not make a UTF-8 log something else.
fn mostly_utf8(text: &[u8]) -> bool {
    let (mut n_good, mut n_bad) = (0, 0);
    for chunk in text.utf8_chunks() {
        n_good += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
        n_bad += usize::from(!chunk.invalid().is_empty());
    }
    // A sample may end inside a character.
    n_bad <= n_good + usize::from(n_good > 0)
}

/// Turns a stream of one encoding into UTF-8.
#[derive(Debug, Default)]
pub struct Decoder {
    encoding: Encoding,
    out: Vec<u8>,
    /// UTF-16: the first byte of a unit whose second byte is in the next chunk.
    half: Option<u8>,
    /// UTF-16: the first unit of a pair.
    high: Option<u16>,
    started: bool,
}

impl Decoder {
    pub fn new(encoding: Encoding) -> Decoder {
        Decoder {
            encoding,
            ..Decoder::default()
        }
    }

    /// The text of the next chunk. Invalid UTF-8 passes unchanged: parsers read bytes.
    pub fn decode<'a>(&'a mut self, chunk: &'a [u8]) -> &'a [u8] {
        match self.encoding {
            Encoding::Utf8 => return chunk,
            Encoding::Windows1252 => {
                self.out.clear();
                windows_1252(chunk, &mut self.out);
            }
            Encoding::Utf16Le | Encoding::Utf16Be => {
                self.out.clear();
                self.utf16(chunk);
            }
        }
        &self.out
    }

    /// What a stream that ended inside a character leaves.
    pub fn finish(&mut self) -> &[u8] {
        self.out.clear();
        if self.half.take().is_some() || self.high.take().is_some() {
            push(char::REPLACEMENT_CHARACTER, &mut self.out);
        }
        &self.out
    }

    fn utf16(&mut self, chunk: &[u8]) {
        for &byte in chunk {
            let Some(first) = self.half.take() else {
                self.half = Some(byte);
                continue;
            };
            let unit = match self.encoding {
                Encoding::Utf16Be => u16::from_be_bytes([first, byte]),
                _ => u16::from_le_bytes([first, byte]),
            };
            if !self.started {
                self.started = true;
                if unit == 0xfeff {
                    continue;
                }
            }
            self.unit(unit);
        }
    }

    fn unit(&mut self, unit: u16) {
        if let Some(high) = self.high.take() {
            if let Some(Ok(character)) = char::decode_utf16([high, unit]).next()
                && (0xdc00..0xe000).contains(&unit)
            {
                push(character, &mut self.out);
                return;
            }
            push(char::REPLACEMENT_CHARACTER, &mut self.out);
        }
        match unit {
            0xd800..0xdc00 => self.high = Some(unit),
            _ => push(
                char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER),
                &mut self.out,
            ),
        }
    }
}

fn push(character: char, out: &mut Vec<u8>) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The characters of 0x80 to 0x9f; the five holes keep their Latin-1 meaning, as browsers have it.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn windows_1252(chunk: &[u8], out: &mut Vec<u8>) {
    let mut rest = chunk;
    while let Some(at) = rest.iter().position(|byte| *byte >= 0x80) {
        out.extend_from_slice(&rest[..at]);
        let byte = rest[at];
        push(
            WINDOWS_1252
                .get(usize::from(byte - 0x80))
                .copied()
                .unwrap_or(char::from(byte)),
            out,
        );
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(encoding: Encoding, bytes: &[u8], size: usize) -> String {
        let mut decoder = Decoder::new(encoding);
        let mut all = Vec::new();
        for chunk in bytes.chunks(size) {
            all.extend_from_slice(decoder.decode(chunk));
        }
        all.extend_from_slice(decoder.finish());
        String::from_utf8(all).expect("decoders give UTF-8")
    }

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn utf16_is_found_and_decoded_whatever_the_chunks() {
        let text = "date=2024-02-19 user=\"Jürgen 😀\"\r\nnext";
        for (encoding, to_bytes) in [
            (Encoding::Utf16Le, u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (Encoding::Utf16Be, u16::to_be_bytes),
        ] {
            for text in [text.to_string(), format!("\u{feff}{text}")] {
                let bytes = utf16(&text, to_bytes);
                assert_eq!(Encoding::detect(&bytes), encoding);
                for size in [1, 2, 3, 7, 1000] {
                    assert_eq!(
                        decode(encoding, &bytes, size),
                        text.trim_start_matches('\u{feff}')
                    );
                }
            }
        }
        assert_eq!(
            decode(Encoding::Utf16Le, &[0x3d, 0xd8, 0x41, 0x00], 1),
            "\u{fffd}A"
        );
        assert_eq!(decode(Encoding::Utf16Le, &[0x41], 1), "\u{fffd}");
    }

    #[test]
    fn latin_text_is_windows_1252_and_broken_utf8_stays_utf8() {
        assert_eq!(
            Encoding::detect(b"Aktion=gesch\xfctzt"),
            Encoding::Windows1252
        );
        assert_eq!(
            decode(Encoding::Windows1252, b"gesch\xfctzt \x93x\x94 \x80", 3),
            "geschützt “x” €"
        );
        assert_eq!(
            Encoding::detect("grün grün grün \u{fc}".as_bytes()),
            Encoding::Utf8
        );
        assert_eq!(
            Encoding::detect(&"grün grün".as_bytes()[..9]),
            Encoding::Utf8
        );
        assert_eq!(Encoding::detect(b"plain"), Encoding::Utf8);
        assert_eq!(Encoding::detect(b""), Encoding::Utf8);
        assert_eq!(Encoding::detect(&[0; 5000]), Encoding::Utf8);
    }
}
