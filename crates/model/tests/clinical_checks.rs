//! The cross-checks that a resource passes before it is accepted, told as what a person would want to
//! be told.

use haven_model::checks::{self, Context, Finding, FindingCode, Severity};
use serde_json::{Value, json};

fn found(result: &Value, beside: &[&Value]) -> Vec<(FindingCode, Severity)> {
    let context = Context {
        beside,
        ..Context::default()
    };
    let findings = checks::of(result, &context);
    findings
        .iter()
        .map(|finding: &Finding| (finding.code, finding.severity))
        .collect()
}

fn order(id: &str, text: &str) -> Value {
    json!({"resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
        "medicationCodeableConcept": {"text": text}, "subject": {"reference": "Patient/p"}})
}

fn allergy(text: &str, criticality: &str) -> Value {
    json!({"resourceType": "AllergyIntolerance", "id": "a", "clinicalStatus": {"coding": [{"code": "active"}]},
        "criticality": criticality, "code": {"text": text}, "patient": {"reference": "Patient/p"}})
}

#[test]
fn the_same_ingredient_twice_is_pointed_out() {
    let warfarin = order("1", "Warfarin 3 mg");
    let more = order("2", "warfarin 5 MG Oral Tablet");
    assert_eq!(
        found(&warfarin, &[&more]),
        [(FindingCode::DuplicateMedication, Severity::Warning)],
        "strength and spelling do not make another drug"
    );
    assert_eq!(found(&warfarin, &[&order("3", "Apixaban 5 mg")]), []);
    assert_eq!(
        found(&warfarin, &[&warfarin]),
        [],
        "a record is no duplicate of itself"
    );
    let mut stopped = more.clone();
    stopped["status"] = json!("stopped");
    assert_eq!(
        found(&warfarin, &[&stopped]),
        [],
        "only what is active counts"
    );
    let pair = order(
        "4",
        "Acetaminophen 325 MG / HYDROcodone Bitartrate 7.5 MG Oral Tablet",
    );
    let same = order(
        "5",
        "Hydrocodone Bitartrate 5 MG / Acetaminophen 300 MG [Norco]",
    );
    assert_eq!(
        found(&pair, &[&same]),
        [(FindingCode::DuplicateMedication, Severity::Warning)],
        "the same two ingredients in another order"
    );
}

#[test]
fn medication_against_an_allergy_is_stopped_where_the_risk_is_high() {
    let penicillin = order("1", "Penicillin V Potassium 250 MG");
    assert_eq!(
        found(
            &penicillin,
            &[&allergy("Allergy to Penicillin V (disorder)", "high")]
        ),
        [(FindingCode::AllergyMedication, Severity::Blocker)]
    );
    assert_eq!(
        found(&allergy("penicillin v", "low"), &[&penicillin]),
        [(FindingCode::AllergyMedication, Severity::Warning)],
        "it is found from the allergy too"
    );
    let mut refuted = allergy("Penicillin V", "high");
    refuted["verificationStatus"] = json!({"coding": [{"code": "refuted"}]});
    assert_eq!(found(&penicillin, &[&refuted]), []);
    let none = json!({"resourceType": "AllergyIntolerance", "id": "n", "code": {"coding": [{"code": "716186003"}], "text": "No known allergy"}});
    assert_eq!(found(&penicillin, &[&none]), []);
    let mut by_code = order("2", "Capsule, white");
    by_code["medicationCodeableConcept"]["coding"] = json!([{"system": "urn:rx", "code": "7980"}]);
    let mut coded = allergy("Beta-lactam", "high");
    coded["code"]["coding"] = json!([{"system": "urn:rx", "code": "7980"}]);
    assert_eq!(
        found(&by_code, &[&coded]).len(),
        1,
        "an equal code is enough"
    );
    let within = json!({"resourceType": "MedicationRequest", "id": "3", "status": "active", "intent": "order",
        "contained": [{"resourceType": "Medication", "id": "d", "code": {"text": "Augmentin"},
            "ingredient": [{"itemCodeableConcept": {"text": "amoxicillin"}}]}],
        "medicationReference": {"reference": "#d"}, "subject": {"reference": "Patient/p"}});
    assert_eq!(
        found(&within, &[&allergy("Amoxicillin", "low")]).len(),
        1,
        "ingredients are looked at"
    );
}

#[test]
fn a_pressure_and_a_period_must_be_possible() {
    let pressure = |systolic: i64, diastolic: i64| {
        json!({"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "BP"}, "component": [
            {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}, "valueQuantity": {"value": systolic, "unit": "mmHg"}},
            {"code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]}, "valueQuantity": {"value": diastolic, "unit": "mmHg"}}]})
    };
    assert_eq!(found(&pressure(120, 80), &[]), []);
    assert_eq!(
        found(&pressure(80, 80), &[]),
        [(FindingCode::PressureOrder, Severity::Blocker)]
    );
    let visit = |start: &str, end: &str| json!({"resourceType": "Encounter", "id": "e", "period": {"start": start, "end": end}});
    assert_eq!(
        found(
            &visit("2026-01-10T09:00:00+01:00", "2026-01-10T08:30:00Z"),
            &[]
        ),
        []
    );
    assert_eq!(
        found(
            &visit("2026-01-10T09:00:00Z", "2026-01-10T09:30:00+01:00"),
            &[]
        ),
        [(FindingCode::PeriodOrder, Severity::Blocker)],
        "zones count"
    );
    assert_eq!(
        found(&visit("2026-05-01", "2026"), &[]),
        [],
        "some time in 2026 may be later"
    );
    assert_eq!(found(&visit("2026-05-01", "2025"), &[]).len(), 1);
    let problem = json!({"resourceType": "Condition", "id": "c", "onsetDateTime": "2024-01-01", "abatementDateTime": "2023-01-01"});
    assert_eq!(found(&problem, &[]).len(), 1);
}

#[test]
fn units_and_patients_are_compared() {
    let weight = |number: Value, unit: &str| {
        json!({"resourceType": "Observation", "id": "w", "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}], "text": "Body weight"},
            "subject": {"reference": "Patient/p"}, "valueQuantity": {"value": number, "unit": unit}})
    };
    let (kilos, pounds) = (weight(json!(25), "kg"), weight(json!(25), "lb"));
    let context = Context {
        base: Some(&kilos),
        ..Context::default()
    };
    let findings = checks::of(&pounds, &context);
    assert_eq!(
        findings[0].severity,
        Severity::Blocker,
        "25 kg is not 25 lb"
    );
    assert_eq!(
        findings[0].message,
        "The unit of Body weight changed from kg to lb while the number stayed the same."
    );
    assert_eq!(findings[0].paths, ["Observation.value"]);
    assert_eq!(
        checks::of(&weight(json!(55), "lb"), &context)[0].severity,
        Severity::Warning
    );
    let mut earlier = kilos.clone();
    earlier["id"] = json!("v");
    assert_eq!(
        found(&pounds, &[&earlier]),
        [(FindingCode::UnitChanged, Severity::Warning)]
    );

    let mut other = kilos.clone();
    other["subject"]["reference"] = json!("Patient/q");
    let mut absolute = kilos.clone();
    absolute["subject"]["reference"] = json!("https://clinic.example/fhir/Patient/p/_history/3");
    for (remote, count) in [(&other, 1), (&absolute, 0)] {
        let context = Context {
            local: Some(&kilos),
            remote: Some(remote),
            ..Context::default()
        };
        assert_eq!(
            checks::of(&kilos, &context).len(),
            count,
            "whose record it is, however it is written"
        );
    }
}
