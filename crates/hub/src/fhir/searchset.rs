//! Bundles that the hub writes; resources go in as their stored bytes.

use haven_model::Operation;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::problem::Problem;
use super::reply::Reply;
use crate::error::HubError;
use crate::exchange::raw;
use crate::records::Version;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bundle {
    resource_type: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    link: Vec<Link>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entry: Vec<Entry>,
}

#[derive(Serialize)]
struct Link {
    relation: &'static str,
    url: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    #[serde(skip_serializing_if = "Option::is_none")]
    full_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<SearchMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<EntryRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<EntryResponse>,
}

#[derive(Serialize)]
struct SearchMode {
    mode: &'static str,
}

#[derive(Serialize)]
struct EntryRequest {
    method: &'static str,
    url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryResponse {
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Box<Value>>,
}

impl Bundle {
    pub(super) fn new(kind: &'static str, total: Option<u64>, entry: Vec<Entry>) -> Self {
        Self {
            resource_type: "Bundle",
            kind,
            total,
            link: Vec::new(),
            entry,
        }
    }

    pub(super) fn link(mut self, relation: &'static str, url: Option<String>) -> Self {
        self.link.extend(url.map(|url| Link { relation, url }));
        self
    }

    pub(super) fn into_reply(self) -> Result<Reply, Problem> {
        let body = serde_json::to_vec(&self).map_err(|_| HubError::Corrupt("a Bundle"))?;
        Ok(Reply::document(body))
    }
}

impl Entry {
    /// A resource that was searched for.
    pub(super) fn found(base: &str, version: Version) -> Result<Self, HubError> {
        Ok(Self {
            full_url: Some(format!("{base}/{}", version.key)),
            resource: version.body.map(raw).transpose()?,
            search: Some(SearchMode { mode: "match" }),
            ..Self::default()
        })
    }

    /// One version in a history.
    pub(super) fn past(base: &str, version: Version) -> Result<Self, HubError> {
        let key = version.key.to_string();
        let (method, url, status) = match (version.operation, version.version) {
            (Operation::Create, 1) => ("POST", version.key.resource_type.clone(), 201),
            (Operation::Create, _) => ("PUT", key.clone(), 201),
            (Operation::Update, _) => ("PUT", key.clone(), 200),
            (Operation::Delete, _) => ("DELETE", key.clone(), 204),
        };
        Ok(Self {
            full_url: Some(format!("{base}/{key}")),
            request: Some(EntryRequest { method, url }),
            response: Some(EntryResponse {
                status: status_line(status),
                location: None,
                etag: Some(version.etag()),
                last_modified: Some(version.last_updated.to_instant()),
                outcome: None,
            }),
            resource: version.body.map(raw).transpose()?,
            search: None,
        })
    }

    /// What became of one entry of a batch or transaction.
    pub(super) fn answered(base: &str, reply: Reply, with_body: bool) -> Result<Self, HubError> {
        let body = reply.body.filter(|_| with_body);
        Ok(Self {
            full_url: reply
                .subject
                .filter(|_| body.is_some())
                .map(|key| format!("{base}/{key}")),
            resource: body.map(raw).transpose()?,
            response: Some(EntryResponse {
                status: status_line(reply.status),
                location: reply.location.map(|location| format!("{base}/{location}")),
                etag: reply.etag,
                last_modified: reply.last_modified.map(haven_model::Timestamp::to_instant),
                outcome: None,
            }),
            ..Self::default()
        })
    }

    /// Why one entry of a batch was not done.
    pub(super) fn refused(problem: Problem) -> Self {
        let current = problem.current.as_deref();
        Self {
            response: Some(EntryResponse {
                status: status_line(problem.status),
                location: None,
                etag: current.map(Version::etag),
                last_modified: current.map(|current| current.last_updated.to_instant()),
                outcome: Some(problem.outcome),
            }),
            ..Self::default()
        }
    }
}

fn status_line(status: u16) -> String {
    let reason = axum::http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default();
    format!("{status} {reason}").trim_end().to_owned()
}
