//! Who a patient is: names, numbers, identifiers, twins.

use haven_model::conflict::{ConflictKind, Outcome};
use haven_model::merge;
use serde_json::{Value, json};

use super::{assert_merged, merged, paths, patient, plus, rules, with, without};

#[test]
fn case_01_an_edit_of_the_official_name_and_an_added_maiden_name_are_both_kept() {
    let base = patient();
    let local = with(&base, "/name/0/family", json!("Reyes"));
    let mut remote = base.clone();
    remote["name"]
        .as_array_mut()
        .expect("names")
        .push(json!({"use": "maiden", "family": "Soto"}));
    let mut expected = local.clone();
    expected["name"]
        .as_array_mut()
        .expect("names")
        .push(json!({"use": "maiden", "family": "Soto"}));
    assert_merged(&merged(&base, &local, &remote), &expected);
}

#[test]
fn case_02_an_edit_and_a_removal_in_telecom_hit_exactly_their_entries() {
    let base = patient();
    let local = with(&base, "/telecom/1/value", json!("555-9"));
    let mut remote = base.clone();
    remote["telecom"].as_array_mut().expect("telecom").remove(0);
    let mut expected = base.clone();
    expected["telecom"] = json!([
        {"system": "phone", "use": "work", "value": "555-9"},
        {"system": "email", "value": "a@example.org"}
    ]);
    assert_merged(&merged(&base, &local, &remote), &expected);
}

#[test]
fn case_02_one_number_changed_twice_is_one_conflict_on_its_value() {
    let base = patient();
    let outcome = merged(
        &base,
        &with(&base, "/telecom/1/value", json!("555-8")),
        &with(&base, "/telecom/1/value", json!("555-9")),
    );
    assert_eq!(
        paths(&outcome),
        ["Patient.telecom[system=phone,use=work].value"]
    );
    let field = &outcome.fields[0];
    assert_eq!(
        (&field.base, &field.local, &field.remote, field.guarded),
        (&json!("555-2"), &json!("555-8"), &json!("555-9"), false)
    );
    assert_eq!(outcome.kind, Some(ConflictKind::UpdateUpdate));
    assert_eq!(
        outcome.resource, base,
        "the base stands where a person decides"
    );
}

#[test]
fn case_02_a_removal_against_an_edit_is_a_conflict() {
    let base = patient();
    let mut remote = base.clone();
    remote["telecom"].as_array_mut().expect("telecom").remove(1);
    let outcome = merged(
        &base,
        &with(&base, "/telecom/1/value", json!("555-9")),
        &remote,
    );
    assert_eq!(paths(&outcome), ["Patient.telecom[system=phone,use=work]"]);
    assert_eq!(rules(&outcome), ["removed-and-changed"]);
    assert_eq!(
        outcome.fields[0].remote,
        Value::Null,
        "a removed value is null"
    );
}

#[test]
fn case_03_identifiers_of_different_systems_are_both_added() {
    let base = patient();
    let mut local = base.clone();
    local["identifier"]
        .as_array_mut()
        .expect("ids")
        .push(json!({"system": "urn:a", "value": "7"}));
    let mut remote = base.clone();
    remote["identifier"]
        .as_array_mut()
        .expect("ids")
        .push(json!({"system": "urn:b", "value": "8"}));
    let outcome = merged(&base, &local, &remote);
    assert_eq!(outcome.outcome, Outcome::Merged);
    assert_eq!(
        outcome.resource["identifier"].as_array().map(Vec::len),
        Some(3)
    );
}

#[test]
fn case_03_two_values_in_one_identity_system_go_to_a_person() {
    let base = patient();
    let mut local = base.clone();
    local["identifier"]
        .as_array_mut()
        .expect("ids")
        .push(json!({"system": "urn:a", "value": "7"}));
    let mut remote = base.clone();
    remote["identifier"]
        .as_array_mut()
        .expect("ids")
        .push(json!({"system": "urn:a", "value": "8"}));
    let outcome = merged(&base, &local, &remote);
    assert_eq!(
        paths(&outcome),
        [
            "Patient.identifier[system=urn:a,value=7]",
            "Patient.identifier[system=urn:a,value=8]"
        ]
    );
    assert!(
        outcome
            .fields
            .iter()
            .all(|f| f.guarded && f.rule == "identifier-system")
    );
    let edited = merged(
        &base,
        &with(&base, "/identifier/0/value", json!("2")),
        &with(&base, "/identifier/0/value", json!("3")),
    );
    assert_eq!(
        paths(&edited),
        ["Patient.identifier[system=urn:mrn,value=1]"]
    );
    assert_eq!(rules(&edited), ["identifier-system"]);
}

#[test]
fn case_12_a_patient_made_twice_is_never_joined() {
    let base = patient();
    let outcome = merge(None, Some(&base), Some(&without(&base, "telecom")));
    assert_eq!(outcome.kind, Some(ConflictKind::CreateCreate));
    assert!(!outcome.fields.is_empty());
    assert!(
        outcome
            .fields
            .iter()
            .all(|f| f.guarded && f.base.is_null() && f.rule == "created-twice")
    );
    assert_eq!(
        outcome.resource["birthDate"], "1970-01-02",
        "what is equal is kept"
    );
    assert_eq!(
        merge(None, Some(&base), Some(&base)).outcome,
        Outcome::Merged
    );
}

#[test]
fn two_spellings_of_a_choice_are_one_element() {
    let base = patient();
    let outcome = merged(
        &base,
        &plus(&base, "deceasedBoolean", json!(true)),
        &plus(&base, "deceasedDateTime", json!("2026-01-01")),
    );
    assert_eq!(paths(&outcome), ["Patient.deceased"]);
    assert!(outcome.resource.get("deceasedBoolean").is_none());
    let one_sided = merged(
        &plus(&base, "deceasedBoolean", json!(true)),
        &plus(&base, "deceasedDateTime", json!("2026-01-01")),
        &with(
            &plus(&base, "deceasedBoolean", json!(true)),
            "/gender",
            json!("male"),
        ),
    );
    assert_eq!(one_sided.outcome, Outcome::Merged);
    assert!(
        one_sided.resource.get("deceasedBoolean").is_none(),
        "one choice, one spelling"
    );
}

#[test]
fn another_resource_is_no_version_of_this_one() {
    let base = patient();
    let outcome = merged(
        &base,
        &with(&base, "/gender", json!("male")),
        &with(&base, "/id", json!("p2")),
    );
    assert_eq!(
        (paths(&outcome), rules(&outcome)),
        (vec!["Patient"], vec!["different-resource"])
    );
}
