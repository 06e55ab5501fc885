//! The merge of two people's edits: hard cases told one by one, a corpus of decided cases, what two
//! people really do at once, and anything at all.

mod concurrent;
mod corpus;
mod decided;
mod edit;
mod fuzz;
mod guarded;
mod habits;
mod identity;
mod lists;
mod measured;

use haven_model::conflict::{MergeOutcome, Outcome};
use haven_model::merge;
use serde_json::{Value, json};

/// Merges, and checks that the swapped merge says the same.
fn merged(base: &Value, local: &Value, remote: &Value) -> MergeOutcome {
    let outcome = merge(Some(base), Some(local), Some(remote));
    let swapped = merge(Some(base), Some(remote), Some(local));
    assert_eq!(
        outcome.resource.to_string(),
        swapped.resource.to_string(),
        "the sides are equal"
    );
    assert_eq!(
        outcome
            .fields
            .iter()
            .map(|f| (&f.path, &f.local, &f.rule))
            .collect::<Vec<_>>(),
        swapped
            .fields
            .iter()
            .map(|f| (&f.path, &f.remote, &f.rule))
            .collect::<Vec<_>>(),
        "the sides are equal in conflicts too"
    );
    outcome
}

fn with(base: &Value, pointer: &str, value: Value) -> Value {
    let mut copy = base.clone();
    *copy
        .pointer_mut(pointer)
        .expect("the test names a place that is there") = value;
    copy
}

fn plus(base: &Value, member: &str, value: Value) -> Value {
    let mut copy = base.clone();
    copy.as_object_mut()
        .expect("an object")
        .insert(member.to_owned(), value);
    copy
}

fn without(base: &Value, member: &str) -> Value {
    let mut copy = base.clone();
    copy.as_object_mut()
        .expect("an object")
        .shift_remove(member);
    copy
}

fn paths(outcome: &MergeOutcome) -> Vec<&str> {
    outcome
        .fields
        .iter()
        .map(|field| field.path.as_str())
        .collect()
}

fn rules(outcome: &MergeOutcome) -> Vec<&str> {
    outcome
        .fields
        .iter()
        .map(|field| field.rule.as_str())
        .collect()
}

fn assert_merged(outcome: &MergeOutcome, expected: &Value) {
    assert_eq!(outcome.fields, [], "nothing is for a person");
    assert_eq!(outcome.outcome, Outcome::Merged);
    assert_eq!(&outcome.resource, expected);
}

fn patient() -> Value {
    json!({
        "resourceType": "Patient", "id": "p1",
        "meta": {"versionId": "1", "lastUpdated": "2026-01-01T00:00:00Z"},
        "identifier": [{"system": "urn:mrn", "value": "1"}],
        "name": [{"use": "official", "family": "Trevino", "given": ["Ana", "Maria"]}],
        "telecom": [
            {"system": "phone", "use": "home", "value": "555-1"},
            {"system": "phone", "use": "work", "value": "555-2"},
            {"system": "email", "value": "a@example.org"}
        ],
        "gender": "female", "birthDate": "1970-01-02",
        "address": [{"use": "home", "line": ["1 Elm St", "Flat 2"], "city": "Leeds", "postalCode": "LS1"}]
    })
}

fn blood_pressure() -> Value {
    json!({
        "resourceType": "Observation", "id": "o1", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
        "subject": {"reference": "Patient/p1"},
        "component": [
            {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
             "valueQuantity": {"value": 120, "unit": "mmHg"}},
            {"code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]},
             "valueQuantity": {"value": 80, "unit": "mmHg"}}
        ]
    })
}

fn allergy() -> Value {
    json!({
        "resourceType": "AllergyIntolerance", "id": "a1",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "criticality": "high",
        "code": {"text": "Iodinated contrast"},
        "patient": {"reference": "Patient/p1"},
        "reaction": [{"manifestation": [{"text": "Anaphylaxis"}], "severity": "severe"}]
    })
}

fn prescription() -> Value {
    json!({
        "resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order",
        "medicationCodeableConcept": {"text": "Warfarin 3 mg"},
        "subject": {"reference": "Patient/p1"},
        "dosageInstruction": [{"sequence": 1, "text": "3 mg daily",
            "doseAndRate": [{"doseQuantity": {"value": 3, "unit": "mg"}}]}]
    })
}
