//! Where this store and the server may differ, and what waits for that to be settled.
//!
//! Invariant: a deletion of the server that is held changes nothing of what is here; whatever else
//! comes for the same resource lets it go.

use haven_model::outline::{VersionName, chart_digest};
use haven_model::{ResourceKey, SyncStatus, Timestamp};
use rusqlite::{OptionalExtension, Row as SqlRow, named_params};

use crate::error::{Result, StoreError};
use crate::reader::Reader;
use crate::store::Store;
use crate::stored::RemoteVersion;
use crate::table::code::{IdIn, IdOut, status_of};
use crate::table::{compartment, resource};
use crate::tx::Tx;

/// A deletion of the server that is not done here yet.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldDeletion {
    /// What the server holds: a tombstone.
    pub remote: RemoteVersion,
    /// The plain server that the resource belongs to; `None` for the hub's.
    pub owner: Option<String>,
    /// Whether a person has to accept it.
    pub over: bool,
}

/// What is here of one chart, to be compared with the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartVersions {
    /// The patient's id.
    pub patient: String,
    /// Live resources as the server is known to hold them.
    pub versions: Vec<VersionName>,
    /// Why it cannot be compared now: something waits, is held, or was removed to save room.
    pub unsettled: bool,
}

impl ChartVersions {
    /// The digest over the versions, as the server makes it.
    #[must_use]
    pub fn digest(&mut self) -> String {
        chart_digest(&mut self.versions)
    }
}

impl Tx<'_> {
    /// Holds a deletion of the server back; the resource stays as it is.
    ///
    /// # Errors
    /// `not_found` when the resource is not here.
    pub fn hold_deletion(&mut self, remote: &RemoteVersion) -> Result<()> {
        let link = self.link;
        let row = resource::by_key(link, &remote.key)?
            .ok_or_else(|| StoreError::not_found(&remote.key.resource_type))?;
        let clock = link
            .words
            .pack_clock(&link.connection, &remote.vector_clock)?;
        link.connection
            .prepare_cached(include_str!("agreement/hold.sql"))?
            .execute(named_params! {
                ":row_id": row.row_id,
                ":server_version": remote.server_version,
                ":clock": clock,
                ":last_modified": remote.last_modified.as_millis(),
                ":device_id": remote.device_id,
                ":device_name": remote.device_name,
                ":author": remote.user,
                ":edited_at": remote.edited_at.map(Timestamp::as_millis),
            })?;
        Ok(())
    }

    /// Lets a held deletion go: it is done now, or something newer came.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn let_deletion_go(&mut self, key: &ResourceKey) -> Result<()> {
        self.take_held_deletion(key).map(drop)
    }

    /// Lets a held deletion go; answers whether it was still held.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn take_held_deletion(&mut self, key: &ResourceKey) -> Result<bool> {
        self.of_held(key, include_str!("agreement/let_go.sql"))
    }

    /// Leaves a held deletion to a person.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn leave_deletion_to_a_person(&mut self, key: &ResourceKey) -> Result<()> {
        self.of_held(key, include_str!("agreement/mark_over.sql"))?;
        self.note("deletion-held", Some(key), None, None)
    }

    fn of_held(&self, key: &ResourceKey, sql: &str) -> Result<bool> {
        let Some(row) = resource::by_key(self.link, key)? else {
            return Ok(false);
        };
        let changed = self
            .link
            .connection
            .prepare_cached(sql)?
            .execute(named_params! {":row_id": row.row_id})?;
        Ok(changed > 0)
    }

    /// Notes that copies of a chart were removed to save room.
    pub(crate) fn thin(&self, patient_no: i64) -> Result<()> {
        self.link
            .connection
            .prepare_cached(include_str!("agreement/thin.sql"))?
            .execute(named_params! {
                ":patient_no": patient_no, ":at": self.op().now.as_millis(),
            })?;
        Ok(())
    }

    /// Notes an act of sync that is not a write of a resource, such as a clock found wrong.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn note_of_sync(&mut self, act: SyncAct) -> Result<()> {
        self.note(act.as_str(), None, None, None)
    }
}

/// An act of sync that the audit log keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncAct {
    /// This computer's clock was found more than two minutes from the server's.
    ClockSkew,
    /// A person accepted that many records are deleted here.
    DeletionsAccepted,
}

impl SyncAct {
    fn as_str(self) -> &'static str {
        match self {
            Self::ClockSkew => "clock-skew",
            Self::DeletionsAccepted => "deletions-accepted",
        }
    }
}

