//! The keychain of this computer, as far as a store wants one. Everything works without.
//!
//! Invariant: it is never the only holder of anything that opens the store; where it is absent,
//! locked, emptied or another one than before, the passphrase still opens the store.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

/// Why a keychain did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this computer's keychain is absent or locked")]
pub struct KeychainUnavailable;

/// Secrets that the system keeps for the user who is signed in to it.
pub trait Keychain: Send + Sync {
    /// The secret of that name; `None` when there is none.
    ///
    /// # Errors
    /// When the keychain is absent or locked.
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainUnavailable>;

    /// Keeps a secret in the place of any of that name.
    ///
    /// # Errors
    /// When the keychain is absent or locked.
    fn set(&self, name: &str, secret: &[u8]) -> Result<(), KeychainUnavailable>;

    /// Forgets the secret of that name, if there is one.
    ///
    /// # Errors
    /// When the keychain is absent or locked.
    fn remove(&self, name: &str) -> Result<(), KeychainUnavailable>;
}

/// A machine without a keychain.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeychain;

impl Keychain for NoKeychain {
    fn get(&self, _name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainUnavailable> {
        Err(KeychainUnavailable)
    }

    fn set(&self, _name: &str, _secret: &[u8]) -> Result<(), KeychainUnavailable> {
        Err(KeychainUnavailable)
    }

    fn remove(&self, _name: &str) -> Result<(), KeychainUnavailable> {
        Err(KeychainUnavailable)
    }
}

type Kept = HashMap<String, Zeroizing<Vec<u8>>>;

/// A keychain that lasts as long as the process and can be locked: for tests.
#[derive(Default)]
pub struct KeychainInMemory {
    kept: Mutex<Kept>,
    locked: AtomicBool,
}

impl KeychainInMemory {
    /// Locks or unlocks it.
    pub fn set_locked(&self, locked: bool) {
        self.locked.store(locked, Ordering::SeqCst);
    }

    /// Empties it, as a reinstalled desktop does.
    pub fn wipe(&self) {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The names of what it keeps.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.keys().cloned().collect()
    }

    fn open(&self) -> Result<MutexGuard<'_, Kept>, KeychainUnavailable> {
        if self.locked.load(Ordering::SeqCst) {
            return Err(KeychainUnavailable);
        }
        Ok(self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Keychain for KeychainInMemory {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainUnavailable> {
        Ok(self.open()?.get(name).cloned())
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), KeychainUnavailable> {
        self.open()?
            .insert(name.to_owned(), Zeroizing::new(secret.to_vec()));
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), KeychainUnavailable> {
        self.open()?.remove(name);
        Ok(())
    }
}

/// The name of something that belongs to one login of one store.
pub(crate) fn name_of(what: &str, store_id: &str, user: &str) -> String {
    format!("{what}:{store_id}:{user}")
}
