//! Two records of one person: offered, compared, linked, taken apart again, never joined.

use std::path::Path;
use std::sync::Arc;

use haven_app::view::{DoubleInput, DoubleVerdict};
use haven_app::{Code, Desk, InitRequest, Passphrase, Platform, Session, Workstation};
use haven_model::Timestamp;
use serde_json::{Value, json};

struct Machine;

impl Platform for Machine {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn new_id(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }
}

fn secret() -> Passphrase {
    Passphrase::new("gravel ostrich maple dentist vivid".to_owned())
}

fn patient(id: &str, given: &str, born: &str, mrn: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "birthDate": born,
        "name": [{"family": "Garcia", "given": [given]}],
        "identifier": [{"system": "urn:clinic", "value": mrn}]})
}

/// A window over four Garcias: two records of one person, her twin, and a namesake.
fn window(dir: &Path) -> (Desk, Session) {
    let workstation = Workstation::new(dir.join("store"), Arc::new(Machine));
    let request = InitRequest {
        user: "ada".to_owned(),
        display_name: "Ada".to_owned(),
        clinic: "Harbour".to_owned(),
        device_name: "Laptop".to_owned(),
    };
    let session = workstation.init(&request, &secret()).expect("a store");
    for one in [
        patient("one", "María", "1962-07-25", "1"),
        patient("two", "Maria", "1962-07-25", "2"),
        patient("twin", "Ana", "1962-07-25", "3"),
        patient("namesake", "Maria", "1990-01-01", "4"),
    ] {
        session.put(one.to_string().as_bytes()).expect("saved");
    }
    let desk = Desk::new(workstation);
    desk.unlock("ada", &secret()).expect("unlocked");
    (desk, session)
}

fn word(verdict: DoubleVerdict, reason: &str) -> DoubleInput {
    DoubleInput {
        patient_id: "one".to_owned(),
        other_id: "two".to_owned(),
        verdict,
        reason: reason.to_owned(),
    }
}

fn links(session: &Session, id: &str) -> Value {
    let held = session.get(&format!("Patient/{id}")).expect("it stays");
    held.value()["link"].clone()
}

#[test]
fn two_records_are_linked_with_a_reason_and_both_stay() {
    let dir = tempfile::tempdir().expect("a folder");
    let (desk, session) = window(dir.path());
    let found = desk.doubles("one").expect("looked for");
    assert_eq!(
        found.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(),
        ["two"],
        "neither the twin nor the namesake is taken for her"
    );
    assert!(!found[0].linked && !found[0].why.is_empty());
    let differs: Vec<&str> = found[0]
        .lines
        .iter()
        .filter(|line| line.differs)
        .map(|line| line.label.as_str())
        .collect();
    assert!(differs.contains(&"Name"), "an accent is shown: {differs:?}");

    let refused = desk.judge_double(&word(DoubleVerdict::Link, " "));
    assert_eq!(refused.expect_err("a reason is needed").code, Code::Invalid);
    assert_eq!(links(&session, "one"), Value::Null, "nothing was changed");
    desk.judge_double(&word(DoubleVerdict::Link, "both cards were here"))
        .expect("linked");
    for (id, other) in [("one", "two"), ("two", "one")] {
        let link = links(&session, id);
        assert_eq!(link[0]["other"]["reference"], format!("Patient/{other}"));
        assert_eq!(link[0]["type"], "seealso", "neither replaces the other");
    }
    assert!(desk.doubles("two").expect("looked for")[0].linked);
    let told = session.search("Provenance?_count=10").expect("a page");
    assert_eq!(told.resources.len(), 2, "it is told of at both");

    desk.judge_double(&word(DoubleVerdict::Unlink, "two people after all"))
        .expect("taken apart");
    assert_eq!(links(&session, "one"), Value::Null);
    assert_eq!(links(&session, "two"), Value::Null);
}

#[test]
fn two_people_are_not_offered_as_one_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let (desk, session) = window(dir.path());
    desk.judge_double(&word(DoubleVerdict::KeepApart, ""))
        .expect("kept apart");
    assert!(desk.doubles("one").expect("looked for").is_empty());
    assert!(desk.doubles("two").expect("looked for").is_empty());
    assert_eq!(links(&session, "one"), Value::Null, "no record was touched");
}

fn penicillin(id: &str, criticality: &str) -> Value {
    json!({"resourceType": "AllergyIntolerance", "id": id, "patient": {"reference": "Patient/one"},
        "clinicalStatus": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
        "code": {"text": "penicillin", "coding": [{"system": "http://snomed.info/sct", "code": "764146007"}]},
        "criticality": criticality})
}

#[test]
fn one_of_two_records_of_an_allergy_is_marked_as_entered_in_error_and_brought_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let (desk, session) = window(dir.path());
    for one in [penicillin("grave", "high"), penicillin("mild", "low")] {
        session.put(one.to_string().as_bytes()).expect("saved");
    }
    let before = desk.chart("one").expect("the chart");
    let sources = &before.allergies[0].sources;
    assert_eq!(sources.len(), 2, "both records stand below one line");
    let (grave, mild) = (&sources[0], &sources[1]);
    assert!(grave.left.contains("Low criticality") && !grave.weakens.is_empty());
    assert!(mild.left.contains("High criticality") && mild.weakens.is_empty());

    let key = "AllergyIntolerance/grave";
    let refused = desk.mark_in_error(key, "  ");
    assert_eq!(refused.expect_err("a reason is needed").code, Code::Invalid);
    let said = desk.mark_in_error(key, "never reacted").expect("marked");
    assert!(said.starts_with("Marked as entered in error"), "{said}");
    let again = desk.mark_in_error(key, "never reacted");
    assert_eq!(again.expect_err("it is already").code, Code::Precondition);

    let marked = session.get(key).expect("it stays").value();
    assert_eq!(
        marked["verificationStatus"]["coding"][0]["code"],
        "entered-in-error"
    );
    assert_eq!(marked["clinicalStatus"], Value::Null, "R4 invariant ait-2");
    let after = desk.chart("one").expect("the chart");
    assert!(after.allergies[0].sources.is_empty() && !after.allergies[0].high);
    assert_eq!(after.retracted[0].key, key, "and it can be found");
    let told = session.search("Provenance?_count=10").expect("a page");
    let told = told.resources[0].resource.as_ref().expect("live").value();
    assert!(told.to_string().contains("never reacted"), "{told}");

    desk.bring_back(key, 1, "it was right").expect("undone");
    let undone = desk.chart("one").expect("the chart");
    assert_eq!(undone.allergies[0].sources.len(), 2);
    assert!(undone.allergies[0].high && undone.retracted.is_empty());
    let none = desk.mark_in_error("Patient/one", "x");
    assert_eq!(
        none.expect_err("a Patient has no such mark").code,
        Code::Precondition
    );
}
