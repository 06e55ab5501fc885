//! Bundles as servers answer them, bodies left as they came.

use haven_model::{Resource, ResourceKey, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::remote::RemoteError;

#[derive(Deserialize)]
pub(super) struct Bundle<'a> {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(default)]
    pub total: Option<u64>,
    #[serde(default)]
    pub link: Vec<Link>,
    #[serde(default, borrow)]
    pub entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Link {
    #[serde(default)]
    relation: String,
    #[serde(default)]
    url: String,
}

#[derive(Deserialize)]
pub(super) struct Entry<'a> {
    #[serde(default, borrow)]
    pub resource: Option<&'a RawValue>,
    #[serde(default)]
    search: Option<Found>,
    #[serde(default)]
    pub response: Option<Answered>,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    mode: Option<String>,
}

/// What a server says of one entry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answered {
    #[serde(default)]
    pub status: Value,
    #[serde(default)]
    pub etag: Option<String>,
    #[serde(default)]
    pub last_modified: Option<String>,
    #[serde(default)]
    pub location: Option<String>,
    #[serde(default)]
    pub outcome: Option<Value>,
}

impl Answered {
    /// The leading number of `201 Created`.
    pub(super) fn code(&self) -> u16 {
        let text = match &self.status {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
        };
        text.split_ascii_whitespace()
            .next()
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0)
    }
}

impl Link {
    /// Where it leads, where it leads to the next page.
    pub(super) fn next(&self) -> Option<&str> {
        (self.relation == "next" && !self.url.is_empty()).then_some(self.url.as_str())
    }
}

impl<'a> Bundle<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, RemoteError> {
        let bundle: Self = serde_json::from_slice(body)
            .map_err(|_| RemoteError::NotFhir("its answer is not a Bundle".to_owned()))?;
        if bundle.resource_type != "Bundle" {
            return Err(RemoteError::NotFhir(
                "its answer is not a Bundle".to_owned(),
            ));
        }
        Ok(bundle)
    }

    /// Where the next page is, as the server says it.
    pub(super) fn next(&self) -> Option<&str> {
        self.link.iter().find_map(Link::next)
    }

    /// The resources that were asked for, includes and outcomes left out.
    pub(super) fn matches(&self) -> impl Iterator<Item = &'a RawValue> {
        self.entry
            .iter()
            .filter(|entry| {
                let mode = entry
                    .search
                    .as_ref()
                    .and_then(|found| found.mode.as_deref());
                !matches!(mode, Some("include" | "outcome"))
            })
            .filter_map(|entry| entry.resource)
    }
}

/// What is looked at of a resource that a server shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    #[serde(rename = "resourceType")]
    pub resource_type: String,
    pub id: String,
    pub meta: Option<ShownMeta>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ShownMeta {
    pub version_id: Option<String>,
    pub last_updated: Option<String>,
    pub security: Vec<Value>,
    pub tag: Vec<Value>,
}

impl Shown {
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }

    pub(super) fn key(&self) -> Option<ResourceKey> {
        ResourceKey::new(self.resource_type.clone(), self.id.clone()).ok()
    }

    pub(super) fn last_updated(&self) -> Option<Timestamp> {
        Timestamp::parse(self.meta.as_ref()?.last_updated.as_deref()?)
    }

    /// Whether the server left something out or painted it over (v3 ObservationValue).
    pub(super) fn is_masked(&self) -> bool {
        let security = self.meta.as_ref().map(|meta| meta.security.as_slice());
        security.unwrap_or_default().iter().any(|label| {
            matches!(
                label.get("code").and_then(Value::as_str),
                Some("SUBSETTED" | "MASKED" | "REDACTED")
            )
        })
    }

    /// Whether it carries a tag.
    pub(super) fn is_tagged(&self, system: &str, code: &str) -> bool {
        let tags = self.meta.as_ref().map(|meta| meta.tag.as_slice());
        tags.unwrap_or_default().iter().any(|tag| {
            tag.get("system").and_then(Value::as_str) == Some(system)
                && tag.get("code").and_then(Value::as_str) == Some(code)
        })
    }
}

/// The masked form of [`Shown::is_masked`], of a resource held here.
pub(crate) fn is_masked(resource: &Resource) -> bool {
    serde_json::from_slice::<Shown>(resource.bytes()).is_ok_and(|shown| shown.is_masked())
}
