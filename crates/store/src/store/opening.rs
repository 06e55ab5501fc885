//! Making a store, unlocking it, and letting others in.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use haven_model::Timestamp;
use rusqlite::Connection;
use uuid::Builder;

use super::lobby_keeper::LobbyKeeper;
use super::people::open_slot;
use super::{InitOptions, Inner, Standing, Store, freshness};
use crate::audit::merkle::Tree;
use crate::durable;
use crate::error::{ErrorCode, Result, StoreError};
use crate::glass;
use crate::identifier::new_id;
use crate::keychain::Keychain;
use crate::keys::{
    Attempts, GrantKind, Hold, KEYS_FILE, KeyFile, KeyRing, Opener, Passphrase, Slot, StoreKeys,
    fill_random, generation, key_mark, may_hold_recovery, new_ring, settle,
};
use crate::link::{DATABASE_FILE, LOG_FILE, Link, Purpose};
use crate::lobby;
use crate::migration;
use crate::op::{Op, OpKind};
use crate::seal::Vault;
use crate::search::index::waits_to_be_indexed;
use crate::session::Session;
use crate::sums;
use crate::table::audit::Continuation;
use crate::table::{audit, identity};
use crate::turn::{TURN_FILE, Turn};

impl Store {
    /// Makes a store in `dir`, which is created when missing, and unlocks it.
    ///
    /// # Errors
    /// `already_exists` when the folder holds a store or part of one; `invalid` for an empty name or
    /// passphrase.
    pub fn init(
        dir: &Path,
        options: &InitOptions,
        passphrase: &Passphrase,
        now: Timestamp,
    ) -> Result<Self> {
        check_login(&options.user, passphrase)?;
        if dir.join(KEYS_FILE).exists() || dir.join(DATABASE_FILE).exists() {
            return Err(StoreError::AlreadyExists);
        }
        durable::create_folder(dir)
            .map_err(|error| StoreError::io("Making the store's folder", error))?;
        let store_id = random_id()?;
        let opener = Opener::Passphrase(passphrase);
        let (slot, private) = Slot::create(&store_id, &options.user, &opener, Some(options.kdf))?;
        let all = new_ring(&store_id, &options.user, private.clone())?;
        let session = Session {
            user: options.user.clone(),
            display_name: options.display_name.clone(),
            role: options.role,
            device_id: options.device_id.clone().map_or_else(|| new_id(now), Ok)?,
            device_name: options.device_name.clone(),
            clinic: options.clinic.clone(),
            store_id: store_id.clone(),
        };
        create_database(dir, &all, &session, now)?;
        let mut file = KeyFile::new(store_id);
        file.slots.push(slot.clone());
        file.grant_all(&slot, options.role, &all)?;
        let own = file.open_grants(&options.user, &private)?;
        // Now, while every key is at hand; no words are to open more than whoever reads them may.
        let reach = if may_hold_recovery(options.role) {
            &all
        } else {
            &own
        };
        let recovery = file.make_recovery(reach)?;
        file.grant(&slot, GrantKind::RecoveryWords, &recovery)?;
        // Last: a folder without it holds nothing that could be lost.
        file.write(dir, &all.audit)?;
        Self::open(dir, own, now, Arrival::First, None)
    }

    /// Opens the store in `dir` with a user's passphrase.
    ///
    /// On a full disk it opens all the same, for reading: see [`Store::notices`].
    ///
    /// # Errors
    /// `wrong_passphrase`, `too_many_attempts`, `not_found`, `unreadable`, `newer_store`, and
    /// `integrity`, also when something that was saved is missing.
    pub fn unlock(dir: &Path, user: &str, passphrase: &Passphrase, now: Timestamp) -> Result<Self> {
        Self::unlock_on(dir, user, passphrase, now, None)
    }

