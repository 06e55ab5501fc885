//! The tables, asked as the rest of the model asks them.

use super::*;

#[test]
fn every_line_of_the_tables_is_read() {
    let definitions = r4();
    let resources = definitions.resource_types().count();
    assert_eq!(resources, 146, "R4 has 146 concrete resource types");
    assert_eq!(definitions.patterns.len(), 20, "R4 has 20 primitive types");
    let sets = CODES.lines().filter(|line| line.starts_with("V\t")).count();
    assert_eq!(definitions.value_sets.len(), sets);
    for node in &definitions.nodes {
        for element in &node.elements {
            let members = node
                .members
                .iter()
                .filter(|member| node.element_of(member).map(|e| e.name) == Some(element.name))
                .count();
            assert_eq!(
                members,
                element.types.len().max(1),
                "{}.{} has a type that leads nowhere",
                node.path,
                element.name
            );
        }
    }
}

#[test]
fn an_abstract_type_is_no_resource() {
    assert!(r4().is_resource_type("Patient"));
    for name in ["DomainResource", "Resource", "HumanName", "Patients", ""] {
        assert!(!r4().is_resource_type(name), "{name} has no instances");
    }
}

#[test]
fn elements_are_found_through_datatypes_lists_and_choices() {
    let given = r4()
        .element("Patient", "name.given")
        .expect("HumanName is walked");
    assert!(given.is_list(), "a person has several given names");
    let keyed = r4()
        .element("Patient", "telecom[system=phone,use=work].value")
        .expect("list keys are skipped");
    assert!(!keyed.is_list());
    let dotted = r4()
        .element("Patient", "extension[url=http://a.example/b.c].valueString")
        .expect("a dot within brackets parts nothing");
    assert_eq!(dotted.name, "value[x]");
    let status = r4().element("Observation", "status").expect("known");
    assert_eq!((status.min, status.max), (1, Some(1)));
    assert!(status.is_modifier && status.is_summary);
    for path in ["value[x]", "valueQuantity", "component[0].value[x]"] {
        assert!(r4().element("Observation", path).is_some(), "{path}");
    }
    assert!(r4().element("Observation", "valueMoney").is_none());
}

#[test]
fn a_choice_names_its_element_and_its_type() {
    assert_eq!(
        r4().choice_of("Observation", "valueQuantity"),
        Some(("value[x]", "Quantity"))
    );
    assert_eq!(
        r4().choice_of("Observation.component", "valueDateTime"),
        Some(("value[x]", "dateTime"))
    );
    assert_eq!(r4().choice_of("Observation", "status"), None);
}

#[test]
fn datatypes_are_told_by_path() {
    for (path, datatype) in [
        ("Patient", "Patient"),
        ("Patient.id", "id"),
        ("Patient.contact", "BackboneElement"),
        ("Patient.contact.name", "HumanName"),
        ("Patient.name[0].family", "string"),
        ("Observation.valueQuantity.value", "decimal"),
        ("Observation.component.referenceRange.low", "Quantity"),
        (
            "MedicationRequest.dosageInstruction.timing.repeat",
            "Element",
        ),
    ] {
        assert_eq!(r4().datatype_of(path), Some(datatype), "{path}");
    }
    assert_eq!(r4().datatype_of("Patient.shoeSize"), None);
}

#[test]
fn nested_codes_belong_to_their_value_set() {
    let set = r4()
        .value_set("http://hl7.org/fhir/ValueSet/condition-clinical")
        .expect("expanded");
    assert!(set.has_code("relapse"), "a child of `active`");
    let system = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    assert_eq!(set.has_coding(system, "active"), Some(true));
    assert_eq!(set.has_coding(system, "rubbish"), Some(false));
    assert_eq!(set.has_coding("http://a.example", "active"), None);
    assert!(
        r4().value_set("http://hl7.org/fhir/ValueSet/mimetypes")
            .is_none(),
        "media types cannot be listed"
    );
}

#[test]
fn search_parameters_of_a_type_include_the_common_ones() {
    let codes: Vec<_> = search_parameters("Patient").map(|p| p.code).collect();
    for code in ["birthdate", "family", "identifier", "_id", "_lastUpdated"] {
        assert!(codes.contains(&code), "Patient is searched by {code}");
    }
    assert!(!codes.contains(&"clinical-status"), "that is a Condition's");
    let birthdate = search_parameters("Patient")
        .find(|p| p.code == "birthdate")
        .expect("defined");
    assert_eq!(birthdate.kind, "date");
    assert!(birthdate.expression.contains("Patient.birthDate"));
}
