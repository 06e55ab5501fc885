//! Quick unlock: a user's private key under a PIN and a secret that only the keychain holds.
//!
//! The sealed key lies in `quick.json`, the secret and the count of tries in the keychain. A thief
//! with the folder has nothing to guess against; whoever also reads the keychain of the signed-in
//! user can guess the PIN at the cost of the derivation, which is why it lasts for hours only.

use std::collections::BTreeMap;
use std::path::Path;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use haven_model::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::derivation::{KdfParams, Passphrase, SALT_BYTES, derive};
use super::secret::{Secret, fill_random, random_secret};
use crate::binding::length_prefixed;
use crate::durable;
use crate::error::{Result, StoreError};
use crate::keychain::{Keychain, KeychainUnavailable, name_of};

const FILE: &str = "quick.json";

/// How long a PIN works after the passphrase was last given.
const LIFETIME_MS: i64 = 12 * 60 * 60 * 1000;

/// How far a clock may be set back before a PIN counts as expired.
const CLOCK_SLACK_MS: i64 = 5 * 60 * 1000;

const TRIES: u32 = 5;
const MIN_DIGITS: usize = 6;
const MAX_DIGITS: usize = 12;

/// What lies in the folder.
#[derive(Clone, Serialize, Deserialize)]
struct Sealed {
    kdf: KdfParams,
    #[serde(with = "hex::serde")]
    salt: [u8; SALT_BYTES],
    #[serde(with = "hex::serde")]
    commitment: [u8; 32],
    #[serde(with = "hex::serde")]
    nonce: [u8; 12],
    #[serde(with = "hex::serde")]
    sealed: Vec<u8>,
}

/// What lies in the keychain.
#[derive(Serialize, Deserialize)]
struct Held {
    secret: Zeroizing<String>,
    tries_left: u32,
    /// When the passphrase was last given.
    since_ms: i64,
}

impl Held {
    fn is_live(&self, now: Timestamp) -> bool {
        let age_ms = now.as_millis().saturating_sub(self.since_ms);
        self.tries_left > 0 && (-CLOCK_SLACK_MS..LIFETIME_MS).contains(&age_ms)
    }
}

/// The PIN of one login of one store.
pub(crate) struct QuickSlot<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) store_id: &'a str,
    pub(crate) user: &'a str,
    pub(crate) keychain: &'a dyn Keychain,
}

