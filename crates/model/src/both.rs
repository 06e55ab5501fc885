//! Keeping both sides where the choice of one would lose what the other says.
//!
//! Sources: `reference/ux.md` §2 (delete against edit, signed notes); FHIR R4 DocumentReference.relatesTo,
//! Composition.relatesTo, ClinicalImpression.previous, and the status codes `entered-in-error`.

use serde_json::{Map, Value, json};

use crate::definitions::r4;
use crate::merge::is_signed;
use crate::splice::without_server_meta;

/// Verification statuses that take the place of a status: type, code system, and what may not stand
/// beside them (R4 invariants con-5 and ait-2).
const VERIFIED: [(&str, &str); 2] = [
    (
        "Condition",
        "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    ),
    (
        "AllergyIntolerance",
        "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
    ),
];

/// What one side deleted and the other edited, kept for reading with the edit in it and marked as
/// entered in error, so that nobody acts on it; `None` where its type has no such mark.
#[must_use]
pub fn marked_in_error(edited: &Value) -> Option<Value> {
    let resource_type = edited.get("resourceType")?.as_str()?;
    let mut marked = edited.clone();
    let members = marked.as_object_mut()?;
    if let Some((_, system)) = VERIFIED.iter().find(|(known, _)| *known == resource_type) {
        members.shift_remove("clinicalStatus");
        let coding = json!({"coding": [{"system": system, "code": "entered-in-error"}]});
        put(members, "verificationStatus", coding);
        return Some(marked);
    }
    let status = r4().element(resource_type, "status")?;
    let codes = r4().value_set(status.required_value_set?)?;
    if !codes.has_code("entered-in-error") {
        return None;
    }
    put(members, "status", json!("entered-in-error"));
    Some(marked)
}

/// A signed note that two people changed: neither text is merged with the other. What the server has
/// stands; this device's version becomes a note of its own, `id`, that says to which it belongs. `None`
/// for what is no signed note, or of a type that cannot say so.
#[must_use]
pub fn addendum(sides: [&Value; 3], id: &str) -> Option<Value> {
    let [_, local, remote] = sides;
    if !local.is_object() || !remote.is_object() || !sides.into_iter().any(is_signed) {
        return None;
    }
    let resource_type = local.get("resourceType")?.as_str()?;
    let named = format!("{resource_type}/{}", remote.get("id")?.as_str()?);
    let mut note = without_server_meta(local);
    let members = note.as_object_mut()?;
    members.insert("id".to_owned(), json!(id));
    match resource_type {
        "DocumentReference" => {
            // An identifier names one document.
            members.shift_remove("masterIdentifier");
            members.shift_remove("identifier");
            append(
                members,
                json!({"code": "appends", "target": {"reference": named}}),
            )?;
        }
        "Composition" => {
            members.shift_remove("identifier");
            append(
                members,
                json!({"code": "appends", "targetReference": {"reference": named}}),
            )?;
        }
        // There is one place for what came before: a note that names another stays as it is.
        "ClinicalImpression" if !members.contains_key("previous") => {
            members.shift_remove("identifier");
            members.insert("previous".to_owned(), json!({"reference": named}));
        }
        _ => return None,
    }
    Some(note)
}

fn append(members: &mut Map<String, Value>, relation: Value) -> Option<()> {
    let relations = members
        .entry("relatesTo")
        .or_insert_with(|| Value::Array(Vec::new()));
    relations.as_array_mut()?.push(relation);
    Some(())
}

/// Sets a member in its place, and takes away what a primitive's sibling said of the old value.
fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    members.shift_remove(&format!("_{name}"));
    members.insert(name.to_owned(), value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::{Severity, validate};

    fn errors(resource: &Value) -> Vec<String> {
        let issues = validate(resource).into_iter();
        issues
            .filter(|issue| issue.severity == Severity::Error)
            .map(|issue| issue.path)
            .collect()
    }

    #[test]
    fn an_edit_of_what_was_deleted_is_kept_and_marked() {
        let order = json!({"resourceType": "MedicationRequest", "id": "m", "status": "active",
            "_status": {"id": "s"}, "intent": "order", "subject": {"reference": "Patient/p"},
            "medicationCodeableConcept": {"text": "lisinopril 20 mg"}});
        let kept = marked_in_error(&order).expect("an order can be marked");
        assert_eq!(kept["status"], "entered-in-error");
        assert_eq!(
            kept["medicationCodeableConcept"],
            order["medicationCodeableConcept"]
        );
        assert!(
            kept.get("_status").is_none(),
            "nothing is said of the old status"
        );
        let allergy = json!({"resourceType": "AllergyIntolerance", "id": "a", "criticality": "high",
            "clinicalStatus": {"coding": [{"code": "active"}]}, "patient": {"reference": "Patient/p"}});
        let kept = marked_in_error(&allergy).expect("an allergy can be marked");
        assert_eq!(
            kept.pointer("/verificationStatus/coding/0/code"),
            Some(&json!("entered-in-error"))
        );
        assert!(kept.get("clinicalStatus").is_none(), "R4 ait-2");
        assert_eq!(
            kept["criticality"], "high",
            "what was edited stays readable"
        );
        for kept in [marked_in_error(&order), Some(kept)] {
            assert_eq!(errors(&kept.expect("kept")), [] as [String; 0]);
        }
        let patient = json!({"resourceType": "Patient", "id": "p"});
        assert_eq!(marked_in_error(&patient), None, "a person is no error");
    }

    #[test]
    fn the_later_of_two_texts_of_a_signed_note_becomes_an_addendum() {
        let note = |status: &str, text: &str| {
            json!({"resourceType": "DocumentReference", "id": "n", "meta": {"versionId": "4"},
                "masterIdentifier": {"value": "doc-1"}, "status": "current", "docStatus": status,
                "description": text, "content": [{"attachment": {"title": text}}]})
        };
        let (base, here, there) = (
            note("final", "seen"),
            note("final", "seen, BP high"),
            note("final", "seen, home"),
        );
        let added = addendum([&base, &here, &there], "conflict-1-addendum").expect("a signed note");
        assert_eq!(added["id"], "conflict-1-addendum");
        assert_eq!(added["description"], "seen, BP high");
        assert_eq!(
            added["relatesTo"],
            json!([{"code": "appends", "target": {"reference": "DocumentReference/n"}}])
        );
        assert!(
            added.get("masterIdentifier").is_none(),
            "it is another document"
        );
        assert!(
            added.pointer("/meta/versionId").is_none(),
            "no server knows it yet"
        );
        assert_eq!(errors(&added), [] as [String; 0]);
        let draft = note("preliminary", "a draft");
        assert_eq!(
            addendum([&draft, &draft, &draft], "x"),
            None,
            "drafts are merged"
        );
        let impression = |previous: Option<&str>| {
            let mut one = json!({"resourceType": "ClinicalImpression", "id": "i", "status": "completed",
                "subject": {"reference": "Patient/p"}});
            if let Some(previous) = previous {
                one["previous"] = json!({"reference": previous});
            }
            one
        };
        let free = impression(None);
        let added = addendum([&free, &free, &free], "x").expect("there is room");
        assert_eq!(added["previous"]["reference"], "ClinicalImpression/i");
        let taken = impression(Some("ClinicalImpression/h"));
        assert_eq!(
            addendum([&taken, &taken, &taken], "x"),
            None,
            "nothing is written over"
        );
    }
}
