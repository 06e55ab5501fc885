//! Replacing the key of the database's pages: copy under the new key, prove the copy, swap.
//!
//! keys.json holds both keys from before the swap until the new file has been opened, and opening tries
//! the newest first: whatever step a crash falls on, the old or the new database opens.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use haven_model::{Role, Timestamp};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use serde::Serialize;

use super::file::KeyFile;
use super::grant::GrantKind;
use super::key_mark;
use super::recipient::{LeftOut, Present};
use super::ring::{KeyRing, StoreKeys};
use super::rotation::{DUE_SETTING, STORE_WORD, without_word};
use super::secret::{Secret, random_secret};
use crate::durable;
use crate::error::{ErrorCode, Result, StoreError};
use crate::failpoint;
use crate::link::{DATABASE_FILE, Link, Purpose};
use crate::migration;
use crate::session::Session;
use crate::sums;
use crate::table::{audit, identity, setting};
use crate::verify;

const LOCK_FILE: &str = "store.lock";
const COPY_FILE: &str = "store.db.new";

/// Pages copied at a time.
const PAGES: i32 = if cfg!(test) { 32 } else { 512 };

/// The store's folder, held by everyone who has the store open, or by one alone who replaces its file.
pub(crate) struct Hold {
    _lock: File,
}

impl Hold {
    /// Together with others.
    ///
    /// # Errors
    /// `locked` while the database is being replaced.
    pub(crate) fn shared(dir: &Path) -> Result<Self> {
        // A process that is just being started, or has just died, holds the lock a moment longer.
        for _ in 0..100 {
            match Self::take(dir, File::try_lock_shared) {
                Err(StoreError::Busy) => std::thread::sleep(std::time::Duration::from_millis(50)),
                other => return other,
            }
        }
        Self::take(dir, File::try_lock_shared)
    }

    /// Alone.
    ///
    /// # Errors
    /// `locked` while anyone has the store open.
    pub(crate) fn exclusive(dir: &Path) -> Result<Self> {
        Self::take(dir, File::try_lock)
    }

