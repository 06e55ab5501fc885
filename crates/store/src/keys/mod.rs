//! Passphrases, slots, grants and the keys they lead to.
//!
//! passphrase → Argon2id → HKDF → KEK and commitment; the KEK opens the user's private key; store,
//! class, audit and blind-index keys are granted (HPKE) to the user's public key.

mod attempts;
mod derivation;
mod file;
pub(crate) mod generation;
mod grant;
mod held;
pub(crate) mod key_mark;
mod quick;
mod recipient;
mod recovery;
mod ring;
mod rotation;
mod secret;
mod slot;
mod status;
mod store_key;

pub use derivation::{KdfParams, Passphrase};
pub use recipient::LeftOut;
pub use recovery::{RecoveryWords, random_words};
pub use ring::StoreKeys;
pub use rotation::{RotateOptions, RotatedKey, Rotation};
pub use secret::keys_locked_in_memory;
pub use status::{DueKey, DueReason, GenerationStatus, KeyStatus, SlotStatus, StoreKeyStatus};
pub use store_key::{StoreKeyReplaced, replace_store_key};

pub(crate) use attempts::Attempts;
pub(crate) use file::{KEYS_FILE, KeyFile, new_ring};
pub(crate) use generation::SealCount;
pub(crate) use grant::{Grant, GrantKind};
pub(crate) use held::{Held, HeldCipher, Known};
pub(crate) use quick::QuickSlot;
pub(crate) use recovery::may_hold as may_hold_recovery;
pub(crate) use ring::KeyRing;
pub(crate) use secret::{Secret, fill_random, random_secret};
pub(crate) use slot::{Opener, Slot};
pub(crate) use store_key::{Hold, settle};
