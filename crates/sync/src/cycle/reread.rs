//! Reading everything again after the server lost its place, and offering it what it lost.

use std::collections::HashSet;

use haven_model::{ResourceKey, SyncStatus, VectorClock};
use haven_store::{OpKind, RemoteVersion, StoreError};

use super::Cycle;
use crate::error::SyncError;
use crate::first::FirstSync;
use crate::settings;

/// Resources offered again in one transaction.
const OFFERED_PER_COMMIT: usize = 250;

impl Cycle<'_> {
    /// Forgets the cursor, so that the next page is the first; the outbox stays. With a new epoch
    /// the server was restored: what it does not show any more will be offered to it again.
    pub(super) fn read_again(&mut self, epoch: Option<&str>) -> Result<(), SyncError> {
        let restored = match epoch {
            Some(epoch) => self
                .store
                .setting(&self.names.epoch)?
                .is_some_and(|known| known != epoch),
            None => true,
        };
        // What a first sync had still to bring comes with everything else.
        let is_first = self.realm.name.is_none()
            && settings::first_sync(self.store)?.is_some_and(|first| !first.is_complete());
        let first = is_first.then(|| settings::text_of(&FirstSync::in_the_servers_order()));
        self.store.transact(self.op(OpKind::Configure), |tx| {
            tx.set_setting(&self.names.cursor, None)?;
            if let Some(epoch) = epoch {
                tx.set_setting(&self.names.epoch, Some(epoch))?;
            }
            if restored {
                tx.set_setting(&self.names.reoffering, Some("1"))?;
            }
            if let Some(first) = &first {
                tx.set_setting(settings::FIRST_SYNC, Some(first))?;
            }
            Ok::<_, StoreError>(())
        })?;
        self.reread = restored.then(HashSet::new);
        Ok(())
    }

    /// Once everything has been read again: what is here as acknowledged and was not shown is
    /// missing at the server.
    pub(super) fn finish_reread(&mut self) -> Result<(), SyncError> {
        let Some(seen) = self.reread.take() else {
            return Ok(());
        };
        let mut missing: Vec<ResourceKey> = Vec::new();
        self.store.for_each(None, |stored| {
            if stored.row.sync_status == SyncStatus::Synced && !seen.contains(&stored.key) {
                missing.push(stored.key);
            }
            Ok::<_, StoreError>(())
        })?;
        for keys in missing.chunks(OFFERED_PER_COMMIT) {
            self.store.transact(self.op(OpKind::Pull), |tx| {
                for key in keys {
                    let Some(stored) = tx.get(key)? else {
                        continue;
                    };
                    if !self.realm.covers(tx.remote_of(key)?.as_deref()) {
                        continue;
                    }
                    if stored.row.sync_status == SyncStatus::Synced && stored.resource.is_some() {
                        let resource = stored.resource;
                        tx.rebase(
                            resource,
                            nothing_there(key.clone(), stored.row.last_modified),
                        )?;
                    }
                }
                Ok::<_, StoreError>(())
            })?;
            let offered = u64::try_from(keys.len()).unwrap_or(u64::MAX);
            self.summary.reoffered = self.summary.reoffered.saturating_add(offered);
        }
        self.store.transact(self.op(OpKind::Configure), |tx| {
            tx.set_setting(&self.names.reoffering, None)
        })?;
        Ok(())
    }
}

/// The side of a server that does not know a resource: no body and no version. What is put on top
/// of it is offered as new.
pub(super) fn nothing_there(
    key: ResourceKey,
    last_modified: haven_model::Timestamp,
) -> RemoteVersion {
    RemoteVersion {
        key,
        resource: None,
        server_version: String::new(),
        vector_clock: VectorClock::new(),
        last_modified,
        device_id: None,
        device_name: None,
        user: None,
        edited_at: None,
    }
}
