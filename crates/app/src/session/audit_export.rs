//! The audit log as FHIR.

use std::io::Write;

use haven_model::Role;
use haven_model::audit_event::{Act, audit_event};
use haven_store::StoreError;
use serde::Serialize;

use super::Session;
use crate::error::{AppError, Code, Result};

/// What was written.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditExportAnswer {
    /// AuditEvents.
    pub entries: u64,
}

impl Session {
    /// Writes every entry of the audit log as a FHIR AuditEvent, one a line, oldest first.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin or an auditor; `integrity` when the log was altered;
    /// `io` when `target` does not take it.
    pub fn export_audit(&self, target: &mut dyn Write) -> Result<AuditExportAnswer> {
        if !matches!(self.who().role, Role::Admin | Role::Auditor) {
            return Err(AppError::new(
                Code::NotPermitted,
                "Only an admin or an auditor may export the audit log. Nothing was written.",
            ));
        }
        let mut entries = 0;
        self.store().for_each_audit_entry(|entry, patient| {
            let event = audit_event(&Act {
                seq: entry.seq,
                at: entry.at,
                actor: &entry.actor,
                device: &entry.device,
                action: &entry.action,
                key: entry.key.as_ref(),
                version: entry.version,
                patient: patient.as_deref(),
                digest: entry.digest.as_deref(),
            });
            writeln!(target, "{event}").map_err(|source| StoreError::Io {
                what: "Writing the audit export".to_owned(),
                source,
            })?;
            entries += 1;
            Ok(())
        })?;
        target.flush().map_err(|error| {
            AppError::new(
                Code::Io,
                format!("The audit export could not be written ({}).", error.kind()),
            )
        })?;
        self.store().record_audit_export(self.platform().now())?;
        Ok(AuditExportAnswer { entries })
    }
}
