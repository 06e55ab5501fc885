//! "Unknown" as the value of a field: said, and never an absence that could read as "none".

use haven_model::FieldConflict;
use haven_model::definitions::r4;
use haven_model::resolve::{Choice, resolve};
use haven_model::validate::{Severity, validate};
use serde_json::{Value, json};

use super::edit;
use super::sides::Sides;
use crate::view::EditWidget;

/// HL7 extension for a primitive without a value: <http://hl7.org/fhir/R4/extension-data-absent-reason.html>.
const ABSENT_REASON: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// The value that says so; `None` where FHIR leaves no room for it.
pub(super) fn unknown(sides: &Sides, field: &FieldConflict) -> Option<Value> {
    let value = candidate(field)?;
    let [base, local, remote] = sides.as_options();
    let choices = [(field.path.clone(), Choice::Value(value.clone()))];
    let body = resolve(base, local, remote, &choices).ok()?.resource?;
    let faults = |body: &Value| {
        validate(body)
            .into_iter()
            .filter(|issue| issue.severity == Severity::Error)
            .count()
    };
    let already = local.map_or(0, faults).max(remote.map_or(0, faults));
    (faults(&body) <= already).then_some(value)
}

fn candidate(field: &FieldConflict) -> Option<Value> {
    if let EditWidget::Code { options } = edit::widget(field) {
        // Where the codes of FHIR have a word for it, that is the word.
        return options
            .iter()
            .find(|option| option.value == "unknown")
            .and_then(|option| edit::typed(field, &option.value).ok());
    }
    let name = field.path.rsplit('.').next()?;
    if name.contains('[') {
        return None;
    }
    match r4().datatype_of(&field.path) {
        Some("string" | "date" | "dateTime") => Some(json!({
            format!("_{name}"): {"extension": [{"url": ABSENT_REASON, "valueCode": "unknown"}]}
        })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(local: Value, remote: Value) -> (Sides, FieldConflict) {
        let base = json!({"resourceType": "Patient", "id": "p1", "birthDate": "1962-07-25", "gender": "male"});
        let mut fields = haven_model::merge(Some(&base), Some(&local), Some(&remote)).fields;
        let field = fields.pop().expect("a field in conflict");
        (
            Sides {
                base,
                local,
                remote,
            },
            field,
        )
    }

    #[test]
    fn an_unknown_birth_date_says_why_it_is_absent() {
        let patient = |born: &str| json!({"resourceType": "Patient", "id": "p1", "birthDate": born, "gender": "male"});
        let (sides, field) = sides(patient("1962-07-26"), patient("1962-07-27"));
        let value = unknown(&sides, &field).expect("a date can be unknown");
        let [base, local, remote] = sides.as_options();
        let body = resolve(base, local, remote, &[(field.path, Choice::Value(value))])
            .expect("it can be applied")
            .resource
            .expect("a resource");
        assert_eq!(
            body.pointer("/_birthDate/extension/0/valueCode"),
            Some(&json!("unknown")),
            "unknown is said: {body}"
        );
        assert!(body.get("birthDate").is_none(), "no date is left: {body}");
    }

    #[test]
    fn a_gender_has_a_code_for_it() {
        let patient = |gender: &str| json!({"resourceType": "Patient", "id": "p1", "birthDate": "1962-07-25", "gender": gender});
        let (sides, field) = sides(patient("other"), patient("female"));
        assert_eq!(unknown(&sides, &field), Some(json!("unknown")));
    }
}
