//! Waiting changes, at most one per resource.

use haven_model::{Operation, ResourceKey, Timestamp};
use rusqlite::{OptionalExtension, Row as SqlRow, named_params};

use super::code::{IdOut, operation_code, operation_of, state_code, state_of};
use crate::error::Result;
use crate::link::Link;
use crate::outbox::{OutboxEntry, OutboxState};

/// A waiting change, by the number of its row.
pub(crate) struct Waiting {
    pub(crate) row_id: i64,
    pub(crate) operation: Operation,
    pub(crate) edited_at: Timestamp,
    pub(crate) attempts: u32,
    pub(crate) next_attempt_at: Option<Timestamp>,
    pub(crate) state: OutboxState,
    pub(crate) last_error: Option<String>,
}

impl Waiting {
    /// A change made now, to be sent at once.
    pub(crate) fn fresh(row_id: i64, operation: Operation, edited_at: Timestamp) -> Self {
        Self {
            row_id,
            operation,
            edited_at,
            attempts: 0,
            next_attempt_at: None,
            state: OutboxState::Pending,
            last_error: None,
        }
    }
}

/// Queues a change behind all with a lesser `seq`, or lets it coalesce into the one that waits, whose
/// place in the queue is kept.
pub(crate) fn put(link: &Link, seq: u64, waiting: &Waiting) -> Result<()> {
    write(link, include_str!("outbox/put.sql"), seq, waiting)
}

/// As [`put`], of a row that was added just now: nothing waits for it yet.
pub(crate) fn add(link: &Link, seq: u64, waiting: &Waiting) -> Result<()> {
    write(link, include_str!("outbox/add.sql"), seq, waiting)
}

fn write(link: &Link, sql: &str, seq: u64, waiting: &Waiting) -> Result<()> {
    link.connection
        .prepare_cached(sql)?
        .execute(named_params! {
            ":row_id": waiting.row_id,
            ":seq": i64::try_from(seq).unwrap_or(i64::MAX),
            ":operation": operation_code(waiting.operation),
            ":edited_at": waiting.edited_at.as_millis(),
            ":attempts": waiting.attempts,
            ":next_attempt_at": waiting.next_attempt_at.map(Timestamp::as_millis),
            ":state": state_code(waiting.state),
            ":last_error": waiting.last_error,
        })?;
    Ok(())
}

/// The waiting change of a row.
pub(crate) fn of(link: &Link, row_id: i64) -> Result<Option<Waiting>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("outbox/of_row.sql"))?;
    let mut rows = statement.query(named_params! {":row_id": row_id})?;
    rows.next()?
        .map(|row| {
            Ok(Waiting {
                row_id,
                operation: operation_of(row.get("operation")?)?,
                edited_at: Timestamp(row.get("edited_at")?),
                attempts: row.get("attempts")?,
                next_attempt_at: row.get::<_, Option<i64>>("next_attempt_at")?.map(Timestamp),
                state: state_of(row.get("state")?)?,
                last_error: row.get("last_error")?,
            })
        })
        .transpose()
}

/// How often a row's change was merged since the server last took one; it outlives a run.
pub(crate) fn merges(link: &Link, row_id: i64) -> Result<u32> {
    let found = link
        .connection
        .prepare_cached(include_str!("outbox/merges.sql"))?
        .query_row(named_params! {":row_id": row_id}, |row| row.get("merges"))
        .optional()?;
    Ok(found.unwrap_or(0))
}

/// Notes how often a row's change was merged.
pub(crate) fn set_merges(link: &Link, row_id: i64, merges: u32) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("outbox/set_merges.sql"))?
        .execute(named_params! {":row_id": row_id, ":merges": merges})?;
    Ok(())
}

/// Takes a row's change out of the queue.
pub(crate) fn remove(link: &Link, row_id: i64) -> Result<bool> {
    let removed = link
        .connection
        .prepare_cached(include_str!("outbox/delete.sql"))?
        .execute(named_params! {":row_id": row_id})?;
    Ok(removed > 0)
}

/// Every waiting change, oldest first.
pub(crate) fn all(link: &Link, readable_bits: i64) -> Result<Vec<OutboxEntry>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("outbox/all.sql"))?;
    let mut rows = statement.query(named_params! {":readable": readable_bits})?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry(link, row)?);
    }
    Ok(entries)
}

/// Every class, as bits.
pub(crate) const EVERY_CLASS: i64 = -1;

/// The waiting change of a key, as callers see it.
pub(crate) fn entry_of(link: &Link, row_id: i64) -> Result<Option<OutboxEntry>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("outbox/entry.sql"))?;
    let mut rows = statement.query(named_params! {":row_id": row_id})?;
    rows.next()?.map(|row| entry(link, row)).transpose()
}

fn entry(link: &Link, row: &SqlRow<'_>) -> Result<OutboxEntry> {
    let resource_type = link.words.text(&link.connection, row.get("type_no")?)?;
    let id: IdOut = row.get("id")?;
    Ok(OutboxEntry {
        seq: row.get("seq")?,
        key: ResourceKey {
            resource_type,
            id: id.0,
        },
        operation: operation_of(row.get("operation")?)?,
        patient: row.get::<_, Option<IdOut>>("patient")?.map(|id| id.0),
        queued_at: Timestamp(row.get("queued_at")?),
        edited_at: Timestamp(row.get("edited_at")?),
        attempts: row.get("attempts")?,
        next_attempt_at: row.get::<_, Option<i64>>("next_attempt_at")?.map(Timestamp),
        state: state_of(row.get("state")?)?,
        last_error: row.get("last_error")?,
        base_version: row.get("base_version")?,
    })
}
