//! What the filter box offers while somebody types: keys first, then values, those of this log before others.

use super::KEYS;
use super::parse::example;
use super::words::{outcome_words, verdict_words};
use crate::engine::dataset::{Cause, Dataset, Direction, Outcome, Verdict};
use crate::engine::model::order::Order;
use crate::engine::model::{NameId, ports};
use crate::engine::summary::directions::label;
use crate::engine::summary::wire::BANDS;
use crate::engine::summary::{Index, Summary};
use serde::{Deserialize, Serialize};

/// One offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The word to show: `dir:inbound`.
    pub word: String,
    /// What it means.
    pub hint: String,
    /// The whole text once it is taken, and the letters before the cursor then.
    pub text: String,
    pub cursor: usize,
}

/// What this log holds, so that offers fit it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// (value, hint), the most frequent first.
    pub hosts: Vec<(String, String)>,
    pub services: Vec<(String, String)>,
    pub rules: Vec<(String, String)>,
    pub devices: Vec<(String, String)>,
    pub formats: Vec<(String, String)>,
}

const MAX_VALUES: usize = 100;
const MAX_OFFERS: usize = 10;

impl Vocabulary {
    /// From the summary without a filter.
    pub fn new(data: &Dataset, index: &Index, summary: &Summary) -> Vocabulary {
        let sessions = |n: u64| format!("{n} sessions");
        let hosts = summary
            .hosts
            .rows
            .iter()
            .map(|row| (row.host.clone(), sessions(row.n_sessions())));
        let services = summary
            .ports
            .rows
            .iter()
            .filter(|row| row.decided)
            .map(|row| {
                let name = row
                    .name
                    .as_deref()
                    .map_or_else(String::new, |name| format!("{name}, "));
                (
                    row.label(),
                    format!("{name}{}", sessions(row.split.total())),
                )
            });
        let rules = summary.rules.rows.iter().filter_map(|row| {
            let value = row.rule.clone().or_else(|| row.name.clone())?;
            Some((
                value,
                format!("{} allowed, {} denied", row.n_allowed, row.n_denied),
            ))
        });
        let mut devices: Vec<NameId> = index
            .rules
            .iter()
            .map(|rule| rule.device)
            .filter(|device| device.is_some())
            .collect();
        devices.extend(
            data.views
                .values()
                .map(|view| view.device)
                .filter(|device| device.is_some()),
        );
        let mut devices: Vec<String> = devices
            .into_iter()
            .map(|device| data.names.or_empty(device).to_string())
            .collect();
        devices.order();
        devices.dedup();
        Vocabulary {
            hosts: hosts.take(MAX_VALUES).collect(),
            services: services.take(MAX_VALUES).collect(),
            rules: rules.take(MAX_VALUES).collect(),
            devices: devices
                .into_iter()
                .take(MAX_VALUES)
                .map(|device| (device, String::new()))
                .collect(),
            formats: data
                .format_lines
                .iter()
                .map(|(id, n)| (id.clone(), format!("{n} lines")))
                .collect(),
        }
    }
}

/// Offers for the word before the cursor; `cursor` counts letters.
pub fn suggest(text: &str, cursor: usize, words: &Vocabulary) -> Vec<Suggestion> {
    let before: String = text.chars().take(cursor).collect();
    let after: String = text.chars().skip(cursor).collect();
    if before.matches('"').count() % 2 == 1 {
        return Vec::new();
    }
    let start = before.rfind(char::is_whitespace).map_or(0, |at| {
        at + before[at..].chars().next().map_or(1, char::len_utf8)
    });
    let (kept, word) = before.split_at(start);
    let rest_of_word: usize = after.find(char::is_whitespace).unwrap_or(after.len());
    let after = &after[rest_of_word..];
    let (sign, word) = word
        .strip_prefix('-')
        .map_or(("", word), |word| ("-", word));
    let offer = |word: String, hint: String, goes_on: bool| {
        let end = if goes_on || after.starts_with(' ') {
            ""
        } else {
            " "
        };
        let start = format!("{kept}{sign}{word}{end}");
        Suggestion {
            word: format!("{sign}{word}"),
            hint,
            cursor: start.chars().count(),
            text: format!("{start}{after}"),
        }
    };
    let Some((key, typed)) = word.split_once(':') else {
        let word = word.to_ascii_lowercase();
        let keys = KEYS.iter().filter(|(key, _)| key.starts_with(&word));
        let mut offers: Vec<Suggestion> = keys
            .map(|(key, hint)| {
                offer(
                    format!("{key}:"),
                    format!("{hint}, as in {}", example(key)),
                    true,
                )
            })
            .collect();
        if !word.is_empty() {
            let hosts = words
                .hosts
                .iter()
                .filter(|(host, _)| host.starts_with(&word));
            offers.extend(
                hosts.map(|(host, hint)| offer(format!("host:{host}"), hint.clone(), false)),
            );
        }
        offers.truncate(MAX_OFFERS.max(if word.is_empty() { KEYS.len() } else { 0 }));
        return offers;
    };
    let (done, last) = typed
        .rfind(',')
        .map_or(("", typed), |at| typed.split_at(at + 1));
    let last = last.to_lowercase();
    values(key, words)
        .into_iter()
        .filter(|(value, hint)| {
            value.to_lowercase().starts_with(&last)
                || (!last.is_empty() && hint.to_lowercase().contains(&last))
        })
        .take(MAX_OFFERS)
        .map(|(value, hint)| offer(format!("{key}:{done}{}", quoted(&value)), hint, false))
        .collect()
}

