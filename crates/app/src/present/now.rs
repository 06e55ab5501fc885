use crate::present::phrase::{say, told};
use haven_model::Timestamp;
use haven_model::language::{Language, apart, speaking};
use jiff::tz::{Offset, TimeZone};

/// What no FHIR date can be read from is shown as this, never dropped.
pub(crate) const DATE_NOT_RECORDED: &str = "Date not recorded";
/// A missing value: unknown is said, never left blank.
pub(crate) const NOT_RECORDED: &str = "Not recorded";

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The present moment and the zone of the workstation: presenters read no clock of their own.
#[derive(Clone, Debug)]
pub struct Now {
    /// The instant.
    pub at: Timestamp,
    /// The zone in which times are shown.
    pub zone: TimeZone,
}

impl Now {
    /// A moment in a zone.
    #[must_use]
    pub fn new(at: Timestamp, zone: TimeZone) -> Self {
        Self { at, zone }
    }

    /// A moment in a zone that is always so many minutes ahead of UTC.
    #[must_use]
    pub fn with_offset(at: Timestamp, offset_minutes: i32) -> Self {
        let offset = Offset::from_seconds(offset_minutes.saturating_mul(60)).unwrap_or(Offset::UTC);
        Self::new(at, TimeZone::fixed(offset))
    }

    /// The wall clock of this workstation at an instant.
    pub(crate) fn local(&self, at: Timestamp) -> jiff::civil::DateTime {
        jiff::Timestamp::from_millisecond(at.as_millis())
            .unwrap_or_default()
            .to_zoned(self.zone.clone())
            .datetime()
    }

    /// The instant at which this workstation's wall clock shows `wall`.
    pub(crate) fn instant(&self, wall: jiff::civil::DateTime) -> Option<Timestamp> {
        wall.to_zoned(self.zone.clone())
            .ok()
            .map(|zoned| Timestamp(zoned.timestamp().as_millisecond()))
    }

    /// Today's date here.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        self.local(self.at).date()
    }

    pub(crate) fn is_today(&self, at: Timestamp) -> bool {
        self.local(at).date() == self.today()
    }

    /// "23-Nov-2026".
    pub(crate) fn date(&self, at: Timestamp) -> String {
        date_words(self.local(at).date())
    }

    /// "2026-11-23", for the name of a file.
    pub(crate) fn file_date(&self) -> String {
        self.today().to_string()
    }

    /// "14:05".
    pub(crate) fn clock(&self, at: Timestamp) -> String {
        clock_words(self.local(at))
    }

    /// "23-Nov-2026 14:05".
    pub(crate) fn date_time(&self, at: Timestamp) -> String {
        format!("{} {}", self.date(at), self.clock(at))
    }

    /// "today 14:05", "20-Nov-2026 14:05".
    pub(crate) fn today_or_date_time(&self, at: Timestamp) -> String {
        if self.is_today(at) {
            told!("today {}", self.clock(at))
        } else {
            self.date_time(at)
        }
    }

    /// "Today 14:05", "20-Nov-2026": for headings and marks, where the hour of old days says little.
    pub(crate) fn today_or_date(&self, at: Timestamp) -> String {
        if self.is_today(at) {
            told!("Today {}", self.clock(at))
        } else {
            self.date(at)
        }
    }

    /// "14:05" today, "20-Nov-2026" before.
    pub(crate) fn clock_or_date(&self, at: Timestamp) -> String {
        if self.is_today(at) {
            self.clock(at)
        } else {
            self.date(at)
        }
    }

    /// How long ago, in one unit: "5 min", "22 h", "2 days".
    pub(crate) fn age(&self, since: Timestamp) -> String {
        let minutes = self.at.as_millis().saturating_sub(since.as_millis()).max(0) / 60_000;
        match minutes {
            0..60 => told!("{} min", minutes),
            60..1440 => format!("{} h", minutes / 60),
            1440..2880 => say("1 day").to_owned(),
            _ => told!("{} days", minutes / 1440),
        }
    }
}

/// "23-Nov-2026": the one clinical form, whatever the system's language; its month in the language of
/// the moment.
pub(crate) fn date_words(date: jiff::civil::Date) -> String {
    apart(format!(
        "{:02}-{}-{:04}",
        date.day(),
        month_word(date.month()),
        date.year()
    ))
}

/// "23-Nov-2026" in Latin letters, to be typed over: two directions in one field mislead the caret.
pub(crate) fn typed_date_words(date: jiff::civil::Date) -> String {
    speaking(Language::English, || date_words(date))
}

pub(crate) fn clock_words(time: jiff::civil::DateTime) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn month_word(month: i8) -> &'static str {
    usize::try_from(month - 1)
        .ok()
        .and_then(|at| MONTHS.get(at))
        .map_or("???", |month| say(month))
}

