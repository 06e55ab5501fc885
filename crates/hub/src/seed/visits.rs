//! When someone was seen over the years, where, and for what.

use jiff::civil::Date;

use super::body::Course;
use super::calendar::{
    Moment, days_between, office_hour, shifted, working_day_before, years_after,
};
use super::cast::Progress;
use super::dice::Dice;
use super::fhir::{Code, snomed};
use super::person::Person;
use super::problems::{Problem, TABLE};
use super::staff::Craft;

/// What kind of visit it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Clinic,
    Home,
    Call,
    Prenatal,
    WellChild,
    Checkup,
}

impl Kind {
    /// The v3 ActCode class and its display.
    pub(super) fn class(self) -> (&'static str, &'static str) {
        match self {
            Self::Home => ("HH", "home health"),
            Self::Call => ("VR", "virtual"),
            Self::Clinic | Self::Prenatal | Self::WellChild | Self::Checkup => {
                ("AMB", "ambulatory")
            }
        }
    }

    /// The SNOMED CT type and how it is read on a timeline.
    pub(super) fn code(self) -> (Code, &'static str) {
        match self {
            Self::Clinic => (
                snomed("390906007", "Follow-up encounter (procedure)"),
                "Follow-up",
            ),
            Self::Home => (snomed("439708006", "Home visit (procedure)"), "Home visit"),
            Self::Call => (
                snomed("185317003", "Telephone encounter (procedure)"),
                "Phone call",
            ),
            Self::Prenatal => (
                snomed("424619006", "Prenatal visit (procedure)"),
                "Prenatal visit",
            ),
            Self::WellChild => (
                snomed("410620009", "Well child visit (procedure)"),
                "Well child visit",
            ),
            Self::Checkup => (
                snomed("185349003", "Encounter for check up (procedure)"),
                "Check-up",
            ),
        }
    }

    /// Who usually sees the patient.
    fn craft(self, dice: &mut Dice) -> Craft {
        match self {
            Self::Prenatal => Craft::Midwife,
            Self::Home | Self::Call => Craft::Nurse,
            Self::Clinic | Self::Checkup | Self::WellChild => {
                if dice.chance(30) {
                    Craft::Nurse
                } else {
                    Craft::Doctor
                }
            }
        }
    }
}

/// One visit.
pub(super) struct Visit {
    pub(super) id: String,
    pub(super) start: Moment,
    pub(super) minutes: i64,
    pub(super) kind: Kind,
    pub(super) craft: Craft,
    /// The problem it was for, if it was for one.
    pub(super) about: Option<Problem>,
    pub(super) reason: &'static str,
    pub(super) fever: bool,
    /// Still going on: arrived, nothing measured yet.
    pub(super) underway: bool,
}

impl Visit {
    /// Whether the visit itself is a restricted fact.
    pub(super) fn sensitive(&self) -> bool {
        self.about.is_some_and(|problem| problem.facts().sensitive)
    }
}

/// Ages in days at which every child is seen.
const CHILD_AGES: [i64; 9] = [14, 61, 122, 183, 274, 365, 457, 548, 730];

/// The longest history on file.
const MOST_VISITS: usize = 20;

/// The days on which someone was seen, first to last.
pub(super) fn days(person: &Person, chronic: i64, today: Date, dice: &mut Dice) -> Vec<Date> {
    let seen_today = person
        .member
        .and_then(|member| member.slot)
        .map(|slot| slot.progress);
    let last = match (person.died, seen_today) {
        (Some(died), _) => shifted(died, -dice.between(3, 30)),
        (None, Some(Progress::Fulfilled)) => today,
        (None, Some(Progress::Arrived | Progress::Booked)) => shifted(today, -dice.between(16, 30)),
        (None, None) if chronic > 0 => shifted(today, -dice.between(1, 75)),
        (None, None) => shifted(today, -dice.between(5, 230)),
    };
    let earliest = shifted(person.birth, 10);
    let mut days = vec![weekday(last, today)];
    let mut cursor = last;
    let visits = if person.age < 12 && chronic == 0 {
        1
    } else {
        8 + 3 * chronic.min(3) + dice.between(0, 2)
    };
    for _ in 1..visits {
        let recent = days_between(cursor, last) < 365;
        let gap = match (chronic, recent) {
            (3.., true) => dice.between(28, 58),
            (1..3, true) => dice.between(48, 100),
            (1.., false) => dice.between(95, 230),
            (_, true) => dice.between(120, 300),
            (_, false) => dice.between(240, 430),
        };
        cursor = shifted(cursor, -gap);
        days.push(weekday(cursor, today));
    }
    if person.age < 12 {
        let yearly = (3..=11).map(|year| year * 365 + 20);
        let due = CHILD_AGES
            .into_iter()
            .chain(yearly)
            .map(|age| shifted(person.birth, age));
        days.extend(due.map(|day| weekday(day, today)).filter(|day| *day < last));
    }
    days.retain(|day| *day >= earliest || *day == last);
    days.sort();
    days.dedup_by(|next, before| days_between(*before, *next) < 6);
    // Of a long childhood only the later part is on file; its vaccinations are.
    days.split_off(days.len().saturating_sub(MOST_VISITS))
}

