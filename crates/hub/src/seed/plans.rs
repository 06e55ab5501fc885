//! Goals and care plans for those who live with something for long.

use serde_json::{Value, json};

use super::body::Course;
use super::calendar::{shifted, years_after};
use super::chart::Chart;
use super::fhir::{Code, decimal, loinc, quantity, reference, snomed};
use super::problems::Problem;
use super::staff::Craft;

/// What is aimed at and what is done for it.
struct Aim {
    problem: Problem,
    title: &'static str,
    category: Code,
    goal: &'static str,
    measure: Code,
    /// Upper bound with printed unit and UCUM code.
    below: (f64, usize, &'static str, &'static str),
    activities: &'static [Code],
}

#[rustfmt::skip]
static AIMS: [Aim; 4] = [
    Aim {
        problem: Problem::Hypertension, title: "Blood pressure plan",
        category: snomed("443402002", "Lifestyle education regarding hypertension (procedure)"),
        goal: "Systolic blood pressure below 140 mmHg",
        measure: loinc("8480-6", "Systolic blood pressure"), below: (140.0, 0, "mmHg", "mm[Hg]"),
        activities: &[snomed("1151000175103", "Dietary approaches to stop hypertension diet (finding)"), snomed("386463000", "Prescribed activity/exercise education (procedure)")],
    },
    Aim {
        problem: Problem::Type2Diabetes, title: "Diabetes self management plan",
        category: snomed("698360004", "Diabetes self management plan (record artifact)"),
        goal: "Hemoglobin A1c below 7.0 %",
        measure: loinc("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"), below: (7.0, 1, "%", "%"),
        activities: &[snomed("160670007", "Diabetic diet (finding)"), snomed("229065009", "Exercise therapy (regime/therapy)")],
    },
    Aim {
        problem: Problem::Obesity, title: "Weight plan",
        category: snomed("408289007", "Refer to weight management program (procedure)"),
        goal: "Body mass index below 30 kg/m²",
        measure: loinc("39156-5", "Body mass index (BMI) [Ratio]"), below: (30.0, 0, "kg/m²", "kg/m2"),
        activities: &[snomed("229065009", "Exercise therapy (regime/therapy)")],
    },
    Aim {
        problem: Problem::Hyperlipidemia, title: "Cholesterol plan",
        category: snomed("266724001", "Weight-reducing diet education (procedure)"),
        goal: "LDL cholesterol below 100 mg/dL",
        measure: loinc("18262-6", "Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay"), below: (100.0, 0, "mg/dL", "mg/dL"),
        activities: &[snomed("229065009", "Exercise therapy (regime/therapy)")],
    },
];

/// Writes a goal and a plan for the first aim that fits, for about two in three.
pub(super) fn write(chart: &mut Chart<'_>) {
    let agreed = chart.dice.chance(66) && chart.person.died.is_none() && chart.person.age >= 18;
    let found = AIMS.iter().find_map(|aim| {
        let course = chart
            .courses
            .iter()
            .find(|course| course.problem == aim.problem)?;
        Some((aim, condition_of(course)))
    });
    if let (true, Some((aim, condition))) = (agreed, found) {
        write_aim(chart, aim, &condition);
    }
}

fn condition_of(course: &Course) -> Value {
    reference("Condition", &course.id)
}

fn write_aim(chart: &mut Chart<'_>, aim: &Aim, condition: &Value) {
    let today = chart.practice.today;
    let Some(agreed) = chart
        .visit_by(shifted(today, -60))
        .map(|visit| visit.start.day)
    else {
        return;
    };
    let (goal, plan) = (chart.ids.uuid(), chart.ids.uuid());
    let (bound, places, unit, ucum) = aim.below;
    let author = chart.colleague(Craft::Doctor).reference();
    let body = json!({
        "lifecycleStatus": "active",
        "achievementStatus": super::fhir::hl7("goal-achievement", "in-progress"),
        "description": {"text": aim.goal},
        "subject": chart.subject(),
        "startDate": agreed.to_string(),
        "target": [{
            "measure": aim.measure.concept(),
            "detailRange": {"high": quantity(decimal(bound, places), unit, ucum)},
            "dueDate": years_after(agreed, 1).to_string(),
        }],
        "expressedBy": author,
        "addresses": [condition],
    });
    chart.add("Goal", &goal, false, body);
    let activities = aim.activities.iter().map(|code| {
        json!({"detail": {"code": code.concept(), "status": "in-progress", "doNotPerform": false}})
    });
    let activities: Vec<_> = activities.collect();
    let body = json!({
        "status": "active",
        "intent": "plan",
        "category": [aim.category.concept_as(aim.title)],
        "title": aim.title,
        "description": aim.goal,
        "subject": chart.subject(),
        "encounter": chart.encounter_on(agreed),
        "period": {"start": agreed.to_string()},
        "created": agreed.to_string(),
        "author": author,
        "addresses": [condition],
        "goal": [reference("Goal", &goal)],
        "activity": activities,
    });
    chart.add("CarePlan", &plan, false, body);
}
