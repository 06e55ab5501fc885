//! Search expressions: whatever is typed is answered or refused.

use haven_model::Resource;

use super::mutate::{self, Dice};
use crate::error::ErrorCode;
use crate::faults::{new_store, op, quick_folder};
use crate::op::OpKind;

const RESOURCES: [&str; 6] = [
    r#"{"resourceType":"Patient","id":"p1","birthDate":"1980-02-03","identifier":[{"system":"urn:mrn","value":"12-34"}],"name":[{"family":"Garcia","given":["Ana","María"]}],"telecom":[{"system":"phone","value":"+34 555 0102"}]}"#,
    r#"{"resourceType":"Observation","id":"o1","status":"final","subject":{"reference":"Patient/p1"},"encounter":{"reference":"Encounter/e1"},"effectiveDateTime":"2026-01-02T10:00:00Z","code":{"coding":[{"system":"http://loinc.org","code":"8310-5"}]},"valueQuantity":{"value":37.2,"unit":"C","system":"http://unitsofmeasure.org","code":"Cel"}}"#,
    r#"{"resourceType":"Observation","id":"o2","status":"final","subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}"#,
    r#"{"resourceType":"Encounter","id":"e1","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p1"},"period":{"start":"2026-01-02","end":"2026-01-03"}}"#,
    r#"{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"code":{"coding":[{"code":"42343007"}]},"onsetDateTime":"2020-05"}"#,
    r#"{"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"coding":[{"code":"1"}]},"authoredOn":"2026-01-02"}"#,
];

const TYPES: [&str; 8] = [
    "Patient",
    "Observation",
    "Encounter",
    "Condition",
    "MedicationRequest",
    "Bundle",
    "Nothing",
    "",
];

const NAMES: [&str; 44] = [
    "name",
    "family",
    "given",
    "identifier",
    "phone",
    "birthdate",
    "code",
    "category",
    "date",
    "subject",
    "patient",
    "encounter",
    "status",
    "value-quantity",
    "onset-date",
    "authoredon",
    "_id",
    "_lastUpdated",
    "_sort",
    "_count",
    "_offset",
    "_include",
    "_revinclude",
    "_summary",
    "_elements",
    "_total",
    "_has",
    "_text",
    "_content",
    "_filter",
    "_type",
    "_tag",
    "_profile",
    "_security",
    "code-value-quantity",
    "component-code-value-quantity",
    "phonetic",
    "class",
    "name:exact",
    "name:contains",
    "subject:Patient.name",
    "_has:Observation:patient:code",
    "identifier:of-type",
    "code:not",
];

const VALUES: [&str; 30] = [
    "gar",
    "Garcia",
    "garcia,ana",
    "urn:mrn|1234",
    "|1234",
    "1234|",
    "http://loinc.org|8310-5",
    "8310-5$gt37",
    "37.2||Cel",
    "ap37",
    "ge2026-01-01",
    "2026",
    "eb1999",
    "Patient/p1",
    "p1",
    "true",
    "false",
    "-date",
    "date,-_id",
    "5",
    "0",
    "18446744073709551616",
    "Observation:subject",
    "Observation:subject:Patient",
    "*",
    "count",
    "data",
    "text",
    "\\,\\$\\|",
    "",
];

fn spelled(type_name: &str, parameters: &[(String, String)]) -> Vec<u8> {
    let mut out = type_name.as_bytes().to_vec();
    for (name, value) in parameters {
        out.extend([b"\x1e", name.as_bytes(), b"\x1f", value.as_bytes()].concat());
    }
    out
}

fn understood(input: &[u8]) -> (String, Vec<(String, String)>) {
    let text = String::from_utf8_lossy(input);
    let mut parts = text.split('\u{1e}');
    let type_name = parts.next().unwrap_or_default().to_owned();
    let parameters = parts
        .map(|part| {
            let (name, value) = part.split_once('\u{1f}').unwrap_or((part, ""));
            (name.to_owned(), value.to_owned())
        })
        .collect();
    (type_name, parameters)
}

#[test]
fn whatever_is_searched_for() {
    let folder = quick_folder();
    let store = new_store(&folder.path().join("store"));
    store
        .transact(op(OpKind::Import), |tx| {
            RESOURCES
                .iter()
                .try_for_each(|text| tx.edit(Resource::parse(text.as_bytes()).expect("a resource")))
        })
        .expect("kept");
    let modifiers = [
        "",
        "",
        "",
        ":exact",
        ":contains",
        ":missing",
        ":not",
        ":in",
        ":not-in",
        ":above",
        ":below",
        ":of-type",
        ":text",
        ":identifier",
        ":iterate",
        ":Patient",
        ":Patient.name",
        ".",
        ".name",
    ];
    super::fuzz(
        "search",
        |dice: &mut Dice| {
            let parameters: Vec<(String, String)> = (0..=dice.below(4))
                .map(|_| {
                    let name = format!("{}{}", dice.of(&NAMES), dice.of(&modifiers));
                    (name, dice.of(&VALUES).to_owned())
                })
                .collect();
            let input = spelled(dice.of(&TYPES), &parameters);
            if dice.one_in(3) {
                mutate::bytes(&input, dice.of(&VALUES).as_bytes(), dice)
            } else {
                input
            }
        },
        |input| {
            let (type_name, parameters) = understood(input);
            match store.search(&type_name, &parameters) {
                Ok(page) => {
                    assert!(page.resources.len() <= RESOURCES.len(), "no match twice");
                    true
                }
                Err(error) => {
                    assert!(
                        matches!(
                            error.code(),
                            ErrorCode::UnsupportedSearch | ErrorCode::Invalid
                        ),
                        "refused as what it is: {error:?}"
                    );
                    false
                }
            }
        },
    );
}
