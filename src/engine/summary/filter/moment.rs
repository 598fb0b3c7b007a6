//! Times in a filter: days, moments, stretches of them, and times of day that mean every day.

use crate::engine::model::Micros;
use crate::engine::model::stamp::{DAY, HOUR, MINUTE, SECOND, civil, rfc3339};
use std::fmt::Write;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `to` is excluded.
    Span {
        from: Option<Micros>,
        to: Option<Micros>,
    },
    /// Of every day, microseconds since midnight; `to` is excluded and may be smaller than `from` (over midnight).
    OfDay { from: Micros, to: Micros },
}

impl When {
    pub fn has(self, ts: Micros) -> bool {
        match self {
            When::Span { from, to } => {
                from.is_none_or(|from| ts >= from) && to.is_none_or(|to| ts < to)
            }
            When::OfDay { from, to } => {
                let of_day = ts.rem_euclid(DAY);
                if from < to {
                    (from..to).contains(&of_day)
                } else {
                    of_day >= from || of_day < to
                }
            }
        }
    }

    /// `10:00..10:05`, `2014-02-19`, `2014-02-19T10:00..10:05`, `..2014-02-20`; the reason when it is none of these.
    pub fn parse(text: &str) -> Result<When, String> {
        let Some((from, to)) = text.split_once("..") else {
            return Ok(match Point::parse(text)? {
                Point::Moment { ts, unit_us } => When::Span {
                    from: Some(ts),
                    to: Some(ts + unit_us),
                },
                Point::OfDay { us, unit_us } => When::OfDay {
                    from: us,
                    to: us + unit_us,
                },
            });
        };
        match (from.is_empty(), to.is_empty()) {
            (true, true) => {
                Err("a stretch of time needs a start or an end, as in 10:00..10:05".into())
            }
            (true, false) => match Point::parse(to)? {
                Point::Moment { ts, unit_us } => Ok(When::Span {
                    from: None,
                    to: Some(ts + whole_day(unit_us)),
                }),
                Point::OfDay { us, .. } => Ok(When::OfDay { from: 0, to: us }),
            },
            (false, true) => match Point::parse(from)? {
                Point::Moment { ts, .. } => Ok(When::Span {
                    from: Some(ts),
                    to: None,
                }),
                Point::OfDay { us, .. } => Ok(When::OfDay { from: us, to: DAY }),
            },
            (false, false) => match (Point::parse(from)?, Point::parse(to)?) {
                (Point::Moment { ts: from, .. }, Point::Moment { ts, unit_us }) => {
                    ordered(from, ts + whole_day(unit_us))
                }
                (Point::Moment { ts, .. }, Point::OfDay { us, .. }) => {
                    let to = ts.div_euclid(DAY) * DAY + us;
                    ordered(ts, if to <= ts { to + DAY } else { to })
                }
                (Point::OfDay { us: from, .. }, Point::OfDay { us: to, .. }) => {
                    Ok(When::OfDay { from, to })
                }
                (Point::OfDay { .. }, Point::Moment { .. }) => Err(format!(
                    "“{from}” is a time of day and “{to}” has a date; give both a date"
                )),
            },
        }
    }

    pub fn print(self, out: &mut String) {
        match self {
            When::Span { from, to } => {
                out.push_str(&from.map(moment).unwrap_or_default());
                out.push_str("..");
                out.push_str(&to.map(moment).unwrap_or_default());
            }
            When::OfDay { from, to } => {
                of_day(out, from);
                out.push_str("..");
                of_day(out, to);
            }
        }
    }
}

/// The end of a stretch that is a whole day means the day too: `2014-02-19..2014-02-20` are two days.
fn whole_day(unit_us: Micros) -> Micros {
    if unit_us == DAY { DAY } else { 0 }
}

fn ordered(from: Micros, to: Micros) -> Result<When, String> {
    if from < to {
        return Ok(When::Span {
            from: Some(from),
            to: Some(to),
        });
    }
    Err("this stretch of time ends before it starts".into())
}

/// `2014-02-19T10:15:02Z`, without what is zero behind the minute.
fn moment(ts: Micros) -> String {
    let full = rfc3339(ts);
    let short = full.trim_end_matches('Z');
    let short = short.strip_suffix(".000000").unwrap_or(short);
    let short = if ts.rem_euclid(MINUTE) == 0 {
        short.strip_suffix(":00").unwrap_or(short)
    } else {
        short
    };
    format!("{short}Z")
}

fn of_day(out: &mut String, us: Micros) {
    let _ = write!(out, "{:02}:{:02}", us / HOUR, us / MINUTE % 60);
    if us % MINUTE != 0 {
        let _ = write!(out, ":{:02}", us / SECOND % 60);
    }
    if us % SECOND != 0 {
        let _ = write!(out, ".{:06}", us % SECOND);
    }
}

