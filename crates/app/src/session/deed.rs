//! The Provenance of what one person did to one record, from one earlier version of it.

use haven_model::provenance::{Decision, Deed, Party, Source, provenance};
use haven_model::{Resource, ResourceKey};
use haven_store::Tx;
use serde_json::Value;

use super::Session;
use crate::error::{AppError, Result};

impl Session {
    /// Writes it in the caller's transaction; `labelled` is the content whose security labels it takes.
    ///
    /// # Errors
    /// `invalid` when it is no FHIR R4, or as any edit; then nothing was changed.
    pub(crate) fn tell_deed(
        &self,
        tx: &mut Tx<'_>,
        (deed, target): (Deed, &ResourceKey),
        reason: &str,
        from: Source,
        labelled: &Value,
    ) -> Result<()> {
        let (who, id) = (self.who(), self.new_id());
        let told = provenance(&Decision {
            id: &id,
            conflict_id: "",
            target,
            recorded: tx.op().now,
            deed,
            reason,
            author: Party {
                user: &who.user,
                display_name: &who.display_name,
            },
            reviewer: None,
            device_id: &who.device_id,
            device_name: &who.device_name,
            sources: &[from],
            labelled: &[labelled],
        });
        let told = Resource::from_value(&told).map_err(|error| {
            AppError::invalid(format!(
                "The Provenance cannot be made: {error}. Nothing was changed."
            ))
        })?;
        Ok(tx.edit(told)?)
    }
}