fn values(key: &str, words: &Vocabulary) -> Vec<(String, String)> {
    let own = |name: &str, hint: &str| (name.to_string(), hint.to_string());
    match key {
        "dir" => Direction::ALL
            .iter()
            .map(|value| own(value.name(), label(*value)))
            .collect(),
        "verdict" => Verdict::ALL
            .iter()
            .map(|value| own(value.name(), verdict_words(*value)))
            .collect(),
        "outcome" => Outcome::ALL
            .iter()
            .map(|value| own(value.name(), outcome_words(*value)))
            .collect(),
        "cause" => Cause::ALL
            .iter()
            .map(|value| own(value.name(), ""))
            .collect(),
        "sure" => BANDS.iter().map(|value| own(value.name(), "")).collect(),
        "proto" => ["tcp", "udp", "icmp", "icmp6", "gre", "esp"]
            .iter()
            .map(|value| own(value, ""))
            .collect(),
        "service" => words.services.clone(),
        "port" => {
            let seen = words.services.iter().filter_map(|(label, hint)| {
                Some((label.split_once('/')?.0.to_string(), hint.clone()))
            });
            let known = ports::all_names().map(|(port, name)| (port.to_string(), name.to_string()));
            let mut all: Vec<(String, String)> = seen.collect();
            let n_seen = all.len();
            all.extend(known);
            let tail: Vec<(String, String)> = all.split_off(n_seen);
            let unseen = tail
                .into_iter()
                .filter(|(port, _)| !all.iter().any(|(seen, _)| seen == port))
                .collect::<Vec<_>>();
            all.extend(unseen);
            all.dedup_by(|one, two| one.0 == two.0);
            all
        }
        "host" | "client" | "server" | "src" | "dst" => words.hosts.clone(),
        "rule" => words.rules.clone(),
        "device" => words.devices.clone(),
        "format" => words.formats.clone(),
        "bytes" => vec![own(">1MB", "more than a million bytes"), own("0", "none")],
        "tries" | "lines" => vec![own(">1", "more than one"), own(">10", "more than ten")],
        _ => Vec::new(),
    }
}

fn quoted(value: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "._-*/@#+:<>[]".contains(letter);
    if value.chars().all(is_plain) {
        value.into()
    } else {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let vocabulary = Vocabulary {
            rules: vec![("12".into(), String::new())],
            ..Vocabulary::default()
        };
        suggest(text, text.chars().count(), &vocabulary)
            .into_iter()
            .map(|offer| offer.text)
            .collect()
    }

    #[test]
    fn offers_complete_the_word_before_the_cursor() {
        assert_eq!(words("port:80 di"), ["port:80 dir:"]);
        assert_eq!(words("-dir:inb"), ["-dir:inbound "]);
        assert_eq!(words("dir:inbound,out"), ["dir:inbound,outbound "]);
        assert_eq!(words("rule:1"), ["rule:12 "]);
        assert!(words("port:ssh")[0].starts_with("port:22"));
        assert!(words("\"no sess").is_empty());
        assert_eq!(words("").len(), KEYS.len());
    }
}
