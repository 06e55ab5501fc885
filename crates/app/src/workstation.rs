//! A device before anyone has unlocked it: its lobby, a first store, joining a clinic.

mod backup;
mod language;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use haven_model::Role;
use haven_store::{
    InitOptions, KdfParams, Keychain, Lobby, Passphrase, RecoveryWords, Store, StoreError,
};
use haven_sync::pace::SystemPace;

use crate::error::{AppError, Code, Result};
use crate::platform::{Platform, SystemPlatform};
use crate::session::Session;

pub use backup::{BackupOpener, ReplacedAnswer, RestoreAnswer};

/// The shortest passphrase that opens a store, in characters (NIST SP 800-63B-4 §3.1.1.2).
const MIN_PASSPHRASE_CHARS: usize = 8;

/// A device and the folder of its store.
#[derive(Clone)]
pub struct Workstation {
    dir: PathBuf,
    platform: Arc<dyn Platform>,
}

/// What a store of one's own is made from.
#[derive(Clone, Debug)]
pub struct InitRequest {
    /// The login, who becomes its admin.
    pub user: String,
    /// The name for people.
    pub display_name: String,
    /// The clinic's name.
    pub clinic: String,
    /// This device's name.
    pub device_name: String,
}

/// What joining a hub needs.
#[derive(Clone, Debug)]
pub struct EnrolRequest {
    /// The hub's address.
    pub url: String,
    /// The one-time code.
    pub code: String,
    /// The login expected, where the caller has one in mind.
    pub user: Option<String>,
    /// This device's name.
    pub device_name: String,
}

impl Workstation {
    /// The store in `dir`, on this machine.
    #[must_use]
    pub fn on_this_machine(dir: PathBuf) -> Self {
        Self::new(dir, Arc::new(SystemPlatform))
    }

    /// The store in `dir`, on a machine of the caller's making.
    #[must_use]
    pub fn new(dir: PathBuf, platform: Arc<dyn Platform>) -> Self {
        Self { dir, platform }
    }

