//! Which problems someone has, since when, and which medicines were chosen for them.

use jiff::civil::Date;

use super::body::Course;
use super::calendar::{days_between, shifted};
use super::dice::Dice;
use super::medicines::{Drug, Family};
use super::person::Person;
use super::problems::{Problem, TABLE, compatible};
use super::visits::{age_band, earliest_onset};

/// The lasting problems of a person: as written for the cast, by age and chance for others.
pub(super) fn lasting(person: &Person, dice: &mut Dice) -> Vec<Problem> {
    if let Some(member) = person.member {
        return member.problems.to_vec();
    }
    let band = age_band(person.age);
    let mut has: Vec<Problem> = Vec::new();
    for facts in TABLE.iter().filter(|facts| !facts.acute) {
        let rate = facts.rates.get(band).copied().unwrap_or_default();
        let falls = dice.rare(rate);
        let possible = (person.female || !facts.women_only)
            && person.age > facts.earliest_age
            && person.age <= latest_age(facts.problem)
            && !(person.died.is_some() && facts.problem == Problem::Pregnancy);
        if falls && possible && has.len() < 5 && compatible(&has, facts.problem) {
            has.push(facts.problem);
        }
    }
    has
}

fn latest_age(problem: Problem) -> i64 {
    if problem == Problem::Pregnancy {
        42
    } else {
        200
    }
}

/// Gives each lasting problem its onset, its treatment and its answer to treatment.
pub(super) fn begin(
    person: &Person,
    problems: &[Problem],
    blocked: &[Family],
    visit_days: &[Date],
    today: Date,
    (ids, dice): (&mut Dice, &mut Dice),
) -> Vec<Course> {
    let mut courses: Vec<Course> = Vec::new();
    let mut prescribed: Vec<Drug> = Vec::new();
    for problem in problems {
        let onset = onset(person, *problem, visit_days, today, dice);
        let drugs = choose(
            *problem,
            problems,
            blocked,
            person.age,
            &prescribed,
            person.member.is_some(),
            dice,
        );
        prescribed.extend(&drugs);
        // Treatment begins at the first visit after the onset, or soon after where none is on record.
        let first_visit = visit_days.iter().copied().find(|day| *day >= onset);
        let from = first_visit
            .filter(|day| days_between(onset, *day) < 400)
            .unwrap_or_else(|| shifted(onset, dice.between(5, 60)));
        let drawn = 0.45 + 0.5 * dice.share();
        courses.push(Course {
            problem: *problem,
            id: ids.uuid(),
            onset,
            abated: None,
            treated_from: (!drugs.is_empty()).then_some(from),
            response: person.member.map_or(drawn, |member| member.control),
            drugs,
        });
    }
    courses
}

/// An illness that was brought to the visit of `day` and is over some days later.
pub(super) fn short(
    problem: Problem,
    day: Date,
    today: Date,
    ids: &mut Dice,
    dice: &mut Dice,
) -> Course {
    let end = shifted(day, dice.between(6, 14));
    Course {
        problem,
        id: ids.uuid(),
        onset: shifted(day, -dice.between(1, 4)),
        abated: (end <= today).then_some(end),
        treated_from: None,
        response: 0.9,
        drugs: Vec::new(),
    }
}

/// Chooses for a short illness what the person may take.
pub(super) fn prescribe_short(
    course: &mut Course,
    problems: &[Problem],
    blocked: &[Family],
    age: i64,
    dice: &mut Dice,
) {
    course.drugs = choose(course.problem, problems, blocked, age, &[], false, dice);
}

fn onset(
    person: &Person,
    problem: Problem,
    visit_days: &[Date],
    today: Date,
    dice: &mut Dice,
) -> Date {
    let last = visit_days.last().copied().unwrap_or(today);
    if problem == Problem::Pregnancy {
        return shifted(last, -dice.between(90, 220));
    }
    let earliest = earliest_onset(person.birth, problem);
    let first = visit_days.first().copied().unwrap_or(today);
    let early_half = visit_days
        .get(..visit_days.len().div_ceil(2))
        .unwrap_or_default();
    let found = if dice.chance(60) {
        let day = early_half
            .get(dice.index(early_half.len()))
            .copied()
            .unwrap_or(first);
        shifted(day, -dice.between(0, 12))
    } else {
        shifted(first, -dice.between(200, 20 * 365))
    };
    found.max(earliest).min(shifted(last, -1)).max(person.birth)
}

fn choose(
    problem: Problem,
    problems: &[Problem],
    blocked: &[Family],
    age: i64,
    prescribed: &[Drug],
    usual_only: bool,
    dice: &mut Dice,
) -> Vec<Drug> {
    let facts = problem.facts();
    let mut chosen: Vec<Drug> = Vec::new();
    for (row, alternatives) in facts.therapy.iter().enumerate() {
        let wanted = row == 0 || facts.sensitive || dice.chance(70);
        // Two of a kind are never given together.
        let mut fitting = alternatives
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, drug)| {
                let medicine = drug.medicine();
                let taken = prescribed.iter().chain(&chosen);
                medicine.suits(blocked, problems, age)
                    && taken
                        .into_iter()
                        .all(|other| other != drug && !other.medicine().is_kin_to(medicine))
            });
        // Most take the usual choice, some the second; a third is for who can take neither.
        let usual = fitting.next();
        let second = fitting.next().filter(|(place, _)| *place == 1);
        let prefers_second = dice.chance(30) && !usual_only;
        let drug = if prefers_second {
            second.or(usual)
        } else {
            usual
        };
        if let (true, Some((_, drug))) = (wanted, drug) {
            chosen.push(drug);
        }
    }
    chosen
}
