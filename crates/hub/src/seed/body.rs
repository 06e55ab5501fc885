//! A body over the years: what its numbers would be on a day, given what it lives with.
//!
//! Only sums, products and quotients, so that every machine computes the same digits.

use jiff::civil::Date;

use super::calendar::{age_on, days_between, months_between};
use super::dice::Dice;
use super::medicines::Drug;
use super::problems::Problem;

/// One problem from its onset to its end.
pub(super) struct Course {
    pub(super) problem: Problem,
    pub(super) id: String,
    pub(super) onset: Date,
    pub(super) abated: Option<Date>,
    pub(super) treated_from: Option<Date>,
    /// How well treatment works for this person, 0 to 1.
    pub(super) response: f64,
    pub(super) drugs: Vec<Drug>,
}

impl Course {
    /// Whether it is there on `day`.
    pub(super) fn active_on(&self, day: Date) -> bool {
        self.onset <= day && self.abated.is_none_or(|end| day <= end)
    }

    /// How much of the harm treatment has undone by `day`, 0 to 1.
    fn relief(&self, day: Date) -> f64 {
        self.treated_from.map_or(0.0, |start| {
            let months = months_between(start, day);
            self.response * months / (months + 2.0)
        })
    }
}

/// What makes one person's numbers their own.
pub(super) struct Body {
    pub(super) birth: Date,
    pub(super) female: bool,
    /// Height and build against the median, −1 to 1.
    stature: f64,
    build: f64,
    /// Kilograms gained or lost per year.
    drift: f64,
    tone: f64,
    pace: f64,
    chemistry: f64,
}

/// Age in years, median height in cm and weight in kg of boys, of girls.
const GROWTH: [(f64, [f64; 2], [f64; 2]); 17] = [
    (0.0, [50.0, 49.0], [3.4, 3.3]),
    (0.25, [61.0, 60.0], [6.1, 5.7]),
    (0.5, [67.5, 65.8], [7.8, 7.3]),
    (1.0, [75.8, 74.2], [9.8, 9.2]),
    (2.0, [87.0, 85.8], [12.4, 11.7]),
    (3.0, [95.8, 94.6], [14.4, 13.9]),
    (4.0, [103.0, 102.2], [16.4, 16.0]),
    (5.0, [110.0, 109.2], [18.5, 18.1]),
    (6.0, [116.0, 115.3], [20.7, 20.3]),
    (8.0, [128.2, 127.4], [26.0, 25.8]),
    (10.0, [138.8, 138.6], [32.2, 33.0]),
    (12.0, [149.8, 151.6], [40.8, 42.0]),
    (14.0, [164.0, 160.0], [51.2, 50.0]),
    (16.0, [173.2, 162.4], [61.2, 54.2]),
    (18.0, [176.4, 163.2], [67.4, 57.0]),
    (40.0, [176.4, 163.2], [79.0, 67.5]),
    (100.0, [171.0, 158.0], [72.0, 61.0]),
];

impl Body {
    /// Draws a body; what it weighs follows from its problems.
    pub(super) fn draw(birth: Date, female: bool, dice: &mut Dice) -> Self {
        Self {
            birth,
            female,
            stature: dice.sway(),
            build: dice.sway(),
            drift: dice.sway() * 1.1,
            tone: dice.sway(),
            pace: dice.sway(),
            chemistry: dice.sway(),
        }
    }

    /// Whole years on `day`.
    pub(super) fn age(&self, day: Date) -> i64 {
        age_on(self.birth, day)
    }

    fn years(&self, day: Date) -> f64 {
        let days = i32::try_from(days_between(self.birth, day).max(0)).unwrap_or_default();
        f64::from(days) / 365.25
    }

    /// Height and weight of the median of this sex at an age.
    fn median(&self, years: f64) -> (f64, f64) {
        let column = usize::from(self.female);
        let mut below = GROWTH[0];
        for row in GROWTH {
            if row.0 >= years {
                let share = if row.0 > below.0 {
                    (years - below.0) / (row.0 - below.0)
                } else {
                    0.0
                };
                let between = |low: f64, high: f64| low + (high - low) * share;
                return (
                    between(below.1[column], row.1[column]),
                    between(below.2[column], row.2[column]),
                );
            }
            below = row;
        }
        (below.1[column], below.2[column])
    }