impl Reader<'_> {
    /// Deletions of the server that are not done here yet, of classes that the user may read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn held_deletions(&self) -> Result<Vec<HeldDeletion>> {
        let mut statement = self
            .link
            .connection
            .prepare_cached(include_str!("agreement/held.sql"))?;
        let mut rows = statement.query(named_params! {":readable": self.vault.readable_bits()})?;
        let mut held = Vec::new();
        while let Some(row) = rows.next()? {
            held.push(self.held_deletion(row)?);
        }
        Ok(held)
    }

    fn held_deletion(&self, row: &SqlRow<'_>) -> Result<HeldDeletion> {
        let clock: Vec<u8> = row.get("clock")?;
        let edited_at: Option<i64> = row.get("edited_at")?;
        let owner: Option<i64> = row.get("remote_no")?;
        let (words, connection) = (&self.link.words, &self.link.connection);
        Ok(HeldDeletion {
            remote: RemoteVersion {
                key: self.key_of(row)?,
                resource: None,
                server_version: row.get("server_version")?,
                vector_clock: words.unpack_clock(connection, &clock)?,
                last_modified: Timestamp(row.get("last_modified")?),
                device_id: row.get("device_id")?,
                device_name: row.get("device_name")?,
                user: row.get("author")?,
                edited_at: edited_at.map(Timestamp),
            },
            owner: owner
                .map(|number| words.text(connection, number))
                .transpose()?,
            over: row.get("over")?,
        })
    }

    fn key_of(&self, row: &SqlRow<'_>) -> Result<ResourceKey> {
        let id: IdOut = row.get("id")?;
        Ok(ResourceKey {
            resource_type: self
                .link
                .words
                .text(&self.link.connection, row.get("type_no")?)?,
            id: id.0,
        })
    }

    /// Whether copies of a chart were removed to save room.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn is_thinned(&self, patient: &str) -> Result<bool> {
        Ok(self
            .link
            .connection
            .prepare_cached(include_str!("agreement/is_thinned.sql"))?
            .query_row(named_params! {":patient": IdIn(patient)}, |_| Ok(()))
            .optional()?
            .is_some())
    }

    /// The next charts after the one numbered `after`, with their numbers, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn charts_after(&self, after: i64, limit: u32) -> Result<Vec<(i64, String)>> {
        let mut statement = self
            .link
            .connection
            .prepare_cached(include_str!("agreement/charts_after.sql"))?;
        let rows =
            statement.query_map(named_params! {":after": after, ":limit": limit}, |row| {
                let id: IdOut = row.get("id")?;
                Ok((row.get("no")?, id.0))
            })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// What is here of a chart, of the classes that the user's role reads; `None` for a chart that
    /// nothing is known of.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn chart_versions(&self, patient: &str) -> Result<Option<ChartVersions>> {
        let link = self.link;
        let Some(number) = compartment::find(&link.connection, patient)? else {
            return Ok(None);
        };
        let mut statement = link
            .connection
            .prepare_cached(include_str!("agreement/versions.sql"))?;
        let mut rows = statement.query(named_params! {
            ":patient_no": number, ":readable": self.vault.readable_bits(),
        })?;
        let mut chart = ChartVersions {
            patient: patient.to_owned(),
            versions: Vec::new(),
            unsettled: self.is_thinned(patient)?,
        };
        while let Some(row) = rows.next()? {
            let is_synced = status_of(row.get("status")?)? == SyncStatus::Synced;
            if !is_synced || row.get("held")? {
                chart.unsettled = true;
            }
            let version: Option<String> = row.get("server_version")?;
            if let (false, Some(version)) = (row.get("deleted")?, version) {
                chart
                    .versions
                    .push(VersionName::new(&self.key_of(row)?, &version));
            }
        }
        Ok(Some(chart))
    }
}

impl Store {
    /// As [`Reader::held_deletions`].
    ///
    /// # Errors
    /// As [`Reader::held_deletions`].
    pub fn held_deletions(&self) -> Result<Vec<HeldDeletion>> {
        self.snapshot(|reader| reader.held_deletions())
    }

    /// As [`Reader::is_thinned`].
    ///
    /// # Errors
    /// As [`Reader::is_thinned`].
    pub fn is_thinned(&self, patient: &str) -> Result<bool> {
        self.snapshot(|reader| reader.is_thinned(patient))
    }
}
