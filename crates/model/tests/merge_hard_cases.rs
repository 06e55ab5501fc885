//! The hard cases of merging, one story each.

use haven_model::conflict::{ConflictKind, MergeOutcome, Outcome};
use haven_model::{Choice, MergeRules, Strategy, merge, merge_with, resolve};
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
fn case_05_a_reorder_and_an_edit_are_both_kept() {
    let base = patient();
    let mut local = base.clone();
    local["telecom"].as_array_mut().expect("telecom").reverse();
    let remote = with(&base, "/telecom/1/value", json!("555-9"));
    let mut expected = local.clone();
    expected["telecom"][1]["value"] = json!("555-9");
    assert_merged(&merged(&base, &local, &remote), &expected);
}

#[test]
fn case_05_two_orders_conflict_where_order_matters_and_nowhere_else() {
    let base = patient();
    let mut given = base.clone();
    given["name"][0]["given"] = json!(["Maria", "Ana"]);
    let mut other = base.clone();
    other["name"][0]["given"] = json!(["Maria", "Ana", "Luz"]);
    assert_eq!(
        paths(&merged(&base, &given, &other)),
        ["Patient.name[use=official]"]
    );

    let base = with(&base, "/address/0/line", json!(["a", "b", "c"]));
    let outcome = merged(
        &base,
        &with(&base, "/address/0/line", json!(["b", "a", "c"])),
        &with(&base, "/address/0/line", json!(["c", "b", "a"])),
    );
    assert_eq!(paths(&outcome), ["Patient.address[use=home].line"]);
    assert_eq!(rules(&outcome), ["order"]);

    let (mut local, mut remote) = (base.clone(), base.clone());
    local["telecom"].as_array_mut().expect("telecom").swap(0, 1);
    remote["telecom"]
        .as_array_mut()
        .expect("telecom")
        .swap(1, 2);
    assert_eq!(merged(&base, &local, &remote).outcome, Outcome::Merged);
}

#[test]
fn case_06_given_names_stay_with_their_extensions_and_nulls() {
    let mut base = patient();
    base["name"][0]["_given"] = json!([null, {"id": "g2"}]);
    let mut local = base.clone();
    local["name"][0]["given"] = json!([null, "Maria"]);
    local["name"][0]["_given"] =
        json!([{"extension": [{"url": "urn:absent", "valueCode": "masked"}]}, {"id": "g2"}]);
    let remote = with(&base, "/birthDate", json!("1970-01-03"));
    assert_merged(
        &merged(&base, &local, &remote),
        &with(&local, "/birthDate", json!("1970-01-03")),
    );
}

