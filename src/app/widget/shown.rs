//! Text that came out of a log. Always a text node; what could hide or reorder text is made visible.

use yew::prelude::*;

/// One stretch of text: plain, or a sign that stands for an invisible character.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Plain(String),
    Oddity(String),
}

/// Characters that draw nothing, move the cursor or turn the direction of text around.
fn oddity(letter: char) -> Option<String> {
    match letter {
        '\t' => None,
        '\u{1b}' => Some("␛".into()),
        '\0'..='\u{1f}' => char::from_u32(0x2400 + letter as u32).map(String::from),
        '\u{7f}' => Some("␡".into()),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => Some(format!("⟨U+{:04X}⟩", letter as u32)),
        _ => None,
    }
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    for letter in text.chars() {
        match oddity(letter) {
            None => plain.push(letter),
            Some(sign) => {
                if !plain.is_empty() {
                    parts.push(Part::Plain(std::mem::take(&mut plain)));
                }
                parts.push(Part::Oddity(sign));
            }
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Plain(plain));
    }
    parts
}

/// The text with its oddities visible, without an element of its own.
pub fn shown(text: &str) -> Html {
    parts(text)
        .into_iter()
        .map(|part| match part {
            Part::Plain(text) => html! { {text} },
            Part::Oddity(sign) => html! { <span class="oddity">{sign}</span> },
        })
        .collect()
}

/// Text of a log in an element that isolates its direction from the words around it.
pub fn told(text: &str) -> Html {
    html! { <bdi class="told">{shown(text)}</bdi> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_made_visible() {
        let check = |input: &str, expected: &[Part]| assert_eq!(parts(input), expected);
        let plain = |text: &str| Part::Plain(text.into());
        let odd = |text: &str| Part::Oddity(text.into());
        check("a\tb", &[plain("a\tb")]);
        check("a\u{1b}[31mb", &[plain("a"), odd("␛"), plain("[31mb")]);
        check("\u{202e}cod", &[odd("⟨U+202E⟩"), plain("cod")]);
        check("a\0", &[plain("a"), odd("␀")]);
    }
}
