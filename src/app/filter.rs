//! Filter terms as clicks make them. The language is the engine's (`engine::summary::filter`).

use crate::engine::summary::filter::{Chip, Filter, Term};

/// A term that says `key:value`, quoted where the value needs it.
pub fn term(key: &str, value: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "._-/:".contains(letter);
    if value.chars().all(plain) {
        format!("{key}:{value}")
    } else {
        format!("{key}:\"{}\"", value.replace('"', ""))
    }
}

/// The filter after a click on a value, or after more was typed: values of one key join with "or".
pub fn narrowed(filter: &Filter, more: &str) -> Result<Filter, String> {
    let more = Filter::parse(more).map_err(|error| error.to_string())?;
    Ok(more
        .terms
        .iter()
        .fold(filter.clone(), |filter: Filter, term: &Term| {
            filter.toggled(term)
        }))
}

/// What a chip says: words where the term is a name of ours, else as it is typed.
pub fn chip_text(chip: &Chip) -> &str {
    let is_ours = ["verdict:", "dir:", "outcome:", "cause:"]
        .iter()
        .any(|key| chip.text.trim_start_matches('-').starts_with(key));
    if is_ours { &chip.label } else { &chip.text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_on_a_value_adds_it_and_a_second_one_takes_it_away() {
        let empty = Filter::default();
        let one = narrowed(&empty, "port:80").unwrap();
        let two = narrowed(&one, "port:443").unwrap();
        assert_eq!(two.to_string(), "port:80,443");
        assert_eq!(narrowed(&two, "port:443").unwrap(), one);
        assert!(narrowed(&one, "nonsense:7").is_err());
        assert_eq!(
            narrowed(&empty, &term("rule", "web in"))
                .unwrap()
                .to_string(),
            "rule:\"web in\""
        );
    }
}
