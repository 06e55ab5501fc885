//! Dates as ranges of time, and how the prefixes of a search compare them.
//!
//! Source: FHIR R4 Search §3.1.1.4.6 and 3.1.1.4.2. A date without a zone is UTC.

use jiff::civil;
use jiff::tz::TimeZone;
use serde_json::Value;

/// From its first millisecond to the first one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The first millisecond since 1970 that belongs to it.
    pub from_ms: i64,
    /// The first one that does not.
    pub to_ms: i64,
}

/// How a search value compares with what stands in the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Less.
    Lt,
    /// Greater or equal.
    Ge,
    /// Less or equal.
    Le,
    /// Starts after.
    Sa,
    /// Ends before.
    Eb,
    /// About the same.
    Ap,
}

impl Prefix {
    /// The prefix of a value, `eq` where there is none, and the rest.
    #[must_use]
    pub fn split(value: &str) -> (Self, &str) {
        let Some((two, rest)) = value.split_at_checked(2) else {
            return (Self::Eq, value);
        };
        let prefix = match two {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "lt" => Self::Lt,
            "ge" => Self::Ge,
            "le" => Self::Le,
            "sa" => Self::Sa,
            "eb" => Self::Eb,
            "ap" => Self::Ap,
            _ => return (Self::Eq, value),
        };
        (prefix, rest)
    }
}

impl Range {
    /// All of time.
    pub const ALWAYS: Self = Self {
        from_ms: i64::MIN,
        to_ms: i64::MAX,
    };

    /// The range of a FHIR date, dateTime or instant, to its own precision.
    ///
    /// A query may leave out seconds and zone.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let year = number(parts.next()?, 4)?;
        let month = parts.next().map(|part| number(part, 2));
        let day = parts.next().map(|part| number(part, 2));
        if parts.next().is_some() || (time.is_some() && day.is_none()) {
            return None;
        }
        let year = i16::try_from(year).ok()?;
        let small = |n: i64| i8::try_from(n).ok();
        match (month, day, time) {
            (None, _, _) => {
                let first = civil::Date::new(year, 1, 1).ok()?;
                Self::of_days(first, civil::Date::new(year.checked_add(1)?, 1, 1).ok()?)
            }
            (Some(month), None, _) => {
                let first = civil::Date::new(year, small(month?)?, 1).ok()?;
                let next = first.checked_add(jiff::Span::new().months(1)).ok()?;
                Self::of_days(first, next)
            }
            (Some(month), Some(day), time) => {
                let date = civil::Date::new(year, small(month?)?, small(day?)?).ok()?;
                match time {
                    None => Self::of_days(date, date.tomorrow().ok()?),
                    Some(time) => Self::of_moment(date, time),
                }
            }
        }
    }

    fn of_days(first: civil::Date, next: civil::Date) -> Option<Self> {
        Some(Self {
            from_ms: midnight_ms(first)?,
            to_ms: midnight_ms(next)?,
        })
    }

    fn of_moment(date: civil::Date, text: &str) -> Option<Self> {
        let zone_at = text.find(['Z', '+', '-']).unwrap_or(text.len());
        let (clock, zone) = text.split_at(zone_at);
        let mut parts = clock.split(':');
        let hour = number(parts.next()?, 2).filter(|hour| *hour < 24)?;
        let minute = number(parts.next()?, 2).filter(|minute| *minute < 60)?;
        let (second_ms, length_ms) = match parts.next() {
            None => (0, 60_000),
            Some(second) => seconds_ms(second)?,
        };
        if parts.next().is_some() {
            return None;
        }
        let from_ms =
            midnight_ms(date)? + (hour * 60 + minute) * 60_000 + second_ms - offset_ms(zone)?;
        Some(Self {
            from_ms,
            to_ms: from_ms + length_ms,
        })
    }

    /// The range of a date, dateTime, instant, Period or Timing; a bound that is not given is open.
    #[must_use]
    pub fn of_value(value: &Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Self::of_text(text);
        }
        let object = value.as_object()?;
        if object.contains_key("event") || object.contains_key("repeat") {
            // Only the outer limits of a schedule count.
            let events = value.get("event").and_then(Value::as_array);
            return events
                .into_iter()
                .flatten()
                .chain(value.pointer("/repeat/boundsPeriod"))
                .filter_map(Self::of_value)
                .reduce(|left, right| Self {
                    from_ms: left.from_ms.min(right.from_ms),
                    to_ms: left.to_ms.max(right.to_ms),
                });
        }
        let bound = |name: &str| match value.get(name) {
            None => Some(None),
            Some(text) => Self::of_text(text.as_str()?).map(Some),
        };
        match (bound("start")?, bound("end")?) {
            (None, None) => None,
            (start, end) => Some(Self {
                from_ms: start.map_or(i64::MIN, |range| range.from_ms),
                to_ms: end.map_or(i64::MAX, |range| range.to_ms),
            }),
        }
    }

    fn contains(self, other: Self) -> bool {
        self.from_ms <= other.from_ms && other.to_ms <= self.to_ms
    }

    /// The range as `ap` takes it: widened on both sides by its own length, a day at least.
    ///
    /// R4 leaves the width to the server; this one needs no clock.
    #[must_use]
    pub fn widened(self) -> Self {
        const DAY_MS: i64 = 86_400_000;
        let length_ms = self.to_ms.saturating_sub(self.from_ms).max(DAY_MS);
        Self {
            from_ms: self.from_ms.saturating_sub(length_ms),
            to_ms: self.to_ms.saturating_add(length_ms),
        }
    }

    /// Whether `found`, the range in a resource, is `prefix` this one.
    #[must_use]
    pub fn holds(self, prefix: Prefix, found: Self) -> bool {
        let above = found.to_ms > self.to_ms;
        let below = found.from_ms < self.from_ms;
        match prefix {
            Prefix::Eq => self.contains(found),
            Prefix::Ne => !self.contains(found),
            Prefix::Gt => above,
            Prefix::Lt => below,
            Prefix::Ge => above || self.contains(found),
            Prefix::Le => below || self.contains(found),
            Prefix::Sa => found.from_ms >= self.to_ms,
            Prefix::Eb => found.to_ms <= self.from_ms,
            Prefix::Ap => {
                let wide = self.widened();
                found.from_ms < wide.to_ms && found.to_ms > wide.from_ms
            }
        }
    }
}

