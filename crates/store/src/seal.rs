//! Sealing bodies: compress, then AES-256-GCM under the key of the body's class, bound to its place.

mod codec;
mod left_out;
mod row;
mod transfer;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use haven_model::{Action, ResourceKey, SensitivityClass};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::binding::length_prefixed;
use crate::dictionary::Dictionaries;
use crate::error::{Result, StoreError};
use crate::glass::Pane;
use crate::keys::{Held, HeldCipher, KeyFile, Known, Secret, StoreKeys, fill_random, generation};
use crate::link::Link;
use crate::session::Session;
use crate::table::code::class_code;

pub(crate) use codec::Codec;
pub(crate) use left_out::leave_out;

/// The place a sealed body belongs to; one moved elsewhere does not open.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// `row`, `base`, `flight`, or a part of a conflict.
    pub(crate) part: &'a str,
    pub(crate) class: SensitivityClass,
    pub(crate) key: &'a ResourceKey,
    pub(crate) version: i64,
    pub(crate) deleted: bool,
}

/// The keys of a session, ready for use, and who holds them.
pub(crate) struct Vault {
    pub(crate) session: Session,
    /// As they were when the session began: the store's, the audit log's and the user's own stay so.
    pub(crate) keys: StoreKeys,
    dir: PathBuf,
    held: RwLock<Arc<Held>>,
    pub(crate) glass: Pane,
    /// Whether a key has sealed as often as it may.
    pub(crate) worn: AtomicBool,
    pub(crate) dictionaries: Dictionaries,
}

impl Vault {
    pub(crate) fn new(dir: &Path, session: Session, keys: StoreKeys, known: Known) -> Self {
        let held = Held::new(keys.ring.clone(), known);
        Self {
            session,
            keys,
            dir: dir.to_owned(),
            held: RwLock::new(Arc::new(held)),
            glass: Pane::default(),
            worn: AtomicBool::new(false),
            dictionaries: Dictionaries::new(),
        }
    }

    /// The class keys as this session knows them now.
    pub(crate) fn held(&self) -> Arc<Held> {
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Learns of keys that another session has changed, before anything is sealed in a transaction.
    pub(crate) fn keep_up(&self, link: &Link) -> Result<()> {
        if generation::epoch(&link.connection)? == self.held().known.epoch {
            return Ok(());
        }
        link.codec.seals.forget();
        self.learn(generation::known(&link.connection)?)
    }

    /// Opens this user's grants anew; ciphers that a reader may still need stay.
    fn learn(&self, known: Known) -> Result<()> {
        let own = &self.keys.ring;
        let file = KeyFile::read(&self.dir)?;
        let ring = Arc::new(file.open_again(own)?);
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(held.grown(ring, known));
        Ok(())
    }

    /// Whether the user may see bodies of `class`: by role, and by holding its key.
    pub(crate) fn reads(&self, class: SensitivityClass) -> bool {
        self.session.role.permits(Action::Read, class) && self.held().holds(class)
    }

    /// Whether the user may see bodies of `class` in that patient's chart.
    pub(crate) fn reads_of(&self, class: SensitivityClass, patient: Option<&str>) -> bool {
        self.reads(class) || self.glass.opens(class, patient)
    }

    /// The readable classes as bits, for filters in SQL.
    pub(crate) fn readable_bits(&self) -> i64 {
        SensitivityClass::ALL
            .into_iter()
            .filter(|class| self.reads(*class))
            .map(|class| 1 << class_code(class))
            .sum()
    }

    /// The classes readable in one patient's chart, as bits.
    pub(crate) fn readable_bits_of(&self, patient: &str) -> i64 {
        SensitivityClass::ALL
            .into_iter()
            .filter(|class| self.reads_of(*class, Some(patient)))
            .map(|class| 1 << class_code(class))
            .sum()
    }

    /// Refuses what the role does not permit.
    pub(crate) fn permit(&self, action: Action, class: SensitivityClass) -> Result<()> {
        if self.session.role.permits(action, class) {
            return Ok(());
        }
        Err(StoreError::NotPermitted {
            role: self.session.role,
            action,
            class,
        })
    }

    pub(crate) fn cipher(
        &self,
        class: SensitivityClass,
        generation: Option<u16>,
    ) -> Result<Arc<HeldCipher>> {
        let found = self
            .held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .cipher(class, generation);
        if let Some(found) = found {
            return Ok(found);
        }
        let held = self.held();
        if generation.is_some() && held.holds(class) {
            // Another session has rotated the key since this one last wrote.
            self.learn(held.known.clone())?;
            if let Some(found) = self.held().cipher(class, generation) {
                return Ok(found);
            }
            return Err(StoreError::integrity(
                "a body names a key that was destroyed or never was",
            ));
        }
        self.glass
            .cipher(class, generation)
            .ok_or(StoreError::NotPermitted {
                role: self.session.role,
                action: Action::Read,
                class,
            })
    }

    /// Whether the user finds sensitive resources by their terms.
    pub(crate) fn has_blind(&self) -> bool {
        self.held().blind_key().is_some()
    }

    /// A keyed digest of a search term of the sensitive class.
    pub(crate) fn blind(&self, kind: i64, text: &str, system: &str) -> Result<[u8; 16]> {
        let held = self.held();
        let key = held.blind_key().ok_or(StoreError::NotPermitted {
            role: self.session.role,
            action: Action::Read,
            class: SensitivityClass::Sensitive,
        })?;
        Ok(blind_digest(key, kind, text, system))
    }

    /// The folder of the store.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Seals a text that is this user's alone, such as a token; bound to its name.
    pub(crate) fn seal_private(&self, name: &str, text: &str) -> Result<String> {
        let mut nonce = [0u8; 12];
        fill_random(&mut nonce)?;
        let aad = self.private_place(name);
        let sealed = self
            .private_cipher()
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: text.as_bytes(),
                    aad: &aad,
                },
            )
            .map_err(|_| StoreError::invalid("The setting is too large to be sealed."))?;
        Ok(hex::encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what [`Vault::seal_private`] sealed under the same name for the same user.
    pub(crate) fn open_private(&self, name: &str, sealed: &str) -> Result<String> {
        let broken = || {
            StoreError::integrity(format!(
                "the setting {name} was altered or is another user's"
            ))
        };
        let bytes = hex::decode(sealed).map_err(|_| broken())?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<12>().ok_or_else(broken)?;
        let aad = self.private_place(name);
        let text = self
            .private_cipher()
            .decrypt(
                &Nonce::from(*nonce),
                Payload {
                    msg: ciphertext,
                    aad: &aad,
                },
            )
            .map_err(|_| broken())?;
        String::from_utf8(text).map_err(|_| broken())
    }

    fn private_cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(
            derived(&self.keys.ring.private_key, b"HVPRIVATE1")
                .bytes()
                .into(),
        )
    }

