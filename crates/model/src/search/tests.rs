//! Queries as people send them, against resources as they come.

use serde_json::{Value, json};

use super::*;

fn meets(resource: &Value, name: &str, value: &str) -> bool {
    let resource_type = resource["resourceType"].as_str().expect("a type");
    Criterion::read(resource_type, name, value)
        .expect(name)
        .matches(resource)
}

fn person() -> Value {
    json!({"resourceType": "Patient", "id": "p", "active": true, "gender": "female",
        "name": [{"family": "García-Márquez", "given": ["José", "Luis"], "prefix": ["Dr"]}],
        "birthDate": "1962-07-25",
        "address": [{"line": ["12 High Street"], "city": "West Ham", "postalCode": "E7 8AB"}],
        "telecom": [{"system": "phone", "value": "+44 (0)20 7946-0958"},
            {"system": "email", "value": "Jose@a.example"}],
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "943 476 5919"}],
        "generalPractitioner": [{"reference": "https://a.example/fhir/Practitioner/d1"}],
        "meta": {"tag": [{"system": "t", "code": "urgent"}], "profile": ["http://p.example/base"]}})
}

#[test]
fn a_person_is_found_by_every_kind_of_parameter() {
    let person = person();
    for (name, value, found) in [
        ("name", "gar", true),
        ("name", "marquez jose", true),
        ("name", "arquez", false),
        ("name", "dr", false),
        ("name:contains", "arquez", true),
        ("family:exact", "García-Márquez", true),
        ("family:exact", "garcía-márquez", false),
        ("given", "lui,none", true),
        ("address-city", "WEST", true),
        ("address-city", "ham", false),
        ("address-city:contains", "ham", true),
        ("address", "e7", true),
        ("gender", "female", true),
        (
            "gender",
            "http://hl7.org/fhir/administrative-gender|female",
            true,
        ),
        ("gender", "http://other|female", false),
        ("gender:not", "female", false),
        ("gender:not", "male,unknown", true),
        ("active", "true", true),
        ("deceased", "false", true),
        ("deceased", "true", false),
        ("birthdate", "1962", true),
        ("birthdate", "lt1962-07-25", false),
        ("birthdate", "ge1962-07-25", true),
        ("birthdate", "ap1962-07-26", true),
        ("death-date:missing", "true", true),
        ("birthdate:missing", "true", false),
        ("phone", "79460958", true),
        ("email", "jose@A.EXAMPLE", true),
        ("phone", "jose@A.EXAMPLE", false),
        (
            "identifier",
            "https://fhir.nhs.uk/Id/nhs-number|9434765919",
            true,
        ),
        ("identifier", "https://fhir.nhs.uk/Id/nhs-number|", true),
        ("identifier", "|9434765919", false),
        ("general-practitioner", "d1", true),
        ("general-practitioner", "Practitioner/d1", true),
        ("general-practitioner:Organization", "d1", false),
        (
            "general-practitioner",
            "https://a.example/fhir/Practitioner/d1",
            true,
        ),
        ("_tag", "t|urgent", true),
        ("_security:missing", "true", true),
        ("_profile", "http://p.example/base", true),
        ("_profile:below", "http://p.example", true),
    ] {
        assert_eq!(meets(&person, name, value), found, "{name}={value}");
    }
}

#[test]
fn clinical_values_are_found() {
    let reading = json!({"resourceType": "Observation", "id": "o", "status": "final",
        "code": {"text": "Glucose", "coding": [{"system": "http://loinc.org", "code": "2339-0",
            "display": "Glucose [Mass/volume] in Blood"}]},
        "subject": {"reference": "Patient/p"}, "encounter": {"reference": "Encounter/e"},
        "effectivePeriod": {"start": "2024-03-01T10:00:00+01:00", "end": "2024-03-01T11:00:00+01:00"},
        "valueQuantity": {"value": 90.5, "unit": "mg/dL", "system": "http://unitsofmeasure.org",
            "code": "mg/dL"}});
    for (name, value, found) in [
        ("code", "http://loinc.org|2339-0", true),
        ("code", "2339-0", true),
        ("code", "|2339-0", false),
        ("code", "http://loinc.org|", true),
        ("code:text", "glucose [mass", true),
        ("patient", "p", true),
        ("patient", "Patient/p", true),
        ("subject:Patient", "p", true),
        ("subject", "Group/p", false),
        ("encounter", "e", true),
        ("date", "2024-03-01", true),
        ("date", "2024-03-01T09:30Z", false),
        ("date", "ap2024-03-01T09:30Z", true),
        ("date", "sa2024-02", true),
        ("date", "eb2024-03-02", true),
        (
            "value-quantity",
            "gt0.9|http://unitsofmeasure.org|g/L",
            true,
        ),
        ("value-quantity", "90.5||mg/dL", true),
        ("value-quantity", "lt90", false),
        ("combo-value-quantity", "gt90", true),
        ("value-concept:missing", "true", true),
        ("status", "final,amended", true),
    ] {
        assert_eq!(meets(&reading, name, value), found, "{name}={value}");
    }
}

