//! Deletions of the server that wait for a person: done here too, or the records kept.

use haven_model::{ConflictKind, FieldConflict, SyncStatus};
use haven_store::{HeldDeletion, NewConflict, OpKind, Tx};
use serde_json::Value;

use super::case::Case;
use super::verdict::Verdict;
use super::{Session, SyncWith};
use crate::error::{AppError, Code, Result};

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
            let asks = self.asks_for_a_second(&one.remote.key)?;
            // The conflict and its end in one transaction: what ends the process leaves the deletion
            // held, and asked about again, or the record kept.
            let keeping = self.transact(OpKind::Resolve, |tx| {
                let Some(case) = put_as_conflict(tx, &one)? else {
                    return Ok(false);
                };
                let local = case.row.local.clone();
                self.check_result(&case, local.as_ref())?;
                let verdict = Verdict {
                    resolved: local.as_ref(),
                    addendum: None,
                };
                self.give_verdict(tx, &case, verdict, reason, asks)?;
                Ok(!asks)
            });
            match keeping {
                Ok(is_kept) => kept += u64::from(is_kept),
                Err(error) if is_for_another(error.code) => {
                    self.transact(OpKind::Edit, |tx| put_as_conflict(tx, &one).map(drop))?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(kept)
    }
}

/// Whether somebody else, or another decision, gets over it: the record then waits in the inbox.
fn is_for_another(code: Code) -> bool {
    matches!(
        code,
        Code::NotPermitted | Code::Invalid | Code::Precondition | Code::Conflict
    )
}

/// Makes of a held deletion a conflict with the record that is here; `None` where that was edited
/// meanwhile and meets the deletion when it is sent, or the deletion is held no more.
fn put_as_conflict(tx: &mut Tx<'_>, one: &HeldDeletion) -> Result<Option<Case>> {
    let key = &one.remote.key;
    if !tx.take_held_deletion(key)? {
        return Ok(None);
    }
    let local = tx.get(key)?.and_then(|stored| {
        let settled = stored.row.sync_status == SyncStatus::Synced;
        stored.resource.filter(|_| settled)
    });
    let Some(local) = local else {
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
        local: Some(local),
        remote: one.remote.clone(),
        fields: &[field],
        rule: RULE.to_owned(),
    })?;
    let row = tx
        .conflict(&id)?
        .ok_or_else(|| AppError::not_found("conflict"))?;
    Ok(Some(Case::here(row, None)))
}
