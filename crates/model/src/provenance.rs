//! A FHIR R4 Provenance that tells who decided a conflict, on which device, when, why, and of which
//! versions.
//!
//! Source: FHIR R4 Provenance; HL7 code systems `provenance-participant-type` and `v3-DataOperation`.

use serde_json::{Map, Value, json};

use crate::resource::{ResourceKey, is_id};
use crate::time::Timestamp;

/// The code system of what a person does about a conflict.
pub const CONFLICT_ACTIVITY: &str = "urn:haven:conflict-activity";

/// The system of the tag that names the conflict a Provenance tells of.
pub const CONFLICT_TAG: &str = "urn:haven:conflict";

const PARTICIPANT: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";
const DATA_OPERATION: &str = "http://terminology.hl7.org/CodeSystem/v3-DataOperation";

/// What was done about a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It was decided.
    Resolve,
    /// A decision was taken back.
    Revert,
    /// An earlier version was made the newest again.
    BringBack,
    /// Two records of one person were linked.
    Link,
    /// A link between two records was taken out.
    Unlink,
    /// A record was marked as entered in error.
    MarkInError,
}

impl Deed {
    fn coding(self) -> Value {
        let (code, display) = match self {
            Self::Resolve => ("resolve", "Conflict resolved"),
            Self::Revert => ("revert", "Resolution reverted"),
            Self::Link => ("link", "Records of one person linked"),
            Self::Unlink => ("unlink", "Records no longer linked"),
            Self::MarkInError => ("entered-in-error", "Marked as entered in error"),
            Self::BringBack => ("bring-back", "Earlier version brought back"),
        };
        json!({"system": CONFLICT_ACTIVITY, "code": code, "display": display})
    }
}

/// Somebody at a device.
#[derive(Clone, Copy, Debug)]
pub struct Party<'a> {
    /// The login name.
    pub user: &'a str,
    /// The name for people.
    pub display_name: &'a str,
}

/// One of the versions that a decision was made between.
#[derive(Clone, Debug)]
pub struct Source {
    /// What stands after `_history/`; see [`device_version`] for one that no server has numbered.
    pub version: String,
    /// In words.
    pub display: String,
    /// Whether this side deleted the resource.
    pub deleted: bool,
}

/// A decision, as it is to be told.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// The id of the Provenance.
    pub id: &'a str,
    /// The conflict's; empty where there was none.
    pub conflict_id: &'a str,
    /// What was decided about.
    pub target: &'a ResourceKey,
    /// When.
    pub recorded: Timestamp,
    /// What was done.
    pub deed: Deed,
    /// Why; empty when nobody said.
    pub reason: &'a str,
    /// Who decided.
    pub author: Party<'a>,
    /// Who approved it, where a second person had to.
    pub reviewer: Option<Party<'a>>,
    /// The device incarnation it was decided on.
    pub device_id: &'a str,
    /// The device's name for people.
    pub device_name: &'a str,
    /// The versions it was decided between.
    pub sources: &'a [Source],
    /// The bodies whose security labels it takes over, so that it is read by whoever reads them.
    pub labelled: &'a [&'a Value],
}

/// The version id of a version that only a device has numbered: `<device>-<number>`.
///
/// FHIR R4 `id`: at most 64 of A–Z, a–z, 0–9, `-` and `.`; a device whose id leaves no room for the
/// number is named by the number alone.
#[must_use]
pub fn device_version(device_id: &str, number: i64) -> String {
    let named = format!("{device_id}-{number}");
    if is_id(&named) {
        named
    } else {
        number.to_string()
    }
}

/// Makes a Provenance tell of one more resource that came of the same decision.
pub fn also_about(told: &mut Value, key: &ResourceKey) {
    if let Some(targets) = told.get_mut("target").and_then(Value::as_array_mut) {
        targets.push(json!({"reference": key.to_string()}));
    }
}

