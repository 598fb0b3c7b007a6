//! Words with numbers: thousands separators, singular and plural, spans of time, short lists.

use crate::engine::model::{Host, Micros, Names, stamp};

/// `1204` → `1,204`.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 packet`, `1,204 packets`.
pub fn count(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// "once", "twice", "5 times".
pub fn times(value: u64) -> String {
    match value {
        1 => "once".into(),
        2 => "twice".into(),
        _ => count(value, "time", "times"),
    }
}

/// One of two words, by number.
pub fn plural<'w>(value: u64, one: &'w str, many: &'w str) -> &'w str {
    if value == 1 { one } else { many }
}

/// First letter in upper case, for the start of a sentence. Names of machines stay as they are in the log.
pub fn capital(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or("");
    if first.contains(|letter: char| !letter.is_alphabetic() && !"-'".contains(letter)) {
        return text.into();
    }
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// "a web server", "an SSH server".
pub fn article(noun: &str) -> String {
    const SPELLED_WITH_A_VOWEL: [&str; 7] = ["SSH", "FTP", "LDAP", "SMB", "SQL", "NTP", "RPC"];
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O'])
        || SPELLED_WITH_A_VOWEL
            .iter()
            .any(|word| noun.starts_with(word));
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

/// A length of time as a person says it: "40 seconds", "5 minutes", "2 hours", "3 days".
pub fn duration(micros: Micros) -> String {
    let seconds = micros.max(0) / stamp::SECOND;
    let (value, one, many) = match seconds {
        0..=119 => (seconds, "second", "seconds"),
        120..=7199 => ((seconds + 30) / 60, "minute", "minutes"),
        7200..=172_799 => ((seconds + 1800) / 3600, "hour", "hours"),
        _ => ((seconds + 43_200) / 86_400, "day", "days"),
    };
    if seconds == 0 {
        "less than a second".into()
    } else {
        count(value as u64, one, many)
    }
}

/// An idle limit exactly as it is set: "3,600 seconds (1 hour)".
pub fn limit(seconds: u32) -> String {
    let exact = count(u64::from(seconds), "second", "seconds");
    match seconds {
        3600 => format!("{exact} (1 hour)"),
        s if s > 3600 && s.is_multiple_of(3600) => format!("{exact} ({} hours)", s / 3600),
        s if s >= 120 && s.is_multiple_of(60) => format!("{exact} ({} minutes)", s / 60),
        _ => exact,
    }
}

/// `192.0.2.1`, `192.0.2.1 and 192.0.2.2`, `192.0.2.1, 192.0.2.2 and 6 others`.
pub fn hosts(sample: &[Host], total: u64, names: &Names) -> String {
    let n_shown = total.saturating_sub(n_others(total)) as usize;
    let shown: Vec<String> = sample
        .iter()
        .take(n_shown)
        .map(|host| shown(*host, &host.text(names)))
        .collect();
    let others = total.saturating_sub(shown.len() as u64);
    match (shown.as_slice(), others) {
        ([], 0) => "nobody".into(),
        ([], others) => count(others, "machine", "machines"),
        ([one], 0) => one.clone(),
        ([head @ .., last], 0) => format!("{} and {last}", head.join(", ")),
        (some, others) => format!(
            "{} and {}",
            some.join(", "),
            count(others, "other", "others")
        ),
    }
}

/// A host as a sentence names it: of one that the line leaves out, or has a mere word for, it says so, in words that fit
/// anywhere.
fn shown(host: Host, text: &str) -> String {
    let is_word = host.is_blurred()
        && !text.contains(['.', ',', ':', '*', '#', '?'])
        && !text.bytes().all(|byte| matches!(byte, b'x'..=b'z'));
    if is_word || text.ends_with(" not shown") {
        "(address not shown)".into()
    } else {
        visible(text)
    }
}

/// How many of a list are counted and not named: up to three are named, of more the first two.
pub fn n_others(total: u64) -> u64 {
    if total <= 3 { 0 } else { total - 2 }
}

/// Text from a log, safe inside a sentence: control and direction characters become visible, long text is cut.
pub fn visible(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut clean = String::new();
    for letter in text.chars().take(LONGEST) {
        let hides = letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        clean.push(if hides { '\u{fffd}' } else { letter });
    }
    if text.chars().count() > LONGEST {
        clean.push('…');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_a_person_writes_them() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_204), "1,204");
        assert_eq!(number(1_000_000), "1,000,000");
        assert_eq!(count(1, "packet", "packets"), "1 packet");
        assert_eq!(count(2_000, "packet", "packets"), "2,000 packets");
    }

    #[test]
    fn time_is_rounded_to_what_matters() {
        assert_eq!(duration(500_000), "less than a second");
        assert_eq!(duration(stamp::SECOND), "1 second");
        assert_eq!(duration(15 * stamp::MINUTE), "15 minutes");
        assert_eq!(duration(2 * stamp::HOUR), "2 hours");
        assert_eq!(limit(3600), "3,600 seconds (1 hour)");
        assert_eq!(limit(300), "300 seconds (5 minutes)");
    }

    #[test]
    fn a_list_names_few_and_counts_the_rest() {
        let names = Names::default();
        let all: Vec<Host> = (1..=8).map(|last| Host::v4(0xc000_0200 + last)).collect();
        assert_eq!(hosts(&all[..1], 1, &names), "192.0.2.1");
        assert_eq!(hosts(&all[..2], 2, &names), "192.0.2.1 and 192.0.2.2");
        assert_eq!(
            hosts(&all, 40, &names),
            "192.0.2.1, 192.0.2.2 and 38 others"
        );
    }

    #[test]
    fn text_of_a_log_cannot_hide_in_a_sentence() {
        assert_eq!(visible("a\u{202e}b\u{1b}c"), "a\u{fffd}b\u{fffd}c");
    }
}
