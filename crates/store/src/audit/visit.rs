//! Going through the whole log, the archive included.

use haven_model::Timestamp;

use super::{AuditEntry, archive};
use crate::error::{Result, StoreError};
use crate::op::{Op, OpKind};
use crate::store::Store;
use crate::table::{audit, resource};

impl Store {
    /// Hands every entry to `visit`, oldest first, with the id of the patient whose chart its resource
    /// is in, where that is known; as of one committed state.
    ///
    /// # Errors
    /// `integrity` naming an entry or an archive file that was altered, and whatever `visit` answers.
    pub fn for_each_audit_entry(
        &self,
        mut visit: impl FnMut(AuditEntry, Option<String>) -> Result<()>,
    ) -> Result<()> {
        self.snapshot(|reader| {
            let (link, key) = (reader.link, &reader.vault.keys.ring.audit);
            let mut each = |checked: audit::Checked| {
                let entry = checked.entry;
                if !checked.genuine {
                    return Err(StoreError::integrity(format!(
                        "audit entry {} was altered; see `haven audit verify`",
                        entry.seq
                    )));
                }
                let patient = match &entry.key {
                    Some(key) if key.resource_type == "Patient" => Some(key.id.clone()),
                    Some(key) => resource::by_key(link, key)?.and_then(|row| row.patient),
                    None => None,
                };
                visit(entry, patient)
            };
            let store_id = &reader.vault.session.store_id;
            archive::each_checked(self.dir(), store_id, link, key, &mut each)?;
            audit::each_checked(link, key, &mut each)
        })
    }

    /// Notes that the audit log was taken out; a store that is only looked at takes no note.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn record_audit_export(&self, now: Timestamp) -> Result<()> {
        let op = Op::new(OpKind::Read, &self.session().user, now);
        match self.transact(op, |tx| tx.note("audit-export", None, None, None)) {
            Err(_) if !self.takes_writes() => Ok(()),
            other => other.map(drop),
        }
    }
}
