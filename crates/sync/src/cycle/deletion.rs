//! Deletions of the server: done at the end of a pull, unless they are too many to be taken unseen.

use std::collections::BTreeMap;

use haven_store::{HeldDeletion, OpKind, StoreError, SyncAct};

use super::Cycle;
use super::settle::delete_now;
use crate::error::SyncError;

/// So many of a type are taken without asking, whatever its number of records.
const ALWAYS_TAKEN: usize = 20;

/// Of a type with many records, a tenth.
const TAKEN_SHARE: u64 = 10;

/// Deletions done in one transaction.
const DONE_PER_COMMIT: usize = 250;

impl Cycle<'_> {
    /// Does the deletions that this pull brought; of a type of which too many would go, none, and a
    /// person is asked. What a person accepted is done.
    pub(super) fn settle_deletions(&mut self) -> Result<(), SyncError> {
        let waiting = self.store.held_deletions()?;
        if waiting.is_empty() {
            return Ok(());
        }
        let accepts = self.options.accept_deletions;
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
            if accepts {
                going.extend(over);
                going.extend(fresh);
            } else if fresh.len() > most {
                left.extend(fresh);
            } else {
                going.extend(fresh);
            }
        }
        if accepts {
            self.store.transact(self.op(OpKind::Pull), |tx| {
                tx.note_of_sync(SyncAct::DeletionsAccepted)
            })?;
        }
        self.leave_to_a_person(&left)?;
        self.delete_here(going)
    }

    fn leave_to_a_person(&mut self, left: &[HeldDeletion]) -> Result<(), SyncError> {
        if !left.is_empty() {
            tracing::warn!(
                count = left.len(),
                "deletions of the server are held for a person"
            );
        }
        for some in left.chunks(DONE_PER_COMMIT) {
            self.store.transact(self.op(OpKind::Pull), |tx| {
                some.iter()
                    .try_for_each(|one| tx.leave_deletion_to_a_person(&one.remote.key))
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
                self.note(one);
            }
        }
        Ok(())
    }
}

/// How many live records of a type may go in one pull.
fn most_taken(live: u64) -> usize {
    let share = usize::try_from(live / TAKEN_SHARE).unwrap_or(usize::MAX);
    share.max(ALWAYS_TAKEN)
}
