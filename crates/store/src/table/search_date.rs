//! The date by which a type is mostly searched.

mod standing;

use std::collections::HashSet;

use haven_model::SensitivityClass;
use haven_model::search::Range;
use rusqlite::named_params;

use crate::error::Result;
use crate::facts::Facts;
use crate::link::Link;

pub(crate) use standing::{by_row, compare};

/// Stands for a start that is not told: the row is looked at itself.
pub(crate) const UNKNOWN_MS: i64 = i64::MIN;

/// Where a row stands in the table: start, and length where it ends.
type Entry = (i64, Option<i64>);

/// A sensitive row always has an entry, which tells nothing but that it is there.
fn entry(facts: &Facts) -> Option<Entry> {
    if facts.class == SensitivityClass::Sensitive {
        return Some((UNKNOWN_MS, None));
    }
    let Range { from_ms, to_ms } = facts.date?;
    let length_ms = (to_ms < i64::MAX)
        .then(|| to_ms.checked_sub(from_ms))
        .flatten();
    Some((from_ms, length_ms))
}

/// Moves a row's entry from what it was to what it is.
pub(crate) fn replace(
    link: &Link,
    resource_type: &str,
    row_id: i64,
    old: Option<&Facts>,
    new: Option<&Facts>,
) -> Result<()> {
    let (old, new) = (old.and_then(entry), new.and_then(entry));
    if old == new {
        return Ok(());
    }
    let type_no = link.words.intern(&link.connection, resource_type)?;
    if let Some((from_ms, _)) = old {
        link.connection
            .prepare_cached(include_str!("search_date/delete.sql"))?
            .execute(named_params! {":type_no": type_no, ":from_ms": from_ms, ":row_id": row_id})?;
    }
    if let Some((from_ms, length_ms)) = new {
        link.connection
            .prepare_cached(include_str!("search_date/insert.sql"))?
            .execute(
                named_params! {":type_no": type_no, ":from_ms": from_ms, ":row_id": row_id,
                ":length_ms": length_ms},
            )?;
    }
    Ok(())
}

/// Rows of a type of which the indexes do not tell all: sensitive ones, and those not indexed yet.
pub(crate) fn unsure(link: &Link, type_no: i64) -> Result<HashSet<i64>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("search_date/unsure.sql"))?;
    let rows = statement.query_map(
        named_params! {":type_no": type_no, ":unknown": UNKNOWN_MS},
        |row| row.get("row_id"),
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Every row of a type that has a date, with its start.
pub(crate) fn of_type(link: &Link, type_no: i64) -> Result<Vec<(i64, i64)>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("search_date/of_type.sql"))?;
    let rows = statement.query_map(named_params! {":type_no": type_no}, |row| {
        Ok((row.get("row_id")?, row.get("from_ms")?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
