//! The class keys in use, which grow while a store is open: another session may rotate them.

use std::sync::Arc;

use aes_gcm::Aes256Gcm;
use haven_model::SensitivityClass;

use super::ring::KeyRing;
use super::secret::Secret;
use crate::seal::body_cipher;

/// What the database says of the keys in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Grows with every change of keys.
    pub(crate) epoch: i64,
    pub(crate) blind_generation: u16,
    /// The generation that each class is sealed under now.
    pub(crate) current: Vec<(SensitivityClass, u16)>,
}

impl Default for Known {
    /// Of a store from before keys were replaced: everything is in its first generation.
    fn default() -> Self {
        Self {
            epoch: 0,
            blind_generation: 1,
            current: SensitivityClass::ALL.map(|class| (class, 1)).to_vec(),
        }
    }
}

impl Known {
    /// The generation that `class` is sealed under.
    pub(crate) fn generation(&self, class: SensitivityClass) -> Option<u16> {
        self.current
            .iter()
            .find(|(named, _)| *named == class)
            .map(|(_, generation)| *generation)
    }
}

/// A cipher of one class and generation.
pub(crate) struct HeldCipher {
    pub(crate) class: SensitivityClass,
    pub(crate) generation: u16,
    pub(crate) cipher: Aes256Gcm,
}

/// The keys of a session at one epoch, ready for use.
///
/// Invariant: what is sealed is sealed under the generation that the database names, never under one
/// that only the key file has: a rotation is done when the database says so.
pub(crate) struct Held {
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) known: Known,
    ciphers: Vec<Arc<HeldCipher>>,
}

impl Held {
    pub(crate) fn new(ring: Arc<KeyRing>, known: Known) -> Self {
        let ciphers = ring
            .classes
            .iter()
            .map(|held| {
                Arc::new(HeldCipher {
                    class: held.class,
                    generation: held.generation,
                    cipher: body_cipher(&held.key, &ring.store_id),
                })
            })
            .collect();
        Self {
            ring,
            known,
            ciphers,
        }
    }

    /// The same with the keys of `ring`; ciphers that it no longer has stay for who reads an older
    /// state.
    pub(crate) fn grown(&self, ring: Arc<KeyRing>, known: Known) -> Self {
        let mut grown = Self::new(ring, known);
        let gone: Vec<_> = self
            .ciphers
            .iter()
            .filter(|old| grown.cipher(old.class, Some(old.generation)).is_none())
            .cloned()
            .collect();
        grown.ciphers.extend(gone);
        grown
    }

    /// Whether any key of `class` is held.
    pub(crate) fn holds(&self, class: SensitivityClass) -> bool {
        self.ciphers.iter().any(|held| held.class == class)
    }

    /// The cipher of a generation; of the one that is sealed under now for `None`.
    pub(crate) fn cipher(
        &self,
        class: SensitivityClass,
        generation: Option<u16>,
    ) -> Option<Arc<HeldCipher>> {
        let wanted = generation.or_else(|| self.known.generation(class))?;
        self.ciphers
            .iter()
            .find(|held| held.class == class && held.generation == wanted)
            .cloned()
    }

    /// The present key of `class`.
    pub(crate) fn class_key(&self, class: SensitivityClass) -> Option<&Secret> {
        let wanted = self.known.generation(class)?;
        self.ring
            .classes
            .iter()
            .find(|held| held.class == class && held.generation == wanted)
            .map(|held| &held.key)
    }

    /// The present key of blind search terms.
    pub(crate) fn blind_key(&self) -> Option<&Secret> {
        self.ring
            .blinds
            .iter()
            .find(|blind| blind.generation == self.known.blind_generation)
            .map(|blind| &blind.key)
    }
}
