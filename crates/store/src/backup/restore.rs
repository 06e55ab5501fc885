//! From a backup to a store that can be worked in.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use haven_model::{ResourceKey, Timestamp, VectorClock};
use rusqlite::named_params;

use super::container::Container;
use super::examine::{examine, in_backup, keys_of};
use super::scratch::{Scratch, folder_of};
use super::{
    BackupKey, LAST_BACKUP_AT, LAST_BACKUP_BYTES, Replaced, RestoreReport, Unsynced,
    open_backup_keys,
};
use crate::error::{Result, StoreError};
use crate::identifier::new_id;
use crate::keys::{KEYS_FILE, KeyFile, StoreKeys};
use crate::link::{DATABASE_FILE, Link, Purpose};
use crate::migration;
use crate::op::{Op, OpKind};
use crate::store::Store;
use crate::table::{outbox, resource};

/// What a restore is to do.
#[derive(Clone, Debug)]
pub struct RestoreRequest<'a> {
    /// The backup.
    pub file: &'a Path,
    /// Where the store is to be: missing, or an empty folder.
    pub dir: &'a Path,
    /// The damaged or old store that is given up for it, to be asked for what only it holds.
    pub replacing: Option<&'a Path>,
}

impl Store {
    /// Makes a store in a folder of its own from a backup, and answers it unlocked.
    ///
    /// The backup is checked whole before anything of it gets the folder's name. The store keeps its
    /// id and keys, and takes a new device incarnation: what waited or was on its way when the backup
    /// was made is offered to the server again, under op ids that were never used.
    ///
    /// # Errors
    /// `already_exists` or `unreadable` when the folder holds a store, sound or not; `precondition`
    /// when it holds anything else; `integrity` when the backup is not sound; `wrong_passphrase`.
    /// Nothing is left in the folder then.
    pub fn restore(
        request: &RestoreRequest<'_>,
        key: &BackupKey,
        now: Timestamp,
    ) -> Result<(Self, RestoreReport)> {
        check_place(request.dir)?;
        let mut container = Container::open(request.file)?;
        container.unpack(None)?;
        let place = folder_of(request.dir);
        fs::create_dir_all(&place)
            .map_err(|error| StoreError::io("Making the store's folder", error))?;
        let scratch = Scratch::beside(request.dir, "restoring")?;
        container.unpack(Some(scratch.path()))?;
        let keys = keys_of(scratch.path(), key)?;
        let backup = examine(&container, scratch.path(), &keys, now)?;
        if let Some(problem) = backup.problems.first() {
            return Err(StoreError::BackupDamaged {
                what: problem.what.clone(),
            });
        }
        crate::failpoint::step("restore: examined");
        let device_id = new_id(now)?;
        let waiting = become_new_device(scratch.path(), &keys, &device_id)?;
        crate::failpoint::step("restore: new device");
        let user = keys.ring.user.clone();
        {
            let store = Self::open_new(scratch.path(), &keys, now)?;
            store.transact(Op::new(OpKind::Configure, &user, now), |tx| -> Result<()> {
                let made_at = backup.made_at.as_millis().to_string();
                tx.set_setting(LAST_BACKUP_AT, Some(&made_at))?;
                tx.set_setting(LAST_BACKUP_BYTES, Some(&backup.bytes.to_string()))?;
                tx.note("restore", None, None, None)
            })?;
        }
        crate::failpoint::step("restore: noted");
        let replaced = request
            .replacing
            .map(|old| compare(old, &keys, key, &waiting, scratch.path(), now));
        scratch
            .become_folder(request.dir)
            .map_err(|error| StoreError::io("Moving the restored store to its place", error))?;
        let store = Self::open_with_keys(request.dir, &keys, now)?;
        let report = RestoreReport {
            backup,
            device_id,
            offered_again: waiting.into_iter().map(|(unsynced, _)| unsynced).collect(),
            replaced,
        };
        Ok((store, report))
    }
}

