//! From a passphrase to the key that opens a slot, and the commitment that is checked first.

use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::ring::Secret;
use crate::binding::length_prefixed;
use crate::error::{Result, StoreError};

/// A passphrase; wiped from memory when dropped.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes a passphrase as typed; the form its accents were typed in does not matter.
    #[must_use]
    pub fn new(text: String) -> Self {
        let typed = Zeroizing::new(text);
        Self(Zeroizing::new(typed.nfc().collect()))
    }

    /// The text, for the one server that must hear it: the hub's sign-in.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The cost of deriving a key from a passphrase.
///
/// Invariant when used: memory 64 MiB to 1 GiB, passes 3 to 10, lanes 1 to 4. The slot file can be
/// written by anyone who has the disk, so both a cheaper and a ruinous derivation are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KdfParams {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for KdfParams {
    /// The floor: 64 MiB, three passes, one lane.
    fn default() -> Self {
        Self {
            memory_kib: MIN_MEMORY_KIB,
            passes: 3,
            lanes: 1,
        }
    }
}

// Source: OWASP ASVS 5.0 appendix C asks for at least 46 MiB; RFC 9106 §4 second choice is 64 MiB.
const MIN_MEMORY_KIB: u32 = 64 * 1024;
const MAX_MEMORY_KIB: u32 = 1024 * 1024;

impl KdfParams {
    /// As many passes as fit into `target_ms` on this machine, never below the floor.
    ///
    /// # Errors
    /// When the derivation itself fails, for example for want of memory.
    pub fn calibrated(target_ms: u64) -> Result<Self> {
        let floor = Self::default();
        let started = std::time::Instant::now();
        derive(
            &Passphrase::new("calibration".to_owned()),
            &floor,
            &[0; SALT_BYTES],
            "",
            "",
            "",
        )?;
        let floor_ms = u64::try_from(started.elapsed().as_millis())
            .unwrap_or(u64::MAX)
            .max(1);
        let passes = (target_ms * u64::from(floor.passes) / floor_ms).clamp(3, 10);
        Ok(Self {
            passes: u32::try_from(passes).unwrap_or(floor.passes),
            ..floor
        })
    }

    fn check(self) -> Result<()> {
        let sound = (MIN_MEMORY_KIB..=MAX_MEMORY_KIB).contains(&self.memory_kib)
            && (3..=10).contains(&self.passes)
            && (1..=4).contains(&self.lanes);
        if sound {
            return Ok(());
        }
        Err(StoreError::integrity(
            "keys.json asks for a passphrase derivation outside the accepted bounds",
        ))
    }
}

pub(crate) const SALT_BYTES: usize = 16;

/// What a passphrase leads to: the key that opens the slot, and a commitment to it.
pub(crate) struct Derived {
    pub(crate) kek: Secret,
    pub(crate) commitment: Secret,
}

/// Derives slot key and commitment.
///
/// # Errors
/// `integrity` when the parameters are out of bounds.
pub(crate) fn derive(
    passphrase: &Passphrase,
    params: &KdfParams,
    salt: &[u8],
    store_id: &str,
    user: &str,
    slot: &str,
) -> Result<Derived> {
    params.check()?;
    let failed =
        |_| StoreError::precondition("There was not enough memory to check the passphrase.");
    let cost =
        Params::new(params.memory_kib, params.passes, params.lanes, Some(32)).map_err(failed)?;
    let mut stretched = Secret::default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, cost)
        .hash_password_into(passphrase.0.as_bytes(), salt, stretched.as_mut())
        .map_err(failed)?;
    let info = length_prefixed(&[
        b"slot1",
        store_id.as_bytes(),
        user.as_bytes(),
        slot.as_bytes(),
    ]);
    let mut both = Zeroizing::new([0u8; 64]);
    Hkdf::<Sha256>::new(None, stretched.as_ref())
        .expand(&info, both.as_mut())
        .map_err(|_| StoreError::integrity("the slot key could not be derived"))?;
    let (kek, commitment) = both.split_at(32);
    Ok(Derived {
        kek: Secret::from_slice(kek)?,
        commitment: Secret::from_slice(commitment)?,
    })
}
