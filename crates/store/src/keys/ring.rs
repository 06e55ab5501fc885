//! The keys of an unlocked store, in memory only.

use std::sync::Arc;

use haven_model::SensitivityClass;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Result, StoreError};

/// 32 secret bytes, wiped when dropped.
#[derive(Clone, Default, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    pub(crate) fn from_slice(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes
            .try_into()
            .map_err(|_| StoreError::integrity("a key in keys.json has the wrong length"))?;
        Ok(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsMut<[u8]> for Secret {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

/// Fills `bytes` from the system's generator.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| {
        StoreError::io(
            "Drawing random bytes",
            std::io::Error::other(error.to_string()),
        )
    })
}

/// A new random key.
pub(crate) fn random_secret() -> Result<Secret> {
    let mut secret = Secret::default();
    fill_random(secret.as_mut())?;
    Ok(secret)
}

/// A class key and its generation.
#[derive(Clone)]
pub(crate) struct ClassKey {
    pub(crate) class: SensitivityClass,
    pub(crate) generation: u16,
    pub(crate) key: Secret,
}

/// The key of the blind search terms, and its generation.
#[derive(Clone)]
pub(crate) struct BlindKey {
    pub(crate) generation: u16,
    pub(crate) key: Secret,
}

/// Everything that a user's grants open.
pub(crate) struct KeyRing {
    pub(crate) store_id: String,
    pub(crate) user: String,
    pub(crate) private_key: Secret,
    pub(crate) store: Secret,
    pub(crate) store_generation: u16,
    pub(crate) audit: Secret,
    /// Only for those who may read `sensitive`; more than one while terms are blinded anew.
    pub(crate) blinds: Vec<BlindKey>,
    pub(crate) classes: Vec<ClassKey>,
}

/// The keys of an unlocked session, for opening the store again without the passphrase.
///
/// Invariants: never written anywhere; wiped when the last copy is dropped.
#[derive(Clone)]
pub struct StoreKeys {
    pub(crate) ring: Arc<KeyRing>,
}

impl std::fmt::Debug for StoreKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("StoreKeys")
    }
}
