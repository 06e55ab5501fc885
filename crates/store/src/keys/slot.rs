//! A slot: a private key, sealed under a passphrase or under the recovery key.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hpke::kem::X25519HkdfSha256;
use hpke::{Kem, Serializable};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::derivation::{Derived, KdfParams, Passphrase, SALT_BYTES, derive, expand};
use super::secret::{Secret, fill_random};
use crate::binding::length_prefixed;
use crate::error::{Result, StoreError};

/// Argon2id, HKDF-SHA256, AES-256-GCM, X25519.
const SUITE: u8 = 1;
const PASSPHRASE: &str = "passphrase";
const PASSPHRASE_AND_DEVICE: &str = "passphrase+device";
const RECOVERY: &str = "recovery";

/// Whose the recovery slot and its grants are; no login may have a name that begins so.
pub(crate) const RECOVERY_HOLDER: &str = "*recovery";

/// What opens a slot.
#[derive(Clone, Copy)]
pub(crate) enum Opener<'a> {
    /// A passphrase alone.
    Passphrase(&'a Passphrase),
    /// A passphrase and the secret that this computer's keychain keeps.
    PassphraseAndDevice(&'a Passphrase, &'a Secret),
    /// The 256 bits of the recovery key.
    Recovery(&'a Secret),
}

impl Opener<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Passphrase(_) => PASSPHRASE,
            Self::PassphraseAndDevice(..) => PASSPHRASE_AND_DEVICE,
            Self::Recovery(_) => RECOVERY,
        }
    }
}

/// A private key, sealed, as it stands in the key file.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) user: String,
    pub(crate) kind: String,
    pub(crate) suite: u8,
    /// Absent where there is no passphrase to stretch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kdf: Option<KdfParams>,
    #[serde(with = "hex::serde")]
    salt: [u8; SALT_BYTES],
    #[serde(with = "hex::serde")]
    commitment: [u8; 32],
    #[serde(with = "hex::serde")]
    nonce: [u8; 12],
    #[serde(with = "hex::serde")]
    pub(crate) public_key: [u8; 32],
    #[serde(with = "hex::serde")]
    sealed: Vec<u8>,
}

impl Slot {
    /// A new key pair for `user`, its private half sealed under `opener`.
    pub(crate) fn create(
        store_id: &str,
        user: &str,
        opener: &Opener<'_>,
        kdf: Option<KdfParams>,
    ) -> Result<(Self, Secret)> {
        let mut seed = Zeroizing::new([0u8; 32]);
        fill_random(seed.as_mut())?;
        let (private, public) = X25519HkdfSha256::derive_keypair(seed.as_ref());
        let private = Secret::from_slice(&Zeroizing::new(private.to_bytes()))?;
        let mut slot = Self {
            user: user.to_owned(),
            kind: String::new(),
            suite: SUITE,
            kdf: None,
            salt: [0; SALT_BYTES],
            commitment: [0; 32],
            nonce: [0; 12],
            public_key: Secret::from_slice(&public.to_bytes())?.bytes().to_owned(),
            sealed: Vec::new(),
        };
        slot.seal(store_id, opener, kdf, &private)?;
        Ok((slot, private))
    }

    /// Seals the same private key under `opener`, with fresh salt and nonce.
    pub(crate) fn seal(
        &mut self,
        store_id: &str,
        opener: &Opener<'_>,
        kdf: Option<KdfParams>,
        private: &Secret,
    ) -> Result<()> {
        opener.kind().clone_into(&mut self.kind);
        self.kdf = kdf;
        fill_random(&mut self.salt)?;
        fill_random(&mut self.nonce)?;
        let derived = self.derive(store_id, opener)?;
        self.commitment = *derived.commitment.bytes();
        self.sealed = cipher(&derived.kek)
            .encrypt(
                &Nonce::from(self.nonce),
                Payload {
                    msg: private.as_ref(),
                    aad: &self.bound(store_id),
                },
            )
            .map_err(|_| StoreError::integrity("the slot could not be sealed"))?;
        Ok(())
    }

    /// Whether it opens with the secret of this computer's keychain as well as the passphrase.
    pub(crate) fn needs_device(&self) -> bool {
        self.kind == PASSPHRASE_AND_DEVICE
    }

    /// Whether it is the slot of the recovery key.
    pub(crate) fn is_recovery(&self) -> bool {
        self.kind == RECOVERY
    }

    /// The private key, or `None` when what was given is not what it was sealed under.
    ///
    /// # Errors
    /// `integrity` when it was the right one and the slot was altered, when its cost is out of bounds,
    /// or when the slot is of another kind than what was given.
    pub(crate) fn open(&self, store_id: &str, opener: &Opener<'_>) -> Result<Option<Secret>> {
        if self.suite != SUITE || self.kind != opener.kind() {
            return Err(StoreError::integrity(
                "keys.json holds a slot of an unknown kind",
            ));
        }
        let derived = self.derive(store_id, opener)?;
        // Compared before anything is opened: the cipher alone does not commit to its key.
        if !bool::from(derived.commitment.bytes().ct_eq(&self.commitment)) {
            return Ok(None);
        }
        let opened = cipher(&derived.kek)
            .decrypt(
                &Nonce::from(self.nonce),
                Payload {
                    msg: &self.sealed,
                    aad: &self.bound(store_id),
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| StoreError::integrity("the login's slot in keys.json was altered"))?;
        Secret::from_slice(&opened).map(Some)
    }

    fn derive(&self, store_id: &str, opener: &Opener<'_>) -> Result<Derived> {
        let place = length_prefixed(&[
            b"slot1",
            store_id.as_bytes(),
            self.user.as_bytes(),
            self.kind.as_bytes(),
        ]);
        let cost = || {
            self.kdf.ok_or_else(|| {
                StoreError::integrity("keys.json names no cost for a passphrase's slot")
            })
        };
        match opener {
            Opener::Passphrase(passphrase) => {
                derive(passphrase, None, &cost()?, &self.salt, &place)
            }
            Opener::PassphraseAndDevice(passphrase, device) => {
                derive(passphrase, Some(device), &cost()?, &self.salt, &place)
            }
            Opener::Recovery(key) => expand(Some(&self.salt), key.as_ref(), &place),
        }
    }

    fn bound(&self, store_id: &str) -> Vec<u8> {
        length_prefixed(&[
            b"HVSLOT1",
            store_id.as_bytes(),
            self.user.as_bytes(),
            self.kind.as_bytes(),
            &[self.suite],
            &self.public_key,
        ])
    }
}

fn cipher(key: &Secret) -> Aes256Gcm {
    Aes256Gcm::new(key.bytes().into())
}
