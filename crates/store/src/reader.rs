//! Every read of the store, on one connection.

use haven_model::{Action, Resource, ResourceKey, Timestamp};
use rusqlite::params_from_iter;

use crate::audit::{AuditEntry, AuditQuery};
use crate::condition::Condition;
use crate::conflict::ConflictRow;
use crate::error::{Result, StoreError};
use crate::escalation::Escalation;
use crate::link::Link;
use crate::outbox::{BaseState, InFlight, OutboxEntry};
use crate::seal::Vault;
use crate::stored::{Counts, HistoryEntry, Stored};
use crate::table::resource::{self, Row, select_rows};
use crate::table::{
    audit, base, chart_body, compartment, conflict, escalation, history, in_flight, occurrence,
    outbox, setting, tally,
};

/// Reads the store as one connection sees it: as last committed, or as the open transaction has it.
pub struct Reader<'a> {
    pub(crate) link: &'a Link,
    pub(crate) vault: &'a Vault,
}

impl Reader<'_> {
    /// A row that the user may read.
    fn row(&self, key: &ResourceKey) -> Result<Option<Row>> {
        let row = resource::by_key(self.link, key)?;
        if let Some(row) = &row
            && !self.vault.reads_of(row.class, row.patient.as_deref())
        {
            return Err(StoreError::NotPermitted {
                role: self.vault.session.role,
                action: Action::Read,
                class: row.class,
            });
        }
        Ok(row)
    }

    pub(crate) fn stored(&self, row: Row) -> Result<Stored> {
        row.into_stored(self.link, self.vault)
    }

    /// The resource of that key, tombstones included.
    ///
    /// # Errors
    /// `not_permitted` for a class the user may not read; `integrity` when the body does not open.
    pub fn get(&self, key: &ResourceKey) -> Result<Option<Stored>> {
        self.row(key)?.map(|row| self.stored(row)).transpose()
    }

    /// Every version kept, the current one first; empty for a key that was never here.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn history(&self, key: &ResourceKey) -> Result<Vec<HistoryEntry>> {
        let Some(row) = self.row(key)? else {
            return Ok(Vec::new());
        };
        let earlier = history::of(self.link, self.vault, &row)?;
        let current = self.stored(row)?;
        let mut entries = vec![HistoryEntry {
            version: current.row.version,
            resource: current.resource,
            server_version: current.row.server_version,
            vector_clock: current.row.vector_clock,
            last_modified: current.row.last_modified,
            device_id: current.row.device_id,
            author: current.row.author,
            current: true,
        }];
        entries.extend(earlier);
        Ok(entries)
    }

    /// All live resources of one patient that the user may read, the Patient first, then by type.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn chart(&self, patient_id: &str) -> Result<Vec<Stored>> {
        let Some(number) = compartment::find(&self.link.connection, patient_id)? else {
            return Ok(Vec::new());
        };
        let mut chart = Vec::new();
        resource::each(
            self.link,
            select_rows!("reader/chart.sql"),
            rusqlite::named_params! {
                ":patient_no": number,
                ":readable": self.vault.readable_bits_of(patient_id),
            },
            |row| -> Result<()> {
                chart.push(self.stored(row)?);
                Ok(())
            },
        )?;
        chart.sort_by(|left, right| {
            let order = |stored: &Stored| stored.key.resource_type != "Patient";
            (order(left), &left.key.resource_type).cmp(&(order(right), &right.key.resource_type))
        });
        Ok(chart)
    }

    /// The bodies of a chart alone, in no particular order: what is handed on as bytes.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn chart_bodies(&self, patient_id: &str) -> Result<Vec<Resource>> {
        chart_body::all(self.link, self.vault, patient_id)
    }

    /// How many of what the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn counts(&self) -> Result<Counts> {
        tally::counts(&self.link.connection)
    }

    /// Waiting changes of classes that the user may read, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn outbox(&self) -> Result<Vec<OutboxEntry>> {
        outbox::all(self.link, self.vault.readable_bits())
    }

    /// The waiting change of one resource.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn outbox_of(&self, key: &ResourceKey) -> Result<Option<OutboxEntry>> {
        match self.row(key)? {
            Some(row) => outbox::entry_of(self.link, row.row_id),
            None => Ok(None),
        }
    }

    /// How often the waiting change of a resource was merged since the server last took one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn merges_of(&self, key: &ResourceKey) -> Result<u32> {
        match resource::by_key(self.link, key)? {
            Some(row) => outbox::merges(self.link, row.row_id),
            None => Ok(0),
        }
    }

    /// All changes that were sent and not yet answered, oldest first.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn in_flight(&self) -> Result<Vec<InFlight>> {
        in_flight::all(self.link, self.vault)
    }

    /// The change in flight for one resource.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn in_flight_of(&self, key: &ResourceKey) -> Result<Option<InFlight>> {
        match self.row(key)? {
            Some(row) => in_flight::of(self.link, self.vault, row.row_id),
            None => Ok(None),
        }
    }

    /// The last version in common with the server, kept while the resource is dirty.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn base(&self, key: &ResourceKey) -> Result<Option<BaseState>> {
        match self.row(key)? {
            Some(row) => base::of(self.link, self.vault, &row),
            None => Ok(None),
        }
    }

    /// Conflicts of classes that the user may read, oldest first.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn conflicts(&self, open_only: bool) -> Result<Vec<ConflictRow>> {
        conflict::list(self.link, self.vault, open_only)
    }

    /// One conflict.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn conflict(&self, id: &str) -> Result<Option<ConflictRow>> {
        Ok(conflict::get(self.link, self.vault, id)?.map(|held| held.conflict))
    }

    /// The open conflict of one resource.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn open_conflict_of(&self, key: &ResourceKey) -> Result<Option<ConflictRow>> {
        let Some(row) = self.row(key)? else {
            return Ok(None);
        };
        match conflict::open_id(self.link, row.row_id)? {
            Some(id) => self.conflict(&id),
            None => Ok(None),
        }
    }

    /// This device's incarnation.
    #[must_use]
    pub fn device_id(&self) -> &str {
        &self.vault.session.device_id
    }

    /// The highest count of this device that any version of a resource here has carried.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn ticks_of(&self, key: &ResourceKey) -> Result<u64> {
        Ok(self.row(key)?.map_or(0, |row| row.ticks))
    }

    /// Conflicts before the clinic, of classes that the user may read.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn escalations(&self) -> Result<Vec<Escalation>> {
        escalation::list(self.link, self.vault, None)
    }

    /// One conflict before the clinic.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn escalation(&self, id: &str) -> Result<Option<Escalation>> {
        Ok(escalation::list(self.link, self.vault, Some(id))?.pop())
    }

    /// The conflicts decided here by versions of a resource up to this one that the server has not
    /// taken, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn untold_decisions(&self, key: &ResourceKey, version: i64) -> Result<Vec<String>> {
        let Some(row) = resource::by_key(self.link, key)? else {
            return Ok(Vec::new());
        };
        let mut ids = conflict::untold(self.link, row.row_id, version)?;
        ids.extend(escalation::untold(self.link, key, version)?);
        Ok(ids)
    }

    /// (name, label, how often) of what was counted since the day of that instant.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn occurrences(&self, since: Timestamp) -> Result<Vec<(String, String, u64)>> {
        occurrence::sums(&self.link.connection, since)
    }

    /// A setting. `hub.tokens` is each user's own, sealed so that no other user of the device reads it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn setting(&self, name: &str) -> Result<Option<String>> {
        setting::get(self.link, self.vault, name)
    }

    /// Audit entries, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        audit::list(self.link, query)
    }

    /// Grows with every audited write, whichever process made it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn revision(&self) -> Result<u64> {
        audit::size(self.link)
    }

    /// Hands every live readable resource to `visit`, by type and in order of insertion.
    pub(crate) fn for_each<E: From<StoreError>>(
        &self,
        resource_type: Option<&str>,
        mut visit: impl FnMut(Stored) -> Result<(), E>,
    ) -> Result<(), E> {
        for (name, _) in self.counts()?.by_type {
            if resource_type.is_some_and(|wanted| wanted != name) {
                continue;
            }
            for row_id in self.rows_of_type(&name)? {
                let row = resource::by_row_id(self.link, row_id)?;
                // Only the transaction this reader is in could have removed it.
                if let Some(row) = row {
                    visit(self.stored(row)?)?;
                }
            }
        }
        Ok(())
    }

    /// Numbers of the live readable rows of a type, in order of insertion: eight bytes each.
    pub(crate) fn rows_of_type(&self, resource_type: &str) -> Result<Vec<i64>> {
        let type_no = self.link.words.find(&self.link.connection, resource_type)?;
        let mut statement = self
            .link
            .connection
            .prepare_cached(include_str!("reader/rows_of_type.sql"))?;
        let rows = statement.query_map(
            rusqlite::named_params! {":type_no": type_no, ":readable": self.vault.readable_bits()},
            |row| row.get("row_id"),
        )?;
        let mut row_ids = rows.collect::<rusqlite::Result<Vec<i64>>>()?;
        row_ids.sort_unstable();
        Ok(row_ids)
    }

    /// One number that a query answers.
    pub(crate) fn number(&self, sql: &str, condition: &Condition) -> Result<u64> {
        let number: i64 = self
            .link
            .connection
            .prepare_cached(sql)?
            .query_row(params_from_iter(&condition.values), |row| row.get("n"))?;
        u64::try_from(number).map_err(|_| StoreError::integrity("a count is below zero"))
    }

    /// The row numbers that a query answers.
    pub(crate) fn numbers(&self, sql: &str, condition: &Condition) -> Result<Vec<i64>> {
        let mut statement = self.link.connection.prepare_cached(sql)?;
        let rows =
            statement.query_map(params_from_iter(&condition.values), |row| row.get("row_id"))?;
        Ok(rows.collect::<rusqlite::Result<Vec<i64>>>()?)
    }
}
