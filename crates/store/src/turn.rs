//! Whose turn it is to write: processes that share a store wait in line, where SQLite's own waiting lets
//! one that writes without pause keep every other out.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::durable;
use crate::error::{Result, StoreError};

/// The file that is locked; it stays empty.
pub(crate) const TURN_FILE: &str = "turn.lock";

/// How long a write waits for others before it is told as `locked`, nothing changed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How often a waiting write looks whether it is its turn.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The way to wait for one's turn.
///
/// Invariant: who has the turn is the next to begin a transaction. It is given on as soon as that has
/// begun, so whoever writes again at once finds it taken by whoever waited meanwhile.
pub(crate) struct Turn {
    path: PathBuf,
    file: OnceLock<File>,
}

/// Having the turn, until dropped.
pub(crate) struct OnTurn<'a> {
    held: Option<&'a File>,
}

impl Turn {
    pub(crate) fn at(dir: &Path) -> Self {
        Self {
            path: dir.join(TURN_FILE),
            file: OnceLock::new(),
        }
    }

    /// Waits for the turn. Where the file cannot be made or locked, there is no line to wait in and
    /// SQLite decides: a full disk must not be the reason that nothing is tried.
    ///
    /// # Errors
    /// `locked` when others take longer than [`PATIENCE`].
    pub(crate) fn wait(&self) -> Result<OnTurn<'_>> {
        let since = Instant::now();
        loop {
            if let Some(turn) = self.take() {
                return Ok(turn);
            }
            if since.elapsed() > PATIENCE {
                return Err(StoreError::Busy);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// The turn, unless somebody has it.
    fn take(&self) -> Option<OnTurn<'_>> {
        let Some(file) = self.file() else {
            return Some(OnTurn { held: None });
        };
        match file.try_lock() {
            Ok(()) => Some(OnTurn { held: Some(file) }),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(_)) => Some(OnTurn { held: None }),
        }
    }

    fn file(&self) -> Option<&File> {
        if self.file.get().is_none() {
            // Another thread's file serves as well as this one's.
            self.file.set(durable::owner_only(&self.path).ok()?).ok();
        }
        self.file.get()
    }
}

impl Drop for OnTurn<'_> {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.held.map(File::unlock) {
            tracing::warn!(kind = ?error.kind(), "the turn to write could not be given on");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_the_turn_and_gives_it_on() {
        let dir = tempfile::tempdir().expect("a folder");
        let (one, other) = (Turn::at(dir.path()), Turn::at(dir.path()));
        let held = one.wait().expect("nobody else is there");
        assert!(other.take().is_none(), "one at a time");
        drop(held);
        let given = other.take();
        assert!(given.is_some(), "it was given on");
        assert!(one.take().is_none(), "and is not taken back meanwhile");
    }

    #[test]
    fn where_no_file_can_be_made_nobody_waits() {
        let turn = Turn::at(Path::new("/dev/null/nowhere"));
        assert!(turn.wait().is_ok(), "SQLite decides alone");
    }
}
