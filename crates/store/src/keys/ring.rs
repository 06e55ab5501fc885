//! The keys of an unlocked store, in memory only.

use std::sync::Arc;

use haven_model::SensitivityClass;

use super::secret::Secret;

/// A class key and its generation.
#[derive(Clone)]
pub(crate) struct ClassKey {
    pub(crate) class: SensitivityClass,
    pub(crate) generation: u16,
    pub(crate) key: Secret,
}

/// The key of the blind search terms, and its generation.
#[derive(Clone)]
pub(crate) struct BlindKey {
    pub(crate) generation: u16,
    pub(crate) key: Secret,
}

/// Everything that a user's grants open.
pub(crate) struct KeyRing {
    pub(crate) store_id: String,
    /// Whose grants they are: a login's, or the recovery key's.
    pub(crate) holder: String,
    /// The login that works with them.
    pub(crate) user: String,
    pub(crate) private_key: Secret,
    pub(crate) store: Secret,
    pub(crate) store_generation: u16,
    pub(crate) audit: Secret,
    /// Only for those who may read `sensitive`; more than one while terms are blinded anew.
    pub(crate) blinds: Vec<BlindKey>,
    pub(crate) classes: Vec<ClassKey>,
}

/// The keys of an unlocked session, for opening the store again without the passphrase.
///
/// Invariants: never written anywhere; wiped when the last copy is dropped.
#[derive(Clone)]
pub struct StoreKeys {
    pub(crate) ring: Arc<KeyRing>,
}

impl std::fmt::Debug for StoreKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("StoreKeys")
    }
}
