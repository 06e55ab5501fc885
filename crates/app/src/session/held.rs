//! Deletions of the server that wait for a person: done here too, or the records kept.

use haven_model::{ConflictKind, FieldConflict, Resource};
use haven_store::{NewConflict, OpKind};
use serde_json::Value;

use super::{Session, SyncWith};
use crate::error::{AppError, Result};

/// What the row of such a decision names as its rule.
const RULE: &str = "deleted-and-changed";

impl Session {
    /// Does the deletions that wait for a person, with a run of the sync; answers how many records went.
    ///
    /// # Errors
    /// As [`Session::sync_with`]; what the server cannot be asked about now stays as it is.
    pub fn accept_held_deletions(&self) -> Result<u64> {
        let with = SyncWith {
            accept_deletions: true,
            ..SyncWith::default()
        };
        Ok(self.sync_with(&with, &|_| {})?.removed)
    }

    /// Keeps the records whose deletions wait for a person: each becomes a newer version than its
    /// deletion, with a Provenance, and is sent. Answers how many.
    ///
    /// What cannot be kept by this user, or needs a second person, is left in the inbox for one who
    /// decides; nothing is deleted.
    ///
    /// # Errors
    /// `invalid` without a reason; when the store cannot be read or written.
    pub fn keep_held_deletions(&self, reason: &str) -> Result<u64> {
        if reason.trim().is_empty() {
            return Err(AppError::invalid(
                "Keeping what the server deleted needs a reason. Nothing was changed.",
            ));
        }
        let held: Vec<_> = self
            .store()
            .held_deletions()?
            .into_iter()
            .filter(|one| one.over)
            .collect();
        let mut kept = 0;
        for one in held {
            let key = one.remote.key.clone();
            // A conflict first, in a transaction of its own: ended in between, it waits in the inbox.
            let opened = self.transact(OpKind::Edit, |tx| {
                tx.let_deletion_go(&key)?;
                let local = tx.get(&key)?.and_then(|stored| {
                    let settled = stored.row.sync_status == haven_model::SyncStatus::Synced;
                    stored.resource.filter(|_| settled)
                });
                let Some(local) = local else {
                    // What was edited meanwhile meets the deletion when it is sent.
                    return Ok(None);
                };
                let value = local.value();
                let field = FieldConflict {
                    path: key.resource_type.clone(),
                    base: value.clone(),
                    local: value,
                    remote: Value::Null,
                    guarded: true,
                    rule: RULE.to_owned(),
                };
                let id = tx.open_conflict(NewConflict {
                    key: key.clone(),
                    kind: ConflictKind::UpdateDelete,
                    base: Some(local.clone()),
                    local: Some(local.clone()),
                    remote: one.remote,
                    fields: &[field],
                    rule: RULE.to_owned(),
                })?;
                Ok(Some((id, local)))
            })?;
            let Some((id, local)): Option<(String, Resource)> = opened else {
                continue;
            };
            let case = self.case(&id)?;
            let decided = self.keep_verdict(&case, Some(local), reason);
            if decided.is_ok_and(|decided| !decided.awaiting_review) {
                kept += 1;
            }
        }
        Ok(kept)
    }
}
