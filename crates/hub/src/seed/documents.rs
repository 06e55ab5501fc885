//! Notes of visits and letters, as small plain-text attachments.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::body::present;
use super::chart::Chart;
use super::fhir::{Code, loinc, reference};
use super::problems::Problem;
use super::staff::Craft;
use super::visits::{Kind, Visit};

const PROGRESS_NOTE: Code = loinc("11506-3", "Progress note");
const PHONE_NOTE: Code = loinc("34748-4", "Telephone encounter Note");
const REFERRAL: Code = loinc("57133-1", "Referral note");

/// A document about to be written.
struct Paper {
    code: Code,
    title: String,
    text: String,
    sensitive: bool,
}

/// Writes a note for most recent visits and, for some, a letter of referral.
pub(super) fn write(chart: &mut Chart<'_>) {
    let visits = std::mem::take(&mut chart.visits);
    let finished: Vec<&Visit> = visits.iter().filter(|visit| !visit.underway).collect();
    let from = finished.len().saturating_sub(7);
    for visit in finished.get(from..).unwrap_or_default() {
        let likely = if visit.kind == Kind::Call { 100 } else { 62 };
        if chart.dice.chance(likely) {
            let note = note(chart, visit);
            write_paper(chart, visit, &note);
        }
    }
    let refer = chart.dice.chance(30);
    let referred = finished.iter().rev().nth(1).copied();
    if refer
        && let Some(visit) = referred.or(finished.last().copied())
        && let Some(letter) = letter(chart, visit)
    {
        write_paper(chart, visit, &letter);
    }
    chart.visits = visits;
}

fn note(chart: &mut Chart<'_>, visit: &Visit) -> Paper {
    let day = visit.start.day;
    let sensitive = visit.sensitive();
    let mut lines = vec![format!("Reason: {}.", visit.reason)];
    let remark = remark(chart, visit);
    lines.push(remark.to_owned());
    // What is restricted is told only in a note that is restricted itself.
    for course in present(&chart.courses, day) {
        let facts = course.problem.facts();
        if facts.sensitive && !sensitive {
            continue;
        }
        let taken: Vec<_> = course
            .drugs
            .iter()
            .map(|drug| drug.medicine().text)
            .collect();
        lines.push(match taken.as_slice() {
            [] => format!("{}: no medicine.", facts.text),
            names => format!("{}: takes {}.", facts.text, names.join(", ")),
        });
    }
    let weeks = chart.dice.pick(&[2_u8, 4, 6, 8, 12]);
    let plan = match visit.about.map(|problem| problem.facts().acute) {
        Some(true) => "Plan: rest and fluids; come back if no better in a week.".to_owned(),
        Some(false) => format!("Plan: go on as before, seen again in {weeks} weeks."),
        None if visit.kind == Kind::WellChild => {
            "Plan: next visit as on the vaccination card.".to_owned()
        }
        None => "Plan: next check-up in a year.".to_owned(),
    };
    lines.push(plan);
    let (code, title) = if visit.kind == Kind::Call {
        (PHONE_NOTE, "Phone call note".to_owned())
    } else {
        (PROGRESS_NOTE, format!("{} note", visit.kind.code().1))
    };
    Paper {
        code,
        title,
        text: lines.join("\n"),
        sensitive,
    }
}

fn remark(chart: &mut Chart<'_>, visit: &Visit) -> &'static str {
    const CALM: [&str; 6] = [
        "Feels well. No new complaints.",
        "Sleeps well, eats normally. Walks half an hour most days.",
        "A little tired since last week, otherwise well.",
        "Brought all medicines; takes them as agreed.",
        "Forgot some doses while travelling; a pill box was arranged.",
        "Family present. Questions about side effects were answered.",
    ];
    const ILL: [&str; 3] = [
        "Unwell for three days. Drinks enough, no alarm signs.",
        "Worse since yesterday. Examination without alarm signs.",
        "Others at home were ill last week.",
    ];
    const CHILD: [&str; 3] = [
        "Growing along the curve. Parent has no worries.",
        "Eats well, sleeps through. Development as expected.",
        "Lively, follows us with interest. Vaccination card checked.",
    ];
    if visit.about.is_some_and(|problem| problem.facts().acute) {
        chart.dice.pick(&ILL)
    } else if visit.about == Some(Problem::Pregnancy) {
        "Baby moves. No bleeding, no contractions, no swelling."
    } else if visit.kind == Kind::WellChild {
        chart.dice.pick(&CHILD)
    } else {
        chart.dice.pick(&CALM)
    }
}

/// A letter to a specialist about the first problem that has one.
fn letter(chart: &Chart<'_>, visit: &Visit) -> Option<Paper> {
    const SPECIALISTS: [(Problem, &str); 7] = [
        (Problem::HeartFailure, "cardiology"),
        (Problem::AtrialFibrillation, "cardiology"),
        (Problem::KidneyDisease, "nephrology"),
        (Problem::Type2Diabetes, "ophthalmology"),
        (Problem::Copd, "pulmonology"),
        (Problem::Epilepsy, "neurology"),
        (Problem::Osteoarthritis, "orthopaedics"),
    ];
    let (problem, specialty) = SPECIALISTS
        .iter()
        .find(|(problem, _)| super::body::has(&chart.courses, *problem, visit.start.day))?;
    let text = format!(
        "Dear colleague,\nplease see this patient in {specialty}. Known: {}.\n\
         Current medicines and allergies are in the chart.\nWith kind regards,\n{}",
        problem.facts().text,
        chart.colleague(Craft::Doctor).display,
    );
    let title = format!("Referral to {specialty}");
    Some(Paper {
        code: REFERRAL,
        title,
        text,
        sensitive: false,
    })
}

fn write_paper(chart: &mut Chart<'_>, visit: &Visit, paper: &Paper) {
    let id = chart.ids.uuid();
    let signed = chart.stamp(visit.start.plus_minutes(visit.minutes + 10));
    let end = chart.stamp(visit.start.plus_minutes(visit.minutes));
    let craft = if paper.code == REFERRAL {
        Craft::Doctor
    } else {
        visit.craft
    };
    let body = json!({
        "status": "current",
        "docStatus": "final",
        "type": paper.code.concept_as(paper.code.display),
        "category": [{"coding": [{
            "system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
            "code": "clinical-note", "display": "Clinical Note"}]}],
        "subject": chart.subject(),
        "date": signed,
        "author": [chart.colleague(craft).reference()],
        "custodian": chart.practice.staff.organization(),
        "description": paper.title,
        "content": [{"attachment": {
            "contentType": "text/plain; charset=utf-8",
            "language": "en",
            "data": STANDARD.encode(&paper.text),
            "size": paper.text.len(),
            "title": paper.title,
            "creation": signed,
        }}],
        "context": {
            "encounter": [reference("Encounter", &visit.id)],
            "period": {"start": chart.stamp(visit.start), "end": end},
        },
    });
    chart.add("DocumentReference", &id, paper.sensitive, body);
}
