//! How wide a text is, without asking a browser.
//!
//! Advance widths of DejaVu Sans, one of the widest fonts that `system-ui` can mean: what fits with it fits with the
//! others, and a worker, a test and every reader's page lay out alike.

/// Thousandths of an em for ' ' to '~'.
#[rustfmt::skip]
const ASCII: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, // space to /
    636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, // 0 to ?
    1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787, // @ to O
    603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, // P to _
    500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, // ` to o
    635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838, // p to ~
];
/// Letters of alphabets we have no widths of: generous for Latin, right for Chinese.
const OTHER: u16 = 1000;
/// Bold letters are wider.
const BOLD_PERCENT: u32 = 109;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Plain,
    Bold,
}

/// Pixels, rounded up.
pub fn width(text: &str, size_px: u32, weight: Weight) -> u32 {
    let em: u32 = text.chars().map(|letter| u32::from(advance(letter))).sum();
    let em = if weight == Weight::Bold {
        em * BOLD_PERCENT / 100
    } else {
        em
    };
    (em * size_px).div_ceil(1000)
}

fn advance(letter: char) -> u16 {
    let known = u32::from(letter)
        .checked_sub(32)
        .and_then(|at| ASCII.get(at as usize));
    known.copied().unwrap_or(match letter {
        '→' | '…' => 838,
        '–' | '·' | '×' => 500,
        'À'..='ÿ' => 640,
        _ => OTHER,
    })
}

/// The text if it fits, else its start and "…"; nothing where not even that fits.
pub fn fit(text: &str, size_px: u32, weight: Weight, room_px: u32) -> String {
    if width(text, size_px, weight) <= room_px {
        return text.to_string();
    }
    let mut cut: String = text.to_string();
    while cut.pop().is_some() {
        let short = format!("{}…", cut.trim_end());
        if cut.chars().count() > 1 && width(&short, size_px, weight) <= room_px {
            return short;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_does_not_fit_is_cut_and_says_so() {
        assert_eq!(fit("our machines", 12, Weight::Plain, 500), "our machines");
        let cut = fit("our machines → internet", 12, Weight::Plain, 90);
        assert!(
            cut.ends_with('…') && width(&cut, 12, Weight::Plain) <= 90,
            "{cut}"
        );
        assert_eq!(fit("our machines", 12, Weight::Plain, 3), "");
    }
}
