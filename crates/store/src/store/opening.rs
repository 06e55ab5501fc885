//! Making a store, unlocking it, and letting others in.

use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use haven_model::{Role, Timestamp};
use rusqlite::Connection;
use uuid::Builder;

use super::{InitOptions, Inner, Store};
use crate::audit::merkle::Tree;
use crate::error::{Result, StoreError};
use crate::glass;
use crate::identifier::new_id;
use crate::keys::{
    Attempts, Hold, KEYS_FILE, KdfParams, KeyFile, KeyRing, Passphrase, Slot, StoreKeys,
    fill_random, generation, new_ring, settle,
};
use crate::link::{DATABASE_FILE, Link, Purpose};
use crate::lobby;
use crate::migration;
use crate::op::{Op, OpKind};
use crate::seal::Vault;
use crate::session::Session;
use crate::table::{audit, identity};

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
        let (slot, private) = Slot::create(&store_id, &options.user, passphrase, options.kdf)?;
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
        // Last: a folder without it holds nothing that could be lost.
        file.write(dir)?;
        let ring = file.open_grants(&options.user, &private)?;
        Self::open(dir, ring, now, Arrival::First)
    }

    /// Opens the store in `dir` with a user's passphrase.
    ///
    /// # Errors
    /// `wrong_passphrase`, `too_many_attempts`, `not_found`, `unreadable`, `integrity`, `newer_store`.
    pub fn unlock(dir: &Path, user: &str, passphrase: &Passphrase, now: Timestamp) -> Result<Self> {
        let file = read_keys(dir)?;
        let slot = file.slot(user)?;
        let attempts = Attempts::of(dir, user);
        attempts.begin(now)?;
        let Some(private) = slot.open(&file.store_id, passphrase)? else {
            return Err(StoreError::WrongPassphrase {
                attempts_left: attempts.left()?,
            });
        };
        attempts.clear()?;
        let ring = file.open_grants(user, &private)?;
        Self::open(dir, ring, now, Arrival::Passphrase)
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
        Self::open_shared(dir, keys.clone(), now, Arrival::Keys)
    }

    /// Adds a login with a passphrase of its own, and grants it the keys of its role.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin; `already_exists` when the name is taken.
    pub fn add_user(&self, user: &NewUser, passphrase: &Passphrase, now: Timestamp) -> Result<()> {
        self.admin_only("add a login")?;
        check_login(&user.name, passphrase)?;
        let store_id = &self.session().store_id;
        let (slot, _) = Slot::create(store_id, &user.name, passphrase, user.kdf)?;
        let op = Op::new(OpKind::Configure, &self.session().user, now);
        self.transact(op, |tx| {
            // Read within the transaction: no key is rotated between reading and writing.
            let mut file = KeyFile::read(self.dir())?;
            if file.slot(&user.name).is_ok() {
                return Err(StoreError::AlreadyExists);
            }
            file.grant_all(&slot, user.role, &tx.vault.held().ring)?;
            file.slots.push(slot);
            identity::insert_login(
                &tx.link.connection,
                &user.name,
                &user.display_name,
                user.role,
                now,
            )?;
            tx.note("login-added", None, None, None)?;
            file.write(self.dir())
        })?;
        self.refresh_lobby();
        Ok(())
    }

    /// Seals this user's private key under another passphrase.
    ///
    /// # Errors
    /// `wrong_passphrase` when `old` is not the present one.
    pub fn change_passphrase(
        &self,
        old: &Passphrase,
        new: &Passphrase,
        now: Timestamp,
    ) -> Result<()> {
        let user = &self.session().user;
        check_login(user, new)?;
        let mut file = KeyFile::read(self.dir())?;
        let attempts = Attempts::of(self.dir(), user);
        attempts.begin(now)?;
        let store_id = file.store_id.clone();
        let slot = file
            .slots
            .iter_mut()
            .find(|slot| slot.user == *user)
            .ok_or(StoreError::UnknownUser)?;
        let Some(private) = slot.open(&store_id, old)? else {
            return Err(StoreError::WrongPassphrase {
                attempts_left: attempts.left()?,
            });
        };
        attempts.clear()?;
        slot.seal(&store_id, new, &private)?;
        let op = Op::new(OpKind::Configure, user, now);
        self.transact(op, |tx| {
            tx.note("passphrase-changed", None, None, None)?;
            file.write(self.dir())
        })?;
        Ok(())
    }

    fn admin_only(&self, what: &str) -> Result<()> {
        if self.session().role == Role::Admin {
            return Ok(());
        }
        Err(StoreError::AdminOnly {
            what: what.to_owned(),
        })
    }

    fn open(dir: &Path, ring: KeyRing, now: Timestamp, arrival: Arrival) -> Result<Self> {
        Self::open_shared(
            dir,
            StoreKeys {
                ring: Arc::new(ring),
            },
            now,
            arrival,
        )
    }

    fn open_shared(dir: &Path, keys: StoreKeys, now: Timestamp, arrival: Arrival) -> Result<Self> {
        let hold = Hold::shared(dir)?;
        // The grants are read anew: keys may have been replaced since those were opened.
        let (ring, mut link) = settle(dir, &keys.ring)?;
        let keys = StoreKeys {
            ring: Arc::new(ring),
        };
        check_schema(&link.connection)?;
        migration::migrate(&mut link.connection, migration::NEWEST, now)?;
        let session = identity::session(&link.connection, &keys.ring.store_id, &keys.ring.user)?;
        let user = session.user.clone();
        let known = generation::known(&link.connection)?;
        let vault = Vault::new(dir, session, keys, known);
        glass::resume(&link.connection, &vault, now)?;
        let notices = match arrival {
            Arrival::First => Vec::new(),
            Arrival::Passphrase | Arrival::Keys => notices(dir, &link, &vault),
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
                _hold: hold,
            }),
        };
        if arrival != Arrival::Keys {
            store.transact(Op::new(OpKind::Read, &user, now), |tx| -> Result<()> {
                identity::set_unlocked(&tx.link.connection, &user, now)?;
                if noticed {
                    tx.note("tampering-suspected", None, None, None)?;
                }
                tx.note("unlock", None, None, None)
            })?;
            // A suspicion stays on disk as it was found, for whoever verifies next.
            if !noticed {
                store.refresh_lobby();
            }
            // A store that cannot rotate now can be worked with all the same; it stays due.
            if let Err(error) = store.rotate_due_keys(now) {
                tracing::warn!(
                    code = error.code().as_str(),
                    "keys that are due could not be replaced"
                );
            }
        }
        Ok(store)
    }
}

/// How a session begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arrival {
    First,
    Passphrase,
    Keys,
}

fn check_login(user: &str, passphrase: &Passphrase) -> Result<()> {
    if user.trim().is_empty() || user.chars().any(char::is_control) {
        return Err(StoreError::invalid(
            "A login name is needed, without control characters.",
        ));
    }
    if passphrase.is_empty() {
        return Err(StoreError::invalid("A passphrase is needed."));
    }
    Ok(())
}

fn read_keys(dir: &Path) -> Result<KeyFile> {
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

/// What the unlock screen's file tells of tampering while the store was locked.
fn notices(dir: &Path, link: &Link, vault: &Vault) -> Vec<String> {
    let Some(mark) = lobby::genuine_mark(dir, vault) else {
        return vec!["lobby.json was altered or is gone; what it showed before unlocking cannot be relied on".to_owned()];
    };
    match audit::head(link, &vault.keys.ring.audit) {
        Err(error) => vec![error.to_string()],
        Ok(tree) if tree.size() < mark.size => vec![format!(
            "store.db is older than lobby.json: {} audit entries stand where {} were written, so the database was rolled back",
            tree.size(),
            mark.size
        )],
        Ok(_) => Vec::new(),
    }
}
