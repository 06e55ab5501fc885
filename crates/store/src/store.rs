//! The store: one folder, one door for writes.

mod freshness;
mod learning;
mod lobby_keeper;
mod opening;
mod people;
pub use people::{Login, NewUser};
mod quick;
mod reads;
mod recovering;
mod schema;
pub use opening::DISK_FULL;
pub use recovering::RecoveryState;
pub use schema::SchemaReport;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use haven_model::{Role, Timestamp};
use rusqlite::{Transaction, TransactionBehavior};

use crate::audit::VerifyReport;
use crate::audit::anchor::standing;
use crate::error::{Result, StoreError};
use crate::glass;
use crate::keychain::Keychain;
use crate::keys::{Held, Hold, KdfParams, StoreKeys};
use crate::link::{Link, Purpose};
use crate::lobby::{self, AuditMark, Lobby};
use crate::op::{Changes, Op, OpKind};
use crate::reader::Reader;
use crate::seal::Vault;
use crate::session::Session;
use crate::sums;
use crate::table::{audit, identity, setting, tally};
use crate::turn::Turn;
use crate::tx::Tx;
use crate::verify;

use lobby_keeper::LobbyKeeper;

/// Settings whose values the unlock screen shows: when changes were last acknowledged, when a page
/// was last received, and the server's time up to which its changes are here. Milliseconds or RFC 3339.
const LAST_SENT: &str = "sync.last_sent";
const LAST_RECEIVED: &str = "sync.last_received";
const DATA_AS_OF: &str = "sync.data_as_of";

/// What a new store is made from.
#[derive(Clone, Debug)]
pub struct InitOptions {
    /// The first login.
    pub user: String,
    /// The first user's name for people.
    pub display_name: String,
    /// What the first user is.
    pub role: Role,
    /// The clinic's name.
    pub clinic: String,
    /// The device's name for people.
    pub device_name: String,
    /// The device incarnation (UUIDv7) that a hub already knows; `None` makes a new one.
    pub device_id: Option<String>,
    /// The cost of the passphrase derivation.
    pub kdf: KdfParams,
}

type Listener = Box<dyn Fn(&Changes) + Send + Sync>;

/// An unlocked store. Clones share one session; the keys are wiped with the last of them.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    vault: Arc<Vault>,
    writer: Arc<Mutex<Link>>,
    turn: Turn,
    lobby: LobbyKeeper,
    readers: Mutex<Vec<Link>>,
    listeners: RwLock<Vec<Listener>>,
    /// Chart openings that a full disk did not take; written with the next transaction.
    unrecorded: Mutex<Vec<(String, Timestamp)>>,
    standing: Standing,
    /// What was found amiss with the store's own files.
    suspicions: Vec<String>,
    /// What whoever unlocked must be told.
    notices: Vec<String>,
    /// Set once by whoever opened the session on a machine that has one.
    keychain: OnceLock<Arc<dyn Keychain>>,
    /// When this user last gave the passphrase; absent in a session of earlier keys.
    passphrase_at: Option<Timestamp>,
    /// Last: the folder is let go of when the database is closed.
    _hold: Option<Hold>,
}

/// What an opened store allows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Everything.
    Sound,
    /// Reading only, on one connection: the disk has no room for a second one's index.
    Alone,
    /// Reading only: someone is looking at what is wrong.
    Inspected,
    /// Reading only: something that was saved is missing.
    RolledBack,
}

impl Inner {
    fn into_store(self) -> Store {
        Store {
            inner: Arc::new(self),
        }
    }
}

/// One committed state, until dropped; its statements are prepared once for a connection.
struct Snapshot<'l>(&'l Link);

impl<'l> Snapshot<'l> {
    fn begin(link: &'l Link) -> Result<Self> {
        link.connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self(link))
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let ended = self
            .0
            .connection
            .prepare_cached("ROLLBACK")
            .and_then(|mut statement| statement.execute([]));
        // A connection that met a page it cannot read has ended it already, and is not used again.
        if ended.is_err() && !self.0.connection.is_autocommit() {
            tracing::warn!("a state that was read could not be let go of");
        }
    }
}

/// Reading connections kept open when idle.
const IDLE_READERS: usize = 2;

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Store")
    }
}

impl Store {
    /// The keys of this session, for opening the store again without the passphrase.
    #[must_use]
    pub fn keys(&self) -> StoreKeys {
        StoreKeys {
            ring: self.inner.vault.held().ring.clone(),
        }
    }

