//! Replacing a small file so that after a crash the old or the new one is there, whole.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::error::{Result, StoreError};

/// Writes `name` in `dir`: a temporary file, flushed, renamed over the old one, folder flushed.
///
/// # Errors
/// `disk_full` or `io`; the old file is then still there.
pub(crate) fn replace(dir: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    replace_late(dir, name, bytes)?;
    flush_folder(dir).map_err(|error| StoreError::io(&format!("Writing {name}"), error))
}

/// As [`replace`], but after a power cut the old file may still stand.
///
/// # Errors
/// As [`replace`].
pub(crate) fn replace_late(dir: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let temporary = dir.join(format!(".{name}.{}.tmp", std::process::id()));
    let written =
        write_flushed(&temporary, bytes).and_then(|()| fs::rename(&temporary, dir.join(name)));
    written.map_err(|error| {
        // The half-written copy helps nobody; the original was not touched.
        fs::remove_file(&temporary).ok();
        StoreError::io(&format!("Writing {name}"), error)
    })
}

/// As [`replace`]; where the disk has no room for a second copy, the bytes are written over the old
/// ones in place. Only for content that may be torn by a power cut without harm.
///
/// # Errors
/// As [`replace`], when the old file is missing or shorter.
pub(crate) fn replace_or_overwrite(dir: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    match replace(dir, name, bytes) {
        Err(StoreError::DiskFull) => overwrite(&dir.join(name), bytes).map_err(|error| {
            tracing::debug!(kind = ?error.kind(), "there was no room to overwrite either");
            StoreError::DiskFull
        }),
        other => other,
    }
}

fn overwrite(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    if file.metadata()?.len() != u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
        return Err(std::io::ErrorKind::StorageFull.into());
    }
    file.write_all(bytes)?;
    file.sync_all()
}

fn write_flushed(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = owner_only(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes an empty file, or empties one, that nobody but its owner reads.
#[cfg(unix)]
pub(crate) fn owner_only(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

/// Makes an empty file, or empties one; Windows keeps a user's folders to that user.
#[cfg(not(unix))]
pub(crate) fn owner_only(path: &Path) -> std::io::Result<File> {
    File::create(path)
}

/// Keeps the named files of a folder to their owner; as much as the file system allows.
#[cfg(unix)]
pub(crate) fn keep_to_owner(dir: &Path, names: &[&str]) {
    use std::os::unix::fs::PermissionsExt;
    for name in names {
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o600)).ok();
    }
}

/// Windows keeps a user's folders to that user.
#[cfg(not(unix))]
pub(crate) fn keep_to_owner(_dir: &Path, _names: &[&str]) {}

/// Makes a folder that nobody but its owner enters; one that is there stays as it is.
#[cfg(unix)]
pub(crate) fn create_folder(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
}

/// Windows keeps a user's folders to that user.
#[cfg(not(unix))]
pub(crate) fn create_folder(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)
}

/// Makes names in a folder durable.
#[cfg(unix)]
pub(crate) fn flush_folder(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Windows makes names durable with the file itself.
#[cfg(not(unix))]
pub(crate) fn flush_folder(_dir: &Path) -> std::io::Result<()> {
    Ok(())
}