/// The Provenance of a decision.
#[must_use]
pub fn provenance(decision: &Decision<'_>) -> Value {
    let person = |party: &Party<'_>, code: &str, display: &str| {
        json!({
            "type": {"coding": [{"system": PARTICIPANT, "code": code, "display": display}]},
            "who": {
                "identifier": {"system": "urn:haven:user", "value": party.user},
                "display": party.display_name,
            },
        })
    };
    let mut agents = vec![person(&decision.author, "author", "Author")];
    if let Some(reviewer) = &decision.reviewer {
        agents.push(person(reviewer, "verifier", "Verifier"));
    }
    agents.push(json!({
        "type": {"coding": [{"system": PARTICIPANT, "code": "assembler", "display": "Assembler"}]},
        "who": {
            "identifier": {"system": "urn:haven:device", "value": decision.device_id},
            "display": decision.device_name,
        },
    }));
    let target = decision.target.to_string();
    let entities: Vec<Value> = decision
        .sources
        .iter()
        .map(|source| {
            let reference = if is_id(&source.version) {
                format!("{target}/_history/{}", source.version)
            } else {
                target.clone()
            };
            json!({
                "role": if source.deleted { "removal" } else { "source" },
                "what": {"reference": reference, "display": source.display},
            })
        })
        .collect();
    let at = decision.recorded.to_instant();
    let mut told = Map::new();
    told.insert("resourceType".to_owned(), json!("Provenance"));
    told.insert("id".to_owned(), json!(decision.id));
    let mut meta = Map::new();
    let labels = labels(decision.labelled);
    if !labels.is_empty() {
        meta.insert("security".to_owned(), Value::Array(labels));
    }
    if !decision.conflict_id.is_empty() {
        meta.insert(
            "tag".to_owned(),
            json!([{"system": CONFLICT_TAG, "code": decision.conflict_id}]),
        );
    }
    if !meta.is_empty() {
        told.insert("meta".to_owned(), Value::Object(meta));
    }
    told.insert("target".to_owned(), json!([{"reference": target}]));
    told.insert("occurredDateTime".to_owned(), json!(at));
    told.insert("recorded".to_owned(), json!(at));
    if !decision.reason.trim().is_empty() {
        told.insert("reason".to_owned(), json!([{"text": decision.reason}]));
    }
    told.insert(
        "activity".to_owned(),
        json!({"coding": [
            decision.deed.coding(),
            {"system": DATA_OPERATION, "code": "UPDATE", "display": "revise"},
        ]}),
    );
    told.insert("agent".to_owned(), Value::Array(agents));
    if !entities.is_empty() {
        told.insert("entity".to_owned(), Value::Array(entities));
    }
    Value::Object(told)
}

/// Every security label of the bodies, each once.
fn labels(bodies: &[&Value]) -> Vec<Value> {
    let mut labels: Vec<Value> = Vec::new();
    let all = bodies
        .iter()
        .filter_map(|body| body.pointer("/meta/security").and_then(Value::as_array))
        .flatten();
    for label in all {
        if !labels.contains(label) {
            labels.push(label.clone());
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::SensitivityClass;
    use crate::validate::validate;

    fn told(labelled: &Value, target: &str) -> Value {
        let target: ResourceKey = target.parse().expect("a key");
        let device = "01946f6e-5d2c-7c3a-8f00-0123456789ab";
        provenance(&Decision {
            id: "prov-1",
            conflict_id: "c-1",
            target: &target,
            recorded: Timestamp(1_795_442_700_000),
            deed: Deed::Resolve,
            reason: "asked the patient",
            author: Party {
                user: "amina",
                display_name: "Dr Amina Okafor",
            },
            reviewer: None,
            device_id: device,
            device_name: "Laptop 3",
            sources: &[
                Source {
                    version: device_version(device, 7),
                    display: "on Laptop 3".to_owned(),
                    deleted: false,
                },
                Source {
                    version: "4".to_owned(),
                    display: "at the server".to_owned(),
                    deleted: true,
                },
            ],
            labelled: &[labelled],
        })
    }

    #[test]
    fn a_decision_is_valid_fhir_that_names_both_sides_who_where_and_why() {
        let told = told(&json!({"resourceType": "Patient"}), "Patient/p");
        let wrong = validate(&told);
        assert!(wrong.is_empty(), "FHIR R4 takes it: {wrong:?}");
        assert_eq!(
            told["entity"][1]["what"]["reference"],
            "Patient/p/_history/4"
        );
        assert_eq!(told["entity"][1]["role"], "removal");
        assert_eq!(
            told["entity"][0]["what"]["reference"],
            "Patient/p/_history/01946f6e-5d2c-7c3a-8f00-0123456789ab-7"
        );
        assert_eq!(told["reason"][0]["text"], "asked the patient");
        assert_eq!(told["agent"][0]["who"]["identifier"]["value"], "amina");
        assert_eq!(told["agent"][1]["who"]["display"], "Laptop 3");
    }

    #[test]
    fn whoever_reads_the_record_reads_who_decided_about_it_and_nobody_else_does() {
        let plain = json!({"resourceType": "Patient"});
        let class = |value: &Value| SensitivityClass::of(value);
        assert_eq!(class(&told(&plain, "Patient/p")), SensitivityClass::Core);
        assert_eq!(
            class(&told(&plain, "Observation/o")),
            SensitivityClass::Clinical
        );
        let restricted = json!({"meta": {"security": [{"code": "R",
            "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"}]}});
        assert_eq!(
            class(&told(&restricted, "Patient/p")),
            SensitivityClass::Sensitive
        );
    }
}