/// Reads "23-Nov-2026", with figures of any script and the month in any case.
pub(crate) fn parse_date(text: &str) -> Option<jiff::civil::Date> {
    let text = latin_digits(text);
    let mut parts = text
        .trim()
        .split(['-', ' ', '/'])
        .filter(|part| !part.is_empty());
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let is_month = |english: &&'static str| {
        english.eq_ignore_ascii_case(month)
            || Language::ALL
                .into_iter()
                .any(|language| speaking(language, || say(english)) == month)
    };
    let month = MONTHS.iter().position(is_month)?;
    jiff::civil::Date::new(
        year.parse().ok()?,
        i8::try_from(month + 1).ok()?,
        day.parse().ok()?,
    )
    .ok()
}

/// Reads "14:03", 24 h.
pub(crate) fn parse_clock(text: &str) -> Option<jiff::civil::Time> {
    let text = latin_digits(text);
    let (hour, minute) = text.trim().split_once(':')?;
    if hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    jiff::civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// Arabic-Indic and Persian figures as Latin ones; everything else as it is.
pub(crate) fn latin_digits(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '٠'..='٩' => digit(c, '٠'),
            '۰'..='۹' => digit(c, '۰'),
            _ => c,
        })
        .collect()
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}

/// A FHIR date or dateTime, read once: for order, and for words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moment {
    /// The earliest instant it can mean.
    pub at: Timestamp,
    /// How exactly it is known.
    pub precision: Precision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    Year,
    Month,
    Day,
    Instant,
}

impl Moment {
    /// Reads `2026`, `2026-11`, `2026-11-23` and full dateTimes; `None` for what is none of these.
    ///
    /// A date without a zone is a date of this workstation's calendar.
    pub(crate) fn read(text: &str, now: &Now) -> Option<Self> {
        let (date, precision) = match text.len() {
            4 => (
                jiff::civil::Date::new(text.parse().ok()?, 1, 1).ok()?,
                Precision::Year,
            ),
            7 => {
                let (year, month) = text.split_once('-')?;
                (
                    jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?,
                    Precision::Month,
                )
            }
            10 => (text.parse().ok()?, Precision::Day),
            _ => {
                let at = Timestamp::parse(text).or_else(|| {
                    // Some servers leave the zone away; the wall clock here is the best reading.
                    now.instant(text.parse().ok()?)
                })?;
                return Some(Self {
                    at,
                    precision: Precision::Instant,
                });
            }
        };
        Some(Self {
            at: now.instant(date.to_datetime(jiff::civil::Time::midnight()))?,
            precision,
        })
    }

    /// "23-Nov-2026", "Nov-2026", "2026": never more than was recorded.
    pub(crate) fn date(self, now: &Now) -> String {
        let date = now.local(self.at).date();
        match self.precision {
            Precision::Year => format!("{:04}", date.year()),
            Precision::Month => apart(format!("{}-{:04}", month_word(date.month()), date.year())),
            Precision::Day | Precision::Instant => date_words(date),
        }
    }

    /// "23-Nov-2026 13:52", or the date where no time was recorded.
    pub(crate) fn date_time(self, now: &Now) -> String {
        match self.precision {
            Precision::Instant => now.date_time(self.at),
            Precision::Year | Precision::Month | Precision::Day => self.date(now),
        }
    }

    /// "Today 13:52", "Today", "20-Nov-2026".
    pub(crate) fn heading(self, now: &Now) -> String {
        match self.precision {
            Precision::Instant => now.today_or_date(self.at),
            Precision::Day if now.is_today(self.at) => say("Today").to_owned(),
            Precision::Year | Precision::Month | Precision::Day => self.date(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Now {
        Now::with_offset(
            Timestamp::parse("2026-11-23T13:05:00Z").expect("an instant"),
            60,
        )
    }

    #[test]
    fn times_are_shown_on_this_workstations_clock() {
        let now = now();
        let moment = Moment::read("2026-11-23T23:30:00+05:00", &now).expect("a dateTime");
        assert_eq!(moment.date_time(&now), "23-Nov-2026 19:30");
        assert_eq!(moment.heading(&now), "Today 19:30");
    }

    #[test]
    fn no_more_is_shown_than_was_recorded() {
        let now = now();
        for (text, words) in [
            ("1999", "1999"),
            ("2001-07", "Jul-2001"),
            ("1962-07-25", "25-Jul-1962"),
        ] {
            let moment = Moment::read(text, &now).expect("a partial date");
            assert_eq!(moment.date_time(&now), words);
        }
        assert_eq!(Moment::read("soon", &now), None);
    }

    #[test]
    fn figures_of_other_scripts_are_taken() {
        assert_eq!(
            parse_date("۲۳-Nov-۲۰۲۶").map(date_words),
            Some("23-Nov-2026".to_owned())
        );
        assert!(
            parse_date("23-Nov-26").is_none(),
            "a century is never guessed"
        );
        assert!(parse_clock("24:00").is_none());
    }
}
