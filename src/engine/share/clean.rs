//! Text of a log is shown as text: what would steer a terminal or hide in a line becomes visible.

/// Controls (C0, DEL, C1), direction marks, and letters without width.
pub fn hides(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with such letters written as `\u{1b}`; a tab becomes a blank.
pub fn visible(text: &str) -> String {
    if !text.chars().any(hides) {
        return text.to_string();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\t' => out.push(' '),
            letter if hides(letter) => out.extend(letter.escape_unicode()),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_seen_not_obeyed() {
        assert_eq!(visible("plain ü ✓"), "plain ü ✓");
        assert_eq!(
            visible("a\tb\u{1b}[31m\u{202e}c"),
            "a b\\u{1b}[31m\\u{202e}c"
        );
    }
}
