//! One sync at a time per store, whichever process runs it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::SyncError;

/// The lock's file within the store's folder; it is empty and stays.
const FILE_NAME: &str = "sync.lock";

/// Held while a sync runs; the system lets it go when the process dies.
pub(crate) struct SyncLock(#[expect(dead_code, reason = "held, never read")] File);

impl SyncLock {
    /// Takes the lock of the store in `dir`.
    pub(crate) fn acquire(dir: &Path) -> Result<Self, SyncError> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join(FILE_NAME))
            .map_err(SyncError::Lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(SyncError::Busy),
            Err(TryLockError::Error(error)) => Err(SyncError::Lock(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_sync_of_the_same_store_is_refused_until_the_first_is_over() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = SyncLock::acquire(dir.path()).expect("nobody syncs yet");
        assert!(matches!(
            SyncLock::acquire(dir.path()),
            Err(SyncError::Busy)
        ));
        drop(first);
        assert!(
            SyncLock::acquire(dir.path()).is_ok(),
            "the lock goes with its holder"
        );
    }
}