    /// As [`Store::unlock`], on a machine that may have a keychain.
    ///
    /// # Errors
    /// As [`Store::unlock`]; `precondition` when the login also takes the keychain's secret and it is
    /// not at hand.
    pub fn unlock_on(
        dir: &Path,
        user: &str,
        passphrase: &Passphrase,
        now: Timestamp,
        keychain: Option<&Arc<dyn Keychain>>,
    ) -> Result<Self> {
        let ring = ring_of(dir, user, passphrase, now, keychain)?;
        let store = Self::open(dir, ring, now, Arrival::Passphrase, keychain)?;
        store.quick().renew(now);
        Ok(store)
    }

    /// As [`Store::unlock`], for whoever has to see what is wrong: opens a store that lacks what was
    /// saved in it, changes no file of it, and takes no write.
    ///
    /// # Errors
    /// As [`Store::unlock`].
    pub fn inspect(
        dir: &Path,
        user: &str,
        passphrase: &Passphrase,
        now: Timestamp,
        keychain: Option<&Arc<dyn Keychain>>,
    ) -> Result<Self> {
        let ring = ring_of(dir, user, passphrase, now, keychain)?;
        Self::open(dir, ring, now, Arrival::Inspection, keychain)
    }

    /// Opens a store that lacks what was saved in it and goes on with what is left, for `reason`. The
    /// write-ahead log as found is kept beside it first.
    ///
    /// # Errors
    /// As [`Store::unlock`]; `precondition` when nothing is missing.
    pub fn accept_rollback(
        dir: &Path,
        user: &str,
        passphrase: &Passphrase,
        reason: &str,
        now: Timestamp,
        keychain: Option<&Arc<dyn Keychain>>,
    ) -> Result<Self> {
        let ring = ring_of(dir, user, passphrase, now, keychain)?;
        let found = Self::open(dir, ring, now, Arrival::Inspection, keychain)?;
        if found.inner.standing != Standing::RolledBack
            && found.keychain_agrees()
            && found.is_as_written()?
        {
            return Err(StoreError::precondition(
                "Nothing that was saved in this store is missing.",
            ));
        }
        let (keys, user) = (found.keys(), user.to_owned());
        drop(found);
        keep_log(dir, now)?;
        let store = Self::open_shared(dir, keys, now, Arrival::Accepted, keychain)?;
        store.transact(Op::new(OpKind::Configure, user, now), |tx| {
            tx.set_setting(ROLLBACK_ACCEPTED, Some(reason))?;
            tx.note("rollback-accepted", None, None, None)
        })?;
        store.refresh_lobby();
        store.remember_instead();
        Ok(store)
    }

    /// Opens the store in `dir` with the keys of an earlier session, without a derivation.
    ///
    /// # Errors
    /// As [`Store::unlock`], passphrases aside.
    pub fn open_with_keys(dir: &Path, keys: &StoreKeys, now: Timestamp) -> Result<Self> {
        let file = read_keys(dir)?;
        if file.store_id != keys.ring.store_id {
            return Err(StoreError::precondition("The keys are of another store."));
        }
        Self::open_shared(dir, keys.clone(), now, Arrival::Keys, None)
    }

    /// Opens a store that has just been put together here, and knows no past to compare with.
    pub(crate) fn open_new(dir: &Path, keys: &StoreKeys, now: Timestamp) -> Result<Self> {
        Self::open_shared(dir, keys.clone(), now, Arrival::First, None)
    }

    pub(super) fn open(
        dir: &Path,
        ring: KeyRing,
        now: Timestamp,
        arrival: Arrival,
        keychain: Option<&Arc<dyn Keychain>>,
    ) -> Result<Self> {
        Self::open_shared(
            dir,
            StoreKeys {
                ring: Arc::new(ring),
            },
            now,
            arrival,
            keychain,
        )
    }

