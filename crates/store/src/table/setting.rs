//! Settings: the remote, its cursor, times.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::error::Result;

/// The value of a setting.
pub(crate) fn get(connection: &Connection, name: &str) -> Result<Option<String>> {
    Ok(connection
        .prepare_cached(include_str!("setting/get.sql"))?
        .query_row(named_params! {":name": name}, |row| row.get("value"))
        .optional()?)
}

/// Writes a setting; `None` removes it.
pub(crate) fn set(connection: &Connection, name: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => connection
            .prepare_cached(include_str!("setting/put.sql"))?
            .execute(named_params! {":name": name, ":value": value})?,
        None => connection
            .prepare_cached(include_str!("setting/delete.sql"))?
            .execute(named_params! {":name": name})?,
    };
    Ok(())
}
