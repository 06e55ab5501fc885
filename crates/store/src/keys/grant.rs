//! Grants: a key of the store, sealed to one user's public key.

use haven_model::SensitivityClass;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::secret::Secret;
use crate::binding::length_prefixed;
use crate::error::{Result, StoreError};

const RECOVERY_WORDS: &str = "recovery-words";

/// Which key a grant carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantKind {
    /// The key of the database's pages.
    Store,
    /// The key of the bodies of one class, by generation.
    Class(SensitivityClass, u16),
    /// The key of the audit log.
    Audit,
    /// The key of the blind search terms of `sensitive`.
    Blind,
    /// The recovery key itself, until it was shown.
    RecoveryWords,
}

impl GrantKind {
    pub(crate) fn to_word(self) -> String {
        match self {
            Self::Store => "dsk".to_owned(),
            Self::Class(class, generation) => format!("class:{}:{generation}", class.as_str()),
            Self::Audit => "audit".to_owned(),
            Self::Blind => "blind".to_owned(),
            Self::RecoveryWords => RECOVERY_WORDS.to_owned(),
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "dsk" => return Some(Self::Store),
            "audit" => return Some(Self::Audit),
            "blind" => return Some(Self::Blind),
            RECOVERY_WORDS => return Some(Self::RecoveryWords),
            _ => {}
        }
        let (class, generation) = word.strip_prefix("class:")?.split_once(':')?;
        Some(Self::Class(
            SensitivityClass::from_word(class)?,
            generation.parse().ok()?,
        ))
    }
}

/// A key sealed to a user, as it stands in the key file.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) recipient: String,
    pub(crate) kind: String,
    #[serde(with = "hex::serde")]
    enc: Vec<u8>,
    #[serde(with = "hex::serde")]
    ct: Vec<u8>,
}

impl Grant {
    /// Seals `key` to the holder of `public_key`.
    pub(crate) fn seal(
        store_id: &str,
        recipient: &str,
        public_key: &[u8; 32],
        kind: GrantKind,
        key: &Secret,
    ) -> Result<Self> {
        let failed = |_| StoreError::integrity("a login's public key in keys.json is not one");
        let public =
            <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(public_key).map_err(failed)?;
        let info = bound(store_id, recipient, kind);
        let (enc, ct) = single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &public,
            &info,
            key.as_ref(),
            &[],
        )
        .map_err(failed)?;
        Ok(Self {
            recipient: recipient.to_owned(),
            kind: kind.to_word(),
            enc: enc.to_bytes().to_vec(),
            ct,
        })
    }

    /// The key, opened with the recipient's private key.
    pub(crate) fn open(&self, store_id: &str, private_key: &Secret) -> Result<(GrantKind, Secret)> {
        let damaged =
            || StoreError::integrity("a grant in keys.json was altered or is another user's");
        let kind = GrantKind::from_word(&self.kind).ok_or_else(damaged)?;
        let private = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(private_key.as_ref())
            .map_err(|_| damaged())?;
        let enc =
            <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&self.enc).map_err(|_| damaged())?;
        let info = bound(store_id, &self.recipient, kind);
        let opened = single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &private,
            &enc,
            &info,
            &self.ct,
            &[],
        )
        .map(Zeroizing::new)
        .map_err(|_| damaged())?;
        Ok((kind, Secret::from_slice(&opened)?))
    }
}

fn bound(store_id: &str, recipient: &str, kind: GrantKind) -> Vec<u8> {
    length_prefixed(&[
        b"HVGRANT1",
        store_id.as_bytes(),
        recipient.as_bytes(),
        kind.to_word().as_bytes(),
    ])
}