    fn open_shared(
        dir: &Path,
        keys: StoreKeys,
        now: Timestamp,
        arrival: Arrival,
        keychain: Option<&Arc<dyn Keychain>>,
    ) -> Result<Self> {
        let hold = Hold::shared(dir)?;
        durable::keep_to_owner(dir, &STORE_FILES);
        // The grants are read anew: keys may have been replaced since those were opened.
        let (ring, mut link, alone) = settle(dir, &keys.ring, arrival != Arrival::Inspection)?;
        let mut standing = if alone {
            Standing::Alone
        } else {
            Standing::Sound
        };
        let keys = StoreKeys {
            ring: Arc::new(ring),
        };
        check_schema(&link.connection)?;
        if standing == Standing::Sound && arrival != Arrival::Inspection {
            migration::migrate(&mut link.connection, migration::NEWEST, now)?;
        }
        let session = identity::session(&link.connection, &keys.ring.store_id, &keys.ring.user)?;
        let known = generation::known(&link.connection)?;
        let vault = Vault::new(dir, session, keys, known);
        let writes = standing == Standing::Sound && arrival != Arrival::Inspection;
        if writes {
            sums::watch(&link, &vault.keys.ring.audit)?;
        }
        glass::resume(&link.connection, &vault, now)?;
        vault.load_dictionaries(dir, &link)?;
        let mut suspicions = Vec::new();
        if !matches!(arrival, Arrival::First | Arrival::Accepted) {
            match finding(dir, &link, &vault, keychain) {
                Finding::Missing(error) if arrival != Arrival::Inspection => return Err(error),
                Finding::Missing(error) => {
                    standing = Standing::RolledBack;
                    suspicions.push(error.finding());
                }
                Finding::Suspicious(what) => suspicions.push(what),
                Finding::Nothing => {}
            }
        }
        if writes && standing == Standing::Sound {
            let anew = matches!(arrival, Arrival::First | Arrival::Accepted);
            let audit = &vault.keys.ring.audit;
            let kept = sums::ensure(&link, audit, anew)
                .and_then(|()| key_mark::take_over(dir, &link, audit, anew));
            match kept {
                // Made when there is room.
                Ok(()) | Err(StoreError::DiskFull) => {}
                Err(error) if error.code() == ErrorCode::Integrity => {
                    suspicions.push(error.finding());
                }
                Err(error) => return Err(error),
            }
        }
        let noticed = !suspicions.is_empty();
        let waits = standing == Standing::Sound
            && arrival != Arrival::Inspection
            && waits_to_be_indexed(&link, &vault)?;
        if standing == Standing::Sound && arrival != Arrival::Inspection {
            link.settle()?;
        }
        let mut notices: Vec<String> = suspicions
            .iter()
            .map(|what| format!("{what}. See `haven verify`."))
            .collect();
        if standing == Standing::Alone {
            notices.push(DISK_FULL.to_owned());
        }
        let (vault, writer) = (Arc::new(vault), Arc::new(Mutex::new(link)));
        let lobby = LobbyKeeper::new(dir, &vault, &writer);
        let mut store = Inner {
            dir: dir.to_owned(),
            vault,
            writer,
            turn: Turn::at(dir),
            lobby,
            readers: Mutex::new(Vec::new()),
            listeners: RwLock::new(Vec::new()),
            unrecorded: Mutex::new(Vec::new()),
            standing,
            suspicions,
            notices,
            keychain: keychain.cloned().map_or_else(OnceLock::new, OnceLock::from),
            passphrase_at: matches!(arrival, Arrival::First | Arrival::Passphrase).then_some(now),
            _hold: Some(hold),
        }
        .into_store();
        match arrival {
            Arrival::Passphrase | Arrival::Pin | Arrival::First if standing == Standing::Sound => {
                let how = if arrival == Arrival::Pin {
                    "unlock-pin"
                } else {
                    "unlock"
                };
                let recorded = store.record_unlock(how, noticed, now);
                store.tolerate_full_disk(recorded)?;
                // A store that cannot rotate now can be worked with all the same; it stays due.
                if let Err(error) = store.rotate_due_keys(now) {
                    tracing::warn!(
                        code = error.code().as_str(),
                        "keys that are due could not be replaced"
                    );
                }
            }
            Arrival::Inspection => store.protect(),
            Arrival::Passphrase
            | Arrival::Pin
            | Arrival::First
            | Arrival::Keys
            | Arrival::Accepted => {}
        }
        if waits && standing == Standing::Sound {
            let indexed = store.index_waiting(now);
            store.tolerate_full_disk(indexed)?;
        }
        Ok(store)
    }

