//! Writing a row with all that hangs on it: history, search terms, counts, audit.

use haven_model::{Resource, ResourceKey, SensitivityClass, SyncStatus, Timestamp, VectorClock};
use sha2::{Digest, Sha256};

use super::Tx;
use crate::error::Result;
use crate::facts::Facts;
use crate::search::index;
use crate::table::resource::Row;
use crate::table::{history, patient_entry, resource};

/// A row as it stands, and its opened body.
pub(super) struct Held {
    pub(super) row: Row,
    pub(super) resource: Option<Resource>,
}

/// A row as it is to be.
pub(super) struct Next<'r> {
    pub(super) resource: Option<&'r Resource>,
    pub(super) facts: Option<&'r Facts>,
    pub(super) version: i64,
    pub(super) server_version: Option<String>,
    pub(super) clock: &'r VectorClock,
    pub(super) ticks: u64,
    pub(super) last_modified: Timestamp,
    pub(super) device: &'r str,
    pub(super) author: Option<&'r str>,
    pub(super) status: SyncStatus,
    /// Whether the old body is kept as an earlier version.
    pub(super) keeps_history: bool,
    pub(super) action: &'static str,
}

impl Tx<'_> {
    /// The row of a key with its body opened, if there is one.
    pub(super) fn held(&self, key: &ResourceKey) -> Result<Option<Held>> {
        let Some(row) = resource::by_key(self.reader.link, key)? else {
            return Ok(None);
        };
        let resource = row.open(self.reader.link, self.reader.vault)?;
        Ok(Some(Held { row, resource }))
    }

    /// The clock of an edit made here on top of `seen`, and this device's count in it.
    ///
    /// A count once used for a row is never used for it again, even when the edit it named was
    /// discarded: the server may have seen it.
    pub(super) fn ticked(&self, seen: VectorClock, ticks: u64) -> (VectorClock, u64) {
        let device = self.reader.vault.session.device_id.as_str();
        let used: VectorClock = [(device.to_owned(), ticks)]
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .collect();
        let clock = seen.join(&used).tick(device);
        let ticks = clock.get(device);
        (clock, ticks)
    }

    /// Writes a row and all that hangs on it.
    pub(super) fn write(
        &mut self,
        key: &ResourceKey,
        old: Option<&Held>,
        next: Next<'_>,
    ) -> Result<Row> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let deleted = next.resource.is_none();
        let class = match (next.facts, old) {
            (Some(facts), _) => facts.class,
            (None, Some(held)) => held.row.class,
            (None, None) => SensitivityClass::Clinical,
        };
        // A tombstone stays in the chart that the resource was in.
        let patient = match (next.facts, old) {
            (Some(facts), _) => facts.patient.clone(),
            (None, Some(held)) => held.row.patient.clone(),
            (None, None) => None,
        };
        let patient_no = patient
            .as_deref()
            .map(|patient| link.compartments.intern(&link.connection, patient))
            .transpose()?;
        let word = |text: &str| link.words.intern(&link.connection, text);
        let mut row = Row {
            row_id: old.map_or(0, |held| held.row.row_id),
            key: key.clone(),
            patient,
            patient_no,
            class,
            version: next.version,
            server_version: next.server_version,
            clock: link.words.pack_clock(&link.connection, next.clock)?,
            ticks: next.ticks,
            last_modified: next.last_modified,
            device_no: word(next.device)?,
            author_no: next.author.map(word).transpose()?,
            status: next.status,
            deleted_at: deleted.then_some(next.last_modified),
            deleted_by_no: if deleted {
                next.author.map(word).transpose()?
            } else {
                None
            },
            seen_at: next.facts.and_then(|facts| facts.seen_at.clone()),
            last_accessed: None,
            body: Vec::new(),
        };
        let bytes = next.resource.map(Resource::bytes).unwrap_or_default();
        row.body = link.seal_row(vault, &row.place(), row.patient.as_deref(), bytes)?;
        match old {
            Some(held) => {
                if next.keeps_history {
                    history::keep(link, &held.row)?;
                }
                resource::update(link, &row)?;
                self.tally.take(&held.row);
            }
            None => row.row_id = resource::insert(link, &row)?,
        }
        self.tally.add(&row);
        self.index(&row, old, next.facts)?;
        if let Some(resource) = next.resource {
            self.follow_attachments(&row, resource, old.is_some())?;
        }
        let digest = Sha256::digest(&row.body).into();
        self.note(next.action, Some(key), Some(row.version), Some(digest))?;
        self.touch(&row);
        if let Some(held) = old {
            self.touch(&held.row);
        }
        Ok(row)
    }

    /// Brings search terms and patient list in step with the row.
    pub(super) fn index(&self, row: &Row, old: Option<&Held>, new: Option<&Facts>) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        // Of the class it was written under, which an earlier Haven may have told otherwise.
        let before = old
            .and_then(|held| Some((held.row.class, held.resource.as_ref()?)))
            .map(|(class, resource)| -> Result<_> {
                Ok(Facts {
                    class,
                    ..Facts::of(resource)?
                })
            })
            .transpose()?;
        index::replace(link, vault, row, before.as_ref(), new)?;
        if row.key.resource_type != "Patient" {
            return Ok(());
        }
        match (new.and_then(|facts| facts.listing.as_ref()), row.patient_no) {
            (Some(listing), Some(number)) => {
                patient_entry::put(&link.connection, row.row_id, number, row.class, listing)
            }
            (None | Some(_), None | Some(_)) => patient_entry::remove(&link.connection, row.row_id),
        }
    }

    /// Moves a row's state towards the server, nothing else.
    pub(super) fn set_state(&mut self, row: &mut Row, status: SyncStatus) -> Result<()> {
        self.tally.take(row);
        row.status = status;
        self.tally.add(row);
        resource::update_state(self.reader.link, row)?;
        self.touch(row);
        self.changes.sync = true;
        Ok(())
    }

    /// Notes a row among what the transaction changed.
    pub(super) fn touch(&mut self, row: &Row) {
        if self.touched.insert(row.key.clone()) {
            self.changes.keys.push(row.key.clone());
        }
        // Neighbouring writes are mostly of one chart.
        if let Some(patient) = &row.patient
            && self.changes.patients.last() != Some(patient)
            && self.touched_patients.insert(patient.clone())
        {
            self.changes.patients.push(patient.clone());
        }
    }

    /// Notes that a row's chart was in touch with the server.
    pub(super) fn synced(&mut self, row: &Row) {
        self.synced_charts.extend(row.patient_no);
        self.changes.sync = true;
    }
}
