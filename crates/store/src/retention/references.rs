//! What a resource refers to.
//!
//! Source: FHIR R4 References, `Reference.reference` as a relative or absolute literal.

use std::collections::BTreeSet;

use serde_json::Value;

/// `Type/id` of every literal reference, wherever it stands.
pub(super) fn references_of(resource: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(resource, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get("reference") {
                found.extend(named(text));
            }
            members.values().for_each(|member| collect(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The last two steps of the path, a version left off.
fn named(reference: &str) -> Option<String> {
    let path = reference.split(['?', '#']).next()?;
    let path = path.split("/_history/").next()?;
    let mut steps = path.rsplit('/');
    let (id, resource_type) = (steps.next()?, steps.next()?);
    (!id.is_empty() && resource_type.starts_with(|first: char| first.is_ascii_uppercase()))
        .then(|| format!("{resource_type}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_are_found_wherever_they_stand_and_however_they_are_written() {
        let found = references_of(&json!({"subject": {"reference": "Patient/p1"},
            "result": [{"reference": "https://hub.example/fhir/Observation/o1/_history/3"}],
            "extension": [{"valueReference": {"reference": "Organization/x"}}],
            "contained": [{"reference": "#inside"}], "display": {"reference": "urn:uuid:1"}}));
        let expected: BTreeSet<String> = ["Observation/o1", "Organization/x", "Patient/p1"]
            .map(str::to_owned)
            .into();
        assert_eq!(found, expected);
    }
}