    /// Who is at work, and in which store.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.inner.vault.session
    }

    /// The folder the store lives in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// What whoever unlocked must be told, in sentences: what was found amiss with the store, which is
    /// among the problems of [`Store::verify`] too, and a full disk.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.inner.notices
    }

    /// Whether nothing that was saved is known to be missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.inner.standing != Standing::RolledBack
    }

    /// Whether the store is open for more than looking.
    pub(crate) fn takes_writes(&self) -> bool {
        self.inner.standing == Standing::Sound
    }

    /// What the unlock screen may show of the store in `dir`.
    ///
    /// # Errors
    /// `not_found` when there is no store, `unreadable` when the file is damaged.
    pub fn lobby(dir: &Path) -> Result<Lobby> {
        lobby::read(dir)
    }

    /// The only door for writes: runs `work` in one durable transaction. When it answers an error, or
    /// the commit fails, nothing was written.
    ///
    /// # Errors
    /// Whatever `work` answers, and `disk_full`, `locked` or `io` from the commit.
    pub fn transact<T, E: From<StoreError>>(
        &self,
        op: Op,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<(T, Changes), E> {
        self.refuse_when_protected()?;
        if self.inner.vault.worn.swap(false, Ordering::AcqRel) {
            self.rotate_worn_keys(op.now).inspect_err(|_| {
                // Nothing more is sealed under it until it is replaced.
                self.inner.vault.worn.store(true, Ordering::Release);
            })?;
        }
        self.transact_unworn(op, work)
    }

    /// As [`Store::transact`], without asking whether a key has sealed as often as it may.
    pub(crate) fn transact_unworn<T, E: From<StoreError>>(
        &self,
        op: Op,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<(T, Changes), E> {
        self.refuse_when_protected()?;
        let done = {
            let mut link = self.writer();
            let done = self.attempt(&link, op, work);
            if done.is_err() {
                link.forget();
                self.heal(&mut link);
            }
            done?
        };
        if !done.1.is_empty() {
            self.inner.lobby.stir();
            for listener in self
                .inner
                .listeners
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .iter()
            {
                listener(&done.1);
            }
        }
        Ok(done)
    }

    /// Opens the writing connection anew where a failed read of the disk has spoilt it: SQLCipher lets
    /// such a connection read nothing more, whatever the disk does later.
    fn heal(&self, link: &mut Link) {
        if link.is_usable() {
            return;
        }
        let inner = &self.inner;
        match Link::open(&inner.dir, &inner.vault.keys.ring.store, Purpose::Write) {
            Ok(fresh)
                if fresh.settle().is_ok()
                    && sums::watch(&fresh, &inner.vault.keys.ring.audit).is_ok() =>
            {
                *link = fresh;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(
                code = error.code().as_str(),
                "the store could not be opened anew"
            ),
        }
    }

    fn attempt<T, E: From<StoreError>>(
        &self,
        link: &Link,
        op: Op,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<(T, Changes), E> {
        let on_turn = self.inner.turn.wait()?;
        // Rolls back when dropped before the commit.
        let transaction =
            Transaction::new_unchecked(&link.connection, TransactionBehavior::Immediate)
                .map_err(StoreError::from)?;
        drop(on_turn);
        self.inner.vault.keep_up(link)?;
        self.inner.vault.glass.expire(op.now);
        glass::close_ended(link, &self.inner.vault, op.now)?;
        let mut tx = Tx::new(link, &self.inner.vault, op);
        let overdue = self.unrecorded().clone();
        for (patient_id, at) in &overdue {
            tx.record_read(patient_id, *at)?;
        }
        let answer = work(&mut tx)?;
        let changes = tx.finish()?;
        transaction.commit().map_err(StoreError::from)?;
        self.unrecorded().drain(..overdue.len());
        Ok((answer, changes))
    }

    /// Records that a patient's chart was opened. On a full disk that waits for the next write: a
    /// chart stays readable.
    ///
    /// # Errors
    /// When the store cannot be written for another reason.
    pub fn record_read(&self, patient_id: &str, now: Timestamp) -> Result<()> {
        let op = Op::new(OpKind::Read, &self.session().user, now);
        match self.transact(op, |tx| tx.record_read(patient_id, now)) {
            Err(StoreError::DiskFull) => {
                self.unrecorded().push((patient_id.to_owned(), now));
                Ok(())
            }
            Err(_) if self.inner.standing != Standing::Sound => Ok(()),
            other => other.map(drop),
        }
    }

    fn unrecorded(&self) -> MutexGuard<'_, Vec<(String, Timestamp)>> {
        self.inner
            .unrecorded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse_when_protected(&self) -> Result<()> {
        match self.inner.standing {
            Standing::Sound => Ok(()),
            Standing::Alone => Err(StoreError::DiskFull),
            Standing::Inspected => Err(StoreError::precondition(
                "The store is open for inspection only.",
            )),
            Standing::RolledBack => Err(StoreError::RolledBack {
                what: self.inner.suspicions.first().cloned().unwrap_or_default(),
            }),
        }
    }

    /// Calls `listener` after every commit of this process that changed something, in the committing
    /// thread.
    pub fn on_change(&self, listener: Box<dyn Fn(&Changes) + Send + Sync>) {
        self.inner
            .listeners
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(listener);
    }

    /// Checks the database's pages, the audit log and its head, and the counts.
    ///
    /// # Errors
    /// When the check itself could not run; what it finds wrong is in the report.
    pub fn verify(&self) -> Result<VerifyReport> {
        self.check(false)
    }

    /// As [`Store::verify`], and opens every readable body and compares every one with its last audit
    /// entry.
    ///
    /// # Errors
    /// As [`Store::verify`].
    pub fn verify_deep(&self) -> Result<VerifyReport> {
        self.check(true)
    }

    fn check(&self, deep: bool) -> Result<VerifyReport> {
        let inner = &self.inner;
        // No writer meanwhile, and a connection that has nothing cached, where the disk allows one.
        let writer = self.writer();
        if inner.standing == Standing::Alone {
            return self.check_over(&writer, deep);
        }
        let link = Link::open(&inner.dir, &inner.vault.keys.ring.store, Purpose::Read)?;
        if inner.standing == Standing::Sound {
            link.settle()?;
        }
        self.check_over(&link, deep)
    }

    fn check_over(&self, link: &Link, deep: bool) -> Result<VerifyReport> {
        let inner = &self.inner;
        let _snapshot = link.connection.unchecked_transaction()?;
        let mark = lobby::genuine_mark(&inner.dir, &inner.vault);
        let anchor = self.remembered_head();
        let reader = Reader {
            link,
            vault: &inner.vault,
        };
        let hub = standing(&reader)?;
        let notices = inner.suspicions.clone();
        verify::verify(&reader, &inner.dir, mark, anchor, &hub, notices, deep)
    }

    /// Writes the database anew, compactly.
    pub(crate) fn rewrite(&self) -> Result<()> {
        let link = self.writer();
        self.rest_readers();
        link.connection.execute_batch("VACUUM")?;
        Ok(())
    }

    /// Moves everything from the write-ahead log into the database.
    pub(crate) fn empty_log(&self) -> Result<()> {
        let link = self.writer();
        self.rest_readers();
        link.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    fn rest_readers(&self) {
        self.inner
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// Learns of keys that another session has changed.
    pub(crate) fn catch_up(&self) -> Result<Arc<Held>> {
        self.inner.vault.keep_up(&self.writer())?;
        Ok(self.inner.vault.held())
    }

    fn writer(&self) -> MutexGuard<'_, Link> {
        lobby_keeper::writing(&self.inner.writer)
    }

    /// The writing connection, for tests that look at the tables.
    #[cfg(test)]
    pub(crate) fn writer_for_tests(&self) -> MutexGuard<'_, Link> {
        self.writer()
    }

    /// Runs `work` with the writer's means of sealing, outside any transaction.
    pub(crate) fn with_writer<T>(&self, work: impl FnOnce(&Link, &Vault) -> T) -> T {
        work(&self.writer(), &self.inner.vault)
    }

    /// Runs `work` on a reading connection that sees one committed state throughout.
    fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.inner.standing == Standing::Alone {
            return self.read_over(&self.writer(), work);
        }
        let idle = self
            .inner
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let link = match idle {
            Some(link) => link,
            None => {
                let link = Link::open(
                    &self.inner.dir,
                    &self.inner.vault.keys.ring.store,
                    Purpose::Read,
                )?;
                if self.inner.standing == Standing::Sound {
                    link.settle()?;
                }
                link
            }
        };
        let answer = self.read_over(&link, work);
        if answer.is_err() && !link.is_usable() {
            return answer;
        }
        let mut readers = self
            .inner
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if readers.len() < IDLE_READERS {
            readers.push(link);
        }
        answer
    }

    fn read_over<T, E: From<StoreError>>(
        &self,
        link: &Link,
        work: impl FnOnce(&Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _snapshot = Snapshot::begin(link)?;
        work(&Reader {
            link,
            vault: &self.inner.vault,
        })
    }

    /// Brings the unlock screen's file up to date now; a failure there does not undo what was committed.
    fn refresh_lobby(&self) {
        self.inner.lobby.write();
    }

    /// As [`Store::refresh_lobby`], where a change has not reached the file yet.
    pub(crate) fn settle_lobby(&self) {
        self.inner.lobby.flush();
    }
}

fn current_lobby(reader: &Reader<'_>) -> Result<(Lobby, AuditMark)> {
    let connection = &reader.link.connection;
    let session = &reader.vault.session;
    let time = |name| -> Result<Option<Timestamp>> {
        Ok(
            setting::plain(connection, name)?.and_then(|text| match text.parse() {
                Ok(millis) => Some(Timestamp(millis)),
                Err(_) => Timestamp::parse(&text),
            }),
        )
    };
    let lobby = Lobby {
        clinic: session.clinic.clone(),
        device_name: session.device_name.clone(),
        users: identity::logins(connection)?,
        pending: tally::counts(connection)?.pending,
        last_synced: time(LAST_SENT)?.max(time(LAST_RECEIVED)?),
        data_as_of: time(DATA_AS_OF)?,
    };
    let tree = audit::head(reader.link, &reader.vault.keys.ring.audit)?;
    Ok((lobby, AuditMark::of(&tree)))
}

#[cfg(test)]
mod tests;
