//! From a passphrase to the key that opens a slot, and the commitment that is checked first.

use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::secret::Secret;
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
const MAX_PASSES: u32 = 10;

/// Memory that a calibrated derivation leaves to everything else: it takes at most this part of what
/// is free.
const PART_OF_FREE_MEMORY: u64 = 4;

impl KdfParams {
    /// The costliest derivation that takes about `target_ms` on this machine: memory first, since that
    /// is what an attacker's hardware lacks (RFC 9106 §4), then passes; never below the floor.
    ///
    /// `free_memory_kib` is what the machine can spare; a quarter of it is used at most. A target of 0
    /// answers the floor without measuring.
    ///
    /// # Errors
    /// When the derivation itself fails, for example for want of memory.
    pub fn calibrated(target_ms: u64, free_memory_kib: Option<u64>) -> Result<Self> {
        let floor = Self::default();
        if target_ms == 0 {
            return Ok(floor);
        }
        let most_kib = free_memory_kib
            .map_or(256 * 1024, |free| free / PART_OF_FREE_MEMORY)
            .min(u64::from(MAX_MEMORY_KIB));
        let mut chosen = floor;
        let mut chosen_ms = floor.measure()?;
        // Twice the memory costs at least twice the time, so one that surely fails is not tried.
        while chosen_ms * 2 <= target_ms && u64::from(chosen.memory_kib) * 2 <= most_kib {
            let larger = Self {
                memory_kib: chosen.memory_kib * 2,
                ..chosen
            };
            let Ok(larger_ms) = larger.measure() else {
                break;
            };
            if larger_ms > target_ms {
                break;
            }
            (chosen, chosen_ms) = (larger, larger_ms);
        }
        let passes =
            (target_ms * u64::from(chosen.passes) / chosen_ms).clamp(3, u64::from(MAX_PASSES));
        Ok(Self {
            passes: u32::try_from(passes).unwrap_or(floor.passes),
            ..chosen
        })
    }

    /// How long one derivation takes here, in milliseconds, at least 1.
    fn measure(self) -> Result<u64> {
        let started = std::time::Instant::now();
        derive(
            &Passphrase::new("calibration".to_owned()),
            None,
            &self,
            &[0; SALT_BYTES],
            &[],
        )?;
        Ok(u64::try_from(started.elapsed().as_millis())
            .unwrap_or(u64::MAX)
            .max(1))
    }

    fn check(self) -> Result<()> {
        let sound = (MIN_MEMORY_KIB..=MAX_MEMORY_KIB).contains(&self.memory_kib)
            && (3..=MAX_PASSES).contains(&self.passes)
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

/// Derives slot key and commitment from a passphrase or PIN and, where the slot asks for one, a
/// second secret of this device; `place` names the slot that they are for.
///
/// # Errors
/// `integrity` when the parameters are out of bounds.
pub(crate) fn derive(
    passphrase: &Passphrase,
    device: Option<&Secret>,
    params: &KdfParams,
    salt: &[u8],
    place: &[u8],
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
    let Some(device) = device else {
        return expand(None, stretched.as_ref(), place);
    };
    let mut both = Zeroizing::new([0u8; 64]);
    let (first, second) = both.split_at_mut(32);
    first.copy_from_slice(stretched.as_ref());
    second.copy_from_slice(device.as_ref());
    expand(None, both.as_ref(), place)
}

/// Derives slot key and commitment from 256 random bits, which need no stretching.
///
/// Source: RFC 5869.
pub(crate) fn expand(salt: Option<&[u8]>, secret: &[u8], place: &[u8]) -> Result<Derived> {
    let mut both = Zeroizing::new([0u8; 64]);
    Hkdf::<Sha256>::new(salt, secret)
        .expand(place, both.as_mut())
        .map_err(|_| StoreError::integrity("the slot key could not be derived"))?;
    let (kek, commitment) = both.split_at(32);
    Ok(Derived {
        kek: Secret::from_slice(kek)?,
        commitment: Secret::from_slice(commitment)?,
    })
}