    #[cfg(test)]
    pub(crate) fn inspect_with_keys(dir: &Path, keys: &StoreKeys, now: Timestamp) -> Result<Self> {
        Self::open_shared(dir, keys.clone(), now, Arrival::Inspection, None)
    }

    fn record_unlock(&self, how: &str, noticed: bool, now: Timestamp) -> Result<()> {
        let user = self.session().user.clone();
        self.transact(Op::new(OpKind::Read, &user, now), |tx| -> Result<()> {
            identity::set_unlocked(&tx.link.connection, &user, now)?;
            if noticed {
                tx.note("tampering-suspected", None, None, None)?;
            }
            tx.note(how, None, None, None)
        })?;
        // A suspicion stays on disk as it was found, for whoever verifies next.
        if !noticed {
            self.refresh_lobby();
            self.remember_head();
        }
        Ok(())
    }

    /// Whether every row that no audit entry tells of is as it was last written.
    fn is_as_written(&self) -> Result<bool> {
        let audit = &self.inner.vault.keys.ring.audit;
        match sums::differences(&self.writer(), audit, false) {
            Ok(found) => Ok(found.is_empty()),
            Err(error) if error.code() == ErrorCode::Integrity => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A full disk stops no one from reading: what could not be recorded is, with the next write.
    fn tolerate_full_disk(&mut self, recorded: Result<()>) -> Result<()> {
        match recorded {
            Err(StoreError::DiskFull) => {
                if let Some(inner) = Arc::get_mut(&mut self.inner) {
                    inner.notices.push(DISK_FULL.to_owned());
                }
                Ok(())
            }
            other => other,
        }
    }

    /// An inspected store takes no write.
    fn protect(&mut self) {
        if let Some(inner) = Arc::get_mut(&mut self.inner)
            && inner.standing == Standing::Sound
        {
            inner.standing = Standing::Inspected;
        }
    }
}

/// What [`Store::notices`] says of a full disk.
pub const DISK_FULL: &str = "The disk is full: everything saved before can be read, nothing can be saved until space is freed.";

/// Why a rollback was accepted, in the words of whoever did.
const ROLLBACK_ACCEPTED: &str = "rollback.accepted";

/// The files of a store, which are their owner's alone.
const STORE_FILES: [&str; 9] = [
    DATABASE_FILE,
    LOG_FILE,
    "store.db-shm",
    KEYS_FILE,
    "lobby.json",
    "lobby.lock",
    TURN_FILE,
    "attempts.json",
    "quick.json",
];

/// The keys that a user's passphrase opens, the attempt counted first.
pub(super) fn ring_of(
    dir: &Path,
    user: &str,
    passphrase: &Passphrase,
    now: Timestamp,
    keychain: Option<&Arc<dyn Keychain>>,
) -> Result<KeyRing> {
    let file = read_keys(dir)?;
    let slot = file.slot(user)?;
    let mut attempts = Attempts::of(dir, user);
    if let Some(keychain) = keychain {
        attempts = attempts.mirrored(keychain, &file.store_id);
    }
    let private = open_slot(&file, slot, passphrase, &attempts, now, keychain)?;
    file.open_grants(user, &private)
}

/// Copies the write-ahead log as it was found, so that nothing in it is lost by going on without it.
fn keep_log(dir: &Path, now: Timestamp) -> Result<()> {
    let failed = |error| StoreError::io("Keeping the write-ahead log", error);
    let log = dir.join(LOG_FILE);
    if !log.exists() {
        return Ok(());
    }
    let kept = dir.join(format!("store.db-wal.{}.kept", now.as_millis()));
    std::fs::copy(&log, &kept).map_err(failed)?;
    std::fs::File::open(&kept)
        .and_then(|file| file.sync_all())
        .and_then(|()| durable::flush_folder(dir))
        .map_err(failed)
}

/// How a session begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    First,
    Passphrase,
    Pin,
    Keys,
    /// To see what is wrong.
    Inspection,
    /// To go on without what is missing.
    Accepted,
}

pub(super) fn check_login(user: &str, passphrase: &Passphrase) -> Result<()> {
    if user.trim().is_empty() || user.chars().any(char::is_control) {
        return Err(StoreError::invalid(
            "A login name is needed, without control characters.",
        ));
    }
    if user.starts_with('*') {
        return Err(StoreError::invalid(
            "A login name does not begin with an asterisk.",
        ));
    }
    if passphrase.is_empty() {
        return Err(StoreError::invalid("A passphrase is needed."));
    }
    Ok(())
}

pub(super) fn read_keys(dir: &Path) -> Result<KeyFile> {
    match KeyFile::read(dir) {
        Err(StoreError::NoStore) if dir.join(DATABASE_FILE).exists() => {
            Err(StoreError::Unreadable {
                file: KEYS_FILE.to_owned(),
                why: "it is missing although store.db is there".to_owned(),
            })
        }
        other => other,
    }
}

fn random_id() -> Result<String> {
    let mut bytes = [0u8; 16];
    fill_random(&mut bytes)?;
    Ok(Builder::from_random_bytes(bytes).into_uuid().to_string())
}

fn create_database(dir: &Path, ring: &KeyRing, session: &Session, now: Timestamp) -> Result<()> {
    let mut link = Link::open(dir, &ring.store, Purpose::Create)?;
    migration::migrate(&mut link.connection, migration::NEWEST, now)?;
    identity::insert(&link.connection, session, now)?;
    identity::insert_login(
        &link.connection,
        &session.user,
        &session.display_name,
        session.role,
        now,
    )?;
    generation::insert_first(&link.connection, now)?;
    audit::put_head(&link, &ring.audit, &Tree::default(), now)
}

/// A database that opens but holds no store is not made into one.
fn check_schema(connection: &Connection) -> Result<()> {
    let tables: i64 =
        connection.query_row(include_str!("opening/tables.sql"), [], |row| row.get("n"))?;
    if tables == 2 {
        return Ok(());
    }
    Err(StoreError::integrity("store.db opens but holds no store"))
}

/// What the unlock screen's file tells of what happened while the store was locked.
enum Finding {
    Nothing,
    Suspicious(String),
    Missing(StoreError),
}

fn finding(
    dir: &Path,
    link: &Link,
    vault: &Vault,
    keychain: Option<&Arc<dyn Keychain>>,
) -> Finding {
    let Some(mark) = lobby::genuine_mark(dir, vault) else {
        return Finding::Suspicious("lobby.json was altered or is gone; what it showed before unlocking cannot be relied on".to_owned());
    };
    let rolled_back = |what| Finding::Missing(StoreError::RolledBack { what });
    let key = &vault.keys.ring.audit;
    match audit::head(link, key).and_then(|head| audit::continues(link, key, &mark, &head)) {
        Err(error) => Finding::Missing(error),
        Ok(Continuation::Whole) => {
            match key_mark::finding(dir, link, key) {
                Ok(Some(what)) => return rolled_back(what),
                Ok(None) => {}
                Err(error) => return Finding::Missing(error),
            }
            let altered = sums::differences(link, key, true).map_or_else(
                |error| Some(error.finding()),
                |found| (!found.is_empty()).then(|| found.join("; ")),
            );
            altered
                .or_else(|| freshness::suspicion(keychain?.as_ref(), link, vault))
                .map_or(Finding::Nothing, Finding::Suspicious)
        }
        Ok(Continuation::Shorter { stands }) => rolled_back(format!(
            "store.db is older than lobby.json: {stands} audit entries stand where {} were written, so the database was rolled back",
            mark.size
        )),
        Ok(Continuation::Other) => rolled_back(format!(
            "the audit log of store.db is another one than the {} entries that lobby.json was written beside, so the database was rolled back or replaced",
            mark.size
        )),
    }
}
