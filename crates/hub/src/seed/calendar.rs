//! Days and times of a clinic: working days, ages, and how they are written in FHIR.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::Offset;

use super::dice::Dice;

/// A minute of a day at the clinic, on the clinic's own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) day: Date,
    pub(super) minute_of_day: i64,
}

impl Moment {
    /// `hour`:`minute` of `day`.
    pub(super) fn at(day: Date, hour: i64, minute: i64) -> Self {
        Self {
            day,
            minute_of_day: hour * 60 + minute,
        }
    }

    /// The moment `minutes` later, on the same day.
    pub(super) fn plus_minutes(self, minutes: i64) -> Self {
        let minute_of_day = (self.minute_of_day + minutes).min(24 * 60 - 1);
        Self {
            day: self.day,
            minute_of_day,
        }
    }

    /// FHIR dateTime and instant, with the clinic's offset.
    pub(super) fn stamp(self, offset: Offset) -> String {
        let (hour, minute) = (self.minute_of_day / 60, self.minute_of_day % 60);
        let east = offset.seconds() / 60;
        let sign = if east < 0 { '-' } else { '+' };
        let (away, rest) = (east.abs() / 60, east.abs() % 60);
        format!(
            "{}T{hour:02}:{minute:02}:00{sign}{away:02}:{rest:02}",
            self.day
        )
    }
}

/// `date` moved by `days`, held inside the calendar.
pub(super) fn shifted(date: Date, days: i64) -> Date {
    date.saturating_add(days.clamp(-60_000, 60_000).days())
}

/// `date` moved by whole `years`.
pub(super) fn years_after(date: Date, years: i64) -> Date {
    date.saturating_add(years.clamp(-200, 200).years())
}

/// Days from `earlier` to `later`; negative when they are the other way round.
pub(super) fn days_between(earlier: Date, later: Date) -> i64 {
    i64::from((later - earlier).get_days())
}

/// Months from `earlier` to `later` as a number for curves, never below 0.
pub(super) fn months_between(earlier: Date, later: Date) -> f64 {
    let days = i32::try_from(days_between(earlier, later).max(0)).unwrap_or_default();
    f64::from(days) / 30.4375
}

/// Whole years from `birth` to `on`, 0 before birth.
pub(super) fn age_on(birth: Date, on: Date) -> i64 {
    let years = i64::from(on.year()) - i64::from(birth.year());
    let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
    (years - i64::from(!had_birthday)).max(0)
}

/// Whether the clinic is open on `date`.
pub(super) fn is_working_day(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The last working day up to `date`.
pub(super) fn working_day_before(date: Date) -> Date {
    (0..3)
        .map(|back| shifted(date, -back))
        .find(|day| is_working_day(*day))
        .unwrap_or(date)
}

/// A bookable time between 08:30 and 16:30 on `date`, at a quarter of the hour.
pub(super) fn office_hour(date: Date, dice: &mut Dice) -> Moment {
    Moment {
        day: date,
        minute_of_day: 510 + dice.between(0, 31) * 15,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_age_turns_on_the_birthday() {
        let birth = date(1962, 7, 25);
        assert_eq!(age_on(birth, date(2026, 7, 24)), 63, "the day before");
        assert_eq!(age_on(birth, date(2026, 7, 25)), 64, "the day itself");
        assert_eq!(age_on(birth, date(1960, 1, 1)), 0, "never negative");
    }

    #[test]
    fn a_moment_is_written_with_the_offset_of_the_clinic() {
        let moment = Moment::at(date(2026, 11, 23), 8, 30);
        assert_eq!(moment.stamp(Offset::UTC), "2026-11-23T08:30:00+00:00");
        let west = Offset::from_seconds(-(3 * 3600 + 1800)).expect("a real offset");
        assert_eq!(moment.stamp(west), "2026-11-23T08:30:00-03:30");
    }

    #[test]
    fn a_weekend_moves_back_to_friday() {
        assert_eq!(
            working_day_before(date(2026, 11, 22)),
            date(2026, 11, 20),
            "Sunday"
        );
        assert_eq!(
            working_day_before(date(2026, 11, 23)),
            date(2026, 11, 23),
            "Monday"
        );
    }
}
