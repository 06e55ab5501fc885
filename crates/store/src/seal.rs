//! Sealing bodies: compress, then AES-256-GCM under the key of the body's class, bound to its place.

mod transfer;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use haven_model::{Action, ResourceKey, SensitivityClass};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe;

use crate::binding::length_prefixed;
use crate::error::{Result, StoreError};
use crate::glass::Pane;
use crate::keys::{
    Held, HeldCipher, KeyFile, Known, SealCount, Secret, StoreKeys, fill_random, generation,
};
use crate::link::Link;
use crate::session::Session;
use crate::table::code::class_code;

/// AES-256-GCM over zstd.
const SUITE: u8 = 1;
const LEVEL: i32 = 3;
const HEADER_BYTES: usize = 1 + 2 + 2 + 12;

/// The largest body that is unpacked; the same bound as for reading JSON.
const MAX_BODY_BYTES: usize = haven_model::json::MAX_RESOURCE_BYTES;

/// The dictionary that ships with Haven, trained on the seeded sample clinic.
const STARTER_DICTIONARY: &[u8] = include_bytes!("../dictionary/starter-1.dict");
const STARTER_NO: u16 = 1;

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
        let ring = Arc::new(file.open_grants(&own.user, &own.private_key)?);
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
        let held = self.held();
        if let Some(found) = held.cipher(class, generation) {
            return Ok(found);
        }
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

fn derived(key: &Secret, purpose: &[u8]) -> Secret {
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

/// Compression contexts with the dictionary loaded; one pair per connection, as they are costly.
pub(crate) struct Codec {
    compressor: RefCell<Compressor<'static>>,
    decompressor: RefCell<Decompressor<'static>>,
    pub(crate) seals: SealCount,
}

impl Codec {
    pub(crate) fn new() -> Result<Self> {
        let failed = |error| StoreError::io("Preparing compression", error);
        let mut compressor =
            Compressor::with_dictionary(LEVEL, STARTER_DICTIONARY).map_err(failed)?;
        // The row names its dictionary already.
        compressor
            .set_parameter(zstd_safe::CParameter::DictIdFlag(false))
            .map_err(failed)?;
        let decompressor = Decompressor::with_dictionary(STARTER_DICTIONARY).map_err(failed)?;
        Ok(Self {
            compressor: RefCell::new(compressor),
            decompressor: RefCell::new(decompressor),
            seals: SealCount::default(),
        })
    }

    /// Seals `body` for its place.
    pub(crate) fn seal(&self, vault: &Vault, place: &Place<'_>, body: &[u8]) -> Result<Vec<u8>> {
        let held = vault.cipher(place.class, None)?;
        let generation = held.generation;
        self.seals.add(place.class);
        let packed = self
            .compressor
            .borrow_mut()
            .compress(body)
            .map_err(|error| StoreError::io("Compressing a body", error))?;
        let mut nonce = [0u8; 12];
        fill_random(&mut nonce)?;
        let aad = bound(vault, place, SUITE, generation, STARTER_NO);
        let sealed = held
            .cipher
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: &packed,
                    aad: &aad,
                },
            )
            .map_err(|_| StoreError::invalid("The resource is too large to be sealed."))?;
        let mut out = Vec::with_capacity(HEADER_BYTES + sealed.len());
        out.push(SUITE);
        out.extend_from_slice(&generation.to_be_bytes());
        out.extend_from_slice(&STARTER_NO.to_be_bytes());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what was sealed for exactly this place.
    ///
    /// # Errors
    /// `not_permitted` without the class key; `integrity` when it was altered, moved or cut short.
    pub(crate) fn open(&self, vault: &Vault, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>> {
        let broken = || {
            StoreError::integrity(format!(
                "a sealed {} ({} version {}) does not open in its place: it was altered or moved",
                place.key.resource_type, place.part, place.version
            ))
        };
        let (header, ciphertext) = sealed.split_at_checked(HEADER_BYTES).ok_or_else(broken)?;
        let [
            suite,
            generation_high,
            generation_low,
            dictionary_high,
            dictionary_low,
            nonce @ ..,
        ] = header
        else {
            return Err(broken());
        };
        let generation = u16::from_be_bytes([*generation_high, *generation_low]);
        let dictionary = u16::from_be_bytes([*dictionary_high, *dictionary_low]);
        if *suite != SUITE || dictionary != STARTER_NO {
            return Err(broken());
        }
        let nonce: [u8; 12] = nonce.try_into().map_err(|_| broken())?;
        let held = vault.cipher(place.class, Some(generation))?;
        let aad = bound(vault, place, *suite, generation, dictionary);
        let packed = held
            .cipher
            .decrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: ciphertext,
                    aad: &aad,
                },
            )
            .map_err(|_| broken())?;
        let length = zstd_safe::get_frame_content_size(&packed)
            .ok()
            .flatten()
            .and_then(|length| usize::try_from(length).ok())
            .filter(|length| *length <= MAX_BODY_BYTES)
            .ok_or_else(broken)?;
        self.decompressor
            .borrow_mut()
            .decompress(&packed, length)
            .map_err(|_| broken())
    }
}

fn bound(vault: &Vault, place: &Place<'_>, suite: u8, generation: u16, dictionary: u16) -> Vec<u8> {
    length_prefixed(&[
        b"HV1",
        vault.session.store_id.as_bytes(),
        &[suite],
        place.class.as_str().as_bytes(),
        &generation.to_be_bytes(),
        &dictionary.to_be_bytes(),
        place.part.as_bytes(),
        place.key.resource_type.as_bytes(),
        place.key.id.as_bytes(),
        &place.version.to_be_bytes(),
        &[u8::from(place.deleted)],
    ])
}
