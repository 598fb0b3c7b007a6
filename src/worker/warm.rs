//! A rehearsal: the engine runs on lines of our own while nobody waits. Browsers first run a program slowly and
//! translate what is used much into fast code meanwhile; without this, the first log of a visit pays for that.

use super::serve::seed;
use super::show;
use crate::engine::format::FORMATS;
use crate::engine::pipeline::{self, Context, Range, Reader};
use crate::engine::settings::Settings;

/// So many lines that the browser finds the paths worth translating; less than a tenth of a second of work.
const N_LINES: u32 = 12_000;
/// The first formats of the list are those that are pasted most.
const N_FORMATS: usize = 4;

pub fn rehearse() {
    for format in FORMATS.iter().take(N_FORMATS) {
        let text = lines(format.about().example.as_bytes());
        let context = Context::default();
        let mut parts = [0, 1].map(|source| {
            let mut reader = Reader::new(&context, Range::whole(source), seed());
            reader.feed(&text);
            Some(reader.finish().part)
        });
        let [Some(one), Some(other)] = [parts[0].take(), parts[1].take()] else {
            return;
        };
        let bytes = other.to_bytes();
        let Ok(other) = crate::engine::session::Partial::from_bytes(&bytes, seed()) else {
            return;
        };
        let data = pipeline::conclude(one.merge(other), &Settings::default(), Vec::new());
        let mut open = show::Open::new(data);
        std::hint::black_box(open.report());
    }
}

/// The example many times over, each time with another throw-away port, so that each line is a session.
fn lines(example: &[u8]) -> Vec<u8> {
    let port = example
        .windows(5)
        .position(|five| five.iter().all(u8::is_ascii_digit) && five[0] >= b'3');
    let mut text = Vec::with_capacity((example.len() + 1) * N_LINES as usize);
    for nth in 0..N_LINES {
        let start = text.len();
        text.extend_from_slice(example);
        text.push(b'\n');
        if let Some(port) = port {
            let mut number = 30_000 + nth;
            for digit in text[start + port..start + port + 5].iter_mut().rev() {
                *digit = b'0' + (number % 10) as u8;
                number /= 10;
            }
        }
    }
    text
}
