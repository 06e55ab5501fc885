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

/// Everything that a user's grants open.
pub(crate) struct KeyRing {
    pub(crate) store_id: String,
    pub(crate) user: String,
    pub(crate) private_key: Secret,
    pub(crate) store: Secret,
    pub(crate) audit: Secret,
    /// Only for those who may read `sensitive`.
    pub(crate) blind: Option<Secret>,
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