    /// Height in cm.
    pub(super) fn height_cm(&self, day: Date) -> f64 {
        self.median(self.years(day)).0 * (1.0 + self.stature * 0.09)
    }

    /// Weight in kg.
    pub(super) fn weight_kg(
        &self,
        day: Date,
        today: Date,
        courses: &[Course],
        dice: &mut Dice,
    ) -> f64 {
        let years = self.years(day);
        let stature = 1.0 + self.stature * 0.18;
        let build = 1.0 + self.build * 0.2;
        let mut kilos = self.median(years).1 * stature * build;
        if years >= 18.0 {
            kilos -= self.drift * months_between(day, today) / 12.0;
        }
        // Build does not change overnight with a diagnosis; water and a child do.
        for course in courses {
            if course.problem == Problem::Obesity {
                kilos *= 1.34 - 0.05 * months_between(course.onset, day).min(48.0) / 48.0;
                let metres = self.height_cm(day) / 100.0;
                kilos = kilos.max(30.8 * metres * metres);
            } else if matches!(
                course.problem,
                Problem::Copd | Problem::Hiv | Problem::OpioidUse
            ) {
                kilos *= 0.9;
            }
        }
        for course in present(courses, day) {
            if course.problem == Problem::Pregnancy {
                kilos += months_between(course.onset, day) * 1.35;
            } else if course.problem == Problem::HeartFailure {
                kilos += 1.5 * (1.0 - course.relief(day)) + dice.sway() * 1.8;
            }
        }
        kilos + dice.sway() * (kilos * 0.006)
    }

    /// Systolic and diastolic pressure, mmHg; the first is always well above the second.
    pub(super) fn pressure(&self, day: Date, courses: &[Course], dice: &mut Dice) -> (f64, f64) {
        let years = self.years(day);
        let (mut high, mut low) = if years < 18.0 {
            (88.0 + years * 1.7, 52.0 + years * 1.05)
        } else {
            (
                111.0 + (years - 18.0) * 0.2,
                71.0 + (years.min(58.0) - 18.0) * 0.1 - (years - 66.0).max(0.0) * 0.15,
            )
        };
        high += self.tone * 8.0;
        low += self.tone * 4.0;
        high += load(courses, day, &SYSTOLIC_LOAD);
        low += load(courses, day, &DIASTOLIC_LOAD);
        high += dice.sway() * 14.0;
        low += dice.sway() * 8.0;
        (high, low.min(high - 24.0))
    }

    /// Heart rate per minute.
    pub(super) fn heart_rate(
        &self,
        day: Date,
        fever: bool,
        courses: &[Course],
        dice: &mut Dice,
    ) -> f64 {
        let years = self.years(day);
        let resting = if years < 12.0 {
            132.0 - years * 4.6
        } else {
            74.0
        };
        let heat = if fever { 14.0 } else { 0.0 };
        resting + self.pace * 8.0 + heat + load(courses, day, &PULSE_LOAD) + dice.sway() * 7.0
    }

    /// Breaths per minute.
    pub(super) fn breaths(&self, day: Date, courses: &[Course], dice: &mut Dice) -> f64 {
        let years = self.years(day);
        let resting = if years < 12.0 {
            33.0 - years * 1.4
        } else {
            15.0
        };
        let strained = present(courses, day).any(|course| {
            matches!(
                course.problem,
                Problem::Copd | Problem::HeartFailure | Problem::Bronchitis
            )
        });
        resting + if strained { 3.5 } else { 0.0 } + dice.sway() * 2.5
    }

    /// Oxygen saturation, %; never above 100.
    pub(super) fn saturation(&self, day: Date, courses: &[Course], dice: &mut Dice) -> f64 {
        let rested = 98.2 - (self.years(day) - 60.0).max(0.0) * 0.02;
        (rested - load(courses, day, &BREATH_LOAD) + dice.sway() * 1.4).min(100.0)
    }

