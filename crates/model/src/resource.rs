//! A FHIR R4 resource, kept to the letter.
//!
//! The bytes received are the resource: nothing here re-serialises them. The two edits Haven makes
//! (an id where there is none, and the server's `meta`) are spliced into the bytes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::head::{self, Member};
use crate::json::{self, JsonError};
use crate::search::type_and_id;
use crate::time::Timestamp;

/// Type and id of a resource, written `Patient/123`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceKey {
    /// The FHIR resource type.
    pub resource_type: String,
    /// The logical id, `[A-Za-z0-9\-.]{1,64}`.
    pub id: String,
}

impl ResourceKey {
    /// A key from parts known to be well formed, checked all the same.
    ///
    /// # Errors
    /// When the type is not a FHIR type name or the id not a FHIR id.
    pub fn new(
        resource_type: impl Into<String>,
        id: impl Into<String>,
    ) -> Result<Self, ResourceError> {
        let (resource_type, id) = (resource_type.into(), id.into());
        if !is_type_name(&resource_type) {
            return Err(ResourceError::BadType);
        }
        if !is_id(&id) {
            return Err(ResourceError::BadId);
        }
        Ok(Self { resource_type, id })
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.resource_type, self.id)
    }
}

impl FromStr for ResourceKey {
    type Err = ResourceError;

    fn from_str(text: &str) -> Result<Self, ResourceError> {
        let (resource_type, id) = text.split_once('/').ok_or(ResourceError::BadId)?;
        Self::new(resource_type, id)
    }
}

impl Serialize for ResourceKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResourceKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Why some bytes are not a resource that Haven keeps.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// Not readable as JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Not a JSON object.
    #[error("a resource is a JSON object")]
    NotAnObject,
    /// `resourceType` is missing or not a FHIR R4 type name.
    #[error("resourceType is missing or is not a FHIR R4 resource type")]
    BadType,
    /// `id` is missing.
    #[error("id is missing")]
    MissingId,
    /// `id` is not 1 to 64 of `A-Z a-z 0-9 - .`
    #[error("id must be 1 to 64 of A-Z a-z 0-9 - .")]
    BadId,
    /// `meta` is there but is not an object.
    #[error("meta is not an object")]
    BadMeta,
}

/// A resource: its bytes as they came, and its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Resource {
    key: ResourceKey,
    bytes: Arc<Vec<u8>>,
}

