//! References as they stand in resources and in queries.

use serde_json::Value;

use crate::definitions::r4;
use crate::resource::is_id;

/// The type and id at the end of a literal reference; a version is left off.
///
/// `Patient/1`, `https://a.example/fhir/Patient/1` and `Patient/1/_history/2` are one. As Haven keeps
/// one server's resources, the base of an absolute reference tells nothing apart.
#[must_use]
pub fn type_and_id(reference: &str) -> Option<(&str, &str)> {
    let unversioned = match reference.split_once("/_history/") {
        Some((before, _)) => before,
        None => reference,
    };
    let mut parts = unversioned.rsplit('/');
    let (id, resource_type) = (parts.next()?, parts.next()?);
    (is_id(id) && r4().is_resource_type(resource_type)).then_some((resource_type, id))
}

/// The literal reference of a Reference, canonical or uri.
pub(super) fn literal(value: &Value) -> Option<&str> {
    value
        .as_str()
        .or_else(|| value.get("reference").and_then(Value::as_str))
}

/// Whether a Reference leads to a resource of that type, as far as it tells.
pub(super) fn leads_to(value: &Value, target: &str) -> bool {
    match literal(value).and_then(type_and_id) {
        Some((resource_type, _)) => resource_type == target,
        None => value.get("type").and_then(Value::as_str) == Some(target),
    }
}

/// What a query says of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Referred {
    /// An id, of whatever type the parameter allows.
    Id(String),
    /// A type and an id.
    Key(String, String),
    /// Anything else, to the letter.
    Literal(String),
}

impl Referred {
    pub(super) fn read(value: &str, named_type: Option<&str>) -> Option<Self> {
        if let Some((resource_type, id)) = type_and_id(value) {
            return named_type
                .is_none_or(|named| named == resource_type)
                .then(|| Self::Key(resource_type.to_owned(), id.to_owned()));
        }
        match named_type {
            Some(named) => is_id(value).then(|| Self::Key(named.to_owned(), value.to_owned())),
            None if is_id(value) => Some(Self::Id(value.to_owned())),
            None => Some(Self::Literal(value.to_owned())),
        }
    }

    pub(super) fn matches(&self, value: &Value, targets: &[&str]) -> bool {
        // A resource within a Bundle stands for itself.
        if let Some(resource_type) = value.get("resourceType").and_then(Value::as_str) {
            let id = value.get("id").and_then(Value::as_str);
            return match self {
                Self::Id(wanted) => id == Some(wanted),
                Self::Key(kind, wanted) => kind == resource_type && id == Some(wanted),
                Self::Literal(_) => false,
            };
        }
        let Some(reference) = literal(value) else {
            return false;
        };
        match (self, type_and_id(reference)) {
            (Self::Id(wanted), Some((kind, id))) => {
                id == wanted && (targets.is_empty() || targets.contains(&kind))
            }
            (Self::Key(kind, wanted), Some((found, id))) => found == kind && id == wanted,
            (Self::Literal(wanted), _) => {
                reference == wanted
                    || reference
                        .split_once('|')
                        .is_some_and(|(url, _)| url == wanted)
            }
            (Self::Id(_) | Self::Key(..), None) => false,
        }
    }
}
