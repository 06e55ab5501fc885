//! The recovery key: shown once, replaced, used.

use std::path::Path;
use std::sync::Arc;

use haven_model::{Role, Timestamp};

use super::Store;
use super::opening::{Arrival, read_keys};
use crate::error::{Result, StoreError};
use crate::keychain::Keychain;
use crate::keys::{KdfParams, KeyFile, Passphrase, RecoveryWords, may_hold_recovery};
use crate::table::identity;

/// How the recovery key of a store stands, as one session may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryState {
    /// There is none.
    Absent,
    /// Its words wait to be shown to this session's login, once.
    WaitsForYou,
    /// Its words wait to be shown to another login.
    WaitsForAnother,
    /// Its words were shown; nothing keeps them.
    Shown,
}

impl Store {
    /// How the recovery key stands.
    ///
    /// # Errors
    /// When the key file cannot be read.
    pub fn recovery_state(&self) -> Result<RecoveryState> {
        let file = KeyFile::read(self.dir())?;
        Ok(if file.recovery_slot().is_none() {
            RecoveryState::Absent
        } else if file.words_wait_for(&self.session().user) {
            RecoveryState::WaitsForYou
        } else if file.has_pending_words() {
            RecoveryState::WaitsForAnother
        } else {
            RecoveryState::Shown
        })
    }

    /// The words of the recovery key, which nothing keeps any more from then on.
    ///
    /// # Errors
    /// `precondition` when they were shown before, are kept for another login, or there is no recovery
    /// key.
    pub fn show_recovery_once(&self, now: Timestamp) -> Result<RecoveryWords> {
        let user = &self.session().user;
        let private = &self.inner.vault.keys.ring.private_key;
        let file = KeyFile::read(self.dir())?;
        if file.recovery_slot().is_none() {
            return Err(StoreError::precondition(
                "This store has no recovery key; it was made before there was one. An administrator can make one with `haven recovery renew`.",
            ));
        }
        let key = self.change_keys("recovery-shown", now, |_, file| {
            let another = file.has_pending_words();
            file.take_pending_words(user, private)?.ok_or_else(|| {
                StoreError::precondition(if another {
                    "The recovery key waits to be shown to the login that this store was made for."
                } else {
                    "The recovery key was shown already, once, and is kept nowhere. Where the words are lost, make new ones with `haven recovery renew`."
                })
            })
        })?;
        RecoveryWords::of_key(&key)
    }

    /// Makes a new recovery key, after which the former one opens nothing, and answers its words,
    /// which are kept nowhere. It opens what this login opens: everything, for an admin.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin; on a device without one, for anyone whose keys do not
    /// open the chart.
    pub fn renew_recovery(&self, now: Timestamp) -> Result<RecoveryWords> {
        let logins = self.read(|reader| identity::logins(&reader.link.connection))?;
        let has_admin = logins.iter().any(|login| login.role == Role::Admin);
        if has_admin || !may_hold_recovery(self.session().role) {
            self.admin_only("make a new recovery key")?;
        }
        let key = self.change_keys("recovery-renewed", now, |tx, file| {
            file.make_recovery(&tx.vault.held().ring)
        })?;
        RecoveryWords::of_key(&key)
    }

    /// Gives `user` a new passphrase by means of the recovery key, with new keys of the role that the
    /// store knows, lets a disabled login in again, and opens the store.
    ///
    /// # Errors
    /// `wrong_passphrase` when the words are not this store's present ones, `not_found` for a login
    /// that is not here, `precondition` where there is no recovery key.
    pub fn recover(
        dir: &Path,
        user: &str,
        words: &RecoveryWords,
        new: &Passphrase,
        kdf: KdfParams,
        now: Timestamp,
        keychain: Option<&Arc<dyn Keychain>>,
    ) -> Result<Self> {
        let file = read_keys(dir)?;
        file.slot(user)?;
        let mut ring = file
            .open_recovery(words)?
            .ok_or(StoreError::WrongRecoveryKey)?;
        user.clone_into(&mut ring.user);
        let private = {
            let store = Self::open(dir, ring, now, Arrival::Keys, keychain)?;
            store.readmit("recovery-used", user, new, kdf, now)?
        };
        let ring = read_keys(dir)?.open_grants(user, &private)?;
        Self::open(dir, ring, now, Arrival::Passphrase, keychain)
    }
}
