//! What a plain FHIR server is like: what it says of itself, and what was found by working with it.

use haven_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::remote::RemoteError;

/// A property of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Nothing is known.
    #[default]
    Unknown,
    /// It says so of itself.
    DeclaredYes,
    /// It says that it is not so.
    DeclaredNo,
    /// It was seen to be so.
    Yes,
    /// It was seen not to be so.
    No,
}

impl Said {
    fn declared(told: Option<bool>) -> Self {
        match told {
            None => Self::Unknown,
            Some(true) => Self::DeclaredYes,
            Some(false) => Self::DeclaredNo,
        }
    }

    /// What was seen.
    #[must_use]
    pub fn seen(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    /// Whether it is known not to be so.
    #[must_use]
    pub fn is_no(self) -> bool {
        matches!(self, Self::No | Self::DeclaredNo)
    }

    /// Whether it was seen, whatever the server says.
    #[must_use]
    pub fn is_proven(self) -> bool {
        matches!(self, Self::No | Self::Yes)
    }
}

/// What is known of a server; kept in the store, so that it is found out once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// When its CapabilityStatement was read last, RFC 3339.
    pub read_at: String,
    /// FHIR version.
    pub fhir_version: String,
    /// The name of its software.
    pub software: Option<String>,
    /// The types that are exchanged.
    pub types: Vec<String>,
    /// Types that it does not let this user search.
    pub refused_types: Vec<String>,
    /// Whether a PUT to an id of ours makes a resource; if not, the server chooses the ids.
    pub client_ids: Said,
    /// Whether an update of an older version is refused.
    pub if_match: Said,
    /// Whether resources carry `meta.versionId`.
    pub versions: Said,
    /// The status that tells of a lost race.
    pub lost_race_status: Option<u16>,
    /// The status by which a deleted resource is read.
    pub deleted_status: Option<u16>,
    /// Whether Bundles of type `batch` are taken.
    pub batch: Said,
    /// Whether Bundles of type `transaction` are all or nothing.
    pub transaction: Said,
    /// Whether `_lastUpdated` and `_sort` are understood.
    pub last_updated_search: Said,
    /// Whether `_sort=-_lastUpdated` and windows of `_lastUpdated` are kept to.
    pub windows: Said,
    /// Whether pages have next links.
    pub next_links: Said,
    /// Whether searches tell a total.
    pub totals: Said,
    /// Whether type histories tell of all that changed.
    pub type_history: Said,
    /// Types whose history does not, where others' do.
    pub no_history_types: Vec<String>,
    /// At most this many entries in a Bundle were taken after larger ones were not.
    pub max_entries: Option<usize>,
    /// Whether requests may be compressed.
    pub gzip_requests: Said,
    /// Whether it has asked for patience.
    pub rate_limits: Said,
    /// Whether numbers come back with fewer digits.
    pub shortens_numbers: Said,
    /// Where tokens are had, as told by the server.
    pub token_url: Option<String>,
}

/// The types that are exchanged with a server that offers them, what others refer to first.
pub(super) const TYPES: [&str; 56] = [
    "Organization",
    "Location",
    "HealthcareService",
    "Practitioner",
    "PractitionerRole",
    "Device",
    "Substance",
    "Medication",
    "Patient",
    "RelatedPerson",
    "Schedule",
    "Slot",
    "EpisodeOfCare",
    "Appointment",
    "AppointmentResponse",
    "Encounter",
    "Condition",
    "AllergyIntolerance",
    "Observation",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationAdministration",
    "MedicationDispense",
    "Immunization",
    "Procedure",
    "ServiceRequest",
    "Specimen",
    "DiagnosticReport",
    "ImagingStudy",
    "Media",
    "CarePlan",
    "CareTeam",
    "Goal",
    "Flag",
    "AdverseEvent",
    "ClinicalImpression",
    "DetectedIssue",
    "DeviceRequest",
    "DeviceUseStatement",
    "FamilyMemberHistory",
    "RiskAssessment",
    "NutritionOrder",
    "Communication",
    "CommunicationRequest",
    "Consent",
    "Coverage",
    "RequestGroup",
    "Task",
    "DocumentReference",
    "Composition",
    "Questionnaire",
    "QuestionnaireResponse",
    "List",
    "Group",
    "Provenance",
    "Basic",
];

