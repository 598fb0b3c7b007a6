//! How pairs are found, by the plain and by the quick reader.

use super::*;

fn pairs(text: &str, separator: u8) -> Vec<(String, String)> {
    let mut keys = Keys::new(|_| 1, separator);
    let mut found = Vec::new();
    // Twice: the second pass runs on what the first has learnt, and must give the same.
    for _ in 0..2 {
        found.clear();
        keys.walk(text.as_bytes(), 0, |pair| {
            found.push((
                text[pair.key_start..pair.key_end].to_string(),
                text[pair.value_start..pair.value_end].to_string(),
            ));
        });
    }
    found
}

fn check(text: &str, expected: &[(&str, &str)]) {
    let found = pairs(text, b' ');
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn values_are_bare_or_quoted() {
    check(
        "a=1 b=\"two words\" c=",
        &[("a", "1"), ("b", "two words"), ("c", "")],
    );
    check("  a=1   b=2  ", &[("a", "1"), ("b", "2")]);
    check(
        "averyveryverylongkeyname=1 averyveryverylongkeynamf=2",
        &[
            ("averyveryverylongkeyname", "1"),
            ("averyveryverylongkeynamf", "2"),
        ],
    );
}

#[test]
fn a_bare_value_may_hold_blanks() {
    check(
        "time=12: 26:24 service=Terminal Services x=1",
        &[
            ("time", "12: 26:24"),
            ("service", "Terminal Services"),
            ("x", "1"),
        ],
    );
    check("junk <189> a=1 more junk", &[("a", "1 more junk")]);
}

#[test]
fn quotes_inside_quotes() {
    check(
        r#"m="say \"hi\" now" n="C:\dir\" o=1"#,
        &[("m", r#"say \"hi\" now"#), ("n", "C:\\dir\\"), ("o", "1")],
    );
    check(
        "m=\"it says \"x\"!\" n=1",
        &[("m", "it says \"x\"!"), ("n", "1")],
    );
    check("a=1 m=\"cut of", &[("a", "1"), ("m", "cut of")]);
}

#[test]
fn another_separator() {
    let found = pairs("a=1,b=\"x, y\",c=two words", b',');
    let expected = [("a", "1"), ("b", "x, y"), ("c", "two words")];
    assert_eq!(
        found,
        expected.map(|(key, value)| (key.to_string(), value.to_string()))
    );
}

#[test]
fn the_first_value_of_a_key_wins_and_a_cut_line_says_so() {
    let mut keys = Keys::new(|key| u8::from(key == b"src"), b' ');
    let mut values = Values::default();
    let line = b"src=a msg=b src=c";
    assert!(keys.read(line, 0, &mut values));
    assert_eq!(values.get(line, 1), Some(&b"a"[..]));
    assert!(!keys.read(b"src=a msg=\"b", 0, &mut values));
}

#[test]
fn more_keys_than_are_remembered_are_still_read() {
    let text: Vec<String> = (0..700)
        .map(|number| format!("key{number}={number}"))
        .collect();
    let text = text.join(" ");
    assert_eq!(pairs(&text, b' ').len(), 700);
}

/// `read` must say what `walk` says, however often the same or other lines went before.
#[test]
fn the_quick_reader_says_what_the_plain_one_says() {
    let lines = [
        "a=1 b=\"x y\" c=3 d=z",
        "a=1 b=\"x y\" c=3 d=z",
        "a=1 b=\"x y\" c=3 d=w e=averylongvaluethatdoesnotfitintoonewindow f=1",
        "a=1 b=x y c=3 d=w e=averylongvaluethatdoesnotfitintoonewindow f=2",
        "a=1 b=\"x y\"  c=3 q d=w f=2",
        "b=\"x y\" a=1 c=3",
        "a= b=\"\" c=",
        "a=1 b=x",
        "a=1 b=x ",
        "c=3 b=\"x",
        "a=12 b=\"x y\" c=3",
    ];
    let mut keys = Keys::new(code_of, b' ');
    let mut values = Values::default();
    for _ in 0..40 {
        for line in lines {
            compare(&mut keys, &mut values, line.as_bytes());
        }
    }
}

fn code_of(key: &[u8]) -> Code {
    key.first().map_or(0, |byte| byte - b'a' + 1)
}

/// `read` after all that `keys` has read before, and a fresh `walk`.
fn compare(keys: &mut Keys, values: &mut Values, line: &[u8]) {
    let mut expected = Values::default();
    let mut is_closed = true;
    Keys::new(keys.code_of, keys.separator).walk(line, 0, |pair| {
        expected.put(pair.code, pair.value_start, pair.value_end);
        is_closed &= pair.closed;
    });
    let text = String::from_utf8_lossy(line);
    assert_eq!(keys.read(line, 0, values), is_closed, "{text}");
    for code in 0..MAX_CODES as Code {
        let found = values.get(line, code).map(String::from_utf8_lossy);
        assert_eq!(
            found,
            expected.get(line, code).map(String::from_utf8_lossy),
            "{text}"
        );
    }
}

proptest::proptest! {
    /// Lines of little else than what pairs are made of, some repeated with a change.
    #[test]
    fn quick_and_plain_agree_on_any_lines(lines in proptest::collection::vec("([abc]{1,2}=(\"[a-c =\\\\\"]{0,6}\"|[0-9a=]{0,9}) {1,2}|[ ,x\"\\\\=]{0,2}){0,7}", 2..7)) {
        for separator in [b' ', b','] {
            let mut keys = Keys::new(|key| key.iter().fold(0, |code: u8, byte| (code * 4 + byte % 4) % 63) + 1, separator);
            let mut values = Values::default();
            for line in &lines {
                compare(&mut keys, &mut values, line.as_bytes());
                compare(&mut keys, &mut values, line.replacen("=1", "=22", 1).as_bytes());
                compare(&mut keys, &mut values, line.as_bytes());
            }
        }
    }
}

#[test]
fn the_fast_searches_agree_with_the_slow_one() {
    let text: Vec<u8> = (0..200_u32).map(|i| (i * 37 % 251) as u8).collect();
    for at in 0..text.len() {
        for wanted in [0, b' ', b'"', 0x80, 0xff] {
            let slow = text[at..]
                .iter()
                .position(|&byte| byte == wanted)
                .map_or(text.len(), |found| at + found);
            assert_eq!(find_byte(&text, at, wanted), slow);
        }
        let slow = text[at..]
            .iter()
            .position(|&byte| byte <= b' ')
            .map_or(text.len(), |found| at + found);
        assert_eq!(find_blank(&text, at), slow);
    }
}

#[test]
fn numbers_are_what_the_slow_reader_says() {
    for number in [
        "0",
        "7",
        "00",
        "42",
        "65535",
        "65536",
        "12345678",
        "123456789",
        "9999999999999999",
        "99999999999999999",
        "9999999999999999999",
        "99999999999999999999",
        "",
        "-1",
        "1 ",
        " 1",
        "1a",
        "a",
        "12:30",
        "123456789012345/",
        "\u{e9}1",
    ] {
        for (before, behind) in [
            ("", ""),
            ("n=", ""),
            ("", " 5"),
            ("n=", " next=1234567890123456"),
        ] {
            let text = format!("{before}{number}{behind}");
            let (start, end) = (before.len(), before.len() + number.len());
            assert_eq!(
                decimal_at(text.as_bytes(), start, end),
                decimal(number.as_bytes()),
                "{text}"
            );
        }
    }
}