/// The clinic is closed at weekends, except for who is there today.
fn weekday(day: Date, today: Date) -> Date {
    if day == today {
        day
    } else {
        working_day_before(day)
    }
}

/// Makes a visit of each day, with acute illness where chance has it.
pub(super) fn plan(
    person: &Person,
    days: &[Date],
    courses: &mut Vec<Course>,
    today: Date,
    (ids, dice): (&mut Dice, &mut Dice),
) -> Vec<Visit> {
    let mut visits = Vec::new();
    for day in days {
        let age = super::calendar::age_on(person.birth, *day);
        let slot = person
            .member
            .and_then(|member| member.slot)
            .filter(|_| *day == today);
        let active: Vec<Problem> = courses
            .iter()
            .filter(|course| course.active_on(*day))
            .map(|course| course.problem)
            .collect();
        let acute = if slot.is_none() {
            draw_acute(person, age, &active, dice)
        } else {
            None
        };
        let expecting = active.contains(&Problem::Pregnancy);
        let kind = if acute.is_some() {
            Kind::Clinic
        } else if slot.is_some_and(|slot| slot.at_home) || (age >= 76 && dice.chance(40)) {
            Kind::Home
        } else if expecting {
            Kind::Prenatal
        } else if age < 6 && slot.is_none() {
            Kind::WellChild
        } else if active.is_empty() && slot.is_none() {
            Kind::Checkup
        } else if slot.is_none() && dice.chance(11) {
            Kind::Call
        } else {
            Kind::Clinic
        };
        let about = match (acute.or(slot.and_then(|slot| slot.about)), kind) {
            (Some(problem), _) => Some(problem),
            (None, _) if slot.is_some() => None,
            (None, Kind::Prenatal) => Some(Problem::Pregnancy),
            (None, Kind::WellChild | Kind::Checkup) => None,

            (None, Kind::Clinic | Kind::Home | Kind::Call) => {
                active.get(dice.index(active.len())).copied()
            }
        };
        if let Some(problem) = acute {
            courses.push(super::courses::short(problem, *day, today, ids, dice));
        }
        let routine = match kind {
            Kind::WellChild => "Well child visit",
            Kind::Checkup | Kind::Clinic | Kind::Home | Kind::Call | Kind::Prenatal => "Check-up",
        };
        let reason = slot.map_or_else(
            || about.map_or(routine, |problem| problem.facts().review),
            |slot| slot.reason,
        );
        let start = slot.map_or_else(
            || office_hour(*day, dice),
            |slot| Moment::at(*day, slot.hour, slot.minute),
        );
        let feverish = acute.is_some_and(|problem| {
            matches!(
                problem,
                Problem::OtitisMedia | Problem::StrepThroat | Problem::Bronchitis
            )
        });
        visits.push(Visit {
            id: ids.uuid(),
            start,
            minutes: if kind == Kind::Call {
                10
            } else {
                15 + 5 * dice.between(0, 5)
            },
            kind,
            craft: kind.craft(dice),
            about,
            reason,
            fever: feverish && dice.chance(75),
            underway: false,
        });
    }
    visits
}

/// The visit of someone who has arrived today and waits.
pub(super) fn arrival(person: &Person, today: Date, ids: &mut Dice) -> Option<Visit> {
    let member = person.member?;
    let slot = member
        .slot
        .filter(|slot| slot.progress == Progress::Arrived)?;
    Some(Visit {
        id: ids.uuid(),
        start: Moment::at(today, slot.hour, slot.minute),
        minutes: 20,
        kind: Kind::Clinic,
        craft: Craft::Doctor,
        about: slot.about,
        reason: slot.reason,
        fever: false,
        underway: true,
    })
}

fn draw_acute(person: &Person, age: i64, active: &[Problem], dice: &mut Dice) -> Option<Problem> {
    let band = age_band(age);
    let mut found = None;
    for facts in TABLE.iter().filter(|facts| facts.acute) {
        let rate = facts.rates.get(band).copied().unwrap_or_default();
        // One draw for each, whoever it is, so that the stream does not depend on what is found.
        let falls_ill = dice.rare(rate / 4);
        let possible = (person.female || !facts.women_only) && !active.contains(&facts.problem);
        if falls_ill && possible && found.is_none() {
            found = Some(facts.problem);
        }
    }
    found
}

/// Which column of a rate table an age falls in.
pub(super) fn age_band(age: i64) -> usize {
    match age {
        ..18 => 0,
        18..40 => 1,
        40..65 => 2,
        _ => 3,
    }
}

/// The first day on which `problem` may begin for someone born on `birth`.
pub(super) fn earliest_onset(birth: Date, problem: Problem) -> Date {
    years_after(birth, problem.facts().earliest_age)
}
