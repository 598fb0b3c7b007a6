//! Time zones by name, as the list of changes that the engine works with.

use crate::engine::settings::Zone;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Changes from 1970 to 2100 are enough for every log.
const LAST_YEAR_S: i64 = 4_102_444_800;

/// `Europe/Berlin`, `UTC`, `+02:00`, `-0530`, `local`.
pub fn zone(name: &str) -> Result<Zone, String> {
    if let Some(offset_s) = offset(name) {
        return Ok(Zone::fixed(name, offset_s));
    }
    let wrong = |_| {
        format!(
            "--tz {name}: there is no such time zone here; write Europe/Berlin, +02:00, UTC or local"
        )
    };
    let zone = match name {
        "UTC" | "utc" | "Z" | "z" => return Ok(Zone::utc()),
        "local" => TimeZone::try_system().map_err(wrong)?,
        other => TimeZone::get(other).map_err(wrong)?,
    };
    let changes = zone
        .following(Timestamp::UNIX_EPOCH)
        .take_while(|change| change.timestamp().as_second() < LAST_YEAR_S)
        .map(|change| {
            (
                change.timestamp().as_microsecond(),
                change.offset().seconds(),
            )
        })
        .collect();
    let shown = zone.iana_name().unwrap_or(name).to_string();
    Ok(Zone {
        name: shown,
        offset_s: zone.to_offset(Timestamp::UNIX_EPOCH).seconds(),
        changes,
    })
}

/// Seconds east of UTC.
fn offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = rest.chars().filter(|letter| *letter != ':').collect();
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.as_str(), "0"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (is_plain && hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_names_are_zones() {
        assert_eq!(zone("+02:00").map(|zone| zone.offset_s), Ok(7200));
        assert_eq!(zone("-0530").map(|zone| zone.offset_s), Ok(-19_800));
        assert_eq!(zone("UTC"), Ok(Zone::utc()));
        assert!(zone("Mars/Olympus").is_err_and(|text| text.contains("Europe/Berlin")));
        assert!(zone("+99:00").is_err());
    }

    #[test]
    fn summer_time_is_a_change() {
        let berlin = zone("Europe/Berlin").expect("the test system has a zone database");
        // 2024-07-01T12:00 local is 10:00 UTC, 2024-01-01T12:00 is 11:00.
        assert_eq!(berlin.to_utc(1_719_835_200_000_000), 1_719_828_000_000_000);
        assert_eq!(berlin.to_utc(1_704_110_400_000_000), 1_704_106_800_000_000);
    }
}
