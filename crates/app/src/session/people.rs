//! Who has a login on this device, and what opens it.

use haven_model::{Role, Timestamp};
use haven_store::{Login, NewUser, Passphrase};
use serde::Serialize;

use super::Session;
use crate::error::{AppError, Result};
use crate::strength::{PassphraseStrength, passphrase_strength};
use crate::workstation::check_length;

/// A login of this device.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginAnswer {
    /// The login name.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// What the user is.
    pub role: Role,
    /// When this user last unlocked the store, FHIR `instant`.
    pub last_unlocked: Option<String>,
    /// Whether unlocking also takes the secret that this computer's keychain keeps.
    pub second_factor: bool,
    /// Whether too many wrong passphrases disabled it.
    pub disabled: bool,
    /// Whether it is the login at work now.
    pub current: bool,
}

/// A login to be added.
#[derive(Clone, Debug)]
pub struct AddRequest {
    /// The login name.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// What the user is, as the word of the role.
    pub role: String,
}

/// Whether unlocking takes a second factor.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorAnswer {
    /// The login.
    pub user: String,
    /// Whether unlocking also takes the secret that this computer's keychain keeps.
    pub second_factor: bool,
}

impl Session {
    /// Every login of this device, the oldest first.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin.
    pub fn logins(&self) -> Result<Vec<LoginAnswer>> {
        let current = &self.who().user;
        let answer = |login: Login| LoginAnswer {
            current: login.name == *current,
            name: login.name,
            display_name: login.display_name,
            role: login.role,
            last_unlocked: login.last_unlocked.map(Timestamp::to_instant),
            second_factor: login.second_factor,
            disabled: login.disabled,
        };
        Ok(self.store().logins()?.into_iter().map(answer).collect())
    }

    /// Adds a login.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin, `already_exists`, `invalid` for an unknown role or a
    /// passphrase that is too short.
    pub fn add_login(&self, request: &AddRequest, passphrase: &Passphrase) -> Result<LoginAnswer> {
        check_length(passphrase)?;
        let role = Role::from_word(&request.role).ok_or_else(|| {
            let known: Vec<_> = Role::ALL.into_iter().map(Role::as_str).collect();
            AppError::invalid(format!(
                "A role is one of {}. Nothing was changed.",
                known.join(", ")
            ))
        })?;
        let user = NewUser {
            name: request.name.clone(),
            display_name: request.display_name.clone(),
            role,
            kdf: self.derivation_cost()?,
        };
        self.store()
            .add_user(&user, passphrase, self.platform().now())?;
        self.login(&request.name)
    }

    /// Takes out a login; the keys it held are due to be replaced.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin, `not_found`, `precondition` for oneself and for the
    /// last admin.
    pub fn remove_login(&self, name: &str) -> Result<Vec<LoginAnswer>> {
        self.store().remove_user(name, self.platform().now())?;
        self.logins()
    }

    /// Gives another user a new passphrase, which lets a disabled login in again.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin, `not_found`, `precondition` for oneself.
    pub fn reset_login(&self, name: &str, passphrase: &Passphrase) -> Result<LoginAnswer> {
        check_length(passphrase)?;
        if name == self.who().user {
            return Err(AppError::new(
                crate::error::Code::Precondition,
                "Your own passphrase is changed with `haven passphrase change`. Nothing was \
                 changed.",
            ));
        }
        let cost = self.derivation_cost()?;
        self.store()
            .readmit_user(name, passphrase, cost, self.platform().now())?;
        self.login(name)
    }

    /// Changes this user's passphrase; a PIN ends with it.
    ///
    /// # Errors
    /// `wrong_passphrase` when `old` is not the present one, `invalid` when `new` is too short.
    pub fn change_passphrase(&self, old: &Passphrase, new: &Passphrase) -> Result<()> {
        check_length(new)?;
        let cost = self.derivation_cost()?;
        let now = self.platform().now();
        Ok(self
            .store()
            .change_passphrase_at(old, new, Some(cost), now)?)
    }

    /// Makes unlocking as this user take the secret that this computer's keychain keeps as well, or no
    /// longer.
    ///
    /// # Errors
    /// `wrong_passphrase`; `precondition` without a keychain, or before the recovery key was shown.
    pub fn set_second_factor(
        &self,
        passphrase: &Passphrase,
        on: bool,
    ) -> Result<SecondFactorAnswer> {
        let now = self.platform().now();
        self.store().set_second_factor(passphrase, on, now)?;
        self.second_factor()
    }

    /// Whether unlocking as this user takes a second factor.
    ///
    /// # Errors
    /// When the key file cannot be read.
    pub fn second_factor(&self) -> Result<SecondFactorAnswer> {
        Ok(SecondFactorAnswer {
            user: self.who().user.clone(),
            second_factor: self.store().has_second_factor()?,
        })
    }

    /// Judges a passphrase for `user` of this store, whose names an attacker would try first.
    #[must_use]
    pub fn passphrase_strength(&self, text: &str, user: &str) -> PassphraseStrength {
        let who = self.who();
        passphrase_strength(text, &[user, &who.clinic, &who.device_name])
    }

    /// Sets this user's PIN: it unlocks the store until 12 hours after the passphrase was last given,
    /// or until five wrong tries.
    ///
    /// # Errors
    /// `invalid` for a PIN of fewer than 6 or more than 12 digits, or a plain one; `precondition`
    /// without a keychain, or in a session that a PIN began.
    pub fn set_pin(&self, pin: &Passphrase) -> Result<()> {
        Ok(self.store().set_pin(pin, self.platform().now())?)
    }

    /// Removes this user's PIN, if there is one.
    ///
    /// # Errors
    /// When the store cannot be written; the PIN is gone all the same.
    pub fn remove_pin(&self) -> Result<()> {
        Ok(self.store().remove_pin(self.platform().now())?)
    }

    fn login(&self, name: &str) -> Result<LoginAnswer> {
        self.logins()?
            .into_iter()
            .find(|login| login.name == name)
            .ok_or_else(|| AppError::not_found("login"))
    }

    fn derivation_cost(&self) -> Result<haven_store::KdfParams> {
        crate::workstation::derivation_cost(self.platform().as_ref())
    }
}
