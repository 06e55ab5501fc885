//! Faults, one by one, and the element each is found in.

use super::*;
use serde_json::json;

fn observation() -> Value {
    json!({
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-23T14:05:00+01:00",
        "valueQuantity": {"value": 84, "unit": "/min", "system": "http://unitsofmeasure.org",
            "code": "/min"},
        "component": [
            {"code": {"text": "one"}, "valueString": "x"},
            {"code": {"text": "two"}, "valueInteger": 1}
        ]
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut resource = observation();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let target = resource.pointer_mut(parent).expect("the parent is there");
    if let Value::Array(items) = target {
        items[name.parse::<usize>().expect("an index")] = value;
    } else {
        target[name] = value;
    }
    resource
}

fn only(resource: &Value) -> Issue {
    let issues = validate(resource);
    assert_eq!(issues.len(), 1, "exactly one issue: {issues:?}");
    issues.into_iter().next().expect("counted")
}

#[test]
fn a_sound_resource_has_no_issue() {
    assert_eq!(validate(&observation()), []);
    assert!(!has_errors(&validate(&observation())));
}

#[test]
fn each_fault_is_found_in_its_element() {
    use IssueCode::{CodeInvalid, Required, Structure, Value as BadValue};
    let faults = [
        (
            "/status",
            json!("finished"),
            CodeInvalid,
            "Observation.status",
        ),
        ("/status", json!(["final"]), Structure, "Observation.status"),
        ("/status", json!(null), Structure, "Observation.status"),
        ("/code", json!("8867-4"), Structure, "Observation.code"),
        ("/code", json!({}), Structure, "Observation.code"),
        (
            "/category",
            json!({"text": "x"}),
            Structure,
            "Observation.category",
        ),
        ("/category", json!([]), Structure, "Observation.category"),
        (
            "/valueQuantity/value",
            json!("84"),
            Structure,
            "Observation.valueQuantity.value",
        ),
        (
            "/effectiveDateTime",
            json!("2026-02-30"),
            BadValue,
            "Observation.effectiveDateTime",
        ),
        (
            "/effectiveDateTime",
            json!("23.11.2026"),
            BadValue,
            "Observation.effectiveDateTime",
        ),
        ("/id", json!("a b"), BadValue, "Observation.id"),
        ("/valueString", json!("x"), Structure, "Observation.value"),
        (
            "/component/1/valueInteger",
            json!(1.5),
            BadValue,
            "Observation.component[1].valueInteger",
        ),
        (
            "/component/1",
            json!({"valueString": "x"}),
            Required,
            "Observation.component[1].code",
        ),
        (
            "/subject/reference",
            json!("p1"),
            BadValue,
            "Observation.subject.reference",
        ),
        ("/_code", json!({"id": "x"}), Structure, "Observation._code"),
        ("/_status", json!([]), Structure, "Observation._status"),
        (
            "/extension",
            json!([{"valueCode": "x"}]),
            Required,
            "Observation.extension[0].url",
        ),
        (
            "/extension",
            json!([{"url": "u"}]),
            IssueCode::Invariant,
            "Observation.extension[0]",
        ),
    ];
    for (pointer, value, code, path) in faults {
        let issue = only(&with(pointer, value.clone()));
        assert_eq!(issue.severity, Severity::Error, "{pointer} {value}");
        assert_eq!(
            (issue.code, issue.path.as_str()),
            (code, path),
            "{pointer} {value}"
        );
    }
}

#[test]
fn what_is_missing_is_named() {
    let issues = validate(&json!({"resourceType": "Observation"}));
    let paths: Vec<_> = issues.iter().map(|issue| issue.path.as_str()).collect();
    assert_eq!(paths, ["Observation.status", "Observation.code"]);
    assert_eq!(only(&json!({"id": "x"})).path, "Resource.resourceType");
    let unknown = only(&json!({"resourceType": "Observations"}));
    assert_eq!(unknown.path, "Resource.resourceType");
    assert!(has_errors(&validate(&json!([]))));
}

#[test]
fn an_unknown_element_is_kept_with_a_warning() {
    let issue = only(&with("/shoeSize", json!(42)));
    assert_eq!(issue.severity, Severity::Warning, "unknown fields survive");
    assert_eq!(issue.path, "Observation.shoeSize");
    let unnamed = only(&with("/Enrique Trevino", json!(42)));
    assert_eq!(
        unnamed.path, "Observation",
        "a key that is no name may be a person's"
    );
}

#[test]
fn a_reference_to_an_unforeseen_type_is_pointed_out() {
    let issue = only(&with("/subject/reference", json!("Encounter/p1")));
    assert_eq!(issue.severity, Severity::Warning);
    assert_eq!(issue.path, "Observation.subject.reference");
}

#[test]
fn a_required_primitive_may_say_why_it_is_absent() {
    let absent = json!({"extension": [{
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
        "valueCode": "unknown"
    }]});
    let mut resource = with("/_status", absent);
    resource
        .as_object_mut()
        .expect("an object")
        .shift_remove("status");
    assert_eq!(validate(&resource), []);
    resource["_status"] = json!({"id": "s"});
    assert_eq!(
        only(&resource).path,
        "Observation.status",
        "an id says nothing"
    );
}

#[test]
fn two_variants_are_told_once_and_an_extension_beside_one_is_none() {
    let both = with("/valueString", json!("x"));
    assert!(only(&both).message.contains("value[x]"));
    let beside = with("/_effectiveDateTime", json!({"id": "e"}));
    assert_eq!(validate(&beside), []);
}

#[test]
fn given_names_may_hold_places_with_null() {
    let patient = json!({"resourceType": "Patient", "name": [{
        "given": ["Ana", null],
        "_given": [null, {"extension": [{"url": "u", "valueString": "x"}]}]
    }]});
    assert_eq!(validate(&patient), []);
}

#[test]
fn required_bindings_of_concepts_look_at_the_system() {
    let concept = |system: &str, code: &str| {
        json!({"resourceType": "Condition", "subject": {"reference": "Patient/p"},
            "clinicalStatus": {"coding": [{"system": system, "code": code}]}})
    };
    let own = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    assert_eq!(validate(&concept(own, "remission")), []);
    let wrong = only(&concept(own, "better"));
    assert_eq!(wrong.severity, Severity::Error);
    assert_eq!(wrong.path, "Condition.clinicalStatus.coding[0]");
    let foreign = only(&concept("http://a.example", "better"));
    assert_eq!(
        foreign.severity,
        Severity::Warning,
        "another system is no lie"
    );
}

#[test]
fn contained_and_bundled_resources_are_walked() {
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": {"resourceType": "Patient", "gender": "m"}},
        {"resource": {"resourceType": "Condition", "subject": {"reference": "#p"},
            "contained": [{"resourceType": "Patient", "id": "p", "birthDate": "1962-13"}]}}
    ]});
    let paths: Vec<_> = validate(&bundle)
        .into_iter()
        .map(|issue| issue.path)
        .collect();
    assert_eq!(
        paths,
        [
            "Bundle.entry[0].resource.gender",
            "Bundle.entry[1].resource.contained[0].birthDate"
        ]
    );
    let dangling = json!({"resourceType": "Condition", "subject": {"reference": "#p"}});
    assert_eq!(only(&dangling).code, IssueCode::NotFound);
}