    fn take(dir: &Path, lock: impl FnOnce(&File) -> Result<(), fs::TryLockError>) -> Result<Self> {
        let failed = |error| StoreError::io("Opening the store's folder", error);
        let file = File::create(dir.join(LOCK_FILE)).map_err(failed)?;
        match lock(&file) {
            Ok(()) => Ok(Self { _lock: file }),
            Err(fs::TryLockError::WouldBlock) => Err(StoreError::Busy),
            Err(fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// What replacing the store's key did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreKeyReplaced {
    /// The new key's generation.
    pub generation: u16,
    /// The size of the new file.
    pub bytes: u64,
    /// Rows in all its tables, as many as in the old file.
    pub rows: u64,
    /// Logins and slots that hold the new key.
    pub granted: u64,
}

/// Opens the database with whichever of the granted store keys is its own and, where it `tidies`, clears
/// up after a replacement that was cut off. The caller holds the folder. The last of the answer is
/// whether a full disk allows this one connection only.
///
/// # Errors
/// As [`Link::open`].
pub(crate) fn settle(dir: &Path, own: &KeyRing, tidies: bool) -> Result<(KeyRing, Link, bool)> {
    let mut file = KeyFile::read(dir)?;
    if file.store_id != own.store_id {
        return Err(StoreError::precondition("The keys are of another store."));
    }
    let mut ring = file.open_again(own)?;
    let candidates = file.store_keys(&own.holder, &own.private_key)?;
    if candidates.len() <= 1 {
        if tidies {
            // A copy that never came to be used; the database stands as it was.
            remove_copy(dir).ok();
        }
        let (link, alone) = open_or_alone(dir, &ring.store)?;
        return Ok((ring, link, alone));
    }
    let mut refused = None;
    for (generation, key) in candidates {
        match open_or_alone(dir, &key) {
            Ok((link, alone)) => {
                failpoint::step("store-key: settling");
                if tidies {
                    keep_only(dir, &mut file, generation, &ring.audit)?;
                }
                ring.store = key;
                ring.store_generation = generation;
                return Ok((ring, link, alone));
            }
            Err(error) if error.code() == ErrorCode::Integrity => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(refused.unwrap_or(StoreError::NoStore))
}

fn open_or_alone(dir: &Path, key: &Secret) -> Result<(Link, bool)> {
    match Link::open(dir, key, Purpose::Write) {
        Err(StoreError::DiskFull) => Ok((Link::open(dir, key, Purpose::Alone)?, true)),
        other => Ok((other?, false)),
    }
}

/// Drops the grants of every store key but the one that opened the database.
fn keep_only(dir: &Path, file: &mut KeyFile, generation: u16, audit: &Secret) -> Result<()> {
    file.drop_grants(|kind| matches!(kind, GrantKind::Store(other) if other != generation));
    match file.write(dir, audit) {
        // Another session has just done the same, or whoever opens it next will.
        Ok(_) | Err(StoreError::Busy | StoreError::DiskFull) => {}
        Err(error) => return Err(error),
    }
    remove_copy(dir).ok();
    Ok(())
}

/// Removes the copy and what SQLite lays beside it.
fn remove_copy(dir: &Path) -> std::io::Result<()> {
    let copy = dir.join(COPY_FILE);
    for leftover in [beside(&copy, "-wal"), beside(&copy, "-shm"), copy] {
        if leftover.exists() {
            fs::remove_file(leftover)?;
        }
    }
    Ok(())
}

/// Replaces the key of the database in `dir`, which nobody may have open.
///
/// With `regrant`, every login and slot of the key file is granted the new key, vouched for or not.
///
/// # Errors
/// `locked` when any process has the store open; `not_permitted` for anyone but an admin;
/// `precondition` when a login would be left out; `integrity` when the copy is not the original. The
/// old database is then in use as before.
pub fn replace_store_key(
    dir: &Path,
    keys: &StoreKeys,
    regrant: bool,
    now: Timestamp,
) -> Result<StoreKeyReplaced> {
    let _hold = Hold::exclusive(dir)?;
    let (ring, mut link, alone) = settle(dir, &keys.ring, true)?;
    if alone {
        return Err(StoreError::DiskFull);
    }
    migration::migrate(&mut link.connection, migration::NEWEST, now)?;
    let session = identity::session(&link.connection, &ring.store_id, &ring.user)?;
    if session.role != Role::Admin {
        return Err(StoreError::AdminOnly {
            what: "replace the store's key".to_owned(),
        });
    }
    let new = random_secret()?;
    let generation = ring.store_generation.checked_add(1).ok_or_else(|| {
        StoreError::precondition("The store's key has been replaced as often as it can be.")
    })?;
    let (granted, granted_file) = granted(dir, &link, &ring, &new, generation, regrant)?;
    link.settle()?;
    be_alone(&link)?;
    sums::watch(&link, &ring.audit)?;
    note(&mut link, &ring, &session, "replace-store-key", now)?;
    failpoint::step("store-key: begun");
    let copy = dir.join(COPY_FILE);
    remove_copy(dir).map_err(|error| StoreError::io("Copying store.db", error))?;
    let rows = copied(&link, &ring, &copy, &new)?;
    failpoint::step("store-key: proven");
    granted_file.write(dir, &ring.audit)?;
    failpoint::step("store-key: granted");
    drop(link);
    failpoint::step("store-key: closed");
    let original = dir.join(DATABASE_FILE);
    let failed = |error| StoreError::io("Replacing store.db", error);
    // Kept open, so that its blocks can be overwritten once its name is gone.
    let old = OpenOptions::new()
        .write(true)
        .open(&original)
        .map_err(failed)?;
    fs::rename(&copy, &original).map_err(failed)?;
    failpoint::step("store-key: renamed");
    durable::flush_folder(dir).map_err(failed)?;
    failpoint::step("store-key: flushed");
    let (ring, mut link, _) = settle(dir, &ring, true)?;
    if ring.store_generation != generation {
        return Err(StoreError::integrity(
            "store.db does not open with the key it was copied under",
        ));
    }
    failpoint::step("store-key: settled");
    overwrite(&old).map_err(failed)?;
    failpoint::step("store-key: overwritten");
    sums::watch(&link, &ring.audit)?;
    note(&mut link, &ring, &session, "store-key-replaced", now)?;
    key_mark::take_over(dir, &link, &ring.audit, false)?;
    let bytes = fs::metadata(&original).map_err(failed)?.len();
    Ok(StoreKeyReplaced {
        generation,
        bytes,
        rows,
        granted,
    })
}

/// The key file with the new key granted beside the old one.
fn granted(
    dir: &Path,
    link: &Link,
    ring: &KeyRing,
    new: &Secret,
    generation: u16,
    regrant: bool,
) -> Result<(u64, KeyFile)> {
    let mut file = KeyFile::read(dir)?;
    let (grants, left_out) = file.grants_of_new(
        &identity::logins(&link.connection)?,
        &Present {
            kinds: &[GrantKind::Store(ring.store_generation)],
            key: &ring.store,
        },
        new,
        regrant,
        |_| Some(GrantKind::Store(generation)),
    )?;
    if let Some(LeftOut { name, .. }) = left_out.first() {
        return Err(StoreError::Precondition {
            what: format!(
                "Nobody who holds the store's key has vouched for the login {name} in keys.json, so \
                 it would be locked out."
            ),
        });
    }
    let count = grants.len() as u64;
    file.grants.extend(grants);
    Ok((count, file))
}

/// Leaves the write-ahead log, which SQLite does only for the last one who has the file open, and keeps
/// everyone else away from then on.
fn be_alone(link: &Link) -> Result<()> {
    let connection = &link.connection;
    connection.busy_timeout(Duration::from_millis(500))?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    if mode.eq_ignore_ascii_case("delete") {
        return Ok(());
    }
    Err(StoreError::Busy)
}

fn note(
    link: &mut Link,
    ring: &KeyRing,
    session: &Session,
    action: &str,
    now: Timestamp,
) -> Result<()> {
    let transaction = link.connection.unchecked_transaction()?;
    let mut tree = audit::head(link, &ring.audit)?;
    let act = audit::Act {
        at: now,
        actor: &session.user,
        device: &session.device_id,
        action,
        key: None,
        version: None,
        digest: None,
    };
    audit::append(link, &ring.audit, &mut tree, &act)?;
    audit::put_head(link, &ring.audit, &tree, now)?;
    if action == "store-key-replaced"
        && let Some(due) = setting::plain(&link.connection, DUE_SETTING)?
    {
        let rest = without_word(&due, STORE_WORD);
        setting::set_plain(&link.connection, DUE_SETTING, rest.as_deref())?;
    }
    sums::settle(link, &ring.audit)?;
    transaction.commit()?;
    Ok(())
}

/// Copies page by page under the new key and proves the copy; answers how many rows it holds.
fn copied(link: &Link, ring: &KeyRing, copy: &Path, new: &Secret) -> Result<u64> {
    let failed = |error| StoreError::io("Copying store.db", error);
    {
        let mut target = Link::open_file(copy, new, Purpose::Create)?;
        let backup = Backup::new(&link.connection, &mut target.connection)?;
        loop {
            match backup.step(PAGES)? {
                StepResult::Done => break,
                StepResult::More => failpoint::step("store-key: copying"),
                StepResult::Busy | StepResult::Locked | _ => return Err(StoreError::Busy),
            }
        }
    }
    failpoint::step("store-key: copied");
    // SQLite does not tell when it could not fold the log in, and the log is not what takes the place.
    if beside(copy, "-wal").exists() {
        return Err(failed(std::io::Error::other(
            "the copy's write-ahead log could not be folded in",
        )));
    }
    File::open(copy)
        .and_then(|file| file.sync_all())
        .map_err(failed)?;
    // A connection of its own, with nothing of the copying in its cache.
    let proof = Link::open_file(copy, new, Purpose::Read)?;
    if let Some(problem) = verify::page_problems(&proof.connection)?.into_iter().next() {
        return Err(StoreError::integrity(format!("the copy of {problem}")));
    }
    let differs = || StoreError::integrity("the copy of store.db is not what it was copied from");
    let rows = tables(&proof.connection)?;
    let heads = (
        audit::head(&proof, &ring.audit)?,
        audit::head(link, &ring.audit)?,
    );
    if rows != tables(&link.connection)? || heads.0 != heads.1 {
        return Err(differs());
    }
    Ok(rows.into_iter().map(|(_, _, rows)| rows).sum())
}

/// Every table's name and definition, and how many rows it has.
fn tables(connection: &Connection) -> Result<Vec<(String, String, u64)>> {
    let mut statement = connection.prepare(include_str!("store_key/tables.sql"))?;
    let named = statement
        .query_map([], |row| {
            Ok((row.get::<_, String>("name")?, row.get::<_, String>("sql")?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    named
        .into_iter()
        .map(|(name, sql)| {
            let rows: i64 = connection.query_row(
                &format!("SELECT count(*) AS n FROM \"{name}\""),
                [],
                |row| row.get("n"),
            )?;
            Ok((name, sql, u64::try_from(rows).unwrap_or(0)))
        })
        .collect()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Writes over what the old key opens. A disk that moves blocks about may keep them all the same; then
/// only the old key, which is granted to nobody any more, stands before them.
fn overwrite(mut old: &File) -> std::io::Result<()> {
    let mut left = old.metadata()?.len();
    let nothing = vec![0u8; 1 << 20];
    while left > 0 {
        let part = usize::try_from(left.min(nothing.len() as u64)).unwrap_or(nothing.len());
        let (written, _) = nothing.split_at(part);
        old.write_all(written)?;
        left -= part as u64;
    }
    old.sync_all()
}
