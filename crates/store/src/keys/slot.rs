//! A slot: a user's private key, sealed under a passphrase.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hpke::kem::X25519HkdfSha256;
use hpke::{Kem, Serializable};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::derivation::{Derived, KdfParams, Passphrase, SALT_BYTES, derive};
use super::ring::{Secret, fill_random};
use crate::binding::length_prefixed;
use crate::error::{Result, StoreError};

/// Argon2id, HKDF-SHA256, AES-256-GCM, X25519.
const SUITE: u8 = 1;
const KIND: &str = "passphrase";

/// A user's private key, sealed under a passphrase, as it stands in the key file.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) user: String,
    pub(crate) kind: String,
    pub(crate) suite: u8,
    pub(crate) kdf: KdfParams,
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
    /// A new key pair for `user`, its private half sealed under `passphrase`.
    pub(crate) fn create(
        store_id: &str,
        user: &str,
        passphrase: &Passphrase,
        kdf: KdfParams,
    ) -> Result<(Self, Secret)> {
        let mut seed = Zeroizing::new([0u8; 32]);
        fill_random(seed.as_mut())?;
        let (private, public) = X25519HkdfSha256::derive_keypair(seed.as_ref());
        let private = Secret::from_slice(&Zeroizing::new(private.to_bytes()))?;
        let mut slot = Self {
            user: user.to_owned(),
            kind: KIND.to_owned(),
            suite: SUITE,
            kdf,
            salt: [0; SALT_BYTES],
            commitment: [0; 32],
            nonce: [0; 12],
            public_key: Secret::from_slice(&public.to_bytes())?.bytes().to_owned(),
            sealed: Vec::new(),
        };
        slot.seal(store_id, passphrase, &private)?;
        Ok((slot, private))
    }

    /// Seals the same private key under another passphrase, with fresh salt and nonce.
    pub(crate) fn seal(
        &mut self,
        store_id: &str,
        passphrase: &Passphrase,
        private: &Secret,
    ) -> Result<()> {
        fill_random(&mut self.salt)?;
        fill_random(&mut self.nonce)?;
        let derived = self.derive(store_id, passphrase)?;
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

    /// The private key, or `None` when the passphrase is another one.
    ///
    /// # Errors
    /// `integrity` when the passphrase is right and the slot was altered, or its cost is out of bounds.
    pub(crate) fn open(&self, store_id: &str, passphrase: &Passphrase) -> Result<Option<Secret>> {
        if self.suite != SUITE || self.kind != KIND {
            return Err(StoreError::integrity(
                "keys.json holds a slot of an unknown kind",
            ));
        }
        let derived = self.derive(store_id, passphrase)?;
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

    fn derive(&self, store_id: &str, passphrase: &Passphrase) -> Result<Derived> {
        derive(
            passphrase, &self.kdf, &self.salt, store_id, &self.user, &self.kind,
        )
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