/// A point as written; `unit_us` is what its last part counts in.
enum Point {
    Moment { ts: Micros, unit_us: Micros },
    OfDay { us: Micros, unit_us: Micros },
}

impl Point {
    fn parse(text: &str) -> Result<Point, String> {
        let wrong = || format!("“{text}” is no time; write 10:05, 2014-02-19 or 2014-02-19T10:05");
        let text = text.trim_end_matches(['Z', 'z']);
        let (date, time) = match text.split_once(['T', 't', ' ']) {
            Some((date, time)) => (Some(date), Some(time)),
            None if text.contains(':') => (None, Some(text)),
            None => (Some(text), None),
        };
        let time = time.map(|time| clock(time).ok_or_else(wrong)).transpose()?;
        let Some(date) = date else {
            let (us, unit_us) = time.ok_or_else(wrong)?;
            return Ok(Point::OfDay { us, unit_us });
        };
        let mut parts = date.splitn(3, '-').map(|part| part.parse::<u32>().ok());
        let (Some(Some(year)), Some(Some(month)), Some(Some(day))) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let year = i32::try_from(year).map_err(|_| wrong())?;
        let midnight = civil(year, month, day, 0, 0, 0, 0).ok_or_else(wrong)?;
        let (us, unit_us) = time.unwrap_or((0, DAY));
        Ok(Point::Moment {
            ts: midnight + us,
            unit_us,
        })
    }
}

/// Microseconds since midnight of `10:05`, `10:05:02` or `10:05:02.5`, and the unit of the last part. 24:00 is allowed.
fn clock(text: &str) -> Option<(Micros, Micros)> {
    let (text, fraction) = text
        .split_once('.')
        .map_or((text, None), |(text, fraction)| (text, Some(fraction)));
    let mut parts = text.split(':');
    let mut part = |limit: i64| {
        let digits = parts.next()?;
        let value: i64 = digits
            .parse()
            .ok()
            .filter(|_| digits.len() <= 2 && !digits.starts_with('+'))?;
        (value < limit).then_some(value)
    };
    let (hour, minute) = (part(25)?, part(60)?);
    let second = if text.matches(':').count() == 2 {
        Some(part(60)?)
    } else {
        None
    };
    if text.matches(':').count() > 2 || (fraction.is_some() && second.is_none()) {
        return None;
    }
    let mut us = hour * HOUR + minute * MINUTE + second.unwrap_or(0) * SECOND;
    let mut unit_us = if second.is_some() { SECOND } else { MINUTE };
    if let Some(fraction) = fraction {
        if fraction.is_empty()
            || fraction.len() > 6
            || !fraction.bytes().all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        unit_us = 10_i64.pow(6 - fraction.len() as u32);
        us += fraction.parse::<i64>().ok()? * unit_us;
    }
    (us <= DAY).then_some((us, unit_us))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, printed: &str) {
        let mut out = String::new();
        When::parse(text)
            .unwrap_or_else(|reason| panic!("{text}: {reason}"))
            .print(&mut out);
        assert_eq!(out, printed, "{text}");
    }

    #[test]
    fn a_time_prints_as_the_stretch_that_it_means() {
        check("10:00..10:05", "10:00..10:05");
        check("10:00", "10:00..10:01");
        check("23:30..00:30", "23:30..00:30");
        check("10:00:05.25", "10:00:05.250000..10:00:05.260000");
        check("2014-02-19", "2014-02-19T00:00Z..2014-02-20T00:00Z");
        check(
            "2014-02-19..2014-02-20",
            "2014-02-19T00:00Z..2014-02-21T00:00Z",
        );
        check(
            "2014-02-19T10:00..10:05:30",
            "2014-02-19T10:00Z..2014-02-19T10:05:30Z",
        );
        check(
            "2014-02-19T23:00..01:00",
            "2014-02-19T23:00Z..2014-02-20T01:00Z",
        );
        check("2014-02-19T10:00Z..", "2014-02-19T10:00Z..");
        for wrong in [
            "",
            "..",
            "10",
            "25:61",
            "2014-13-01",
            "10:00..2014-02-19",
            "2014-02-20..2014-02-18",
            "soon",
        ] {
            assert!(When::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_stretch_over_midnight_is_every_night() {
        let night = When::OfDay {
            from: 23 * HOUR,
            to: HOUR,
        };
        assert!(night.has(23 * HOUR + 5) && night.has(DAY + 5) && !night.has(12 * HOUR));
    }
}
