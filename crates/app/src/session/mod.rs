//! An unlocked store and what its user can do with it.

mod answer;
mod arrival;
mod attachment;
mod audit_export;
mod beside;
mod bulk;
mod case;
mod config;
mod decision;
mod deed;
mod discarded;
mod double;
mod escalation;
mod exchange;
mod glass;
mod held;
mod in_error;
mod keys;
mod metrics;
mod past;
mod people;
mod record;
mod recovery;
mod remote;
mod sign_in;
mod standing;
mod upkeep;
mod verdict;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use haven_store::{Op, OpKind, Store, StoreError, Tx};
use haven_sync::remote::Credentials;

use crate::error::{AppError, Result};
use crate::platform::Platform;

pub use answer::*;
pub use arrival::{FirstSyncAnswer, FirstSyncType};
pub use attachment::{AttachmentAnswer, AttachmentCountsAnswer, AttachmentRequest};
pub use audit_export::AuditExportAnswer;
pub use bulk::{BulkAnswer, BulkRevertAnswer, BulkRule};
pub(crate) use case::Case;
pub use config::{ConfigAnswer, ConfigChangesAnswer, ConfigCheckAnswer};
pub use decision::Take;
pub(crate) use decision::addendum_of;
pub use discarded::DiscardedAnswer;
pub(crate) use double::linked_to;
pub use escalation::ConflictSettings;
pub use exchange::{SyncProgress, SyncWith, merge_files};
pub use glass::{GlassAnswer, GlassOpeningAnswer};
pub use haven_sync::SyncSummary;
pub use keys::{RotateAnswer, RotateWhat};
pub use metrics::MetricsAnswer;
pub(crate) use past::PastVersion;
pub use people::{AddRequest, LoginAnswer, SecondFactorAnswer};
pub(crate) use record::parse_key;
pub use recovery::RecoveryAnswer;
pub use remote::{KeyAlgorithm, RemoteAccess, RemoteAnswer, RemoteRequest};
pub use upkeep::{BackupAnswer, PruneAnswer, PruneOptions, UnsyncedAnswer};

/// An unlocked store, its user and the machine.
#[derive(Clone)]
pub struct Session {
    store: Store,
    dir: PathBuf,
    platform: Arc<dyn Platform>,
    /// Only where the hub will ask for it.
    sign_in: Option<Arc<dyn Credentials>>,
}

impl Session {
    pub(crate) fn new(store: Store, dir: &Path, platform: Arc<dyn Platform>) -> Self {
        Self {
            store,
            dir: dir.to_owned(),
            platform,
            sign_in: None,
        }
    }

    /// Who is at work, and in which store.
    #[must_use]
    pub fn who(&self) -> &haven_store::Session {
        self.store.session()
    }

    /// What was found amiss when the store was unlocked, as clauses for people.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        self.store.notices()
    }

    /// Whether nothing that was saved is known to be missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.store.is_whole()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn platform(&self) -> &Arc<dyn Platform> {
        &self.platform
    }

    pub(crate) fn new_id(&self) -> String {
        self.platform.new_id()
    }

    /// Runs `work` through the store's door, in this user's name.
    pub(crate) fn transact<T>(
        &self,
        kind: OpKind,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        let op = Op::new(kind, self.who().user.clone(), self.platform.now());
        let (answer, _changes) = self
            .store
            .transact(op, |tx| work(tx).map_err(Refusal::App))?;
        Ok(answer)
    }
}

/// Carries a use case's own error through the store's door.
enum Refusal {
    App(AppError),
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::App(error) => error,
            Refusal::Store(error) => error.into(),
        }
    }
}