#[test]
fn a_message_never_quotes_a_value() {
    let secret = "Trevino";
    for pointer in [
        "/status",
        "/id",
        "/effectiveDateTime",
        "/subject/reference",
        "/issued",
    ] {
        let resource = with(pointer, json!(format!("{secret}  {secret}")));
        let text = operation_outcome(&validate(&resource)).to_string();
        assert!(text.contains("expression"), "{pointer} is faulty");
        assert!(!text.contains(secret), "{pointer}: {text}");
    }
}

#[test]
fn hostile_depth_and_number_of_issues_are_bounded() {
    let mut extension = json!({"url": "u", "valueString": "x"});
    for _ in 0..90 {
        extension = json!({"url": "u", "extension": [extension]});
    }
    let deep = only(&with("/extension", json!([extension])));
    assert_eq!(deep.code, IssueCode::TooCostly);

    let mut noisy = observation();
    for number in 0..1_000 {
        noisy[format!("unknown{number}")] = json!(1);
    }
    noisy["subject"]["reference"] = json!("nowhere");
    noisy["zzz"] = json!(1);
    let issues = validate(&noisy);
    assert!(issues.len() <= 2 * MAX_ISSUES + 1);
    assert!(has_errors(&issues), "warnings must not crowd an error out");
}

#[test]
fn no_node_has_more_elements_than_the_walk_can_mark() {
    let definitions = crate::definitions::r4();
    for name in definitions.resource_types() {
        let elements = definitions.elements(name).expect("has elements");
        assert!(elements.len() < 128, "{name}");
    }
}

#[test]
fn an_outcome_is_fhir_itself() {
    let outcome = operation_outcome(&validate(&with("/status", json!("finished"))));
    insta::assert_json_snapshot!(outcome, @r#"
    {
      "resourceType": "OperationOutcome",
      "issue": [
        {
          "severity": "error",
          "code": "code-invalid",
          "diagnostics": "status is not one of the codes that FHIR R4 allows here.",
          "expression": [
            "Observation.status"
          ]
        }
      ]
    }
    "#);
    assert_eq!(validate(&outcome), []);
    assert_eq!(validate(&operation_outcome(&[])), []);
}
