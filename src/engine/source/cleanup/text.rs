//! Characters that were changed on the way through web pages and word processors: HTML entities, HTML tags,
//! typographic quotes, dashes, arrows and blanks.

use super::{Counts, Plan, StepKind};
use memchr::{memchr, memchr2};

/// Buffers that are used again for every line.
#[derive(Debug, Default)]
pub struct Scratch {
    front: Vec<u8>,
    back: Vec<u8>,
}

impl Scratch {
    /// The line after the steps of the plan; tags that end a line have become line ends.
    pub fn clean<'a>(&'a mut self, line: &'a [u8], plan: Plan, counts: &mut Counts) -> &'a [u8] {
        let mut is_changed = false;
        let steps: [(bool, StepKind, Transform); 3] = [
            (plan.entities, StepKind::Entities, entities),
            (plan.tags, StepKind::Tags, tags),
            (plan.typography, StepKind::Typography, typography),
        ];
        for (is_planned, kind, transform) in steps {
            if !is_planned {
                continue;
            }
            self.back.clear();
            if transform(if is_changed { &self.front } else { line }, &mut self.back) {
                std::mem::swap(&mut self.front, &mut self.back);
                is_changed = true;
                counts.add(kind, 1);
            }
        }
        if is_changed { &self.front } else { line }
    }
}

/// Writes the changed line and returns true, or returns false when there is nothing to change.
type Transform = fn(&[u8], &mut Vec<u8>) -> bool;

const ENTITIES: [(&[u8], &[u8]); 9] = [
    (b"lt;", b"<"),
    (b"gt;", b">"),
    (b"amp;", b"&"),
    (b"quot;", b"\""),
    (b"apos;", b"'"),
    (b"nbsp;", b" "),
    (b"rarr;", b"->"),
    (b"ndash;", b"-"),
    (b"mdash;", b"-"),
];

