//! Passphrases, slots, grants and the keys they lead to.
//!
//! passphrase → Argon2id → HKDF → KEK and commitment; the KEK opens the user's private key; store,
//! class, audit and blind-index keys are granted (HPKE) to the user's public key.

mod attempts;
mod derivation;
mod file;
mod grant;
mod ring;
mod slot;

pub use derivation::{KdfParams, Passphrase};
pub use ring::StoreKeys;

pub(crate) use attempts::Attempts;
pub(crate) use file::{KEYS_FILE, KeyFile, new_ring};
pub(crate) use ring::{KeyRing, Secret, fill_random};
pub(crate) use slot::Slot;