    /// Temperature, °C.
    pub(super) fn temperature(&self, fever: bool, dice: &mut Dice) -> f64 {
        let base = if fever { 38.3 } else { 36.7 };
        base + self.pace * 0.1 + dice.sway() * if fever { 0.7 } else { 0.35 }
    }

    /// Pain, 0 to 10.
    pub(super) fn pain(day: Date, courses: &[Course], dice: &mut Dice) -> f64 {
        (0.4 + load(courses, day, &PAIN_LOAD) + dice.sway() * 1.6).clamp(0.0, 10.0)
    }

    /// This person's place in a laboratory's normal spread, −1 to 1.
    pub(super) fn chemistry(&self) -> f64 {
        self.chemistry
    }
}

/// How much of `problem`'s harm is left on `day`, 1 untreated, 0 absent.
pub(super) fn burden(courses: &[Course], problem: Problem, day: Date) -> f64 {
    present(courses, day)
        .find(|course| course.problem == problem)
        .map_or(0.0, |course| 1.0 - course.relief(day))
}

/// Months from `day` until `problem` is found, 0 once it is known; `None` if it never is.
pub(super) fn months_until(courses: &[Course], problem: Problem, day: Date) -> Option<f64> {
    let course = courses.iter().find(|course| course.problem == problem)?;
    Some(months_between(day, course.onset))
}

/// Whether `problem` is there on `day`.
pub(super) fn has(courses: &[Course], problem: Problem, day: Date) -> bool {
    present(courses, day).any(|course| course.problem == problem)
}

/// The courses that are there on `day`.
pub(super) fn present(courses: &[Course], day: Date) -> impl Iterator<Item = &Course> {
    courses.iter().filter(move |course| course.active_on(day))
}

/// What a problem adds untreated, and what is left of that once treatment has done all it can.
type Load = (Problem, f64, f64);

const SYSTOLIC_LOAD: [Load; 5] = [
    (Problem::Hypertension, 36.0, 0.0),
    (Problem::KidneyDisease, 5.0, 5.0),
    (Problem::Obesity, 5.0, 5.0),
    (Problem::HeartFailure, -7.0, -7.0),
    (Problem::Pregnancy, -5.0, -5.0),
];
const DIASTOLIC_LOAD: [Load; 5] = [
    (Problem::Hypertension, 17.0, 0.0),
    (Problem::KidneyDisease, 3.0, 3.0),
    (Problem::Obesity, 3.0, 3.0),
    (Problem::HeartFailure, -3.0, -3.0),
    (Problem::Pregnancy, -4.0, -4.0),
];
const PULSE_LOAD: [Load; 6] = [
    (Problem::AtrialFibrillation, 26.0, 2.0),
    (Problem::HeartFailure, 7.0, 0.0),
    (Problem::IronDeficiency, 7.0, 0.0),
    (Problem::Pregnancy, 10.0, 10.0),
    (Problem::Anxiety, 5.0, 3.0),
    (Problem::Copd, 5.0, 5.0),
];
const BREATH_LOAD: [Load; 4] = [
    (Problem::Copd, 6.0, 4.0),
    (Problem::HeartFailure, 2.5, 1.0),
    (Problem::Asthma, 1.2, 0.4),
    (Problem::Bronchitis, 1.2, 1.2),
];
const PAIN_LOAD: [Load; 6] = [
    (Problem::Osteoarthritis, 4.5, 2.5),
    (Problem::Gout, 3.5, 1.0),
    (Problem::Migraine, 2.0, 1.0),
    (Problem::OtitisMedia, 3.5, 3.5),
    (Problem::StrepThroat, 3.5, 3.5),
    (Problem::Sinusitis, 2.5, 2.5),
];

fn load(courses: &[Course], day: Date, table: &[Load]) -> f64 {
    present(courses, day)
        .filter_map(|course| {
            let row = table.iter().find(|row| row.0 == course.problem)?;
            Some(row.1 + (row.2 - row.1) * course.relief(day))
        })
        .sum()
}