fn midnight_ms(date: civil::Date) -> Option<i64> {
    date.to_zoned(TimeZone::UTC)
        .ok()
        .map(|moment| moment.timestamp().as_millisecond())
}

fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Milliseconds of `SS` or `SS.f…`, and how long that precision lasts, a millisecond at least.
fn seconds_ms(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    // A leap second is the last of its minute.
    let second = number(whole, 2).filter(|second| *second <= 60)?.min(59);
    let Some(fraction) = fraction else {
        return Some((second * 1000, 1000));
    };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded: String = fraction.chars().chain("000".chars()).take(3).collect();
    let length_ms = match fraction.len() {
        1 => 100,
        2 => 10,
        _ => 1,
    };
    Some((second * 1000 + number(&padded, 3)?, length_ms))
}

fn offset_ms(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone == "Z" {
        return Some(0);
    }
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Range {
        Range::of_text(text).expect("a date")
    }

    #[test]
    fn a_date_covers_all_that_it_leaves_open() {
        let day_ms = 86_400_000;
        let length = |text| range(text).to_ms - range(text).from_ms;
        assert_eq!(length("2024-02"), 29 * day_ms, "February of a leap year");
        assert_eq!(length("2023"), 365 * day_ms);
        assert_eq!(length("2023-12-31"), day_ms);
        assert_eq!(length("2023-12-31T10:15"), 60_000);
        assert_eq!(length("2023-12-31T10:15:00.5Z"), 100);
        assert_eq!(
            range("2023-06-01T01:30:00+02:00").from_ms,
            range("2023-05-31T23:30:00Z").from_ms,
            "a zone moves the moment"
        );
        for wrong in [
            "yesterday",
            "2023-13",
            "2023-02-30",
            "2023-1-1",
            "20230101",
            "2023T10:00",
            "",
        ] {
            assert_eq!(Range::of_text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn prefixes_compare_ranges_as_r4_says() {
        use Prefix::{Eb, Eq, Ge, Gt, Le, Lt, Ne, Sa};
        let day = range("2023-06-15");
        for (prefix, found, holds) in [
            (Eq, "2023-06-15T10:00:00Z", true),
            (Eq, "2023-06", false),
            (Ne, "2023-06", true),
            (Gt, "2023-06-15T23:00:00Z", false),
            (Gt, "2023-06", true),
            (Lt, "2023-06", true),
            (Ge, "2023-06-15T00:00:00Z", true),
            (Ge, "2023-06-14T23:59:59Z", false),
            (Le, "2023-06-15T23:59:59Z", true),
            (Sa, "2023-06", false),
            (Sa, "2023-06-16", true),
            (Eb, "2023-06-14", true),
        ] {
            assert_eq!(day.holds(prefix, range(found)), holds, "{prefix:?} {found}");
        }
    }

    #[test]
    fn a_period_without_an_end_goes_on() {
        let open = serde_json::json!({"start": "2020-01-01"});
        let found = Range::of_value(&open).expect("a period");
        assert!(range("2090").holds(Prefix::Gt, found));
        assert!(!range("2019").holds(Prefix::Eq, found));
    }
}
