//! One keyed connection to the database, with what is costly to set up for each.

#[cfg(target_os = "linux")]
mod page_cipher;
mod page_mac;

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::durable;
use crate::error::{Result, StoreError};
use crate::keys::Secret;
use crate::memory;
use crate::seal::Codec;
use crate::sums::Sums;
use crate::table::compartment::Compartments;
use crate::table::left_out::LeftOut;
use crate::table::word::Words;
use crate::turn::PATIENCE;

/// The name of the database within the store folder.
pub(crate) const DATABASE_FILE: &str = "store.db";

/// SQLite's write-ahead log beside it.
pub(crate) const LOG_FILE: &str = "store.db-wal";

/// Pages that the write-ahead log holds before they go into the database: an index page that an import
/// touches again and again is moved once for many commits.
const CHECKPOINT_PAGES: i64 = 4_000;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Makes the file.
    Create,
    /// The one that writes.
    Write,
    /// Only reads.
    Read,
    /// Only reads, and keeps every other process out: it needs no room on the disk.
    Alone,
}

/// A connection, its compression contexts, and the words it has met.
pub(crate) struct Link {
    pub(crate) connection: Connection,
    pub(crate) codec: Codec,
    pub(crate) words: Words,
    pub(crate) compartments: Compartments,
    pub(crate) left_out: LeftOut,
    pub(crate) sums: Sums,
}

impl Link {
    /// Opens the database in `dir` with its key.
    ///
    /// # Errors
    /// `unreadable` when the file is missing or cut off, `integrity` when its pages do not open.
    pub(crate) fn open(dir: &Path, key: &Secret, purpose: Purpose) -> Result<Self> {
        Self::open_file(&dir.join(DATABASE_FILE), key, purpose)
    }

    /// As [`Link::open`], of a database by any name.
    ///
    /// # Errors
    /// As [`Link::open`].
    pub(crate) fn open_file(path: &Path, key: &Secret, purpose: Purpose) -> Result<Self> {
        if purpose != Purpose::Create {
            check_file(path)?;
        }
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if purpose == Purpose::Create {
            // Log and index take the mode of the file they belong to.
            durable::owner_only(path).map_err(|error| StoreError::io("Making store.db", error))?;
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let connection = keyed(path, flags, key)?;
        connection.busy_timeout(PATIENCE)?;
        // Until the store is found sound, its log stays as it is.
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        if std::fs::metadata(&log).is_ok_and(|file| file.len() > 0) {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        }
        if purpose == Purpose::Alone {
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        }
        connection.execute_batch(include_str!("link/settings.sql"))?;
        let (cache_kib, reads_only) = match purpose {
            Purpose::Create | Purpose::Write => (32 * 1024, false),
            Purpose::Read => (24 * 1024, true),
            Purpose::Alone => (32 * 1024, true),
        };
        connection.pragma_update(None, "cache_size", -cache_kib)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.pragma_update(None, "query_only", reads_only)?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(Self {
            connection,
            codec: Codec::new()?,
            words: Words::default(),
            compartments: Compartments::default(),
            left_out: LeftOut::default(),
            sums: Sums::default(),
        })
    }

    /// Lets the log be folded into the database when the last connection closes.
    ///
    /// # Errors
    /// When SQLite refuses the setting.
    pub(crate) fn settle(&self) -> Result<()> {
        self.connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok(())
    }

    /// Whether the connection still reads: one that met a page it could not read refuses every other.
    /// Pages that it has at hand it would go on answering from, so its ciphers are asked too.
    pub(crate) fn is_usable(&self) -> bool {
        let ciphers: rusqlite::Result<String> =
            self.connection
                .query_row("PRAGMA cipher_status", [], |row| row.get(0));
        let reads = self
            .connection
            .query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()));
        ciphers.is_ok_and(|status| status == "1") && reads.is_ok()
    }

    /// Forgets what a rolled-back transaction may have taught.
    pub(crate) fn forget(&self) {
        self.words.forget();
        self.compartments.forget();
        self.left_out.forget();
        self.codec.seals.forget();
        self.sums.forget();
    }
}

/// Opens `path` with the store's key; fails closed when this build has no encryption.
pub(crate) fn keyed(path: &Path, flags: OpenFlags, key: &Secret) -> Result<Connection> {
    memory::wipe_what_sqlite_frees();
    let connection = Connection::open_with_flags(path, flags)?;
    page_mac::install(&connection);
    // Before anything else: without the key SQLite would take the file for damaged.
    let mut hex_key = Zeroizing::new([0u8; 64]);
    hex::encode_to_slice(key.bytes(), hex_key.as_mut())
        .map_err(|_| StoreError::integrity("the store key has the wrong length"))?;
    let hex_key = std::str::from_utf8(hex_key.as_ref())
        .map_err(|_| StoreError::integrity("the store key has the wrong form"))?;
    let pragma = Zeroizing::new(format!("PRAGMA key = \"x'{hex_key}'\";"));
    connection.execute_batch(&pragma)?;
    connection.execute_batch(include_str!("link/cipher.sql"))?;
    let cipher: String = connection
        .query_row("PRAGMA cipher_version", [], |row| row.get(0))
        .unwrap_or_default();
    if cipher.is_empty() {
        return Err(StoreError::precondition(
            "This build of Haven has no encrypted database; it does not open a store.",
        ));
    }
    Ok(connection)
}

/// SQLite would take an empty file for a new database and start it afresh.
fn check_file(path: &Path) -> Result<()> {
    let unreadable = |why: &str| StoreError::Unreadable {
        file: DATABASE_FILE.to_owned(),
        why: why.to_owned(),
    };
    // A page half written by a checkpoint that died is made whole from the log.
    let logged = path
        .parent()
        .and_then(|dir| std::fs::metadata(dir.join(LOG_FILE)).ok())
        .is_some_and(|log| log.len() > 0);
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.len() < 4096 => Err(unreadable("it is cut off")),
        Ok(metadata) if !logged && metadata.len() % 4096 != 0 => {
            Err(unreadable("it is cut off within a page"))
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(unreadable(
            "it is missing although the store's keys are there",
        )),
        Err(error) => Err(StoreError::io("Opening store.db", error)),
    }
}