    fn private_place(&self, name: &str) -> Vec<u8> {
        let session = &self.session;
        length_prefixed(&[
            b"HVSETTING1",
            session.store_id.as_bytes(),
            session.user.as_bytes(),
            name.as_bytes(),
        ])
    }

    /// The key of the mac over the unlock screen's file; of the audit key, which outlives the store's.
    pub(crate) fn lobby_key(&self) -> Secret {
        derived(&self.keys.ring.audit, b"HVLOBBY2")
    }

    /// The key that earlier versions made that mac with.
    pub(crate) fn earlier_lobby_key(&self) -> Secret {
        derived(&self.keys.ring.store, b"lobby")
    }
}

/// The digest that stands for a search term of the sensitive class.
pub(crate) fn blind_digest(key: &Secret, kind: i64, text: &str, system: &str) -> [u8; 16] {
    let joined = length_prefixed(&[
        b"HVTERM1",
        &kind.to_be_bytes(),
        system.as_bytes(),
        text.as_bytes(),
    ]);
    half(&keyed_digest(key.as_ref(), &joined))
}

/// HMAC-SHA256.
pub(crate) fn keyed_digest(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        // HMAC takes keys of any length.
        Err(_) => return [0; 32],
    };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// The first sixteen bytes.
pub(crate) fn half(digest: &[u8; 32]) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(digest.split_at(16).0);
    short
}

/// A key for one purpose, derived from another.
pub(crate) fn derived(key: &Secret, purpose: &[u8]) -> Secret {
    let mut out = Secret::default();
    // 32 bytes is always an acceptable length for HKDF-SHA256.
    Hkdf::<Sha256>::new(None, key.as_ref())
        .expand(purpose, out.as_mut())
        .ok();
    out
}

pub(crate) fn body_cipher(key: &Secret, store_id: &str) -> Aes256Gcm {
    let info = length_prefixed(&[b"HVBODY1", store_id.as_bytes()]);
    Aes256Gcm::new(derived(key, &info).bytes().into())
}
