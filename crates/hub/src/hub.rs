//! The hub: one clinic's database and what it knows about itself.

use std::path::Path;
use std::sync::Arc;

use haven_model::{Role, Timestamp};
use rusqlite::{OptionalExtension, Transaction, named_params};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::accounts::{self, PasswordHasher, Sessions, TokenSigner};
use crate::database::Database;
use crate::error::{HubError, Result};
use crate::exchange::CursorKey;
use crate::web::Counters;

/// Where a hub reads the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How many passwords are hashed at once: each takes 19 MiB.
const PASSWORDS_AT_ONCE: usize = 2;

/// How many WebSockets are open at once.
const LISTENERS_AT_ONCE: usize = 512;

/// An open hub; clones share it.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    database: Arc<Database>,
    hub_id: String,
    clinic: String,
    cursor_key: CursorKey,
    sessions: Sessions,
    counters: Counters,
    password_gate: Semaphore,
    listeners: Arc<Semaphore>,
    clock: Clock,
}

impl Hub {
    /// Makes a new hub in a new file, with its first admin.
    ///
    /// # Errors
    /// When the file exists, a name or the passphrase is not acceptable, or the file cannot be made.
    pub fn create(
        path: &Path,
        admin_name: &str,
        admin_passphrase: &str,
        clinic: &str,
        now: Timestamp,
    ) -> Result<Self> {
        accounts::check_name(admin_name)?;
        accounts::check_name(clinic)?;
        if path.exists() {
            return Err(HubError::AlreadyExists(path.to_owned()));
        }
        let password_hash = PasswordHasher::new()?.hash(admin_passphrase)?;
        let mut signing_seed = [0_u8; 32];
        getrandom::fill(&mut signing_seed)?;
        let database = Database::create(path)?;
        database.write(|tx| -> Result<()> {
            tx.execute(
                include_str!("sql/hub_insert.sql"),
                named_params! {
                    ":hub_id": new_id(), ":epoch": new_id(), ":clinic": clinic,
                    ":signing_seed": signing_seed, ":now": now.as_millis(),
                },
            )?;
            accounts::add_user(tx, admin_name, None, Role::Admin, Some(&password_hash), now)
        })?;
        Self::over(database, system_clock())
    }

    /// Opens a hub that is there.
    ///
    /// # Errors
    /// When the file is missing, holds no hub, or is of another schema.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with_clock(path, system_clock())
    }

    /// Opens a hub that reads the time from `clock`.
    ///
    /// # Errors
    /// As [`Hub::open`].
    pub fn open_with_clock(path: &Path, clock: Clock) -> Result<Self> {
        Self::over(Database::open(path)?, clock)
    }

    fn over(database: Database, clock: Clock) -> Result<Self> {
        let database = Arc::new(database);
        let (hub_id, clinic, seed) = database.read(|tx| read_identity(tx, database.path()))?;
        let signer = TokenSigner::new(&seed, &hub_id);
        Ok(Self(Arc::new(Inner {
            sessions: Sessions::new(Arc::clone(&database), signer, PasswordHasher::new()?),
            cursor_key: CursorKey::new(&seed),
            database,
            hub_id,
            clinic,
            counters: Counters::default(),
            password_gate: Semaphore::new(PASSWORDS_AT_ONCE),
            listeners: Arc::new(Semaphore::new(LISTENERS_AT_ONCE)),
            clock,
        })))
    }

    /// Makes a one-time code with which `user` joins on a device of theirs; an unknown user is
    /// added, a known one takes the role.
    ///
    /// # Errors
    /// When a name is not acceptable or the database fails.
    pub fn invite(&self, user: &str, role: Role, display_name: Option<&str>) -> Result<String> {
        let now = self.now();
        self.database()
            .write(|tx| accounts::invite(tx, user, role, display_name, now))
    }

    /// The hub's own id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.hub_id
    }

    /// The epoch: it changes when the hub finds itself restored from a backup.
    ///
    /// # Errors
    /// When the database fails.
    pub fn epoch(&self) -> Result<String> {
        self.database().read(epoch)
    }

    /// Starts a new epoch: every cursor handed out so far has expired.
    ///
    /// # Errors
    /// When the database fails.
    pub fn begin_epoch(&self) -> Result<()> {
        self.database().write(start_epoch)
    }

    /// The clinic's name.
    #[must_use]
    pub fn clinic(&self) -> &str {
        &self.0.clinic
    }

    /// The hub's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// Who may come in.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// A place for one more listener, given back when it is dropped; `None` when there is none.
    pub(crate) fn socket_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.listeners).try_acquire_owned().ok()
    }

    pub(crate) fn cursor_key(&self) -> &CursorKey {
        &self.0.cursor_key
    }

    /// Runs `work` on a thread that may wait for the disk.
    ///
    /// # Errors
    /// Those of `work`; [`HubError::TaskEnded`] when the thread dies.
    pub(crate) async fn blocking<T, E>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<HubError> + Send + 'static,
    {
        let hub = self.clone();
        tokio::task::spawn_blocking(move || work(&hub))
            .await
            .map_err(|_| HubError::TaskEnded)?
    }

    /// As [`Hub::blocking`], a few at a time, for work that hashes a password.
    ///
    /// # Errors
    /// As [`Hub::blocking`].
    pub(crate) async fn hashing<T, E>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<HubError> + Send + 'static,
    {
        let permit = self.0.password_gate.acquire().await;
        let result = self.blocking(work).await;
        drop(permit);
        result
    }
}

/// The epoch: it changes when the hub finds itself restored from a backup.
///
/// # Errors
/// When the database fails.
pub(crate) fn epoch(tx: &Transaction<'_>) -> Result<String> {
    Ok(tx
        .prepare_cached(include_str!("sql/hub_epoch.sql"))?
        .query_row([], |row| row.get("epoch"))?)
}

/// Starts a new epoch: every cursor handed out so far has expired.
///
/// # Errors
/// When the database fails.
pub(crate) fn start_epoch(tx: &Transaction<'_>) -> Result<()> {
    tx.execute(
        include_str!("sql/hub_set_epoch.sql"),
        named_params! {":epoch": new_id()},
    )?;
    Ok(())
}

fn read_identity(tx: &Transaction<'_>, path: &Path) -> Result<(String, String, [u8; 32])> {
    let (hub_id, clinic, seed): (String, String, Vec<u8>) = tx
        .query_row(include_str!("sql/hub_read.sql"), [], |row| {
            Ok((
                row.get("hub_id")?,
                row.get("clinic")?,
                row.get("signing_seed")?,
            ))
        })
        .optional()?
        .ok_or_else(|| HubError::NotAHub(path.to_owned()))?;
    let seed = <[u8; 32]>::try_from(seed).map_err(|_| HubError::Corrupt("the signing key"))?;
    Ok((hub_id, clinic, seed))
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn system_clock() -> Clock {
    Arc::new(|| Timestamp(jiff::Timestamp::now().as_millisecond()))
}
