//! An act of the audit log as a FHIR R4 AuditEvent, after IHE BALP.
//!
//! Source: FHIR R4 AuditEvent; IHE Basic Audit Log Patterns (RESTful create, read, update, delete,
//! with and without a patient).

use serde_json::{Value, json};

use crate::resource::ResourceKey;
use crate::time::Timestamp;

const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const SOURCE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";

/// The code system of Haven's own words for acts.
pub const HAVEN_ACT: &str = "urn:haven:audit-act";

/// What an entry of the audit log tells.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// Position in the log.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who: a login, or `sync`.
    pub actor: &'a str,
    /// On which device incarnation.
    pub device: &'a str,
    /// What, in Haven's word.
    pub action: &'a str,
    /// The resource, where one is meant.
    pub key: Option<&'a ResourceKey>,
    /// The local version that the act led to.
    pub version: Option<i64>,
    /// The patient whose chart the resource is in, where that is known.
    pub patient: Option<&'a str>,
    /// SHA-256 of the sealed body, in hex.
    pub digest: Option<&'a str>,
}

/// The FHIR action and, where it is one, the RESTful interaction.
fn meaning(act: &Act<'_>) -> (&'static str, Option<&'static str>) {
    match act.action {
        "create" => ("C", Some("create")),
        "read" => ("R", Some("read")),
        "delete" => ("D", Some("delete")),
        // Whatever else led to a version replaced the one before it.
        "update" => ("U", Some("update")),
        // Content of an edit that was given up: no version of the resource.
        "keep-discarded" => ("E", None),
        "read-discarded" => ("R", None),
        _ if act.key.is_some() && act.digest.is_some() => ("U", Some("update")),
        _ => ("E", None),
    }
}

fn event_type(act: &Act<'_>, interaction: Option<&str>) -> Value {
    if interaction.is_some() {
        return json!({"system": EVENT_TYPE, "code": "rest", "display": "RESTful Operation"});
    }
    if act.action.starts_with("unlock") {
        return json!({"system": DICOM, "code": "110114", "display": "User Authentication"});
    }
    json!({"system": DICOM, "code": "110100", "display": "Application Activity"})
}

/// The AuditEvent of an act. References to resources carry the local version the act led to.
#[must_use]
pub fn audit_event(act: &Act<'_>) -> Value {
    let (action, interaction) = meaning(act);
    let mut subtypes = Vec::new();
    if let Some(interaction) = interaction {
        subtypes.push(json!({"system": INTERACTION, "code": interaction}));
    }
    subtypes.push(json!({"system": HAVEN_ACT, "code": act.action}));
    let device = json!({"identifier": {"value": act.device}});
    let mut event = json!({
        "resourceType": "AuditEvent",
        "type": event_type(act, interaction),
        "subtype": subtypes,
        "action": action,
        "recorded": act.at.to_instant(),
        "outcome": "0",
        "agent": [
            {
                "type": {"coding": [{"system": PARTICIPATION, "code": "IRCP", "display": "information recipient"}]},
                "who": {"identifier": {"value": act.actor}},
                "altId": act.actor,
                "requestor": true,
            },
            {
                "type": {"coding": [{"system": DICOM, "code": "110153", "display": "Source Role ID"}]},
                "who": device,
                "requestor": false,
            },
        ],
        "source": {
            "observer": device,
            "type": [{"system": SOURCE_TYPE, "code": "1", "display": "User Device"}],
        },
    });
    let id = format!("{}-{}", act.device, act.seq);
    if ResourceKey::new("AuditEvent", id.as_str()).is_ok() {
        event["id"] = Value::from(id);
    }
    let entities = entities(act);
    if !entities.is_empty() {
        event["entity"] = Value::from(entities);
    }
    event
}

fn digest_of(act: &Act<'_>) -> &'static str {
    match act.action {
        "keep-discarded" => "kept-content-sha256",
        _ => "sealed-body-sha256",
    }
}

fn entities(act: &Act<'_>) -> Vec<Value> {
    let mut entities = Vec::new();
    if let Some(patient) = act.patient {
        entities.push(json!({
            "what": {"reference": format!("Patient/{patient}")},
            "type": {"system": ENTITY_TYPE, "code": "1", "display": "Person"},
            "role": {"system": OBJECT_ROLE, "code": "1", "display": "Patient"},
        }));
    }
    if let Some(key) = act.key {
        let reference = match act.version {
            Some(version) => format!("{key}/_history/{version}"),
            None => key.to_string(),
        };
        let mut entity = json!({
            "what": {"reference": reference},
            "type": {"system": ENTITY_TYPE, "code": "2", "display": "System Object"},
            "role": {"system": OBJECT_ROLE, "code": "4", "display": "Domain Resource"},
        });
        if let Some(digest) = act.digest {
            entity["detail"] = json!([{"type": digest_of(act), "valueString": digest}]);
        }
        entities.push(entity);
    }
    entities
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::{has_errors, validate};

    #[test]
    fn every_kind_of_act_is_a_valid_audit_event() {
        let key = ResourceKey::new("AllergyIntolerance", "a1").expect("a key");
        let digest = "ab".repeat(32);
        for (action, with_key, expected) in [
            ("create", true, "C"),
            ("update", true, "U"),
            ("pull", true, "U"),
            ("resolve", true, "U"),
            ("delete", true, "D"),
            ("read", true, "R"),
            ("unlock", false, "E"),
            ("rolled-back", false, "E"),
        ] {
            let event = audit_event(&Act {
                seq: 7,
                at: Timestamp(1_795_442_700_000),
                actor: "amina",
                device: "0192f0c1-0000-7000-8000-000000000001",
                action,
                key: with_key.then_some(&key),
                version: with_key.then_some(3),
                patient: with_key.then_some("p1"),
                digest: (with_key && action != "read").then_some(digest.as_str()),
            });
            let issues = validate(&event);
            assert!(!has_errors(&issues), "{action}: {issues:?}");
            assert_eq!(event["action"], expected, "{action}");
            if with_key {
                let what = |n: usize| event["entity"][n]["what"]["reference"].clone();
                assert_eq!(what(0), "Patient/p1");
                assert_eq!(what(1), "AllergyIntolerance/a1/_history/3");
            }
        }
    }
}
