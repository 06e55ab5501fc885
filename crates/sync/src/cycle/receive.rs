//! Pulling page by page, each kept together with its cursor.

use std::sync::Arc;

use haven_model::wire::{Change, PullRequest, PullResponse};
use haven_model::{Resource, ResourceKey, Timestamp};
use haven_store::{OpKind, RemoteVersion, StoreError};
use tokio::task::JoinHandle;

use super::Cycle;
use super::settle::Settled;
use crate::error::SyncError;
use crate::event::{Phase, SyncEvent};
use crate::plan::Occasion;
use crate::remote::RemoteError;
use crate::settings;

/// With nothing received, the time of the last look is kept only this often: an idle evening must
/// not fill the audit log.
const LOOK_KEPT_EVERY_MS: i64 = 600_000;

impl Cycle<'_> {
    /// Takes in everything that the server has behind the cursor.
    pub(super) async fn receive(&mut self) -> Result<(), SyncError> {
        let mut cursor = self.store.setting(settings::CURSOR)?;
        let mut next = self.ask_for_page(cursor.clone());
        let mut received = 0_u64;
        let mut total = None;
        loop {
            let page = match next.wait().await {
                Ok(page) => page,
                Err(RemoteError::CursorExpired) if cursor.is_some() => {
                    tracing::warn!("the cursor has expired: everything is read again");
                    let epoch = self.remote.probe().await?.epoch;
                    self.read_again(Some(&epoch))?;
                    cursor = None;
                    (received, total) = (0, None);
                    next = self.ask_for_page(None);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let has_more = page.has_more;
            if received == 0 && !page.changes.is_empty() {
                self.events.tell(SyncEvent::Started {
                    phase: Phase::Receiving,
                });
                total = page.total;
            }
            received = received.saturating_add(count(page.changes.len()));
            let advances = cursor.as_deref() != Some(page.cursor.as_str());
            cursor = Some(page.cursor.clone());
            if has_more {
                // The server prepares the next page while this one is written.
                next = self.ask_for_page(cursor.clone());
            }
            let has_changes = !page.changes.is_empty();
            self.keep_page(page, advances)?;
            if has_changes {
                self.events.tell(SyncEvent::Progress {
                    phase: Phase::Receiving,
                    done: received,
                    total: total.map(|total| total.max(received)),
                });
            }
            if !has_more {
                break;
            }
        }
        self.finish_reread()
    }

    /// Writes a page and its cursor in one transaction.
    fn keep_page(&mut self, page: PullResponse, advances: bool) -> Result<(), SyncError> {
        if page.changes.is_empty() && !self.look_is_worth_keeping(advances)? {
            return Ok(());
        }
        let (versions, unreadable) = read_changes(page.changes);
        self.summary.unreadable = self.summary.unreadable.saturating_add(unreadable);
        for version in &versions {
            let bytes = version
                .resource
                .as_ref()
                .map_or(0, |resource| resource.bytes().len());
            self.summary.bytes_received = self.summary.bytes_received.saturating_add(count(bytes));
        }
        let seen: Option<Vec<ResourceKey>> = self
            .reread
            .is_some()
            .then(|| versions.iter().map(|version| version.key.clone()).collect());
        let now = self.now().to_instant();
        let rebases = &self.rebases;
        let (settled, _) = self.store.transact(self.op(OpKind::Pull), |tx| {
            let mut all = Vec::with_capacity(versions.len());
            for version in versions {
                let rebased = rebases.get(&version.key).copied().unwrap_or(0);
                all.push(super::settle::settle(
                    tx,
                    version,
                    Occasion::Pulled,
                    rebased,
                )?);
            }
            tx.set_setting(settings::CURSOR, Some(&page.cursor))?;
            tx.set_setting(settings::LAST_RECEIVED, Some(&now))?;
            tx.set_setting(settings::DATA_AS_OF, Some(&page.sync_timestamp))?;
            Ok::<_, StoreError>(all)
        })?;
        if let (Some(reread), Some(seen)) = (&mut self.reread, seen) {
            reread.extend(seen);
        }
        for one in settled {
            self.note(one);
        }
        Ok(())
    }

    fn look_is_worth_keeping(&self, advances: bool) -> Result<bool, SyncError> {
        if advances {
            return Ok(true);
        }
        let last = self
            .store
            .setting(settings::LAST_RECEIVED)?
            .and_then(|text| Timestamp::parse(&text));
        Ok(last.is_none_or(|last| last.plus_ms(LOOK_KEPT_EVERY_MS) <= self.now()))
    }

    /// Counts what became of one version of the server.
    pub(super) fn note(&mut self, settled: Settled) {
        let summary = &mut self.summary;
        match settled {
            Settled::Nothing => {}
            Settled::Taken => summary.pulled = summary.pulled.saturating_add(1),
            Settled::OnTop => summary.reoffered = summary.reoffered.saturating_add(1),
            Settled::Merged(key) => {
                summary.pulled = summary.pulled.saturating_add(1);
                summary.merged = summary.merged.saturating_add(1);
                let times = self.rebases.entry(key).or_insert(0);
                *times = times.saturating_add(1);
            }
            Settled::Conflict => {
                summary.pulled = summary.pulled.saturating_add(1);
                summary.conflicts = summary.conflicts.saturating_add(1);
            }
        }
    }

    fn ask_for_page(&self, cursor: Option<String>) -> Asked {
        let request = PullRequest {
            cursor,
            device_id: self.store.session().device_id.clone(),
            max_records: Some(self.options.page_records),
            ..PullRequest::default()
        };
        let remote = Arc::clone(self.remote);
        Asked(tokio::spawn(async move { remote.pull(request).await }))
    }
}

/// A page on its way; dropping it lets it go.
struct Asked(JoinHandle<Result<PullResponse, RemoteError>>);

impl Asked {
    async fn wait(&mut self) -> Result<PullResponse, RemoteError> {
        (&mut self.0).await.unwrap_or(Err(RemoteError::Timeout))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The versions of a page, and how many of its changes are none that can be kept.
///
/// One that cannot be read must not keep the others away; it stays at the server.
fn read_changes(changes: Vec<Change>) -> (Vec<RemoteVersion>, u64) {
    let mut unreadable = 0_u64;
    let versions = changes
        .into_iter()
        .filter_map(|change| {
            let version = remote_version(change);
            if version.is_none() {
                unreadable = unreadable.saturating_add(1);
                tracing::warn!("a change of the server is no resource that can be kept");
            }
            version
        })
        .collect();
    (versions, unreadable)
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
