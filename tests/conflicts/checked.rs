//! What a decision comes to is looked at beside the rest of the chart before it is kept.

use serde_json::{Value, json};

use super::clinic::{Clinic, dose, patient, prescription};

fn status(word: &'static str) -> impl Fn(&mut Value) {
    move |order| order["status"] = json!(word)
}

fn allergy(text: &str) -> Value {
    json!({"resourceType": "AllergyIntolerance", "id": "a", "criticality": "high",
        "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
            "code": "active"}]},
        "code": {"text": text}, "patient": {"reference": "Patient/p"}})
}

fn pressure(systolic: u32, diastolic: u32) -> Value {
    let part = |code: &str, value: u32| {
        json!({"code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {"value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}})
    };
    json!({"resourceType": "Observation", "id": "o", "status": "preliminary",
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
        "subject": {"reference": "Patient/p"},
        "component": [part("8480-6", systolic), part("8462-4", diastolic)]})
}

#[test]
fn an_order_against_a_dangerous_allergy_cannot_be_the_result() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    let mut held = prescription("m", "p", 10);
    held["status"] = json!("on-hold");
    clinic.share(&[patient("p", "Fontaine"), held, allergy("Lisinopril")]);
    let id = clinic.collide("MedicationRequest/m", status("active"), status("stopped"));
    let line = format!("conflicts resolve {id} --take local --reason so");
    clinic
        .here
        .batch()
        .refused(&line, "precondition")
        .says("an allergy to Lisinopril with a high risk is recorded")
        .comforts();
    assert_eq!(clinic.here.open().len(), 1, "it waits for another decision");
    clinic.here.ask(&format!(
        "conflicts resolve {id} --take remote --reason allergic"
    ));
    assert_eq!(
        clinic.assert_agreed("MedicationRequest/m")["status"],
        "stopped"
    );
}

#[test]
fn what_both_sides_have_never_keeps_a_record_from_being_decided() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[
        patient("p", "Fontaine"),
        prescription("m", "p", 10),
        allergy("Lisinopril"),
    ]);
    let id = clinic.collide("MedicationRequest/m", dose(20), dose(5));
    clinic.here.ask(&format!(
        "conflicts resolve {id} --take remote --reason 'desensitised'"
    ));
    clinic.assert_agreed("MedicationRequest/m");
}

#[test]
fn one_half_of_a_pressure_from_each_side_is_looked_at_as_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine"), pressure(140, 80)]);
    let measured = |systolic: u32, diastolic: u32| {
        move |panel: &mut Value| *panel = pressure(systolic, diastolic)
    };
    clinic.collide("Observation/o", measured(90, 60), measured(150, 100));
    let fields: Vec<String> = clinic.here.one()["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|field| field["path"].as_str().expect("a path").to_owned())
        .collect();
    assert!(fields.len() > 1, "both halves wait: {fields:?}");
    let mixed: Vec<String> = fields
        .iter()
        .map(|path| {
            let side = if path.contains("8480-6") {
                "local"
            } else {
                "remote"
            };
            format!("--field '{path}={side}'")
        })
        .collect();
    let line = format!(
        "conflicts resolve Observation/o {} --reason so",
        mixed.join(" ")
    );
    clinic
        .here
        .batch()
        .refused(&line, "precondition")
        .says("systolic pressure is not above the diastolic")
        .comforts();
    clinic
        .here
        .ask("conflicts resolve Observation/o --take local --reason 'measured again'");
    assert_eq!(
        clinic.assert_agreed("Observation/o")["component"][0]["valueQuantity"]["value"],
        90
    );
}
