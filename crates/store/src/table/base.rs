//! The last version in common with the server, kept while a row differs from it.

use haven_model::{Resource, ResourceKey, SensitivityClass, VectorClock};
use rusqlite::{OptionalExtension, named_params};

use super::code::{class_code, class_of};
use super::resource::{Row, restored};
use crate::error::{Result, StoreError};
use crate::link::Link;
use crate::outbox::BaseState;
use crate::seal::{Place, Vault};

/// A version to be kept as base.
pub(crate) struct NewBase<'a> {
    pub(crate) class: SensitivityClass,
    pub(crate) version: i64,
    pub(crate) resource: Option<&'a Resource>,
    pub(crate) server_version: Option<&'a str>,
    pub(crate) clock: &'a VectorClock,
}

fn place<'a>(
    key: &'a ResourceKey,
    class: SensitivityClass,
    version: i64,
    deleted: bool,
) -> Place<'a> {
    Place {
        part: "base",
        class,
        key,
        version,
        deleted,
    }
}

/// Keeps `base` as the base of `row`, in place of any other.
pub(crate) fn put(link: &Link, vault: &Vault, row: &Row, base: &NewBase<'_>) -> Result<()> {
    let deleted = base.resource.is_none();
    let bytes = base.resource.map(Resource::bytes).unwrap_or_default();
    let body = link.codec.seal(
        vault,
        &place(&row.key, base.class, base.version, deleted),
        bytes,
    )?;
    link.connection
        .prepare_cached(include_str!("base/put.sql"))?
        .execute(named_params! {
            ":row_id": row.row_id,
            ":class": class_code(base.class),
            ":version": base.version,
            ":deleted": deleted,
            ":server_version": base.server_version,
            ":clock": link.words.pack_clock(&link.connection, base.clock)?,
            ":body": body,
        })?;
    Ok(())
}

/// The base of a row, opened.
pub(crate) fn of(link: &Link, vault: &Vault, row: &Row) -> Result<Option<BaseState>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("base/of_row.sql"))?;
    let mut rows = statement.query(named_params! {":row_id": row.row_id})?;
    let Some(found) = rows.next()? else {
        return Ok(None);
    };
    let class = class_of(found.get("class")?)?;
    let deleted: bool = found.get("deleted")?;
    let body: Vec<u8> = found.get("body")?;
    let clock: Vec<u8> = found.get("clock")?;
    let bytes = link.codec.open(
        vault,
        &place(&row.key, class, found.get("version")?, deleted),
        &body,
    )?;
    Ok(Some(BaseState {
        resource: restored(&row.key, deleted, bytes),
        server_version: found.get("server_version")?,
        vector_clock: link.words.unpack_clock(&link.connection, &clock)?,
    }))
}

/// Whether a row has a base, and the server's version of it.
pub(crate) fn version_of(link: &Link, row_id: i64) -> Result<Option<Option<String>>> {
    link.connection
        .prepare_cached(include_str!("base/version.sql"))?
        .query_row(named_params! {":row_id": row_id}, |row| {
            row.get("server_version")
        })
        .optional()
        .map_err(StoreError::from)
}

/// Drops the base of a row.
pub(crate) fn drop_of(link: &Link, row_id: i64) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("base/delete.sql"))?
        .execute(named_params! {":row_id": row_id})?;
    Ok(())
}
