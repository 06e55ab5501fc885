//! Saying of a record that it should not have been made.

use haven_model::Resource;
use haven_model::both::marked_in_error;
use haven_model::provenance::{Deed, Source, device_version};
use haven_model::splice::without_server_meta;
use haven_store::OpKind;

use super::Session;
use super::answer::Written;
use super::record::parse_key;
use crate::error::{AppError, Code, Result};
use crate::interchange::first_error;

impl Session {
    /// Marks a record as entered in error: it stays, with its history, and nobody acts on it any more. A
    /// Provenance tells who and why; an earlier version can be brought back.
    ///
    /// # Errors
    /// `invalid` without a reason; `not_found`; `precondition` when it is marked already, or its type has
    /// no such mark; `conflict` while it waits for a decision; `not_permitted` by role.
    pub fn mark_in_error(&self, key: &str, reason: &str) -> Result<Written> {
        if reason.trim().is_empty() {
            return Err(AppError::invalid(
                "Marking a record as entered in error needs a reason. Nothing was changed.",
            ));
        }
        let key = parse_key(key)?;
        let device = self.who().device_id.clone();
        self.transact(OpKind::Edit, |tx| {
            let stored = tx
                .get(&key)?
                .ok_or_else(|| AppError::not_found(&key.resource_type))?;
            let before = stored
                .resource
                .as_ref()
                .map(Resource::value)
                .ok_or_else(|| AppError::not_found(&key.resource_type))?;
            let marked = marked_in_error(&before).ok_or_else(|| {
                AppError::new(
                    Code::Precondition,
                    "Records of this kind cannot be marked as entered in error. Nothing was changed.",
                )
            })?;
            if marked == before {
                return Err(AppError::new(
                    Code::Precondition,
                    "This record is marked as entered in error already. Nothing was changed.",
                ));
            }
            if let Some(problem) = first_error(&marked) {
                return Err(AppError::invalid(format!(
                    "The result is not valid FHIR R4. {problem}. Nothing was changed."
                )));
            }
            let resource = Resource::from_value(&without_server_meta(&marked)).map_err(|error| {
                AppError::invalid(format!(
                    "The result is not a FHIR R4 resource: {error}. Nothing was changed."
                ))
            })?;
            tx.edit(resource)?;
            let own = device_version(&device, stored.row.version);
            let from = Source {
                version: stored.row.server_version.clone().unwrap_or(own),
                display: "before".to_owned(),
                deleted: false,
            };
            self.tell_deed(tx, (Deed::MarkInError, &key), reason.trim(), from, &before)?;
            tx.get(&key)?
                .map(|stored| Written::of(&stored))
                .ok_or_else(|| AppError::not_found(&key.resource_type))
        })
    }
}
