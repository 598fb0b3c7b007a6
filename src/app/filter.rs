//! The filter as the page handles it: terms to show as chips, and what could come next. What a term *means* is the
//! engine's business (`engine::summary::filter`).

/// Cuts an expression into its terms; quotes keep spaces together.
pub fn split(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    let mut term = String::new();
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                term.push(letter);
            }
            letter if letter.is_whitespace() && !quoted => {
                if !term.is_empty() {
                    terms.push(std::mem::take(&mut term));
                }
            }
            letter => term.push(letter),
        }
    }
    if quoted {
        term.push('"');
    }
    if !term.is_empty() {
        terms.push(term);
    }
    terms
}

/// A term that says `key:value`, quoted where the value needs it.
pub fn term(key: &str, value: &str) -> String {
    if value.chars().any(char::is_whitespace) { format!("{key}:\"{}\"", value.replace('"', "")) } else { format!("{key}:{value}") }
}

/// The keys, with what they ask.
pub const KEYS: &[(&str, &str)] = &[
    ("dir", "who started it, from where to where"),
    ("verdict", "what we conclude"),
    ("host", "an address or network on either side"),
    ("port", "a port on either side"),
    ("client", "who started it"),
    ("server", "who was asked"),
    ("src", "the sender a line names"),
    ("dst", "the receiver a line names"),
    ("rule", "the firewall's rule"),
    ("format", "the kind of log"),
    ("time", "from..to"),
];

/// Fixed values of a key.
pub fn values(key: &str) -> &'static [&'static str] {
    match key {
        "dir" => &["inbound", "outbound", "internal", "transit", "to_firewall", "from_firewall", "group", "unknown"],
        "verdict" => &[
            "orphaned_reply",
            "blocked_inbound",
            "blocked_outbound",
            "blocked_internal",
            "scan",
            "backscatter",
            "allowed_normal",
            "allowed_unanswered",
            "impossible_packet",
            "local_discovery",
            "network_error",
            "late_datagram_reply",
            "service_port_as_source",
            "not_enough",
        ],
        _ => &[],
    }
}

/// What the last, unfinished term could become: (term, explanation).
pub fn suggest(typed: &str, seen: &[(String, String)]) -> Vec<(String, String)> {
    const SHOWN: usize = 8;
    let last = split(typed).pop().filter(|_| !typed.ends_with(char::is_whitespace)).unwrap_or_default();
    let (minus, last) = last.strip_prefix('-').map_or(("", last.as_str()), |rest| ("-", rest));
    let lower = last.to_lowercase();
    let mut found: Vec<(String, String)> = Vec::new();
    if let Some((key, value)) = lower.split_once(':') {
        for known in values(key) {
            if known.contains(value) {
                found.push((format!("{minus}{key}:{known}"), known.replace('_', " ")));
            }
        }
    } else {
        for (key, about) in KEYS {
            if key.starts_with(&lower) {
                found.push((format!("{minus}{key}:"), (*about).to_string()));
            }
        }
    }
    if !lower.is_empty() {
        for (term, about) in seen {
            if term.to_lowercase().contains(&lower) && found.len() < SHOWN {
                found.push((format!("{minus}{term}"), about.clone()));
            }
        }
    }
    found.retain(|(term, _)| *term != format!("{minus}{last}"));
    found.truncate(SHOWN);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_a_term_together() {
        assert_eq!(split("dir:inbound  \"no session\" -port:80"), ["dir:inbound", "\"no session\"", "-port:80"]);
        assert_eq!(split("rule:\"web in"), ["rule:\"web in\""]);
        assert!(split("  ").is_empty());
        assert_eq!(split(&term("rule", "web in")), ["rule:\"web in\""]);
    }

    #[test]
    fn suggestions_complete_keys_then_values_then_what_was_seen() {
        let seen = [("port:443".to_string(), "https".to_string())];
        assert_eq!(suggest("di", &seen)[0].0, "dir:");
        assert_eq!(suggest("port:80 dir:in", &seen)[0].0, "dir:inbound");
        assert_eq!(suggest("-verdict:sc", &seen)[0].0, "-verdict:scan");
        assert_eq!(suggest("44", &seen)[0].0, "port:443");
        assert_eq!(suggest("dir:inbound ", &seen).len(), 8);
    }
}
