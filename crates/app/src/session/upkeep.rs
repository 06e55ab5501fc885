//! Keeping a store healthy: backups, what stays on the device, room, the archive of the audit log.

use std::path::Path;

use haven_model::Timestamp;
use haven_store::{
    ArchiveReport, BackupKey, BackupReport, LAST_BACKUP_AT, OpKind, Pin, Problem, PruneReport,
    RetentionPolicy, Storage, Unsynced, Vacuumed,
};
use serde::Serialize;

use super::Session;
use crate::error::{AppError, Code, Result};

const DAY_MS: i64 = 86_400_000;

/// The largest policy file that is read, in bytes.
const MAX_POLICY_BYTES: u64 = 1024 * 1024;

/// What a backup holds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupAnswer {
    /// The file as it was named.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// When it was made, FHIR `instant`.
    pub made_at: String,
    /// The store it is of.
    pub store_id: String,
    /// The device incarnation that made it.
    pub device_id: String,
    /// The clinic.
    pub clinic: String,
    /// The schema it was made at.
    pub schema: u32,
    /// Live resources.
    pub resources: u64,
    /// Bodies compared with the audit log.
    pub bodies: u64,
    /// Entries of the audit log.
    pub audit_entries: u64,
    /// The Merkle root over them.
    pub audit_root: String,
    /// Changes that waited to be sent.
    pub pending: u64,
    /// Open conflicts.
    pub conflicts: u64,
    /// Whether everything in it was opened and found as it was written.
    pub verified: bool,
    /// What was found wrong.
    pub problems: Vec<Problem>,
}

impl BackupAnswer {
    pub(crate) fn of(file: &Path, report: BackupReport) -> Self {
        Self {
            file: file.display().to_string(),
            bytes: report.bytes,
            made_at: report.made_at.to_instant(),
            store_id: report.store_id,
            device_id: report.device_id,
            clinic: report.clinic,
            schema: report.schema,
            resources: report.resources,
            bodies: report.bodies,
            audit_entries: report.audit_entries,
            audit_root: report.audit_root,
            pending: report.pending,
            conflicts: report.conflicts,
            verified: report.problems.is_empty(),
            problems: report.problems,
        }
    }
}

/// A change that had not reached the server.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnsyncedAnswer {
    /// `Observation/…`.
    pub key: String,
    /// What the server is to do.
    pub operation: haven_model::Operation,
    /// Where it stands.
    pub state: haven_store::OutboxState,
    /// When it was last edited, FHIR `instant`.
    pub edited_at: String,
}

impl From<Unsynced> for UnsyncedAnswer {
    fn from(unsynced: Unsynced) -> Self {
        Self {
            key: unsynced.key.to_string(),
            operation: unsynced.operation,
            state: unsynced.state,
            edited_at: unsynced.edited_at.to_instant(),
        }
    }
}

/// What pruning did, and what vacuuming gained where it was asked for.
#[derive(Clone, Debug, Serialize)]
pub struct PruneAnswer {
    /// What was removed and kept.
    #[serde(flatten)]
    pub report: PruneReport,
    /// The database before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vacuumed: Option<Vacuumed>,
}

/// How to prune.
#[derive(Clone, Copy, Debug, Default)]
pub struct PruneOptions<'a> {
    /// A policy file; the store's own policy when absent.
    pub config: Option<&'a Path>,
    /// Whether the file's policy becomes the store's.
    pub save: bool,
    /// Remove nothing.
    pub dry_run: bool,
    /// Give the room back to the disk.
    pub vacuum: bool,
}

impl Session {
    /// Makes a backup that is proven to restore.
    ///
    /// # Errors
    /// As [`haven_store::Store::backup`].
    pub fn backup(&self, file: &Path) -> Result<BackupAnswer> {
        let report = self.store().backup(file, self.platform().now())?;
        Ok(BackupAnswer::of(file, report))
    }

    /// Checks a backup of this store with the session's keys.
    ///
    /// # Errors
    /// As [`haven_store::verify_backup`].
    pub fn verify_backup(&self, file: &Path) -> Result<BackupAnswer> {
        let key = BackupKey::Store(self.store().keys());
        let report = haven_store::verify_backup(file, &key, self.platform().now())?;
        Ok(BackupAnswer::of(file, report))
    }

    /// When the last good backup was made.
    pub(crate) fn last_backup(&self) -> Result<Option<Timestamp>> {
        Ok(self
            .store()
            .setting(LAST_BACKUP_AT)?
            .and_then(|text| text.parse().ok())
            .map(Timestamp))
    }

    /// Removes copies of what the server has and nobody here has used for long.
    ///
    /// # Errors
    /// `invalid` for a policy that is none; as [`haven_store::Store::prune`].
    pub fn prune(&self, options: &PruneOptions<'_>) -> Result<PruneAnswer> {
        let now = self.platform().now();
        let policy = match options.config {
            Some(file) => RetentionPolicy::from_json(&read_policy(file)?)?,
            None => self.store().retention_policy()?,
        };
        if options.save && options.config.is_some() {
            self.store().set_retention_policy(&policy, now)?;
        }
        let report = self.store().prune(&policy, options.dry_run, now)?;
        let vacuumed = (options.vacuum && !options.dry_run)
            .then(|| self.store().vacuum())
            .transpose()?;
        Ok(PruneAnswer { report, vacuumed })
    }

    /// Keeps a patient's chart on this device, or no longer so.
    ///
    /// # Errors
    /// `not_found` when a chart that is not pinned is unpinned.
    pub fn pin(&self, patient: &str, pinned: bool) -> Result<Vec<Pin>> {
        let patient = patient.strip_prefix("Patient/").unwrap_or(patient);
        self.transact(OpKind::Configure, |tx| Ok(tx.pin(patient, pinned)?))?;
        self.pins()
    }

    /// The pinned charts.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn pins(&self) -> Result<Vec<Pin>> {
        Ok(self.store().pins()?)
    }

    /// How much room the store takes; with a quota, after setting it.
    ///
    /// # Errors
    /// `not_permitted` when anyone but an admin sets the quota.
    pub fn storage(&self, quota_bytes: Option<u64>) -> Result<Storage> {
        if let Some(bytes) = quota_bytes {
            self.store().set_quota(bytes, self.platform().now())?;
        }
        Ok(self.store().storage()?)
    }

    /// Moves audit entries older than so many days into sealed files.
    ///
    /// # Errors
    /// As [`haven_store::Store::archive_audit`].
    pub fn archive_audit(&self, older_than_days: u32) -> Result<ArchiveReport> {
        let now = self.platform().now();
        let before = now.plus_ms(-i64::from(older_than_days).saturating_mul(DAY_MS));
        Ok(self.store().archive_audit(before, now)?)
    }
}

fn read_policy(file: &Path) -> Result<String> {
    let unreadable = |kind: String| {
        AppError::new(
            Code::Io,
            format!("The policy file cannot be read ({kind}). Nothing was removed."),
        )
    };
    let size = std::fs::metadata(file)
        .map_err(|error| unreadable(error.kind().to_string()))?
        .len();
    if size > MAX_POLICY_BYTES {
        return Err(unreadable("it is too large".to_owned()));
    }
    std::fs::read_to_string(file).map_err(|error| unreadable(error.kind().to_string()))
}
