//! Values at paths, as the conflict table shows them.

use super::*;
use serde_json::json;

#[test]
fn values_are_words_and_never_json() {
    let dose = json!([{"route": {"text": "oral"},
        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg"}}]}]);
    for (path, value, expected) in [
        ("Patient.birthDate", json!("1962-07-25"), "25-Jul-1962"),
        ("Patient.birthDate", json!(null), "Not recorded"),
        ("Patient.active", json!(true), "Yes"),
        ("Patient.gender", json!("female"), "Female"),
        ("Patient.deceased", json!({"deceasedBoolean": false}), "No"),
        ("Patient.deceased", json!("2020-02-03"), "03-Feb-2020"),
        ("Patient.deceased", json!(true), "Yes"),
        (
            "Patient.telecom[system=phone,use=home].value",
            json!("555-467-7743"),
            "555-467-7743",
        ),
        (
            "Patient.telecom[system=phone,use=home]",
            json!({"system": "phone", "use": "home", "value": "555-467-7743"}),
            "555-467-7743",
        ),
        (
            "Patient.telecom",
            json!([{"system": "phone", "use": "home", "value": "1"}, {"system": "email", "value": "a@b"}]),
            "1 (phone, home); a@b (email)",
        ),
        (
            "Patient.address[use=home]",
            json!({"line": ["1 Shore Rd"], "city": "Lynn", "postalCode": "01901"}),
            "1 Shore Rd, Lynn, 01901",
        ),
        (
            "Patient.name[use=official].given",
            json!(["Ana", null]),
            "Ana",
        ),
        (
            "Patient.contact[0]",
            json!({"relationship": [{"text": "Mother"}], "name": {"family": "Li"}}),
            "Relationship: Mother; Name: LI",
        ),
        (
            "MedicationRequest.dosageInstruction",
            dose.clone(),
            "10 mg – oral – twice a day",
        ),
        (
            "MedicationRequest.dosageInstruction[sequence=1]",
            dose[0].clone(),
            "10 mg – oral – twice a day",
        ),
        (
            "MedicationRequest.medication",
            json!({"medicationCodeableConcept": {"text": "hydrochlorothiazide"}}),
            "hydroCHLOROthiazide",
        ),
        (
            "MedicationRequest.medication",
            json!({"text": "hydrochlorothiazide"}),
            "hydroCHLOROthiazide",
        ),
        (
            "MedicationRequest.dispenseRequest.validityPeriod.end",
            json!("2026-12-07"),
            "07-Dec-2026",
        ),
        (
            "Observation.value",
            json!({"value": 5.1, "unit": "mmol/L"}),
            "5.1 mmol/L",
        ),
        (
            "Observation.value",
            json!({"valueString": "positive"}),
            "positive",
        ),
        (
            "Observation.component[code=http://loinc.org|8480-6]",
            json!({"code": {"text": "Systolic"}, "valueQuantity": {"value": 120, "code": "mm[Hg]"}}),
            "Systolic 120 mmHg",
        ),
        (
            "AllergyIntolerance.reaction[0]",
            json!({"manifestation": [{"text": "Hives"}], "severity": "moderate"}),
            "Hives, moderate severity",
        ),
        (
            "Encounter.period",
            json!({"start": "2026-11-23T09:00:00Z"}),
            "since 23-Nov-2026 09:00",
        ),
        (
            "Patient.birthDate",
            json!({"birthDate": "1962", "_birthDate": {"extension": [
                {"url": "http://a.example/birthTime", "valueString": "noon"}]}}),
            "1962 – Birth time: noon",
        ),
        (
            "Patient.text",
            json!({"div": "<div>Enrique &amp; <b>co</b></div>"}),
            "Enrique & co",
        ),
        (
            "Patient.shoeSize",
            json!({"left": 42, "right": {"eu": 43}}),
            "Left: 42; Right: Eu: 43",
        ),
        (
            "Patient",
            json!({"resourceType": "Patient", "name": [{"family": "Li"}]}),
            "LI",
        ),
        (
            "Patient.contained[id=x]",
            json!({"resourceType": "Organization", "name": "Lynn"}),
            "Lynn",
        ),
    ] {
        assert_eq!(field_value(path, &value), expected, "{path} {value}");
    }
}

#[test]
fn two_values_that_differ_never_look_alike() {
    let concept = |code: &str| json!({"text": "penicillin", "coding": [{"code": code}]});
    let (one, other) = (concept("7980"), concept("7984"));
    assert_eq!(
        field_values("AllergyIntolerance.code", [&one, &other]),
        [
            "penicillin (Text: penicillin, Code: 7980)",
            "penicillin (Text: penicillin, Code: 7984)"
        ]
    );
    let plain = field_values("AllergyIntolerance.code", [&one, &one, &json!(null)]);
    assert_eq!(
        plain,
        ["penicillin", "penicillin", "Not recorded"],
        "equal values stay plain"
    );
    let dose = |text: &str| json!({"text": text, "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg"}}]});
    let path = "MedicationRequest.dosageInstruction[sequence=1]";
    assert_eq!(
        field_value(path, &dose("10 MG")),
        "10 mg",
        "the text says the same"
    );
    assert_eq!(field_value(path, &dose("20 mg")), "10 mg (written: 20 mg)");
}

#[test]
fn gender_is_never_guessed() {
    assert_eq!(gender(&json!({"gender": "male"})), "Male");
    assert_eq!(gender(&json!({})), "Not recorded");
}

#[test]
fn every_element_of_every_common_type_has_a_label() {
    let mut labels = Vec::new();
    for name in [
        "Patient",
        "AllergyIntolerance",
        "MedicationRequest",
        "Condition",
        "Observation",
    ] {
        for element in crate::definitions::r4().elements(name).expect("known") {
            let path = format!("{name}.{}", element.stem());
            labels.push(format!("{path}: {}", field_label(&path)));
        }
    }
    insta::assert_snapshot!(labels.join("\n"));
}
