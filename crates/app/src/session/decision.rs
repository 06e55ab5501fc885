//! Conflicts on the command line: listing, showing, deciding.

use haven_model::resolve::{Choice, resolve};
use haven_model::{Resource, merge};
use haven_store::{ConflictRow, OpKind};

use super::Session;
use super::answer::{ConflictAnswer, ConflictDetail, Decided, Written};
use super::record::raw;
use crate::error::{AppError, Code, Result};
use crate::interchange::first_error;

/// How a conflict is decided.
#[derive(Clone, Debug)]
pub enum Take {
    /// This device's side, whole.
    Local,
    /// The server's side, whole.
    Remote,
    /// What the machine could merge, and the base's value where it could not.
    Merged,
    /// Field by field; every conflicting path must be named.
    Fields(Vec<(String, Choice)>),
    /// A body written by hand.
    With(Vec<u8>),
}

impl Session {
    /// Conflicts, oldest first; the open ones, or all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn conflicts(&self, open_only: bool) -> Result<Vec<ConflictAnswer>> {
        Ok(self
            .store()
            .conflicts(open_only)?
            .iter()
            .map(ConflictAnswer::from)
            .collect())
    }

    /// One conflict with its bodies; `id` is the conflict's, or the resource's `Type/id`.
    ///
    /// # Errors
    /// `not_found` when there is none.
    pub fn conflict(&self, id: &str) -> Result<ConflictDetail> {
        let row = self.conflict_row(id)?;
        let merged = merge_of(&row);
        Ok(ConflictDetail {
            conflict: ConflictAnswer::from(&row),
            base: row.base.as_ref().and_then(raw),
            local: row.local.as_ref().and_then(raw),
            remote: row.remote.as_ref().and_then(raw),
            resource: merged.resource,
        })
    }

    /// Decides a conflict; the decision is a new version, pending until synced.
    ///
    /// # Errors
    /// `not_found`, `precondition` when fields are left or it was decided already, `invalid` when
    /// the result is not valid FHIR.
    pub fn decide(&self, id: &str, take: Take, reason: &str) -> Result<Decided> {
        let row = self.conflict_row(id)?;
        if row.status == haven_store::ConflictStatus::Resolved {
            return Err(AppError::new(
                Code::Precondition,
                "This conflict is decided already. Nothing was changed.",
            ));
        }
        let resolved = decide(&row, take)?;
        self.keep_decision(&row, resolved, reason)
    }

    /// Keeps a decision made here or on screen.
    pub(crate) fn keep_decision(
        &self,
        row: &ConflictRow,
        resolved: Option<Resource>,
        reason: &str,
    ) -> Result<Decided> {
        if let Some(resource) = &resolved {
            if resource.key() != &row.key {
                return Err(AppError::invalid(
                    "The result is another resource than the one in conflict. Nothing was changed.",
                ));
            }
            if let Some(problem) = first_error(&resource.value()) {
                return Err(AppError::invalid(format!(
                    "The result is not valid FHIR R4. {problem}. Nothing was changed."
                )));
            }
        }
        let resource = self.transact(OpKind::Resolve, |tx| {
            tx.resolve_conflict(&row.id, resolved, reason)?;
            tx.get(&row.key)?
                .map(|stored| Written::of(&stored))
                .ok_or_else(|| AppError::not_found("resource"))
        })?;
        Ok(Decided {
            id: row.id.clone(),
            resource,
            open: self.store().counts()?.conflicts,
        })
    }

    pub(crate) fn conflict_row(&self, id: &str) -> Result<ConflictRow> {
        let by_id = self.store().conflict(id)?;
        let row = match (by_id, id.parse()) {
            (Some(row), _) => Some(row),
            (None, Ok(key)) => self.store().open_conflict_of(&key)?,
            (None, Err(_)) => None,
        };
        row.ok_or_else(|| AppError::not_found("conflict"))
    }
}

fn merge_of(row: &ConflictRow) -> haven_model::MergeOutcome {
    let [base, local, remote] =
        [&row.base, &row.local, &row.remote].map(|side| side.as_ref().map(Resource::value));
    merge::merge(base.as_ref(), local.as_ref(), remote.as_ref())
}

/// The body that a decision leads to; `None` deletes.
fn decide(row: &ConflictRow, take: Take) -> Result<Option<Resource>> {
    match take {
        Take::Local => Ok(row.local.clone()),
        Take::Remote => Ok(row.remote.clone()),
        Take::Merged => {
            let outcome = merge_of(row);
            if outcome.deleted == Some(true) {
                return Ok(None);
            }
            from_value(&outcome.resource).map(Some)
        }
        Take::With(bytes) => Resource::parse(&bytes).map(Some).map_err(|error| {
            AppError::invalid(format!(
                "The result is not a FHIR R4 resource: {error}. Nothing was changed."
            ))
        }),
        Take::Fields(choices) => {
            let [base, local, remote] =
                [&row.base, &row.local, &row.remote].map(|side| side.as_ref().map(Resource::value));
            let resolution = resolve(base.as_ref(), local.as_ref(), remote.as_ref(), &choices)
                .map_err(|error| AppError::invalid(format!("{error} Nothing was changed.")))?;
            if !resolution.left.is_empty() {
                return Err(AppError::new(
                    Code::Precondition,
                    format!(
                        "{} of the conflicting fields are not decided: {}. Nothing was changed.",
                        resolution.left.len(),
                        resolution.left.join(", ")
                    ),
                ));
            }
            resolution.resource.as_ref().map(from_value).transpose()
        }
    }
}

fn from_value(value: &serde_json::Value) -> Result<Resource> {
    Resource::from_value(value).map_err(|error| {
        AppError::invalid(format!(
            "The result is not a FHIR R4 resource: {error}. Nothing was changed."
        ))
    })
}
