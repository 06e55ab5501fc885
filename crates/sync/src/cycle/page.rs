//! A page of the server's changes on its way, and read.

use std::collections::BTreeMap;
use std::sync::Arc;

use haven_model::wire::{AuditAnchor, Change, Person, PullRequest, PullResponse};
use haven_model::{Resource, ResourceKey, Timestamp};
use haven_store::RemoteVersion;
use tokio::task::JoinHandle;

use crate::remote::{Remote, RemoteError};

/// A page, its changes read.
pub(super) struct Page {
    /// What can be kept, in the server's order.
    pub versions: Vec<RemoteVersion>,
    /// How many changes are none that can be kept.
    pub unreadable: u64,
    /// To be kept in the transaction that keeps the versions.
    pub cursor: String,
    /// Whether there is another page behind the cursor.
    pub has_more: bool,
    /// How many changes lie behind the last cursor, this page included.
    pub total: Option<u64>,
    /// The server's clock.
    pub sync_timestamp: String,
    /// How many changes the page has.
    pub changes: u64,
    /// Bytes of bodies.
    pub bytes: u64,
    /// Who made the changes, by login name.
    pub people: BTreeMap<String, Person>,
    /// What the server remembers of this device's audit log.
    pub audit_anchor: Option<AuditAnchor>,
}

/// A page on its way; dropping it lets it go.
///
/// It is fetched and read beside whoever asked, who may write the page before it meanwhile.
pub(super) struct Asked(JoinHandle<Result<Page, RemoteError>>);

impl Asked {
    pub(super) fn of(remote: &Arc<dyn Remote>, request: PullRequest) -> Self {
        let remote = Arc::clone(remote);
        Self(tokio::spawn(
            async move { remote.pull(request).await.map(read) },
        ))
    }

    pub(super) async fn wait(&mut self) -> Result<Page, RemoteError> {
        (&mut self.0).await.unwrap_or(Err(RemoteError::Timeout))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Reads the changes of a page. One that cannot be read must not keep the others away; it stays at
/// the server.
pub(super) fn read(response: PullResponse) -> Page {
    let changes = count(response.changes.len());
    let versions: Vec<RemoteVersion> = response
        .changes
        .into_iter()
        .filter_map(remote_version)
        .collect();
    let bytes = versions
        .iter()
        .map(|version| {
            count(
                version
                    .resource
                    .as_ref()
                    .map_or(0, |body| body.bytes().len()),
            )
        })
        .sum();
    let unreadable = changes.saturating_sub(count(versions.len()));
    if unreadable > 0 {
        tracing::warn!(
            unreadable,
            "changes of the server that are no resources were left there"
        );
    }
    Page {
        versions,
        unreadable,
        cursor: response.cursor,
        has_more: response.has_more,
        total: response.total,
        sync_timestamp: response.sync_timestamp,
        changes,
        bytes,
        people: response.people,
        audit_anchor: response.audit_anchor,
    }
}

/// A change of the server as the store takes it; `None` when it is not one.
pub(super) fn remote_version(change: Change) -> Option<RemoteVersion> {
    let key = ResourceKey::new(change.collection, change.record_id).ok()?;
    let resource = match change.data {
        Some(data) => {
            let resource = Resource::parse(data.get().as_bytes()).ok()?;
            if resource.key() != &key {
                return None;
            }
            Some(resource)
        }
        None => None,
    };
    Some(RemoteVersion {
        key,
        resource,
        server_version: change.version,
        vector_clock: change.vector_clock,
        last_modified: Timestamp::parse(&change.last_modified)?,
        device_id: change.device_id,
        device_name: change.device_name,
        user: change.user,
        edited_at: change.edited_at.as_deref().and_then(Timestamp::parse),
    })
}

/// A length as the number that is told.
pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
