use haven_model::{Operation, SyncStatus};
use haven_store::OutboxState;
use serde_json::{Value, json};

use super::{Scene, enrique, lisinopril, pressure, stored, stored_as, vital, waiting};
use crate::present::{ChartInput, chart};
use crate::view::{AllergyState, BadgeState, ChartView, ConnectionState, FlagState};

pub(super) fn allergy(id: &str, code: &Value, more: &Value) -> Value {
    let mut allergy = json!({
        "resourceType": "AllergyIntolerance", "id": id, "code": code,
        "patient": {"reference": "Patient/enrique"},
        "clinicalStatus": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
    });
    if let (Some(members), Some(more)) = (allergy.as_object_mut(), more.as_object()) {
        members.extend(more.clone());
    }
    allergy
}

fn result(id: &str, name: &str, value: &str, unit: &str, more: &Value) -> Value {
    let mut result = json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"text": name}, "subject": {"reference": "Patient/enrique"},
        "effectiveDateTime": "2026-11-20",
        "valueQuantity": serde_json::from_str::<Value>(
            &format!(r#"{{"value":{value},"unit":"{unit}"}}"#)).expect("JSON"),
    });
    if let (Some(members), Some(more)) = (result.as_object_mut(), more.as_object()) {
        members.extend(more.clone());
    }
    result
}

fn whole_chart() -> Vec<haven_store::Stored> {
    let visit = "2026-11-23T13:52:00+01:00";
    vec![
        stored(&allergy(
            "a1",
            &json!({"text": "penicillin"}),
            &json!({
            "category": ["medication"], "criticality": "high",
            "reaction": [{"manifestation": [{"text": "Hives"}], "severity": "moderate"}]}),
        )),
        stored(&allergy(
            "a2",
            &json!({"text": "shellfish"}),
            &json!({
            "category": ["food"], "criticality": "low"}),
        )),
        stored(
            &json!({"resourceType": "Condition", "id": "c1", "code": {"text": "Hypertension"},
            "subject": {"reference": "Patient/enrique"}, "onsetDateTime": "1980-10-09",
            "clinicalStatus": {"coding": [{"code": "active"}]}}),
        ),
        stored(&json!({"resourceType": "Condition", "id": "c2",
            "code": {"text": "Acute bronchitis (disorder)"},
            "subject": {"reference": "Patient/enrique"}, "onsetDateTime": "2019-12-20",
            "abatementDateTime": "2020-01-02", "clinicalStatus": {"coding": [{"code": "resolved"}]}})),
        stored(
            &json!({"resourceType": "Condition", "id": "c3", "code": {"text": "Anemia"},
            "subject": {"reference": "Patient/enrique"}, "onsetDateTime": "not a date"}),
        ),
        stored(&lisinopril(10, 1, "Take in the morning.")),
        stored(
            &json!({"resourceType": "MedicationRequest", "id": "m2", "status": "stopped",
            "medicationCodeableConcept": {"text": "Hydrochlorothiazide 25 MG Oral Tablet"},
            "subject": {"reference": "Patient/enrique"}, "authoredOn": "1981-10-15"}),
        ),
        stored(&pressure("bp1", "2026-09-28T09:48:00+02:00", 141, 87)),
        stored(&pressure("bp2", "2026-11-20T09:30:00+01:00", 148, 92)),
        stored_as(&pressure("bp3", visit, 182, 110), SyncStatus::Pending),
        stored_as(
            &vital("w3", "29463-7", visit, "93.7", "kg", "kg"),
            SyncStatus::Pending,
        ),
        stored(&vital(
            "w2",
            "29463-7",
            "2026-11-20T09:30:00+01:00",
            "93.9",
            "kg",
            "kg",
        )),
        stored(&result(
            "k",
            "Potassium",
            "5.1",
            "mmol/L",
            &json!({"referenceRange": [
            {"low": {"value": 3.5, "unit": "mmol/L"}, "high": {"value": 5.0, "unit": "mmol/L"}}]}),
        )),
        stored(&result(
            "ldl",
            "LDL cholesterol",
            "105",
            "mg/dL",
            &json!({}),
        )),
        stored(
            &json!({"resourceType": "Encounter", "id": "e1", "status": "finished",
            "class": {"code": "HH"}, "type": [{"text": "Follow-up"}],
            "subject": {"reference": "Patient/enrique"},
            "participant": [{"individual": {"display": "Dr. Quentin Beahan"}}],
            "period": {"start": "2026-10-26T09:30:00+01:00", "end": "2026-10-26T09:50:00+01:00"}}),
        ),
        stored(
            &json!({"resourceType": "DocumentReference", "id": "d1", "status": "current",
            "docStatus": "final", "type": {"text": "Progress note"}, "date": "2026-10-26T09:45:00+01:00",
            "subject": {"reference": "Patient/enrique"}, "author": [{"display": "Beahan, Quentin"}],
            "context": {"encounter": [{"reference": "Encounter/e1"}]},
            "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": "RmVlbHMgd2VsbC4="}}]}),
        ),
        stored(
            &json!({"resourceType": "Immunization", "id": "i1", "status": "completed",
            "vaccineCode": {"text": "Influenza vaccine"}, "patient": {"reference": "Patient/enrique"},
            "occurrenceDateTime": "2026-09-28", "site": {"text": "Left arm"},
            "performer": [{"actor": {"display": "Moen, Leanne"}}]}),
        ),
        stored(&pressure_in_error()),
    ]
}

fn pressure_in_error() -> Value {
    let mut wrong = pressure("wrong", "2026-11-23T13:55:00+01:00", 280, 110);
    if let Some(members) = wrong.as_object_mut() {
        members.insert("status".to_owned(), json!("entered-in-error"));
    }
    wrong
}

