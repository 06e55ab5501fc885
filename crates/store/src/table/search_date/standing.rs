//! Comparing what stands in the table with what a body tells.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, named_params};

use super::entry;
use crate::error::Result;
use crate::facts::Facts;
use crate::link::Link;

/// Whether a row has an entry by its body, and whether that one stands.
pub(crate) fn compare(
    link: &Link,
    resource_type: &str,
    row_id: i64,
    facts: &Facts,
) -> Result<(bool, bool)> {
    let Some((from_ms, length_ms)) = entry(facts) else {
        return Ok((false, true));
    };
    let Some(type_no) = link.words.find(&link.connection, resource_type)? else {
        return Ok((true, false));
    };
    let found: Option<Option<i64>> = link
        .connection
        .prepare_cached(include_str!("length.sql"))?
        .query_row(
            named_params! {":type_no": type_no, ":from_ms": from_ms, ":row_id": row_id},
            |row| row.get("length_ms"),
        )
        .optional()?;
    Ok((true, found == Some(length_ms)))
}

/// How many entries stand of each row.
pub(crate) fn by_row(link: &Link) -> Result<HashMap<i64, u32>> {
    super::super::counted(link, include_str!("rows.sql"))
}
