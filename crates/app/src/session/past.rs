//! What a record was, and bringing an earlier version back.

use haven_model::provenance::{Deed, Source, device_version};
use haven_model::splice::without_server_meta;
use haven_model::{Resource, ResourceKey};
use haven_store::{ConflictStatus, HistoryEntry, OpKind};

use super::Session;
use super::answer::Written;
use super::case::Case;
use super::record::{merged_from, parse_key};
use crate::error::{AppError, Code, Result};

/// A version and what made it.
#[derive(Clone, Debug)]
pub(crate) struct PastVersion {
    /// The version.
    pub entry: HistoryEntry,
    /// The audit log's word for what made it; empty where the log no longer tells.
    pub action: String,
    /// Of a machine's merge the versions it was made of: this device's, then the server's.
    pub merged_from: Option<[i64; 2]>,
    /// The decided conflict whose decision it is.
    pub decided: Option<Case>,
}

impl Session {
    /// Every version kept of a record, newest first, with what made each.
    pub(crate) fn past(&self, key: &ResourceKey) -> Result<Vec<PastVersion>> {
        let versions = self.store().history(key)?;
        if versions.is_empty() {
            return Err(AppError::not_found(&key.resource_type));
        }
        let made = self.what_made(key)?;
        let cases: Vec<Case> = self
            .cases(false)?
            .into_iter()
            .filter(|case| case.row.key == *key && case.row.status == ConflictStatus::Resolved)
            .collect();
        Ok(versions
            .into_iter()
            .map(|entry| PastVersion {
                action: made.get(&entry.version).cloned().unwrap_or_default(),
                merged_from: merged_from(&made, entry.version),
                decided: cases.iter().find(|case| is_decision(case, &entry)).cloned(),
                entry,
            })
            .collect())
    }

    /// Makes what a record was the newest version again; the ones between stay in its history.
    ///
    /// # Errors
    /// `invalid` without a reason, or for a version that is a deletion; `not_found`; `precondition` for
    /// the version that stands; `conflict` while the record waits for a decision; `not_permitted`.
    pub fn bring_back(&self, key: &str, version: i64, reason: &str) -> Result<Written> {
        if reason.trim().is_empty() {
            return Err(AppError::invalid(
                "Bringing an earlier version back needs a reason. Nothing was changed.",
            ));
        }
        let key = parse_key(key)?;
        let versions = self.store().history(&key)?;
        let found = versions.iter().find(|entry| entry.version == version);
        let found = found.ok_or_else(|| AppError::not_found("version"))?;
        if found.current {
            return Err(AppError::new(
                Code::Precondition,
                "This version stands already. Nothing was changed.",
            ));
        }
        let Some(earlier) = &found.resource else {
            return Err(AppError::invalid(
                "At that version the record was deleted. Nothing was changed. Delete it instead.",
            ));
        };
        let body = without_server_meta(&earlier.value());
        let resource = Resource::from_value(&body).map_err(|error| {
            AppError::invalid(format!(
                "The result is not a FHIR R4 resource: {error}. Nothing was changed."
            ))
        })?;
        let who = self.who();
        let number = |entry: &HistoryEntry| {
            let own = device_version(&who.device_id, entry.version);
            entry.server_version.clone().unwrap_or(own)
        };
        self.transact(OpKind::Edit, |tx| {
            tx.edit(resource)?;
            let from = Source {
                version: number(found),
                display: "brought back".to_owned(),
                deleted: false,
            };
            self.tell_deed(tx, (Deed::BringBack, &key), reason, from, &body)?;
            tx.get(&key)?
                .map(|stored| Written::of(&stored))
                .ok_or_else(|| AppError::not_found("resource"))
        })
    }

    /// Why a decision cannot be taken back now; `None` when it can. Nothing is changed.
    pub(crate) fn why_not_reverted(&self, case: &Case) -> Option<AppError> {
        let mut outcome = None;
        let rolled_back = self.transact(OpKind::Resolve, |tx| {
            let tried = self.write_revert(tx, case, "preview");
            outcome = tried.err();
            // The attempt is never kept.
            Err::<(), _>(AppError::new(
                Code::Precondition,
                "A preview changes nothing.",
            ))
        });
        match (outcome, rolled_back) {
            (None, Err(error)) if error.code != Code::Precondition => Some(error),
            (outcome, _) => outcome,
        }
    }
}

/// Whether a version is what was decided about a conflict.
fn is_decision(case: &Case, entry: &HistoryEntry) -> bool {
    let here = case.row.decided_version;
    let known = case.escalation.as_ref();
    let for_others = known.and_then(|known| known.decided_version);
    let ended_as = case
        .record()
        .and_then(|record| record.ending.as_ref())
        .and_then(|ending| ending.version.as_deref());
    here == Some(entry.version)
        || for_others == Some(entry.version)
        || (ended_as.is_some() && entry.server_version.as_deref() == ended_as)
}
