//! Settings: the remote, its cursor, times, and what a user alone may read.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::error::Result;
use crate::link::Link;
use crate::seal::Vault;

/// Settings that are one user's alone: whoever shares the device must not act as another.
const PRIVATE: &[&str] = &["drafts.conflicts", "drafts.vitals", "hub.tokens"];

/// The value of a setting.
pub(crate) fn get(link: &Link, vault: &Vault, name: &str) -> Result<Option<String>> {
    if !PRIVATE.contains(&name) {
        return plain(&link.connection, name);
    }
    plain(&link.connection, &private_name(vault, name))?
        .map(|sealed| vault.open_private(name, &sealed))
        .transpose()
}

/// The value of a setting as it stands in the table.
pub(crate) fn plain(connection: &Connection, name: &str) -> Result<Option<String>> {
    Ok(connection
        .prepare_cached(include_str!("setting/get.sql"))?
        .query_row(named_params! {":name": name}, |row| row.get("value"))
        .optional()?)
}

/// Writes a setting; `None` removes it.
pub(crate) fn set(link: &Link, vault: &Vault, name: &str, value: Option<&str>) -> Result<()> {
    if !PRIVATE.contains(&name) {
        return set_plain(&link.connection, name, value);
    }
    let sealed = value
        .map(|value| vault.seal_private(name, value))
        .transpose()?;
    set_plain(
        &link.connection,
        &private_name(vault, name),
        sealed.as_deref(),
    )
}

/// Takes out what was one user's alone: nobody can open it once that user's keys are replaced.
pub(crate) fn forget_private(connection: &Connection, user: &str) -> Result<()> {
    PRIVATE
        .iter()
        .try_for_each(|name| set_plain(connection, &name_for(name, user), None))
}

fn private_name(vault: &Vault, name: &str) -> String {
    name_for(name, &vault.session.user)
}

fn name_for(name: &str, user: &str) -> String {
    format!("{name}@{user}")
}

/// Writes a setting as it stands in the table.
pub(crate) fn set_plain(connection: &Connection, name: &str, value: Option<&str>) -> Result<()> {
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