impl QuickSlot<'_> {
    /// Sets a PIN; it works until 12 hours after `since`, when the passphrase was last given.
    ///
    /// # Errors
    /// `invalid` for a PIN that is too short or too plain, `precondition` without a keychain.
    pub(crate) fn set(
        &self,
        pin: &Passphrase,
        private: &Secret,
        kdf: KdfParams,
        since: Timestamp,
    ) -> Result<()> {
        check_pin(pin.expose_secret())?;
        let secret = random_secret()?;
        let mut slot = Sealed {
            kdf,
            salt: [0; SALT_BYTES],
            commitment: [0; 32],
            nonce: [0; 12],
            sealed: Vec::new(),
        };
        fill_random(&mut slot.salt)?;
        fill_random(&mut slot.nonce)?;
        let derived = derive(pin, Some(&secret), &kdf, &slot.salt, &self.place())?;
        slot.commitment = *derived.commitment.bytes();
        slot.sealed = Aes256Gcm::new(derived.kek.bytes().into())
            .encrypt(
                &Nonce::from(slot.nonce),
                Payload {
                    msg: private.as_ref(),
                    aad: &self.place(),
                },
            )
            .map_err(|_| StoreError::integrity("the PIN's slot could not be sealed"))?;
        self.hold(&Held {
            secret: Zeroizing::new(hex::encode(secret.as_ref())),
            tries_left: TRIES,
            since_ms: since.as_millis(),
        })?;
        let mut all = self.read();
        all.insert(self.user.to_owned(), slot);
        self.write(&all)
    }

    /// Whether a PIN would be taken now.
    pub(crate) fn is_offered(&self, now: Timestamp) -> bool {
        self.read().contains_key(self.user)
            && matches!(self.held(), Ok(Some(held)) if held.is_live(now))
    }

    /// The private key. The try is counted before it is made.
    ///
    /// # Errors
    /// `wrong_passphrase` for a wrong PIN, `precondition` when no PIN is taken (any more).
    pub(crate) fn open(&self, pin: &Passphrase, now: Timestamp) -> Result<Secret> {
        let over = || {
            StoreError::precondition(
                "Unlocking with a PIN is over: it works for 12 hours after the passphrase and for five wrong tries. Unlock with your passphrase.",
            )
        };
        let held = self.held().map_err(|_| no_keychain())?;
        let (Some(mut held), Some(slot)) = (
            held.filter(|held| held.is_live(now)),
            self.read().remove(self.user),
        ) else {
            self.forget();
            return Err(over());
        };
        held.tries_left -= 1;
        self.hold(&held)?;
        let secret = Zeroizing::new(hex::decode(held.secret.as_bytes()).map_err(|_| over())?);
        let secret = Secret::from_slice(&secret).map_err(|_| over())?;
        let derived = derive(pin, Some(&secret), &slot.kdf, &slot.salt, &self.place())?;
        if !bool::from(derived.commitment.bytes().ct_eq(&slot.commitment)) {
            if held.tries_left == 0 {
                self.forget();
            }
            return Err(StoreError::WrongPin {
                attempts_left: held.tries_left,
            });
        }
        let opened = Aes256Gcm::new(derived.kek.bytes().into())
            .decrypt(
                &Nonce::from(slot.nonce),
                Payload {
                    msg: &slot.sealed,
                    aad: &self.place(),
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| StoreError::integrity("the PIN's slot in quick.json was altered"))?;
        held.tries_left = TRIES;
        self.hold(&held)?;
        Secret::from_slice(&opened)
    }

    /// The passphrase was given: a PIN that still works goes on for 12 hours; one that is over goes.
    pub(crate) fn renew(&self, now: Timestamp) {
        if !self.read().contains_key(self.user) {
            return;
        }
        match self.held() {
            Ok(Some(held)) if held.is_live(now) => {
                // A keychain that does not take it leaves the PIN with the time it had.
                let _kept = self.hold(&Held {
                    since_ms: now.as_millis(),
                    tries_left: TRIES,
                    ..held
                });
            }
            Ok(_) => self.forget(),
            // Locked for now: neither works nor is over.
            Err(KeychainUnavailable) => {}
        }
    }

    /// Removes the PIN; whichever of its two halves goes first, the other opens nothing.
    pub(crate) fn forget(&self) {
        let mut all = self.read();
        if all.remove(self.user).is_some()
            && let Err(error) = self.write(&all)
        {
            tracing::warn!(code = error.code().as_str(), "quick.json was not rewritten");
        }
        if self.keychain.remove(&self.name()).is_err() {
            tracing::debug!("the keychain does not answer");
        }
    }

    fn name(&self) -> String {
        name_of("pin", self.store_id, self.user)
    }

    fn place(&self) -> Vec<u8> {
        length_prefixed(&[b"HVPIN1", self.store_id.as_bytes(), self.user.as_bytes()])
    }

    fn held(&self) -> Result<Option<Held>, KeychainUnavailable> {
        let kept = self.keychain.get(&self.name())?;
        Ok(kept.and_then(|kept| serde_json::from_slice(&kept).ok()))
    }

    fn hold(&self, held: &Held) -> Result<()> {
        let bytes = serde_json::to_vec(held)
            .map(Zeroizing::new)
            .map_err(|_| StoreError::integrity("the PIN's secret could not be written as JSON"))?;
        self.keychain
            .set(&self.name(), &bytes)
            .map_err(|_| no_keychain())
    }

    /// A file that cannot be read offers no PIN; the passphrase is not touched by it.
    fn read(&self) -> BTreeMap<String, Sealed> {
        std::fs::read(self.dir.join(FILE))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    fn write(&self, all: &BTreeMap<String, Sealed>) -> Result<()> {
        let bytes = serde_json::to_vec(all)
            .map_err(|_| StoreError::integrity("the PIN's slot could not be written as JSON"))?;
        durable::replace(self.dir, FILE, &bytes)
    }
}

fn no_keychain() -> StoreError {
    StoreError::precondition(
        "A PIN needs this computer's keychain, which is absent or locked. Unlock with your passphrase.",
    )
}

fn check_pin(pin: &str) -> Result<()> {
    let digits = pin.as_bytes();
    if !(MIN_DIGITS..=MAX_DIGITS).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit)
    {
        return Err(StoreError::Invalid {
            what: format!("A PIN has {MIN_DIGITS} to {MAX_DIGITS} digits."),
        });
    }
    let steps = |by: i16| {
        digits
            .windows(2)
            .all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == by)
    };
    if steps(0) || steps(1) || steps(-1) {
        return Err(StoreError::invalid(
            "That PIN is among the first that anyone tries. Choose another.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_digits_and_not_the_first_that_anyone_tries() {
        for refused in [
            "12345",
            "1234567890123",
            "12a456",
            "000000",
            "123456",
            "987654",
            "",
        ] {
            assert!(check_pin(refused).is_err(), "{refused} is no PIN");
        }
        for taken in ["602214", "314159265358"] {
            assert!(check_pin(taken).is_ok(), "{taken} is a PIN");
        }
    }
}
