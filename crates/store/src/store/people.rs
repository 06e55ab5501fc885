//! Who has a login here, and what opens it.

use std::sync::Arc;

use haven_model::{Role, Timestamp};

use super::Store;
use super::opening::check_login;
use crate::error::{Result, StoreError};
use crate::keychain::{Keychain, NoKeychain};
use crate::keys::{Attempts, KdfParams, KeyFile, Opener, Passphrase, QuickSlot, Secret, Slot};
use crate::op::{Op, OpKind};
use crate::table::{identity, setting};
use crate::tx::Tx;

/// The setting that says why the class keys are to be replaced, while they are.
const ROTATION_DUE: &str = "keys.rotation_due";

/// A login to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The login name.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// What the user is.
    pub role: Role,
    /// The cost of the passphrase derivation.
    pub kdf: KdfParams,
}

/// A login of this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The login name.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// What the user is.
    pub role: Role,
    /// When this user last unlocked the store.
    pub last_unlocked: Option<Timestamp>,
    /// Whether unlocking also takes the secret that this computer's keychain keeps.
    pub second_factor: bool,
    /// Whether too many wrong passphrases disabled it.
    pub disabled: bool,
}

impl Store {
    /// Every login of this device, the oldest first.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin.
    pub fn logins(&self) -> Result<Vec<Login>> {
        self.admin_only("see the logins of this device")?;
        let file = KeyFile::read(self.dir())?;
        self.read(|reader| identity::logins(&reader.link.connection))?
            .into_iter()
            .map(|user| {
                Ok(Login {
                    second_factor: file.slot(&user.name).is_ok_and(Slot::needs_device),
                    disabled: self.attempts(&user.name).is_disabled()?,
                    name: user.name,
                    display_name: user.display_name,
                    role: user.role,
                    last_unlocked: user.last_unlocked,
                })
            })
            .collect()
    }

    /// Adds a login with a passphrase of its own, and grants it the keys of its role.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin; `already_exists` when the name is taken.
    pub fn add_user(&self, user: &NewUser, passphrase: &Passphrase, now: Timestamp) -> Result<()> {
        self.admin_only("add a login")?;
        check_login(&user.name, passphrase)?;
        if self.role_of(&user.name)?.is_some() {
            return Err(StoreError::LoginExists);
        }
        let slot = self.new_slot(&user.name, passphrase, user.kdf)?;
        self.change_keys("login-added", now, |tx, file| {
            // One that a power cut left without its row is nobody's.
            file.replace_slot(slot.clone());
            file.grant_all(&slot, user.role, &tx.vault.held().ring)?;
            identity::insert_login(
                &tx.link.connection,
                &user.name,
                &user.display_name,
                user.role,
                now,
            )
        })?;
        self.attempts(&user.name).clear()?;
        self.refresh_lobby();
        Ok(())
    }

    /// Takes out a login with its slot and grants, and marks the class keys to be replaced, since
    /// whoever had them may have kept them.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin, `not_found`, and `precondition` for oneself and for
    /// the last admin.
    pub fn remove_user(&self, user: &str, now: Timestamp) -> Result<()> {
        self.admin_only("remove a login")?;
        if *user == self.session().user {
            return Err(StoreError::precondition(
                "Nobody can remove their own login. Another administrator can.",
            ));
        }
        self.change_keys("login-removed", now, |tx, file| {
            let logins = identity::logins(&tx.link.connection)?;
            if !logins.iter().any(|login| login.name == user) {
                return Err(StoreError::UnknownUser);
            }
            if !logins
                .iter()
                .any(|login| login.role == Role::Admin && login.name != user)
            {
                return Err(StoreError::precondition(
                    "This is the last administrator of this device, who cannot be removed.",
                ));
            }
            file.remove_holder(user);
            identity::delete_login(&tx.link.connection, user)?;
            setting::forget_private(&tx.link.connection, user)?;
            tx.set_setting(ROTATION_DUE, Some("login removed"))
        })?;
        self.quick_of(user).forget();
        self.attempts(user).clear()?;
        self.refresh_lobby();
        Ok(())
    }

    /// Gives another user a new key pair under a new passphrase, with the grants of their role, and
    /// lets a disabled login in again.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin, `not_found`.
    pub fn readmit_user(
        &self,
        user: &str,
        passphrase: &Passphrase,
        kdf: KdfParams,
        now: Timestamp,
    ) -> Result<()> {
        self.admin_only("give a new passphrase")?;
        self.readmit("login-readmitted", user, passphrase, kdf, now)
            .map(|_| ())
    }

