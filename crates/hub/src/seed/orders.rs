//! The problem list and the prescriptions that follow from it.

use jiff::civil::{Date, date};
use serde_json::{Value, json};

use super::body::Course;
use super::calendar::{days_between, shifted};
use super::chart::Chart;
use super::fhir::{hl7, quantity, reference};
use super::medicines::{Drug, Medicine};
use super::staff::Craft;

/// Writes a Condition for every course and a MedicationRequest for every medicine of it.
pub(super) fn write(chart: &mut Chart<'_>) {
    let courses = std::mem::take(&mut chart.courses);
    for course in &courses {
        write_condition(chart, course);
        for (row, drug) in course.drugs.iter().enumerate() {
            write_prescriptions(chart, course, *drug, row);
        }
    }
    chart.courses = courses;
}

fn write_condition(chart: &mut Chart<'_>, course: &Course) {
    let facts = course.problem.facts();
    let visit = chart
        .visits
        .iter()
        .find(|visit| !visit.underway && visit.start.day >= course.onset)
        .filter(|visit| days_between(course.onset, visit.start.day) < 400);
    let recorded = visit.map_or(course.onset, |visit| visit.start.day);
    let encounter = visit.map_or(Value::Null, |visit| reference("Encounter", &visit.id));
    let category = if facts.acute {
        "encounter-diagnosis"
    } else {
        "problem-list-item"
    };
    let body = json!({
        "clinicalStatus": hl7("condition-clinical", if course.abated.is_some() { "resolved" } else { "active" }),
        "verificationStatus": hl7("condition-ver-status", "confirmed"),
        "category": [hl7("condition-category", category)],
        "code": facts.code.concept_as(facts.text),
        "subject": chart.subject(),
        "encounter": encounter,
        "onsetDateTime": course.onset.to_string(),
        "abatementDateTime": course.abated.map(|day| day.to_string()),
        "recordedDate": recorded.to_string(),
        "recorder": chart.colleague(Craft::Doctor).reference(),
    });
    chart.add("Condition", &course.id, facts.sensitive, body);
}

/// One prescription as it is about to be written.
struct Script<'a> {
    course: &'a Course,
    medicine: &'static Medicine,
    higher: bool,
    from: Date,
    until: Option<Date>,
    status: &'static str,
    after: Option<&'a str>,
}

fn write_prescriptions(chart: &mut Chart<'_>, course: &Course, drug: Drug, row: usize) {
    let medicine = drug.medicine();
    let today = chart.practice.today;
    if course.problem.facts().acute {
        let seen = visit_day_from(chart, course.onset).unwrap_or(course.onset);
        let until = shifted(seen, medicine.course_days.unwrap_or(14));
        let status = if until <= today {
            "completed"
        } else {
            "active"
        };
        let higher = chart.body.age(seen) >= 12;
        let script = Script {
            course,
            medicine,
            higher,
            from: seen,
            until: Some(until),
            status,
            after: None,
        };
        write_script(chart, &script);
        return;
    }
    let started = course.treated_from.unwrap_or(course.onset);
    // A second medicine is added once the first has been tried.
    let from = if row == 0 {
        started
    } else {
        visit_day_from(chart, shifted(started, 50)).unwrap_or(started)
    };
    let from = from.max(date(medicine.since_year, 3, 1)).min(today);
    let status = if chart.person.died.is_some() {
        "stopped"
    } else {
        "active"
    };
    let grows = medicine.has_higher_dose() && chart.body.age(from) >= 12 && chart.dice.chance(45);
    let raised = visit_day_from(chart, shifted(from, 80)).filter(|_| grows);
    let Some(raised) = raised else {
        let higher =
            medicine.has_higher_dose() && chart.body.age(from) >= 18 && chart.dice.chance(20);
        let script = Script {
            course,
            medicine,
            higher,
            from,
            until: None,
            status,
            after: None,
        };
        write_script(chart, &script);
        return;
    };
    let until = Some(raised);
    let lower = Script {
        course,
        medicine,
        higher: false,
        from,
        until,
        status: "stopped",
        after: None,
    };
    let before = write_script(chart, &lower);
    let after = Some(before.as_str());
    let higher = Script {
        course,
        medicine,
        higher: true,
        from: raised,
        until: None,
        status,
        after,
    };
    write_script(chart, &higher);
}

/// The first day on or after `day` on which the patient was seen.
fn visit_day_from(chart: &Chart<'_>, day: Date) -> Option<Date> {
    chart
        .visits
        .iter()
        .map(|visit| visit.start.day)
        .find(|seen| *seen >= day)
}

fn write_script(chart: &mut Chart<'_>, script: &Script<'_>) -> String {
    let Script {
        course,
        medicine,
        higher,
        from,
        until,
        status,
        after,
    } = *script;
    let id = chart.ids.uuid();
    let sensitive = course.problem.facts().sensitive;
    let authored = chart.visit_on(from).map_or_else(
        || from.to_string(),
        |visit| chart.stamp(visit.start.plus_minutes(12)),
    );
    let therapy = if course.problem.facts().acute {
        "acute"
    } else {
        "continuous"
    };
    let mut validity = json!({"start": from.to_string()});
    if let Some(until) = until {
        super::fhir::set(&mut validity, "end", Value::from(until.to_string()));
    }
    let supply = medicine.course_days.unwrap_or(90);
    let repeats = if therapy == "acute" { 0 } else { 3 };
    let body = json!({
        "status": status,
        "intent": "order",
        "category": [hl7("medicationrequest-category", "community")],
        "medicationCodeableConcept": medicine.code.concept_as(medicine.text),
        "subject": chart.subject(),
        "encounter": chart.encounter_on(from),
        "authoredOn": authored,
        "requester": chart.colleague(Craft::Doctor).reference(),
        "reasonReference": [reference("Condition", &course.id)],
        "courseOfTherapyType": hl7("medicationrequest-course-of-therapy", therapy),
        "dosageInstruction": [medicine.dosage(higher)],
        "dispenseRequest": {
            "validityPeriod": validity,
            "numberOfRepeatsAllowed": repeats,
            "expectedSupplyDuration": quantity(Value::from(supply), "days", "d"),
        },
        "priorPrescription": after.map(|id| reference("MedicationRequest", id)),
    });
    chart.add("MedicationRequest", &id, sensitive, body);
    id
}
