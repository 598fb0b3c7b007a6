//! From the text of a record to pairs of a name and a value, whatever stands between them.
//!
//! Shapes   `name=value name="quoted"` · `[name:"value"; …]` · `Name: value, Name: value` · JSON · CEF and LEEF with
//!          their headers · cells without names
//! Quirks   A name counts only behind a blank or a mark, so that `?a=1&b=2` in an address of a page is one value.
//!          A quote ends a value only if a mark or the end of the record follows.
//! Speed    Nothing is copied: a pair is four places in the text. JSON is walked once, without a tree.

use super::list::{self, Order};
use super::role::Role;
use crate::engine::source::find::find;
use memchr::{memchr, memchr2};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// `name=value`; a bare value ends at this byte, 0: where the next name begins.
    Equals(u8),
    /// `name:"value"`
    Colons,
    /// `Name: value, Name: value`
    List,
    Json,
    Cef,
    Leef,
    /// Values by their place; the byte stands between them.
    Cells(u8, &'static [Role]),
}

type Place = (u32, u32);

/// Where a pair stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pair {
    /// The name of the object that holds it; empty outside of JSON.
    pub parent: Place,
    pub name: Place,
    pub value: Place,
    /// Known for cells and headers; else the dialect's table says it.
    pub role: Role,
}

impl Pair {
    pub(super) fn new(name: Place, value: Place) -> Pair {
        Pair {
            parent: (0, 0),
            name,
            value,
            role: Role::None,
        }
    }
}

pub fn at(text: &[u8], place: Place) -> &[u8] {
    text.get(place.0 as usize..place.1 as usize)
        .unwrap_or_default()
}

pub(super) fn place(start: usize, end: usize) -> Place {
    (start as u32, end as u32)
}

/// Reads all pairs of a record and says where it ends; nothing when it stops in the middle.
pub fn read(shape: Shape, text: &[u8], pairs: &mut Vec<Pair>) -> Option<usize> {
    pairs.clear();
    let is_whole = match shape {
        Shape::Equals(end) => equals(text, 0, end, pairs),
        Shape::Colons => colons(text, pairs),
        Shape::List => {
            list::read(text, &mut Order::default(), &|_| Role::None, pairs);
            true
        }
        Shape::Json if matches!(text.first(), Some(b'{' | b'[')) => return json(text, pairs),
        Shape::Json => equals(text, 0, b' ', pairs),
        Shape::Cef => cef(text, pairs),
        Shape::Leef => leef(text, pairs),
        // A device may be told to write names.
        Shape::Cells(b'|', _) if find(text, b"|proto=").is_some() => equals(text, 0, b'|', pairs),
        Shape::Cells(separator, roles) => cells(text, separator, roles, pairs),
    };
    is_whole.then_some(text.len())
}

#[inline]
pub(super) fn is_name(byte: u8) -> bool {
    NAME_BYTES[usize::from(byte)]
}

/// What names are made of: looked up once or twice for every byte of a record.
static NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] =
            (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'-' | b'.' | b'@');
        byte += 1;
    }
    table
};

/// What may stand before a name.
fn is_gap(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b',' | b';' | b'|' | b'[' | b'(' | b'{' | b'^' | b'"' | 1
    )
}

/// The name that ends before `end` and begins behind a gap, not before `from`.
/// A number in brackets behind it (`SrcIPAddr(1003)=`) belongs to it.
fn name_before(text: &[u8], from: usize, end: usize) -> Option<usize> {
    let end = match text[from..end].split_last() {
        Some((b')', before)) => {
            let n_digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit());
            let open = before.len().checked_sub(n_digits.count() + 1)?;
            (before[open] == b'(').then_some(from + open)?
        }
        _ => end,
    };
    let n_name = text[from..end]
        .iter()
        .rev()
        .take_while(|byte| is_name(**byte))
        .count();
    let start = end - n_name;
    (n_name > 0 && n_name < 80 && (start == from || is_gap(text[start - 1]))).then_some(start)
}

