//! Passphrases, slots, grants and the keys they lead to.
//!
//! passphrase → Argon2id → HKDF → KEK and commitment; the KEK opens the user's private key; store,
//! class, audit and blind-index keys are granted (HPKE) to the user's public key.

mod attempts;
mod derivation;
mod file;
mod grant;
mod quick;
mod recovery;
mod ring;
mod secret;
mod slot;

pub use derivation::{KdfParams, Passphrase};
pub use recovery::{RecoveryWords, random_words};
pub use ring::StoreKeys;
pub use secret::keys_locked_in_memory;

pub(crate) use attempts::Attempts;
pub(crate) use file::{KEYS_FILE, KeyFile, new_ring};
pub(crate) use grant::GrantKind;
pub(crate) use quick::QuickSlot;
pub(crate) use recovery::may_hold as may_hold_recovery;
pub(crate) use ring::KeyRing;
pub(crate) use secret::{Secret, fill_random, random_secret};
pub(crate) use slot::{Opener, Slot};
