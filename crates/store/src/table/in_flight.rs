//! Changes that were sent, exactly as they were sent.

use haven_model::{Operation, Resource, ResourceKey, SensitivityClass, Timestamp, VectorClock};
use rusqlite::{Row as SqlRow, named_params};

use super::code::{IdOut, class_code, class_of, operation_code, operation_of};
use super::resource::{Row, restored};
use crate::error::{Result, StoreError};
use crate::link::Link;
use crate::outbox::InFlight;
use crate::seal::{Place, Vault};

/// What is fixed when a change is about to be sent.
pub(crate) struct Departure<'a> {
    pub(crate) operation: Operation,
    pub(crate) base_version: Option<&'a str>,
    pub(crate) clock: &'a VectorClock,
    pub(crate) edited_at: Timestamp,
    pub(crate) resource: Option<&'a Resource>,
}

fn place(key: &ResourceKey, class: SensitivityClass, row_version: i64, deleted: bool) -> Place<'_> {
    Place {
        part: "flight",
        class,
        key,
        version: row_version,
        deleted,
    }
}

/// Keeps what is about to be sent.
pub(crate) fn insert(
    link: &Link,
    vault: &Vault,
    row: &Row,
    departure: &Departure<'_>,
) -> Result<()> {
    let deleted = departure.resource.is_none();
    let bytes = departure.resource.map(Resource::bytes).unwrap_or_default();
    let body = link.codec.seal(
        vault,
        &place(&row.key, row.class, row.version, deleted),
        bytes,
    )?;
    link.connection
        .prepare_cached(include_str!("in_flight/insert.sql"))?
        .execute(named_params! {
            ":row_id": row.row_id,
            ":operation": operation_code(departure.operation),
            ":class": class_code(row.class),
            ":deleted": deleted,
            ":base_version": departure.base_version,
            ":clock": link.words.pack_clock(&link.connection, departure.clock)?,
            ":row_version": row.version,
            ":edited_at": departure.edited_at.as_millis(),
            ":body": body,
        })?;
    Ok(())
}

/// What is in flight for a row.
pub(crate) fn of(link: &Link, vault: &Vault, row_id: i64) -> Result<Option<InFlight>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("in_flight/of_row.sql"))?;
    let mut rows = statement.query(named_params! {":row_id": row_id})?;
    rows.next()?.map(|row| read(link, vault, row)).transpose()
}

/// The row number and content of an op id.
pub(crate) fn by_op(link: &Link, vault: &Vault, op_id: &str) -> Result<(i64, InFlight)> {
    let unknown = || StoreError::not_found("change on its way");
    let (device, seq) = op_id.rsplit_once(':').ok_or_else(unknown)?;
    if device != vault.session.device_id {
        return Err(unknown());
    }
    let seq: i64 = seq.parse().map_err(|_| unknown())?;
    let mut statement = link
        .connection
        .prepare_cached(include_str!("in_flight/by_seq.sql"))?;
    let mut rows = statement.query(named_params! {":seq": seq})?;
    let row = rows.next()?.ok_or_else(unknown)?;
    Ok((row.get("row_id")?, read(link, vault, row)?))
}

/// Everything in flight, oldest first; of classes that the user may read.
pub(crate) fn all(link: &Link, vault: &Vault) -> Result<Vec<InFlight>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("in_flight/all.sql"))?;
    let mut rows = statement.query(named_params! {":readable": vault.readable_bits()})?;
    let mut flights = Vec::new();
    while let Some(row) = rows.next()? {
        flights.push(read(link, vault, row)?);
    }
    Ok(flights)
}

/// Forgets what is in flight for a row.
pub(crate) fn remove(link: &Link, row_id: i64) -> Result<bool> {
    let removed = link
        .connection
        .prepare_cached(include_str!("in_flight/delete.sql"))?
        .execute(named_params! {":row_id": row_id})?;
    Ok(removed > 0)
}

fn read(link: &Link, vault: &Vault, row: &SqlRow<'_>) -> Result<InFlight> {
    let resource_type = link.words.text(&link.connection, row.get("type_no")?)?;
    let id: IdOut = row.get("id")?;
    let key = ResourceKey {
        resource_type,
        id: id.0,
    };
    let seq: i64 = row.get("seq")?;
    let deleted: bool = row.get("deleted")?;
    let row_version = row.get("row_version")?;
    let clock: Vec<u8> = row.get("clock")?;
    let body: Vec<u8> = row.get("body")?;
    let class = class_of(row.get("class")?)?;
    let bytes = link
        .codec
        .open(vault, &place(&key, class, row_version, deleted), &body)?;
    Ok(InFlight {
        op_id: format!("{}:{seq}", vault.session.device_id),
        resource: restored(&key, deleted, bytes),
        key,
        operation: operation_of(row.get("operation")?)?,
        base_version: row.get("base_version")?,
        vector_clock: link.words.unpack_clock(&link.connection, &clock)?,
        row_version,
        edited_at: Timestamp(row.get("edited_at")?),
    })
}