    /// As [`Store::readmit_user`], without asking who does it; answers the new private key.
    pub(super) fn readmit(
        &self,
        action: &str,
        user: &str,
        passphrase: &Passphrase,
        kdf: KdfParams,
        now: Timestamp,
    ) -> Result<Secret> {
        check_login(user, passphrase)?;
        let role = self.role_of(user)?.ok_or(StoreError::UnknownUser)?;
        let store_id = &self.session().store_id;
        let opener = Opener::Passphrase(passphrase);
        let (slot, private) = Slot::create(store_id, user, &opener, Some(kdf))?;
        self.change_keys(action, now, |tx, file| {
            file.replace_slot(slot.clone());
            file.grant_all(&slot, role, &tx.vault.held().ring)?;
            setting::forget_private(&tx.link.connection, user)
        })?;
        self.quick_of(user).forget();
        self.attempts(user).clear()?;
        Ok(private)
    }

    /// Seals this user's private key under another passphrase, at the cost it had.
    ///
    /// # Errors
    /// `wrong_passphrase` when `old` is not the present one.
    pub fn change_passphrase(
        &self,
        old: &Passphrase,
        new: &Passphrase,
        now: Timestamp,
    ) -> Result<()> {
        self.change_passphrase_at(old, new, None, now)
    }

    /// Seals this user's private key under another passphrase at another cost; `None` keeps the cost.
    ///
    /// # Errors
    /// As [`Store::change_passphrase`].
    pub fn change_passphrase_at(
        &self,
        old: &Passphrase,
        new: &Passphrase,
        kdf: Option<KdfParams>,
        now: Timestamp,
    ) -> Result<()> {
        check_login(&self.session().user, new)?;
        self.prove(old, now)?;
        self.reseal_slot("passphrase-changed", new, kdf, None, now)?;
        self.quick().forget();
        Ok(())
    }

    /// Makes unlocking as this user take a secret that only this computer's keychain keeps, besides
    /// the passphrase, or no longer.
    ///
    /// # Errors
    /// `wrong_passphrase`; `precondition` without a keychain, or while no recovery key was shown: the
    /// keychain must never be the only way in.
    pub fn set_second_factor(
        &self,
        passphrase: &Passphrase,
        on: bool,
        now: Timestamp,
    ) -> Result<()> {
        if on {
            let file = KeyFile::read(self.dir())?;
            if file.recovery_slot().is_none() || file.has_pending_words() {
                return Err(StoreError::precondition(
                    "A keychain can be lost, so the recovery key must be in safe hands first. Show it with `haven recovery show-once`.",
                ));
            }
        }
        self.prove(passphrase, now)?;
        let action = if on {
            "second-factor-on"
        } else {
            "second-factor-off"
        };
        self.reseal_slot(action, passphrase, None, Some(on), now)
    }

    /// Whether unlocking as this user also takes the secret that this computer's keychain keeps.
    ///
    /// # Errors
    /// When keys.json cannot be read.
    pub fn has_second_factor(&self) -> Result<bool> {
        let file = KeyFile::read(self.dir())?;
        Ok(file.slot(&self.session().user)?.needs_device())
    }

    /// Checks this user's passphrase, counted as any attempt.
    fn prove(&self, passphrase: &Passphrase, now: Timestamp) -> Result<()> {
        let file = KeyFile::read(self.dir())?;
        let slot = file.slot(&self.session().user)?;
        let attempts = self.attempts(&self.session().user);
        open_slot(&file, slot, passphrase, &attempts, now, self.keychain())?;
        Ok(())
    }

    /// Seals this user's private key anew; `device` says whether the keychain's secret is asked for
    /// from now on, `None` leaves that as it is.
    fn reseal_slot(
        &self,
        action: &str,
        passphrase: &Passphrase,
        kdf: Option<KdfParams>,
        device: Option<bool>,
        now: Timestamp,
    ) -> Result<()> {
        let user = &self.session().user;
        let store_id = &self.session().store_id;
        let ring = &self.inner.vault.keys.ring;
        let file = KeyFile::read(self.dir())?;
        let mut slot = file.slot(user)?.clone();
        let public_key = slot.public_key;
        let cost = kdf.or(slot.kdf);
        let secret = match device.unwrap_or_else(|| slot.needs_device()) {
            true => Some(device_secret(self.keychain(), store_id, true)?),
            false => None,
        };
        slot.seal(
            store_id,
            &opener(passphrase, secret.as_ref()),
            cost,
            &ring.private_key,
        )?;
        self.change_keys(action, now, |_, file| {
            let kept = file.slots.iter_mut().find(|kept| kept.user == *user);
            match kept {
                Some(kept) if kept.public_key == public_key => {
                    *kept = slot;
                    Ok(())
                }
                _ => Err(StoreError::precondition(
                    "An administrator gave this login a new passphrase meanwhile. Lock and unlock, then try again.",
                )),
            }
        })
    }

