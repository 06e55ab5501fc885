//! What no machine decides: medication, allergies, signed reports, deletions, strategies.

use haven_model::conflict::{ConflictKind, Outcome};
use haven_model::{MergeRules, Strategy, merge, merge_with};
use serde_json::{Value, json};

use super::{allergy, merged, paths, patient, plus, prescription, rules, with, without};

#[test]
fn case_10_delete_against_edit_is_a_conflict_both_ways() {
    let base = patient();
    let edited = with(&base, "/birthDate", json!("1970-01-03"));
    let outcome = merge(Some(&base), Some(&edited), None);
    assert_eq!(outcome.kind, Some(ConflictKind::UpdateDelete));
    assert_eq!(paths(&outcome), ["Patient"]);
    assert_eq!(
        (&outcome.fields[0].local, &outcome.fields[0].remote),
        (&edited, &Value::Null)
    );
    assert_eq!(outcome.resource, base);
    assert_eq!(
        merge(Some(&base), None, Some(&edited)).kind,
        Some(ConflictKind::DeleteUpdate)
    );
    let both = merge(Some(&base), None, None);
    assert_eq!((both.deleted, &both.resource), (Some(true), &Value::Null));
    assert_eq!(merge(Some(&base), None, Some(&base)).deleted, Some(true));
    let restamped = with(&base, "/meta/versionId", json!("2"));
    assert_eq!(
        merge(Some(&base), None, Some(&restamped)).deleted,
        Some(true),
        "no one edited it"
    );
}

#[test]
fn a_new_dose_never_joins_a_new_drug() {
    let base = prescription();
    let local = with(
        &base,
        "/dosageInstruction/0/doseAndRate/0/doseQuantity/value",
        json!(5),
    );
    let remote = with(
        &base,
        "/medicationCodeableConcept/text",
        json!("Warfarin 5 mg"),
    );
    let outcome = merged(&base, &local, &remote);
    assert_eq!(
        paths(&outcome),
        [
            "MedicationRequest.medication",
            "MedicationRequest.dosageInstruction[sequence=1]"
        ]
    );
    assert!(
        outcome
            .fields
            .iter()
            .all(|f| f.guarded && f.rule == "guarded-group")
    );
    assert_eq!(outcome.resource, base);
}

#[test]
fn weakening_an_allergy_while_another_edits_it_goes_to_a_person() {
    let base = allergy();
    let note = plus(&base, "note", json!([{"text": "seen again"}]));
    for weaker in [
        with(&base, "/criticality", json!("low")),
        without(&base, "criticality"),
        with(&base, "/clinicalStatus/coding/0/code", json!("inactive")),
        with(&base, "/verificationStatus/coding/0/code", json!("refuted")),
        without(&base, "reaction"),
        with(&base, "/reaction/0/severity", json!("mild")),
        with(&base, "/code", json!({"coding": [{"code": "716186003"}]})),
    ] {
        let outcome = merged(&base, &weaker, &note);
        assert_eq!(rules(&outcome), ["weakened"], "for {weaker}");
        assert!(outcome.fields[0].guarded);
        assert!(outcome.resource.get("note").is_some(), "the note is kept");
    }
    let stronger = plus(
        &with(&base, "/reaction/0/severity", json!("severe")),
        "lastOccurrence",
        json!("2026"),
    );
    assert_eq!(merged(&base, &stronger, &note).outcome, Outcome::Merged);
}

#[test]
fn strategies_decide_what_is_not_guarded_and_nothing_else() {
    let base = patient();
    let local = with(
        &with(&base, "/telecom/1/value", json!("555-8")),
        "/birthDate",
        json!("1970-01-03"),
    );
    let remote = with(
        &with(&base, "/telecom/1/value", json!("555-9")),
        "/birthDate",
        json!("1970-01-04"),
    );
    for (strategy, number) in [
        (Strategy::ServerWins, "555-9"),
        (Strategy::ClientWins, "555-8"),
    ] {
        let outcome = merge_with(
            Some(&base),
            Some(&local),
            Some(&remote),
            &MergeRules { strategy },
        );
        assert_eq!(paths(&outcome), ["Patient.birthDate"]);
        assert_eq!(outcome.resource["telecom"][1]["value"], number);
    }
    let manual = MergeRules {
        strategy: Strategy::Manual,
    };
    let gender = with(&base, "/gender", json!("male"));
    let outcome = merge_with(Some(&base), Some(&local), Some(&gender), &manual);
    assert_eq!(
        outcome.fields.len(),
        3,
        "every edit waits: {:?}",
        paths(&outcome)
    );
}

#[test]
fn a_signed_report_is_never_mixed() {
    let base = json!({"resourceType": "DiagnosticReport", "id": "d", "status": "final",
        "code": {"text": "CBC"}, "conclusion": "normal", "issued": "2026-01-01T00:00:00Z"});
    let outcome = merged(
        &base,
        &with(&base, "/conclusion", json!("anaemia")),
        &with(&base, "/issued", json!("2026-01-02T00:00:00Z")),
    );
    assert_eq!(rules(&outcome), ["signed", "signed"]);
    assert_eq!(outcome.resource, base);
}

#[test]
fn a_contained_drug_is_decided_with_its_order() {
    let mut base = prescription();
    base["contained"] =
        json!([{"resourceType": "Medication", "id": "d", "code": {"text": "Warfarin"}}]);
    let outcome = merged(
        &base,
        &with(&base, "/contained/0/code/text", json!("Apixaban")),
        &with(&base, "/dosageInstruction/0/text", json!("5 mg daily")),
    );
    assert_eq!(
        paths(&outcome),
        [
            "MedicationRequest.dosageInstruction[sequence=1]",
            "MedicationRequest.contained[id=d].code"
        ]
    );
}
