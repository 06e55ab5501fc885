//! What holds of every merge, over random edits of typical resources and over arbitrary JSON.

mod merge_oracle;

use haven_model::conflict::Outcome;
use haven_model::{changes, merge};
use merge_oracle::{Edit, check, edited};
use proptest::prelude::*;
use serde_json::{Value, json};

fn resources() -> Vec<Value> {
    vec![
        json!({
            "resourceType": "Patient", "id": "p",
            "meta": {"versionId": "1", "lastUpdated": "2026-01-01T00:00:00Z",
                "tag": [{"system": "urn:t", "code": "a"}]},
            "extension": [
                {"url": "urn:race", "extension": [{"url": "text", "valueString": "x"}]},
                {"url": "urn:sex", "valueCode": "F"}],
            "identifier": [
                {"system": "urn:mrn", "value": "1", "use": "usual"},
                {"system": "urn:ssn", "value": "2"}],
            "active": true,
            "name": [
                {"use": "official", "family": "Trevino", "given": ["Ana", "Maria"], "_given": [null, {"id": "g"}]},
                {"use": "maiden", "family": "Soto"}],
            "telecom": [
                {"system": "phone", "use": "home", "value": "1"},
                {"system": "phone", "use": "work", "value": "2", "rank": 1},
                {"system": "email", "value": "a@example.org"}],
            "gender": "female", "birthDate": "1970-01-02", "_birthDate": {"id": "b"},
            "deceasedBoolean": false,
            "address": [
                {"use": "home", "line": ["1 Elm St", "Flat 2"], "city": "Leeds", "postalCode": "LS1"},
                {"use": "work", "city": "York"}],
            "maritalStatus": {"coding": [{"system": "urn:m", "code": "M"}], "text": "Married"},
            "contact": [{"relationship": [{"coding": [{"code": "N"}]}], "name": {"family": "Soto"},
                "telecom": [{"system": "phone", "value": "9"}]}],
            "communication": [{"language": {"coding": [{"code": "es"}]}, "preferred": true},
                {"language": {"coding": [{"code": "en"}]}}],
            "generalPractitioner": [{"reference": "Practitioner/1"}, {"reference": "Practitioner/2"}]
        }),
        json!({
            "resourceType": "Observation", "id": "o", "status": "preliminary",
            "category": [{"coding": [{"code": "vital-signs"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
            "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2026-01-01T10:00:00Z",
            "performer": [{"reference": "Practitioner/1"}],
            "note": [{"text": "sitting"}],
            "component": [
                {"code": {"coding": [{"code": "8480-6"}]}, "valueQuantity": {"value": 120.0, "unit": "mmHg"}},
                {"code": {"coding": [{"code": "8462-4"}]}, "valueQuantity": {"value": 80, "unit": "mmHg"},
                    "interpretation": [{"coding": [{"code": "N"}]}]}]
        }),
        json!({
            "resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order",
            "contained": [{"resourceType": "Medication", "id": "d", "code": {"text": "Warfarin"}}],
            "medicationReference": {"reference": "#d"},
            "subject": {"reference": "Patient/p"}, "authoredOn": "2026-01-01",
            "requester": {"reference": "Practitioner/1"},
            "reasonCode": [{"text": "AF"}, {"text": "DVT"}],
            "note": [{"time": "2026-01-01T10:00:00Z", "text": "check INR"}],
            "dosageInstruction": [
                {"sequence": 1, "text": "3 mg", "doseAndRate": [{"doseQuantity": {"value": 3, "unit": "mg"}}]},
                {"sequence": 2, "text": "5 mg"}],
            "dispenseRequest": {"quantity": {"value": 30}, "numberOfRepeatsAllowed": 2}
        }),
        json!({
            "resourceType": "AllergyIntolerance", "id": "a",
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "verificationStatus": {"coding": [{"code": "confirmed"}]},
            "type": "allergy", "category": ["medication", "food"], "criticality": "high",
            "code": {"text": "Contrast"}, "patient": {"reference": "Patient/p"},
            "note": [{"text": "seen"}, {"text": "reported"}],
            "reaction": [{"manifestation": [{"text": "Anaphylaxis"}, {"text": "Rash"}], "severity": "severe"},
                {"manifestation": [{"text": "Hives"}]}]
        }),
        json!({
            "resourceType": "Encounter", "id": "e", "status": "in-progress", "class": {"code": "AMB"},
            "type": [{"text": "visit"}],
            "participant": [{"individual": {"reference": "Practitioner/1"}, "type": [{"text": "P"}]},
                {"individual": {"reference": "Practitioner/2"}}],
            "location": [{"location": {"reference": "Location/1"}, "status": "active"}],
            "hospitalization": {"admitSource": {"text": "gp"}, "dietPreference": [{"text": "v"}]}
        }),
    ]
}

fn edits() -> impl proptest::strategy::Strategy<Value = Vec<Edit>> {
    prop::collection::vec((any::<u8>(), any::<u32>(), any::<u8>()), 0..6)
}

fn arbitrary_json() -> impl proptest::strategy::Strategy<Value = Value> {
    let primitive = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (0..4_i64).prop_map(|number| json!(number)),
        "[a-c]{0,2}".prop_map(Value::String),
    ];
    let name = prop::sample::select(vec![
        "a",
        "_a",
        "code",
        "system",
        "value",
        "valueString",
        "valueQuantity",
        "_valueString",
        "id",
        "resourceType",
        "extension",
        "url",
        "identifier",
        "contained",
        "meta",
        "tag",
        "name",
        "use",
        "telecom",
        "line",
        "status",
        "component",
        "reference",
        "",
        "x.y",
        "coding",
        "text",
        "versionId",
        "modifierExtension",
        "item",
        "linkId",
    ]);
    primitive.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(name, v)| (name.to_owned(), v))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_merge_is_fair_final_and_complete(
        which in 0..5_usize, local in edits(), remote in edits(), shared in edits()
    ) {
        let base = &resources()[which];
        let both = if shared.len() > 4 { edited(base, &shared) } else { base.clone() };
        check(base, &edited(&both, &local), &edited(&both, &remote));
    }

    #[test]
    fn an_untouched_side_gives_way(which in 0..5_usize, side in edits()) {
        let base = &resources()[which];
        let side = edited(base, &side);
        for (local, remote) in [(base, &side), (&side, base), (&side, &side)] {
            let outcome = merge(Some(base), Some(local), Some(remote));
            prop_assert_eq!(outcome.outcome, Outcome::Merged);
            prop_assert_eq!(outcome.resource.to_string(), side.to_string());
        }
        prop_assert_eq!(changes(Some(base), Some(&side)).is_empty(), *base == side);
    }

    #[test]
    fn arbitrary_json_merges_without_a_panic(
        base in arbitrary_json(), local in arbitrary_json(), remote in arbitrary_json()
    ) {
        let outcome = merge(Some(&base), Some(&local), Some(&remote));
        let swapped = merge(Some(&base), Some(&remote), Some(&local));
        prop_assert_eq!(outcome.resource.to_string(), swapped.resource.to_string());
        prop_assert_eq!(outcome.fields.len(), swapped.fields.len());
        let _ = merge(None, Some(&local), Some(&remote));
    }

    #[test]
    fn edits_of_arbitrary_objects_hold_too(
        base in arbitrary_json(), local in edits(), remote in edits()
    ) {
        let mut base = base;
        if let Some(object) = base.as_object_mut() {
            object.insert("resourceType".to_owned(), json!("Basic"));
            object.insert("id".to_owned(), json!("b"));
            object.shift_remove("contained");
            object.shift_remove("meta");
            let (local, remote) = (edited(&base, &local), edited(&base, &remote));
            let outcome = merge(Some(&base), Some(&local), Some(&remote));
            let swapped = merge(Some(&base), Some(&remote), Some(&local));
            prop_assert_eq!(outcome.resource.to_string(), swapped.resource.to_string());
        }
    }
}

/// How many cases each property gets; `HAVEN_MERGE_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("HAVEN_MERGE_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(256)
}

#[test]
fn hostile_nesting_is_merged_as_pieces() {
    let nested = |leaf: Value| (0..120).fold(leaf, |inner, _| json!({"a": inner}));
    let outcome = merge(
        Some(&nested(json!(1))),
        Some(&nested(json!(2))),
        Some(&nested(json!(3))),
    );
    assert_eq!(outcome.outcome, Outcome::Conflict);
}

#[test]
fn long_lists_take_time_in_proportion() {
    let list = |count: usize, tail: &str| {
        let items: Vec<Value> = (0..count)
            .map(|at| json!({"text": format!("note {at}{tail}"), "n": at % 7}))
            .collect();
        json!({"resourceType": "Basic", "id": "b", "note": items, "numbers": (0..count).collect::<Vec<_>>(),
            "telecom": (0..count).map(|at| json!({"system": "phone", "value": format!("{at}{tail}")})).collect::<Vec<_>>()})
    };
    let start = std::time::Instant::now();
    let (base, local, remote) = (list(1_500, ""), list(1_500, "l"), list(1_500, "r"));
    let outcome = merge(Some(&base), Some(&local), Some(&remote));
    assert_eq!(outcome.outcome, Outcome::Conflict);
    let grown = merge(
        Some(&list(0, "")),
        Some(&list(1_500, "l")),
        Some(&list(1_500, "r")),
    );
    assert_eq!(grown.outcome, Outcome::Merged, "additions are both kept");
    assert!(
        start.elapsed().as_secs() < 60,
        "no blow-up: {:?}",
        start.elapsed()
    );
}
