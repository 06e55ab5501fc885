//! Dates and times as every screen shows them: `25-Jul-1962`, `14:03`, whatever the locale.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use super::phrase::{say, say_with};
use crate::language::apart;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The day of a FHIR date or dateTime, as exactly as it is known: "25-Jul-1962", "Jul-2001",
/// "1999". A text that is no date is shown as it stands.
#[must_use]
pub fn date(text: &str) -> String {
    words(text.split('T').next().unwrap_or(text)).unwrap_or_else(|| text.to_owned())
}

fn words(day: &str) -> Option<String> {
    let mut parts = day.split('-');
    let year = parts.next().filter(|year| year.len() == 4)?;
    let Some(month) = parts.next() else {
        return year
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| year.to_owned());
    };
    let month = *MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let month = say(month);
    Some(match parts.next() {
        Some(day) => apart(format!("{day}-{month}-{year}")),
        None => apart(format!("{month}-{year}")),
    })
}

/// Day and time in the zone that the text gives: "23-Nov-2026 14:03"; the day alone where there is
/// no time.
#[must_use]
pub fn date_time(text: &str) -> String {
    match text.split_once('T').and_then(|(_, clock)| clock.get(..5)) {
        Some(clock) => format!("{} {clock}", date(text)),
        None => date(text),
    }
}

/// Day and time in a zone that is `offset_minutes` east of UTC.
///
/// A date without a time names a day, not a moment, and stays that day.
#[must_use]
pub fn date_time_local(text: &str, offset_minutes: i32) -> String {
    let zone = Offset::from_seconds(offset_minutes.saturating_mul(60)).map(TimeZone::fixed);
    match (text.parse::<jiff::Timestamp>(), zone) {
        (Ok(moment), Ok(zone)) => {
            let local = moment.to_zoned(zone).strftime("%Y-%m-%dT%H:%M").to_string();
            date_time(&local)
        }
        _ => date_time(text),
    }
}

/// The age on a day, both as FHIR dates: "64 y", "5 mo", "12 d"; "about 64 y" when the birth date
/// is not known to the day. Empty when it cannot be told.
#[must_use]
pub fn age(birth: &str, today: &str) -> String {
    let (Some((born, exact)), Some((today, _))) = (earliest(birth), earliest(today)) else {
        return String::new();
    };
    let Some(months) = whole_months(born, today) else {
        return String::new();
    };
    let days = (today - born).get_days();
    let words = match (months, days) {
        (24.., _) => say_with("{} y", &[(months / 12).to_string()]),
        (1.., _) if exact => say_with("{} mo", &[months.to_string()]),
        (0, days) if exact => say_with("{} d", &[days.to_string()]),
        _ => say_with("{} y", &[(months / 12).to_string()]),
    };
    if exact {
        words
    } else {
        say_with("about {}", &[words])
    }
}

/// The age in whole years; `None` when it cannot be told.
///
/// With a birth year alone it is counted from the first of January.
#[must_use]
pub fn age_years(birth: &str, today: &str) -> Option<u32> {
    let months = whole_months(earliest(birth)?.0, earliest(today)?.0)?;
    u32::try_from(months / 12).ok()
}

fn whole_months(born: Date, today: Date) -> Option<i32> {
    if today < born {
        return None;
    }
    let years = i32::from(today.year()) - i32::from(born.year());
    let months = i32::from(today.month()) - i32::from(born.month());
    let before_the_day = i32::from(today.day() < born.day());
    Some(years * 12 + months - before_the_day)
}

/// The first day that a FHIR date or dateTime may mean, and whether it is the only one.
fn earliest(text: &str) -> Option<(Date, bool)> {
    let day = text.split('T').next()?;
    match day.len() {
        4 => Some((format!("{day}-01-01").parse().ok()?, false)),
        7 => Some((format!("{day}-01").parse().ok()?, false)),
        _ => Some((day.parse().ok()?, true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_exact_as_they_are_known() {
        for (text, expected) in [
            ("1962-07-25", "25-Jul-1962"),
            ("2001-07", "Jul-2001"),
            ("1999", "1999"),
            ("2026-11-23T14:03:00+01:00", "23-Nov-2026"),
            ("yesterday", "yesterday"),
            ("1962-13-01", "1962-13-01"),
        ] {
            assert_eq!(date(text), expected);
        }
    }

    #[test]
    fn times_are_shown_in_their_zone_or_in_the_one_asked_for() {
        let text = "2026-11-23T23:30:00-05:00";
        assert_eq!(date_time(text), "23-Nov-2026 23:30");
        assert_eq!(date_time_local(text, 60), "24-Nov-2026 05:30");
        assert_eq!(
            date_time_local("2026-11-23", 60),
            "23-Nov-2026",
            "a day has no zone"
        );
        assert_eq!(
            date_time_local("2026-11-23T14:05:00.123Z", 330),
            "23-Nov-2026 19:35"
        );
    }

    #[test]
    fn ages_are_told_in_the_unit_that_matters() {
        let today = "2026-11-23";
        for (birth, expected) in [
            ("1962-07-25", "64 y"),
            ("1962-11-23", "64 y"),
            ("1962-11-24", "63 y"),
            ("2026-06-20", "5 mo"),
            ("2025-01-10", "22 mo"),
            ("2026-11-11", "12 d"),
            ("2026-11-23", "0 d"),
            ("1962", "about 64 y"),
            ("1962-07", "about 64 y"),
            ("2027-01-01", ""),
            ("soon", ""),
        ] {
            assert_eq!(age(birth, today), expected, "{birth}");
        }
        assert_eq!(age_years("2026-06-20", today), Some(0));
        assert_eq!(age_years("1962-07-25", "2026-11-23T14:00:00Z"), Some(64));
        assert_eq!(age_years("", today), None, "an unknown age is no age");
    }
}
