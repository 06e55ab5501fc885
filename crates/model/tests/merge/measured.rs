//! Measured values: parts of a panel, units, digits.

use haven_model::checks::FindingCode;
use serde_json::json;

use super::{assert_merged, blood_pressure, merged, paths, plus, rules, with};

#[test]
fn case_04_different_components_merge_and_the_same_component_conflicts() {
    let base = blood_pressure();
    let systolic = with(&base, "/component/0/valueQuantity/value", json!(130));
    let diastolic = with(&base, "/component/1/valueQuantity/value", json!(85));
    let both = with(&systolic, "/component/1/valueQuantity/value", json!(85));
    assert_merged(&merged(&base, &systolic, &diastolic), &both);
    let again = with(&base, "/component/0/valueQuantity/value", json!(140));
    let outcome = merged(&base, &systolic, &again);
    assert_eq!(
        paths(&outcome),
        ["Observation.component[code=8480-6].value"]
    );
    assert!(outcome.fields[0].guarded, "a result is guarded");
}

#[test]
fn case_04_components_that_cannot_be_told_apart_are_one_conflict() {
    let mut base = blood_pressure();
    base["component"][1]["code"] = base["component"][0]["code"].clone();
    let outcome = merged(
        &base,
        &with(&base, "/component/0/valueQuantity/value", json!(130)),
        &with(&base, "/component/1/valueQuantity/value", json!(85)),
    );
    assert_eq!(paths(&outcome), ["Observation.component"]);
    assert_eq!(rules(&outcome), ["ambiguous-key"]);
}

#[test]
fn case_07_the_digits_of_a_number_are_content() {
    let parse = |text: &str| haven_model::json::parse(text.as_bytes()).expect("valid JSON");
    let base = parse(
        r#"{"resourceType":"Observation","id":"o","status":"final","valueQuantity":{"value":1.0,"unit":"mg"}}"#,
    );
    let local = parse(
        r#"{"resourceType":"Observation","id":"o","status":"final","valueQuantity":{"value":1.00,"unit":"mg"}}"#,
    );
    let remote = plus(&base, "note", json!([{"text": "repeat"}]));
    let outcome = merged(&base, &local, &remote);
    assert!(
        outcome.resource.to_string().contains(r#""value":1.00"#),
        "the new precision is kept"
    );
    let other = parse(
        r#"{"resourceType":"Observation","id":"o","status":"final","valueQuantity":{"value":1.000,"unit":"mg"}}"#,
    );
    assert_eq!(paths(&merged(&base, &local, &other)), ["Observation.value"]);
}

#[test]
fn a_value_never_takes_the_other_sides_unit() {
    let base = json!({"resourceType": "Observation", "id": "w", "status": "preliminary",
        "valueQuantity": {"value": 11.3, "unit": "kg"}});
    let outcome = merged(
        &base,
        &with(&base, "/valueQuantity/value", json!(25)),
        &with(&base, "/valueQuantity/unit", json!("[lb_av]")),
    );
    assert_eq!(paths(&outcome), ["Observation.value"]);
    assert_eq!(outcome.fields[0].local, json!({"value": 25, "unit": "kg"}));
}

#[test]
fn a_component_and_the_status_of_its_panel_are_decided_together() {
    let base = blood_pressure();
    let outcome = merged(
        &base,
        &with(&base, "/component/0/valueQuantity/value", json!(130)),
        &with(&base, "/status", json!("corrected")),
    );
    assert_eq!(
        paths(&outcome),
        [
            "Observation.status",
            "Observation.component[code=8480-6].value"
        ]
    );
    assert!(
        outcome
            .fields
            .iter()
            .all(|field| field.rule == "guarded-group")
    );
}

#[test]
fn what_cannot_be_true_is_said_in_words() {
    let base = blood_pressure();
    let outcome = merged(
        &base,
        &with(&base, "/component/0/valueQuantity/value", json!(82)),
        &with(&base, "/component/1/valueQuantity/value", json!(95)),
    );
    let [finding] = outcome.findings.as_slice() else {
        unreachable!("one thing is found: {:?}", outcome.findings);
    };
    assert_eq!(finding.code, FindingCode::PressureOrder);
    assert_eq!(
        finding.paths,
        paths(&outcome),
        "the finding is about the fields that wait"
    );
    assert!(
        finding.message.contains("systolic"),
        "in words for a person"
    );
    let fine = merged(
        &base,
        &with(&base, "/component/0/valueQuantity/value", json!(130)),
        &with(&base, "/component/1/valueQuantity/value", json!(95)),
    );
    assert_eq!(fine.findings, [], "a possible pressure needs no words");
    assert!(
        !serde_json::to_string(&fine)
            .expect("writes")
            .contains("findings"),
        "and the answer keeps its usual shape"
    );
}
