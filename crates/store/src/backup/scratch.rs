//! A folder for what is being put together: one holder at a time, gone when done.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::{Result, StoreError};

const LOCK_FILE: &str = ".lock";

/// A folder of one's own.
///
/// Invariant: it holds nothing that is not encrypted; what an earlier process left in it when it was
/// killed is removed before it is used again.
pub(super) struct Scratch {
    path: PathBuf,
    kept: bool,
    _lock: File,
}

impl Scratch {
    /// The folder `path`, empty.
    ///
    /// # Errors
    /// `locked` while another process works in it.
    pub(super) fn at(path: PathBuf) -> Result<Self> {
        let failed = |error| StoreError::io("Preparing the backup's working folder", error);
        make(&path).map_err(failed)?;
        let lock = File::create(path.join(LOCK_FILE)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        for entry in fs::read_dir(&path).map_err(failed)? {
            let left = entry.map_err(failed)?;
            if left.file_name() != LOCK_FILE {
                fs::remove_file(left.path()).map_err(failed)?;
            }
        }
        Ok(Self {
            path,
            kept: false,
            _lock: lock,
        })
    }

    /// A folder of this process beside `target`, named after it.
    pub(super) fn beside(target: &Path, purpose: &str) -> Result<Self> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        Self::at(folder_of(target).join(format!(".{name}.{purpose}")))
    }

    /// A folder among the system's temporary ones.
    pub(super) fn temporary() -> Result<Self> {
        let mut random = [0u8; 8];
        crate::keys::fill_random(&mut random)?;
        Self::at(std::env::temp_dir().join(format!("haven-{}", hex::encode(random))))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Moves the folder to `target`, which is missing or empty, and makes that durable.
    pub(super) fn become_folder(mut self, target: &Path) -> std::io::Result<()> {
        fs::remove_file(self.path.join(LOCK_FILE))?;
        for entry in fs::read_dir(&self.path)? {
            File::open(entry?.path())?.sync_all()?;
        }
        crate::durable::flush_folder(&self.path)?;
        crate::failpoint::step("restore: flushed");
        if target.exists() {
            // Fails unless it is empty.
            fs::remove_dir(target)?;
        }
        crate::failpoint::step("restore: place free");
        fs::rename(&self.path, target)?;
        self.kept = true;
        crate::failpoint::step("restore: moved");
        crate::durable::flush_folder(&folder_of(target))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.kept {
            fs::remove_dir_all(&self.path).ok();
        }
    }
}

/// The folder that `path` lies in.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

#[cfg(unix)]
fn make(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}
