//! Counts, kept by the transactions that change them.

use std::collections::BTreeMap;

use haven_model::SyncStatus;
use rusqlite::{Connection, named_params};

use super::resource::Row;
use crate::error::{Result, StoreError};
use crate::stored::Counts;

const LIVE: &str = "live";
const STATUS: &str = "status";

/// What one transaction adds to and takes from the counts.
#[derive(Default)]
pub(crate) struct Tally(BTreeMap<(&'static str, String), i64>);

impl Tally {
    /// A row as it was before.
    pub(crate) fn take(&mut self, row: &Row) {
        self.move_by(row, -1);
    }

    /// A row as it is now.
    pub(crate) fn add(&mut self, row: &Row) {
        self.move_by(row, 1);
    }

    fn move_by(&mut self, row: &Row, delta: i64) {
        *self
            .0
            .entry((STATUS, row.status.as_str().to_owned()))
            .or_insert(0) += delta;
        if row.deleted_at.is_none() {
            *self
                .0
                .entry((LIVE, row.key.resource_type.clone()))
                .or_insert(0) += delta;
        }
    }

    /// Whether any count moves.
    pub(crate) fn moves(&self) -> bool {
        self.0.values().any(|delta| *delta != 0)
    }

    /// Writes the counts.
    pub(crate) fn flush(&mut self, connection: &Connection) -> Result<()> {
        let mut statement = connection.prepare_cached(include_str!("tally/move.sql"))?;
        for ((kind, name), delta) in std::mem::take(&mut self.0) {
            if delta != 0 {
                statement.execute(named_params! {":kind": kind, ":name": name, ":delta": delta})?;
            }
        }
        Ok(())
    }
}

/// The counts as kept.
pub(crate) fn counts(connection: &Connection) -> Result<Counts> {
    read(connection, include_str!("tally/all.sql"))
}

/// The counts counted anew from the rows.
pub(crate) fn recount(connection: &Connection) -> Result<Counts> {
    read(connection, include_str!("tally/recount.sql"))
}

fn read(connection: &Connection, sql: &str) -> Result<Counts> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut counts = Counts::default();
    while let Some(row) = rows.next()? {
        let (kind, name): (String, String) = (row.get("kind")?, row.get("name")?);
        let n = u64::try_from(row.get::<_, i64>("n")?)
            .map_err(|_| StoreError::integrity("a count of resources is below zero"))?;
        if kind == LIVE {
            if name == "Patient" {
                counts.patients = n;
            }
            counts.by_type.push((name, n));
            continue;
        }
        let status = SyncStatus::from_word(&name)
            .ok_or_else(|| StoreError::integrity("a count is of an unknown sync status"))?;
        match status {
            SyncStatus::Pending | SyncStatus::Syncing => counts.pending += n,
            SyncStatus::Conflict => counts.conflicts += n,
            SyncStatus::Rejected => counts.rejected += n,
            SyncStatus::Synced | SyncStatus::LocalOnly => {}
        }
        counts.by_status.push((status, n));
    }
    Ok(counts)
}
