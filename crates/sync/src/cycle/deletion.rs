//! Deletions of a server: done once all of them have come, unless they are too many to be taken unseen.
//!
//! One rule for the hub, which tells of them, and for plain servers, where a sweep finds them.

use std::collections::BTreeMap;

use haven_model::ResourceKey;
use haven_store::{HeldDeletion, OpKind, StoreError, SyncAct};

use super::Cycle;
use super::page::remote_version;
use super::settle::{Settled, delete_now};
use crate::error::SyncError;
use crate::remote::deletion;

/// So many of a type are taken without asking, whatever its number of records.
const ALWAYS_TAKEN: usize = 20;

/// Of a type with many records, a tenth.
const TAKEN_SHARE: u64 = 10;

/// Deletions done in one transaction.
const DONE_PER_COMMIT: usize = 250;

impl Cycle<'_> {
    /// Deletions of this server that are not done here yet.
    pub(super) fn held_deletions(&self) -> Result<Vec<HeldDeletion>, SyncError> {
        let mut held = self.store.held_deletions()?;
        held.retain(|one| self.realm.covers(one.owner.as_deref()));
        Ok(held)
    }

    /// How many of them a person has to accept, by type.
    pub(super) fn held_for_a_person(&self) -> Result<BTreeMap<String, u64>, SyncError> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for one in self.held_deletions()?.into_iter().filter(|one| one.over) {
            let count = counts.entry(one.remote.key.resource_type).or_default();
            *count = count.saturating_add(1);
        }
        Ok(counts)
    }

    /// Does the deletions that have come; of a type of which too many would go, none, and a person is
    /// asked. What a person accepted is done.
    pub(super) fn settle_deletions(&mut self) -> Result<(), SyncError> {
        let waiting = self.held_deletions()?;
        if waiting.is_empty() {
            return Ok(());
        }
        let accepts = self.options.accept_deletions;
        // What a plain server's list alone told was asked for by the sweep and is no longer among these.
        let does_old_ones = accepts && self.realm.name.is_none();
        let mut by_type: BTreeMap<String, Vec<HeldDeletion>> = BTreeMap::new();
        for one in waiting {
            by_type
                .entry(one.remote.key.resource_type.clone())
                .or_default()
                .push(one);
        }
        let live: BTreeMap<String, u64> = self.store.counts()?.by_type.into_iter().collect();
        let (mut going, mut left) = (Vec::new(), Vec::new());
        for (name, of_type) in by_type {
            let (over, fresh): (Vec<_>, Vec<_>) = of_type.into_iter().partition(|one| one.over);
            let most = most_taken(live.get(&name).copied().unwrap_or(0));
            if does_old_ones {
                going.extend(over);
            }
            if accepts || fresh.len() <= most {
                going.extend(fresh);
            } else {
                left.extend(fresh.into_iter().map(|one| one.remote.key));
            }
        }
        if accepts && !going.is_empty() {
            self.store.transact(self.op(OpKind::Pull), |tx| {
                tx.note_of_sync(SyncAct::DeletionsAccepted)
            })?;
        }
        self.leave_to_a_person(&left)?;
        self.delete_here(going)
    }

    fn leave_to_a_person(&self, left: &[ResourceKey]) -> Result<(), SyncError> {
        if !left.is_empty() {
            tracing::warn!(
                count = left.len(),
                "deletions of the server are held for a person"
            );
        }
        for some in left.chunks(DONE_PER_COMMIT) {
            self.store.transact(self.op(OpKind::Pull), |tx| {
                some.iter()
                    .try_for_each(|key| tx.leave_deletion_to_a_person(key))
            })?;
        }
        Ok(())
    }

    /// Leaves to a person what a plain server's list no longer shows, and has not been asked for.
    pub(super) fn hold_unasked(&self, missing: &[ResourceKey]) -> Result<(), SyncError> {
        let now = self.now();
        for some in missing.chunks(DONE_PER_COMMIT) {
            self.store.transact(self.op(OpKind::Pull), |tx| {
                some.iter()
                    .filter_map(|key| remote_version(deletion(key, now)))
                    .try_for_each(|remote| tx.hold_deletion(&remote))
            })?;
        }
        self.leave_to_a_person(missing)
    }

    /// Forgets deletions that were held; whether they stand is asked anew.
    pub(super) fn let_deletions_go(&self, keys: &[ResourceKey]) -> Result<(), SyncError> {
        for some in keys.chunks(DONE_PER_COMMIT) {
            self.store.transact(self.op(OpKind::Pull), |tx| {
                some.iter().try_for_each(|key| tx.let_deletion_go(key))
            })?;
        }
        Ok(())
    }

    fn delete_here(&mut self, going: Vec<HeldDeletion>) -> Result<(), SyncError> {
        let mut rest = going.into_iter().peekable();
        while rest.peek().is_some() {
            let some: Vec<HeldDeletion> = rest.by_ref().take(DONE_PER_COMMIT).collect();
            let (settled, _) = self.store.transact(self.op(OpKind::Pull), |tx| {
                some.into_iter()
                    .map(|one| delete_now(tx, one.remote))
                    .collect::<Result<Vec<_>, StoreError>>()
            })?;
            for one in settled {
                if matches!(one, Settled::Taken | Settled::Conflict) {
                    self.summary.removed = self.summary.removed.saturating_add(1);
                }
                self.note(one);
            }
        }
        Ok(())
    }
}

/// How many live records of a type may go at once.
pub(super) fn most_taken(live: u64) -> usize {
    let share = usize::try_from(live / TAKEN_SHARE).unwrap_or(usize::MAX);
    share.max(ALWAYS_TAKEN)
}