    /// The folder of the store.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn platform(&self) -> &Arc<dyn Platform> {
        &self.platform
    }

    /// What may be shown before anyone has unlocked; `None` where there is no store.
    ///
    /// # Errors
    /// `unreadable` when the lobby's file is damaged.
    pub fn lobby(&self) -> Result<Option<Lobby>> {
        match Store::lobby(&self.dir) {
            Ok(lobby) => Ok(Some(lobby)),
            Err(haven_store::StoreError::NoStore) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a store of one's own.
    ///
    /// # Errors
    /// `already_exists` where there is one, `invalid` for a passphrase that is too short.
    pub fn init(&self, request: &InitRequest, passphrase: &Passphrase) -> Result<Session> {
        check_length(passphrase)?;
        let options = InitOptions {
            user: request.user.clone(),
            display_name: request.display_name.clone(),
            role: Role::Admin,
            clinic: request.clinic.clone(),
            device_name: request.device_name.clone(),
            device_id: None,
            kdf: self.derivation_cost()?,
        };
        let store = self.make(&options, passphrase)?;
        Ok(self.session(store))
    }

    /// Makes the store whole beside its place and then moves it there, so that a power cut leaves a
    /// store or none, never a part of one that a second attempt would have to refuse.
    fn make(&self, options: &InitOptions, passphrase: &Passphrase) -> Result<Store> {
        let now = self.platform.now();
        if self.dir.exists() {
            // A folder of the user's own making may hold other things; it is not replaced.
            return Ok(Store::init(&self.dir, options, passphrase, now)?);
        }
        let name = self.dir.file_name().unwrap_or_default().to_string_lossy();
        let place = self.dir.parent().unwrap_or_else(|| Path::new("."));
        let unfinished = place.join(format!(".{name}.{}.unfinished", self.platform.new_id()));
        let made = Store::init(&unfinished, options, passphrase, now)
            .map(|store| store.keys())
            .and_then(|keys| {
                fs::rename(&unfinished, &self.dir)
                    .and_then(|()| flush_folder(place))
                    .map(|()| keys)
                    .map_err(|source| StoreError::Io {
                        what: "Making the store's folder".to_owned(),
                        source,
                    })
            });
        match made {
            Ok(keys) => Ok(Store::open_with_keys(&self.dir, &keys, now)?),
            Err(error) => {
                // Nobody has its keys, so nothing can be lost with it.
                fs::remove_dir_all(&unfinished).ok();
                Err(error.into())
            }
        }
    }

    /// Opens the store; `user` may be left out where there is one login only.
    ///
    /// # Errors
    /// `wrong_passphrase`, `too_many_attempts`, `not_found`, `integrity`, `unreadable`,
    /// `newer_store`.
    pub fn unlock(&self, user: Option<&str>, passphrase: &Passphrase) -> Result<Session> {
        let user = match user {
            Some(user) => user.to_owned(),
            None => self.only_user()?,
        };
        let now = self.platform.now();
        let keychain = self.keychain();
        let store = Store::unlock_on(&self.dir, &user, passphrase, now, keychain.as_ref())
            .map_err(|error| self.report_damage(error.into()))?;
        Ok(self.session(store).ready_to_sign_in(passphrase))
    }

    /// Whether `user` would be let in with a PIN now.
    #[must_use]
    pub fn pin_offered(&self, user: &str) -> bool {
        self.keychain().is_some_and(|keychain| {
            Store::pin_offered(&self.dir, user, self.platform.now(), &keychain)
        })
    }

    /// Opens the store with a PIN, for 12 hours after the passphrase was last given.
    ///
    /// # Errors
    /// `wrong_passphrase` for a wrong PIN, of which five in a row are taken; `precondition` when no PIN
    /// is taken (any more); otherwise as [`Workstation::unlock`].
    pub fn unlock_with_pin(&self, user: &str, pin: &Passphrase) -> Result<Session> {
        let keychain = self.keychain().ok_or_else(|| {
            AppError::new(
                Code::Precondition,
                "A PIN needs this computer's keychain, which is absent. Unlock with your \
                 passphrase. Nothing was changed.",
            )
        })?;
        let now = self.platform.now();
        let store = Store::unlock_with_pin(&self.dir, user, pin, now, &keychain)?;
        Ok(self.session(store))
    }

    /// Gives a login a new passphrase by means of the recovery key, and opens the store.
    ///
    /// # Errors
    /// `wrong_passphrase` when the words are not this store's present ones, `not_found` for a login
    /// that is not here, `precondition` where there is no recovery key, `invalid` for a passphrase that
    /// is too short.
    pub fn recover(
        &self,
        user: Option<&str>,
        words: &RecoveryWords,
        new: &Passphrase,
    ) -> Result<Session> {
        check_length(new)?;
        let user = user.map_or_else(|| self.only_user(), |user| Ok(user.to_owned()))?;
        let store = Store::recover(
            &self.dir,
            &user,
            words,
            new,
            self.derivation_cost()?,
            self.platform.now(),
            self.keychain().as_ref(),
        )?;
        Ok(self.session(store))
    }

    /// As [`Workstation::unlock`], for whoever has to see what is wrong: opens a store that lacks what
    /// was saved in it as well, changes no file of it, and takes no write.
    ///
    /// # Errors
    /// As [`Workstation::unlock`].
    pub fn inspect(&self, user: Option<&str>, passphrase: &Passphrase) -> Result<Session> {
        let user = user.map_or_else(|| self.only_user(), |user| Ok(user.to_owned()))?;
        let now = self.platform.now();
        let store = Store::inspect(&self.dir, &user, passphrase, now, self.keychain().as_ref())?;
        Ok(self.session(store))
    }

    /// Opens a store that lacks what was saved in it, and goes on with what is left.
    ///
    /// # Errors
    /// As [`Workstation::unlock`]; `precondition` when nothing is missing, `invalid` without a reason.
    pub fn accept_rollback(
        &self,
        user: Option<&str>,
        passphrase: &Passphrase,
        reason: &str,
    ) -> Result<Session> {
        if reason.trim().is_empty() {
            return Err(AppError::invalid(
                "Give the reason for going on. Nothing was changed.",
            ));
        }
        let user = user.map_or_else(|| self.only_user(), |user| Ok(user.to_owned()))?;
        let now = self.platform.now();
        let store = Store::accept_rollback(
            &self.dir,
            &user,
            passphrase,
            reason,
            now,
            self.keychain().as_ref(),
        )?;
        Ok(self.session(store))
    }

    /// Joins a hub with a one-time code: into the store that is here, else into a new one.
    ///
    /// # Errors
    /// `network` and `signed_out` when the hub does not let this device in; then no store is made.
    pub fn enrol(&self, request: &EnrolRequest, passphrase: &Passphrase) -> Result<Session> {
        check_length(passphrase)?;
        let here = match self.lobby()? {
            Some(_) => Some(self.unlock(request.user.as_deref(), passphrase)?),
            None => None,
        };
        let device_id = here.as_ref().map_or_else(
            || self.platform.new_id(),
            |session| session.who().device_id.clone(),
        );
        let answer = in_runtime(haven_sync::enrol(
            &request.url,
            &request.code,
            &device_id,
            &request.device_name,
            passphrase.expose_secret(),
        ))??;
        let session = match here {
            Some(session) if session.who().user == answer.user => session,
            Some(_) => return Err(another_user()),
            None => {
                if request
                    .user
                    .as_ref()
                    .is_some_and(|user| *user != answer.user)
                {
                    return Err(another_user());
                }
                let options = InitOptions {
                    user: answer.user.clone(),
                    display_name: answer.display_name.clone(),
                    role: answer.role,
                    clinic: answer.clinic.clone(),
                    device_name: request.device_name.clone(),
                    device_id: Some(device_id),
                    kdf: self.derivation_cost()?,
                };
                self.session(self.make(&options, passphrase)?)
            }
        };
        haven_sync::settings::remember_enrolment(
            session.store(),
            &request.url,
            &answer,
            &SystemPace,
        )?;
        Ok(session)
    }

    fn only_user(&self) -> Result<String> {
        let lobby = self.lobby()?.ok_or(haven_store::StoreError::NoStore)?;
        match lobby.users.as_slice() {
            [only] => Ok(only.name.clone()),
            _ => Err(AppError::invalid(
                "This device has more than one login. Name yours with --user.",
            )),
        }
    }

    fn keychain(&self) -> Option<Arc<dyn Keychain>> {
        self.platform.keychain()
    }

    fn derivation_cost(&self) -> Result<KdfParams> {
        derivation_cost(self.platform.as_ref())
    }

    fn session(&self, store: Store) -> Session {
        if let Some(keychain) = self.keychain() {
            store.use_keychain(keychain);
        }
        Session::new(store, &self.dir, self.platform.clone())
    }
}

/// Makes a folder's new name durable.
#[cfg(unix)]
fn flush_folder(folder: &Path) -> std::io::Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    fs::File::open(folder)?.sync_all()
}

/// Windows makes names durable with the file itself.
#[cfg(not(unix))]
fn flush_folder(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

fn another_user() -> AppError {
    AppError::new(
        Code::Precondition,
        "The code was made for another login than the one named. The store here was not changed. \
         Ask your administrator for a code of your own.",
    )
}

/// What deriving a key from a new passphrase costs on this machine.
pub(crate) fn derivation_cost(platform: &dyn Platform) -> Result<KdfParams> {
    Ok(KdfParams::calibrated(
        platform.derivation_ms(),
        platform.free_memory_kib(),
    )?)
}

pub(crate) fn check_length(passphrase: &Passphrase) -> Result<()> {
    if passphrase.expose_secret().chars().count() < MIN_PASSPHRASE_CHARS {
        return Err(AppError::invalid(format!(
            "A passphrase has at least {MIN_PASSPHRASE_CHARS} characters; several words are best. \
             Nothing was changed."
        )));
    }
    Ok(())
}

/// Runs a future to its end on a runtime of its own.
pub(crate) fn in_runtime<T>(future: impl Future<Output = T>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map(|runtime| runtime.block_on(future))
        .map_err(|error| {
            AppError::new(
                Code::Io,
                format!("Haven could not start its network part ({}).", error.kind()),
            )
        })
}
