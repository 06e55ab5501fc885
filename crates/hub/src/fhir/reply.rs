//! What was done, before it is an HTTP response or a Bundle's entry.

use haven_model::{Timestamp, VectorClock};

use crate::records::Version;

/// The outcome of one interaction.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Option<Vec<u8>>,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<Timestamp>,
    /// `Patient/1/_history/2`, below the root.
    pub(super) location: Option<String>,
    pub(super) clock: Option<VectorClock>,
    /// `Patient/1`, of the resource in `body`.
    pub(super) subject: Option<String>,
}

impl Reply {
    /// A version, with its body.
    pub(super) fn version(status: u16, version: Version) -> Self {
        let subject = version.key.to_string();
        Self {
            status,
            etag: Some(version.etag()),
            last_modified: Some(version.last_updated),
            location: Some(format!("{subject}/_history/{}", version.version)),
            clock: Some(version.clock),
            body: version.body,
            subject: Some(subject),
        }
    }

    /// A document made for this reply.
    pub(super) fn document(body: Vec<u8>) -> Self {
        Self {
            body: Some(body),
            ..Self::empty(200)
        }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            body: None,
            etag: None,
            last_modified: None,
            location: None,
            clock: None,
            subject: None,
        }
    }

    /// Whether this made a new resource.
    pub(super) fn created(&self) -> bool {
        self.status == 201
    }
}
