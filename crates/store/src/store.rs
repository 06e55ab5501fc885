//! The store: one folder, one door for writes.

use std::path::Path;
use std::sync::Arc;

use haven_model::{ResourceKey, Role, Timestamp};

use crate::audit::{AuditEntry, AuditQuery, VerifyReport};
use crate::conflict::ConflictRow;
use crate::error::Result;
use crate::error::StoreError;
use crate::keys::{KdfParams, Passphrase, StoreKeys};
use crate::lobby::Lobby;
use crate::op::{Changes, Op};
use crate::outbox::{BaseState, InFlight, OutboxEntry};
use crate::patient::{PatientPage, PatientQuery, SearchPage};
use crate::session::Session;
use crate::stored::{Counts, HistoryEntry, Stored};
use crate::tx::Tx;

/// What a new store is made from.
#[derive(Clone, Debug)]
pub struct InitOptions {
    /// The first login.
    pub user: String,
    /// The first user's name for people.
    pub display_name: String,
    /// What the first user is.
    pub role: Role,
    /// The clinic's name.
    pub clinic: String,
    /// The device's name for people.
    pub device_name: String,
    /// The device incarnation (UUIDv7) that a hub already knows; `None` makes a new one.
    pub device_id: Option<String>,
    /// The cost of the passphrase derivation.
    pub kdf: KdfParams,
}

/// An unlocked store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    session: Session,
}

fn later<T>() -> Result<T> {
    Err(StoreError::NoStore)
}

impl Store {
    /// Makes a store in `dir`, which is created when missing.
    ///
    /// # Errors
    /// `already_exists` when the folder holds a store.
    pub fn init(
        _dir: &Path,
        _options: &InitOptions,
        _passphrase: &Passphrase,
        _now: Timestamp,
    ) -> Result<Self> {
        later()
    }

    /// Opens the store in `dir` with a user's passphrase.
    ///
    /// # Errors
    /// `wrong_passphrase`, `too_many_attempts`, `not_found`, `unreadable`, `integrity`, `newer_store`.
    pub fn unlock(
        _dir: &Path,
        _user: &str,
        _passphrase: &Passphrase,
        _now: Timestamp,
    ) -> Result<Self> {
        later()
    }

    /// Opens the store in `dir` with the keys of an earlier session, without a derivation.
    ///
    /// # Errors
    /// As [`Store::unlock`], passphrases aside.
    pub fn open_with_keys(_dir: &Path, _keys: &StoreKeys, _now: Timestamp) -> Result<Self> {
        later()
    }

    /// The keys of this session.
    #[must_use]
    pub fn keys(&self) -> StoreKeys {
        StoreKeys {}
    }

    /// What the unlock screen may show of the store in `dir`.
    ///
    /// # Errors
    /// `not_found` when there is no store, `unreadable` when the file is damaged.
    pub fn lobby(_dir: &Path) -> Result<Lobby> {
        later()
    }

    /// Who is at work, and in which store.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.inner.session
    }

    /// The only door for writes: runs `work` in one durable transaction.
    ///
    /// # Errors
    /// Whatever `work` answers, and `disk_full`, `locked` or `io` from the commit; then nothing was written.
    pub fn transact<T, E: From<StoreError>>(
        &self,
        _op: Op,
        _work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<(T, Changes), E> {
        Err(StoreError::NoStore.into())
    }

    /// Calls `listener` after every commit of this process, in the committing thread.
    pub fn on_change(&self, _listener: Box<dyn Fn(&Changes) + Send + Sync>) {}

    /// Hands every live resource that the user may read to `visit`, by type and in order of insertion.
    ///
    /// # Errors
    /// When the store cannot be read, and whatever `visit` answers.
    pub fn for_each<E: From<StoreError>>(
        &self,
        _resource_type: Option<&str>,
        _visit: impl FnMut(Stored) -> Result<(), E>,
    ) -> Result<(), E> {
        Ok(())
    }

    /// Checks the audit log, its head and the database's pages.
    ///
    /// # Errors
    /// When the check itself could not run; what it finds wrong is in the report.
    pub fn verify(&self) -> Result<VerifyReport> {
        later()
    }

    /// As [`Store::verify`], and opens every body and compares it with its last audit entry.
    ///
    /// # Errors
    /// As [`Store::verify`].
    pub fn verify_deep(&self) -> Result<VerifyReport> {
        later()
    }

    /// The resource of that key, tombstones included.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn get(&self, _key: &ResourceKey) -> Result<Option<Stored>> {
        later()
    }

    /// Every version kept, the current one first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn history(&self, _key: &ResourceKey) -> Result<Vec<HistoryEntry>> {
        later()
    }

    /// All live resources of one patient that the user may read, the Patient first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn chart(&self, _patient_id: &str) -> Result<Vec<Stored>> {
        later()
    }

    /// A page of the patient list.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn patients(&self, _query: &PatientQuery) -> Result<PatientPage> {
        later()
    }

    /// FHIR search over one type.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn search(
        &self,
        _resource_type: &str,
        _parameters: &[(String, String)],
    ) -> Result<SearchPage> {
        later()
    }

    /// How many of what the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn counts(&self) -> Result<Counts> {
        later()
    }

    /// All waiting changes, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn outbox(&self) -> Result<Vec<OutboxEntry>> {
        later()
    }

    /// All changes that were sent and not yet answered, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn in_flight(&self) -> Result<Vec<InFlight>> {
        later()
    }

    /// The change in flight for one resource.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn in_flight_of(&self, _key: &ResourceKey) -> Result<Option<InFlight>> {
        later()
    }

    /// The last version in common with the server, kept while the resource is dirty.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn base(&self, _key: &ResourceKey) -> Result<Option<BaseState>> {
        later()
    }

    /// Conflicts, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn conflicts(&self, _open_only: bool) -> Result<Vec<ConflictRow>> {
        later()
    }

    /// One conflict.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn conflict(&self, _id: &str) -> Result<Option<ConflictRow>> {
        later()
    }

    /// The open conflict of one resource.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open_conflict_of(&self, _key: &ResourceKey) -> Result<Option<ConflictRow>> {
        later()
    }

    /// A setting.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn setting(&self, _name: &str) -> Result<Option<String>> {
        later()
    }

    /// Audit entries, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn audit(&self, _query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        later()
    }
}