#[test]
fn case_06_a_primitive_and_its_extension_are_one_piece() {
    let base = plus(
        &patient(),
        "_birthDate",
        json!({"extension": [{"url": "urn:t", "valueTime": "01:00:00"}]}),
    );
    let local = with(&base, "/birthDate", json!("1970-01-03"));
    let remote = with(
        &base,
        "/_birthDate/extension/0/valueTime",
        json!("02:00:00"),
    );
    let outcome = merged(&base, &local, &remote);
    assert_eq!(paths(&outcome), ["Patient.birthDate"]);
    assert_eq!(outcome.fields[0].local["birthDate"], json!("1970-01-03"));
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
fn case_08_two_contained_resources_of_one_id_are_both_kept_and_found() {
    let base = json!({"resourceType": "CarePlan", "id": "c", "status": "active", "intent": "plan"});
    let side = |text: &str, member: &str| {
        let mut side = base.clone();
        side["contained"] =
            json!([{"resourceType": "Practitioner", "id": "x", "name": [{"text": text}]}]);
        side[member] = json!([{"reference": "#x"}]);
        side
    };
    let outcome = merged(&base, &side("A", "contributor"), &side("B", "addresses"));
    assert_eq!(outcome.outcome, Outcome::Merged);
    let contained = outcome.resource["contained"].as_array().expect("contained");
    for (member, name) in [("contributor", "A"), ("addresses", "B")] {
        let id = outcome.resource[member][0]["reference"]
            .as_str()
            .expect("a reference")[1..]
            .to_owned();
        let found = contained
            .iter()
            .find(|item| item["id"] == id)
            .expect("the reference finds it");
        assert_eq!(found["name"][0]["text"], name, "and finds its own");
    }
}

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
fn the_servers_stamp_never_conflicts() {
    let base = patient();
    let stamp = |value: &Value, version: &str, at: &str| {
        with(
            &with(value, "/meta/versionId", json!(version)),
            "/meta/lastUpdated",
            json!(at),
        )
    };
    let local = stamp(
        &with(&base, "/gender", json!("male")),
        "3",
        "2026-01-03T00:00:00Z",
    );
    let remote = stamp(
        &with(&base, "/birthDate", json!("1970-01-03")),
        "2",
        "2026-01-02T23:30:00-01:00",
    );
    let outcome = merged(&base, &local, &remote);
    assert_eq!(outcome.outcome, Outcome::Merged);
    assert_eq!(
        outcome.resource["meta"]["versionId"], "2",
        "the later instant, whatever its zone"
    );
}

#[test]
fn tags_of_both_sides_are_kept() {
    let base = patient();
    let tag = |code: &str| {
        let mut side = base.clone();
        side["meta"]["tag"] = json!([{"system": "urn:t", "code": code}]);
        side
    };
    let outcome = merged(&base, &tag("a"), &tag("b"));
    assert_eq!(
        outcome.resource["meta"]["tag"].as_array().map(Vec::len),
        Some(2)
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

#[test]
fn a_person_resolves_piece_by_piece() {
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
    let telecom = "Patient.telecom[system=phone,use=work].value".to_owned();
    let first = resolve(
        Some(&base),
        Some(&local),
        Some(&remote),
        &[(telecom.clone(), Choice::Remote)],
    )
    .expect("the path conflicts");
    assert_eq!(first.left, ["Patient.birthDate"]);
    let birth = (
        "Patient.birthDate".to_owned(),
        Choice::Value(json!("1970-01-05")),
    );
    let done = resolve(
        Some(&base),
        Some(&local),
        Some(&remote),
        &[(telecom, Choice::Local), birth],
    )
    .expect("both conflict");
    assert_eq!(done.left, Vec::<String>::new());
    assert_eq!(
        done.resource,
        Some(with(
            &with(&base, "/telecom/1/value", json!("555-8")),
            "/birthDate",
            json!("1970-01-05")
        ))
    );
    assert!(
        resolve(
            Some(&base),
            Some(&local),
            Some(&remote),
            &[("Patient.gender".into(), Choice::Local)]
        )
        .is_err(),
        "nothing conflicts there"
    );
    let deleted = resolve(
        Some(&base),
        Some(&local),
        None,
        &[("Patient".into(), Choice::Remote)],
    )
    .expect("the whole resource conflicts");
    assert_eq!(deleted.resource, None);
}

#[test]
fn the_same_addition_by_both_is_one_and_extensions_merge_by_url() {
    let base = plus(
        &patient(),
        "extension",
        json!([{"url": "urn:a", "valueString": "1"}, {"url": "urn:b", "valueString": "2"}]),
    );
    let add = |value: &Value| {
        let mut side = value.clone();
        let mobile = json!({"system": "phone", "use": "mobile", "value": "555-7"});
        side["telecom"]
            .as_array_mut()
            .expect("telecom")
            .push(mobile);
        side
    };
    let local = with(&add(&base), "/extension/0/valueString", json!("x"));
    let remote = with(&add(&base), "/extension/1/valueString", json!("y"));
    assert_merged(
        &merged(&base, &local, &remote),
        &with(&local, "/extension/1/valueString", json!("y")),
    );
    let other = with(&base, "/extension/0/valueString", json!("z"));
    assert_eq!(
        paths(&merged(&base, &local, &other)),
        ["Patient.extension[url=urn:a]"]
    );
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

#[test]
fn the_screens_are_told_what_one_side_changed() {
    let base = patient();
    let mut side = with(&base, "/telecom/1/value", json!("555-9"));
    side["meta"]["versionId"] = json!("2");
    let changes = haven_model::changes(Some(&base), Some(&side));
    assert_eq!(changes.len(), 1, "the server's stamp is no edit");
    assert_eq!(
        changes[0].path,
        "Patient.telecom[system=phone,use=work].value"
    );
    assert_eq!(
        (&changes[0].from, &changes[0].to),
        (&json!("555-2"), &json!("555-9"))
    );
    assert_eq!(haven_model::changes(Some(&base), None)[0].path, "Patient");
}
