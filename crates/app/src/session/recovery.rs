//! The recovery key of an unlocked store.

use serde::Serialize;

use super::Session;
use crate::error::Result;

/// The words of a recovery key, as they are shown once.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryAnswer {
    /// The 24 words, in order.
    pub words: Vec<String>,
}

impl RecoveryAnswer {
    fn of(words: &haven_store::RecoveryWords) -> Self {
        let words = words.expose_secret().split(' ').map(str::to_owned);
        Self {
            words: words.collect(),
        }
    }
}

impl Session {
    /// The words of the recovery key, which nothing keeps any more from then on.
    ///
    /// # Errors
    /// `precondition` when they were shown before, wait for another login, or there is no recovery key.
    pub fn show_recovery_once(&self) -> Result<RecoveryAnswer> {
        let words = self.store().show_recovery_once(self.platform().now())?;
        Ok(RecoveryAnswer::of(&words))
    }

    /// Makes a new recovery key in the place of the former one, and answers its words, which are kept
    /// nowhere.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin, where the device has one.
    pub fn renew_recovery(&self) -> Result<RecoveryAnswer> {
        let words = self.store().renew_recovery(self.platform().now())?;
        Ok(RecoveryAnswer::of(&words))
    }
}
