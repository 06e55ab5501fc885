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

fn write_flushed(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = owner_only(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A new file that only its owner reads.
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

#[cfg(not(unix))]
pub(crate) fn owner_only(path: &Path) -> std::io::Result<File> {
    File::create(path)
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
