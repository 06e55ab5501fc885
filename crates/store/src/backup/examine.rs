//! Opening a backup and looking at everything in it.

use std::path::Path;

use haven_model::Timestamp;

use super::container::Container;
use super::scratch::Scratch;
use super::{BackupKey, BackupReport, open_backup_keys};
use crate::audit::AuditStanding;
use crate::error::{ErrorCode, Result, StoreError};
use crate::keys::{KeyFile, StoreKeys, generation};
use crate::link::{Link, Purpose};
use crate::reader::Reader;
use crate::seal::Vault;
use crate::table::{identity, tally};
use crate::{migration, verify};

/// Reads the backup `file` and checks it whole, without a store: checksums, the seal of its header,
/// pages, audit log and every body.
///
/// # Errors
/// `integrity` when it is damaged so far that nothing else can be said; `wrong_passphrase`;
/// `newer_store`. What else is wrong is in the report.
pub fn verify_backup(file: &Path, key: &BackupKey, now: Timestamp) -> Result<BackupReport> {
    let mut container = Container::open(file)?;
    // Checksums first: a flipped bit must not look like a wrong passphrase.
    container.unpack(None)?;
    let scratch = Scratch::temporary()?;
    container.unpack(Some(scratch.path()))?;
    let keys = keys_of(scratch.path(), key)?;
    examine(&container, scratch.path(), &keys, now)
}

/// The keys in an unpacked backup, opened.
pub(super) fn keys_of(dir: &Path, key: &BackupKey) -> Result<StoreKeys> {
    let ring = open_backup_keys(&KeyFile::read(dir).map_err(in_backup)?, key)?;
    Ok(StoreKeys {
        ring: std::sync::Arc::new(ring),
    })
}

/// Damage to a store's file, said of a backup.
pub(super) fn in_backup(error: StoreError) -> StoreError {
    let what = if let StoreError::Unreadable { file, why } = &error {
        format!("{file} in it cannot be read: {why}")
    } else if let StoreError::Integrity { what } = &error {
        what.clone()
    } else if matches!(error, StoreError::NoStore) {
        "it holds no keys".to_owned()
    } else {
        return error;
    };
    StoreError::BackupDamaged { what }
}

/// Checks what was unpacked into `dir`, bringing its schema up to date there first.
pub(super) fn examine(
    container: &Container,
    dir: &Path,
    keys: &StoreKeys,
    now: Timestamp,
) -> Result<BackupReport> {
    let manifest = &container.manifest;
    let ring = &keys.ring;
    if !container.is_genuine(&ring.store) {
        return Err(StoreError::BackupDamaged {
            what: "its header was not written by this store".to_owned(),
        });
    }
    {
        let mut writer = Link::open(dir, &ring.store, Purpose::Write).map_err(in_backup)?;
        migration::migrate(&mut writer.connection, migration::NEWEST, now).map_err(in_backup)?;
    }
    let link = Link::open(dir, &ring.store, Purpose::Read).map_err(in_backup)?;
    let session =
        identity::session(&link.connection, &manifest.store_id, &ring.user).map_err(in_backup)?;
    let device_id = session.device_id.clone();
    let known = generation::known(&link.connection).map_err(in_backup)?;
    let vault = Vault::new(dir, session, keys.clone(), known);
    vault.load_dictionaries(dir, &link).map_err(in_backup)?;
    let _snapshot = link.connection.unchecked_transaction()?;
    let reader = Reader {
        link: &link,
        vault: &vault,
    };
    let mut found = verify::verify(
        &reader,
        dir,
        Some(manifest.audit.clone()),
        None,
        // Of the device that was backed up; the one that is restored begins a line of its own.
        &AuditStanding::default(),
        Vec::new(),
        true,
    )?;
    let counts = match tally::counts(&link.connection) {
        Ok(counts) => counts,
        Err(error) if error.code() == ErrorCode::Integrity => Default::default(),
        Err(error) => return Err(error),
    };
    let resources: u64 = counts.by_type.iter().map(|(_, n)| n).sum();
    let told = (manifest.resources, manifest.pending, manifest.conflicts);
    if told != (resources, counts.pending, counts.conflicts)
        || manifest.audit.size != found.entries
        || manifest.device_id != device_id
    {
        found.problems.push(crate::audit::Problem {
            what: "the backup does not hold what its header says".to_owned(),
            seq: None,
            key: None,
        });
    }
    Ok(BackupReport {
        bytes: container.bytes,
        made_at: manifest.made_at,
        store_id: manifest.store_id.clone(),
        device_id,
        clinic: manifest.clinic.clone(),
        schema: manifest.schema,
        resources,
        bodies: found.bodies,
        audit_entries: found.entries,
        audit_root: found.root,
        pending: counts.pending,
        conflicts: counts.conflicts,
        problems: found.problems,
    })
}
