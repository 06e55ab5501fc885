//! The recovery key: 256 random bits that people write down as 24 words.

use bip39::{Language, Mnemonic};
use zeroize::Zeroizing;

use super::file::KeyFile;
use super::grant::GrantKind;
use super::ring::KeyRing;
use super::secret::{Secret, fill_random, random_secret};
use super::slot::{Opener, RECOVERY_HOLDER, Slot};
use crate::error::{Result, StoreError};
use haven_model::{Role, SensitivityClass};

/// Words of a recovery key.
const WORDS: usize = 24;

/// A recovery key, as people write it down; wiped from memory when dropped.
///
/// Source: BIP-39, English list, 256 bits and a checksum of 8.
pub struct RecoveryWords(Zeroizing<String>);

impl std::fmt::Debug for RecoveryWords {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RecoveryWords")
    }
}

impl RecoveryWords {
    /// Takes the words as typed: any spacing, any case.
    ///
    /// # Errors
    /// `invalid`, naming the place of the first word that is not in the list; the word itself is not
    /// repeated, since the others may be right.
    pub fn parse(typed: &str) -> Result<Self> {
        let lower = Zeroizing::new(typed.to_lowercase());
        let words: Vec<&str> = lower.split_whitespace().collect();
        if words.len() != WORDS {
            return Err(StoreError::Invalid {
                what: format!(
                    "A recovery key has {WORDS} words; {} were given.",
                    words.len()
                ),
            });
        }
        let unknown = words
            .iter()
            .position(|word| Language::English.find_word(word).is_none());
        if let Some(index) = unknown {
            return Err(StoreError::Invalid {
                what: format!(
                    "Word {} of the recovery key is not in the list of words that such keys are made of. Compare it with what was written down.",
                    index + 1
                ),
            });
        }
        let joined = Zeroizing::new(words.join(" "));
        Mnemonic::parse_in_normalized(Language::English, &joined).map_err(|_| {
            StoreError::invalid(
                "Every word is in the list, yet together they are no recovery key: two are swapped or one is another word. Compare them with what was written down.",
            )
        })?;
        Ok(Self(joined))
    }

    /// The words, with a space between each.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    pub(crate) fn of_key(key: &Secret) -> Result<Self> {
        let mnemonic = Mnemonic::from_entropy(key.as_ref())
            .map_err(|_| StoreError::integrity("the recovery key has the wrong length"))?;
        Ok(Self(Zeroizing::new(mnemonic.to_string())))
    }

    pub(crate) fn key(&self) -> Result<Secret> {
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &self.0)
            .map_err(|_| StoreError::invalid("These words are no recovery key."))?;
        Secret::from_slice(&Zeroizing::new(mnemonic.to_entropy()))
    }
}

/// `count` words drawn at random from the list of 2,048 of recovery keys: 11 bits each.
///
/// # Errors
/// When the system gives no randomness.
pub fn random_words(count: usize) -> Result<Vec<&'static str>> {
    let list = Language::English.word_list();
    let mut drawn = Zeroizing::new(vec![0u8; count * 2]);
    fill_random(&mut drawn)?;
    let (pairs, _) = drawn.as_chunks::<2>();
    Ok(pairs
        .iter()
        // 65,536 is a multiple of the list's length, so no word is likelier than another.
        .map(|pair| list[usize::from(u16::from_be_bytes(*pair)) % list.len()])
        .collect())
}

/// Whether a login of `role` may be shown the recovery key: it opens every class of the store, so
/// nobody may whose own keys do not open the chart.
pub(crate) fn may_hold(role: Role) -> bool {
    role.readable_classes()
        .contains(&SensitivityClass::Sensitive)
}

impl KeyFile {
    /// Makes a recovery key in the place of any there was, grants it every key of `ring`, and answers
    /// it.
    pub(crate) fn make_recovery(&mut self, ring: &KeyRing) -> Result<Secret> {
        let key = random_secret()?;
        let (slot, _) = Slot::create(
            &self.store_id,
            RECOVERY_HOLDER,
            &Opener::Recovery(&key),
            None,
        )?;
        self.forget_pending_words();
        self.replace_slot(slot.clone());
        self.grant_everything(&slot, ring)?;
        Ok(key)
    }

    /// Whether the recovery key was made and not yet shown to anyone.
    pub(crate) fn has_pending_words(&self) -> bool {
        let pending = GrantKind::RecoveryWords.to_word();
        self.grants.iter().any(|grant| grant.kind == pending)
    }

    /// Whether the recovery key waits to be shown to `user`.
    pub(crate) fn words_wait_for(&self, user: &str) -> bool {
        let pending = GrantKind::RecoveryWords.to_word();
        self.grants
            .iter()
            .any(|grant| grant.kind == pending && grant.recipient == user)
    }

    /// The recovery key kept for `user` to be shown once, and nobody's from now on.
    pub(crate) fn take_pending_words(
        &mut self,
        user: &str,
        private_key: &Secret,
    ) -> Result<Option<Secret>> {
        let pending = GrantKind::RecoveryWords.to_word();
        let kept = self
            .grants
            .iter()
            .find(|grant| grant.kind == pending && grant.recipient == user);
        let Some(kept) = kept else {
            return Ok(None);
        };
        let (_, key) = kept.open(&self.store_id, private_key)?;
        self.forget_pending_words();
        Ok(Some(key))
    }

    fn forget_pending_words(&mut self) {
        let pending = GrantKind::RecoveryWords.to_word();
        self.grants.retain(|grant| grant.kind != pending);
    }

    /// Everything that the recovery key opens; `None` when the words are another store's or an older
    /// key's.
    pub(crate) fn open_recovery(&self, words: &RecoveryWords) -> Result<Option<KeyRing>> {
        let slot = self.recovery_slot().ok_or_else(|| {
            StoreError::precondition("This store has no recovery key; it was made before there was one. An administrator can make one with `haven recovery renew`.")
        })?;
        let key = words.key()?;
        match slot.open(&self.store_id, &Opener::Recovery(&key))? {
            None => Ok(None),
            Some(private) => self.open_grants(RECOVERY_HOLDER, &private).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_after_being_written_down_and_typed() {
        let key = random_secret().expect("random");
        let words = RecoveryWords::of_key(&key).expect("words");
        assert_eq!(words.expose_secret().split(' ').count(), 24);
        let typed = format!(
            "  {}\n",
            words.expose_secret().to_uppercase().replace(' ', "\t ")
        );
        let read = RecoveryWords::parse(&typed).expect("typed as people type");
        assert_eq!(read.key().expect("a key").bytes(), key.bytes());
    }

    #[test]
    fn a_slip_is_named_by_its_place_and_never_repeated() {
        let key = random_secret().expect("random");
        let words = RecoveryWords::of_key(&key).expect("words");
        let mut typed: Vec<&str> = words.expose_secret().split(' ').collect();
        typed[6] = "lantrn";
        let refused = RecoveryWords::parse(&typed.join(" ")).expect_err("not a word");
        assert!(refused.to_string().contains("Word 7 "), "{refused}");
        assert!(!refused.to_string().contains("lantrn"), "{refused}");
        let refused = RecoveryWords::parse("one two").expect_err("too few");
        assert!(refused.to_string().contains("24 words; 2"), "{refused}");
        let all_zero = vec!["abandon"; 24].join(" ");
        let refused = RecoveryWords::parse(&all_zero).expect_err("the checksum of zeros is art");
        assert!(refused.to_string().contains("Every word"), "{refused}");
    }
}