impl Profile {
    /// Reads a CapabilityStatement; what was found out by working with the server stays.
    ///
    /// # Errors
    /// [`RemoteError::NotFhir`] when it is none, or of another version than R4.
    pub(super) fn read(
        statement: &Value,
        before: Option<&Self>,
        now: Timestamp,
    ) -> Result<Self, RemoteError> {
        if statement.get("resourceType").and_then(Value::as_str) != Some("CapabilityStatement") {
            return Err(RemoteError::NotFhir(
                "it has no CapabilityStatement".to_owned(),
            ));
        }
        let text = |pointer: &str| {
            statement
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let fhir_version = text("/fhirVersion").unwrap_or_default();
        if !fhir_version.starts_with("4.") {
            return Err(RemoteError::NotFhir("it speaks another version".to_owned()));
        }
        let rest = statement.pointer("/rest/0").unwrap_or(&Value::Null);
        let resources = rest.get("resource").and_then(Value::as_array);
        let told = before.cloned().unwrap_or_default();
        let of_patient = |member: &str| {
            let resources = resources?;
            let patient = resources
                .iter()
                .find(|one| one.get("type").and_then(Value::as_str) == Some("Patient"))?;
            patient.get(member).cloned()
        };
        let keep = |seen: Said, declared: Option<bool>| {
            if seen.is_proven() {
                seen
            } else {
                Said::declared(declared)
            }
        };
        let system = rest.get("interaction").and_then(Value::as_array);
        let offers = |code: &str| {
            system.map(|all| {
                all.iter()
                    .any(|one| one.get("code").and_then(Value::as_str) == Some(code))
            })
        };
        let versioning = of_patient("versioning")
            .as_ref()
            .and_then(Value::as_str)
            .map(str::to_owned);
        Ok(Self {
            read_at: now.to_instant(),
            fhir_version,
            software: text("/software/name"),
            types: types_of(resources),
            refused_types: Vec::new(),
            client_ids: keep(
                told.client_ids,
                of_patient("updateCreate").as_ref().and_then(Value::as_bool),
            ),
            if_match: keep(
                told.if_match,
                versioning.as_deref().map(|how| how == "versioned-update"),
            ),
            versions: keep(
                told.versions,
                versioning.as_deref().map(|how| how != "no-version"),
            ),
            batch: keep(told.batch, offers("batch").filter(|yes| *yes)),
            transaction: keep(told.transaction, offers("transaction")),
            type_history: keep(
                told.type_history,
                of_patient("interaction").map(|all| {
                    all.as_array().is_some_and(|all| {
                        all.iter().any(|one| {
                            one.get("code").and_then(Value::as_str) == Some("history-type")
                        })
                    })
                }),
            ),
            token_url: token_url(rest),
            ..told
        })
    }
}

fn types_of(resources: Option<&Vec<Value>>) -> Vec<String> {
    let searchable = |one: &Value| {
        let interactions = one.get("interaction").and_then(Value::as_array);
        interactions.is_none_or(|all| {
            all.iter()
                .any(|one| one.get("code").and_then(Value::as_str) == Some("search-type"))
        })
    };
    let offered = |name: &str| match resources {
        None => true,
        Some(resources) => {
            resources.is_empty()
                || resources.iter().any(|one| {
                    one.get("type").and_then(Value::as_str) == Some(name) && searchable(one)
                })
        }
    };
    TYPES
        .into_iter()
        .filter(|name| offered(name))
        .map(str::to_owned)
        .collect()
}

/// The token endpoint in the oauth-uris extension (SMART App Launch 1.0.0, conformance).
fn token_url(rest: &Value) -> Option<String> {
    const URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
    let extensions = rest.pointer("/security/extension")?.as_array()?;
    let uris = extensions
        .iter()
        .find(|one| one.get("url").and_then(Value::as_str) == Some(URIS))?;
    let token = uris
        .get("extension")?
        .as_array()?
        .iter()
        .find(|one| one.get("url").and_then(Value::as_str) == Some("token"))?;
    token
        .get("valueUri")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_seen_outweighs_what_is_said() {
        let statement = json!({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1",
            "rest": [{"resource": [{"type": "Patient", "updateCreate": true,
                "versioning": "versioned-update", "interaction": [{"code": "search-type"}]},
                {"type": "Account"}]}]});
        let first = Profile::read(&statement, None, Timestamp(0)).expect("a statement");
        assert_eq!(first.client_ids, Said::DeclaredYes);
        assert_eq!(
            first.types,
            ["Patient"],
            "what Haven does not show is left there"
        );
        let seen = Profile {
            client_ids: Said::No,
            ..first
        };
        let again = Profile::read(&statement, Some(&seen), Timestamp(1)).expect("a statement");
        assert_eq!(again.client_ids, Said::No);
    }

    #[test]
    fn a_page_and_another_version_are_no_r4_server() {
        for statement in [
            json!({"hello": "world"}),
            json!({"resourceType": "CapabilityStatement", "fhirVersion": "3.0.2"}),
        ] {
            assert!(matches!(
                Profile::read(&statement, None, Timestamp(0)),
                Err(RemoteError::NotFhir(_))
            ));
        }
    }
}