fn equals(text: &[u8], from: usize, end: u8, pairs: &mut Vec<Pair>) -> bool {
    let (mut bound, mut search) = (from, from);
    // The start of a value that goes on until the next name.
    let mut open: Option<usize> = None;
    while let Some(n) = text.get(search..).and_then(|rest| memchr(b'=', rest)) {
        let sign = search + n;
        let Some(name) = name_before(text, bound, sign) else {
            search = sign + 1;
            continue;
        };
        if open.take().is_some()
            && let Some(last) = pairs.last_mut()
        {
            last.value.1 = trimmed(text, last.value.0 as usize, name);
        }
        let start = sign + 1 + usize::from(end == 0 && text.get(sign + 1) == Some(&b' '));
        if text.get(start) == Some(&b'"') {
            let Some(stop) = closing_quote(text, start + 1) else {
                return false;
            };
            pairs.push(Pair::new(place(name, sign), place(start + 1, stop)));
            (bound, search) = (stop + 1, stop + 1);
            continue;
        }
        let rest = &text[start..];
        let stop = match end {
            0 => None,
            b' ' => memchr2(b' ', b'\t', rest),
            other => memchr(other, rest),
        };
        let stop = match (stop, end) {
            (Some(n), _) => start + n,
            (None, 0) => {
                open = Some(start);
                start
            }
            (None, _) => text.len(),
        };
        let stop_value = if end == b' ' {
            // `a=1,b="2"`, `a=1;b=2` and `a=1;` without blanks.
            let value = &text[start..stop];
            let is_mark = |byte: &u8| matches!(byte, b',' | b';');
            let inner =
                memchr(b'=', value).and_then(|sign| value[..sign].iter().rposition(is_mark));
            match inner {
                Some(n) => start + n,
                None => start + trim_marks(value),
            }
        } else {
            stop
        };
        pairs.push(Pair::new(place(name, sign), place(start, stop_value)));
        (bound, search) = if end == 0 {
            (start, start)
        } else {
            (stop_value, stop_value)
        };
    }
    if open.is_some()
        && let Some(last) = pairs.last_mut()
    {
        last.value.1 = trimmed(text, last.value.0 as usize, text.len());
    }
    true
}

/// The length of a value without the marks that close lists: `1.2.3.4]`, `80;`.
fn trim_marks(value: &[u8]) -> usize {
    let n_marks = value
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b',' | b';' | b']' | b')' | b'}'))
        .count();
    value.len() - n_marks
}

pub(super) fn trimmed(text: &[u8], start: usize, end: usize) -> u32 {
    let value = text.get(start..end).unwrap_or_default();
    (start + value.trim_ascii_end().len()) as u32
}

/// The quote that ends the value: one before a mark or the end, else the first that is not escaped.
fn closing_quote(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'\\' {
            at += 2;
            continue;
        }
        if text
            .get(at + 1)
            .is_none_or(|next| is_gap(*next) || matches!(next, b']' | b')' | b'}'))
        {
            return Some(at);
        }
        at += 1;
    }
}

fn colons(text: &[u8], pairs: &mut Vec<Pair>) -> bool {
    if find(text, b":\"").is_none() {
        // Its command line prints `name: value; name: value`.
        if find(text, b"; dst: ").is_some() {
            return printed(text, pairs);
        }
        // The same exporter also writes `name=value|name=value`.
        // or structured data, `name="value" name="value"`.
        let end = match find(text, b"=\"") {
            Some(_) => b' ',
            None if memchr(b'|', text).is_some() => b'|',
            None => 0,
        };
        return equals(text, 0, end, pairs);
    }
    let mut from = 0;
    while let Some(n) = text.get(from..).and_then(|rest| find(rest, b":\"")) {
        let quote = from + n + 1;
        let mut sign = quote - 1;
        // `sys_message::"…"`
        while sign > from && text[sign - 1] == b':' {
            sign -= 1;
        }
        let Some(name) = name_before(text, from, sign) else {
            from = quote + 1;
            continue;
        };
        let Some(stop) = closing_quote(text, quote + 1) else {
            return false;
        };
        pairs.push(Pair::new(place(name, sign), place(quote + 1, stop)));
        from = stop + 1;
    }
    true
}

fn printed(text: &[u8], pairs: &mut Vec<Pair>) -> bool {
    let mut from = 0;
    while let Some(n) = text.get(from..).and_then(|rest| find(rest, b": ")) {
        let sign = from + n;
        let stop = memchr(b';', &text[sign..]).map_or(text.len(), |n| sign + n);
        if let Some(name) = name_before(text, from, sign) {
            pairs.push(Pair::new(place(name, sign), place(sign + 2, stop)));
        }
        from = stop + 1;
    }
    true
}

/// Deeper nesting is no log.
const MAX_DEPTH: usize = 16;

/// Scalars with their names, in order. Elements of an array have the array's name.
fn json(text: &[u8], pairs: &mut Vec<Pair>) -> Option<usize> {
    // Whether the level is an array, the name of its object, and the name its values have.
    let mut levels = [(false, (0, 0)); MAX_DEPTH];
    let mut depth = 0;
    let mut name: Place = (0, 0);
    let mut wants_name = false;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => {
                if depth == MAX_DEPTH {
                    return None;
                }
                levels[depth] = (byte == b'[', name);
                depth += 1;
                wants_name = byte == b'{';
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                // What follows in an array of objects has the array's name again.
                name = levels[depth].1;
                wants_name = false;
                if depth == 0 {
                    return Some(at);
                }
            }
            b',' => {
                let (is_array, of) = levels[depth.saturating_sub(1)];
                wants_name = !is_array;
                if is_array {
                    name = of;
                }
            }
            b'"' => {
                let stop = end_of_string(text, at)?;
                if wants_name {
                    name = place(at, stop);
                    wants_name = false;
                } else {
                    push(pairs, &levels, depth, name, place(at, stop));
                }
                at = stop + 1;
            }
            b':' | b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => {
                let start = at - 1;
                while text.get(at).is_some_and(|byte| {
                    !matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t')
                }) {
                    at += 1;
                }
                push(pairs, &levels, depth, name, place(start, at));
            }
        }
    }
    None
}