/// Refuses a folder that holds anything, and tells a store that cannot be read from one that can.
fn check_place(dir: &Path) -> Result<()> {
    if dir.join(KEYS_FILE).exists() || dir.join(DATABASE_FILE).exists() {
        if !dir.join(KEYS_FILE).exists() {
            return Err(StoreError::Unreadable {
                file: KEYS_FILE.to_owned(),
                why: "it is missing although store.db is there".to_owned(),
            });
        }
        KeyFile::read(dir)?;
        return Err(StoreError::AlreadyExists);
    }
    let mut entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StoreError::io("Looking into the store's folder", error)),
    };
    if entries.next().is_some() {
        return Err(StoreError::precondition(
            "A backup is restored into a folder that is new or empty, and this one holds files. Choose another one with --store.",
        ));
    }
    Ok(())
}

/// Makes the unpacked store one of a new device, and answers what waits in it.
fn become_new_device(
    dir: &Path,
    keys: &StoreKeys,
    device_id: &str,
) -> Result<Vec<(Unsynced, VectorClock)>> {
    let link = Link::open(dir, &keys.ring.store, Purpose::Write).map_err(in_backup)?;
    let transaction = link.connection.unchecked_transaction()?;
    transaction.execute(
        include_str!("new_device.sql"),
        named_params! {":device_id": device_id},
    )?;
    // A count of edits belongs to the device that made them.
    transaction.execute(include_str!("no_ticks.sql"), [])?;
    // The hub gave its tokens to the lost device; whoever signs in next enrols this one.
    transaction.execute(include_str!("no_tokens.sql"), [])?;
    let waiting = waiting(&link)?;
    transaction.commit()?;
    Ok(waiting)
}

/// Every change that waits, and what its content has seen.
fn waiting(link: &Link) -> Result<Vec<(Unsynced, VectorClock)>> {
    outbox::all(link, outbox::EVERY_CLASS)?
        .into_iter()
        .filter_map(|entry| {
            let row = match resource::by_key(link, &entry.key) {
                Ok(row) => row?,
                Err(error) => return Some(Err(error)),
            };
            let unsynced = Unsynced {
                key: entry.key,
                operation: entry.operation,
                state: entry.state,
                edited_at: entry.edited_at,
            };
            Some(row.vector_clock(link).map(|clock| (unsynced, clock)))
        })
        .collect()
}

/// What waits in the store in `old` and is not in the restored one.
fn compare(
    old: &Path,
    keys: &StoreKeys,
    key: &BackupKey,
    restored: &[(Unsynced, VectorClock)],
    restored_dir: &Path,
    now: Timestamp,
) -> Replaced {
    let compared = waiting_in_copy(old, keys, key, now).and_then(|there| {
        let here: HashMap<&ResourceKey, &VectorClock> = restored
            .iter()
            .map(|(unsynced, clock)| (&unsynced.key, clock))
            .collect();
        let link = Link::open(restored_dir, &keys.ring.store, Purpose::Read)?;
        let mut only_there = Vec::new();
        for (unsynced, clock) in there {
            let known = match here.get(&unsynced.key) {
                Some(waiting) => waiting.includes(&clock),
                None => match resource::by_key(&link, &unsynced.key)? {
                    Some(row) => row.vector_clock(&link)?.includes(&clock),
                    None => false,
                },
            };
            if !known {
                only_there.push(unsynced);
            }
        }
        Ok(only_there)
    });
    match compared {
        Ok(only_there) => Replaced::Opened { only_there },
        Err(error) => Replaced::Unreadable {
            why: error.to_string(),
        },
    }
}

/// Reads a copy: the old folder is evidence, and opening a database writes beside it.
fn waiting_in_copy(
    old: &Path,
    keys: &StoreKeys,
    key: &BackupKey,
    now: Timestamp,
) -> Result<Vec<(Unsynced, VectorClock)>> {
    let scratch = Scratch::temporary()?;
    for name in [DATABASE_FILE, "store.db-wal"] {
        match fs::copy(old.join(name), scratch.path().join(name)) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::io("Reading the store that is replaced", error)),
        }
    }
    // Its own keys where they open; the backup's were the same store's.
    let opened = KeyFile::read(old).and_then(|file| open_backup_keys(&file, key));
    let store_key = match opened {
        Ok(ring) if ring.store_id == keys.ring.store_id => ring.store.clone(),
        Ok(_) => {
            return Err(StoreError::precondition(
                "The folder that is replaced holds another store than the backup.",
            ));
        }
        Err(_) => keys.ring.store.clone(),
    };
    let mut link = Link::open(scratch.path(), &store_key, Purpose::Write)?;
    migration::migrate(&mut link.connection, migration::NEWEST, now)?;
    waiting(&link)
}
