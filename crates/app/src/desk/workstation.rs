//! The screen of this workstation, and what can be done there.

use std::path::{Path, PathBuf};

use haven_model::{Action, SensitivityClass};
use haven_store::Passphrase;

use super::{Desk, idle};
use crate::error::{AppError, Result};
use crate::present::{self, WorkstationInput};
use crate::session::{AddRequest, RotateWhat};
use crate::view::{LoginInput, VerifyView, WorkstationView};

impl Desk {
    /// How this workstation stands.
    ///
    /// # Errors
    /// `locked`, or when the store cannot be read.
    pub fn workstation(&self) -> Result<WorkstationView> {
        let (session, now) = (self.unlocked()?, self.now());
        let administers = session
            .who()
            .role
            .permits(Action::Write, SensitivityClass::Admin);
        let logins = administers.then(|| session.logins()).transpose()?;
        Ok(present::workstation(
            &WorkstationInput {
                who: session.who(),
                storage: &session.storage(None)?,
                last_backup: session.last_backup()?,
                backup_file: &backup_file(&now.file_date()).display().to_string(),
                recovery: session.store().recovery_state()?,
                idle_minutes: idle::minutes(&session)?,
                idle_choices: &idle::CHOICES,
                logins: logins.as_deref(),
                keys: &session.key_status()?,
            },
            &now,
        ))
    }

    /// Makes a backup that is proven to restore, and answers what to say of it.
    ///
    /// # Errors
    /// `locked`, `invalid` for a path that does not begin at the root; otherwise as
    /// [`crate::Session::backup`].
    pub fn back_up(&self, file: &str) -> Result<String> {
        let (session, file) = (self.unlocked()?, PathBuf::from(file.trim()));
        if !file.is_absolute() || file.file_name().is_none() {
            return Err(AppError::invalid(
                "Name the whole path of the file, from the root of the disk. Nothing was written.",
            ));
        }
        let made = session.backup(&file)?;
        Ok(present::backed_up(&made))
    }

    /// The words of the recovery key, once.
    ///
    /// # Errors
    /// `locked`; otherwise as [`crate::Session::show_recovery_once`].
    pub fn show_recovery(&self) -> Result<Vec<String>> {
        Ok(self.unlocked()?.show_recovery_once()?.words)
    }

    /// A new recovery key in the place of the former one.
    ///
    /// # Errors
    /// `locked`; otherwise as [`crate::Session::renew_recovery`].
    pub fn renew_recovery(&self) -> Result<Vec<String>> {
        Ok(self.unlocked()?.renew_recovery()?.words)
    }

    /// Adds a login.
    ///
    /// # Errors
    /// `locked`; otherwise as [`crate::Session::add_login`].
    pub fn add_login(&self, input: &LoginInput, passphrase: &Passphrase) -> Result<()> {
        let request = AddRequest {
            name: input.name.trim().to_owned(),
            display_name: input.display_name.trim().to_owned(),
            role: input.role.clone(),
        };
        self.unlocked()?.add_login(&request, passphrase)?;
        Ok(())
    }

    /// Takes out a login.
    ///
    /// # Errors
    /// `locked`; otherwise as [`crate::Session::remove_login`].
    pub fn remove_login(&self, name: &str) -> Result<()> {
        self.unlocked()?.remove_login(name)?;
        Ok(())
    }

    /// Gives another user a new passphrase.
    ///
    /// # Errors
    /// `locked`; otherwise as [`crate::Session::reset_login`].
    pub fn reset_login(&self, name: &str, passphrase: &Passphrase) -> Result<()> {
        self.unlocked()?.reset_login(name, passphrase)?;
        Ok(())
    }

    /// Replaces every key that this user's role reads, and answers what to say of it.
    ///
    /// # Errors
    /// `locked`; otherwise as [`crate::Session::rotate_keys`].
    pub fn rotate_keys(&self) -> Result<String> {
        let rotated = self.unlocked()?.rotate_keys(&RotateWhat::All, false)?;
        Ok(present::rotated(&rotated))
    }

    /// Checks the audit log and every record against it.
    ///
    /// # Errors
    /// `locked`, or when the check could not run.
    pub fn verify(&self) -> Result<VerifyView> {
        Ok(present::verified(&self.unlocked()?.verify(true)?))
    }
}

/// Beside the person's own documents, never in the folder of the store.
fn backup_file(date: &str) -> PathBuf {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    home.map_or_else(|| Path::new("/").to_owned(), PathBuf::from)
        .join(format!("haven-backup-{date}.haven"))
}
