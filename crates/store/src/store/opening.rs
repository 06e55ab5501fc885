//! Making a store, unlocking it, and letting others in.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use haven_model::Timestamp;
use rusqlite::Connection;
use uuid::Builder;

use super::freshness;
use super::people::open_slot;
use super::{InitOptions, Inner, Store};
use crate::audit::merkle::Tree;
use crate::error::{Result, StoreError};
use crate::identifier::new_id;
use crate::keychain::Keychain;
use crate::keys::{
    Attempts, GrantKind, KEYS_FILE, KeyFile, KeyRing, Opener, Passphrase, Slot, StoreKeys,
    fill_random, may_hold_recovery, new_ring,
};
use crate::link::{DATABASE_FILE, Link, Purpose};
use crate::lobby;
use crate::migration;
use crate::op::{Op, OpKind};
use crate::seal::Vault;
use crate::session::Session;
use crate::table::{audit, identity};

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
        std::fs::create_dir_all(dir)
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
        let mut file = KeyFile {
            store_id,
            slots: vec![slot.clone()],
            grants: Vec::new(),
        };
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
        file.write(dir)?;
        Self::open(dir, own, now, Arrival::First, None)
    }

    /// Opens the store in `dir` with a user's passphrase.
    ///
    /// # Errors
    /// `wrong_passphrase`, `too_many_attempts`, `not_found`, `unreadable`, `integrity`, `newer_store`.
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
        let file = read_keys(dir)?;
        let slot = file.slot(user)?;
        let mut attempts = Attempts::of(dir, user);
        if let Some(keychain) = keychain {
            attempts = attempts.mirrored(keychain, &file.store_id);
        }
        let private = open_slot(&file, slot, passphrase, &attempts, now, keychain)?;
        let ring = file.open_grants(user, &private)?;
        let store = Self::open(dir, ring, now, Arrival::Passphrase, keychain)?;
        store.quick().renew(now);
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
        let mut link = Link::open(dir, &keys.ring.store, Purpose::Write)?;
        check_schema(&link.connection)?;
        migration::migrate(&mut link.connection, migration::NEWEST, now)?;
        let session = identity::session(&link.connection, &keys.ring.store_id, &keys.ring.user)?;
        let user = session.user.clone();
        let vault = Vault::new(session, keys);
        let notices = match arrival {
            Arrival::First => Vec::new(),
            Arrival::Passphrase | Arrival::Pin | Arrival::Keys => {
                notices(dir, &link, &vault, keychain)
            }
        };
        let noticed = !notices.is_empty();
        let store = Self {
            inner: Arc::new(Inner {
                dir: dir.to_owned(),
                vault,
                writer: Mutex::new(link),
                readers: Mutex::new(Vec::new()),
                listeners: RwLock::new(Vec::new()),
                notices,
                keychain: OnceLock::new(),
                passphrase_at: match arrival {
                    Arrival::First | Arrival::Passphrase => Some(now),
                    Arrival::Pin | Arrival::Keys => None,
                },
            }),
        };
        if let Some(keychain) = keychain {
            store.use_keychain(keychain.clone());
        }
        if arrival != Arrival::Keys {
            store.transact(Op::new(OpKind::Read, &user, now), |tx| -> Result<()> {
                identity::set_unlocked(&tx.link.connection, &user, now)?;
                if noticed {
                    tx.note("tampering-suspected", None, None, None)?;
                }
                let action = if arrival == Arrival::Pin {
                    "unlock-pin"
                } else {
                    "unlock"
                };
                tx.note(action, None, None, None)
            })?;
            // A suspicion stays on disk as it was found, for whoever verifies next.
            if !noticed {
                store.refresh_lobby();
                store.remember_head();
            }
        }
        Ok(store)
    }
}

/// How a session begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    First,
    Passphrase,
    Pin,
    Keys,
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

/// What the unlock screen's file tells of tampering while the store was locked.
fn notices(
    dir: &Path,
    link: &Link,
    vault: &Vault,
    keychain: Option<&Arc<dyn Keychain>>,
) -> Vec<String> {
    let Some(mark) = lobby::genuine_mark(dir, &vault.lobby_key()) else {
        return vec!["lobby.json was altered or is gone; what it showed before unlocking cannot be relied on".to_owned()];
    };
    match audit::head(link, &vault.keys.ring.audit) {
        Err(error) => vec![error.to_string()],
        Ok(tree) if tree.size() < mark.size => vec![format!(
            "store.db is older than lobby.json: {} audit entries stand where {} were written, so the database was rolled back",
            tree.size(),
            mark.size
        )],
        Ok(tree) => keychain
            .and_then(|keychain| freshness::suspicion(keychain.as_ref(), vault, &tree))
            .into_iter()
            .collect(),
    }
}
