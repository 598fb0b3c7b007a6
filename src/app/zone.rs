//! Time zones, asked from the browser: the program carries no database of them.

use crate::engine::settings::Zone;

/// A zone by name (`Europe/Berlin`), by offset (`+02:00`), or `UTC`.
pub fn find(name: &str) -> Result<Zone, String> {
    let name = name.trim();
    if name.is_empty() || name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("z") {
        return Ok(Zone::utc());
    }
    if let Some(offset_s) = offset(name) {
        return Ok(Zone::fixed(name, offset_s));
    }
    named(name).ok_or_else(|| {
        format!("The browser knows no time zone “{name}”. Write it like Europe/Berlin or +02:00.")
    })
}

/// `+02:00`, `-0530`, `+2`.
fn offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 && rest.is_ascii() => rest.split_at(2),
        None => (rest, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=14).contains(&hours) && (0..60).contains(&minutes))
        .then_some(sign * (hours * 3600 + minutes * 60))
}

/// Names to offer: the reader's own first.
#[cfg(target_arch = "wasm32")]
pub fn offered() -> Vec<String> {
    use wasm_bindgen::JsCast;
    let mut names = vec!["UTC".to_string()];
    let get =
        |object: &wasm_bindgen::JsValue, key: &str| js_sys::Reflect::get(object, &key.into()).ok();
    let own = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new())
        .resolved_options();
    names.extend(get(&own, "timeZone").and_then(|name| name.as_string()));
    let all = get(&js_sys::global(), "Intl")
        .and_then(|intl| get(&intl, "supportedValuesOf"))
        .and_then(|ask| ask.dyn_into::<js_sys::Function>().ok())
        .and_then(|ask| {
            ask.call1(&wasm_bindgen::JsValue::NULL, &"timeZone".into())
                .ok()
        });
    if let Some(all) = all {
        names.extend(
            js_sys::Array::from(&all)
                .iter()
                .filter_map(|name| name.as_string()),
        );
    }
    names
}

#[cfg(not(target_arch = "wasm32"))]
pub fn offered() -> Vec<String> {
    vec!["UTC".to_string()]
}

/// Asks the zone's offset month by month, then narrows each change down to the second.
#[cfg(target_arch = "wasm32")]
fn named(name: &str) -> Option<Zone> {
    const MONTH_S: i64 = 2_629_746;
    const FIRST_S: i64 = 631_152_000; // 1990
    const LAST_S: i64 = 2_208_988_800; // 2040
    let ask = Offsets::of(name)?;
    let mut zone = Zone {
        name: name.into(),
        offset_s: ask.at(FIRST_S)?,
        changes: Vec::new(),
    };
    let (mut at, mut offset_s) = (FIRST_S, zone.offset_s);
    while at < LAST_S {
        let next = at + MONTH_S;
        let next_offset = ask.at(next)?;
        if next_offset != offset_s {
            let (mut before, mut after) = (at, next);
            while after - before > 1 {
                let middle = i64::midpoint(before, after);
                if ask.at(middle)? == offset_s {
                    before = middle;
                } else {
                    after = middle;
                }
            }
            zone.changes.push((after * 1_000_000, next_offset));
            offset_s = next_offset;
        }
        at = next;
    }
    Some(zone)
}

#[cfg(not(target_arch = "wasm32"))]
fn named(_name: &str) -> Option<Zone> {
    None
}

#[cfg(target_arch = "wasm32")]
struct Offsets {
    format: js_sys::Function,
    formatter: js_sys::Intl::DateTimeFormat,
}

#[cfg(target_arch = "wasm32")]
impl Offsets {
    fn of(name: &str) -> Option<Self> {
        use wasm_bindgen::JsCast;
        let options = js_sys::Object::new();
        for (key, value) in [
            ("timeZone", name),
            ("hourCycle", "h23"),
            ("year", "numeric"),
            ("month", "2-digit"),
            ("day", "2-digit"),
            ("hour", "2-digit"),
            ("minute", "2-digit"),
            ("second", "2-digit"),
        ] {
            js_sys::Reflect::set(&options, &key.into(), &value.into()).ok()?;
        }
        // An unknown zone throws; the constructor of the bindings would let that through as a crash.
        let intl = js_sys::Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let class = js_sys::Reflect::get(&intl, &"DateTimeFormat".into())
            .ok()?
            .dyn_into::<js_sys::Function>()
            .ok()?;
        let formatter =
            js_sys::Reflect::construct(&class, &js_sys::Array::of2(&"en-CA".into(), &options))
                .ok()?;
        let formatter: js_sys::Intl::DateTimeFormat = formatter.unchecked_into();
        Some(Self {
            format: formatter.format(),
            formatter,
        })
    }

    /// Seconds east of UTC at a moment.
    fn at(&self, unix_s: i64) -> Option<i32> {
        let date = js_sys::Date::new(&(unix_s as f64 * 1000.0).into());
        let text = self
            .format
            .call1(&self.formatter, &date)
            .ok()?
            .as_string()?;
        let mut numbers = text
            .split(|letter: char| !letter.is_ascii_digit())
            .filter(|part| !part.is_empty());
        let mut next = || numbers.next()?.parse::<u32>().ok();
        let (year, month, day, hour, minute, second) =
            (next()?, next()?, next()?, next()?, next()?, next()?);
        let local =
            crate::engine::model::stamp::civil(year as i32, month, day, hour, minute, second, 0)?;
        i32::try_from(local / 1_000_000 - unix_s).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_as_people_write_them() {
        let check = |text: &str, expected: i32| {
            assert_eq!(find(text).map(|zone| zone.offset_s), Ok(expected));
        };
        check("", 0);
        check("utc", 0);
        check("+02:00", 7200);
        check("-0530", -19_800);
        check("+2", 7200);
        assert!(find("+25:00").is_err());
    }
}
