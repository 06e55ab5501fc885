//! How the store stands, and whether it is sound.

use haven_model::{Action, SensitivityClass};
use haven_store::{AuditEntry, AuditQuery, VerifyReport};

use super::Session;
use super::answer::{AuditAnchorAnswer, StatusAnswer};
use crate::error::Result;
use crate::present::clock_words;

impl Session {
    /// How the store stands.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn status(&self) -> Result<StatusAnswer> {
        let counts = self.store().counts()?;
        let lobby = haven_store::Store::lobby(self.dir())?;
        let who = self.who().clone();
        let audit = self.store().audit_standing()?;
        let now = self.platform().now();
        let anchor = audit.anchor.as_ref().map(|anchor| AuditAnchorAnswer {
            size: anchor.size,
            at: anchor.at.to_instant(),
            age_seconds: anchor.age_seconds(now),
            since: audit.entries.saturating_sub(anchor.size),
        });
        let skew_ms = haven_sync::settings::clock_skew_ms(self.store())?;
        Ok(StatusAnswer {
            store_id: who.store_id,
            user: who.user,
            display_name: who.display_name,
            role: who.role,
            clinic: who.clinic,
            device_id: who.device_id,
            device_name: who.device_name,
            remote: self.remote_url()?,
            remotes: self.remotes()?,
            resources: counts.by_type.iter().map(|(_, count)| count).sum(),
            types: counts.by_type.into_iter().collect(),
            patients: counts.patients,
            pending: counts.pending,
            conflicts: counts.conflicts,
            rejected: counts.rejected,
            last_synced: lobby.last_synced.map(|at| at.to_instant()),
            data_as_of: lobby.data_as_of.map(|at| at.to_instant()),
            last_backup: self.last_backup()?.map(|at| at.to_instant()),
            storage: self.storage(None)?,
            audit_anchor: anchor,
            audit_rollback: audit.rollback.map(|rollback| rollback.finding()),
            first_sync: self.first_sync()?,
            clock_skew_ms: skew_ms,
            clock_words: skew_ms.and_then(clock_words),
            held_deletions: self.held_deletions()?,
            attachments: self.attachment_counts()?,
        })
    }

    /// Audit entries, newest first: all of them for those who review, else the user's own acts.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn audit(&self, limit: u32) -> Result<Vec<AuditEntry>> {
        let who = self.who();
        let reviews = who.role.permits(Action::Read, SensitivityClass::Admin);
        Ok(self.store().audit(&AuditQuery {
            actor: (!reviews).then(|| who.user.clone()),
            limit,
            ..AuditQuery::default()
        })?)
    }

    /// Checks the audit log, its head and, when `deep`, every body against its last entry.
    ///
    /// # Errors
    /// When the check could not run; what it finds wrong is in the report.
    pub fn verify(&self, deep: bool) -> Result<VerifyReport> {
        let mut report = if deep {
            self.store().verify_deep()?
        } else {
            self.store().verify()?
        };
        report.age_anchor(self.platform().now());
        Ok(report)
    }
}
