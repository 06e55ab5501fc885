//! Unlocking with a PIN for some hours after the passphrase.

use std::path::Path;
use std::sync::Arc;

use haven_model::Timestamp;

use super::Store;
use super::opening::{Arrival, read_keys};
use crate::error::{Result, StoreError};
use crate::keychain::{Keychain, NoKeychain};
use crate::keys::{KdfParams, Passphrase, QuickSlot};
use crate::op::{Op, OpKind};

impl Store {
    /// Sets this user's PIN: it unlocks the store until 12 hours after the passphrase was last given,
    /// or until five wrong tries in a row.
    ///
    /// # Errors
    /// `invalid` for a PIN of fewer than 6 or more than 12 digits, or a plain one; `precondition`
    /// without a keychain, or in a session that no passphrase began.
    pub fn set_pin(&self, pin: &Passphrase, now: Timestamp) -> Result<()> {
        let since = self.inner.passphrase_at.ok_or_else(|| {
            StoreError::precondition("Unlock with your passphrase before setting a PIN.")
        })?;
        let ring = &self.inner.vault.keys.ring;
        self.quick()
            .set(pin, &ring.private_key, KdfParams::default(), since)?;
        self.note("pin-set", now)
    }

    /// Removes this user's PIN, if there is one.
    ///
    /// # Errors
    /// When the audit entry cannot be written; the PIN is gone all the same.
    pub fn remove_pin(&self, now: Timestamp) -> Result<()> {
        self.quick().forget();
        self.note("pin-removed", now)
    }

    /// Whether a PIN of `user` would be taken now.
    #[must_use]
    pub fn pin_offered(
        dir: &Path,
        user: &str,
        now: Timestamp,
        keychain: &Arc<dyn Keychain>,
    ) -> bool {
        read_keys(dir).is_ok_and(|file| {
            QuickSlot {
                dir,
                store_id: &file.store_id,
                user,
                keychain: keychain.as_ref(),
            }
            .is_offered(now)
        })
    }

    /// Opens the store in `dir` with a user's PIN.
    ///
    /// # Errors
    /// `wrong_passphrase` for a wrong PIN, `precondition` when none is taken (any more); otherwise as
    /// [`Store::unlock`].
    pub fn unlock_with_pin(
        dir: &Path,
        user: &str,
        pin: &Passphrase,
        now: Timestamp,
        keychain: &Arc<dyn Keychain>,
    ) -> Result<Self> {
        let file = read_keys(dir)?;
        file.slot(user)?;
        let quick = QuickSlot {
            dir,
            store_id: &file.store_id,
            user,
            keychain: keychain.as_ref(),
        };
        let private = quick.open(pin, now)?;
        // Keys that were replaced meanwhile are not opened by the old private key.
        let ring = file
            .open_grants(user, &private)
            .inspect_err(|_| quick.forget())?;
        Self::open(dir, ring, now, Arrival::Pin, Some(keychain))
    }

    pub(super) fn quick(&self) -> QuickSlot<'_> {
        let session = self.session();
        QuickSlot {
            dir: self.dir(),
            store_id: &session.store_id,
            user: &session.user,
            keychain: self
                .inner
                .keychain
                .get()
                .map_or(&NoKeychain, |keychain| keychain.as_ref()),
        }
    }

    fn note(&self, action: &str, now: Timestamp) -> Result<()> {
        let op = Op::new(OpKind::Configure, &self.session().user, now);
        self.transact(op, |tx| tx.note(action, None, None, None))?;
        Ok(())
    }
}
