//! Stores of another age, and stores that cannot be read.

use haven_store::{Passphrase, QuarantineReport, SchemaReport, Store};

use super::Workstation;
use crate::error::{AppError, Code, Result};
use crate::session::Session;

impl Workstation {
    /// Where the store's schema stands; nothing is migrated by looking.
    ///
    /// # Errors
    /// As [`Workstation::unlock`].
    pub fn schema(&self, user: Option<&str>, passphrase: &Passphrase) -> Result<SchemaReport> {
        let user = self.named(user)?;
        Ok(Store::schema(
            &self.dir,
            &user,
            passphrase,
            self.platform.now(),
        )?)
    }

    /// Brings the schema to `target`, the newest when `None`.
    ///
    /// # Errors
    /// As [`Store::migrate_to`].
    pub fn migrate(
        &self,
        user: Option<&str>,
        passphrase: &Passphrase,
        target: Option<u32>,
        accepts_loss: bool,
    ) -> Result<SchemaReport> {
        let (user, now) = (self.named(user)?, self.platform.now());
        Ok(Store::migrate_to(
            &self.dir,
            &user,
            passphrase,
            target,
            accepts_loss,
            now,
        )?)
    }

    /// Opens a store of a newer Haven for taking its records out; nothing of it is changed.
    ///
    /// # Errors
    /// As [`Store::open_newer`].
    pub fn open_newer(&self, user: Option<&str>, passphrase: &Passphrase) -> Result<Session> {
        let user = self.named(user)?;
        let store = Store::open_newer(&self.dir, &user, passphrase, self.platform.now())?;
        Ok(self.session(store))
    }

    /// Writes a report of a store that cannot be read beside its folder; nothing of it is touched.
    ///
    /// # Errors
    /// `not_found` without a folder; `io` when the report cannot be written.
    pub fn quarantine(&self, failed: Option<String>) -> Result<QuarantineReport> {
        Ok(haven_store::quarantine_report(
            &self.dir,
            failed,
            self.platform.now(),
        )?)
    }

    /// A refusal to open a store that is damaged says where its report lies.
    pub(super) fn report_damage(&self, error: AppError) -> AppError {
        if !matches!(error.code, Code::Integrity | Code::Unreadable) {
            return error;
        }
        match self.quarantine(Some(error.message.clone())) {
            Ok(report) => AppError {
                message: format!(
                    "{} A report lies beside the folder: {}.",
                    error.message,
                    report.path.display()
                ),
                ..error
            },
            // The damage is what matters, also where no report can be written.
            Err(_) => error,
        }
    }

    fn named(&self, user: Option<&str>) -> Result<String> {
        match user {
            Some(user) => Ok(user.to_owned()),
            None => self.only_user(),
        }
    }
}
