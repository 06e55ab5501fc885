//! Conflicts on the command line: listing, showing, deciding.

use haven_model::resolve::{Choice, resolve};
use haven_model::{Resource, both, merge};
use haven_store::ConflictRow;

use super::Session;
use super::answer::{ConflictAnswer, ConflictDetail, Decided};
use super::record::raw;
use crate::error::{AppError, Code, Result};

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
    /// Both: of a signed note the later text as an addendum, of what one side deleted the edit, marked
    /// as entered in error.
    Both,
}

impl Session {
    /// Conflicts of this device, and those of others that are before the clinic, oldest first; the
    /// open ones, or all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn conflicts(&self, open_only: bool) -> Result<Vec<ConflictAnswer>> {
        let now = self.platform().now();
        Ok(self
            .cases(open_only)?
            .iter()
            .map(|case| ConflictAnswer::of(case, now))
            .collect())
    }

    /// One conflict with its bodies; `id` is the conflict's, or the resource's `Type/id`.
    ///
    /// # Errors
    /// `not_found` when there is none.
    pub fn conflict(&self, id: &str) -> Result<ConflictDetail> {
        let case = self.case(id)?;
        let row = &case.row;
        let merged = merge_of(row);
        Ok(ConflictDetail {
            conflict: ConflictAnswer::of(&case, self.platform().now()),
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
        let case = self.case(id)?;
        if case.row.status == haven_store::ConflictStatus::Resolved {
            return Err(AppError::new(
                Code::Precondition,
                "This conflict is decided already. Nothing was changed.",
            ));
        }
        let addendum = match take {
            Take::Both => addendum_of(&case.row),
            Take::Local | Take::Remote | Take::Merged | Take::Fields(_) | Take::With(_) => None,
        };
        if addendum.is_some() {
            return self.keep_both(&case, reason);
        }
        let resolved = decide(&case.row, take)?;
        self.keep_verdict(&case, resolved, reason)
    }
}

/// The id of the note that keeps this device's text of a signed note.
pub(crate) fn addendum_id(row: &ConflictRow) -> String {
    format!("{}-addendum", row.id)
}

/// The note that keeps this device's text where both may be kept of a signed one.
pub(crate) fn addendum_of(row: &ConflictRow) -> Option<Resource> {
    let [base, local, remote] = [&row.base, &row.local, &row.remote].map(|side| {
        side.as_ref()
            .map_or(serde_json::Value::Null, Resource::value)
    });
    let note = both::addendum([&base, &local, &remote], &addendum_id(row))?;
    Resource::from_value(&note).ok()
}

fn merge_of(row: &ConflictRow) -> haven_model::MergeOutcome {
    let [base, local, remote] =
        [&row.base, &row.local, &row.remote].map(|side| side.as_ref().map(Resource::value));
    merge::merge(base.as_ref(), local.as_ref(), remote.as_ref())
}

/// The body that a decision leads to; `None` deletes.
pub(super) fn decide(row: &ConflictRow, take: Take) -> Result<Option<Resource>> {
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
        Take::Both => {
            let sides = [&row.local, &row.remote].map(|side| side.as_ref().map(Resource::value));
            let kept = match &sides {
                [Some(edited), None] | [None, Some(edited)] => both::marked_in_error(edited),
                _ => None,
            };
            let kept = kept.ok_or_else(|| {
                AppError::new(
                    Code::Precondition,
                    "Both cannot be kept of this conflict: it is neither a signed note nor a record \
                     that one side deleted and that can be marked as entered in error. Nothing was \
                     changed. Decide field by field; PATH=both keeps both items of a list.",
                )
            })?;
            from_value(&kept).map(Some)
        }
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
