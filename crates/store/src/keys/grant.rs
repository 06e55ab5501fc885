//! Grants: a key of the store, sealed to one user's public key.

use haven_model::SensitivityClass;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal,
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::secret::Secret;
use crate::binding::length_prefixed;
use crate::error::{Result, StoreError};
use crate::seal::keyed_digest;

const RECOVERY_WORDS: &str = "recovery-words";

/// Which key a grant carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantKind {
    /// The key of the database's pages, by generation.
    Store(u16),
    /// The key of the bodies of one class, by generation.
    Class(SensitivityClass, u16),
    /// The key of the audit log.
    Audit,
    /// The key of the blind search terms of `sensitive`, by generation.
    Blind(u16),
    /// A class key for breaking the glass only, by generation.
    Glass(SensitivityClass, u16),
    /// The key of a note to those who review, by its place in the audit log.
    Note(u64),
    /// The recovery key itself, until it was shown.
    RecoveryWords,
}

impl GrantKind {
    pub(crate) fn to_word(self) -> String {
        match self {
            Self::Store(1) => "dsk".to_owned(),
            Self::Store(generation) => format!("dsk:{generation}"),
            Self::Class(class, generation) => format!("class:{}:{generation}", class.as_str()),
            Self::Audit => "audit".to_owned(),
            Self::Blind(1) => "blind".to_owned(),
            Self::Blind(generation) => format!("blind:{generation}"),
            Self::Glass(class, generation) => format!("glass:{}:{generation}", class.as_str()),
            Self::Note(seq) => format!("note:{seq}"),
            Self::RecoveryWords => RECOVERY_WORDS.to_owned(),
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let (name, rest) = word.split_once(':').unwrap_or((word, "1"));
        let of_class = || {
            let (class, generation) = rest.split_once(':')?;
            Some((
                SensitivityClass::from_word(class)?,
                generation.parse().ok()?,
            ))
        };
        match name {
            "dsk" => Some(Self::Store(rest.parse().ok()?)),
            "audit" => Some(Self::Audit),
            "blind" => Some(Self::Blind(rest.parse().ok()?)),
            "class" => of_class().map(|(class, generation)| Self::Class(class, generation)),
            "glass" => of_class().map(|(class, generation)| Self::Glass(class, generation)),
            "note" => Some(Self::Note(rest.parse().ok()?)),
            RECOVERY_WORDS => Some(Self::RecoveryWords),
            _ => None,
        }
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
    /// Made with the key itself, over recipient, public key and kind: whoever made the grant held the
    /// key and meant this public key. Without it, anyone who can write the file could put a public
    /// key of their own into it and wait for the next rotation.
    #[serde(default)]
    vouch: String,
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
            vouch: vouch(store_id, recipient, public_key, kind, key),
        })
    }

    /// What it carries; `None` for a kind that this Haven does not know.
    pub(crate) fn kind(&self) -> Option<GrantKind> {
        GrantKind::from_word(&self.kind)
    }

    /// Whether it stays closed until the glass is broken.
    pub(crate) fn is_for_glass(&self) -> bool {
        matches!(self.kind(), Some(GrantKind::Glass(..)))
    }

    /// Whether someone who held `key` granted it to this recipient's `public_key`.
    pub(crate) fn is_vouched(&self, store_id: &str, public_key: &[u8; 32], key: &Secret) -> bool {
        let Some(kind) = self.kind() else {
            return false;
        };
        let expected = vouch(store_id, &self.recipient, public_key, kind, key);
        bool::from(expected.as_bytes().ct_eq(self.vouch.as_bytes()))
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

fn vouch(
    store_id: &str,
    recipient: &str,
    public_key: &[u8; 32],
    kind: GrantKind,
    key: &Secret,
) -> String {
    hex::encode(keyed_digest(
        key.as_ref(),
        &length_prefixed(&[
            b"HVVOUCH1",
            store_id.as_bytes(),
            recipient.as_bytes(),
            public_key,
            kind.to_word().as_bytes(),
        ]),
    ))
}

fn bound(store_id: &str, recipient: &str, kind: GrantKind) -> Vec<u8> {
    length_prefixed(&[
        b"HVGRANT1",
        store_id.as_bytes(),
        recipient.as_bytes(),
        kind.to_word().as_bytes(),
    ])
}
