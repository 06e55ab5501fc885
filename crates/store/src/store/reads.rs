//! The reads of a [`Reader`], each on a reading connection of its own.

use haven_model::{Resource, ResourceKey, Timestamp};

use super::Store;
use crate::audit::{AuditEntry, AuditQuery};
use crate::conflict::ConflictRow;
use crate::error::{Result, StoreError};
use crate::escalation::Escalation;
use crate::outbox::{BaseState, InFlight, OutboxEntry};
use crate::patient::{PatientPage, PatientQuery};
use crate::reader::Reader;
use crate::search::SearchPage;
use crate::stored::{Counts, HistoryEntry, Stored};

impl Store {
    /// Several reads that see one committed state.
    ///
    /// # Errors
    /// Whatever `work` answers, and when the store cannot be read.
    pub fn snapshot<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.read(work)
    }

    /// Hands every live resource that the user may read to `visit`, by type and in order of
    /// insertion, as of one committed state.
    ///
    /// # Errors
    /// When the store cannot be read, and whatever `visit` answers.
    pub fn for_each<E: From<StoreError>>(
        &self,
        resource_type: Option<&str>,
        visit: impl FnMut(Stored) -> Result<(), E>,
    ) -> Result<(), E> {
        self.read(|reader| reader.for_each(resource_type, visit))
    }

    /// As [`Reader::get`].
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn get(&self, key: &ResourceKey) -> Result<Option<Stored>> {
        self.read(|reader| reader.get(key))
    }

    /// As [`Reader::history`].
    ///
    /// # Errors
    /// As [`Reader::history`].
    pub fn history(&self, key: &ResourceKey) -> Result<Vec<HistoryEntry>> {
        self.read(|reader| reader.history(key))
    }

    /// As [`Reader::chart`].
    ///
    /// # Errors
    /// As [`Reader::chart`].
    pub fn chart(&self, patient_id: &str) -> Result<Vec<Stored>> {
        self.read(|reader| reader.chart(patient_id))
    }

    /// As [`Reader::chart_bodies`].
    ///
    /// # Errors
    /// As [`Reader::chart_bodies`].
    pub fn chart_bodies(&self, patient_id: &str) -> Result<Vec<Resource>> {
        self.read(|reader| reader.chart_bodies(patient_id))
    }

    /// As [`Reader::patients`].
    ///
    /// # Errors
    /// As [`Reader::patients`].
    pub fn patients(&self, query: &PatientQuery) -> Result<PatientPage> {
        self.read(|reader| reader.patients(query))
    }

    /// As [`Reader::search`].
    ///
    /// # Errors
    /// As [`Reader::search`].
    pub fn search(
        &self,
        resource_type: &str,
        parameters: &[(String, String)],
    ) -> Result<SearchPage> {
        self.read(|reader| reader.search(resource_type, parameters))
    }

    /// As [`Reader::counts`].
    ///
    /// # Errors
    /// As [`Reader::counts`].
    pub fn counts(&self) -> Result<Counts> {
        self.read(|reader| reader.counts())
    }

    /// As [`Reader::escalations`].
    ///
    /// # Errors
    /// As [`Reader::escalations`].
    pub fn escalations(&self) -> Result<Vec<Escalation>> {
        self.read(|reader| reader.escalations())
    }

    /// As [`Reader::escalation`].
    ///
    /// # Errors
    /// As [`Reader::escalation`].
    pub fn escalation(&self, id: &str) -> Result<Option<Escalation>> {
        self.read(|reader| reader.escalation(id))
    }

    /// As [`Reader::untold_decisions`].
    ///
    /// # Errors
    /// As [`Reader::untold_decisions`].
    pub fn untold_decisions(&self, key: &ResourceKey, version: i64) -> Result<Vec<String>> {
        self.read(|reader| reader.untold_decisions(key, version))
    }

    /// As [`Reader::occurrences`].
    ///
    /// # Errors
    /// As [`Reader::occurrences`].
    pub fn occurrences(&self, since: Timestamp) -> Result<Vec<(String, String, u64)>> {
        self.read(|reader| reader.occurrences(since))
    }

    /// As [`Reader::outbox`].
    ///
    /// # Errors
    /// As [`Reader::outbox`].
    pub fn outbox(&self) -> Result<Vec<OutboxEntry>> {
        self.read(|reader| reader.outbox())
    }

    /// As [`Reader::outbox_of`].
    ///
    /// # Errors
    /// As [`Reader::outbox_of`].
    pub fn outbox_of(&self, key: &ResourceKey) -> Result<Option<OutboxEntry>> {
        self.read(|reader| reader.outbox_of(key))
    }

    /// As [`Reader::in_flight`].
    ///
    /// # Errors
    /// As [`Reader::in_flight`].
    pub fn in_flight(&self) -> Result<Vec<InFlight>> {
        self.read(|reader| reader.in_flight())
    }

    /// As [`Reader::in_flight_of`].
    ///
    /// # Errors
    /// As [`Reader::in_flight_of`].
    pub fn in_flight_of(&self, key: &ResourceKey) -> Result<Option<InFlight>> {
        self.read(|reader| reader.in_flight_of(key))
    }

    /// As [`Reader::base`].
    ///
    /// # Errors
    /// As [`Reader::base`].
    pub fn base(&self, key: &ResourceKey) -> Result<Option<BaseState>> {
        self.read(|reader| reader.base(key))
    }

    /// As [`Reader::conflicts`].
    ///
    /// # Errors
    /// As [`Reader::conflicts`].
    pub fn conflicts(&self, open_only: bool) -> Result<Vec<ConflictRow>> {
        self.read(|reader| reader.conflicts(open_only))
    }

    /// As [`Reader::conflict`].
    ///
    /// # Errors
    /// As [`Reader::conflict`].
    pub fn conflict(&self, id: &str) -> Result<Option<ConflictRow>> {
        self.read(|reader| reader.conflict(id))
    }

    /// As [`Reader::open_conflict_of`].
    ///
    /// # Errors
    /// As [`Reader::open_conflict_of`].
    pub fn open_conflict_of(&self, key: &ResourceKey) -> Result<Option<ConflictRow>> {
        self.read(|reader| reader.open_conflict_of(key))
    }

    /// As [`Reader::setting`].
    ///
    /// # Errors
    /// As [`Reader::setting`].
    pub fn setting(&self, name: &str) -> Result<Option<String>> {
        self.read(|reader| reader.setting(name))
    }

    /// As [`Reader::audit`], and on into the archive.
    ///
    /// # Errors
    /// As [`Reader::audit`]; `integrity` when an archive file that is needed is gone or altered.
    pub fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        let mut entries = self.read(|reader| reader.audit(query))?;
        let missing = query
            .limit
            .saturating_sub(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        if missing > 0 {
            let older = AuditQuery {
                limit: missing,
                ..query.clone()
            };
            entries.extend(self.archived_entries(&older)?);
        }
        Ok(entries)
    }

    /// As [`Reader::revision`].
    ///
    /// # Errors
    /// As [`Reader::revision`].
    pub fn revision(&self) -> Result<u64> {
        self.read(|reader| reader.revision())
    }
}
