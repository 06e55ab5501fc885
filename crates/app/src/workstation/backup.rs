//! Backups where no store is open: checking one, and coming back from one.

use std::path::Path;

use haven_store::{
    BackupKey, Passphrase, RecoveryWords, Replaced, RestoreRequest, Store, StoreError,
};
use serde::Serialize;

use super::Workstation;
use crate::error::{AppError, Code, Result};
use crate::session::{BackupAnswer, Session, UnsyncedAnswer};

/// What a restore did.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreAnswer {
    /// The backup as it was named.
    pub file: String,
    /// The folder of the restored store.
    pub store: String,
    /// When the backup was made, FHIR `instant`.
    pub made_at: String,
    /// Live resources.
    pub resources: u64,
    /// Entries of the audit log in the backup.
    pub audit_entries: u64,
    /// Whether everything was opened and found as it was written.
    pub verified: bool,
    /// The new device incarnation.
    pub device_id: String,
    /// The one that made the backup.
    pub previous_device_id: String,
    /// Whether the next sync signs in anew and enrols this device.
    pub signs_in_at_next_sync: bool,
    /// Changes that waited when the backup was made: they are offered to the server again.
    pub offered_again: Vec<UnsyncedAnswer>,
    /// What the store that was given up for it holds beyond the backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced: Option<ReplacedAnswer>,
}

/// What the store that was given up holds beyond the backup.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplacedAnswer {
    /// Whether it could be opened.
    pub readable: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Changes that wait there and nowhere else: lost with that folder.
    pub only_there: Vec<UnsyncedAnswer>,
}

impl From<Replaced> for ReplacedAnswer {
    fn from(replaced: Replaced) -> Self {
        match replaced {
            Replaced::Opened { only_there } => Self {
                readable: true,
                why: None,
                only_there: only_there.into_iter().map(UnsyncedAnswer::from).collect(),
            },
            Replaced::Unreadable { why } => Self {
                readable: false,
                why: Some(why),
                only_there: Vec::new(),
            },
        }
    }
}

/// What a person has to open a backup with.
#[derive(Clone, Copy)]
pub enum BackupOpener<'a> {
    /// The passphrase that a login had when it was made.
    Passphrase(&'a Passphrase),
    /// The recovery key that the store had then.
    Recovery(&'a RecoveryWords),
}

fn key(user: Option<&str>, opener: BackupOpener<'_>) -> Result<BackupKey> {
    let user = user.map(str::to_owned);
    Ok(match opener {
        BackupOpener::Passphrase(passphrase) => BackupKey::Passphrase {
            user,
            passphrase: Passphrase::new(passphrase.expose_secret().to_owned()),
        },
        BackupOpener::Recovery(words) => BackupKey::Recovery {
            user,
            words: RecoveryWords::parse(words.expose_secret())?,
        },
    })
}

impl Workstation {
    /// Checks a backup with a passphrase that one of its logins had; no store is needed. Where that
    /// is not the passphrase any more, the store here, if it is the same one, lends its keys.
    ///
    /// # Errors
    /// As [`haven_store::verify_backup`].
    pub fn verify_backup(
        &self,
        file: &Path,
        user: Option<&str>,
        opener: BackupOpener<'_>,
    ) -> Result<BackupAnswer> {
        let key = key(user, opener)?;
        let checked = haven_store::verify_backup(file, &key, self.platform.now());
        match (checked, opener) {
            (
                Err(StoreError::WrongBackupPassphrase | StoreError::UnknownUser),
                BackupOpener::Passphrase(passphrase),
            ) if matches!(self.lobby(), Ok(Some(_))) => {
                self.unlock(user, passphrase)?.verify_backup(file)
            }
            (checked, _) => Ok(BackupAnswer::of(file, checked?)),
        }
    }

    /// Makes the store of this workstation's folder from a backup.
    ///
    /// # Errors
    /// As [`Store::restore`].
    pub fn restore(
        &self,
        file: &Path,
        replacing: Option<&Path>,
        user: Option<&str>,
        opener: BackupOpener<'_>,
    ) -> Result<(Session, RestoreAnswer)> {
        let request = RestoreRequest {
            file,
            dir: &self.dir,
            replacing,
        };
        let restored = Store::restore(&request, &key(user, opener)?, self.platform.now());
        let (store, report) = restored.map_err(|error| self.explain_place(error))?;
        let mut session = self.session(store);
        if let BackupOpener::Passphrase(passphrase) = opener {
            session = session.ready_to_sign_in(passphrase);
        }
        let answer = RestoreAnswer {
            file: file.display().to_string(),
            store: self.dir.display().to_string(),
            made_at: report.backup.made_at.to_instant(),
            resources: report.backup.resources,
            audit_entries: report.backup.audit_entries,
            verified: true,
            device_id: report.device_id,
            previous_device_id: report.backup.device_id,
            signs_in_at_next_sync: session.hub_url()?.is_some(),
            offered_again: report
                .offered_again
                .into_iter()
                .map(UnsyncedAnswer::from)
                .collect(),
            replaced: report.replaced.map(ReplacedAnswer::from),
        };
        Ok((session, answer))
    }

    /// Names another folder where this one holds a store, sound or not.
    fn explain_place(&self, error: StoreError) -> AppError {
        let elsewhere = self.free_name();
        if let StoreError::Unreadable { file, why } = &error {
            return AppError::new(
                Code::Unreadable,
                format!(
                    "The folder holds a store that cannot be read ({file}: {why}). It may hold \
                     changes that no backup has, so Haven changed and deleted nothing. Restore into \
                     another folder, for example --store {elsewhere} --replacing {}.",
                    self.dir.display()
                ),
            );
        }
        if matches!(error, StoreError::AlreadyExists) {
            return AppError::new(
                Code::AlreadyExists,
                format!(
                    "This folder already holds a Haven store. Nothing was changed. Restore into \
                     another folder, for example --store {elsewhere}."
                ),
            );
        }
        error.into()
    }

    fn free_name(&self) -> String {
        let name = self.dir.display().to_string();
        let free = (1..100).map(|n| format!("{name}-restored-{n}"));
        free.into_iter()
            .find(|name| !Path::new(name).exists())
            .unwrap_or_else(|| format!("{name}-restored"))
    }
}
