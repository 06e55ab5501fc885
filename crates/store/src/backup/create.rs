//! Making a backup while others write.

use std::path::Path;

use haven_model::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::container::{self, Container, Manifest, Part};
use super::examine::{examine, keys_of};
use super::scratch::{Scratch, folder_of};
use super::{BackupKey, BackupReport, LAST_BACKUP_AT, LAST_BACKUP_BYTES};
use crate::error::{Result, StoreError};
use crate::keys::{KEYS_FILE, Secret};
use crate::link::{DATABASE_FILE, Link, Purpose, keyed};
use crate::lobby::AuditMark;
use crate::op::{Op, OpKind};
use crate::store::Store;
use crate::table::{audit, tally};
use crate::{audit as audit_log, migration};

/// Pages copied at a time, 8 MiB; between two steps the copy can be interrupted.
const PAGES_PER_STEP: i32 = 2048;

/// How often keys that change during the copy are taken as a reason to begin anew.
const ATTEMPTS: u32 = 3;

const UNNAMED: &str = "backup.partial";

impl Store {
    /// Writes everything to the one file `target`: a copy of the database as of one committed state,
    /// the keys, and a manifest. Others go on reading and writing meanwhile.
    ///
    /// The file gets its name only after it was read back, opened with the keys in it, and every
    /// body compared with the audit log; an older backup of that name is there until then. The act
    /// is noted in the audit log, and its time in the settings.
    ///
    /// # Errors
    /// `already_exists` when something that is no backup bears the name; `invalid` for a place within
    /// the store; `disk_full`, `io`; `integrity` when the store itself is not sound.
    pub fn backup(&self, target: &Path, now: Timestamp) -> Result<BackupReport> {
        check_place(self.dir(), target)?;
        let scratch = Scratch::beside(target, "partial")?;
        let manifest = self.copy_into(scratch.path(), now)?;
        crate::failpoint::step("backup: copied");
        let unnamed = scratch.path().join(UNNAMED);
        container::write(&unnamed, &manifest, scratch.path(), &self.store_key())?;
        for part in &manifest.parts {
            std::fs::remove_file(scratch.path().join(&part.name))
                .map_err(|error| StoreError::io("Writing the backup", error))?;
        }
        crate::failpoint::step("backup: written");
        // What was written is what is examined, not what it was written from.
        let mut written = Container::open(&unnamed)?;
        written.unpack(Some(scratch.path()))?;
        let keys = keys_of(scratch.path(), &BackupKey::Store(self.keys()))?;
        let report = examine(&written, scratch.path(), &keys, now)?;
        if let Some(problem) = report.problems.first() {
            return Err(StoreError::integrity(format!(
                "the backup was not kept, since what it was made from is not sound: {}",
                problem.what
            )));
        }
        crate::failpoint::step("backup: examined");
        drop(written);
        container::publish(&unnamed, target)?;
        let op = Op::new(OpKind::Configure, &self.session().user, now);
        self.transact(op, |tx| -> Result<()> {
            tx.set_setting(LAST_BACKUP_AT, Some(&now.as_millis().to_string()))?;
            tx.set_setting(LAST_BACKUP_BYTES, Some(&report.bytes.to_string()))?;
            tx.note("backup", None, None, None)
        })?;
        crate::failpoint::step("backup: noted");
        Ok(report)
    }

    fn store_key(&self) -> Secret {
        self.keys().ring.store.clone()
    }

    /// Copies database and keys, which belong together, into `dir`.
    fn copy_into(&self, dir: &Path, now: Timestamp) -> Result<Manifest> {
        for _ in 0..ATTEMPTS {
            let before = read_keys(self.dir())?;
            let copied = self.copy_database(dir, now)?;
            if before == read_keys(self.dir())? {
                crate::durable::replace_late(dir, KEYS_FILE, &before)?;
                let mut parts = vec![Part::of(dir, KEYS_FILE)?];
                for name in &copied.archive {
                    std::fs::copy(self.dir().join(name), dir.join(name))
                        .map_err(|error| StoreError::io("Copying the audit archive", error))?;
                    parts.push(Part::of(dir, name)?);
                }
                parts.push(Part::of(dir, DATABASE_FILE)?);
                return Ok(Manifest {
                    parts,
                    ..copied.manifest
                });
            }
        }
        Err(StoreError::Busy)
    }

    fn copy_database(&self, dir: &Path, now: Timestamp) -> Result<Copied> {
        let keys = self.keys();
        let link = Link::open(self.dir(), &keys.ring.store, Purpose::Read)?;
        // Held to the end: in WAL mode it is what keeps the copy to one state, and it stops nobody.
        let snapshot = link.connection.unchecked_transaction()?;
        let tree = audit::head(&link, &keys.ring.audit)?;
        let counts = tally::counts(&link.connection)?;
        let archive = audit_log::archive::file_names(&link)?;
        let path = dir.join(DATABASE_FILE);
        std::fs::remove_file(&path).ok();
        copy_pages(&link.connection, &path, &keys.ring.store)?;
        let session = self.session();
        let manifest = Manifest {
            format: Manifest::format(),
            store_id: session.store_id.clone(),
            device_id: session.device_id.clone(),
            device_name: session.device_name.clone(),
            clinic: session.clinic.clone(),
            schema: migration::NEWEST,
            made_at: now,
            audit: AuditMark::of(&tree),
            resources: counts.by_type.iter().map(|(_, n)| n).sum(),
            pending: counts.pending,
            conflicts: counts.conflicts,
            parts: Vec::new(),
        };
        drop(snapshot);
        Ok(Copied { manifest, archive })
    }
}

struct Copied {
    manifest: Manifest,
    archive: Vec<String>,
}

fn read_keys(dir: &Path) -> Result<Vec<u8>> {
    std::fs::read(dir.join(KEYS_FILE)).map_err(|error| StoreError::io("Reading keys.json", error))
}

/// Copies a database page by page into a new file under the same key.
pub(super) fn copy_pages(from: &Connection, path: &Path, key: &Secret) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_CREATE;
    let mut copy = keyed(path, flags, key)?;
    // A copy cut off is thrown away whole, and one that is done is flushed as a file.
    copy.execute_batch(include_str!("copy.sql"))?;
    {
        let backup = Backup::new(from, &mut copy)?;
        loop {
            match backup.step(PAGES_PER_STEP)? {
                StepResult::Done => break,
                StepResult::More => crate::failpoint::step("backup: pages copied"),
                StepResult::Busy | StepResult::Locked => {
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
                _ => return Err(StoreError::Busy),
            }
        }
    }
    copy.close().map_err(|(_, error)| error)?;
    std::fs::File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| StoreError::io("Copying the database", error))
}

/// A backup inside the store would be lost with it, and nothing but a backup is replaced.
fn check_place(store: &Path, target: &Path) -> Result<()> {
    let folder = folder_of(target);
    if target.file_name().is_none() || target.is_dir() {
        return Err(StoreError::invalid("Name a file for the backup."));
    }
    let (Ok(folder), Ok(store)) = (folder.canonicalize(), store.canonicalize()) else {
        return Err(StoreError::invalid(
            "The folder for the backup is not there.",
        ));
    };
    if folder.starts_with(&store) {
        return Err(StoreError::invalid(
            "A backup within the store's folder would be lost with it. Choose another place, best on another disk.",
        ));
    }
    if target.exists() && !super::is_backup(target) {
        return Err(StoreError::precondition(
            "A file that is no backup bears this name already. Choose another name.",
        ));
    }
    Ok(())
}