impl fmt::Debug for Resource {
    /// Type and length only: a body never reaches a log by accident.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Resource")
            .field("type", &self.key.resource_type)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl Resource {
    /// Reads a resource that has an id.
    ///
    /// # Errors
    /// When the bytes are not strict JSON, not an object, or lack a well-formed type or id.
    pub fn parse(bytes: &[u8]) -> Result<Self, ResourceError> {
        let bytes = bytes.trim_ascii();
        let head = head::read(bytes)?;
        if !head.is_object {
            return Err(ResourceError::NotAnObject);
        }
        let Member::Text(resource_type) = head.resource_type else {
            return Err(ResourceError::BadType);
        };
        let id = match head.id {
            Member::Missing => return Err(ResourceError::MissingId),
            Member::Text(id) => id,
            Member::Other => return Err(ResourceError::BadId),
        };
        Ok(Self {
            key: ResourceKey::new(resource_type, id)?,
            bytes: Arc::new(bytes.to_vec()),
        })
    }

    /// Reads a resource and hands over its parsed tree too, so that callers parse once.
    ///
    /// # Errors
    /// As [`Resource::parse`].
    pub fn parse_with_value(bytes: &[u8]) -> Result<(Self, Value), ResourceError> {
        let bytes = bytes.trim_ascii();
        let value = json::parse(bytes)?;
        let resource_type = type_of(&value)?;
        let id = match value.get("id") {
            None => return Err(ResourceError::MissingId),
            Some(Value::String(id)) => id.clone(),
            Some(_) => return Err(ResourceError::BadId),
        };
        let key = ResourceKey::new(resource_type, id)?;
        Ok((
            Self {
                key,
                bytes: Arc::new(bytes.to_vec()),
            },
            value,
        ))
    }

    /// Reads a resource, giving it `id` when it has none; all other bytes stay as they came.
    ///
    /// # Errors
    /// As [`Resource::parse`], save that a missing id is no error.
    pub fn parse_or_assign(bytes: &[u8], id: &str) -> Result<Self, ResourceError> {
        match Self::parse(bytes) {
            Err(ResourceError::MissingId) => Self::parse(&splice_member(bytes, "id", id)),
            other => other,
        }
    }

    /// A resource from a tree, for content made here (forms, merges).
    ///
    /// # Errors
    /// As [`Resource::parse`].
    pub fn from_value(value: &Value) -> Result<Self, ResourceError> {
        let bytes =
            serde_json::to_vec(value).map_err(|error| JsonError::Syntax(error.classify_text()))?;
        Self::parse(&bytes)
    }

    /// A resource whose bytes were read by [`Resource::parse`] before, and proven unaltered since.
    #[must_use]
    pub fn from_trusted_bytes(key: ResourceKey, bytes: Vec<u8>) -> Self {
        Self {
            key,
            bytes: Arc::new(bytes),
        }
    }

    /// Type and id.
    #[must_use]
    pub fn key(&self) -> &ResourceKey {
        &self.key
    }

    /// The bytes, as they came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The parsed tree; numbers keep their text and objects their order.
    #[must_use]
    pub fn value(&self) -> Value {
        json::parse(&self.bytes).unwrap_or(Value::Null)
    }

    /// `meta.versionId`, where there is one.
    #[must_use]
    pub fn version_id(&self) -> Option<String> {
        self.value()
            .pointer("/meta/versionId")
            .and_then(Value::as_str)
            .map(str::to_owned)
    }

    /// The same resource as the server holds it: `meta.versionId` and `meta.lastUpdated` set, every
    /// other byte unchanged.
    ///
    /// # Errors
    /// When `meta` is there but is not an object.
    pub fn with_server_meta(
        &self,
        version_id: &str,
        last_updated: Timestamp,
    ) -> Result<Self, ResourceError> {
        let bytes =
            crate::splice::set_server_meta(&self.bytes, version_id, &last_updated.to_instant())?;
        Ok(Self {
            key: self.key.clone(),
            bytes: Arc::new(bytes),
        })
    }

    /// The patient whose chart this resource belongs to: its own id for a Patient, else the first
    /// of `subject`, `patient`, `beneficiary`, `individual`, `for` or an Appointment's participant
    /// that refers to a Patient.
    ///
    /// Source: FHIR R4 CompartmentDefinition/patient (the elements that carry the owning patient).
    #[must_use]
    pub fn patient_of(value: &Value) -> Option<String> {
        if value.get("resourceType").and_then(Value::as_str) == Some("Patient") {
            return value.get("id").and_then(Value::as_str).map(str::to_owned);
        }
        ["subject", "patient", "beneficiary", "individual", "for"]
            .into_iter()
            .filter_map(|element| value.get(element))
            .chain(
                value
                    .get("participant")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(|participant| participant.get("actor")),
            )
            .filter_map(|reference| reference.get("reference").and_then(Value::as_str))
            .find_map(patient_reference)
    }
}

trait ClassifyText {
    fn classify_text(&self) -> String;
}

impl ClassifyText for serde_json::Error {
    fn classify_text(&self) -> String {
        format!("{:?}", self.classify())
    }
}

fn patient_reference(reference: &str) -> Option<String> {
    type_and_id(reference)
        .filter(|(resource_type, _)| *resource_type == "Patient")
        .map(|(_, id)| id.to_owned())
}

fn type_of(value: &Value) -> Result<&str, ResourceError> {
    let object = value.as_object().ok_or(ResourceError::NotAnObject)?;
    object
        .get("resourceType")
        .and_then(Value::as_str)
        .ok_or(ResourceError::BadType)
}

/// Whether a text has the form of a FHIR type name; whether R4 knows it is the definitions' say.
fn is_type_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a text is a FHIR `id`: `[A-Za-z0-9\-\.]{1,64}`.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

/// Puts a string member first in the object, leaving the rest byte for byte.
fn splice_member(object: &[u8], name: &str, text: &str) -> Vec<u8> {
    let object = object.trim_ascii();
    let rest = object.strip_prefix(b"{").unwrap_or(object);
    let member = format!("{{\"{name}\":{}", Value::String(text.to_owned()));
    let mut bytes = member.into_bytes();
    if !rest.trim_ascii_start().starts_with(b"}") {
        bytes.push(b',');
    }
    bytes.extend_from_slice(rest);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_missing_id_is_given_and_nothing_else_moves() {
        let resource = Resource::parse_or_assign(
            br#"{ "resourceType":"Observation" , "valueDecimal":1.00 }"#,
            "a1",
        )
        .expect("an id is given");
        assert_eq!(
            resource.bytes(),
            br#"{"id":"a1", "resourceType":"Observation" , "valueDecimal":1.00 }"#
        );
    }

    #[test]
    fn a_path_is_no_id() {
        assert!(ResourceKey::new("Patient", "../../x").is_err());
        assert!(ResourceKey::new("Patient", "x".repeat(65)).is_err());
    }

    #[test]
    fn the_compartment_is_found_through_subject_and_participant() {
        for resource in [
            json!({"resourceType":"Patient","id":"p"}),
            json!({"resourceType":"Observation","subject":{"reference":"Patient/p"}}),
            json!({"resourceType":"Appointment","participant":[
                {"actor":{"reference":"Practitioner/q"}},{"actor":{"reference":"Patient/p"}}]}),
            json!({"resourceType":"Condition","subject":{"reference":"https://a.example/fhir/Patient/p"}}),
        ] {
            assert_eq!(Resource::patient_of(&resource).as_deref(), Some("p"));
        }
    }

    #[test]
    fn debug_shows_no_body() {
        let resource = Resource::parse(
            br#"{"resourceType":"Patient","id":"p","name":[{"family":"Trevino"}]}"#,
        )
        .expect("valid");
        assert!(!format!("{resource:?}").contains("Trevino"));
    }
}