fn show(resources: &[haven_store::Stored], connection: ConnectionState) -> ChartView {
    let scene = Scene::new(connection);
    let patient = stored(&enrique());
    chart(
        &ChartInput {
            patient: &patient,
            resources,
            conflicts: &[],
            outbox: &[],
            similar_name: true,
            whole: true,
            complete: true,
        },
        scene.backdrop(),
    )
}

#[test]
fn a_chart_on_the_screen() {
    insta::assert_json_snapshot!(show(&whole_chart(), ConnectionState::Offline));
}

#[test]
fn the_four_states_of_allergies_never_look_alike() {
    let line = |resources: &[haven_store::Stored], whole: bool| {
        let scene = Scene::new(ConnectionState::Connected);
        let patient = stored(&enrique());
        let banner = crate::present::banner(
            &ChartInput {
                patient: &patient,
                resources,
                conflicts: &[],
                outbox: &[],
                similar_name: false,
                whole,
                complete: true,
            },
            scene.backdrop(),
        );
        (banner.allergies.state, banner.allergies.text)
    };
    let none = |code: &str| {
        stored(&allergy(
            "n",
            &json!({"coding": [
            {"system": "http://snomed.info/sct", "code": code}]}),
            &json!({}),
        ))
    };
    let peanut = stored(&allergy("p", &json!({"text": "peanut"}), &json!({})));
    assert_eq!(
        line(&[peanut.clone(), none("716186003")], true).0,
        AllergyState::Known,
        "an allergy outweighs an earlier 'none known'"
    );
    assert_eq!(
        line(&[none("716186003")], true),
        (AllergyState::NoneKnown, "No known allergies".to_owned())
    );
    assert_eq!(
        line(&[none("409137002")], true),
        (
            AllergyState::NotRecorded,
            "No known medicine allergies; other allergies not recorded".to_owned()
        ),
        "a clear answer about medicines says nothing about food"
    );
    assert_eq!(
        line(&[], true),
        (
            AllergyState::NotRecorded,
            "Allergies not recorded".to_owned()
        )
    );
    assert_eq!(line(&[peanut], false).0, AllergyState::Unavailable);
    let refuted = stored(&allergy(
        "r",
        &json!({"text": "latex"}),
        &json!({
        "verificationStatus": {"coding": [{"code": "refuted"}]}}),
    ));
    assert_eq!(line(&[refuted], true).0, AllergyState::NotRecorded);
}

#[test]
fn a_result_is_flagged_by_its_laboratory_or_not_at_all() {
    let flag = |more: &Value, value: &str, unit: &str| {
        let view = show(
            &[stored(&result("r", "Potassium", value, unit, more))],
            ConnectionState::Connected,
        );
        let row = view.results.into_iter().next().expect("one result");
        (row.flag.state, row.range)
    };
    let range = json!({"referenceRange": [{"low": {"value": 3.5, "unit": "mmol/L"}, "high": {"value": 5.0, "unit": "mmol/L"}}]});
    assert_eq!(
        flag(&range, "4.1", "mmol/L"),
        (FlagState::InRange, "3.5–5.0".to_owned())
    );
    assert_eq!(flag(&range, "3.1", "mmol/L").0, FlagState::Low);
    assert_eq!(
        flag(&range, "190", "mg/dL").0,
        FlagState::NoRange,
        "a range in another unit compares with nothing"
    );
    assert_eq!(
        flag(
            &json!({"interpretation": [{"coding": [{"code": "HH"}]}]}),
            "7.0",
            "mmol/L"
        ),
        (FlagState::CriticalHigh, "–".to_owned())
    );
    let by_sex = json!({"referenceRange": [
        {"low": {"value": 12}, "appliesTo": [{"text": "female"}]},
        {"low": {"value": 14}, "appliesTo": [{"text": "male"}]}]});
    assert_eq!(
        flag(&by_sex, "13", "g/dL").0,
        FlagState::NoRange,
        "which of two ranges holds is not guessed"
    );
}

#[test]
fn a_refused_change_is_told_in_the_servers_words() {
    let scene = Scene::new(ConnectionState::Connected);
    let patient = stored(&enrique());
    let note = pressure("refused", "2026-11-23T13:52:00+01:00", 120, 80);
    let mut entry = waiting(&note, Operation::Create, OutboxState::Rejected);
    entry.last_error = Some("invalid: author is not known there.".to_owned());
    let resources = [stored_as(&note, SyncStatus::Rejected)];
    let view = chart(
        &ChartInput {
            patient: &patient,
            resources: &resources,
            conflicts: &[],
            outbox: &[entry],
            similar_name: false,
            whole: true,
            complete: true,
        },
        scene.backdrop(),
    );
    assert_eq!(view.sync.state, BadgeState::Refused);
    assert_eq!(view.sync.text, "Server refused: author is not known there.");
}

#[test]
fn nobody_is_dropped_for_a_date_that_cannot_be_read() {
    let view = show(&whole_chart(), ConnectionState::Connected);
    let anemia = view
        .problems
        .iter()
        .find(|problem| problem.name == "Anemia")
        .expect("a problem without a readable date is a problem");
    assert_eq!(anemia.when, "Date not recorded");
    assert!(anemia.active, "unknown never means gone");
}

#[test]
fn a_vital_sign_in_an_unknown_unit_is_listed_as_it_stands() {
    let weight = super::vital(
        "w",
        "29463-7",
        "2026-11-20T09:30:00+01:00",
        "14.5",
        "stone",
        "[stone_av]",
    );
    let view = show(&[stored(&weight)], ConnectionState::Connected);
    let shown = view.vitals.readings.len() + view.results.len();
    assert_eq!(shown, 1, "a measurement is shown once, and never dropped");
}
