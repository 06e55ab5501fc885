//! Ways in other than the passphrase, and what helps to choose one.

use haven_store::{Passphrase, RecoveryWords};

use super::Desk;
use crate::error::Result;
use crate::strength::{PassphraseStrength, passphrase_strength, suggest_passphrase};
use crate::view::SessionView;

impl Desk {
    /// Whether `user` would be let in with a PIN now.
    #[must_use]
    pub fn pin_offered(&self, user: &str) -> bool {
        self.inner.workstation.pin_offered(user)
    }

    /// Unlocks the store with a PIN and starts its sync worker.
    ///
    /// # Errors
    /// As [`crate::Workstation::unlock_with_pin`].
    pub fn unlock_with_pin(&self, user: &str, pin: &Passphrase) -> Result<SessionView> {
        let session = self.inner.workstation.unlock_with_pin(user, pin)?;
        self.begin(session)
    }

    /// Sets this user's PIN.
    ///
    /// # Errors
    /// `locked`; otherwise as [`crate::Session::set_pin`].
    pub fn set_pin(&self, pin: &Passphrase) -> Result<()> {
        self.unlocked()?.set_pin(pin)
    }

    /// Removes this user's PIN.
    ///
    /// # Errors
    /// `locked`; otherwise as [`crate::Session::remove_pin`].
    pub fn remove_pin(&self) -> Result<()> {
        self.unlocked()?.remove_pin()
    }

    /// Gives a login a new passphrase by means of the recovery key as typed, and unlocks the store.
    ///
    /// # Errors
    /// `invalid` for words that are none; otherwise as [`crate::Workstation::recover`].
    pub fn recover(&self, user: &str, words: &Passphrase, new: &Passphrase) -> Result<SessionView> {
        let words = RecoveryWords::parse(words.expose_secret())?;
        let session = self.inner.workstation.recover(Some(user), &words, new)?;
        self.begin(session)
    }

    /// Judges a passphrase for `user`; the names of this device are what an attacker would try first.
    ///
    /// # Errors
    /// `unreadable` when the lobby's file is damaged.
    pub fn passphrase_strength(&self, text: &Passphrase, user: &str) -> Result<PassphraseStrength> {
        let lobby = self.inner.workstation.lobby()?;
        let mut known = vec![user];
        if let Some(lobby) = &lobby {
            known.extend([lobby.clinic.as_str(), lobby.device_name.as_str()]);
            known.extend(lobby.users.iter().map(|user| user.display_name.as_str()));
        }
        let judged = passphrase_strength(text.expose_secret(), &known);
        Ok(PassphraseStrength {
            words: crate::present::said(judged.words),
            ..judged
        })
    }

    /// Five random words that are strong.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn suggest_passphrase(&self) -> Result<String> {
        suggest_passphrase().map(|suggested| suggested.passphrase)
    }
}
