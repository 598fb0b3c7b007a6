//! The address's fragment: the view, never the log. `#v1&filter=…&sort=…&theme=…`.

use std::fmt::Write;

use crate::engine::summary::filter::Filter;
use crate::worker::view::{Column, Sort};

use super::theme::Theme;

/// What a copied link carries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    pub filter: Filter,
    pub sort: Sort,
    pub theme: Theme,
}

const COLUMNS: &[(Column, &str)] = &[
    (Column::Started, "started"),
    (Column::Initiator, "initiator"),
    (Column::Service, "service"),
    (Column::Way, "way"),
    (Column::What, "what"),
    (Column::Sure, "sure"),
    (Column::Tries, "tries"),
    (Column::Lines, "lines"),
];

impl View {
    pub fn fragment(&self) -> String {
        let mut text = String::from("#v1");
        if !self.filter.is_empty() {
            let _ = write!(text, "&filter={}", encode(&self.filter.to_string()));
        }
        if self.sort != Sort::default() {
            let word = COLUMNS
                .iter()
                .find(|(column, _)| *column == self.sort.column)
                .map_or("started", |(_, word)| word);
            let sign = if self.sort.descending { "-" } else { "" };
            let _ = write!(text, "&sort={sign}{word}");
        }
        if self.theme != Theme::System {
            let _ = write!(text, "&theme={}", self.theme.word());
        }
        text
    }

    /// A fragment of another version, or of something else, is no view.
    pub fn parse(fragment: &str) -> Self {
        let mut view = Self::default();
        let Some(rest) = fragment.trim_start_matches('#').strip_prefix("v1") else {
            return view;
        };
        for part in rest.split('&') {
            let Some((key, value)) = part.split_once('=') else {
                continue;
            };
            match key {
                "filter" => view.filter = Filter::parse(&decode(value)).unwrap_or_default(),
                "sort" => {
                    let (descending, word) = value
                        .strip_prefix('-')
                        .map_or((false, value), |word| (true, word));
                    if let Some((column, _)) = COLUMNS.iter().find(|(_, known)| *known == word) {
                        view.sort = Sort {
                            column: *column,
                            descending,
                        };
                    }
                }
                "theme" => view.theme = Theme::parse(value).unwrap_or_default(),
                _ => {}
            }
        }
        view
    }
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let code = (byte == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(code) = code {
            bytes.push(code);
            rest = &tail[2..];
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_comes_back_from_its_link() {
        let view = View {
            filter: Filter::parse("dir:inbound \"no session & more\" -port:80").unwrap(),
            sort: Sort {
                column: Column::Lines,
                descending: true,
            },
            theme: Theme::Dark,
        };
        assert_eq!(View::parse(&view.fragment()), view);
        assert_eq!(View::parse("#v2&filter=x"), View::default());
        assert_eq!(
            View::parse("#v1&filter=%zz%4"),
            View {
                filter: Filter::parse("%zz%4").unwrap(),
                ..View::default()
            }
        );
        assert_eq!(View::default().fragment(), "#v1");
    }
}
