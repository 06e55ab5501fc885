//! What can be done inside a transaction.

use haven_model::{Resource, ResourceKey, Timestamp};

use crate::audit::{AuditEntry, AuditQuery};
use crate::conflict::{ConflictRow, NewConflict};
use crate::error::{Result, StoreError};
use crate::outbox::{Ack, BaseState, InFlight, OutboxEntry};
use crate::patient::{PatientPage, PatientQuery, SearchPage};
use crate::stored::{Counts, HistoryEntry, RemoteVersion, Stored};

/// One open transaction; every write of the store is one of its methods.
pub struct Tx<'a> {
    _store: std::marker::PhantomData<&'a ()>,
}

fn later<T>() -> Result<T> {
    Err(StoreError::NoStore)
}

impl Tx<'_> {
    /// The resource of that key, tombstones included. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn get(&self, _key: &ResourceKey) -> Result<Option<Stored>> {
        later()
    }

    /// Every version kept, the current one first. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn history(&self, _key: &ResourceKey) -> Result<Vec<HistoryEntry>> {
        later()
    }

    /// All live resources of one patient that the user may read, the Patient first. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn chart(&self, _patient_id: &str) -> Result<Vec<Stored>> {
        later()
    }

    /// A page of the patient list. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn patients(&self, _query: &PatientQuery) -> Result<PatientPage> {
        later()
    }

    /// FHIR search over one type. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn search(
        &self,
        _resource_type: &str,
        _parameters: &[(String, String)],
    ) -> Result<SearchPage> {
        later()
    }

    /// How many of what the store holds. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn counts(&self) -> Result<Counts> {
        later()
    }

    /// All waiting changes, oldest first. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn outbox(&self) -> Result<Vec<OutboxEntry>> {
        later()
    }

    /// All changes that were sent and not yet answered, oldest first. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn in_flight(&self) -> Result<Vec<InFlight>> {
        later()
    }

    /// The change in flight for one resource. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn in_flight_of(&self, _key: &ResourceKey) -> Result<Option<InFlight>> {
        later()
    }

    /// The last version in common with the server, kept while the resource is dirty. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn base(&self, _key: &ResourceKey) -> Result<Option<BaseState>> {
        later()
    }

    /// Conflicts, oldest first. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn conflicts(&self, _open_only: bool) -> Result<Vec<ConflictRow>> {
        later()
    }

    /// One conflict. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn conflict(&self, _id: &str) -> Result<Option<ConflictRow>> {
        later()
    }

    /// The open conflict of one resource. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open_conflict_of(&self, _key: &ResourceKey) -> Result<Option<ConflictRow>> {
        later()
    }

    /// A setting. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn setting(&self, _name: &str) -> Result<Option<String>> {
        later()
    }

    /// Audit entries, newest first. As the transaction sees it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn audit(&self, _query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        later()
    }

    /// Keeps a user's edit: pending until the server has it. The same bytes as stored are no edit.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn edit(&mut self, _resource: Resource) -> Result<()> {
        later()
    }

    /// Marks a resource deleted.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn delete(&mut self, _key: &ResourceKey) -> Result<()> {
        later()
    }

    /// Takes the server's version as it is; anything local on that key is superseded.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn apply_remote(&mut self, _remote: RemoteVersion) -> Result<()> {
        later()
    }

    /// Keeps a merge of both sides, pending on top of the server's version.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rebase(&mut self, _merged: Option<Resource>, _remote: RemoteVersion) -> Result<()> {
        later()
    }

    /// Fixes what is about to be sent under an op id; answers the one in flight when there is one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn begin_push(&mut self, _key: &ResourceKey) -> Result<InFlight> {
        later()
    }

    /// Records the server's yes; an edit made meanwhile stays pending.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn ack(&mut self, _op_id: &str, _ack: Ack) -> Result<()> {
        later()
    }

    /// Notes a failed attempt; the same op id is sent again.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn retry_later(
        &mut self,
        _op_id: &str,
        _error: &str,
        _next_attempt_at: Timestamp,
    ) -> Result<()> {
        later()
    }

    /// Records the server's refusal; the content stays here.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reject(&mut self, _op_id: &str, _reason: &str) -> Result<()> {
        later()
    }

    /// Forgets what was in flight; the change waits again, under a new op id next time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn release(&mut self, _op_id: &str) -> Result<()> {
        later()
    }

    /// Offers a refused or waiting change again at once.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn requeue(&mut self, _key: &ResourceKey) -> Result<()> {
        later()
    }

    /// Drops the local change: back to the base, or removed when never sent. History keeps it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn discard(&mut self, _key: &ResourceKey, _reason: &str) -> Result<()> {
        later()
    }

    /// Puts a resource before a person; one open conflict per resource, the newer remote side replaces the older.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open_conflict(&mut self, _conflict: NewConflict<'_>) -> Result<String> {
        later()
    }

    /// Keeps a person's decision as a new pending version on top of the remote side.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn resolve_conflict(
        &mut self,
        _id: &str,
        _resolved: Option<Resource>,
        _reason: &str,
    ) -> Result<()> {
        later()
    }

    /// Keeps a half-made decision, sealed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn save_draft(&mut self, _conflict_id: &str, _json: &str) -> Result<()> {
        later()
    }

    /// Writes a setting; `None` removes it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn set_setting(&mut self, _name: &str, _value: Option<&str>) -> Result<()> {
        later()
    }

    /// Notes that a chart was opened.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn audit_read(&mut self, _patient_id: &str) -> Result<()> {
        later()
    }
}
