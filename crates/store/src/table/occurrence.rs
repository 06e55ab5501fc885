//! How often things happened, by day; nothing of a patient.

use haven_model::Timestamp;
use rusqlite::{Connection, named_params};

use crate::error::Result;

/// One day in milliseconds.
const DAY_MS: i64 = 86_400_000;

fn day(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY_MS)
}

/// Counts one more.
pub(crate) fn add(connection: &Connection, name: &str, label: &str, now: Timestamp) -> Result<()> {
    connection
        .prepare_cached(include_str!("occurrence/add.sql"))?
        .execute(named_params! {":name": name, ":label": label, ":day": day(now)})?;
    Ok(())
}

/// (name, label, how often) since the day of that instant.
pub(crate) fn sums(
    connection: &Connection,
    since: Timestamp,
) -> Result<Vec<(String, String, u64)>> {
    let mut statement = connection.prepare_cached(include_str!("occurrence/sums.sql"))?;
    let rows = statement.query_map(named_params! {":since_day": day(since)}, |row| {
        Ok((
            row.get("name")?,
            row.get("label")?,
            u64::try_from(row.get::<_, i64>("n")?).unwrap_or(0),
        ))
    })?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
}
