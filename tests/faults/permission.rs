//! What a role may not read or do.

use serde_json::json;

use super::support::folder;
use super::support::hub::Hub;
use super::support::rows;
use super::support::station::Station;
use super::{file_of, patient};

#[test]
fn a_front_desk_sees_people_and_appointments_and_nothing_clinical() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(dir.path(), "hub");
    let clinician = Station::joined(dir.path(), &hub, &hub.url(), "albertine", "clinician");
    let clinic = rows::clinic(2, 3);
    let path = clinician.file("clinic.ndjson", &rows::ndjson(&clinic));
    clinician.run(&["import", &path.display().to_string()]);
    clinician.run(&["sync", "--once"]);
    let desk = Station::joined(dir.path(), &hub, &hub.url(), "dana", "front_desk");
    desk.run(&["sync", "--once"]);

    let of_type = |name: &str| {
        clinic
            .iter()
            .map(|row| folder::key(row))
            .find(|(resource_type, _)| resource_type == name)
            .map(|(resource_type, id)| format!("{resource_type}/{id}"))
            .expect("the clinic has one")
    };
    let (observation, person) = (of_type("Observation"), of_type("Patient"));
    let mut batch = desk.batch();
    assert_eq!(
        batch.ask(&format!("get {person}"))["resourceType"],
        "Patient"
    );
    let refusal = batch.any(&format!("get {observation}"));
    assert!(
        refusal["code"] == "not_permitted" || refusal["code"] == "not_found",
        "an observation is not for the front desk: {refusal}"
    );
    assert_eq!(
        batch.ask("search Observation"),
        json!([]),
        "nor found by it"
    );
    let id = person.trim_start_matches("Patient/");
    let chart = batch.ask(&format!("chart {id}"));
    let shown = chart.as_array().expect("a list");
    let clinical = [
        "Observation",
        "Condition",
        "MedicationRequest",
        "DocumentReference",
    ];
    assert!(
        shown
            .iter()
            .all(|row| !clinical.iter().any(|name| row["resourceType"] == *name)),
        "nor in the chart"
    );
    batch.end();

    let note = json!({"resourceType": "Observation", "id": "o", "status": "final",
        "code": {"text": "x"}, "subject": {"reference": person}});
    desk.refused(&["put", &file_of(&desk, &note)], 4, "not_permitted")
        .comforts()
        .says("front_desk");
    let restricted = json!({"resourceType": "Patient", "id": "r", "meta": {"security": [{
        "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}]}});
    desk.refused(&["put", &file_of(&desk, &restricted)], 4, "not_permitted")
        .comforts();
    desk.refused(&["delete", &person], 4, "not_permitted")
        .comforts();
    desk.run(&[
        "put",
        &file_of(&desk, &patient("new-at-the-desk", "Moreau")),
    ]);
    let rejected = dir.path().join("rejected.ndjson").display().to_string();
    let mixed = desk
        .file("clinic.ndjson", &rows::ndjson(&clinic))
        .display()
        .to_string();
    let summary = desk.run(&["import", &mixed, "--rejected", &rejected]);
    assert!(
        summary["rejected"].as_u64() > Some(0),
        "clinical rows are refused one by one"
    );

    let out = dir.path().join("out");
    desk.run(&["export", &out.display().to_string()]);
    for name in folder::exported(&out).keys() {
        assert!(
            [
                "Patient",
                "Practitioner",
                "PractitionerRole",
                "Organization",
                "Location",
                "Appointment",
                "Schedule",
                "Slot",
                "RelatedPerson",
                "HealthcareService"
            ]
            .contains(&name.as_str()),
            "{name} is not for the front desk"
        );
    }
    assert_eq!(desk.run(&["sync", "--once"])["waiting"], 0);
    desk.assert_sound();
}
