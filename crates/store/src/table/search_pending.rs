//! Rows that the search indexes do not hold yet.

use std::collections::HashSet;

use rusqlite::{Connection, named_params};

use crate::error::Result;

/// The next rows behind `after` that wait and whose class is readable, or that are gone.
pub(crate) fn page(
    connection: &Connection,
    readable_bits: i64,
    after: i64,
    limit: u32,
) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(include_str!("search_pending/page.sql"))?;
    let rows = statement.query_map(
        named_params! {":readable": readable_bits, ":after": after, ":limit": limit},
        |row| row.get("row_id"),
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Every row that waits.
pub(crate) fn all(connection: &Connection) -> Result<HashSet<i64>> {
    let mut statement = connection.prepare_cached(include_str!("search_pending/all.sql"))?;
    let rows = statement.query_map([], |row| row.get("row_id"))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Takes a row off; answers whether it waited.
pub(crate) fn take(connection: &Connection, row_id: i64) -> Result<bool> {
    let taken = connection
        .prepare_cached(include_str!("search_pending/delete.sql"))?
        .execute(named_params! {":row_id": row_id})?;
    Ok(taken > 0)
}