    /// Changes the key file within one audited transaction; a change that is not committed is taken
    /// back.
    pub(super) fn change_keys<T>(
        &self,
        action: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Tx<'_>, &mut KeyFile) -> Result<T>,
    ) -> Result<T> {
        let op = Op::new(OpKind::Configure, &self.session().user, now);
        let mut replaced = None;
        let done = self.transact(op, |tx| {
            // Read under the writer's lock: two windows never write over each other's change.
            let mut file = KeyFile::read(self.dir())?;
            let before = file.clone();
            let answer = change(tx, &mut file)?;
            tx.note(action, None, None, None)?;
            crate::failpoint::step("keys: before keys.json");
            let mark = file.write(self.dir(), &tx.vault.keys.ring.audit)?;
            mark.record(&tx.link.connection)?;
            crate::failpoint::step("keys: keys.json written");
            replaced = Some(before);
            Ok(answer)
        });
        match done {
            Ok((answer, _)) => Ok(answer),
            Err(error) => {
                if let Some(before) = replaced {
                    before.put_back(self.dir())?;
                }
                Err(error)
            }
        }
    }

    pub(super) fn role_of(&self, user: &str) -> Result<Option<Role>> {
        let logins = self.read(|reader| identity::logins(&reader.link.connection))?;
        Ok(logins
            .into_iter()
            .find(|login| login.name == user)
            .map(|login| login.role))
    }

    pub(crate) fn admin_only(&self, what: &str) -> Result<()> {
        if self.session().role == Role::Admin {
            return Ok(());
        }
        Err(StoreError::AdminOnly {
            what: what.to_owned(),
        })
    }

    fn new_slot(&self, user: &str, passphrase: &Passphrase, kdf: KdfParams) -> Result<Slot> {
        let opener = Opener::Passphrase(passphrase);
        Slot::create(&self.session().store_id, user, &opener, Some(kdf)).map(|(slot, _)| slot)
    }

    fn keychain(&self) -> Option<&Arc<dyn Keychain>> {
        self.inner.keychain.get()
    }

    fn attempts(&self, user: &str) -> Attempts {
        let attempts = Attempts::of(self.dir(), user);
        match self.keychain() {
            Some(keychain) => attempts.mirrored(keychain, &self.session().store_id),
            None => attempts,
        }
    }

    fn quick_of<'a>(&'a self, user: &'a str) -> QuickSlot<'a> {
        QuickSlot {
            dir: self.dir(),
            store_id: &self.session().store_id,
            user,
            keychain: self
                .keychain()
                .map_or(&NoKeychain, |keychain| keychain.as_ref()),
        }
    }
}

/// Opens a login's slot, the attempt counted first.
///
/// # Errors
/// `wrong_passphrase`, `too_many_attempts`, `precondition` when the slot also takes the keychain's
/// secret and it is not at hand, which counts as no attempt.
pub(super) fn open_slot(
    file: &KeyFile,
    slot: &Slot,
    passphrase: &Passphrase,
    attempts: &Attempts,
    now: Timestamp,
    keychain: Option<&Arc<dyn Keychain>>,
) -> Result<Secret> {
    let device = match slot.needs_device() {
        true => Some(device_secret(keychain, &file.store_id, false)?),
        false => None,
    };
    match attempts.begin(now) {
        // The derivation's own cost still slows whoever fills the disk to try more often.
        Err(StoreError::DiskFull) => {}
        other => other?,
    }
    let opener = opener(passphrase, device.as_ref());
    let Some(private) = slot.open(&file.store_id, &opener)? else {
        return Err(StoreError::WrongPassphrase {
            attempts_left: attempts.left()?,
        });
    };
    match attempts.clear() {
        Err(StoreError::DiskFull) => {}
        other => other?,
    }
    Ok(private)
}

fn opener<'a>(passphrase: &'a Passphrase, device: Option<&'a Secret>) -> Opener<'a> {
    match device {
        Some(device) => Opener::PassphraseAndDevice(passphrase, device),
        None => Opener::Passphrase(passphrase),
    }
}

/// The secret of this device that the keychain keeps; made on demand when `make` says so.
fn device_secret(
    keychain: Option<&Arc<dyn Keychain>>,
    store_id: &str,
    make: bool,
) -> Result<Secret> {
    let absent = || {
        StoreError::precondition(if make {
            "A second factor needs this computer's keychain, which is absent or locked."
        } else {
            "This login also takes a secret that this computer's keychain keeps, and the keychain is absent, locked or another one than before. Nothing is lost: unlock the keychain, or use the recovery key (`haven recovery use`)."
        })
    };
    let name = format!("device:{store_id}");
    let keychain = keychain.ok_or_else(absent)?;
    match keychain.get(&name).map_err(|_| absent())? {
        Some(kept) => Secret::from_slice(&kept).map_err(|_| absent()),
        None if make => {
            let secret = crate::keys::random_secret()?;
            keychain.set(&name, secret.as_ref()).map_err(|_| absent())?;
            Ok(secret)
        }
        None => Err(absent()),
    }
}