#[test]
fn separators_that_are_meant_are_escaped() {
    let place = json!({"resourceType": "Location", "id": "l", "name": "Ward 3, east|west",
        "identifier": [{"system": "s", "value": "a"}]});
    assert!(meets(&place, "name:exact", r"Ward 3\, east\|west"));
    assert!(!meets(&place, "name:exact", "Ward 3, east|west"));
    assert!(meets(&place, "name", r"nowhere,ward 3\, e"));
}

#[test]
fn what_is_not_evaluated_is_refused_and_never_passed_over() {
    for (resource_type, name, value) in [
        ("Patient", "shoe-size", "43"),
        ("Patient", "phonetic", "garsia"),
        ("Patient", "birthdate:exact", "1962"),
        ("Patient", "gender:in", "http://set"),
        ("Patient", "name:text", "x"),
        ("Patient", "general-practitioner:Patient", "x"),
        ("Patient", "_has:Observation:subject.name:code", "x"),
        ("Patient", "_text", "x"),
        ("Location", "near", "1|2"),
        ("Observation", "code-value-quantity:missing", "true"),
        ("Observation", "code.text", "x"),
        ("Observation", "subject.organization.name", "x"),
        ("Observation", "subject:Device.family", "x"),
        ("Patient", "_sort", "shoe-size"),
        ("Patient", "_include", "Patient:birthdate"),
        ("Patient", "_include", "*"),
        ("Patient", "_include:recurse", "Patient:organization"),
        ("Patient", "_summary", "true"),
        ("Patient", "_format", "xml"),
        ("Patient", "_elements", "name"),
    ] {
        let asked = [(name.to_owned(), value.to_owned())];
        let refused = Query::read(resource_type, &asked).expect_err(name);
        assert!(
            matches!(refused, SearchError::Unsupported(_)),
            "{name}: {refused}"
        );
    }
    for (name, value) in [
        ("birthdate", "soon"),
        ("birthdate", "xx2020"),
        ("birthdate", ""),
        ("gender", "a|b|c"),
        ("birthdate:missing", "maybe"),
        ("_count", "many"),
        ("_id", "../x"),
        ("_lastUpdated", "now"),
        ("_total", "some"),
    ] {
        let asked = [(name.to_owned(), value.to_owned())];
        let refused = Query::read("Patient", &asked).expect_err(name);
        assert_eq!(refused, SearchError::Malformed(name.to_owned()));
    }
}

fn links(criterion: Criterion) -> Vec<Criterion> {
    match criterion.test {
        Test::Chain(links) => links,
        Test::Missing(_) | Test::Any { .. } | Test::Among(_) | Test::Together(_) => Vec::new(),
    }
}

#[test]
fn a_chain_asks_every_type_that_may_be_meant() {
    let criterion = Criterion::read("Observation", "subject.name", "x").expect("a chain");
    let subjects = links(criterion);
    let types: Vec<_> = subjects
        .iter()
        .map(|link| link.parameter.resource_type())
        .collect();
    assert_eq!(
        types,
        ["Location", "Patient"],
        "a Device's is device-name, a Group has none"
    );
    let criterion = Criterion::read("Observation", "patient.name", "x").expect("a chain");
    assert_eq!(
        links(criterion).len(),
        1,
        "`patient` leads to patients alone"
    );
}
