//! One SQLite file: one writer at a time, a few readers beside it.

mod migrations;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::watch;

pub use migrations::{MigrationError, MigrationState, down, holds_resources, newest, status, up};

use crate::error::{HubError, Result};

/// How long a writer in another process is waited for.
const BUSY_TIMEOUT_MS: u64 = 10_000;

/// How many read connections are kept open between uses.
const KEPT_READERS: usize = 4;

/// The open database.
///
/// Invariant: within this process only one write transaction is open at a time, and SQLite keeps
/// other processes out, so `seq` is handed out in the order of commits.
pub struct Database {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    /// Grows with each commit of this process.
    commits: watch::Sender<u64>,
}

impl Database {
    /// Makes a new file and brings its schema up to date.
    ///
    /// # Errors
    /// When the file is already there or cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        if path.exists() {
            return Err(HubError::AlreadyExists(path.to_owned()));
        }
        make_private(path).map_err(|source| HubError::File {
            path: path.to_owned(),
            source,
        })?;
        let mut writer = open_connection(path, OpenFlags::SQLITE_OPEN_CREATE)?;
        migrations::up(&mut writer)?;
        Ok(Self::of(path, writer))
    }

    /// Opens a file whose schema is the newest one.
    ///
    /// # Errors
    /// When the file is missing, is newer than this program, or lacks a migration.
    pub fn open(path: &Path) -> Result<Self> {
        let writer = connect_existing(path)?;
        migrations::require_current(&writer)?;
        Ok(Self::of(path, writer))
    }

    fn of(path: &Path, writer: Connection) -> Self {
        Self {
            path: path.to_owned(),
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
            commits: watch::Sender::new(0),
        }
    }

    /// Wakes at each commit of this process.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }

    /// Where the file lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` in one write transaction, committed durably when it succeeds, else rolled back.
    ///
    /// # Errors
    /// Those of `work`, and the database's own.
    pub fn write<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = lock(&self.writer);
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&tx)?;
        tx.commit()?;
        drop(writer);
        self.commits.send_modify(|commits| *commits += 1);
        Ok(value)
    }

    /// Runs `work` on one unchanging view of the database.
    ///
    /// # Errors
    /// Those of `work`, and the database's own.
    pub fn read<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let kept = lock(&self.readers).pop();
        let mut reader = match kept {
            Some(reader) => reader,
            None => open_connection(&self.path, OpenFlags::empty())?,
        };
        let tx = reader.transaction_with_behavior(TransactionBehavior::Deferred)?;
        let value = work(&tx);
        drop(tx);
        let mut readers = lock(&self.readers);
        if readers.len() < KEPT_READERS {
            readers.push(reader);
        }
        value
    }
}

/// A connection to a file that is there, of whatever schema.
///
/// # Errors
/// When the file is missing or is no database.
pub fn connect_existing(path: &Path) -> Result<Connection> {
    if !path.exists() {
        return Err(HubError::Missing(path.to_owned()));
    }
    Ok(open_connection(path, OpenFlags::empty())?)
}

fn open_connection(path: &Path, extra: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | extra,
    )?;
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(include_str!("../sql/pragmas.sql"))?;
    Ok(connection)
}

/// Makes an empty file that only its owner reads: it will hold charts and the signing key. SQLite
/// gives its side files the same permissions.
pub(crate) fn make_private(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A lock that outlives a panic elsewhere: an interrupted transaction has been rolled back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
