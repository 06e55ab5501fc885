//! How much room the store takes, and what is left for it.
//!
//! Invariant: a person's own edit is never refused for the quota; only the disk itself can stop it.

use std::path::Path;

use haven_model::Timestamp;
use serde::Serialize;

use crate::error::{Result, StoreError};
use crate::link::DATABASE_FILE;
use crate::op::{Op, OpKind};
use crate::store::Store;

/// The setting that holds the quota in bytes.
pub const QUOTA_BYTES: &str = "storage.quota_bytes";

/// Design §10: less than 500 MB for one provider.
const DEFAULT_QUOTA_BYTES: u64 = 500_000_000;

/// Below this much free disk nothing is taken in that can wait; what remains is for edits.
const RESERVED_BYTES: u64 = 16 * 1024 * 1024;

/// Below this much free disk it is time to say so.
const SCARCE_BYTES: u64 = 256 * 1024 * 1024;

/// From this share of the quota on it is time to say so.
const WARN_PERCENT: u64 = 80;

/// Beyond the two copies that vacuuming may take.
const VACUUM_SLACK_BYTES: u64 = 64 * 1024 * 1024;

/// How near the store is to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageState {
    /// There is room.
    Ok,
    /// It will be full soon.
    Warn,
    /// Imports and pulls are refused; edits still save while the disk takes them.
    Full,
}

/// How much room the store takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Storage {
    /// All files of the store's folder.
    pub used_bytes: u64,
    /// What they may take.
    pub quota_bytes: u64,
    /// What the disk has left, where the system tells it.
    pub free_disk_bytes: Option<u64>,
    /// What follows.
    pub state: StorageState,
}

impl Storage {
    fn judged(used_bytes: u64, quota_bytes: u64, free_disk_bytes: Option<u64>) -> Self {
        let below = |limit| free_disk_bytes.is_some_and(|free| free < limit);
        let state = if used_bytes >= quota_bytes || below(RESERVED_BYTES) {
            StorageState::Full
        } else if used_bytes >= quota_bytes / 100 * WARN_PERCENT || below(SCARCE_BYTES) {
            StorageState::Warn
        } else {
            StorageState::Ok
        };
        Self {
            used_bytes,
            quota_bytes,
            free_disk_bytes,
            state,
        }
    }
}

/// What vacuuming gained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Vacuumed {
    /// The database before.
    pub before_bytes: u64,
    /// The database after.
    pub after_bytes: u64,
}

impl Store {
    /// How much room the store takes, and what is left for it.
    ///
    /// # Errors
    /// When the folder cannot be looked into.
    pub fn storage(&self) -> Result<Storage> {
        let quota = self
            .setting(QUOTA_BYTES)?
            .and_then(|text| text.parse().ok())
            .unwrap_or(DEFAULT_QUOTA_BYTES);
        Ok(Storage::judged(used(self.dir())?, quota, free(self.dir())))
    }

    /// Sets the quota.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin.
    pub fn set_quota(&self, bytes: u64, now: Timestamp) -> Result<()> {
        self.admin_only("change how much room the store may take")?;
        let op = Op::new(OpKind::Configure, &self.session().user, now);
        self.transact(op, |tx| -> Result<()> {
            tx.set_setting(QUOTA_BYTES, Some(&bytes.to_string()))?;
            tx.note("quota-changed", None, None, None)
        })?;
        Ok(())
    }

    /// Refuses to take in what can wait when there is no room for it.
    ///
    /// # Errors
    /// `disk_full` with the store at its quota, or the disk nearly full.
    pub fn require_room(&self) -> Result<()> {
        let storage = self.storage()?;
        if storage.state != StorageState::Full {
            return Ok(());
        }
        Err(StoreError::NoRoom {
            used_bytes: storage.used_bytes,
            quota_bytes: storage.quota_bytes,
        })
    }

    /// Refuses content of attachments that would leave records less than what is warned of: a full
    /// store takes in no record, so what can wait longest never fills it.
    ///
    /// # Errors
    /// `disk_full` when so many bytes more would bring the store or its disk near the limit.
    pub fn require_room_beside_records(&self, more_bytes: u64) -> Result<()> {
        let now = self.storage()?;
        let used_bytes = now.used_bytes.saturating_add(more_bytes);
        let free = now
            .free_disk_bytes
            .map(|free| free.saturating_sub(more_bytes));
        if Storage::judged(used_bytes, now.quota_bytes, free).state == StorageState::Ok {
            return Ok(());
        }
        Err(StoreError::NoRoom {
            used_bytes: now.used_bytes,
            quota_bytes: now.quota_bytes,
        })
    }

    /// Writes the database anew without the room that removed rows took.
    ///
    /// # Errors
    /// `precondition` when the disk has not twice its size free; `locked` while others work in it.
    pub fn vacuum(&self) -> Result<Vacuumed> {
        let size = || {
            std::fs::metadata(self.dir().join(DATABASE_FILE))
                .map(|metadata| metadata.len())
                .map_err(|error| StoreError::io("Measuring the database", error))
        };
        self.empty_log()?;
        let before_bytes = size()?;
        let needed = before_bytes
            .saturating_mul(2)
            .saturating_add(VACUUM_SLACK_BYTES);
        if free(self.dir()).is_some_and(|free| free < needed) {
            return Err(StoreError::precondition(
                "Making the database smaller needs about twice its size of free disk for a moment, and there is less.",
            ));
        }
        self.rewrite()?;
        self.empty_log()?;
        Ok(Vacuumed {
            before_bytes,
            after_bytes: size()?,
        })
    }
}

fn used(dir: &Path) -> Result<u64> {
    let failed = |error| StoreError::io("Measuring the store", error);
    let mut bytes = 0_u64;
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        // A file that went meanwhile takes no room.
        let length = entry
            .map_err(failed)?
            .metadata()
            .map_or(0, |metadata| metadata.len());
        bytes = bytes.saturating_add(length);
    }
    Ok(bytes)
}

#[cfg(unix)]
fn free(dir: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(dir).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(not(unix))]
fn free(_dir: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_comes_before_it_is_full() {
        let state = |used, free| Storage::judged(used, 1_000, free).state;
        assert_eq!(state(799, None), StorageState::Ok);
        assert_eq!(state(800, None), StorageState::Warn, "80 % of the quota");
        assert_eq!(state(1_000, None), StorageState::Full);
        assert_eq!(state(1, Some(SCARCE_BYTES - 1)), StorageState::Warn);
        assert_eq!(
            state(1, Some(RESERVED_BYTES - 1)),
            StorageState::Full,
            "the last of the disk is for edits"
        );
    }
}
