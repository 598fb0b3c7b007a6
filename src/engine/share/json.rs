//! JSON, written field by field, so that the order of fields is the order of the code.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};

/// A buffer that knows where commas belong.
#[derive(Default)]
pub struct Json {
    text: String,
    needs_comma: bool,
}

/// How much is gathered before it is handed on.
const ENOUGH: usize = 64 * 1024;

impl Json {
    pub fn object(&mut self, fields: impl FnOnce(&mut Json)) {
        self.nested('{', '}', fields);
    }

    /// `items` writes values one after the other.
    pub fn array(&mut self, items: impl FnOnce(&mut Json)) {
        self.nested('[', ']', items);
    }

    pub fn list<T>(&mut self, items: impl IntoIterator<Item = T>, write: impl Fn(&mut Json, T)) {
        self.array(|json| items.into_iter().for_each(|item| write(json, item)));
    }

    /// Names the value that follows.
    pub fn field(&mut self, name: &str) -> &mut Json {
        self.comma();
        let _ = write!(self.text, "\"{name}\":");
        self
    }

    /// A name that comes from data.
    pub fn free_field(&mut self, name: &str) -> &mut Json {
        self.text(name);
        self.text.push(':');
        self.needs_comma = false;
        self
    }

    pub fn number(&mut self, value: impl Display) {
        self.comma();
        let _ = write!(self.text, "{value}");
        self.needs_comma = true;
    }

    /// `value` thousandths (hundredths, …) as a decimal with at least one digit behind the point: 990 → 0.99.
    pub fn decimal(&mut self, value: i64, n_digits: u32) {
        self.comma();
        let unit = 10_i64.pow(n_digits);
        let sign = if value < 0 { "-" } else { "" };
        let (whole, rest) = (
            value.unsigned_abs() / unit.unsigned_abs(),
            value.unsigned_abs() % unit.unsigned_abs(),
        );
        let digits = format!("{rest:0width$}", width = n_digits as usize);
        let digits = digits.trim_end_matches('0');
        let _ = write!(
            self.text,
            "{sign}{whole}.{}",
            if digits.is_empty() { "0" } else { digits }
        );
        self.needs_comma = true;
    }

    pub fn truth(&mut self, value: bool) {
        self.number(value);
    }

    pub fn null(&mut self) {
        self.number("null");
    }

    pub fn text(&mut self, text: &str) {
        self.comma();
        self.text.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                // Not only what JSON demands: C1 controls are escapes to some terminals, and direction marks make
                // a line read as what it is not.
                letter if super::clean::hides(letter) => {
                    let _ = write!(self.text, "\\u{:04x}", u32::from(letter));
                }
                letter => self.text.push(letter),
            }
        }
        self.text.push('"');
        self.needs_comma = true;
    }

    /// Null where there is nothing.
    pub fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Json, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    /// Ends a line of JSON Lines; hands the buffer on when it is full.
    pub fn end_line(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.text.push('\n');
        self.needs_comma = false;
        out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    /// As `end_line`, but keeps what is short; `flush` at the end.
    pub fn next_line(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.text.push('\n');
        self.needs_comma = false;
        if self.text.len() >= ENOUGH {
            self.flush(out)
        } else {
            Ok(())
        }
    }

    pub fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    fn nested(&mut self, open: char, close: char, inner: impl FnOnce(&mut Json)) {
        self.comma();
        self.text.push(open);
        self.needs_comma = false;
        inner(self);
        self.text.push(close);
        self.needs_comma = true;
    }

    fn comma(&mut self) {
        if self.needs_comma {
            self.text.push(',');
        }
        self.needs_comma = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_json_and_cannot_reach_a_terminal() {
        let nasty = "a\"b\\c\n\u{1b}[31m\u{9b}31m\u{202e}x\u{7f}ü";
        let mut json = Json::default();
        json.object(|json| {
            json.field("text").text(nasty);
            json.field("list").list([1, 2], Json::number);
            json.field("p").decimal(990, 3);
            json.field("w").decimal(-500, 2);
            json.field("w2").decimal(-5, 2);
            json.field("one").decimal(1000, 3);
            json.field("none").maybe(None::<u8>, Json::number);
            json.free_field("na\"me").truth(true);
        });
        let mut out = Vec::new();
        json.end_line(&mut out).expect("writing to memory");
        let text = String::from_utf8(out).expect("text");
        assert!(!text.trim_end().chars().any(char::is_control), "{text:?}");
        assert!(
            text.contains("\"p\":0.99,\"w\":-5.0,\"w2\":-0.05,\"one\":1.0,\"none\":null"),
            "{text}"
        );
        let value: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
        assert_eq!(value["text"], nasty);
        assert_eq!(value["na\"me"], true);
    }
}