/// Decodes once: `&amp;lt;` becomes `&lt;`.
fn entities(line: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = line;
    let mut is_changed = false;
    while let Some(at) = memchr(b'&', rest) {
        out.extend_from_slice(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some((name, text)) = ENTITIES.iter().find(|(name, _)| after.starts_with(name)) {
            out.extend_from_slice(text);
            rest = &after[name.len()..];
            is_changed = true;
        } else if let Some((character, used)) = numeric(after) {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            rest = &after[used..];
            is_changed = true;
        } else {
            out.push(b'&');
            rest = after;
        }
    }
    out.extend_from_slice(rest);
    is_changed
}

/// `#39;`, `#x27;` and how many bytes it took.
fn numeric(text: &[u8]) -> Option<(char, usize)> {
    let digits = text.strip_prefix(b"#")?;
    let (digits, radix, n_before) = match digits
        .strip_prefix(b"x")
        .or_else(|| digits.strip_prefix(b"X"))
    {
        Some(digits) => (digits, 16, 2),
        None => (digits, 10, 1),
    };
    let n_digits = digits
        .iter()
        .take(8)
        .position(|byte| *byte == b';')
        .filter(|n| *n > 0)?;
    let code = u32::from_str_radix(std::str::from_utf8(&digits[..n_digits]).ok()?, radix).ok()?;
    // A line end would make two lines of one.
    let character = char::from_u32(code).filter(|character| !character.is_control())?;
    Some((character, n_before + n_digits + 1))
}

/// Whether the text has an entity that a log itself would not have. `&amp;` alone also stands in addresses.
pub fn has_entity(text: &[u8]) -> bool {
    memchr::memchr_iter(b'&', text).any(|at| {
        let after = &text[at + 1..];
        [
            b"lt;".as_slice(),
            b"gt;",
            b"quot;",
            b"apos;",
            b"nbsp;",
            b"rarr;",
        ]
        .iter()
        .any(|name| after.starts_with(name))
            || numeric(after).is_some()
    })
}

/// Tags that end a record, then tags that are only dropped.
const ENDING: [&[u8]; 8] = [
    b"br",
    b"/p",
    b"/tr",
    b"/div",
    b"/li",
    b"/pre",
    b"hr",
    b"/blockquote",
];
const DROPPED: [&[u8]; 21] = [
    b"p",
    b"tr",
    b"div",
    b"li",
    b"pre",
    b"td",
    b"th",
    b"span",
    b"code",
    b"b",
    b"i",
    b"em",
    b"strong",
    b"font",
    b"a",
    b"ul",
    b"ol",
    b"table",
    b"tbody",
    b"thead",
    b"blockquote",
];

/// Stands for the border between two cells; a single blank may be a cell's own.
const CELL: &[u8] = b"  ";

/// Drops tags that HTML knows; a mask such as `<my-ip>` stays.
fn tags(line: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = line;
    let mut is_changed = false;
    while let Some(at) = memchr(b'<', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        if let Some((replacement, used)) = tag(rest) {
            // The first cell of a row begins where the row begins.
            if replacement != CELL || !matches!(out.last(), None | Some(b'\n')) {
                out.extend_from_slice(replacement);
            }
            rest = &rest[used..];
            is_changed = true;
        } else {
            out.push(b'<');
            rest = &rest[1..];
        }
    }
    out.extend_from_slice(rest);
    while out.last() == Some(&b'\n') {
        out.pop();
    }
    is_changed
}

/// What stands for the tag at the start of `text`, and its length.
fn tag(text: &[u8]) -> Option<(&'static [u8], usize)> {
    let inner = text.strip_prefix(b"<")?;
    let end =
        memchr2(b'>', b'<', &inner[..inner.len().min(400)]).filter(|at| inner[*at] == b'>')?;
    let n_name = inner[..end]
        .iter()
        .enumerate()
        .take_while(|(at, byte)| byte.is_ascii_alphanumeric() || (*at == 0 && **byte == b'/'))
        .count();
    let name = inner[..n_name].to_ascii_lowercase();
    // `<b>` is a tag, `<b-1>` is somebody's mask.
    if !matches!(inner.get(n_name), Some(b' ' | b'>' | b'/' | b'\t')) {
        return None;
    }
    if ENDING.contains(&name.as_slice()) {
        return Some((b"\n", end + 2));
    }
    let bare = name.strip_prefix(b"/").unwrap_or(&name);
    let replacement = if matches!(name.as_slice(), b"td" | b"th") {
        CELL
    } else {
        b""
    };
    DROPPED.contains(&bare).then_some((replacement, end + 2))
}

/// How many different tags a text has; from three on it is HTML (domain §3.0), and `<br>` alone is enough.
pub fn n_tag_kinds(text: &[u8]) -> usize {
    let mut names: Vec<&[u8]> = Vec::new();
    let mut n_kinds = 0;
    for at in memchr::memchr_iter(b'<', text) {
        if let Some((replacement, used)) = tag(&text[at..]) {
            let name = &text[at..at + used.min(6)];
            if !names.contains(&name) && names.len() < 3 {
                names.push(name);
                n_kinds += if replacement == b"\n" && name.starts_with(b"<br") {
                    3
                } else {
                    1
                };
            }
        }
    }
    n_kinds
}

/// Plain text for characters of two or three bytes. All begin with 0xc2, 0xe2 or 0xef.
const PLAIN: [(&str, &[u8]); 36] = [
    ("“", b"\""),
    ("”", b"\""),
    ("„", b"\""),
    ("‟", b"\""),
    ("″", b"\""),
    ("‘", b"'"),
    ("’", b"'"),
    ("‚", b"'"),
    ("′", b"'"),
    ("–", b"-"),
    ("—", b"-"),
    ("−", b"-"),
    ("‐", b"-"),
    ("‑", b"-"),
    ("‒", b"-"),
    ("→", b"->"),
    ("⇒", b"->"),
    ("⟶", b"->"),
    ("»", b"->"),
    ("\u{a0}", b" "),
    ("\u{2002}", b" "),
    ("\u{2003}", b" "),
    ("\u{2007}", b" "),
    ("\u{2009}", b" "),
    ("\u{202f}", b" "),
    ("\u{200b}", b""),
    ("\u{200c}", b""),
    ("\u{200d}", b""),
    ("\u{200e}", b""),
    ("\u{200f}", b""),
    ("\u{2060}", b""),
    ("\u{feff}", b""),
    ("\u{ad}", b""),
    ("\u{2028}", b"\n"),
    ("\u{2029}", b"\n"),
    ("\u{85}", b"\n"),
];

fn typography(line: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = line;
    let mut is_changed = false;
    while let Some(at) = memchr::memchr3(0xc2, 0xe2, 0xef, rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        if let Some((fancy, plain)) = PLAIN
            .iter()
            .find(|(fancy, _)| rest.starts_with(fancy.as_bytes()))
        {
            out.extend_from_slice(plain);
            rest = &rest[fancy.len()..];
            is_changed = true;
        } else {
            out.push(rest[0]);
            rest = &rest[1..];
        }
    }
    out.extend_from_slice(rest);
    is_changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut counts = Counts::default();
        let mut scratch = Scratch::default();
        let cleaned = scratch.clean(text.as_bytes(), Plan::ALL, &mut counts);
        assert_eq!(String::from_utf8_lossy(cleaned), expected);
    }

    #[test]
    fn text_from_web_pages_becomes_plain() {
        check(
            "&lt;134&gt;a=&quot;b&#39;c&#x27;&nbsp;d&amp;lt;&unknown; &#10;",
            "<134>a=\"b'c' d&lt;&unknown; &#10;",
        );
        check(
            "<td>10.0.0.1</td><td>443</td><br/>next<br>",
            "10.0.0.1  443\nnext",
        );
        check("<my-ip> <b-1> <134>x a<b c", "<my-ip> <b-1> <134>x a<b c");
        check(
            "msg=“no session” 10.0.0.1 → 10.0.0.2\u{a0}–\u{200b} ok é",
            "msg=\"no session\" 10.0.0.1 -> 10.0.0.2 - ok é",
        );
        check("one\u{2028}two", "one\ntwo");
    }

    #[test]
    fn what_a_log_has_of_its_own_is_no_html() {
        assert!(!has_entity(b"url=http://x/?a=1&amp;b=2&ltx"));
        assert!(has_entity(b"src=&quot;10.0.0.1&quot;") && has_entity(b"a&#39;b"));
        assert!(n_tag_kinds(b"<134>1 <my-ip> <a href=\"x\">y</a>") < 3);
        assert!(
            n_tag_kinds(b"a<br>b") >= 3 && n_tag_kinds(b"<tr><td class=\"x\">1</td></tr>") >= 3
        );
    }
}