fn push(
    pairs: &mut Vec<Pair>,
    levels: &[(bool, Place); MAX_DEPTH],
    depth: usize,
    name: Place,
    value: Place,
) {
    let holder = levels[..depth].iter().rev().find(|(is_array, _)| !is_array);
    pairs.push(Pair {
        parent: holder.map_or((0, 0), |(_, name)| *name),
        ..Pair::new(name, value)
    });
}

fn end_of_string(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Cells that may be quoted, also with a blank before the quote.
fn cells(text: &[u8], separator: u8, roles: &[Role], pairs: &mut Vec<Pair>) -> bool {
    let mut at = 0;
    for role in roles {
        while text.get(at) == Some(&b' ') && separator != b' ' {
            at += 1;
        }
        let (start, stop, next);
        if text.get(at) == Some(&b'"') {
            start = at + 1;
            let Some(quote) = end_of_string(text, start) else {
                return false;
            };
            stop = quote;
            next = quote + 1;
        } else {
            start = at;
            stop = text
                .get(at..)
                .and_then(|rest| memchr(separator, rest))
                .map_or(text.len(), |n| at + n);
            next = stop;
        }
        if start > text.len() {
            return true;
        }
        pairs.push(Pair {
            role: *role,
            ..Pair::new((start as u32, start as u32), place(start, stop))
        });
        match text.get(next..).and_then(|rest| memchr(separator, rest)) {
            Some(n) => at = next + n + 1,
            None => return true,
        }
    }
    true
}

/// Where the header's cells end: `n` bars that are not escaped.
fn header(text: &[u8], roles: &[Role], pairs: &mut Vec<Pair>) -> Option<usize> {
    let mut at = 0;
    for role in roles {
        let start = at;
        loop {
            at += memchr2(b'|', b'\\', text.get(at..)?)?;
            if text[at] == b'|' {
                break;
            }
            at += 2;
        }
        if *role != Role::None && at > start {
            pairs.push(Pair {
                role: *role,
                ..Pair::new((start as u32, start as u32), place(start, at))
            });
        }
        at += 1;
    }
    Some(at)
}

fn cef(text: &[u8], pairs: &mut Vec<Pair>) -> bool {
    const ROLES: [Role; 7] = [
        Role::None,
        Role::Vendor,
        Role::Product,
        Role::None,
        Role::Code,
        Role::Title,
        Role::None,
    ];
    // Some exporters write the bar behind the version twice.
    let start = match find(&text[..text.len().min(12)], b"||") {
        Some(n) => n + 1,
        None => 0,
    };
    let Some(from) = header(&text[start..], &ROLES, pairs) else {
        return false;
    };
    for pair in pairs.iter_mut() {
        pair.name = (pair.name.0 + start as u32, pair.name.1 + start as u32);
        pair.value = (pair.value.0 + start as u32, pair.value.1 + start as u32);
    }
    let end = if is_marked(&text[start + from..]) {
        b';'
    } else {
        0
    };
    equals(text, start + from, end, pairs)
}

/// Some collectors put semicolons where blanks belong: `src=10.0.0.1;dst=10.0.0.2`.
fn is_marked(text: &[u8]) -> bool {
    let mut parts = text.splitn(3, |byte| *byte == b'=');
    let value = parts.nth(1).unwrap_or_default();
    let mark = memchr::memrchr(b';', value).filter(|_| parts.next().is_some());
    mark.is_some_and(|mark| value[mark + 1..].trim_ascii().iter().copied().all(is_name))
}

fn leef(text: &[u8], pairs: &mut Vec<Pair>) -> bool {
    const ROLES: [Role; 5] = [
        Role::None,
        Role::Vendor,
        Role::Product,
        Role::None,
        Role::Code,
    ];
    let Some(mut from) = header(text, &ROLES, pairs) else {
        return false;
    };
    let mut separator = b'\t';
    // Version 2 names the separator: a byte, or its code in hexadecimal.
    if text.starts_with(b"LEEF:2")
        && let Some(n) = memchr(b'|', &text[from..(from + 6).min(text.len())])
    {
        let named = &text[from..from + n];
        separator = match named {
            [byte] => *byte,
            [.., high, low] if named.iter().all(u8::is_ascii_alphanumeric) => {
                let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
                digit(*high) << 4 | digit(*low)
            }
            _ => b'\t',
        };
        from += n + 1;
    }
    // rsyslog writes a tab as `#011`.
    let rest = text.get(from..).unwrap_or_default();
    if separator == b'\t' && find(rest, b"#011").is_some() {
        let mut start = from;
        while start < text.len() {
            let stop = find(&text[start..], b"#011").map_or(text.len(), |n| start + n);
            if let Some(n) = memchr(b'=', &text[start..stop]) {
                let name = place(start, start + n);
                pairs.push(Pair::new(name, place(start + n + 1, stop)));
            }
            start = stop + 4;
        }
        return true;
    }
    // Some templates go on with the bars of the header. Where the separators were lost in a paste, the next name ends
    // a value.
    if memchr(separator, rest).is_none() {
        let has_bars = find(rest, b"|src=").is_some() || find(rest, b"|dst=").is_some();
        separator = if has_bars { b'|' } else { 0 };
    }
    equals(text, from, separator, pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shape: Shape, text: &str, expected: &str) {
        let mut pairs = Vec::new();
        let whole = read(shape, text.as_bytes(), &mut pairs);
        let text = text.as_bytes();
        let mut parts: Vec<String> = pairs
            .iter()
            .map(|pair| {
                let part = |place| String::from_utf8_lossy(at(text, place)).into_owned();
                let parent = part(pair.parent);
                let dot = if parent.is_empty() { "" } else { "." };
                format!("{parent}{dot}{}={}", part(pair.name), part(pair.value))
            })
            .collect();
        if whole.is_none() {
            parts.push("cut".into());
        }
        assert_eq!(parts.join("|"), expected);
    }

    #[test]
    fn names_and_values() {
        let blank = Shape::Equals(b' ');
        check(blank, "a=1 b=\"2 3\" c= d=4 5", "a=1|b=2 3|c=|d=4");
        check(
            blank,
            "url=http://x/?q=1&r=2 n=7",
            "url=http://x/?q=1&r=2|n=7",
        );
        check(blank, "a=\"1\",b=\"2\",c=3,d=\"x\"", "a=1|b=2|c=3|d=x");
        check(blank, "[x a=1 b=2 ][y c=3]", "a=1|b=2|c=3");
        check(blank, "a=\"x\"y\" b=\"open", "a=x\"y|cut");
        check(Shape::Equals(0), "a=1 2 b=x\\=y c= 3", "a=1 2|b=x\\=y|c=3");
        check(
            Shape::Colons,
            "[a:\"1\"; b::\"2\\\"]\"; c:\"x\"]",
            "a=1|b=2\\\"]|c=x",
        );
        check(
            Shape::List,
            "%F-1-2: SrcIP: 10.0.0.1, User Agent: X (a, like b) c, Dst: , N: 1",
            "SrcIP=10.0.0.1|User Agent=X (a, like b) c|Dst=|N=1",
        );
    }

    #[test]
    fn objects() {
        check(
            Shape::Json,
            r#"{"a":1,"b":{"c":"x\"y","d":[1,"2"]},"e":[{"f":true},{"f":null}],"g":-1.5}"#,
            r#"a=1|b.c=x\"y|b.d=1|b.d=2|e.f=true|e.f=null|g=-1.5"#,
        );
        check(Shape::Json, r#"{"a":"1","b":"#, "a=1|cut");
    }

    #[test]
    fn headers() {
        check(
            Shape::Cef,
            "CEF:0|V|P|1|7|T \\| x|3|src=10.0.0.1 msg=a b spt= 5",
            "=V|=P|=7|=T \\| x|src=10.0.0.1|msg=a b|spt=5",
        );
        check(
            Shape::Leef,
            "LEEF:2.0|V|P|1|7|^|src=10.0.0.1^a=b c",
            "=V|=P|=7|src=10.0.0.1|a=b c",
        );
        check(
            Shape::Leef,
            "LEEF:1.0|V|P|1|7|src=10.0.0.1\ta=b c",
            "=V|=P|=7|src=10.0.0.1|a=b c",
        );
        for version in [1, 2] {
            check(
                Shape::Leef,
                &format!("LEEF:{version}.0|V|P|1|7|category=x|src=10.0.0.1|a=b c"),
                "=V|=P|=7|category=x|src=10.0.0.1|a=b c",
            );
        }
        let cells = Shape::Cells(b',', &[Role::Time, Role::Src, Role::Dst]);
        check(cells, "1, \"2,3\",4,5", "=1|=2,3|=4");
    }
}
