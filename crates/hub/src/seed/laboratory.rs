//! Laboratory results at visits: observations and the report that gathers them.

use serde_json::{Value, json};

use super::body::{has, present};
use super::calendar::{Moment, days_between};
use super::chart::Chart;
use super::fhir::{hl7, loinc, reference};
use super::labs::{Panel, Sample};
use super::medicines::Drug;
use super::problems::Problem;
use super::staff::Craft;
use super::visits::{Kind, Visit};
use jiff::civil::Date;

const SMOKING: super::fhir::Code = loinc("72166-2", "Tobacco smoking status");

/// Writes every panel that was due at a visit, and whether the patient smokes.
pub(super) fn write(chart: &mut Chart<'_>) {
    let visits = std::mem::take(&mut chart.visits);
    let mut taken: Vec<(Panel, Date)> = Vec::new();
    for visit in &visits {
        let day = visit.start.day;
        // Today's samples are still at the laboratory.
        let drawn = !visit.underway && day < chart.practice.today;
        if !drawn || matches!(visit.kind, Kind::Call | Kind::WellChild) {
            continue;
        }
        for (panel, sensitive) in wanted(chart, visit) {
            let last = taken
                .iter()
                .rev()
                .find(|(known, _)| *known == panel)
                .map(|(_, day)| *day);
            let due = last.is_none_or(|last| days_between(last, day) >= panel.interval_days());
            if due {
                taken.push((panel, day));
                write_panel(chart, visit, panel, sensitive);
            }
        }
    }
    write_smoking(chart, &visits);
    chart.visits = visits;
}

/// The panels that the problems of the day ask for, and whether each is a restricted fact.
fn wanted(chart: &Chart<'_>, visit: &Visit) -> Vec<(Panel, bool)> {
    let day = visit.start.day;
    let mut panels: Vec<(Panel, bool)> = Vec::new();
    for course in present(&chart.courses, day) {
        let facts = course.problem.facts();
        for panel in facts.panels {
            let pointless = *panel == Panel::Clotting && !course.drugs.contains(&Drug::Warfarin);
            if !pointless && panels.iter().all(|(known, _)| known != panel) {
                panels.push((*panel, facts.sensitive));
            }
        }
    }
    let age = chart.body.age(day);
    if age >= 40 && visit.kind == Kind::Checkup {
        for panel in [Panel::Lipids, Panel::Metabolic] {
            if panels.iter().all(|(known, _)| *known != panel) {
                panels.push((panel, false));
            }
        }
    }
    panels
}

fn write_panel(chart: &mut Chart<'_>, visit: &Visit, panel: Panel, sensitive: bool) {
    let at = chart.stamp(visit.start.plus_minutes(10));
    let issued = chart.stamp(Moment::at(visit.start.day, 17, 20));
    let laboratory = chart.practice.staff.organization();
    let encounter = reference("Encounter", &visit.id);
    let category = json!([{"coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
        "code": "laboratory", "display": "Laboratory"}]}]);
    let mut results = Vec::new();
    let day = visit.start.day;
    let found: Vec<Value> = {
        let sample = Sample::draw(&chart.body, &chart.courses, day, &mut chart.dice);
        panel
            .tests()
            .iter()
            .map(|test| sample.result(*test, &mut chart.dice))
            .collect()
    };
    for one in found {
        let id = chart.ids.uuid();
        let mut body = json!({
            "status": "final",
            "category": category,
            "code": null,
            "subject": chart.subject(),
            "encounter": encounter,
            "effectiveDateTime": at,
            "issued": issued,
            "performer": [laboratory],
        });
        let text = one.pointer("/code/text").cloned();
        if let (Some(body), Value::Object(one)) = (body.as_object_mut(), one) {
            body.extend(one);
        }
        let mut result = reference("Observation", &id);
        if let Some(text) = text {
            super::fhir::set(&mut result, "display", text);
        }
        results.push(result);
        chart.add("Observation", &id, sensitive, body);
    }
    let (code, text) = panel.code();
    let id = chart.ids.uuid();
    let body = json!({
        "status": "final",
        "category": [hl7("v2-0074", "LAB")],
        "code": code.concept_as(text),
        "subject": chart.subject(),
        "encounter": encounter,
        "effectiveDateTime": at,
        "issued": issued,
        "performer": [laboratory],
        "result": results,
    });
    chart.add("DiagnosticReport", &id, sensitive, body);
}

/// Asked once of every adult.
fn write_smoking(chart: &mut Chart<'_>, visits: &[Visit]) {
    let Some(visit) = visits
        .iter()
        .rev()
        .find(|visit| !visit.underway && visit.kind != Kind::Call)
    else {
        return;
    };
    if chart.body.age(visit.start.day) < 18 {
        return;
    }
    let smoked = has(&chart.courses, Problem::Copd, visit.start.day);
    let draw = chart.dice.below(100);
    let (code, display) = if smoked || (60..85).contains(&draw) {
        ("8517006", "Ex-smoker")
    } else if draw < 60 {
        ("266919005", "Never smoked tobacco")
    } else {
        ("77176002", "Smoker")
    };
    let id = chart.ids.uuid();
    let body = json!({
        "status": "final",
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "social-history", "display": "Social History"}]}],
        "code": SMOKING.concept_as("Smoking"),
        "subject": chart.subject(),
        "encounter": reference("Encounter", &visit.id),
        "effectiveDateTime": chart.stamp(visit.start.plus_minutes(4)),
        "performer": [chart.colleague(Craft::Nurse).reference()],
        "valueCodeableConcept": super::fhir::snomed(code, display).concept(),
    });
    chart.add("Observation", &id, false, body);
}
